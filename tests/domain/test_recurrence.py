"""Days that come again: a table of cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from festival.domain.recurrence import (
    LAST,
    MOST,
    Rhythm,
    Rule,
    hours_on,
    in_month,
    local,
    week_of,
)
from festival.domain.school_holidays import HOLIDAYS, zones_on


def days(*said: str) -> list[date]:
    return [date.fromisoformat(one) for one in said]


TUESDAY = date(2027, 6, 1)
RULES = [
    (
        Rule(Rhythm.WEEKS, TUESDAY, times=3),
        days("2027-06-01", "2027-06-08", "2027-06-15"),
    ),
    (
        Rule(Rhythm.WEEKS, TUESDAY, every=2, until=date(2027, 6, 29)),
        days("2027-06-01", "2027-06-15", "2027-06-29"),
    ),
    (
        Rule(Rhythm.WEEKS, TUESDAY, times=2, until=date(2027, 12, 31)),
        days("2027-06-01", "2027-06-08"),
    ),
    (Rule(Rhythm.WEEKS, TUESDAY, until=date(2027, 5, 31)), []),
    (
        Rule(Rhythm.MONTH, TUESDAY, week=1, times=3),
        days("2027-06-01", "2027-07-06", "2027-08-03"),
    ),
    (  # the third Tuesday of June is before the first date
        Rule(Rhythm.MONTH, date(2027, 6, 22), week=3, times=2),
        days("2027-07-20", "2027-08-17"),
    ),
    (
        Rule(Rhythm.MONTH, date(2027, 6, 29), week=LAST, times=3),
        days("2027-06-29", "2027-07-27", "2027-08-31"),
    ),
    (
        Rule(Rhythm.MONTH, date(2027, 11, 3), week=1, times=3),
        days("2027-11-03", "2027-12-01", "2028-01-05"),
    ),
    (
        Rule(Rhythm.DATES, TUESDAY, dates=(date(2027, 7, 1), TUESDAY, TUESDAY)),
        days("2027-06-01", "2027-07-01"),
    ),
]


@pytest.mark.parametrize(("rule", "found"), RULES)
def test_a_rule_finds_its_days(rule, found):
    assert rule.days() == found


@pytest.mark.parametrize("rhythm", [Rhythm.WEEKS, Rhythm.MONTH])
def test_nobody_looks_through_more_dates_than_there_is_time_for(rhythm):
    assert len(Rule(rhythm, TUESDAY, until=date(2199, 1, 1)).days()) == MOST
    assert len(Rule(rhythm, TUESDAY, times=1000).days()) == MOST


def test_weekdays_of_a_month():
    assert in_month(2027, 2, 0, LAST) == date(2027, 2, 22)
    assert in_month(2028, 2, 1, LAST) == date(2028, 2, 29)
    assert in_month(2027, 12, 4, LAST) == date(2027, 12, 31)
    assert in_month(2027, 8, 6, 1) == date(2027, 8, 1)
    assert [week_of(date(2027, 8, day)) for day in (1, 7, 8, 28, 29, 31)] == [
        *(1, 1, 2, 4),
        *(LAST, LAST),
    ]


def test_two_in_the_afternoon_stays_two_in_the_afternoon():
    saturdays = Rule(Rhythm.WEEKS, date(2027, 10, 23), times=3).days()

    begins = [hours_on(day, time(14), time(16), "Europe/Paris")[0] for day in saturdays]

    assert [local(at, "Europe/Paris").time() for at in begins] == [time(14)] * 3
    assert [at.hour for at in begins] == [12, 12, 13]  # in UTC


@pytest.mark.parametrize(
    ("day", "begins", "ends", "starts_at", "lasts"),
    [
        (TUESDAY, time(22), time(1), datetime(2027, 6, 1, 20, tzinfo=UTC), 3),
        (
            date(2027, 3, 28),
            time(2, 30),
            time(4),
            datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
            0.5,
        ),
        (
            date(2027, 3, 27),
            time(22),
            time(5),
            datetime(2027, 3, 27, 21, tzinfo=UTC),
            6,
        ),
        (
            date(2027, 10, 30),
            time(22),
            time(5),
            datetime(2027, 10, 30, 20, tzinfo=UTC),
            8,
        ),
        (
            date(2027, 3, 28),
            time(2, 30),
            time(3, 15),
            datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
            1,
        ),
    ],
)
def test_nights(day, begins, ends, starts_at, lasts):
    found = hours_on(day, begins, ends, "Europe/Paris")

    assert found == (starts_at, starts_at + timedelta(hours=lasts))


@pytest.mark.parametrize(
    ("day", "zones"),
    [
        ("2026-10-16", ""),
        ("2026-10-17", "ABC"),
        ("2026-11-01", "ABC"),
        ("2026-11-02", ""),  # the day of return
        ("2027-02-10", "C"),
        ("2027-02-20", "ABC"),
        ("2027-02-23", "AB"),
        ("2027-03-05", "B"),
        ("2027-08-15", "ABC"),
        ("2042-08-15", ""),  # nobody knows yet
    ],
)
def test_school_holidays(day, zones):
    assert zones_on(date.fromisoformat(day)) == zones


def test_school_holidays_begin_on_a_saturday():
    assert {holiday.first.weekday() for holiday in HOLIDAYS} == {5}
    assert all(holiday.first < holiday.back for holiday in HOLIDAYS)
