"""An event that changes after people have said yes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from festival.domain.errors import EventCancelled, EventOver
from festival.domain.lifecycle import EventStatus, ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.models.journal import Letter, LetterStatus, LogEntry
from festival.queries import calendar, changes
from festival.services import amendments, events, rsvps
from festival.services.turns import take_turn
from tests.conftest import both_databases

pytestmark = both_databases


def letters(status=LetterStatus.WAITING):
    query = select(Letter).where(
        Letter.kind == "event-changed", Letter.status == status
    )
    return db.session.scalars(query.order_by(Letter.id)).all()


def revise(event, now, **facts):
    told = events.revise(event, actor="test", now=now, **facts)
    db.session.commit()
    return told


def test_who_said_yes_is_told_of_another_hour(build, clock):
    event = build.event(capacity=2)
    starts_at = event.starts_at
    comes, waits = build.guest(event, "Ada", party_size=2), build.guest(event, "Ben")
    gone = build.guest(build.event("other"), "Cleo")
    before = calendar.moved_at()

    told = revise(event, clock(), starts_at=starts_at + timedelta(minutes=30))

    assert told == 2
    assert [letter.rsvp_id for letter in letters()] == [comes.id, waits.id]
    assert gone.id not in {letter.rsvp_id for letter in letters()}
    assert (event.revision, event.revised_at) == (1, clock())
    assert event.previous_starts_at == starts_at
    assert calendar.moved_at() > before
    invited, waiting = (letter.facts["calendar"] for letter in letters())
    assert invited == {"method": "REQUEST", "sequence": 1}
    assert waiting is None


def test_two_changes_within_ten_minutes_are_one_letter(build, clock):
    event = build.event()
    starts_at = event.starts_at
    build.guest(event)
    revise(event, clock(), starts_at=starts_at + timedelta(minutes=30))
    first_due = letters()[0].due_at

    revise(event, clock.moves(minutes=4), starts_at=starts_at + timedelta(minutes=45))

    [letter] = letters()
    assert letter.facts["was"]["starts_at"] == starts_at.isoformat()
    assert first_due == clock() + timedelta(minutes=6)
    assert letter.due_at == clock() + timedelta(minutes=10)
    assert len(letters(LetterStatus.SUPERSEDED)) == 1


def test_what_was_sent_is_not_told_again(build, clock):
    event = build.event()
    half_past = event.starts_at + timedelta(minutes=30)
    build.guest(event)
    revise(event, clock(), starts_at=half_past)
    letters()[0].status = LetterStatus.SENT
    db.session.commit()

    revise(event, clock.moves(minutes=20), starts_at=half_past + timedelta(minutes=5))

    assert letters()[0].facts["was"]["starts_at"] == half_past.isoformat()


def test_a_guest_s_ticket_that_waits_is_not_lost_to_a_change(build, clock):
    event = build.event()
    build.guest(event)

    revise(event, clock(), name=Words(fr="Autre titre"))

    kinds = select(Letter.kind).where(Letter.status == LetterStatus.WAITING)
    assert sorted(db.session.scalars(kinds)) == ["event-changed", "rsvp-confirmed"]


def test_who_withdrew_is_told_nothing(build, clock):
    event = build.event()
    guest = build.guest(event)
    rsvps.withdraw(guest, now=clock())

    assert revise(event, clock(), name=Words(fr="Autre titre")) == 0
    assert letters() == []


def test_the_same_facts_again_change_nothing(build, clock):
    event = build.event()
    build.guest(event)

    told = revise(event, clock(), starts_at=event.starts_at, name=event.name)

    assert (told, event.revision, letters()) == (0, 0, [])


def test_a_draft_changes_in_silence(build, clock):
    event = build.event(published=False)

    revise(event, clock(), name=Words(fr="Autre titre"))

    assert event.name == Words(fr="Autre titre")
    assert event.search_text == "autre titre"
    assert (event.revision, db.session.scalars(select(LogEntry)).all()) == (0, [])


def test_a_postponed_event_that_gets_a_date_goes_ahead(build, clock):
    event = build.event()
    was = event.starts_at
    events.postpone(event, Words(fr="Vent"), actor="test", now=clock())

    starts_at = was + timedelta(days=7)
    ends_at = starts_at + timedelta(hours=2)
    revise(event, clock(), starts_at=starts_at, ends_at=ends_at)

    assert event.status is EventStatus.SCHEDULED
    assert (event.previous_starts_at, event.status_reason) == (was, Words())


def test_there_is_nothing_left_to_change_of_what_is_over_or_off(build, clock):
    cancelled, over = build.event("cancelled"), build.event("over")
    events.cancel(cancelled, Words(fr="Vent"), actor="test", now=clock())

    with pytest.raises(EventCancelled):
        revise(cancelled, clock(), name=Words(fr="x"))
    db.session.rollback()
    with pytest.raises(EventOver):
        revise(over, clock.moves(days=8), name=Words(fr="x"))


def test_a_festival_s_page_finds_the_latest_changes(build, clock):
    nights = build.event("nights", kind="festival")
    parts = [build.event(f"p{n}", super_event=nights) for n in range(7)]
    secret = build.event("secret", super_event=nights, listed=False)
    revise(secret, clock(), name=Words(fr="Autre"))
    revise(build.event("other"), clock(), name=Words(fr="Autre"))
    hour = parts[0].starts_at
    for part in parts[:6]:
        later = hour + timedelta(minutes=15)
        revise(part, clock.moves(minutes=1), starts_at=later)
    events.cancel(parts[6], Words(fr="Vent"), actor="test", now=clock.moves(minutes=1))
    db.session.commit()

    found = changes.changes(nights)

    assert [change.event.slug for change in found] == ["p6", "p5", "p4", "p3", "p2"]
    statuses = [change.status for change in found[:2]]
    assert statuses == [EventStatus.CANCELLED, EventStatus.SCHEDULED]
    assert found[1].before["starts_at"] == hour.isoformat()


def test_an_event_that_changes_twice_is_told_once_as_it_stands(build, clock):
    nights = build.event("nights", kind="festival")
    part = build.event("part", super_event=nights)
    hour, name = part.starts_at, part.name
    revise(part, clock(), starts_at=hour + timedelta(minutes=15))
    revise(part, clock.moves(hours=1), starts_at=hour + timedelta(minutes=30))
    events.postpone(part, Words(fr="Vent"), actor="test", now=clock.moves(hours=1))
    revise(part, clock.moves(hours=1), starts_at=hour + timedelta(days=1))
    revise(part, clock.moves(hours=1), name=Words(fr="Autre titre"))

    [change] = changes.changes(nights)

    assert (change.status, change.at) == (EventStatus.SCHEDULED, clock())
    assert change.before["starts_at"] == hour.isoformat()
    assert change.before["name"] == dict(name)


def test_what_has_no_words_or_was_never_seen_is_no_change(build, clock):
    doors = build.event("doors", doors_at=clock() + timedelta(days=6))
    nights = build.event("nights", kind="festival", published=False)
    early = build.event("early", super_event=nights)
    revise(early, clock(), name=Words(fr="Avant tout le monde"))
    events.publish(nights, actor="test", now=clock.moves(minutes=1))
    link = build.event("link", super_event=nights, online_link="https://a.example/")
    late = build.event("late", super_event=nights, doors_at=doors.doors_at)
    revise(late, clock.moves(minutes=1), doors_at=None)
    assert changes.changes(nights) == []

    revise(link, clock.moves(minutes=1), online_link="https://b.example/")

    [change] = changes.changes(nights)
    assert set(change.before) == {"online_link"}
    assert "example" not in str(change.before)


def test_what_a_change_brings_along(build, clock):
    halle, lavoir = build.venue("halle"), build.venue("lavoir", "Le Lavoir")
    event = build.event(
        venue=halle,
        space=build.space(halle),
        doors_at=clock() + timedelta(days=6, hours=23),
    )
    later = timedelta(days=1, minutes=30)
    ends_at, doors_at = event.ends_at + later, event.doors_at + later

    revise(event, clock(), starts_at=event.starts_at + later, venue=lavoir)

    assert (event.ends_at, event.doors_at) == (ends_at, doors_at)
    assert (event.venue, event.space) == (lavoir, None)


def test_a_postponed_event_that_is_only_moved_elsewhere_invites_nobody(build, clock):
    event = build.event()
    build.guest(event)
    events.postpone(event, Words(fr="Vent"), actor="test", now=clock())

    revise(event, clock(), venue=build.venue("lavoir", "Le Lavoir"))

    assert [letter.facts["calendar"] for letter in letters()] == [None]


def test_after_a_cancel_the_invitation_counts_on(build, clock):
    event = build.event()
    guest = build.guest(event)
    events.postpone(event, Words(fr="Vent"), actor="test", now=clock())
    cancelled = guest.letter_sequence

    revise(event, clock(), starts_at=event.starts_at + timedelta(days=40))

    [letter] = letters()
    assert letter.facts["calendar"] == {"method": "REQUEST", "sequence": cancelled + 1}


def test_a_postponed_event_may_get_its_date_after_the_old_one(build, clock):
    event = build.event()
    events.postpone(event, Words(fr="Vent"), actor="test", now=clock())

    revise(event, clock.moves(days=20), starts_at=clock() + timedelta(days=5))

    assert event.status is EventStatus.SCHEDULED


def test_a_change_is_told_though_the_guest_changes_the_party_meanwhile(build, clock):
    event = build.event()
    hour = event.starts_at
    guest = build.guest(event, party_size=1)
    revise(event, clock(), starts_at=hour + timedelta(minutes=30))
    due_at = letters()[0].due_at

    amendments.change_party(guest, 3, now=clock.moves(minutes=3))
    db.session.commit()

    [letter] = letters()
    assert letter.facts["was"]["starts_at"] == hour.isoformat()
    assert (letter.facts["reply"]["party_size"], letter.due_at) == (3, due_at)
    rsvps.withdraw(guest, now=clock.moves(minutes=1))
    db.session.commit()
    assert letters() == []


def test_one_who_replies_by_mail_is_told_too(build, clock):
    event = build.event(reply_policy=ReplyPolicy.MAIL)
    build.guest(event)

    assert revise(event, clock(), online_link="https://meet.example/x") == 1


def leave(clock):
    """As if a relay had sent what is due."""
    due = update(Letter).where(
        Letter.status == LetterStatus.WAITING, Letter.due_at <= clock()
    )
    db.session.execute(due.values(status=LetterStatus.SENT, final_at=clock()))
    db.session.commit()


def test_a_change_that_is_undone_in_time_is_told_to_nobody_who_saw_nothing(
    build, clock
):
    event = build.event()
    starts_at = event.starts_at
    build.guest(event, "Ada")
    ben = build.guest(event, "Ben")
    leave(clock)
    later = starts_at + timedelta(hours=3)
    assert revise(event, clock(), starts_at=later) == 2
    amendments.change_party(ben, 2, now=clock.moves(minutes=1))  # tells of the change
    db.session.commit()
    cleo = build.guest(event, "Cleo")

    told = revise(event, clock.moves(minutes=1), starts_at=starts_at)

    assert told == 2
    assert {letter.rsvp_id for letter in letters()} == {ben.id, cleo.id}


def test_a_date_that_is_the_old_one_again_undoes_the_cancel(build, clock):
    event = build.event()
    starts_at = event.starts_at
    build.guest(event)
    leave(clock)
    events.postpone(event, Words(), actor="test", now=clock())
    leave(clock)
    revise(event, clock(), starts_at=starts_at + timedelta(days=1))

    assert revise(event, clock.moves(minutes=1), starts_at=starts_at) == 1

    [letter] = letters()
    assert letter.facts["calendar"]["method"] == "REQUEST"
    assert letter.facts["again"]


def test_an_offer_s_own_letter_says_the_time_it_has_now(build, clock):
    event = build.event(capacity=1)
    first, ada = build.guest(event, "Ben"), build.guest(event, "Ada")
    rsvps.withdraw(first, now=clock())
    db.session.commit()
    until = ada.held_until

    revise(event, clock(), starts_at=clock() + timedelta(hours=7))

    waiting = select(Letter).where(
        Letter.rsvp_id == ada.id, Letter.status == LetterStatus.WAITING
    )
    offer, change = db.session.scalars(waiting.order_by(Letter.id))
    assert ada.held_until < until
    for letter in (offer, change):
        assert letter.facts["reply"]["held_until"] == ada.held_until.isoformat()
    assert (offer.kind, change.kind) == ("rsvp-offer", "event-changed")


@pytest.mark.parametrize("call_off", [events.cancel, events.postpone])
def test_what_took_place_already_is_called_off_for_nobody(build, clock, call_off):
    nights = build.event(
        "nights", kind="festival", ends_at=clock() + timedelta(days=20)
    )
    over = build.event("over", super_event=nights)
    ahead = build.event(
        "ahead", super_event=nights, starts_at=clock() + timedelta(days=12)
    )
    for part in (over, ahead):
        build.guest(part)
    leave(clock)
    clock.moves(days=9)

    posted = call_off(nights, Words(), actor="test", now=clock())
    db.session.commit()

    assert posted == 1
    assert over.status is EventStatus.SCHEDULED
    waiting = select(Letter.event_id).where(Letter.status == LetterStatus.WAITING)
    assert db.session.scalars(waiting).all() == [ahead.id]


def test_all_turns_are_taken_before_any_letter(build, clock, monkeypatch):
    """Letters lock rows that others hold while they wait for a part's turn. Guards: a
    loop of turns before the first letter; the order of ids.
    """
    part = build.event("part")
    nights = build.event("nights", kind="festival")
    other = build.event("other", super_event=nights)
    part.super_event_id = nights.id
    for each in (part, other):
        build.guest(each)
    order = []
    monkeypatch.setattr(
        events, "take_turn", lambda event: order.append(event.id) or take_turn(event)
    )
    write = events.letters.write
    monkeypatch.setattr(
        events.letters, "write", lambda *a, **more: order.append(0) or write(*a, **more)
    )

    events.cancel(nights, Words(), actor="test", now=clock())

    assert order == [part.id, nights.id, other.id, 0, 0]


def test_after_a_postponement_nobody_is_invited_to_the_old_date(build, clock):
    event = build.event()
    ada, ben = build.guest(event, "Ada"), build.guest(event, "Ben")
    leave(clock)
    events.postpone(event, Words(), actor="test", now=clock())
    db.session.commit()

    amendments.change_party(ben, 2, now=clock())  # before its CANCEL has left
    leave(clock)
    amendments.change_party(ada, 2, now=clock())
    db.session.commit()

    told = select(Letter).where(Letter.kind == "rsvp-changed").order_by(Letter.id)
    unsent_cancel, nothing = (
        letter.facts["calendar"] for letter in db.session.scalars(told)
    )
    assert unsent_cancel["method"] == "CANCEL"
    assert nothing is None
