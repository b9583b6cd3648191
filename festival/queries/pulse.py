"""Until when what the public is told stays true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from festival.domain.admission import DOOR, LATE
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Edition

QUARTER = timedelta(minutes=15)  # every midnight of every zone is one
BEFORE_THE_START = (
    timedelta(0),
    DOOR,
    LATE,
    timedelta(days=1),  # the reminder
    timedelta(days=2),  # "still coming?"
)


@dataclass(frozen=True, slots=True)
class Pulse:
    """Which edition the public agenda is in, and when the clock alone changes it."""

    edition: str
    moved_at: datetime | None  # None before anything was published
    until: datetime


def pulse(now: datetime) -> Pulse:
    """Return how things stand. One statement, each part of it one look into an index.

    ``until`` is the next quarter of an hour, or before it the next instant at which
    an event begins, ends, opens or closes its replies, or comes so near its start
    that other rules hold.
    """
    instants = [
        *(_next(Event.starts_at, now + ahead) for ahead in BEFORE_THE_START),
        *(
            _next(column, now)
            for column in (
                Event.ends_at,
                Event.replies_open_at,
                Event.replies_close_at,
            )
        ),
    ]
    edition = [
        select(column).limit(1).scalar_subquery()
        for column in (Edition.mark, Edition.number, Edition.moved_at)
    ]
    mark, number, moved, *found = db.session.execute(
        select(*edition, *(one.scalar_subquery() for one in instants))
    ).one()
    ahead = [*BEFORE_THE_START, *[timedelta(0)] * 3]
    exact = [at - away for at, away in zip(found, ahead, strict=True) if at]
    return Pulse(f"{mark}.{number}", moved, min([*exact, _next_quarter(now)]))


def _next(
    column: InstrumentedAttribute[Any], after: datetime
) -> Select[tuple[datetime | None]]:
    return select(func.min(column)).where(column > after)


def _next_quarter(now: datetime) -> datetime:
    passed = timedelta(minutes=now.minute % 15, seconds=now.second)
    return now.replace(microsecond=0) - passed + QUARTER
