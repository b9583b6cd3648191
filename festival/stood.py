"""When a reply last came to stand otherwise: its status, or with how many.

Nobody has to think of it: whatever flush changes it notes it. Calendar programs go by
that date, and would not show without it that who waited comes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from festival import clock
from festival.extensions import db
from festival.models.rsvps import Rsvp

STANDING: Final = ("status", "party_size")


def since(rsvp: Rsvp) -> datetime:
    """Return since when *rsvp* stands as it does."""
    return rsvp.stood_at or rsvp.replied_at


@event.listens_for(db.session, "before_flush")
def _note(session: Session, _context: UOWTransaction, _instances: object) -> None:
    for one in session.dirty:
        if isinstance(one, Rsvp) and _stands_otherwise(one):
            one.stood_at = clock.now()


def _stands_otherwise(rsvp: Rsvp) -> bool:
    kept = inspect(rsvp).attrs
    return any(kept[name].history.has_changes() for name in STANDING)
