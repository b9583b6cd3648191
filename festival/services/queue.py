"""The waiting list: who moves up when places come free, and whose hold is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from festival.domain.admission import RsvpStatus, promote
from festival.extensions import db
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests
from festival.services import letters
from festival.services.turns import take_turn


def settle(event: Event, now: datetime) -> None:
    """Let holds lapse whose time is over, and whoever fits move up.

    Called inside a turn. In this version a promotion is confirmed at once.
    """
    for rsvp in guests.expired_holds(event, now):
        rsvp.status = RsvpStatus.EXPIRED
        rsvp.held_until = None
    db.session.flush()

    if now >= event.stage.ends_at:
        return
    waiting = guests.queue(event)
    free = guests.house(event, now).seats_free
    _settle_repeats(event, waiting, free)
    chosen = {party.rsvp_id for party in promote(guests.parties(waiting), free)}
    for rsvp in waiting:
        if rsvp.id in chosen:
            again = rsvp.letter_sequence >= 0
            rsvp.status = RsvpStatus.CONFIRMED
            rsvp.party_size = rsvp.party_wanted
            db.session.flush()
            letters.write(
                "rsvp-promoted",
                rsvp,
                now=now,
                calendar=letters.calendar_facts(rsvp, again=again),
            )


def _settle_repeats(event: Event, waiting: Sequence[Rsvp], free: int | None) -> None:
    """Let repeats move up in looks, as a reply of their rank and size would."""
    for repeat in guests.waiting_repeats(event):
        ahead = [rsvp for rsvp in waiting if rsvp.ranked_at <= repeat.ranked_at]
        moved = promote(guests.parties(ahead), free)
        if free is None or repeat.party_size <= free - sum(p.size for p in moved):
            repeat.status = RsvpStatus.CONFIRMED
    db.session.flush()


def lapse_due(now: datetime) -> int:
    """Settle every event in which a hold is over; return how many there were."""
    due = guests.events_with_expired_holds(now)
    for event in due:
        take_turn(event)
        settle(event, now)
    return len(due)


def front(event: Event, record: Rsvp | Repeat) -> datetime:
    """Return the rank at which *record* stands before everybody who waits."""
    waiting = guests.queue(event)
    if not waiting:
        return record.ranked_at
    return min(record.ranked_at, waiting[0].ranked_at - timedelta(seconds=1))
