"""Accounts that nobody uses: asked about, then erased; on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from festival.extensions import db
from festival.models.accounts import Account
from festival.models.journal import Letter
from festival.services import retention, stays
from tests.builders import everything
from tests.conftest import both_databases

pytestmark = both_databases


@pytest.fixture
def passes(clock):
    """So many days pass, and the house tidies; how many were asked so far?"""

    def tidied(days: int) -> int:
        clock.moves(days=days)
        retention.tidy(clock())
        db.session.commit()
        return len(db.session.scalars(select(Letter)).all())

    return tidied


def open_accounts() -> list[str]:
    query = select(Account).where(Account.closed_at.is_(None)).order_by(Account.id)
    return [account.name for account in db.session.scalars(query)]


def test_who_has_not_been_here_for_two_years_is_asked_once(build, clock, passes):
    build.account("Inès", address="ines@example.org")
    zoe = build.account("Zoé")
    clock.moves(days=1)
    stays.stay(zoe, "a browser", how="link", now=clock())

    asked = [passes(728), passes(1), passes(0)]

    [letter] = db.session.scalars(select(Letter))
    assert asked == [0, 1, 1]
    assert (letter.kind, letter.recipient) == ("idle-account", "ines@example.org")


def test_who_does_not_come_is_erased_a_month_later(build, passes):
    build.account("Inès", address="ines@example.org")
    passes(730)

    passes(29)
    before = open_accounts()
    passes(1)

    assert (before, open_accounts()) == (["Inès"], [])
    tables = everything()
    assert "Inès" not in repr(tables["account"])
    assert "ines@example.org" not in repr(tables["account"])
    assert tables["membership"] == []
    assert [passes(366), passes(0)] == [1, 1]


def test_coming_once_is_the_answer(build, clock, passes):
    ines = build.account("Inès")
    passes(730)
    clock.moves(days=29)
    stays.stay(ines, "a browser", how="link", now=clock())

    asked = [passes(60), passes(669), passes(1)]

    assert open_accounts() == ["Inès"]
    assert asked == [1, 1, 2]


def test_the_last_who_keeps_the_accounts_stays(build, passes):
    build.account("Inès", "administrator")
    build.account("Zoé", "administrator")
    passes(730)

    passes(30)

    assert open_accounts() == ["Zoé"]


def test_an_address_erased_may_be_invited_again(build, clock, passes):
    build.account("Inès", address="ines@example.org")
    passes(730)
    passes(30)

    again = build.account("Inès", address="ines@example.org")

    assert again.seen_at is None
    assert open_accounts() == ["Inès"]


def test_many_are_asked_twenty_at_a_time(build, passes):
    for number in range(21):
        build.account(f"A{number}")

    assert [passes(730), passes(0)] == [20, 21]
