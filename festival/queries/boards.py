"""A festival's programme as its organisers lay it out: drafts and plans included."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from festival.domain.access import Grant, Right
from festival.domain.admission import ALIVE
from festival.domain.clashes import Occasion
from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.domain.programme import MORNING, MOST_DAYS, Grid, Slot, lay_out
from festival.domain.recurrence import local
from festival.extensions import db
from festival.models.directory import Partnership, Space, Venue
from festival.models.events import Event, Plan
from festival.models.rsvps import Rsvp
from festival.queries import accounts, clashes
from festival.queries.clashes import Clash

A_DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SHOWN_HOURS = 9 * 60, 22 * 60  # of a day with nothing on it, in minutes


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a festival, as it is to be once everything is published."""

    event: Event
    starts_at: datetime
    ends_at: datetime
    venue: Venue | None
    space: Space | None

    @property
    def is_draft(self) -> bool:
        """Say whether nobody sees it yet."""
        return self.event.status not in PUBLIC

    @property
    def is_changed(self) -> bool:
        """Say whether it is published, and to be elsewhere or at another time."""
        return self.event.plan is not None

    @property
    def is_off(self) -> bool:
        """Say whether it was cancelled."""
        return self.event.status is EventStatus.CANCELLED

    @property
    def is_postponed(self) -> bool:
        """Say whether it waits for a date, which its own page gives it."""
        return self.event.status is EventStatus.POSTPONED

    @property
    def date(self) -> date:
        """Return its day: a night belongs to its evening, if that is the festival's."""
        begins = local(self.starts_at, self.event.timezone)
        day = (begins if self.event.all_day else begins - MORNING).date()
        whole = self.event.super_event
        first = local(whole.starts_at, whole.timezone).date() if whole else day
        return begins.date() if day < first else day

    @property
    def occasion(self) -> Occasion:
        """Return it as clashes see it."""
        return replace(
            clashes.occasion(self.event),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            venue_id=self.venue.id if self.venue else None,
            space_id=self.space.id if self.space else None,
        )


@dataclass(frozen=True, slots=True)
class BoardDay:
    """One day of the board: its parts in time order, and where each stands."""

    date: date
    parts: tuple[Part, ...]  # those that have a space
    grid: Grid


@dataclass(frozen=True, slots=True)
class Board:
    """A festival's programme as it is to be."""

    festival: Event
    spaces: tuple[Space, ...]
    days: tuple[date, ...]
    parts: tuple[Part, ...]  # in time order

    @property
    def unplaced(self) -> list[Part]:
        """Return the parts that have no space yet, or a day outside the festival's."""
        return [
            part
            for part in self.parts
            if not part.is_off and (part.space is None or part.date not in self.days)
        ]

    @property
    def drafts(self) -> list[Part]:
        """Return what publishing would show for the first time."""
        return [part for part in self.parts if part.is_draft]

    @property
    def changed(self) -> list[Part]:
        """Return what publishing would change."""
        return [
            part
            for part in self.parts
            if part.is_changed and not part.is_off and not part.is_postponed
        ]

    @property
    def postponed(self) -> list[Part]:
        """Return what publishing leaves as it is until there is a date."""
        return [part for part in self.parts if part.is_postponed]

    @property
    def mark(self) -> str:
        """Return a digest of all that publishing would do, to see if it has changed."""
        waits = [
            (
                *(p.event.id, p.starts_at.isoformat(), p.ends_at.isoformat()),
                *(p.venue.id if p.venue else 0, p.space.id if p.space else 0),
            )
            for p in (*self.drafts, *self.changed)
        ]
        told = f"{self.festival.status}|{sorted(waits)}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def on(self, day: date) -> BoardDay:
        """Return one day of it, laid out: a column for every space."""
        parts = tuple(
            part
            for part in self.parts
            if part.space is not None and part.date == day and not part.is_off
        )
        return BoardDay(day, parts, lay_out(_slots(parts, day), self.order))

    @property
    def order(self) -> list[int]:
        """Return the spaces' ids as the board has them beside each other."""
        return [space.id for space in self.spaces]

    def next_space(self, part: Part) -> Space | None:
        """Return the space after that of *part*, the first after the last."""
        if not self.spaces:
            return None
        at = self.order.index(part.space.id) + 1 if part.space else 0
        return self.spaces[at % len(self.spaces)]


def board(festival: Event) -> Board:
    """Return the programme of *festival* as it is to be."""
    query = (
        select(Event)
        .where(Event.super_event_id == festival.id)
        .options(
            joinedload(Event.venue),
            joinedload(Event.space),
            joinedload(Event.plan).joinedload(Plan.venue),
            joinedload(Event.plan).joinedload(Plan.space),
            selectinload(Event.partnerships).joinedload(Partnership.organisation),
        )
    )
    parts = [part(event) for event in db.session.scalars(query)]
    parts.sort(key=lambda part: (part.starts_at, part.event.id))
    return Board(
        festival,
        tuple(_spaces(festival, parts)),
        tuple(_days(festival)),
        tuple(parts),
    )


def part(event: Event) -> Part:
    """Return *event* as it is to be: as planned, or else as it is."""
    to_be = event.plan or event
    return Part(event, to_be.starts_at, to_be.ends_at, to_be.venue, to_be.space)


def in_the_way(
    found: Board, now: datetime, *, grants: Sequence[Grant] = ()
) -> dict[int, list[Clash]]:
    """Return what is in the way of each part that goes ahead, by its event's id."""
    ahead = [
        part.occasion
        for part in found.parts
        if part.event.status in clashes.IN_THE_WAY and part.space is not None
    ]
    return clashes.of_occasions(ahead, now, grants=grants)


def who_is_told(events: Iterable[Event]) -> Mapping[int, int]:
    """Return how many letters a change of each of *events* would post."""
    query = (
        select(Rsvp.event_id, func.count())
        .where(
            Rsvp.event_id.in_([event.id for event in events]),
            Rsvp.status.in_(ALIVE),
            Rsvp.address.is_not(None),
        )
        .group_by(Rsvp.event_id)
    )
    return {number: letters for number, letters in db.session.execute(query)}  # noqa: C416  (typed rows)


def waiting(festival: Event) -> int:
    """Return how many changes of the programme of *festival* are not published yet."""
    return sum(changes for _, changes in _waiting(Event.id == festival.id))


def all_waiting(grants: Sequence[Grant], now: datetime) -> list[tuple[Event, int]]:
    """Return the festivals in reach with changes not published yet, and how many."""
    reached = accounts.within(grants, Right.EVENTS)
    return _waiting(reached, Event.ends_at > now)


def _waiting(*conditions: ColumnElement[bool]) -> list[tuple[Event, int]]:
    part = aliased(Event)
    query = (
        select(Event, func.count(Plan.id))
        .join(part, part.super_event_id == Event.id)
        .join(Plan, Plan.event_id == part.id)
        .where(
            part.status.not_in({EventStatus.CANCELLED, EventStatus.POSTPONED}),
            *conditions,
        )
        .group_by(Event.id)
        .order_by(Event.starts_at, Event.id)
    )
    return [(event, changes) for event, changes in db.session.execute(query)]


def _spaces(festival: Event, parts: Sequence[Part]) -> list[Space]:
    """Return the spaces of every venue in which the festival is, in their order."""
    venues = {part.venue.id for part in parts if part.venue}
    venues |= {part.space.venue_id for part in parts if part.space}
    if festival.venue_id:
        venues.add(festival.venue_id)
    query = (
        select(Space)
        .join(Venue)
        .where(Space.venue_id.in_(venues))
        .options(joinedload(Space.venue))
        .order_by(Venue.name, Venue.id, Space.position, Space.id)
    )
    return list(db.session.scalars(query))


def _days(festival: Event) -> list[date]:
    """Return the days of the festival: a night belongs to its evening."""
    first = local(festival.starts_at, festival.timezone).date()
    until = MINUTE if festival.all_day else MORNING
    last = max((local(festival.ends_at, festival.timezone) - until).date(), first)
    return [first + n * A_DAY for n in range(min((last - first).days + 1, MOST_DAYS))]


def _slots(parts: Sequence[Part], day: date) -> list[Slot]:
    midnight = datetime.combine(day, time())
    slots = []
    for one in parts:
        begins, ends = (
            int((local(at, one.event.timezone) - midnight) / MINUTE)
            for at in (one.starts_at, one.ends_at)
        )
        ends = min(ends, 30 * 60)  # what goes on past the morning is not drawn on
        slots.append(
            Slot(one.event.id, one.space.id, max(begins, 0), max(ends, begins + 1))  # type: ignore[union-attr]  # the board's have one
        )
    return slots
