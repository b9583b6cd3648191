"""What gets in the way of an event: a table of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from festival.domain.clashes import ClashKind, Occasion, Place, between, with_place

AT = datetime(2027, 6, 1, 12, 0, tzinfo=UTC)  # two in the afternoon in Paris
HOUR = timedelta(hours=1)


def occasion(begins: str = "14:00", ends: str = "16:00", **facts) -> Occasion:
    """Tuesday's, by the clocks of Paris; the number of days after it with a "+"."""
    return Occasion(
        **{
            "key": 1,
            "starts_at": instant(begins),
            "ends_at": instant(ends),
            "venue_id": 1,
            "space_id": 1,
            **facts,
        }
    )


def instant(said: str) -> datetime:
    hour, _, days = said.partition("+")
    moment = time.fromisoformat(hour)
    since = timedelta(days=int(days or 0), hours=moment.hour - 14)
    return AT + since + timedelta(minutes=moment.minute)


SAME_SPACE = [
    # the other one's hours, and more of it                           what it is to ours
    ("15:00", "17:00", {}, ClashKind.SPACE),
    ("12:00", "18:00", {}, ClashKind.SPACE),
    ("16:00", "17:00", {}, ClashKind.CHANGE_OVER),
    ("16:09", "17:00", {}, ClashKind.CHANGE_OVER),
    ("16:10", "17:00", {}, None),
    ("12:00", "13:51", {}, ClashKind.CHANGE_OVER),
    ("12:00", "13:50", {}, None),
    ("16:30", "17:00", {"set_up": 31}, ClashKind.SPACE),
    ("16:30", "17:00", {"set_up": 30}, ClashKind.CHANGE_OVER),
    ("16:30", "17:00", {"set_up": 20}, None),
    ("12:00", "13:30", {"clear_up": 31}, ClashKind.SPACE),
    ("15:00", "17:00", {"space_id": 2}, None),
    ("15:00", "17:00", {"space_id": None}, None),
    ("15:00", "17:00", {"key": 1}, None),  # it is ours
    ("15:00", "17:00", {"super_event_id": 1}, None),  # a part of ours
    ("00:00", "00:00+9", {"all_day": True}, ClashKind.SPACE),
]


@pytest.mark.parametrize(("begins", "ends", "facts", "kind"), SAME_SPACE)
def test_two_in_the_same_space(begins, ends, facts, kind):
    ours, other = occasion(), occasion(begins, ends, **{"key": 2, **facts})

    assert between(ours, other) == kind
    assert between(other, ours) == kind


def test_a_venue_without_a_space_takes_none():
    ours, other = occasion(space_id=None), occasion(key=2, space_id=None)

    assert between(ours, other) is None


ELSEWHERE = [
    ({"space_id": 2}, ClashKind.ORGANISATION),
    ({"venue_id": 2, "space_id": None}, ClashKind.ORGANISATION),
    ({"space_id": 2, "organisation_ids": frozenset({8, 9})}, ClashKind.ORGANISATION),
    ({"space_id": 2, "organisation_ids": frozenset({8})}, None),
    ({"space_id": 2, "ends_at": AT + 24 * HOUR}, None),  # days, not hours
    ({"space_id": 2, "starts_at": AT + 2 * HOUR, "ends_at": AT + 3 * HOUR}, None),
    ({}, ClashKind.SPACE),  # the worst alone
    ({"space_id": None, "super_event_id": 1}, None),
]


@pytest.mark.parametrize(("facts", "kind"), ELSEWHERE)
def test_an_organisation_in_two_places(facts, kind):
    own = {"organisation_ids": frozenset({9})}
    ours, other = occasion(**own), occasion(key=2, **{**own, **facts})

    assert between(ours, other) == kind
    assert between(other, ours) == kind


OPEN = Place(open_from=time(9), open_until=time(22))
NIGHT = Place(open_from=time(18), open_until=time(2))
HOURS = [
    (OPEN, "09:00", "22:00", {}, True),
    (OPEN, "08:59", "10:00", {}, False),
    (OPEN, "21:00", "22:01", {}, False),
    (OPEN, "09:00", "10:00", {"set_up": 1}, False),
    (OPEN, "21:00", "22:00", {"clear_up": 1}, False),
    (OPEN, "10:00", "11:00+1", {}, True),  # goes on for days: no hours of a day
    (OPEN, "10:00", "09:59+1", {}, False),
    (OPEN, "00:00", "00:00+1", {"all_day": True}, True),
    (NIGHT, "19:00", "01:30+1", {}, True),
    (NIGHT, "01:00", "02:00", {}, True),
    (NIGHT, "01:00", "02:01", {}, False),
    (NIGHT, "14:00", "16:00", {}, False),
    (Place(open_from=time(9), open_until=time(0)), "20:00", "00:00+1", {}, True),
    (Place(open_from=time(9), open_until=time(0)), "20:00", "00:01+1", {}, False),
    (Place(open_from=time(9)), "08:00", "10:00", {}, False),
    (Place(open_from=time(9)), "20:00", "01:00+1", {}, True),
    (Place(open_until=time(22)), "06:00", "22:00", {}, True),
    (Place(open_until=time(22)), "06:00", "22:30", {}, False),
    (Place(), "03:00", "04:00", {}, True),
]


@pytest.mark.parametrize(("place", "begins", "ends", "facts", "is_open"), HOURS)
def test_opening_hours(place, begins, ends, facts, is_open):
    found = list(with_place(occasion(begins, ends, **facts), place))

    assert (ClashKind.OPENING not in found) is is_open


UNTIL = [
    ("20:00", "23:59", {}, True),
    ("20:00", "00:00+1", {}, True),  # midnight is the end of the last day
    ("20:00", "00:01+1", {}, False),
    ("20:00", "23:50", {"clear_up": 30}, False),
    ("14:00+1", "16:00+1", {}, False),
    ("14:00+-2", "16:00+-2", {}, False),  # before the first
    ("14:00+-1", "16:00+-1", {}, True),
]


@pytest.mark.parametrize(("begins", "ends", "facts", "ours"), UNTIL)
def test_the_days_on_which_the_venue_is_the_house_s(begins, ends, facts, ours):
    place = Place(occupied_from=date(2027, 5, 31), occupied_until=date(2027, 6, 1))

    found = list(with_place(occasion(begins, ends, **facts), place))

    assert (ClashKind.OCCUPANCY not in found) is ours


@pytest.mark.parametrize(
    ("capacity", "holds", "fits"),
    [(40, 40, True), (41, 40, False), (None, 40, True), (40, None, True)],
)
def test_more_places_than_the_space_holds(capacity, holds, fits):
    found = list(with_place(occasion(capacity=capacity), Place(capacity=holds)))

    assert (ClashKind.CAPACITY not in found) is fits


def test_only_the_same_space_asks_for_a_box():
    asked = [kind for kind in ClashKind if kind.asks_for_box]

    assert asked == [ClashKind.SPACE]


def test_opening_hours_are_local_on_both_sides_of_a_change_of_clocks():
    summer = occasion("21:00", "22:00")
    winter = replace(
        summer,
        starts_at=datetime(2027, 12, 1, 20, 0, tzinfo=UTC),
        ends_at=datetime(2027, 12, 1, 21, 0, tzinfo=UTC),
    )

    assert list(with_place(summer, OPEN)) == []
    assert list(with_place(winter, OPEN)) == []
