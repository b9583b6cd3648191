"""Events, places and organisations in the words of schema.org, as JSON-LD.

What a page says to people, said to search engines and assistants. Nothing is guessed:
what is not known is left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

Thing = dict[str, Any]

TYPES: Final = {
    "festival": "Festival",
    "screening": "ScreeningEvent",
    "workshop": "EducationEvent",
    "concert": "MusicEvent",
    "meal": "FoodEvent",
}  # what else a house may do is an Event

# A data block ends at "</script", whatever stands in its strings (HTML 4.12.1.3).
_UNSAFE: Final = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


class Status(StrEnum):
    """Whether it takes place as announced (schema.org/EventStatusType)."""

    SCHEDULED = "EventScheduled"
    RESCHEDULED = "EventRescheduled"
    POSTPONED = "EventPostponed"
    CANCELLED = "EventCancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when to when, as clocks at the place show it."""

    starts_at: datetime
    ends_at: datetime  # of an all-day event: the midnight after its last day
    timezone: str
    all_day: bool = False

    @property
    def start(self) -> str:
        """Return ``startDate``: a day, or an instant with its offset."""
        return self.said(self.starts_at)

    @property
    def end(self) -> str:
        """Return ``endDate``; of an all-day event its last day."""
        last = self.ends_at - timedelta(seconds=1) if self.all_day else self.ends_at
        return self.said(last)

    def said(self, moment: datetime) -> str:
        """Return *moment* as this span's own ends are said."""
        local = moment.astimezone(ZoneInfo(self.timezone))
        said: date = local.date() if self.all_day else local
        return said.isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A venue, or a space ``inside`` one; ``facts`` of access are yes or no."""

    name: str
    url: str = ""
    description: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""  # ISO 3166-1
    position: tuple[float, float] | None = None
    phone: str = ""
    capacity: int | None = None  # people
    facts: tuple[tuple[str, bool], ...] = ()
    inside: Place | None = None
    spaces: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An organisation."""

    name: str
    url: str = ""
    description: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Another event as this one names it: the whole, or one of its parts."""

    kind: str
    name: str
    url: str
    span: Span
    place: str = ""
    status: Status = Status.SCHEDULED


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """A match that is shown; its teams once they are known."""

    kicks_off_at: datetime  # in the zone in which it is to be said
    home: str = ""
    away: str = ""
    competition: str = ""
    ground: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event, in one language."""

    uid: str
    kind: str
    name: str
    url: str
    picture: str
    description: str
    span: Span
    status: Status
    previous_starts_at: datetime | None = None
    doors_at: datetime | None = None
    place: Place | None = None  # neither this nor online: to be announced
    online: bool = False  # the link itself is for guests
    organisers: tuple[Body, ...] = ()
    whole: Part | None = None
    parts: tuple[Part, ...] = ()
    capacity: int | None = None  # people
    seats_free: int | None = None
    languages: tuple[str, ...] = ()  # spoken, BCP 47
    free_of_charge: bool = False
    match: Game | None = None


def event(happening: Happening) -> Thing:
    """Return an Event, or the narrower type that its kind is."""
    span = happening.span
    offline, online = happening.place is not None, happening.online
    mode = {
        (True, False): "OfflineEventAttendanceMode",
        (False, True): "OnlineEventAttendanceMode",
        (True, True): "MixedEventAttendanceMode",
    }.get((offline, online))
    where = []
    if happening.place is not None:
        where.append(_place(happening.place))
    if online:  # the link itself is for guests: theirs is the page that tells how
        where.append(_thing("VirtualLocation", url=happening.url))
    before, doors = happening.previous_starts_at, happening.doors_at
    return _thing(
        TYPES.get(happening.kind, "Event"),
        name=happening.name,
        identifier=happening.uid,
        url=happening.url,
        image=happening.picture,
        description=happening.description,
        startDate=span.start,
        endDate=span.end,
        doorTime=span.said(doors) if doors and not span.all_day else None,
        eventStatus=f"https://schema.org/{happening.status}",
        previousStartDate=span.said(before) if before else None,
        eventAttendanceMode=f"https://schema.org/{mode}" if mode else None,
        location=_one_or_more(where),
        organizer=_one_or_more([_body(body) for body in happening.organisers]),
        superEvent=_part(happening.whole) if happening.whole else None,
        subEvent=[_part(part) for part in happening.parts],
        maximumAttendeeCapacity=happening.capacity,
        remainingAttendeeCapacity=happening.seats_free,
        inLanguage=_one_or_more(happening.languages),
        isAccessibleForFree=happening.free_of_charge or None,
        about=_game(happening.match) if happening.match else None,
    )


def place(found: Place) -> Thing:
    """Return a Place with what it contains, for its own page."""
    return _place(found)


def organisation(body: Body) -> Thing:
    """Return an Organization, for its own page."""
    return _body(body)


def listing(
    events: Sequence[Happening], *, name: str, url: str, remark: str = ""
) -> Thing:
    """Return an ItemList of *events*, in their order."""
    items = [
        _thing("ListItem", position=position, item=event(each))
        for position, each in enumerate(events, 1)
    ]
    return _thing(
        "ItemList",
        name=name,
        url=url,
        description=remark,
        numberOfItems=len(items),
        itemListElement=items,
    )


def document(thing: Thing) -> bytes:
    """Return *thing* as a file of its own."""
    return _written(thing).encode(errors="replace")


def script(thing: Thing) -> str:
    """Return *thing* as the body of a data block, safe inside HTML."""
    return _written(thing).translate(_UNSAFE)


def _written(thing: Thing) -> str:
    whole = {"@context": "https://schema.org", **thing}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _thing(kind: str, **facts: Any) -> Thing:
    """Return a thing of *kind* with those of its facts that are known."""
    known = {
        name: value
        for name, value in facts.items()
        if value is not None and value not in ("", [], ())
    }
    return {"@type": kind, **known}


def _one_or_more(values: Any) -> Any:
    """Return a list, or its only value bare, as most readers expect it."""
    every = list(values)
    return every[0] if len(every) == 1 else every


def _place(found: Place) -> Thing:
    outer = found.inside
    address = outer or found
    return _thing(
        "Place",
        name=found.name,
        url=found.url,
        description=found.description,
        address=_address(address),
        geo=_geo(address.position),
        telephone=found.phone,
        maximumAttendeeCapacity=found.capacity,
        amenityFeature=[
            _thing("LocationFeatureSpecification", name=name, value=given)
            for name, given in found.facts
        ],
        containedInPlace=_thing("Place", name=outer.name, url=outer.url)
        if outer
        else None,
        containsPlace=[_place(space) for space in found.spaces],
    )


def _address(found: Place) -> Thing | None:
    if not (found.street or found.postal_code or found.city):
        return None
    return _thing(
        "PostalAddress",
        streetAddress=found.street,
        postalCode=found.postal_code,
        addressLocality=found.city,
        addressCountry=found.country,
    )


def _geo(position: tuple[float, float] | None) -> Thing | None:
    if position is None:
        return None
    return _thing("GeoCoordinates", latitude=position[0], longitude=position[1])


def _body(body: Body) -> Thing:
    return _thing(
        "Organization",
        name=body.name,
        url=body.url,
        description=body.description,
        email=body.email,
        telephone=body.phone,
        sameAs=body.website,
    )


def _part(part: Part) -> Thing:
    return _thing(
        TYPES.get(part.kind, "Event"),
        name=part.name,
        url=part.url,
        startDate=part.span.start,
        endDate=part.span.end,
        location=_thing("Place", name=part.place) if part.place else None,
        eventStatus=f"https://schema.org/{part.status}",
    )


def _game(match: Game) -> Thing | None:
    teams = [team for team in (match.home, match.away) if team]
    if not teams:
        return None
    return _thing(
        "SportsEvent",
        name=" – ".join(teams),
        startDate=match.kicks_off_at.isoformat(),
        homeTeam=_thing("SportsTeam", name=match.home) if match.home else None,
        awayTeam=_thing("SportsTeam", name=match.away) if match.away else None,
        superEvent=_thing("SportsEvent", name=match.competition)
        if match.competition
        else None,
        location=_thing("Place", name=match.ground) if match.ground else None,
    )
