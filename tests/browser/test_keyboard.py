"""The pages with a keyboard alone."""

from __future__ import annotations

import pytest

from tests.browser.desk_places import DESK_PLACES
from tests.browser.house import DESK, PHONE
from tests.browser.places import PLACES

LYING = (740, 360)
# What the keyboard should reach, in the order of the page: one stop for each group
# of radio buttons, nothing of what is folded away.
STOPS = """() => [...document.querySelectorAll(
  'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
)].filter(it => it.tabIndex >= 0 && it.checkVisibility({contentVisibilityAuto: true}))
  .filter(it => it.type !== 'radio' || it.checked
    || !document.querySelector(`[name=${it.name}]:checked`))
  .map((it, place) => { it.dataset.stop = place; return it.outerHTML })"""

# Where the keyboard is: which stop, whether a ring shows, what hides it.
STOP = """() => {
  const it = document.activeElement
  const shown = getComputedStyle(it).opacity === '0' ? it.closest('label') : it
  const style = getComputedStyle(shown)
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
    || style.boxShadow !== 'none'
  const box = shown.getClientRects()[0]
  const middle = box.x + box.width / 2
  const inside = y => Math.min(Math.max(y, 3), innerHeight - 3)
  const ends = [box.top + 3, box.bottom - 3].map(inside)
  const hidden = ends.filter(y => {
    const top = document.elementFromPoint(middle, y)
    return !top || !(shown.contains(top) || top.contains(shown))
  })
  return {stop: Number(it.dataset.stop ?? -1), ring, hidden, html: it.outerHTML}
}"""


@pytest.fixture
def reader(make_person):
    """Somebody whose page may be measured and restyled."""
    return make_person(java_script_enabled=True, bypass_csp=True)


@pytest.mark.parametrize("language", ["fr"])
@pytest.mark.parametrize("size", [PHONE, LYING, DESK])
@pytest.mark.parametrize(
    "place",
    [
        *("agenda", "agenda, filtered", "agenda, empty", "event, open", "privacy"),
        *("event, question", "event, festival", "event in Arabic", "reply with errors"),
        *("last places gone", "ticket confirmed", "ticket cancelled", "tickets again"),
    ],
)
def test_the_keyboard_reaches_everything_in_order_and_in_sight(
    reader, build, place, size
):
    reader.looks_at(size)
    PLACES[place](reader, build)
    walks_through(reader)


@pytest.mark.parametrize("language", ["fr"])
@pytest.mark.parametrize(
    ("place", "size"),
    [
        *(("new event, everything open", PHONE), ("dates of an event", DESK)),
        *(("board", DESK), ("lines to check", PHONE), ("event of the desk", LYING)),
        *(("account", PHONE), ("matches to choose", DESK), ("changes", LYING)),
    ],
)
def test_at_the_desk_it_is_the_same(reader, build, place, size):
    reader.looks_at(size)
    DESK_PLACES[place](reader, build)
    reader.looks_at(size)
    walks_through(reader)


def walks_through(reader):
    stops = reader.page.evaluate(STOPS)
    assert "skip" in stops[0]
    for number, html in enumerate(stops):
        here = tabs(reader, away_from=number - 1)
        assert here["stop"] == number, (html, here["html"])
        assert here["ring"], here["html"]
        assert not here["hidden"], here["html"]


def tabs(person, away_from):
    """Press Tab until the keyboard is elsewhere: a moment is seven stops in one."""
    for _ in range(8):
        person.page.keyboard.press("Tab")
        here = person.page.evaluate(STOP)
        if here["stop"] != away_from:
            break
    return here


def test_the_skip_link_leads_to_the_content(person, language):
    person.opens("…/")
    person.page.keyboard.press("Tab")
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**#main")
    person.page.keyboard.press("Tab")
    assert person.page.locator("main :focus").count() == 1
