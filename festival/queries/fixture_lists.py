"""What taking in a fixture list would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from festival.domain.fixture_list import Fixture, check
from festival.domain.fixtures import Result
from festival.domain.intakes import Becomes, Setting
from festival.domain.words import Words, fold
from festival.extensions import db
from festival.models.events import Competition, Match
from festival.models.intakes import Intake
from festival.queries import competitions, intakes
from festival.queries.intakes import Counted


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a fixture list, and what is to become of it."""

    fixture: Fixture
    becomes: Becomes
    match: Match | None = None  # that stands for it already
    facts: Mapping[str, Any] = field(default_factory=dict)  # columns of ``Match``
    result: Result | None = None  # a new one

    @property
    def number(self) -> int:
        """Return the number of its line."""
        return self.fixture.line.number


@dataclass(frozen=True)
class Plan(Counted):
    """What taking in a fixture list would do, line by line."""

    intake: Intake
    items: tuple[Item, ...]
    competition: Competition | None
    new_competition: str


def plan(one: Intake, now: datetime) -> Plan:
    """Return what taking in the fixtures of *one* would do, as things stand now."""
    rows = one.rows
    zone, out = ZoneInfo(rows["timezone"]), set(rows["out"])
    query = select(Competition).options(selectinload(Competition.matches))
    found = query.where(Competition.id == (rows["competition_id"] or 0))
    competition = db.session.scalars(found).one_or_none()
    known = list(competition.matches) if competition else []
    setting = Setting(now.astimezone(zone).date(), rows["timezone"], rows["language"])
    lines = intakes.lines_of(one)
    kept = [line for line in lines if line.number not in out]
    checked = {each.line.number: each for each in check(kept, setting)}
    left = list(known)
    items = []
    for line in lines:
        if line.number in out:
            items.append(Item(Fixture(line), Becomes.OUT))
            continue
        fixture = checked[line.number]
        match = _match(fixture, left)
        if match is not None:
            left.remove(match)
        items.append(_item(fixture, match))
    name = "" if competition else rows["competition"]
    return Plan(one, tuple(items), competition, name)


def _item(fixture: Fixture, match: Match | None) -> Item:
    if fixture.problems:
        return Item(fixture, Becomes.WRONG, match)
    if match is None:
        return Item(fixture, Becomes.MADE, None, fixture.facts, fixture.result)
    facts = differences(match, fixture.facts)
    result = fixture.result if fixture.result != competitions.result(match) else None
    becomes = Becomes.CHANGED if facts or result else Becomes.SAME
    return Item(fixture, becomes, match, facts, result)


def _match(fixture: Fixture, left: Sequence[Match]) -> Match | None:
    """Return the match that *fixture* stands for: by number, else by time and teams."""
    if fixture.number is not None:
        numbered = [match for match in left if match.number == fixture.number]
        if numbered:
            return numbered[0]
    for match in left:
        if match.number not in {None, fixture.number} and fixture.number is not None:
            continue
        same_time = match.kicks_off_at == fixture.kicks_off_at
        if same_time and all(
            _alike(getattr(match, side), fixture.facts.get(side, Words()))
            for side in ("home_team", "away_team")
        ):
            return match
    return None


def _alike(known: Words, said: Words) -> bool:
    """Say whether the two name one team; what is not known yet names any."""
    if not (known and said):
        return True
    return bool({fold(t) for t in known.values()} & {fold(t) for t in said.values()})


def differences(match: Match, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a list says otherwise than *match*; silence says nothing."""
    changed: dict[str, Any] = {}
    for name, value in facts.items():
        before = getattr(match, name)
        if isinstance(value, Words):
            if not value or _says(before, value):
                continue
            value = value if name.endswith("_team") else Words({**before, **value})  # noqa: PLW2901
        if value != before:
            changed[name] = value
    return changed


def _says(before: Words, value: Words) -> bool:
    """Say whether *before* says already what *value* does, in any of its languages."""
    return bool({fold(t) for t in before.values()} & {fold(t) for t in value.values()})


def competition_of(one: Intake) -> Competition | None:
    """Return the competition whose list was taken in."""
    number = one.made.get("competition_id") or one.rows["competition_id"] or 0
    return db.session.get(Competition, number)
