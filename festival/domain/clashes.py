"""What gets in the way of an event: warnings, never a refusal.

An event takes its space from its set-up to the end of its clear-up. Only two that
want the same space at the same time have to be said yes to once more; everything
else is for somebody who knows the house to judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

CHANGE_OVER = timedelta(minutes=10)
A_DAY = timedelta(days=1)
LASTING = A_DAY  # what lasts as long keeps no hours of a day
SECOND = timedelta(seconds=1)


class ClashKind(StrEnum):
    """What is in the way, the worst first."""

    SPACE = "space"  # another has the same space at the same time
    CHANGE_OVER = "change_over"  # another has it a moment before or after
    ORGANISATION = "organisation"  # who organises it is elsewhere at that time
    OCCUPANCY = "occupancy"  # the house does not have the venue on that day
    OPENING = "opening"  # the venue is closed at that hour
    CAPACITY = "capacity"  # more places than the space holds

    @property
    def asks_for_box(self) -> bool:
        """Say whether publishing asks for one more yes."""
        return self is ClashKind.SPACE


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event as clashes see it, or one that does not exist yet.

    Its organisers are those who have to be there: who organises a whole festival
    is in all of its parts at once, and is left out of them.
    """

    key: int
    starts_at: datetime
    ends_at: datetime
    set_up: int = 0  # minutes
    clear_up: int = 0
    venue_id: int | None = None
    space_id: int | None = None
    organisation_ids: frozenset[int] = frozenset()
    super_event_id: int | None = None
    capacity: int | None = None
    timezone: str = "Europe/Paris"
    all_day: bool = False

    @property
    def taken_from(self) -> datetime:
        """Return when its set-up begins."""
        return self.starts_at - timedelta(minutes=self.set_up)

    @property
    def taken_until(self) -> datetime:
        """Return when its clear-up ends."""
        return self.ends_at + timedelta(minutes=self.clear_up)

    @property
    def lasts_days(self) -> bool:
        """Say whether it goes on whatever the hour."""
        return self.all_day or self.ends_at - self.starts_at >= LASTING

    def belongs_to(self, other: Occasion) -> bool:
        """Say whether one of the two is part of the other."""
        return self.super_event_id == other.key or other.super_event_id == self.key

    def meets(self, other: Occasion, apart: timedelta = timedelta()) -> bool:
        """Say whether there are less than *apart* between the two, or they overlap."""
        return (
            self.taken_from < other.taken_until + apart
            and other.taken_from < self.taken_until + apart
        )


@dataclass(frozen=True, slots=True)
class Place:
    """What a venue and a space allow. None is unknown, and never in the way."""

    open_from: time | None = None
    open_until: time | None = None
    occupied_from: date | None = None
    occupied_until: date | None = None  # the last day
    capacity: int | None = None


def between(one: Occasion, other: Occasion) -> ClashKind | None:
    """Say what *one* and *other* are to each other; the worst alone."""
    if one.key == other.key or one.belongs_to(other):
        return None
    same_space = one.space_id is not None and one.space_id == other.space_id
    if same_space and one.meets(other):
        return ClashKind.SPACE
    if same_space and one.meets(other, CHANGE_OVER):
        return ClashKind.CHANGE_OVER
    if one.lasts_days or other.lasts_days or not one.meets(other):
        return None
    apart = (one.venue_id, one.space_id) != (other.venue_id, other.space_id)
    together = one.organisation_ids & other.organisation_ids
    return ClashKind.ORGANISATION if apart and together else None


def with_place(one: Occasion, place: Place) -> Iterator[ClashKind]:
    """Yield what of *place* is in the way of *one*."""
    zone = ZoneInfo(one.timezone)
    begins, ends = one.taken_from.astimezone(zone), one.taken_until.astimezone(zone)
    first, last = begins.date(), (ends - SECOND).date()
    if (place.occupied_until is not None and last > place.occupied_until) or (
        place.occupied_from is not None and first < place.occupied_from
    ):
        yield ClashKind.OCCUPANCY
    wall = begins.replace(tzinfo=None), ends.replace(tzinfo=None)
    if not one.lasts_days and not _is_open(place, *wall):
        yield ClashKind.OPENING
    holds = place.capacity
    if one.capacity is not None and holds is not None and one.capacity > holds:
        yield ClashKind.CAPACITY


def _is_open(place: Place, begins: datetime, ends: datetime) -> bool:
    """Say whether the venue is open all the time from *begins* to *ends*, local.

    One that closes before it opens closes on the next day.
    """
    opens, closes = place.open_from or time(), place.open_until
    if closes is None:
        return begins.time() >= opens
    overnight = closes <= opens
    day = begins.date()
    if overnight and begins.time() < opens:
        day -= A_DAY
    shuts = day + A_DAY if overnight else day
    return datetime.combine(day, opens) <= begins and ends <= datetime.combine(
        shuts, closes
    )
