"""Tournaments: their matches, stage by stage, and what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectinload

from festival.domain import fixtures
from festival.domain.fixtures import Placeholder, Result, Side
from festival.domain.lifecycle import PUBLIC
from festival.domain.words import Words, fold
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


def title(match: Match) -> Words:
    """Return what a screening of *match* is called."""
    return fixtures.title(match.stage, side(match, "home"), side(match, "away"))


def shown(competition: Competition) -> Sequence[Match]:
    """Return the matches of *competition* that an event shows, with that event."""
    query = (
        select(Match)
        .join(Match.event)
        .where(Match.competition_id == competition.id)
        .options(contains_eager(Match.event))
        .order_by(Match.kicks_off_at, Match.id)
    )
    return db.session.scalars(query).all()


def named(name: str) -> Competition | None:
    """Return the competition that is called *name*, the newest one first."""
    query = select(Competition).order_by(Competition.id.desc())
    for one in db.session.scalars(query):
        if fold(name) in {fold(text) for text in one.name.values()}:
            return one
    return None


def of_the_desk() -> Sequence[Competition]:
    """Return all competitions, the newest first, with their matches."""
    query = select(Competition).options(selectinload(Competition.matches))
    return db.session.scalars(query.order_by(Competition.id.desc())).all()


def match_at(slug: str, number: int) -> Match:
    """Return the match of that id in the competition at *slug*.

    Raises:
        NoResultFound: there is none. The web answers 404.
    """
    query = (
        select(Match)
        .join(Match.competition)
        .where(Competition.slug == slug, Match.id == number)
        .options(contains_eager(Match.competition))
    )
    return db.session.scalars(query).one()
