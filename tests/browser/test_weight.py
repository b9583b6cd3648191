"""What a telephone on a bad network has to carry."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.desk_places import DESK_PLACES
from tests.browser.places import PLACES

PUBLIC = (
    *("agenda", "agenda, every date", "event, open", "event, festival", "event, past"),
    *("event, question", "reply alone", "tickets again", "legal", "privacy"),
    *("accessibility", "not found", "ticket confirmed", "agenda, past"),
    *("agenda, every choice", "festival, second day", "festival, whole"),
    *("festival, one kind", "event, match", "event, series", "event, archived"),
    *("venues", "venue", "space", "organisations", "organisation"),
    *("venue of the past", "competition of the past", "subscribe", "programme"),
)
WRITTEN = (  # pages of the desk: volunteers have a telephone, too
    *("desk events", "new event", "event of the desk", "several dates", "board"),
    *("competition", "account"),
)
KB = 1024
STYLES = Path(__file__).parents[2] / "static" / "css"


@pytest.mark.parametrize(("name", "most"), [("site", 7), ("desk", 5)])
def test_the_style_sheet_is_small(name, most):
    source = (STYLES / f"{name}.css").read_bytes()
    assert len(source) < 20_000
    assert len(gzip.compress(source, 9)) <= most * KB


@pytest.mark.parametrize("language", ["fr"])  # the longer of the two
@pytest.mark.parametrize("place", [*PUBLIC, *WRITTEN])
def test_a_page_is_light(make_person, build, place):
    person = make_person()
    with listening(person) as (carried, asked):
        html = {**PLACES, **DESK_PLACES}[place](person, build)
        person.page.wait_for_load_state("networkidle")

    assert sum(carried) <= 45 * KB
    assert len(asked) <= (8 if place == "board" else 6), asked  # it has two sheets more
    assert len(gzip.compress(html.body(), 6)) <= 12 * KB


@pytest.mark.parametrize("language", ["fr"])
@pytest.mark.parametrize(("first", "then"), [("agenda", "…/legal"), ("legal", "…/")])
def test_the_next_page_is_lighter(make_person, build, first, then):
    person = make_person()
    with listening(person) as (carried, _):
        PLACES[first](person, build)
        person.page.wait_for_load_state("networkidle")
        carried.clear()
        person.opens(then)
        person.page.wait_for_load_state("networkidle")

    assert sum(carried) <= 12 * KB


@contextmanager
def listening(person):
    """Yield what comes over the wire from now on: bytes, and addresses.

    Nothing is in the browser's cache at the beginning.
    """
    carried: list[float] = []
    asked: list[str] = []
    wire = person.page.context.new_cdp_session(person.page)
    wire.send("Network.enable")
    wire.send("Network.clearBrowserCache")
    wire.on(
        "Network.loadingFinished", lambda it: carried.append(it["encodedDataLength"])
    )
    wire.on("Network.requestWillBeSent", lambda it: asks(it["request"]["url"]))

    def asks(address):
        if not address.startswith("data:"):  # the browser's own icons
            asked.append(address)

    yield carried, asked
    assert carried, "nothing came over the wire"
    wire.detach()
