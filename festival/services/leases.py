"""Who does what one process does at a time. A lease ends by itself: nobody is stuck."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, update

from festival import database
from festival.extensions import db
from festival.models.journal import Lease


class NotOurs(Exception):
    """Somebody else does it, or we are asked to stop."""


def take(name: str, holder: str, now: datetime, span: timedelta) -> bool:
    """Take or keep the lease *name* for *span*; say whether it is *holder*'s.

    One that ends later than anybody could mean was taken while a clock was ahead, and
    keeps nobody out. Twice the span leaves room for clocks that differ a little.
    One statement wins or loses. Until its transaction ends nobody else can take the
    lease: what is done in that transaction is done by one process.
    """
    inserted = database.insert_into(Lease, db.engine)
    given = inserted.values(name=name, holder=holder, until=now + span)
    won = given.on_conflict_do_update(
        index_elements=[Lease.name],
        set_={"holder": given.excluded.holder, "until": given.excluded.until},
        where=or_(
            Lease.holder == holder, Lease.until <= now, Lease.until > now + 2 * span
        ),
    )
    return db.session.execute(won.returning(Lease.id)).first() is not None


def give_back(name: str, holder: str, now: datetime) -> None:
    """End the lease *name*, if it is *holder*'s: the next one need not wait."""
    mine = update(Lease).where(Lease.name == name, Lease.holder == holder)
    db.session.execute(
        mine.values(until=now), execution_options={"synchronize_session": False}
    )
