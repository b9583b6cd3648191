"""Letters that come back, in whosever words."""

from __future__ import annotations

import pytest

from festival.formats.dsn import bounce
from festival.formats.post import opened
from tests.mail import samples

LETTER = "<178000.42@halle.example>"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (samples.postfix_bounce(LETTER), "5.1.1"),
        (samples.postfix_bounce(LETTER, status="4.4.1"), "4.4.1"),  # after five days
        (samples.exim_bounce(LETTER), "5.0.0"),
        (samples.exchange_bounce(LETTER), "5.1.10"),
    ],
)
def test_a_bounce_names_its_letter_and_says_why(content, code):
    found = bounce(opened(content))

    assert found.code == code
    assert LETTER in found.message_ids


@pytest.mark.parametrize(
    "content",
    [
        samples.postfix_bounce(LETTER, action="delayed", status="4.4.1"),
        samples.postfix_bounce(LETTER, action="delivered", status="2.0.0"),
        samples.postfix_bounce("", status="5.1.1"),
        samples.mail("", "Hello", From="ada@example.org", In_Reply_To=LETTER),
        samples.gmail_reply("uid", "ada@example.org"),
        b"",
    ],
)
def test_anything_else_is_no_bounce(content):
    assert bounce(opened(content)) is None


def test_a_cut_bounce_is_read_as_far_as_it_goes():
    whole = samples.exim_bounce(LETTER)

    for end in range(0, len(whole), 7):
        found = bounce(opened(whole[:end]))
        assert found is None or found.message_ids == (LETTER,)
