"""What the desk shows: events with how full they are, drafts too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from festival.domain.access import Grant, Right
from festival.domain.admission import House, RsvpStatus
from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Mailbox
from festival.models.rsvps import Rsvp
from festival.queries import accounts, guests

COMING = timedelta(days=7)
ZONE = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class Line:
    """An event on the desk, how full it is, and how many people wait."""

    event: Event
    house: House
    waiting: int  # people


def on_today(grants: Sequence[Grant], now: datetime, zone: str = ZONE) -> list[Line]:
    """Return what is on today, in the house's zone, as far as *grants* reach."""
    local = now.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return _lines(
        grants,
        now,
        Event.status.in_(PUBLIC),
        Event.ends_at > midnight,
        Event.starts_at < midnight + timedelta(days=1),
    )


def coming(grants: Sequence[Grant], now: datetime, zone: str = ZONE) -> list[Line]:
    """Return what begins in the week after today."""
    local = now.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)
    return _lines(
        grants,
        now,
        Event.status.in_(PUBLIC),
        Event.starts_at >= tomorrow,
        Event.starts_at < tomorrow + COMING,
    )


def following(grants: Sequence[Grant], now: datetime) -> Line | None:
    """Return what is on next, if anything is."""
    found = _lines(grants, now, Event.status.in_(PUBLIC), Event.starts_at > now, most=1)
    return found[0] if found else None


def within(
    grants: Sequence[Grant], right: Right, numbers: Sequence[int]
) -> frozenset[int]:
    """Return on which of the events *numbers* the *grants* give *right*."""
    found = select(Event.id).where(
        Event.id.in_(numbers), accounts.within(grants, right)
    )
    return frozenset(db.session.scalars(found))


def mails_to_read() -> int:
    """Return how many mails in the house's mailbox wait for a person."""
    return db.session.scalars(select(Mailbox.to_read)).first() or 0


def drafts(grants: Sequence[Grant], now: datetime) -> list[Line]:
    """Return what nobody sees yet, for those who write it."""
    draft = Event.status == EventStatus.DRAFT
    return _lines(grants, now, draft, right=Right.EVENTS)


def _lines(
    grants: Sequence[Grant],
    now: datetime,
    *conditions: ColumnElement[bool],
    right: Right = Right.FIGURES,
    most: int = 200,
) -> list[Line]:
    query = (
        select(Event)
        .where(accounts.within(grants, right), *conditions)
        .options(joinedload(Event.venue), joinedload(Event.space))
        .order_by(Event.starts_at, Event.id)
        .limit(most)
    )
    return lines(db.session.scalars(query).all(), now)


def lines(found: Sequence[Event], now: datetime) -> list[Line]:
    """Return *found* with how full each is. Two statements."""
    houses = guests.houses(found, now)
    waits = (
        select(Rsvp.event_id, func.sum(Rsvp.party_wanted))
        .where(
            Rsvp.event_id.in_([event.id for event in found]),
            Rsvp.status == RsvpStatus.WAITING,
        )
        .group_by(Rsvp.event_id)
    )
    waiting = {number: int(people) for number, people in db.session.execute(waits)}
    return [Line(event, houses[event.id], waiting.get(event.id, 0)) for event in found]
