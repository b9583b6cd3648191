"""What a letter says, from nothing but the facts that were frozen in it.

Each kind has two templates in ``templates/mail``; the plain one begins with the
subject. Links come from ``BASE_URL`` alone, whoever asked for the letter and how.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Final
from zoneinfo import ZoneInfo

import segno
from babel.dates import format_date
from flask import current_app, render_template
from flask_babel import force_locale

from festival import entries, wording
from festival.domain import tokens
from festival.domain.admission import RsvpStatus
from festival.domain.lifecycle import EventStatus
from festival.domain.words import Phrase, Words
from festival.extensions import current_settings
from festival.formats import ical
from festival.formats.ical import Mailbox, Method
from festival.mail.message import CalendarMessage, CalendarPart, Picture
from festival.models.journal import Letter

KINDS: Final = (
    "rsvp-confirm",
    "rsvp-confirmed",
    "rsvp-waiting",
    "rsvp-promoted",
    "rsvp-changed",
    "rsvp-withdrawn",
    "rsvp-repeat",
    "ticket-again",
    "event-changed",
    "event-cancelled",
    "event-postponed",
)
WITH_PICTURE: Final = frozenset(
    {"rsvp-confirmed", "rsvp-promoted", "rsvp-changed", "event-changed"}
)

NEAR: Final = timedelta(days=6)  # nearer than this, a weekday alone says the day
PIXELS: Final = 6  # of each dot of a QR code

EMPTY_LINES: Final = re.compile(r"\s*\n\s*\n")


def written(letter: Letter, sent_at: datetime) -> CalendarMessage:
    """Write *letter* in its language.

    Raises:
        Exception: whatever its facts make impossible; it can never be written.
    """
    if letter.kind not in KINDS:
        raise LookupError(letter.kind)
    with force_locale(letter.language):
        return _written(letter, sent_at)


def _written(letter: Letter, sent_at: datetime) -> CalendarMessage:
    settings = current_settings()
    facts = letter.facts
    told: dict[str, Any] = {
        "house": _joined(settings.HOUSE_NAME, settings.HOUSE_ADDRESS),
        "contact": _contact(),
        "agenda": _link("agenda.agenda"),
        "reply": None,
        "asked": facts.get("asked"),
    }
    picture = calendar = None
    if letter.kind == "ticket-again":
        told["tickets"] = [
            (_event(each["event"], sent_at), _reply(each["reply"], sent_at))
            for each in facts["replies"]
        ]
    else:
        told["event"] = _event(facts["event"], sent_at)
        told["reply"] = reply = _reply(facts["reply"], sent_at, told["asked"])
        if "before" in facts:
            told["before"] = wording.people(facts["before"])
        if "was" in facts:
            told["was"] = _was(facts["was"], facts["event"])
        if told["asked"]:
            told["asked_places"] = wording.places(told["asked"])
        calendar = _calendar(letter, sent_at)
        told["attached"] = calendar and calendar.method is Method.PUBLISH
        told["by_hand"] = facts.get("calendar") and not calendar
        if letter.kind in WITH_PICTURE and reply.comes:
            picture = Picture(f"ticket@{settings.mail_domain}", _qr(reply.ticket))
            told["picture"] = picture.name

    plain = render_template(f"mail/{letter.kind}.txt", **told)
    subject, _, text = plain.strip().partition("\n")
    subject = _capital(subject)
    html = render_template(f"mail/{letter.kind}.html", subject=subject, **told)
    return CalendarMessage(
        subject,
        sender=Mailbox(settings.HOUSE_NAME, settings.sender),
        to=Mailbox("", letter.recipient),
        reply_to=Mailbox(settings.HOUSE_NAME, settings.CONTACT_EMAIL),
        plain=EMPTY_LINES.sub("\n\n", text.strip()) + "\n",
        html=html,
        message_id=letter.message_id,
        sent_at=sent_at,
        picture=picture,
        calendar=calendar,
    )


# What templates are told


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event, as its letter names it."""

    name: Phrase
    moment: str  # for subjects: "Saturday 2pm"
    when: str
    doors: str
    place: str
    address: str
    how_to_come: list[Phrase]
    bring: Phrase
    reason: Phrase
    online_link: str
    link: str


@dataclass(frozen=True, slots=True)
class ToldReply:
    """A reply, as its letter names it, and the links that open it."""

    name: str
    party_size: int
    people: str  # "2 people"
    places: str  # "2 places"
    comes: bool
    waits: bool
    rank: str
    door_code: str
    held_until: str  # empty when it is over as the letter goes out
    manage: str
    change: str
    change_to_asked: str
    cancel: str
    confirm: str
    erase: str
    ticket: str


def _event(facts: Mapping[str, Any], sent_at: datetime) -> ToldEvent:
    zone, all_day = facts["timezone"], facts["all_day"]
    starts_at = datetime.fromisoformat(facts["starts_at"])
    ends_at = datetime.fromisoformat(facts["ends_at"])
    doors_at = datetime.fromisoformat(facts["doors_at"] or facts["starts_at"])
    goes_ahead = facts["status"] == EventStatus.SCHEDULED
    opens_early = goes_ahead and doors_at < starts_at and not all_day
    place = facts["place"] or {}
    how_to_come = _phrase(place.get("how_to_come"))
    return ToldEvent(
        name=_phrase(facts["name"]),
        moment=_moment(starts_at.astimezone(ZoneInfo(zone)), sent_at, all_day=all_day),
        when=_capital(wording.when(starts_at, ends_at, zone, all_day=all_day)),
        doors=wording.clock_time(doors_at.astimezone(ZoneInfo(zone)))
        if opens_early
        else "",
        place=_place(facts),
        address=entries.address(place),
        how_to_come=[
            replace(how_to_come, text=line.strip())
            for line in how_to_come.text.splitlines()
            if line.strip()
        ],
        bring=_phrase(facts["bring"]),
        reason=_phrase(facts["reason"]),
        online_link=facts["online_link"],
        link=_link("events.event", slug=facts["slug"]),
    )


@dataclass(frozen=True, slots=True)
class Was:
    """What an event was before it changed; empty where it is as it was."""

    name: str
    when: str
    place: str


def _was(before: Mapping[str, Any], facts: Mapping[str, Any]) -> Was:
    """Return what of *before* is no longer so in the event's *facts*."""
    starts_at, ends_at = (
        datetime.fromisoformat(before[name]) for name in ("starts_at", "ends_at")
    )
    name = wording.plain(Words(before["name"]))
    when = wording.when(starts_at, ends_at, facts["timezone"], all_day=facts["all_day"])
    space = wording.plain(Words(before["space"]))
    place = _joined(before["venue"], space)
    now = facts["starts_at"], facts["ends_at"]
    return Was(
        name=name if name != wording.plain(_phrase(facts["name"])) else "",
        when=when if now != (before["starts_at"], before["ends_at"]) else "",
        place=place if place != _place(facts) else "",
    )


def _reply(
    facts: Mapping[str, Any], sent_at: datetime, asked: int | None = None
) -> ToldReply:
    status, party_size = facts["status"], facts["party_size"]
    held_until = facts["held_until"] and datetime.fromisoformat(facts["held_until"])
    manage = _token_link("manage", facts)
    return ToldReply(
        name=facts["name"],
        party_size=party_size,
        people=wording.people(party_size),
        places=wording.places(party_size),
        comes=status == RsvpStatus.CONFIRMED,
        waits=status == RsvpStatus.WAITING,
        rank=_rank(facts["position"]),
        door_code=wording.door_code(facts["door_code"]),
        held_until=wording.instant(held_until)
        if held_until and held_until > sent_at
        else "",
        manage=manage,
        change=f"{manage}#change",
        change_to_asked=_token_link("manage", facts, party=asked) + "#change",
        cancel=f"{manage}#cancel",
        confirm=_token_link("confirm", facts),
        erase=_token_link("erase", facts),
        ticket=_token_link("ticket", facts),
    )


# Words


def _moment(local: datetime, sent_at: datetime, *, all_day: bool) -> str:
    """Return "Saturday 2pm", with its date unless it is this week's Saturday."""
    away = local - sent_at
    near = timedelta(0) <= away < NEAR
    said = (
        format_date(local.date(), "EEEE", locale=wording.language())
        if near
        else wording.day(local.date())
    )
    if not all_day:
        said += (" " if near else ", ") + wording.clock_time(local)
    return said


def _place(facts: Mapping[str, Any]) -> str:
    """Return where it is, as pages say it."""
    place = facts["place"]
    space = place and place["space"]
    return wording.place(
        SimpleNamespace(
            venue=SimpleNamespace(name=place["venue"]) if place else None,
            space=SimpleNamespace(name=_phrase(space)) if space else None,
            online_link=facts["online_link"],
        )
    )


def _rank(position: int | None) -> str:
    if position is None:
        return ""
    return wording.gettext("You are %(rank)s in line.", rank=wording.rank(position))


def _contact() -> str:
    settings = current_settings()
    english = wording.language() == "en"
    opens = settings.CONTACT_HOURS_EN if english else settings.CONTACT_HOURS_FR
    return wording.typo(_joined(settings.CONTACT_PHONE, opens))


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _phrase(text: Mapping[str, str] | None) -> Phrase:
    """Return a frozen text again, on one line unless it is a list of lines."""
    if text is None:
        return Phrase("", "", foreign=False)
    spoken = text["language"].partition("-")[0]
    foreign = bool(text["text"]) and spoken != wording.language()
    return Phrase(text["text"], text["language"], foreign)


# Links


def _link(endpoint: str, **values: Any) -> str:
    """Return a whole address: of this house, whatever any request said."""
    paths = current_app.url_map.bind("")
    path = paths.build(endpoint, {"lang": wording.language(), **values})
    return current_settings().base_url + path


def _token_link(purpose: str, facts: Mapping[str, Any], **more: Any) -> str:
    key = current_settings().SECRET_KEY
    token = tokens.write(key, purpose, facts["public_id"], facts["version"])
    return _link(f"rsvp.{purpose}", token=token, **more)


def _qr(link: str) -> bytes:
    """Return *link* as a picture that any telephone's camera opens."""
    picture = BytesIO()
    segno.make_qr(link, error="m").save(picture, kind="png", scale=PIXELS)
    return picture.getvalue()


# The calendar


def _calendar(letter: Letter, sent_at: datetime) -> CalendarPart | None:
    """Return what a calendar program is to do, if *letter* says so.

    A house that reads its ``CALENDAR_ADDRESS`` invites its guests and takes
    invitations back (RFC 5546). Any other gives them the event's public entry as a
    file; there is nobody to take it back from, so one guest's change of mind has no
    file: it would tell a calendar that the event itself is off.
    """
    wanted = letter.facts.get("calendar")
    if wanted is None:
        return None
    entry = entries.from_facts(letter.facts["event"])
    method, sequence = Method(wanted["method"]), wanted["sequence"]
    whole_event = letter.kind.startswith("event-")
    if method is Method.CANCEL:
        entry = replace(entry, online_link="")
    if not current_settings().CALENDAR_ADDRESS:
        if method is Method.CANCEL and not whole_event:
            return None
        method, sequence = Method.PUBLISH, entry.sequence
    content = ical.invitation(
        entry,
        method=method,
        sequence=sequence,
        sent_at=sent_at,
        attendee=Mailbox(letter.facts["reply"]["name"], letter.recipient),
        removed=not whole_event,
    )
    return CalendarPart(method, content)
