"""A season: when and where its events fall, seen from the day it is announced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from festival.demo import house
from festival.demo.reading import Text, facts, in_languages, read
from festival.domain.lifecycle import PUBLIC, EventStatus, ReplyPolicy
from festival.extensions import db
from festival.models.directory import Space, Venue
from festival.models.events import Event, Match
from festival.services import events

ACTOR = "demonstration"
ZONE = ZoneInfo("Europe/Paris")
ANNOUNCED = timedelta(days=14)  # before the season is loaded: guests had the time
NOTICE = timedelta(hours=1)  # nothing that is to come begins sooner
FILES = ("festival", "workshops", "together", "stage")  # what holds most spaces first
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
NOT_COLUMNS = (
    *("slug", "kind", "when", "where", "by"),
    *("reply_policy", "replies", "guests", "called_off", "match", "part"),
)
DEEDS = {"cancelled": events.cancel, "postponed": events.postpone}


@dataclass(frozen=True, slots=True)
class Planned:
    """An event on the agenda, and what its text still wants to happen to it."""

    event: Event
    text: Text

    @property
    def guests(self) -> Text:
        """Return how many people say yes, wait, and so on."""
        wanted: Text = self.text.get("guests", {})
        return wanted


@dataclass(frozen=True, slots=True)
class Span:
    """A time, and the space ("venue/space") that is taken for it, if any."""

    where: str | None
    starts_at: datetime
    ends_at: datetime

    def clashes(self, other: Span) -> bool:
        """Say whether both want the same space at the same time."""
        return (
            self.where == other.where
            and "/" in (self.where or "")
            and self.starts_at < other.ends_at
            and other.starts_at < self.ends_at
        )


def coming(now: datetime) -> int:
    """Return how many events are to come, a festival counting once."""
    ahead = select(func.count(Event.id)).where(
        Event.super_event_id.is_(None), Event.status.in_(PUBLIC), Event.ends_at > now
    )
    return db.session.scalars(ahead).one()


def announce(now: datetime) -> list[Planned]:
    """Publish a season of events, each on its first free day, and return them."""
    diary = list(_taken())
    slugs = set(db.session.scalars(select(Event.slug)))
    planned: list[Planned] = []
    for text in (text for name in FILES for text in read(name)["event"]):
        day = _first_free_day(text, diary, slugs, now)
        diary += _spans(text, day)
        whole = _publish(text, day, now)
        planned.append(Planned(whole, text))
        for part in text.get("part", ()):
            event = _publish(part, _day(part, day), now, super_event=whole)
            planned.append(Planned(event, part))
    return planned


def call_off(planned: Iterable[Planned], now: datetime) -> None:
    """Cancel or postpone those whose text says so, guests and all."""
    for each in planned:
        deed = DEEDS.get(each.text.get("called_off", ""))
        if deed:
            deed(each.event, in_languages(each.text)["reason"], actor=ACTOR, now=now)


# When


def _first_free_day(
    text: Text, diary: Iterable[Span], slugs: set[str], now: datetime
) -> date:
    """Return the first day in reach on which everything of *text* has its space.

    ``after`` is where the search begins, in days from today, and below zero goes
    back in time.
    """
    weekday, after = text["when"].get("weekday"), text["when"]["after"]
    today, onward = now.astimezone(ZONE).date(), 1 if after >= 0 else -1

    def suits(day: date) -> bool:
        spans = _spans(text, day)
        return (
            weekday in {None, WEEKDAYS[day.weekday()]}
            and (after < 0 or spans[0].starts_at >= now + NOTICE)
            and _slug(text, day) not in slugs
            and not any(span.clashes(other) for span in spans for other in diary)
        )

    days = (today + timedelta(days=after + onward * step) for step in count())
    return next(filter(suits, days))


def _spans(text: Text, day: date) -> list[Span]:
    """Return when and where *text* and its parts are, if it begins on *day*."""
    parts = text.get("part", ())
    return [
        Span(each.get("where"), *_hours(each, _day(each, day)))
        for each in (text, *parts)
    ]


def _taken() -> Iterator[Span]:
    """Yield when the spaces are taken already."""
    held = (
        select(Venue.slug, Space.slug, Event.starts_at, Event.ends_at)
        .join(Space, Space.id == Event.space_id)
        .join(Venue, Venue.id == Space.venue_id)
        .where(Event.status != EventStatus.CANCELLED)
    )
    for venue, space, starts_at, ends_at in db.session.execute(held):
        yield Span(f"{venue}/{space}", starts_at, ends_at)


def _day(text: Text, first: date) -> date:
    """Return the day of a part of what begins on *first*."""
    return first + timedelta(days=text["when"].get("day", 0))


def _hours(text: Text, day: date) -> tuple[datetime, datetime]:
    """Return begin and end; what lasts days without hours ends at a midnight."""
    when = text["when"]
    days = when.get("days", 1)
    if "hours" not in when:
        return _at(day, "00:00"), _at(day + timedelta(days=days), "00:00")
    begin, end = when["hours"]
    return _at(day, begin), _at(day + timedelta(days=days - 1), end)


def _at(day: date, hour: str) -> datetime:
    """Return the instant at which clocks of the house show *hour*."""
    local = datetime.combine(day, time.fromisoformat(hour), tzinfo=ZONE)
    return local.astimezone(UTC)


def _slug(text: Text, day: date) -> str:
    return f"{text['slug']}-{day}"


# What


def _publish(text: Text, day: date, now: datetime, **more: Any) -> Event:
    starts_at, ends_at = _hours(text, day)
    announced_at = min(now, starts_at) - ANNOUNCED
    venue, space = house.place(text.get("where"))
    said = in_languages(text)
    said.pop("reason", None)
    event = events.draft(
        _slug(text, day),
        text["kind"],
        said.pop("name"),
        starts_at=starts_at,
        ends_at=ends_at,
        now=announced_at,
        organisers=house.organisations(text["by"]),
        venue=venue,
        space=space,
        reply_policy=ReplyPolicy(text.get("reply_policy", "open")),
        **_times(text, day),
        **facts(text, *NOT_COLUMNS),
        **said,
        **more,
    )
    if "match" in text:
        _match(event, text["match"], day)
    events.publish(event, actor=ACTOR, now=announced_at)
    return event


def _times(text: Text, day: date) -> dict[str, datetime]:
    """Return when doors and replies open and close; days are counted before *day*."""
    found = {}
    if "doors" in text["when"]:
        found["doors_at"] = _at(day, text["when"]["doors"])
    for verb, hour in (("open", "10:00"), ("close", "20:00")):
        before = text.get("replies", {}).get(f"{verb}_days_before")
        if before:
            found[f"replies_{verb}_at"] = _at(day - timedelta(days=before), hour)
    return found


def _match(event: Event, text: Text, day: date) -> None:
    """Say which match is shown; a team that is not known yet is another's winner."""
    event.match = Match(
        kicks_off_at=_at(day, text["kicks_off"]),
        **facts(text, "kicks_off"),
        **in_languages(text),
    )
    db.session.flush()
