"""When a season's events fall: each on the first day that has a space for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy import select

from festival.demo.reading import Text
from festival.domain.lifecycle import EventStatus
from festival.extensions import db
from festival.models.directory import Space, Venue
from festival.models.events import Event

ZONE = ZoneInfo("Europe/Paris")
NOTICE = timedelta(hours=1)  # nothing that is to come begins sooner
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


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


def first_free_day(
    text: Text, taken: Iterable[Span], slugs: set[str], now: datetime
) -> date:
    """Return the first day in reach on which everything of *text* has its space.

    ``after`` is where the search begins, in days from today, and below zero goes
    back in time. ``week`` is which of its weekdays in the month.
    """
    when = text["when"]
    weekday, week, after = when.get("weekday"), when.get("week"), when["after"]
    onward = 1 if after >= 0 else -1

    def suits(day: date) -> bool:
        if (
            weekday not in {None, WEEKDAYS[day.weekday()]}
            or week not in {None, 1 + (day.day - 1) // 7}
            or dated(text["slug"], day) in slugs
        ):
            return False
        wanted = spans(text, day)
        return (after < 0 or wanted[0].starts_at >= now + NOTICE) and not any(
            span.clashes(other) for span in wanted for other in taken
        )

    start = house_date(now) + timedelta(days=after)
    days = (start + timedelta(days=onward * step) for step in count())
    return next(filter(suits, days))


def spans(text: Text, day: date) -> list[Span]:
    """Return when and where *text* and its parts are, if it begins on *day*."""
    parts = text.get("part", ())
    return [
        Span(each.get("where"), *hours(each, day_of(each, day)))
        for each in (text, *parts)
    ]


def taken() -> Iterator[Span]:
    """Yield when the spaces are taken already."""
    held = (
        select(Venue.slug, Space.slug, Event.starts_at, Event.ends_at)
        .join(Space, Space.id == Event.space_id)
        .join(Venue, Venue.id == Space.venue_id)
        .where(Event.status != EventStatus.CANCELLED)
    )
    for venue, space, starts_at, ends_at in db.session.execute(held):
        yield Span(f"{venue}/{space}", starts_at, ends_at)


def day_of(text: Text, first: date) -> date:
    """Return the day of a part of what begins on *first*."""
    return first + timedelta(days=text["when"].get("day", 0))


def hours(text: Text, day: date) -> tuple[datetime, datetime]:
    """Return begin and end; what lasts days without hours ends at a midnight."""
    when = text["when"]
    days = when.get("days", 1)
    if "hours" not in when:
        return at(day, "00:00"), at(day + timedelta(days=days), "00:00")
    begin, end = when["hours"]
    return at(day, begin), at(day + timedelta(days=days - 1), end)


def at(day: date, hour: str) -> datetime:
    """Return the instant at which clocks of the house show *hour*."""
    local = datetime.combine(day, time.fromisoformat(hour), tzinfo=ZONE)
    return local.astimezone(UTC)


def house_date(now: datetime) -> date:
    """Return the house's date."""
    return now.astimezone(ZONE).date()


def dated(slug: str, day: date) -> str:
    """Return the address of what comes again every season."""
    return f"{slug}-{day}"
