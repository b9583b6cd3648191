"""What a calendar holds, and when anything public last moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from festival.domain.question import AgendaFilter
from festival.extensions import db
from festival.models.directory import Partnership
from festival.models.events import Event
from festival.models.journal import Edition
from festival.queries import agenda

PAST = timedelta(days=30)
AHEAD = timedelta(days=548)  # 18 months


def feed(question: AgendaFilter, now: datetime) -> Sequence[Event]:
    """Return what answers *question* from 30 days back to 18 months ahead.

    Neither its period nor "places left" plays a part: a calendar has a period of its
    own, and an event does not leave it because it is full.

    The cancelled stay: a calendar that finds one missing keeps showing the old one.
    """
    query = (
        select(Event)
        .where(
            *agenda.matches(replace(question, free=False), now),
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
