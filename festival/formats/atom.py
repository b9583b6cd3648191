"""News feeds, for feed readers (RFC 4287). Same values in, same bytes out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

NAMESPACE: Final = "http://www.w3.org/2005/Atom"
TYPE: Final = "application/atom+xml"
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)

# What no XML 1.0 document may hold, however it is written (section 2.2), and the
# controls that are allowed there and are nothing to read.
NO_XML: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What the items stand in. Its own address is its identity too."""

    address: str
    page: str  # the same for people
    title: str
    subtitle: str
    author: str  # of every item that names none
    language: str
    moved_at: datetime | None = None  # said where there are no items


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece of news; ``uid`` is a UUID of its own, ``html`` is safe already."""

    uid: str
    title: str
    page: str
    published_at: datetime
    updated_at: datetime
    html: str
    kind: tuple[str, str]  # the key, and what it is called
    authors: tuple[str, ...] = ()


def publish(feed: Feed, items: Sequence[Item]) -> bytes:
    """Return *items* as a feed, in the order given."""
    root = Element("feed", {"xmlns": NAMESPACE, "xml:lang": feed.language})
    latest = max((item.updated_at for item in items), default=feed.moved_at)
    _add(root, "id", feed.address)
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.subtitle)
    _add(root, "updated", _instant(latest or EPOCH))
    _link(root, "self", TYPE, feed.address)
    _link(root, "alternate", "text/html", feed.page)
    _author(root, feed.author)
    for item in items:
        _entry(root, item)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: Element, item: Item) -> None:
    entry = SubElement(root, "entry")
    key, name = item.kind
    _add(entry, "id", f"urn:uuid:{item.uid}")
    _add(entry, "title", item.title)
    _add(entry, "published", _instant(item.published_at))
    _add(entry, "updated", _instant(item.updated_at))
    _link(entry, "alternate", "text/html", item.page)
    for author in item.authors:
        _author(entry, author)
    SubElement(entry, "category", {"term": _clean(key), "label": _clean(name)})
    _add(entry, "content", item.html, type="html")


def _add(above: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(above, tag, attributes).text = _clean(text)


def _link(above: Element, rel: str, kind: str, address: str) -> None:
    SubElement(above, "link", {"rel": rel, "type": kind, "href": _clean(address)})


def _author(above: Element, name: str) -> None:
    _add(SubElement(above, "author"), "name", name)


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _clean(text: str) -> str:
    return NO_XML.sub("", text)
