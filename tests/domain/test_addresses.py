"""Addresses: as known, as counted; and the networks behind them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from festival.domain.addresses import address_key, limit_key, masked, network


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", "ADA@Example.ORG"),
        ("ada@example.org", "  ada@example.org "),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@bücher.example"),
        ("straße@example.org", "STRASSE@example.org"),
    ],
)
def test_one_person_s_address_however_it_is_typed(one, other):
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", "ada@example.com"),
        ("ada@example.org", "a.da@example.org"),
        ("ada@example.org", "ada+tag@example.org"),  # a tag may be another person
    ],
)
def test_addresses_of_two_people(one, other):
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize(
    ("key", "counted"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ada+festival@example.org", "ada@example.org"),
        ("ada+a+b@example.org", "ada@example.org"),
        ("a.da@example.org", "a.da@example.org"),
        ("+@example.org", "@example.org"),
    ],
)
def test_limits_count_a_mailbox_with_all_its_tags(key, counted):
    assert limit_key(key) == counted


@pytest.mark.parametrize(
    ("remote", "found"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("unix:", "unknown"),
        ("192.0.2.7, 198.51.100.1", "unknown"),
        ("999.0.0.1", "unknown"),
    ],
)
def test_a_network_is_an_ipv4_address_or_an_ipv6_64(remote, found):
    assert network(remote) == found


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_no_address_and_no_network_ever_raises(text):
    key = address_key(text)

    assert limit_key(key).count("@") >= 1
    assert network(text)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("samira@exemple.fr", "sam…@exemple.fr"),
        ("ada.lovelace@exemple.fr", "ada…@exemple.fr"),
        ("anna@exemple.fr", "an…@exemple.fr"),
        ("ab@exemple.fr", "a…@exemple.fr"),
        ("a@exemple.fr", "a…@exemple.fr"),
    ],
)
def test_a_masked_address_is_known_only_to_who_typed_it(address, shown):
    assert masked(address) == shown
