"""Who works at the desk: their accounts; roles given and taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from festival.domain import tokens
from festival.domain.access import OF_THE_HOUSE, Grant, Role
from festival.domain.addresses import address_key
from festival.domain.errors import (
    LastAdministrator,
    NobodyByThatAddress,
    RoleOfTheHouse,
)
from festival.extensions import db
from festival.models.accounts import Account, Membership
from festival.queries import accounts
from festival.services import journal, outbox, stays

FIRST_LINK: Final = timedelta(hours=24)  # printed by the console


def welcome(
    address: str,
    name: str,
    *,
    language: str,
    actor: str,
    now: datetime,
    reopens: bool = False,
) -> Account:
    """Return the account of *address*, made if there is none.

    Raises:
        NobodyByThatAddress: it was closed, and whoever asks *reopens* none.
    """
    outbox.hold_mailbox(address_key(address))  # of two who invite, one makes it
    known = accounts.of_address(address)
    if known is not None:
        if known.closed_at is not None:
            if not reopens:
                raise NobodyByThatAddress
            known.closed_at = None
            journal.note("opened", "account", known.id, actor=actor, now=now)
        db.session.flush()
        return known
    account = Account(
        public_id=tokens.new_public_id(),
        name=name,
        address=address,
        address_key=address_key(address),
        language=language,
        made_at=now,
    )
    db.session.add(account)
    db.session.flush()
    journal.note("made", "account", account.id, actor=actor, now=now)
    return account


def give(account: Account, grant: Grant, *, actor: str, now: datetime) -> None:
    """Give *account* a role. Giving it twice changes nothing.

    Raises:
        RoleOfTheHouse: it cannot be given for a part of the house.
        NobodyByThatAddress: the account is closed.
    """
    if account.closed_at is not None:
        raise NobodyByThatAddress
    if grant.role in OF_THE_HOUSE and not grant.is_everywhere:
        raise RoleOfTheHouse
    if grant in account.grants:
        return
    account.memberships.append(
        Membership(
            role=grant.role,
            organisation_id=grant.organisation_id,
            venue_id=grant.venue_id,
            event_id=grant.event_id,
            given_at=now,
        )
    )
    db.session.flush()
    journal.note(
        "gave", "account", account.id, actor=actor, now=now, **_facts_of(grant)
    )


def take(account: Account, grant: Grant, *, actor: str, now: datetime) -> None:
    """Take a role from *account*; it ends with the request that is going on.

    Raises:
        LastAdministrator: nobody would be left who keeps the accounts.
    """
    going = [one for one in account.memberships if one.grant == grant]
    if not going:
        return
    _keep_an_administrator(account, going)
    for membership in going:
        account.memberships.remove(membership)
    db.session.flush()
    journal.note(
        "took", "account", account.id, actor=actor, now=now, **_facts_of(grant)
    )


def close(account: Account, *, actor: str, now: datetime) -> None:
    """Take all roles from *account* and let nobody sign in as it any more.

    What it did stays in the journal.

    Raises:
        LastAdministrator: nobody would be left who keeps the accounts.
    """
    if account.closed_at is not None:
        return
    _keep_an_administrator(account, account.memberships)
    account.closed_at = now
    account.memberships.clear()
    account.passkeys.clear()
    stays.end(account)
    journal.note("closed", "account", account.id, actor=actor, now=now)


def rename(account: Account, name: str, language: str) -> None:
    """Let somebody be called by another name, and be written to in another language."""
    account.name, account.language = name, language
    db.session.flush()


def _facts_of(grant: Grant) -> dict[str, Any]:
    """Return *grant* as the journal keeps it."""
    facts = {
        "role": grant.role.value,
        "organisation": grant.organisation_id,
        "venue": grant.venue_id,
        "event": grant.event_id,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _keep_an_administrator(account: Account, going: Sequence[Membership]) -> None:
    """Hold the roles of all administrators until the end: two may go at once."""
    if not any(membership.role is Role.ADMINISTRATOR for membership in going):
        return
    keeping = (
        select(Membership.account_id)
        .where(Membership.role == Role.ADMINISTRATOR)
        .order_by(Membership.id)
        .with_for_update()
    )
    if set(db.session.scalars(keeping)) <= {account.id}:
        raise LastAdministrator


def first_link(address: str, *, language: str, now: datetime) -> str:
    """Make *address* an administrator, and return the link's public id."""
    account = welcome(
        address, "", language=language, actor="command", now=now, reopens=True
    )
    give(account, Grant(Role.ADMINISTRATOR), actor="command", now=now)
    link = stays.link_to(account, None, now=now, until=now + FIRST_LINK)
    return link.public_id
