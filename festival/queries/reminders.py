"""Whom time alone makes us write to: the reminder, and "are you still coming?"."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, and_, cast, func, not_, or_, select
from sqlalchemy.orm import contains_eager

from festival.domain.admission import RsvpStatus
from festival.domain.lifecycle import EventStatus
from festival.domain.reminders import (
    QUESTION,
    REMINDER,
    SETTLED,
    Question,
    asks,
    last_chance,
    reminds,
)
from festival.extensions import db
from festival.models.directory import Partnership
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus, Suppression
from festival.models.rsvps import Rsvp
from festival.queries import waiting_list
from festival.queries.silence import seals

TELLING = ("rsvp-confirmed", "rsvp-promoted", "rsvp-changed", "event-changed")


@dataclass(frozen=True, slots=True)
class Near:
    """An event that begins in two days at most."""

    event_id: int
    starts_at: datetime
    timezone: str
    asks: bool  # "still coming?"


def near(now: datetime) -> list[Near]:
    """Return the events for which anybody may have to be written to."""
    found = select(
        Event.id, Event.starts_at, Event.timezone, Event.asks_still_coming
    ).where(
        Event.status == EventStatus.SCHEDULED,
        Event.starts_at > now,
        Event.starts_at <= now + QUESTION,
    )
    return [Near(*row) for row in db.session.execute(found)]


def to_remind(events: Iterable[Near], now: datetime, at_most: int) -> Sequence[Rsvp]:
    """Return who is to be reminded now.

    Nobody who got their ticket, or another date, less than a day before the start;
    nor whom the last "still coming?" reminds, went it already or not.
    """

    def of(event: Near) -> ColumnElement[bool] | None:
        if not reminds(now, event.starts_at, event.timezone):
            return None
        due = and_(Rsvp.reminded_at.is_(None), _settled(event.starts_at - REMINDER))
        if event.asks and now <= last_chance(event.starts_at, event.timezone):
            return and_(due, not_(_is_to_be_asked(Question.LAST, now)))
        return due

    return _who_comes(events, of, at_most)


def to_ask(events: Iterable[Near], now: datetime, at_most: int) -> Sequence[Rsvp]:
    """Return who is to be asked now whether they are still coming.

    Nobody who has just replied or said yes, nor whose seat silence never frees.
    """

    def of(event: Near) -> ColumnElement[bool] | None:
        question = asks(now, event.starts_at, event.timezone) if event.asks else None
        return _is_to_be_asked(question, now) if question else None

    return _who_comes(events, of, at_most)


def people_waiting(event_ids: Collection[int]) -> dict[int, int]:
    """Return how many people wait, by event, where anybody does."""
    waiting = (
        select(Rsvp.event_id, func.sum(waiting_list.seats_needed()))
        .where(Rsvp.event_id.in_(event_ids), waiting_list.in_line())
        .group_by(Rsvp.event_id)
    )
    return {number: int(people) for number, people in db.session.execute(waiting)}


def silenced(addresses: Iterable[str]) -> set[str]:
    """Return who of *addresses* asked us never to write: one question for all."""
    known = {seal: address for address in addresses for seal in seals(address)}
    found = select(Suppression.address_seal).where(Suppression.address_seal.in_(known))
    return {known[seal] for seal in db.session.scalars(found)}


def _who_comes(
    events: Iterable[Near],
    of: Callable[[Near], ColumnElement[bool] | None],
    at_most: int,
) -> Sequence[Rsvp]:
    """Return guests of *events* under the condition *of* each, with their events.

    What another transaction has in hand is left for the next time.
    """
    due = [
        and_(Rsvp.event_id == event.event_id, condition)
        for event in events
        if (condition := of(event)) is not None
    ]
    if not due:
        return []
    event = contains_eager(Rsvp.event)
    found = (
        select(Rsvp)
        .join(Event, Event.id == Rsvp.event_id)
        .where(
            Rsvp.status == RsvpStatus.CONFIRMED,
            Rsvp.address.is_not(None),
            Rsvp.wants_reminders,
            Rsvp.letters_off.is_(False),
            or_(*due),
        )
        .options(
            event.joinedload(Event.venue),
            event.joinedload(Event.space),
            event.selectinload(Event.partnerships).joinedload(Partnership.organisation),
        )
        .order_by(Rsvp.event_id, Rsvp.id)
        .limit(at_most)
        .with_for_update(of=Rsvp, skip_locked=True)
    )
    return db.session.scalars(found).unique().all()


def _is_to_be_asked(question: Question, now: datetime) -> ColumnElement[bool]:
    last = question is Question.LAST
    return and_(
        (Rsvp.asked_again_at if last else Rsvp.asked_at).is_(None),
        Rsvp.still_coming_at.is_(None),
        Rsvp.partner_id.is_(None),
        cast(Rsvp.needs, Text) == "[]",
        Rsvp.needs_note == "",
        _settled(now - SETTLED),
    )


def _settled(since: datetime) -> ColumnElement[bool]:
    """Return the condition of who neither replied nor got a ticket after *since*."""
    told = (
        select(Letter.id)
        .where(
            Letter.rsvp_id == Rsvp.id,
            Letter.kind.in_(TELLING),
            Letter.status != LetterStatus.SUPERSEDED,
            Letter.posted_at > since,
        )
        .correlate(Rsvp)
        .exists()
    )
    return and_(Rsvp.replied_at <= since, not_(told))
