"""The calendar of what one address said yes to: sent to it, renewed, stopped.

Whoever typed an address holds the page of that reply, and may be a stranger. So the
calendar's own address goes by letter alone; who reads the mailbox may open it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select

from festival.domain import tokens
from festival.domain.addresses import address_key, limit_key
from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import PersonalCalendar, Repeat, Rsvp
from festival.queries import personal_calendars
from festival.services import erasures, journal, outbox
from festival.services.turns import take_turn

KIND: Final = "my-calendar"


def send(record: Rsvp | Repeat, *, language: str, now: datetime) -> None:
    """Post the address of the calendar to where the letters of *record* go.

    An address has one calendar, and one such letter waits at a time: whoever asks
    again learns nothing, and does not make it two.
    """
    rsvp = record.rsvp if isinstance(record, Repeat) else record
    key = _take_turn(rsvp)
    if key is None or _waiting(key):
        return
    known = personal_calendars.living(key)
    calendar = known[0] if known else _made(key, language, now)
    _post(calendar, rsvp, language=language, now=now)


def renew(calendar: PersonalCalendar, *, now: datetime) -> PersonalCalendar:
    """Revoke *calendar*, and return another of the same address.

    Its address goes by letter, too: whoever taps twice sees that the calendar is
    gone. A calendar that is revoked never leads to the one that took its place, since
    whoever it was hidden from may hold the old page.
    """
    key = calendar.address_key
    rsvp = personal_calendars.last_reply(key) if key else None
    kept = rsvp is not None and _take_turn(rsvp) == key
    if not stop(calendar, now=now) or rsvp is None or key is None or not kept:
        return calendar
    renewed = _made(key, calendar.language, now)
    _post(renewed, rsvp, language=calendar.language, now=now)
    return renewed


def stop(calendar: PersonalCalendar, *, now: datetime) -> bool:
    """Revoke *calendar*; say whether it was not yet."""
    if calendar.address_key is not None:
        outbox.hold_mailbox(limit_key(calendar.address_key))
    db.session.refresh(calendar)
    if calendar.revoked_at is not None:
        return False
    _revoke(calendar, actor="guest", now=now)
    return True


def let_go(address_key: str | None, *, actor: str, now: datetime) -> None:
    """Revoke the calendar of an address of which no reply is kept any more."""
    if address_key is None or personal_calendars.has_replies(address_key):
        return
    for calendar in personal_calendars.living(address_key):
        _revoke(calendar, actor=actor, now=now)


def tidy(now: datetime) -> None:
    """Revoke what is of nobody any more: two last replies were erased at once."""
    for calendar in personal_calendars.without_replies():
        _revoke(calendar, actor="retention", now=now)


def revoke_again(public_ids: Collection[str], *, now: datetime) -> None:
    """Revoke what was revoked after a backup, and lives again in it."""
    alive = select(PersonalCalendar).where(PersonalCalendar.revoked_at.is_(None))
    for calendar in db.session.scalars(alive.order_by(PersonalCalendar.id)).all():
        if calendar.public_id in public_ids:
            _revoke(calendar, actor="restore", now=now)


def _take_turn(rsvp: Rsvp) -> str | None:
    """Hold *rsvp* and its mailbox; return its address, if it still has one.

    Whoever erases it, or mends its address, is in the same line.
    """
    take_turn(rsvp.event)
    if rsvp.address_key is not None:
        outbox.hold_mailbox(limit_key(rsvp.address_key))
    return rsvp.address_key


def _made(address_key: str, language: str, now: datetime) -> PersonalCalendar:
    calendar = PersonalCalendar(
        public_id=tokens.new_public_id(),
        address_key=address_key,
        language=language,
        made_at=now,
    )
    db.session.add(calendar)
    db.session.flush()
    return calendar


def _revoke(calendar: PersonalCalendar, *, actor: str, now: datetime) -> None:
    erasures.remember_calendar(calendar.public_id, actor=actor, now=now)
    for letter in _waiting(str(calendar.address_key)):  # its link opens nothing now
        letter.status, letter.final_at = LetterStatus.SUPERSEDED, now
    calendar.address_key, calendar.revoked_at = None, now
    db.session.flush()
    journal.note("revoke", "personal_calendar", calendar.id, actor=actor, now=now)


def _post(
    calendar: PersonalCalendar, rsvp: Rsvp, *, language: str, now: datetime
) -> None:
    outbox.post(
        KIND,
        to=str(rsvp.address),
        language=language,
        facts={"calendar_id": calendar.public_id},
        now=now,
        rsvp_id=rsvp.id,
        stranger=rsvp.address_key,
    )
    db.session.flush()


def _waiting(key: str) -> list[Letter]:
    """Return such letters to the very address that wait to be sent: one at most."""
    waiting = select(Letter).where(
        Letter.kind == KIND,
        Letter.limit_key == limit_key(key),
        Letter.status == LetterStatus.WAITING,
    )
    found = db.session.scalars(waiting).all()
    return [letter for letter in found if address_key(letter.recipient) == key]
