"""Replying, changing one's mind, moving up: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from festival.domain.admission import RsvpStatus
from festival.domain.errors import (
    AddressSettled,
    EventCancelled,
    EventFull,
    LastSeatsGone,
    NothingToChange,
    PartyTooLarge,
    SeatsLeft,
    SeatsLeftOrWait,
)
from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests, waiting_list
from festival.services import amendments, events, queue, rsvps
from tests.conftest import both_databases

pytestmark = both_databases


def letters_to(address: str) -> list[str]:
    """The kinds of the letters to *address* that were not superseded, in order."""
    kinds = (
        select(Letter.kind)
        .where(Letter.recipient == address, Letter.status != LetterStatus.SUPERSEDED)
        .order_by(Letter.id)
    )
    return list(db.session.scalars(kinds))


def free(event, now) -> int | None:
    return guests.house(event, now).seats_free


def test_a_first_reply_is_confirmed_and_its_letter_waits(build, now):
    event = build.event(capacity=10)

    rsvp = build.guest(event, address="ada@example.org", party_size=3)

    assert rsvp.status is RsvpStatus.CONFIRMED
    assert free(event, now) == 7
    assert letters_to("ada@example.org") == ["rsvp-confirmed"]


def test_a_party_is_never_split(build):
    event = build.event(capacity=2)

    with pytest.raises(SeatsLeftOrWait) as refusal:
        rsvps.respond(
            event, build.reply(party_size=3, would_wait=False), now=build.clock()
        )

    assert refusal.value.facts == {"left": 2}


@pytest.mark.parametrize(
    ("keeps_waiting_list", "would_wait", "refusal"),
    [(True, False, LastSeatsGone), (False, True, EventFull), (False, False, EventFull)],
)
def test_a_full_event_refuses_or_asks(build, keeps_waiting_list, would_wait, refusal):
    event = build.event(capacity=0, keeps_waiting_list=keeps_waiting_list)

    with pytest.raises(refusal):
        rsvps.respond(event, build.reply(would_wait=would_wait), now=build.clock())


def test_too_few_seats_and_no_list_says_how_many_are_left(build):
    event = build.event(capacity=2, keeps_waiting_list=False)

    with pytest.raises(SeatsLeft) as refusal:
        rsvps.respond(event, build.reply(party_size=3), now=build.clock())

    assert refusal.value.facts == {"left": 2}


@pytest.mark.parametrize("party_size", [0, -1, 6])
def test_a_party_stays_within_the_event_s_bounds(build, party_size):
    event = build.event(capacity=100, largest_party=5)

    with pytest.raises(PartyTooLarge):
        rsvps.respond(event, build.reply(party_size=party_size), now=build.clock())


def test_the_same_form_twice_is_one_reply(build, now):
    event = build.event(capacity=10)
    reply = build.reply("Ada", address="ada@example.org", party_size=2)

    first = rsvps.respond(event, reply, now=now)
    db.session.commit()
    second = rsvps.respond(event, reply, now=now + timedelta(minutes=14))
    db.session.commit()

    assert second is first
    assert letters_to("ada@example.org") == ["rsvp-confirmed"]
    assert free(event, now) == 8


def test_a_known_address_gets_a_repeat_that_holds_no_seat(build, now):
    event = build.event(capacity=10)
    first = build.guest(event, address="ada@example.org", party_size=2)

    again = build.guest(event, "Eve", address="ADA@example.org", party_size=4)

    assert isinstance(again, Repeat)
    assert (again.status, again.rsvp_id) == (RsvpStatus.CONFIRMED, first.id)
    assert free(event, now) == 8
    assert letters_to("ada@example.org") == ["rsvp-confirmed", "rsvp-repeat"]
    assert first.name == "Ada"


def test_what_a_repeat_changes_or_cancels_only_writes_a_letter(build, now, clock):
    event = build.event(capacity=10)
    first = build.guest(event, address="ada@example.org", party_size=2)
    again = build.guest(event, "Eve", address="ada@example.org", party_size=4)

    amendments.change_party(again, 5, now=clock.moves(hours=2))
    db.session.commit()
    rsvps.withdraw(again, now=clock.moves(hours=2))
    db.session.commit()

    assert (first.status, first.party_size) == (RsvpStatus.CONFIRMED, 2)
    assert again.status is RsvpStatus.CANCELLED
    last = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    assert (last.kind, last.facts["asked"]) == ("rsvp-repeat", 0)


def test_withdrawing_frees_the_seats_and_whoever_fits_moves_up(build, now):
    event = build.event(capacity=4)
    leaves = build.guest(event, "Leaves", party_size=3)
    build.guest(event, "Stays", party_size=1)
    large = build.guest(event, "Large", party_size=4)
    small = build.guest(event, "Small", party_size=2)

    rsvps.withdraw(leaves, now=now)
    db.session.commit()

    assert leaves.status is RsvpStatus.CANCELLED
    assert large.status is RsvpStatus.WAITING
    assert small.status is RsvpStatus.OFFERED
    assert letters_to(small.address) == ["rsvp-offer"]
    assert letters_to(leaves.address) == ["rsvp-withdrawn"]


def test_withdrawing_twice_changes_nothing(build, now):
    event = build.event()
    rsvp = build.guest(event, address="ada@example.org")

    for _ in range(2):
        rsvps.withdraw(rsvp, now=now)
        db.session.commit()

    assert letters_to("ada@example.org") == ["rsvp-withdrawn"]


def test_coming_back_at_once_goes_to_the_front_of_the_queue(build, clock):
    event = build.event(capacity=1)
    leaves = build.guest(event, "Leaves")
    first = build.guest(event, "First")
    clock.moves(minutes=1)
    second = build.guest(event, "Second")
    rsvps.withdraw(leaves, now=clock.moves(minutes=1))
    db.session.commit()

    rsvps.come_back(leaves, now=clock.moves(minutes=9))
    db.session.commit()

    assert first.status is RsvpStatus.OFFERED
    assert [rsvp.name for rsvp in waiting_list.queue(event)] == ["Leaves", "Second"]
    assert guests.standing(second, clock.time).position == 2


def test_coming_back_later_goes_to_the_end_of_the_queue(build, clock):
    event = build.event(capacity=1)
    leaves = build.guest(event, "Leaves")
    build.guest(event, "First")
    build.guest(event, "Second")
    rsvps.withdraw(leaves, now=clock.time)
    db.session.commit()

    rsvps.come_back(leaves, now=clock.moves(minutes=11))
    db.session.commit()

    assert [rsvp.name for rsvp in waiting_list.queue(event)] == ["Second", "Leaves"]


def test_the_calendar_counts_up_over_cancel_and_return(build, clock):
    event = build.event()
    rsvp = build.guest(event)
    rsvps.withdraw(rsvp, now=clock.moves(minutes=1))
    db.session.commit()

    rsvps.come_back(rsvp, now=clock.moves(minutes=1))
    db.session.commit()

    calendars = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    assert [letter.facts["calendar"] for letter in calendars] == [
        {"method": "REQUEST", "sequence": 0},
        {"method": "CANCEL", "sequence": 1},
        {"method": "REQUEST", "sequence": 2},
    ]


def test_fewer_people_free_their_seats_for_who_waits(build, now):
    event = build.event(capacity=4)
    large = build.guest(event, "Large", party_size=4)
    waits = build.guest(event, "Waits", party_size=2)

    amendments.change_party(large, 2, now=now)
    db.session.commit()

    assert waits.status is RsvpStatus.OFFERED
    assert free(event, now) == 0


def test_more_people_than_are_left_keeps_the_old_party(build, now):
    event = build.event(capacity=5, keeps_waiting_list=False)
    rsvp = build.guest(event, party_size=2)
    build.guest(event, party_size=2)

    with pytest.raises(SeatsLeft) as refusal:
        amendments.change_party(rsvp, 4, now=now)
    db.session.rollback()

    assert refusal.value.facts == {"left": 3}
    assert rsvp.party_size == 2


def test_a_waiting_party_made_smaller_moves_up_at_once(build, now):
    event = build.event(capacity=5)
    build.guest(event, party_size=3)
    waits = build.guest(event, party_size=4)

    amendments.change_party(waits, 2, now=now)
    db.session.commit()

    assert waits.status is RsvpStatus.CONFIRMED
    assert letters_to(waits.address) == ["rsvp-changed"]


def test_a_cancelled_reply_has_no_party_to_change(build, now):
    event = build.event()
    rsvp = build.guest(event)
    rsvps.withdraw(rsvp, now=now)
    db.session.commit()

    with pytest.raises(NothingToChange):
        amendments.change_party(rsvp, 2, now=now)


def test_replying_again_after_withdrawing_makes_the_old_link_open_nothing(build, now):
    event = build.event()
    rsvp = build.guest(event, address="ada@example.org")
    old = rsvp.public_id
    rsvps.withdraw(rsvp, now=now)
    db.session.commit()

    again = build.guest(event, "Ada", address="ada@example.org", party_size=2)

    assert (again.id, again.status) == (rsvp.id, RsvpStatus.CONFIRMED)
    assert again.public_id != old
    assert guests.find(old) is None


# Confirmed by mail


def test_a_reply_to_be_confirmed_by_mail_is_held(build, now):
    event = build.event(capacity=3, reply_policy=ReplyPolicy.MAIL)

    rsvp = build.guest(event, address="ada@example.org", party_size=2)

    assert rsvp.status is RsvpStatus.HELD
    assert free(event, now) == 1
    assert letters_to("ada@example.org") == ["rsvp-confirm"]


def test_a_hold_counts_no_more_when_its_time_is_over_and_who_waits_moves_up(
    build, clock
):
    event = build.event(capacity=2, reply_policy=ReplyPolicy.MAIL)
    held = build.guest(event, party_size=2)
    waits = build.guest(event, party_size=1)

    clock.moves(minutes=31)
    assert free(event, clock.time) == 2
    assert waiting_list.events_due(clock.time) == [event.id]
    queue.settle_due(event.id, clock.time)
    db.session.commit()

    assert held.status is RsvpStatus.EXPIRED
    assert waits.status is RsvpStatus.OFFERED


def test_confirming_in_time_keeps_the_seat_and_twice_changes_nothing(build, clock):
    event = build.event(reply_policy=ReplyPolicy.MAIL)
    rsvp = build.guest(event, address="ada@example.org")

    for _ in range(2):
        rsvps.confirm(rsvp, now=clock.moves(minutes=10))
        db.session.commit()

    assert rsvp.status is RsvpStatus.CONFIRMED
    assert letters_to("ada@example.org") == ["rsvp-confirmed"]


def test_a_late_click_waits_at_its_own_rank(build, clock):
    event = build.event(capacity=2, reply_policy=ReplyPolicy.MAIL)
    late = build.guest(event, "Late", party_size=2)
    clock.moves(minutes=31)
    first = build.guest(event, "First", party_size=2)
    rsvps.confirm(first, now=clock.time)
    build.guest(event, "Second", party_size=2)

    rsvps.confirm(late, now=clock.moves(minutes=1))
    db.session.commit()

    assert late.status is RsvpStatus.WAITING
    assert [rsvp.name for rsvp in waiting_list.queue(event)] == ["Late", "Second"]


def test_a_late_click_on_a_full_event_without_a_list_is_refused(build, clock):
    event = build.event(
        capacity=2, reply_policy=ReplyPolicy.MAIL, keeps_waiting_list=False
    )
    late = build.guest(event, "Late", party_size=2)
    clock.moves(minutes=31)
    first = build.guest(event, "First", party_size=2)
    rsvps.confirm(first, now=clock.time)
    db.session.commit()

    with pytest.raises(EventFull):
        rsvps.confirm(late, now=clock.moves(minutes=1))


def test_leaving_and_coming_back_does_not_get_round_the_letter(build, clock):
    event = build.event(reply_policy=ReplyPolicy.MAIL)
    rsvp = build.guest(event)
    rsvps.withdraw(rsvp, now=clock.moves(minutes=1))
    db.session.commit()

    rsvps.come_back(rsvp, now=clock.moves(minutes=1))
    db.session.commit()

    assert rsvp.status is RsvpStatus.HELD
    assert letters_to(rsvp.address) == ["rsvp-confirm"]


def test_a_mended_address_answers_a_letter_of_its_own(build, clock):
    event = build.event(reply_policy=ReplyPolicy.MAIL)
    rsvp = build.guest(event)
    rsvps.confirm(rsvp, now=clock.moves(minutes=1))
    db.session.commit()

    amendments.correct_address(
        rsvp, build.reply(address="ada@example.org"), now=clock.moves(minutes=1)
    )
    db.session.commit()

    assert rsvp.status is RsvpStatus.HELD
    assert letters_to("ada@example.org") == ["rsvp-confirm"]


def test_past_the_limit_of_a_network_replies_are_held_not_refused(make_app, clock):
    from tests.builders import Builders  # noqa: PLC0415

    with make_app(NETWORK_REPLIES=2).app_context():
        build = Builders(clock)
        event = build.event()
        replies = [build.guest(event, network="192.0.2.7") for _ in range(3)]
        other = build.guest(event, network="192.0.2.8")
        statuses = [reply.status for reply in (*replies, other)]

    assert statuses == [
        RsvpStatus.CONFIRMED,
        RsvpStatus.CONFIRMED,
        RsvpStatus.HELD,
        RsvpStatus.CONFIRMED,
    ]


# The address


def test_a_mistyped_address_is_mended_and_the_old_link_revoked(build, clock):
    event = build.event()
    rsvp = build.guest(event, address="ada@exmaple.org")
    reply = build.reply("Ada", address="ada@example.org")

    mended = amendments.correct_address(rsvp, reply, now=clock.moves(minutes=29))
    db.session.commit()

    assert (mended.id, mended.version) == (rsvp.id, 1)
    assert letters_to("ada@example.org") == ["rsvp-confirmed"]
    assert letters_to("ada@exmaple.org") == []


def test_an_address_mended_into_a_known_one_frees_the_seat_and_says_nothing(
    build, clock, now
):
    event = build.event(capacity=10)
    true = build.guest(event, address="ada@example.org", party_size=2)
    typo = build.guest(event, address="ada@exmaple.org", party_size=3)
    reply = build.reply("Ada", address="ada@example.org", party_size=3)

    mended = amendments.correct_address(typo, reply, now=clock.moves(minutes=1))
    db.session.commit()

    assert isinstance(mended, Repeat)
    assert (mended.rsvp_id, mended.status) == (true.id, RsvpStatus.CONFIRMED)
    assert typo.status is RsvpStatus.CANCELLED
    assert free(event, now) == 8


def test_after_half_an_hour_the_address_is_settled(build, clock):
    event = build.event()
    rsvp = build.guest(event)

    with pytest.raises(AddressSettled):
        amendments.correct_address(rsvp, build.reply(), now=clock.moves(minutes=31))


def test_a_fourth_letter_in_an_hour_to_one_address_waits_for_the_hour_s_end(build, now):
    for number in range(4):
        event = build.event(f"event-{number}")
        build.guest(event, address=f"ada+{number}@example.org")

    due = db.session.scalars(select(Letter.due_at).order_by(Letter.id)).all()

    assert due == [now, now, now, now + timedelta(hours=1)]


def test_all_tickets_go_again_in_one_letter_and_strangers_get_none(build, now):
    for number in range(2):
        build.guest(build.event(f"event-{number}"), address="ada@example.org")

    rsvps.send_again("ADA@example.org", "fr", now=now)
    rsvps.send_again("nobody@example.org", "fr", now=now)
    db.session.commit()

    again = db.session.scalars(
        select(Letter).where(Letter.kind == "ticket-again")
    ).one()
    assert [item["event"]["slug"] for item in again.facts["replies"]] == [
        "event-0",
        "event-1",
    ]


# Erasing, cancelling, postponing


def test_erasing_forgets_the_guest_frees_the_seat_and_keeps_the_count(build, now):
    event = build.event(capacity=2)
    rsvp = build.guest(event, "Ada", address="ada@example.org", party_size=2)
    waits = build.guest(event, "Waits", party_size=2)
    build.guest(event, "Eve", address="ada@example.org")

    rsvps.erase(rsvp, now=now)
    db.session.commit()

    assert (rsvp.name, rsvp.address, rsvp.party_size) == ("", None, 2)
    assert letters_to("ada@example.org") == []
    assert db.session.scalars(select(func.count(Repeat.id))).one() == 0
    assert waits.status is RsvpStatus.OFFERED


def test_cancelling_an_event_writes_once_to_everybody_alive(build, now):
    event = build.event(capacity=2)
    comes = build.guest(event, "Comes", party_size=2)
    waits = build.guest(event, "Waits", party_size=2)
    left = build.guest(event, "Left")
    rsvps.withdraw(left, now=now)
    db.session.commit()

    posted = events.cancel(event, Words(fr="La pluie."), actor="test", now=now)
    again = events.cancel(event, Words(fr="La pluie."), actor="test", now=now)
    db.session.commit()

    assert (posted, again) == (2, 0)
    assert letters_to(comes.address) == ["event-cancelled"]
    assert letters_to(waits.address) == ["event-cancelled"]
    assert event.revision == 1
    with pytest.raises(EventCancelled):
        rsvps.respond(event, build.reply(), now=now)


def test_cancelling_a_festival_cancels_its_parts(build, now):
    festival = build.event("nuits", kind="festival")
    part = build.event("bal", super_event=festival)
    guest = build.guest(part)

    posted = events.cancel(festival, Words(), actor="test", now=now)
    db.session.commit()

    assert posted == 1
    assert part.status == "cancelled"
    assert letters_to(guest.address) == ["event-cancelled"]


def test_no_reply_is_left_without_its_letter(build):
    event = build.event(capacity=3)
    for number in range(5):
        build.guest(event, f"Guest{number}")

    replies = db.session.scalars(select(Rsvp)).all()

    assert [len(letters_to(rsvp.address)) for rsvp in replies] == [1] * 5
