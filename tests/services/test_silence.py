"""Who wants no letters gets none, and nobody else learns of it: on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.mail import relay
from festival.models.journal import Letter, LetterStatus, Suppression
from festival.models.rsvps import Rsvp
from festival.queries.silence import is_silenced, mailbox_of, seals
from festival.services import events, reminders, retention, rsvps, silence
from festival.services.erasures import Erasure
from tests.builders import everything
from tests.conftest import both_databases
from tests.visitor import link_of

ADA = "Ada+walks@Example.org"


def letters(*statuses: str) -> list[tuple[str, str]]:
    """Letters in the order they were written: kind, status."""
    db.session.rollback()
    return [
        (letter.kind, letter.status.value)
        for letter in db.session.scalars(select(Letter).order_by(Letter.id))
        if not statuses or letter.status.value in statuses
    ]


@pytest.fixture
def ada(build):
    return build.guest(build.event(), "Ada", address=ADA)


def silenced(rsvp: Rsvp, clock) -> None:
    silence.silence(rsvp, now=clock.time)
    db.session.commit()


@both_databases
def test_what_waits_for_the_address_is_not_sent(build, clock, ada):
    other = build.event("other")
    build.guest(other, "Ada", address="ada@example.org")
    change = Words(fr="Trop de neige", en="Too much snow")
    events.cancel(other, change, actor="test", now=clock.time)  # counted by no limit
    db.session.commit()
    build.guest(ada.event, "Bob")

    silenced(ada, clock)

    assert letters("waiting") == [("rsvp-confirmed", "waiting")]
    assert letters("silenced") == [
        ("rsvp-confirmed", "silenced"),
        ("event-cancelled", "silenced"),
    ]


@both_databases
def test_nothing_more_is_written_to_it_however_it_is_typed(build, clock, ada):
    silenced(ada, clock)

    later = build.guest(build.event("other"), "Eve", address="ADA+x@example.org")
    rsvps.withdraw(ada, now=clock.time)
    db.session.commit()

    assert {status for _, status in letters()} == {"silenced"}
    assert not later.letters_off  # whoever typed it learns nothing
    assert is_silenced("ada@example.org")
    assert not is_silenced("adam@example.org")


def test_the_old_links_of_the_reply_open_nothing(clock, ada):
    before = ada.version
    silenced(ada, clock)
    silenced(ada, clock)  # twice is once

    assert (ada.letters_off, ada.version) == (True, before + 1)


def test_what_is_kept_of_it_is_a_seal(build, clock, ada):
    silenced(ada, clock)

    (row,) = everything()["suppression"]
    assert not any(
        "ada" in str(value).lower() and "example" in str(value) for value in row
    )
    assert mailbox_of(ADA) == "ada@example.org"


def test_an_earlier_key_s_seal_still_counts(make_app, build, clock, ada):
    silenced(ada, clock)
    old = "k3y-of-the-tests-0123456789-abcdefghij"

    for keys, found in (((old,), True), ((), False)):
        renewed = make_app(
            SECRET_KEY="an0ther-k3y-of-the-tests-9876543210",
            SECRET_KEY_FALLBACKS=keys,
        )
        with renewed.app_context():
            assert is_silenced(ADA) is found


@both_databases
def test_letters_can_be_switched_on_again(build, clock, ada):
    silenced(ada, clock)
    silence.speak_again(ada, now=clock.time)
    db.session.commit()
    assert (ada.letters_off, is_silenced(ADA)) == (False, False)

    rsvps.withdraw(ada, now=clock.time)
    db.session.commit()

    assert letters("waiting") == [("rsvp-withdrawn", "waiting")]


@both_databases
def test_the_ticket_says_that_letters_are_off_and_switches_them_on(
    visitor, build, clock, ada
):
    off = f"Nous n’écrivons plus à {ADA}, comme vous l’avez demandé."
    assert off not in visitor.opens(link_of("manage", ada)).text
    visitor.opens(link_of("silence", ada))
    page = visitor.presses("Ne plus jamais m’écrire")
    assert off in page.text
    rsvps.withdraw(ada, now=clock.time)
    rsvps.come_back(ada, now=clock.moves(minutes=1))
    db.session.commit()
    assert letters("waiting") == []
    assert off in visitor.opens(link_of("manage", ada)).text

    visitor.follows("Recevoir à nouveau nos lettres")
    page = visitor.presses("Recevoir à nouveau nos lettres")

    assert page.path == link_of("manage", ada)
    assert off not in page.text
    visitor.presses("Je ne peux pas venir")
    assert letters("waiting") == [("rsvp-withdrawn", "waiting")]


def test_only_the_reply_whose_letter_was_used_can_switch_them_on(build, clock, ada):
    silenced(ada, clock)
    later = build.guest(build.event("other"), "Eve", address=ADA)

    silence.speak_again(later, now=clock.time)
    db.session.commit()

    assert is_silenced(ADA)


@both_databases
def test_a_held_reply_gets_the_letter_that_was_swallowed(build, clock, ada):
    silenced(ada, clock)
    by_mail = build.event("by-mail", reply_policy=ReplyPolicy.MAIL)
    held = build.guest(by_mail, "Ada", address=ADA)
    lapsed = build.guest(
        build.event("too-late", reply_policy=ReplyPolicy.MAIL), "Ada", address=ADA
    )
    lapsed.held_until = clock.moves(minutes=2)
    db.session.commit()
    assert letters("waiting") == []

    silence.speak_again(ada, now=clock.moves(minutes=3))
    db.session.commit()

    (letter,) = db.session.scalars(
        select(Letter).where(Letter.status == LetterStatus.WAITING)
    )
    assert (letter.kind, letter.rsvp_id) == ("rsvp-confirm", held.id)


def test_reminders_alone_can_be_declined(build, clock, ada):
    before = everything()
    silence.no_more_reminders(ada, now=clock.time)
    db.session.commit()
    once = everything()
    silence.no_more_reminders(ada, now=clock.time)
    db.session.commit()

    assert everything() == once
    assert not ada.wants_reminders
    assert {name for name in once if once[name] != before[name]} == {"rsvp"}


def test_a_reminder_that_waits_is_taken_back_and_no_other_letter(clock, ada):
    clock.moves(days=6)
    reminders.remind_due(clock.time, at_most=9)
    db.session.commit()
    assert letters("waiting")[1:] == [("reminder", "waiting")]

    silence.no_more_reminders(ada, now=clock.time)
    db.session.commit()

    assert letters() == [("rsvp-confirmed", "waiting"), ("reminder", "superseded")]


def test_after_a_restore_letters_are_off_where_that_was_said(build, clock, ada):
    other = build.guest(build.event("other"), "Ada", address=ADA)
    seal, version = seals(ADA)[0], ada.version

    def restore(thing: str) -> None:
        line = Erasure(clock.moves(minutes=1), thing, str(ada.id), seal)
        retention.forget_again([line], now=clock.time)
        db.session.commit()

    restore("silence")
    assert (ada.letters_off, ada.version) == (True, version + 1)
    assert not other.letters_off
    restore("speak")
    assert (ada.letters_off, ada.version) == (False, version + 1)
    seal = "of-somebody-else"
    restore("silence")
    assert not ada.letters_off


def test_the_relay_looks_once_more(make_app, build, clock, ada):
    """As it has to where a letter was posted just before its address fell silent."""
    db.session.add(Suppression(address_seal=seals(ADA)[0], at=clock.time))
    build.guest(ada.event, "Bob")
    demonstration = make_app(DEMO=True)  # its letters are kept as files

    with demonstration.app_context():
        assert relay.carry()

    assert letters() == [("rsvp-confirmed", "silenced"), ("rsvp-confirmed", "kept")]
