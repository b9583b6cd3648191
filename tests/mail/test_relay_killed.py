"""The relay is killed again and again; the letters do not mind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, func, select, update

from festival import create_app
from festival.config import Settings
from festival.extensions import db
from festival.mail import relay
from festival.models.journal import Letter, LetterStatus
from tests.builders import Builders
from tests.conftest import both_databases
from tests.mail.conftest import MailServer

ROOT = Path(__file__).parents[2]
LETTERS, KILLS = 100, 5


def present() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


FORKS = multiprocessing.get_context("forkserver")  # imports once, not at every kill
FORKS.set_forkserver_preload([__name__])


def carries(settings: Settings) -> None:
    sys.exit(relay.run(create_app(settings)))


@pytest.fixture
def relay_process(app: Flask) -> Iterator[Callable[[], BaseProcess]]:
    """Starts relays, each a process of its own."""
    started: list[BaseProcess] = []

    def start() -> BaseProcess:
        process = FORKS.Process(target=carries, args=[app.extensions["settings"]])
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.join()
        process.close()


@pytest.fixture
def relay_command(app: Flask) -> Iterator[subprocess.Popen[bytes]]:
    """``flask festival relay``, as an operator starts it."""
    settings = app.extensions["settings"]
    given = (
        "SECRET_KEY BASE_URL INSTANCE DATABASE_URL CONTACT_EMAIL "
        "MAIL_SERVER MAIL_PORT MAIL_SECURITY"
    )
    environment = {
        **os.environ,
        **{f"FESTIVAL_{name}": str(getattr(settings, name)) for name in given.split()},
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "festival", "relay"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def letters(app: Flask) -> list[str]:
    """A hundred guests, a letter to each."""
    build = Builders(present)
    event = build.event(capacity=None, starts_at=present() + timedelta(days=9))
    for n in range(LETTERS):
        build.guest(event, f"Guest{n}")
    found = list(db.session.scalars(select(Letter.message_id)))
    db.session.rollback()  # or nobody else may write
    return found


def in_a_moment(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def how_many(condition: ColumnElement[bool]) -> int:
    number = db.session.scalars(select(func.count(Letter.id)).where(condition)).one()
    db.session.rollback()
    return number


def waiting() -> int:
    return how_many(Letter.status == LetterStatus.WAITING)


def leases_are_over() -> None:
    """Five minutes pass."""
    leased = update(Letter).where(Letter.lease.is_not(None))
    db.session.execute(leased.values(leased_until=present() - timedelta(seconds=1)))
    db.session.commit()


@both_databases
def test_a_relay_killed_five_times_in_a_hundred_letters_loses_none(
    mail_server: MailServer,
    letters: list[str],
    relay_process: Callable[[], BaseProcess],
) -> None:
    mail_server.seconds = 0.015

    for kill in range(KILLS):
        process = relay_process()
        enough = len(mail_server.taken) + 11 + kill
        in_a_moment(lambda enough=enough: len(mail_server.taken) >= enough)
        if kill % 2:  # with a letter on its way; else with one just arrived
            in_a_moment(lambda: mail_server.thinking)
        process.kill()
        process.join()
        leases_are_over()
    last = relay_process()
    in_a_moment(lambda: waiting() == 0)
    last.terminate()
    last.join(timeout=10)

    assert last.exitcode == 0
    arrived = Counter(mail_server.message_ids)
    assert arrived.keys() == set(letters)  # none lost, none under another name
    assert arrived.total() - LETTERS <= KILLS
    assert how_many(Letter.status == LetterStatus.SENT) == LETTERS


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_relay_asked_to_stop_ends_well_and_leaves_nothing_leased(
    mail_server: MailServer,
    letters: list[str],
    relay_command: subprocess.Popen[bytes],
    stop: signal.Signals,
) -> None:
    mail_server.seconds = 0.05
    in_a_moment(lambda: len(mail_server.taken) >= 3)

    relay_command.send_signal(stop)

    assert relay_command.wait(timeout=10) == 0
    assert how_many(Letter.lease.is_not(None)) == 0
    assert 3 <= len(mail_server.taken) < LETTERS
    assert LETTERS - waiting() == len(mail_server.taken)
