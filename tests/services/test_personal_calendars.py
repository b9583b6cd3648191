"""The calendar of one address: forgotten in time, after a restore, and by erasures."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from festival.extensions import current_settings, db
from festival.models.journal import Letter, LogEntry
from festival.models.rsvps import PersonalCalendar, Rsvp
from festival.services import (
    amendments,
    erasures,
    personal_calendars,
    retention,
    rsvps,
)
from tests.builders import everything
from tests.conftest import both_databases

ZOE = "zoe@example.org"


@pytest.fixture
def zoe(build):
    return build.guest(build.event(), "Zoé", address=ZOE)


def living() -> list[str | None]:
    db.session.rollback()
    query = select(PersonalCalendar.address_key).order_by(PersonalCalendar.id)
    return list(db.session.scalars(query))


def letters_of() -> list[tuple[str, str]]:
    query = select(Letter.recipient, Letter.status).where(Letter.kind == "my-calendar")
    return [(to, str(status)) for to, status in db.session.execute(query)]


@both_databases
def test_it_is_forgotten_with_the_last_guest_and_gone_for_good_a_year_later(
    build, clock, zoe
):
    build.calendar(zoe)

    retention.tidy(zoe.event.ends_at + timedelta(days=30))
    db.session.commit()
    assert living() == [ZOE]
    forgotten = zoe.event.ends_at + timedelta(days=30, seconds=1)
    retention.tidy(forgotten)
    db.session.commit()
    assert living() == [None]
    assert "zoe@" not in repr(everything())

    retention.tidy(forgotten + timedelta(days=365))
    db.session.commit()
    assert living() == [None]
    retention.tidy(forgotten + timedelta(days=365, seconds=1))
    db.session.commit()
    assert living() == []


@both_databases
def test_what_was_revoked_is_revoked_again_in_what_a_dump_brought_back(
    build, clock, zoe
):
    stopped = build.calendar(zoe)
    other = build.guest(build.event("other"), "Ada", address="ada@example.org")
    build.calendar(other)
    personal_calendars.stop(stopped, now=clock.moves(hours=1))
    db.session.commit()
    db.session.execute(
        update(PersonalCalendar)
        .where(PersonalCalendar.id == stopped.id)
        .values(address_key=ZOE, revoked_at=None)
    )
    db.session.commit()
    log = list(erasures.written(current_settings().instance / erasures.LOG))
    assert ZOE not in repr(log)

    assert retention.forget_again(log, now=clock.time) == 0
    db.session.commit()

    assert living() == [None, "ada@example.org"]


def test_an_erasure_that_comes_again_takes_the_calendar_along(build, clock, zoe):
    calendar = build.calendar(zoe)
    rsvps.erase(zoe, now=clock.moves(hours=1))
    db.session.commit()
    zoe.address = zoe.address_key = ZOE
    zoe.erased_at, calendar.address_key, calendar.revoked_at = None, ZOE, None
    db.session.commit()
    log = erasures.written(current_settings().instance / erasures.LOG)
    replies = [line for line in log if line.thing == "reply"]

    assert retention.forget_again(replies, now=clock.time) == 1
    db.session.commit()

    assert living() == [None]


def test_no_letter_leads_to_a_calendar_that_is_gone(build, clock, zoe):
    personal_calendars.stop(build.calendar(zoe), now=clock.time)
    db.session.commit()
    assert letters_of() == [(ZOE, "superseded")]

    again = build.calendar(zoe)

    assert again.address_key == ZOE
    assert letters_of() == [(ZOE, "superseded"), (ZOE, "waiting")]


def test_a_mistyped_address_gets_no_letter_any_more(build, clock, zoe):
    build.calendar(zoe)

    mended = build.reply("Zoé", address="zoe@example.net")
    amendments.correct_address(zoe, mended, now=clock.moves(minutes=5))
    db.session.commit()

    assert letters_of() == [(ZOE, "superseded")]
    assert living() == [None]


def test_a_renewal_is_within_the_limit_of_its_mailbox(build, clock, zoe):
    calendar = build.calendar(zoe)
    for _ in range(4):
        for letter in db.session.scalars(select(Letter)):  # as if the relay came by
            letter.status, letter.final_at = "sent", clock.time
        calendar = personal_calendars.renew(calendar, now=clock.time)
        db.session.commit()

    dues = db.session.scalars(select(Letter.due_at).order_by(Letter.id)).all()
    hour = timedelta(hours=1)
    assert [due - clock.time for due in dues] == [timedelta(0)] * 3 + [hour] * 3


@both_databases
@pytest.mark.parametrize("deed", ["erase", "correct"])
@pytest.mark.parametrize("asked", ["send", "renew"])
def test_an_address_that_goes_meanwhile_gets_no_calendar(
    app, build, clock, zoe, deed, asked
):
    """Guard: ``personal_calendars`` takes the turn of the reply it goes by."""
    calendar = build.calendar(zoe).id if asked == "renew" else 0
    mended, number = build.reply("Zoé", address="zoe@example.net"), zoe.id
    db.session.rollback()
    begun, done = threading.Event(), threading.Event()

    def goes():
        with app.app_context():
            rsvp = db.session.get_one(Rsvp, number)
            if deed == "erase":
                rsvps.erase(rsvp, now=clock.time)
            else:
                amendments.correct_address(rsvp, mended, now=clock.time)
            begun.set()
            done.wait(0.3)  # nobody is to get in between
            db.session.commit()

    def asks():
        with app.app_context():
            rsvp = None if calendar else db.session.get_one(Rsvp, number)
            kept = db.session.get_one(PersonalCalendar, calendar) if calendar else None
            if db.engine.dialect.name == "sqlite":
                db.session.rollback()  # it would wait already
            begun.wait(5)
            if rsvp:
                personal_calendars.send(rsvp, language="fr", now=clock.time)
            else:
                personal_calendars.renew(kept, now=clock.time)
            db.session.commit()
            done.set()

    threads = [threading.Thread(target=each) for each in (asks, goes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ZOE not in living()
    assert (ZOE, "waiting") not in letters_of()


def test_what_is_of_nobody_any_more_is_revoked_in_time(build, clock, zoe):
    """Two erasures at once may each have seen the other's reply."""
    build.calendar(build.guest(build.event("other"), "Ada", address="ada@example.org"))
    build.calendar(zoe)
    db.session.execute(update(Rsvp).where(Rsvp.id == zoe.id).values(address_key=None))
    db.session.commit()

    retention.tidy(clock.moves(minutes=1))
    db.session.commit()

    assert living() == ["ada@example.org", None]
    assert (ZOE, "superseded") in letters_of()
    revoked = select(LogEntry.actor).where(LogEntry.deed == "revoke")
    assert db.session.scalars(revoked).all() == ["retention"]


def test_stopping_twice_changes_nothing(build, clock, zoe):
    calendar = build.calendar(zoe)
    personal_calendars.stop(calendar, now=clock.time)
    db.session.commit()
    before = everything()

    personal_calendars.stop(calendar, now=clock.moves(hours=1))
    db.session.commit()

    assert everything() == before
