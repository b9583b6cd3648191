"""What goes wrong in the world, done to a house at work; and what became of it.

Each fault returns its ``Findings``: what was done, and everything that must be nothing.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy import func, select, update

from festival import create_app
from festival.config import Settings
from festival.domain.admission import RsvpStatus
from festival.extensions import db
from festival.mail import relay
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Repeat, Rsvp
from tests import invariants, lab
from tests.builders import Builders
from tests.mail.conftest import MailServer

MORTAL = "tests.chaos.server:app"  # the house, some of whose workers die at a commit


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Findings:
    """What was done, and what must be nothing."""

    title: str
    done: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, Any] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        return not any(self.wrong.values())

    def __str__(self) -> str:
        wrong = {name: found or 0 for name, found in self.wrong.items()}
        return lab.table(self.title, {**self.done, **wrong})


# Letters


@dataclass
class WearyServer(MailServer):
    """A mail server that says "later" to some at first, and "never" to others."""

    greylisted: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if address in self.greylisted:
            self.greylisted.discard(address)
            return "451 4.7.1 greylisted, come again"
        return await super().handle_RCPT(server, session, envelope, address, options)


@contextlib.contextmanager
def mail_server(port: int = 0) -> Iterator[WearyServer]:
    server = WearyServer(port=port or lab.free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


FORKS = multiprocessing.get_context("forkserver")  # imports once, not at every kill
FORKS.set_forkserver_preload([__name__])


def carries(settings: Settings) -> None:
    sys.exit(relay.run(create_app(settings)))


@contextlib.contextmanager
def relays(app: Flask) -> Iterator[Callable[[], BaseProcess]]:
    """Start relays, each a process of its own."""
    started: list[BaseProcess] = []

    def start() -> BaseProcess:
        process = FORKS.Process(target=carries, args=[app.extensions["settings"]])
        process.start()
        started.append(process)
        return process

    try:
        yield start
    finally:
        for process in started:
            process.kill()
            process.join()


def write_letters(number: int, clock: Callable[[], datetime] = now) -> list[str]:
    """Let so many guests reply to something; return the letters' Message-IDs."""
    build = Builders(clock)
    event = build.event(capacity=None, starts_at=clock() + timedelta(days=9))
    for n in range(number):
        build.guest(event, f"Guest{n}")
    found = list(db.session.scalars(select(Letter.message_id).order_by(Letter.id)))
    db.session.rollback()  # or nobody else may write
    return found


def spoil(server: WearyServer, later: float, never: float, unbuildable: float) -> int:
    """Choose who is told "later" and "never", and what cannot be written at all.

    Returns how many letters can never arrive.
    """
    chance = random.Random(4)
    letters = list(db.session.scalars(select(Letter).order_by(Letter.id)))
    chance.shuffle(letters)
    total = len(letters)
    parts = [max(1, round(total * part)) for part in (later, never, unbuildable)]
    grey, refused, broken = ([letters.pop() for _ in range(number)] for number in parts)
    server.greylisted = {letter.recipient for letter in grey}
    server.at_recipient |= {letter.recipient: "550 5.1.1 nobody" for letter in refused}
    for letter in broken:
        letter.facts = {}
    db.session.commit()
    db.session.remove()
    return parts[1] + parts[2]


def how_many(condition: Any) -> int:
    number = db.session.scalars(select(func.count(Letter.id)).where(condition)).one()
    db.session.remove()
    return number


def time_is_up() -> None:
    """Let leases and waits after a "later" be over, rather than wait for them."""
    leased = update(Letter).where(Letter.leased_until.is_not(None))
    db.session.execute(leased.values(leased_until=now() - timedelta(seconds=1)))
    db.session.commit()
    db.session.remove()


def leases() -> str:
    """Return where the letters that wait are, for whom they keep waiting."""
    waiting = select(Letter.id, Letter.lease, Letter.leased_until, Letter.attempts)
    found = db.session.execute(waiting.where(Letter.status == LetterStatus.WAITING))
    lines = [f"{datetime.now(UTC)}, waiting:", *(str(tuple(row)) for row in found)]
    db.session.remove()
    return "\n".join(lines)


def relay_killed(
    app: Flask, server: WearyServer, *, letters: int, kills: int, abreast: int = 1
) -> Findings:
    """Kill the relay again and again; 5 % "later", 2 % "never", 1 % unbuildable."""
    began = time.monotonic()
    written = write_letters(letters)
    hopeless = spoil(server, later=0.05, never=0.02, unbuildable=0.01)
    server.seconds = 0.005 if kills else 0.0
    with relays(app) as start:
        for kill in range(kills):
            process = start()
            enough = len(server.taken) + letters * 7 // (10 * kills)
            lab.soon(lambda enough=enough: len(server.taken) >= enough, wrong=leases)
            if kill % 2:  # with a letter on its way; else with one just arrived
                lab.soon(lambda: server.thinking)
            process.kill()
            process.join()
            time.sleep(0.5)  # PostgreSQL may be committing yet what the dead one asked
            time_is_up()
        last = [start() for _ in range(abreast)]
        waiting = Letter.status == LetterStatus.WAITING
        later = round(letters * 0.05)
        lab.soon(lambda: how_many(waiting) <= later, seconds=60 + letters * 0.2)
        while how_many(waiting):
            for process in last:  # nothing wakes them but a letter of their own
                process.terminate()
                process.join()
            time_is_up()  # of nobody at work: two would carry the letter in hand
            last = [start() for _ in range(abreast)]
            deadline = time.monotonic() + 3
            while how_many(waiting) and time.monotonic() < deadline:
                time.sleep(0.1)
        for process in last:
            process.terminate()
            process.join()

    arrived = Counter(server.message_ids)
    ends = Counter(
        str(status) for status in db.session.scalars(select(Letter.status)).all()
    )
    db.session.remove()
    repeats = arrived.total() - len(arrived)
    return Findings(
        f"{letters} letters, the relay killed {kills} times",
        {
            "ends": dict(ends),
            "arrived": len(arrived),
            "arrived twice": repeats,
            "seconds": round(time.monotonic() - began),
        },
        {
            "lost": letters - hopeless - len(arrived),
            "under another Message-ID": len(arrived.keys() - set(written)),
            "more repeats than kills": max(0, repeats - kills),
            "rows that are not final": ends["waiting"],
            "stamped sent that did not arrive": ends["sent"] - len(arrived),
            "relays that did not end well": sum(p.exitcode != 0 for p in last),
        },
    )


# Replies under fire


@dataclass
class Story:
    """What one person did, as far as they know."""

    ticket: str = ""  # the path of their page, once they were let in
    withdrew: bool = False


def replies_under_fire(
    title: str,
    url: str,
    folder: Path,
    *,
    people: int,
    seats: int,
    blows: int,
    pause: float,
    blow: Callable[[lab.Server], None],
    abreast: int = 16,
    app: str = lab.HOUSE,
) -> Findings:
    """Let people reply, and every fifth withdraw, while a *blow* falls again and again.

    They go on coming until the last blow has fallen.
    """
    began = time.monotonic()
    slug = _event(seats)
    struck, over = 0, threading.Event()
    stories: dict[int, Story] = {}

    with lab.serving(url, folder, app=app) as server:
        crowd = lab.Crowd(server.port)
        path = f"/fr/events/{slug}/reply"
        seal = crowd.seal(path)

        def lives(number: int) -> None:
            if number > people * 0.8:  # the last ones come when all is over
                over.wait(timeout=300)
            time.sleep(random.uniform(0, 2 * pause * blows * abreast / people))
            stories[number] = _live(crowd, path, seal, number)

        def strikes() -> None:
            nonlocal struck
            for _ in range(blows):
                time.sleep(pause)
                blow(server)
                struck += 1
            over.set()

        fire = threading.Thread(target=strikes)
        fire.start()
        lab.at_once(lives, range(people), abreast)
        fire.join()

        lost = _lost(crowd, stories)
    return Findings(
        title,
        {
            "people": people,
            "blows": struck,
            "let in or put in line, and told so": sum(
                bool(story.ticket) for story in stories.values()
            ),
            "answers": dict(crowd.heard),
            "connections lost": crowd.unheard,
            "asked to wait (503)": crowd.asked_to_wait,
            "told that something is wrong": crowd.apologies,
            "seconds": round(time.monotonic() - began),
        },
        {
            "replies lost that were confirmed": lost,
            "5xx that were no page": crowd.unkind[:3],
            "left without an answer": people - len(stories),
            **_sound(slug),
        },
    )


def _event(seats: int) -> str:
    starts_at = now() + timedelta(days=7)
    event = Builders(now).event("fire", starts_at=starts_at, capacity=seats)
    slug = event.slug
    db.session.remove()
    return slug


def _live(crowd: lab.Crowd, path: str, seal: str, number: int) -> Story:
    story = Story()
    form = lab.reply(number, seal, party=1 + number % 3, wait=True)
    answer = crowd.sends(path, form)
    if answer.status == 303:
        story.ticket = answer.path
        if number % 5 == 0:
            page = answer.path
            withdraw = f"{page}/withdraw"
            taps = {"seal": crowd.seal(page, withdraw)}
            story.withdrew = crowd.sends(withdraw, taps).status == 303
    return story


def _lost(crowd: lab.Crowd, stories: dict[int, Story]) -> list[str]:
    """Return who was told yes, and is not in the database as they were told."""
    kept = {
        rsvp.address: rsvp.status
        for rsvp in db.session.scalars(select(Rsvp))
        if rsvp.address
    }
    db.session.remove()
    lost = []
    for number, story in stories.items():
        status = kept.get(f"guest{number}@example.org")
        if story.ticket and status is None:
            lost.append(f"guest {number}")
        elif story.withdrew != (status is RsvpStatus.CANCELLED):
            lost.append(f"guest {number} is {status}")
        elif story.ticket and number % 20 == 0:
            page = crowd.asks(story.ticket)
            if page.status != 200 or f"Guest {number}" not in page.text:
                lost.append(f"the page of guest {number}")
    return lost


def _sound(slug: str) -> dict[str, Any]:
    """Return what is wrong with the seats and letters of one event, and the file."""
    db.session.remove()
    event = db.session.scalars(select(Event).where(Event.slug == slug)).one()
    wrongs = invariants.wrongs(event, now())
    again = db.session.scalars(select(func.count(Repeat.id))).one()
    db.session.remove()
    return {
        "invariants broken": wrongs[:5],
        "taken for somebody else when they tried again": again,
        "the database": _damage(),
    }


def _damage() -> str:
    """Return what SQLite finds wrong with its own file."""
    if db.engine.dialect.name != "sqlite":
        return ""
    with contextlib.closing(sqlite3.connect(str(db.engine.url.database))) as file:
        said = [row[0] for row in file.execute("PRAGMA integrity_check")]
        said += [str(row) for row in file.execute("PRAGMA foreign_key_check")]
    return "" if said == ["ok"] else "; ".join(said[:3])


# The blows


def kill_a_worker(server: lab.Server) -> None:
    server.kill_worker()


def kill(postgres: lab.Postgres) -> Callable[[lab.Server], None]:
    def blow(_server: lab.Server) -> None:
        postgres.kill()
        postgres.start()

    return blow


# A full disk


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Mount a small file system on *folder*, if this machine lets us."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def disk_full(folder: Path, *, people: int) -> Findings:
    """Let the disk run full while people reply to a house on SQLite, and be freed."""
    disk = folder / "disk"
    with small_disk(disk, 12) as mounted, lab.house("sqlite", disk) as (_, url, _):
        slug = _event(10 * people)
        flood = _on_a_full_disk if mounted else _under_a_limit
        heard = flood(url, disk, slug, people)
        return _after_the_flood(heard, slug, mounted=mounted)


@dataclass
class Flood:
    """What people heard before, during and after the disk was full."""

    crowd: lab.Crowd
    told: set[str]  # whom a 303 reached
    full: Counter[int]  # answers while it was full
    pages: int  # that were shown while it was full
    after: set[str]  # whom a 303 reached once it was freed


def _on_a_full_disk(url: str, disk: Path, slug: str, people: int) -> Flood:
    path = f"/fr/events/{slug}/reply"
    with lab.serving(url, disk, FESTIVAL_WORKERS="2") as server:
        crowd = lab.Crowd(server.port)
        seal = crowd.seal(path)
        told = _replies(crowd, path, seal, range(people))[0]
        ballast = disk / "ballast"
        _fill(ballast)
        more, full, pages = _replies(
            crowd, path, seal, range(people, 3 * people), again=lambda: _fill(ballast)
        )
        ballast.unlink()
        after = _replies(crowd, path, seal, range(2 * people, 4 * people))[0]
    return Flood(crowd, told | more | after, full, pages, after)


def _under_a_limit(url: str, disk: Path, slug: str, people: int) -> Flood:
    """Where nothing may be mounted: no file of the server may grow past its size."""
    path = f"/fr/events/{slug}/reply"
    most = (disk / "festival.sqlite").stat().st_size

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    with lab.serving(url, disk, before=limit, FESTIVAL_WORKERS="2") as server:
        crowd = lab.Crowd(server.port)
        seal = crowd.seal(path)
        told, full, pages = _replies(crowd, path, seal, range(3 * people))
    with lab.serving(url, disk, FESTIVAL_WORKERS="2") as server:
        crowd.port = server.port
        after = _replies(crowd, path, seal, range(2 * people, 4 * people))[0]
    return Flood(crowd, told | after, full, pages, after)


def _replies(
    crowd: lab.Crowd,
    path: str,
    seal: str,
    numbers: range,
    *,
    again: Callable[[], None] = lambda: None,
) -> tuple[set[str], Counter[int], int]:
    """Let people reply once each; return whom a 303 reached, and what was answered."""
    told, answers, pages = set(), Counter[int](), 0
    for number in numbers:
        again()
        answer = crowd.tries("POST", path, lab.reply(number, seal))
        answers[answer.status if answer else 0] += 1
        if answer and answer.status == 303:
            told.add(f"guest{number}@example.org")
        page = crowd.tries("GET", "/fr/", None)
        pages += page is not None and page.status == 200
    return told, answers, pages


def _fill(ballast: Path) -> None:
    """Fill the disk to its last byte."""
    with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size) == size:
                    pass


def _after_the_flood(heard: Flood, slug: str, *, mounted: bool) -> Findings:
    kept = set(db.session.scalars(select(Rsvp.address)))
    db.session.remove()
    refused = sum(number for status, number in heard.full.items() if status >= 500)
    attempts = heard.full.total()
    return Findings(
        "The disk runs full" if mounted else "No file may grow (nothing to mount here)",
        {
            "answers while it was full": dict(heard.full),
            "pages shown meanwhile": f"{heard.pages} of {attempts}",
            "replies once it was freed": len(heard.after),
        },
        {
            "replies lost that were confirmed": sorted(heard.told - kept),
            "it never was full": not refused,
            "no page meanwhile": attempts - heard.pages,
            "5xx that were no page": heard.crowd.unkind[:3],
            "connections lost": heard.crowd.unheard,
            "nobody could reply afterwards": not heard.after,
            **_sound(slug),
        },
    )


# Backups


def flask(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``flask festival …`` as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "festival", *words],
        cwd=lab.ROOT,
        env=lab.environment(url, folder),
        capture_output=True,
        text=True,
        check=False,
    )


def backed_up_under_load(
    url: str, folder: Path, *, people: int, copies: int, pause: float
) -> Findings:
    """Copy the database again and again while people reply; restore every copy."""
    said: list[str] = []
    before: list[int] = []  # replies, when a copy was begun

    def copy(_server: lab.Server) -> None:
        before.append(_replies_in(url))
        done = flask(url, folder, "backup", str(folder / f"copy-{len(said)}"))
        said.append("" if done.returncode == 0 else done.stdout + done.stderr)

    findings = replies_under_fire(
        f"Backed up {copies} times under load",
        url,
        folder,
        people=people,
        seats=people,
        blows=copies,
        pause=pause,
        blow=copy,
        abreast=8,
    )
    grown, lost = [], 0
    broken = [text for text in said if text]
    for number in range(len(said)):
        files = sorted((folder / f"copy-{number}").glob("*.sqlite*"))
        if not files:
            broken.append(f"copy {number} is not there")
            continue
        trouble, replies = _restored(files[0], folder / f"again-{number}")
        grown.append(f"{replies} of {before[number]}")
        lost += replies < before[number]
        broken += [f"copy {number}: {each}" for each in trouble]
    findings.done["replies in each copy, of those before it"] = grown
    findings.wrong["copies that are not sound"] = broken[:3]
    findings.wrong["copies that lost something"] = lost
    return findings


def _replies_in(url: str) -> int:
    file = url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT count(*) FROM rsvp").fetchone()[0])


def _restored(copy: Path, folder: Path) -> tuple[list[str], int]:
    """Restore *copy* into a new house; return what is wrong there, and its replies."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'festival.sqlite'}"
    done = flask(url, folder, "restore", str(copy))
    if done.returncode:
        return [f"{done.stdout}{done.stderr}"[-300:]], 0
    app = create_app(_settings_for(url, folder))
    with app.app_context():
        replies = db.session.scalars(select(func.count(Rsvp.id))).one()
        trouble = [
            wrong
            for event in db.session.scalars(select(Event)).all()
            for wrong in invariants.wrongs(event, now())
        ]
        db.session.remove()
        trouble += [damage] if (damage := _damage()) else []
        db.engine.dispose()
    return trouble, replies


def _settings_for(url: str, folder: Path) -> Settings:
    given = lab.environment(url, folder)
    return Settings.from_env(
        {name: value for name, value in given.items() if name.startswith("FESTIVAL_")}
    )
