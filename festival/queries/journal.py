"""What was done at the house, by whom; as far as somebody may know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select, true

from festival.domain.access import Grant, Right, may_everywhere
from festival.extensions import db
from festival.models.accounts import Account
from festival.models.directory import Organisation, Venue
from festival.models.events import Competition, Event, Match
from festival.models.journal import LogEntry
from festival.queries import accounts

MOST: Final = 50  # entries on a page
GUESTS: Final = ("rsvp", "repeat", "personal_calendar")  # things that are a guest's
PEOPLE: Final = ("account",)
NAMED: Final[dict[str, Any]] = {
    "event": Event,
    "venue": Venue,
    "organisation": Organisation,
    "account": Account,
    "competition": Competition,
    "match": Match,
}


@dataclass(frozen=True, slots=True)
class Question:
    """Which entries are asked for."""

    things: tuple[str, ...] = ()  # kinds of thing; none: of any kind
    thing_id: int | None = None
    account_id: int | None = None  # who did it
    before: int | None = None  # an entry's number: what is older


@dataclass(frozen=True, slots=True)
class Told:
    """An entry, with what it is about (None: gone, or nothing with a name), by whom."""

    entry: LogEntry
    thing: Any
    by: Account | None


def entries(grants: Sequence[Grant], question: Question) -> list[Told]:
    """Return what *grants* may know of, the latest first: one more than ``MOST``.

    Who keeps the accounts may know all; the office all but what was done to accounts;
    who writes events what was done to those.
    """
    query = select(LogEntry).where(_within(grants)).order_by(LogEntry.id.desc())
    if question.things:
        query = query.where(LogEntry.thing.in_(question.things))
    if question.thing_id is not None:
        query = query.where(LogEntry.thing_id == question.thing_id)
        if question.things == ("event",):
            query = query.where(_of_an_event())
    if question.account_id is not None:
        query = query.where(LogEntry.actor == f"account {question.account_id}")
    if question.before is not None:
        query = query.where(LogEntry.id < question.before)
    found = db.session.scalars(query.limit(MOST + 1)).all()
    return _told(found)


def _within(grants: Sequence[Grant]) -> ColumnElement[bool]:
    if may_everywhere(grants, Right.ACCOUNTS):
        return true()
    events = _of_an_event(accounts.within(grants, Right.EVENTS))
    if may_everywhere(grants, Right.HOUSE):
        return or_(events, LogEntry.thing.not_in(("event", *PEOPLE)))
    return events


def _of_an_event(*such: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell what was done to an event that is there, and is *such*.

    SQLite gives the number of what was deleted to what is written next: what was done
    before an event was written was done to another one.
    """
    it = (Event.id == LogEntry.thing_id, LogEntry.at >= Event.created_at)
    own = select(Event.id).where(*it, *such).correlate(LogEntry).exists()
    return and_(LogEntry.thing == "event", own)


def _told(found: Sequence[LogEntry]) -> list[Told]:
    """Return *found* with their names: as many statements for fifty as for one."""
    actors = {_number(entry.actor) for entry in found} - {None}
    wanted = {kind: set() for kind in NAMED}  # type: dict[str, set[Any]]
    for entry in found:
        if entry.thing in NAMED:
            wanted[entry.thing].add(entry.thing_id)
    wanted["account"] |= actors
    named: dict[str, dict[int, Any]] = {}
    for kind, numbers in wanted.items():
        model = NAMED[kind]
        things = select(model).where(model.id.in_(numbers))
        named[kind] = {
            thing.id: thing for thing in (db.session.scalars(things) if numbers else ())
        }
    return [
        Told(
            entry,
            _meant(entry, named.get(entry.thing, {}).get(entry.thing_id)),
            named["account"].get(_number(entry.actor) or 0),
        )
        for entry in found
    ]


def _meant(entry: LogEntry, thing: Any) -> Any:
    """Return *thing*, unless it came after *entry* and has but got the number."""
    later = isinstance(thing, Event) and entry.at < thing.created_at
    return None if later else thing


def _number(actor: str) -> int | None:
    word, _, number = actor.partition(" ")
    return int(number) if word == "account" and number.isdecimal() else None
