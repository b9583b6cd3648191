"""One event as calendar programs are told it: a VEVENT (RFC 5545, 3.6.1).

Same values in, same bytes out: nothing here asks the time, draws an identifier or
looks up a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from html import escape
from typing import Final
from urllib.parse import quote

from festival.formats.content_lines import (
    component,
    escaped,
    instant,
    line,
    quoted,
    time_line,
)
from festival.formats.vtimezone import local_time, wire_time

SUMMARY_LENGTH: Final = 200  # characters, as all lengths of text here
FEED_TEXT: Final = 500
FILE_TEXT: Final = 4000

BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
URI_SAFE: Final = ":/?#[]@!$&'()*+,;=%~"
MAILTO_SAFE: Final = "@!$'*+"  # RFC 6068, section 2


class Status(StrEnum):
    """How sure it is that the event takes place (RFC 5545, 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody's name and electronic address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event, in one language. All datetimes are aware.

    ``uid`` never changes, ``sequence`` rises with every revision that moves it.
    ``remarks`` stand under the description whatever its length.
    """

    uid: str
    sequence: int
    created_at: datetime
    revised_at: datetime
    starts_at: datetime
    ends_at: datetime
    timezone: str  # IANA
    organiser: Mailbox
    summary: str
    status: Status = Status.CONFIRMED
    all_day: bool = False
    description: str = ""
    html: str = ""  # the same, safe; some programs show it in a file
    remarks: tuple[str, ...] = ()
    place: str = ""
    address: str = ""  # one line: street, postcode and city
    position: tuple[float, float] | None = None  # degrees north, degrees east
    url: str = ""
    categories: tuple[str, ...] = ()
    online_link: str = ""  # stands in what is one guest’s only


def published(entry: Entry, text_length: int) -> bytes:
    """Return the VEVENT that anybody may have: never an attendee or an online link.

    DTSTAMP is the last revision: bytes move only when an event does.
    """
    lines = [
        line("DTSTAMP", instant(entry.revised_at)),
        line("SEQUENCE", str(entry.sequence)),
        *common(entry, text_length),
        line("STATUS", entry.status.value),
        line("TRANSP", transparency(entry)),
    ]
    if entry.html and text_length == FILE_TEXT:
        lines.append(line("X-ALT-DESC", escaped(_html(entry)), "FMTTYPE=text/html"))
    return component("VEVENT", lines)


def common(entry: Entry, text_length: int, online_link: str = "") -> Iterator[str]:
    """Yield what every VEVENT has, whoever gets it."""
    starts, ends = _span(entry)
    yield line("UID", escaped(entry.uid))
    yield line("CREATED", instant(entry.created_at))
    yield line("LAST-MODIFIED", instant(entry.revised_at))
    yield time_line("DTSTART", starts)
    yield time_line("DTEND", ends)
    yield line("SUMMARY", escaped(_shortened(one_line(entry.summary), SUMMARY_LENGTH)))
    yield line("CLASS", "PUBLIC")
    yield mailbox_line("ORGANIZER", entry.organiser)
    if description := _description(entry, text_length, online_link):
        yield line("DESCRIPTION", escaped(description))
    if entry.categories:
        yield line(
            "CATEGORIES", ",".join(escaped(one_line(c)) for c in entry.categories)
        )
    if entry.url:
        yield line("URL", link(entry.url))
    yield from _location(entry)


def mailbox_line(name: str, mailbox: Mailbox, parameters: Iterable[str] = ()) -> str:
    """Return the property *name* that is somebody's address."""
    address = quote(one_line(mailbox.address), safe=MAILTO_SAFE)
    said = _parameter(mailbox.name)
    named = [f"CN={quoted(said)}"] if said else []
    return line(name, f"mailto:{address}", ";".join([*named, *parameters]))


def _span(entry: Entry) -> tuple[date, date]:
    """Return DTSTART and DTEND: two times, or two days of which the last is outside."""
    if not entry.all_day:
        zone = entry.timezone
        return wire_time(entry.starts_at, zone), wire_time(entry.ends_at, zone)
    first = local_time(entry.starts_at, entry.timezone).date()
    just_before = max(entry.starts_at, entry.ends_at - timedelta(seconds=1))
    last = local_time(just_before, entry.timezone).date()
    return first, last + timedelta(days=1)


def transparency(entry: Entry) -> str:
    """Say whether it takes up the time of whoever goes."""
    free = entry.all_day or entry.status is not Status.CONFIRMED
    return "TRANSPARENT" if free else "OPAQUE"


def _description(entry: Entry, text_length: int, online_link: str) -> str:
    parts = (
        _shortened(_text(entry.description), text_length),
        *(one_line(remark) for remark in entry.remarks),
        link(online_link),
        link(entry.url),
    )
    return "\n\n".join(part for part in parts if part)


def _html(entry: Entry) -> str:
    """Return the description as older Outlooks show it, in place of the plain one."""
    remarks = "".join(f"<p>{escape(one_line(remark))}</p>" for remark in entry.remarks)
    url = escape(link(entry.url))
    return f'{one_line(entry.html)}{remarks}<p><a href="{url}">{url}</a></p>'


def _location(entry: Entry) -> Iterator[str]:
    """Yield where it is, for people and for maps.

    Apple wants the title and the address of its own property to make up LOCATION.
    """
    place, address = one_line(entry.place), one_line(entry.address)
    if place or address:
        yield line("LOCATION", escaped("\n".join(filter(None, (place, address)))))
    if entry.position:
        latitude, longitude = map(_degrees, entry.position)
        yield line("GEO", f"{latitude};{longitude}")
        if place and address:
            parameters = (
                f"VALUE=URI;X-ADDRESS={quoted(_parameter(address))}"
                f";X-APPLE-RADIUS=100;X-TITLE={quoted(_parameter(place))}"  # metres
            )
            uri = f"geo:{latitude},{longitude}"
            yield line("X-APPLE-STRUCTURED-LOCATION", uri, parameters)


def _degrees(value: float) -> str:
    """Return *value* to a tenth of a metre, never as ``5e-05``."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    """Return *text* without the characters that no TEXT may hold (RFC 5545, 3.3.11)."""
    lines = BREAKS.sub("\n", text).replace("\t", " ")
    return CONTROLS.sub("", lines).strip()


def one_line(text: str) -> str:
    """Return *text* on one line."""
    return re.sub("[ \n]+", " ", _text(text))  # no-break spaces stay


def _parameter(text: str) -> str:
    """Return *text* on one line, fit to stand between double quotes."""
    return one_line(text).replace('"', "'")


def link(text: str) -> str:
    """Return an address that is one, whatever was typed (RFC 3986, section 2)."""
    return quote("".join(_text(text).split()), safe=URI_SAFE)


def _shortened(text: str, length: int) -> str:
    """Cut *text* after a word, if it is longer than *length*."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    at_a_word = cut.rpartition(" ")[0]
    return (at_a_word if len(at_a_word) > length // 2 else cut).rstrip() + "…"
