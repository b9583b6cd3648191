"""A visitor: opens pages, fills in the forms they find, presses the buttons they see.

Tests speak through a visitor so that a wrong field name, a missing seal or a form
that posts elsewhere fails a test, as it would fail a person.
"""

from __future__ import annotations

import contextvars
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, Tag
from flask import Flask

from festival.extensions import current_settings, db
from festival.web.desk import guard

if TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.test import TestResponse

    from festival.models.accounts import Account
    from tests.conftest import Clock

READING_SECONDS = 5  # what a person needs before they press


@dataclass
class Page:
    """What a visitor sees."""

    status: int
    path: str
    response: TestResponse

    @cached_property
    def html(self) -> BeautifulSoup:
        """What is on it; nobody parses a page of which only the status counts."""
        kind = self.response.mimetype or ""
        text = self.response.text if kind.startswith("text/") else ""
        return BeautifulSoup(text, "html.parser")

    @property
    def heading(self) -> str:
        return seen(self.html.select_one("h1"))

    @property
    def title(self) -> str:
        return seen(self.html.select_one("title"))

    @property
    def text(self) -> str:
        return seen(self.html.select_one("main"))

    @property
    def errors(self) -> dict[str, str]:
        """Sentences beside the fields, by the field's name."""
        found = {}
        for message in self.html.select(".msg[id]"):
            for hidden in message.select(".vh"):
                hidden.decompose()
            found[message["id"].removesuffix("-error")] = seen(message)
        return found

    @property
    def summary(self) -> list[str]:
        """Sentences of the summary at the top."""
        return [seen(item) for item in self.html.select(".summary li")]

    @property
    def buttons(self) -> list[str]:
        return [seen(button) for button in self.html.select("main button")]

    @property
    def fields(self) -> dict[str, Any]:
        """What stands in the fields of every form of the page."""
        return {
            name: value
            for form in self.html.select("form")
            for name, value in answers(form).items()
        }

    def link(self, words: str) -> str:
        for link in self.html.select("a[href]"):
            if words in seen(link):
                return link["href"]
        raise AssertionError(f"no link says {words!r}")


def seen(tag: Tag | None) -> str:
    """The words of a tag as they are read, no-break spaces made plain."""
    assert tag is not None
    return " ".join(tag.get_text(" ", strip=True).replace("\u00a0", " ").split())


def answers(form: Tag) -> dict[str, Any]:
    """What a browser would send of *form*, its buttons aside."""
    found: dict[str, Any] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        kind, name = field.get("type", "text"), field["name"]
        if field.name == "textarea":
            found[name] = field.get_text()
        elif field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            found[name] = chosen.get("value", seen(chosen)) if chosen else ""
        elif kind in {"radio", "checkbox"}:
            if field.has_attr("checked"):
                given = field.get("value", "on")
                several = kind == "checkbox" and name in found
                found[name] = [*_listed(found[name]), given] if several else given
        else:
            found[name] = field.get("value", "")
    return found


def _listed(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


class Visitor:
    """Somebody with a browser, no JavaScript, and a moment's time."""

    page: Page
    account: Account  # of whom the fixture ``desk`` signed in

    def __init__(self, app: Flask, clock: Clock, **headers: str) -> None:
        self.app = app
        self.clock = clock
        self.headers = {"Sec-Fetch-Site": "same-origin", **headers}
        self.base_url = app.extensions["settings"].base_url
        self.browser = app.test_client()  # it keeps the cookies it is given
        self._answers: dict[str, Any] = {}

    def opens(self, path: str, **headers: str) -> Page:
        """Go to *path*, by a link or by hand."""
        return self._sees("GET", path, headers=headers)

    def follows(self, words: str) -> Page:
        """Go where the link that says *words* leads."""
        return self.opens(self.page.link(words))

    def fills(self, **answers: Any) -> Visitor:
        """Write into the fields; they are sent with the next button."""
        self._answers |= answers
        return self

    def presses(self, button: str, *, at_once: bool = False) -> Page:
        """Send the form that has *button*, after a moment's reading."""
        form, pressed = self._button(button)
        known = {tag["name"] for tag in form.select("[name]")}
        unknown = self._answers.keys() - known
        assert not unknown, f"no such field in this form: {unknown}"
        data = {**answers(form), **self._answers}
        if pressed.get("name"):
            data[pressed["name"]] = pressed.get("value", "")
        self._answers = {}
        if not at_once:
            self.clock.moves(seconds=READING_SECONDS)
        path = form.get("action") or self.page.path
        if form.get("method", "get").lower() == "get":
            return self._sees("GET", path, query_string=data)
        return self._sees("POST", path, data=data)

    def sends(self, path: str, data: dict[str, Any], **headers: str) -> Page:
        """Send what no form of ours would, as a program can."""
        return self._sees("POST", path, data=data, headers=headers)

    def keeps(self, cookie: str, value: str) -> None:
        """Keep a cookie of the desk, as if it had been set here."""
        domain = self.base_url.partition("://")[2].partition(":")[0]
        self.browser.set_cookie(guard._cookie(cookie), value, domain=domain)

    def cookie(self, name: str) -> str:
        """What the desk has left here under *name*, or nothing."""
        domain = self.base_url.partition("://")[2].partition(":")[0]
        kept = self.browser.get_cookie(guard._cookie(name), domain=domain)
        return kept.value if kept else ""

    def _button(self, words: str) -> tuple[Tag, Tag]:
        for form in self.page.html.select("form"):
            for button in form.select("button"):
                if seen(button) == words:
                    return form, button
        raise AssertionError(f"no button says {words!r}, only {self.page.buttons}")

    def _sees(self, method: str, path: str, **kwargs: Any) -> Page:
        db.session.rollback()  # nobody waits for a test's own transaction
        headers = {**self.headers, **kwargs.pop("headers", {})}

        def fetch() -> TestResponse:
            return self.browser.open(
                path,
                method=method,
                base_url=self.base_url,
                headers=headers,
                follow_redirects=True,
                buffered=True,  # read whole, and closed
                **kwargs,
            )

        # An empty context: the request gets an app context and a session of its own,
        # so that what a view did not commit did not happen.
        response = contextvars.Context().run(fetch)
        db.session.rollback()
        path = response.request.full_path.rstrip("?")
        self.page = Page(response.status_code, path, response)
        return self.page


def link_in(account: Account, now: datetime, language: str = "fr") -> str:
    """The path by which *account* signs in, in any browser."""
    from festival.domain import tokens  # noqa: PLC0415
    from festival.services import stays  # noqa: PLC0415

    link = stays.link_to(account, None, now=now, until=now + stays.INVITATION)
    db.session.commit()
    key = current_settings().SECRET_KEY
    token = tokens.write(key, "sign-in", link.public_id, 0)
    return f"/{language}/desk/in/{token}"


def link_of(purpose: str, record: Any, language: str = "fr") -> str:
    """The path that a letter about *record* would hold."""
    from festival.domain import tokens  # noqa: PLC0415

    version = getattr(record, "version", 0)  # a calendar has none
    token = tokens.write(
        current_settings().SECRET_KEY, purpose, record.public_id, version
    )
    paths = {
        "manage": f"/{language}/rsvp/{token}",
        "confirm": f"/{language}/rsvp/{token}/confirm",
        "erase": f"/{language}/rsvp/{token}/erase",
        "silence": f"/{language}/rsvp/{token}/silence",
        "reminders": f"/{language}/rsvp/{token}/reminders",
        "ticket": f"/{language}/ticket/{token}",
        "calendar": f"/{language}/calendar/{token}",
        "feed": f"/calendar/{token}.ics",
    }
    return paths[purpose]
