"""The waiting list: offers, turns, seats kept together; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from festival.domain.admission import RsvpStatus
from festival.domain.errors import AnswerTheLetter, RestMayWait, SeatsLeft
from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp
from festival.queries import guests, waiting_list
from festival.services import amendments, events, queue, rsvps
from tests.builders import Builders
from tests.conftest import NOON, both_databases

pytestmark = both_databases

HELD, CONFIRMED, WAITING, OFFERED = (
    RsvpStatus.HELD,
    RsvpStatus.CONFIRMED,
    RsvpStatus.WAITING,
    RsvpStatus.OFFERED,
)
SOON = NOON + timedelta(hours=10)  # at eight in the evening


def last_letter(rsvp: Rsvp) -> Letter:
    letters = select(Letter).where(
        Letter.rsvp_id == rsvp.id, Letter.status != LetterStatus.SUPERSEDED
    )
    return db.session.scalars(letters.order_by(Letter.id.desc()).limit(1)).one()


def time_passes(clock, **span: float) -> None:
    """Move the clock, and let it do what it does."""
    now = clock.moves(**span)
    for number in waiting_list.events_due(now):
        queue.settle_due(number, now)
        db.session.commit()


def leaves(rsvp: Rsvp, clock) -> None:
    rsvps.withdraw(rsvp, now=clock.time)
    db.session.commit()


@pytest.fixture
def full(build):
    """An event in a week for five: four, and one, come."""
    event = build.event(capacity=5)
    return event, build.guest(event, "Four", party_size=4), build.guest(event, "One")


# Offers


def test_a_place_that_comes_free_is_offered_until_an_hour_of_day(build, clock, full):
    event, _, one = full
    waits = build.guest(event, "Waits")

    leaves(one, clock)

    assert (waits.status, waits.held_until) == (
        OFFERED,
        clock.time + timedelta(hours=10),
    )
    assert last_letter(waits).kind == "rsvp-offer"
    assert last_letter(waits).facts["calendar"] is None
    assert guests.house(event, clock.time).seats_free == 0


def test_who_says_yes_in_time_comes_and_twice_is_once(build, clock, full):
    event, _, one = full
    waits = build.guest(event, "Waits")
    leaves(one, clock)

    for _ in range(2):
        rsvps.confirm(waits, now=clock.moves(hours=1), by_letter=False)
        db.session.commit()

    assert (waits.status, waits.held_until) == (CONFIRMED, None)
    assert last_letter(waits).kind == "rsvp-confirmed"
    assert last_letter(waits).facts["calendar"]["method"] == "REQUEST"


def test_an_offer_that_lapses_goes_to_the_next_and_the_rank_is_kept(build, clock, full):
    event, _, one = full
    first, second = build.guest(event, "First"), build.guest(event, "Second")
    leaves(one, clock)

    time_passes(clock, hours=11)

    assert (first.status, second.status) == (WAITING, OFFERED)
    assert guests.standing(first, clock.time).position == 1
    assert last_letter(first).kind == "offer-lapsed"


def test_who_let_an_offer_lapse_may_still_take_what_nobody_else_wants(
    build, clock, full
):
    event, _, one = full
    waits = build.guest(event, "Waits")
    leaves(one, clock)
    time_passes(clock, hours=11)
    time_passes(clock, hours=11)
    assert waits.status is WAITING  # asked once, not every twelve hours
    assert guests.house(event, clock.time).seats_free == 1

    rsvps.confirm(waits, now=clock.moves(hours=1))
    db.session.commit()

    assert waits.status is CONFIRMED


def test_who_let_an_offer_lapse_is_asked_again_for_the_next_free_place(
    build, clock, full
):
    event, _, one = full
    waits = build.guest(event, "Waits")
    leaves(one, clock)
    time_passes(clock, hours=11)
    other = build.guest(event, "Other")
    assert (waits.status, other.status) == (WAITING, CONFIRMED)

    leaves(other, clock)

    assert waits.status is OFFERED


def test_in_the_last_three_hours_nobody_is_asked(build, clock):
    event = build.event(capacity=1, starts_at=SOON)
    comes, waits = build.guest(event, "Comes"), build.guest(event, "Waits")
    clock.moves(hours=7)

    leaves(comes, clock)

    assert waits.status is CONFIRMED
    assert last_letter(waits).kind == "rsvp-promoted"
    assert last_letter(waits).facts["calendar"]["method"] == "REQUEST"


def test_from_the_last_hour_on_the_door_decides(build, clock):
    event = build.event(capacity=1, starts_at=SOON)
    comes, waits = build.guest(event, "Comes"), build.guest(event, "Waits")
    clock.moves(hours=9)

    leaves(comes, clock)
    late = build.guest(event, "Late")

    assert (waits.status, late.status) == (WAITING, WAITING)


def test_a_guest_without_an_address_is_not_asked(build, clock, full):
    event, _, one = full
    waits = build.guest(event, "Waits")
    db.session.execute(update(Rsvp).where(Rsvp.id == waits.id).values(address=None))
    db.session.commit()

    leaves(one, clock)

    assert waits.status is CONFIRMED


def test_where_every_reply_is_confirmed_by_mail_an_offer_is_too(build, clock):
    event = build.event(capacity=1, reply_policy=ReplyPolicy.MAIL)
    comes = build.guest(event, "Comes")
    rsvps.confirm(comes, now=clock.time)
    waits = build.guest(event, "Waits")
    leaves(comes, clock)

    with pytest.raises(AnswerTheLetter):
        rsvps.confirm(waits, now=clock.time, by_letter=False)
    db.session.rollback()
    rsvps.confirm(waits, now=clock.time)

    assert waits.status is CONFIRMED


# Turns


def test_a_party_that_is_passed_three_times_gets_the_seats_kept_together(build, clock):
    event = build.event(capacity=4)
    seated = [build.guest(event, f"Seated{n}") for n in range(4)]
    family = build.guest(event, "Family", party_size=4)
    small = [build.guest(event, f"Small{n}") for n in range(4)]

    for rsvp in seated:
        leaves(rsvp, clock)

    assert [rsvp.status for rsvp in small] == [OFFERED, OFFERED, OFFERED, WAITING]
    assert family.status is WAITING
    house = guests.house(event, clock.time)
    assert (house.seats_left, house.seats_free) == (1, 0)
    assert build.guest(event, "New").status is WAITING


def test_a_party_passed_over_is_passed_no_more_after_a_day(build, clock):
    event = build.event(capacity=2)
    seated = [build.guest(event, f"Seated{n}") for n in range(2)]
    family = build.guest(event, "Family", party_size=2)
    small = [build.guest(event, f"Small{n}") for n in range(2)]
    leaves(seated[0], clock)
    rsvps.confirm(small[0], now=clock.time)
    db.session.commit()

    clock.moves(hours=25)
    leaves(seated[1], clock)

    assert (family.status, small[1].status) == (WAITING, WAITING)


def test_somebody_new_who_takes_a_seat_passes_over_who_waits(build, clock):
    event = build.event(capacity=2)
    first = build.guest(event, "First")
    build.guest(event, "Second", party_size=1)
    family = build.guest(event, "Family", party_size=2)
    leaves(first, clock)

    statuses = []
    for number in range(4):
        new = build.guest(event, f"New{number}")
        statuses.append(new.status)
        leaves(new, clock)

    assert statuses == [CONFIRMED, CONFIRMED, CONFIRMED, WAITING]
    assert family.passed == 3


def test_who_seats_are_kept_for_is_asked_to_come_with_fewer(build, clock):
    event = build.event(capacity=4)
    seated = [build.guest(event, f"Seated{n}", party_size=2) for n in range(2)]
    family = build.guest(event, "Family", party_size=4)
    db.session.execute(update(Rsvp).where(Rsvp.id == family.id).values(passed=3))
    db.session.commit()

    leaves(seated[0], clock)

    assert (family.status, family.part_offered) == (WAITING, 2)
    assert last_letter(family).facts["part"] == 2

    rsvps.confirm(family, now=clock.time)
    db.session.commit()

    assert (family.status, family.party_size, family.party_wanted) == (CONFIRMED, 2, 4)
    assert guests.standing(family, clock.time).waiting_for == 2

    leaves(seated[1], clock)

    assert (family.status, family.party_size) == (CONFIRMED, 4)
    assert last_letter(family).kind == "rsvp-promoted"


def test_nothing_is_kept_together_in_the_last_three_hours(build, clock):
    event = build.event(capacity=2, starts_at=SOON)
    seated = [build.guest(event, f"Seated{n}") for n in range(2)]
    family, small = (
        build.guest(event, "Family", party_size=2),
        build.guest(event, "Small"),
    )
    db.session.execute(update(Rsvp).where(Rsvp.id == family.id).values(passed=3))
    db.session.commit()
    leaves(seated[0], clock)
    assert (family.status, small.status) == (WAITING, WAITING)

    time_passes(clock, hours=7)

    assert (family.status, small.status) == (WAITING, CONFIRMED)


# More of them, or fewer


def test_a_party_may_grow_beyond_what_is_left_and_the_rest_waits(build, clock, full):
    event, four, one = full

    with pytest.raises(RestMayWait):
        amendments.change_party(one, 3, now=clock.time)
    db.session.rollback()
    amendments.change_party(one, 3, now=clock.time, would_wait=True)
    db.session.commit()

    assert (one.status, one.party_size, one.party_wanted) == (CONFIRMED, 1, 3)
    assert guests.standing(one, clock.time).position == 1
    assert last_letter(one).facts["reply"]["waiting_for"] == 2

    amendments.change_party(four, 2, now=clock.time)
    db.session.commit()

    assert (one.party_size, guests.house(event, clock.time).seats_taken) == (3, 5)


def test_a_rest_that_waits_may_be_given_up(build, clock, full):
    _, _, one = full
    amendments.change_party(one, 3, now=clock.time, would_wait=True)

    amendments.change_party(one, 1, now=clock.time)
    db.session.commit()

    assert (one.party_size, one.party_wanted) == (1, 1)


def test_an_offer_may_be_taken_for_fewer_but_not_for_more(build, clock, full):
    event, four, _ = full
    waits = build.guest(event, "Waits", party_size=4)
    leaves(four, clock)

    with pytest.raises(SeatsLeft):
        amendments.change_party(waits, 5, now=clock.time)
    db.session.rollback()
    amendments.change_party(waits, 3, now=clock.time)
    db.session.commit()

    assert (waits.status, waits.party_size) == (OFFERED, 3)
    assert guests.house(event, clock.time).seats_free == 1


# The event changes


def test_more_seats_let_who_waits_move_up_at_once(build, clock, full):
    event, _, _ = full
    waits = build.guest(event, "Waits", party_size=2)

    over = events.resize(event, 7, actor="test", now=clock.time)
    db.session.commit()

    assert (over, waits.status) == (0, OFFERED)


def test_an_event_is_resized_from_the_console(app, build, clock, full):
    event, _, _ = full
    waits = build.guest(event, "Waits", party_size=2)
    run = app.test_cli_runner().invoke

    more = run(args=["festival", "event", "resize", event.slug, "7"])
    fewer = run(args=["festival", "event", "resize", event.slug, "4"])

    assert (more.exit_code, more.output) == (0, "Done. 7 seats.\n")
    assert "3 more people come than that; nobody was thrown out." in fewer.output
    db.session.expire_all()
    assert waits.status is OFFERED


def test_fewer_seats_than_are_taken_throw_nobody_out(build, clock, full):
    event, four, one = full

    over = events.resize(event, 3, actor="test", now=clock.time)
    db.session.commit()

    assert (over, four.status, one.status) == (2, CONFIRMED, CONFIRMED)
    assert build.guest(event, "New").status is WAITING
    leaves(one, clock)
    assert guests.house(event, clock.time).seats_free == 0


def test_a_postponed_event_offers_nothing_and_keeps_ranks(build, clock, full):
    event, _, one = full
    first, second = build.guest(event, "First"), build.guest(event, "Second")
    leaves(one, clock)

    events.postpone(event, Words(fr="Pluie"), actor="test", now=clock.time)
    db.session.commit()
    time_passes(clock, hours=12)

    assert (first.status, second.status) == (WAITING, WAITING)

    later = clock.time + timedelta(days=20)
    events.revise(event, actor="test", now=clock.time, starts_at=later)
    db.session.commit()

    assert (first.status, second.status) == (OFFERED, WAITING)


def test_an_offer_ends_before_an_earlier_start(build, clock, full):
    event, _, one = full
    waits = build.guest(event, "Waits")
    leaves(one, clock)

    soon = clock.time + timedelta(hours=6)
    events.revise(event, actor="test", now=clock.time, starts_at=soon)
    db.session.commit()

    assert waits.held_until == soon - timedelta(hours=2)

    sooner = clock.time + timedelta(hours=2)
    events.revise(event, actor="test", now=clock.time, starts_at=sooner)
    db.session.commit()

    assert (waits.status, waits.held_until) == (CONFIRMED, None)


def by_saying_yes(back: Rsvp, goes: Rsvp, clock) -> None:
    leaves(goes, clock)
    rsvps.confirm(back, now=clock.time)


def by_coming_with_fewer(back: Rsvp, goes: Rsvp, clock) -> None:
    amendments.change_party(goes, 1, now=clock.time)
    amendments.change_party(back, 1, now=clock.time)


def by_having_no_time_to_be_asked(back: Rsvp, goes: Rsvp, clock) -> None:
    leaves(goes, clock)
    soon = clock.time + timedelta(hours=2)
    events.revise(back.event, actor="test", now=clock.time, starts_at=soon)


def by_the_last_three_hours(back: Rsvp, goes: Rsvp, clock) -> None:
    clock.moves(seconds=(back.event.starts_at - clock.time).total_seconds() - 7200)
    leaves(goes, clock)


@pytest.mark.parametrize(
    "gets_a_place",
    [
        by_saying_yes,
        by_coming_with_fewer,
        by_having_no_time_to_be_asked,
        by_the_last_three_hours,
    ],
)
def test_whose_entry_was_taken_away_is_invited_above_the_cancel(
    build, clock, gets_a_place
):
    event = build.event(capacity=2)
    back = build.guest(event, "Back", party_size=2, address="back@example.org")
    db.session.execute(update(Letter).values(status=LetterStatus.SENT))
    leaves(back, clock)
    cancelled = last_letter(back).facts["calendar"]
    goes = build.guest(event, "Goes", party_size=2)
    build.guest(event, "Back", party_size=2, address="back@example.org")
    assert (cancelled["method"], back.status) == ("CANCEL", WAITING)

    gets_a_place(back, goes, clock)
    db.session.commit()

    assert back.status is CONFIRMED
    calendar = last_letter(back).facts["calendar"]
    assert calendar["method"] == "REQUEST"
    assert calendar["sequence"] > cancelled["sequence"]


# Holds of one mailbox


def test_one_mailbox_s_fourth_unanswered_hold_keeps_no_seat_and_does_not_show_it(
    build, clock
):
    asks = {"reply_policy": ReplyPolicy.MAIL, "capacity": 1}
    held = [
        build.guest(build.event(f"by-mail-{n}", **asks), address=f"bot+{n}@example.org")
        for n in range(4)
    ]

    seats = [guests.house(rsvp.event, clock.time).seats_free for rsvp in held]
    seen = [guests.standing(rsvp, clock.time).status for rsvp in held]
    assert seats == [0, 0, 0, 1]
    assert seen == [RsvpStatus.HELD] * 4

    rsvps.confirm(held[3], now=clock.time)

    assert held[3].status is CONFIRMED
    assert guests.house(held[3].event, clock.time).seats_free == 0


# "Still coming?"


@pytest.fixture
def asked(build, clock):
    """An event for two at eight in the evening; one never answered, one waits."""
    event = build.event(
        capacity=2, asks_still_coming=True, starts_at=NOON + timedelta(days=4, hours=8)
    )
    silent, other = build.guest(event, "Silent"), build.guest(event, "Other")
    waits = build.guest(event, "Waits")
    clock.moves(days=3)
    rsvps.still_coming(other, now=clock.time)
    for rsvp in (silent, other):
        rsvp.asked_at = clock.time
        db.session.add(
            Letter(
                kind="still-coming",
                message_id=f"<{rsvp.id}@example.org>",
                recipient=rsvp.address,
                language="fr",
                facts={},
                rsvp_id=rsvp.id,
                posted_at=clock.time,
                due_at=clock.time,
                status=LetterStatus.SENT,
                final_at=clock.time,
            )
        )
    db.session.execute(
        update(Letter)
        .where(Letter.status == LetterStatus.WAITING)
        .values(status=LetterStatus.SENT, final_at=clock.time)
    )
    db.session.commit()
    return silent, other, waits


def test_silence_frees_a_seat_from_noon_on_and_keeps_the_first_rank(asked, clock):
    silent, other, waits = asked
    time_passes(clock, hours=23, minutes=59)
    assert silent.status is CONFIRMED

    time_passes(clock, minutes=1)

    assert (silent.status, other.status, waits.status) == (WAITING, CONFIRMED, OFFERED)
    assert guests.standing(silent, clock.time).position == 1
    letter = last_letter(silent)
    assert (letter.kind, letter.facts["lost"]) == ("rsvp-waiting", True)
    assert letter.facts["calendar"]["method"] == "CANCEL"


@pytest.mark.parametrize(
    "facts",
    [
        {"still_coming_at": NOON},
        {"address": None},
        {"letters_off": True},
        {"needs": ["wheelchair"]},
        {"needs_note": "près de l’écran"},
        {"partner_id": 1},
        {"replied_at": NOON + timedelta(days=3)},
        {"asked_at": None},
    ],
)
def test_silence_never_costs_the_seat_of(build, asked, clock, facts):
    from festival.services import directory  # noqa: PLC0415

    silent, _, waits = asked
    directory.welcome("centre", "Centre social")
    db.session.execute(update(Rsvp).where(Rsvp.id == silent.id).values(**facts))
    db.session.commit()

    time_passes(clock, days=1, hours=2)

    assert (silent.status, waits.status) == (CONFIRMED, WAITING)


@pytest.mark.parametrize("filed", ["rsvp_id", "limit_key"])
def test_silence_costs_nothing_while_any_letter_waits(asked, clock, filed):
    """By itself, or in a list of several tickets."""
    silent, _, waits = asked
    whose = {"rsvp_id": silent.id, "limit_key": silent.limit_key}[filed]
    letter = Letter(
        kind="ticket-again",
        message_id="<late@example.org>",
        recipient=silent.address,
        language="fr",
        facts={},
        posted_at=clock.time,
        due_at=clock.time + timedelta(days=9),
        **{filed: whose},
    )
    db.session.add(letter)
    db.session.commit()

    time_passes(clock, days=1, hours=2)

    assert (silent.status, waits.status) == (CONFIRMED, WAITING)


@pytest.mark.parametrize(
    "fate",
    [
        {"status": LetterStatus.WAITING},
        {"status": LetterStatus.FAILED},
        {"bounced_at": NOON},
        {"final_at": NOON + timedelta(days=4)},  # no time to answer
    ],
)
def test_silence_after_a_letter_that_did_not_arrive_is_none(asked, clock, fate):
    silent, _, waits = asked
    db.session.execute(
        update(Letter)
        .where(Letter.rsvp_id == silent.id, Letter.kind == "still-coming")
        .values(**fate)
    )
    db.session.commit()

    time_passes(clock, days=1, hours=2)

    assert (silent.status, waits.status) == (CONFIRMED, WAITING)


def test_silence_costs_nothing_where_nobody_waits(asked, clock):
    silent, _, waits = asked
    leaves(waits, clock)

    time_passes(clock, days=1, hours=2)

    assert silent.status is CONFIRMED


def test_silence_costs_one_guest_one_seat_once(build, asked, clock):
    """A guest who gave way neither loses twice nor makes others give way."""
    silent, other, waits = asked
    other.still_coming_at = None
    db.session.commit()
    clock.moves(days=1)

    for _ in range(5):
        time_passes(clock, minutes=1)

    assert [r.status for r in (silent, other)].count(WAITING) == 1
    assert waits.status is OFFERED
    letters = select(Letter).where(Letter.status != LetterStatus.SENT)
    kinds = sorted(letter.kind for letter in db.session.scalars(letters))
    assert kinds == ["rsvp-offer", "rsvp-waiting"]


def test_coming_back_is_a_yes(build, asked, clock):
    silent, _, waits = asked
    clock.moves(days=1, hours=-1)
    rsvps.withdraw(waits, now=clock.time)
    rsvps.withdraw(silent, now=clock.time)
    rsvps.come_back(silent, now=clock.time)
    db.session.commit()
    again = build.guest(silent.event, "Again")

    time_passes(clock, hours=2)

    assert (silent.status, again.status) == (CONFIRMED, WAITING)


# What a hostile reader found


def test_whoever_only_waited_comes_back_at_their_own_rank(build, clock, full):
    event, _, _ = full
    waiting = [build.guest(event, f"Waits{n}") for n in range(3)]
    for rsvp in waiting:
        rsvp.ranked_at = clock.moves(seconds=1)
    db.session.commit()

    rsvps.withdraw(waiting[2], now=clock.time)
    rsvps.come_back(waiting[2], now=clock.moves(minutes=1))
    db.session.commit()

    assert [r.name for r in waiting_list.queue(event)] == ["Waits0", "Waits1", "Waits2"]


def test_a_hold_in_looks_that_gets_a_seat_by_another_address_passes_who_waits(
    build, clock
):
    others = [build.event(f"other-{n}", reply_policy="mail") for n in range(3)]
    event = build.event("full", capacity=4, reply_policy="mail")
    for other in others:
        build.guest(other, address="many@example.org")
    rsvps.confirm(build.guest(event, "Three", party_size=3), now=clock.time)
    family = build.guest(event, "Family", party_size=2)
    fourth = build.guest(event, "Fourth", address="many@example.org")
    assert (fourth.holds_seat, family.status, family.passed) == (False, WAITING, 0)

    amendments.correct_address(
        fourth, build.reply("Fourth", address="one@example.org"), now=clock.time
    )
    db.session.commit()

    assert (fourth.holds_seat, family.passed) == (True, 1)


def test_who_takes_their_own_place_back_in_time_overtakes_nobody(build, clock):
    event = build.event(capacity=4)
    leaves, _ = build.guest(event, "Leaves"), build.guest(event, "Three", party_size=3)
    family = build.guest(event, "Family", party_size=4)

    for _ in range(4):
        rsvps.withdraw(leaves, now=clock.time)
        rsvps.come_back(leaves, now=clock.moves(minutes=1))
        db.session.commit()

    assert (leaves.status, family.passed) == (CONFIRMED, 0)


def test_an_undo_brings_back_the_rest_that_waits_and_a_later_return_does_not(
    build, clock
):
    event = build.event(capacity=4)
    party = build.guest(event, "Party", party_size=2)
    amendments.change_party(party, 5, now=clock.time, would_wait=True)
    db.session.commit()

    leaves(party, clock)
    rsvps.come_back(party, now=clock.moves(minutes=9))
    db.session.commit()
    undone = (party.status, party.party_size, party.party_wanted)
    leaves(party, clock)
    rsvps.come_back(party, now=clock.moves(minutes=11))
    db.session.commit()

    assert undone == (CONFIRMED, 2, 5)
    assert (party.status, party.party_size, party.party_wanted) == (CONFIRMED, 2, 2)


def test_the_rest_of_a_party_that_comes_holds_up_nobody(build, clock):
    event = build.event(capacity=2, largest_party=6)
    party = build.guest(event, "Party")
    build.guest(event, "Other")
    amendments.change_party(party, 6, now=clock.time, would_wait=True)
    db.session.commit()
    singles = [build.guest(event, f"Single{n}") for n in range(4)]

    events.resize(event, 6, actor="test", now=clock.time)
    db.session.commit()

    assert [single.status for single in singles] == [OFFERED] * 4


def test_a_party_that_can_never_fit_does_not_keep_another_from_its_part(build, clock):
    event = build.event(capacity=6, largest_party=6)
    leaves_ = build.guest(event, "Leaves", party_size=2)
    build.guest(event, "Stays", party_size=2)
    build.guest(event, "Others", party_size=2)
    big = build.guest(event, "Big", party_size=6)
    three = build.guest(event, "Three", party_size=3)
    big.passed = three.passed = 3
    db.session.commit()
    events.resize(event, 5, actor="test", now=clock.time)
    leaves(leaves_, clock)
    assert three.part_offered == 1

    rsvps.confirm(three, now=clock.time)
    db.session.commit()

    assert (three.status, three.party_size) == (CONFIRMED, 1)


def test_who_was_passed_for_a_day_is_asked_about_a_part_when_the_day_is_over(
    build, clock
):
    event = build.event(capacity=6)
    family = [build.guest(event, "Three", party_size=3) for _ in range(2)]
    waits = build.guest(event, "Family", party_size=4)
    leaves(family[0], clock)
    build.guest(event, "Single")
    assert waits.passed == 1
    assert waits.part_offered is None

    time_passes(clock, days=1)

    assert waits.part_offered == 2
    assert waiting_list.events_due(clock.time) == []


def test_whom_the_limit_of_a_network_lets_wait_says_yes_by_letter_alone(
    make_app, clock
):
    with make_app(NETWORK_REPLIES=2).app_context():
        build = Builders(clock)
        event = build.event(capacity=2)
        comes = build.guest(event, "Comes", party_size=2)
        crowd = [build.guest(event, network="192.0.2.7") for _ in range(3)]
        leaves(comes, clock)
        free, proven = crowd[0], crowd[2]
        assert [one.status for one in crowd] == [OFFERED, OFFERED, WAITING]

        rsvps.confirm(free, now=clock.time, by_letter=False)
        leaves(crowd[1], clock)
        assert proven.status is OFFERED
        with pytest.raises(AnswerTheLetter):
            rsvps.confirm(proven, now=clock.time, by_letter=False)
        rsvps.confirm(proven, now=clock.time)
        db.session.commit()

        assert (free.status, proven.status) == (CONFIRMED, CONFIRMED)


@pytest.mark.parametrize(("policy", "limit"), [("mail", 300), ("open", 1)])
def test_in_the_last_three_hours_an_unproven_place_is_held_for_its_letter(
    make_app, clock, policy, limit
):
    with make_app(NETWORK_REPLIES=limit).app_context():
        build = Builders(clock)
        event = build.event(capacity=1, starts_at=SOON, reply_policy=policy)
        comes = build.guest(event, "Comes")
        rsvps.confirm(comes, now=clock.time)
        other, waits = [build.guest(event, network="192.0.2.7") for _ in range(2)]
        clock.moves(hours=8)
        leaves(other, clock)
        leaves(comes, clock)

        assert (waits.status, last_letter(waits).kind) == (HELD, "rsvp-confirm")
        rsvps.confirm(waits, now=clock.time)
        db.session.commit()
        assert waits.status is CONFIRMED


def test_seats_kept_for_a_party_are_not_taken_by_others_who_wait(build, clock):
    event = build.event(capacity=6)
    leaves = build.guest(event, "Leaves", party_size=2)
    build.guest(event, "Stays", party_size=4)
    family = build.guest(event, "Family", party_size=4)
    couple = build.guest(event, "Couple", party_size=2)
    family.passed = 3
    db.session.commit()
    rsvps.withdraw(leaves, now=clock.time)
    db.session.commit()

    rsvps.confirm(couple, now=clock.time, by_letter=False)
    db.session.commit()

    assert couple.status is WAITING
    assert guests.free_for(couple, guests.house(event, clock.time), clock.time) == 0
    assert guests.free_for(family, guests.house(event, clock.time), clock.time) == 2


def test_a_seat_is_counted_as_passed_once_though_offered_and_taken(build, clock):
    event = build.event(capacity=2)
    seated = [build.guest(event, f"Seated{n}") for n in range(2)]
    family, small = build.guest(event, "Family", party_size=2), build.guest(event, "S")
    leaves(seated[0], clock)

    rsvps.confirm(small, now=clock.time)
    db.session.commit()

    assert (small.status, family.passed) == (CONFIRMED, 1)


def test_guests_who_grow_pass_over_who_waits(build, clock):
    event = build.event(capacity=4)
    early = build.guest(event, "Early")
    other = build.guest(event, "Other", party_size=3)
    family = build.guest(event, "Family", party_size=3)
    amendments.change_party(other, 2, now=clock.moves(minutes=1))

    amendments.change_party(early, 2, now=clock.time)
    db.session.commit()

    assert family.passed == 1


def test_an_undo_in_the_last_hour_gives_the_seat_back(build, clock):
    event = build.event(capacity=1, starts_at=SOON)
    comes = build.guest(event, "Comes")
    build.guest(event, "Waits")
    clock.moves(hours=9, minutes=10)
    leaves(comes, clock)

    rsvps.come_back(comes, now=clock.moves(minutes=1))

    assert comes.status is CONFIRMED


def test_fewer_of_those_who_wait_need_no_leave(build, clock, full):
    _, _, one = full
    amendments.change_party(one, 3, now=clock.time, would_wait=True)

    amendments.change_party(one, 2, now=clock.time)
    db.session.commit()

    assert (one.party_size, one.party_wanted) == (1, 2)


def test_one_hold_is_half_an_hour_in_all(build, clock):
    event = build.event(capacity=1, reply_policy=ReplyPolicy.MAIL)
    held = build.guest(event, "Held")
    rsvps.withdraw(held, now=clock.moves(minutes=5))
    rsvps.come_back(held, now=clock.moves(minutes=1))
    db.session.commit()
    assert held.held_until == NOON + timedelta(minutes=30)
    assert guests.house(event, clock.time).seats_free == 0

    rsvps.come_back(held, now=clock.moves(minutes=31))
    db.session.commit()

    assert held.status is RsvpStatus.HELD
    assert guests.house(event, clock.time).seats_free == 1


def test_where_letters_prove_addresses_an_undo_is_no_proof(build, clock):
    event = build.event(capacity=1, reply_policy=ReplyPolicy.MAIL)
    comes = build.guest(event, "Comes")
    rsvps.confirm(comes, now=clock.time)
    waits = build.guest(event, "Waits")
    leaves(comes, clock)
    assert waits.status is OFFERED

    rsvps.withdraw(waits, now=clock.time)
    rsvps.come_back(waits, now=clock.moves(minutes=1))
    db.session.commit()

    assert waits.status is RsvpStatus.HELD


def test_a_hold_in_looks_gets_no_seat_by_another_address(build, clock):
    asks = {"reply_policy": ReplyPolicy.MAIL, "capacity": 2}
    held = [
        build.guest(
            build.event(f"by-mail-{n}", **asks), address="bot@example.org", party_size=2
        )
        for n in range(4)
    ]
    faster = build.guest(held[3].event, "Faster", party_size=2)

    amendments.correct_address(held[3], build.reply(party_size=2), now=clock.time)
    db.session.commit()

    assert (faster.status, held[3].holds_seat) == (RsvpStatus.HELD, False)
    assert guests.house(held[3].event, clock.time).seats_taken == 2


def test_erasing_at_a_postponed_event_leaves_no_ghost(build, clock, full):
    event, four, _ = full
    events.postpone(event, Words(fr="Pluie"), actor="test", now=clock.time)

    rsvps.erase(four, now=clock.moves(days=9))
    db.session.commit()

    assert four.status is RsvpStatus.CANCELLED
    assert guests.house(event, clock.time).seats_taken == 1


def test_an_old_question_s_letter_does_not_make_silence_count(asked, clock):
    silent, _, waits = asked
    silent.asked_at = clock.time + timedelta(hours=1)
    db.session.commit()

    time_passes(clock, days=1, hours=2)

    assert (silent.status, waits.status) == (CONFIRMED, WAITING)


def test_whoever_replies_anew_stands_behind_all_who_wait_in_the_same_second(build, now):
    event = build.event("opening", capacity=1)
    build.guest(event, "Ada")
    ben = build.guest(event, "Ben", address="ben@example.org")
    rsvps.withdraw(ben, now=now)
    db.session.commit()
    cleo = build.guest(event, "Cleo")

    again = build.guest(event, "Ben", address="ben@example.org")

    assert again.id == ben.id < cleo.id
    assert [one.id for one in waiting_list.queue(event)] == [cleo.id, ben.id]
