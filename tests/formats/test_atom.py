"""News feeds: held to the schema of RFC 4287, whatever names events have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from festival.formats import atom
from festival.formats.atom import Feed, Item

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
ATOM = f"{{{atom.NAMESPACE}}}"
NOON = datetime(2027, 6, 1, 10, 0, tzinfo=UTC)
FEED = Feed(
    address="https://halle.example/agenda.atom?lang=fr&kind=meal",
    page="https://halle.example/fr/?kind=meal",
    title="La Halle",
    subtitle="Les rendez-vous publics",
    author="La Halle",
    language="fr",
    moved_at=NOON,
)
OPENING = Item(
    uid="5f0f6f5e-0f4e-4d3b-9d0b-1f2f3f4f5f6f",
    title="Nouveau\u00a0: Ouverture",
    page="https://halle.example/fr/events/opening",
    published_at=NOON,
    updated_at=NOON,
    html="<p>Venez &amp; voyez</p>",
    kind=("meal", "Repas"),
    authors=("La Tablée",),
)


def read(body: bytes) -> etree._Element:
    """Parse *body* as strictly as its schema."""
    root = etree.fromstring(body)
    SCHEMA.assertValid(root)
    return root


def test_an_item_says_what_readers_ask_for():
    entry = read(atom.publish(FEED, [OPENING])).find(f"{ATOM}entry")

    said = {each.tag.removeprefix(ATOM): each.text for each in entry}
    assert said == {
        "id": "urn:uuid:5f0f6f5e-0f4e-4d3b-9d0b-1f2f3f4f5f6f",
        "title": "Nouveau\u00a0: Ouverture",
        "published": "2027-06-01T10:00:00Z",
        "updated": "2027-06-01T10:00:00Z",
        "link": None,
        "author": None,
        "category": None,
        "content": "<p>Venez &amp; voyez</p>",
    }
    assert entry.find(f"{ATOM}category").attrib == {"term": "meal", "label": "Repas"}
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "La Tablée"


def test_a_feed_is_as_new_as_its_newest_item():
    later = NOON + timedelta(days=3, microseconds=5)

    feed = read(atom.publish(FEED, [replace(OPENING, updated_at=later), OPENING]))

    assert feed.findtext(f"{ATOM}updated") == "2027-06-04T10:00:00Z"
    assert feed.findtext(f"{ATOM}id") == FEED.address
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    links = {each.get("rel"): each.get("href") for each in feed.findall(f"{ATOM}link")}
    assert links == {"self": FEED.address, "alternate": FEED.page}


@pytest.mark.parametrize(
    ("moved_at", "updated"),
    [(NOON, "2027-06-01T10:00:00Z"), (None, "2000-01-01T00:00:00Z")],
)
def test_a_feed_without_items_is_still_a_feed(moved_at, updated):
    feed = read(atom.publish(replace(FEED, moved_at=moved_at), []))

    assert feed.findtext(f"{ATOM}updated") == updated


@pytest.mark.parametrize(
    ("name", "read_as"),
    [
        ("]]>", "]]>"),
        ("<script>&amp;</script>", "<script>&amp;</script>"),
        ("a\0b\x08c\x1fd\x7fe\x9ff", "abcdef"),
        ("\ud800x\udfff", "x"),
        ("\ufffe\uffffx\ufdd0", "x"),
        ("أمسية 上海 🎉", "أمسية 上海 🎉"),
        ("\"'", "\"'"),
    ],
)
def test_no_name_breaks_the_feed(name, read_as):
    hostile = replace(
        OPENING, title=name, html=name, authors=(name,), kind=(name, name)
    )

    feed = read(atom.publish(replace(FEED, title=name, author=name), [hostile]))

    entry = feed.find(f"{ATOM}entry")
    assert feed.findtext(f"{ATOM}title") == read_as
    assert entry.findtext(f"{ATOM}title") == read_as
    assert entry.findtext(f"{ATOM}content") == read_as
    assert entry.find(f"{ATOM}category").get("term") == read_as


def test_the_same_news_are_the_same_bytes():
    assert atom.publish(FEED, [OPENING]) == atom.publish(FEED, [OPENING])
