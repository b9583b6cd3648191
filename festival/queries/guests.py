"""Who is coming: the house, the queue, and one guest's own reply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, func, or_, select

from festival.domain.admission import ALIVE, SEATED, House, Party, RsvpStatus
from festival.extensions import db
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp

R = TypeVar("R", Rsvp, Repeat)

RETRY = timedelta(minutes=15)
NETWORK_WINDOW = timedelta(minutes=10)


def counts(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which a reply's people hold seats at *now*.

    An expired hold stops counting by itself: no clean-up is needed for correctness.
    """
    return or_(
        Rsvp.status == RsvpStatus.CONFIRMED,
        and_(Rsvp.status.in_(SEATED), Rsvp.held_until > now),
    )


def seats_taken(event_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """Return people by event id, for those events that have any. One statement."""
    taken = (
        select(Rsvp.event_id, func.sum(Rsvp.party_size))
        .where(Rsvp.event_id.in_(list(event_ids)), counts(now))
        .group_by(Rsvp.event_id)
    )
    return {event_id: int(people) for event_id, people in db.session.execute(taken)}


def house(event: Event, now: datetime) -> House:
    """Count the house of *event* as it stands in this transaction."""
    return House(
        capacity=event.capacity,
        seats_taken=seats_taken([event.id], now).get(event.id, 0),
        keeps_waiting_list=event.keeps_waiting_list,
    )


def queue(event: Event) -> Sequence[Rsvp]:
    """Return who waits, the first first."""
    waiting = (
        select(Rsvp)
        .where(Rsvp.event_id == event.id, Rsvp.status == RsvpStatus.WAITING)
        .order_by(Rsvp.ranked_at, Rsvp.id)
    )
    return db.session.scalars(waiting).all()


def waiting_repeats(event: Event) -> Sequence[Repeat]:
    """Return the repeats that look as if they waited."""
    waiting = (
        select(Repeat)
        .where(Repeat.event_id == event.id, Repeat.status == RsvpStatus.WAITING)
        .order_by(Repeat.ranked_at, Repeat.id)
    )
    return db.session.scalars(waiting).all()


def parties(waiting: Iterable[Rsvp]) -> list[Party]:
    """Return *waiting* as the rules want it."""
    return [Party(rsvp.id, rsvp.party_wanted) for rsvp in waiting]


def expired_holds(event: Event, now: datetime) -> Sequence[Rsvp]:
    """Return holds of *event* whose time is over."""
    over = (
        select(Rsvp)
        .where(
            Rsvp.event_id == event.id,
            Rsvp.status == RsvpStatus.HELD,
            Rsvp.held_until <= now,
        )
        .order_by(Rsvp.id)
    )
    return db.session.scalars(over).all()


def events_with_expired_holds(now: datetime) -> Sequence[Event]:
    """Return the events in which somebody's hold is over."""
    over = select(Rsvp.event_id).where(
        Rsvp.status == RsvpStatus.HELD, Rsvp.held_until <= now
    )
    return db.session.scalars(
        select(Event).where(Event.id.in_(over)).order_by(Event.id)
    ).all()


def reply_of(event: Event, address_key: str) -> Rsvp | None:
    """Return the true reply of an address to *event*, whatever became of it."""
    query = select(Rsvp).where(
        Rsvp.event_id == event.id, Rsvp.address_key == address_key
    )
    return db.session.scalars(query).one_or_none()


def same_reply(event: Event, retry_key: str, now: datetime) -> Rsvp | Repeat | None:
    """Return the reply that this very form already made, in the last 15 minutes."""

    def made(record: type[R]) -> R | None:
        again = select(record).where(
            record.event_id == event.id,
            record.retry_key == retry_key,
            record.replied_at > now - RETRY,
            record.status.in_(ALIVE),
        )
        return db.session.scalars(again).first()

    return made(Rsvp) or made(Repeat)


def replies_from(event: Event, network_key: str, now: datetime) -> int:
    """Return how many replies one network made to *event* in the last 10 minutes."""
    since = now - NETWORK_WINDOW
    return sum(
        db.session.scalars(
            select(func.count(record.id)).where(
                record.event_id == event.id,
                record.network_key == network_key,
                record.replied_at > since,
            )
        ).one()
        for record in (Rsvp, Repeat)
    )


def door_code_taken(event: Event, code: str) -> bool:
    """Say whether *code* already opens this event's door for somebody."""
    return any(
        db.session.scalars(
            select(record.id).where(
                record.event_id == event.id, record.door_code == code
            )
        ).first()
        for record in (Rsvp, Repeat)
    )


def alive_replies(address_key: str, now: datetime) -> Sequence[Rsvp]:
    """Return what an address still comes to, the next event first."""
    query = (
        select(Rsvp)
        .join(Event, Event.id == Rsvp.event_id)
        .where(
            Rsvp.address_key == address_key,
            Rsvp.status.in_(ALIVE),
            Event.ends_at > now,
        )
        .order_by(Event.starts_at, Rsvp.id)
    )
    return db.session.scalars(query).all()


def find(public_id: str) -> Rsvp | Repeat | None:
    """Return the reply or the repeat kept under *public_id*."""

    def kept(record: type[R]) -> R | None:
        return db.session.scalars(
            select(record).where(record.public_id == public_id)
        ).first()

    return kept(Rsvp) or kept(Repeat)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a guest's own page shows. A repeat's looks just like a reply's."""

    event: Event
    name: str
    address: str
    party_size: int
    answer: str
    status: RsvpStatus  # never ``held`` past its time: that is ``expired``
    position: int | None  # in the waiting list, from 1
    door_code: str
    replied_at: datetime
    withdrawn_at: datetime | None
    held_until: datetime | None


def standing(record: Rsvp | Repeat, now: datetime) -> Standing:
    """Return how *record* stands at *now*, for its guest's eyes."""
    status = record.status
    if status is RsvpStatus.HELD and record.held_until and record.held_until <= now:
        status = RsvpStatus.EXPIRED
    waits = status is RsvpStatus.WAITING
    wanted = record.party_wanted if isinstance(record, Rsvp) else record.party_size
    return Standing(
        event=record.event,
        name=record.name,
        address=record.address or "",
        party_size=wanted if waits else record.party_size,
        answer=record.answer,
        status=status,
        position=_position(record) if waits else None,
        door_code=record.door_code,
        replied_at=record.replied_at,
        withdrawn_at=record.withdrawn_at,
        held_until=record.held_until,
    )


def _position(record: Rsvp | Repeat) -> int:
    before = or_(
        Rsvp.ranked_at < record.ranked_at,
        and_(Rsvp.ranked_at == record.ranked_at, Rsvp.id < record.id)
        if isinstance(record, Rsvp)
        else Rsvp.ranked_at == record.ranked_at,
    )
    ahead = select(func.count(Rsvp.id)).where(
        Rsvp.event_id == record.event_id, Rsvp.status == RsvpStatus.WAITING, before
    )
    return db.session.scalars(ahead).one() + 1
