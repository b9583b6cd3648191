"""A letter as it travels: its tree, its headers, and what a server makes of it."""

import socket
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import getaddresses

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from flask_mail import Mail

from festival.formats.ical import Entry, Mailbox, Method, invitation
from festival.mail.message import CalendarMessage, CalendarPart, Picture, wire_address

HOUSE = Mailbox("Halle Belleville", "agenda@halle.example")
ADA = Mailbox("Ada Löve", "ada@example.org")
SENT = datetime(2027, 6, 1, 10, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8

ENTRY = Entry(
    uid="6f1c0b7e-1111-4000-8000-000000000001",
    sequence=0,
    created_at=SENT,
    revised_at=SENT,
    starts_at=datetime(2027, 7, 1, 18, tzinfo=UTC),
    ends_at=datetime(2027, 7, 1, 20, tzinfo=UTC),
    timezone="Europe/Paris",
    organiser=HOUSE,
    summary="Concert d’été 🎻",
    description="Chœur, orgue et une très longue phrase. " * 40,
)


def calendar_part(method):
    attendee = None if method is Method.PUBLISH else ADA
    content = invitation(
        ENTRY, method=method, sequence=1, sent_at=SENT, attendee=attendee
    )
    return CalendarPart(method, content)


def letter(subject="Jeudi 20 h : Concert d’été, 2 places à votre nom", **changes):
    parts = {
        "sender": HOUSE,
        "to": ADA,
        "plain": "Bonjour Ada,\n\nà jeudi !\n.\nFrom here on\n" + "é" * 2000,
        "html": "<p>À jeudi ! <img src='cid:ticket@halle.example'></p>" + "x" * 3000,
        "message_id": "<1.2@halle.example>",
        "sent_at": SENT,
        **changes,
    }
    return CalendarMessage(subject, **parts)


def read(message):
    return message_from_bytes(message.as_bytes(), policy=default)


def tree(part):
    """The types of a message, parts inside their parents."""
    if not part.is_multipart():
        return part.get_content_type()
    return part.get_content_type(), [tree(inner) for inner in part.iter_parts()]


def test_a_whole_letter_is_a_tree_that_mail_programs_know():
    message = read(
        letter(
            picture=Picture("ticket@halle.example", PNG),
            calendar=calendar_part(Method.REQUEST),
        )
    )

    alternatives = [
        "text/plain",
        ("multipart/related", ["text/html", "image/png"]),
        "text/calendar",
    ]
    assert tree(message) == (
        "multipart/mixed",
        [("multipart/alternative", alternatives), "application/ics"],
    )


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, ("multipart/alternative", ["text/plain", "text/html"])),
        (
            {"picture": Picture("ticket@halle.example", PNG)},
            (
                "multipart/alternative",
                ["text/plain", ("multipart/related", ["text/html", "image/png"])],
            ),
        ),
        (
            {"calendar": calendar_part(Method.PUBLISH)},
            (
                "multipart/mixed",
                [
                    ("multipart/alternative", ["text/plain", "text/html"]),
                    "text/calendar",
                ],
            ),
        ),
    ],
    ids=["words", "picture", "no answers read"],
)
def test_a_smaller_letter_is_a_smaller_tree(parts, expected):
    assert tree(read(letter(**parts))) == expected


@pytest.mark.parametrize("method", list(Method))
def test_the_calendar_arrives_byte_for_byte(method):
    part = calendar_part(method)

    message = read(letter(calendar=part))

    carried = [
        inner.get_payload(decode=True)
        for inner in message.walk()
        if inner.get_content_type() in {"text/calendar", "application/ics"}
    ]
    asked = 1 if method is Method.PUBLISH else 2
    assert carried == [part.content] * asked


@pytest.mark.parametrize("method", [Method.REQUEST, Method.CANCEL])
def test_the_method_stands_in_the_type_as_in_the_object(method):
    message = read(letter(calendar=calendar_part(method)))

    [part] = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    assert part["Content-Type"].params == {
        "charset": "utf-8",
        "method": method.value,
        "name": "invite.ics",
    }
    assert part["Content-Disposition"] is None
    assert f"METHOD:{method.value}\r\n".encode() in part.get_payload(decode=True)


def test_a_published_event_is_a_plain_file_and_asks_for_nothing():
    message = read(letter(calendar=calendar_part(Method.PUBLISH)))

    [part] = message.iter_attachments()
    assert part.get_filename() == "event.ics"
    assert "method" not in part["Content-Type"].params


def test_the_html_shows_the_picture_that_travels_with_it():
    message = read(letter(picture=Picture("ticket@halle.example", PNG)))

    _, related = message.iter_parts()
    _, picture = related.iter_parts()
    assert related["Content-Type"].params["type"] == "text/html"
    assert picture["Content-ID"] == "<ticket@halle.example>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_payload(decode=True) == PNG


def test_words_arrive_as_they_were_written():
    message = read(letter())

    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert (
        plain.get_content()
        .replace("\r\n", "\n")
        .endswith("à jeudi !\n.\nFrom here on\n" + "é" * 2000 + "\n")
    )
    assert html.get_content().startswith("<p>À jeudi !")
    assert {p["Content-Transfer-Encoding"] for p in (plain, html)} == {
        "quoted-printable"
    }


def test_headers_say_who_when_and_that_a_machine_wrote():
    message = read(letter(reply_to=Mailbox("", "bonjour@halle.example")))

    assert dict(message.items()) == {
        "From": "Halle Belleville <agenda@halle.example>",
        "To": "Ada Löve <ada@example.org>",
        "Reply-To": "bonjour@halle.example",
        "Subject": "Jeudi 20 h : Concert d’été, 2 places à votre nom",
        "Date": "Tue, 01 Jun 2027 10:00:00 +0000",
        "Message-ID": "<1.2@halle.example>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }


@pytest.mark.parametrize(
    "name",
    [
        "Ada Löve",
        "é" * 200,
        "王小明" * 50,
        "👩🏽‍🚀 " * 40,
        "x" * 200,
        "long name " * 30,
        "Doe, Jane; evil@example.org, <evil@example.org>, " * 4,
        '"quoted" (comment) group: a\\b [c], ' * 4,
        "=?utf-8?q?evil=40example.org=2C?=",
        "Doe, Jane",
    ],
    ids=lambda name: ascii(name)[:20],
)
@pytest.mark.parametrize("address", ["ada@example.org", "a" * 64 + "@example.org"])
def test_every_letter_is_seven_bit_in_short_lines_and_goes_to_one_person(name, address):
    written = letter(
        f"Bonjour {name} " * 3,
        to=Mailbox(name, address),
        sender=replace(HOUSE, name=name),
        message_id=f"<{'1' * 60}@halle.example>",
        picture=Picture("ticket@halle.example", PNG),
        calendar=calendar_part(Method.REQUEST),
    ).as_bytes()

    lines = written.split(b"\r\n")
    assert written.isascii()
    assert max(map(len, lines)) <= max(78, len(address) + 3)
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    to = message_from_bytes(written)["To"].replace("\r\n", "")
    assert [found for _, found in getaddresses([to])] == [address]
    assert [m.addr_spec for m in read_to(written)] == [address]


def read_to(written):
    return message_from_bytes(written, policy=default)["To"].addresses


@pytest.mark.parametrize(
    "subject",
    [
        "Saturday 2pm: Fix your bike, 2 places in your name",
        "Samedi 14\u00a0h\u00a0: Répare ton vélo, 2 places à votre nom",
        "two  spaces" + "  and more" * 20,
        "x" * 300,
        "=?utf-8?q?not=20encoded?=",
        "Bonjour 👩🏽\u200d🚀 王小明 " * 20 + "!",
        "",
    ],
    ids=lambda subject: ascii(subject)[:20],
)
def test_a_subject_arrives_as_it_was_written(subject):
    written = letter(subject).as_bytes()

    assert message_from_bytes(written, policy=default)["Subject"] == subject
    old = decode_header(message_from_bytes(written)["Subject"].replace("\r\n", ""))
    assert str(make_header(old)) == subject


@pytest.mark.parametrize(
    "break_", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x00", "\x85", "\u2028", "\ud800"]
)
@pytest.mark.parametrize("where", ["inside", "at the end"])
def test_a_header_cannot_begin_another(break_, where):
    text = f"a{break_}Bcc: evil@example.org" if where == "inside" else f"a{break_}"

    for attempt in (
        {"subject": text},
        {"to": Mailbox(text, "ada@example.org")},
        {"to": Mailbox("Ada", f"{text}@example.org")},
        {"to": Mailbox("Ada", f"ada@example.org{break_}")},
        {"sender": Mailbox(text, "agenda@halle.example")},
        {"reply_to": Mailbox(text, "agenda@halle.example")},
        {"message_id": f"<{text}@halle.example>"},
        {"picture": Picture(f"{text}@halle.example", PNG)},
    ):
        with pytest.raises(ValueError, match="control character"):
            letter(**attempt)


@pytest.mark.parametrize(
    "address",
    ["adé@example.org", "ada", "@example.org", "ada@", "", "ada@-é-.org", "a b@c.org"],
)
def test_an_address_that_no_server_takes_is_refused_before_it_is_tried(address):
    with pytest.raises(ValueError, match=r".+"):
        letter(to=Mailbox("Ada", address))


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("ada+tag@example.org", "ada+tag@example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("ada@exämple.org", "ada@xn--exmple-cua.org"),
        ("ada@STRASSE.example", "ada@STRASSE.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),  # not strasse
        ("ada@例え.jp", "ada@xn--r8jz45g.jp"),
        ('"ada lovelace"@example.org', '"ada lovelace"@example.org'),
    ],
)
def test_a_domain_travels_in_ascii(address, written):
    assert wire_address(address) == written
    assert [
        m.addr_spec for m in read_to(letter(to=Mailbox("", address)).as_bytes())
    ] == [written]


def test_a_letter_is_the_same_envelope_whatever_the_names():
    message = letter(
        sender=replace(HOUSE, name="Halle, Belleville <evil@example.org>"),
        to=Mailbox("Doe, Jane", "ada@exämple.org"),
    )

    assert message.sender == "agenda@halle.example"
    assert message.send_to == {"ada@xn--exmple-cua.org"}


class Inbox:
    """Keeps what a real server was handed."""

    def __init__(self):
        self.got = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's
        self.got.append(
            (envelope.mail_from, envelope.rcpt_tos, envelope.original_content)
        )
        return "250 OK"


@pytest.fixture
def inbox():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inbox = Inbox()
    inbox.port = port
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield inbox
    controller.stop()


def test_flask_mail_hands_the_very_bytes_to_a_real_server(inbox):
    app = Flask(__name__)
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=inbox.port)
    postman = Mail(app)
    message = letter(
        to=Mailbox("Ada", "ada@exämple.org"),
        calendar=calendar_part(Method.REQUEST),
    )

    with app.app_context():
        postman.send(message)

    [(sender, recipients, content)] = inbox.got
    assert sender == "agenda@halle.example"
    assert recipients == ["ada@xn--exmple-cua.org"]
    boundary = message_from_bytes(content).get_boundary()
    assert boundary
    got = message_from_bytes(content, policy=default)
    assert tree(got) == tree(read(message))
    assert dict(got.items()).keys() == dict(read(message).items()).keys()
    [part] = [p for p in got.walk() if p.get_content_type() == "text/calendar"]
    assert part.get_payload(decode=True) == calendar_part(Method.REQUEST).content


def test_a_letter_shows_itself_as_the_text_it_is():
    text = str(letter())

    assert text.startswith("From: Halle Belleville <agenda@halle.example>\r\n")
