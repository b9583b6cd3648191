"""Which events the lines of a table stand for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from festival.domain.intakes import Checked, names_of


@dataclass(frozen=True, slots=True)
class Known:
    """An event that is here already, as far as lines are told apart by it."""

    key: int
    names: frozenset[str]  # folded
    starts_at: datetime


def pair(
    checked: Collection[Checked], known: Iterable[Known], zone: str, *, moves: bool
) -> dict[int, int]:
    """Return which of *known* each line stands for, by the line's number.

    Alike in name, at the same instant; else on the same day; else, where things
    *move* and both are the only ones of that name, on whatever day. So the same
    table twice changes nothing, and a corrected one corrects.
    """
    local = ZoneInfo(zone)

    def same_day(one: datetime, other: datetime) -> bool:
        return one.astimezone(local).date() == other.astimezone(local).date()

    read = {
        one.line.number: one
        for one in checked
        if "starts_at" in one.facts and "name" in one.facts
    }
    names = {n: names_of(one.facts["name"]) for n, one in read.items()}
    starts = {n: one.facts["starts_at"] for n, one in read.items()}
    left = list(known)
    found: dict[int, int] = {}

    def take(number: int, event: Known) -> None:
        found[number] = event.key
        left.remove(event)

    for alike in (datetime.__eq__, same_day):
        for number, called in names.items():
            if number in found:
                continue
            same = [e for e in left if e.names & called]
            met = [e for e in same if alike(starts[number], e.starts_at)]
            if met:
                take(number, met[0])
    if moves:
        lines = {n: called for n, called in names.items() if n not in found}
        for number, called in lines.items():
            rivals = sum(bool(called & other) for other in lines.values())
            same = [e for e in left if e.names & called]
            if rivals == 1 and len(same) == 1:
                take(number, same[0])
    return found
