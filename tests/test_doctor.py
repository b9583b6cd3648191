"""The doctor sees each illness, because each was caused once."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select, update

from festival import doctor
from festival.extensions import db
from festival.mail import clockwork
from festival.models.accounts import Account
from festival.models.events import Event
from festival.models.journal import Lease, Letter, LetterStatus, Mailbox
from festival.models.rsvps import Rsvp
from festival.services import events, parts, rsvps
from tests.builders import Builders
from tests.conftest import Clock, both_databases, some_settings

GOOD = {
    "PUBLICATION_DIRECTOR": "Personne",
    "TRUSTED_HOPS": 1,
    "MAILBOX_SERVER": "127.0.0.1",
    "MAILBOX_USERNAME": "halle",
    "MAILBOX_PASSWORD": "a-passphrase",
}


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A house to which no doctor has anything to say."""
    app = make_app(**GOOD)
    with app.app_context():
        yield app


@pytest.fixture
def house(app: Flask, build: Builders, clock: Clock) -> Event:
    """With an event, its guests, their letters sent, and everything running."""
    event = build.event(capacity=3)
    build.guest(event, "Ada", party_size=2)
    build.guest(event, "Ben")
    build.guest(event, "Cleo")  # who waits
    clock.moves(minutes=15)
    sent = update(Letter).values(status=LetterStatus.SENT, final_at=clock())
    db.session.execute(sent)
    db.session.add(Lease(name=clockwork.LEASE, holder="somebody", until=clock()))
    db.session.add(Mailbox(looked_at=clock(), trouble=""))
    build.account("Inès", "administrator")
    return event


@pytest.fixture
def finds(app: Flask, clock: Clock) -> Callable[..., list[str]]:
    """What the doctor says that is not well."""

    def examine(**changes: Any) -> list[str]:
        db.session.rollback()
        settings = dataclasses.replace(app.extensions["settings"], **changes)
        return [
            str(finding)
            for finding in doctor.examine(settings, clock())
            if finding.grade is not doctor.Grade.OK
        ]

    return examine


def the_only(found: list[str], beginning: str) -> str:
    assert len(found) == 1, found
    assert found[0].startswith(beginning), found
    return found[0]


@both_databases
def test_a_house_in_good_health(app: Flask, house: Event, finds: Any) -> None:
    assert finds() == []

    result = app.test_cli_runner().invoke(args=["festival", "doctor"])

    assert result.exit_code == 0
    assert {line.partition(" ")[0] for line in result.output.splitlines()} == {"OK"}


def test_the_command_ends_with_one_where_anything_is_broken(
    app: Flask, house: Event, clock: Clock
) -> None:
    stopped = clock() - timedelta(minutes=60)
    db.session.execute(update(Lease).values(until=stopped))
    db.session.commit()

    result = app.test_cli_runner().invoke(args=["festival", "doctor"])

    assert result.exit_code == 1
    assert "BROKEN  clockwork: it stopped 60 min ago" in result.output


# The desk


def test_accounts_that_nobody_keeps(
    house: Event, build: Builders, clock: Clock, finds: Any
) -> None:
    build.account("Zoé", "manager")
    kept = update(Account).where(Account.name == "Inès").values(closed_at=clock())
    db.session.execute(kept)
    db.session.commit()

    assert "festival admin ADDRESS" in the_only(finds(), "LOOK    desk: nobody keeps")


# The machine


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"DEMO": True}, "FESTIVAL_DEMO"),
        ({"BASE_URL": "http://localhost:8000"}, "FESTIVAL_BASE_URL"),
        ({"MAIL_SERVER": "smtp.example.org"}, "FESTIVAL_MAIL_SECURITY"),
        (
            {"MAILBOX_SERVER": "imap.example.org", "MAILBOX_SECURITY": "none"},
            "FESTIVAL_MAILBOX_SECURITY",
        ),
        ({"FORM_SECONDS": 0}, "FESTIVAL_FORM_SECONDS"),
        ({"TRUSTED_HOPS": 0}, "FESTIVAL_TRUSTED_HOPS"),
        ({"BIND": "0.0.0.0:8000"}, "FESTIVAL_BIND"),
        ({"RELAY": False}, "FESTIVAL_RELAY"),
        ({"MAILBOX_SERVER": ""}, "FESTIVAL_MAILBOX_SERVER"),
        ({"CALENDAR_ADDRESS": "a@halle.example"}, "FESTIVAL_MAILBOX_TRUSTS"),
        ({"HOST": "", "PUBLISHER": ""}, "PUBLISHER, HOST"),
    ],
)
def test_a_risky_setting_is_named(
    house: Event, finds: Any, changes: dict[str, Any], word: str
) -> None:
    assert word in the_only(finds(**changes), "LOOK    settings: ")


def test_no_secret_is_told(app: Flask, house: Event, clock: Clock) -> None:
    settings = app.extensions["settings"]
    told = "".join(map(str, doctor.examine(settings, clock())))
    poor = some_settings(MAIL_PASSWORD="mail-passphrase", DATABASE_URL="sqlite:///x/y")
    told += "".join(map(str, doctor._settings(poor)))

    assert settings.SECRET_KEY not in told
    assert "passphrase" not in told


@pytest.mark.parametrize(("mib", "grade"), [(500, "LOOK  "), (50, "BROKEN")])
def test_a_disk_that_fills(
    house: Event, finds: Any, monkeypatch: pytest.MonkeyPatch, mib: int, grade: str
) -> None:
    usage = SimpleNamespace(free=mib * 1024**2)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)

    assert f"{mib} MiB" in the_only(finds(), f"{grade}  disk: ")


def test_a_redis_that_is_away(
    make_app: Callable[..., Flask], clock: Clock, tmp_path: Path
) -> None:
    app = make_app(**GOOD, REDIS_URL=f"unix://{tmp_path}/nobody")

    with app.app_context():
        found = doctor.examine(app.extensions["settings"], clock())
        finding = next(one for one in found if one.about == "redis")

    assert finding.grade is doctor.Grade.LOOK


def test_a_database_that_is_away(make_app: Callable[..., Flask], clock: Clock) -> None:
    nowhere = "postgresql+psycopg://ada:passphrase@127.0.0.1:1/nowhere"
    app = make_app(**GOOD, DATABASE_URL=nowhere)
    with app.app_context():
        found = [*map(str, doctor.examine(app.extensions["settings"], clock()))]

    assert found[-1].startswith("BROKEN  database: it does not answer")
    assert "passphrase" not in "".join(found)


@both_databases
@pytest.mark.parametrize("migration", ["0001", None])
def test_tables_of_another_version(
    house: Event, finds: Any, at_migration: Any, migration: str | None
) -> None:
    at_migration(migration)

    assert "flask festival migrate" in the_only(finds(), "BROKEN  ")


def test_a_damaged_file(app: Flask, house: Event, finds: Any) -> None:
    path = Path(str(db.engine.url.database))
    db.session.remove()
    db.engine.dispose()
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        index = "SELECT rootpage FROM sqlite_master WHERE name = 'ix_letter_due'"
        (root,) = file.execute(index).fetchone()
    with path.open("r+b") as damaged:
        damaged.seek(root * 4096 - 1000)
        damaged.write(b"\xff" * 1000)

    assert "BROKEN  database: it" in "".join(finds())


def test_rows_that_refer_to_nothing(app: Flask, house: Event, finds: Any) -> None:
    db.session.rollback()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("UPDATE letter SET rsvp_id = 999 WHERE id = 1")
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.exec_driver_sql("BEGIN")

    assert "letter refers to nothing" in the_only(finds(), "BROKEN  database: ")


# Seats


@both_databases
def test_more_people_than_seats(house: Event, finds: Any, clock: Clock) -> None:
    db.session.execute(update(Event).values(capacity=2))
    db.session.commit()
    told = the_only(finds(), "BROKEN  seats: ")
    assert "opening has 3 people for 2 seats" in told

    db.session.execute(update(Event).values(capacity=3))
    events.resize(house, 1, actor="test", now=clock())
    db.session.commit()
    told = the_only(finds(), "LOOK    seats: ")
    assert "opening has 3 people for 1 seats, since it was made smaller" in told


@both_databases
def test_somebody_who_waits_where_there_is_room(
    house: Event, finds: Any, clock: Clock
) -> None:
    db.session.execute(update(Event).values(capacity=4))
    db.session.commit()
    assert "opening" in the_only(finds(), "BROKEN  waiting list: ")

    db.session.execute(update(Rsvp).where(Rsvp.name == "Cleo").values(party_wanted=2))
    db.session.commit()
    assert finds() == []  # two do not fit into one seat

    db.session.execute(update(Event).values(capacity=9))
    db.session.execute(update(Rsvp).where(Rsvp.name == "Cleo").values(rests=True))
    db.session.commit()
    assert finds() == []  # who let an offer lapse is asked no more


def test_a_seat_that_came_free_a_moment_ago_is_the_clockwork_s(
    app: Flask, build: Builders, clock: Clock, finds: Any, house: Event
) -> None:
    by_mail = build.event("by-mail", reply_policy="mail", capacity=1)
    build.guest(by_mail, "Dan")
    build.guest(by_mail, "Eli")

    def vain() -> bool:
        return any("waiting list" in finding for finding in finds())

    clock.moves(minutes=35)
    assert not vain()
    clock.moves(minutes=10)
    assert vain()


@both_databases
def test_somebody_confirmed_without_a_letter(
    house: Event, finds: Any, clock: Clock
) -> None:
    ben = db.session.scalars(select(Rsvp).where(Rsvp.name == "Ben")).one()
    of_ben = update(Letter).where(Letter.rsvp_id == ben.id)
    db.session.execute(of_ben.values(status=LetterStatus.SUPERSEDED))
    db.session.commit()
    assert "opening (1)" in the_only(finds(), "BROKEN  replies: ")

    ben.letters_off = True
    db.session.commit()
    assert finds() == []
    ben.letters_off = False
    rsvps.send_again(ben.address, "fr", now=clock())
    db.session.commit()
    assert finds() == []


@both_databases
def test_a_list_of_tickets_is_a_letter_however_the_address_was_typed(
    house: Event, finds: Any, build: Builders, clock: Clock
) -> None:
    one, other = build.event("one"), build.event("other")
    build.guest(one, "Dan", address="Dan@example.org")
    dan = build.reply("Dan", address="dan@example.org")
    parts.respond_to([one, other], dan, now=clock())
    db.session.commit()
    assert finds() == []


@both_databases
def test_a_list_that_went_with_a_reply_that_was_erased_is_not_missed(
    house: Event, finds: Any, build: Builders, clock: Clock
) -> None:
    one, other = build.event("one"), build.event("other")
    got = parts.respond_to([one, other], build.reply("Dan"), now=clock())
    db.session.execute(
        update(Letter)
        .where(Letter.status == LetterStatus.WAITING)
        .values(status=LetterStatus.SENT, final_at=clock())
    )
    db.session.commit()
    assert finds() == []

    rsvps.erase(got[one], now=clock.moves(minutes=1))
    db.session.commit()
    assert finds() == []


# Letters


def first_letter(**values: Any) -> None:
    db.session.execute(update(Letter).where(Letter.id == 1).values(**values))
    db.session.commit()


@both_databases
def test_letters_that_are_not_as_they_should_be(
    house: Event, finds: Any, clock: Clock
) -> None:
    now = clock()
    first_letter(status="waiting", final_at=None, due_at=now - timedelta(minutes=9))
    assert finds() == []
    first_letter(due_at=now - timedelta(hours=3))
    assert "1 wait, one for 3 h; the last went just now" in the_only(
        finds(), "BROKEN  letters: "
    )
    first_letter(attempts=2)
    assert "1 were put off" in the_only(finds(), "LOOK    letters: ")
    first_letter(lease="dead", leased_until=now - timedelta(minutes=11), attempts=0)
    first_letter(due_at=now)
    assert "1 were in hand" in the_only(finds(), "BROKEN  letters: ")
    first_letter(status="parked", lease=None, trouble="KeyError at letters.py:1")
    assert "1 rsvp-confirmed (KeyError at letters.py:1)" in the_only(
        finds(), "BROKEN  letters: "
    )
    first_letter(status="waiting", trouble="", leased_until=now + timedelta(days=3650))
    assert "1 were put off while this machine’s clock was ahead" in the_only(
        finds(), "BROKEN  letters: "
    )
    first_letter(leased_until=now + timedelta(days=1, hours=5))
    assert finds() == []
    first_letter(leased_until=None, final_at=now)
    first_letter(status="failed", trouble="550")
    assert "1 were refused and 0 came back" in the_only(finds(), "LOOK    letters: ")
    first_letter(status="sent", bounced_at=now)
    assert "0 were refused and 1 came back" in the_only(finds(), "LOOK    letters: ")


@both_databases
@pytest.mark.parametrize(
    "values",
    [
        {"status": "failed", "trouble": "550 5.7.26 unauthenticated mail"},
        {"bounced_at": True, "trouble": "5.7.1"},
    ],
)
def test_a_house_whose_letters_nobody_wants(
    house: Event, finds: Any, clock: Clock, values: dict[str, Any]
) -> None:
    if "bounced_at" in values:
        values = {**values, "bounced_at": clock()}
    first_letter(**values)
    found = finds()
    assert "1 were refused since yesterday because of who sent them" in found[0]
    assert found[0].startswith("BROKEN  letters: ")

    clock.moves(hours=25)
    assert not any("yesterday" in finding for finding in finds())


def test_more_refusals_than_wrong_addresses_can_be(
    house: Event, finds: Any, build: Builders, clock: Clock
) -> None:
    for n in range(3):
        build.guest(build.event(f"more-{n}"), f"Guest {n}")
    sent = update(Letter).values(status="sent", final_at=clock())
    db.session.execute(sent)  # six letters
    refused = update(Letter).values(status="failed", trouble="550 5.1.1 who?")
    db.session.execute(refused.where(Letter.id <= 3))
    db.session.commit()
    assert not any("BROKEN" in finding for finding in finds())

    db.session.execute(refused.where(Letter.id <= 4))
    db.session.commit()
    assert "4 of 6 were refused since yesterday" in finds()[0]


# What works by itself


def test_a_clockwork_that_never_ran_or_stopped(
    house: Event, finds: Any, clock: Clock
) -> None:
    lease = db.session.scalars(select(Lease)).one()
    lease.until = clock() - timedelta(minutes=11)
    db.session.commit()
    assert "stopped 11 min ago" in the_only(finds(), "BROKEN  clockwork: ")

    lease.until = clock() + timedelta(days=3650)
    db.session.commit()
    assert "clock was ahead" in the_only(finds(), "BROKEN  clockwork: ")

    db.session.delete(lease)
    db.session.commit()
    assert "never run" in the_only(finds(), "LOOK    clockwork: ")


def test_a_mailbox_that_is_not_read(house: Event, finds: Any, clock: Clock) -> None:
    box = db.session.scalars(select(Mailbox)).one()

    def state(**facts: Any) -> list[str]:
        for name, value in facts.items():
            setattr(box, name, value)
        db.session.commit()
        return finds()

    told = the_only(state(trouble="error at mailbox.py:9"), "BROKEN  mailbox: ")
    assert "error at mailbox.py:9" in told
    long_ago = clock() - timedelta(minutes=31)
    told = the_only(state(trouble="", looked_at=long_ago), "BROKEN  mailbox: ")
    assert "last read 31 min ago" in told
    ahead = clock() + timedelta(days=3650)
    told = the_only(state(looked_at=ahead), "BROKEN  mailbox: ")
    assert "clock was ahead" in told
    told = the_only(state(looked_at=clock(), to_read=2), "LOOK    mailbox: ")
    assert "2 mails wait" in told
    assert "never read" in the_only(state(looked_at=None), "LOOK    mailbox: ")


# Its own manners


def test_an_examination_changes_nothing_and_costs_the_same_for_many(
    house: Event, build: Builders, clock: Clock, app: Flask
) -> None:
    statements: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    def examined() -> int:
        db.session.rollback()
        statements.clear()
        sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
        list(doctor.examine(app.extensions["settings"], clock()))
        sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)
        return len(statements)

    few = examined()
    for n in range(3):
        event = build.event(f"more-{n}", capacity=1)
        build.guest(event, "Dan")
        build.guest(event, "Eli")
    assert examined() == few
    assert {s.split()[0] for s in statements} <= {"SELECT", "PRAGMA", "BEGIN"}


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (200_000, "2 d")],
)
def test_a_span_is_said_in_one_unit(seconds: int, told: str) -> None:
    assert doctor._span(timedelta(seconds=seconds)) == told


def test_when_nothing_ever_was_is_said_too(now: datetime) -> None:
    assert doctor._ago(now, None) == "never"
    assert doctor._named("abcdefg") == "a, b, c, d, e and 2 more"
