"""What became of the letters we wrote."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp
from festival.queries import letters
from festival.services import amendments, parts, rsvps
from tests.builders import Builders
from tests.conftest import Clock, both_databases


@pytest.fixture
def ada(build: Builders) -> Rsvp:
    guest = build.guest(build.event(), "Ada", party_size=2)
    assert isinstance(guest, Rsvp)
    return guest


def letter_of(rsvp: Rsvp, kind: str) -> Letter:
    found = select(Letter).where(Letter.rsvp_id == rsvp.id, Letter.kind == kind)
    return db.session.scalars(found).one()


@pytest.mark.parametrize(
    ("first", "then", "undelivered"),
    [
        (None, None, False),
        ("sent", None, False),
        ("failed", None, True),
        ("bounced", None, True),
        ("bounced", "sent", False),
        ("failed", "waiting", True),
        ("sent", "bounced", True),
        ("sent", "superseded", False),
        ("failed", "superseded", True),
    ],
)
def test_the_last_letter_that_went_says_whether_letters_arrive(
    app: Flask, ada: Rsvp, clock: Clock, first: Any, then: Any, undelivered: bool
) -> None:
    amendments.change_party(ada, 1, now=clock())
    db.session.commit()
    found = [letter_of(ada, "rsvp-confirmed"), letter_of(ada, "rsvp-changed")]
    for letter, status in zip(found, (first, then), strict=True):
        letter.status = {None: "waiting", "bounced": "sent"}.get(status, status)
        letter.final_at = clock() if letter.status != "waiting" else None
        letter.bounced_at = clock() if status == "bounced" else None
    db.session.commit()

    assert letters.undelivered(ada) is undelivered


def test_a_new_address_starts_anew_and_an_old_failure_outlives_its_letter(
    app: Flask, ada: Rsvp, clock: Clock
) -> None:
    letter = letter_of(ada, "rsvp-confirmed")
    letter.status, letter.final_at = "failed", clock()
    db.session.commit()
    assert letters.undelivered(ada)

    letter.recipient = ""  # a week later only the code is kept
    db.session.commit()
    assert letters.undelivered(ada)

    letter.recipient = "aad@example.org"  # the address before it was corrected
    db.session.commit()
    assert not letters.undelivered(ada)


@both_databases
def test_a_list_says_it_of_each_reply_in_it_until_each_hears_otherwise(
    build: Builders, clock: Clock
) -> None:
    replies = parts.respond_to(
        [build.event("one"), build.event("two")],
        build.reply("Ada", address="ada@example.org"),
        now=clock(),
    )
    db.session.commit()
    one, two = replies.values()
    assert isinstance(one, Rsvp)
    assert isinstance(two, Rsvp)
    list_ = letter_of(one, "ticket-again")
    list_.status, list_.final_at = LetterStatus.FAILED, clock()
    db.session.commit()
    assert (letters.undelivered(one), letters.undelivered(two)) == (True, True)

    rsvps.withdraw(two, now=clock.moves(minutes=1))
    db.session.commit()
    heard = letter_of(two, "rsvp-withdrawn")
    heard.status, heard.final_at = LetterStatus.SENT, clock()
    db.session.commit()

    assert (letters.undelivered(one), letters.undelivered(two)) == (True, False)
