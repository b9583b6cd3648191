"""Forgetting in time: what PAGES' table of "how long things are kept" promises."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from festival.domain.admission import RsvpStatus
from festival.extensions import current_settings, db
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus, LogEntry
from festival.models.rsvps import Repeat, Rsvp
from festival.services import rsvps

YOUTH = timedelta(days=7)
DISCREET = timedelta(hours=48)
UNCONFIRMED = timedelta(hours=48)
LETTERS = timedelta(days=7)
NETWORKS = timedelta(hours=24)
JOURNAL = timedelta(days=365)


def kept(audience: str, *, discreet: bool) -> timedelta:
    """Return how long after an event its guests are kept."""
    longest = timedelta(days=current_settings().RETENTION_DAYS)
    if discreet:
        return min(longest, DISCREET)
    return min(longest, YOUTH) if audience == "youth" else longest


def tidy(now: datetime, *, at_most: int = 200) -> int:
    """Erase what is past its time; return how many guests that was.

    At most *at_most* guests a call, so that no transaction is long: call again while
    it returns as many.
    """
    due = (
        select(Rsvp)
        .join(Event, Event.id == Rsvp.event_id)
        .where(Rsvp.erased_at.is_(None), _is_over(now))
        .order_by(Rsvp.event_id, Rsvp.id)
        .limit(at_most)
    )
    erased = db.session.scalars(due).all()
    for rsvp in erased:
        rsvps.erase(rsvp, now=now, actor="retention")

    for record in (Rsvp, Repeat):
        db.session.execute(
            update(record)
            .where(record.network_key.is_not(None), record.replied_at < now - NETWORKS)
            .values(network_key=None, retry_key=None),
            execution_options={"synchronize_session": False},
        )
    db.session.execute(
        delete(Letter).where(
            Letter.status != LetterStatus.WAITING, Letter.final_at < now - LETTERS
        )
    )
    db.session.execute(delete(LogEntry).where(LogEntry.at < now - JOURNAL))
    return len(erased)


def _is_over(now: datetime) -> ColumnElement[bool]:
    unconfirmed = and_(
        # A letter never answered; "held_until" stays with who withdrew before.
        or_(Rsvp.status == RsvpStatus.EXPIRED, Rsvp.held_until.is_not(None)),
        Rsvp.replied_at < now - UNCONFIRMED,
    )
    return or_(
        Event.ends_at < now - kept("everyone", discreet=False),
        and_(
            Event.audience == "youth",
            Event.ends_at < now - kept("youth", discreet=False),
        ),
        and_(Event.discreet, Event.ends_at < now - kept("everyone", discreet=True)),
        unconfirmed,
    )
