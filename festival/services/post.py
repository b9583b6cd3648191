"""What the house's own mailbox tells: a letter came back, a calendar says no.

Nothing here trusts a mail further than it can harm. A forged bounce marks one letter
whose Message-ID only its reader knows: the guest's own page then says that it did not
arrive, and a seat is never freed by it. A decline is believed only where the mailbox
(``mail.mailbox``) found that the address itself sent it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from festival.domain.addresses import address_key
from festival.domain.admission import ALIVE
from festival.domain.errors import FestivalError
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter, Mailbox
from festival.models.rsvps import Rsvp
from festival.queries import guests
from festival.services import rsvps
from festival.services.turns import take_turn


def bounced(message_ids: Sequence[str], code: str, *, now: datetime) -> bool:
    """Note that one of our letters came back; say whether it was one of ours."""
    ours = select(Letter).where(Letter.message_id.in_(message_ids))
    found = {letter.message_id: letter for letter in db.session.scalars(ours)}
    letter = next((found[name] for name in message_ids if name in found), None)
    if letter is None:
        return False
    letter.bounced_at = letter.bounced_at or now
    letter.trouble = code
    db.session.flush()
    return True


def is_ours(uid: str) -> bool:
    """Say whether *uid* names an event of this house."""
    return _event(uid) is not None


def declined(uid: str, address: str, sequence: int, *, now: datetime) -> bool:
    """Free the seats of whose calendar says no: "I can't come".

    Says whether they were freed: an answer to an older invitation than the last one
    we sent, or to what is over, changes nothing.
    """
    event = _event(uid)
    if event is None:
        return False
    take_turn(event)
    rsvp = _reply(uid, address)
    if rsvp is None or sequence < rsvp.letter_sequence:
        return False
    try:
        rsvps.withdraw(rsvp, now=now)
    except FestivalError:
        return False
    return True


def mailbox() -> Mailbox:
    """Return the row that says how far the mailbox was read."""
    known = db.session.scalars(select(Mailbox).order_by(Mailbox.id)).first()
    if known is None:
        known = Mailbox(uid_validity=0, last_uid=0, to_read=0, trouble="")
        db.session.add(known)
        db.session.flush()
    return known


def _event(uid: str) -> Event | None:
    return db.session.scalars(select(Event).where(Event.uid == uid)).first()


def _reply(uid: str, address: str) -> Rsvp | None:
    event = _event(uid)
    rsvp = event and guests.reply_of(event, address_key(address))
    return rsvp if rsvp and rsvp.status in ALIVE else None
