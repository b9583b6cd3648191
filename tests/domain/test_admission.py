"""Who gets in: a party, a house, and the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from festival.domain.admission import (
    ALIVE,
    SEATED,
    House,
    Party,
    RsvpStatus,
    Silent,
    admit,
    give_way,
    offer_ends,
    promote,
)
from festival.domain.errors import (
    EventFull,
    LastSeatsGone,
    PartyTooLarge,
    SeatsLeft,
    SeatsLeftOrWait,
)
from festival.domain.quiet import is_quiet

NOON = datetime(2027, 6, 1, 10, tzinfo=UTC)
HALL = {"capacity": 10, "now": NOON, "keeps": True}
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


def test_seats_that_are_kept_for_somebody_are_left_and_not_free():
    house = House(10, 8, keeps_waiting_list=True, keeps_seats=True)

    assert (house.seats_left, house.seats_free) == (2, 0)
    assert not house.admits(1)


# Who moves up


def queue_of(*sizes: int, **facts) -> list[Party]:
    return [Party(number, size, **facts) for number, size in enumerate(sizes, 1)]


def numbers(parties: list[Party]) -> list[int]:
    return [party.rsvp_id for party in parties]


@pytest.mark.parametrize(
    ("sizes", "free", "moved", "passed"),
    [
        ([], 5, [], {}),
        ([1, 1, 1], 2, [1, 2], {}),
        (
            [4, 2],
            3,
            [2],
            {1: 1},
        ),  # the large party keeps its turn, the small one passes
        ([4, 2, 1], 3, [2, 3], {1: 2}),
        ([4, 3, 2], 2, [3], {1: 1, 2: 1}),
        ([2, 2], 0, [], {}),
        ([3], 3, [1], {}),
        ([50, 50], None, [1, 2], {}),
    ],
)
def test_freed_seats_go_in_order_to_whoever_fits(sizes, free, moved, passed):
    result = promote(queue_of(*sizes), free, now=NOON)

    assert numbers(result.moves_up) == moved
    assert dict(result.passed) == passed


def test_a_party_is_passed_over_three_times_then_seats_are_kept_for_it():
    result = promote(queue_of(5, 1, 1, 1, 1), 4, now=NOON)

    assert numbers(result.moves_up) == [2, 3, 4]
    assert result.kept_for == Party(1, 5)
    assert result.left == 1


@pytest.mark.parametrize(
    ("facts", "keeps", "moved"),
    [
        ({"passed": 3}, True, []),
        ({"passed": 2}, True, [2]),
        ({"passed": 1, "passed_at": NOON - timedelta(hours=24)}, True, []),
        ({"passed": 1, "passed_at": NOON - timedelta(hours=23)}, True, [2]),
        ({"passed": 3}, False, [2]),  # the last three hours
    ],
)
def test_who_was_passed_over_enough_is_passed_no_more(facts, keeps, moved):
    queue = [Party(1, 4, **facts), Party(2, 2)]

    result = promote(queue, 3, now=NOON, keeps=keeps)

    assert numbers(result.moves_up) == moved


def test_what_is_kept_goes_to_its_party_as_soon_as_it_fits():
    queue = [Party(1, 4, passed=3), Party(2, 1)]

    result = promote(queue, 4, now=NOON)

    assert (numbers(result.moves_up), result.kept_for) == ([1], None)


def test_a_party_that_could_never_fit_holds_up_nobody():
    queue = [Party(1, 12, passed=3), Party(2, 2)]

    result = promote(queue, 3, capacity=10, now=NOON)

    assert (numbers(result.moves_up), dict(result.passed)) == ([2], {})


def test_who_rests_is_not_asked_until_the_seats_it_let_go_have_gone():
    queue = [Party(1, 2, rests=True), Party(2, 2)]

    first = promote(queue, 2, now=NOON)
    nobody_else = promote(queue[:1], 2, now=NOON)
    gone = promote(queue[:1], 1, now=NOON)

    assert (numbers(first.moves_up), dict(first.passed)) == ([2], {})
    assert (nobody_else.moves_up, nobody_else.woken) == ([], [])
    assert numbers(gone.woken) == [1]


parties = st.builds(
    Party,
    rsvp_id=st.integers(),
    size=st.integers(1, 50),
    passed=st.integers(0, 4),
    rests=st.booleans(),
)


@given(
    st.lists(parties, max_size=30, unique_by=lambda party: party.rsvp_id),
    st.integers(0, 200),
    st.booleans(),
)
def test_moving_up_never_oversells_and_leaves_no_seat_that_the_first_fits(
    queue, free, keeps
):
    result = promote(queue, free, capacity=40, now=NOON, keeps=keeps)

    moved = {party.rsvp_id for party in result.moves_up}
    asleep = [p for p in queue if p.rests and p not in result.woken]
    waits = [p for p in queue if p.rsvp_id not in moved and p not in asleep]
    assert result.left == free - sum(party.size for party in result.moves_up) >= 0
    assert not waits or waits[0].size > result.left
    assert result.moves_up == [party for party in queue if party.rsvp_id in moved]
    assert result.kept_for is None or keeps
    assert not any(p.rests for p in result.moves_up)
    if result.kept_for is None:
        assert all(party.size > result.left for party in waits)
    else:
        behind = queue[queue.index(result.kept_for) + 1 :]
        passes = sum(party in behind for party in result.moves_up)
        assert result.kept_for.passed + passes <= max(3, result.kept_for.passed)


# Until when a place is offered


def paris(text: str) -> datetime:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"))
    return local.astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "starts", "ends"),
    [
        ("2027-06-01T09:00", "2027-06-09T20:00", "2027-06-01T21:00"),  # twelve hours
        ("2027-06-01T10:00", "2027-06-09T20:00", "2027-06-01T22:00"),  # 22:00 is day
        ("2027-06-01T10:01", "2027-06-09T20:00", "2027-06-01T22:00"),  # 22:01 is night
        ("2027-06-01T16:00", "2027-06-09T20:00", "2027-06-01T22:00"),  # 4:00
        ("2027-06-01T20:00", "2027-06-09T20:00", "2027-06-02T08:00"),  # 8:00 is day
        ("2027-06-01T19:59", "2027-06-09T20:00", "2027-06-01T22:00"),
        ("2027-06-02T03:00", "2027-06-09T20:00", "2027-06-02T15:00"),
        (
            "2027-06-01T13:00",
            "2027-06-01T20:00",
            "2027-06-01T18:00",
        ),  # two hours before
        ("2027-06-01T16:59", "2027-06-01T20:00", "2027-06-01T18:00"),
        ("2027-06-01T17:00", "2027-06-01T20:00", None),  # the last three hours
        ("2027-06-01T19:30", "2027-06-01T20:00", None),
        ("2027-06-01T21:00", "2027-06-02T09:30", "2027-06-01T22:00"),  # an hour left
        ("2027-06-01T21:01", "2027-06-02T09:30", None),  # less than an hour
        ("2027-06-01T23:00", "2027-06-02T09:30", None),  # that evening is over
        ("2027-06-01T23:00", "2027-06-02T10:00", "2027-06-02T08:00"),
        # The nights in which clocks change: an hour less, an hour more.
        ("2027-03-27T20:00", "2027-04-09T20:00", "2027-03-28T09:00"),
        ("2027-03-27T18:59", "2027-04-09T20:00", "2027-03-27T22:00"),
        ("2027-10-30T20:00", "2027-11-09T20:00", "2027-10-30T22:00"),
        ("2027-10-30T21:00", "2027-11-09T20:00", "2027-10-31T08:00"),
        ("2027-10-31T02:30", "2027-11-09T20:00", "2027-10-31T13:30"),
    ],
)
def test_a_place_is_offered_until(now, starts, ends):
    """Guards: twelve hours are instants; the night and its evening in the zone's own
    time, with the offset that each then has.
    """
    found = offer_ends(paris(now), paris(starts), "Europe/Paris")

    assert found == (ends and paris(ends))


@given(
    st.datetimes(
        NOON.replace(tzinfo=None, month=3), NOON.replace(tzinfo=None, month=11)
    ),
    st.timedeltas(timedelta(0), timedelta(days=9)),
    st.sampled_from(["Europe/Paris", "America/Vancouver", "Pacific/Chatham"]),
)
def test_no_offer_ends_at_night_or_late_or_is_too_short(now, ahead, zone):
    now = now.replace(tzinfo=UTC)

    ends = offer_ends(now, now + ahead, zone)

    if ends is not None:
        assert not is_quiet(ends, zone)
        assert timedelta(hours=1) <= ends - now <= timedelta(hours=12)
        assert ends <= now + ahead - timedelta(hours=2)
        assert ahead > timedelta(hours=3)


# Silence


@pytest.mark.parametrize(
    ("sizes", "left", "silent", "lose"),
    [
        ([2], 0, [1, 1, 1], [1, 2]),  # no more than it needs
        ([2], 1, [1, 1], [1]),
        ([3], 0, [1, 3], [2]),  # the first alone would lose for nothing
        ([4], 0, [1, 1], []),  # nobody loses what nobody gets
        ([4, 2], 0, [1, 1], [1, 2]),  # the second party
        ([1], 1, [1], []),  # it fits without
        ([], 0, [5], []),
    ],
)
def test_silence_frees_only_what_a_party_needs(sizes, left, silent, lose):
    guests = [Silent(number, size) for number, size in enumerate(silent, 1)]

    losers = give_way(queue_of(*sizes), left, guests, **HALL)

    assert [guest.rsvp_id for guest in losers] == lose


def test_who_rests_wants_nobody_s_seats():
    assert give_way(queue_of(2, rests=True), 0, [Silent(1, 2)], **HALL) == []


def test_silence_frees_nothing_for_a_party_that_must_wait_for_another():
    queue = [Party(1, 5, passed=3), Party(2, 1)]

    assert give_way(queue, 0, [Silent(1, 1)], **HALL) == []


def test_who_rests_is_woken_when_somebody_behind_gets_the_seats():
    queue = [Party(1, 2, rests=True), Party(2, 2)]

    result = promote(queue, 2, now=NOON)

    assert numbers(result.moves_up) == [2]
    assert numbers(result.woken) == [1]


def test_every_status_that_holds_seats_is_alive_and_waiting_holds_none():
    assert SEATED < ALIVE
    assert SEATED | {WAITING} == ALIVE
    assert set(RsvpStatus) - ALIVE == {RsvpStatus.CANCELLED, RsvpStatus.EXPIRED}
