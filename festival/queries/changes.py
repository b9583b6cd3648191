"""What has changed in a programme since it was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import LogEntry

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


def changes(whole: Event) -> Sequence[Change]:
    """Return what changed of *whole* and its public parts, the latest first.

    One change an event: what was before the first of them, and how it stands now.
    Nothing from before the programme was public.
    """
    query = (
        select(LogEntry, Event)
        .join(Event, Event.id == LogEntry.thing_id)
        .where(
            LogEntry.thing == "event",
            LogEntry.deed.in_(DEEDS),
            LogEntry.at >= whole.published_at,
            Event.status.in_(PUBLIC),
            or_(
                Event.id == whole.id,
                and_(Event.super_event_id == whole.id, Event.listed),
            ),
        )
        .options(joinedload(Event.venue), joinedload(Event.space))
        .order_by(LogEntry.at.desc(), LogEntry.id.desc())
        .limit(MOST)
    )
    found: dict[int, Change] = {}
    for entry, event in db.session.execute(query):
        latest = found.get(event.id)
        before = {**(latest.before if latest else {}), **entry.facts.get("before", {})}
        at = latest.at if latest else entry.at
        found[event.id] = Change(at, event.status, event, before)
    every = (change for change in found.values() if _is_told(change))
    return sorted(every, key=lambda change: change.at, reverse=True)[:LATEST]


def _is_told(change: Change) -> bool:
    """Say whether there are words for it: doors that no longer open have none."""
    if change.status is not EventStatus.SCHEDULED:
        return True
    silent = set() if change.event.doors_at else {"doors_at"}
    return bool(set(change.before) - silent)
