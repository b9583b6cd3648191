"""Past the limit of an address its letters gather in one, true when it goes."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import icalendar
import pytest
from sqlalchemy import func, select, update

from festival.domain.admission import RsvpStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.mail import letters as written_letters
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp
from festival.services import amendments, events, gathering, parts, retention, rsvps
from tests.builders import everything
from tests.conftest import NOON, both_databases

ADA = "ada@example.org"


def unsent(address: str = ADA) -> list[Letter]:
    db.session.expire_all()
    waiting = select(Letter).where(
        Letter.recipient == address, Letter.status == LetterStatus.WAITING
    )
    return list(db.session.scalars(waiting.order_by(Letter.id)))


def gathered(address: str = ADA) -> Letter:
    """The one letter in which the rest of an address gathers."""
    (letter,) = (each for each in unsent(address) if each.facts.get("gathered"))
    return letter


def listed(letter: Letter) -> dict[str, str]:
    """How the letter says that each reply stands, by its event."""
    return {
        each["event"]["slug"]: each["reply"]["status"]
        for each in letter.facts["replies"]
    }


def goes(letter: Letter, clock):
    """The letter as it is sent."""
    message = written_letters.written(letter, clock())
    read = message_from_bytes(message.as_bytes(), policy=default)
    text = read.get_body(("plain",)).get_content().replace("\u00a0", " ")
    return read, text


@pytest.fixture
def many(build):
    """Replies of one address to as many events; the fourth letter is one too many."""

    def replies(number: int = 5, address: str = ADA, **facts):
        return [
            build.guest(
                build.event(
                    f"event-{address.partition('@')[0]}-{n}",
                    starts_at=build.clock() + timedelta(days=7 + n),
                    **facts,
                ),
                address=address,
                party_size=2,
            )
            for n in range(number)
        ]

    return replies


@both_databases
def test_three_letters_go_and_the_rest_in_one_when_the_hour_is_over(many, now):
    many(6)

    assert [letter.kind for letter in unsent()] == [
        *["rsvp-confirmed"] * 3,
        "ticket-again",
    ]
    letter = gathered()
    assert letter.due_at == now + timedelta(hours=1)
    assert listed(letter) == {f"event-ada-{n}": "confirmed" for n in (3, 4, 5)}


@both_databases
def test_500_replies_in_one_name_are_three_letters_and_one_that_waits(build, clock):
    for number in range(25):
        event = build.event(f"event-{number}")
        for _ in range(4):
            build.guest(event, address=ADA)

    counted = select(func.count(Letter.id)).where(
        Letter.status == LetterStatus.WAITING, Letter.due_at <= clock()
    )
    assert db.session.scalars(counted).one() <= 3
    assert len(gathered().facts["replies"]) >= 22


@both_databases
def test_each_exact_address_has_a_letter_of_its_own_under_one_limit(many, now):
    many(3)
    for tag in ("+a", "+b"):
        many(2, address=f"ada{tag}@example.org")

    for tag in ("+a", "+b"):
        letter = gathered(f"ada{tag}@example.org")
        assert letter.due_at >= now + timedelta(hours=1)
        assert set(listed(letter)) == {f"event-ada{tag}-0", f"event-ada{tag}-1"}


@both_databases
def test_it_is_written_anew_whenever_one_of_its_replies_changes(many, build, clock):
    replies = many(6)
    later = clock.moves(minutes=5)

    rsvps.withdraw(replies[3], now=later)
    db.session.commit()
    assert listed(gathered())["event-ada-3"] == "cancelled"

    amendments.change_party(replies[4], 1, now=later)
    db.session.commit()
    sizes = [each["reply"]["party_size"] for each in gathered().facts["replies"]]
    assert sizes == [2, 1, 2]

    moved = replies[5].event.starts_at + timedelta(days=1)
    events.revise(replies[5].event, actor="test", now=later, starts_at=moved)
    db.session.commit()
    assert gathered().facts["replies"][2]["event"]["starts_at"] == moved.isoformat()

    events.cancel(replies[4].event, Words(), actor="test", now=later)
    db.session.commit()
    read, text = goes(gathered(), clock)
    assert read["Subject"] == "Vos billets"
    assert "Votre inscription est annulée." in text
    assert "ce rendez-vous est annulé" in text


@both_databases
def test_one_that_is_erased_is_not_in_it_nor_in_any_letter(many, clock):
    replies = many(5)
    gathering.send_again(replies, "fr", now=clock())
    db.session.execute(
        update(Letter)
        .where(Letter.kind == "rsvp-confirmed")
        .values(status=LetterStatus.SENT, final_at=clock())
    )
    db.session.commit()
    assert len(listed(gathered())) == 5

    for left in (4, 3, 2, 1):
        rsvps.erase(replies[5 - left - 1], now=clock())
        db.session.commit()
        assert len(listed(gathered())) == left
        assert gathered().rsvp_id == replies[5 - left].id
    rsvps.erase(replies[4], now=clock())
    db.session.commit()

    assert unsent() == []
    assert [facts for facts in db.session.scalars(select(Letter.facts)) if facts] == []


@both_databases
def test_a_relay_that_has_it_in_hand_is_not_written_under(many, clock):
    replies = many(4)
    first = gathered()
    first.lease, first.leased_until = "relay", clock() + timedelta(minutes=5)
    db.session.commit()

    rsvps.withdraw(replies[3], now=clock())
    db.session.commit()

    db.session.refresh(first)
    assert first.status is LetterStatus.SUPERSEDED
    assert listed(first) == {"event-ada-3": "confirmed"}
    second = gathered()
    assert (second.due_at, listed(second)) == (
        first.due_at,
        {"event-ada-3": "cancelled"},
    )


@both_databases
def test_what_comes_before_it_has_gone_joins_it_even_late(many, build, clock):
    many(4)
    due = gathered().due_at
    clock.moves(hours=2)

    build.guest(build.event("late"), address=ADA)

    assert gathered().due_at == due
    assert set(listed(gathered())) == {"event-ada-3", "late"}


@both_databases
def test_held_offered_and_asked_for_replies_can_be_answered_from_it(many, build, clock):
    many(3)
    held = build.guest(
        build.event("held", reply_policy="mail"), address=ADA, party_size=2
    )
    known = build.guest(build.event("known"), address=ADA, party_size=1)
    build.guest(known.event, "Eve", address=ADA, party_size=4)
    full = build.event("full", capacity=2)
    first = build.guest(full, party_size=2)
    waits = build.guest(full, address=ADA, party_size=2)
    rsvps.withdraw(first, now=clock())
    db.session.commit()

    assert waits.status is RsvpStatus.OFFERED
    letter = gathered()
    assert listed(letter) == {
        "held": "held",
        "known": "confirmed",
        "full": "offered",
    }
    read, text = goes(letter, clock)
    assert "Nous vous gardons 2 places jusqu’au" in text
    assert "Vous aviez déjà 1 place ; vous en demandez 4." in text
    assert text.count("/confirm") == 2
    assert text.count("/erase") == 3
    assert text.count("/silence") == 1
    (file,) = read.iter_attachments()
    calendar = icalendar.Calendar.from_ical(file.get_payload(decode=True))
    assert calendar["METHOD"] == "PUBLISH"
    assert [event["UID"] for event in calendar.events] == [known.event.uid]
    assert held.status is RsvpStatus.HELD


@both_databases
def test_offers_reminders_and_word_of_an_event_never_wait(many, build, clock):
    many(4)
    full = build.event("full", capacity=1)
    first = build.guest(full)
    build.guest(full, address=ADA)
    clock.moves(minutes=1)

    rsvps.withdraw(first, now=clock())
    events.cancel(full, Words(), actor="test", now=clock())
    db.session.commit()

    at_once = [letter.kind for letter in unsent() if letter.due_at <= clock()]
    assert at_once == [*["rsvp-confirmed"] * 3, "event-cancelled"]


@both_databases
def test_an_address_that_was_mistyped_gets_no_list_of_who_left(many, build, clock):
    replies = many(5, address="ada@exmaple.org")

    for rsvp in replies[3:]:
        amendments.correct_address(rsvp, build.reply("Ada", address=ADA), now=clock())
        db.session.commit()

    assert [letter.kind for letter in unsent("ada@exmaple.org")] == [
        "rsvp-confirmed"
    ] * 3
    assert len(unsent()) == 2


# An address mended


@pytest.fixture
def reading_house(make_app):
    with make_app(
        CALENDAR_ADDRESS="agenda@halle.example",
        MAILBOX_SERVER="127.0.0.1",
        MAILBOX_USERNAME="agenda",
        MAILBOX_PASSWORD="agenda",
    ).app_context():
        yield


@pytest.mark.parametrize(
    ("status", "known", "posted"),
    [
        (LetterStatus.SENT, False, ["rsvp-confirmed", "taken-away"]),
        (LetterStatus.SENT, True, ["rsvp-confirmed", "taken-away"]),
        (LetterStatus.WAITING, False, ["rsvp-confirmed"]),
        (LetterStatus.FAILED, False, ["rsvp-confirmed"]),
    ],
)
def test_an_invitation_that_went_to_a_mistyped_address_is_taken_back(
    reading_house, clock, status, known, posted
):
    from tests.builders import Builders  # noqa: PLC0415

    build = Builders(clock)
    event = build.event()
    if known:
        build.guest(event, "Ada", address=ADA)
    rsvp = build.guest(event, "Ada", address="ada@exmaple.org")
    ours = update(Letter).where(Letter.rsvp_id == rsvp.id)
    db.session.execute(ours.values(status=status))
    db.session.commit()

    amendments.correct_address(rsvp, build.reply("Ada", address=ADA), now=clock())
    db.session.commit()

    went = select(Letter).where(Letter.recipient == "ada@exmaple.org")
    found = db.session.scalars(went.order_by(Letter.id)).all()
    assert [letter.kind for letter in found] == posted
    if "taken-away" in posted:
        assert found[-1].facts["calendar"]["method"] == "CANCEL"
        assert "reply" not in found[-1].facts


# Several at once


@both_databases
def test_several_new_tickets_are_one_letter(many, build, clock):
    replies = many(4)
    known = build.guest(build.event("known"), address=ADA)
    again = build.guest(known.event, "Eve", address=ADA, party_size=3)

    gathering.write_tickets([*replies, again], now=clock())
    db.session.commit()

    (letter,) = unsent()
    assert (letter.kind, letter.due_at) == ("ticket-again", clock())
    read, text = goes(letter, clock)
    assert read["Subject"].replace("\u00a0", " ") == "C’est noté : 5 billets"
    assert text.count("Code pour l’entrée") == 5
    assert "Vous aviez déjà 1 place ; vous en demandez 3." in text
    (file,) = read.iter_attachments()
    calendar = icalendar.Calendar.from_ical(file.get_payload(decode=True))
    assert (calendar["METHOD"], len(calendar.events)) == ("PUBLISH", 5)


@both_databases
def test_past_the_limit_new_tickets_gather_too(many, build, clock):
    many(4)
    replies = [build.guest(build.event(f"part-{n}"), address=ADA) for n in range(2)]

    gathering.write_tickets(replies, now=clock())
    db.session.commit()

    assert set(listed(gathered())) == {"event-ada-3", "part-0", "part-1"}


@pytest.mark.parametrize(("number", "files"), [(8, 1), (9, 0), (45, 0)])
def test_a_letter_of_many_tickets_is_light(many, build, clock, number, files):
    replies = many(8, venue=build.venue(), summary=Words(fr="Un mot. " * 40))
    gathering.write_tickets(replies, now=clock())
    db.session.commit()
    (letter,) = unsent()
    facts = (letter.facts["replies"] * 6)[:number]
    letter.facts = {**letter.facts, "replies": facts}

    read, text = goes(letter, clock)

    assert len(bytes(read)) < 30_000
    assert text.count("Code pour l’entrée") == min(number, 30)
    assert text.count("/erase") == min(number, 30)
    assert ("Et 15 autres ; demandez-les ici" in text) == (number == 45)
    assert len(list(read.iter_attachments())) == files


def test_few_tickets_with_much_to_say_are_told_in_brief(many, build, clock):
    name = Words(fr="Répétition générale très élaborée, été comme hiver")
    long = Words(fr="Été à côté, très élaboré. " * 24)
    link = "https://meet.example/" + "a" * 60
    replies = many(8, venue=build.venue(), name=name, summary=long, online_link=link)
    gathering.write_tickets(replies, now=clock())
    db.session.commit()
    (letter,) = unsent()

    read, text = goes(letter, clock)

    assert len(bytes(read)) < 30_000
    assert text.count("Code pour l’entrée") == 8


def test_nothing_else_is_left_of_a_guest_without_an_address(many, clock):
    (rsvp,) = many(1)
    db.session.execute(update(Rsvp).values(address=None, address_key=None))
    db.session.expire_all()

    gathering.write_tickets([rsvp], now=clock())
    gathering.send_again([rsvp], "fr", now=clock())
    gathering.forget(rsvp, now=clock())
    db.session.commit()

    assert unsent() == []


@both_databases
def test_two_at_once_are_counted_one_after_the_other(app, many, build, now):
    """Guard: ``outbox.hold_mailbox``; PostgreSQL would let both be the third."""
    many(2)
    replies = [
        (build.event(f"at-once-{n}").id, build.reply("Ada", address=ADA))
        for n in range(2)
    ]
    db.session.rollback()
    posted = threading.Barrier(2)

    def respond(event_id, reply):
        with app.app_context():
            rsvps.respond(db.session.get_one(Event, event_id), reply, now=now)
            with suppress(threading.BrokenBarrierError):
                posted.wait(1)  # both have written, if nothing keeps them apart
            db.session.commit()

    threads = [threading.Thread(target=respond, args=each) for each in replies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    at_once = [letter for letter in unsent() if letter.due_at <= now]
    assert len(at_once) == 3
    assert len(listed(gathered())) == 1


# What a hostile reader tried


def leave(clock) -> None:
    """As if a relay had sent what is due."""
    due = update(Letter).where(
        Letter.status == LetterStatus.WAITING, Letter.due_at <= clock()
    )
    db.session.execute(due.values(status=LetterStatus.SENT, final_at=clock()))
    db.session.commit()


def sent() -> int:
    gone = select(func.count(Letter.id)).where(Letter.status == LetterStatus.SENT)
    return db.session.scalars(gone).one()


@both_databases
def test_erasing_does_not_open_the_limit_and_keeps_no_address(build, clock):
    event = build.event()
    for _ in range(6):
        rsvp = build.guest(event, "Zoltan", address="ada+walks@example.org")
        leave(clock)
        retention.forget(rsvp, now=clock())
        db.session.commit()

    assert sent() == 3
    assert not re.search("Zoltan|ada|walks", repr(everything()))

    clock.moves(days=1)
    retention.tidy(clock())
    db.session.commit()
    assert db.session.scalars(select(func.count(Letter.id))).one() == 0
    build.guest(event, address="ada@example.org")
    leave(clock)
    assert sent() == 1


@both_databases
def test_what_is_just_leaving_while_it_is_erased_counts_too(build, clock):
    event = build.event()
    for _ in range(6):
        rsvp = build.guest(event, address=ADA)
        due = update(Letter).where(
            Letter.status == LetterStatus.WAITING, Letter.due_at <= clock()
        )
        in_hand = {"lease": "relay", "leased_until": clock() + timedelta(minutes=5)}
        db.session.execute(due.values(in_hand))
        db.session.commit()
        retention.forget(rsvp, now=clock())
        db.session.commit()

    assert sent() == 3
    kept = db.session.scalars(select(Letter)).first()
    assert (kept.lease, kept.leased_until, kept.facts) == (None, None, {})


@both_databases
def test_whoever_plays_with_an_offer_is_limited_too(build, clock):
    event = build.event(capacity=3)
    first = build.guest(event, "Ben", party_size=3)
    ada = build.guest(event, address=ADA, party_size=3)
    leave(clock)
    rsvps.withdraw(first, now=clock())
    db.session.commit()
    leave(clock)

    for size in (1, 2) * 6:
        amendments.change_party(ada, size, now=clock())
        db.session.commit()
        leave(clock)

    mails = select(func.count(Letter.id)).where(
        Letter.recipient == ADA, Letter.status == LetterStatus.SENT
    )
    assert db.session.scalars(mails).one() == 4  # three that are limited, and the offer
    assert ada.status is RsvpStatus.OFFERED
    _, text = goes(gathered(), clock)
    assert "Nous vous gardons 2 places" in text


@both_databases
def test_several_tickets_drop_nothing_else_that_waits(build, clock):
    """Somebody else's form about a true reply takes back only its like."""
    event, other = build.event(), build.event("other")
    ada = build.guest(event, address=ADA)
    leave(clock)
    events.revise(
        event,
        actor="test",
        now=clock(),
        starts_at=event.starts_at + timedelta(hours=3),
    )
    db.session.commit()

    parts.respond_to([event, other], build.reply("Eve", address=ADA), now=clock())
    db.session.commit()

    assert [letter.kind for letter in unsent()] == ["event-changed", "ticket-again"]

    clock.moves(minutes=2)
    rsvps.withdraw(ada, now=clock())
    db.session.commit()
    parts.respond_to([event], build.reply("Ada", address=ADA), now=clock())
    db.session.commit()
    assert {letter.kind for letter in unsent()} == {"ticket-again"}


@both_databases
@pytest.mark.parametrize("tried", [{"attempts": 1}, {"leased_until": NOON}])
def test_a_list_that_may_have_arrived_is_not_written_over(many, clock, tried):
    replies = many(4)
    first = gathered()
    for name, value in tried.items():
        setattr(first, name, value)
    db.session.commit()

    rsvps.withdraw(replies[3], now=clock())
    db.session.commit()

    db.session.refresh(first)
    assert first.status is LetterStatus.SUPERSEDED
    assert listed(first) == {"event-ada-3": "confirmed"}
    assert gathered().message_id != first.message_id


@both_databases
def test_a_withdrawal_takes_back_its_invitation_past_the_limit_too(
    make_app, build, clock
):
    reads = {
        "CALENDAR_ADDRESS": "agenda@halle.example",
        "MAILBOX_SERVER": "127.0.0.1",
        "MAILBOX_USERNAME": "agenda",
        "MAILBOX_PASSWORD": "agenda",
    }
    with make_app(**reads).app_context():
        first = build.event(capacity=3)
        ada = build.guest(first, address=ADA)
        leave(clock)
        for size in (2, 3):
            amendments.change_party(ada, size, now=clock())
            db.session.commit()
            leave(clock)

        rsvps.withdraw(ada, now=clock())
        db.session.commit()

        (letter,) = unsent()
        assert letter.kind == "rsvp-withdrawn"
        assert letter.due_at == clock() + timedelta(hours=1)
        read, _ = goes(letter, clock)
        assert "METHOD:CANCEL" in str(read)

        clock.moves(minutes=1)
        build.guest(first, "Ben", party_size=3)  # takes what was free
        rsvps.come_back(ada, now=clock())
        db.session.commit()

        (letter,) = unsent()
        assert letter.kind == "rsvp-waiting"
        assert letter.facts["calendar"]["method"] == "CANCEL"
        assert letter.due_at == clock() + timedelta(minutes=59)
