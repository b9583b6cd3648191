"""What calendars answer."""

from __future__ import annotations

import pytest

from festival.formats.itip import Answer, answer
from festival.formats.post import opened, sender
from tests.mail import samples

UID, ADA = "5d1f4a44-0000-4000-8000-000000000001", "ada@example.org"


@pytest.mark.parametrize("reply", [samples.gmail_reply, samples.outlook_reply])
@pytest.mark.parametrize("said", ["DECLINED", "ACCEPTED", "TENTATIVE"])
def test_an_answer_says_who_to_what_and_what(reply, said):
    mail = opened(reply(UID, ADA, answer=said, sequence=3))

    assert answer(mail) == Answer(UID, ADA, declined=said == "DECLINED", sequence=3)
    assert sender(mail) == ADA


def test_a_guest_is_known_by_the_address_as_we_wrote_it():
    address = "ada+été/1=a@example.org"
    written = "ada+%C3%A9t%C3%A9%2F1%3Da@example.org"
    mail = samples.mail(
        "",
        samples.calendar(UID, written),
        Content_Type="text/calendar; method=REPLY",
    )

    assert answer(opened(mail)) == Answer(UID, address, declined=True, sequence=0)


def test_what_a_name_holds_is_no_answer():
    text = samples.calendar(UID, ADA, answer="ACCEPTED").replace(
        f"CN={ADA}", 'CN="x;PARTSTAT=DECLINED:mailto:eve@example.org"'
    )
    mail = samples.mail("", text, Content_Type="text/calendar; method=REPLY")

    assert answer(opened(mail)) == Answer(UID, ADA, declined=False, sequence=0)


@pytest.mark.parametrize(
    "text",
    [
        samples.calendar(UID, ADA, method="REQUEST"),
        samples.calendar(UID, ADA, method="CANCEL"),
        samples.calendar(UID, ADA).replace("METHOD:REPLY", ""),
        samples.calendar(UID, ADA).replace("mailto:", "https:"),
        samples.calendar(UID, ADA).replace("PARTSTAT=DECLINED;", ""),
        samples.calendar(UID, ADA).replace(f"UID:{UID}\r\n", ""),
        samples.calendar("a b\x01", ADA),
        samples.calendar("u" * 300, ADA),
        samples.calendar(UID, ADA).replace(
            "SUMMARY", "ATTENDEE;PARTSTAT=DECLINED:mailto:ben@example.org\r\nSUMMARY"
        ),
        samples.calendar(UID, ADA).replace("SEQUENCE:0", "SEQUENCE:later"),
        samples.calendar(UID, ADA) * 2,
        samples.calendar(UID, ADA).replace("STATUS", "X-LONG:" + "x" * 70_000),
        "BEGIN:VCALENDAR\r\n" * 3_000,
        "BEGIN:VEVENT",
        "",
    ],
)
def test_anything_else_is_no_answer(text):
    mail = samples.mail("", text, Content_Type="text/calendar; method=REPLY")

    assert answer(opened(mail)) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (ADA, ADA),
        (f"Ada <{ADA}>", ADA),
        (f'"ben@example.org" <{ADA}>', ADA),
        (f"=?utf-8?q?ben=40example.org?= <{ADA}>", ADA),
        (f"<{ADA}>, <ben@example.org>", ""),
        (f"{ADA} ben@example.org", ""),
        (f"{ADA}, ben@[192.0.2.1]", ""),
        ("ada@example.org@evil.example", ""),
        ("adà@example.org", ""),
        ("nobody", ""),
        ("", ""),
    ],
)
def test_a_mail_has_one_sender_or_none(written, read):
    assert sender(opened(samples.mail("", From=written))) == read


def test_a_sender_given_twice_is_none():
    mail = samples.mail("From: ben@example.org", "", From=ADA)

    assert sender(opened(mail)) == ""
