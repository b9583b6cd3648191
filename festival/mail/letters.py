"""What a letter says, from nothing but the facts that were frozen in it.

Each kind has two templates in ``templates/mail``; the plain one begins with the
subject. Links come from ``BASE_URL`` alone, whoever asked for the letter and how.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from flask import render_template
from flask_babel import force_locale

from festival import entries
from festival.domain.admission import RsvpStatus
from festival.domain.lifecycle import EventStatus
from festival.extensions import current_settings
from festival.formats import ical, qr
from festival.formats.ical import Mailbox, Method
from festival.mail import light, told
from festival.mail.light import Room
from festival.mail.message import CalendarMessage, CalendarPart, Picture, wire_address
from festival.models.journal import Letter
from festival.queries.letters import FIRST
from festival.services.letters import is_invited

KINDS: Final = (
    "rsvp-confirm",
    "rsvp-confirmed",
    "rsvp-waiting",
    "rsvp-offer",
    "offer-lapsed",
    "rsvp-promoted",
    "rsvp-changed",
    "rsvp-withdrawn",
    "rsvp-repeat",
    "ticket-again",
    "my-calendar",
    "taken-away",
    "reminder",
    "still-coming",
    "event-changed",
    "event-cancelled",
    "event-postponed",
    "sign-in",
    "invitation",
    "idle-account",
)
WITH_PICTURE: Final = frozenset(
    {
        *("rsvp-confirmed", "rsvp-promoted", "rsvp-changed"),
        *("reminder", "still-coming", "event-changed"),
    }
)

LIGHT: Final = 30_000  # bytes on the wire; a letter that is heavier says less

PIXELS: Final = 6  # of each dot of a QR code

NOBODY: Final = {"name": ""}

EMPTY_LINES: Final = re.compile(r"\s*\n\s*\n")

FORWARD: Final = frozenset({"reminder", "still-coming"})  # of no use afterwards


def is_too_late(letter: Letter, now: datetime) -> bool:
    """Say whether *letter* looks forward to something that has begun meanwhile."""
    if letter.kind not in FORWARD:
        return False
    starts_at = letter.facts.get("event", {}).get("starts_at")
    return bool(starts_at) and datetime.fromisoformat(starts_at) <= now


def written(letter: Letter, sent_at: datetime) -> CalendarMessage:
    """Write *letter* in its language.

    Raises:
        Exception: whatever its facts make impossible; it can never be written.
    """
    if letter.kind not in KINDS:
        raise LookupError(letter.kind)
    with force_locale(letter.language):
        for room in light.ROOMS:
            message = _written(letter, sent_at, room)
            if len(message.as_bytes()) <= LIGHT:
                break
    return message


def _written(letter: Letter, sent_at: datetime, room: Room) -> CalendarMessage:
    settings, facts = current_settings(), room.of(letter.facts)
    calendar = _calendar(letter, facts, sent_at, room)
    says: dict[str, Any] = {
        "house": told.joined(settings.HOUSE_NAME, settings.HOUSE_ADDRESS),
        "contact": told.contact(),
        "agenda": told.link("agenda.agenda"),
        "attached": calendar and calendar.method is Method.PUBLISH,
        "by_hand": facts.get("calendar") and not calendar,
        "first": any(facts.get(fact) for fact in FIRST),
        "reply": None,
    }
    picture, unsubscribe = None, ""
    if "event" in facts:
        says["event"] = told.event(facts["event"], sent_at)
    if "replies" in facts:
        says |= told.tickets(facts["replies"], sent_at, room)
        says["new"] = facts.get("new", False)
        says["gathered"] = facts.get("gathered", False)
    if "calendar_id" in facts:
        says["my_calendar"] = told.calendar_link(facts["calendar_id"])
    if "account" in facts:
        says |= told.desk(facts)
    if "reply" in facts:
        says["reply"] = reply = told.reply(facts["reply"], sent_at, facts.get("asked"))
        says |= told.more(facts, reply)
        if letter.kind == "reminder":
            unsubscribe = reply.reminders
        if letter.kind in WITH_PICTURE and reply.comes:
            drawn = qr.png(reply.ticket, PIXELS)
            picture = Picture(f"ticket@{settings.mail_domain}", drawn)
            says["picture"] = picture.name

    plain = render_template(f"mail/{letter.kind}.txt", **says)
    subject, _, text = plain.strip().partition("\n")
    subject = told.capital(subject)
    html = render_template(f"mail/{letter.kind}.html", subject=subject, **says)
    return CalendarMessage(
        subject,
        sender=Mailbox(settings.HOUSE_NAME, settings.sender),
        to=Mailbox("", letter.recipient),
        reply_to=_answers(facts),
        plain=EMPTY_LINES.sub("\n\n", text.strip()) + "\n",
        html=html,
        message_id=letter.message_id,
        sent_at=sent_at,
        picture=picture,
        calendar=calendar,
        unsubscribe=unsubscribe,
    )


def _answers(facts: Mapping[str, Any]) -> Mailbox:
    """Return whom a guest's answer reaches: one body, or the house for none or several.

    An address that no server takes is no reason to keep a letter back.
    """
    settings = current_settings()
    house = Mailbox(settings.HOUSE_NAME, settings.CONTACT_EMAIL)
    about = [each for each in facts.get("replies", (facts,)) if "event" in each]
    contacts = {
        (contact["name"], contact["address"])
        for contact in (each["event"].get("contact") for each in about)
        if contact
    }
    if len(contacts) != 1:
        return house
    contact = Mailbox(*contacts.pop())
    with suppress(ValueError):
        wire_address(contact.address)
        return contact
    return house


# The calendar


def _calendar(
    letter: Letter, facts: Mapping[str, Any], sent_at: datetime, room: Room
) -> CalendarPart | None:
    """Return what a calendar program is to do, if *letter* says so.

    A house that reads its ``CALENDAR_ADDRESS`` invites its guests and takes
    invitations back (RFC 5546). Any other, and whoever organises the event, get its
    public entry as a file; there is nobody to take it back from, so one guest's change
    of mind has no file: it would tell a calendar that the event itself is off.
    """
    if letter.kind == "ticket-again":
        return _calendar_of_several(facts, room)
    wanted = facts.get("calendar")
    if wanted is None:
        return None
    entry = entries.from_facts(facts["event"])
    method, sequence = Method(wanted["method"]), wanted["sequence"]
    whole_event = letter.kind.startswith("event-")
    if method is Method.CANCEL:
        entry = replace(entry, online_link="")
    if not is_invited(letter.recipient, letter.facts["event"]):
        if method is Method.CANCEL and not whole_event:
            return None
        method, sequence = Method.PUBLISH, entry.sequence
    content = ical.invitation(
        entry,
        method=method,
        sequence=sequence,
        sent_at=sent_at,
        attendee=Mailbox(facts.get("reply", NOBODY)["name"], letter.recipient),
        removed=not whole_event,
    )
    return CalendarPart(method, content)


def _calendar_of_several(facts: Mapping[str, Any], room: Room) -> CalendarPart | None:
    """Return the public entries of what a guest comes to, and has not got yet.

    A REQUEST would be of one event alone (RFC 5546, 3.2.2).
    """
    new = facts.get("new") or facts.get("gathered")
    if not new or room.is_brief(len(facts["replies"])):
        return None
    comes_to = [
        entries.from_facts(each["event"])
        for each in facts["replies"]
        if each["reply"]["status"] == RsvpStatus.CONFIRMED
        and each["event"]["status"] == EventStatus.SCHEDULED
    ]
    if not comes_to:
        return None
    return CalendarPart(Method.PUBLISH, ical.publish(comes_to))
