"""What is measured inside one process: single answers, and letters.

Answers are asked for as a server asks the app, and read whole: no network, no clients.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

import brotli
import icalendar
from flask import Flask
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from festival import calendars, create_app
from festival.domain.words import Words
from festival.extensions import db
from festival.mail import relay
from festival.models.events import Event
from festival.models.journal import LetterStatus
from festival.services import events
from tests import lab
from tests.bench import many
from tests.bench.rows import Row
from tests.builders import Builders
from tests.conftest import some_settings

FEED = "/agenda.ics"
ZIPPED = b"\x1f\x8b"  # RFC 1952, 2.3.1
PAGES = {
    "agenda": "/fr/",
    "agenda, everything": "/fr/?when=all",
    "agenda, a kind at a venue": "/fr/?kind=workshop&venue=venue-1",
    "agenda, words": "/fr/?q=jardin",
    "agenda, places left": "/fr/?seats=free",
    "archive": "/fr/?when=past",
    "archive, a year": "/fr/?when=past&from={year}-01-01&until={year}-12-31",
    "event": "/fr/events/event-60",
    "festival": "/fr/events/festival",
    "venues": "/fr/venues/",
    "venue": "/fr/venues/venue-1",
    "space": "/fr/venues/venue-1/space-1",
    "organisations": "/fr/organisations/",
    "organisation": "/fr/organisations/organisation-1",
    "competition": "/fr/competitions/tournament",
}


@dataclass(frozen=True)
class Opened:
    """A house in this process."""

    app: Flask

    @classmethod
    def at(cls, url: str, instance: str, **settings: Any) -> Opened:
        """Open the house at a database's address."""
        given = {
            "SECRET_KEY": lab.SECRET_KEY,
            "BASE_URL": "http://127.0.0.1",
            "INSTANCE": instance,
            "DATABASE_URL": url,
            "BIND": "127.0.0.1:8000",
            "FORM_SECONDS": 0,
            "NETWORK_REPLIES": 0,
            **settings,
        }
        return cls(create_app(some_settings(**given)))

    def answers(self, method: str, path: str, data: Any = None) -> tuple[Any, ...]:
        """Return body, status and headers."""
        builder = EnvironBuilder(
            path,
            base_url="http://127.0.0.1",
            method=method,
            data=data,
            headers={"Accept-Encoding": "gzip, br", "Sec-Fetch-Site": "same-origin"},
        )
        environ = builder.get_environ()
        return run_wsgi_app(self.app.wsgi_app, environ, buffered=True)

    def takes(self, path: str) -> float:
        """Return the milliseconds that a page takes."""
        began = time.perf_counter()
        _, status, _ = self.answers("GET", path)
        took = 1000 * (time.perf_counter() - began)
        assert status.startswith("200"), (path, status)
        return took

    @contextmanager
    def asking(self) -> Iterator[list[str]]:
        """Note the questions to the database inside, the pulse's aside."""
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("SELECT") and "FROM edition" not in statement:
                sent.append(statement)

        with self.app.app_context():
            engine = db.engine
        sqlalchemy_event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            sqlalchemy_event.remove(engine, "before_cursor_execute", note)

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


# A feed of a thousand events


def first_feed(kind: str, house: Opened, repeats: int) -> Iterator[Row]:
    """Yield what a feed takes first, and after one change; and what icalendar takes."""
    calendars._recent.clear()  # of the other database's house
    began = time.process_time()
    body, status, _ = house.answers("GET", f"{FEED}?lang=fr")
    first = 1000 * (time.process_time() - began)
    assert status.startswith("200"), status
    whole = b"".join(body)
    if whole.startswith(ZIPPED):
        whole = gzip.decompress(whole)
    library = median(_by_library(whole) for _ in range(max(repeats // 5, 3)))
    yield Row(
        "feed of 1,000 events, first",
        kind,
        first / library,
        "× icalendar",
        at_most=1.2,
        beside={
            "ms CPU": first,
            "icalendar’s ms": library,
            "events": whole.count(b"BEGIN:VEVENT"),
        },
    )
    changed = [_after_a_change(house, number) for number in range(max(repeats // 5, 3))]
    yield Row(
        "feed of 1,000 events, one changed",
        kind,
        median(changed),
        "ms",
        at_most=20,
        beside={"longest": max(changed)},
    )


def _by_library(whole: bytes) -> float:
    """Return the milliseconds of CPU in which icalendar builds what *whole* holds.

    From Python's own values to bytes; reading *whole* is not counted.
    """
    known = icalendar.Calendar.from_ical(whole)
    every = [
        [
            (name, _value(value))
            for name, value in event.property_items(recursive=False)
            if name not in {"BEGIN", "END"} and not isinstance(value, list)
        ]
        for event in known.walk("VEVENT")
    ]
    began = time.process_time()
    calendar = icalendar.Calendar()
    calendar.add("VERSION", "2.0")
    for values in every:
        event = icalendar.Event()
        for name, value in values:
            event.add(name, value)
        calendar.add_component(event)
    calendar.to_ical()
    return 1000 * (time.process_time() - began)


def _value(value: Any) -> Any:
    """Return Python's own value of a property."""
    if isinstance(value, icalendar.vGeo):
        return value.latitude, value.longitude
    return getattr(value, "dt", str(value))


def _after_a_change(house: Opened, number: int) -> float:
    now = datetime.now(UTC).replace(microsecond=0)
    with house.app.app_context():
        event = db.session.scalars(
            select(Event).where(Event.slug == f"event-{100 + number}")
        ).one()
        name = Words(fr=f"Changé {number}", en=f"Changed {number}")
        events.revise(event, actor="bench", now=now, name=name)
        db.session.commit()
    return house.takes(f"{FEED}?lang=fr")


# A small house beside a large one


def beside_large(
    kind: str, small: tuple[str, str], large: tuple[str, str], repeats: int
) -> Iterator[Row]:
    """Yield what each page takes in a large house, by what it takes in a small one.

    The two are asked in turn, so that what else the machine does troubles both.
    """
    for what, settings, how_often in (
        ("cold", {"KEPT_MB": 0}, repeats),
        ("kept", {}, repeats * 5),
    ):
        houses = [Opened.at(*one, **settings) for one in (small, large)]
        for page, path in PAGES.items():
            yield from _both(f"{page}, {what}", kind, houses, path, how_often)
        for house in houses:
            house.close()
    houses = [Opened.at(*one) for one in (small, large)]
    people = [_Person(house) for house in houses]
    yield _ratio("reply, POST", kind, people, lambda one: one.replies(), repeats)
    yield _ratio("ticket page", kind, people, lambda one: one.looks(), repeats)
    for house in houses:
        house.close()


def _both(
    what: str, kind: str, houses: list[Opened], path: str, repeats: int
) -> Iterator[Row]:
    path = path.format(year=datetime.now(UTC).year - 1)
    asked = []
    for house in houses:
        house.takes(path)
        with house.asking() as sent:
            house.takes(path)
        asked.append(len(sent))
    row = _ratio(what, kind, houses, lambda house: house.takes(path), repeats)
    row.beside["statements"] = asked[0]
    yield row
    if asked[0] != asked[1]:
        told = f"{what}, statements"
        yield Row(told, kind, asked[1], "of them", at_most=asked[0])


def _ratio(
    what: str, kind: str, pair: list[Any], takes: Callable[[Any], float], repeats: int
) -> Row:
    each: list[list[float]] = [[], []]
    for _ in range(repeats):
        for one, found in zip(pair, each, strict=True):
            found.append(takes(one))
    small, large = map(median, each)
    facts = {"small p50 ms": small, "large p50 ms": large}
    return Row(what, kind, large / small, "× small", at_most=1.5, beside=facts)


class _Person:
    """Somebody who replies in a house, again and again, always as somebody else."""

    def __init__(self, house: Opened) -> None:
        self._house, self._number, self._ticket = house, 0, ""

    def replies(self) -> float:
        self._number += 1
        path = f"/fr/events/event-{60 + self._number % 50}"
        body, *_ = self._house.answers("GET", f"{path}/reply")
        page = brotli.decompress(b"".join(body)).decode()
        form = lab.reply(self._number, lab.seal_in(page), domain="bench.example")
        began = time.perf_counter()
        _, status, headers = self._house.answers("POST", f"{path}/reply", form)
        took = 1000 * (time.perf_counter() - began)
        assert status.startswith("303"), status
        self._ticket = headers["Location"]
        return took

    def looks(self) -> float:
        self.replies()
        return self._house.takes(self._ticket)


# Letters


def letters(kind: str, app: Flask, number: int) -> Iterator[Row]:
    """Yield how many letters a second one relay hands to a mail server."""
    now = datetime.now(UTC).replace(microsecond=0)
    build = Builders(lambda: now)
    event = db.session.scalars(select(Event).where(Event.slug == "event-60")).one()
    for n in range(number):
        build.guest(event, f"Guest{n}")
    db.session.remove()
    before = many.letters(LetterStatus.SENT)
    burnt, began = time.process_time(), time.perf_counter()
    assert relay.carry()
    took, burnt = time.perf_counter() - began, time.process_time() - burnt
    sent = many.letters(LetterStatus.SENT) - before
    assert sent >= number, (sent, number)  # and what replies left behind
    yield Row(
        "letters from one relay",
        kind,
        sent / took,
        "a second",
        at_least=150,
        beside={"CPU ms each": 1000 * burnt / sent},
    )
