"""Replying to an event, changing one's mind, taking a place that came free.

Every deed takes its turn first (``standing.turn``); whoever's time is over is seen to
in the same breath, so that nobody new overtakes the queue.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from festival.domain import tokens
from festival.domain.addresses import address_key, limit_key
from festival.domain.admission import (
    ALIVE,
    SEATED,
    UNDO,
    RsvpStatus,
    admit,
)
from festival.domain.errors import (
    AnswerTheLetter,
    EventFull,
)
from festival.domain.lifecycle import require_ahead, require_open
from festival.extensions import current_settings, db
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests, waiting_list
from festival.services import (
    erasures,
    gathering,
    journal,
    letters,
    personal_calendars,
    repeats,
    replies,
)
from festival.services.queue import front, note_taken, settle, wake
from festival.services.replies import (
    Reply,
    hold,
    new_door_code,
)
from festival.services.standing import (
    keep_within_limits,
    means_to_come,
    take_up,
    turn,
    waits_no_more,
    write_standing,
)
from festival.services.turns import take_turn

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
    turn(event, now)
    retry_key = replies.retry_key(event, reply)
    again = guests.same_reply(event, retry_key, now)
    if again:
        return again
    (require_ahead if since else require_open)(event.stage, now)

    granted = admit(
        reply.party_size,
        guests.house(event, now),
        largest_party=event.largest_party,
        would_wait=reply.would_wait,
    )
    network_key = replies.network_key(reply, now)
    crowded = _comes_from_a_crowd(event, network_key, now)
    if granted is RsvpStatus.CONFIRMED and (crowded or guests.asks_everybody(event)):
        granted = RsvpStatus.HELD

    known = guests.reply_of(event, reply.key)
    if known and known.status in ALIVE:
        return repeats.repeat(known, reply, granted, now, to_prove=crowded)

    comes_back = known is not None
    rsvp = known or Rsvp(event_id=event.id, letter_sequence=-1)
    had_its_hold = _had_hold(rsvp)
    rank = _last_rank(event, now) if comes_back and not since else since or now
    _begin_anew(event, rsvp, reply, since or now)
    rsvp.ranked_at = rank
    rsvp.status = granted
    if granted is RsvpStatus.HELD:
        _hold(rsvp, rsvp.replied_at, first=not had_its_hold)
    rsvp.to_prove = crowded
    rsvp.retry_key = retry_key
    rsvp.network_key = network_key
    db.session.add(rsvp)
    db.session.flush()
    write_standing(rsvp, now, first=not comes_back)
    if rsvp.status in SEATED and rsvp.holds_seat:
        note_taken(event, now, now)
    return rsvp


def confirm(record: Rsvp | Repeat, *, now: datetime, by_letter: bool = True) -> None:
    """Say yes: to the letter that holds a seat, or to a place that came free.

    A late click gets a seat if the party still fits, else the waiting list at its
    own rank. Whoever waits takes what is theirs to take: all of it, or the part that
    they were asked about, while the rest waits on. Clicking twice changes nothing.
    *by_letter* says that the link of a letter was used, which proves the address.

    Raises:
        AnswerTheLetter: only the letter's link may confirm this reply.
        EventFull: too late, no seat is left, and no waiting list is kept.
        EventOver, EventCancelled: there is nothing left to come to.
    """
    event = record.event
    take_up(record, now)
    require_ahead(event.stage, now)
    unproven = record.status in {RsvpStatus.HELD, RsvpStatus.EXPIRED}
    if not by_letter and (unproven or guests.must_prove(record)):
        raise AnswerTheLetter
    if isinstance(record, Repeat):
        repeats.confirm(record, now)
        return
    offered = record.status is RsvpStatus.OFFERED
    had_seat = offered or (record.status is RsvpStatus.HELD and record.holds_seat)
    if not _says_yes(record, now):
        return
    record.held_until = None
    record.proven = record.proven or by_letter
    record.to_prove = record.to_prove and not by_letter
    means_to_come(record, now)
    db.session.flush()
    write_standing(record, now)
    if record.status in SEATED and not had_seat:
        note_taken(event, record.ranked_at, now)
    settle(event, now)


def _says_yes(rsvp: Rsvp, now: datetime) -> bool:
    """Let *rsvp* have what its yes can have; say whether that changed anything."""
    event = rsvp.event
    house = guests.house(event, now)
    if rsvp.status is RsvpStatus.OFFERED or (
        rsvp.status is RsvpStatus.HELD and rsvp.holds_seat
    ):
        rsvp.status = RsvpStatus.CONFIRMED
        return True
    if rsvp.status in {RsvpStatus.HELD, RsvpStatus.EXPIRED}:  # it has no seat by now
        if house.admits(rsvp.party_size):
            rsvp.status, rsvp.holds_seat = RsvpStatus.CONFIRMED, True
        elif event.keeps_waiting_list:
            rsvp.status, rsvp.holds_seat = RsvpStatus.WAITING, True
        else:
            raise EventFull
        return True
    if rsvp.status is not RsvpStatus.WAITING:
        return False
    free = guests.free_for(rsvp, house, now)
    if free:
        rsvp.status, rsvp.party_size = RsvpStatus.CONFIRMED, free
        waits_no_more(rsvp)
    return bool(free)


def still_coming(record: Rsvp | Repeat, *, now: datetime) -> None:
    """Answer "still coming?" with yes. Nobody else can lose the seat to silence then.

    Raises:
        EventOver, EventCancelled: there is nothing left to come to.
    """
    take_up(record, now)
    require_ahead(record.event.stage, now)
    if record.status is RsvpStatus.CONFIRMED:
        record.still_coming_at = now


# Changing one's mind


def withdraw(record: Rsvp | Repeat, *, now: datetime) -> None:
    """Free a guest's seats: "I can't come". Always succeeds while the event is ahead.

    Who waits moves up in the same transaction. Saying it twice changes nothing.

    Raises:
        EventOver, EventCancelled: there is nothing left to withdraw from.
    """
    event = record.event
    take_up(record, now)
    require_ahead(event.stage, now)
    if record.status not in ALIVE:
        return
    if record.status is not RsvpStatus.HELD:
        record.held_until = None  # of a hold it stays: its letter was never answered
    record.withdrawn_from, record.status = record.status, RsvpStatus.CANCELLED
    record.withdrawn_at = now
    record.retry_key = None
    db.session.flush()
    if isinstance(record, Repeat):
        repeats.write(record, now)
        return
    waits_no_more(record)
    letters.write("rsvp-withdrawn", record, now=now, calendar=letters.uninvite(record))
    settle(event, now)


def come_back(record: Rsvp | Repeat, *, now: datetime) -> None:
    """Undo "I can't come": the place again if it is free, else the waiting list.

    Within ten minutes at its front, if a place was given up, or at the old rank;
    later at its end. Whoever never answered a letter is held, and asked, again.

    Raises:
        EventFull: nothing free, and no waiting list is kept.
        FestivalError: no replies now (``lifecycle.require_open``).
    """
    event = record.event
    take_up(record, now)
    if record.status in ALIVE:
        return
    withdrawn = record.withdrawn_at or record.replied_at
    undo = now - withdrawn <= UNDO
    (require_ahead if undo else require_open)(event.stage, now)
    had_place = undo and record.withdrawn_from in SEATED
    _take_again(record, now, undo=undo, had_place=had_place)
    record.withdrawn_at = None
    means_to_come(record, now)
    db.session.flush()
    if isinstance(record, Repeat):
        repeats.write(record, now)
        return
    write_standing(record, now)
    if record.status in SEATED and record.holds_seat:
        if had_place:
            wake(event, now)  # they overtake nobody: it was theirs
        else:
            note_taken(event, now, now)
    settle(event, now)


def _take_again(
    record: Rsvp | Repeat, now: datetime, *, undo: bool, had_place: bool
) -> None:
    """Let *record* have what is free: in time its own place, whoever waits for one."""
    event = record.event
    if not undo:
        record.party_wanted = record.party_size  # the rest does not wait any more
    house = guests.house(event, now)
    left = house.seats_left if had_place else house.seats_free
    fits = left is None or record.party_size <= left
    if fits and _never_answered(record):
        _hold(record, now, first=not _had_hold(record))
    elif fits:
        record.status, record.held_until = RsvpStatus.CONFIRMED, None
    elif event.keeps_waiting_list:
        if had_place:
            record.ranked_at = front(event, record)
        elif not undo:
            record.ranked_at = now
        record.status, record.held_until = RsvpStatus.WAITING, None
    else:
        raise EventFull


def erase(rsvp: Rsvp, *, now: datetime, actor: str = "guest") -> None:
    """Forget a guest: name, address, answer, letters, repeats. The counts stay.

    Frees the seats of a reply that was still coming; after the event it stays what
    it was.
    """
    event = rsvp.event
    take_turn(event)
    if rsvp.status in ALIVE and event.is_ahead(now):
        rsvp.withdrawn_from, rsvp.status = rsvp.status, RsvpStatus.CANCELLED
        rsvp.withdrawn_at = now
    gathering.forget(rsvp, now=now)
    erasures.remember(rsvp, actor=actor, now=now)
    key = rsvp.address_key
    rsvp.name = rsvp.answer = rsvp.needs_note = ""
    rsvp.needs = []
    rsvp.address = rsvp.address_key = rsvp.limit_key = None
    rsvp.retry_key = rsvp.network_key = None
    rsvp.party_wanted = rsvp.party_size
    rsvp.version += 1
    rsvp.held_until = None
    waits_no_more(rsvp)
    rsvp.erased_at = now
    db.session.execute(delete(Repeat).where(Repeat.rsvp_id == rsvp.id))
    journal.note("erase", "rsvp", rsvp.id, actor=actor, now=now)
    db.session.flush()
    personal_calendars.let_go(key, actor=actor, now=now)
    settle(event, now)


def send_again(address: str, language: str, *, now: datetime) -> None:
    """Post one letter with every ticket of *address*, if there is any.

    Whoever asked learns nothing: the page is the same either way.
    """
    key = address_key(address)
    found = guests.alive_replies(key, now)
    gathering.send_again(found, language, now=now)


# What the deeds share


def _comes_from_a_crowd(event: Event, network_key: str, now: datetime) -> bool:
    """Say whether one network replied so often that its addresses are to be proved.

    Nobody is refused for somebody else's network.
    """
    most = current_settings().NETWORK_REPLIES
    return bool(most) and guests.replies_from(event, network_key, now) >= most


def _had_hold(record: Rsvp | Repeat) -> bool:
    """Say whether *record* was held, and its letter never answered."""
    dropped = record.status is RsvpStatus.CANCELLED and record.held_until is not None
    return dropped or record.status is RsvpStatus.EXPIRED


def _never_answered(record: Rsvp | Repeat) -> bool:
    """Say whether a letter still has to prove the address of *record*."""
    return _had_hold(record) or guests.is_unproven(record)


def _hold(record: Rsvp | Repeat, now: datetime, *, first: bool) -> None:
    """Hold *record* until its letter is answered; only its first hold takes seats.

    Else one address could keep seats from everybody by holding them again and again.
    What is left of the half hour goes on.
    """
    going_on = record.held_until is not None and record.held_until > now
    if going_on:
        record.status = RsvpStatus.HELD
    else:
        hold(record, now)
    if isinstance(record, Rsvp):
        record.holds_seat = first or (going_on and record.holds_seat)
        if record.holds_seat and record.limit_key:
            keep_within_limits(record, record.limit_key, now)


def _last_rank(event: Event, now: datetime) -> datetime:
    """Return the rank behind all who wait: in one second an older row stands first."""
    ranks = [rsvp.ranked_at for rsvp in waiting_list.queue(event)]
    return max(now, ranks[-1] + timedelta(seconds=1)) if ranks else now


def _begin_anew(event: Event, rsvp: Rsvp, reply: Reply, at: datetime) -> None:
    """Write down *reply*; nothing of what the row was before stays true.

    A new id: older links open nothing any more.
    """
    rsvp.public_id, rsvp.version = tokens.new_public_id(), 0
    rsvp.door_code = new_door_code(event)
    rsvp.name, rsvp.answer, rsvp.language = reply.name, reply.answer, reply.language
    rsvp.address, rsvp.address_key = reply.address, reply.key
    rsvp.limit_key = limit_key(reply.key)
    rsvp.needs, rsvp.needs_note = list(reply.needs), reply.needs_note
    rsvp.partner_id = reply.partner_id
    rsvp.party_size = rsvp.party_wanted = reply.party_size
    rsvp.replied_at = rsvp.ranked_at = at
    rsvp.held_until = rsvp.withdrawn_at = rsvp.withdrawn_from = None
    rsvp.proven = False
    rsvp.holds_seat = rsvp.wants_reminders = True
    rsvp.letters_off = False
    rsvp.reminded_at = rsvp.asked_at = rsvp.asked_again_at = None
    rsvp.still_coming_at = None
    waits_no_more(rsvp)
