"""One event in the calendar of one guest, who subscribes to it with a key."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Final

from festival.formats import vevent
from festival.formats.content_lines import component, escaped, instant, line
from festival.formats.ical import Vevent
from festival.formats.vevent import FEED_TEXT, Entry, Status

END: Final = b"END:VEVENT\r\n"


@lru_cache(maxsize=1024)
def vevent_of_guest(entry: Entry, alarm: timedelta | None) -> Vevent:
    """Return *entry* with its online link; programs ring *alarm* before what is sure.

    Never an attendee: nobody is asked for an answer.
    """
    lines = [
        line("DTSTAMP", instant(entry.revised_at)),
        line("SEQUENCE", str(entry.sequence)),
        *vevent.common(entry, FEED_TEXT, entry.online_link),
        line("STATUS", entry.status.value),
        line("TRANSP", vevent.transparency(entry)),
    ]
    if entry.online_link:
        link = vevent.link(entry.online_link)
        lines.append(line("CONFERENCE", link, "VALUE=URI;FEATURE=VIDEO"))
    body = component("VEVENT", lines)
    if alarm is not None and entry.status is Status.CONFIRMED:
        body = body.removesuffix(END) + _rings(entry, alarm) + END
    return Vevent(entry.uid, entry.starts_at, entry.ends_at, entry.revised_at, body)


def _rings(entry: Entry, alarm: timedelta) -> bytes:
    minutes = int(alarm.total_seconds()) // 60
    return component(
        "VALARM",
        [
            "ACTION:DISPLAY",
            line("DESCRIPTION", escaped(vevent.one_line(entry.summary))),
            f"TRIGGER:-PT{minutes}M",
        ],
    )
