"""The house as the world sees it: open on a port, with a person before a browser."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from festival.domain.kinds import FESTIVAL
from festival.domain.lifecycle import PUBLIC, ReplyPolicy, ReplyState
from festival.extensions import db
from festival.models.events import Event
from festival.queries import agenda
from festival.services import stays
from festival.web.desk import guard
from festival.wording import is_few
from tests.conftest import Clock
from tests.visitor import READING_SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Request, Response

    from festival.models.accounts import Account

PHONE, DESK, NARROW = (390, 844), (1280, 900), (320, 640)
SIDEWAYS = (
    "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
)
LANGUAGES = ("fr", "en")


@dataclass(frozen=True)
class House:
    """The demonstration at work, its clock, and one slug for each state it shows."""

    app: Flask
    clock: Clock
    address: str
    slugs: dict[str, str]


class Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Say nothing: a test's output is about what failed."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(app: Flask, port: int) -> Iterator[None]:
    """Serve *app* from threads of this process, so that tests can stop its clock."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Silent)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def one_of_each(clock: Clock) -> dict[str, str]:
    """Return the slug of one event for each thing an event's page can show."""
    found: dict[str, str] = {}
    public = select(Event).where(Event.status.in_(PUBLIC)).order_by(Event.starts_at)
    for event in db.session.scalars(public):
        if event.sources:  # the past as others told it
            found.setdefault("archived", event.slug)
            continue
        card = agenda.card(event, clock())
        few = card.state is ReplyState.OPEN and is_few(card.house)
        shown = {
            card.state.value: event.kind != FESTIVAL and not few,
            "few": few,
            "by_mail": event.reply_policy is ReplyPolicy.MAIL,
            "festival": event.kind == FESTIVAL,
            "part": event.super_event_id is not None,
            "question": bool(event.question),
            "unlisted": not event.listed,
            "match": event.match is not None,
            "series": event.series_id is not None,
            "discreet": event.discreet,
            "changed": event.revision > 0,
            "youth": event.audience == "youth",
            **dict.fromkeys(event.name, True),
        }
        for name, shows in shown.items():
            if shows:
                found.setdefault(name, event.slug)
    return found


class Person:
    """Somebody at a browser. What they load, type and tap is counted."""

    is_at_desk = False  # the one place that may leave cookies

    def __init__(self, page: Page, house: House, language: str) -> None:
        self.page, self.house, self.language = page, house, language
        self.loads = self.typed = self.taps = 0
        self.requests: list[Request] = []
        page.set_default_timeout(10_000)
        page.on("load", self._loaded)
        page.on("request", self._asked)

    def looks_at(self, size: tuple[int, int], scheme: str = "light") -> None:
        """Take a screen of *size*, light or dark."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

    def signs_in(self, account: Account) -> None:
        """Stand at the desk as *account*, as its link would let them in."""
        now = self.house.clock()
        key = stays.stay(account, "a browser", how="link", now=now)
        db.session.commit()
        self.is_at_desk = True
        name, address = guard._cookie(guard.KEY), self.house.address
        cookie = {"name": name, "value": key, "url": address}
        self.page.context.add_cookies([cookie])  # type: ignore[list-item]

    def leaves(self) -> None:
        """Leave the page to the next person."""
        self.page.remove_listener("load", self._loaded)
        self.page.remove_listener("request", self._asked)

    def opens(self, path: str) -> Response:
        """Go to *path* of the site; what begins with "…" is behind the language."""
        path = path.replace("…", f"/{self.language}", 1)
        db.session.rollback()  # nobody waits for a test's own transaction
        response = self.page.goto(self.house.address + path)
        assert response is not None
        return response

    def types(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)
        self.typed += 1

    def chooses(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()
        self.taps += 1

    def presses(self, words: str) -> Response:
        """Press the button that says *words*, after a moment's reading."""
        return self.sends(self.page.get_by_role("button", name=words, exact=True))

    def sends(self, button: Locator | str, *, at_once: bool = False) -> Response:
        if not at_once:
            self.house.clock.moves(seconds=READING_SECONDS)
        found = self.page.locator(button) if isinstance(button, str) else button
        response = self._goes(found)
        assert response is not None
        return response

    def follows(self, words: str) -> Response | None:
        """Follow the link that says *words*, within this page or to another."""
        return self._goes(self.page.get_by_role("link", name=words).first)

    def sees(self, words: str) -> bool:
        return words in self.text

    @property
    def text(self) -> str:
        """The words of the page, no-break spaces made plain."""
        return " ".join(self.page.inner_text("main").split())

    @property
    def heading(self) -> str:
        return " ".join(self.page.inner_text("h1").split())

    def _goes(self, found: Locator) -> Response | None:
        self.taps += 1
        db.session.rollback()
        with self.page.expect_navigation() as going:
            found.click()
        return going.value

    def _loaded(self, _: object) -> None:
        self.loads += 1

    def _asked(self, request: Request) -> None:
        self.requests.append(request)
