"""iCalendar files, as the programs people use really read them (RFC 5545, 5546, 7986).

``publish`` writes what anybody may have: the feeds and an event's own file. An
``invitation`` is one guest's, and goes by letter. Same values in, same bytes out.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Self

from festival.formats import vevent
from festival.formats.content_lines import component, escaped, instant, line
from festival.formats.vevent import FEED_TEXT, FILE_TEXT, Entry, Mailbox, Status
from festival.formats.vtimezone import utc_vtimezone, vtimezone

__all__ = ["Entry", "Mailbox", "Status"]  # what a file is made of

PRODUCT: Final = "-//Festival//Events 1//EN"
COLOUR: Final = ("darkslategray", "#0F3D33")  # the house's, in CSS's words and exactly

MAX_EVENTS: Final = 1_000  # Google reads no more
MAX_BYTES: Final = 900_000  # nor a file of a megabyte
HEAD_BYTES: Final = 20_000  # more than a feed's head and its time zones ever take

IN_A_ZONE: Final = re.compile(rb"\nDT(?:START|END);TZID=([^:]+):(\d{4})")
END: Final = b"END:VEVENT\r\n"
CALLED_OFF: Final = b"\r\nSTATUS:CANCELLED\r\n"


class Method(StrEnum):
    """What a calendar program is to do with an invitation (RFC 5546, 1.4)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"  # the house reads no answers: nobody is asked for one


class Cancelled(StrEnum):
    """What becomes of the cancelled in a calendar one subscribes to."""

    STANDARD = "standard"  # they say so, as the standard has it
    KEEP = "keep"  # their name alone says so: Google hides those that do
    DROP = "drop"

    @classmethod
    def _missing_(cls, _: object) -> Self:
        return cls("standard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A calendar one subscribes to, rather than a file one takes once."""

    name: str
    description: str
    url: str  # the page it belongs to
    timezone: str
    source: str = ""  # its own address, unless that is a key
    refresh_hours: int = 6


class Vevent(NamedTuple):
    """A VEVENT that is written, and what joining it to others takes."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    revised_at: datetime
    body: bytes
    whole: str = ""  # the UID of what it is a part of


def in_feed(entry: Entry) -> bytes:
    """Return the VEVENT of *entry* as it stands in feeds."""
    return vevent.published(entry, FEED_TEXT)


def publish(entries: Iterable[Entry], *, feed: Feed | None = None) -> bytes:
    """Return a public calendar: a *feed*, or without one a file to keep."""
    length = FEED_TEXT if feed else FILE_TEXT
    events = [
        Vevent(
            entry.uid,
            entry.starts_at,
            entry.ends_at,
            entry.revised_at,
            vevent.published(entry, length),
        )
        for entry in entries
    ]
    return join(events, feed=feed)


def join(events: Iterable[Vevent], *, feed: Feed | None = None) -> bytes:
    """Return a public calendar of *events* that are written already.

    There is no UID of the calendar's own: a program would take all for one event.
    What is part of another that stands beside it says so.
    """
    shown = sorted(events, key=lambda event: (event.starts_at, event.uid))
    head = list(_head(Method.PUBLISH))
    if feed:
        head += _feed_head(feed, shown)
    known = {event.uid for event in shown}
    return _joined(head, [_beside(event, known) for event in shown])


def within_limits(events: Iterable[Vevent], *, now: datetime) -> list[Vevent]:
    """Return what of *events* a feed can hold.

    The oldest of the past go first, then the farthest of the future.
    """
    kept = {event.uid: event for event in events}
    sizes = {uid: len(_beside(event, kept)) for uid, event in kept.items()}
    size = HEAD_BYTES + sum(sizes.values())
    if len(kept) <= MAX_EVENTS and size <= MAX_BYTES:
        return list(kept.values())
    past = [event for event in kept.values() if event.ends_at < now]
    ahead = [event for event in kept.values() if event.ends_at >= now]
    past.sort(key=lambda event: (event.ends_at, event.uid))
    ahead.sort(key=lambda event: (event.starts_at, event.uid), reverse=True)
    for event in [*past, *ahead]:
        if len(kept) <= MAX_EVENTS and size <= MAX_BYTES:
            break
        del kept[event.uid]
        size -= sizes[event.uid]
    return list(kept.values())


def without_status(body: bytes) -> bytes:
    """Return a VEVENT that does not say it is called off, for programs that hide it.

    Its name still does, and it takes up nobody's time.
    """
    return body.replace(CALLED_OFF, b"\r\n", 1)


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

    lines = [
        line("DTSTAMP", instant(sent_at)),
        line("SEQUENCE", str(sequence)),
        *vevent.common(entry, FILE_TEXT, entry.online_link),
    ]
    if method is not Method.CANCEL:
        lines.append(line("STATUS", entry.status.value))
        lines.append(line("TRANSP", vevent.transparency(entry)))
    elif not removed:
        lines.append(line("STATUS", Status.CANCELLED.value))
    if attendee and method is not Method.PUBLISH:
        lines.append(_attendee(attendee))
    if entry.online_link:
        link = vevent.link(entry.online_link)
        lines.append(line("CONFERENCE", link, "VALUE=URI;FEATURE=VIDEO"))
    return _joined(_head(method), [component("VEVENT", lines)])


def _head(method: Method) -> Iterator[str]:
    yield "VERSION:2.0"
    yield line("PRODID", PRODUCT)
    yield "CALSCALE:GREGORIAN"
    yield line("METHOD", method.value)


def _feed_head(feed: Feed, shown: Sequence[Vevent]) -> Iterator[str]:
    """Yield what makes a calendar a feed (RFC 7986, and the older names for it)."""
    name, description = (
        escaped(vevent.one_line(said)) for said in (feed.name, feed.description)
    )
    yield line("NAME", name)
    yield line("X-WR-CALNAME", name)
    yield line("DESCRIPTION", description)
    yield line("X-WR-CALDESC", description)
    yield line("X-WR-TIMEZONE", feed.timezone)
    yield line("REFRESH-INTERVAL", f"PT{feed.refresh_hours}H", "VALUE=DURATION")
    yield line("X-PUBLISHED-TTL", f"PT{feed.refresh_hours}H")
    if feed.source:
        yield line("SOURCE", vevent.link(feed.source), "VALUE=URI")
    yield line("URL", vevent.link(feed.url))
    colour, exactly = COLOUR
    yield line("COLOR", colour)
    yield line("X-APPLE-CALENDAR-COLOR", exactly)
    if shown:
        yield line("LAST-MODIFIED", instant(max(e.revised_at for e in shown)))


def _joined(head: Iterable[str], events: Sequence[bytes]) -> bytes:
    """Return head, time zones and events, in this order."""
    whole = b"".join(events)
    zones = _timezones(whole)
    if not events:
        zones = [utc_vtimezone()]  # a calendar without any component is not one
    begin, end = component("VCALENDAR", head).split(b"END:VCALENDAR")
    return b"".join([begin, *zones, whole, b"END:VCALENDAR", end])


def _timezones(events: bytes) -> list[bytes]:
    """Return the VTIMEZONE of each zone that a time of *events* is written in."""
    found: dict[str, bytes] = {}
    for zone, year in sorted(set(IN_A_ZONE.findall(events))):
        name = zone.decode()
        found[name] = vtimezone(name, int(year)) or b""
    return list(found.values())


def _beside(event: Vevent, known: Container[str]) -> bytes:
    """Return the VEVENT as it stands in one file with the UIDs *known*."""
    if event.whole not in known:
        return event.body
    parent = f"RELATED-TO;RELTYPE=PARENT:{event.whole}\r\n".encode()
    return event.body.removesuffix(END) + parent + END


def _attendee(mailbox: Mailbox) -> str:
    """Return a guest who has already said yes: nobody is asked again."""
    said_yes = (
        "CUTYPE=INDIVIDUAL",
        "PARTSTAT=ACCEPTED",
        "ROLE=REQ-PARTICIPANT",
        "RSVP=FALSE",
    )
    return vevent.mailbox_line("ATTENDEE", mailbox, said_yes)
