"""How a reply stands: taking it up, holding it, writing it its letter.

What the deeds of ``rsvps`` and ``amendments`` share; all of it happens inside a turn.
"""

from __future__ import annotations

from datetime import datetime

from festival.domain.admission import HOLDS, RsvpStatus
from festival.domain.errors import NothingToChange
from festival.domain.reminders import QUESTION
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests
from festival.services import letters
from festival.services.queue import settle
from festival.services.turns import take_turn


def turn(event: Event, now: datetime) -> None:
    """Hold *event*, and see to whoever's time is over, before anything else."""
    take_turn(event)
    settle(event, now)


def take_up(record: Rsvp | Repeat, now: datetime) -> None:
    """Take the turn of a reply, and read it afresh; a repeat's hold lapses too.

    Raises:
        NothingToChange: it was erased meanwhile.
    """
    turn(record.event, now)
    if isinstance(record, Rsvp) and record.erased_at is not None:
        raise NothingToChange
    if _hold_is_over(record, now):
        record.status = RsvpStatus.EXPIRED


def _hold_is_over(record: Rsvp | Repeat, now: datetime) -> bool:
    return (
        record.status is RsvpStatus.HELD
        and record.held_until is not None
        and record.held_until <= now
    )


def keep_within_limits(rsvp: Rsvp, mailbox: str, now: datetime) -> bool:
    """Let a held reply take seats only within the share of *mailbox*.

    Says whether it takes some that it did not take before.

    So that one mailbox that never answers cannot keep seats from everybody. Past it
    the reply is held in looks only: nobody learns what the mailbox did elsewhere, and
    a click on the letter gets what is free then.
    """
    if rsvp.status is not RsvpStatus.HELD:
        return False
    before = rsvp.holds_seat
    within = guests.holds_beside(rsvp, mailbox, now) < HOLDS
    if within and not rsvp.holds_seat:
        within = guests.house(rsvp.event, now).admits(rsvp.party_size)
    rsvp.holds_seat = within
    return within and not before


def means_to_come(record: Rsvp | Repeat, now: datetime) -> None:
    """Take what a guest just did as a yes to "still coming?"."""
    event = record.event
    if event.asks_still_coming and now >= event.starts_at - QUESTION:
        record.still_coming_at = now


def waits_no_more(rsvp: Rsvp) -> None:
    """Forget how *rsvp* fared in the waiting list."""
    rsvp.passed, rsvp.passed_at = 0, None
    rsvp.rests, rsvp.part_offered = False, None
    rsvp.gave_way_at = None


def write_standing(rsvp: Rsvp, now: datetime, *, first: bool = False) -> None:
    """Post the letter that says how *rsvp* stands; *first*: none was ever written."""
    kind = {
        RsvpStatus.HELD: "rsvp-confirm",
        RsvpStatus.CONFIRMED: "rsvp-confirmed",
        RsvpStatus.WAITING: "rsvp-waiting",
        RsvpStatus.OFFERED: "rsvp-offer",
    }[rsvp.status]
    calendar = letters.calendar_facts(rsvp)
    letters.write(kind, rsvp, now=now, by_form=True, first=first, calendar=calendar)
