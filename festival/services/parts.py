"""Several parts of a festival in one reply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from festival.domain.errors import FestivalError
from festival.extensions import db
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.services import gathering, rsvps
from festival.services.replies import Reply
from festival.services.turns import take_turn


def respond_to(
    parts: Iterable[Event], reply: Reply, *, now: datetime
) -> dict[Event, Rsvp | Repeat | FestivalError]:
    """Record the same yes to each of *parts*, and post one letter with all tickets.

    A part that refuses does not lose the others: its refusal stands in its place.
    All turns are taken first, in the order of ids: who waits for a turn holds nothing
    that comes later, such as the guest's mailbox. Nobody is put on a waiting list
    unasked.
    """
    reply = replace(reply, would_wait=False, answer="")
    results: dict[Event, Rsvp | Repeat | FestivalError] = {}
    in_order = sorted(parts, key=lambda event: event.id)
    for part in in_order:
        take_turn(part)
    for part in in_order:
        try:
            with db.session.begin_nested():
                results[part] = rsvps.respond(part, reply, now=now)
        except FestivalError as refusal:
            results[part] = refusal
    noted = [got for got in results.values() if not isinstance(got, FestivalError)]
    gathering.write_tickets(noted, now=now)
    return results
