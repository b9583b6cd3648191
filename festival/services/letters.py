"""What is frozen in a letter: the facts of an event and of a reply, as JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from festival.domain.admission import RsvpStatus
from festival.domain.lifecycle import EventStatus
from festival.extensions import db
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests
from festival.services import outbox

GATHERED = timedelta(minutes=10)  # in which changes of an event become one letter

LAST_WORDS = frozenset({"rsvp-withdrawn", "event-cancelled", "event-postponed"})

STRANGERS = frozenset(
    {
        "rsvp-confirm",
        "rsvp-confirmed",
        "rsvp-waiting",
        "rsvp-changed",
        "rsvp-withdrawn",
        "rsvp-repeat",
        "ticket-again",
    }
)  # letters that anybody's form can cause, and that are therefore limited


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
        "status": standing.status.value,
        "position": standing.position,
        "door_code": record.door_code,
        "held_until": record.held_until.isoformat() if record.held_until else None,
    }


def write(kind: str, rsvp: Rsvp, *, now: datetime, **more: Any) -> None:
    """Post the letter *kind* about *rsvp* to its guest, if there is an address.

    A letter to somebody who comes carries a calendar REQUEST; one to somebody who
    came no more, a CANCEL. Unsent letters of the same reply are superseded; one that
    tells of a change is written anew, with how the reply now stands.
    """
    untold = outbox.take_back("event-changed", rsvp.id, now=now)
    outbox.supersede(rsvp.id, now=now)
    if rsvp.address is None:
        return
    db.session.flush()
    facts = {
        "event": event_facts(rsvp.event, rsvp.language),
        "reply": reply_facts(rsvp, now),
        **more,
    }
    outbox.post(
        kind,
        to=rsvp.address,
        language=rsvp.language,
        facts=facts,
        now=now,
        event_id=rsvp.event_id,
        rsvp_id=rsvp.id,
        stranger=rsvp.address_key if kind in STRANGERS else None,
    )
    if untold and kind not in LAST_WORDS:
        was, due_at = untold.facts["was"], untold.due_at
        _post_change(rsvp, was, again=False, now=now, due_at=due_at)


def tell_of_change(
    rsvp: Rsvp, was: dict[str, Any], *, again: bool = False, now: datetime
) -> None:
    """Post, ten minutes ahead, what has changed of the event *rsvp* says yes to.

    *was* is how things stood before (``services.events``). A letter of the same kind
    that still waits is taken back, and what it remembers is what the guest knows.
    *again* says that the calendar entry was taken away before, and comes back.
    """
    if rsvp.address is None:
        return
    db.session.flush()
    earlier = outbox.take_back("event-changed", rsvp.id, now=now)
    known = earlier.facts["was"] if earlier else was
    _post_change(rsvp, known, again=again, now=now, due_at=now + GATHERED)


def _post_change(
    rsvp: Rsvp, was: dict[str, Any], *, now: datetime, due_at: datetime, again: bool
) -> None:
    goes_ahead = rsvp.event.status is EventStatus.SCHEDULED
    facts = {
        "event": event_facts(rsvp.event, rsvp.language),
        "reply": reply_facts(rsvp, now),
        "was": was,
        "calendar": calendar_facts(rsvp, again=again) if goes_ahead else None,
    }
    outbox.post(
        "event-changed",
        to=str(rsvp.address),
        language=rsvp.language,
        facts=facts,
        now=now,
        event_id=rsvp.event_id,
        rsvp_id=rsvp.id,
        due_at=due_at,
    )


def invite(rsvp: Rsvp, *, again: bool = False) -> dict[str, Any]:
    """Return the calendar facts of a letter to somebody who comes.

    SEQUENCE is the event's or the last one this guest got, one more where the last
    was a CANCEL (*again*): else a client ignores who withdrew and comes after all.
    """
    rsvp.letter_sequence = max(rsvp.event.revision, rsvp.letter_sequence + again)
    return {"method": "REQUEST", "sequence": rsvp.letter_sequence}


def uninvite(rsvp: Rsvp) -> dict[str, Any] | None:
    """Return the calendar facts that take the entry away, if one was ever sent."""
    if rsvp.letter_sequence < 0:
        return None
    rsvp.letter_sequence = max(rsvp.event.revision, rsvp.letter_sequence) + 1
    return {"method": "CANCEL", "sequence": rsvp.letter_sequence}


def calendar_facts(rsvp: Rsvp, *, again: bool = False) -> dict[str, Any] | None:
    """Return the calendar facts of a letter about how *rsvp* stands."""
    return invite(rsvp, again=again) if rsvp.status is RsvpStatus.CONFIRMED else None


def _text(phrase: Any) -> dict[str, str]:
    return {"text": phrase.text, "language": phrase.language}
