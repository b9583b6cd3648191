"""The waiting list: who moves up when places come free, and whose time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from festival.domain.admission import (
    House,
    Party,
    Round,
    RsvpStatus,
    Silent,
    give_way,
    offer_ends,
    promote,
)
from festival.domain.quiet import is_quiet
from festival.domain.reminders import NOON
from festival.extensions import db
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests, waiting_list
from festival.services import letters
from festival.services.replies import hold
from festival.services.turns import take_turn

MOVED_UP: Final = {
    RsvpStatus.OFFERED: "rsvp-offer",
    RsvpStatus.HELD: "rsvp-confirm",
    RsvpStatus.CONFIRMED: "rsvp-promoted",
}


def settle(event: Event, now: datetime) -> None:
    """Let holds and offers lapse whose time is over, and whoever fits move up.

    Called inside a turn, first and last: nobody new overtakes the queue, and no seat
    stays free that somebody waits for. A postponed event moves nobody up, and from an
    hour before the start the door decides.
    """
    if not waiting_list.concerns_anybody(event, now):
        return
    for rsvp in waiting_list.expired(event, now):
        _lapse(rsvp, now)
    db.session.flush()
    if not event.promotes(now):
        return
    house = guests.house(event, now)
    silence = _silence_counts(event, now)
    if house.seats_left == 0 and not silence:
        return
    waiting = waiting_list.queue(event)
    if silence and waiting:
        _let_silence_give_way(event, waiting, house, now)
        house = guests.house(event, now)
    _settle_repeats(event, waiting, house, now)
    _apply(
        _round(event, [waiting_list.party(r) for r in waiting], house, now),
        waiting,
        now,
    )


def settle_due(event_id: int, now: datetime) -> None:
    """Take the turn of one event that time alone changes something for."""
    event = db.session.get_one(Event, event_id)
    take_turn(event)
    settle(event, now)


def note_taken(event: Event, since: datetime, now: datetime) -> None:
    """Note that somebody took seats for whom others had been waiting *since* before.

    Each of those is passed over. Who rests is asked again from now on, if the seats
    that they let go have gone.
    """
    waiting = waiting_list.queue(event)
    for rsvp in waiting:
        party = waiting_list.party(rsvp)
        fits = party.size <= (event.capacity or 0)
        if fits and not (party.comes or party.rests) and rsvp.ranked_at <= since:
            _pass_over(rsvp, 1, now)
    _wake(event, waiting, now)


def wake(event: Event, now: datetime) -> None:
    """Let who rests be asked again, if the seats that they let go have gone."""
    _wake(event, waiting_list.queue(event), now)


def _wake(event: Event, waiting: Sequence[Rsvp], now: datetime) -> None:
    left = guests.house(event, now).seats_left if waiting else None
    if left is not None:
        for rsvp in waiting:
            rsvp.rests = rsvp.rests and waiting_list.party(rsvp).size <= left
    db.session.flush()


def front(event: Event, record: Rsvp | Repeat) -> datetime:
    """Return the rank at which *record* stands before everybody who waits."""
    waiting = waiting_list.queue(event)
    if not waiting:
        return record.ranked_at
    return min(record.ranked_at, waiting[0].ranked_at - timedelta(seconds=1))


def _lapse(rsvp: Rsvp, now: datetime) -> None:
    """Let a hold end, or an offer: who was offered a place waits on, at their rank."""
    offered = rsvp.status is RsvpStatus.OFFERED
    rsvp.status = RsvpStatus.WAITING if offered else RsvpStatus.EXPIRED
    rsvp.rests = offered
    if offered:
        rsvp.held_until = None
        db.session.flush()
        letters.write("offer-lapsed", rsvp, now=now)


def _round(
    event: Event, parties: Sequence[Party], house: House, now: datetime
) -> Round:
    return promote(
        parties,
        house.seats_left,
        capacity=event.capacity,
        now=now,
        keeps=event.keeps_together(now),
    )


def _apply(result: Round, waiting: Sequence[Rsvp], now: datetime) -> None:
    by_id = {rsvp.id: rsvp for rsvp in waiting}
    for party in result.woken:
        by_id[party.rsvp_id].rests = False
    for number, times in result.passed.items():
        _pass_over(by_id[number], times, now)
    for party in result.moves_up:
        _move_up(by_id[party.rsvp_id], now)
    if result.kept_for and result.left:
        _ask_about_part(by_id[result.kept_for.rsvp_id], result.left, now)
    db.session.flush()


def _pass_over(rsvp: Rsvp, times: int, now: datetime) -> None:
    rsvp.passed += times
    rsvp.passed_at = rsvp.passed_at or now


def _move_up(rsvp: Rsvp, now: datetime) -> None:
    """Offer a party its places, or give them where there is no time to ask.

    Where the address is still to be proved they are held, as those of a reply are.
    Who comes already, and waits for the rest of their party, is not asked again.
    """
    event, comes = rsvp.event, rsvp.status is RsvpStatus.CONFIRMED
    asks = rsvp.address is not None and not comes
    ends = offer_ends(now, event.starts_at, event.timezone) if asks else None
    rsvp.status = RsvpStatus.OFFERED if ends else RsvpStatus.CONFIRMED
    rsvp.held_until = ends
    if asks and not ends and guests.is_unproven(rsvp):
        hold(rsvp, now)
    rsvp.party_size = rsvp.party_wanted
    rsvp.passed, rsvp.passed_at, rsvp.part_offered = 0, None, None
    rsvp.holds_seat, rsvp.rests = True, False
    db.session.flush()
    calendar = letters.calendar_facts(rsvp)
    kind = MOVED_UP[rsvp.status]
    letters.write(kind, rsvp, now=now, calendar=calendar)


def _ask_about_part(rsvp: Rsvp, free: int, now: datetime) -> None:
    """Ask the party for which seats are kept: "2 of your 4 are free now"."""
    if rsvp.status is not RsvpStatus.WAITING or (rsvp.part_offered or 0) >= free:
        return
    rsvp.part_offered = free
    db.session.flush()
    letters.write("rsvp-offer", rsvp, now=now, part=free)


# "Still coming?"


def _silence_counts(event: Event, now: datetime) -> bool:
    """Say whether silence may free a seat now: after noon of the day, by daylight."""
    zone = ZoneInfo(event.timezone)
    local, starts = now.astimezone(zone), event.starts_at.astimezone(zone)
    return (
        event.asks_still_coming
        and event.capacity is not None
        and local.date() == starts.date()
        and local.time() >= NOON
        and not is_quiet(now, event.timezone)
    )


def _let_silence_give_way(
    event: Event, waiting: Sequence[Rsvp], house: House, now: datetime
) -> None:
    """Let who never answered give their seats to a party that waits, if it fits then.

    They keep the first rank, lose a seat once only, and cost nobody theirs.
    """
    silent = {rsvp.id: rsvp for rsvp in waiting_list.silent(event, now)}
    losers = give_way(
        [waiting_list.party(rsvp) for rsvp in waiting if rsvp.gave_way_at is None],
        house.seats_left or 0,
        [Silent(rsvp.id, rsvp.party_size) for rsvp in silent.values()],
        capacity=event.capacity or 0,
        now=now,
        keeps=event.keeps_together(now),
    )
    for loser in losers:
        rsvp = silent[loser.rsvp_id]
        rsvp.ranked_at = front(event, rsvp)
        rsvp.status, rsvp.gave_way_at = RsvpStatus.WAITING, now
        db.session.flush()
        letters.write(
            "rsvp-waiting", rsvp, now=now, lost=True, calendar=letters.uninvite(rsvp)
        )


# Repeats move in looks only


def _settle_repeats(
    event: Event, waiting: Sequence[Rsvp], house: House, now: datetime
) -> None:
    """Let repeats move up in looks, as a reply of their rank and size would."""
    left = house.seats_left
    for repeat in waiting_list.waiting_repeats(event):
        over = repeat.held_until is not None and repeat.held_until <= now
        if over:
            repeat.status = RsvpStatus.WAITING  # and rests, as long as it is dated
            if left is not None and repeat.party_wanted > left:
                repeat.held_until = None
        if over or repeat.status is RsvpStatus.OFFERED:
            continue
        ahead = [
            waiting_list.party(rsvp)
            for rsvp in waiting
            if rsvp.ranked_at <= repeat.ranked_at
        ]
        own = Party(-repeat.id, repeat.party_wanted)
        if own in _round(event, [*ahead, own], house, now).moves_up:
            ends = offer_ends(now, event.starts_at, event.timezone)
            repeat.status = RsvpStatus.OFFERED if ends else RsvpStatus.CONFIRMED
            repeat.held_until = ends
            if not ends and guests.is_unproven(repeat):
                hold(repeat, now)
            repeat.party_size = repeat.party_wanted
    db.session.flush()
