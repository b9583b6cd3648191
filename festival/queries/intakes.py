"""What was read from tables, by whom, and how far somebody reaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from festival.domain.access import Grant, Right, may, may_everywhere
from festival.domain.columns import Line
from festival.domain.errors import NotYourPlace
from festival.domain.intakes import Becomes, names_of
from festival.domain.words import fold
from festival.extensions import db
from festival.models.accounts import Account
from festival.models.events import Event
from festival.models.intakes import Intake
from festival.models.journal import LogEntry
from festival.queries import accounts, event_desk

UNDONE_WITHIN: Final = timedelta(days=1)
SHOWN: Final = 5  # of the last ones


class Read(Protocol):
    """A line of a table, and what becomes of it."""

    @property
    def becomes(self) -> Becomes:
        """Made, changed, left, or wrong."""


class Counted:
    """What a table would make, counted by what becomes of its lines."""

    items: Sequence[Read]

    @cached_property
    def counts(self) -> Counter[Becomes]:
        """Return how many lines become what."""
        return Counter(item.becomes for item in self.items)

    @property
    def is_ready(self) -> bool:
        """Say whether nothing has to be put right."""
        return not self.counts[Becomes.WRONG]

    @property
    def is_idle(self) -> bool:
        """Say whether there is nothing to do."""
        return not (self.counts[Becomes.MADE] or self.counts[Becomes.CHANGED])


def intake(public_id: str, account: Account, grants: Sequence[Grant]) -> Intake:
    """Return what *account* has read in; the office may see everybody's.

    Raises:
        NoResultFound: there is none, or it is somebody else's. The web answers 404.
    """
    query = select(Intake).where(Intake.public_id == public_id)
    if not may_everywhere(grants, Right.HOUSE):
        query = query.where(Intake.account_id == account.id)
    return db.session.scalars(query).one()


def taken(account: Account, kind: str) -> Sequence[Intake]:
    """Return the last tables that *account* has taken in."""
    query = (
        select(Intake)
        .where(
            Intake.account_id == account.id,
            Intake.kind == kind,
            Intake.taken_at.is_not(None),
        )
        .order_by(Intake.taken_at.desc(), Intake.id.desc())
    )
    return db.session.scalars(query.limit(SHOWN)).all()


def may_be_undone(one: Intake, now: datetime) -> bool:
    """Say whether it was taken in within the last day."""
    return (
        one.taken_at is not None
        and one.undone_at is None
        and now < one.taken_at + UNDONE_WITHIN
    )


def made(one: Intake, grants: Sequence[Grant]) -> list[Event]:
    """Return the events that were made, as they are now, as far as *grants* reach."""
    own = still_own(one, one.made.get("events", ()), grants)
    query = select(Event).where(Event.id.in_(own))
    places = joinedload(Event.venue), joinedload(Event.space)
    ordered = query.options(*places).order_by(Event.starts_at, Event.id)
    return list(db.session.scalars(ordered))


def festival_of(one: Intake) -> Event | None:
    """Return the festival whose programme it is, if it is one's."""
    return db.session.get(Event, one.super_event_id or 0)


def festival_named(name: str, grants: Sequence[Grant], now: datetime) -> Event | None:
    """Return the festival to come, within reach, that is called *name*."""
    for event in event_desk.festivals(grants, now):
        if fold(name) in names_of(event.name):
            return event
    return None


def lines_of(one: Intake) -> list[Line]:
    """Return its lines, as read and as put right since."""
    return [Line(each["number"], each["cells"]) for each in one.rows["lines"]]


def require_reach(made: Sequence[Event], grants: Sequence[Grant]) -> None:
    """Pass silently where *grants* let somebody write each of *made*.

    Raises:
        NotYourPlace: one of them would be another's.
    """
    if not all(may(grants, Right.EVENTS, accounts.thing_of(event)) for event in made):
        raise NotYourPlace


def still_own(
    one: Intake, numbers: Sequence[int], grants: Sequence[Grant]
) -> dict[int, Event]:
    """Return those of the events *numbers* that *one* made or found, within *grants*.

    SQLite gives the number of what was deleted to what is written next: such an event
    was written after *one* was taken in.
    """
    query = select(Event).where(
        Event.id.in_(numbers),
        Event.created_at <= one.taken_at,
        accounts.within(grants, Right.EVENTS),
    )
    return {event.id: event for event in db.session.scalars(query)}


def was_worked_on(event: Event) -> bool:
    """Say whether anybody has done anything to *event* since it was written."""
    query = select(LogEntry.id).where(
        LogEntry.thing == "event",
        LogEntry.thing_id == event.id,
        LogEntry.at >= event.created_at,
        LogEntry.deed.not_in(("draft", "deleted")),
    )
    return db.session.scalars(query.limit(1)).first() is not None


def within_reach(events: Sequence[Event], grants: Sequence[Grant]) -> set[int]:
    """Return the ids of those of *events* that *grants* let somebody write."""
    query = select(Event.id).where(
        Event.id.in_([event.id for event in events]),
        accounts.within(grants, Right.EVENTS),
    )
    return set(db.session.scalars(query))
