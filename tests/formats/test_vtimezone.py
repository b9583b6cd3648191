"""Time zones, as calendar programs will compute with them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from icalendar import Timezone

from festival.formats.vtimezone import utc_vtimezone, vtimezone, wire_time

TELLABLE = [
    "Europe/Paris",
    "Europe/Dublin",  # winter is the exception there, by law
    "America/New_York",
    "America/Santiago",  # changes at 24:00
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Chatham",
]


HALF_HOURS = timedelta(hours=5, minutes=30)


@cache
def pinned(tzid):
    """The zone of the package we pin, whatever the machine has."""
    data = files("tzdata").joinpath("zoneinfo", *tzid.split("/")).read_bytes()
    return ZoneInfo.from_file(BytesIO(data), key=tzid)


def onsets_told_by(written):
    """When each offset begins, as a program finds it in a VTIMEZONE: local times."""
    told = []
    for part in Timezone.from_ical(written).subcomponents:
        first, offset = part["DTSTART"].dt, part["TZOFFSETTO"].td
        if "RRULE" in part:
            rule = rrulestr(part["RRULE"].to_ical().decode(), dtstart=first)
            years = rule.between(first.replace(year=2024), first.replace(year=2030))
            told += [(onset, offset) for onset in years]
        else:
            told.append((first, offset))
    return sorted(told)


@pytest.mark.parametrize("tzid", TELLABLE)
def test_each_time_of_three_years_is_the_same_instant_for_everybody(tzid):
    told = onsets_told_by(vtimezone(tzid, 2027))
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + HALF_HOURS * n for n in range(4783)]

    in_utc = 0
    for moment in moments:
        written = wire_time(moment, tzid)
        if written.tzinfo is UTC:
            in_utc += 1
            continue
        local = written.replace(tzinfo=None)
        offset = [offset for onset, offset in told if onset <= local][-1]
        assert (local - offset).replace(tzinfo=UTC) == moment
        assert offset == moment.astimezone(pinned(tzid)).utcoffset()

    assert in_utc < 5  # the hours that happen twice, and nothing else


@pytest.mark.parametrize("tzid", TELLABLE)
def test_a_zone_has_one_rule_for_each_half_of_the_year_and_no_list_of_dates(tzid):
    written = vtimezone(tzid, 2027)

    parts = Timezone.from_ical(written).subcomponents
    assert [part.name for part in parts] in (
        ["STANDARD"],
        ["DAYLIGHT", "STANDARD"],
        ["STANDARD", "DAYLIGHT"],
    )
    assert b"RDATE" not in written


def test_paris_is_written_word_for_word():
    assert vtimezone("Europe/Paris", 2027).decode().split("\r\n") == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Paris",
        "X-LIC-LOCATION:Europe/Paris",
        "BEGIN:DAYLIGHT",
        "DTSTART:19700329T020000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZNAME:CEST",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19701025T030000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZNAME:CET",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "END:VTIMEZONE",
        "",
    ]


@pytest.mark.parametrize(
    ("tzid", "year"),
    [
        ("Africa/Casablanca", 2026),  # Ramadan
        ("America/Vancouver", 2026),  # the law changes that year
        ("Asia/Jerusalem", 2027),  # "Friday before the last Sunday": no such rule
        ("America/Nuuk", 2027),  # changes the evening before
        ("UTC", 2027),
        ("", 2027),
        ("Nowhere/Town", 2027),
        ("../zone.tab", 2027),
        ("Europe", 2027),
    ],
)
def test_a_zone_that_no_yearly_rule_tells_is_written_in_utc(tzid, year):
    moment = datetime(year, 3, 3, 18, tzinfo=UTC)

    assert vtimezone(tzid, year) is None
    assert wire_time(moment, tzid).tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T00:30:00+00:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T01:30:00+00:00"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "2026-10-25T03:30:00+01:00"),
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), "2026-10-25T01:30:00+02:00"),
    ],
)
def test_an_hour_that_happens_twice_is_written_in_utc(moment, written):
    assert wire_time(moment, "Europe/Paris").isoformat() == written


def test_a_calendar_without_events_has_a_zone_to_stand_on():
    [part] = Timezone.from_ical(utc_vtimezone()).subcomponents

    assert (part.name, part["TZOFFSETTO"].td) == ("STANDARD", timedelta(0))
