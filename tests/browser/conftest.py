"""A browser, and the demonstration on a port for it: both once for all tests here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from festival import create_app, demo
from festival.extensions import db
from tests.browser.house import (
    LANGUAGES,
    PHONE,
    House,
    Person,
    free_port,
    one_of_each,
    serving,
)
from tests.conftest import NOON, Clock, some_settings

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium, or the one that ``CHROMIUM`` names."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    return {"executable_path": path, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def house(migrated_file: Path, tmp_path_factory: Any) -> Iterator[House]:
    """The demonstration as it was loaded at noon, served on a free port."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(migrated_file, folder / "festival.sqlite")
    port = free_port()
    address = f"http://localhost:{port}"  # a name, as passkeys need
    app = create_app(some_settings(INSTANCE=str(folder), DEMO=True, BASE_URL=address))
    clock = Clock()
    with app.app_context():
        demo.seed(now=NOON)
        db.session.commit()
        slugs = one_of_each(clock)
        db.session.remove()
    with serving(app, port):
        yield House(app, clock, address, slugs)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(house: House) -> Iterator[Flask]:
    with house.app.app_context():
        yield house.app
        db.session.remove()


@pytest.fixture
def clock(house: House, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The house's clock, which its server reads: noon at the start of each test."""
    house.clock.time = NOON
    monkeypatch.setattr("festival.clock.now", house.clock)
    return house.clock


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def pages(browser: Any) -> Callable[..., Any]:
    """A page for each way of browsing, used again: a new one takes a while."""
    kept: dict[str, Any] = {}

    def page(**options: Any) -> Any:
        way = repr(options)
        if way not in kept:
            kept[way] = browser.new_context(**options).new_page()
        return kept[way]

    return page


@pytest.fixture
def make_person(
    house: House,
    browser: Any,
    pages: Callable[..., Any],
    app: Flask,
    clock: Clock,
    language: str,
) -> Iterator[Callable[..., Person]]:
    """Let somebody sit down; with a telephone and no JavaScript, unless told otherwise.

    Whatever they did: no cookie was set but at the desk, and no other host was asked
    for anything.
    """
    people: list[Person] = []

    def make(*, new: bool = False, **options: Any) -> Person:
        options = {
            "java_script_enabled": False,
            "reduced_motion": "reduce",
            "locale": language,
            **options,
        }
        page = browser.new_context(**options).new_page() if new else pages(**options)
        people.append(Person(page, house, language))
        people[-1].looks_at(PHONE)
        return people[-1]

    yield make
    for person in people:
        kept = person.page.context.cookies()
        person.page.context.clear_cookies()
        assert person.is_at_desk or not kept
        assert all(r.url.startswith(house.address) for r in person.requests)
        person.leaves()


@pytest.fixture
def person(make_person: Callable[..., Person]) -> Person:
    return make_person()
