"""No log tells who came."""

import logging

import pytest

from festival.logs import MaskTokens, discreet, masked_path, place, shortened


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/fr/", "/fr/"),
        ("/fr/events/velo", "/fr/events/velo"),
        ("/fr/events/velo/reply", "/fr/events/velo/reply"),
        ("/fr/?q=sante", "/fr/"),
        ("/fr/rsvp/s3cret_-Token", "/fr/rsvp/[token]"),
        ("/fr/rsvp/s3cret/withdraw", "/fr/rsvp/[token]/withdraw"),
        ("/en/ticket/s3cret?x=1", "/en/ticket/[token]"),
        ("/fr/calendar/s3cret/stop", "/fr/calendar/[token]/stop"),
        ("/calendar/s3cret.ics?alarm=60", "/calendar/[token]"),
        ("/calendar//s3cret.ics", "/calendar//[token]"),
        ("/fr/rsvp///s3cret/withdraw", "/fr/rsvp///[token]/withdraw"),
        ("/fr/%72svp/s3cret", "/fr/rsvp/[token]"),
        ("/fr/desk/in/s3cret_-Key?x=1", "/fr/desk/in/[token]"),
        ("/fr/desk//in//s3cret", "/fr/desk//in//[token]"),
        ("/fr/desk/%69n/s3cret", "/fr/desk/in/[token]"),
        ("/fr/desk/in%2Fs3cret", "/fr/desk/in/[token]"),
        ("/fr/desk/sign-in", "/fr/desk/sign-in"),
        ("/fr/rsvp%2Fs3cret", "/fr/rsvp/[token]"),
        ("/fr/%0d%0a", "/fr/%0D%0A"),
        ("/ar/كتاب", "/ar/%D9%83%D8%AA%D8%A7%D8%A8"),
    ],
)
def test_a_path_is_logged_without_token_or_question(path, logged):
    assert masked_path(path) == logged


@pytest.mark.parametrize(
    ("address", "logged"),
    [
        ("192.0.2.77", "192.0.2.0"),
        ("2001:db8:aa:bb::1", "2001:db8:aa::"),
        ("", "-"),
        ("somebody", "-"),
    ],
)
def test_an_address_is_logged_as_its_network(address, logged):
    assert shortened(address) == logged


def test_an_error_is_logged_without_the_token_of_its_page():
    path = "/fr/rsvp/s3cret"
    record = logging.LogRecord(
        "app", logging.ERROR, __file__, 1, "Exception on %s [%s]", (path, "GET"), None
    )

    kept = MaskTokens().filter(record)

    assert kept
    assert record.getMessage() == "Exception on /fr/rsvp/[token] [GET]"


def test_what_went_wrong_is_said_without_whom_it_was_about():
    try:
        shortened(None)
        masked_path(None)
    except AttributeError as error:
        told = place(error)

    assert told.startswith("AttributeError at logs.py:")


def test_another_server_s_answer_is_told_without_addresses_and_on_one_line():
    assert discreet(b"550 <ada@example.org>:\r\n no\xff") == "550 <…>:  no\ufffd"
    assert len(discreet("x" * 9_000)) == 500
