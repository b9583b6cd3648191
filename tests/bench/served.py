"""What a real server gives: requests a second, and how long each takes."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import mean
from urllib.parse import urlencode

import brotli

from festival.models.journal import LetterStatus
from tests import lab
from tests.bench import client, many
from tests.bench.client import Answer, Run, Script
from tests.bench.rows import Row

HELLO = "tests.bench.hello:app"
AS_SERVED = {"FESTIVAL_WORKERS": "2", "FESTIVAL_THREADS": "8"}  # the defaults
FAST, NEARLY, HALF = 0.55, 0.75, 0.5  # parts of "hello world"
FEED = "/agenda.ics"
ASKED = [f"/fr/events/event-{n}" for n in range(60, 70)]  # whose replies have opened


@dataclass(frozen=True)
class Served:
    """A house of so many events, on its own database, and how long to measure."""

    kind: str
    url: str
    folder: Path
    seconds: float

    @contextlib.contextmanager
    def open(self, **more: str) -> Iterator[lab.Server]:
        """Serve it."""
        given = {**AS_SERVED, **more}
        with lab.serving(self.url, self.folder, preload=False, **given) as server:
            yield server

    @contextlib.contextmanager
    def beside_hello(self) -> Iterator[tuple[lab.Server, lab.Server]]:
        """Serve it, and "hello world" beside it by the same server."""
        with (
            self.open() as house,
            lab.serving(
                self.url, self.folder, app=HELLO, preload=False, **AS_SERVED
            ) as hello,
        ):
            yield house, hello

    def run(self, port: int, *requests: bytes) -> Run:
        """Let everybody ask for *requests* in turn."""
        script = client.again_and_again(requests)
        found = client.run(port, script, seconds=self.seconds)
        assert set(found.statuses) <= {200, 304}, found.statuses
        assert not found.broken
        return found

    def compare(
        self,
        house: lab.Server,
        hello: int,
        asked: dict[str, list[bytes]],
        goal: float,
    ) -> Iterator[Row]:
        """Yield each of *asked* beside "hello world" before and after it."""
        before = self.run(hello, client.get("/"))
        for what, requests in asked.items():
            _warm(house, requests)
            run = self.run(house.port, *requests)
            after = self.run(hello, client.get("/"))
            least = mean([before.a_second, after.a_second])
            facts = {
                "a second": run.a_second,
                "hello": least,
                "p50 ms": run.percentile(0.5),
                "p99 ms": run.percentile(0.99),
                "clients’ CPU": f"{run.own_seconds / run.seconds:.0%} of one core",
            }
            ratio = run.a_second / least
            yield Row(what, self.kind, ratio, "× hello", at_least=goal, beside=facts)
            if goal == FAST:
                p99 = run.percentile(0.99)
                yield Row(f"{what}, p99", self.kind, p99, "ms", at_most=50)
            before = after


def pages(served: Served) -> Iterator[Row]:
    """Yield how fast pages are, and "nothing has changed"; then the process."""
    every = {
        "agenda": ["/fr/"],
        "event pages": [
            f"/fr/events/event-{n}"
            for n in range(2, many.SMALL.events + 1)
            if served.seconds > 1 or n % 10 == 0
        ],
        "festival page": ["/fr/events/festival"],
    }
    with served.beside_hello() as (house, hello):
        asked = {
            what: [client.get(path) for path in paths] for what, paths in every.items()
        }
        yield from served.compare(house, hello.port, asked, FAST)
        known = {
            f"304, {what}": [_known(house.port, path) for path in paths]
            for what, paths in {**every, "feed": [FEED]}.items()
        }
        yield from served.compare(house, hello.port, known, NEARLY)
        yield from _memory(served.kind, house, "process, after pages")


def _known(port: int, path: str) -> bytes:
    """Return the request of somebody who has what *path* gives."""
    etag = client.ask(port, client.get(path)).header(b"ETag").decode()
    assert etag, path
    return client.get(path, If_None_Match=etag)


def feed(served: Served) -> Iterator[Row]:
    """Yield how fast a feed of a thousand events is given again."""
    with served.beside_hello() as (house, hello):
        whole = client.ask(house.port, client.get(FEED))
        facts = {"feed of 1,000 events, again": [client.get(FEED)]}
        for row in served.compare(house, hello.port, facts, HALF):
            row.beside["bytes"] = len(whole.body)
            yield row


# Replies


def replies(served: Served, mail: int) -> Iterator[Row]:
    """Yield how many whole replies a second the house takes, letters going out."""
    posted = many.letters(LetterStatus.SENT)
    with served.open(FESTIVAL_RELAY="on", FESTIVAL_MAIL_PORT=str(mail)) as house:
        pages = [client.get(path) for path in ASKED]
        _warm(house, pages)  # and the clockwork has its first round
        before = _burnt(house)
        run = client.run(house.port, people, seconds=max(served.seconds * 2, 4))
        burnt = _burnt(house) - before
        left = many.letters(LetterStatus.SENT) - posted
        yield from _memory(served.kind, house, "process, after replies")
    assert set(run.statuses) <= {200, 303}, run.statuses
    whole = run.statuses[303] / run.seconds
    facts = {
        "letters sent meanwhile": left,
        "page p50 ms": run.percentile(0.5),
        "POST p50 ms": run.percentile(0.5, "POST"),
        "server’s CPU": f"{burnt / run.seconds:.0%} of one core",
        "clients’ CPU": f"{run.own_seconds / run.seconds:.0%}",
    }
    yield Row(
        "whole replies", served.kind, whole, "a second", at_least=100, beside=facts
    )
    p99 = run.percentile(0.99, "POST")
    yield Row("whole replies, POST p99", served.kind, p99, "ms", at_most=300)


_people = count(1)


def people(client_number: int) -> Script:
    """Open an event's page, send its form, look at the ticket; somebody else next."""
    for turn in count(client_number):
        person = f"{next(_people)}-{os.getpid()}"
        path = ASKED[turn % len(ASKED)]
        page = yield client.get(path)
        assert page.status == 200, text(page)[:3000]
        answers = {
            "seal": lab.seal_in(text(page), f"{path}/reply"),
            "name": f"Guest {person}",
            "email": f"guest{person}@example.net",
            "party_size": "1",
        }
        sent = yield client.post(f"{path}/reply", urlencode(answers).encode())
        place = sent.header(b"Location").decode()
        assert sent.status == 303, text(sent)[:3000]
        yield client.get(re.sub(r"^https?://[^/]+", "", place))


def text(answer: Answer) -> str:
    """Return what a page says, unzipped."""
    zipped = answer.header(b"Content-Encoding") == b"br"
    return (brotli.decompress(answer.body) if zipped else answer.body).decode()


@contextlib.contextmanager
def post_office() -> Iterator[int]:
    """Run a mail server that takes everything, in a process of its own."""
    port = lab.free_port()
    command = [sys.executable, "-m", "tests.bench.post_office", str(port)]
    office = subprocess.Popen(command, cwd=lab.ROOT)
    try:
        lab.soon(lambda: lab.listens(port), 10, "the post office did not open")
        yield port
    finally:
        office.terminate()
        office.wait()


# Processes


def start(served: Served) -> Iterator[Row]:
    """Yield the CPU that a house of one worker takes until its first answer."""
    with served.open(FESTIVAL_WORKERS="1") as house:
        first = client.ask(house.port, client.get("/fr/"))
        burnt = _burnt(house)
    assert first.status == 200
    yield Row("cold start, to the first page", served.kind, burnt, "s CPU", at_most=1.0)


def _memory(kind: str, server: lab.Server, what: str) -> Iterator[Row]:
    """Yield what the largest worker takes: its part of what they share."""
    found = [_kilobytes(worker) for worker in server.workers()]
    worst = max(found, key=lambda one: one["Pss"])
    yield Row(
        what,
        kind,
        worst["Pss"] / 1000,
        "MB PSS",
        at_most=90,
        beside={"RSS MB": worst["Rss"] / 1000, "workers": len(found)},
    )


def _kilobytes(process: int) -> dict[str, float]:
    rolled = Path(f"/proc/{process}/smaps_rollup").read_text()
    return {
        name: float(amount) * 1.024
        for name, amount in re.findall(r"^(\w+): +(\d+) kB", rolled, re.MULTILINE)
    }


def _warm(server: lab.Server, requests: list[bytes]) -> None:
    """Ask for everything until every worker has made it: one may take all the lines."""
    before = {worker: _seconds(worker) for worker in server.workers()}
    for _ in range(20):
        client.run_through(server.port, requests)
        burnt = [_seconds(one) - before.get(one, 0.0) for one in server.workers()]
        if min(burnt) > max(burnt) / 2:
            return


def _burnt(server: lab.Server) -> float:
    """Return the CPU seconds of a server so far, its master's included."""
    return sum(map(_seconds, (server.master.pid, *server.workers())))


def _seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
