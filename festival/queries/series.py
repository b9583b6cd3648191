"""Series: their dates, and which of them a change reaches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from festival.domain.access import Grant, Right
from festival.domain.lifecycle import EventStatus
from festival.domain.recurrence import local
from festival.extensions import db
from festival.models.directory import Partnership
from festival.models.events import Event, Series
from festival.queries import accounts


class Which(StrEnum):
    """How far a change of one date reaches."""

    THIS = "this"
    FOLLOWING = "following"  # this one and those after it
    ALL = "all"


def dates(slug: str, grants: Sequence[Grant]) -> Sequence[Event]:
    """Return the dates of the series at *slug* that *grants* reach, in order."""
    query = (
        select(Event)
        .join(Series, Series.id == Event.series_id)
        .where(Series.slug == slug, accounts.within(grants, Right.EVENTS))
        .options(
            joinedload(Event.series),
            joinedload(Event.venue),
            joinedload(Event.space),
            joinedload(Event.super_event),
            selectinload(Event.partnerships).joinedload(Partnership.organisation),
        )
        .order_by(Event.starts_at, Event.id)
    )
    return db.session.scalars(query).all()


def reached(
    event: Event, which: Which, every: Sequence[Event], now: datetime
) -> list[Event]:
    """Return which of *every* date a change of *event* reaches: none that is over."""
    if which is Which.THIS:
        return [event]
    return [
        one
        for one in every
        if one.status is not EventStatus.CANCELLED
        and one.ends_at > now
        and (which is Which.ALL or one.starts_at >= event.starts_at)
    ]


def keeps_hours(event: Event) -> bool:
    """Say whether *event* is on a day and at the hours its series has for it.

    One that was moved alone is not, and goes its own way from then on.
    """
    planned = event.series.rule.get("planned") if event.series else None
    if planned is None:  # of a series that was not made at the desk
        return True
    begins, ends = (
        local(at, event.timezone) for at in (event.starts_at, event.ends_at)
    )
    hours = [f"{begins:%H:%M}", f"{ends:%H:%M}"]
    return bool(planned.get(begins.date().isoformat()) == hours)
