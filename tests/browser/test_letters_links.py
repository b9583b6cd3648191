"""Machines open the links of letters before people do: that must change nothing."""

from __future__ import annotations

import http.client
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from festival import create_app
from festival.extensions import db
from festival.mail import letters
from tests.browser.house import House, free_port, serving
from tests.builders import everything
from tests.conftest import Clock, some_settings
from tests.mail.test_letters import TAKING_BACK, Read, Writer
from tests.visitor import link_of


@pytest.fixture
def house(migrated_file: Path, tmp_path: Path) -> Iterator[House]:
    """A house of this test's own: all that is due in it is for one guest."""
    shutil.copy(migrated_file, tmp_path)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    app = create_app(some_settings(INSTANCE=str(tmp_path), BASE_URL=address))
    with serving(app, port):
        yield House(app, Clock(), address, {})
    with app.app_context():
        db.engine.dispose()


def links_of(letter: Read, address: str) -> set[str]:
    """Return the paths of every link of ours in a letter, its headers too."""
    found = [*letter.links, letter.mail.get("List-Unsubscribe", "").strip("<>")]
    return {
        link.removeprefix(address).partition("#")[0]
        for link in found
        if link.startswith(address)
    }


@pytest.mark.parametrize(("language", "times"), [("fr", 5)])
def test_opening_each_link_of_each_letter_changes_nothing(
    make_person, build, clock, language, times
):
    """Guard: a link's page asks, and only its button acts: no GET, HEAD or script.

    Five times in one language: the other's links lead to the same views.
    """
    person = make_person(java_script_enabled=True)
    address = person.house.address
    writer = Writer(build, clock, language)
    paths = set[str]()
    for kind in sorted({*letters.KINDS} - TAKING_BACK):  # no link in those
        found = links_of(writer.writes(kind), address)
        assert found, kind
        paths |= found
        if kind in letters.WITH_PICTURE:  # a QR code, which is a link, too
            paths.add(link_of("ticket", writer.rsvp, language))
    before = everything()

    for path in sorted(paths):
        for _ in range(times):
            assert person.opens(path).status in its_answer(path), path
    person.page.wait_for_load_state("networkidle")
    for path in paths:
        assert {asked(address, path, way) for way in WAYS} <= its_answer(path), path

    assert everything() == before
    assert {request.method for request in person.requests} == {"GET"}
    assert {re.sub(r"[\w-]{36}|\?.*", "…", path) for path in paths} >= {
        f"/{language}/{purpose}"
        for purpose in (
            *("rsvp/…", "rsvp/…/confirm", "rsvp/…/erase", "rsvp/…/silence"),
            *("rsvp/…/reminders", "ticket/…", "calendar/…"),
        )
    }


WAYS = ("GET", "HEAD")


def its_answer(path: str) -> set[int]:
    """Return what a link answers; those to the desk ask who is there first."""
    if "/desk/in/" in path:
        return {200, 404}  # it opens in the browser that asked for it
    return {200, 303} if "/desk/" in path else {200}


def asked(address: str, path: str, method: str) -> int:
    """Return the status that a program gets."""
    wire = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
    with closing(wire):
        wire.request(method, path)
        answer = wire.getresponse()
        answer.read()
        return answer.status
