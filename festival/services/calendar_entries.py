"""Keeping the VEVENTs of events written, ready for feeds.

An entry tells of its event, and of others: where it is, who organises it, who plays.
It is true while the event is as it was *revised* (``queries.calendar``). So whoever
changes a venue, a space, an organisation or a match says so with ``tell_again``, as
whoever changes an event sets its ``revised_at``: calendar programs go by that date,
too, and would not show what changed without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, select

from festival import database
from festival.extensions import db
from festival.models.events import CalendarEntry, Event
from festival.queries import calendar

SECOND: Final = timedelta(seconds=1)  # times are whole ones


@dataclass(frozen=True, slots=True)
class Written:
    """A VEVENT, and of what it was written."""

    event_id: int
    language: str
    revision: int
    revised_at: datetime
    stamp: str
    body: bytes


def keep(written: Iterable[Written]) -> None:
    """Keep what was *written*, in the place of what was kept before."""
    rows = [asdict(one) for one in written]
    if not rows:
        return
    given = database.insert_into(CalendarEntry, db.engine)
    anew = {name: given.excluded[name] for name in rows[0]}
    statement = given.on_conflict_do_update(
        index_elements=[CalendarEntry.event_id, CalendarEntry.language], set_=anew
    )
    db.session.execute(statement, rows)


def let_go(now: datetime, *, at_most: int) -> int:
    """Drop what no feed holds any more; return how many."""
    held = select(Event.id).where(calendar.may_hold(now))
    gone = select(CalendarEntry.id).where(CalendarEntry.event_id.not_in(held))
    found = db.session.scalars(gone.limit(at_most)).all()
    db.session.execute(delete(CalendarEntry).where(CalendarEntry.id.in_(found)))
    return len(found)


def tell_again(told: ColumnElement[bool], *, now: datetime) -> None:
    """Say that calendars tell something else of the events *told* from now on.

    ``tell_again(Event.venue_id == venue.id, now=now)`` when a venue moves. What was
    written a moment ago, in the same second, is not true any more either.
    """
    found = select(Event).where(told).order_by(Event.id).with_for_update()
    afresh = found.execution_options(populate_existing=True)
    for event in db.session.scalars(afresh).all():
        event.revised_at = max(now, event.revised_at + SECOND)
    db.session.flush()
