"""Events as programs are told them, in the reader's language.

Calendars get entries (``formats.ical``), in feeds and in letters; search engines get
happenings, places and bodies (``formats.jsonld``), in pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from flask import current_app
from markupsafe import escape

from festival import wording
from festival.domain.lifecycle import EventStatus, ReplyState
from festival.extensions import current_settings
from festival.formats import jsonld, markdown
from festival.formats.ical import Entry, Mailbox, Status
from festival.models.directory import Organisation, Space, Venue
from festival.models.events import Event, Match
from festival.queries import competitions
from festival.queries.agenda import AccessFact, EventCard
from festival.services.facts import event_facts

STATUS: Final = {
    EventStatus.SCHEDULED: Status.CONFIRMED,
    EventStatus.POSTPONED: Status.TENTATIVE,
    EventStatus.CANCELLED: Status.CANCELLED,
}


def from_event(event: Event, *, html: bool = False) -> Entry:
    """Return the entry of a published *event*, on request with its text in HTML."""
    language = wording.language()
    description = event.description.best(language).text
    entry = from_facts(event_facts(event, language), description)
    if event.match:
        entry = replace(entry, remarks=(_match(event, event.match), *entry.remarks))
    if html and description:
        reason = event.status_reason.best(language).text
        told = f"<p>{escape(reason)}</p>" if reason else ""
        entry = replace(entry, html=told + markdown.html(description))
    return entry


def from_facts(facts: Mapping[str, Any], description: str = "") -> Entry:
    """Return the entry that ``event_facts`` tell, now or when they were frozen.

    *description* is Markdown; without it the event's summary describes it.
    """
    settings = current_settings()
    status = EventStatus(facts["status"])
    place = facts["place"] or {}
    reason = facts["reason"]["text"]
    text = markdown.plain(description) or facts["summary"]["text"]
    return Entry(
        uid=facts["uid"],
        sequence=facts["revision"],
        created_at=datetime.fromisoformat(facts["created_at"]),
        revised_at=datetime.fromisoformat(facts["revised_at"]),
        starts_at=datetime.fromisoformat(facts["starts_at"]),
        ends_at=datetime.fromisoformat(facts["ends_at"]),
        timezone=facts["timezone"],
        organiser=Mailbox(
            next(iter(facts["organisers"]), settings.HOUSE_NAME),
            settings.CALENDAR_ADDRESS or settings.CONTACT_EMAIL,
        ),
        summary=_summary(status, facts["name"]["text"]),
        status=STATUS[status],
        all_day=facts["all_day"],
        description="\n\n".join(filter(None, (reason, text))),
        remarks=_remarks(facts),
        place=_place(facts),
        address=", ".join(filter(None, (address(place), _country(place)))),
        position=_position(place),
        url=_page("events.event", slug=facts["slug"]),
        categories=(_kind(facts["kind"], wording.language()),),
        online_link=facts["online_link"],
    )


def address(place: Mapping[str, Any]) -> str:
    """Return the street, postcode and city of a ``place`` of the facts, in one line."""
    if not place:
        return ""
    town = f"{place['postal_code']} {place['city']}".strip()
    return ", ".join(part for part in (place["street"], town) if part)


def _summary(status: EventStatus, name: str) -> str:
    """Return the name, and first of all whether there is nothing to go to."""
    if status is EventStatus.CANCELLED:
        return wording.gettext("CANCELLED: %(name)s", name=name)
    if status is EventStatus.POSTPONED:
        return wording.gettext("POSTPONED: %(name)s", name=name)
    return name


def _remarks(facts: Mapping[str, Any]) -> tuple[str, ...]:
    if not current_settings().DEMO or facts.get("sources"):
        return ()
    return (wording.gettext("This is a demonstration: the event is invented."),)


def _place(facts: Mapping[str, Any]) -> str:
    place = facts["place"]
    if place is None:
        online = bool(facts["online_link"])
        return (
            wording.gettext("Online")
            if online
            else wording.gettext("Place to be announced")
        )
    space = place["space"]["text"] if place["space"] else ""
    return ", ".join(filter(None, (place["venue"], space)))


def _country(place: Mapping[str, Any]) -> str:
    """Return the country's name: a calendar program knows towns of the whole world."""
    code = place.get("country", "")
    return _territory(code, wording.language()) if code else ""


@lru_cache(maxsize=512)
def _territory(code: str, language: str) -> str:
    return str(Locale(language).territories.get(code, code))


@lru_cache(maxsize=512)
def _kind(kind: str, language: str) -> str:  # noqa: ARG001  (the language's words are kept)
    return wording.kind_name(kind)


def _match(event: Event, match: Match) -> str:
    """Return who plays, in which tournament, and from when."""
    language, at = wording.language(), match.kicks_off_at
    played_in = (
        match.competition.name.best(language).text,
        match.stage.best(language).text,
    )
    return wording.gettext(
        "%(home)s – %(away)s, %(competition)s. Kick-off at %(time)s.",
        home=wording.side(match, "home"),
        away=wording.side(match, "away"),
        competition=", ".join(filter(None, played_in)),
        time=wording.clock_time(at.astimezone(ZoneInfo(event.timezone))),
    )


def _position(place: Mapping[str, Any]) -> tuple[float, float] | None:
    latitude, longitude = place.get("latitude"), place.get("longitude")
    return None if latitude is None or longitude is None else (latitude, longitude)


def address_of(endpoint: str, **values: str) -> str:
    """Return a whole address: of this house, whatever any request said."""
    path = current_app.url_map.bind("").build(endpoint, values)
    return current_settings().base_url + path


def _page(endpoint: str, **values: str) -> str:
    return address_of(endpoint, lang=wording.language(), **values)


# In the words of schema.org

COUNTED: Final = {ReplyState.OPEN, ReplyState.WAITING_LIST, ReplyState.FULL}


def happening(
    card: EventCard,
    *,
    reading: str,
    whole: Event | None = None,
    parts: Iterable[Event] = (),
) -> jsonld.Happening:
    """Return the event of *card*, its texts in *reading*.

    *whole* is the festival it is a part of, and *parts* its own programme, as far as
    the public may know them.
    """
    event, settings = card.event, current_settings()
    hosts = [_signature(found) for found in event.organisers]
    house = jsonld.Body(name=settings.HOUSE_NAME, url=_page("agenda.agenda"))
    return jsonld.Happening(
        uid=event.uid,
        kind=event.kind,
        name=event.name.best(reading).text,
        url=_page("events.event", slug=event.slug),
        picture=address_of("discovery.event_picture", slug=event.slug),
        description=wording.plain(event.summary, reading)
        or markdown.plain(wording.plain(event.description, reading)),
        span=_span(event),
        status=_status(event),
        previous_starts_at=event.previous_starts_at if _moved(event) else None,
        doors_at=event.doors_at,
        place=_where(event),
        online=bool(event.online_link),
        organisers=tuple(hosts) or (() if event.sources else (house,)),
        whole=_part(whole, reading) if whole else None,
        parts=tuple(_part(part, reading) for part in parts),
        capacity=card.house.capacity,
        seats_free=card.house.seats_free if card.state in COUNTED else None,
        languages=tuple(event.languages),
        free_of_charge=not (event.price_note or event.sources),
        match=_game(event, reading),
    )


def venue_place(
    venue: Venue, spaces: Iterable[tuple[Space, Iterable[AccessFact]]] = ()
) -> jsonld.Place:
    """Return *venue* with its *spaces*, and what is known of access to each."""
    text = venue.description.best(wording.language()).text
    return replace(
        _venue(venue),
        description=markdown.plain(text),
        phone=venue.phone,
        spaces=tuple(_space(space, facts) for space, facts in spaces),
    )


def space_place(space: Space, access: Iterable[AccessFact]) -> jsonld.Place:
    """Return *space* inside its venue, and what is known of *access* to it."""
    return replace(_space(space, access), inside=_venue(space.venue))


def body(organisation: Organisation) -> jsonld.Body:
    """Return *organisation* with its page."""
    text = organisation.description.best(wording.language()).text
    return replace(
        _signature(organisation),
        description=markdown.plain(text),
        email=organisation.email,
        phone=organisation.phone,
        website=organisation.website,
    )


def _signature(organisation: Organisation) -> jsonld.Body:
    return jsonld.Body(
        name=organisation.name,
        url=_page("organisations.organisation", slug=organisation.slug),
    )


def _span(event: Event) -> jsonld.Span:
    return jsonld.Span(
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        timezone=event.timezone,
        all_day=event.all_day,
    )


def _status(event: Event) -> jsonld.Status:
    if event.status is EventStatus.CANCELLED:
        return jsonld.Status.CANCELLED
    if event.status is EventStatus.POSTPONED:
        return jsonld.Status.POSTPONED
    return jsonld.Status.RESCHEDULED if _moved(event) else jsonld.Status.SCHEDULED


def _moved(event: Event) -> bool:
    return event.previous_starts_at not in {None, event.starts_at}


def _where(event: Event) -> jsonld.Place | None:
    """Return the very place: the space where one is named, inside its venue."""
    if event.venue is None:
        return None
    venue = _venue(event.venue)
    return replace(_space(event.space), inside=venue) if event.space else venue


def _venue(venue: Venue) -> jsonld.Place:
    latitude, longitude = venue.latitude, venue.longitude
    return jsonld.Place(
        name=venue.name,
        url=_page("venues.venue", slug=venue.slug),
        street=venue.street,
        postal_code=venue.postal_code,
        city=venue.city,
        country=venue.country,
        position=None
        if latitude is None or longitude is None
        else (latitude, longitude),
    )


def _space(space: Space, access: Iterable[AccessFact] = ()) -> jsonld.Place:
    return jsonld.Place(
        name=space.name.best(wording.language()).text,
        url=_page("venues.space", venue_slug=space.venue.slug, slug=space.slug),
        capacity=space.capacity,
        facts=tuple(
            (wording.access_name(fact.name), fact.given)
            for fact in access
            if fact.given is not None
        ),
    )


def _part(event: Event, reading: str) -> jsonld.Part:
    return jsonld.Part(
        kind=event.kind,
        name=event.name.best(reading).text,
        url=_page("events.event", slug=event.slug),
        span=_span(event),
        place=wording.place(event) if event.venue else "",
        status=_status(event),
    )


def _game(event: Event, reading: str) -> jsonld.Game | None:
    match = event.match
    if match is None:
        return None
    home, away = (
        competitions.side(match, where).team.best(reading).text
        for where in ("home", "away")
    )
    return jsonld.Game(
        kicks_off_at=match.kicks_off_at.astimezone(ZoneInfo(event.timezone)),
        home=home,
        away=away,
        competition=match.competition.name.best(reading).text,
        ground=match.ground.best(reading).text,
    )
