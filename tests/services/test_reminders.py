"""Who is reminded and asked, once each; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import select, update

from festival.domain.admission import RsvpStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp
from festival.services import events, reminders, rsvps
from tests.conftest import both_databases

STARTS = datetime(2027, 6, 5, 12, 0, tzinfo=UTC)  # Saturday, 2pm in Paris


def before(hours: float) -> datetime:
    return STARTS - timedelta(hours=hours)


def passes(now: datetime) -> list[tuple[str, str]]:
    """What the clockwork posts at *now*: to whom, and which kind."""
    last = db.session.scalars(select(Letter.id).order_by(Letter.id.desc())).first()
    for deed in (reminders.ask_due, reminders.remind_due):
        while deed(now, at_most=2) == 2:
            db.session.commit()
        db.session.commit()
    posted = select(Letter.recipient, Letter.kind).where(Letter.id > (last or 0))
    return [tuple(row) for row in db.session.execute(posted.order_by(Letter.id))]


@pytest.fixture
def opening(build):
    def made(**facts):
        return build.event(**{"starts_at": STARTS, "capacity": 50, **facts})

    return made


@both_databases
def test_everybody_who_comes_is_reminded_once(build, opening):
    event = opening(capacity=5)
    for number in range(5):
        build.guest(event, address=f"ada{number}@example.org")
    build.guest(event, address="waits@example.org", party_size=4)

    assert passes(before(24.01)) == []
    reminded = [(f"ada{number}@example.org", "reminder") for number in range(5)]
    assert passes(before(24)) == reminded
    assert passes(before(23)) == []
    letter = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    assert letter.facts["waiting"] == 4
    assert letter.limit_key is None


@both_databases
def test_whoever_the_relay_missed_is_reminded_when_it_is_back(build, opening):
    build.guest(opening(), address="ada@example.org")

    assert passes(before(21)) == [("ada@example.org", "reminder")]
    assert passes(before(20)) == []


def comes_late(build, event):
    build.clock.time = before(23.9)
    build.guest(event, address="ada@example.org")


def gets_a_place_late(build, event):
    event.capacity = 0
    db.session.commit()
    build.guest(event, address="ada@example.org")
    build.clock.time = before(2.5)
    events.resize(event, 9, actor="test", now=build.clock())


def waits(build, event):
    event.capacity = 0
    db.session.commit()
    build.guest(event, address="ada@example.org")


def set_to(**facts):
    def deed(build, event):
        build.guest(event, address="ada@example.org")
        db.session.execute(update(Rsvp).values(**facts))

    return deed


def withdraws(build, event):
    rsvps.withdraw(build.guest(event, address="ada@example.org"), now=build.clock())


def is_told_of_a_change(build, event):
    build.guest(event, address="ada@example.org")
    build.clock.time = before(10)
    later = STARTS + timedelta(hours=1)
    events.revise(event, actor="test", now=build.clock(), starts_at=later)


def postpones(build, event):
    build.guest(event, address="ada@example.org")
    events.postpone(event, Words(), actor="test", now=build.clock())


@pytest.mark.parametrize(
    "deed",
    [
        comes_late,
        gets_a_place_late,
        waits,
        withdraws,
        is_told_of_a_change,
        postpones,
        set_to(wants_reminders=False),
        set_to(letters_off=True),
        set_to(address=None, address_key=None),
        set_to(reminded_at=before(30)),
    ],
)
def test_who_needs_no_reminder_gets_none(build, opening, deed):
    deed(build, opening())
    db.session.commit()

    for hours in (24, 20, 2, 0, -1):
        assert passes(before(hours)) == []


@both_databases
def test_two_questions_are_asked_and_the_second_is_the_reminder(build, opening):
    event = opening(asks_still_coming=True)
    silent = build.guest(event, "Silent", address="silent@example.org")
    answers = build.guest(event, "Answers", address="answers@example.org")

    assert passes(before(48)) == [
        ("silent@example.org", "still-coming"),
        ("answers@example.org", "still-coming"),
    ]
    assert passes(before(47)) == []
    rsvps.still_coming(answers, now=before(46))
    db.session.commit()

    assert passes(before(24)) == [
        ("silent@example.org", "still-coming"),
        ("answers@example.org", "reminder"),
    ]
    assert passes(before(23)) == []
    rsvps.still_coming(silent, now=before(22))
    db.session.commit()

    assert passes(before(21)) == []
    db.session.refresh(silent)
    assert (silent.asked_at, silent.asked_again_at) == (before(48), before(24))


@both_databases
@pytest.mark.parametrize(
    "facts",
    [
        {"needs": ["chair"]},
        {"needs_note": "près de l’écran"},
        {"replied_at": before(60)},
        {"still_coming_at": before(50)},
    ],
)
def test_who_is_not_asked_is_reminded(build, opening, facts):
    build.guest(opening(asks_still_coming=True), address="ada@example.org")
    db.session.execute(update(Rsvp).values(**facts))
    db.session.commit()

    assert passes(before(48)) == []
    assert passes(before(24)) == [("ada@example.org", "reminder")]


def test_a_partner_s_group_is_reminded_not_asked(build, opening):
    from festival.services import directory  # noqa: PLC0415

    wheel = directory.welcome("wheel", "Atelier")
    build.guest(opening(asks_still_coming=True), address="ada@example.org")
    db.session.flush()
    db.session.execute(update(Rsvp).values(partner_id=wheel.id))
    db.session.commit()

    assert passes(before(48)) == []
    assert passes(before(24)) == [("ada@example.org", "reminder")]


def test_a_question_missed_for_good_becomes_a_reminder(build, opening):
    build.guest(opening(asks_still_coming=True), address="ada@example.org")

    assert passes(before(5.9)) == [("ada@example.org", "reminder")]


def test_who_missed_the_first_question_is_not_threatened(build, opening):
    rsvp = build.guest(opening(asks_still_coming=True), address="ada@example.org")

    assert passes(before(24)) == [("ada@example.org", "still-coming")]

    letter = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    assert letter.facts["silence_until"] is None
    assert rsvp.asked_at is None


@both_databases
def test_another_date_begins_it_all_again(build, opening):
    event = opening(asks_still_coming=True)
    rsvp = build.guest(event, address="ada@example.org")
    passes(before(48))
    rsvps.still_coming(rsvp, now=before(40))
    event.starts_at, event.ends_at = (
        moment + timedelta(days=7) for moment in (event.starts_at, event.ends_at)
    )

    reminders.start_over(event, now=before(30))
    db.session.commit()

    asked = db.session.scalars(
        select(Letter).where(Letter.kind == "still-coming")
    ).one()
    assert asked.status is LetterStatus.SUPERSEDED
    assert passes(before(24)) == []
    week = timedelta(days=7)
    assert passes(before(48) + week) == [("ada@example.org", "still-coming")]
    assert passes(before(24) + week) == [("ada@example.org", "still-coming")]


@both_databases
def test_many_take_no_more_questions_than_few(build, opening):
    counts = []
    for size in (2, 12):
        event = opening(slug=f"opening-{size}", venue=build.venue(f"halle-{size}"))
        for number in range(size):
            build.guest(event, address=f"ada{number}@{size}.example")
        db.session.commit()
        statements = []
        hooks.listen(
            db.engine,
            "before_cursor_execute",
            lambda _c, _k, statement, *_, seen=statements: seen.append(statement),
        )
        assert reminders.remind_due(before(24), at_most=50) == size
        db.session.commit()
        counts.append(sum(each.startswith("SELECT") for each in statements))

    assert counts[0] == counts[1]


@both_databases
def test_an_address_that_wants_no_letters_gets_none(build, opening):
    from festival.services import silence  # noqa: PLC0415

    other = build.guest(build.event("other"), address="ada+x@example.org")
    build.guest(opening(), address="ada@example.org")
    silence.silence(other, now=build.clock())
    db.session.execute(update(Rsvp).values(letters_off=False))
    db.session.commit()

    assert passes(before(24)) == [("ada@example.org", "reminder")]
    letter = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    assert (letter.status, letter.final_at) == (LetterStatus.SILENCED, before(24))


def test_a_seat_waits_for_no_reminder(build, opening):
    rsvp = build.guest(opening(), address="ada@example.org")
    passes(before(24))

    rsvps.withdraw(rsvp, now=before(23))
    db.session.commit()

    reminder = db.session.scalars(select(Letter).where(Letter.kind == "reminder")).one()
    assert rsvp.status is RsvpStatus.CANCELLED
    assert reminder.status is LetterStatus.SUPERSEDED
