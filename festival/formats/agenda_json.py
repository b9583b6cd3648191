"""The agenda as our own JSON: the classes here are its shape.

What stands in it keeps its name and its meaning; new names may come, so readers skip
what they do not know. Another ``version`` would be another shape. Every name is always
there: what is not known is null, or an empty list. Instants are ISO 8601 with the
offset of the event's own zone.
"""

from __future__ import annotations

import json
from typing import Final, TypedDict

VERSION: Final = 1


class Text(TypedDict):
    """A text in the language asked for, else in one that there is."""

    text: str
    language: str  # BCP 47


class Named(TypedDict):
    """A thing with a page."""

    name: str
    url: str


class Place(TypedDict):
    """A venue, and the space in it where one is named."""

    venue: str
    space: Text | None
    url: str
    street: str
    postal_code: str
    city: str
    country: str  # ISO 3166-1
    latitude: float | None  # degrees north
    longitude: float | None  # degrees east


class Access(TypedDict):
    """Yes, no, or null where nobody has said."""

    step_free: bool | None
    accessible_toilet: bool | None
    hearing_loop: bool | None
    sign_language: bool | None
    quiet_place: bool | None
    door_width: int | None  # centimetres
    note: Text | None


class Seats(TypedDict):
    """How one gets in. Seats are people, at most five seconds old."""

    state: str  # open, waiting_list, full, not_yet, closed, drop_in, elsewhere, …
    said: str  # the same in words, as the page has it
    capacity: int | None  # null: no limit, or not told
    free: int | None  # null where no seats are counted


class Links(TypedDict):
    """Whole addresses."""

    page: str
    calendar: str | None  # its .ics; null for what only the archive knows
    picture: str


class Event(TypedDict):
    """One event."""

    uid: str  # the same as in calendars; never changes
    slug: str
    kind: str  # festival, open_day, screening, workshop, …
    status: str  # scheduled, postponed, cancelled
    reason: Text | None  # why it is postponed or cancelled
    name: Text
    summary: Text | None
    description: Text | None  # without markup, one paragraph a line
    starts_at: str
    ends_at: str  # of an all-day event: the midnight after its last day
    doors_at: str | None
    previous_starts_at: str | None  # where it was put off
    all_day: bool
    timezone: str  # IANA
    festival: Named | None  # that it is a part of
    place: Place | None  # null: online, or not announced yet
    online: bool
    access: Access
    languages: list[str]  # spoken, BCP 47
    audience: str  # everyone, youth
    age: Text | None
    price: Text | None
    free_of_charge: bool | None  # null where only the archive knows
    organisers: list[Named]
    seats: Seats
    links: Links
    revision: int  # SEQUENCE of calendars
    revised_at: str  # in UTC


class Agenda(TypedDict):
    """The answer to one question."""

    version: int
    house: str
    language: str  # that was asked for
    timezone: str  # of the house, whose midnights part the days
    question: dict[str, list[str]]  # as it was understood: parameters of an address
    url: str  # the same question, for people
    complete: bool  # false: only the first 1,000 events are here
    events: list[Event]


def written(agenda: Agenda) -> bytes:
    """Return *agenda* as JSON, in UTF-8."""
    text = json.dumps(agenda, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace")
