"""Showing matches: a series of screenings, each of which follows its match."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from festival.domain.errors import MatchesShown
from festival.domain.fixtures import A_MATCH, TO_THE_END, is_of_a_group
from festival.domain.slugs import free_among
from festival.extensions import db
from festival.models.directory import Organisation, Space, Venue
from festival.models.events import Competition, Event, Match, Series
from festival.queries import competitions
from festival.services import event_life
from festival.services.series import begin

KIND = "screening"


def ends_at(match: Match) -> datetime:
    """Return until when *match* takes a space: a cup match may need a shoot-out."""
    lasts = A_MATCH if is_of_a_group(match.stage) else TO_THE_END
    return match.kicks_off_at + lasts


def show(
    competition: Competition,
    chosen: Sequence[Match],
    *,
    venue: Venue,
    space: Space | None,
    doors: timedelta,
    capacity: int | None,
    organiser: Organisation | None,
    timezone: str,
    languages: Sequence[str],
    actor: str,
    now: datetime,
) -> list[Event]:
    """Write a screening of each of *chosen*, as drafts of one series.

    *Doors* open that long before the kick-off. A match that is shown already is not
    shown twice.

    Raises:
        MatchesShown: all of them are.
    """
    fresh = [match for match in _held(chosen) if match.event_id is None]
    if not fresh:
        raise MatchesShown
    whole = _series(competition, organiser)
    made = []
    for match in sorted(fresh, key=lambda one: (one.kicks_off_at, one.id)):
        facts: dict[str, Any] = {
            "name": competitions.title(match),
            "kind": KIND,
            "starts_at": match.kicks_off_at,
            "ends_at": ends_at(match),
            "doors_at": match.kicks_off_at - doors if doors else None,
            "timezone": timezone,
            "venue": venue,
            "space": space,
            "capacity": capacity,
            "languages": list(languages),
            "series": whole,
        }
        event = event_life.write(facts, organiser=organiser, actor=actor, now=now)
        match.event = event
        made.append(event)
    db.session.flush()
    return made


def _held(chosen: Sequence[Match]) -> Sequence[Match]:
    """Return *chosen* as they are now: whoever shows them in the same moment waits."""
    query = select(Match).where(Match.id.in_([match.id for match in chosen]))
    held = query.order_by(Match.id).with_for_update(of=Match)
    return db.session.scalars(held, execution_options={"populate_existing": True}).all()


def _series(competition: Competition, organiser: Organisation | None) -> Series:
    """Return the series of *organiser*'s screenings of *competition*, or a new one."""
    first = [organiser] if organiser else []
    for match in competitions.shown(competition):
        event = match.event
        if event and event.series and event.organisers[:1] == first:
            return event.series
    stem = f"{competition.slug[:60]}-screenings"
    like = select(Series.slug).where(Series.slug.startswith(stem))
    slug = free_among(stem, set(db.session.scalars(like)))
    return begin(slug, competition.name, rule={})
