"""Who gets in: how a party, a capacity and a queue become a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from festival.domain.errors import (
    EventFull,
    LastSeatsGone,
    PartyTooLarge,
    SeatsLeft,
    SeatsLeftOrWait,
)

HOLD = timedelta(minutes=30)  # a seat held until its letter is answered
UNDO = timedelta(minutes=10)  # who said "I can't come" keeps the first rank as long
CORRECTION = timedelta(minutes=30)  # to mend a mistyped address


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


@dataclass(frozen=True, slots=True)
class Party:
    """People who arrive together: the one who wrote, and their guests."""

    rsvp_id: int
    size: int


@dataclass(frozen=True, slots=True)
class House:
    """How full an event is. Seats are people, not replies."""

    capacity: int | None  # None: no limit
    seats_taken: int
    keeps_waiting_list: bool

    @property
    def seats_free(self) -> int | None:
        """Return how many more people fit; None where there is no limit."""
        if self.capacity is None:
            return None
        return max(0, self.capacity - self.seats_taken)

    def admits(self, party_size: int) -> bool:
        """Say whether a whole party still fits; a party is never split."""
        return self.capacity is None or self.seats_taken + party_size <= self.capacity


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


def promote(queue: Iterable[Party], seats_free: int | None) -> list[Party]:
    """Choose who moves up when seats come free, in the order of *queue*.

    A party too large for the free seats keeps its turn; a smaller one behind it
    may pass.
    """
    if seats_free is None:
        return list(queue)
    promoted = []
    for party in queue:
        if party.size <= seats_free:
            promoted.append(party)
            seats_free -= party.size
    return promoted
