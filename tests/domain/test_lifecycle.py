"""What each stage of an event's life allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from festival.domain.admission import House
from festival.domain.errors import (
    EventCancelled,
    EventOver,
    EventPostponed,
    NotTakingReplies,
    RepliesClosed,
    RepliesElsewhere,
    RepliesNotOpen,
)
from festival.domain.lifecycle import (
    PUBLIC,
    REFUSALS,
    EventStatus,
    ReplyPolicy,
    ReplyState,
    Stage,
    reply_state,
    require_ahead,
    require_open,
    stage_state,
)

STARTS = datetime(2027, 6, 8, 18, 0, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def stage(**facts: Any) -> Stage:
    """A scheduled evening of two hours that takes replies until it starts."""
    return Stage(
        **{
            "status": EventStatus.SCHEDULED,
            "reply_policy": ReplyPolicy.OPEN,
            "starts_at": STARTS,
            "ends_at": STARTS + 2 * HOUR,
            "replies_open_at": None,
            "replies_close_at": None,
            **facts,
        }
    )


CANCELLED = {"status": EventStatus.CANCELLED}
POSTPONED = {"status": EventStatus.POSTPONED}
DROP_IN = {"reply_policy": ReplyPolicy.NONE}
ELSEWHERE = {"reply_policy": ReplyPolicy.ELSEWHERE}
BY_MAIL = {"reply_policy": ReplyPolicy.MAIL}
OPENS_LATER = {"replies_open_at": STARTS - DAY}
CLOSES_EARLY = {"replies_close_at": STARTS - HOUR}

STATES = [
    ({}, STARTS - DAY, ReplyState.OPEN),
    ({}, STARTS - SECOND, ReplyState.OPEN),
    ({}, STARTS, ReplyState.CLOSED),
    ({}, STARTS + 2 * HOUR - SECOND, ReplyState.CLOSED),
    ({}, STARTS + 2 * HOUR, ReplyState.PAST),
    (BY_MAIL, STARTS - DAY, ReplyState.OPEN),
    (CLOSES_EARLY, STARTS - HOUR - SECOND, ReplyState.OPEN),
    (CLOSES_EARLY, STARTS - HOUR, ReplyState.CLOSED),
    ({"replies_close_at": STARTS + HOUR}, STARTS + SECOND, ReplyState.OPEN),
    (OPENS_LATER, STARTS - DAY - SECOND, ReplyState.NOT_YET),
    (OPENS_LATER, STARTS - DAY, ReplyState.OPEN),
    (DROP_IN, STARTS - DAY, ReplyState.DROP_IN),
    (DROP_IN, STARTS + HOUR, ReplyState.DROP_IN),
    (DROP_IN, STARTS + 2 * HOUR, ReplyState.PAST),
    (ELSEWHERE, STARTS - DAY, ReplyState.ELSEWHERE),
    (ELSEWHERE, STARTS + 2 * HOUR, ReplyState.PAST),
    (POSTPONED, STARTS - DAY, ReplyState.POSTPONED),
    (POSTPONED | DROP_IN, STARTS - DAY, ReplyState.POSTPONED),
    (POSTPONED, STARTS + 2 * HOUR, ReplyState.POSTPONED),
    (CANCELLED, STARTS - DAY, ReplyState.CANCELLED),
    (CANCELLED | DROP_IN, STARTS - DAY, ReplyState.CANCELLED),
    (CANCELLED, STARTS + DAY, ReplyState.CANCELLED),  # it never took place
]


@pytest.mark.parametrize(("facts", "now", "state"), STATES)
def test_a_stage_allows(facts, now, state):
    assert stage_state(stage(**facts), now) is state


@pytest.mark.parametrize(("facts", "now", "state"), STATES)
def test_replies_are_taken_in_the_open_state_and_in_no_other(facts, now, state):
    refusal = REFUSALS.get(state)

    if refusal is None:
        require_open(stage(**facts), now)
    else:
        with pytest.raises(refusal):
            require_open(stage(**facts), now)

    assert (refusal is None) == (state is ReplyState.OPEN)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (ReplyState.NOT_YET, RepliesNotOpen),
        (ReplyState.CLOSED, RepliesClosed),
        (ReplyState.DROP_IN, NotTakingReplies),
        (ReplyState.ELSEWHERE, RepliesElsewhere),
        (ReplyState.POSTPONED, EventPostponed),
        (ReplyState.CANCELLED, EventCancelled),
        (ReplyState.PAST, EventOver),
    ],
)
def test_each_closed_door_has_its_own_sentence(state, refusal):
    assert REFUSALS[state] is refusal


@pytest.mark.parametrize(
    ("taken", "keeps_list", "state"),
    [
        (9, True, ReplyState.OPEN),
        (9, False, ReplyState.OPEN),
        (10, True, ReplyState.WAITING_LIST),
        (10, False, ReplyState.FULL),
        (12, False, ReplyState.FULL),
    ],
)
def test_while_replies_are_taken_the_seats_decide(taken, keeps_list, state):
    house = House(10, taken, keeps_list)

    assert reply_state(stage(), house, STARTS - DAY) is state


@pytest.mark.parametrize("facts", [CANCELLED, POSTPONED, DROP_IN, ELSEWHERE])
def test_a_full_house_never_hides_why_no_replies_are_taken(facts):
    full = House(10, 10, keeps_waiting_list=True)

    state = reply_state(stage(**facts), full, STARTS - DAY)

    assert state is stage_state(stage(**facts), STARTS - DAY)


@pytest.mark.parametrize(
    ("facts", "now", "refusal"),
    [
        ({}, STARTS - DAY, None),
        ({}, STARTS + HOUR, None),  # one may say "I can't come" from the tram
        (CLOSES_EARLY, STARTS - SECOND, None),
        (POSTPONED, STARTS - DAY, None),
        ({}, STARTS + 2 * HOUR, EventOver),
        (POSTPONED, STARTS + 2 * HOUR, None),  # it has not taken place
        (CANCELLED, STARTS - DAY, EventCancelled),
        (CANCELLED, STARTS + DAY, EventCancelled),
    ],
)
def test_a_reply_may_be_changed_while_there_is_something_to_come_to(
    facts, now, refusal
):
    if refusal is None:
        require_ahead(stage(**facts), now)
    else:
        with pytest.raises(refusal):
            require_ahead(stage(**facts), now)


def test_drafts_and_proposals_are_nobody_s_business():
    assert set(EventStatus) - PUBLIC == {EventStatus.DRAFT, EventStatus.PROPOSED}
