"""Turns: what a deed read before its own is not what it goes by."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from festival.domain.admission import RsvpStatus
from festival.extensions import db
from festival.models.rsvps import Rsvp
from festival.services import rsvps


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_was_read_before_the_turn_is_read_again(build, clock):
    """On SQLite a writer reads nothing before its turn. Guard: ``expire_all``."""
    event = build.event(capacity=1)
    comes, waits = build.guest(event, "Comes"), build.guest(event, "Waits")
    last = build.guest(event, "Last")
    rsvps.withdraw(comes, now=clock.time)
    db.session.commit()
    assert waits.status is RsvpStatus.OFFERED  # as it is read now
    lets_go = update(Rsvp).where(Rsvp.id == waits.id)
    with db.engine.begin() as another:
        another.execute(lets_go.values(status=RsvpStatus.WAITING, held_until=None))

    rsvps.withdraw(last, now=clock.time)
    db.session.commit()

    offered = select(Rsvp.status).where(Rsvp.id == waits.id)
    assert db.session.scalars(offered).one() is RsvpStatus.OFFERED
