"""Events as records: for programs, and for people who like tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from festival import entries, wording
from festival.domain.question import ACCESS, AgendaFilter
from festival.domain.words import Words
from festival.extensions import current_settings
from festival.formats import agenda_json, markdown
from festival.formats.agenda_json import Access, Named, Place, Text
from festival.formats.spreadsheet import Cell
from festival.models.events import Event
from festival.queries.agenda import EventCard, Listing
from festival.web.lists import audience_name, whole
from festival.wording import gettext, language

SECOND = timedelta(seconds=1)


def address(endpoint: str, question: AgendaFilter) -> str:
    """Return the whole address of *question* at *endpoint*, in our one order."""
    asked: dict[str, Any] = question.repeated
    return entries.address_of(endpoint, lang=language(), **asked)


def answer(question: AgendaFilter, found: Listing) -> agenda_json.Agenda:
    """Return the whole answer to *question*."""
    settings = current_settings()
    return {
        "version": agenda_json.VERSION,
        "house": settings.HOUSE_NAME,
        "language": language(),
        "timezone": settings.TIMEZONE,
        "question": question.repeated,
        "url": address("agenda.agenda", question),
        "complete": found.complete,
        "events": [record(card) for card in found.cards],
    }


def record(card: EventCard) -> agenda_json.Event:
    """Return an event as a list shows it, in the reader's language."""
    event = card.event
    zone = ZoneInfo(event.timezone)

    def said(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).isoformat() if moment else None

    return {
        "uid": event.uid,
        "slug": event.slug,
        "kind": event.kind,
        "status": event.status.value,
        "reason": _text(event.status_reason),
        "name": _text(event.name) or {"text": "", "language": language()},
        "summary": _text(event.summary),
        "description": _bare(event.description),
        "starts_at": event.starts_at.astimezone(zone).isoformat(),
        "ends_at": event.ends_at.astimezone(zone).isoformat(),
        "doors_at": said(event.doors_at),
        "previous_starts_at": said(event.previous_starts_at),
        "all_day": event.all_day,
        "timezone": event.timezone,
        "festival": _festival(event),
        "place": _place(event),
        "online": bool(event.online_link),
        "access": _access(card),
        "languages": list(event.languages),
        "audience": event.audience,
        "age": _text(event.age_note),
        "price": _text(event.price_note),
        "free_of_charge": None if event.sources else not event.price_note,
        "organisers": [
            _named(body.name, "organisations.organisation", slug=body.slug)
            for body in event.organisers
        ],
        "seats": {
            "state": card.state.value,
            "said": wording.seats(card.state, card.house),
            "capacity": card.house.capacity,
            "free": card.house.seats_free if card.state in entries.COUNTED else None,
        },
        "links": {
            "page": _page("events.event", slug=event.slug),
            "calendar": None
            if event.sources
            else entries.address_of(
                "feeds.event_ics", slug=event.slug, lang=language()
            ),
            "picture": entries.address_of("discovery.event_picture", slug=event.slug),
        },
        "revision": event.revision,
        "revised_at": event.revised_at.astimezone(UTC).isoformat(),
    }


def _text(words: Words) -> Text | None:
    found = words.best(language())
    return {"text": found.text, "language": found.language} if found.text else None


def _bare(words: Words) -> Text | None:
    found = _text(words)
    return {**found, "text": markdown.plain(found["text"])} if found else None


def _page(endpoint: str, **values: str) -> str:
    return entries.address_of(endpoint, lang=language(), **values)


def _named(name: str, endpoint: str, **values: str) -> Named:
    return {"name": name, "url": _page(endpoint, **values)}


def _festival(event: Event) -> Named | None:
    above = whole(event)
    if above is None:
        return None
    return _named(above.name.best(language()).text, "events.event", slug=above.slug)


def _place(event: Event) -> Place | None:
    venue, space = event.venue, event.space
    if venue is None:
        return None
    return {
        "venue": venue.name,
        "space": _text(space.name) if space else None,
        "url": _page("venues.space", venue_slug=venue.slug, slug=space.slug)
        if space
        else _page("venues.venue", slug=venue.slug),
        "street": venue.street,
        "postal_code": venue.postal_code,
        "city": venue.city,
        "country": venue.country,
        "latitude": venue.latitude,
        "longitude": venue.longitude,
    }


def _access(card: EventCard) -> Access:
    given = {fact.name: fact.given for fact in card.access}
    space = card.event.space
    return {
        "step_free": given["step_free"],
        "accessible_toilet": given["accessible_toilet"],
        "hearing_loop": given["hearing_loop"],
        "sign_language": given["sign_language"],
        "quiet_place": given["quiet_place"],
        "door_width": space.door_width if space else None,
        "note": _text(card.event.access_note)
        or (_text(space.access_note) if space else None),
    }


# Lines of a table


def heads() -> list[str]:
    """Return what stands over the columns of ``line``; new ones come last."""
    return [
        gettext("Name"),
        gettext("What"),
        gettext("Begins"),
        gettext("Ends"),
        gettext("Time zone"),
        gettext("Festival"),
        gettext("Venue"),
        gettext("Space"),
        gettext("Address"),
        gettext("Postcode"),
        gettext("City"),
        gettext("Accessibility"),
        gettext("Languages spoken"),
        gettext("For whom"),
        gettext("Organisations"),
        gettext("Replies"),
        gettext("Places"),
        gettext("Free places"),
        gettext("Price"),
        gettext("Page"),
        gettext("Identifier"),
    ]


def line(event: agenda_json.Event) -> Sequence[Cell]:
    """Return an event as one line of a table."""
    place, seats = event["place"], event["seats"]
    access: Mapping[str, Any] = event["access"]
    given = [n for n in ACCESS.values() if access[n]]
    return [
        event["name"]["text"],
        wording.kind_name(event["kind"]),
        *_span(event),
        event["timezone"],
        event["festival"]["name"] if event["festival"] else "",
        place["venue"] if place else "",
        place["space"]["text"] if place and place["space"] else "",
        place["street"] if place else "",
        place["postal_code"] if place else "",
        place["city"] if place else "",
        ", ".join(map(wording.access_name, given)),
        ", ".join(map(wording.language_name, event["languages"])),
        audience_name(event["audience"]),
        ", ".join(body["name"] for body in event["organisers"]),
        seats["said"],
        seats["capacity"],
        seats["free"],
        _price(event),
        event["links"]["page"],
        event["uid"],
    ]


def _span(event: agenda_json.Event) -> tuple[str, str]:
    """Return begin and end as every spreadsheet takes them for dates and hours."""
    starts_at, ends_at = map(
        datetime.fromisoformat, (event["starts_at"], event["ends_at"])
    )
    if event["all_day"]:
        return f"{starts_at:%Y-%m-%d}", f"{ends_at - SECOND:%Y-%m-%d}"
    return f"{starts_at:%Y-%m-%d %H:%M}", f"{ends_at:%Y-%m-%d %H:%M}"


def _price(event: agenda_json.Event) -> str:
    if event["price"]:
        return event["price"]["text"]
    return gettext("Free of charge") if event["free_of_charge"] else ""
