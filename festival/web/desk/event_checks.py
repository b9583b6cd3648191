"""What is looked at before a change of an event is kept: its reach, and its space."""

from __future__ import annotations

from collections.abc import Sequence

from festival import clock
from festival.domain.access import Right, may
from festival.domain.errors import OutOfReach
from festival.models.events import Event
from festival.queries import accounts
from festival.queries import clashes as clashing
from festival.queries.clashes import Clash
from festival.web.desk.guard import grants


def require_reach(event: Event) -> None:
    """Pass silently while *event* is still theirs who write it.

    Raises:
        OutOfReach: it would be out of their reach afterwards.
    """
    if not may(grants(), Right.EVENTS, accounts.thing_of(event)):
        raise OutOfReach


def in_the_way(event: Event) -> Sequence[Clash]:
    """Return what is in the way of *event* as it stands now."""
    return clashing.of(event, clock.now(), grants=grants())
