"""Every letter comes to an end, and only its own relay says which."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from jinja2 import DictLoader
from sqlalchemy import update

from festival.extensions import db
from festival.mail import relay, wire
from festival.models.journal import Letter, LetterStatus
from festival.services import outbox
from tests.builders import Builders
from tests.conftest import Clock, both_databases
from tests.mail.conftest import MailServer, Post, drips

ADA, BEN, CLEO = "ada@example.org", "ben@example.org", "cleo@example.org"


def waits_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# What becomes of a letter


@both_databases
def test_letters_that_are_due_arrive_and_are_stamped(
    post: Post, mail_server: MailServer, clock: Clock
) -> None:
    post.letters(ADA, BEN, CLEO)

    assert post.carries()

    assert mail_server.recipients == [ADA, BEN, CLEO]
    assert post.ends() == dict.fromkeys([ADA, BEN, CLEO], "sent")
    ada = post.letter(ADA)
    assert mail_server.taken[0]["Message-ID"] == ada.message_id
    assert (ada.final_at, ada.lease, ada.leased_until) == (clock(), None, None)


def test_many_letters_go_over_one_connection(
    post: Post, mail_server: MailServer
) -> None:
    post.letters(*(f"guest{n}@example.org" for n in range(25)))

    post.carries()

    assert len(mail_server.taken) == 25
    assert mail_server.calls == 1


def test_a_letter_that_is_not_due_yet_stays(
    post: Post, mail_server: MailServer, clock: Clock
) -> None:
    post.letters(ADA)
    db.session.execute(update(Letter).values(due_at=clock() + timedelta(minutes=1)))
    db.session.commit()

    post.carries()
    assert mail_server.recipients == []

    clock.moves(minutes=1)
    post.carries()
    assert mail_server.recipients == [ADA]


def test_a_reminder_that_was_stuck_does_not_go_after_the_start(
    post: Post, mail_server: MailServer, clock: Clock
) -> None:
    for recipient, ahead in ((ADA, 1), (BEN, 3)):
        outbox.post(
            "reminder",
            to=recipient,
            language="fr",
            facts={
                "event": {"starts_at": (clock() + timedelta(hours=ahead)).isoformat()}
            },
            now=clock(),
        )
    db.session.commit()

    clock.moves(hours=2)
    post.carries()

    assert post.ends() == {ADA: "superseded", BEN: "parked"}  # bare: it cannot be built


@both_databases
def test_a_server_that_says_later_is_asked_again_ever_more_rarely_for_a_day_or_so(
    post: Post, mail_server: MailServer, clock: Clock
) -> None:
    mail_server.at_recipient[ADA] = "450 <ada@example.org>: greylisted"
    post.letters(ADA, BEN)

    waits = []
    while post.carries() and post.ends()[ADA] == "waiting":
        ada = post.letter(ADA)
        assert ada.leased_until is not None
        waits.append((ada.leased_until - clock()) / timedelta(minutes=1))
        clock.time = ada.leased_until - timedelta(seconds=1)
        post.carries()
        assert post.letter(ADA).attempts == len(waits)  # not asked before its time
        clock.time = ada.leased_until

    for minutes, wait in zip(relay.AGAIN, waits, strict=True):
        assert 0.75 * minutes <= wait <= 1.25 * minutes
    assert sum(waits) > 24 * 60
    assert post.ends() == {ADA: "failed", BEN: "sent"}
    assert post.letter(ADA).trouble == "450 <…>: greylisted"


@both_databases
def test_a_letter_refused_for_good_fails_and_the_others_go_on(
    post: Post, mail_server: MailServer
) -> None:
    """Guard: ``Refused`` ends a letter."""
    mail_server.at_recipient[ADA] = "550 5.1.1 <ada@example.org> User unknown"
    mail_server.at_letter[BEN] = "554 looks like spam"
    post.letters(ADA, BEN, CLEO)

    assert post.carries()

    assert post.ends() == {ADA: "failed", BEN: "failed", CLEO: "sent"}
    assert post.letter(ADA).trouble == "550 5.1.1 <…> User unknown"
    assert post.letter(BEN).trouble == "554 looks like spam"
    assert mail_server.recipients == [CLEO]


@both_databases
def test_a_letter_that_cannot_be_built_is_parked_and_the_others_go_on(
    post: Post, mail_server: MailServer
) -> None:
    """Guard: whatever goes wrong in writing a letter parks it."""
    post.letters(ADA, kind="no-such-letter")
    post.letters("two@lines\r\nBcc: all@example.org")
    post.letters(BEN, kind="rsvp-confirmed")  # without its facts
    post.letters(CLEO)

    assert post.carries()

    assert [*post.ends().values()] == ["parked", "parked", "parked", "sent"]
    assert mail_server.recipients == [CLEO]
    assert post.letter(ADA).trouble.startswith("LookupError at letters.py:")
    assert re.fullmatch(r"\w+Error at [\w.-]+:\d+", post.letter(BEN).trouble)
    assert "example.org" not in post.letter(BEN).trouble


def test_a_missing_template_is_no_trouble_with_the_wire(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard: writing a letter is apart from carrying it: its ``OSError`` parks."""
    monkeypatch.setattr(post.app.jinja_env, "loader", DictLoader({}))
    post.letters(ADA)

    assert post.carries()

    assert post.ends() == {ADA: "parked"}


@both_databases
def test_a_superseded_letter_is_not_sent_even_when_it_was_claimed_already(
    post: Post, mail_server: MailServer, build: Builders, clock: Clock
) -> None:
    """Guard: taking in hand asks for the status once more."""
    event = build.event()
    ada = build.guest(event, "Ada")
    post.letters(BEN)
    first, second = db.session.query(Letter).order_by(Letter.id)
    first.due_at = second.due_at + timedelta(seconds=1)  # Ben's goes before Ada's
    db.session.commit()
    clock.moves(seconds=1)
    ada_id, app = ada.id, post.app

    def changes_her_mind() -> None:
        def supersede() -> None:
            with app.app_context():
                outbox.supersede(ada_id, now=clock())
                db.session.commit()

        other = threading.Thread(target=supersede)
        other.start()
        other.join()

    mail_server.before_answering = changes_her_mind
    post.carries()

    assert mail_server.recipients == [BEN]
    assert [*post.ends().values()] == ["superseded", "sent"]


# When the wire is down


@both_databases
def test_trouble_with_the_connection_is_not_counted(
    post: Post, mail_server: MailServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard: an ``OSError`` counts against no letter."""
    state = post.app.extensions["mail"]
    monkeypatch.setattr(state, "port", 1)  # nobody listens there
    post.letters(ADA, BEN)

    for _ in range(20):
        assert not post.carries()
        clock.moves(minutes=2)

    assert post.ends() == {ADA: "waiting", BEN: "waiting"}
    assert post.letter(ADA).attempts == 0

    monkeypatch.setattr(state, "port", mail_server.port)
    assert post.carries()
    assert sorted(mail_server.recipients) == [ADA, BEN]


def test_a_server_that_takes_few_letters_a_call_is_called_again(
    post: Post, mail_server: MailServer
) -> None:
    """Guard: the second try, on a new line."""
    mail_server.letters_a_call = 2
    post.letters(*(f"guest{n}@example.org" for n in range(5)))

    assert post.carries()

    assert len(mail_server.taken) == 5
    assert mail_server.calls == 3


def test_a_letter_over_which_the_server_hangs_up_lets_the_others_go_first(
    post: Post, mail_server: MailServer, clock: Clock
) -> None:
    """Guards: ``BrokenOff`` puts the letter off for a ``MISHAP``; it counts nothing."""
    mail_server.at_recipient[ADA] = "hangs up"
    post.letters(ADA, BEN, CLEO)

    assert not post.carries()
    assert post.ends() == dict.fromkeys([ADA, BEN, CLEO], "waiting")

    assert post.carries()
    assert post.ends() == {ADA: "waiting", BEN: "sent", CLEO: "sent"}
    assert post.letter(ADA).attempts == 0

    del mail_server.at_recipient[ADA]
    clock.moves(minutes=1)
    assert post.carries()
    assert post.ends()[ADA] == "sent"


@both_databases
def test_letters_over_which_the_line_breaks_again_and_again_block_no_others(
    post: Post, mail_server: MailServer, clock: Clock
) -> None:
    """Guards: what was put off goes last and in turn; giving back keeps the turn;
    ``BrokenOff`` counts nothing.
    """
    bad = [f"bad{n}@example.org" for n in range(6)]
    mail_server.at_recipient = dict.fromkeys(bad, "hangs up")
    mail_server.at_recipient[ADA] = "450 greylisted"
    post.letters(ADA)
    post.carries()  # Ada's is put off for a minute, and then comes after the bad ones
    del mail_server.at_recipient[ADA]
    post.letters(*bad)
    post.letters(BEN)

    for _ in range(4):  # each time the line breaks, and the relay waits longer
        assert not post.carries()
        clock.moves(seconds=30)
        post.letters(f"new{clock().timestamp():.0f}@example.org")
    for _ in range(12):
        post.carries()
        clock.moves(seconds=30)

    ends = post.ends()
    assert {ends.pop(address) for address in bad} == {"waiting"}
    assert ends == dict.fromkeys(ends, "sent")
    assert post.letter(bad[0]).attempts == 0


def test_a_letter_that_the_server_finds_too_large_fails(
    post: Post, mail_server: MailServer
) -> None:
    """Guard: 552 to MAIL FROM is about the letter."""
    mail_server.at_sender = "552 too large"
    post.letters(ADA)

    assert post.carries()

    assert post.ends() == {ADA: "failed"}


def test_a_server_that_refuses_our_own_address_is_no_fault_of_the_letters(
    post: Post, mail_server: MailServer
) -> None:
    """Guard: any other answer to MAIL FROM is about the house."""
    mail_server.at_sender = "550 who are you?"
    post.letters(ADA)

    assert not post.carries()

    assert post.ends() == {ADA: "waiting"}


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 2), (4, 16), (5, 30), (50_000, 30)]
)
def test_a_wire_that_stays_down_is_tried_twice_a_minute_for_ever(failures, seconds):
    """Guard: ``patience`` has an upper end."""
    assert relay.patience(failures) == seconds


def test_a_server_that_will_not_have_us_at_all_is_no_fault_of_the_letters(
    post: Post, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard: no login is trouble with the wire, and parks nothing."""
    monkeypatch.setattr(post.app.extensions["mail"], "username", "halle")
    monkeypatch.setattr(post.app.extensions["mail"], "password", "wrong")
    post.letters(ADA)

    assert not post.carries()

    assert post.ends() == {ADA: "waiting"}


# When nobody knows whether the server has it


@both_databases
def test_a_server_that_thinks_long_over_a_letter_is_waited_for(
    post: Post, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard: ``DICTATING``, more patience once the server takes dictation."""
    monkeypatch.setattr(wire, "PATIENCE", 0.2)
    mail_server.seconds_after = 0.5
    post.letters(ADA, BEN)

    assert post.carries()

    assert post.ends() == {ADA: "sent", BEN: "sent"}
    assert mail_server.recipients == [ADA, BEN]


@both_databases
def test_a_letter_to_which_no_answer_was_heard_is_not_sent_again_at_once(
    post: Post,
    mail_server: MailServer,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Guard: ``Unheard`` is a "later", and counts."""
    monkeypatch.setattr(wire, "DICTATING", 0.3)
    post.letters(ADA, BEN)
    mail_server.before_answering = lambda: setattr(mail_server, "seconds_after", 1)

    post.carries()  # Ada's goes, then Ben's: the server has it, we hear no yes
    ben = post.letter(BEN)
    assert (ben.status, ben.attempts, ben.trouble) == (
        "waiting",
        1,
        "no answer to the letter",
    )
    post.carries()
    clock.moves(seconds=30)
    post.carries()
    assert mail_server.dictated == 2

    for _ in relay.AGAIN:
        mail_server.at_letter[BEN] = "hangs up"
        mail_server.seconds_after = 0
        clock.moves(minutes=2000)
        post.carries()
    assert post.ends() == {ADA: "sent", BEN: "failed"}
    assert mail_server.dictated == 2 + len(relay.AGAIN)


def test_a_server_that_drips_is_not_listened_to_for_ever(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard: the line's deadline, which cuts it."""
    monkeypatch.setattr(wire, "ADDRESSING", 0.5)
    with drips(b"220-", b"x") as port:
        monkeypatch.setattr(post.app.extensions["mail"], "port", port)
        post.letters(ADA)
        began = time.monotonic()

        assert not post.carries()

    assert 0.4 < time.monotonic() - began < 3
    assert post.ends() == {ADA: "waiting"}


def test_a_letter_is_in_hand_for_longer_than_the_wire_has_patience():
    """Guard: the two figures themselves."""
    whole = timedelta(seconds=wire.ADDRESSING + wire.DICTATING + wire.PATIENCE)

    assert whole < relay.IN_HAND


# Whose letter it is


@both_databases
def test_a_letter_whose_lease_was_taken_over_is_not_stamped(
    post: Post, mail_server: MailServer, clock: Clock
) -> None:
    """Guard: whatever is written of a letter asks for our own lease; so does giving
    back, else the relay never came to an end.
    """
    app = post.app

    def another_relay_takes_over() -> None:
        def take() -> None:
            with app.app_context():
                db.session.execute(update(Letter).values(lease="somebody else's"))
                db.session.commit()

        other = threading.Thread(target=take)
        other.start()
        other.join()

    mail_server.before_answering = another_relay_takes_over
    post.letters(ADA, BEN)

    post.carries()

    assert mail_server.recipients == [ADA]  # Ben's was not ours to send any more
    assert post.ends() == {ADA: "waiting", BEN: "waiting"}
    assert post.letter(ADA).lease == "somebody else's"


@both_databases
def test_what_a_dead_relay_had_in_hand_is_sent_when_its_lease_is_over(
    post: Post, mail_server: MailServer, clock: Clock
) -> None:
    """Guards: ``IN_HAND``, while it may be on its way; a lease that is over is
    anybody's.
    """
    post.letters(ADA)
    batch = relay._claim()
    assert relay._take_in_hand(batch.letters[0])

    post.carries()
    assert mail_server.recipients == []

    clock.time += relay.IN_HAND
    post.carries()
    assert mail_server.recipients == [ADA]


@both_databases
def test_a_letter_taken_in_hand_while_a_clock_was_ahead_goes_when_it_is_right(
    post: Post, mail_server: MailServer, clock: Clock
) -> None:
    """Guard: ``LONGEST``: a lease that ends later than any could counts as over."""
    post.letters(ADA)
    right = clock()
    clock.moves(days=3650)
    assert relay._take_in_hand(relay._claim().letters[0])
    clock.time = right

    post.carries()

    assert mail_server.recipients == [ADA]
    assert post.ends() == {ADA: "sent"}


@both_databases
def test_several_relays_side_by_side_send_each_letter_once(
    post: Post, mail_server: MailServer
) -> None:
    """Guards: a claim passes by what is leased. And either of two on PostgreSQL: the
    other relay's rows are locked (``SKIP LOCKED``), or a letter's lease is asked for
    once more before it goes; without both it fails.
    """
    post.letters(*(f"guest{n}@example.org" for n in range(60)))
    app = post.app

    def carries() -> None:
        with app.app_context():
            relay.carry()

    relays = [threading.Thread(target=carries) for _ in range(4)]
    for thread in relays:
        thread.start()
    for thread in relays:
        thread.join()

    assert set(post.ends().values()) == {"sent"}
    assert len(mail_server.taken) == len(set(mail_server.message_ids)) == 60


# The thread


@both_databases
def test_a_relay_wakes_when_a_letter_is_posted_in_its_process(
    app: Flask, post: Post, mail_server: MailServer
) -> None:
    running = relay.start(app)
    try:
        time.sleep(0.3)  # it has looked, and sleeps for half a minute
        post.letters(ADA)
        waits_until(lambda: mail_server.recipients == [ADA])
    finally:
        running.stop()


def test_a_letter_that_was_rolled_back_never_goes(
    post: Post, mail_server: MailServer, clock: Clock
) -> None:
    outbox.post("ticket-again", to=ADA, language="fr", facts={}, now=clock())
    db.session.flush()
    db.session.rollback()

    post.carries()

    assert mail_server.recipients == []


def test_a_relay_that_is_stopped_finishes_the_letter_in_hand_and_gives_the_rest_back(
    app: Flask, post: Post, mail_server: MailServer
) -> None:
    """Guards: ``stopping`` is asked between two letters; ``_give_back``; ``stop`` waits
    for its thread.
    """
    mail_server.seconds = 0.3
    post.letters(ADA, BEN, CLEO)
    running = relay.start(app)
    waits_until(lambda: mail_server.calls)
    time.sleep(0.1)

    began = time.monotonic()
    running.stop()

    assert time.monotonic() - began < 1
    assert post.ends() == {ADA: "sent", BEN: "waiting", CLEO: "waiting"}
    assert post.letter(BEN).lease is None
    assert post.letter(BEN).leased_until is None


def test_an_idle_relay_stops_at_once_and_twice_is_once(app: Flask) -> None:
    running = relay.start(app)
    time.sleep(0.2)

    began = time.monotonic()
    running.stop()
    running.stop()

    assert time.monotonic() - began < 1
    assert not any(thread.is_alive() for thread in running._threads)


def test_with_the_relay_off_a_web_process_carries_nothing(
    make_app: Callable[..., Flask], clock: Clock, mail_server: MailServer
) -> None:
    app = make_app(RELAY=False, MAIL_PORT=mail_server.port)
    with app.app_context():
        Post(app, clock).letters(ADA)

        running = relay.start(app)
        time.sleep(0.2)
        running.stop()

        assert mail_server.recipients == []


def test_nothing_that_goes_wrong_kills_the_relay(
    app: Flask,
    post: Post,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Guard: ``_try`` around each deed of the two threads."""
    monkeypatch.setattr(relay, "PAUSE", 0.02)
    real = relay._claim

    def fails(*_args: object, **_facts: object) -> None:
        raise RuntimeError("of a colour out of space")

    monkeypatch.setattr(relay, "_claim", fails)
    monkeypatch.setattr("festival.queries.waiting_list.events_due", fails)
    monkeypatch.setattr("festival.services.leases.give_back", fails)
    monkeypatch.setattr("festival.mail.kept.sweep", fails)
    post.letters(ADA)
    running = relay.start(app)
    try:
        time.sleep(0.2)
        assert all(thread.is_alive() for thread in running._threads)
        monkeypatch.setattr(relay, "_claim", real)
        waits_until(lambda: mail_server.recipients == [ADA])
    finally:
        running.stop()


def test_the_wire_is_patient_but_not_for_ever() -> None:
    assert relay.IN_HAND.total_seconds() > wire.PATIENCE
    assert relay.CLAIM < relay.IN_HAND
    assert LetterStatus.SENT is wire.Wire.carried
