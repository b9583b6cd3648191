"""Weeks and months, as a programme is turned over by them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from festival.domain.periods import Period, period, period_of
from festival.domain.question import AgendaFilter
from tests.domain.test_question import asked


@pytest.mark.parametrize(
    ("day", "week", "month"),
    [
        ("2027-06-01", ("2027-05-31", "2027-06-06"), ("2027-06-01", "2027-06-30")),
        ("2027-05-31", ("2027-05-31", "2027-06-06"), ("2027-05-01", "2027-05-31")),
        ("2028-02-29", ("2028-02-28", "2028-03-05"), ("2028-02-01", "2028-02-29")),
        ("2026-12-31", ("2026-12-28", "2027-01-03"), ("2026-12-01", "2026-12-31")),
    ],
)
def test_a_day_has_a_week_and_a_month(day, week, month):
    for name, (first, last) in (("week", week), ("month", month)):
        found = period(name, date.fromisoformat(day))
        assert found == Period(
            name, date.fromisoformat(first), date.fromisoformat(last)
        )


@given(
    some.sampled_from(["week", "month"]),
    some.dates(date(2000, 1, 1), date(2199, 1, 1)),
)
def test_periods_follow_each_other_without_gap(name, day):
    here = period(name, day)

    assert here.first <= day <= here.last
    assert here.after.before == here.before.after == here
    assert (here.after.first - here.last).days == 1


@pytest.mark.parametrize(
    ("question", "first", "name"),
    [
        ({}, "2027-06-01", "week"),
        ({"when": "week"}, "2027-06-01", "week"),
        ({"when": "weekend"}, "2027-06-05", "week"),
        ({"when": "month"}, "2027-06-17", "month"),
        ({"from": "2027-07-01", "until": "2027-07-31"}, "2027-07-01", "month"),
        ({"from": "2027-07-01", "until": "2027-07-30"}, "2027-07-01", "week"),
        ({"from": "2027-07-05", "until": "2027-07-11"}, "2027-07-05", "week"),
    ],
)
def test_a_question_is_turned_over_by_weeks_or_by_months(question, first, name):
    day = date.fromisoformat(first)

    assert period_of(asked(**question), day) == period(name, day)


def test_the_present_is_asked_for_by_its_name_and_the_future_by_its_dates():
    today = date(2027, 6, 1)
    week = period("week", today)
    meals = AgendaFilter(when="month", kinds=("meal",))

    assert week.asked(meals, today) == asked(when="week", kind="meal")
    assert week.after.asked(meals, today) == asked(
        **{"from": "2027-06-07", "until": "2027-06-13", "kind": "meal"}
    )
