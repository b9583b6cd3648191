"""Changing a reply: more people or fewer, and another address."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from festival.domain import tokens
from festival.domain.addresses import address_key, limit_key
from festival.domain.admission import ALIVE, CORRECTION, SEATED, RsvpStatus
from festival.domain.errors import (
    AddressSettled,
    NothingToChange,
    PartyTooLarge,
    RestMayWait,
    SeatsLeft,
)
from festival.domain.lifecycle import require_ahead
from festival.extensions import db
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests
from festival.services import letters, personal_calendars, repeats
from festival.services.queue import note_taken, settle
from festival.services.replies import Reply, hold, new_door_code
from festival.services.rsvps import respond
from festival.services.standing import (
    keep_within_limits,
    means_to_come,
    take_up,
    write_standing,
)


def change_party(
    record: Rsvp | Repeat, party_size: int, *, now: datetime, would_wait: bool = False
) -> None:
    """Let a guest come with more or fewer. Fewer always succeeds.

    More than are left keeps the old size; the rest waits, if they *would_wait*.

    Raises:
        PartyTooLarge, SeatsLeft, RestMayWait: too many; the reply stays as it was.
        NothingToChange: it is cancelled.
        EventOver, EventCancelled: too late.
    """
    event = record.event
    take_up(record, now)
    require_ahead(event.stage, now)
    if record.status not in ALIVE:
        raise NothingToChange
    if not 1 <= party_size <= event.largest_party:
        raise PartyTooLarge(largest=event.largest_party)
    if party_size == record.party_wanted:
        return

    before, stood, held = record.party_wanted, record.status, record.party_size
    _ask_for(record, party_size, would_wait=would_wait, now=now)
    means_to_come(record, now)
    db.session.flush()
    if isinstance(record, Repeat):
        settle(event, now)
        repeats.tell_of_party(record, stood, now)
        return
    if stood in SEATED and record.party_size > held:
        note_taken(event, now, now)
    settle(event, now)
    if stood is RsvpStatus.HELD:
        write_standing(record, now)
    elif stood is RsvpStatus.OFFERED:
        letters.write("rsvp-offer", record, now=now, by_form=True)
    else:
        _tell_of_party(record, before, now)


def _tell_of_party(rsvp: Rsvp, before: int, now: datetime) -> None:
    """Post how a party of *before* stands now. Who is here need not be asked."""
    if rsvp.status is RsvpStatus.OFFERED and guests.must_prove(rsvp):
        return  # the offer's own letter is on its way, and proves the address
    if rsvp.status is RsvpStatus.OFFERED:
        rsvp.status, rsvp.held_until = RsvpStatus.CONFIRMED, None
        db.session.flush()
    calendar = letters.calendar_facts(rsvp)
    letters.write("rsvp-changed", rsvp, now=now, before=before, calendar=calendar)


def _ask_for(
    record: Rsvp | Repeat, party_size: int, *, would_wait: bool, now: datetime
) -> None:
    """Set what *record* asks for, and hold of it what is left."""
    event = record.event
    most = _most(record, now)
    if party_size > most and party_size < record.party_wanted:
        record.party_wanted = party_size  # fewer of those who wait
    elif party_size > most:
        if not (event.keeps_waiting_list and record.status is RsvpStatus.CONFIRMED):
            raise SeatsLeft(left=most)
        if not would_wait:
            raise RestMayWait(left=most)
        if record.party_wanted == record.party_size:  # the rest begins to wait
            record.ranked_at = now
        record.party_wanted = party_size
    else:
        record.party_size = record.party_wanted = party_size
        if isinstance(record, Rsvp):
            record.rests = False  # who is here wants to be asked
        elif record.status is RsvpStatus.WAITING:
            record.held_until = None


def _most(record: Rsvp | Repeat, now: datetime) -> int:
    """Return with how many people *record* may come for certain.

    A repeat holds no seats; it looks as if it did.
    """
    event = record.event
    free = guests.house(event, now).seats_free
    if free is None or record.status not in SEATED:
        return event.largest_party
    if isinstance(record, Repeat):
        free = max(0, free - record.party_size)
    return record.party_size + free


def correct_address(
    record: Rsvp | Repeat,
    reply: Reply,
    *,
    now: datetime,
    late: bool = False,
    key: str | None = None,
) -> Rsvp | Repeat:
    """Mend a mistyped address within half an hour; the old link opens nothing then.

    *late* lifts that limit: our letter did not arrive (``queries.letters``). By *key*
    the same correction is known again (``replies.correction_key``).

    An address that has a reply of its own gets a repeat, as in ``respond``, and the
    seats of the mistyped one are freed. Either way the guest's page, its door code and
    what time is left look the same: nothing says who is coming.

    Raises:
        AddressSettled: the half hour is over.
        NothingToChange: the reply is cancelled.
    """
    event = record.event
    take_up(record, now)
    require_ahead(event.stage, now)
    if record.status not in ALIVE:
        raise NothingToChange
    if now - record.replied_at > CORRECTION and not late:
        raise AddressSettled
    if reply.key == address_key(record.address or ""):
        return record

    known = guests.reply_of(event, reply.key)
    if known is not None and known.status in ALIVE:
        return _stand_beside(known, record, reply, key, now)
    if isinstance(record, Repeat):
        return _come_first(record, reply, key, now)
    if known:
        _free_address(known)
    _move(record, reply, key, now)
    return record


def _move(record: Rsvp, reply: Reply, key: str | None, now: datetime) -> None:
    """Let *record* have the address of *reply*, which nobody has here."""
    event = record.event
    letters.take_away(record, now=now)
    takes_a_seat = keep_within_limits(record, limit_key(reply.key), now)
    mistyped = record.address_key
    record.address, record.address_key = reply.address, reply.key
    record.limit_key = limit_key(reply.key)
    record.letters_off = record.proven = False
    record.public_id = tokens.new_public_id()
    record.door_code = new_door_code(event)
    record.version += 1
    record.retry_key = key
    if record.status is RsvpStatus.CONFIRMED and guests.must_prove(record):
        hold(record, now)  # the new address has not answered a letter yet
    db.session.flush()
    personal_calendars.let_go(mistyped, actor="guest", now=now)
    write_standing(record, now)
    if takes_a_seat:
        note_taken(event, record.ranked_at, now)
    settle(event, now)


def _come_first(
    record: Repeat, reply: Reply, key: str | None, now: datetime
) -> Rsvp | Repeat:
    """Let what looked like a reply be one, under an address of its own."""
    event, since = record.event, record.replied_at
    db.session.delete(record)
    db.session.flush()
    willing = replace(reply, would_wait=event.keeps_waiting_list)
    first = respond(event, willing, now=now, since=since)
    first.retry_key = key
    return first


def _stand_beside(
    known: Rsvp, record: Rsvp | Repeat, reply: Reply, key: str | None, now: datetime
) -> Repeat:
    """Let *record* become a repeat of *known*, which has that address already."""
    again = repeats.repeat(known, reply, record.status, now, to_prove=record.to_prove)
    again.party_size, again.party_wanted = record.party_size, record.party_wanted
    again.replied_at, again.ranked_at = record.replied_at, record.ranked_at
    again.held_until, again.retry_key = record.held_until, key
    if again.status is RsvpStatus.CONFIRMED and guests.must_prove(again):
        hold(again, now)
    if isinstance(record, Repeat):
        db.session.delete(record)
    else:
        letters.take_away(record, now=now)
        record.withdrawn_from, record.status = record.status, RsvpStatus.CANCELLED
        record.withdrawn_at, record.party_wanted = now, record.party_size
        record.version += 1
    db.session.flush()
    settle(known.event, now)
    return again


def _free_address(rsvp: Rsvp) -> None:
    """Let go of an address that a dead reply still holds."""
    rsvp.address = rsvp.address_key = None
    db.session.flush()
