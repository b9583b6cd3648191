"""Laying out a festival's programme, and publishing what has changed of it.

A draft is moved where it stands. What is published stays where the public knows it,
and a plan says where it is to be; publishing carries out every plan, and tells those
who said yes, once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from festival.domain.errors import (
    ChangedMeanwhile,
    EventCancelled,
    EventOver,
    EventPostponed,
)
from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.domain.words import Words
from festival.models.directory import Space
from festival.models.events import Event
from festival.queries import boards
from festival.services import event_life, events, journal, plans
from festival.services.plans import Where
from festival.services.turns import take_turn


def add(
    festival: Event,
    slug: str,
    kind: str,
    name: Words,
    *,
    actor: str,
    now: datetime,
    **facts: Any,
) -> Event:
    """Add a draft to the programme of *festival*; *facts* are columns of ``Event``.

    Raises:
        TwoLevelsOnly: *festival* is itself part of something.
    """
    part = events.draft(
        slug,
        kind,
        name,
        now=now,
        super_event=festival,
        timezone=festival.timezone,
        listed=festival.listed,
        languages=[*festival.languages],
        organisers=festival.organisers,
        **facts,
    )
    journal.note("draft", "event", part.id, actor=actor, now=now)
    return part


def move(
    part: Event,
    *,
    starts_at: datetime,
    ends_at: datetime,
    space: Space | None,
    actor: str,
    now: datetime,
) -> None:
    """Let *part* be at another time or place: at once, or when it is published again.

    Seats "as the space" are the new one's from then on.

    Raises:
        EventCancelled, EventOver: there is nothing left to move.
        EventPostponed: its own page gives it a date.
    """
    take_turn(part)
    if part.status is EventStatus.CANCELLED:
        raise EventCancelled
    if part.status is EventStatus.POSTPONED:
        raise EventPostponed
    if part.status is EventStatus.SCHEDULED and now >= part.ends_at:
        raise EventOver
    venue = space.venue if space else part.venue
    there = Where(starts_at, ends_at, venue, space)
    if part.status not in PUBLIC:
        _revise(part, there, actor=actor, now=now)
        return
    plans.plan(part, there, now=now)


def _revise(part: Event, there: Where, *, actor: str, now: datetime) -> int:
    """Let *part* be *there*; return how many letters were posted."""
    elsewhere = event_life.moved_to(part, *there.place)
    told = events.revise(part, actor=actor, now=now, **there._asdict())
    if "capacity" in elsewhere:
        events.resize(part, elsewhere["capacity"], actor=actor, now=now)
    return told


def shift(part: Event, by: timedelta, *, actor: str, now: datetime) -> None:
    """Let *part* be earlier or later; see ``move``."""
    take_turn(part)
    to_be = boards.part(part)
    move(
        part,
        starts_at=to_be.starts_at + by,
        ends_at=to_be.ends_at + by,
        space=to_be.space,
        actor=actor,
        now=now,
    )


def publish(
    festival: Event,
    chosen: Collection[str],
    mark: str,
    *,
    actor: str,
    now: datetime,
) -> int:
    """Publish *festival*, with the changes of the parts whose slugs are *chosen*.

    Everybody who said yes to a part that is now at another time or place gets one
    letter a reply, and nobody else gets any. Returns how many were posted.

    Raises:
        ChangedMeanwhile: the programme is not as it was read (``Board.mark``).
    """
    numbers = [event.id for event in festival.sub_events if event.slug in chosen]
    for event in sorted((festival, *festival.sub_events), key=lambda one: one.id):
        if event is festival or event.id in numbers:
            take_turn(event)  # all turns before any letter
    found = boards.board(festival)
    if found.mark != mark:
        raise ChangedMeanwhile
    told = 0
    for part in found.parts:
        if part.event.slug not in chosen or part.is_off or part.is_postponed:
            continue
        if part.is_draft:
            events.publish(part.event, actor=actor, now=now)
        elif part.is_changed:
            if part.event.is_ahead(now):  # what is over stays as it took place
                there = Where(part.starts_at, part.ends_at, part.venue, part.space)
                told += _revise(part.event, there, actor=actor, now=now)
            plans.take_back(part.event)
    events.publish(festival, actor=actor, now=now)
    return told
