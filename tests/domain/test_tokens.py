"""Links that identify without a password: what opens them, and what never does."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from festival.domain import tokens

KEY, OLD_KEY, FOREIGN_KEY = "a key of ours", "the key before it", "somebody's key"
PUBLIC_ID = "AbCd-_123456"
SAFE = re.compile(r"[A-Za-z0-9_-]+")


def a_token(purpose: str = "manage", version: int = 0) -> str:
    return tokens.write(KEY, purpose, PUBLIC_ID, version)


def test_a_token_opens_what_it_was_written_for():
    token = a_token()

    assert tokens.opens([KEY], "manage", token, 0)
    assert tokens.public_id(token) == PUBLIC_ID


def test_a_token_has_36_characters_that_no_address_needs_to_escape():
    token = a_token()

    assert len(token) == tokens.TOKEN_LENGTH == 36
    assert SAFE.fullmatch(token)


def test_the_same_token_is_written_by_any_later_letter():
    assert a_token() == a_token()


@pytest.mark.parametrize("bit", range(24 * 6))
def test_one_flipped_bit_of_the_seal_is_refused(bit):
    token = a_token()
    seal = bytearray(base64.urlsafe_b64decode(token[12:]))
    seal[bit // 8] ^= 1 << bit % 8

    flipped = PUBLIC_ID + base64.urlsafe_b64encode(seal).decode()

    assert flipped != token
    assert not tokens.opens([KEY], "manage", flipped, 0)


@pytest.mark.parametrize("place", range(12))
def test_one_other_character_of_the_id_is_refused(place):
    token = a_token()
    other = "z" if token[place] != "z" else "y"

    assert not tokens.opens(
        [KEY], "manage", token[:place] + other + token[place + 1 :], 0
    )


@pytest.mark.parametrize("purpose", ["manage", "ticket", "confirm", "erase"])
@pytest.mark.parametrize("asked", ["manage", "ticket", "confirm", "erase"])
def test_a_token_serves_one_purpose(purpose, asked):
    token = a_token(purpose)

    assert tokens.opens([KEY], asked, token, 0) is (purpose == asked)


@pytest.mark.parametrize(("written", "kept"), [(0, 1), (1, 0), (1, 11), (11, 1)])
def test_another_version_is_refused(written, kept):
    assert not tokens.opens([KEY], "manage", a_token(version=written), kept)


def test_the_parts_of_what_is_sealed_cannot_be_shifted_into_one_another():
    token = tokens.write(KEY, "manage", "AbCd-_12345|", 1)

    assert not tokens.opens([KEY], "manage|AbCd-_12345", token, 1)
    assert tokens.seal(KEY, "a|b") != tokens.seal(KEY, "ab|")


def test_an_older_key_still_opens_and_a_foreign_one_never():
    old = tokens.write(OLD_KEY, "manage", PUBLIC_ID, 0)

    assert tokens.opens([KEY, OLD_KEY], "manage", old, 0)
    assert not tokens.opens([KEY], "manage", old, 0)
    assert not tokens.opens([KEY, OLD_KEY, FOREIGN_KEY], "ticket", old, 0)
    assert not tokens.opens([], "manage", old, 0)


ODD = [
    "",
    "a",
    PUBLIC_ID,
    "x" * 35,
    "x" * 37,
    "x" * 100_000,
    "é" * 36,
    "\0" * 36,
    "\ud800" * 36,  # half a character, as a careless decoder leaves it
    "\udcff" + "x" * 35,
    "🎟" * 36,
    PUBLIC_ID + "é" * 24,
    PUBLIC_ID + "\ud800" * 24,
]


@pytest.mark.parametrize("token", ODD, ids=range(len(ODD)))
def test_an_odd_token_is_refused_and_never_raises(token):
    assert not tokens.opens([KEY], "manage", token, 0)


@given(st.text(st.characters(exclude_categories=()), max_size=80), st.integers(0, 3))
def test_whatever_is_sent_is_refused_and_never_raises(token, version):
    assert not tokens.opens([KEY], "manage", token, version)
    assert not tokens.sealed([KEY], token, token)
    assert tokens.public_id(token) == token[:12]


def test_ids_are_random_safe_and_of_one_length():
    made = {tokens.new_public_id() for _ in range(1000)}

    assert len(made) == 1000
    assert {len(public_id) for public_id in made} == {tokens.PUBLIC_ID_LENGTH}
    assert all(SAFE.fullmatch(public_id) for public_id in made)
