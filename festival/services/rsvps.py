"""Replying to an event, changing one's mind, moving up the waiting list.

Every deed here takes its turn first (``_turn``); whoever's time is over is seen to
in the same breath, so that nobody new overtakes the queue.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, or_

from festival.domain import tokens
from festival.domain.addresses import address_key
from festival.domain.admission import (
    ALIVE,
    CORRECTION,
    HOLD,
    SEATED,
    UNDO,
    RsvpStatus,
    admit,
)
from festival.domain.errors import (
    AddressSettled,
    EventFull,
    NothingToChange,
    PartyTooLarge,
    SeatsLeft,
)
from festival.domain.lifecycle import ReplyPolicy, require_ahead, require_open
from festival.extensions import current_settings, db
from festival.models.events import Event
from festival.models.journal import Letter
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests
from festival.services import journal, letters, outbox
from festival.services.queue import front, settle
from festival.services.turns import take_turn


@dataclass(frozen=True, slots=True)
class Reply:
    """A citizen's yes, as they gave it."""

    name: str
    address: str
    party_size: int
    language: str
    answer: str = ""
    would_wait: bool = False  # pressed "join the waiting list"
    network: str = ""  # where it came from, kept for a day under a daily key
    agent: str = ""

    @property
    def key(self) -> str:
        """Return the form under which the address is known."""
        return address_key(self.address)


# The reply itself


def respond(
    event: Event, reply: Reply, *, now: datetime, since: datetime | None = None
) -> Rsvp | Repeat:
    """Record a yes to *event*, and post the letter that says what it got.

    The same form sent twice gets the same reply. An address that had already replied
    gets a ``Repeat``, which looks the same to whoever typed it. A reply that was first
    given under a mistyped address counts *since* then.

    Raises:
        FestivalError: no replies now (``lifecycle.require_open``), or the party does
            not fit (``admission.admit``).
    """
    _turn(event, now)
    retry_key = _retry_key(event, reply)
    again = guests.same_reply(event, retry_key, now)
    if again:
        return again
    require_open(event.stage, now)

    granted = admit(
        reply.party_size,
        guests.house(event, now),
        largest_party=event.largest_party,
        would_wait=reply.would_wait,
    )
    network_key = _network_key(reply, now)
    if granted is RsvpStatus.CONFIRMED and _asks_by_mail(event, network_key, now):
        granted = RsvpStatus.HELD

    known = guests.reply_of(event, reply.key)
    if known and known.status in ALIVE:
        return _repeat(known, reply, granted, now)

    comes_back = known is not None
    rsvp = known or Rsvp(event_id=event.id, letter_sequence=-1)
    rsvp.public_id = tokens.new_public_id()  # older links open nothing any more
    rsvp.version = 0
    rsvp.door_code = _new_door_code(event)
    rsvp.status = granted
    rsvp.name, rsvp.answer, rsvp.language = reply.name, reply.answer, reply.language
    rsvp.address, rsvp.address_key = reply.address, reply.key
    rsvp.party_size = rsvp.party_wanted = reply.party_size
    rsvp.replied_at = rsvp.ranked_at = since or now
    rsvp.held_until = rsvp.replied_at + HOLD if granted is RsvpStatus.HELD else None
    rsvp.withdrawn_at = None
    rsvp.retry_key, rsvp.network_key = retry_key, network_key
    db.session.add(rsvp)
    db.session.flush()
    db.session.refresh(rsvp)
    _write_standing(rsvp, now, again=comes_back)
    return rsvp


def confirm(rsvp: Rsvp, *, now: datetime) -> None:
    """Turn a held reply into a confirmed one: its letter was answered.

    A late click gets a seat if the party still fits, else the waiting list at its
    own rank. Clicking twice changes nothing.

    Raises:
        EventFull: too late, no seat is left, and no waiting list is kept.
        EventOver, EventCancelled: there is nothing left to come to.
    """
    event = rsvp.event
    take_turn(event)
    db.session.refresh(rsvp)
    require_ahead(event.stage, now)
    late = rsvp.status is RsvpStatus.EXPIRED or _hold_is_over(rsvp, now)
    if late:
        if guests.house(event, now).admits(rsvp.party_size):
            rsvp.status = RsvpStatus.CONFIRMED
        elif event.keeps_waiting_list:
            rsvp.status = RsvpStatus.WAITING
        else:
            raise EventFull
    elif rsvp.status is RsvpStatus.HELD:
        rsvp.status = RsvpStatus.CONFIRMED
    else:
        return
    rsvp.held_until = None
    db.session.flush()
    _write_standing(rsvp, now)
    settle(event, now)


# Changing one's mind


def change_party(record: Rsvp | Repeat, party_size: int, *, now: datetime) -> None:
    """Let a guest come with more or fewer. Fewer always succeeds.

    Raises:
        PartyTooLarge, SeatsLeft: too many; the reply stays as it was.
        NothingToChange: it is cancelled.
        EventOver, EventCancelled: too late.
    """
    event = record.event
    _take_up(record, now)
    require_ahead(event.stage, now)
    if record.status not in ALIVE:
        raise NothingToChange
    if not 1 <= party_size <= event.largest_party:
        raise PartyTooLarge(largest=event.largest_party)
    if isinstance(record, Repeat):
        _change_repeat(record, party_size, now)
        return
    if party_size == record.party_wanted:
        return

    before = record.party_wanted
    if record.status in SEATED:
        free = guests.house(event, now).seats_free
        if free is not None and party_size > record.party_size + free:
            raise SeatsLeft(left=record.party_size + free)
    record.party_size = record.party_wanted = party_size
    db.session.flush()
    if record.status is RsvpStatus.WAITING:
        settle(event, now)
    if record.status in {RsvpStatus.CONFIRMED, RsvpStatus.WAITING}:
        letters.write(
            "rsvp-changed",
            record,
            now=now,
            before=before,
            calendar=letters.calendar_facts(record),
        )
    elif record.status is RsvpStatus.HELD:
        _write_standing(record, now)
    settle(event, now)


def withdraw(record: Rsvp | Repeat, *, now: datetime) -> None:
    """Free a guest's seats: "I can't come". Always succeeds while the event is ahead.

    Who waits moves up in the same transaction. Saying it twice changes nothing.

    Raises:
        EventOver, EventCancelled: there is nothing left to withdraw from.
    """
    event = record.event
    _take_up(record, now)
    require_ahead(event.stage, now)
    if record.status not in ALIVE:
        return
    record.status = RsvpStatus.CANCELLED
    record.withdrawn_at = now
    record.retry_key = None
    db.session.flush()
    if isinstance(record, Repeat):
        _write_repeat(record, now)
        return
    letters.write("rsvp-withdrawn", record, now=now, calendar=letters.uninvite(record))
    settle(event, now)


def come_back(record: Rsvp | Repeat, *, now: datetime) -> None:
    """Undo "I can't come": the place again if it is free, else the waiting list.

    Within ten minutes at its front, later at its end. Whoever had not yet answered
    the letter of a held place is held, and asked, again.

    Raises:
        EventFull: nothing free, and no waiting list is kept.
        FestivalError: no replies now (``lifecycle.require_open``).
    """
    event = record.event
    _take_up(record, now)
    if record.status in ALIVE:
        return
    withdrawn = record.withdrawn_at or record.replied_at
    undo = now - withdrawn <= UNDO
    (require_ahead if undo else require_open)(event.stage, now)
    house = guests.house(event, now)
    unanswered = record.status is RsvpStatus.EXPIRED or record.held_until is not None
    record.held_until = None
    if house.admits(record.party_size) and unanswered:
        _hold(record, now)
    elif house.admits(record.party_size):
        record.status = RsvpStatus.CONFIRMED
    elif event.keeps_waiting_list:
        record.status = RsvpStatus.WAITING
        record.ranked_at = front(event, record) if undo else now
    else:
        raise EventFull
    record.withdrawn_at = None
    db.session.flush()
    if isinstance(record, Repeat):
        _write_repeat(record, now)
        return
    _write_standing(record, now, again=True)


def correct_address(
    record: Rsvp | Repeat, reply: Reply, *, now: datetime
) -> Rsvp | Repeat:
    """Mend a mistyped address within half an hour; the old link opens nothing then.

    An address that has a reply of its own gets a repeat, as in ``respond``, and the
    seats of the mistyped one are freed. Either way the guest's page, its door code and
    what time is left look the same: nothing says who is coming.

    Raises:
        AddressSettled: the half hour is over.
        NothingToChange: the reply is cancelled.
    """
    event = record.event
    _take_up(record, now)
    require_ahead(event.stage, now)
    if record.status not in ALIVE:
        raise NothingToChange
    if now - record.replied_at > CORRECTION:
        raise AddressSettled
    if reply.key == address_key(record.address or ""):
        return record

    known = guests.reply_of(event, reply.key)
    if known is None or known.status not in ALIVE:
        if isinstance(record, Repeat):
            db.session.delete(record)
            db.session.flush()
            return respond(event, reply, now=now, since=record.replied_at)
        if known:
            _free_address(known)
        record.address, record.address_key = reply.address, reply.key
        record.public_id = tokens.new_public_id()
        record.door_code = _new_door_code(event)
        record.version += 1
        record.retry_key = None
        if record.status is RsvpStatus.CONFIRMED and _asks_everybody(event):
            _hold(record, now)  # the new address has not answered a letter yet
        db.session.flush()
        _write_standing(record, now, again=record.letter_sequence >= 0)
        return record

    again = _repeat(known, reply, record.status, now)
    again.replied_at, again.ranked_at = record.replied_at, record.ranked_at
    again.held_until = record.held_until
    if again.status is RsvpStatus.CONFIRMED and _asks_everybody(event):
        _hold(again, now)
    if isinstance(record, Repeat):
        db.session.delete(record)
    else:
        outbox.supersede(record.id, now=now)
        record.status, record.withdrawn_at = RsvpStatus.CANCELLED, now
        record.version += 1
    db.session.flush()
    settle(event, now)
    return again


def erase(rsvp: Rsvp, *, now: datetime, actor: str = "guest") -> None:
    """Forget a guest: name, address, answer, letters, repeats. The counts stay.

    Frees the seats of a reply that was still coming; after the event it stays what
    it was.
    """
    event = rsvp.event
    take_turn(event)
    db.session.refresh(rsvp)
    if rsvp.status in ALIVE and now < event.ends_at:
        rsvp.status = RsvpStatus.CANCELLED
        rsvp.withdrawn_at = now
    lists_it = and_(Letter.kind == "ticket-again", Letter.recipient == rsvp.address)
    db.session.execute(delete(Letter).where(or_(Letter.rsvp_id == rsvp.id, lists_it)))
    rsvp.name = rsvp.answer = ""
    rsvp.address = rsvp.address_key = rsvp.retry_key = rsvp.network_key = None
    rsvp.version += 1
    rsvp.held_until = None
    rsvp.erased_at = now
    db.session.execute(delete(Repeat).where(Repeat.rsvp_id == rsvp.id))
    journal.note("erase", "rsvp", rsvp.id, actor=actor, now=now)
    db.session.flush()
    settle(event, now)


def send_again(address: str, language: str, *, now: datetime) -> None:
    """Post one letter with every ticket of *address*, if there is any.

    Whoever asked learns nothing: the page is the same either way.
    """
    key = address_key(address)
    found = guests.alive_replies(key, now)
    if not found:
        return
    facts = {
        "replies": [
            {
                "event": letters.event_facts(rsvp.event, language),
                "reply": letters.reply_facts(rsvp, now),
            }
            for rsvp in found
        ]
    }
    outbox.post(
        "ticket-again",
        to=found[0].address or address,
        language=language,
        facts=facts,
        now=now,
        rsvp_id=found[0].id,
        stranger=key,
    )


# What the deeds share


def _turn(event: Event, now: datetime) -> None:
    take_turn(event)
    settle(event, now)


def _take_up(record: Rsvp | Repeat, now: datetime) -> None:
    """Take the turn of a reply, and read it afresh; a repeat's hold lapses too.

    Raises:
        NothingToChange: it was erased meanwhile.
    """
    _turn(record.event, now)
    db.session.refresh(record)
    if isinstance(record, Rsvp) and record.erased_at is not None:
        raise NothingToChange
    if _hold_is_over(record, now):
        record.status, record.held_until = RsvpStatus.EXPIRED, None


def _hold_is_over(record: Rsvp | Repeat, now: datetime) -> bool:
    return (
        record.status is RsvpStatus.HELD
        and record.held_until is not None
        and record.held_until <= now
    )


def _asks_by_mail(event: Event, network_key: str, now: datetime) -> bool:
    """Say whether a reply is held until its letter is answered.

    Because the event asks so, or because one network replied very often: nobody is
    refused for somebody else's network.
    """
    if _asks_everybody(event):
        return True
    most = current_settings().NETWORK_REPLIES
    return bool(most) and guests.replies_from(event, network_key, now) >= most


def _asks_everybody(event: Event) -> bool:
    """Say whether every reply to *event* is held until its letter is answered."""
    return event.reply_policy is ReplyPolicy.MAIL


def _hold(record: Rsvp | Repeat, now: datetime) -> None:
    record.status = RsvpStatus.HELD
    record.held_until = now + HOLD


def _write_standing(rsvp: Rsvp, now: datetime, *, again: bool = False) -> None:
    kind = {
        RsvpStatus.HELD: "rsvp-confirm",
        RsvpStatus.CONFIRMED: "rsvp-confirmed",
        RsvpStatus.WAITING: "rsvp-waiting",
    }[rsvp.status]
    calendar = letters.calendar_facts(rsvp, again=again and rsvp.letter_sequence >= 0)
    letters.write(kind, rsvp, now=now, calendar=calendar)


def _repeat(rsvp: Rsvp, reply: Reply, granted: RsvpStatus, now: datetime) -> Repeat:
    repeat = Repeat(
        rsvp_id=rsvp.id,
        event_id=rsvp.event_id,
        public_id=tokens.new_public_id(),
        version=0,
        door_code=_new_door_code(rsvp.event),
        status=granted,
        name=reply.name,
        address=reply.address,
        party_size=reply.party_size,
        answer=reply.answer,
        language=reply.language,
        replied_at=now,
        ranked_at=now,
        held_until=now + HOLD if granted is RsvpStatus.HELD else None,
        retry_key=_retry_key(rsvp.event, reply),
        network_key=_network_key(reply, now),
    )
    db.session.add(repeat)
    db.session.flush()
    _write_repeat(repeat, now)
    return repeat


def _change_repeat(repeat: Repeat, party_size: int, now: datetime) -> None:
    if party_size == repeat.party_size:
        return
    house = guests.house(repeat.event, now)
    if repeat.status in SEATED and house.seats_free is not None:
        most = max(repeat.party_size, house.seats_free)  # as if it held its seats
        if party_size > most:
            raise SeatsLeft(left=most)
    repeat.party_size = party_size
    if repeat.status is RsvpStatus.WAITING and house.admits(party_size):
        repeat.status = RsvpStatus.CONFIRMED
    db.session.flush()
    _write_repeat(repeat, now)


def _write_repeat(repeat: Repeat, now: datetime) -> None:
    """Tell the true guest what was asked in their name, and how to do it."""
    rsvp = repeat.rsvp
    if rsvp.status is RsvpStatus.HELD:
        _write_standing(rsvp, now)
        return
    if rsvp.address is None or rsvp.status not in ALIVE:
        return
    outbox.supersede(rsvp.id, kinds=("rsvp-repeat",), now=now)
    outbox.post(
        "rsvp-repeat",
        to=rsvp.address,
        language=repeat.language,
        facts={
            "event": letters.event_facts(rsvp.event, repeat.language),
            "reply": letters.reply_facts(rsvp, now),
            "asked": 0 if repeat.status is RsvpStatus.CANCELLED else repeat.party_size,
        },
        now=now,
        event_id=rsvp.event_id,
        rsvp_id=rsvp.id,
        stranger=rsvp.address_key,
    )


def _free_address(rsvp: Rsvp) -> None:
    """Let go of an address that a dead reply still holds."""
    rsvp.address = rsvp.address_key = None
    db.session.flush()


def _new_door_code(event: Event) -> str:
    while True:
        code = f"{secrets.randbelow(1_000_000):06}"
        if not guests.door_code_taken(event, code):
            return code


def _retry_key(event: Event, reply: Reply) -> str:
    parts = ("retry", event.uid, reply.key, reply.name, reply.party_size)
    message = "|".join(map(str, (*parts, reply.would_wait, reply.network, reply.agent)))
    return tokens.seal(current_settings().SECRET_KEY, message)


def _network_key(reply: Reply, now: datetime) -> str:
    message = f"network|{now.date()}|{reply.network}"
    return tokens.seal(current_settings().SECRET_KEY, message)
