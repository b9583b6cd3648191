"""The calendar of what one address said yes to: sent to it, renewed, stopped.

Whoever typed an address holds the page of that reply, and may be a stranger. So the
calendar's own address goes by letter alone; who reads the mailbox may open it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from festival.domain import tokens
from festival.domain.addresses import address_key, limit_key
from festival.extensions import current_settings, db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import PersonalCalendar, Repeat, Rsvp
from festival.queries import personal_calendars
from festival.services import erasures, journal, outbox

KIND: Final = "my-calendar"
SECOND_TAP: Final = timedelta(minutes=1)


def send(record: Rsvp | Repeat, *, language: str, now: datetime) -> None:
    """Post the address of the calendar to where the letters of *record* go.

    An address has one calendar, and one such letter waits at a time: whoever asks
    again learns nothing, and does not make it two.
    """
    rsvp = record.rsvp if isinstance(record, Repeat) else record
    if rsvp.address is None or rsvp.address_key is None:
        return
    outbox.hold_mailbox(limit_key(rsvp.address_key))
    if _waiting(rsvp.address_key):
        return
    known = personal_calendars.living(rsvp.address_key)
    calendar = known[0] if known else _made(rsvp.address_key, language, now)
    outbox.post(
        KIND,
        to=rsvp.address,
        language=language,
        facts={"calendar_id": calendar.public_id},
        now=now,
        rsvp_id=rsvp.id,
        stranger=rsvp.address_key,
    )
    db.session.flush()


def renew(calendar: PersonalCalendar, *, now: datetime) -> PersonalCalendar:
    """Revoke *calendar*, and return another of the same address.

    A second tap on the button finds the one that the first made. One that was revoked
    before is returned as it is.
    """
    key = _hold(calendar)
    if key is None:
        return _second_tap(calendar, now) or calendar
    _revoke(calendar, actor="guest", now=now)
    return _made(key, calendar.language, now, public_id=_next(calendar))


def stop(calendar: PersonalCalendar, *, now: datetime) -> None:
    """Revoke *calendar*. Saying it twice changes nothing."""
    if _hold(calendar) is not None:
        _revoke(calendar, actor="guest", now=now)


def let_go(address_key: str | None, *, actor: str, now: datetime) -> None:
    """Revoke the calendar of an address of which no reply is kept any more."""
    if address_key is None or personal_calendars.has_replies(address_key):
        return
    for calendar in personal_calendars.living(address_key):
        _revoke(calendar, actor=actor, now=now)


def revoke_again(public_ids: Collection[str], *, now: datetime) -> None:
    """Revoke what was revoked after a backup, and lives again in it."""
    alive = select(PersonalCalendar).where(PersonalCalendar.revoked_at.is_(None))
    for calendar in db.session.scalars(alive.order_by(PersonalCalendar.id)).all():
        if calendar.public_id in public_ids:
            _revoke(calendar, actor="restore", now=now)


def _made(
    address_key: str, language: str, now: datetime, public_id: str = ""
) -> PersonalCalendar:
    calendar = PersonalCalendar(
        public_id=public_id or tokens.new_public_id(),
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


def _hold(calendar: PersonalCalendar) -> str | None:
    """Hold *calendar* until the transaction ends; return its address, if it has one."""
    key = calendar.address_key
    if key is not None:
        outbox.hold_mailbox(limit_key(key))
    db.session.refresh(calendar)
    return calendar.address_key


def _next(calendar: PersonalCalendar) -> str:
    """Return the id of the calendar that follows *calendar*: nobody can guess it."""
    key = current_settings().SECRET_KEY
    return tokens.public_id(tokens.seal(key, f"calendar after|{calendar.public_id}"))


def _second_tap(calendar: PersonalCalendar, now: datetime) -> PersonalCalendar | None:
    """Return what took the place of *calendar* a moment ago, if anything did."""
    if calendar.revoked_at is None or now - calendar.revoked_at > SECOND_TAP:
        return None
    return personal_calendars.find(_next(calendar))


def _waiting(key: str) -> list[Letter]:
    """Return such letters to the very address that wait to be sent: one at most."""
    waiting = select(Letter).where(
        Letter.kind == KIND,
        Letter.limit_key == limit_key(key),
        Letter.status == LetterStatus.WAITING,
    )
    found = db.session.scalars(waiting).all()
    return [letter for letter in found if address_key(letter.recipient) == key]
