"""A day of a festival becomes a table: nothing overlaps, nothing is out of it."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from festival.domain.programme import Area, Slot, lay_out


def minutes(hour, minute=0):
    return hour * 60 + minute


def test_spaces_stand_beside_each_other_and_time_goes_down():
    grid = lay_out(
        [
            Slot(1, "nave", minutes(17), minutes(17, 45)),
            Slot(2, "kitchen", minutes(17, 30), minutes(19, 30)),
        ],
        ["nave", "kitchen"],
    )

    assert [(c.key, c.first, c.lanes) for c in grid.columns] == [
        ("nave", 2, 1), ("kitchen", 3, 1),
    ]  # fmt: skip
    assert (grid.hours, grid.rows, grid.lanes) == (range(17, 20), 12, 2)
    assert grid.areas == {1: Area(2, 1, 4), 2: Area(3, 3, 11)}
    assert grid.row_of(18) == 5


@pytest.mark.parametrize(
    ("begins", "ends", "area"),
    [
        (minutes(10, 5), minutes(10, 50), (1, 5)),  # a quarter holds what it touches
        (minutes(10), minutes(10, 5), (1, 3)),  # a short one still holds its name
        (minutes(10, 15), minutes(10, 30), (2, 4)),
    ],
)
def test_quarters_of_an_hour_are_rows(begins, ends, area):
    grid = lay_out([Slot(1, "nave", begins, ends)], ["nave"])

    assert (grid.areas[1].row, grid.areas[1].row_end) == area


def test_two_at_once_in_one_space_stand_beside_each_other():
    grid = lay_out(
        [
            Slot(1, "nave", minutes(10), minutes(12)),
            Slot(2, "nave", minutes(11), minutes(13)),
            Slot(3, "nave", minutes(12), minutes(13)),
            Slot(4, "yard", minutes(10), minutes(11)),
        ],
        ["nave", "yard"],
    )

    assert [(c.first, c.lanes) for c in grid.columns] == [(2, 2), (4, 1)]
    assert [grid.areas[key].column for key in (1, 2, 3, 4)] == [2, 3, 2, 4]


def test_a_night_belongs_to_its_evening():
    grid = lay_out([Slot(1, "nave", minutes(23), minutes(26))], ["nave"])

    assert grid.hours == range(23, 26)


def test_a_day_without_anything_is_no_table():
    grid = lay_out([], [])

    assert (grid.rows, grid.lanes, grid.areas) == (0, 0, {})


SLOTS = some.lists(
    some.tuples(
        some.sampled_from("abc"), some.integers(0, 1700), some.integers(1, 600)
    ),
    max_size=12,
)


@given(SLOTS)
def test_nothing_overlaps_and_nothing_is_left_out(given_slots):
    slots = [
        Slot(key, column, begins, begins + length)
        for key, (column, begins, length) in enumerate(given_slots)
    ]

    grid = lay_out(slots, "abc")

    assert set(grid.areas) == {slot.key for slot in slots}
    for area in grid.areas.values():
        assert 1 <= area.row < area.row_end <= grid.rows + 1
        assert 2 <= area.column < grid.lanes + 2
    for one, other in combinations(grid.areas.values(), 2):
        apart = one.row_end <= other.row or other.row_end <= one.row
        assert apart or one.column != other.column
    for slot in slots:
        column = next(c for c in grid.columns if c.key == slot.column)
        lane = grid.areas[slot.key].column - column.first
        assert 0 <= lane < column.lanes
