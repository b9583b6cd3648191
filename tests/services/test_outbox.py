"""How many letters strangers' forms can send one address, in an hour and in a day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.services import outbox
from tests.builders import Builders
from tests.conftest import Clock, both_databases

ADA = "ada@example.org"


def waiting() -> Letter:
    """The one letter that waits."""
    found = select(Letter).where(Letter.status == LetterStatus.WAITING)
    return db.session.scalars(found).one()


def leave(clock: Clock) -> int:
    """As if a relay had sent what is due; how many letters have left by now."""
    due = Letter.status == LetterStatus.WAITING, Letter.due_at <= clock()
    sent = {"status": LetterStatus.SENT, "final_at": clock()}
    db.session.execute(update(Letter).where(*due).values(sent))
    db.session.commit()
    gone = select(func.count(Letter.id)).where(Letter.status == LetterStatus.SENT)
    return db.session.scalars(gone).one()


@both_databases
def test_ten_letters_a_day_and_the_rest_in_one_when_the_day_is_over(
    build: Builders, clock: Clock
) -> None:
    first_at = clock()
    for number in range(10):
        build.guest(build.event(f"event-{number}"), address=ADA)
        clock.moves(minutes=30)  # two an hour: no hour is ever full
    assert leave(clock) == 10

    for number in range(10, 13):
        build.guest(build.event(f"event-{number}"), address="Ada+x@example.org")

    letter = waiting()
    assert letter.kind == "ticket-again"
    assert letter.due_at == first_at + timedelta(days=1)
    assert len(letter.facts["replies"]) == 3

    clock.time = first_at + timedelta(days=1)
    assert leave(clock) == 11
    build.guest(build.event("later"), address=ADA)
    assert waiting().due_at == first_at + timedelta(days=1, minutes=30)


@pytest.mark.parametrize("redis", ["", "unix:///nowhere/redis"])
def test_limits_are_in_the_database_and_need_no_redis(
    make_app, clock: Clock, redis: str
) -> None:
    def posted() -> datetime:
        letter = outbox.post(
            "my-calendar", to=ADA, language="fr", facts={}, now=clock(), stranger=ADA
        )
        db.session.commit()
        clock.moves(minutes=25)
        return letter.due_at

    noon = clock()
    with make_app(REDIS_URL=redis).app_context():
        dues = [posted() - noon for _ in range(14)]
    minutes = [due // timedelta(minutes=1) for due in dues]

    assert minutes[:10] == [25 * number for number in range(10)]
    day = 24 * 60
    assert minutes[10:] == [day, day + 25, day + 50, day + 75]
