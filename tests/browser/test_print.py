"""What comes out of a printer: the words, in black, and nothing to press."""

from __future__ import annotations

import re

import pytest

from tests.browser.desk_places import DESK_PLACES
from tests.browser.house import SIDEWAYS
from tests.browser.places import PLACES

SEEN = """selector => [...document.querySelectorAll(selector)]
  .filter(it => it.checkVisibility()).map(it => it.outerHTML.slice(0, 80))"""
INK = """() => [...document.querySelectorAll('main *, header *')]
  .filter(it => it.checkVisibility() && !it.closest('svg'))
  .filter(it => [...it.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(it => [getComputedStyle(it).color, getComputedStyle(it).opacity])
  .map(([color]) => Math.max(...color.match(/[0-9.]+/g).slice(0, 3).map(Number)))"""
PRINTED = (
    *("agenda", "event, open", "event, cancelled", "festival, whole", "venue"),
    "programme",
)


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


# Of each box that ends below what holds it, or beside the paper: what would be cut.
CUT = """() => [...document.querySelectorAll('.leaflet li, .leaflet li *, .colophon')]
  .filter(it => it.checkVisibility() && !it.closest('svg') && !it.closest('.vh'))
  .filter(it => it.scrollWidth > it.clientWidth + 1 && it.clientWidth)
  .map(it => it.outerHTML.slice(0, 80))"""
A_PAGE = 12  # events that it holds at the least, however long their names


@pytest.mark.parametrize("language", ["fr"])
@pytest.mark.parametrize("question", ["when=all", "when=week"])
def test_the_programme_of_some_days_is_whole_on_few_pages(make_person, question):
    person = make_person(java_script_enabled=True)
    person.opens(f"…/programme?{question}")
    shown = person.page.locator(".leaflet h3").count()
    assert shown >= 3
    person.page.emulate_media(media="print")
    person.looks_at((703, 1032))  # A4 without its margins of 12 mm

    assert len(person.page.evaluate(SEEN, ".leaflet h3")) == shown
    assert len(person.page.evaluate(SEEN, ".leaflet h2, .colophon .qr")) >= 2
    assert person.page.evaluate(CUT) == []
    assert person.page.evaluate(SIDEWAYS) == 0
    paper = person.page.pdf(prefer_css_page_size=True)
    boxes = set(re.findall(rb"/MediaBox \[([0-9. ]+)\]", paper))
    assert {tuple(round(float(n)) for n in box.split()) for box in boxes} == {
        (0, 0, 595, 842)  # A4
    }
    assert 1 <= len(re.findall(rb"/Type /Page\b", paper)) <= 1 + shown // A_PAGE
    person.page.emulate_media(media="screen")


A4, A3 = (595, 842), (842, 1191)  # points


@pytest.mark.parametrize("language", ["fr"])
@pytest.mark.parametrize(
    ("place", "paper"),
    [("poster", A4), ("poster A3", A3), ("door sign", A4), ("day sheet", A4)],
)
def test_a_sheet_of_the_desk_is_one_page_of_its_paper_in_black(
    make_person, build, place, paper
):
    person = make_person(java_script_enabled=True)
    DESK_PLACES[place](person, build)
    person.page.emulate_media(media="print", color_scheme="dark")

    assert person.page.evaluate(SEEN, "form, button, nav, input") == []
    assert max(person.page.evaluate(INK)) <= 0x60
    assert person.page.evaluate(SEEN, "h1") != []
    page = person.page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[([0-9. ]+)\]", page)
    sizes = [tuple(round(float(n)) for n in box.split()[2:]) for box in boxes]
    assert sizes == [paper]
    assert len(re.findall(rb"/Type /Page\b", page)) == 1
    person.page.emulate_media(media="screen")
