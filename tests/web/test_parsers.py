"""A hard programme, read alike by programs that share no code with us or icalendar."""

from __future__ import annotations

import ctypes
import ctypes.util
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from festival.domain.words import Words
from festival.extensions import db
from festival.services import events, matches

When: TypeAlias = date | datetime
Read: TypeAlias = dict[str, tuple[When, When, str]]  # by UID: start, end, name

LONG = "Ein sehr langer Titel: " + "é中👩🏽\u200d🚀 — “да” " * 8
MARKS = "Cake; tea, milk: 50% off \\ 2 = \"1\" & <more> 'now' ^ end"
ARABIC = "أمسية شعرية، قراءات؛ موسيقى"
CHINESE = "折纸工作坊；剪纸、书法，与糕点"  # noqa: RUF001
TEXT = "One; two, three \\ four\\; five\n\n- six\n- seven: “eight”\n\n" + "é " * 400

TIMES = {  # what is hard about them: zone, start, length in hours
    "summer begins": ("Europe/Paris", "2028-03-26T00:30Z", 2),
    "summer ends": ("Europe/Paris", "2027-10-30T22:00Z", 6),
    "the first of two hours": ("Europe/Paris", "2027-10-31T00:30Z", 0.5),
    "the second of two hours": ("Europe/Paris", "2027-10-31T01:30Z", 0.5),
    "from one into the other": ("Europe/Paris", "2027-10-31T00:15Z", 1.5),
    "New York’s two hours": ("America/New_York", "2027-11-07T05:30Z", 1),
    "half an hour only": ("Australia/Lord_Howe", "2028-01-20T05:00Z", 3),
    "quarters of hours": ("Asia/Kathmandu", "2027-07-01T05:00Z", 3),
    "no rule tells it": ("Asia/Jerusalem", "2027-07-01T18:00Z", 2),
    "no zone at all": ("UTC", "2027-07-01T18:00Z", 2),
    "over midnight": ("Europe/Paris", "2027-12-31T21:00Z", 5),
}


@pytest.fixture
def programme(build, clock):
    """Everything that has ever been read wrongly, and what a reader must find."""
    for number, (name, (zone, starts, hours)) in enumerate(TIMES.items()):
        starts_at = datetime.fromisoformat(starts)
        ends_at = starts_at + timedelta(hours=hours)
        span = {"starts_at": starts_at, "ends_at": ends_at, "timezone": zone}
        build.event(f"time-{number}", name=Words(en=name), **span)

    venue = build.venue(latitude=48.87, longitude=2.38, name="Halle; la “grande”, n° 2")
    for number, name in enumerate((LONG, MARKS, ARABIC, CHINESE)):
        text = Words(en=TEXT)
        build.event(
            f"name-{number}", name=Words(en=name), venue=venue, description=text
        )

    festival = build.event("festival", kind="festival", name=Words(en="Festival"))
    build.event("part", name=Words(en="A part of it"), super_event=festival)
    days = {
        "starts_at": datetime(2027, 10, 29, 22, tzinfo=UTC),
        "ends_at": datetime(2027, 10, 31, 23, tzinfo=UTC),
    }
    build.event("days", name=Words(en="Open days"), all_day=True, **days)
    for slug, deed in (("off", events.cancel), ("later", events.postpone)):
        event = build.event(slug, name=Words(en=slug))
        deed(event, Words(en="A leak; in, the \\ roof"), actor="test", now=clock())
    match = build.event("match", kind="screening", name=Words(en="The final, outside"))
    cup = matches.open_competition("cup", Words(en="Cup"))
    teams = {"home_team": Words(en="Here"), "away_team": Words(en="There")}
    matches.enter(cup, match.starts_at, event=match, now=clock(), **teams)
    db.session.commit()
    return expected()


def expected() -> Read:
    found = {}
    for event in db.session.scalars(db.select(events.Event)):
        name = event.name["en"].strip()
        name = {"off": "CANCELLED: off", "later": "POSTPONED: later"}.get(name, name)
        starts, ends = event.starts_at, event.ends_at
        if event.all_day:
            starts, ends = date(2027, 10, 30), date(2027, 11, 1)
        found[event.uid] = (starts, ends, name)
    return found


def by_vobject(content: bytes) -> Read:
    import vobject  # noqa: PLC0415

    return {
        event.uid.value: (event.dtstart.value, event.dtend.value, event.summary.value)
        for event in vobject.readOne(content.decode()).vevent_list
    }


def by_ics(content: bytes) -> Read:
    import ics  # noqa: PLC0415

    def when(moment: Any, *, all_day: bool) -> When:
        return moment.date() if all_day else moment.datetime

    return {
        event.uid: (
            when(event.begin, all_day=event.all_day),
            when(event.end, all_day=event.all_day),
            event.name,
        )
        for event in ics.Calendar(content.decode()).events
    }


def by_home_assistant(content: bytes) -> Read:
    from ical.calendar_stream import IcsCalendarStream  # noqa: PLC0415

    return {
        event.uid: (event.dtstart, event.dtend, event.summary)
        for event in IcsCalendarStream.calendar_from_ics(content.decode()).events
    }


class Time(ctypes.Structure):
    """A time of libical."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("year", "month", "day")),
        *((name, ctypes.c_int) for name in ("hour", "minute", "second")),
        *((name, ctypes.c_int) for name in ("is_date", "is_daylight")),
        ("zone", ctypes.c_void_p),
    ]


VEVENT = 4  # libical's number of that component


def by_libical(content: bytes) -> Read:
    """Read as Evolution, GNOME's calendar and KOrganizer do; nothing may be amiss."""
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    name = ctypes.util.find_library("ical")
    if name is None:
        pytest.skip("libical is not here; `make test` puts it here where it can")
    library = ctypes.CDLL(name)

    def call(function: str, gives: Any, *given: tuple[Any, Any]) -> Any:
        found = getattr(library, function)
        found.restype, found.argtypes = gives, [kind for kind, _ in given]
        return found(*(value for _, value in given))

    def when(event: int, which: str) -> When:
        time = call(f"icalcomponent_get_{which}", Time, (pointer, event))
        if time.is_date:
            return date(time.year, time.month, time.day)
        given = (Time, time), (pointer, time.zone)
        seconds = call("icaltime_as_timet_with_zone", ctypes.c_long, *given)
        return datetime.fromtimestamp(seconds, UTC)

    root = call("icalparser_parse_string", pointer, (text, content))
    assert call("icalcomponent_count_errors", ctypes.c_int, (pointer, root)) == 0
    assert call("icalrestriction_check", ctypes.c_int, (pointer, root)) == 1
    kind = (ctypes.c_int, VEVENT)
    event = call("icalcomponent_get_first_component", pointer, (pointer, root), kind)
    found = {}
    while event:
        uid, summary = (
            call(f"icalcomponent_get_{which}", text, (pointer, event)).decode()
            for which in ("uid", "summary")
        )
        found[uid] = (when(event, "dtstart"), when(event, "dtend"), summary)
        event = call("icalcomponent_get_next_component", pointer, (pointer, root), kind)
    call("icalcomponent_free", None, (pointer, root))
    return found


@pytest.mark.parametrize(
    "reader",
    [by_vobject, by_ics, by_home_assistant, by_libical],
    ids=lambda reader: reader.__name__,
)
def test_every_program_reads_the_same_programme(
    visitor, programme: Read, reader: Callable[[bytes], Read]
):
    content = visitor.opens("/agenda.ics?lang=en").response.data

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, about themselves
        found = reader(content)

    assert len(found) == len(programme) == content.count(b"BEGIN:VEVENT")
    for uid, (starts, ends, name) in programme.items():
        assert found[uid] == (starts, ends, name)
