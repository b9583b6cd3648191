"""Roles on a real database: given, taken, and what they reach in SQL."""

from __future__ import annotations

import contextvars
import itertools
import threading

import pytest
from sqlalchemy import select

from festival.domain.access import Grant, Right, Role, may
from festival.domain.errors import FestivalError, LastAdministrator, RoleOfTheHouse
from festival.extensions import db
from festival.models.accounts import Account, Membership
from festival.models.events import Event
from festival.queries import accounts as known
from festival.services import accounts
from tests.conftest import both_databases


@both_databases
def test_the_rule_in_sql_is_the_rule(build):
    """``queries.accounts.within`` and ``domain.access.may`` never part."""
    halle, annexe = build.venue(), build.venue("annexe", "L’Annexe")
    wheel = build.organisation("wheel", "La Roue libre")
    others = build.organisation("others", "Les Autres")
    fete = build.event("fete", kind="festival", organisers=[wheel], venue=halle)
    build.event("part", super_event=fete, organisers=[others], venue=annexe)
    build.event("bare-part", super_event=fete)
    build.event("ours", organisers=[wheel])
    build.event("both", organisers=[wheel, others], venue=annexe)
    build.event("helped", partners=[wheel], organisers=[others])
    build.event("nobodys")
    reaches = [
        {},
        *({"organisation_id": one.id} for one in (wheel, others)),
        *({"venue_id": one.id} for one in (halle, annexe)),
        *({"event_id": one.id} for one in db.session.scalars(select(Event))),
        {"event_id": 999},
    ]
    grants = [Grant(role, **reach) for role in Role for reach in reaches]
    seen = set()

    several = [(), *((one,) for one in grants)]
    several += itertools.islice(itertools.combinations(grants, 2), 0, None, 17)
    part = db.session.scalars(select(Event).where(Event.slug == "part")).one()
    for reach in ({"venue_id": halle.id}, {"event_id": fete.id}):  # its festival's
        assert may([Grant(Role.ORGANISER, **reach)], Right.EVENTS, known.thing_of(part))
    for own, right in itertools.product(several, (Right.EVENTS, Right.FIGURES)):
        asked = select(Event).where(known.within(own, right))
        found = {event.slug for event in db.session.scalars(asked)}
        ruled = {
            event.slug
            for event in db.session.scalars(select(Event))
            if may(own, right, known.thing_of(event))
        }
        assert found == ruled, (own, right)
        seen.add(frozenset(found))

    assert len(seen) > 10


@both_databases
def test_a_role_given_twice_is_there_once_and_taken_wholly(build, clock):
    paul = build.account("Paul", "reader")
    grant = Grant(Role.READER)
    accounts.give(paul, grant, actor="test", now=clock())
    assert len(paul.memberships) == 1
    paul.memberships.append(Membership(role=Role.READER, given_at=clock()))  # a race
    db.session.flush()

    accounts.take(paul, grant, actor="test", now=clock())
    db.session.commit()

    assert db.session.get_one(Account, paul.id).grants == ()


def test_a_role_of_the_house_is_given_for_no_part_of_it(build, clock):
    paul, wheel = build.account("Paul", None), build.organisation()

    for role in (Role.ADMINISTRATOR, Role.MANAGER):
        with pytest.raises(RoleOfTheHouse):
            accounts.give(
                paul, Grant(role, organisation_id=wheel.id), actor="x", now=clock()
            )


@both_databases
def test_of_two_administrators_who_dismiss_each_other_one_stays(app, build, clock):
    pair = [build.account(name, "administrator").id for name in ("Inès", "Paul")]
    barrier, refused = threading.Barrier(2), []

    def dismiss(number: int) -> None:
        with app.app_context():
            account = db.session.get_one(Account, number)
            db.session.rollback()
            barrier.wait(5)
            try:
                account = db.session.get_one(Account, number)
                accounts.close(account, actor="test", now=clock())
                db.session.commit()
            except FestivalError as refusal:
                refused.append(type(refusal))
                db.session.rollback()
            db.session.remove()

    db.session.rollback()
    threads = [
        threading.Thread(target=contextvars.Context().run, args=(dismiss, number))
        for number in pair
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()
    left = select(Account).where(Account.closed_at.is_(None))
    assert refused == [LastAdministrator]
    assert [one.grants for one in db.session.scalars(left)] == [
        (Grant(Role.ADMINISTRATOR),)
    ]
