"""Calendars by address, as subscribers' programs fetch them."""

import contextlib
import contextvars
import gzip
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from sqlalchemy import select
from sqlalchemy.event import listen, remove

from festival import calendars, editions
from festival.domain.question import AgendaFilter
from festival.domain.words import Words
from festival.extensions import db
from festival.mail import clockwork
from festival.models.events import CalendarEntry, Event
from festival.queries import calendar
from festival.services import calendar_entries, events, matches
from tests.conftest import both_databases

OUTLOOK = "Microsoft.Exchange/15.20 (Outlook-iOS)"

VARY = "Accept-Encoding, User-Agent"  # some programs cannot unzip


@pytest.fixture
def fetch(app, clock):
    """Fetches an address as a program does, with headers of its own."""

    def fetch_(path, method="GET", **headers):
        db.session.rollback()
        headers = {name.replace("_", "-"): text for name, text in headers.items()}
        client = app.test_client()

        def open_():
            return client.open(
                path, method=method, headers=headers, base_url="https://halle.example"
            )

        return contextvars.Context().run(open_)

    return fetch_


def read(response):
    """The VEVENTs of an answer, by their summary."""
    assert response.status_code == 200
    found = icalendar.Calendar.from_ical(response.data).events
    return {str(event["SUMMARY"]): event for event in found}


def test_an_event_can_be_kept_in_a_calendar(fetch, build):
    venue = build.venue(latitude=48.87, longitude=2.38)
    event = build.event(
        "opening",
        venue=venue,
        space=build.space(venue),
        description=Words(en="Come **all**.\n\n- Bring a chair"),
    )

    found = read(fetch("/events/opening.ics?lang=en"))["Opening"]

    assert found["UID"] == event.uid
    assert found["SEQUENCE"] == 0
    assert found.start == event.starts_at
    assert found.start.tzinfo.key == "Europe/Paris"
    assert (
        found["LOCATION"]
        == "La Halle, Great nave\n12 rue des Arches, 75020 Paris, France"
    )
    assert found["DESCRIPTION"] == (
        "Come all.\nBring a chair\n\nhttps://halle.example/en/events/opening"
    )
    assert "<strong>all</strong>" in found["X-ALT-DESC"]
    assert found["ORGANIZER"] == "mailto:bonjour@halle.example"
    assert found["ORGANIZER"].params["CN"] == "Halle Belleville"
    assert found["URL"] == "https://halle.example/en/events/opening"
    assert found.categories == ["Workshop"]


def test_a_file_begins_with_its_first_words(fetch, build):
    event = build.event("opening", description=Words(en="Come."))

    plain = read(fetch("/events/opening.ics?lang=en"))["Opening"]
    events.cancel(event, Words(en="Wind."), actor="test", now=build.clock())
    db.session.commit()
    off = read(fetch("/events/opening.ics?lang=en"))["CANCELLED: Opening"]

    assert plain["X-ALT-DESC"].startswith("<p>Come.</p>")
    assert off["X-ALT-DESC"].startswith("<p>Wind.</p><p>Come.</p>")


def test_a_file_to_keep_offers_no_calendar_to_subscribe_to(fetch, build):
    build.event("opening")

    calendar = icalendar.Calendar.from_ical(fetch("/events/opening.ics").data)

    assert sorted(calendar.keys()) == ["CALSCALE", "METHOD", "PRODID", "VERSION"]


@both_databases
def test_the_agenda_holds_every_listed_event_in_time_order(fetch, build, now):
    later = now + timedelta(days=40)
    build.event("later", name=Words(en="Later"), starts_at=later)
    build.event("soon", name=Words(en="Soon"))

    response = fetch("/agenda.ics?lang=en")

    assert list(read(response)) == ["Soon", "Later"]
    calendar = icalendar.Calendar.from_ical(response.data)
    assert calendar["X-WR-CALNAME"] == "Halle Belleville"
    assert calendar["SOURCE"] == "https://halle.example/agenda.ics?lang=en"
    assert calendar["URL"] == "https://halle.example/en/"


def test_a_calendar_reaches_from_thirty_days_ago_to_eighteen_months_ahead(
    fetch, build, clock
):
    """From midnight to midnight of the house, whatever hour it is asked."""
    midnight = datetime(2027, 5, 31, 22, tzinfo=UTC)  # in Paris
    hours = {
        "too long gone": midnight - timedelta(days=30, hours=2),
        "gone": midnight - timedelta(days=30, hours=1),
        "far": midnight + timedelta(days=548, minutes=30),  # it is winter then
        "too far": midnight + timedelta(days=548, hours=1),
    }
    for name, starts_at in hours.items():
        slug = name.replace(" ", "-")
        build.event(slug, name=Words(en=name), starts_at=starts_at)

    for hour in (22, 10, 21):
        clock.time = midnight.replace(hour=hour) + timedelta(days=hour != 22)
        assert list(read(fetch("/agenda.ics?lang=en"))) == ["gone", "far"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("when=past", ["long ago", "yesterday"]),
        ("when=past&from=2027-05-01", ["yesterday"]),
        ("when=today", ["today"]),
        ("when=week", ["today", "on Friday"]),
        ("when=all", ["today", "on Friday", "in two years"]),
        ("from=2027-06-02", ["on Friday", "in two years"]),
        ("from=2027-06-02&until=2027-06-30", ["on Friday"]),
        ("from=nonsense", ["yesterday", "today", "on Friday"]),
        ("when=nonsense", ["yesterday", "today", "on Friday"]),
        ("", ["yesterday", "today", "on Friday"]),
    ],
)
def test_a_period_in_the_address_is_the_pages_own(fetch, build, clock, asked, names):
    days = {
        "long ago": -90,
        "yesterday": -1,
        "today": 0.25,
        "on Friday": 3,
        "in two years": 730,
    }
    for name, away in days.items():
        starts_at = clock() + timedelta(days=away)
        slug = name.replace(" ", "-").lower()
        build.event(slug, name=Words(en=name), starts_at=starts_at)

    assert list(read(fetch(f"/agenda.ics?lang=en&{asked}"))) == names


def test_a_calendar_holds_a_thousand_events_and_the_log_says_what_is_lost(
    fetch, build, clock, monkeypatch, caplog
):
    monkeypatch.setattr("festival.formats.ical.MAX_EVENTS", 3)
    monkeypatch.setattr("festival.queries.calendar.MAX_EVENTS", 3)
    for day in (-6, -5, -4, -3, -2, -1, 1, 2):
        starts_at = clock() + timedelta(days=day)
        build.event(f"day{day}", name=Words(en=f"{day}"), starts_at=starts_at)

    for asked, names in {
        "": ["-1", "1", "2"],
        "&when=past": ["-3", "-2", "-1"],
        "&when=past&from=2027-05-29": ["-3", "-2", "-1"],
        "&when=all": ["1", "2"],
    }.items():
        caplog.clear()
        assert list(read(fetch(f"/agenda.ics?lang=en{asked}"))) == names
        assert ("left out" in caplog.text) == (asked in {"", "&when=past"})

    begins = db.session.scalars(select(Event).where(Event.slug == "day2")).one()
    cut = fetch("/agenda.ics")
    events.cancel(begins, Words(), actor="test", now=clock())
    db.session.commit()
    whole = fetch("/agenda.ics?kind=meal")
    assert "Last-Modified" not in cut.headers  # what begins moves the cut
    assert "Last-Modified" in whole.headers


def test_drafts_are_nowhere(fetch, build):
    build.event("secret", published=False)

    assert fetch("/events/secret.ics").status_code == 404
    assert read(fetch("/agenda.ics")) == {}


def test_an_unlisted_event_is_only_for_who_knows_its_address(fetch, build):
    event = build.event("among-us", listed=False, name=Words(en="Among us"))
    slug = event.slug

    assert read(fetch("/agenda.ics?lang=en")) == {}
    assert list(read(fetch(f"/events/{slug}.ics?lang=en"))) == ["Among us"]


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        (events.cancel, ("CANCELLED: Opening", "CANCELLED")),
        (events.postpone, ("POSTPONED: Opening", "TENTATIVE")),
    ],
)
def test_what_is_called_off_stays_and_says_so(fetch, build, clock, deed, told):
    event = build.event("opening")
    called_off = clock.moves(hours=1)
    deed(event, Words(en="A leak in the roof."), actor="test", now=called_off)
    db.session.commit()

    for path in ("/agenda.ics?lang=en", "/events/opening.ics?lang=en"):
        [(said, found)] = read(fetch(path)).items()
        assert (said, found["STATUS"]) == told
        assert found["TRANSP"] == "TRANSPARENT"
        assert found["SEQUENCE"] == 1
        assert found["DTSTAMP"].dt == called_off
        assert found["DESCRIPTION"].startswith("A leak in the roof.")


def test_what_is_called_off_says_so_in_the_language_asked_for(fetch, build, now):
    event = build.event("opening")
    events.cancel(event, Words(fr="Une fuite."), actor="test", now=now)
    db.session.commit()

    [(said, found)] = read(fetch("/agenda.ics?lang=fr")).items()

    assert said == "ANNULÉ\u00a0: Ouverture"
    assert found["DESCRIPTION"].startswith("Une fuite.")


def test_the_online_link_is_for_guests_alone(fetch, build):
    build.event("opening", online_link="https://meet.example/secret")

    for path in ("/agenda.ics?lang=en", "/events/opening.ics?lang=en"):
        response = fetch(path)
        assert b"meet.example" not in response.data
        assert read(response)["Opening"]["LOCATION"] == "Online"


@pytest.mark.parametrize(
    ("asked", "summary"),
    [
        ("?lang=en", "Opening"),
        ("?lang=fr", "Ouverture"),
        ("", "Ouverture"),
        ("?lang=xx", "Ouverture"),
        ("?lang=", "Ouverture"),
        ("?lang=en&lang=fr", "Opening"),
        ("?lang=%00", "Ouverture"),
    ],
)
def test_an_unknown_language_is_french_and_never_an_error(fetch, build, asked, summary):
    build.event("opening")

    for path in ("/agenda.ics", "/events/opening.ics"):
        response = fetch(path + asked, Accept_Language="en")
        assert list(read(response)) == [summary]


def test_a_demonstration_says_so_in_each_entry(make_app, clock, build, fetch):
    build.event("opening", description=Words(en="word " * 500))
    client = make_app(DEMO=True).test_client()

    for path in ("/agenda.ics?lang=en", "/events/opening.ics?lang=en"):
        response = client.get(path, base_url="https://halle.example")
        [found] = read(response).values()
        assert "This is a demonstration: the event is invented." in found["DESCRIPTION"]


def test_a_calendar_of_free_seats_holds_no_full_event_the_others_do(fetch, build):
    build.guest(build.event("opening", capacity=1))

    assert list(read(fetch("/agenda.ics?seats=free"))) == []
    assert list(read(fetch("/agenda.ics"))) == ["Ouverture"]


CANCELLED = {  # how calendars show what is cancelled
    "": [("CANCELLED: Opening", "CANCELLED")],
    "&cancelled=standard": [("CANCELLED: Opening", "CANCELLED")],
    "&cancelled=whatever": [("CANCELLED: Opening", "CANCELLED")],
    "&cancelled=keep": [("CANCELLED: Opening", None)],
    "&cancelled=drop": [],
}


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(("asked", "shown"), CANCELLED.items())
def test_what_is_cancelled_is_shown_as_the_program_can(
    fetch, build, now, asked, shown, kept
):
    cancelled = build.event("opening")
    events.cancel(cancelled, Words(), actor="test", now=now)
    moved = build.event("later", name=Words(en="Later"))
    events.postpone(moved, Words(), actor="test", now=now)
    db.session.commit()
    if kept:
        clockwork.keep_time()

    response = fetch(f"/agenda.ics?lang=en{asked}")

    found = read(response)
    later = ("POSTPONED: Later", "TENTATIVE")
    assert {(said, event.get("STATUS")) for said, event in found.items()} == {
        *shown,
        later,
    }
    assert {event["TRANSP"] for event in found.values()} == {"TRANSPARENT"}
    told = "cancelled" in asked and "whatever" not in asked and "standard" not in asked
    source = icalendar.Calendar.from_ical(response.data)["SOURCE"]
    assert source == f"https://halle.example/agenda.ics?lang=en{asked if told else ''}"


def test_a_calendar_of_a_festival_comes_again_every_hour_and_knows_its_parts(
    fetch, build
):
    festival = build.event("festival", kind="festival", name=Words(en="Festival"))
    build.event("part", name=Words(en="Part"), super_event=festival)
    hidden = build.event("hidden", listed=False, name=Words(en="Hidden"))
    build.event("alone", name=Words(en="Alone"), super_event=hidden)
    uid = festival.uid

    whole = fetch("/agenda.ics?lang=en&festival=festival")
    every, parts = fetch("/agenda.ics?lang=en"), fetch("/agenda.ics?kind=workshop")

    assert read(whole)["Part"]["RELATED-TO"] == uid
    assert "RELATED-TO" not in read(whole)["Festival"]
    assert "RELATED-TO" not in read(every)["Alone"]
    assert b"RELATED-TO" not in parts.data
    assert b"X-PUBLISHED-TTL:PT1H" in whole.data
    assert b"X-PUBLISHED-TTL:PT6H" in every.data


def test_a_screening_says_who_plays_and_from_when(fetch, build, clock):
    shown = build.event("final", kind="screening", name=Words(en="The final, outside"))
    cup = matches.open_competition("cup", Words(en="Cup"))
    day = {"kicks_off_at": clock() + timedelta(days=1), "number": 1, "now": clock()}
    first = matches.enter(
        cup, **day, home_team=Words(en="Here"), away_team=Words(en="There")
    )
    later = {"kicks_off_at": shown.starts_at + timedelta(minutes=30), "event": shown}
    matches.enter(
        cup,
        **later,
        now=clock(),
        stage=Words(en="Final"),
        home_from={"outcome": "winner", "number": 1},
        away_team=Words(en="Elsewhere"),
    )
    db.session.commit()
    clockwork.keep_time()
    before = read(fetch("/agenda.ics?lang=en"))["The final, outside"]
    matches.score(first, 2, 1, actor="test", now=clock.moves(days=2))
    db.session.commit()

    after = read(fetch("/agenda.ics?lang=en"))["The final, outside"]

    said = "{} – Elsewhere, Cup, Final. Kick-off at 12.30pm."
    assert said.format("Winner of match 1") in before["DESCRIPTION"]
    assert said.format("Here") in after["DESCRIPTION"]
    assert after["DTSTAMP"].dt == clock()
    assert after["SEQUENCE"] == before["SEQUENCE"]


def test_a_match_that_comes_with_its_score_is_told_at_once(fetch, build, clock):
    """So is who plays in what is shown, however late it is entered."""
    shown, late = (
        build.event(name, kind="screening", name=Words(en=name))
        for name in ("final", "late")
    )
    cup = matches.open_competition("cup", Words(en="Cup"))
    entered = {"kicks_off_at": shown.starts_at, "now": clock()}
    winner = {"outcome": "winner", "number": 1}
    matches.enter(cup, **entered, event=shown, home_from=winner)
    db.session.commit()
    clockwork.keep_time()

    entered["now"] = clock.moves(hours=1)
    scored = {"number": 1, "home_score": 2, "away_score": 1}
    teams = {"home_team": Words(en="Here"), "away_team": Words(en="There")}
    matches.enter(cup, clock(), now=clock(), **scored, **teams)
    matches.enter(cup, **entered, event=late, **teams)
    db.session.commit()

    found = read(fetch("/agenda.ics?lang=en"))
    assert "Here – " in found["final"]["DESCRIPTION"]
    assert "Here – There" in found["late"]["DESCRIPTION"]
    assert {event["DTSTAMP"].dt for event in found.values()} == {clock()}


@both_databases
def test_two_changes_in_one_second_are_two(fetch, build, clock):
    venue = build.venue()
    event = build.event("opening", venue=venue)
    for name in ("1 place Neuve", "2 place Neuve"):
        venue.street = name
        calendar_entries.tell_again(Event.venue_id == venue.id, now=clock())
        db.session.commit()
        clockwork.keep_time()

    (told,) = read(fetch("/agenda.ics?lang=en")).values()

    assert "2 place Neuve" in told["LOCATION"]
    assert event.revised_at == clock() + timedelta(seconds=2)
    kept = select(CalendarEntry.body).where(CalendarEntry.language == "en")
    assert b"2 place Neuve" in db.session.scalars(kept).one()


def test_the_archive_signs_no_calendar_entry(visitor, build):
    build.event("inauguration", sources=["A newspaper, 2018"])

    agenda = visitor.opens("/agenda.ics?when=all")
    page = visitor.opens("/fr/events/inauguration")

    assert b"BEGIN:VEVENT" not in agenda.response.data
    assert page.html.select("link[type='text/calendar']") == []
    assert visitor.opens("/events/inauguration.ics").status == 404


def test_headers_let_any_program_read_and_any_cache_keep(fetch, build):
    build.event("opening")

    headers = fetch("/events/opening.ics").headers

    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Content-Disposition"] == 'inline; filename="opening.ics"'
    assert headers["Cache-Control"] == (
        "public, max-age=0, s-maxage=5, stale-while-revalidate=30"
    )
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Vary"] == VARY
    assert "Set-Cookie" not in headers


def test_the_same_agenda_is_the_same_bytes_and_is_not_sent_twice(fetch, build, clock):
    build.event("opening")
    first = fetch("/agenda.ics")
    clock.moves(hours=3)

    again = fetch("/agenda.ics")
    known = fetch("/agenda.ics", If_None_Match=first.headers["ETag"])

    assert again.data == first.data
    assert not first.headers["ETag"].startswith("W/")
    assert (known.status_code, known.data) == (304, b"")
    assert known.headers["ETag"] == first.headers["ETag"]
    assert known.headers["Access-Control-Allow-Origin"] == "*"


def test_a_changed_agenda_has_another_mark(fetch, build, clock):
    event = build.event("opening")
    before = fetch("/agenda.ics").headers["ETag"]
    events.cancel(event, Words(), actor="test", now=clock.moves(hours=1))
    db.session.commit()

    after = fetch("/agenda.ics", If_None_Match=before)

    assert after.status_code == 200
    assert after.headers["ETag"] != before


def test_who_asks_by_date_gets_an_answer_by_date(fetch, build, clock):
    build.event("opening")
    moved_at = clock().strftime("%a, %d %b %Y %H:%M:%S GMT")
    clock.moves(hours=3)

    fresh = fetch("/agenda.ics", If_Modified_Since=moved_at)
    older = fetch("/agenda.ics", If_Modified_Since="Mon, 31 May 2027 00:00:00 GMT")
    nonsense = fetch("/agenda.ics", If_Modified_Since="last Tuesday")
    mark_wins = fetch("/agenda.ics", If_Modified_Since=moved_at, If_None_Match='"old"')

    assert older.headers["Last-Modified"] == moved_at
    found = [each.status_code for each in (fresh, older, nonsense, mark_wins)]
    assert found == [304, 200, 200, 200]


def test_the_date_moves_forward_when_an_event_goes_away(fetch, build, clock):
    event = build.event("opening")
    before = fetch("/agenda.ics").last_modified
    events.cancel(event, Words(), actor="test", now=clock.moves(days=1))
    db.session.commit()

    assert fetch("/agenda.ics").last_modified == before + timedelta(days=1)


def test_an_agenda_without_events_is_still_a_calendar(fetch):
    response = fetch("/agenda.ics")

    assert read(response) == {}
    assert b"BEGIN:VTIMEZONE" in response.data


def test_a_head_says_all_but_the_body(fetch, build):
    build.event("opening")

    for coding in ("identity", "gzip"):
        whole = fetch("/agenda.ics", Accept_Encoding=coding)
        head = fetch("/agenda.ics", "HEAD", Accept_Encoding=coding)

        assert (head.status_code, head.data) == (200, b"")
        del head.headers["Date"], whole.headers["Date"]
        assert dict(head.headers) == dict(whole.headers)
        assert int(head.headers["Content-Length"]) == len(whole.data)


@pytest.mark.parametrize(
    "accepted", ["gzip", "gzip, deflate, br, zstd", "br, gzip;q=0.5"]
)
def test_a_zipped_calendar_is_zipped_once_and_has_its_own_mark(fetch, build, accepted):
    for number in range(5):
        build.event(f"opening-{number}")
    whole = fetch("/agenda.ics", Accept_Encoding="identity")

    zipped = fetch("/agenda.ics", Accept_Encoding=accepted)
    known = fetch(
        "/agenda.ics", Accept_Encoding=accepted, If_None_Match=zipped.headers["ETag"]
    )

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == whole.data
    assert zipped.data[4:8] == bytes(4)  # no time in it: the same bytes tomorrow
    assert zipped.headers["ETag"] != whole.headers["ETag"]
    assert zipped.headers["Vary"] == whole.headers["Vary"] == VARY
    assert known.status_code == 304


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept_Encoding": "br, zstd"},
        {"Accept_Encoding": "gzip;q=0, br"},
        {"Accept_Encoding": "gzip, br", "User_Agent": OUTLOOK},
        {"Accept_Encoding": "gzip", "User_Agent": "Microsoft Office/16.0"},
    ],
    ids=["nothing said", "no gzip", "no gzip please", "Exchange", "Office"],
)
def test_who_cannot_unzip_gets_plain_text(fetch, build, headers):
    for number in range(5):
        build.event(f"opening-{number}")

    response = fetch("/agenda.ics", **headers)

    assert "Content-Encoding" not in response.headers
    assert len(read(response)) == 1  # five of one name


def test_a_calendar_costs_as_many_statements_with_one_event_as_with_three(fetch, build):
    venue = build.venue()
    build.event("one", venue=venue)
    with selects() as one:
        fetch("/agenda.ics")
    for slug in ("two", "three"):
        build.event(slug, venue=venue)
    with selects() as three:
        fetch("/agenda.ics")
    clockwork.keep_time()
    move_edition()
    with selects() as kept:
        fetch("/agenda.ics")

    assert len(one) == len(three)
    assert len(kept) == 2  # the pulse, and all of it


def test_what_nobody_has_kept_yet_is_written_once(fetch, build, monkeypatch):
    calendars._recent.clear()
    monkeypatch.setattr(calendars, "RECENT", 3)
    for number in range(3):
        build.event(f"event-{number}", name=Words(en=f"Event {number}"))
    first = fetch("/agenda.ics?lang=en").data
    move_edition()
    with selects() as asked:
        again = fetch("/agenda.ics?lang=en").data
    build.event("event-3", name=Words(en="Event 3"))

    assert again == first
    assert len(asked) == 2
    assert len(read(fetch("/agenda.ics?lang=en"))) == 4
    assert len(calendars._recent) == 1


def test_an_event_that_cannot_be_written_keeps_no_other_from_a_calendar(
    fetch, build, monkeypatch, caplog
):
    calendars._recent.clear()
    for name in ("fine", "broken"):
        build.event(name)
    write = calendars.write

    def breaks(event):
        if event.slug == "broken":
            raise ValueError("of somebody")
        return write(event)

    monkeypatch.setattr(calendars, "write", breaks)

    assert len(read(fetch("/agenda.ics"))) == 1
    assert "is in no calendar" in caplog.text
    assert "of somebody" not in caplog.text


def test_a_calendar_is_the_same_written_now_or_kept(fetch, build, clock):
    build.event("opening", venue=build.venue(), description=Words(en="Come *all*"))
    build.event("later", starts_at=clock() + timedelta(days=30))
    live = fetch("/agenda.ics?lang=en").data
    clockwork.keep_time()
    kept = db.session.scalars(select(CalendarEntry)).all()
    move_edition()

    again = fetch("/agenda.ics?lang=en").data

    assert again == live
    assert len(kept) == 4
    assert all(entry.body in live for entry in kept if entry.language == "en")


def move_edition():
    editions.touch()
    db.session.commit()


def test_what_is_kept_is_given_as_long_as_it_is_true(fetch, build, make_app, clock):
    event = build.event("opening", name=Words(en="Opening"))
    clockwork.keep_time()
    for kept in db.session.scalars(select(CalendarEntry)):  # to see where it comes from
        kept.body = kept.body.replace(b"Opening", b"Kept")
    db.session.commit()

    def names():
        move_edition()
        return list(read(fetch("/agenda.ics?lang=en")))

    assert names() == ["Kept"]
    for setting in ("HOUSE_NAME", "BASE_URL", "CONTACT_EMAIL", "DEMO"):
        told = {"BASE_URL": "https://other.example", "DEMO": True}
        other = make_app(**{setting: told.get(setting, "other@halle.example")})
        with other.test_request_context():
            lines = calendar.feed(
                AgendaFilter(), clock(), language="en", stamp=calendars.stamp()
            )
        assert [line.body for line in lines] == [None]
    calendar_entries.tell_again(Event.id == event.id, now=clock.moves(hours=1))
    db.session.commit()
    assert names() == ["Opening"]


def test_a_venue_that_moves_is_told_again(fetch, build, clock):
    venue = build.venue()
    build.event("opening", venue=venue)
    build.event("elsewhere", name=Words(en="Elsewhere"))
    clockwork.keep_time()
    before = read(fetch("/agenda.ics?lang=en"))

    venue.street = "1 place Neuve"
    calendar_entries.tell_again(Event.venue_id == venue.id, now=clock.moves(hours=1))
    move_edition()
    after = read(fetch("/agenda.ics?lang=en"))

    assert "1 place Neuve" in after["Opening"]["LOCATION"]
    assert after["Opening"]["DTSTAMP"].dt == clock()
    assert after["Opening"]["SEQUENCE"] == before["Opening"]["SEQUENCE"]
    assert after["Elsewhere"].to_ical() == before["Elsewhere"].to_ical()


@pytest.mark.parametrize("kept", [False, True])
def test_a_revision_changes_its_own_entry_and_no_other(fetch, build, clock, kept):
    for number in range(3):
        build.event(f"event-{number}", name=Words(en=f"Event {number}"))
    event = db.session.scalars(select(Event).where(Event.slug == "event-1")).one()
    if kept:
        clockwork.keep_time()
    first = fetch("/agenda.ics?lang=en")
    later = event.starts_at + timedelta(hours=1)
    events.revise(event, starts_at=later, actor="test", now=clock.moves(hours=1))
    db.session.commit()

    second = fetch("/agenda.ics?lang=en")

    assert first.headers["ETag"] != second.headers["ETag"]
    before, after = read(first), read(second)
    changed = [n for n in before if before[n].to_ical() != after[n].to_ical()]
    assert changed == ["Event 1"]
    numbers = before["Event 1"]["SEQUENCE"], after["Event 1"]["SEQUENCE"]
    assert numbers == (0, 1)
    assert after["Event 1"].start == later


SERVES = """
import sys
from festival import clock, create_app
from tests.conftest import NOON, some_settings
clock.now = lambda: NOON
app = create_app(some_settings(DATABASE_URL=sys.argv[1], INSTANCE=sys.argv[2]))
for path in sys.argv[3:]:
    response = app.test_client().get(path, base_url="https://halle.example")
    sys.stdout.buffer.write(response.data)
"""


def test_every_process_gives_the_same_bytes_and_so_does_the_next(
    fetch, build, clock, database_url, tmp_path
):
    venue = build.venue()
    for number in range(12):  # many begin at the same time
        build.event(f"event-{number}", venue=venue, name=Words(en="é中" * number + "x"))
    paths = ["/agenda.ics?lang=en&cancelled=keep", "/agenda.ics", "/events/event-3.ics"]
    here = b"".join(fetch(path).data for path in paths)

    def there():
        db.session.rollback()
        python = [sys.executable, "-c", SERVES, database_url, str(tmp_path), *paths]
        return subprocess.run(python, check=True, capture_output=True).stdout

    assert there() == here
    clockwork.keep_time()
    assert there() == here


@contextlib.contextmanager
def selects():
    """Notes what is asked of the database meanwhile."""
    asked = []

    def note(_connection, _cursor, statement, *_):
        if statement.startswith("SELECT"):
            asked.append(statement)

    listen(db.engine, "before_cursor_execute", note)
    yield asked
    remove(db.engine, "before_cursor_execute", note)


def test_whole_days_and_other_zones_keep_their_meaning(fetch, build):
    build.event(
        "open-days",
        name=Words(en="Open days"),
        all_day=True,
        starts_at=datetime(2027, 7, 3, 22, tzinfo=UTC),
        ends_at=datetime(2027, 7, 5, 22, tzinfo=UTC),
    )
    build.event("call", name=Words(en="Call"), timezone="America/New_York")

    found = read(fetch("/agenda.ics?lang=en"))

    assert found["Open days"].start.isoformat() == "2027-07-04"
    assert found["Open days"].end.isoformat() == "2027-07-06"
    assert found["Call"].start.tzinfo.key == "America/New_York"
