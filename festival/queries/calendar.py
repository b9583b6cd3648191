"""What a calendar holds, and when anything public last moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from festival.domain.lifecycle import PUBLIC
from festival.extensions import db
from festival.models.directory import Partnership
from festival.models.events import Event
from festival.models.journal import Edition

PAST = timedelta(days=30)
AHEAD = timedelta(days=548)  # 18 months


def feed(now: datetime) -> Sequence[Event]:
    """Return the listed public events from 30 days back to 18 months ahead.

    The cancelled stay: a calendar that finds one missing keeps showing the old one.
    """
    query = (
        select(Event)
        .where(
            Event.listed,
            Event.status.in_(PUBLIC),
            Event.ends_at > now - PAST,
            Event.starts_at < now + AHEAD,
        )
        .order_by(Event.starts_at, Event.id)
        .options(
            joinedload(Event.venue),
            joinedload(Event.space),
            selectinload(Event.partnerships).joinedload(Partnership.organisation),
        )
    )
    return db.session.scalars(query).all()


def moved_at() -> datetime | None:
    """Return when anything public last moved; None before anything was published."""
    return db.session.scalars(select(Edition.moved_at)).first()
