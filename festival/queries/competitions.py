"""Tournaments: their matches, stage by stage, and what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from festival.domain.fixtures import Placeholder, Result, Side
from festival.domain.lifecycle import PUBLIC
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Competition, Event, Match


@dataclass(frozen=True, slots=True)
class Round:
    """The matches of one stage, in time order."""

    stage: Words
    matches: tuple[Match, ...]


def competition(slug: str) -> Competition:
    """Return the competition at *slug*, with its matches and where they are shown.

    Raises:
        NoResultFound: there is none. The web answers 404.
    """
    shown = selectinload(Competition.matches).joinedload(Match.event)
    query = select(Competition).options(
        shown.joinedload(Event.venue), shown.joinedload(Event.space)
    )
    return db.session.scalars(query.where(Competition.slug == slug)).one()


def competitions() -> Sequence[Competition]:
    """Return those that have any match, in the order they came in."""
    return db.session.scalars(
        select(Competition).where(Competition.matches.any()).order_by(Competition.id)
    ).all()


def rounds(competition: Competition) -> tuple[Round, ...]:
    """Return the stages of *competition*, each where its first match stands."""
    found: dict[Words, list[Match]] = {}
    for match in in_order(competition):
        found.setdefault(match.stage, []).append(match)
    return tuple(Round(stage, tuple(matches)) for stage, matches in found.items())


def in_order(competition: Competition) -> list[Match]:
    """Return the matches of *competition* as they are played."""
    return sorted(
        competition.matches,
        key=lambda match: (match.kicks_off_at, match.number or 0),
    )


def side(match: Match, where: Literal["home", "away"]) -> Side:
    """Return who plays *match* there."""
    if where == "home":
        return Side(match.home_team, Placeholder.read(match.home_from))
    return Side(match.away_team, Placeholder.read(match.away_from))


def result(match: Match) -> Result | None:
    """Return how *match* ended, once that is known."""
    if match.home_score is None or match.away_score is None:
        return None
    penalties = None
    if match.home_penalties is not None and match.away_penalties is not None:
        penalties = (match.home_penalties, match.away_penalties)
    return Result(match.home_score, match.away_score, match.extra_time, penalties)


def screening(match: Match) -> Event | None:
    """Return the event that shows *match*, where anybody may know of it."""
    event = match.event
    return event if event and event.listed and event.status in PUBLIC else None
