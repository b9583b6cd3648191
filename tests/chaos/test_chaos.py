"""Short fault runs; ``make chaos`` is the whole of them.

Each says which guard it watches: with that taken away it was seen to fail.
"""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from festival.extensions import db
from festival.mail import relay
from festival.models.journal import Letter, LetterStatus
from tests import lab
from tests.chaos import faults
from tests.conftest import both_databases


@both_databases
def test_a_relay_killed_again_and_again_loses_no_letter(make_app):
    """Guards: a letter is stamped once it was carried, and each at once; a dead relay's
    lease ends; the Message-ID is the letter's own.
    """
    with faults.mail_server() as server:
        app = make_app(MAIL_PORT=server.port)
        with app.app_context():
            found = faults.relay_killed(app, server, letters=60, kills=3)

    assert found.well, str(found)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_relay_asked_to_stop_ends_well_and_leaves_nothing_leased(
    make_app, database_url, tmp_path, stop
):
    """Guard: ``Relay.stop`` finishes the letter in hand and gives the others back."""
    with faults.mail_server() as server:
        server.seconds = 0.05
        with make_app(MAIL_PORT=server.port).app_context():
            faults.write_letters(30)
            given = {"FESTIVAL_MAIL_PORT": str(server.port)}
            command = [sys.executable, "-m", "flask", "--app", "wsgi", "festival"]
            relay_command = subprocess.Popen(
                [*command, "relay"],
                cwd=lab.ROOT,
                env=lab.environment(database_url, tmp_path, **given),
            )
            try:
                lab.soon(lambda: len(server.taken) >= 3)
                relay_command.send_signal(stop)
                assert relay_command.wait(timeout=10) == 0
            finally:
                relay_command.kill()
                relay_command.wait()

            waiting = faults.how_many(Letter.status == LetterStatus.WAITING)
            assert faults.how_many(Letter.lease.is_not(None)) == 0
            assert 30 - waiting == len(server.taken) < 30


def test_workers_killed_at_their_commit_lose_no_reply(app, database_url, tmp_path):
    """Guards: one transaction for reply, seat and letter, committed before its 303;
    and ``retry_key``, by which who heard nothing and asks again finds their reply.

    Not ``synchronous=FULL``: what a dead process wrote, the system still has. That the
    disk is waited for shows only when the power fails, so ``test_database`` asks the
    house's own connection for it.
    """
    found = faults.replies_under_fire(
        "Workers killed",
        database_url,
        tmp_path,
        people=40,
        seats=40,
        blows=1,
        pause=0.5,
        blow=faults.kill_a_worker,
        app=faults.MORTAL,
    )

    assert found.well, str(found)
    assert found.done["connections lost"] > 1


def test_postgresql_killed_under_load_loses_no_reply(tmp_path):
    """Guards: PostgreSQL writes before it says "committed" (``synchronous_commit``); a
    page of ours for every failure.

    Not its ``fsync``: like ``synchronous=FULL`` above, a power cut alone would show.
    The house must not have switched either off on its connections.
    """
    with lab.house("postgresql", tmp_path) as (_, url, postgres):
        careful = ("fsync", "synchronous_commit", "full_page_writes")
        said = [db.session.execute(text(f"SHOW {name}")).scalar() for name in careful]
        db.session.remove()
        found = faults.replies_under_fire(
            "PostgreSQL and workers killed",
            url,
            tmp_path,
            people=40,
            seats=40,
            blows=1,
            pause=1.0,
            blow=faults.kill(postgres),
        )

    assert said == ["on"] * 3
    assert found.well, str(found)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_after_postgresql_was_started_anew_nobody_is_shown_a_failure(build, visitor):
    """Guard: ``pool_pre_ping``: a connection that died is replaced before its use."""
    build.event("opening")
    visitor.opens("/fr/events/opening/reply")
    visitor.fills(name="Ada", email="ada@example.org")
    db.session.remove()
    engine = create_engine(db.engine.url, poolclass=NullPool)
    with engine.connect() as other:
        ended = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
            " datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert other.execute(ended).all()

    assert visitor.presses("Je m’inscris").status == 200


def test_a_full_disk_loses_no_reply(tmp_path):
    """Guards: a failed commit is no 303; a page of ours for every failure."""
    found = faults.disk_full(tmp_path, people=8)

    assert found.well, str(found)


def test_each_backup_under_load_is_whole_and_restores(app, database_url, tmp_path):
    """Guard: SQLite's own backup in one step, not a copied file."""
    found = faults.backed_up_under_load(
        database_url, tmp_path, people=12, copies=2, pause=0.5
    )

    assert found.well, str(found)


@pytest.fixture
def down(make_app, clock):
    """A house whose mail server is down; and the port at which it will be up."""
    app = make_app(MAIL_PORT=lab.free_port())
    with app.app_context():
        yield app


def test_a_mail_server_down_for_an_hour_loses_no_letter(down, clock):
    """Guard: trouble with the wire counts against no letter."""
    written = faults.write_letters(12, clock)

    for _ in range(60):
        assert relay.carry() is False
        clock.moves(minutes=1)

    settings = down.extensions["settings"]
    with faults.mail_server(settings.MAIL_PORT) as server:
        assert relay.carry() is True
    assert sorted(server.message_ids) == sorted(written)
