"""What must hold whatever is done, counted anew from the rows alone.

Nothing here asks the house's own rules who holds a seat or who is first: a slip in
those would agree with itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from festival.domain.admission import RsvpStatus
from festival.domain.lifecycle import EventStatus
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp

DOOR, LATE, PATIENCE = timedelta(hours=1), timedelta(hours=3), timedelta(hours=24)
PASSES = 3
ALIVE = {
    RsvpStatus.CONFIRMED,
    RsvpStatus.HELD,
    RsvpStatus.OFFERED,
    RsvpStatus.WAITING,
}
# Letters that say how a reply stands. Of one reply at most one may be on its way.
STANDING = {
    *("rsvp-confirm", "rsvp-confirmed", "rsvp-waiting", "rsvp-offer", "offer-lapsed"),
    *("rsvp-promoted", "rsvp-changed", "rsvp-withdrawn"),
    *("event-cancelled", "event-postponed"),
}


def seats_of(rsvp: Rsvp, now: datetime) -> int:
    """Return how many seats a reply holds at *now*."""
    if rsvp.status is RsvpStatus.CONFIRMED:
        return rsvp.party_size
    if rsvp.status in {RsvpStatus.HELD, RsvpStatus.OFFERED}:
        holds = rsvp.held_until is not None and rsvp.held_until > now
        return rsvp.party_size if holds and rsvp.holds_seat else 0
    return 0


def taken(rsvps: list[Rsvp], now: datetime) -> int:
    return sum(seats_of(rsvp, now) for rsvp in rsvps)


def line(rsvps: list[Rsvp]) -> list[Rsvp]:
    """Return who waits, for all or for the rest of their party, the first first."""
    waiting = [rsvp for rsvp in rsvps if needs(rsvp)]
    return sorted(waiting, key=lambda rsvp: (rsvp.ranked_at, rsvp.id))


def needs(rsvp: Rsvp) -> int:
    """Return how many seats a reply waits for."""
    if rsvp.status is RsvpStatus.WAITING:
        return rsvp.party_wanted
    if rsvp.status is RsvpStatus.CONFIRMED:
        return rsvp.party_wanted - rsvp.party_size
    return 0


def replies(event: Event) -> list[Rsvp]:
    found = select(Rsvp).where(Rsvp.event_id == event.id).order_by(Rsvp.id)
    return list(db.session.scalars(found))


def wrongs(
    event: Event, now: datetime, *, over: int = 0, tended: bool = True
) -> list[str]:
    """Return everything that is wrong with *event*; *over* seats may be too many.

    Where it is not *tended* time has passed since anybody saw to the queue.
    """
    rsvps = replies(event)
    return [
        *_oversold(event, rsvps, now, over),
        *(_left_empty(event, rsvps, now) if tended else ()),
        *_twice(rsvps),
        *_odd_rows(rsvps),
        *_letters(event, rsvps, now),
    ]


def _oversold(
    event: Event, rsvps: list[Rsvp], now: datetime, over: int
) -> Iterator[str]:
    if event.capacity is None:
        return
    too_many = taken(rsvps, now) - event.capacity
    if too_many > max(over, 0):
        yield f"oversold by {too_many} ({over} were before)"


def _left_empty(event: Event, rsvps: list[Rsvp], now: datetime) -> Iterator[str]:
    """No free seat fits anybody who waits, but for whom seats are kept together.

    Whoever let an offer lapse rests while those seats are still free.
    """
    if event.status is not EventStatus.SCHEDULED or now >= event.starts_at - DOOR:
        return
    if event.capacity is None:
        yield from (f"{r.id} waits, and there is no limit" for r in line(rsvps))
        return
    free = event.capacity - taken(rsvps, now)
    for rsvp in line(rsvps):
        if rsvp.rests:
            continue
        if needs(rsvp) <= free:
            yield f"{free} free, and {rsvp.id} waits for {needs(rsvp)}"
            return
        enough = rsvp.passed >= PASSES or (
            rsvp.passed_at is not None and now - rsvp.passed_at >= PATIENCE
        )
        fits_ever = needs(rsvp) <= event.capacity
        if enough and fits_ever and now < event.starts_at - LATE:
            return  # what is free is kept for this party


def _twice(rsvps: list[Rsvp]) -> Iterator[str]:
    keys = Counter(r.address_key for r in rsvps if r.status in ALIVE and r.address_key)
    yield from (f"{key} has {n} replies" for key, n in keys.items() if n > 1)
    codes = Counter(rsvp.door_code for rsvp in rsvps)
    yield from (f"door code {code} opens for {n}" for code, n in codes.items() if n > 1)


def _odd_rows(rsvps: list[Rsvp]) -> Iterator[str]:
    for rsvp in rsvps:
        deadline = rsvp.held_until is not None
        if rsvp.status in {RsvpStatus.HELD, RsvpStatus.OFFERED} and not deadline:
            yield f"{rsvp.id} is {rsvp.status} for ever"
        if rsvp.status in {RsvpStatus.CONFIRMED, RsvpStatus.WAITING} and deadline:
            yield f"{rsvp.id} is {rsvp.status} until {rsvp.held_until}"
        gone = rsvp.status is RsvpStatus.EXPIRED or rsvp.erased_at is not None
        if gone and rsvp.party_wanted > rsvp.party_size:
            yield f"{rsvp.id} is {rsvp.status} and wants more"
        if rsvp.rests and rsvp.status is not RsvpStatus.WAITING:
            yield f"{rsvp.id} is {rsvp.status} and rests"


def _letters(event: Event, rsvps: list[Rsvp], now: datetime) -> Iterator[str]:
    """Whoever replied was written to, or will be, once for how they stand now.

    When it is over letters are forgotten, one after the other.
    """
    if now >= event.ends_at:
        return
    found = select(Letter).order_by(Letter.id)
    letters = list(db.session.scalars(found))
    told, waiting = set(), Counter[int]()
    for letter in letters:
        about = {letter.rsvp_id} | {
            each.get("rsvp_id") for each in letter.facts.get("replies", ())
        }
        if letter.status is not LetterStatus.SUPERSEDED:
            told |= about
        if letter.status is LetterStatus.WAITING and letter.kind in STANDING:
            waiting[letter.rsvp_id or 0] += 1
    for rsvp in rsvps:
        if rsvp.status in ALIVE and rsvp.address and rsvp.id not in told:
            yield f"{rsvp.id} is {rsvp.status} and has no letter"
        if waiting[rsvp.id] > 1:
            yield f"{waiting[rsvp.id]} letters on how {rsvp.id} stands are on their way"


def last_words() -> dict[int, tuple[str, int, int]]:
    """Return what each reply was told of itself last: status, places, who waits.

    What is on its way counts as told. That an event is off says nothing of a reply.
    """
    told = {}
    found = select(Letter).where(Letter.status != LetterStatus.SUPERSEDED)
    for letter in db.session.scalars(found.order_by(Letter.posted_at, Letter.id)):
        if letter.kind in {"event-cancelled", "event-postponed"}:
            continue
        facts = {letter.rsvp_id: letter.facts.get("reply")}
        facts |= {
            each.get("rsvp_id"): each["reply"]
            for each in letter.facts.get("replies", ())
        }
        for number, said in facts.items():
            if number and said:
                places, waiting = said["party_size"], said["waiting_for"]
                told[number] = (said["status"], places, waiting)
    return told
