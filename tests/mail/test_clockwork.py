"""What time alone is the cause of is done once, by whoever keeps time."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from festival import calendars, editions
from festival.extensions import db
from festival.mail import clockwork, relay
from festival.mail.clockwork import Clockwork
from festival.models.events import CalendarEntry, Event
from festival.models.journal import Lease, Letter
from festival.queries import calendar, waiting_list
from festival.services import events, leases, queue, reminders, retention
from festival.services.calendar_entries import Written
from tests.builders import Builders
from tests.conftest import Clock, both_databases
from tests.mail.test_relay import waits_until
from tests.web.test_feeds import selects


def holds_that_are_over(build: Builders, clock: Clock, number: int) -> list[int]:
    """As many events with one seat each, held in vain; somebody waits for it."""
    waiting = []
    for n in range(number):
        event = build.event(f"by-mail-{n}", reply_policy="mail", capacity=1)
        build.guest(event, "Ada")
        waiting.append(build.guest(event, "Ben").id)
    clock.moves(minutes=31)
    return waiting


def letters_to(rsvp_id: int) -> int:
    db.session.rollback()
    of = select(func.count(Letter.id)).where(Letter.rsvp_id == rsvp_id)
    return db.session.scalars(of).one()


@both_databases
def test_holds_end_and_old_guests_are_forgotten(
    app: Flask, build: Builders, clock: Clock
) -> None:
    by_mail = build.event("by-mail", reply_policy="mail", capacity=1)
    late = build.guest(by_mail, "Ada")
    queued = build.guest(by_mail, "Ben")
    long_ago = build.event("long-ago", starts_at=clock() + timedelta(days=1))
    guest = build.guest(long_ago, "Cleo")
    assert (late.status, queued.status) == ("held", "waiting")

    clock.moves(minutes=31)
    clockwork.keep_time()
    db.session.expire_all()
    assert (late.status, queued.status) == ("expired", "offered")
    assert guest.name == "Cleo"

    clock.moves(days=33)
    clockwork.keep_time()
    db.session.expire_all()
    assert guest.name == ""


@both_databases
def test_guests_are_reminded_and_asked_and_nobody_twice(
    app: Flask, build: Builders, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "AT_MOST", 2)
    clock.moves(hours=-22)  # yesterday at two
    event = build.event(capacity=None, starts_at=clock() + timedelta(days=3))
    asks = build.event("asks", starts_at=event.starts_at, asks_still_coming=True)
    for n in range(5):
        build.guest(event, f"Guest{n}")
    build.guest(asks, "Ada")
    clock.moves(days=2)
    for _ in range(3):
        clockwork.keep_time()

    clock.moves(hours=1)
    clockwork.keep_time()

    def written(kind: str) -> int:
        found = select(func.count(Letter.id)).where(Letter.kind == kind)
        return db.session.scalars(found).one()

    assert (written("reminder"), written("still-coming")) == (5, 1)


@both_databases
def test_clockworks_side_by_side_do_each_thing_once(
    app: Flask, build: Builders, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard: ``step`` does nothing while the lease is another's."""
    waiting = holds_that_are_over(build, clock, 5)
    told = {number: letters_to(number) for number in waiting}
    settled: list[int] = []
    real = queue.settle_due

    def counted(event_id: int, now: datetime) -> None:
        settled.append(event_id)
        real(event_id, now)

    monkeypatch.setattr(queue, "settle_due", counted)
    together = threading.Barrier(3)

    def keeps_time() -> None:
        with app.app_context():
            together.wait()
            Clockwork().round()

    db.session.rollback()
    threads = [threading.Thread(target=keeps_time) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(settled) == len(set(settled)) == 5
    assert {number: letters_to(number) - told[number] for number in waiting} == (
        dict.fromkeys(waiting, 1)
    )


@both_databases
def test_whoever_keeps_time_keeps_it_until_it_stops_or_dies(
    app: Flask, clock: Clock
) -> None:
    """Guard: ``step`` does nothing while the lease is another's."""
    first, second = Clockwork(), Clockwork()

    assert first.round()
    assert not second.round()
    clock.time += clockwork.SPAN
    assert second.round()  # the first one died
    assert not first.round()
    second.give_back()
    assert first.round()


@both_databases
def test_a_lease_lost_in_the_middle_of_a_round_ends_the_round(
    app: Flask, build: Builders, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard: each step takes the lease again."""
    waiting = holds_that_are_over(build, clock, 2)
    real = queue.settle_due
    settled = []

    def slowly(event_id: int, now: datetime) -> None:
        real(event_id, now)
        settled.append(event_id)
        clock.time += clockwork.SPAN  # it takes too long: this one is committed still

    monkeypatch.setattr(queue, "settle_due", slowly)
    other = Clockwork()
    step = Clockwork.step

    def then_another_takes_over(self: Clockwork, deed):
        if self is not other and len(settled) == 1:
            assert leases.take(clockwork.LEASE, "another", clock(), clockwork.SPAN)
            db.session.commit()
        return step(self, deed)

    monkeypatch.setattr(Clockwork, "step", then_another_takes_over)

    assert not Clockwork().round()

    assert len(settled) == 1
    assert [letters_to(number) for number in waiting] == [2, 1]


@pytest.mark.parametrize(
    "broken",
    ["settle_due", "tidy", "scrub", "events_due", "remind_due", "ask_due", "unwritten"],
)
def test_a_task_that_fails_keeps_no_other_from_its_work(
    app: Flask,
    build: Builders,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: str,
) -> None:
    """Guard: ``_going_on`` around each task."""
    waiting = holds_that_are_over(build, clock, 2)
    done: list[str] = []

    def fails(*_args: object, **_facts: object) -> None:
        raise RuntimeError("about ada@example.org")

    home = {
        "settle_due": queue,
        "tidy": retention,
        "scrub": clockwork.database,
        "events_due": waiting_list,
        "remind_due": reminders,
        "ask_due": reminders,
        "unwritten": calendar,
    }[broken]
    monkeypatch.setattr(home, broken, fails)
    monkeypatch.setattr(clockwork.mailbox, "read", lambda _step: done.append("read"))
    build.guest(build.event("erased"), "Cleo")
    erased = build.guest(build.event("erased-2"), "Dan")
    retention.rsvps.erase(erased, now=clock())
    db.session.commit()

    assert Clockwork().round()

    assert done == ["read"]
    assert "RuntimeError" in caplog.text
    assert "example.org" not in caplog.text
    moved = [letters_to(number) for number in waiting]
    assert moved == ([1, 1] if home in {queue, waiting_list} else [2, 2])


def test_one_event_that_cannot_be_settled_keeps_no_other_waiting(
    app: Flask, build: Builders, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard: ``attempt``: an event is a step of its own, which may fail."""
    waiting = holds_that_are_over(build, clock, 3)
    real, bad = queue.settle_due, waiting_list.events_due(clock())[0]

    def fails_once(event_id: int, now: datetime) -> None:
        real(event_id, now)
        if event_id == bad:
            raise RuntimeError

    monkeypatch.setattr(queue, "settle_due", fails_once)

    clockwork.keep_time()

    assert [letters_to(number) for number in waiting] == [1, 2, 2]


def test_many_are_forgotten_few_at_a_time(
    app: Flask, build: Builders, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = build.event(capacity=None, starts_at=clock() + timedelta(days=1))
    for n in range(5):
        build.guest(event, f"Guest{n}")
    clock.moves(days=40)
    monkeypatch.setattr(clockwork, "AT_MOST", 2)
    real, erased = retention.tidy, []

    def counted(now: datetime, *, at_most: int) -> int:
        erased.append(real(now, at_most=at_most))
        return erased[-1]

    monkeypatch.setattr(retention, "tidy", counted)

    clockwork.keep_time()

    assert erased == [2, 2, 1]


def test_what_was_erased_is_scrubbed_from_the_files_once(
    app: Flask, build: Builders, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = build.guest(build.event(), "Ada")
    answers = [False, True, True]
    scrubbed = []

    def scrub(_engine: object) -> bool:
        scrubbed.append(clock())
        return answers.pop(0)

    monkeypatch.setattr(clockwork.database, "scrub", scrub)
    keeper = Clockwork()
    keeper.round()
    assert scrubbed == []

    retention.rsvps.erase(guest, now=clock())
    db.session.commit()
    clock.moves(seconds=30)
    for _ in range(4):  # in vain, done, and no need any more
        keeper.round()

    assert len(scrubbed) == 2


@both_databases
def test_calendar_entries_are_written_a_few_at_a_time_and_once(
    app: Flask, build: Builders, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "AT_MOST", 2)
    event = build.event("event-0")
    for n in range(1, 5):
        build.event(f"event-{n}")
    build.event("draft", published=False)
    build.event("archive", sources=["A newspaper"])
    rounds = []

    def unwritten(now: datetime, **asked: Any) -> list[int]:
        rounds.append(real(now, **asked))
        return rounds[-1]

    real = calendar.unwritten
    monkeypatch.setattr(calendar, "unwritten", unwritten)
    keeper = Clockwork()

    keeper.round()
    assert [len(some) for some in rounds] == [2, 2, 1, 0] * 2  # French, English
    keeper.round()
    assert len(rounds) == 8

    event = db.session.get_one(Event, event.id)
    events.revise(
        event,
        starts_at=event.starts_at + timedelta(hours=1),
        actor="test",
        now=clock.moves(hours=1),
    )
    db.session.commit()
    keeper.round()
    assert rounds[8:] == [[event.id], [], [event.id], []]
    found = db.session.scalars(select(CalendarEntry)).all()
    assert Counter((one.language, one.revision) for one in found) == {
        ("fr", 0): 4,
        ("fr", 1): 1,
        ("en", 0): 4,
        ("en", 1): 1,
    }


def test_an_event_that_cannot_be_written_keeps_no_other_waiting(
    app: Flask,
    build: Builders,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(clockwork, "AT_MOST", 2)
    bad = {build.event(f"bad-{n}").id for n in range(3)}
    build.event("good")
    real = calendars.write

    def write(event: Event) -> Written:
        if event.id in bad:
            raise ValueError("about ada@example.org")
        return real(event)

    monkeypatch.setattr(calendars, "write", write)
    keeper = Clockwork()
    for number in range(2):
        keeper.round()
        build.event(f"another-{number}")

    slugs = select(Event.slug).join(CalendarEntry, CalendarEntry.event_id == Event.id)
    assert Counter(db.session.scalars(slugs)) == {"good": 2, "another-0": 2}
    assert caplog.text.count("ValueError") == 1
    assert "example.org" not in caplog.text


def test_after_a_restore_entries_are_written_although_the_number_is_the_same(
    app: Flask, build: Builders, clock: Clock
) -> None:
    build.event()
    keeper = Clockwork()
    keeper.round()
    db.session.execute(delete(CalendarEntry))
    editions.renew()
    db.session.commit()

    keeper.round()

    assert len(db.session.scalars(select(CalendarEntry)).all()) == 2


def test_what_no_calendar_holds_is_let_go(
    app: Flask, build: Builders, clock: Clock
) -> None:
    far = build.event("far", starts_at=clock() + timedelta(days=560))
    soon = build.event("soon")
    numbers = {soon.id: "soon", far.id: "far"}
    keeper = Clockwork()

    def kept() -> set[str]:
        keeper.round()
        found = db.session.scalars(select(CalendarEntry.event_id))
        return {numbers[number] for number in found}

    assert kept() == {"soon"}
    clock.moves(days=20)  # a new day: nothing else has changed
    assert kept() == {"soon", "far"}
    clock.moves(days=20)
    assert kept() == {"far"}
    far.listed = False
    db.session.commit()
    assert kept() == set()


def test_a_calendar_with_nothing_to_write_costs_a_look(
    app: Flask, build: Builders, clock: Clock
) -> None:
    build.event()
    keeper = Clockwork()
    keeper.round()
    db.session.rollback()

    with selects() as asked:
        clockwork.write_entries(keeper)

    assert len(asked) == 1


def test_letters_go_while_the_clockwork_is_busy(
    app: Flask, post, mail_server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard: a thread of its own for the clockwork."""
    busy, free = threading.Event(), threading.Event()

    def reads(_step: object) -> None:
        busy.set()
        free.wait(5)

    monkeypatch.setattr(clockwork.mailbox, "read", reads)
    running = relay.start(app)
    try:
        assert busy.wait(5)
        post.letters("ada@example.org")
        waits_until(lambda: mail_server.recipients == ["ada@example.org"])
        assert not free.is_set()
    finally:
        free.set()
        running.stop()


def test_a_process_that_ends_well_gives_the_lease_back(
    app: Flask, clock: Clock
) -> None:
    """Guard: ``give_back`` when the thread ends."""
    running = relay.start(app)

    def kept() -> Lease | None:
        db.session.rollback()
        return db.session.scalars(select(Lease)).first()

    waits_until(kept)
    db.session.rollback()
    running.stop()

    assert kept().until == clock()
