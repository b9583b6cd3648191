"""Events as calendars tell them, in the reader's language: in feeds and in letters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from babel import Locale
from flask import current_app
from markupsafe import escape

from festival import wording
from festival.domain.lifecycle import EventStatus
from festival.extensions import current_settings
from festival.formats import markdown
from festival.formats.ical import Entry, Mailbox, Status
from festival.models.events import Event
from festival.services import letters

STATUS: Final = {
    EventStatus.SCHEDULED: Status.CONFIRMED,
    EventStatus.POSTPONED: Status.TENTATIVE,
    EventStatus.CANCELLED: Status.CANCELLED,
}


def from_event(event: Event) -> Entry:
    """Return the entry of a published *event*."""
    language = wording.language()
    facts = letters.event_facts(event, language)
    return from_facts(facts, event.description.best(language).text)


def from_facts(facts: Mapping[str, Any], description: str = "") -> Entry:
    """Return the entry that ``letters.event_facts`` tell, now or when they were frozen.

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
        html=f"<p>{escape(reason)}</p>{markdown.html(description)}"
        if description
        else "",
        remarks=_remarks(),
        place=_place(facts),
        address=", ".join(filter(None, (address(place), _country(place)))),
        position=_position(place),
        url=_page(facts["slug"]),
        categories=(wording.kind_name(facts["kind"]),),
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


def _remarks() -> tuple[str, ...]:
    if not current_settings().DEMO:
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
    return Locale(wording.language()).territories.get(code, code) if code else ""


def _position(place: Mapping[str, Any]) -> tuple[float, float] | None:
    latitude, longitude = place.get("latitude"), place.get("longitude")
    return None if latitude is None or longitude is None else (latitude, longitude)


def _page(slug: str) -> str:
    """Return the event's page: of this house, whatever any request said."""
    values = {"lang": wording.language(), "slug": slug}
    path = current_app.url_map.bind("").build("events.event", values)
    return current_settings().base_url + path
