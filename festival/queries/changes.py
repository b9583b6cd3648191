"""What is new, and what has changed since it was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.domain.question import AgendaFilter
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import LogEntry
from festival.queries import agenda

LATEST = 5
MOST = 200  # entries of the journal that are read for them
DEEDS = ("revised", "postponed", "cancelled")


@dataclass(frozen=True, slots=True)
class Change:
    """What changed of one event: how it stands, and what it was in the journal."""

    at: datetime
    status: EventStatus
    event: Event
    before: Mapping[str, Any]


def news(question: AgendaFilter, now: datetime, most: int) -> Sequence[Change]:
    """Return the latest *most* of what answers *question*, by when each last changed.

    Each with its last change alone; what is new was nothing ``before``. One statement
    for events, one for the journal.
    """
    events = agenda.latest(question, now, most)
    last = (
        select(func.max(LogEntry.id))
        .where(
            LogEntry.thing == "event",
            LogEntry.deed.in_(DEEDS),
            LogEntry.thing_id.in_([event.id for event in events]),
        )
        .group_by(LogEntry.thing_id)
    )
    entries = db.session.scalars(select(LogEntry).where(LogEntry.id.in_(last)))
    before = {entry.thing_id: entry.facts.get("before", {}) for entry in entries}
    return [
        Change(event.revised_at, event.status, event, before.get(event.id, {}))
        for event in events
    ]


def changes(whole: Event) -> Sequence[Change]:
    """Return what changed of *whole* and its public parts, the latest first.

    One change an event: what was before the first of them, and how it stands now.
    Nothing from before the programme was public.
    """
    own = aliased(Event)
    part = and_(own.super_event_id == whole.id, own.listed)
    told = select(own.id).where(or_(own.id == whole.id, part))
    query = (
        select(LogEntry, Event)
        .join(Event, Event.id == LogEntry.thing_id)
        .where(
            LogEntry.thing == "event",
            LogEntry.deed.in_(DEEDS),
            LogEntry.at >= whole.published_at,
            Event.status.in_(PUBLIC),
            LogEntry.thing_id.in_(told),
        )
        .options(joinedload(Event.venue), joinedload(Event.space))
        .order_by(LogEntry.at.desc(), LogEntry.id.desc())
        .limit(MOST)
    )
    every = (change for change in _by_event(query).values() if _is_told(change))
    return sorted(every, key=lambda change: change.at, reverse=True)[:LATEST]


def _by_event(query: Select[LogEntry, Event]) -> dict[int, Change]:
    """Return one change an event, of the journal read backwards."""
    found: dict[int, Change] = {}
    for entry, event in db.session.execute(query):
        latest = found.get(event.id)
        before = {**(latest.before if latest else {}), **entry.facts.get("before", {})}
        at = latest.at if latest else entry.at
        found[event.id] = Change(at, event.status, event, before)
    return found


def _is_told(change: Change) -> bool:
    """Say whether there are words for it: doors that no longer open have none."""
    if change.status is not EventStatus.SCHEDULED:
        return True
    silent = set() if change.event.doors_at else {"doors_at"}
    return bool(set(change.before) - silent)
