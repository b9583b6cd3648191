"""Forgetting in time, as the privacy page promises: on both databases."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen

from festival import database
from festival.domain.admission import RsvpStatus
from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus, LogEntry
from festival.models.rsvps import PersonalCalendar, Repeat, Rsvp
from festival.queries.silence import is_silenced
from festival.services import (
    amendments,
    calendar_entries,
    events,
    journal,
    retention,
    rsvps,
    silence,
)
from tests.builders import everything
from tests.conftest import both_databases

pytestmark = both_databases


def names() -> list[str]:
    return list(db.session.scalars(select(Rsvp.name).order_by(Rsvp.id)))


@pytest.mark.parametrize(
    ("facts", "days"),
    [({}, 30), ({"audience": "youth"}, 7), ({"discreet": True}, 2)],
)
def test_guests_are_forgotten_after_their_event(build, clock, facts, days):
    event = build.event(**facts)
    build.guest(event, "Ada", party_size=3)
    ended = event.ends_at

    kept_until = ended + timedelta(days=days)
    assert retention.tidy(kept_until) == 0
    assert retention.tidy(kept_until + timedelta(seconds=1)) == 1
    db.session.commit()

    rsvp = db.session.scalars(select(Rsvp)).one()
    assert (rsvp.name, rsvp.address, rsvp.address_key) == ("", None, None)
    assert (rsvp.status, rsvp.party_size) == ("confirmed", 3)


def test_a_reply_never_confirmed_is_forgotten_after_two_days(build, clock):
    event = build.event(reply_policy=ReplyPolicy.MAIL)
    build.guest(event, "Ada")

    retention.tidy(clock.moves(hours=48))
    assert names() == ["Ada"]
    retention.tidy(clock.moves(seconds=1))
    db.session.commit()

    assert names() == [""]


def test_withdrawing_does_not_make_an_unconfirmed_reply_last(build, clock):
    rsvp = build.guest(build.event(reply_policy=ReplyPolicy.MAIL), "Ada")
    rsvps.withdraw(rsvp, now=clock.moves(minutes=1))
    db.session.commit()

    retention.tidy(clock.moves(hours=48))
    db.session.commit()

    assert names() == [""]


def test_networks_are_forgotten_after_a_day(build, clock):
    rsvp = build.guest(build.event(), "Ada")

    retention.tidy(clock.moves(hours=24, seconds=1))
    db.session.commit()

    db.session.refresh(rsvp)
    assert (rsvp.network_key, rsvp.name) == (None, "Ada")


def test_letters_are_forgotten_a_week_after_they_left(build, clock):
    build.guest(build.event(starts_at=clock.time + timedelta(days=40)), "Ada")
    letter = db.session.scalars(select(Letter)).one()
    letter.status, letter.final_at = LetterStatus.SENT, clock.time
    db.session.commit()

    retention.tidy(clock.moves(days=7))
    assert db.session.scalars(select(Letter)).all() == [letter]
    retention.tidy(clock.moves(seconds=1))
    db.session.commit()

    assert db.session.scalars(select(Letter)).all() == []


def test_no_more_than_so_many_guests_are_forgotten_at_once(build, clock):
    event = build.event()
    for number in range(3):
        build.guest(event, f"Guest{number}")

    later = event.ends_at + timedelta(days=31)

    assert [retention.tidy(later, at_most=2) for _ in range(3)] == [2, 1, 0]


# What PAGES' table says beside guests themselves


def test_guests_of_a_postponed_event_wait_for_its_new_date(build, clock):
    event = build.event()
    build.guest(event, "Ada")
    events.postpone(event, Words(), actor="test", now=clock.moves(days=1))
    db.session.commit()

    retention.tidy(clock.moves(days=365))
    assert names() == ["Ada"]
    retention.tidy(clock.moves(seconds=1))
    db.session.commit()

    assert names() == [""]


def test_what_calendars_are_told_again_puts_no_forgetting_off(build, clock):
    event, other = build.event(), build.event("other")
    for each in (event, other):
        build.guest(each, "Ada")
    for each, later in ((event, 0), (other, 1)):
        events.postpone(each, Words(), actor="test", now=clock.moves(hours=later))
    calendar_entries.tell_again(Event.id == event.id, now=clock.moves(days=300))
    db.session.commit()

    assert retention.tidy(clock.moves(days=65), at_most=1) == 1
    db.session.commit()

    assert names() == ["", "Ada"]


def test_needs_are_forgotten_a_week_after_the_event(build, clock):
    event = build.event()
    rsvp, other = (build.guest(event, name) for name in ("Ada", "Bob"))
    rsvp.needs, other.needs_note = ["wheelchair"], "près de l’écran"
    db.session.commit()
    over = event.ends_at + timedelta(days=7)

    retention.tidy(over)
    assert (rsvp.needs, other.needs_note) == (["wheelchair"], "près de l’écran")
    retention.tidy(over + timedelta(seconds=1))
    db.session.commit()

    db.session.refresh(rsvp)
    db.session.refresh(other)
    assert (rsvp.name, rsvp.needs, other.needs_note) == ("Ada", [], "")


@pytest.mark.parametrize(
    ("status", "bounced", "said", "kept"),
    [
        ("failed", False, "550 5.1.1 no such user zoe at mx.example", "550 5.1.1"),
        ("sent", True, "5.1.1 unknown: zoe", "5.1.1"),
        ("sent", True, "smtp; 552-5.2.2 mailbox of zoe full", "552-5.2.2"),
        ("sent", False, "", None),
        ("silenced", False, "", None),
        ("parked", False, "KeyError at letters.py:12", None),
    ],
)
def test_of_a_letter_that_failed_only_the_code_is_kept(
    build, clock, status, bounced, said, kept
):
    event = build.event(starts_at=clock.time + timedelta(days=40))
    build.guest(event, "Zoé", address="zoe@example.org")
    letter = db.session.scalars(select(Letter)).one()
    letter.status, letter.final_at = LetterStatus(status), clock.time
    letter.bounced_at = clock.time if bounced else None
    letter.trouble = said
    db.session.commit()

    retention.tidy(clock.moves(days=7, seconds=1))
    db.session.commit()

    left = db.session.scalars(select(Letter)).all()
    assert [letter.trouble for letter in left] == ([] if kept is None else [kept])
    rows = repr(everything()["letter"])
    assert "zoe" not in rows
    assert "Zoé" not in rows


def test_who_wants_no_letters_is_forgotten_after_three_years(build, clock):
    rsvp = build.guest(build.event(), "Ada")
    silence.silence(rsvp, now=clock.time)
    db.session.commit()
    wanted_none = "ada1@example.org"

    retention.tidy(clock.moves(days=3 * 365))
    assert is_silenced(wanted_none)
    retention.tidy(clock.moves(seconds=1))

    assert not is_silenced(wanted_none)


def test_the_journal_is_kept_for_a_year(build, clock):
    build.event()
    journal.note("test", "event", 1, actor="test", now=clock.time)

    retention.tidy(clock.moves(days=365))
    kept = db.session.scalars(select(LogEntry.deed)).all()
    assert "test" in kept
    retention.tidy(clock.moves(seconds=1))

    assert "test" not in db.session.scalars(select(LogEntry.deed)).all()


def test_an_offer_does_not_make_a_reply_unconfirmed(build, clock):
    rsvp = build.guest(build.event(starts_at=clock.time + timedelta(days=9)), "Ada")
    rsvp.status = RsvpStatus.OFFERED
    rsvp.held_until = clock.time + timedelta(days=3)
    db.session.commit()

    retention.tidy(clock.moves(hours=50))
    db.session.commit()

    assert names() == ["Ada"]


# The database's own files


def test_an_erased_guest_is_in_no_file_of_the_database(database_kind, build, clock):
    if database_kind != "sqlite":
        assert database.scrub(db.engine)  # what PostgreSQL itself can do
        return
    event = build.event()
    for number in range(40):  # pages are split
        build.guest(event, f"Zoé{number}", address=f"zoe{number}@example.org")
    stays = build.guest(event, "Ada", address="ada@example.org")
    for rsvp in db.session.scalars(select(Rsvp).where(Rsvp.id != stays.id)).all():
        rsvps.erase(rsvp, now=clock.time)
    db.session.commit()
    folder = Path(db.engine.url.database).parent
    assert any(b"zoe" in path.read_bytes() for path in files(folder))  # the -wal

    assert database.scrub(db.engine)

    assert sum(b"ada@" in path.read_bytes() for path in files(folder)) == 1
    for path in files(folder):
        assert not re.search(rb"zoe\d|Zo\xc3\xa9", path.read_bytes()), path


def test_every_table_that_guests_are_erased_from_is_freed(database_kind, build):
    if database_kind != "postgresql":
        return
    asked = []
    listen(db.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))

    assert database.scrub(db.engine)

    (vacuum,) = (each for each in asked if "VACUUM" in each)
    tables = {record.__tablename__ for record in (Rsvp, Repeat, PersonalCalendar)}
    assert tables | {"letter", "suppression"} == {*re.findall("[a-z_]+", vacuum)}


def files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


def test_scrubbing_waits_for_nobody_long(database_kind, build, clock):
    """Somebody who reads keeps the -wal; the next time will do."""
    if database_kind != "sqlite":
        return
    event = build.event()
    with closing(sqlite3.connect(db.engine.url.database)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM event").fetchall()
        build.guest(event, "Ada")
        assert not database.scrub(db.engine)

    assert database.scrub(db.engine)
    build.guest(event, "Bob")  # and the gate is open


def test_a_hold_that_runs_is_kept_however_old_the_reply(build, clock):
    event = build.event(
        reply_policy=ReplyPolicy.MAIL, starts_at=clock.time + timedelta(days=9)
    )
    rsvp = build.guest(event, "Ada")
    rsvps.confirm(rsvp, now=clock.time)
    mended = build.reply("Ada")
    amendments.correct_address(rsvp, mended, now=clock.moves(days=5), late=True)
    db.session.commit()

    retention.tidy(clock.moves(minutes=1))
    retention.tidy(clock.moves(hours=40))

    assert rsvp.name == "Ada"


def test_a_repeat_goes_when_a_reply_like_it_would(build, clock):
    event = build.event(reply_policy=ReplyPolicy.MAIL)
    rsvps.confirm(build.guest(event, "Ada", address="ada@example.org"), now=clock.time)
    build.guest(event, "Eve", address="ada@example.org")

    retention.tidy(clock.moves(hours=49))
    db.session.commit()

    assert db.session.scalars(select(Repeat)).all() == []
