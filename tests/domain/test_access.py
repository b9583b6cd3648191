"""Who may do what, and where."""

from __future__ import annotations

import pytest

from festival.domain.access import (
    OF_THE_HOUSE,
    RIGHTS,
    Grant,
    Right,
    Role,
    Thing,
    may,
    may_everywhere,
    may_give,
)

OURS = Thing(frozenset({1}), venue_ids=frozenset({10}), event_ids=frozenset({100, 101}))
NOWHERE = Thing()


@pytest.mark.parametrize(
    ("grant", "reaches"),
    [
        (Grant(Role.ORGANISER), True),
        (Grant(Role.ORGANISER, organisation_id=1), True),
        (Grant(Role.ORGANISER, organisation_id=2), False),
        (Grant(Role.ORGANISER, venue_id=10), True),
        (Grant(Role.ORGANISER, venue_id=11), False),
        (Grant(Role.ORGANISER, event_id=100), True),
        (Grant(Role.ORGANISER, event_id=101), True),  # its festival
        (Grant(Role.ORGANISER, event_id=1), False),  # the number of something else
        (Grant(Role.ORGANISER, venue_id=1), False),
        (Grant(Role.ORGANISER, organisation_id=10), False),
    ],
)
def test_a_grant_reaches_what_it_names_and_no_more(grant, reaches):
    assert grant.reaches(OURS) is reaches
    assert may([grant], Right.EVENTS, OURS) is reaches
    assert may([grant], Right.EVENTS)


def test_a_grant_of_a_part_reaches_nothing_that_is_nobodys():
    for name in ("organisation_id", "venue_id", "event_id"):
        assert not Grant(Role.ORGANISER, **{name: 1}).reaches(NOWHERE)


def test_without_grants_nothing_may_be_done():
    assert not any(may([], right) or may_everywhere([], right) for right in Right)


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (Role.ADMINISTRATOR, set(Right)),
        (Role.MANAGER, set(Right) - {Right.ACCOUNTS, Right.PEOPLE}),
        (Role.STEWARD, {Right.DOOR}),
        (Role.READER, {Right.FIGURES}),
    ],
)
def test_each_role_has_its_rights(role, rights):
    assert set(RIGHTS[role]) == rights


def test_an_organiser_has_no_right_on_the_house():
    assert not {Right.ACCOUNTS, Right.HOUSE} & RIGHTS[Role.ORGANISER]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("own", "gives"),
    [
        (Grant(Role.ADMINISTRATOR), set(Role)),
        (Grant(Role.MANAGER), set()),
        (Grant(Role.ORGANISER), set()),
        (Grant(Role.ORGANISER, organisation_id=1), {Role.ORGANISER, Role.READER}),
        (Grant(Role.ORGANISER, organisation_id=2), set()),
        (Grant(Role.READER, organisation_id=1), set()),
        (Grant(Role.ORGANISER, venue_id=1), set()),
    ],
)
def test_who_may_give_a_role_at_an_organisation(own, gives, role):
    assert may_give([own], Grant(role, organisation_id=1)) is (role in gives)


@pytest.mark.parametrize("given", [Grant(role) for role in OF_THE_HOUSE])
def test_only_who_keeps_the_accounts_gives_the_house_away(given):
    own = [Grant(Role.MANAGER), Grant(Role.ORGANISER, organisation_id=1)]

    assert not may_give(own, given)
    assert may_give([Grant(Role.ADMINISTRATOR)], given)
