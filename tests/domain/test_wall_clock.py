"""Two nights a year have an hour too few, or one too many."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from festival.domain import wall_clock
from festival.domain.errors import NoSuchHour, TwiceThatHour

PARIS = "Europe/Paris"
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)


@pytest.mark.parametrize(
    ("day", "hour", "zone", "expected"),
    [
        (date(2027, 6, 1), time(12), PARIS, "2027-06-01T10:00"),
        (date(2027, 1, 1), time(12), PARIS, "2027-01-01T11:00"),
        (SPRING, time(1, 59), PARIS, "2027-03-28T00:59"),
        (SPRING, time(3), PARIS, "2027-03-28T01:00"),
        (AUTUMN, time(3), PARIS, "2027-10-31T02:00"),
        (AUTUMN, time(12), "UTC", "2027-10-31T12:00"),
    ],
)
def test_an_hour_of_the_wall_clock_is_an_instant(day, hour, zone, expected):
    found = wall_clock.instant(day, hour, zone)

    assert f"{found:%Y-%m-%dT%H:%M}" == expected
    assert found.tzinfo is UTC


@pytest.mark.parametrize("hour", [time(2), time(2, 30), time(2, 59)])
def test_an_hour_that_is_left_out_is_refused(hour):
    with pytest.raises(NoSuchHour):
        wall_clock.instant(SPRING, hour, PARIS)


def test_of_an_hour_that_comes_twice_one_is_chosen():
    with pytest.raises(TwiceThatHour):
        wall_clock.instant(AUTUMN, time(2, 30), PARIS)
    first = wall_clock.instant(AUTUMN, time(2, 30), PARIS, second=False)
    second = wall_clock.instant(AUTUMN, time(2, 30), PARIS, second=True)

    assert (first.hour, second.hour) == (0, 1)
    assert [wall_clock.is_second(one, PARIS) for one in (first, second)] == [
        False,
        True,
    ]
    assert wall_clock.is_second(datetime(2027, 6, 1, tzinfo=UTC), PARIS) is None


def test_a_week_later_it_is_the_same_hour_on_the_wall():
    before = wall_clock.instant(date(2027, 10, 30), time(19), PARIS)

    after = wall_clock.moved(before, 7, PARIS)

    assert f"{after.astimezone(wall_clock.zone(PARIS)):%d %H:%M}" == "06 19:00"
