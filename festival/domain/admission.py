"""Who gets in: how a party, a capacity and a queue become a place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from festival.domain.errors import (
    EventFull,
    LastSeatsGone,
    PartyTooLarge,
    SeatsLeft,
    SeatsLeftOrWait,
)
from festival.domain.quiet import evening_before, is_quiet

HOLD = timedelta(minutes=30)  # a seat held until its letter is answered
UNDO = timedelta(minutes=10)  # who said "I can't come" keeps the first rank as long
CORRECTION = timedelta(minutes=30)  # to mend a mistyped address
HOLDS = 3  # unanswered holds of one mailbox that take seats

OFFER = timedelta(hours=12)  # to take a place that came free
OFFER_ENDS = timedelta(hours=2)  # before the start, at the latest
SHORTEST_OFFER = timedelta(hours=1)  # a shorter one is no question
LATE = timedelta(hours=3)  # before the start; from then on nobody is asked
DOOR = timedelta(hours=1)  # before the start; from then on the door decides

PASSES, PATIENCE = 3, timedelta(hours=24)  # how often, how long a party is passed over


class RsvpStatus(StrEnum):
    """What was granted, as opposed to what was asked."""

    HELD = "held"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


SEATED = frozenset({RsvpStatus.HELD, RsvpStatus.CONFIRMED, RsvpStatus.OFFERED})
ALIVE = SEATED | {RsvpStatus.WAITING}
TIMED = SEATED - {RsvpStatus.CONFIRMED}  # seats that are kept until an instant


@dataclass(frozen=True, slots=True)
class House:
    """How full an event is. Seats are people, not replies."""

    capacity: int | None  # None: no limit
    seats_taken: int
    keeps_waiting_list: bool
    keeps_seats: bool = False  # what is free is kept for somebody who waits

    @property
    def seats_left(self) -> int | None:
        """Return how many seats nobody has, whoever they are kept for."""
        if self.capacity is None:
            return None
        return max(0, self.capacity - self.seats_taken)

    @property
    def seats_free(self) -> int | None:
        """Return how many more people may come; None where there is no limit."""
        return 0 if self.keeps_seats else self.seats_left

    def admits(self, party_size: int) -> bool:
        """Say whether a whole party still fits; a party is never split."""
        return self.seats_free is None or party_size <= self.seats_free


def admit(
    party_size: int, house: House, *, largest_party: int, would_wait: bool
) -> RsvpStatus:
    """Grant a party a place, or a place in the queue if it *would_wait*.

    Raises:
        PartyTooLarge: more people than one reply may bring.
        SeatsLeft, SeatsLeftOrWait: fewer seats are left than people.
        EventFull: none is left, and no waiting list is kept.
        LastSeatsGone: none is left; the visitor may choose to wait.
    """
    if not 1 <= party_size <= largest_party:
        raise PartyTooLarge(largest=largest_party)
    if house.admits(party_size):
        return RsvpStatus.CONFIRMED
    if house.keeps_waiting_list and would_wait:
        return RsvpStatus.WAITING
    if house.seats_free:
        left = min(house.seats_free, largest_party)
        raise (SeatsLeftOrWait if house.keeps_waiting_list else SeatsLeft)(left=left)
    raise LastSeatsGone if house.keeps_waiting_list else EventFull


# The waiting list


@dataclass(frozen=True, slots=True)
class Party:
    """People who arrive together: the one who wrote, and their guests."""

    rsvp_id: int
    size: int  # seats that it still needs
    passed: int = 0  # how often smaller ones went before it
    passed_at: datetime | None = None  # the first time
    rests: bool = False  # it let an offer lapse, and those seats are still free
    comes: bool = False  # the rest of a party that comes: it holds up nobody

    def has_been_passed_enough(self, times: int, now: datetime) -> bool:
        """Say whether seats are kept together for it, *times* passes later."""
        long = self.passed_at is not None and now - self.passed_at >= PATIENCE
        return long or self.passed + times >= PASSES


@dataclass(slots=True)
class Round:
    """What happens to a queue when places are free."""

    moves_up: list[Party] = field(default_factory=list)
    passed: Counter[int] = field(default_factory=Counter)  # times, by rsvp_id
    woken: list[Party] = field(default_factory=list)  # their seats have gone
    kept_for: Party | None = None  # what is left waits for this party
    left: int | None = None  # seats that are left


def promote(
    queue: Sequence[Party],
    seats_left: int | None,
    *,
    capacity: int | None = None,
    now: datetime,
    keeps: bool = True,
) -> Round:
    """Choose who moves up when *seats_left* are free, in the order of *queue*.

    A place goes to the first party that fits whole. Who is too many keeps its turn;
    smaller ones behind it may pass three times, or for a day. After that, while the
    house *keeps* seats together, what is free is kept until that party fits. A
    party that could never fit the *capacity* holds up nobody, and one that rests is
    asked no more until the seats that it let go have gone to others.
    """
    held_up: list[Party] = []
    result = Round(left=seats_left)
    for party in queue:
        if result.left is None or (party.size <= result.left and not party.rests):
            result.moves_up.append(party)
            if result.left is not None:
                result.left -= party.size
            result.passed.update(other.rsvp_id for other in held_up)
        elif party.size > result.left and _counts_on(party, capacity):
            held_up.append(party)
        if keeps and (waited := _first_passed_enough(held_up, result.passed, now)):
            result.kept_for = waited
            break
    if result.left is not None:
        gone = (party for party in queue if party.rests and party.size > result.left)
        result.woken.extend(gone)
    return result


def _counts_on(party: Party, capacity: int | None) -> bool:
    return not party.comes and (capacity is None or party.size <= capacity)


def _first_passed_enough(
    held_up: Sequence[Party], passed: Counter[int], now: datetime
) -> Party | None:
    for party in held_up:
        if party.has_been_passed_enough(passed[party.rsvp_id], now):
            return party
    return None


def offer_ends(now: datetime, starts_at: datetime, timezone: str) -> datetime | None:
    """Return until when a freed place is offered; None: it is given without asking.

    Twelve hours, never past two hours before the start. A deadline in the night of
    *timezone* moves to 22:00 the evening before; where that leaves less than an hour,
    and in the last three hours, there is no time to ask.
    """
    if starts_at - now <= LATE:
        return None
    ends = min(now + OFFER, starts_at - OFFER_ENDS)
    if is_quiet(ends, timezone):
        ends = evening_before(ends, timezone)
    return ends if ends - now >= SHORTEST_OFFER else None


# "Still coming?"


@dataclass(frozen=True, slots=True)
class Silent:
    """Somebody who comes and did not answer "still coming?"."""

    rsvp_id: int
    size: int


def give_way(
    queue: Sequence[Party],
    seats_left: int,
    silent: Sequence[Silent],
    *,
    capacity: int,
    now: datetime,
    keeps: bool,
) -> list[Silent]:
    """Choose whose silence makes room for the first party of *queue* that it can help.

    *silent* come in the order in which they lose: nobody loses a seat that would not
    go to that party at once, and no more lose theirs than it needs.
    """
    for party in queue:
        if party.rests or party.size <= seats_left:
            continue
        chosen: list[Silent] = []
        gained = seats_left
        for guest in silent:
            if gained >= party.size:
                break
            chosen.append(guest)
            gained += guest.size
        for guest in tuple(chosen):
            if gained - guest.size >= party.size:
                chosen.remove(guest)
                gained -= guest.size
        after = promote(queue, gained, capacity=capacity, now=now, keeps=keeps)
        if party in after.moves_up:
            return chosen
    return []
