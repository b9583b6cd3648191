"""Every page and state: valid, understandable, open to everybody, and not too wide.

One visit to each serves all of this: getting there is what takes the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser import markup, nu
from tests.browser.desk_places import DESK_PLACES
from tests.browser.house import DESK, NARROW, PHONE, SIDEWAYS, Person
from tests.browser.places import PLACES

STATUSES = {
    "not found": 404,
    "dead link": 404,
    "reply with errors": 422,
    "reply sent too soon": 422,
    "party larger than what is left": 422,
    "last places gone": 422,
    "party refused": 422,
    "address refused": 422,
    "tickets again with an error": 422,
    "link over": 404,
    "new event, everything open": 422,
    "matches to choose": 422,
    "invitation": 422,
}

# Not about our pages but about browsers, and years old: all of ours know inputmode.
OUTDATED = "The “inputmode” attribute is not supported in all browsers."

# The two languages share out the looks; colours are the same on every screen.
LOOKS = {
    "fr": ((PHONE, "light"), (DESK, "dark")),
    "en": ((DESK, "light"),),
}
LONGER = "fr"  # by a fifth: what fits in it fits in the other one
LARGE_TEXT = "html { font-size: 200% }"
AXE = """async options => (await axe.run(options)).violations.map(
  it => [it.id, it.help, ...it.nodes.map(node => node.html)])"""


@pytest.fixture(scope="session")
def checker() -> Iterator[nu.Checker]:
    with nu.checking() as checker:
        yield checker


@pytest.mark.parametrize("place", PLACES)
def test_it_is_valid_open_to_everybody_and_no_wider_than_the_screen(
    make_person, build, checker, language, place
):
    person = make_person(java_script_enabled=True, bypass_csp=True)
    response = PLACES[place](person, build)
    source = response.text()

    assert response.status == STATUSES.get(place, 200)
    assert [it for it in checker.faults(source) if OUTDATED not in it] == []
    markup.check(source, language)
    look_with_axe(person)
    if language == LONGER:
        look_for_what_is_too_wide(person)


@pytest.mark.parametrize("place", DESK_PLACES)
def test_at_the_desk_it_is_the_same(make_person, build, checker, language, place):
    """Measured in the longer language; in the other one the words are looked at."""
    person = make_person(java_script_enabled=True, bypass_csp=True)
    response = DESK_PLACES[place](person, build)
    source = response.text()

    assert response.status == STATUSES.get(place, 200)
    markup.check(source, language)
    if language == LONGER:
        assert [it for it in checker.faults(source) if OUTDATED not in it] == []
        look_with_axe(person)
        look_for_what_is_too_wide(person)


def look_with_axe(person: Person) -> None:
    """Fail if axe-core finds anything, of whatever impact."""
    person.page.evaluate(AXE_SCRIPT)
    for size, scheme in LOOKS[person.language]:
        person.looks_at(size, scheme)
        found = person.page.evaluate(AXE, asking(scheme))
        assert found == [], (size, scheme)


def asking(scheme: str) -> dict[str, Any]:
    """Every rule that is on by default, targets of 24 px, and AAA by daylight.

    At night only what night can change: colours, and the sizes of the other screen.
    """
    if scheme == "dark":
        return {"runOnly": ["color-contrast", "link-in-text-block", "target-size"]}
    more = ("target-size", "color-contrast-enhanced")
    return {
        "resultTypes": ["violations"],
        "rules": {rule: {"enabled": True} for rule in more},
    }


def look_for_what_is_too_wide(person: Person) -> None:
    """Fail if anything needs scrolling sideways: narrow, right to left, large."""
    person.looks_at(NARROW)
    assert person.page.evaluate(SIDEWAYS) == 0

    person.page.evaluate("document.documentElement.dir = 'rtl'")
    assert person.page.evaluate(SIDEWAYS) == 0

    person.page.add_style_tag(content=LARGE_TEXT)
    for size in (NARROW, PHONE, DESK):
        person.looks_at(size)
        assert person.page.evaluate(SIDEWAYS) == 0, size


def test_the_checker_finds_what_is_wrong(checker):
    wrong = "<!DOCTYPE html><html lang=fr><title>a</title><p id=a><div id=a></p>"

    assert len(checker.faults(wrong)) >= 3


def test_axe_and_the_ruler_find_what_is_wrong(make_person):
    person = make_person(java_script_enabled=True, bypass_csp=True)
    person.opens("…/legal")
    pale = "main * { color: #bbb !important } h1 { width: 5000px }"
    person.page.add_style_tag(content=pale)

    with pytest.raises(AssertionError, match="color-contrast"):
        look_with_axe(person)
    with pytest.raises(AssertionError):
        look_for_what_is_too_wide(person)
