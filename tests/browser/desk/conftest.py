"""The desk of a house of each test's own: one venue, one association, nothing on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from festival.domain.words import Words
from festival.models.directory import Organisation, Space
from tests.browser.desk.organiser import Organiser
from tests.browser.house import House, Person, free_port, serving
from tests.builders import Builders
from tests.conftest import Clock
from tests.mail.conftest import MailServer, mail_server

__all__ = ["mail_server"]  # a fixture here, too

SPACES = {"nef": "Grande nef", "atelier": "Atelier", "cuisine": "Cuisine"}


@pytest.fixture
def house(make_app: Callable[..., Flask], mail_server: MailServer) -> Iterator[House]:
    """Empty, served on a free port; its letters are taken by a server of ours."""
    port = free_port()
    address = f"http://localhost:{port}"
    app = make_app(BASE_URL=address, MAIL_PORT=mail_server.port)
    with serving(app, port):
        yield House(app, Clock(), address, {})


@pytest.fixture
def language() -> str:
    """French, where a test does not say otherwise."""
    return "fr"


@pytest.fixture
def spaces(build: Builders) -> dict[str, Space]:
    """The spaces of La Halle, of 40 places each."""
    venue = build.venue()
    return {
        slug: build.space(venue, slug, name=Words(fr=name, en=name), capacity=40)
        for slug, name in SPACES.items()
    }


@pytest.fixture
def wheel(build: Builders) -> Organisation:
    return build.organisation("wheel", "La Roue libre")


@pytest.fixture
def organiser(
    make_person: Callable[..., Person], build: Builders, wheel: Organisation
) -> Organiser:
    """Inès, of the wheel: signed in, with a telephone, without JavaScript."""
    person = make_person()
    person.signs_in(build.account("Inès", "organiser", organisation=wheel))
    return Organiser(person)


@pytest.fixture
def office(make_person: Callable[..., Person], build: Builders) -> Organiser:
    """Paul, of the office, the same way."""
    person = make_person()
    person.signs_in(build.account("Paul", "manager"))
    return Organiser(person)
