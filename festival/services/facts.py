"""What is frozen in a letter: the facts of an event and of a reply, as JSON."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from festival.extensions import current_settings
from festival.models.directory import Partnership
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests


def event_facts(event: Event, language: str) -> dict[str, Any]:
    """Return the facts of *event* as a reader of *language* gets them.

    Instants are ISO 8601 in UTC; texts are ``{"text", "language"}``; ``place`` is
    None while it is to be announced. The online link is in it: for guests only.
    """
    venue, space = event.venue, event.space
    return {
        "uid": event.uid,
        "slug": event.slug,
        "kind": event.kind,
        "status": event.status.value,
        "reason": _text(event.status_reason.best(language)),
        "name": _text(event.name.best(language)),
        "summary": _text(event.summary.best(language)),
        "bring": _text(event.bring_note.best(language)),
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        "doors_at": event.doors_at.isoformat() if event.doors_at else None,
        "timezone": event.timezone,
        "all_day": event.all_day,
        "created_at": event.created_at.isoformat(),
        "revised_at": event.revised_at.isoformat(),
        "revision": event.revision,
        "organisers": [organisation.name for organisation in event.organisers],
        "contact": _contact(event),
        "online_link": event.online_link,
        "sources": event.sources,
        "place": None
        if venue is None
        else {
            "venue": venue.name,
            "space": _text(space.name.best(language)) if space else None,
            "street": venue.street,
            "postal_code": venue.postal_code,
            "city": venue.city,
            "country": venue.country,
            "latitude": venue.latitude,
            "longitude": venue.longitude,
            "how_to_come": _text(venue.how_to_come.best(language)),
        },
    }


def reply_facts(record: Rsvp | Repeat, now: datetime) -> dict[str, Any]:
    """Return the facts of a reply: links are written from them, no secret is in."""
    standing = guests.standing(record, now)
    return {
        "public_id": record.public_id,
        "version": record.version,
        "name": record.name,
        "address": record.address,
        "party_size": standing.party_size,
        "waiting_for": standing.waiting_for,
        "status": standing.status.value,
        "position": standing.position,
        "door_code": record.door_code,
        "held_until": record.held_until.isoformat() if record.held_until else None,
    }


def go_by_facts(event: Event) -> dict[str, Any]:
    """Return what guests of *event* go by, as JSON; of the online link, a mark."""
    facts = event_facts(event, "fr")
    return {
        "status": facts["status"],
        "name": dict(event.name),
        "starts_at": facts["starts_at"],
        "ends_at": facts["ends_at"],
        "doors_at": facts["doors_at"],
        "online_link": hashlib.sha256(event.online_link.encode()).hexdigest()[:12],
        "venue": event.venue.name if event.venue else "",
        "space": dict(event.space.name) if event.space else {},
    }


def with_events() -> list[ORMOption]:
    """Return what loads, with replies, all of their events that letters tell."""
    event = joinedload(Rsvp.event)
    return [
        event.joinedload(Event.venue),
        event.joinedload(Event.space),
        event.selectinload(Event.partnerships).joinedload(Partnership.organisation),
    ]


def _contact(event: Event) -> dict[str, str]:
    """Return who answers a guest: the first organiser, or else the house."""
    for organiser in event.organisers[:1]:
        if organiser.email:
            return {"name": organiser.name, "address": organiser.email}
    settings = current_settings()
    return {"name": settings.HOUSE_NAME, "address": settings.CONTACT_EMAIL}


def _text(phrase: Any) -> dict[str, str]:
    return {"text": phrase.text, "language": phrase.language}
