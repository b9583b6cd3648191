"""What holds for letters of every kind, as the relay hands them to a mail server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from festival.domain.words import Words
from festival.extensions import db
from festival.mail import letters, relay
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp
from festival.services import amendments, directory, events, gathering, rsvps
from tests.builders import Builders
from tests.conftest import Clock, both_databases
from tests.mail.conftest import MailServer
from tests.mail.test_letters import DESK, HOUSES, Read, Writer

ADA = "ada@example.org"
WITHOUT_A_REPLY = {"my-calendar", "taken-away", *DESK}

ARABIC = "ليلة العود والناي في الفناء الكبير، مع ضيوف من تونس"
CHINESE = "在旧市场大厅举行的夏季开幕音乐会请自带椅子" * 60
WORST = "=&😀" * 700


@pytest.fixture
def app(make_app: Callable[..., Flask], mail_server: MailServer) -> Iterator[Flask]:
    """A house that reads what calendars answer, whose letters go to our server."""
    app = make_app(MAIL_PORT=mail_server.port, **HOUSES["that reads replies"])
    with app.app_context():
        yield app


@pytest.fixture
def samira(build: Builders, clock: Clock) -> Writer:
    writer = Writer(build, clock, "fr")
    writer.first_arrives = False
    return writer


def waiting(kind: str, address: str = ADA) -> Letter:
    db.session.rollback()
    found = select(Letter).where(
        Letter.kind == kind,
        Letter.recipient == address,
        Letter.status == LetterStatus.WAITING,
    )
    return db.session.scalars(found.order_by(Letter.id.desc())).first()


def reads(letter: Letter, clock: Clock) -> Read:
    return Read(letters.written(letter, clock()).as_bytes())


# On the wire


@pytest.mark.parametrize(
    "said",
    [
        {"name": ARABIC, "summary": CHINESE, "bring_note": CHINESE},
        {"name": WORST, "summary": WORST, "bring_note": WORST, "online_link": WORST},
    ],
    ids=["long", "the worst"],
)
def test_every_letter_is_light_seven_bit_and_tells_a_stranger_what_to_do(
    samira: Writer, mail_server: MailServer, clock: Clock, said: dict[str, str]
) -> None:
    samira.name = said["name"][:80]
    samira.facts = {
        name: text if name == "online_link" else Words(fr=text)
        for name, text in said.items()
    }
    samira.place = {"how_to_come": Words(fr=said.get("bring_note", ARABIC))}
    if "online_link" in said:
        names = dict.fromkeys(("name", "street", "city"), WORST[:200])
        samira.place |= names
        samira.facts["organisers"] = [directory.welcome("wheel", WORST[:200])]
    for kind in letters.KINDS:
        samira.letter(kind)
    db.session.execute(update(Letter).values(due_at=clock()))
    db.session.commit()

    relay.carry()

    sent = select(Letter).where(Letter.status == LetterStatus.SENT)
    kinds = {letter.message_id: letter.kind for letter in db.session.scalars(sent)}
    assert set(kinds.values()) == set(letters.KINDS)
    for raw in mail_server.raw:
        assert len(raw) <= 30_000
        assert raw.isascii()
        long = [line for line in raw.split(b"\r\n") if len(line) > 78]
        assert all(re.fullmatch(rb" <https:[!-~]+/reminders>", line) for line in long)
        read = Read(raw)
        assert all(link in read.plain for link in read.links)
        if kinds[read.mail["Message-ID"]] not in WITHOUT_A_REPLY:  # nothing came before
            for ending in ("erase", "silence"):
                assert any(str(link).endswith(f"/{ending}") for link in read.links)


@pytest.mark.parametrize(
    ("how", "whole"),
    [("Métro Arches, ligne 2", True), ("乘坐地铁二号线 " * 160, False)],
)
def test_what_is_left_out_first_is_the_summary_and_then_how_to_come(
    samira: Writer, clock: Clock, how: str, whole: bool
) -> None:
    samira.facts = {"summary": Words(fr="夏季开幕音乐会" * 160)}
    samira.place = {"how_to_come": Words(fr=how)}

    letter = reads(samira.letter("rsvp-confirmed"), clock)

    assert letter.size <= 30_000
    assert ("夏季" in letter.calendar.events[0]["DESCRIPTION"]) == whole
    assert (how in letter.plain) == whole
    assert how[:240].strip() in letter.plain
    assert samira.rsvp.event.slug in letter.plain


def test_a_list_of_many_names_without_end_is_cut_and_says_so(
    samira: Writer, clock: Clock
) -> None:
    letter = samira.letter("ticket-again")
    (ticket,) = letter.facts["replies"]
    ticket = {**ticket, "event": {**ticket["event"], "name": {"text": WORST}}}
    ticket["event"]["name"]["language"] = "en"
    letter.facts = {**letter.facts, "replies": [ticket] * 45}

    read = reads(letter, clock)

    assert read.size <= 30_000
    assert read.plain.count("Code pour l’entrée") == 10
    assert "Et 35 autres ; demandez-les ici" in read.plain


# The first to leave


def says(letter: Letter, clock: Clock) -> bool:
    return "/erase" in reads(letter, clock).plain


def leaves(letter: Letter, clock: Clock, status: str = "sent", **more: Any) -> None:
    left = {"status": LetterStatus(status), "final_at": clock(), **more}
    db.session.execute(update(Letter).where(Letter.id == letter.id).values(left))
    db.session.commit()


@both_databases
def test_what_takes_the_place_of_the_first_is_the_first(
    build: Builders, clock: Clock
) -> None:
    ada = build.guest(build.event(), address=ADA, party_size=3)
    for size in (2, 1):
        amendments.change_party(ada, size, now=clock())
        db.session.commit()
        assert says(waiting("rsvp-changed"), clock)
    leaves(waiting("rsvp-changed"), clock)

    clock.moves(hours=2)
    amendments.change_party(ada, 2, now=clock())
    db.session.commit()
    assert not says(waiting("rsvp-changed"), clock)

    rsvps.withdraw(ada, now=clock())
    db.session.commit()
    leaves(waiting("rsvp-withdrawn"), clock)
    build.guest(ada.event, "Eve", address=ADA)  # in the same row
    amendments.change_party(ada, 2, now=clock.moves(seconds=1))
    db.session.commit()
    assert says(waiting("rsvp-changed"), clock)


@pytest.mark.parametrize(
    ("status", "more", "first"),
    [
        ("sent", {}, False),
        ("kept", {}, False),
        ("failed", {}, True),
        ("parked", {}, True),
        ("sent", {"bounced": True}, True),
    ],
)
def test_one_that_did_not_arrive_was_not_the_first(
    build: Builders, clock: Clock, status: str, more: dict[str, Any], first: bool
) -> None:
    ada = build.guest(build.event(), address=ADA, party_size=2)
    bounced = {"bounced_at": clock()} if more else {}
    leaves(waiting("rsvp-confirmed"), clock, status, **bounced)

    amendments.change_party(ada, 1, now=clock())
    db.session.commit()

    assert says(waiting("rsvp-changed"), clock) is first


@both_databases
def test_a_reply_whose_list_waits_hears_of_it_first_by_another_letter(
    build: Builders, clock: Clock
) -> None:
    for number in range(4):
        ada = build.guest(build.event(f"event-{number}"), address=ADA)
    assert waiting("ticket-again").facts["gathered"]

    events.cancel(ada.event, Words(), actor="test", now=clock())
    db.session.commit()

    assert says(waiting("event-cancelled"), clock)


def test_a_mended_address_has_a_first_letter_of_its_own(
    build: Builders, clock: Clock
) -> None:
    event = build.event(capacity=1)
    first = build.guest(event)
    guest = build.guest(event, address="ada@exmaple.org")
    leaves(waiting("rsvp-waiting", "ada@exmaple.org"), clock)
    rsvps.withdraw(first, now=clock())
    db.session.commit()
    assert guest.status == "offered"
    leaves(waiting("rsvp-offer", "ada@exmaple.org"), clock)

    amendments.correct_address(guest, build.reply(address=ADA), now=clock())
    db.session.commit()

    assert says(waiting("rsvp-offer"), clock)


# In the guest's language


@both_databases
def test_letters_are_in_the_language_of_whom_they_go_to(
    build: Builders, clock: Clock
) -> None:
    ada = build.guest(build.event(), address=ADA, language="fr")
    build.guest(ada.event, "Eve", address=ADA, party_size=3, language="en")
    assert waiting("rsvp-repeat").language == "fr"
    assert waiting("rsvp-repeat").facts["event"]["name"]["language"] == "fr"

    build.guest(build.event("third"), address=ADA, language="fr")
    build.guest(build.event("fourth"), address=ADA, language="fr")
    build.guest(ada.event, "Eve", address=ADA, party_size=4, language="en")
    list_ = waiting("ticket-again")
    assert list_.facts["gathered"]
    assert list_.language == "fr"

    leaves(list_, clock)
    clock.moves(days=2)
    again = build.guest(ada.event, "Eve", address=ADA, language="en")
    gathering.write_tickets([again], now=clock())
    db.session.commit()
    assert waiting("ticket-again").language == "fr"


# Who organises it


@pytest.mark.parametrize(
    ("address", "method"),
    [
        ("Velo@Atelier.example", "PUBLISH"),
        ("agenda@halle.example", "PUBLISH"),
        ("somebody@atelier.example", "REQUEST"),
    ],
)
def test_who_organises_it_is_not_invited_by_themselves(
    build: Builders, clock: Clock, address: str, method: str
) -> None:
    wheel = directory.welcome("wheel", "Atelier", email="velo@atelier.example")
    event = build.event(organisers=[wheel])
    host = build.guest(event, address=address)
    assert isinstance(host, Rsvp)
    confirmed = waiting("rsvp-confirmed", address)

    letter = reads(confirmed, clock)
    assert letter.calendar["METHOD"] == method
    assert ("ATTENDEE" in letter.calendar.events[0]) == (method == "REQUEST")
    leaves(confirmed, clock)

    rsvps.withdraw(host, now=clock.moves(minutes=1))
    db.session.commit()
    gone = reads(waiting("rsvp-withdrawn", address), clock)
    assert bool(gone.calendars) == (method == "REQUEST")
    assert ("pensez à l’en retirer" in gone.plain) == (method == "PUBLISH")


def test_nothing_is_taken_back_from_who_was_not_invited(
    build: Builders, clock: Clock
) -> None:
    wheel = directory.welcome("wheel", "Atelier", email="velo@atelier.example")
    guest = build.guest(build.event(organisers=[wheel]), address="velo@atelier.example")
    leaves(waiting("rsvp-confirmed", "velo@atelier.example"), clock)

    mended = build.reply(address=ADA)
    amendments.correct_address(guest, mended, now=clock() + timedelta(minutes=1))
    db.session.commit()

    assert waiting("taken-away", "velo@atelier.example") is None
