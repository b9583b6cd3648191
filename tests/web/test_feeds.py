"""Calendars by address, as subscribers' programs fetch them."""

import contextlib
import contextvars
import gzip
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from sqlalchemy.event import listen, remove

from festival.domain.words import Words
from festival.extensions import db
from festival.services import events
from tests.conftest import both_databases

OUTLOOK = "Microsoft.Exchange/15.20 (Outlook-iOS)"


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


def test_the_agenda_reaches_from_a_month_ago_to_a_year_and_a_half_ahead(
    fetch, build, clock
):
    days = {"long gone": -31, "gone": -29, "far": 540, "too far": 549}
    for name, day in days.items():
        starts_at = clock() + timedelta(days=day)
        build.event(name.replace(" ", "-"), name=Words(en=name), starts_at=starts_at)

    assert list(read(fetch("/agenda.ics?lang=en"))) == ["gone", "far"]


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


def test_a_subscribed_event_stays_when_it_is_full(fetch, build):
    event = build.event("opening", capacity=1)
    build.guest(event)

    assert list(read(fetch("/agenda.ics?seats=free"))) == ["Ouverture"]


def test_the_archive_signs_no_calendar_entry(visitor, build):
    build.event("inauguration", sources=["A newspaper, 2018"])

    page = visitor.opens("/fr/events/inauguration")

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
    assert headers["Vary"] == "Accept-Encoding"
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
    assert zipped.headers["Vary"] == whole.headers["Vary"] == "Accept-Encoding"
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

    assert (len(one), len(three)) == (3, 3)


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
