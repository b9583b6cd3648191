"""What comes out of a printer: the words, in black, and nothing to press."""

from __future__ import annotations

import pytest

from tests.browser.places import PLACES

SEEN = """selector => [...document.querySelectorAll(selector)]
  .filter(it => it.checkVisibility()).map(it => it.outerHTML.slice(0, 80))"""
INK = """() => [...document.querySelectorAll('main *, header *')]
  .filter(it => it.checkVisibility() && !it.closest('svg'))
  .filter(it => [...it.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(it => [getComputedStyle(it).color, getComputedStyle(it).opacity])
  .map(([color]) => Math.max(...color.match(/[0-9.]+/g).slice(0, 3).map(Number)))"""
PRINTED = ("agenda", "event, open", "event, cancelled", "festival, whole", "venue")


@pytest.mark.parametrize("language", ["fr"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PRINTED)
def test_on_paper_a_page_is_dark_on_white_and_has_no_buttons(
    make_person, build, place, scheme
):
    person = make_person(java_script_enabled=True)
    PLACES[place](person, build)
    person.page.emulate_media(media="print", color_scheme=scheme)
    person.looks_at((794, 1123), scheme)  # A4 at 96 dots an inch

    pressed = "form, button, nav, .btn, .filters, .cta, .skip, input, footer"
    assert person.page.evaluate(SEEN, pressed) == []
    # Grey at most: what cannot be told from white is no ink.
    assert max(person.page.evaluate(INK)) <= 0x60
    background = "getComputedStyle(document.body).backgroundColor"
    assert person.page.evaluate(background) == "rgb(255, 255, 255)"
    person.page.emulate_media(media="screen")


@pytest.mark.parametrize("language", ["fr"])
def test_the_printed_programme_holds_every_event_of_every_day(make_person, build):
    person = make_person(java_script_enabled=True)
    PLACES["festival, whole"](person, build)
    shown = person.page.locator(".slot").count()
    assert shown >= 30
    person.page.emulate_media(media="print")

    assert len(person.page.evaluate(SEEN, ".slot :is(h3, h4)")) == shown
    assert person.page.pdf(format="A4").startswith(b"%PDF")
    person.page.emulate_media(media="screen")
