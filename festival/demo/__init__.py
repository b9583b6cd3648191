"""The demonstration: an invented house, a season of events, and their guests.

All of it comes about through the services, so that the rules hold; what it says is
in ``texts/``.
"""

from __future__ import annotations

from datetime import datetime

from festival.demo import crowd, house, season
from festival.services import journal

ENOUGH = 10  # events to come; with fewer, a new season is announced


def seed(*, now: datetime) -> str:
    """Load the demonstration into this transaction; say in a sentence what was done.

    The house is opened once, and a season announced whenever the last one runs out.
    """
    coming = season.coming(now)
    if coming >= ENOUGH:
        return f"Nothing to do: {coming} events are coming."
    house.furnish()
    planned = season.announce(now)
    people = crowd.Crowd()
    guests = sum(people.replies(each.event, each.guests, now) for each in planned)
    season.call_off(planned, now)
    journal.move_edition(now)

    parts = sum(each.event.super_event is not None for each in planned)
    ahead = sum(each.event.ends_at > now for each in planned)
    return (
        f"Loaded a season of {ahead - parts} events, {ahead} with the parts of "
        f"festivals, and {guests} invented guests."
    )
