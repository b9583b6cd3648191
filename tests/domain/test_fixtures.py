"""Who plays, and who won."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from festival.domain.errors import NegativeScore, ShootOutUndecided, ShootOutUnneeded
from festival.domain.fixtures import Outcome, Placeholder, Result
from festival.domain.words import Words

ITALY, BRAZIL = Words(fr="Italie", en="Italy"), Words(fr="Brésil", en="Brazil")
WINNER, LOSER = Outcome.WINNER, Outcome.LOSER


@pytest.mark.parametrize(
    ("record", "placeholder"),
    [
        ({}, None),
        ({"outcome": "winner", "number": 49}, Placeholder(WINNER, 49)),
        ({"outcome": "loser", "number": 61}, Placeholder(LOSER, 61)),
    ],
)
def test_a_place_is_kept_for_whoever_comes_out_of_a_match(record, placeholder):
    assert Placeholder.read(record) == placeholder


@pytest.mark.parametrize(
    "record",
    [
        {"outcome": "winner"},
        {"number": 49},
        {"outcome": "third", "number": 49},
        {"outcome": "winner", "number": "the next"},
        {"outcome": "winner", "number": 49, "leg": 2},
    ],
)
def test_a_place_kept_for_nobody_is_an_error(record):
    with pytest.raises(ValueError, match=r"placeholder|Outcome|literal"):
        Placeholder.read(record)


@pytest.mark.parametrize(
    ("result", "outcomes"),
    [
        (Result(2, 1), {WINNER: ITALY, LOSER: BRAZIL}),
        (Result(0, 3), {WINNER: BRAZIL, LOSER: ITALY}),
        (Result(1, 2, extra_time=True), {WINNER: BRAZIL, LOSER: ITALY}),
        (Result(3, 3, penalties=(4, 3)), {WINNER: ITALY, LOSER: BRAZIL}),
        (Result(0, 0, True, (2, 3)), {WINNER: BRAZIL, LOSER: ITALY}),
        (Result(0, 0), {}),
        (Result(1, 1, extra_time=True), {}),
    ],
)
def test_who_has_more_goals_wins_and_after_a_draw_who_has_more_penalties(
    result, outcomes
):
    assert result.outcomes(ITALY, BRAZIL) == outcomes


@pytest.mark.parametrize(
    ("home", "away", "penalties", "refusal"),
    [
        (-1, 0, None, NegativeScore),
        (0, -1, None, NegativeScore),
        (1, 1, (-1, 3), NegativeScore),
        (2, 1, (4, 3), ShootOutUnneeded),
        (1, 1, (3, 3), ShootOutUndecided),
        (1, 1, (0, 0), ShootOutUndecided),
    ],
)
def test_what_no_referee_writes_down_is_refused(home, away, penalties, refusal):
    with pytest.raises(refusal):
        Result(home, away, penalties=penalties)


@given(home=st.integers(0, 30), away=st.integers(0, 30))
def test_there_is_a_winner_unless_it_is_a_draw_and_the_other_one_loses(home, away):
    outcomes = Result(home, away).outcomes(ITALY, BRAZIL)

    assert bool(outcomes) == (home != away)
    assert set(outcomes.values()) in ({ITALY, BRAZIL}, set())
