"""Who is coming: the house, and one guest's own reply."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from festival.domain.admission import (
    ALIVE,
    SEATED,
    House,
    RsvpStatus,
)
from festival.domain.lifecycle import EventStatus, ReplyPolicy
from festival.domain.reminders import QUESTION, SETTLED
from festival.extensions import db
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import waiting_list

R = TypeVar("R", Rsvp, Repeat)

RETRY = timedelta(minutes=15)
CORRECTED = timedelta(hours=1)  # after the reply: its address may be mended by then
NETWORK_WINDOW = timedelta(minutes=10)


def counts(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which a reply's people hold seats at *now*.

    An expired hold stops counting by itself: no clean-up is needed for correctness.
    """
    return or_(
        Rsvp.status == RsvpStatus.CONFIRMED,
        and_(Rsvp.status.in_(SEATED), Rsvp.held_until > now, Rsvp.holds_seat),
    )


def free_for(record: Rsvp | Repeat, house: House, now: datetime) -> int:
    """Return how many places *record*, who waits, may have by saying yes.

    What they let go and nobody took; or, if seats are kept for them, the part of
    their party that these hold.
    """
    event = record.event
    if status_at(record, now) is not RsvpStatus.WAITING or not event.promotes(now):
        return 0
    left = house.seats_left
    if left is None or left >= record.party_wanted:
        return 0 if house.keeps_seats else record.party_wanted
    asked = isinstance(record, Rsvp) and record.part_offered
    mine = not house.keeps_seats or waiting_list.kept_for(event, now) == record.id
    return left if asked and mine else 0


@dataclass(slots=True)
class Shown:
    """The seats that an answer told, as they stood: by the id of their event."""

    houses: dict[int, House] = field(default_factory=dict)
    of_any: bool = False  # it depends on the seats of events that it does not show


def are_true(shown: Sequence[Shown], now: datetime) -> list[bool]:
    """Say of each of *shown* whether its seats stand like that still. One statement."""
    counted = _counted({number for one in shown for number in one.houses}, now)
    return [not one.of_any and one.houses.items() <= counted.items() for one in shown]


_shown: ContextVar[Shown | None] = ContextVar("shown", default=None)


@contextmanager
def watching() -> Iterator[Shown]:
    """Remember whose seats are asked for inside."""
    shown = Shown()
    token = _shown.set(shown)
    try:
        yield shown
    finally:
        _shown.reset(token)


def of_any_event() -> None:
    """Say that what is being answered depends on the seats of every event."""
    if shown := _shown.get():
        shown.of_any = True


def houses(events: Iterable[Event], now: datetime) -> dict[int, House]:
    """Return how full each of *events* is, by its id. One statement."""
    found = _counted({event.id for event in events}, now)
    if shown := _shown.get():
        shown.houses |= found
    return found


def _counted(numbers: Collection[int], now: datetime) -> dict[int, House]:
    if not numbers:
        return {}
    people = func.coalesce(func.sum(Rsvp.party_size), 0)
    counted = (
        select(
            Event.id,
            Event.capacity,
            Event.keeps_waiting_list,
            people,
            waiting_list.keeps_seats(now),
        )
        .outerjoin(Rsvp, and_(Rsvp.event_id == Event.id, counts(now)))
        .where(Event.id.in_(numbers))
        .group_by(Event.id)
    )
    return {
        number: House(
            capacity=capacity,
            seats_taken=int(taken),
            keeps_waiting_list=waits,
            keeps_seats=bool(keeps),
        )
        for number, capacity, waits, taken, keeps in db.session.execute(counted)
    }


def house(event: Event, now: datetime) -> House:
    """Count the house of *event* as it stands in this transaction."""
    return houses([event], now)[event.id]


def holds_beside(rsvp: Rsvp, limit_key: str, now: datetime) -> int:
    """Return how many other unanswered holds of one mailbox take seats."""
    held = select(func.count(Rsvp.id)).where(
        Rsvp.limit_key == limit_key,
        Rsvp.id != rsvp.id,
        Rsvp.status == RsvpStatus.HELD,
        Rsvp.held_until > now,
        Rsvp.holds_seat,
    )
    return db.session.scalars(held).one()


def reply_of(event: Event, address_key: str) -> Rsvp | None:
    """Return the true reply of an address to *event*, whatever became of it."""
    query = select(Rsvp).where(
        Rsvp.event_id == event.id, Rsvp.address_key == address_key
    )
    return db.session.scalars(query).one_or_none()


def same_reply(event: Event, retry_key: str, now: datetime) -> Rsvp | Repeat | None:
    """Return the reply that this very form already made, in the last 15 minutes."""
    return _either(
        lambda record: and_(
            record.event_id == event.id,
            record.retry_key == retry_key,
            record.replied_at > now - RETRY,
            record.status.in_(ALIVE),
        )
    )


def corrected(key: str, now: datetime) -> Rsvp | Repeat | None:
    """Return the reply whose address this very correction mended, just now."""
    return _either(
        lambda record: and_(
            record.retry_key == key, record.replied_at > now - CORRECTED
        )
    )


def _either(
    condition: Callable[[type[Rsvp | Repeat]], ColumnElement[bool]],
) -> Rsvp | Repeat | None:
    """Return the reply, or else the repeat, under *condition*. Nothing costs one look.

    What is found is looked for again: that is seldom.
    """
    some = or_(exists().where(condition(Rsvp)), exists().where(condition(Repeat)))
    if not db.session.scalars(select(some)).one():
        return None
    return (
        db.session.scalars(select(Rsvp).where(condition(Rsvp))).first()
        or db.session.scalars(select(Repeat).where(condition(Repeat))).first()
    )


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
    taken = (
        exists().where(record.event_id == event.id, record.door_code == code)
        for record in (Rsvp, Repeat)
    )
    return bool(db.session.scalars(select(or_(*taken))).one())


def alive_replies(address_key: str, now: datetime) -> Sequence[Rsvp]:
    """Return what an address still comes to, the next event first."""
    query = (
        select(Rsvp)
        .join(Event, Event.id == Rsvp.event_id)
        .where(
            Rsvp.address_key == address_key,
            Rsvp.status.in_(ALIVE),
            or_(Event.ends_at > now, Event.status == EventStatus.POSTPONED),
        )
        .order_by(Event.starts_at, Rsvp.id)
    )
    return db.session.scalars(query).all()


def find(public_id: str) -> Rsvp | Repeat | None:
    """Return the reply or the repeat kept under *public_id*."""

    def kept(record: type[R]) -> R | None:
        event = joinedload(record.event)
        asked = select(record).where(record.public_id == public_id)
        asked = asked.options(
            event.joinedload(Event.venue), event.joinedload(Event.space)
        )
        return db.session.scalars(asked).first()

    return kept(Rsvp) or kept(Repeat)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a guest's own page shows. A repeat's looks just like a reply's."""

    event: Event
    name: str
    address: str
    party_size: int
    waiting_for: int  # more people, who wait for a place
    answer: str
    status: RsvpStatus  # never ``held`` or ``offered`` past their time
    position: int | None  # in the waiting list, from 1
    door_code: str
    replied_at: datetime
    withdrawn_at: datetime | None
    held_until: datetime | None  # and when an offer ends
    asked: bool  # "still coming?"
    letters_off: bool
    by_letter: bool  # only the link of a letter says yes


def standing(record: Rsvp | Repeat, now: datetime) -> Standing:
    """Return how *record* stands at *now*, for its guest's eyes."""
    status = status_at(record, now)
    waits = status is RsvpStatus.WAITING
    waiting_for = record.party_wanted - record.party_size
    if status is not RsvpStatus.CONFIRMED:
        waiting_for = 0
    return Standing(
        event=record.event,
        name=record.name,
        address=record.address or "",
        party_size=record.party_wanted if waits else record.party_size,
        waiting_for=waiting_for,
        answer=record.answer,
        status=status,
        position=_position(record) if waits or waiting_for else None,
        door_code=record.door_code,
        replied_at=record.replied_at,
        withdrawn_at=record.withdrawn_at,
        held_until=record.held_until
        if status in {RsvpStatus.HELD, RsvpStatus.OFFERED}
        else None,
        asked=_is_asked(record, now) if status is RsvpStatus.CONFIRMED else False,
        letters_off=isinstance(record, Rsvp) and record.letters_off,
        by_letter=must_prove(record),
    )


def asks_everybody(event: Event) -> bool:
    """Say whether every reply to *event* is held until its letter is answered."""
    return event.reply_policy is ReplyPolicy.MAIL


def must_prove(record: Rsvp | Repeat) -> bool:
    """Say whether only the link of a letter may say yes for *record*.

    The event asks it of everybody; or it came past the limit of its network.
    """
    return asks_everybody(record.event) or record.to_prove


def is_unproven(record: Rsvp | Repeat) -> bool:
    """Say whether a letter has still to prove the address of *record*."""
    return must_prove(record) and not (isinstance(record, Rsvp) and record.proven)


def status_at(record: Rsvp | Repeat, now: datetime) -> RsvpStatus:
    """Return the status of *record* as time has made it, whoever wrote it down."""
    over = record.held_until is not None and record.held_until <= now
    postponed = record.event.status is EventStatus.POSTPONED
    if record.status is RsvpStatus.HELD and over:
        return RsvpStatus.EXPIRED
    if record.status is RsvpStatus.OFFERED and (over or postponed):
        return RsvpStatus.WAITING
    return record.status


def _is_asked(record: Rsvp | Repeat, now: datetime) -> bool:
    """Say whether "still coming?" stands on a guest's page: for a repeat, too."""
    event = record.event
    return (
        event.asks_still_coming
        and event.status is EventStatus.SCHEDULED
        and event.starts_at - QUESTION <= now < event.starts_at
        and record.replied_at <= now - SETTLED
        and record.still_coming_at is None
    )


def _position(record: Rsvp | Repeat) -> int:
    before = or_(
        Rsvp.ranked_at < record.ranked_at,
        and_(Rsvp.ranked_at == record.ranked_at, Rsvp.id < record.id)
        if isinstance(record, Rsvp)
        else Rsvp.ranked_at == record.ranked_at,
    )
    ahead = select(func.count(Rsvp.id)).where(
        Rsvp.event_id == record.event_id, waiting_list.in_line(), before
    )
    return db.session.scalars(ahead).one() + 1
