"""Taking in a fixture list: all of it or nothing, and back for a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from festival.domain.errors import (
    LinesToPutRight,
    NothingToTakeIn,
)
from festival.domain.intakes import Becomes
from festival.domain.slugs import free_among, slug_of
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Competition, Match
from festival.models.intakes import Intake
from festival.queries import fixture_lists
from festival.queries.fixture_lists import Item, Plan
from festival.services import journal, matches
from festival.services.imports import Undone, begin_to_undo, hold, note_undone

WORDS: Final = ("stage", "home_team", "away_team", "ground")
PLAIN: Final = (
    *("home_from", "away_from", "home_score", "away_score"),
    *("extra_time", "home_penalties", "away_penalties"),
)


def take_in(intake: Intake, *, actor: str, now: datetime) -> Plan:
    """Enter and change the matches that the lines of *intake* say: all, or none.

    Raises:
        ImportTaken: somebody has pressed before.
        LinesToPutRight, NothingToTakeIn: it is not to be taken in as it stands.
    """
    hold(intake, taken_at=now)
    plan = fixture_lists.plan(intake, now)
    if not plan.is_ready:
        raise LinesToPutRight
    if plan.is_idle:
        raise NothingToTakeIn
    language = intake.rows["language"]
    competition = plan.competition or matches.open_competition(
        _free_slug(plan.new_competition), Words({language: plan.new_competition})
    )
    before = {match.id: kept_facts(match) for match in competition.matches}
    made = []
    for item in plan.items:
        if item.becomes is Becomes.MADE:
            facts = dict(item.facts)
            kicks_off_at = facts.pop("kicks_off_at")
            match = matches.enter(competition, kicks_off_at, now=now, **facts)
            made.append(match.id)
            _score(match, item, actor=actor, now=now)
        elif item.becomes is Becomes.CHANGED and item.match is not None:
            if item.facts:
                matches.amend(item.match, actor=actor, now=now, **item.facts)
            _score(item.match, item, actor=actor, now=now)
    after = {each.id: kept_facts(each) for each in competition.matches}
    intake.made = {
        "matches": made,
        "competition_id": competition.id,
        "opened": plan.competition is None,
        "changed": [
            _change(number, was, after[number])
            for number, was in before.items()
            if was != after[number]
        ],
    }
    journal.note(
        "imported",
        "intake",
        intake.id,
        actor=actor,
        now=now,
        made=len(made),
        changed=plan.counts[Becomes.CHANGED],
    )
    db.session.flush()
    return plan


def _score(match: Match, item: Item, *, actor: str, now: datetime) -> None:
    """Keep the result of a line, where it says who plays."""
    result = item.result
    if result is None or not (match.home_team and match.away_team):
        return
    matches.score(
        match,
        result.home,
        result.away,
        extra_time=result.extra_time,
        penalties=result.penalties,
        actor=actor,
        now=now,
    )


def _free_slug(name: str) -> str:
    stem = slug_of(name)
    like = select(Competition.slug).where(Competition.slug.startswith(stem))
    return free_among(stem, set(db.session.scalars(like)))


def undo(intake: Intake, *, actor: str, now: datetime) -> Undone:
    """Undo *intake* for a day: matches that nobody shows go, the others go back.

    Raises:
        ImportSettled: a day has passed, or it was undone already.
    """
    begin_to_undo(intake, now)
    made = intake.made
    gone = [_strike(number, actor=actor, now=now) for number in made["matches"]]
    back = [_put_back(each, actor=actor, now=now) for each in made["changed"]]
    if made["opened"] and all(gone):
        db.session.delete(db.session.get_one(Competition, made["competition_id"]))
        db.session.flush()
    return note_undone(intake, gone, back, actor=actor, now=now)


def _strike(number: int, *, actor: str, now: datetime) -> bool:
    match = db.session.get(Match, number)
    if match is None:
        return True
    if match.event_id is not None:
        return False
    matches.strike(match, actor=actor, now=now)
    return True


def _put_back(change: Mapping[str, Any], *, actor: str, now: datetime) -> bool:
    match = db.session.get(Match, change["id"])
    if match is None:
        return True
    is_now = kept_facts(match)
    if any(is_now[name] != value for name, value in change["after"].items()):
        return False
    facts = {
        name: Words(value)
        if name in WORDS
        else datetime.fromisoformat(value)
        if name == "kicks_off_at"
        else value
        for name, value in change["before"].items()
    }
    matches.amend(match, actor=actor, now=now, **facts)
    return True


def kept_facts(match: Match) -> dict[str, Any]:
    """Return what a list may change of *match*, as JSON."""
    return {
        **{name: dict(getattr(match, name)) for name in WORDS},
        **{name: getattr(match, name) for name in PLAIN},
        "kicks_off_at": match.kicks_off_at.isoformat(),
    }


def _change(
    number: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    changed = [name for name in after if after[name] != before[name]]
    return {
        "id": number,
        "before": {name: before[name] for name in changed},
        "after": {name: after[name] for name in changed},
    }
