"""The private calendar of what an address said yes to: on its page, and as a feed."""

from __future__ import annotations

import contextvars
import gzip
import re
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import icalendar
import pytest
import vobject
from sqlalchemy import select
from sqlalchemy.event import listen, remove

from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.mail import letters
from festival.models.journal import Letter
from festival.models.rsvps import PersonalCalendar, Rsvp
from festival.services import amendments, events, rsvps
from tests.builders import everything
from tests.conftest import both_databases
from tests.visitor import link_of

SEND = "M’envoyer l’adresse de mon agenda"
RENEW, STOP = "Nouvelle adresse", "Arrêter cet agenda"
ZOE = "zoe@example.org"
ONLINE = "https://meet.example/velo"


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


@pytest.fixture
def zoe(build):
    event = build.event(online_link=ONLINE, description=Words(en="Come. " * 200))
    return build.guest(event, "Zoé", address=ZOE, party_size=2)


def feed_of(build, guest) -> str:
    return link_of("feed", build.calendar(guest))


def read(response) -> dict[str, icalendar.Event]:
    """The VEVENTs of an answer, by their summary."""
    assert response.status_code == 200
    found = icalendar.Calendar.from_ical(response.data).events
    return {str(event["SUMMARY"]).replace("\u00a0", " "): event for event in found}


def plain(event: icalendar.Event) -> str:
    return str(event["DESCRIPTION"]).replace("\u00a0", " ")


def letters_of(kind: str = "my-calendar") -> list[Letter]:
    db.session.rollback()
    found = select(Letter).where(Letter.kind == kind).order_by(Letter.id)
    return list(db.session.scalars(found))


def calendars() -> list[PersonalCalendar]:
    db.session.rollback()
    query = select(PersonalCalendar).order_by(PersonalCalendar.id)
    return list(db.session.scalars(query))


# To whom its address goes


def test_the_address_goes_by_letter_and_the_letter_leads_to_it(visitor, clock, zoe):
    visitor.opens(link_of("manage", zoe))
    page = visitor.presses(SEND)

    assert f"L’adresse de votre agenda part par e-mail à {ZOE}." in page.text
    (letter,) = letters_of()
    assert (letter.recipient, letter.limit_key) == (ZOE, ZOE)
    text = letters.written(letter, clock.time).body
    (link,) = set(re.findall(r"https://halle.example(/fr/calendar/[^\s\"<]+)", text))
    page = visitor.opens(link)
    assert (page.status, page.heading) == (200, "Mon agenda")
    assert "Ouverture" in page.text
    assert "z…@example.org" in page.text
    assert ZOE not in page.response.text


def test_whoever_types_my_address_never_sees_my_calendar(visitor, build, zoe):
    """Neither with a reply of their own in my name, nor with a further one of mine."""
    feed = link_of("feed", build.calendar(zoe))
    own = link_of("calendar", build.calendar(zoe))
    first = build.guest(build.event("other"), "Eve", address=ZOE)
    further = build.guest(zoe.event, "Eve", address=ZOE)

    for record in (first, further):
        visitor.opens(link_of("manage", record))
        for page in (visitor.page, visitor.presses(SEND)):
            assert page.status == 200
            for key in (feed, own):
                assert re.search("[-_A-Za-z0-9]{36}", key)[0] not in page.response.text
        told = visitor.opens(f"{link_of('manage', record)}/data").response.text
        assert "/calendar/" not in told

    assert {letter.recipient for letter in letters_of()} == {ZOE}


def test_the_file_of_what_is_kept_is_the_same_with_a_calendar(visitor, build, zoe):
    stranger = build.guest(build.event("other"), "Eve", address=ZOE)
    path = f"{link_of('manage', stranger)}/data"
    without = visitor.opens(path).response.text

    build.calendar(zoe)

    assert visitor.opens(path).response.text == without
    assert "si votre adresse a son propre agenda" in without


def test_no_key_of_a_calendar_is_in_the_database(build, zoe):
    calendar = build.calendar(zoe)

    kept = repr(everything())

    for purpose in ("calendar", "feed"):
        key = re.search("[-_A-Za-z0-9]{36}", link_of(purpose, calendar))[0]
        assert key[12:] not in kept


@both_databases
def test_a_form_sends_three_an_hour_at_most_and_one_at_a_time(build, clock, zoe):
    for _ in range(3):
        build.calendar(zoe)
    assert len(letters_of()) == 1

    for _ in range(5):
        for letter in letters_of():  # as if the relay had come by
            letter.status, letter.final_at = "sent", clock.time
        db.session.commit()
        clock.moves(minutes=1)
        build.calendar(zoe)

    due = [letter.due_at - letter.posted_at for letter in letters_of()]
    assert due[:2] == [timedelta(0)] * 2
    assert all(late > timedelta(minutes=50) for late in due[2:])
    assert len(calendars()) == 1


def test_who_wants_no_letters_gets_none_and_reads_why(visitor, build, zoe):
    visitor.opens(link_of("silence", zoe))
    visitor.presses("Ne plus jamais m’écrire")

    page = visitor.opens(link_of("manage", zoe))

    assert SEND not in page.buttons
    assert "Nous n’écrivons plus" in page.text
    again = build.guest(zoe.event, "Eve", address=ZOE)
    visitor.opens(link_of("manage", again))
    assert f"part par e-mail à {ZOE}" in visitor.presses(SEND).text
    assert [letter.status for letter in letters_of()] == ["silenced"]


def test_a_change_of_the_reply_does_not_take_the_letter_back(build, clock, zoe):
    build.calendar(zoe)

    amendments.change_party(zoe, 3, now=clock.time)
    db.session.commit()

    assert [letter.status for letter in letters_of()] == ["waiting"]


# What is in it


def test_it_holds_what_the_address_said_yes_to_and_how_that_stands(fetch, build):
    full = {"capacity": 2, "online_link": ONLINE}
    comes, waits, held = (
        build.event(slug, name=Words(fr=slug), **facts)
        for slug, facts in (
            ("comes", full),
            ("waits", full),
            ("held", {"reply_policy": ReplyPolicy.MAIL}),
        )
    )
    build.guest(waits, "Ben", party_size=2)
    for event in (comes, waits, held):
        guest = build.guest(event, "Zoé", address=ZOE, party_size=2)
    build.guest(comes, "Ada", address="ada@example.org")

    answer = fetch(feed_of(build, guest))
    found = read(answer)

    assert set(found) == {"comes", "LISTE D’ATTENTE : waits", "À CONFIRMER : held"}
    sure = found["comes"]
    assert (sure["UID"], sure["STATUS"]) == (comes.uid, "CONFIRMED")
    assert (sure["TRANSP"], sure["DTSTAMP"].dt) == ("OPAQUE", comes.revised_at)
    assert "Vous venez : 2 personnes." in plain(sure)
    assert ONLINE in sure["DESCRIPTION"]
    assert sure["CONFERENCE"] == ONLINE
    for name in ("LISTE D’ATTENTE : waits", "À CONFIRMER : held"):
        assert (found[name]["STATUS"], found[name]["TRANSP"]) == (
            *("TENTATIVE", "TRANSPARENT"),
        )
        assert ONLINE not in found[name].to_ical().decode()
    private = ("ATTENDEE", guest.door_code, ZOE, "Zoé", "/rsvp/", "/calendar/")
    text = answer.text.replace("\r\n ", "")
    assert [word for word in private if word in text] == []


def test_it_says_of_itself_what_a_calendar_says(fetch, build, zoe):
    body = fetch(feed_of(build, zoe)).data
    calendar = icalendar.Calendar.from_ical(body)

    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["NAME"] == calendar["X-WR-CALNAME"]
    assert "mes inscriptions" in calendar["NAME"]
    assert (calendar["X-PUBLISHED-TTL"], "UID" in calendar) == ("PT1H", False)
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert "SOURCE" not in calendar  # it is a key
    assert [zone["TZID"] for zone in calendar.timezones] == ["Europe/Paris"]
    assert calendar.events[0]["ORGANIZER"] == "mailto:bonjour@halle.example"


def test_another_program_reads_the_same_in_it(fetch, build, zoe):
    waits = build.event("waits", name=Words(fr="À table; à dix, oui"), capacity=1)
    build.guest(waits, "Ben")
    build.guest(waits, "Zoé", address=ZOE)

    answer = fetch(f"{feed_of(build, zoe)}?alarm=60")

    told = {
        event.uid.value: (
            event.summary.value.replace("\u00a0", " "),
            event.dtstart.value,
            event.status.value,
            len(event.contents.get("valarm", ())),
        )
        for event in vobject.readOne(answer.text).vevent_list
    }
    assert told == {
        zoe.event.uid: ("Ouverture", zoe.event.starts_at, "CONFIRMED", 1),
        waits.uid: (
            *("LISTE D’ATTENTE : À table; à dix, oui", waits.starts_at),
            *("TENTATIVE", 0),
        ),
    }


def test_a_calendar_of_nothing_is_one_still(fetch, build, clock, zoe):
    path = feed_of(build, zoe)
    rsvps.withdraw(zoe, now=clock.time)
    db.session.commit()

    answer = fetch(path)

    assert read(answer) == {}
    assert b"BEGIN:VTIMEZONE" in answer.data


@both_databases
def test_what_is_no_longer_a_yes_leaves(fetch, build, clock):
    withdrawn, expired, comes = (
        build.event(
            slug,
            name=Words(fr=slug),
            reply_policy=ReplyPolicy.MAIL if slug == "expired" else ReplyPolicy.OPEN,
        )
        for slug in ("withdrawn", "expired", "comes")
    )
    guests = [
        build.guest(each, "Zoé", address=ZOE) for each in (withdrawn, expired, comes)
    ]
    path = feed_of(build, guests[2])
    assert len(read(fetch(path))) == 3

    rsvps.withdraw(guests[0], now=clock.moves(minutes=31))
    db.session.commit()

    assert set(read(fetch(path))) == {"comes"}


@pytest.mark.parametrize(
    ("deed", "name", "status"),
    [
        (events.cancel, "ANNULÉ : Ouverture", "CANCELLED"),
        (events.postpone, "REPORTÉ : Ouverture", "TENTATIVE"),
    ],
)
def test_what_does_not_take_place_stays_and_says_so(
    fetch, build, clock, zoe, deed, name, status
):
    path = feed_of(build, zoe)
    deed(zoe.event, Words(fr="La salle est inondée."), actor="test", now=clock.time)
    db.session.commit()

    event = read(fetch(path))[name]

    assert event["STATUS"] == status
    assert "La salle est inondée." in event["DESCRIPTION"]
    assert "Vous venez" not in event["DESCRIPTION"]
    assert ONLINE not in event.to_ical().decode()


def test_google_is_told_of_what_is_cancelled_by_its_name_alone(
    fetch, visitor, build, clock, zoe
):
    """Whatever says that it is cancelled, Google hides."""
    visitor.opens(link_of("calendar", build.calendar(zoe)) + "?alarm=60")
    subscribed = parse_qs(urlsplit(visitor.page.link("Google")).query)["cid"][0]
    others = [visitor.page.link("iPhone"), visitor.page.link("Outlook")]
    events.cancel(zoe.event, Words(fr="Eau."), actor="test", now=clock.time)
    db.session.commit()

    (path,) = re.findall(r"halle.example(/\S+)", subscribed)
    shown, told = fetch(path), fetch(feed_of(build, zoe))

    assert "alarm=60" in path
    assert "cancelled" not in "".join(others)
    assert set(read(shown)) == set(read(told)) == {"ANNULÉ : Ouverture"}
    assert b"STATUS:CANCELLED" not in shown.data
    assert shown.data.count(b"\r\n") == told.data.count(b"\r\n") - 1
    assert fetch(path.replace("keep", "whatever")).data == told.data


@both_databases
def test_a_program_is_told_that_a_place_came_free(fetch, build, clock):
    event = build.event(capacity=2)
    first = build.guest(event, "Ben", party_size=2)
    zoe = build.guest(event, "Zoé", address=ZOE, party_size=2)
    path = feed_of(build, zoe)
    (waits,) = read(fetch(path)).values()

    rsvps.withdraw(first, now=clock.moves(hours=1))
    rsvps.confirm(zoe, now=clock.moves(hours=1))
    db.session.commit()

    (comes,) = read(fetch(path)).values()
    assert (waits["STATUS"], comes["STATUS"]) == ("TENTATIVE", "CONFIRMED")
    assert waits["DTSTAMP"].dt == event.revised_at
    assert (comes["DTSTAMP"].dt, comes["LAST-MODIFIED"].dt) == (clock.time,) * 2

    amendments.change_party(zoe, 1, now=clock.moves(hours=1))
    db.session.commit()
    (comes,) = read(fetch(path)).values()
    assert comes["DTSTAMP"].dt == clock.time

    zoe.letters_off = True
    clock.moves(hours=1)
    db.session.commit()
    assert read(fetch(path)).popitem()[1]["DTSTAMP"].dt == comes["DTSTAMP"].dt


def test_its_sequence_is_never_below_what_a_letter_said(fetch, build, clock, zoe):
    path = feed_of(build, zoe)
    rsvps.withdraw(zoe, now=clock.moves(minutes=1))
    rsvps.come_back(zoe, now=clock.moves(minutes=1))
    db.session.commit()
    told = zoe.letter_sequence
    assert told > zoe.event.revision

    assert read(fetch(path))["Ouverture"]["SEQUENCE"] == told

    for _ in range(3):
        later = zoe.event.starts_at + timedelta(hours=1)
        events.revise(
            zoe.event, actor="test", now=clock.moves(hours=1), starts_at=later
        )
    db.session.commit()
    assert read(fetch(path))["Ouverture"]["SEQUENCE"] == max(told, zoe.event.revision)


def test_two_addresses_never_see_each_other_s(fetch, build):
    event, other = build.event(), build.event("other", name=Words(fr="Autre"))
    addresses = ("zoe@example.org", "zoe+1@example.org", "xzoe@example.org")
    guests = [build.guest(event, "Zoé", address=address) for address in addresses]
    build.guest(other, "Zoé", address="ZOE@Example.org")

    found = [set(read(fetch(feed_of(build, guest)))) for guest in guests]

    assert found == [{"Ouverture", "Autre"}, {"Ouverture"}, {"Ouverture"}]


def test_programs_ring_when_they_are_asked_to(fetch, build, zoe):
    waits = build.event("waits", capacity=1)
    build.guest(waits, "Ben")
    build.guest(waits, "Zoé", address=ZOE)
    path = feed_of(build, zoe)
    silent = fetch(path).data

    for minutes in (0, 60, 10080):
        found = icalendar.Calendar.from_ical(fetch(f"{path}?alarm={minutes}").data)
        rings = [alarm["TRIGGER"].dt for alarm in found.walk("VALARM")]
        assert rings == [-timedelta(minutes=minutes)]
    for wrong in ("10081", "-5", "1h", "", "٦٠", "9" * 99):
        assert fetch(f"{path}?alarm={wrong}").data == silent


def test_it_speaks_the_language_of_its_page(fetch, visitor, build, zoe):
    own = link_of("calendar", build.calendar(zoe), "en")
    visitor.opens(own)
    address = visitor.page.html.select_one("#feed")["value"]

    path = address.removeprefix("https://halle.example")

    assert "You are coming: 2 people." in read(fetch(path))["Opening"]["DESCRIPTION"]
    assert unquote(visitor.page.link("Google")).endswith(
        "webcal" + address.removeprefix("https") + "&cancelled=keep"
    )


def test_it_asks_the_database_as_often_whatever_is_in_it(fetch, build, zoe):
    path = feed_of(build, zoe)
    counted = []
    for number in (1, 3):
        for each in range(number):
            venue = build.venue(f"venue-{number}-{each}")
            space = build.space(venue)
            event = build.event(f"more-{number}-{each}", venue=venue, space=space)
            build.guest(event, "Zoé", address=ZOE)
        asked: list[str] = []
        count = lambda *said: asked.append(said[2])  # noqa: E731, B023
        listen(db.engine, "before_cursor_execute", count)
        fetch(path)
        remove(db.engine, "before_cursor_execute", count)
        counted.append(len(asked))

    assert counted[0] == counted[1] < 10


# How it is sent


def test_the_feed_is_one_person_s_and_programs_may_ask_whether_it_changed(
    fetch, build, zoe
):
    path = feed_of(build, zoe)

    first, second = fetch(path), fetch(path)

    headers = first.headers
    assert first.data == second.data
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Cache-Control"] == "private, max-age=0"
    assert (headers["X-Robots-Tag"], headers["Referrer-Policy"]) == (
        *("noindex", "no-referrer"),
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Vary"] == "Accept-Encoding"
    assert not {"Set-Cookie", "Access-Control-Allow-Origin"} & {*headers.keys()}
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    tag = headers["ETag"]
    assert not tag.startswith("W/")
    same = fetch(path, If_None_Match=tag)
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    assert fetch(path, If_None_Match='"other"').status_code == 200
    head = fetch(path, "HEAD")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == tag
    assert int(head.headers["Content-Length"]) == len(first.data)


def test_it_is_zipped_for_who_can_read_it(fetch, build, zoe):
    path = feed_of(build, zoe)

    plain, zipped = fetch(path), fetch(path, Accept_Encoding="gzip")

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    told = fetch(path, Accept_Encoding="gzip", If_None_Match=zipped.headers["ETag"])
    assert told.status_code == 304
    outlook = fetch(path, Accept_Encoding="gzip", User_Agent="Microsoft Outlook 16")
    assert outlook.data == plain.data


def test_an_address_with_a_slash_too_many_is_a_key_still(fetch, build, zoe):
    for path in (feed_of(build, zoe), link_of("manage", zoe)):
        head, _, key = path.rpartition("/")

        answer = fetch(f"{head}//{key}")

        assert answer.status_code == 308
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"


@both_databases
def test_a_forged_key_opens_nothing_and_each_key_one_door(fetch, build, zoe):
    calendar = build.calendar(zoe)
    feed, own = link_of("feed", calendar), link_of("calendar", calendar)
    key, page_key = (re.search("[-_A-Za-z0-9]{36}", each)[0] for each in (feed, own))
    manage = re.search("[-_A-Za-z0-9]{36}", link_of("manage", zoe))[0]
    forged = [
        *(feed.replace(key, wrong) for wrong in (page_key, manage, "x" * 36, "é" * 36)),
        *(feed.replace(key, wrong) for wrong in (key[:-1], key + "x", "%00" * 36)),
        *(own.replace(page_key, wrong) for wrong in (key, manage, "x" * 36)),
        feed.replace(key, calendar.public_id + "A" * 24),
    ]

    assert [fetch(path).status_code for path in forged] == [404] * len(forged)
    assert fetch(feed).status_code == fetch(own).status_code == 200


# Another address, and none


def test_a_new_address_takes_the_place_of_the_old_one(fetch, visitor, build, zoe):
    old = link_of("feed", build.calendar(zoe))
    own = link_of("calendar", build.calendar(zoe))
    visitor.opens(own)
    seal = visitor.page.html.select_one("input[name=seal]")["value"]

    page = visitor.presses(RENEW)

    new = page.html.select_one("#feed")["value"].removeprefix("https://halle.example")
    assert "une nouvelle adresse, que nous vous envoyons aussi" in page.text
    assert set(read(fetch(new))) == {"Ouverture"}
    gone = fetch(old)
    assert (gone.status_code, gone.data) == (410, b"")
    assert visitor.opens(own).status == 410
    again = visitor.sends(f"{own}/renew", {"seal": seal})  # a second tap, or a thief
    assert (again.status, again.heading) == (410, "Cet agenda est arrêté")
    assert own.startswith(again.path.partition("?")[0])
    assert page.path.partition("?")[0] not in again.response.text
    assert [each.address_key for each in calendars()] == [None, ZOE]
    assert [letter.status for letter in letters_of()] == ["superseded", "waiting"]
    text = letters.written(letters_of()[1], visitor.clock.time).body
    assert page.path.partition("?")[0] in text
    again = build.calendar(zoe)
    assert link_of("feed", again) == new


def test_a_calendar_is_stopped_by_its_guest(fetch, visitor, build, zoe):
    feed = link_of("feed", build.calendar(zoe))
    visitor.opens(link_of("calendar", build.calendar(zoe)))

    page = visitor.presses(STOP)

    assert (page.status, page.heading) == (410, "Cet agenda est arrêté")
    assert (fetch(feed).status_code, fetch(feed).data) == (410, b"")
    assert [each.address_key for each in calendars()] == [None]
    assert db.session.scalars(select(Rsvp.status)).one() == "confirmed"
    assert link_of("feed", build.calendar(zoe)) != feed


def test_looking_at_it_changes_nothing(fetch, build, zoe):
    calendar = build.calendar(zoe)
    before = everything()

    for path in (link_of("feed", calendar), link_of("calendar", calendar)):
        for method in ("GET", "HEAD"):
            assert fetch(path, method).status_code == 200

    assert everything() == before


# What is erased


@both_databases
def test_it_goes_with_the_last_reply_of_its_address(fetch, build, clock, zoe):
    other = build.guest(build.event("other"), "Zoé", address=ZOE)
    path = feed_of(build, zoe)

    rsvps.erase(zoe, now=clock.time)
    db.session.commit()
    assert len(read(fetch(path))) == 1
    rsvps.erase(other, now=clock.time)
    db.session.commit()

    gone = fetch(path)
    assert (gone.status_code, gone.data) == (410, b"")
    assert "zoe@" not in repr(everything())


def test_it_goes_with_an_address_that_was_corrected(fetch, build, clock, zoe):
    """Whose it was before may be anybody."""
    path = feed_of(build, zoe)
    mended = build.reply("Zoé", address="zoe@example.net")

    amendments.correct_address(zoe, mended, now=clock.moves(minutes=5))
    db.session.commit()

    assert fetch(path).status_code == 410
    found = fetch(feed_of(build, zoe))
    assert set(read(found)) == {"Ouverture"}
