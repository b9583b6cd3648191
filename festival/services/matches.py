"""Competitions: entering their matches, and writing down how they ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from festival.domain.errors import EventCancelled, EventOver, TeamsUnknown
from festival.domain.fixtures import Outcome, Placeholder, Result
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Competition, Event, Match
from festival.queries import competitions
from festival.services import calendar_entries, events, journal


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
    again changes nothing. Screenings are called after who plays (``amend``).

    Raises:
        TeamsUnknown: nobody knows yet who plays it.
        NegativeScore, ShootOutUnneeded, ShootOutUndecided: no match ends like that.
    """
    if not (match.home_team and match.away_team):
        raise TeamsUnknown
    result = Result(home, away, extra_time, penalties)
    if result == competitions.result(match):
        return
    were = _billed(match.competition)
    match.home_score, match.away_score = home, away
    match.extra_time = extra_time
    match.home_penalties, match.away_penalties = penalties or (None, None)
    _tell_again(_fill_in(match.competition), now)
    _bill_anew(match.competition, were, actor=actor, now=now)
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


def unscore(match: Match, *, actor: str, now: datetime) -> None:
    """Take back how *match* ended, and who went on by it: it was written in error."""
    result = competitions.result(match)
    if result is None:
        return
    were = _billed(match.competition)
    went_on = result.outcomes(match.home_team, match.away_team)
    match.home_score = match.away_score = None
    match.home_penalties = match.away_penalties = None
    match.extra_time = False
    freed = []
    for other in match.competition.matches:
        were_in = other.home_team, other.away_team
        if other.home_team == _went_on(other.home_from, match, went_on):
            other.home_team = Words()
        if other.away_team == _went_on(other.away_from, match, went_on):
            other.away_team = Words()
        if were_in != (other.home_team, other.away_team):
            freed.append(other)
    db.session.flush()
    _tell_again([*freed, *_fill_in(match.competition)], now)
    _bill_anew(match.competition, were, actor=actor, now=now)
    journal.note("score", "match", match.id, actor=actor, now=now, score=None)
    db.session.flush()


def _went_on(
    record: dict[str, Any], match: Match, took: Mapping[Outcome, Words]
) -> Words | None:
    """Return who *took* the place that *record* keeps, if *match* decides it."""
    awaited = Placeholder.read(record)
    if awaited is None or awaited.number != match.number:
        return None
    return took.get(awaited.outcome)


def amend(match: Match, *, actor: str, now: datetime, **facts: Any) -> None:
    """Let *match* be as *facts* say: columns of ``Match``.

    A screening that is called after who plays is called after who plays now, and
    moves with the kick-off; its guests are told once both teams are known.
    """
    were = _billed(match.competition)
    match.stage = facts.get("stage", match.stage)
    match.home_team = facts.get("home_team", match.home_team)
    match.away_team = facts.get("away_team", match.away_team)
    match.home_from = facts.get("home_from", match.home_from)
    match.away_from = facts.get("away_from", match.away_from)
    match.kicks_off_at = facts.get("kicks_off_at", match.kicks_off_at)
    match.ground = facts.get("ground", match.ground)
    match.home_score = facts.get("home_score", match.home_score)
    match.away_score = facts.get("away_score", match.away_score)
    match.extra_time = facts.get("extra_time", match.extra_time)
    match.home_penalties = facts.get("home_penalties", match.home_penalties)
    match.away_penalties = facts.get("away_penalties", match.away_penalties)
    db.session.flush()
    _tell_again([match, *_fill_in(match.competition)], now)
    _bill_anew(match.competition, were, actor=actor, now=now)
    journal.note(
        "edited", "match", match.id, actor=actor, now=now, changed=sorted(facts)
    )
    db.session.flush()


def strike(match: Match, *, actor: str, now: datetime) -> None:
    """Take a match that is shown nowhere off its competition."""
    number, competition = match.id, match.competition
    db.session.delete(match)
    db.session.flush()
    db.session.expire(competition, ["matches"])
    journal.note("deleted", "match", number, actor=actor, now=now)
    db.session.flush()


@dataclass(frozen=True, slots=True)
class _Billed:
    """How a match was announced."""

    title: Words
    kicks_off_at: datetime


def _billed(competition: Competition) -> dict[int, _Billed]:
    """Return how each match of *competition* that is shown is announced."""
    return {
        match.id: _Billed(competitions.title(match), match.kicks_off_at)
        for match in competitions.shown(competition)
    }


def _bill_anew(
    competition: Competition,
    were: Mapping[int, _Billed],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Let screenings follow their matches, where nobody has called them otherwise.

    While one of the teams is awaited, guests are not written to: they will be once
    both are known.
    """
    for match in competitions.shown(competition):
        event, was = match.event, were.get(match.id)
        if event is None or was is None:
            continue
        facts: dict[str, Any] = {}
        title = competitions.title(match)
        if event.name == was.title and title != was.title:
            facts["name"] = title
        if event.starts_at == was.kicks_off_at != match.kicks_off_at:
            facts["starts_at"] = match.kicks_off_at
        known = bool(match.home_team and match.away_team)
        with suppress(EventCancelled, EventOver):
            events.revise(
                event, actor=actor, now=now, tell=known or "starts_at" in facts, **facts
            )


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
