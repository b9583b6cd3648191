"""The house reads its own mailbox, and believes little of what is in it."""

from __future__ import annotations

import dataclasses
import imaplib
import random
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from festival.domain.addresses import address_key
from festival.extensions import db
from festival.formats.dsn import bounce
from festival.formats.itip import answer
from festival.formats.post import opened
from festival.mail import clockwork, mailbox
from festival.mail.clockwork import Clockwork
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus, Mailbox
from festival.models.rsvps import Rsvp
from festival.services import events, parts, post, retention, rsvps
from tests.builders import Builders
from tests.conftest import Clock, both_databases
from tests.mail import samples
from tests.mail.conftest import IMAP_PASSWORD, Imap, drips
from tests.visitor import Visitor, link_of

ADA, BEN, EVE = "ada@example.org", "ben@example.org", "eve@evil.example"
DONE = r"\Deleted \Seen"


@pytest.fixture
def app(make_app: Callable[..., Flask], imap: Imap) -> Iterator[Flask]:
    """The house, which reads our mailbox."""
    app = make_app(
        CALENDAR_ADDRESS="agenda@halle.example",
        MAILBOX_PORT=imap.port,
        MAILBOX_SECURITY="none",
        MAILBOX_PASSWORD=IMAP_PASSWORD,
        MAILBOX_FOLDER=imap.folder,
        MAILBOX_TRUSTS=samples.SERVER,
    )
    with app.app_context():
        yield app


@pytest.fixture
def reads(app: Flask, clock: Clock) -> Callable[[], Mailbox]:
    """Lets time pass until the mailbox is read, and says how it is."""

    def read() -> Mailbox:
        db.session.rollback()
        clock.moves(minutes=5)
        mailbox.read(Clockwork().step)
        clock.time += clockwork.SPAN
        db.session.rollback()
        return db.session.scalars(select(Mailbox)).one()

    return read


@pytest.fixture
def event(build: Builders) -> Event:
    return build.event(capacity=2)


@pytest.fixture
def ada(build: Builders, event: Event) -> Rsvp:
    """Who has both seats."""
    guest = build.guest(event, "Ada", address=ADA, party_size=2)
    assert isinstance(guest, Rsvp)
    return guest


def letter_of(rsvp: Rsvp, kind: str) -> Letter:
    found = select(Letter).where(Letter.rsvp_id == rsvp.id, Letter.kind == kind)
    return db.session.scalars(found.order_by(Letter.id.desc())).first()


# Calendars that say no


@both_databases
def test_a_calendar_that_says_no_frees_the_seats_for_who_waits(
    reads: Any, imap: Imap, build: Builders, event: Event, ada: Rsvp
) -> None:
    waits = build.guest(event, "Ben")
    other = build.event("other")
    dan = build.guest(other, "Dan", address="dan@example.org")
    imap.receives(
        samples.gmail_reply(event.uid, ADA),
        samples.outlook_reply(other.uid, "dan@example.org"),
    )

    state = reads()

    assert (ada.status, waits.status) == ("cancelled", "offered")
    assert dan.status == "cancelled"
    assert letter_of(ada, "rsvp-withdrawn")
    assert imap.flags() == [DONE, DONE]
    assert (state.to_read, state.trouble) == (0, "")


def test_any_other_answer_is_swallowed(
    reads: Any, imap: Imap, event: Event, ada: Rsvp
) -> None:
    imap.receives(
        samples.gmail_reply(event.uid, ADA, answer="ACCEPTED"),
        samples.gmail_reply(event.uid, ADA, answer="TENTATIVE"),
    )

    reads()

    assert ada.status == "confirmed"
    assert imap.flags() == [DONE, DONE]


def forgeries(uid: str, other_uid: str) -> dict[str, bytes]:
    reply = samples.gmail_reply
    forged = samples.vouched(ADA)
    real = f"{samples.SERVER}; dkim=none; spf=pass smtp.mailfrom={EVE}"
    return {
        "nobody vouches": reply(uid, ADA, headers={"Authentication_Results": ""}),
        "another server vouches": reply(
            uid,
            ADA,
            headers={"Authentication_Results": samples.vouched(ADA, "mx.evil.example")},
        ),
        "of another domain": reply(
            uid, ADA, headers={"Authentication_Results": samples.vouched(EVE)}
        ),
        "forged below the real one": reply(
            uid,
            ADA,
            headers={
                "Authentication_Results": f"{real}\r\nAuthentication-Results: {forged}"
            },
        ),
        "forged below the real one, made odd": reply(
            uid,
            ADA,
            headers={
                "Authentication_Results": rf"{samples.SERVER}; spf=pass "
                rf'smtp.mailfrom="a\"b"@evil.example'
                f"\r\nAuthentication-Results: {forged}"
            },
        ),
        "somebody else's, by Eve": reply(
            uid,
            ADA,
            headers={"Authentication_Results": samples.vouched(EVE), "From": EVE},
        ),
        "two senders": reply(uid, ADA, headers={"From": f"{EVE}, {ADA}"}),
        "about no event of ours": reply(other_uid, ADA),
    }


def test_a_forged_no_is_left_for_a_person_to_read(
    reads: Any, imap: Imap, event: Event, ada: Rsvp
) -> None:
    for number, (name, forgery) in enumerate(forgeries(event.uid, "not-ours").items()):
        imap.receives(forgery)

        state = reads()

        assert ada.status == "confirmed", name
        assert imap.flags()[number] == "", name
        assert state.to_read == number + 1


def test_who_has_no_reply_says_no_to_nothing(
    reads: Any, imap: Imap, build: Builders, event: Event, ada: Rsvp
) -> None:
    other = build.event("other")
    build.guest(other, "Ben", address=BEN)
    imap.receives(
        samples.gmail_reply(event.uid, BEN),  # coming to something else
        samples.gmail_reply(other.uid, EVE),
    )

    reads()

    found = db.session.scalars(select(Rsvp.status)).all()
    assert set(found) == {"confirmed"}
    assert imap.flags() == [DONE, DONE]


def test_an_answer_to_an_older_invitation_is_swallowed(
    reads: Any, imap: Imap, event: Event, ada: Rsvp, clock: Clock
) -> None:
    rsvps.withdraw(ada, now=clock())
    rsvps.come_back(ada, now=clock())
    db.session.commit()
    last = ada.letter_sequence
    assert last > 0
    imap.receives(samples.gmail_reply(event.uid, ADA, sequence=last - 1))
    reads()
    assert ada.status == "confirmed"

    imap.receives(samples.gmail_reply(event.uid, ADA, sequence=last))
    reads()
    assert ada.status == "cancelled"
    assert imap.flags() == [DONE, DONE]


def test_a_no_twice_is_one_letter_and_to_what_is_over_none(
    reads: Any, imap: Imap, event: Event, ada: Rsvp, clock: Clock, build: Builders
) -> None:
    over = build.event("over", starts_at=clock() + timedelta(hours=1))
    guest = build.guest(over, "Ben", address=BEN)
    imap.receives(*[samples.gmail_reply(event.uid, ADA)] * 2)
    reads()
    clock.moves(hours=5)
    imap.receives(samples.gmail_reply(over.uid, BEN))
    reads()

    assert ada.status == "cancelled"
    assert guest.status == "confirmed"
    no = select(Letter).where(Letter.kind == "rsvp-withdrawn")
    assert len(db.session.scalars(no).all()) == 1
    assert imap.flags() == [DONE] * 3


# Letters that come back


@both_databases
def test_a_bounce_marks_its_letter_and_nothing_else(
    reads: Any, imap: Imap, build: Builders, event: Event, ada: Rsvp
) -> None:
    ben, dan = build.guest(event, "Ben"), build.guest(event, "Dan")
    told = [letter_of(ada, "rsvp-confirmed")]
    told += [letter_of(guest, "rsvp-waiting") for guest in (ben, dan)]
    wrote = (samples.postfix_bounce, samples.exim_bounce, samples.exchange_bounce)
    imap.receives(*(w(t.message_id) for w, t in zip(wrote, told, strict=True)))

    reads()

    assert all(letter.bounced_at for letter in told)
    assert [letter.trouble for letter in told] == ["5.1.1", "5.0.0", "5.1.10"]
    assert [r.status for r in (ada, ben, dan)] == ["confirmed", "waiting", "waiting"]
    assert imap.flags() == [DONE] * 3


@both_databases
def test_a_list_that_comes_back_is_said_on_every_ticket_that_it_told_of(
    reads: Any, imap: Imap, build: Builders, clock: Clock, visitor: Visitor
) -> None:
    festival = [build.event(f"part-{number}") for number in range(3)]
    results = parts.respond_to(
        festival, build.reply("Ada", address=ADA), now=clock()
    ).values()
    other = build.guest(build.event("other"), "Ben", address=BEN)
    db.session.commit()
    letter = letter_of(next(iter(results)), "ticket-again")
    letter.status, letter.final_at = LetterStatus.SENT, clock()
    db.session.commit()
    imap.receives(samples.postfix_bounce(letter.message_id))

    def marked() -> list[bool]:
        return [
            "Notre lettre n’est pas arrivée" in visitor.opens(link).text
            for link in [link_of("manage", each) for each in (*results, other)]
        ]

    assert marked() == [False] * 4
    reads()
    assert marked() == [True, True, True, False]

    clock.moves(days=7, minutes=1)
    for _ in range(2):
        retention.tidy(clock())
        db.session.commit()
    clock.moves(days=-6)  # the events are ahead
    assert marked() == [True, True, True, False]
    db.session.refresh(letter)
    assert ADA not in repr(letter.__dict__)


def test_a_letter_on_its_way_has_not_come_back(
    reads: Any, imap: Imap, ada: Rsvp
) -> None:
    letter = letter_of(ada, "rsvp-confirmed")
    imap.receives(
        samples.postfix_bounce(letter.message_id, action="delayed", status="4.4.1"),
        samples.postfix_bounce("<somebody@elsewhere.example>"),
    )

    state = reads()

    assert letter.bounced_at is None
    assert imap.flags() == ["", ""]
    assert state.to_read == 2


# Everything else


def test_what_a_person_writes_stays_as_it_is_and_is_counted(
    reads: Any, imap: Imap, ada: Rsvp
) -> None:
    words = samples.mail("", "Is there a bar?", From=ADA, Subject="Hello")
    imap.receives(words, words)
    assert reads().to_read == 2
    assert imap.flags() == ["", ""]

    imap.marks(101, r"(\Seen)")  # somebody reads one
    imap.receives(words)
    assert reads().to_read == 2
    assert imap.flags() == [r"\Seen", "", ""]


def test_what_was_acted_upon_goes_after_a_week(
    reads: Any, imap: Imap, event: Event, ada: Rsvp, clock: Clock
) -> None:
    imap.receives(
        samples.gmail_reply(event.uid, ADA),
        samples.mail("", "Hello", From=ADA),
        at=clock(),
    )
    reads()
    clock.moves(days=6)
    reads()
    assert imap.flags() == [DONE, ""]

    clock.moves(days=1)
    assert reads().to_read == 1
    assert imap.flags() == [""]


def test_a_mailbox_is_read_every_five_minutes(
    app: Flask, imap: Imap, event: Event, ada: Rsvp, clock: Clock
) -> None:
    keeper = Clockwork()
    keeper.round()
    imap.receives(samples.gmail_reply(event.uid, ADA))

    clock.moves(minutes=4)
    keeper.round()
    assert imap.flags() == [""]

    clock.moves(minutes=1)
    keeper.round()
    assert imap.flags() == [DONE]


def test_each_mail_is_seen_once_unless_the_server_numbers_anew(
    reads: Any, imap: Imap, ada: Rsvp, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.receives(*[samples.mail("", "Hello", From=ADA)] * 3)
    fetched: list[int] = []
    real = mailbox.Round._fetch

    def counted(self: Any, uid: int) -> bytes:
        fetched.append(uid)
        return real(self, uid)

    monkeypatch.setattr(mailbox.Round, "_fetch", counted)
    reads()
    reads()
    assert len(fetched) == 3

    db.session.scalars(select(Mailbox)).one().uid_validity += 1
    db.session.commit()
    reads()
    assert len(fetched) == 6


def test_few_mails_a_round_and_the_next_ones_later(
    reads: Any, imap: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MAILS", 2)
    imap.receives(*[samples.mail("", "Hello", From=ADA)] * 5)

    assert [reads().to_read for _ in range(4)] == [2, 4, 5, 5]


def test_a_huge_mail_is_not_fetched_whole(
    reads: Any, imap: Imap, event: Event, ada: Rsvp, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def measured(content: bytes) -> Any:
        sizes.append(len(content))
        return opened(content)

    monkeypatch.setattr(mailbox, "opened", measured)
    huge = samples.mail("", "x" * 998 + "\r\n", From=ADA) + b"y" * 5_000_000
    imap.receives(huge, samples.gmail_reply(event.uid, ADA))

    reads()

    assert sizes[0] == mailbox.MAIL_BYTES
    assert ada.status == "cancelled"  # the next mail has its turn
    assert imap.flags() == ["", DONE]


def hostile(number: int) -> Iterator[bytes]:
    """Yield mails that were right once, and are broken in many ways."""
    chance = random.Random(7)
    right = [
        samples.postfix_bounce("<1.2@halle.example>"),
        samples.exim_bounce("<1.2@halle.example>"),
        samples.gmail_reply("uid", ADA),
        samples.outlook_reply("uid", ADA),
    ]
    odd = [b"\0", b"\xff\xfe", b"\r\n\r\n", b"--", b"=?utf-8?b?////?=", b"<>", b'"']
    odd += [b"(" * 500, b"Content-Type: multipart/report; boundary=x\r\n", b"\x1b[2J"]
    yield b"From: " + b"(" * 100_000
    yield b"Authentication-Results: " + b"(" * 100_000
    yield b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n" * 50_000
    nested = b"Content-Type: message/rfc822\r\n\r\n" * 3_000
    yield nested
    for _ in range(number - 4):
        mail = bytearray(chance.choice(right))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(mail))
            mail[at : at + chance.randrange(30)] = chance.choice(odd)
        yield bytes(mail)


def test_a_thousand_hostile_mails_are_read_in_no_time_and_do_nothing(
    app: Flask, event: Event, ada: Rsvp, clock: Clock
) -> None:
    began = time.process_time()
    for content in hostile(1_000):
        mail = opened(content)
        if found := bounce(mail):
            assert not post.bounced(found.message_ids, found.code, now=clock())
        elif said := answer(mail):
            assert not mailbox._take(said, mail, clock())
    db.session.commit()

    assert time.process_time() - began < 20
    assert ada.status == "confirmed"


@both_databases
def test_hostile_mails_in_the_mailbox_keep_nobody_from_saying_no(
    reads: Any, imap: Imap, event: Event, ada: Rsvp
) -> None:
    broken = [*hostile(30)][4:]  # the first four are more than the server itself bears
    imap.receives(*broken, samples.gmail_reply(event.uid, ADA))

    state = reads()

    assert ada.status == "cancelled"
    assert state.trouble == ""
    assert imap.flags()[-1] == DONE
    assert state.to_read == imap.flags().count("")


def test_a_mail_that_we_stumble_over_is_left_unread_and_the_next_has_its_turn(
    reads: Any,
    imap: Imap,
    event: Event,
    ada: Rsvp,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real = post.bounced

    def stumbles(message_ids: Any, code: str, **facts: Any) -> bool:
        real(message_ids, code, **facts)
        raise RuntimeError("about sam@example.org")

    monkeypatch.setattr(post, "bounced", stumbles)
    letter = letter_of(ada, "rsvp-confirmed")
    imap.receives(
        samples.postfix_bounce(letter.message_id),
        samples.gmail_reply(event.uid, ADA),
    )

    assert reads().to_read == 1

    assert letter.bounced_at is None
    assert imap.flags() == ["", DONE]
    assert ada.status == "cancelled"
    assert "example.org" not in caplog.text


def test_a_mail_that_the_server_will_not_hand_out_keeps_no_other_waiting(
    reads: Any, imap: Imap, event: Event, ada: Rsvp, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mailbox.Round._fetch
    refusal: Exception = imaplib.IMAP4.error("NO [SERVERBUG]")

    def refused(self: Any, uid: int) -> bytes:
        if uid == 101:
            raise refusal
        return real(self, uid)

    monkeypatch.setattr(mailbox.Round, "_fetch", refused)
    words = samples.mail("", "Hello", From=ADA)
    imap.receives(words, samples.gmail_reply(event.uid, ADA))

    for trouble in (imaplib.IMAP4.abort("BYE"), OSError()):
        refusal = trouble
        assert reads().trouble  # that says nothing of the mail
        assert ada.status == "confirmed"
    refusal = imaplib.IMAP4.error("NO [SERVERBUG]")
    state = reads()

    assert (state.to_read, state.trouble) == (1, "")
    assert ada.status == "cancelled"
    assert imap.flags() == ["", DONE]


def test_what_there_is_no_time_for_is_read_in_the_next_round(
    reads: Any, imap: Imap, event: Event, ada: Rsvp, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.receives(samples.gmail_reply(event.uid, ADA))
    with monkeypatch.context() as short:
        short.setattr(mailbox, "ROUND", mailbox.PATIENCE - 1)
        assert reads().trouble == ""
        assert ada.status == "confirmed"

    reads()

    assert ada.status == "cancelled"


def test_a_mailbox_read_while_a_clock_was_ahead_is_read_when_it_is_right(
    reads: Any, imap: Imap, event: Event, ada: Rsvp, clock: Clock
) -> None:
    right = clock()
    clock.moves(days=3650)
    reads()
    clock.time = right
    imap.receives(samples.gmail_reply(event.uid, ADA))

    assert reads().looked_at == right + timedelta(minutes=5)
    assert imap.flags() == [DONE]


# When it does not open


def test_trouble_is_noted_without_data_and_forgotten_when_it_is_over(
    make_app: Any, app: Flask, reads: Any, imap: Imap, clock: Clock
) -> None:
    settings = app.extensions["settings"]

    def with_settings(**changes: Any) -> Mailbox:
        app.extensions["settings"] = dataclasses.replace(settings, **changes)
        return reads()

    wrong = with_settings(MAILBOX_PASSWORD="wrong")
    assert "error at mailbox.py" in wrong.trouble
    assert "wrong" not in wrong.trouble
    assert with_settings(MAILBOX_FOLDER="nowhere").trouble
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        assert "Refused" in with_settings(MAILBOX_PORT=port).trouble
    state = with_settings()
    assert (state.trouble, state.looked_at) == ("", clock() - clockwork.SPAN)


def test_a_server_that_says_nothing_is_waited_for_only_so_long(
    app: Flask, reads: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app.extensions["settings"] = dataclasses.replace(
            app.extensions["settings"], MAILBOX_PORT=silent.getsockname()[1]
        )
        began = time.monotonic()
        state = reads()

    assert time.monotonic() - began < 3
    assert state.trouble.startswith("TimeoutError")


def test_a_server_that_drips_is_not_listened_to_for_ever(
    app: Flask, reads: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "ROUND", 0.5)
    with drips(b"* OK ", b"x") as port:
        app.extensions["settings"] = dataclasses.replace(
            app.extensions["settings"], MAILBOX_PORT=port
        )
        began = time.monotonic()
        state = reads()

    assert 0.4 < time.monotonic() - began < 3
    assert state.trouble


@pytest.mark.parametrize("changes", [{"DEMO": True}, {"MAILBOX_SERVER": ""}])
def test_without_a_mailbox_and_in_a_demonstration_none_is_read(
    make_app: Any, clock: Clock, imap: Imap, changes: dict[str, Any]
) -> None:
    facts = {
        "MAILBOX_SERVER": "127.0.0.1",
        "MAILBOX_PORT": imap.port,
        "MAILBOX_USERNAME": "halle",
        "MAILBOX_PASSWORD": IMAP_PASSWORD,
    }
    with make_app(**{**facts, **changes}).app_context():
        mailbox.read(Clockwork().step)

        assert db.session.scalars(select(Mailbox)).first() is None


# The two services, when two things happen at once


@both_databases
def test_a_no_counts_for_the_last_invitation_to_what_is_ours_and_ahead(
    app: Flask, event: Event, ada: Rsvp, clock: Clock
) -> None:
    """Guards: the sequence is compared with the last invitation's; a refusal and an
    event that is not ours are a plain no.
    """
    assert address_key(ADA) == ada.address_key
    assert not post.declined(event.uid, ADA, -2, now=clock())
    assert not post.declined("no-such-uid", ADA, 9, now=clock())
    events.cancel(event, event.name, actor="test", now=clock())
    assert not post.declined(event.uid, ADA, 9, now=clock())
    db.session.commit()

    assert ada.status == "confirmed"
