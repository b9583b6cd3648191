"""The calendar of what one address said yes to: which one it is, and what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from festival.domain.admission import ALIVE, RsvpStatus
from festival.domain.lifecycle import PUBLIC
from festival.extensions import db
from festival.models.events import Event
from festival.models.rsvps import PersonalCalendar, Rsvp
from festival.queries import calendar, guests


@dataclass(frozen=True, slots=True)
class Yes:
    """One reply of the calendar's address, as it stands."""

    rsvp: Rsvp
    event: Event
    status: RsvpStatus  # confirmed; or not yet, one of waiting, offered, held


def find(public_id: str) -> PersonalCalendar | None:
    """Return the calendar kept under *public_id*, revoked or not."""
    query = select(PersonalCalendar).where(PersonalCalendar.public_id == public_id)
    return db.session.scalars(query).first()


def living(address_key: str) -> Sequence[PersonalCalendar]:
    """Return the calendars of an address that are not revoked: one at most."""
    query = (
        select(PersonalCalendar)
        .where(
            PersonalCalendar.address_key == address_key,
            PersonalCalendar.revoked_at.is_(None),
        )
        .order_by(PersonalCalendar.id)
    )
    return db.session.scalars(query).all()


def has_replies(address_key: str) -> bool:
    """Say whether any reply of an address is kept, whatever became of it."""
    query = select(Rsvp.id).where(Rsvp.address_key == address_key).limit(1)
    return db.session.scalars(query).first() is not None


def last_reply(address_key: str) -> Rsvp | None:
    """Return the last reply of an address that is kept."""
    query = select(Rsvp).where(Rsvp.address_key == address_key)
    return db.session.scalars(query.order_by(Rsvp.id.desc()).limit(1)).first()


def without_replies() -> Sequence[PersonalCalendar]:
    """Return the calendars of addresses of which no reply is kept any more."""
    kept = exists().where(Rsvp.address_key == PersonalCalendar.address_key)
    query = select(PersonalCalendar).where(PersonalCalendar.revoked_at.is_(None), ~kept)
    return db.session.scalars(query.order_by(PersonalCalendar.id)).all()


def yeses(found: PersonalCalendar, now: datetime) -> list[Yes]:
    """Return what the address of *found* said yes to, the first event first.

    What was withdrawn, or not confirmed in time, is not in it. The past is, for as
    long as its guests are kept. The number of statements does not grow.
    """
    if found.address_key is None:
        return []
    query = (
        select(Rsvp)
        .join(Rsvp.event)
        .where(
            Rsvp.address_key == found.address_key,
            Rsvp.status.in_(ALIVE),
            Event.status.in_(PUBLIC),
        )
        .order_by(Event.starts_at, Event.id)
    )
    replies = db.session.scalars(query).all()
    events = {e.id: e for e in calendar.told({rsvp.event_id for rsvp in replies})}
    every = [
        Yes(rsvp, events[rsvp.event_id], guests.status_at(rsvp, now))
        for rsvp in replies
    ]
    return [yes for yes in every if yes.status in ALIVE]
