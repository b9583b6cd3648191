"""Never writing to an address again, and writing again; reminders apart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from festival.domain.admission import RsvpStatus
from festival.extensions import db
from festival.models.journal import Letter, LetterStatus, Suppression
from festival.models.rsvps import Rsvp
from festival.queries.silence import is_silenced, mailbox_of, seals
from festival.services import erasures, journal, letters, outbox
from festival.services.turns import take_turn

QUIETLY = {"synchronize_session": False}
ANSWERED_BY = {RsvpStatus.HELD: "rsvp-confirm", RsvpStatus.OFFERED: "rsvp-offer"}


def silence(rsvp: Rsvp, *, now: datetime) -> None:
    """Never write again to the address of *rsvp*; what waits for it is not sent.

    The old links of *rsvp* open nothing any more: whoever typed somebody else's
    address holds one of them, and shall not see what its owner said here.
    """
    take_turn(rsvp.event)
    if rsvp.address is None:
        return
    if not is_silenced(rsvp.address):
        seal = seals(rsvp.address)[0]
        db.session.add(Suppression(address_seal=seal, at=now))
        erasures.remember_silence(seal, rsvp.id, silent=True, now=now)
        journal.note("silence", "rsvp", rsvp.id, actor="guest", now=now)
    if not rsvp.letters_off:
        rsvp.letters_off = True
        rsvp.version += 1
    db.session.flush()
    mailbox = mailbox_of(rsvp.address)
    theirs = select(Rsvp.id).where(Rsvp.limit_key == mailbox)
    db.session.execute(
        update(Letter)
        .where(
            Letter.status == LetterStatus.WAITING,
            or_(
                Letter.rsvp_id == rsvp.id,
                Letter.rsvp_id.in_(theirs),
                Letter.limit_key == mailbox,
            ),
        )
        .values(status=LetterStatus.SILENCED, final_at=now),
        execution_options=QUIETLY,
    )


def speak_again(rsvp: Rsvp, *, now: datetime) -> None:
    """Write again to the address of *rsvp*, whose letters are off by its own word.

    A letter that was to be answered, and was swallowed meanwhile, goes out now.
    """
    take_turn(rsvp.event)
    if not rsvp.letters_off or rsvp.address is None:
        return
    known = seals(rsvp.address)
    db.session.execute(
        delete(Suppression).where(Suppression.address_seal.in_(known)),
        execution_options=QUIETLY,
    )
    erasures.remember_silence(known[0], rsvp.id, silent=False, now=now)
    journal.note("speak", "rsvp", rsvp.id, actor="guest", now=now)
    same = Rsvp.limit_key == mailbox_of(rsvp.address)
    theirs = db.session.scalars(select(Rsvp).where(or_(Rsvp.id == rsvp.id, same))).all()
    for each in theirs:
        each.letters_off = False
    db.session.flush()
    _write_what_is_to_be_answered(theirs, now)


def _write_what_is_to_be_answered(theirs: Iterable[Rsvp], now: datetime) -> None:
    for rsvp in theirs:
        kind = ANSWERED_BY.get(rsvp.status)
        if kind is None or rsvp.held_until is None or rsvp.held_until <= now:
            continue
        swallowed = select(Letter.id).where(
            Letter.rsvp_id == rsvp.id,
            Letter.status == LetterStatus.SILENCED,
            Letter.kind.in_({kind, "ticket-again"}),
        )
        if db.session.scalars(swallowed.limit(1)).first() is not None:
            letters.write(kind, rsvp, now=now)


def no_more_reminders(rsvp: Rsvp, *, now: datetime) -> None:
    """Remind the guest of *rsvp* no more. Saying it twice changes nothing."""
    rsvp.wants_reminders = False
    outbox.supersede(rsvp.id, kinds=("reminder",), now=now)
    db.session.flush()
