"""One at a time, and nobody for ever."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from festival.extensions import db
from festival.models.journal import Lease
from festival.services import leases
from tests.conftest import both_databases

SPAN = timedelta(minutes=2)


def takes(holder, now):
    won = leases.take("clockwork", holder, now, SPAN)
    db.session.commit()
    return won


@both_databases
def test_a_lease_is_one_holder_s_until_it_ends_or_is_given_back(app, clock):
    """Guards: each of the conditions of ``take``'s one statement but the clocks'; and
    that only the holder gives back.
    """
    assert takes("first", clock())
    assert not takes("second", clock())

    clock.moves(minutes=1)
    assert takes("first", clock())  # held on to
    clock.moves(minutes=1, seconds=59)
    assert not takes("second", clock())
    clock.moves(seconds=1)
    assert takes("second", clock())  # the first one is dead
    assert not takes("first", clock())

    leases.give_back("clockwork", "first", clock())  # it is not theirs to give
    db.session.commit()
    assert not takes("first", clock())
    leases.give_back("clockwork", "second", clock())
    db.session.commit()
    assert takes("first", clock())


@both_databases
def test_a_lease_taken_while_a_clock_was_ahead_keeps_nobody_out(app, clock):
    """Guard: ``until > now + 2 * span`` counts as over."""
    right = clock()
    for years in (10, 1):
        assert takes("first", clock.moves(days=365 * years))
        clock.time = right
        assert takes("second", clock())  # and it has it, as anybody would
        assert not takes("first", clock())
        leases.give_back("clockwork", "second", clock())
        db.session.commit()

    assert takes("first", clock())
    assert not takes("second", clock.moves(seconds=-30))  # clocks differ a little


@both_databases
def test_another_thing_is_another_lease(app, clock):
    """Guard: the name is the key."""
    assert takes("first", clock())
    assert leases.take("something else", "second", clock(), SPAN)
    db.session.commit()

    assert len(db.session.scalars(select(Lease)).all()) == 2
