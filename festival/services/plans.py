"""What a part of a festival is to be, once its programme is published again."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from festival.extensions import db
from festival.models.directory import Space, Venue
from festival.models.events import Event, Plan


class Where(NamedTuple):
    """When and where something is."""

    starts_at: datetime
    ends_at: datetime
    venue: Venue | None
    space: Space | None

    @property
    def hours(self) -> tuple[datetime, datetime]:
        """Return the two that go together."""
        return self.starts_at, self.ends_at

    @property
    def place(self) -> tuple[Venue | None, Space | None]:
        """Return the two others."""
        return self.venue, self.space


def where(one: Event | Plan) -> Where:
    """Return when and where an event is, or is to be."""
    return Where(one.starts_at, one.ends_at, one.venue, one.space)


def plan(event: Event, there: Where, *, now: datetime) -> None:
    """Let *event* be *there* later; where it is already, nothing is planned."""
    if where(event) == there:
        take_back(event)
        return
    kept = event.plan or Plan(event=event)
    kept.starts_at, kept.ends_at = there.hours
    kept.venue, kept.space = there.place
    kept.planned_at = now
    db.session.add(kept)
    db.session.flush()


def follow(event: Event, before: Where) -> None:
    """Let the plan of *event* go on from how it is now; *before* is how it was.

    A plan to begin later goes on when the event is moved into the dry, and the other
    way round. One that has come true is none any more.
    """
    kept = event.plan
    if kept is None:
        return
    here = where(event)
    if where(kept).hours == before.hours:
        kept.starts_at, kept.ends_at = here.hours
    if where(kept).place == before.place:
        kept.venue, kept.space = here.place
    if where(kept) == here:
        take_back(event)
    db.session.flush()


def take_back(event: Event) -> None:
    """Let *event* stay as it is published."""
    if event.plan is not None:
        db.session.delete(event.plan)
        event.plan = None
        db.session.flush()
