"""Who is signed in, who may, and what they did."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from festival.domain.access import (
    RIGHTS,
    Grant,
    Right,
    Role,
    Thing,
    may_everywhere,
    may_give,
)
from festival.domain.addresses import address_key
from festival.extensions import db
from festival.models.accounts import Account, Membership, Passkey, SignInLink, Stay
from festival.models.directory import Organisation, Partnership, Venue
from festival.models.events import Event

IDLE, LONGEST = timedelta(hours=8), timedelta(days=7)  # of a stay
SCOPES: Final[dict[str, type[Organisation | Venue | Event]]] = {
    "organisation_id": Organisation,
    "venue_id": Venue,
    "event_id": Event,
}


def digest(key: str) -> str:
    """Return what is kept of a key: nobody can make the key from it."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def of_address(address: str) -> Account | None:
    """Return the account of *address*, open or closed."""
    query = select(Account).where(Account.address_key == address_key(address))
    return db.session.scalars(query).one_or_none()


def stay_of(key: str, now: datetime) -> Stay | None:
    """Return the stay that *key* opens, with its account and its roles as they are."""
    query = (
        select(Stay)
        .join(Account)
        .where(
            Stay.digest == digest(key),
            Stay.seen_at > now - IDLE,
            Stay.began_at > now - LONGEST,
            Account.closed_at.is_(None),
        )
        .options(
            joinedload(Stay.account).selectinload(Account.memberships),
        )
    )
    return db.session.scalars(query).one_or_none()


def link_of(public_id: str) -> SignInLink | None:
    """Return the sign-in link kept under *public_id*."""
    query = select(SignInLink).where(SignInLink.public_id == public_id)
    return db.session.scalars(query).one_or_none()


def opens(link: SignInLink, browser: str, now: datetime) -> bool:
    """Say whether *link* may sign in now, in *browser*."""
    asked_here = link.browser is None or (link.browser == digest(browser))
    return link.used_at is None and now < link.until and asked_here


def waits(link: SignInLink, now: datetime) -> bool:
    """Say whether *link* may still sign in, if not here then in another browser."""
    return link.used_at is None and now < link.until


def passkey_of(credential_id: bytes) -> Passkey | None:
    """Return the passkey that says it is *credential_id*."""
    query = select(Passkey).where(Passkey.credential_id == credential_id)
    return db.session.scalars(query).one_or_none()


def stays(account: Account, now: datetime) -> Sequence[Stay]:
    """Return the browsers in which *account* is signed in, the latest first."""
    query = (
        select(Stay)
        .where(
            Stay.account_id == account.id,
            Stay.seen_at > now - IDLE,
            Stay.began_at > now - LONGEST,
        )
        .order_by(Stay.seen_at.desc(), Stay.id.desc())
    )
    return db.session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class Held:
    """A role as a page names it: what it is, and of what (None: the whole house)."""

    grant: Grant
    where: Organisation | Venue | Event | None


def held(memberships: Iterable[Membership]) -> dict[int, list[Held]]:
    """Return the roles of each account among *memberships*, with what they reach."""
    found = list(memberships)
    reached: dict[str, dict[int, Organisation | Venue | Event]] = {}
    for name, kind in SCOPES.items():
        numbers = {getattr(one, name) for one in found} - {None}
        things: Select[Any] = select(kind).where(kind.id.in_(numbers))
        reached[name] = {
            thing.id: thing for thing in (db.session.scalars(things) if numbers else ())
        }
    roles: dict[int, list[Held]] = {}
    for one in found:
        where = next(
            (
                reached[name][number]
                for name in SCOPES
                if (number := getattr(one, name))
            ),
            None,
        )
        roles.setdefault(one.account_id, []).append(Held(one.grant, where))
    return roles


def everybody(organisations: Sequence[int] | None = None) -> Sequence[Account]:
    """Return all accounts with their roles, by name, the closed ones last.

    Those that were erased have no name any more, and are left out.

    Of *organisations*, if given: those who have a role in one of them.
    """
    query = (
        select(Account)
        .where(Account.address != "")
        .options(selectinload(Account.memberships))
        .order_by(Account.closed_at.is_not(None), Account.name, Account.address_key)
    )
    if organisations is not None:
        theirs = select(Membership.account_id).where(
            Membership.organisation_id.in_(organisations)
        )
        query = query.where(Account.id.in_(theirs), Account.closed_at.is_(None))
    return db.session.scalars(query).all()


def at(public_id: str) -> Account | None:
    """Return the account kept under *public_id*."""
    query = select(Account).where(Account.public_id == public_id)
    return db.session.scalars(query).one_or_none()


def organisations(grants: Sequence[Grant]) -> list[int]:
    """Return the organisations of which *grants* may give roles."""
    own = {grant.organisation_id for grant in grants if grant.organisation_id}
    return sorted(
        number
        for number in own
        if may_give(grants, Grant(Role.ORGANISER, organisation_id=number))
    )


@dataclass(frozen=True, slots=True)
class Reaches:
    """What a role may be given for, beside the whole house."""

    organisations: Sequence[Organisation]
    venues: Sequence[Venue]
    festivals: Sequence[Event]  # not over yet


def reaches(grants: Sequence[Grant], now: datetime) -> Reaches:
    """Return for what *grants* may give a role."""
    bodies = select(Organisation).order_by(Organisation.name, Organisation.id)
    if not may_everywhere(grants, Right.ACCOUNTS):
        bodies = bodies.where(Organisation.id.in_(organisations(grants)))
        return Reaches(db.session.scalars(bodies).all(), (), ())
    venues = select(Venue).order_by(Venue.name, Venue.id)
    festivals = (
        select(Event)
        .where(Event.kind == "festival", Event.ends_at > now)
        .order_by(Event.starts_at, Event.id)
    )
    return Reaches(
        db.session.scalars(bodies).all(),
        db.session.scalars(venues).all(),
        db.session.scalars(festivals).all(),
    )


def thing_of(event: Event) -> Thing:
    """Return *event* as grants see it. A part of a festival is the festival's, too."""
    whole = [event] if event.super_event is None else [event, event.super_event]
    return Thing(
        organisation_ids=frozenset(
            partnership.organisation_id
            for one in whole
            for partnership in one.partnerships
            if partnership.role == "organiser"
        ),
        venue_ids=frozenset(one.venue_id for one in whole if one.venue_id),
        event_ids=frozenset(one.id for one in whole),
    )


def within(grants: Sequence[Grant], right: Right) -> ColumnElement[bool]:
    """Return the condition under which *grants* give *right* on an ``Event``.

    The same rule as ``access.may``, in SQL; a test holds them together.
    """
    reaching = [grant for grant in grants if right in RIGHTS[grant.role]]
    if any(grant.is_everywhere for grant in reaching):
        return Event.id.is_not(None)
    organisations = [g.organisation_id for g in reaching if g.organisation_id]
    venues = [g.venue_id for g in reaching if g.venue_id]
    events = [g.event_id for g in reaching if g.event_id]
    organised = select(Partnership.event_id).where(
        Partnership.role == "organiser",
        Partnership.organisation_id.in_(organisations),
    )
    whole = aliased(Event)
    there = select(whole.id).where(whole.venue_id.in_(venues))
    return or_(
        Event.id.in_(organised),
        Event.super_event_id.in_(organised),
        Event.venue_id.in_(venues),
        Event.super_event_id.in_(there),
        Event.id.in_(events),
        Event.super_event_id.in_(events),
    )
