"""Forgetting in time, as the privacy page promises: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from festival.domain.lifecycle import ReplyPolicy
from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp
from festival.services import retention, rsvps
from tests.conftest import both_databases

pytestmark = both_databases


def names() -> list[str]:
    return list(db.session.scalars(select(Rsvp.name).order_by(Rsvp.id)))


@pytest.mark.parametrize(
    ("facts", "days"),
    [({}, 30), ({"audience": "youth"}, 7), ({"discreet": True}, 2)],
)
def test_guests_are_forgotten_after_their_event(build, clock, facts, days):
    event = build.event(**facts)
    build.guest(event, "Ada", party_size=3)
    ended = event.ends_at

    kept_until = ended + timedelta(days=days)
    assert retention.tidy(kept_until) == 0
    assert retention.tidy(kept_until + timedelta(seconds=1)) == 1
    db.session.commit()

    rsvp = db.session.scalars(select(Rsvp)).one()
    assert (rsvp.name, rsvp.address, rsvp.address_key) == ("", None, None)
    assert (rsvp.status, rsvp.party_size) == ("confirmed", 3)


def test_a_reply_never_confirmed_is_forgotten_after_two_days(build, clock):
    event = build.event(reply_policy=ReplyPolicy.MAIL)
    build.guest(event, "Ada")

    retention.tidy(clock.moves(hours=48))
    assert names() == ["Ada"]
    retention.tidy(clock.moves(seconds=1))
    db.session.commit()

    assert names() == [""]


def test_withdrawing_does_not_make_an_unconfirmed_reply_last(build, clock):
    rsvp = build.guest(build.event(reply_policy=ReplyPolicy.MAIL), "Ada")
    rsvps.withdraw(rsvp, now=clock.moves(minutes=1))
    db.session.commit()

    retention.tidy(clock.moves(hours=48))
    db.session.commit()

    assert names() == [""]


def test_networks_are_forgotten_after_a_day(build, clock):
    rsvp = build.guest(build.event(), "Ada")

    retention.tidy(clock.moves(hours=24, seconds=1))
    db.session.commit()

    db.session.refresh(rsvp)
    assert (rsvp.network_key, rsvp.name) == (None, "Ada")


def test_letters_are_forgotten_a_week_after_they_left(build, clock):
    build.guest(build.event(starts_at=clock.time + timedelta(days=40)), "Ada")
    letter = db.session.scalars(select(Letter)).one()
    letter.status, letter.final_at = LetterStatus.SENT, clock.time
    db.session.commit()

    retention.tidy(clock.moves(days=7))
    assert db.session.scalars(select(Letter)).all() == [letter]
    retention.tidy(clock.moves(seconds=1))
    db.session.commit()

    assert db.session.scalars(select(Letter)).all() == []


def test_no_more_than_so_many_guests_are_forgotten_at_once(build, clock):
    event = build.event()
    for number in range(3):
        build.guest(event, f"Guest{number}")

    later = event.ends_at + timedelta(days=31)

    assert [retention.tidy(later, at_most=2) for _ in range(3)] == [2, 1, 0]
