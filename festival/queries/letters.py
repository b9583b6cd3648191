"""What became of the letters we wrote."""

from __future__ import annotations

from sqlalchemy import select

from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp

TRIED = frozenset({LetterStatus.SENT, LetterStatus.KEPT, LetterStatus.FAILED})


def undelivered(rsvp: Rsvp) -> bool:
    """Say whether the last letter we tried to send *rsvp* did not arrive.

    Of those to its present address; one that still waits says nothing yet.
    """
    tried = (
        select(Letter)
        .where(
            Letter.rsvp_id == rsvp.id,
            Letter.recipient.in_([rsvp.address, ""]),  # a week later only a code
            Letter.status.in_(TRIED),
        )
        .order_by(Letter.final_at.desc(), Letter.id.desc())
        .limit(1)
    )
    last = db.session.scalars(tried).first()
    if last is None:
        return False
    return last.status is LetterStatus.FAILED or last.bounced_at is not None
