"""Calendars: read back by a library, and by a reader as plain as the oldest phones'."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest

from festival.formats import content_lines, ical
from festival.formats.ical import (
    Entry,
    Feed,
    Mailbox,
    Method,
    Status,
    Vevent,
    invitation,
    publish,
    within_limits,
)

REVISED = datetime(2027, 5, 2, 9, 30, 15, 400, tzinfo=UTC)
SENT = datetime(2027, 5, 20, 8, 0, tzinfo=UTC)
ADA = Mailbox("Ada", "ada@example.org")

CONCERT = Entry(
    uid="6f1c0b7e-1111-4000-8000-000000000001",
    sequence=3,
    created_at=datetime(2027, 4, 1, 12, tzinfo=UTC),
    revised_at=REVISED,
    starts_at=datetime(2027, 7, 1, 18, 0, tzinfo=UTC),
    ends_at=datetime(2027, 7, 1, 20, 0, tzinfo=UTC),
    timezone="Europe/Paris",
    organiser=Mailbox("Association d’à côté", "agenda@halle.example"),
    summary="Concert d’été; chœur, orgue",
    description="Entrée libre.\n\nApportez un coussin.",
    remarks=("Évènement inventé.",),
    place="La Halle",
    address="12 rue des Arches, 75020 Paris",
    position=(48.8712, 2.3845),
    url="https://halle.example/fr/events/concert",
    categories=("Concert",),
    online_link="https://meet.example/secret",
)
FEED = Feed(
    name="Halle Belleville : agenda",
    description="Tout ce qui est public.",
    source="https://halle.example/agenda.ics",
    url="https://halle.example/fr/",
    timezone="Europe/Paris",
)

HOSTILE = [
    "a\r\nATTENDEE:mailto:evil@example.org",
    "a\nEND:VEVENT\nBEGIN:VEVENT\nUID:2",
    "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g",
    "\t\ta\tb\x00\x07c\x7fd\x9fe",
    "\\n \\; \\, \\\\ ; , : \" ' ^n ^' = %0D%0A",
    'CN="x":mailto:evil@example.org;X=',
    "\ud800 half of a pair",
    "\u202etxet desrever\u202c עברית العربية 中文 👩🏽\u200d🚀",
    "é" * 10_000,
    "x" * 10_000,
    " " * 300,
    "\ufeffBEGIN:VCALENDAR",
]


def lines_of(written):
    """Every line as (name, parameters, value), unfolded by hand (RFC 5545, 3.1)."""
    text = written.decode("utf-8")
    assert text.endswith("\r\n")
    assert not re.search(r"(?<!\r)\n|\r(?!\n)", text)
    found = []
    for line in text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n"):
        quoted, at = False, 0
        while quoted or line[at] != ":":
            quoted ^= line[at] == '"'
            at += 1
        name, _, parameters = line[:at].partition(";")
        found.append((name, parameters, line[at + 1 :]))
    return found


def names_of(written):
    return sorted(name for name, _, _ in lines_of(written))


def event_of(written):
    """The properties of the only VEVENT, by name, as they are on the wire."""
    lines = lines_of(written)
    starts = lines.index(("BEGIN", "", "VEVENT"))
    ends = lines.index(("END", "", "VEVENT"))
    found = {name: (rest, value) for name, rest, value in lines[starts:ends]}
    assert len(found) == ends - starts
    return found


APPLE = 'VALUE=URI;X-ADDRESS="12 rue des Arches, 75020 Paris";X-APPLE-RADIUS=100'


def test_a_public_file_is_written_property_by_property():
    lines = lines_of(publish([CONCERT]))

    assert lines[:5] == [
        ("BEGIN", "", "VCALENDAR"),
        ("VERSION", "", "2.0"),
        ("PRODID", "", "-//Festival//Events 1//EN"),
        ("CALSCALE", "", "GREGORIAN"),
        ("METHOD", "", "PUBLISH"),
    ]
    assert lines[5:7] == [("BEGIN", "", "VTIMEZONE"), ("TZID", "", "Europe/Paris")]
    assert event_of(publish([CONCERT])) == {
        "BEGIN": ("", "VEVENT"),
        "UID": ("", "6f1c0b7e-1111-4000-8000-000000000001"),
        "SEQUENCE": ("", "3"),
        "DTSTAMP": ("", "20270502T093015Z"),
        "LAST-MODIFIED": ("", "20270502T093015Z"),
        "CREATED": ("", "20270401T120000Z"),
        "DTSTART": ("TZID=Europe/Paris", "20270701T200000"),
        "DTEND": ("TZID=Europe/Paris", "20270701T220000"),
        "SUMMARY": ("", r"Concert d’été\; chœur\, orgue"),
        "DESCRIPTION": (
            "",
            r"Entrée libre.\n\nApportez un coussin.\n\nÉvènement inventé.\n\n"
            + CONCERT.url,
        ),
        "LOCATION": ("", r"La Halle\n12 rue des Arches\, 75020 Paris"),
        "GEO": ("", "48.8712;2.3845"),
        "X-APPLE-STRUCTURED-LOCATION": (
            f'{APPLE};X-TITLE="La Halle"',
            "geo:48.8712,2.3845",
        ),
        "URL": ("", "https://halle.example/fr/events/concert"),
        "CATEGORIES": ("", "Concert"),
        "CLASS": ("", "PUBLIC"),
        "STATUS": ("", "CONFIRMED"),
        "TRANSP": ("", "OPAQUE"),
        "ORGANIZER": ('CN="Association d’à côté"', "mailto:agenda@halle.example"),
    }


def test_a_feed_says_what_it_is_and_when_to_come_again():
    feed = replace(FEED, name="Halle; agenda, tout")

    lines = lines_of(publish([CONCERT], feed=feed))

    head = lines[1 : lines.index(("BEGIN", "", "VTIMEZONE"))]
    assert sorted(head) == [
        ("CALSCALE", "", "GREGORIAN"),
        ("COLOR", "", "darkslategray"),
        ("DESCRIPTION", "", "Tout ce qui est public."),
        ("LAST-MODIFIED", "", "20270502T093015Z"),
        ("METHOD", "", "PUBLISH"),
        ("NAME", "", r"Halle\; agenda\, tout"),
        ("PRODID", "", "-//Festival//Events 1//EN"),
        ("REFRESH-INTERVAL", "VALUE=DURATION", "PT6H"),
        ("SOURCE", "VALUE=URI", "https://halle.example/agenda.ics"),
        ("URL", "", "https://halle.example/fr/"),
        ("VERSION", "", "2.0"),
        ("X-APPLE-CALENDAR-COLOR", "", "#0F3D33"),
        ("X-PUBLISHED-TTL", "", "PT6H"),
        ("X-WR-CALDESC", "", "Tout ce qui est public."),
        ("X-WR-CALNAME", "", r"Halle\; agenda\, tout"),
        ("X-WR-TIMEZONE", "", "Europe/Paris"),
    ]


def test_a_library_reads_the_same_event_back():
    [event] = icalendar.Calendar.from_ical(publish([CONCERT], feed=FEED)).events

    assert event.errors == []
    assert event.start == CONCERT.starts_at
    assert event.end == CONCERT.ends_at
    assert str(event["SUMMARY"]) == CONCERT.summary
    assert event["ORGANIZER"].params["CN"] == CONCERT.organiser.name


def test_nothing_public_holds_the_online_link_or_a_guest():
    everything = publish([CONCERT]) + publish([CONCERT], feed=FEED)

    assert b"meet.example" not in everything
    assert b"ATTENDEE" not in everything
    assert b"CONFERENCE" not in everything


def test_an_empty_feed_is_still_a_calendar():
    written = publish([], feed=FEED)

    lines = lines_of(written)
    assert ("BEGIN", "", "VTIMEZONE") in lines
    assert ("BEGIN", "", "VEVENT") not in lines
    assert "LAST-MODIFIED" not in names_of(written)


def test_the_same_events_in_any_order_are_the_same_bytes():
    later = replace(CONCERT, uid="2", starts_at=CONCERT.starts_at + timedelta(hours=1))

    assert publish([CONCERT, later], feed=FEED) == publish([later, CONCERT], feed=FEED)


def test_each_zone_is_declared_once_and_before_the_events():
    elsewhere = replace(CONCERT, uid="2", timezone="America/New_York")

    lines = lines_of(publish([elsewhere, CONCERT, replace(CONCERT, uid="3")]))

    at = [n for n, line in enumerate(lines) if line == ("BEGIN", "", "VTIMEZONE")]
    zones = [value for name, _, value in lines if name == "TZID"]
    assert zones == ["America/New_York", "Europe/Paris"]
    assert max(at) < lines.index(("BEGIN", "", "VEVENT"))


def test_an_hour_that_happens_twice_goes_out_in_utc_and_the_rest_in_its_zone():
    night = replace(
        CONCERT,
        starts_at=datetime(2027, 10, 30, 20, tzinfo=UTC),
        ends_at=datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
    )

    event = event_of(publish([night]))

    assert event["DTSTART"] == ("TZID=Europe/Paris", "20271030T220000")
    assert event["DTEND"] == ("", "20271031T003000Z")


def test_a_zone_without_a_yearly_rule_goes_out_in_utc_and_is_not_declared():
    written = publish([replace(CONCERT, timezone="Asia/Jerusalem")])

    assert event_of(written)["DTSTART"] == ("", "20270701T180000Z")
    assert b"VTIMEZONE" not in written


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "first", "after_last"),
    [
        ("2027-07-03T22:00Z", "2027-07-04T22:00Z", "20270704", "20270705"),
        ("2027-07-03T22:00Z", "2027-07-04T21:59Z", "20270704", "20270705"),
        ("2027-07-03T22:00Z", "2027-07-05T22:00Z", "20270704", "20270706"),
        ("2027-07-03T22:00Z", "2027-07-03T22:00Z", "20270704", "20270705"),
        ("2027-10-30T22:00Z", "2027-10-31T23:00Z", "20271031", "20271101"),
    ],
)
def test_whole_days_have_dates_and_the_end_is_the_day_after(
    starts_at, ends_at, first, after_last
):
    days = replace(
        CONCERT,
        all_day=True,
        starts_at=datetime.fromisoformat(starts_at),
        ends_at=datetime.fromisoformat(ends_at),
    )

    event = event_of(publish([days]))

    assert event["DTSTART"] == ("VALUE=DATE", first)
    assert event["DTEND"] == ("VALUE=DATE", after_last)
    assert event["TRANSP"] == ("", "TRANSPARENT")
    [read] = icalendar.Calendar.from_ical(publish([days])).events
    assert isinstance(read.start, date)


def test_a_cancelled_concert_stays_says_so_and_takes_nobodys_time():
    event = event_of(publish([replace(CONCERT, status=Status.CANCELLED)], feed=FEED))

    assert event["STATUS"] == ("", "CANCELLED")
    assert event["TRANSP"] == ("", "TRANSPARENT")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_no_text_adds_or_hides_a_property(text):
    harmless = replace(CONCERT, place="x", address="x", html="x")
    hostile = replace(
        CONCERT,
        summary=f"x{text}",
        description=text,
        html=text,
        remarks=(text,),
        place=f"x{text}",
        address=f"x{text}",
        url=f"https://halle.example/{text}",
        categories=(text,),
        organiser=Mailbox(f"x{text}", f"agenda{text}@halle.example"),
        online_link=f"https://meet.example/{text}",
    )
    guest = Mailbox(f"x{text}", f"ada{text}@example.org")
    feed = replace(FEED, name=f"x{text}", description=f"x{text}")
    letter = {"method": Method.REQUEST, "sequence": 4, "sent_at": SENT}

    for tame, wild in [
        (publish([harmless]), publish([hostile])),
        (publish([harmless], feed=FEED), publish([hostile], feed=feed)),
        (
            invitation(harmless, attendee=ADA, **letter),
            invitation(hostile, attendee=guest, **letter),
        ),
    ]:
        assert names_of(wild) == names_of(tame)
        assert max(map(len, wild.split(b"\r\n"))) <= 75
        assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", wild)
        assert not re.search("[\x80-\x9f\u2028\u2029]", wild.decode())
        [event] = icalendar.Calendar.from_ical(wild).events
        assert event.errors == []


@pytest.mark.parametrize(
    ("position", "written"),
    [
        ((0.00005, -0.00005), "0.00005;-0.00005"),
        ((48.0, 2), "48;2"),
        ((-33.123456789, 151.2), "-33.123457;151.2"),
    ],
)
def test_a_position_is_written_in_digits(position, written):
    event = event_of(publish([replace(CONCERT, position=position)]))

    assert event["GEO"] == ("", written)
    uri = event["X-APPLE-STRUCTURED-LOCATION"][1]
    assert uri == f"geo:{written.replace(';', ',')}"


@pytest.mark.parametrize(
    "end", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]
)
def test_a_line_that_ends_parts_words(end):
    event = event_of(
        publish([replace(CONCERT, summary=f"a{end}b", description=f"c{end}d")])
    )

    assert event["SUMMARY"] == ("", "a b")
    assert event["DESCRIPTION"][1].startswith(r"c\nd\n")


def test_an_address_is_written_as_its_scheme_wants_it():
    """RFC 6068, section 2."""
    odd = Mailbox("", "a!#$%&'*+-/=?^_`{|}~.b@halle.example")

    event = event_of(publish([replace(CONCERT, organiser=odd)]))

    assert event["ORGANIZER"] == (
        "",
        "mailto:a!%23$%25%26'*+-%2F%3D%3F%5E_%60%7B%7C%7D~.b@halle.example",
    )


def test_long_texts_are_cut_after_a_word():
    long = replace(CONCERT, summary="bravo " * 100, description="encore " * 1000)

    feed, file = event_of(publish([long], feed=FEED)), event_of(publish([long]))

    assert feed["SUMMARY"][1] == "bravo " * 32 + "bravo…"
    in_feed, in_file = (each["DESCRIPTION"][1] for each in (feed, file))
    assert 490 <= len(in_feed.partition("…")[0]) < 500
    assert 3990 <= len(in_file.partition("…")[0]) < 4000
    assert in_feed.endswith(r"…\n\nÉvènement inventé.\n\n" + CONCERT.url)


def test_a_file_has_the_description_for_older_outlooks_too_and_a_feed_has_not():
    told = replace(CONCERT, html="<p>Entrée\n<em>libre</em></p>", remarks=("A < B",))

    link = f'<a href="{CONCERT.url}">{CONCERT.url}</a>'
    assert event_of(publish([told]))["X-ALT-DESC"] == (
        "FMTTYPE=text/html",
        rf"<p>Entrée <em>libre</em></p><p>A &lt\; B</p><p>{link}</p>",
    )
    assert "X-ALT-DESC" not in event_of(publish([told], feed=FEED))


def test_a_feed_never_passes_a_thousand_events_the_oldest_go_first():
    now = datetime(2027, 7, 1, tzinfo=UTC)
    events = [written(CONCERT, now, days=day) for day in range(-600, 600)]

    kept = {int(event.uid) for event in within_limits(events, now=now)}

    assert kept == set(range(-400, 600))


def test_with_no_past_left_the_farthest_future_goes():
    now = datetime(2027, 7, 1, tzinfo=UTC)
    events = [written(CONCERT, now, days=day) for day in range(-5, 1200)]

    kept = {int(event.uid) for event in within_limits(events, now=now)}

    assert kept == set(range(1000))


@pytest.mark.parametrize("whole", ["", "0" * 36])
def test_a_feed_never_passes_nine_hundred_thousand_bytes(whole):
    now = datetime(2027, 7, 1, tzinfo=UTC)
    long = replace(CONCERT, description="é" * 490)
    events = [
        written(long, now, days=day)._replace(whole=whole) for day in range(-10, 900)
    ]
    events[10] = events[10]._replace(uid=whole or "0")

    kept = within_limits(events, now=now)

    size = len(ical.join(kept, feed=FEED))
    assert 870_000 < size <= 900_000
    assert [int(event.uid) for event in kept] == list(range(len(kept)))


def written(entry, now, *, days):
    starts_at = now + timedelta(days=days)
    ends_at = starts_at + timedelta(hours=2)
    entry = replace(entry, uid=f"{days}", starts_at=starts_at, ends_at=ends_at)
    return Vevent(entry.uid, starts_at, ends_at, entry.revised_at, ical.in_feed(entry))


def test_a_part_names_its_whole_where_both_stand_in_the_file():
    part = written(CONCERT, REVISED, days=1)
    whole = written(CONCERT, REVISED, days=0)._replace(uid="festival")
    part = part._replace(whole="festival")

    together, alone = ical.join([part, whole]), ical.join([part])

    named = ("RELATED-TO", "RELTYPE=PARENT", "festival")
    assert lines_of(together).count(named) == 1
    assert "RELATED-TO" not in names_of(alone)
    assert lines_of(together)[-3:] == [
        named,
        ("END", "", "VEVENT"),
        ("END", "", "VCALENDAR"),
    ]


def test_for_programs_that_hide_the_cancelled_only_the_name_says_so():
    cancelled = ical.in_feed(replace(CONCERT, status=Status.CANCELLED))

    shown = ical.without_status(cancelled)

    assert shown == cancelled.replace(b"STATUS:CANCELLED\r\n", b"")
    assert b"TRANSP:TRANSPARENT" in shown
    assert ical.without_status(ical.in_feed(CONCERT)) == ical.in_feed(CONCERT)


@pytest.mark.parametrize("text", HOSTILE[:-1], ids=lambda text: ascii(text)[:24])
def test_a_library_writes_what_we_write(text):
    """Line by line, apart from quotation marks that nobody needs, and from folds."""
    hostile = replace(
        CONCERT,
        summary=f"x{text}",
        description=text,
        place="La Halle: 中文, ^_^",
        categories=("Café, bar; jardin", "Concert"),
        organiser=Mailbox("L’autre; Cie, 中文 ^_^", "agenda@halle.example"),
    )
    for ours in (publish([hostile]), publish([hostile], feed=FEED)):
        theirs = icalendar.Calendar.from_ical(ours).to_ical()

        assert sorted(bare(theirs)) == sorted(bare(ours))


def bare(written):
    return [
        (name, sorted(parameters.replace('"', "").split(";")), value)
        for name, parameters, value in lines_of(written)
    ]


@pytest.mark.parametrize("length", range(60, 90))
def test_a_fold_cuts_no_character_and_no_escaped_pair_in_two(length):
    said = "x" * length + "\\\\;,\n" * 20 + "é中👩🏽\u200d🚀" * 20

    folded = content_lines.component("X", [f"Y:{content_lines.escaped(said)}"])

    parts = folded.split(b"\r\n ")
    assert max(map(len, folded.split(b"\r\n"))) <= 75
    assert (
        b"".join(parts).decode()
        == f"BEGIN:X\r\nY:{content_lines.escaped(said)}\r\nEND:X\r\n"
    )
    for part in parts:
        part.decode()
        assert (len(part) - len(part.rstrip(b"\\"))) % 2 == 0


@pytest.mark.parametrize(
    ("method", "removed", "status", "transparency"),
    [
        (Method.REQUEST, False, ("", "CONFIRMED"), ("", "OPAQUE")),
        (Method.CANCEL, False, ("", "CANCELLED"), None),
        (Method.CANCEL, True, None, None),
    ],
)
def test_a_guests_own_calendar_object(method, removed, status, transparency):
    written = invitation(
        CONCERT,
        method=method,
        sequence=7,
        sent_at=SENT,
        attendee=Mailbox("Ada", "ada+été@example.org"),
        removed=removed,
    )

    event = event_of(written)
    assert ("METHOD", "", method.value) in lines_of(written)
    assert event["UID"] == ("", CONCERT.uid)
    assert event["SEQUENCE"] == ("", "7")
    assert event["DTSTAMP"] == ("", "20270520T080000Z")
    assert event.get("STATUS") == status
    assert event.get("TRANSP") == transparency
    assert event["ORGANIZER"][1] == "mailto:agenda@halle.example"
    assert event["ATTENDEE"] == (
        'CN="Ada";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE',
        "mailto:ada+%C3%A9t%C3%A9@example.org",
    )
    assert event["CONFERENCE"] == (
        "VALUE=URI;FEATURE=VIDEO",
        "https://meet.example/secret",
    )
    assert r"\n\nhttps://meet.example/secret\n\n" in event["DESCRIPTION"][1]
    assert event["DTSTART"] == ("TZID=Europe/Paris", "20270701T200000")


def test_a_house_that_reads_no_answers_asks_for_none():
    written = invitation(
        CONCERT, method=Method.PUBLISH, sequence=3, sent_at=SENT, attendee=ADA
    )

    assert ("METHOD", "", "PUBLISH") in lines_of(written)
    assert "ATTENDEE" not in names_of(written)
    assert event_of(written)["STATUS"] == ("", "CONFIRMED")


@pytest.mark.parametrize("method", [Method.REQUEST, Method.CANCEL])
def test_an_invitation_is_addressed_to_somebody(method):
    with pytest.raises(ValueError, match="addressed to somebody"):
        invitation(CONCERT, method=method, sequence=0, sent_at=SENT)
