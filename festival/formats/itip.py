"""What calendar programs answer to an invitation (RFC 5546, 3.2.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from icalendar import Calendar, Component, vCalAddress

from festival.formats.post import Mail, body, parts

LONGEST: Final = 64 * 1024  # bytes; an answer has about one thousand
UID: Final = re.compile(r"[!-~]{1,200}")
KINDS: Final = frozenset({"text/calendar", "application/ics"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One guest's answer to one invitation."""

    uid: str
    attendee: str  # the address, without "mailto:"
    declined: bool
    sequence: int


def answer(mail: Mail) -> Answer | None:
    """Return the answer in *mail*, if a calendar program wrote one.

    Who organises is left out by some programs, and is not asked for here.
    """
    for part in parts(mail):
        if part.get_content_type() in KINDS:
            return _read(body(part, LONGEST))
    return None


def _read(content: bytes) -> Answer | None:
    try:
        calendar = Calendar.from_ical(content)
        if str(calendar.get("METHOD", "")).upper() != "REPLY":
            return None
        events = calendar.walk("VEVENT")
        return _answered(events[0]) if len(events) == 1 else None
    except Exception:  # noqa: BLE001 - icalendar raises anything on what is hostile
        return None


def _answered(event: Component) -> Answer | None:
    attendee = event.get("ATTENDEE")
    if not isinstance(attendee, vCalAddress):  # none, or several
        return None
    scheme, _, address = str(attendee).partition(":")
    status = str(attendee.params.get("PARTSTAT", "")).upper()
    uid = str(event.get("UID", ""))
    if scheme.casefold() != "mailto" or not status or not UID.fullmatch(uid):
        return None
    return Answer(
        uid=uid,
        attendee=unquote(address).strip(),
        declined=status == "DECLINED",
        sequence=int(event.get("SEQUENCE", 0)),
    )
