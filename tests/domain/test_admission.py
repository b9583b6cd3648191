"""Who gets in: a party, a house, and the answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from festival.domain.admission import (
    ALIVE,
    SEATED,
    House,
    Party,
    RsvpStatus,
    admit,
    promote,
)
from festival.domain.errors import (
    EventFull,
    LastSeatsGone,
    PartyTooLarge,
    SeatsLeft,
    SeatsLeftOrWait,
)

CONFIRMED, WAITING = RsvpStatus.CONFIRMED, RsvpStatus.WAITING


@pytest.mark.parametrize(
    ("capacity", "taken", "free"),
    [
        (10, 0, 10),
        (10, 9, 1),
        (10, 10, 0),
        (10, 13, 0),  # the capacity was lowered below what is taken
        (0, 0, 0),
        (None, 5000, None),
    ],
)
def test_free_seats_are_people_and_never_fewer_than_none(capacity, taken, free):
    house = House(capacity, taken, keeps_waiting_list=True)

    assert house.seats_free == free


@pytest.mark.parametrize(
    ("capacity", "taken", "party_size", "admitted"),
    [
        (10, 8, 2, True),
        (10, 8, 3, False),
        (10, 10, 1, False),
        (10, 13, 1, False),
        (0, 0, 1, False),
        (None, 5000, 50, True),
    ],
)
def test_a_party_is_admitted_whole_or_not_at_all(capacity, taken, party_size, admitted):
    house = House(capacity, taken, keeps_waiting_list=True)

    assert house.admits(party_size) is admitted


EMPTY = House(10, 0, keeps_waiting_list=True)
HALF_FULL = House(10, 5, keeps_waiting_list=False)
TWO_LEFT = House(10, 8, keeps_waiting_list=False)
TWO_LEFT_AND_A_LIST = House(10, 8, keeps_waiting_list=True)
FULL = House(10, 10, keeps_waiting_list=False)
FULL_WITH_A_LIST = House(10, 10, keeps_waiting_list=True)
OVERFULL_WITH_A_LIST = House(10, 13, keeps_waiting_list=True)


@pytest.mark.parametrize(
    ("party_size", "house", "would_wait", "granted"),
    [
        (1, EMPTY, False, CONFIRMED),
        (5, HALF_FULL, False, CONFIRMED),  # the very last seats
        (2, TWO_LEFT_AND_A_LIST, True, CONFIRMED),  # who would wait, but need not
        (1, FULL_WITH_A_LIST, True, WAITING),
        (3, TWO_LEFT_AND_A_LIST, True, WAITING),  # some seats are left, too few
    ],
)
def test_a_party_is_granted(party_size, house, would_wait, granted):
    found = admit(party_size, house, largest_party=5, would_wait=would_wait)

    assert found is granted


@pytest.mark.parametrize(
    ("party_size", "house", "would_wait", "refusal"),
    [
        (0, EMPTY, True, PartyTooLarge(largest=5)),
        (-1, EMPTY, True, PartyTooLarge(largest=5)),
        (6, EMPTY, True, PartyTooLarge(largest=5)),
        (10**9, EMPTY, True, PartyTooLarge(largest=5)),
        (3, TWO_LEFT, False, SeatsLeft(left=2)),
        (3, TWO_LEFT, True, SeatsLeft(left=2)),  # no list to wait on
        (3, TWO_LEFT_AND_A_LIST, False, SeatsLeftOrWait(left=2)),
        (1, FULL, False, EventFull()),
        (1, FULL, True, EventFull()),
        (1, FULL_WITH_A_LIST, False, LastSeatsGone()),
        (1, OVERFULL_WITH_A_LIST, False, LastSeatsGone()),
    ],
)
def test_a_party_is_refused(party_size, house, would_wait, refusal):
    with pytest.raises(type(refusal)) as refused:
        admit(party_size, house, largest_party=5, would_wait=would_wait)

    assert refused.value.facts == refusal.facts


@pytest.mark.parametrize(
    ("sizes", "free", "moved"),
    [
        ([], 5, []),
        ([1, 1, 1], 2, [1, 2]),
        ([4, 2], 3, [2]),  # the large party keeps its turn, the small one passes
        ([4, 2, 1], 3, [2, 3]),
        ([2, 2], 0, []),
        ([3], 3, [1]),
        ([50, 50], None, [1, 2]),
    ],
)
def test_freed_seats_go_in_order_to_whoever_fits(sizes, free, moved):
    queue = [Party(rsvp_id, size) for rsvp_id, size in enumerate(sizes, 1)]

    promoted = promote(queue, free)

    assert [party.rsvp_id for party in promoted] == moved


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(0, 200))
def test_moving_up_never_oversells_and_leaves_no_seat_that_the_first_fits(sizes, free):
    queue = [Party(rsvp_id, size) for rsvp_id, size in enumerate(sizes)]

    promoted = promote(queue, free)

    left = free - sum(party.size for party in promoted)
    still_waiting = [party for party in queue if party not in promoted]
    assert left >= 0
    assert not still_waiting or still_waiting[0].size > left
    assert promoted == [party for party in queue if party in promoted]


def test_every_status_that_holds_seats_is_alive_and_waiting_holds_none():
    assert SEATED < ALIVE
    assert SEATED | {WAITING} == ALIVE
    assert set(RsvpStatus) - ALIVE == {RsvpStatus.CANCELLED, RsvpStatus.EXPIRED}
