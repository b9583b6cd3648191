"""The demonstration: an invented house, a season of events, and their guests.

Beside it an archive of what really took place in other houses, which invents
nothing. All of it comes about through the services, so that the rules hold; what it
says is in ``texts/``.
"""

from __future__ import annotations

from datetime import datetime

from festival.demo import archive, crowd, house, season

ENOUGH = 10  # events to come; with fewer, a new season is announced


def seed(*, now: datetime) -> str:
    """Load the demonstration into this transaction; say in sentences what was done.

    The house is opened once, the archive loaded once, and a season announced whenever
    the last one runs out.
    """
    done = [archive.load(now), _announce(now)]
    if any(done):
        return " ".join(filter(None, done))
    return f"Nothing to do: {season.coming(now)} events are coming, regular ones apart."


def _announce(now: datetime) -> str:
    """Announce a season if need be, let guests reply, and say so."""
    if season.coming(now) >= ENOUGH:
        return ""
    house.furnish("house")
    planned = season.announce(now)
    guests = crowd.Crowd().replies([(one.event, one.guests) for one in planned], now)
    season.call_off(planned, now)

    parts = sum(each.event.super_event is not None for each in planned)
    ahead = sum(each.event.ends_at > now for each in planned)
    return (
        f"Loaded a season of {ahead - parts} events, {ahead} with the parts of "
        f"festivals, and {guests} invented guests."
    )
