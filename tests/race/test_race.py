"""The race for the last seats, against a real server with several processes."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from festival.domain.admission import RsvpStatus
from festival.extensions import db
from festival.models.journal import Letter
from festival.models.rsvps import Repeat, Rsvp
from tests.builders import Builders
from tests.conftest import both_databases

TOO_BUSY, TRIES, PATIENCE = 503, 10, 1.0  # seconds
PEOPLE, DOUBLES, SEATS = 200, 40, 20
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(database_url: str, instance: Path, **more: str) -> Iterator[int]:
    """Run the house with four processes of eight threads; yield its port."""
    port = free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("FESTIVAL_")},
        "FESTIVAL_SECRET_KEY": "k3y-of-the-race-0123456789-abcdefghij",
        "FESTIVAL_BASE_URL": f"http://127.0.0.1:{port}",
        "FESTIVAL_BIND": f"127.0.0.1:{port}",
        "FESTIVAL_DATABASE_URL": database_url,
        "FESTIVAL_INSTANCE": str(instance),
        "FESTIVAL_MAIL_SERVER": "127.0.0.1",
        "FESTIVAL_CONTACT_EMAIL": "bonjour@halle.example",
        "FESTIVAL_RELAY": "off",
        "FESTIVAL_WORKERS": "4",
        "FESTIVAL_THREADS": "8",
        "FESTIVAL_FORM_SECONDS": "0",
        "FESTIVAL_NETWORK_REPLIES": "0",
        **more,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:festival.server"]
    server = subprocess.Popen(
        [*command, "tests.race.server:app"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


def ask(port: int, method: str, path: str, data: dict[str, str] | None = None):
    """Return (status, where to, body) of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = urlencode(data) if data else None
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if data else {}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Location"), text


def run_race(port: int, slug: str) -> tuple[Counter[int], list[set[str | None]]]:
    """Send everybody at once; return the statuses, and each double's links.

    Whoever is asked to wait, because a slow machine keeps a lock too long, sends the
    form once more, as the page says.
    """
    path = f"/fr/events/{slug}/reply"
    page = ask(port, "GET", path)[2]
    seal = re.search(r'name="seal"[^>]*value="([^"]+)"', page)
    assert seal, "the form has no seal"

    def reply(number: int) -> tuple[int, int, str | None]:
        answers = {
            "seal": seal[1],
            "name": f"Guest {number}",
            "email": f"guest{number}@example.org",
            "party_size": "1",
        }
        status, link, _ = ask(port, "POST", path, answers)
        for _ in range(TRIES):
            if status != TOO_BUSY:
                break
            time.sleep(PATIENCE)
            status, link, _ = ask(port, "POST", path, answers)
        return number, status, link

    runners = [number for n in range(PEOPLE) for number in [n] * (1 + (n < DOUBLES))]
    with ThreadPoolExecutor(32) as everybody:
        results = list(everybody.map(reply, runners))
    statuses = Counter(status for _, status, _ in results)
    links: dict[int, set[str | None]] = {}
    for number, _, link in results:
        links.setdefault(number, set()).add(link)
    return statuses, [links[number] for number in range(DOUBLES)]


def seated() -> int:
    return db.session.scalars(
        select(func.coalesce(func.sum(Rsvp.party_size), 0)).where(
            Rsvp.status == RsvpStatus.CONFIRMED
        )
    ).one()


@both_databases
def test_two_hundred_people_and_twenty_seats(build: Builders, database_url, tmp_path):
    build.event("race", capacity=SEATS, keeps_waiting_list=False)

    with serving(database_url, tmp_path) as port:
        statuses, doubles = run_race(port, "race")

    rows = db.session.scalars(select(func.count(Rsvp.id))).one()
    repeats = db.session.scalars(select(func.count(Repeat.id))).one()
    letters = db.session.scalars(select(func.count(Letter.id))).one()
    assert (seated(), rows, repeats, letters) == (SEATS, SEATS, 0, SEATS)
    assert set(statuses) == {303, 422}
    assert sum(statuses.values()) == PEOPLE + DOUBLES
    assert all(len(links - {None}) <= 1 for links in doubles)


@both_databases
def test_without_the_guards_the_same_race_oversells(
    build: Builders, database_url, tmp_path
):
    for attempt in range(5):
        build.event(f"race-{attempt}", capacity=SEATS, keeps_waiting_list=False)
    oversold = False

    with serving(database_url, tmp_path, RACE_CONTROL="1") as port:
        for attempt in range(5):
            before = seated()
            db.session.rollback()
            run_race(port, f"race-{attempt}")
            oversold = oversold or seated() - before > SEATS
            db.session.rollback()
            if oversold:
                break

    assert oversold, "the control does not oversell: the race proves nothing"


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", "192.0.2.1:8000"])
def test_the_race_s_settings_are_refused_where_strangers_listen(bind):
    from festival.config import BadSetting  # noqa: PLC0415
    from tests.conftest import some_settings  # noqa: PLC0415

    with pytest.raises(BadSetting):
        some_settings(BIND=bind, FORM_SECONDS=0)
