"""The waiting list: who waits, for whom seats are kept, and whose time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy.orm import aliased

from festival.domain.admission import (
    DOOR,
    LATE,
    PASSES,
    PATIENCE,
    TIMED,
    Party,
    RsvpStatus,
)
from festival.domain.lifecycle import EventStatus
from festival.domain.reminders import SETTLED, TO_ANSWER
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import letters

DAY = timedelta(days=1)
WAITS = frozenset({RsvpStatus.WAITING, RsvpStatus.OFFERED})  # in looks: a repeat


def in_line() -> ColumnElement[bool]:
    """Return the condition under which a reply waits for seats, some or all."""
    return or_(
        Rsvp.status == RsvpStatus.WAITING,
        and_(Rsvp.status == RsvpStatus.CONFIRMED, Rsvp.party_wanted > Rsvp.party_size),
    )


def seats_needed() -> ColumnElement[int]:
    """Return how many seats a reply that waits still needs."""
    return case(
        (Rsvp.status == RsvpStatus.CONFIRMED, Rsvp.party_wanted - Rsvp.party_size),
        else_=Rsvp.party_wanted,
    )


def keeps_seats(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which what is free of an ``Event`` is kept.

    For a party that was passed over often or long enough (``admission.promote``),
    until three hours before the start; in the last hour, when the door decides, for
    anybody who waits. Never for the rest of a party that comes.
    """
    waiting = (
        exists()
        .where(
            Rsvp.event_id == Event.id,
            Rsvp.status == RsvpStatus.WAITING,
            Rsvp.rests.is_(False),
            Rsvp.party_wanted <= Event.capacity,
        )
        .correlate(Event)
    )
    return or_(
        and_(Event.starts_at > now + LATE, waiting.where(_passed_enough(now))),
        and_(Event.starts_at <= now + DOOR, waiting),
    )


def _passed_enough(now: datetime) -> ColumnElement[bool]:
    return or_(Rsvp.passed >= PASSES, Rsvp.passed_at <= now - PATIENCE)


def kept_for(event: Event, now: datetime) -> int | None:
    """Return for whose reply, by its id, what is free of *event* is kept."""
    first = (
        select(Rsvp.id)
        .where(
            Rsvp.event_id == event.id,
            Rsvp.status == RsvpStatus.WAITING,
            Rsvp.rests.is_(False),
            Rsvp.party_wanted <= event.capacity,
            _passed_enough(now),
        )
        .order_by(Rsvp.ranked_at, Rsvp.id)
        .limit(1)
    )
    return db.session.scalars(first).first()


def queue(event: Event) -> Sequence[Rsvp]:
    """Return who waits, for all or for the rest of their party, the first first."""
    waiting = (
        select(Rsvp)
        .where(Rsvp.event_id == event.id, in_line())
        .order_by(Rsvp.ranked_at, Rsvp.id)
    )
    return db.session.scalars(waiting).all()


def waiting_repeats(event: Event) -> Sequence[Repeat]:
    """Return the repeats that look as if they waited, or were offered a place."""
    waiting = (
        select(Repeat)
        .where(Repeat.event_id == event.id, Repeat.status.in_(WAITS))
        .order_by(Repeat.ranked_at, Repeat.id)
    )
    return db.session.scalars(waiting).all()


def party(rsvp: Rsvp) -> Party:
    """Return somebody who waits as the rules want them."""
    seated = rsvp.party_size if rsvp.status is RsvpStatus.CONFIRMED else 0
    return Party(
        rsvp.id,
        rsvp.party_wanted - seated,
        passed=rsvp.passed,
        passed_at=rsvp.passed_at,
        rests=rsvp.rests,
        comes=seated > 0,
    )


def concerns_anybody(event: Event, now: datetime) -> bool:
    """Say whether somebody waits for *event*, or a hold or an offer is over."""
    over = and_(Rsvp.status.in_(TIMED), Rsvp.held_until <= now)
    anybody = or_(
        exists().where(Rsvp.event_id == event.id, or_(over, in_line())),
        exists().where(Repeat.event_id == event.id, Repeat.status.in_(WAITS)),
    )
    return bool(db.session.scalars(select(anybody)).one())


def expired(event: Event, now: datetime) -> Sequence[Rsvp]:
    """Return holds and offers of *event* whose time is over."""
    over = (
        select(Rsvp)
        .where(
            Rsvp.event_id == event.id,
            Rsvp.status.in_(TIMED),
            Rsvp.held_until <= now,
        )
        .order_by(Rsvp.id)
    )
    return db.session.scalars(over).all()


def events_due(now: datetime) -> Sequence[int]:
    """Return the ids of events that time alone changes something for.

    Somebody's hold or offer is over; or somebody waits where the last hours begin,
    in which seats are no longer kept together, or where silence may free a seat; or
    has been passed over often or long, and was not asked about a part of their party.
    """
    over = select(Rsvp.event_id).where(Rsvp.status.in_(TIMED), Rsvp.held_until <= now)
    waited_for = select(Rsvp.event_id).where(in_line())
    kept_from_now_on = select(Rsvp.event_id).where(
        Rsvp.status == RsvpStatus.WAITING,
        Rsvp.rests.is_(False),
        Rsvp.part_offered.is_(None),
        _passed_enough(now),
    )
    ahead = Event.starts_at > now + DOOR
    soon = and_(ahead, Event.starts_at <= now + LATE)
    today = and_(ahead, Event.asks_still_coming, Event.starts_at <= now + DAY)
    due = or_(
        Event.id.in_(over),
        and_(
            Event.status == EventStatus.SCHEDULED,
            or_(soon, today),
            Event.id.in_(waited_for),
        ),
        and_(
            Event.status == EventStatus.SCHEDULED,
            Event.starts_at > now + LATE,
            Event.id.in_(kept_from_now_on),
        ),
    )
    return db.session.scalars(select(Event.id).where(due).order_by(Event.id)).all()


def silent(event: Event, now: datetime) -> Sequence[Rsvp]:
    """Return who did not answer "still coming?" and may lose the seat for it.

    The last to reply first. Never who has no address, whose letters are off, whose
    question did not go out in time, or any of whose letters waits, failed or came
    back; nor who said what they need, belongs to a partner's group, or replied less
    than two days ago.
    """
    letter = aliased(Letter)
    asked = and_(letter.rsvp_id == Rsvp.id, letter.kind == "still-coming")
    went = letter.status.in_({LetterStatus.SENT, LetterStatus.KEPT})
    answerable = exists().where(
        asked,
        went,
        letter.posted_at >= Rsvp.asked_at,
        letter.final_at <= now - TO_ANSWER,
    )
    lost = exists().where(
        letter.rsvp_id == Rsvp.id,
        or_(
            letter.bounced_at.is_not(None),
            letter.status.in_(
                {
                    LetterStatus.WAITING,
                    LetterStatus.FAILED,
                    LetterStatus.PARKED,
                    LetterStatus.SILENCED,
                }
            ),
        ),
    )
    listed = exists().where(  # in a list of several tickets that waits
        letter.limit_key == Rsvp.limit_key, letter.status == LetterStatus.WAITING
    )
    silent = (
        select(Rsvp)
        .where(
            Rsvp.event_id == event.id,
            Rsvp.status == RsvpStatus.CONFIRMED,
            Rsvp.asked_at.is_not(None),
            Rsvp.still_coming_at.is_(None),
            Rsvp.gave_way_at.is_(None),
            Rsvp.address.is_not(None),
            Rsvp.letters_off.is_(False),
            Rsvp.partner_id.is_(None),
            Rsvp.replied_at <= now - SETTLED,
            answerable,
            ~lost,
            ~listed,
        )
        .order_by(Rsvp.replied_at.desc(), Rsvp.id.desc())
    )
    found = db.session.scalars(silent).all()
    lost_lists = letters.lost(found)
    return [
        rsvp
        for rsvp in found
        if not (rsvp.needs or rsvp.needs_note or rsvp.id in lost_lists)
    ]
