"""Days, hours and numbers as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from festival.domain import readings

TODAY = date(2026, 11, 1)
THE_21ST = date(2026, 11, 21)  # a Saturday


@pytest.mark.parametrize(
    "text",
    [
        *("21/11/2026", "21/11/26", "21/11", "21.11.2026", "21-11-2026", "2026-11-21"),
        *("sam. 21 nov.", "samedi 21 novembre 2026", "Samedi 21 Novembre"),
        *("Sat 21 Nov", "Saturday 21st November 2026", "21st of November"),
        *("21 nov 2026", "Nov 21, 2026"),
        *("le samedi 21 novembre à 14h30", "2026-11-21 14:30", "2026-11-21T14:30:00"),
        *("21/11/2026 14:30", "46347", "46347.604166"),
    ],
)
def test_a_day_is_read_as_it_is_written(text):
    assert readings.a_day(text, TODAY) == THE_21ST


@pytest.mark.parametrize(
    ("text", "today", "day"),
    [
        ("21/11", THE_21ST, THE_21ST),
        ("20 nov.", THE_21ST, date(2027, 11, 20)),
        ("1er janvier", THE_21ST, date(2027, 1, 1)),
        ("29 février", TODAY, date(2028, 2, 29)),
    ],
)
def test_a_day_without_a_year_is_the_next_such_day(text, today, day):
    assert readings.a_day(text, today) == day


@pytest.mark.parametrize(
    "text",
    [
        *("", "bientôt", "14h30", "31/02/2026", "11/21/2026", "13/13/2026", "12"),
        *("du 2 au 4 décembre", "2-4 décembre", "2, 3 et 4 décembre", "21/11/1026"),
        *("9999-12-31", "3 personnes", "2026", "99999", "mai"),
    ],
)
def test_what_is_no_day_or_more_than_one_is_not_read(text):
    assert readings.a_day(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "weekday"),
    [
        *(("sam. 21 nov.", 5), ("dimanche 21 novembre", 6), ("Wed 3 March", 2)),
        *(("mar. 3 mars", 1), ("3 mars", None), ("mars", None), ("marché", None)),
    ],
)
def test_the_weekday_is_read_for_itself(text, weekday):
    assert readings.weekday_named(text) == weekday


@pytest.mark.parametrize(
    "text",
    [
        *("14h30", "14 h 30", "14:30", "14:30:00", "2.30pm", "2:30 p.m.", "14.30"),
        *("à 14h30", "14 heures 30", "14H30", "0.6041666667", "46347.6041666"),
        *("2026-11-21 14:30", "21/11/2026 14:30", "sam. 21 nov. 14h30"),
    ],
)
def test_an_hour_is_read_as_it_is_written(text):
    assert readings.hours(text) == (time(14, 30), None)


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("14h – 16h", time(14), time(16)),
        ("de 14h à 16h30", time(14), time(16, 30)),
        ("14-16h", time(14), time(16)),
        ("2–4pm", time(14), time(16)),
        ("10am to 12pm", time(10), time(12)),
        ("21 h - minuit", time(21), time(0)),
        ("midi", time(12), None),
        ("24h", time(0), None),
        ("9", time(9), None),
        ("12am", time(0), None),
    ],
)
def test_an_end_may_stand_beside_the_start(text, begins, ends):
    assert readings.hours(text) == (begins, ends)


@pytest.mark.parametrize(
    "text",
    ["", "tôt", "25h", "14h75", "13pm", "14h-16h-18h", "21/11/2026", "40 places"],
)
def test_what_is_no_hour_is_not_read(text):
    assert readings.hours(text) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("1h30", 90), ("1:30", 90), ("90", 90), ("90 min", 90), ("2 heures", 120)],
)
def test_a_length_is_read(text, minutes):
    assert readings.a_length(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "0", "longtemps", "1h30 et plus"])
def test_what_is_no_length_is_not_read(text):
    assert readings.a_length(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("2018-06-14T15:00:00Z", "2018-06-14T18:00:00+03:00", "2018-06-14 15:00 UTC"),
        *("2018-06-14 18:00 UTC+3", "2018-06-14T15:00:00.000Z"),
    ],
)
def test_an_instant_says_its_own_zone(text):
    assert readings.a_moment(text) == datetime(2018, 6, 14, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2018-06-14 15:00", "2018-06-31T15:00Z", "", "hier"])
def test_what_says_no_zone_is_no_instant(text):
    assert readings.a_moment(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("40", 40), ("40 places", 40), ("1 200", 1200), ("env. 40", 40)),
        *(
            ("40.0", 40),
            ("0", 0),
            ("40-50", None),
            ("-3", None),
            ("2,5", None),
            ("beaucoup", None),
        ),
        *(("beaucoup", None), ("", None), ("9" * 30, None)),
    ],
)
def test_a_number_is_the_only_one_there(text, number):
    assert readings.a_number(text) == number


@given(st.text(max_size=40))
def test_whatever_is_written_is_read_or_not_and_nothing_breaks(text):
    readings.a_day(text, TODAY)
    readings.weekday_named(text)
    readings.hours(text)
    readings.a_length(text)
    readings.a_moment(text, timedelta())
    readings.a_number(text)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_every_way(day):
    ways = (f"{day:%d/%m/%Y}", day.isoformat(), f"{day:%d.%m.%Y}")
    serial = str((day - readings.EPOCH).days)

    assert {readings.a_day(text, TODAY) for text in (*ways, serial)} == {day}
