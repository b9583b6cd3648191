"""Further replies from a known address: they look like any other, and hold no seat.

So that nobody learns who is coming. The true guest gets a letter that says what was
asked in their name, and how to do it.
"""

from __future__ import annotations

from datetime import datetime

from festival.domain import tokens
from festival.domain.admission import ALIVE, HOLD, RsvpStatus
from festival.extensions import db
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests
from festival.services import letters
from festival.services.replies import (
    Reply,
    network_key,
    new_door_code,
    retry_key,
)


def repeat(
    rsvp: Rsvp, reply: Reply, granted: RsvpStatus, now: datetime, *, to_prove: bool
) -> Repeat:
    """Keep what was typed for an address whose true reply is *rsvp*, and write to it.

    *granted* is what a first reply would have got, *to_prove* whether by a letter.
    """
    record = Repeat(
        rsvp_id=rsvp.id,
        event_id=rsvp.event_id,
        public_id=tokens.new_public_id(),
        version=0,
        door_code=new_door_code(rsvp.event),
        status=granted,
        to_prove=to_prove,
        name=reply.name,
        address=reply.address,
        party_size=reply.party_size,
        party_wanted=reply.party_size,
        answer=reply.answer,
        language=reply.language,
        replied_at=now,
        ranked_at=now,
        held_until=now + HOLD if granted is RsvpStatus.HELD else None,
        retry_key=retry_key(rsvp.event, reply),
        network_key=network_key(reply, now),
    )
    db.session.add(record)
    db.session.flush()
    write(record, now)
    return record


def confirm(record: Repeat, now: datetime) -> None:
    """Say yes to what looks offered, or free: it looks taken then."""
    house = guests.house(record.event, now)
    if record.status is RsvpStatus.OFFERED or guests.free_for(record, house, now):
        record.status, record.held_until = RsvpStatus.CONFIRMED, None
        record.party_size = record.party_wanted
        db.session.flush()


def tell_of_party(record: Repeat, stood: RsvpStatus, now: datetime) -> None:
    """Tell the true guest of another size. Who is here need not be asked, in looks."""
    moved_up = stood is RsvpStatus.WAITING and record.status is RsvpStatus.OFFERED
    if moved_up and not guests.must_prove(record):
        record.status, record.held_until = RsvpStatus.CONFIRMED, None
        db.session.flush()
    write(record, now)


def write(record: Repeat, now: datetime) -> None:
    """Tell the true guest what was asked in their name, and how to do it."""
    rsvp = record.rsvp
    if rsvp.status is RsvpStatus.HELD:
        letters.write("rsvp-confirm", rsvp, now=now)
        return
    if rsvp.address is None or rsvp.status not in ALIVE:
        return
    letters.write_repeat(record, now=now)
