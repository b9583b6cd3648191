"""A fixture list: the matches of a competition, as associations hand them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from festival.domain import errors, readings
from festival.domain.columns import Line
from festival.domain.errors import FestivalError
from festival.domain.fixtures import Outcome, Placeholder, Result, Side
from festival.domain.intakes import Setting
from festival.domain.programme_list import instant
from festival.domain.words import Words, fold

LONGEST: Final = 80  # characters of a team's name, a stage's, a ground's
STAGES: Final[Mapping[str, Words]] = {
    **dict.fromkeys(
        ("group", "groupe", "group stage", "phase de groupes", "poule", "pool"),
        Words(fr="Groupe", en="Group"),
    ),
    **dict.fromkeys(
        ("round of 32", "seizieme de finale", "seiziemes de finale", "1/16"),
        Words(fr="Seizième de finale", en="Round of 32"),
    ),
    **dict.fromkeys(
        ("round of 16", "huitieme de finale", "huitiemes de finale", "last 16", "1/8"),
        Words(fr="Huitième de finale", en="Round of 16"),
    ),
    **dict.fromkeys(
        (
            "quarter final",
            "quarter finals",
            "quart de finale",
            "quarts de finale",
            "1/4",
        ),
        Words(fr="Quart de finale", en="Quarter-final"),
    ),
    **dict.fromkeys(
        ("semi final", "semi finals", "demi finale", "demi finales", "1/2"),
        Words(fr="Demi-finale", en="Semi-final"),
    ),
    **dict.fromkeys(
        (
            *(
                "third place",
                "match for third place",
                "3rd place",
                "third place play off",
            ),
            *("match pour la troisieme place", "petite finale", "3e place"),
        ),
        Words(fr="Match pour la troisième place", en="Third-place match"),
    ),
    **dict.fromkeys(("final", "finale", "the final"), Words(fr="Finale", en="Final")),
}
NOBODY: Final = frozenset(
    {"", "?", "-", "tbd", "tbc", "tba", "a determiner", "a definir", "to be decided"}
)
_AWAITED: Final = re.compile(
    r"(?:(?P<winner>winner|vainqueur|gagnant|w|v)|(?P<loser>loser|perdant|l|p))"
    r"\W*(?:of|du|de|d)?\W*(?:(?:match|game|m)\W*)?(?:n\W*)?(?P<number>\d{1,3})"
)
_SCORE: Final = re.compile(r"(\d{1,2})\s*[-–:]\s*(\d{1,2})")
_YES: Final = frozenset({"yes", "oui", "true", "1", "x", "vrai", "aet", "ap"})


@dataclass(frozen=True, slots=True)
class Fixture:
    """A line of a list: what it says of a match, and what is to be put right."""

    line: Line
    number: int | None = None
    kicks_off_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)  # of ``Match``
    result: Result | None = None
    problems: tuple[FestivalError, ...] = ()


def check(lines: Iterable[Line], setting: Setting) -> list[Fixture]:
    """Read *lines*. One without a day has that of the line before."""
    found, day_before = [], ""
    seen: dict[Any, int] = {}
    for line in lines:
        cells = dict(line.cells)
        if day_before and not (
            "starts_utc" in cells
            or "day" in cells
            or readings.a_moment(cells.get("starts", ""), timedelta())
            or readings.a_day(cells.get("starts", ""), setting.today)
        ):
            cells["day"] = day_before
        day_before = cells.get("day", day_before)
        fixture = _fixture(line, cells, setting)
        key = fixture.number if fixture.number is not None else _key(fixture)
        first = seen.setdefault(key, line.number)
        if first != line.number and not fixture.problems:
            twice = (errors.LineTwice(line=first),)
            fixture = Fixture(line, fixture.number, problems=twice)
        found.append(fixture)
    return found


def _key(fixture: Fixture) -> object:
    facts = fixture.facts
    return fixture.kicks_off_at, facts.get("home_team"), facts.get("away_team")


def _fixture(line: Line, cells: Mapping[str, str], setting: Setting) -> Fixture:
    problems: list[FestivalError] = []

    def ask(question: Callable[[Mapping[str, str], Setting], Any]) -> Any:
        try:
            return question(cells, setting)
        except FestivalError as problem:
            problems.append(problem)
            return None

    number = readings.a_number(cells.get("number", ""))
    kicks_off_at = ask(_kick_off)
    sides = ask(_sides) or {}
    result = ask(_result)
    facts = {
        "kicks_off_at": kicks_off_at,
        "stage": _stage(cells, setting),
        "ground": _in_languages(cells, "ground", setting),
        **sides,
    }
    if number is not None:
        facts["number"] = number
    given = {name: value for name, value in facts.items() if value or name in sides}
    return Fixture(line, number, kicks_off_at, given, result, tuple(problems))


def _kick_off(cells: Mapping[str, str], setting: Setting) -> datetime:
    universal = cells.get("starts_utc", "")
    day_said, hour_said = cells.get("day", ""), cells.get("starts", "")
    moment = readings.a_moment(universal, timedelta())
    for typed in (hour_said, day_said, f"{day_said} {hour_said}"):
        moment = moment or readings.a_moment(typed)
    if moment is not None:
        return moment
    if universal:
        raise errors.StartUnread(typed=universal[:60])
    day = readings.a_day(day_said or hour_said, setting.today)
    if day is None:
        raise errors.DayUnread(typed=day_said[:60]) if day_said else errors.DayMissing
    bare, offset = _apart(hour_said)
    found = readings.hours(bare) or readings.hours(day_said)
    if found is None:
        if hour_said:
            raise errors.StartUnread(typed=hour_said[:60])
        raise errors.StartMissing
    if offset is not None:
        there = datetime.combine(day, found[0], tzinfo=timezone(offset))
        return there.astimezone(UTC)
    return instant(day, found[0], setting.timezone)


def _apart(typed: str) -> tuple[str, timedelta | None]:
    """Part an hour from its zone: "18:00 UTC+3"."""
    found = re.search(
        r"\b(?:utc|gmt)\s*(?:([+-])(\d\d?)(?::?(\d\d))?)?\s*$", fold(typed)
    )
    if found is None:
        return typed, None
    away = timedelta(hours=int(found[2] or 0) % 24, minutes=int(found[3] or 0) % 60)
    return fold(typed)[: found.start()], -away if found[1] == "-" else away


def _in_languages(cells: Mapping[str, str], name: str, setting: Setting) -> Words:
    texts = {tag: cells.get(f"{name}.{tag}", "")[:LONGEST] for tag in ("fr", "en")}
    bare = cells.get(name, "")[:LONGEST]
    other = "en" if texts["fr"] else "fr"
    tag = other if any(texts.values()) else setting.language
    if bare and not texts.get(tag):
        texts[tag] = bare
    return Words(texts)


def _stage(cells: Mapping[str, str], setting: Setting) -> Words:
    said, group = _in_languages(cells, "stage", setting), cells.get("group", "")
    for text in said.values():
        known = STAGES.get(" ".join(re.findall(r"[\w/]+", fold(text))))
        if known is not None:
            said = known
            break
    if not group:
        return said
    letter = group.split()[-1][:LONGEST]
    said = said or STAGES["group"]
    return Words({tag: f"{text} {letter}" for tag, text in said.items()})


def _sides(cells: Mapping[str, str], setting: Setting) -> dict[str, Any]:
    pair = re.split(r"\s(?:[-–—]|vs?\.?|contre)\s", cells.get("sides", ""), maxsplit=1)
    if len(pair) == 2:
        both = {"home": pair[0], "away": pair[1]}
        cells = {**cells, **{k: said for k, said in both.items() if not cells.get(k)}}
    facts: dict[str, Any] = {}
    for where in ("home", "away"):
        side = _side(_in_languages(cells, where, setting))
        facts[f"{where}_team"] = side.team
        awaited = side.placeholder
        if awaited is not None:
            record = {"outcome": awaited.outcome.value, "number": awaited.number}
            facts[f"{where}_from"] = record
    if not (any(facts.values()) or cells.get("number")):
        raise errors.MatchUnread
    return facts


def _side(said: Words) -> Side:
    for text in said.values():
        folded = fold(text)
        found = _AWAITED.fullmatch(folded)
        if found:
            outcome = Outcome.WINNER if found["winner"] else Outcome.LOSER
            return Side(Words(), Placeholder(outcome, int(found["number"])))
        if folded in NOBODY:
            return Side(Words())
    return Side(said)


def _result(cells: Mapping[str, str], _setting: Setting) -> Result | None:
    goals = _pair(cells, "home_score", "away_score")
    if goals is None and cells.get("score"):
        found = _SCORE.match(cells["score"].strip())
        if found is None:
            raise errors.ScoreUnread(typed=cells["score"][:60])
        goals = int(found[1]), int(found[2])
    if goals is None:
        return None
    penalties = _pair(cells, "home_penalties", "away_penalties")
    longer = fold(cells.get("extra_time", "")) in _YES or penalties is not None
    return Result(*goals, longer, penalties)


def _pair(cells: Mapping[str, str], one: str, other: str) -> tuple[int, int] | None:
    said = cells.get(one, ""), cells.get(other, "")
    if not all(said):
        return None
    numbers = [readings.a_number(text) for text in said]
    if any(number is None or number > 99 for number in numbers):
        raise errors.ScoreUnread(typed=" – ".join(said)[:60])
    return numbers[0] or 0, numbers[1] or 0
