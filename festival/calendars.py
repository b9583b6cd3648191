"""The events of calendars one subscribes to: as they are kept, or written now.

A VEVENT is written once, by the clockwork, and kept in the database with a ``stamp``
of what wrote it; a feed is those of its events, one after the other.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from festival import entries, wording
from festival.domain.lifecycle import EventStatus
from festival.extensions import current_settings
from festival.formats import ical
from festival.formats.ical import Vevent
from festival.logs import place
from festival.models.events import Event
from festival.queries import calendar
from festival.services.calendar_entries import Written

WRITERS: Final = ("babel", "markdown-it-py", "nh3", "tzdata")  # packages
RECENT: Final = 2500  # VEVENTs in memory, until the clockwork has written them

log = logging.getLogger(__name__)

_recent: dict[tuple[object, ...], bytes] = {}


def in_feed(lines: Sequence[calendar.Line], *, hides: bool = False) -> list[Vevent]:
    """Return the VEVENTs of *lines*: what is kept, and the others written now.

    For a program that *hides* what is cancelled, only the name says that it is.
    """
    live = _live([line for line in lines if line.body is None])
    found = []
    for line in lines:
        body = line.body or live.get(line.event_id)
        if body is None:
            continue
        if hides and line.status is EventStatus.CANCELLED:
            body = ical.without_status(body)
        span = line.starts_at, line.ends_at
        found.append(Vevent(line.uid, *span, line.revised_at, body, line.whole or ""))
    return found


def _live(lines: Sequence[calendar.Line]) -> dict[int, bytes]:
    """Return what nobody has written yet; here it is written once."""
    about = wording.language(), stamp()
    keys = {
        line.event_id: (line.uid, line.revision, line.revised_at, *about)
        for line in lines
    }
    known = {number: _recent.get(key) for number, key in keys.items()}
    found = {number: body for number, body in known.items() if body is not None}
    missing = [number for number in keys if number not in found]
    if missing and len(_recent) + len(missing) > RECENT:
        _recent.clear()
    for one in written(missing):
        found[one.event_id] = _recent[keys[one.event_id]] = one.body
    return found


def written(event_ids: Sequence[int]) -> list[Written]:
    """Return the VEVENTs of events as they are now, for feeds.

    One that cannot be written is left out, and keeps no feed from the others.
    """
    if not event_ids:
        return []
    return [one for one in map(_try, calendar.told(event_ids)) if one]


def _try(event: Event) -> Written | None:
    try:
        return write(event)
    except Exception as error:  # noqa: BLE001
        log.warning("event %s is in no calendar: %s", event.id, place(error))
        return None


def write(event: Event) -> Written:
    """Return the VEVENT of one of ``calendar.told``."""
    return Written(
        event.id,
        wording.language(),
        event.revision,
        event.revised_at,
        stamp(),
        ical.in_feed(entries.from_event(event)),
    )


def stamp() -> str:
    """Return a mark of all that goes into an entry beside its event.

    Whatever of the program, its words and its settings is another, the mark is.
    """
    settings = current_settings()
    used = (
        settings.base_url,
        settings.HOUSE_NAME,
        settings.CALENDAR_ADDRESS,
        settings.CONTACT_EMAIL,
        settings.DEMO,
    )
    return hashlib.sha256(_program() + repr(used).encode()).hexdigest()[:16]


@cache
def _program() -> bytes:
    """Return a digest of this program, its translations and the packages it asks."""
    seen = hashlib.sha256(repr([version(name) for name in WRITERS]).encode())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in {".py", ".mo"}:
            seen.update(path.read_bytes())
    return seen.digest()
