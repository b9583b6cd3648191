"""Competitions: entering their matches, and writing down how they ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from festival.domain.errors import TeamsUnknown
from festival.domain.fixtures import Outcome, Placeholder, Result
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Competition, Event, Match
from festival.queries import competitions
from festival.services import calendar_entries, journal


def open_competition(slug: str, name: Words, **facts: Any) -> Competition:
    """Keep a tournament, with no match yet; *facts* are columns of ``Competition``."""
    competition = Competition(slug=slug, name=name, **facts)
    db.session.add(competition)
    db.session.flush()
    return competition


def enter(
    competition: Competition, kicks_off_at: datetime, *, now: datetime, **facts: Any
) -> Match:
    """Add a match to *competition*; *facts* are columns of ``Match``, or its event.

    The event is one that is published afterwards.

    Raises:
        NegativeScore, ShootOutUnneeded, ShootOutUndecided: no match ends like that.
    """
    match = Match(competition=competition, kicks_off_at=kicks_off_at, **facts)
    db.session.add(match)
    db.session.flush()
    _tell_again([match, *_fill_in(competition)], now)
    return match


def score(
    match: Match,
    home: int,
    away: int,
    *,
    extra_time: bool = False,
    penalties: tuple[int, int] | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Write down how *match* ended, and who plays the matches that it decides.

    A result may be corrected: so are those who take its places. The same result
    again changes nothing.

    Raises:
        TeamsUnknown: nobody knows yet who plays it.
        NegativeScore, ShootOutUnneeded, ShootOutUndecided: no match ends like that.
    """
    if not (match.home_team and match.away_team):
        raise TeamsUnknown
    result = Result(home, away, extra_time, penalties)
    if result == competitions.result(match):
        return
    match.home_score, match.away_score = home, away
    match.extra_time = extra_time
    match.home_penalties, match.away_penalties = penalties or (None, None)
    _tell_again(_fill_in(match.competition), now)
    journal.note(
        "score",
        "match",
        match.id,
        actor=actor,
        now=now,
        score=[home, away],
        extra_time=extra_time,
        penalties=penalties,
    )
    db.session.flush()


def _fill_in(competition: Competition) -> list[Match]:
    """Give each place that a result decides to the team that takes it.

    In the order of play, so that a correction goes all the way up. Returns the
    matches that others play now.
    """
    decided: dict[int, dict[Outcome, Words]] = {}
    changed = []
    for match in competitions.in_order(competition):
        were = match.home_team, match.away_team
        match.home_team = _taker(match.home_from, decided, match.home_team)
        match.away_team = _taker(match.away_from, decided, match.away_team)
        if were != (match.home_team, match.away_team):
            changed.append(match)
        result = competitions.result(match)
        if match.number is not None and result is not None:
            decided[match.number] = result.outcomes(match.home_team, match.away_team)
    db.session.flush()
    return changed


def _tell_again(changed: Iterable[Match], now: datetime) -> None:
    """Let calendars tell again who plays, where a match is shown."""
    shown = [match.event_id for match in changed if match.event_id]
    if shown:
        calendar_entries.tell_again(Event.id.in_(shown), now=now)


def _taker(
    record: dict[str, Any], decided: dict[int, dict[Outcome, Words]], team: Words
) -> Words:
    """Return who takes the place *record* keeps: *team* until its match is played."""
    placeholder = Placeholder.read(record)
    if placeholder is None or placeholder.number not in decided:
        return team
    return decided[placeholder.number].get(placeholder.outcome, Words())
