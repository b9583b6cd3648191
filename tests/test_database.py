"""What the two databases themselves hold, whoever forgets."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from festival import clock as house_clock
from festival import create_app, database
from festival.domain.errors import TooBusy
from festival.extensions import db
from festival.migrations import upgrade
from festival.models.base import Base
from festival.models.directory import Organisation
from festival.models.events import Event
from festival.models.journal import LogEntry
from festival.web.guards import deed
from tests import lab
from tests.builders import everything
from tests.conftest import NOON, both_databases, new_database, some_settings
from tests.visitor import Visitor, link_of


def scribble() -> None:
    """Write a line, as a careless view would."""
    db.session.add(
        LogEntry(at=house_clock.now(), actor="test", deed="x", thing="x", thing_id=1)
    )
    db.session.flush()


@pytest.fixture
def with_view(make_app, clock):
    """Open a house that has one view more; return a visitor of it."""

    def make(view, *, method: str) -> Visitor:
        app: Flask = make_app()
        app.add_url_rule("/fr/careless", view_func=view, methods=[method])
        app.app_context().push()
        return Visitor(app, clock)

    yield make
    db.session.remove()


def lines() -> int:
    db.session.rollback()
    return db.session.scalars(sa.select(sa.func.count(LogEntry.id))).one()


# Who may write


@both_databases
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_outside_a_deed_the_database_itself_refuses_to_write(with_view, method):
    refusals = []

    def careless():
        try:
            scribble()
        except DBAPIError as refusal:
            refusals.append(str(refusal.orig).lower())
            raise
        db.session.commit()
        return "written"

    visitor = with_view(careless, method=method)

    answer = visitor._sees(method, "/fr/careless")

    assert answer.status == 500
    assert len(refusals) == 1
    assert "readonly" in refusals[0] or "read-only" in refusals[0]
    assert lines() == 0


@both_databases
def test_inside_a_deed_what_is_committed_stays(with_view):
    def careful():
        with deed():
            scribble()
            db.session.commit()
        return "written"

    visitor = with_view(careful, method="POST")

    answer = visitor._sees("POST", "/fr/careless")

    assert answer.status == 200
    assert lines() == 1


@both_databases
def test_what_a_deed_did_not_commit_did_not_happen(with_view):
    def forgetful():
        with deed():
            scribble()
        db.session.commit()  # too late: the deed is over
        return "thanks"

    visitor = with_view(forgetful, method="POST")

    answer = visitor._sees("POST", "/fr/careless")

    assert answer.status == 200
    assert lines() == 0


@both_databases
def test_what_was_flushed_before_a_refusal_did_not_happen(with_view):
    def refusing():
        with deed():
            scribble()
            raise TooBusy

    visitor = with_view(refusing, method="POST")

    answer = visitor._sees("POST", "/fr/careless")

    assert answer.status == 503
    assert answer.response.headers["Retry-After"] == "5"
    assert lines() == 0


@both_databases
def test_after_a_deed_a_view_only_reads_again(with_view):
    refusals = []

    def afterwards():
        with deed():
            scribble()
            db.session.commit()
        with pytest.raises(DBAPIError) as refused:
            scribble()
        refusals.append(refused)
        db.session.rollback()
        return "written once"

    visitor = with_view(afterwards, method="POST")

    answer = visitor._sees("POST", "/fr/careless")

    assert answer.status == 200
    assert len(refusals) == 1
    assert lines() == 1


@both_databases
def test_a_reply_to_nothing_is_refused(build):
    guest = build.guest(build.event())

    moved = sa.update(type(guest)).values(event_id=999_999)

    with pytest.raises(IntegrityError):
        db.session.execute(moved)


@both_databases
def test_the_databases_are_opened_as_the_design_says(app, database_kind):
    """Guards: each setting itself. That ``synchronous=FULL`` waits for the disk only a
    power cut would show; no process that is killed does.
    """

    def said(question: str) -> Any:
        return db.session.execute(sa.text(question)).scalar_one()

    if database_kind == "sqlite":
        asked = ("foreign_keys", "journal_mode", "synchronous", "secure_delete")
        found = {name: said(f"PRAGMA {name}") for name in asked}
        promised = {
            "foreign_keys": 1,
            "journal_mode": "wal",
            "synchronous": 2,  # FULL
            "secure_delete": 1,
        }
    else:
        asked = ("lock_timeout", "statement_timeout", "transaction_isolation")
        found = {name: said(f"SHOW {name}") for name in asked}
        promised = {
            "lock_timeout": "3s",
            "statement_timeout": "15s",
            "transaction_isolation": "read committed",
        }

    assert found == promised


# Waiting for one's turn


@pytest.fixture
def impatient(monkeypatch):
    """Nobody waits longer than a fifth of a second."""
    monkeypatch.setattr(database, "GATE_SECONDS", 0.2)
    monkeypatch.setattr(database, "LOCK_MILLISECONDS", 200)


@contextlib.contextmanager
def reserved(event: Event) -> Iterator[None]:
    """Let somebody else be writing to *event* at this moment."""
    held = sa.update(Event).where(Event.id == event.id).values(id=Event.id)
    db.session.rollback()
    with db.engine.connect() as other:
        other.execute(held)
        yield


@both_databases
@pytest.mark.usefixtures("impatient")
def test_who_waits_too_long_is_told_so_and_keeps_what_they_typed(build, visitor):
    """Guards: ``deed`` makes ``TooBusy`` of a lock that was not ours in time, as
    ``is_busy`` knows it; the form keeps its answers when it is refused.
    """
    event = build.event("opening")
    visitor.opens("/fr/events/opening/reply")

    with reserved(event):
        visitor.fills(name="Ada", email="ada@example.org")
        refused = visitor.presses("Je m’inscris")
    written = everything()["rsvp"]
    accepted = visitor.presses("Je m’inscris")

    assert refused.status == 503
    assert refused.response.headers["Retry-After"] == "5"
    assert refused.fields["name"] == "Ada"
    assert refused.fields["email"] == "ada@example.org"
    assert written == []
    assert accepted.status == 200
    assert len(everything()["rsvp"]) == 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("button", "purpose"),
    [
        ("Je ne peux pas venir", "manage"),
        ("Changer", "manage"),
        ("Effacer cette inscription", "erase"),
    ],
)
def test_who_waits_too_long_with_a_ticket_is_told_when_to_try_again(
    build, visitor, button, purpose
):
    event = build.event("opening")
    guest = build.guest(event)
    visitor.opens(link_of(purpose, guest))
    if button == "Changer":
        visitor.fills(party_size="2")

    with reserved(event):
        refused = visitor.presses(button)

    assert refused.status == 503
    assert refused.response.headers["Retry-After"] == "5"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_statement_that_takes_too_long_asks_to_wait(app):
    with db.engine.connect() as connection:
        connection.exec_driver_sql("SET statement_timeout = 50")
        with pytest.raises(OperationalError) as cancelled:
            connection.exec_driver_sql("SELECT pg_sleep(5)")

    assert database.is_busy(cancelled.value)


def test_a_server_that_does_not_pick_up_asks_to_wait():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        engine = sa.create_engine(
            f"postgresql+psycopg://halle@127.0.0.1:{port}/halle",
            connect_args={"connect_timeout": 2},
        )
        with pytest.raises(OperationalError) as late:
            engine.connect()

    assert database.is_busy(late.value)


@both_databases
@pytest.mark.usefixtures("impatient")
def test_who_only_reads_never_waits(build, visitor):
    """Guard: GET begins read-only, without the gate."""
    event = build.event("opening")

    with reserved(event):
        pages = [visitor.opens(path) for path in ("/fr/", "/fr/events/opening")]

    assert [page.status for page in pages] == [200, 200]


@both_databases
@pytest.mark.usefixtures("impatient")
def test_when_every_connection_is_taken_one_is_asked_to_wait(build, visitor):
    """Guards: ``pool_timeout``; ``is_busy`` knows ``NoConnection``."""
    build.event("opening")
    visitor.opens("/fr/events/opening/reply")
    visitor.fills(name="Ada", email="ada@example.org")
    pool = db.engine.pool
    db.session.rollback()

    with contextlib.ExitStack() as taken:
        while pool.checkedout() < pool.size() + pool._max_overflow:
            taken.enter_context(contextlib.closing(db.engine.raw_connection()))
        page = visitor.presses("Je m’inscris")

    assert page.status == 503
    assert page.response.headers["Retry-After"] == "5"
    assert visitor.opens("/fr/").status == 200


@contextlib.contextmanager
def another_process(folder: Path) -> Iterator[None]:
    """Let another process have SQLite's gate."""
    gate = os.open(folder / "festival.sqlite.gate", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(gate)


@pytest.mark.usefixtures("impatient")
def test_sqlite_s_gate_is_one_for_all_processes(app, tmp_path):
    """Guard: ``flock`` on the gate's file."""
    with another_process(tmp_path), pytest.raises(TooBusy):
        scribble()
    db.session.rollback()

    scribble()
    db.session.commit()

    assert lines() == 1


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_sqlite_s_gate_is_open_when_a_writer_is_done(app, tmp_path, end):
    """Guards: entered for a whole transaction; left when its connection goes back."""
    scribble()

    with pytest.raises(BlockingIOError), another_process(tmp_path):
        pass
    getattr(db.session, end)()

    with another_process(tmp_path):
        pass


BUSY = """
import sys, threading, time
from pathlib import Path
from festival.database import Gate

folder = Path(sys.argv[1])
gate, log = Gate(folder / "busy.gate"), (folder / "log").open("ab", buffering=0)

def writes():
    while True:
        gate.enter()
        log.write(b".")
        time.sleep(0.01)
        gate.leave()

for _ in range(6):
    threading.Thread(target=writes, daemon=True).start()
sys.stdin.read()
"""


def test_a_busy_process_lets_another_through_sqlite_s_gate(tmp_path):
    """Guard: the lock of who is next."""
    log = tmp_path / "log"
    log.touch()
    busy = [sys.executable, "-c", BUSY, str(tmp_path)]
    gate = database.Gate(tmp_path / "busy.gate")
    went_before = []
    with subprocess.Popen(busy, stdin=subprocess.PIPE, cwd=lab.ROOT) as process:
        lab.soon(lambda: log.stat().st_size)
        for _ in range(20):
            asked = log.stat().st_size
            gate.enter()
            went_before.append(log.stat().st_size - asked)
            gate.leave()
        process.communicate()

    assert max(went_before) <= 3  # who was in it, who was next, and one on the way


@both_databases
@pytest.mark.usefixtures("impatient")
def test_a_writer_who_fails_lets_the_next_one_in(app):
    """Guard: on SQLite the gate is left as the connection goes back."""

    def another() -> None:
        with app.app_context():
            scribble()
            db.session.commit()

    for _ in range(3):
        with pytest.raises(IntegrityError):
            db.session.execute(sa.text("INSERT INTO edition (id) VALUES (NULL)"))
        db.session.rollback()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(another).result()

    assert lines() == 1


# Migrations


@pytest.fixture
def empty_app(database_kind, tmp_path, request):
    """A house with a database in which no migration has run."""
    if database_kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    else:
        url = new_database(request.getfixturevalue("postgresql"), "festival_empty")
    app = create_app(some_settings(INSTANCE=str(tmp_path), DATABASE_URL=url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def revisions() -> list[str]:
    """Every migration's name, the first one first."""
    folder = Path(database.__file__).parent / "migrations"
    walked = ScriptDirectory(str(folder)).walk_revisions()
    return [revision.revision for revision in walked][::-1]


def some_value(place: int, column: sa.Column[Any]) -> Any:
    """Something that a column takes; instants grow from column to column."""
    match column.type:
        case sa.DateTime():
            return NOON.replace(day=1 + place % 27, month=1 + place // 27)
        case sa.Date() | sa.Time() as kind:
            return date(2027, 6, 1) if isinstance(kind, sa.Date) else time(10, 30)
        case sa.Boolean():
            return True
        case sa.Numeric() | sa.Integer() | sa.Float():
            return 1
        case sa.JSON():
            return {"fr": "Été"}
        case kind:
            text = "é"[: getattr(kind, "length", None) or 1]
            return text.encode() if isinstance(kind, sa.LargeBinary) else text


EITHER = {"membership": {"venue_id", "event_id"}}  # a role has one reach at most


def fill_empty_tables() -> None:
    """Put one row into every table that has none, parents first."""
    schema = sa.MetaData()
    with db.engine.begin() as connection:
        schema.reflect(connection)
        for table in schema.sorted_tables:
            if connection.execute(sa.select(table)).first() or (
                table.name == "alembic_version"
            ):
                continue
            row = {
                column.name: some_value(place, column)
                for place, column in enumerate(table.columns)
                if not any(key.column.table is table for key in column.foreign_keys)
                and column.name not in EITHER.get(table.name, ())
            }
            connection.execute(table.insert().values(row))


@both_databases
def test_migrations_run_forward_over_data(empty_app):
    for revision in revisions():
        upgrade(revision=revision)
        before = everything()
        fill_empty_tables()
        after = everything()
        assert all(after[table] for table in after if table in before)

    upgrade()

    assert everything() == after
    assert all(len(rows) == 1 for rows in everything().values())


@both_databases
def test_migrating_twice_changes_nothing(empty_app):
    upgrade()
    fill_empty_tables()
    before = everything()

    upgrade()

    assert everything() == before


@both_databases
@pytest.mark.parametrize(
    ("event_status", "status", "letter_sequence", "uninvited"),
    [
        ("scheduled", "confirmed", 0, False),
        ("scheduled", "waiting", -1, False),
        ("scheduled", "waiting", 1, True),
        ("postponed", "confirmed", 1, True),
    ],
)
def test_whose_entry_is_gone_is_known_from_how_the_reply_stands(
    empty_app, event_status, status, letter_sequence, uninvited
):
    upgrade(revision="0004")
    fill_empty_tables()
    with db.engine.begin() as connection:
        stands = {"status": status, "sequence": letter_sequence, "event": event_status}
        connection.execute(sa.text("UPDATE event SET status = :event"), stands)
        now = "UPDATE rsvp SET status = :status, letter_sequence = :sequence"
        connection.execute(sa.text(now), stands)

    upgrade(revision="0005")

    with db.engine.connect() as connection:
        gone = connection.execute(sa.text("SELECT uninvited FROM rsvp")).scalar_one()
    assert bool(gone) is uninvited


def other_default(_, __, ___, found, ____, promised) -> bool:
    """Compare what a default says: PostgreSQL has no ``=`` for JSON to ask it with."""
    bare = (found or "").partition("::")[0].strip("()").strip("'")
    return bare != (promised or "").strip("'")


@both_databases
def test_models_and_migrations_say_the_same(empty_app):
    upgrade()

    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": other_default},
        )
        differences = compare_metadata(context, Base.metadata)

    assert differences == []


@both_databases
def test_every_check_of_the_models_is_in_the_database(empty_app):
    upgrade()
    promised = {
        (table.name, constraint.name)
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }

    inspector = sa.inspect(db.engine)
    found = {
        (table.name, check["name"])
        for table in Base.metadata.sorted_tables
        for check in inspector.get_check_constraints(table.name)
    }

    assert found == promised


@both_databases
def test_a_name_that_is_taken_in_the_same_moment_is_bad_luck(with_view):
    def quick():
        with deed():
            for _ in range(2):
                db.session.add(Organisation(slug="wheel", name="La Roue libre"))
            db.session.commit()

    visitor = with_view(quick, method="POST")

    assert visitor._sees("POST", "/fr/careless").status == 503
