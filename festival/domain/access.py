"""Who may do what, and where.

A *grant* is a role and how far it reaches: the whole house, an organisation, a venue
or one event. Roles are read anew at each request; nothing remembers them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to the house, or to a part of it."""

    ADMINISTRATOR = "administrator"  # accounts and roles, and everything else
    MANAGER = "manager"  # the office: everything that happens in the house
    ORGANISER = "organiser"  # an organisation's, a venue's or one event's
    STEWARD = "steward"  # one event's door, by a door link and without an account
    READER = "reader"  # figures, and nobody's data


class Right(StrEnum):
    """What a page of the desk needs."""

    ACCOUNTS = "accounts"  # invite, give and take roles, read the whole journal
    PEOPLE = "people"  # invite somebody, and take back what one gave
    HOUSE = "house"  # venues, spaces, organisations, competitions
    EVENTS = "events"  # write, publish, change, call off
    GUESTS = "guests"  # who comes, and what they need
    DOOR = "door"  # check in
    FIGURES = "figures"  # numbers without names


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.MANAGER: frozenset(Right) - {Right.ACCOUNTS, Right.PEOPLE},
    Role.ORGANISER: frozenset(
        {Right.PEOPLE, Right.EVENTS, Right.GUESTS, Right.DOOR, Right.FIGURES}
    ),
    Role.STEWARD: frozenset({Right.DOOR}),
    Role.READER: frozenset({Right.FIGURES}),
}
OF_THE_HOUSE = frozenset({Role.ADMINISTRATOR, Role.MANAGER})  # never of a part of it


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, and how far it reaches: at most one of the three; none is everywhere."""

    role: Role
    organisation_id: int | None = None
    venue_id: int | None = None
    event_id: int | None = None

    @property
    def is_everywhere(self) -> bool:
        """Say whether it reaches the whole house."""
        return (self.organisation_id, self.venue_id, self.event_id) == (None,) * 3

    def reaches(self, thing: Thing) -> bool:
        """Say whether *thing* lies within it."""
        return (
            self.is_everywhere
            or self.organisation_id in thing.organisation_ids
            or self.venue_id in thing.venue_ids
            or self.event_id in thing.event_ids
        )


@dataclass(frozen=True, slots=True)
class Thing:
    """What a right is asked for, as grants see it.

    An event is its own, its organisers' and its venue's; and all that its festival is.
    """

    organisation_ids: frozenset[int] = frozenset()
    venue_ids: frozenset[int] = frozenset()
    event_ids: frozenset[int] = frozenset()


def may(grants: Iterable[Grant], right: Right, thing: Thing | None = None) -> bool:
    """Say whether *grants* give *right* on *thing*; without one, on anything at all."""
    return any(
        right in RIGHTS[grant.role] and (thing is None or grant.reaches(thing))
        for grant in grants
    )


def may_everywhere(grants: Iterable[Grant], right: Right) -> bool:
    """Say whether *grants* give *right* on the whole house."""
    return any(right in RIGHTS[g.role] and g.is_everywhere for g in grants)


def may_give(grants: Iterable[Grant], given: Grant) -> bool:
    """Say whether *grants* let somebody give, or take, *given*.

    Who keeps the accounts; and an organisation's organiser for that organisation:
    they know best who writes its events.
    """
    own = tuple(grants)
    if may_everywhere(own, Right.ACCOUNTS):
        return True
    return (
        given.role in {Role.ORGANISER, Role.READER}
        and given.organisation_id is not None
        and Grant(Role.ORGANISER, organisation_id=given.organisation_id) in own
    )
