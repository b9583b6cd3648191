"""iCalendar files, as the programs people use really read them (RFC 5545, 5546, 7986).

``publish`` writes what anybody may have: the feeds and an event's own file. An
``invitation`` is one guest's, and goes by letter. Same values in, same bytes out:
nothing here asks the time, draws an identifier or looks up a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from html import escape
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText, vUri

from festival.formats.vtimezone import (
    local_time,
    utc_vtimezone,
    vtimezone,
    wire_time,
)

PRODUCT: Final = "-//Festival//Events 1//EN"
END: Final = b"END:VCALENDAR\r\n"

SUMMARY_LENGTH: Final = 200  # characters, as all lengths of text here
FEED_TEXT: Final = 500
FILE_TEXT: Final = 4000

MAX_EVENTS: Final = 1_000  # Google reads no more
MAX_BYTES: Final = 900_000  # nor a file of a megabyte
HEAD_BYTES: Final = 20_000  # more than a feed's head and its time zones ever take

CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
URI_SAFE: Final = ":/?#[]@!$&'()*+,;=%~"
MAILTO_SAFE: Final = "@!$'*+-/=^_`{|}~"  # RFC 6068, section 2


class Status(StrEnum):
    """How sure it is that the event takes place (RFC 5545, 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


class Method(StrEnum):
    """What a calendar program is to do with an invitation (RFC 5546, 1.4)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"  # the house reads no answers: nobody is asked for one


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
    online_link: str = ""  # stands in invitations only


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A calendar one subscribes to, rather than a file one takes once."""

    name: str
    description: str
    source: str  # its own address
    url: str  # the page it belongs to
    timezone: str
    refresh_hours: int = 6


def publish(entries: Iterable[Entry], *, feed: Feed | None = None) -> bytes:
    """Return a public calendar: a *feed*, or without one a file to keep.

    Never an attendee, never an online link. There is no UID of the calendar's own,
    and DTSTAMP is the last revision: bytes move only when an event does.
    """
    shown = sorted(entries, key=lambda entry: (entry.starts_at, entry.uid))
    calendar = _calendar(Method.PUBLISH)
    if feed:
        _describe(calendar, feed, shown)
    text_length = FEED_TEXT if feed else FILE_TEXT
    return _joined(calendar, shown, [_published(e, text_length) for e in shown])


def within_limits(entries: Iterable[Entry], *, now: datetime) -> list[Entry]:
    """Return what of *entries* a feed can hold.

    The oldest of the past go first, then the farthest of the future.
    """
    kept = {entry: len(_published(entry, FEED_TEXT)) for entry in entries}
    size = HEAD_BYTES + sum(kept.values())
    past = [entry for entry in kept if entry.ends_at < now]
    ahead = [entry for entry in kept if entry.ends_at >= now]
    past.sort(key=lambda entry: (entry.ends_at, entry.uid))
    ahead.sort(key=lambda entry: (entry.starts_at, entry.uid), reverse=True)
    for entry in [*past, *ahead]:
        if len(kept) <= MAX_EVENTS and size <= MAX_BYTES:
            break
        size -= kept.pop(entry)
    return list(kept)


def invitation(
    entry: Entry,
    *,
    method: Method,
    sequence: int,
    sent_at: datetime,
    attendee: Mailbox | None = None,
    removed: bool = False,
) -> bytes:
    """Return one guest's calendar object (RFC 5546, 3.2).

    *sequence* is the guest's own count, never below the last one sent. *removed*: it
    is the guest who no longer comes, the event goes on; then a CANCEL has no STATUS.

    Raises:
        ValueError: a REQUEST or a CANCEL without an *attendee*.
    """
    if attendee is None and method is not Method.PUBLISH:
        raise ValueError(f"{method} is addressed to somebody")

    event = _event(entry, FILE_TEXT, entry.online_link)
    event.add("DTSTAMP", sent_at.astimezone(UTC))
    event.add("SEQUENCE", sequence)
    if method is not Method.CANCEL:
        event.add("STATUS", entry.status.value)
        event.add("TRANSP", _transparency(entry))
    elif not removed:
        event.add("STATUS", Status.CANCELLED.value)
    if attendee and method is not Method.PUBLISH:
        event.add("ATTENDEE", _attendee(attendee))
    if entry.online_link:
        link = vUri(_link(entry.online_link))
        event.add("CONFERENCE", link, {"VALUE": "URI", "FEATURE": "VIDEO"})
    return _joined(_calendar(method), [entry], [event.to_ical()])


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method.value)
    return calendar


def _describe(calendar: Calendar, feed: Feed, shown: Sequence[Entry]) -> None:
    """Add what makes a calendar a feed (RFC 7986, and the older names for it)."""
    for name, text in (
        ("NAME", feed.name),
        ("X-WR-CALNAME", feed.name),
        ("DESCRIPTION", feed.description),
        ("X-WR-CALDESC", feed.description),
    ):
        calendar.add(name, vText(_line(text)))
    calendar.add("X-WR-TIMEZONE", feed.timezone)
    refresh = timedelta(hours=feed.refresh_hours)
    calendar.add("REFRESH-INTERVAL", refresh, {"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", f"PT{feed.refresh_hours}H")
    calendar.add("SOURCE", vUri(_link(feed.source)), {"VALUE": "URI"})
    calendar.add("URL", vUri(_link(feed.url)))
    if shown:
        latest = max(entry.revised_at for entry in shown)
        calendar.add("LAST-MODIFIED", latest.astimezone(UTC))


def _joined(
    calendar: Calendar, entries: Sequence[Entry], events: Sequence[bytes]
) -> bytes:
    """Return head, time zones and events, in this order."""
    zones = _timezones(entries)
    if not entries:
        zones = [utc_vtimezone()]  # a calendar without any component is not one
    return b"".join([calendar.to_ical().removesuffix(END), *zones, *events, END])


def _timezones(entries: Iterable[Entry]) -> list[bytes]:
    """Return the VTIMEZONE of each zone that a time of *entries* is written in."""
    found: dict[str, bytes | None] = {}
    for entry in entries:
        for moment in _span(entry):
            zone = getattr(moment, "tzinfo", None)
            if isinstance(zone, ZoneInfo) and zone.key not in found:
                found[zone.key] = vtimezone(zone.key, moment.year)
    return [text for _, text in sorted(found.items()) if text]


@lru_cache(maxsize=4096)
def _published(entry: Entry, text_length: int) -> bytes:
    """Return a public VEVENT. Kept: writing one takes a millisecond."""
    event = _event(entry, text_length)
    event.add("DTSTAMP", entry.revised_at.astimezone(UTC))
    event.add("SEQUENCE", entry.sequence)
    event.add("STATUS", entry.status.value)
    event.add("TRANSP", _transparency(entry))
    if entry.html and text_length == FILE_TEXT:
        event.add("X-ALT-DESC", vText(_html(entry)), {"FMTTYPE": "text/html"})
    return bytes(event.to_ical())


def _event(entry: Entry, text_length: int, online_link: str = "") -> Event:
    """Return what every VEVENT has, whoever gets it."""
    event = Event()
    event.add("UID", entry.uid)
    event.add("CREATED", entry.created_at.astimezone(UTC))
    event.add("LAST-MODIFIED", entry.revised_at.astimezone(UTC))
    starts, ends = _span(entry)
    event.add("DTSTART", starts)
    event.add("DTEND", ends)
    event.add("SUMMARY", _shortened(_line(entry.summary), SUMMARY_LENGTH))
    event.add("CLASS", "PUBLIC")
    event.add("ORGANIZER", _cal_address(entry.organiser))
    if description := _description(entry, text_length, online_link):
        event.add("DESCRIPTION", description)
    if entry.categories:
        event.add("CATEGORIES", [_line(category) for category in entry.categories])
    if entry.url:
        event.add("URL", vUri(_link(entry.url)))
    _add_location(event, entry)
    return event


def _span(entry: Entry) -> tuple[date, date]:
    """Return DTSTART and DTEND: two times, or two days of which the last is outside."""
    if not entry.all_day:
        zone = entry.timezone
        return wire_time(entry.starts_at, zone), wire_time(entry.ends_at, zone)
    first = local_time(entry.starts_at, entry.timezone).date()
    just_before = max(entry.starts_at, entry.ends_at - timedelta(seconds=1))
    last = local_time(just_before, entry.timezone).date()
    return first, last + timedelta(days=1)


def _transparency(entry: Entry) -> str:
    """Say whether it takes up the time of whoever goes."""
    free = entry.all_day or entry.status is not Status.CONFIRMED
    return "TRANSPARENT" if free else "OPAQUE"


def _description(entry: Entry, text_length: int, online_link: str) -> str:
    parts = (
        _shortened(_text(entry.description), text_length),
        *(_line(remark) for remark in entry.remarks),
        _link(online_link),
        _link(entry.url),
    )
    return "\n\n".join(part for part in parts if part)


def _html(entry: Entry) -> str:
    """Return the description as older Outlooks show it, in place of the plain one."""
    remarks = "".join(f"<p>{escape(_line(remark))}</p>" for remark in entry.remarks)
    url = escape(_link(entry.url))
    return f'{_line(entry.html)}{remarks}<p><a href="{url}">{url}</a></p>'


def _add_location(event: Event, entry: Entry) -> None:
    """Add where it is, for people and for maps.

    Apple wants the title and the address of its own property to make up LOCATION.
    """
    place, address = _line(entry.place), _line(entry.address)
    if place or address:
        event.add("LOCATION", "\n".join(part for part in (place, address) if part))
    if entry.position:
        event.add("GEO", entry.position)
    if entry.position and place and address:
        latitude, longitude = entry.position
        parameters = {
            "VALUE": "URI",
            "X-ADDRESS": _parameter(address),
            "X-APPLE-RADIUS": "100",  # metres
            "X-TITLE": _parameter(place),
        }
        uri = vUri(f"geo:{latitude},{longitude}")
        event.add("X-APPLE-STRUCTURED-LOCATION", uri, parameters)


def _attendee(mailbox: Mailbox) -> vCalAddress:
    """Return a guest who has already said yes: nobody is asked again."""
    attendee = _cal_address(mailbox)
    attendee.params["CUTYPE"] = "INDIVIDUAL"
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    attendee.params["PARTSTAT"] = "ACCEPTED"
    attendee.params["RSVP"] = "FALSE"
    return attendee


def _cal_address(mailbox: Mailbox) -> vCalAddress:
    address = vCalAddress("mailto:" + quote(_line(mailbox.address), safe=MAILTO_SAFE))
    if name := _parameter(mailbox.name):
        address.params["CN"] = name
    return address


def _text(text: str) -> str:
    """Return *text* without the characters that no TEXT may hold (RFC 5545, 3.3.11)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return CONTROLS.sub("", lines).strip()


def _line(text: str) -> str:
    """Return *text* on one line."""
    return re.sub("[ \n]+", " ", _text(text))  # no-break spaces stay


def _parameter(text: str) -> str:
    """Return *text* on one line, fit to stand between double quotes."""
    return _line(text).replace('"', "'")


def _link(text: str) -> str:
    """Return an address that is one, whatever was typed (RFC 3986, section 2)."""
    return quote("".join(_text(text).split()), safe=URI_SAFE)


def _shortened(text: str, length: int) -> str:
    """Cut *text* after a word, if it is longer than *length*."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    at_a_word = cut.rpartition(" ")[0]
    return (at_a_word if len(at_a_word) > length // 2 else cut).rstrip() + "…"
