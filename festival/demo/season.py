"""A season: the festival, what comes back, and everything else, as on one day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from festival.demo import diary, programme
from festival.demo.reading import Text, facts, in_languages, read
from festival.domain.lifecycle import PUBLIC
from festival.extensions import db
from festival.models.events import Competition, Event, Series
from festival.services import events, matches
from festival.services import series as regulars

FILES = ("festival", "regulars", "workshops", "together", "stage")  # largest first
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


def coming(now: datetime) -> int:
    """Return how many events are to come: a festival counts once, a series not."""
    ahead = select(func.count(Event.id)).where(
        Event.super_event_id.is_(None),
        Event.series_id.is_(None),
        Event.status.in_(PUBLIC),
        Event.ends_at > now,
    )
    return db.session.scalars(ahead).one()


def announce(now: datetime) -> list[Planned]:
    """Publish a season of events, each on its first free day, and return them."""
    taken = list(diary.taken())
    slugs = set(db.session.scalars(select(Event.slug)))
    cup = _open_cup(diary.house_date(now))
    planned: list[Planned] = []
    for text in (text for name in FILES for text in read(name)["event"]):
        series = _series(text)
        for _ in range(_missing(text, series, now)):
            day = diary.first_free_day(text, taken, slugs, now)
            taken += diary.spans(text, day)
            slugs.add(diary.dated(text["slug"], day))
            planned += _publish(text, day, now, series)
            if "match" in text:
                programme.enter(cup, planned[-1].event, text["match"], day)
    return planned


def call_off(planned: Iterable[Planned], now: datetime) -> None:
    """Cancel or postpone those whose text says so, guests and all."""
    for each in planned:
        deed = DEEDS.get(each.text.get("called_off", ""))
        if deed:
            reason = in_languages(each.text)["reason"]
            deed(each.event, reason, actor=programme.ACTOR, now=now)


def _publish(
    text: Text, first: date, now: datetime, series: Series | None
) -> Iterator[Planned]:
    """Publish *text* and its parts."""
    slug = diary.dated(text["slug"], first)
    whole = programme.publish(slug, text, first, now, series=series)
    yield Planned(whole, text)
    for part in text.get("part", ()):
        day = diary.day_of(part, first)
        slug = diary.dated(part["slug"], day)
        event = programme.publish(slug, part, day, now, super_event=whole)
        yield Planned(event, part)


def _series(text: Text) -> Series | None:
    """Return the series that *text* belongs to, begun if need be."""
    if "series" not in text:
        return None
    known = db.session.scalars(select(Series).where(Series.slug == text["slug"]))
    rule = {**facts(text["when"], "after"), **facts(text["series"], "dates")}
    return known.one_or_none() or regulars.begin(
        text["slug"], in_languages(text)["name"], rule=rule
    )


def _missing(text: Text, series: Series | None, now: datetime) -> int:
    """Return how many dates of *text* are still to be announced."""
    if series is None:
        return 1
    ahead = sum(event.starts_at > now for event in series.events)
    return max(0, int(text["series"]["dates"]) - ahead)


def _open_cup(day: date) -> Competition:
    """Open this season's tournament."""
    text = read("cup")["competition"]
    return matches.open_competition(
        diary.dated(text["slug"], day), **in_languages(text)
    )
