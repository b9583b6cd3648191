"""Matches: who plays, who won, and whose place an outcome decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from festival.domain.errors import NegativeScore, ShootOutUndecided, ShootOutUnneeded
from festival.domain.words import Words, fold

A_MATCH: Final = timedelta(hours=2)  # on a screen, with half-time and a drink after it
TO_THE_END: Final = timedelta(hours=2, minutes=45)  # with extra time and a shoot-out


class Outcome(StrEnum):
    """What a match makes of a team."""

    WINNER = "winner"
    LOSER = "loser"


AWAITED: Final = {
    Outcome.WINNER: Words(fr="Vainqueur du match", en="Winner of match"),
    Outcome.LOSER: Words(fr="Perdant du match", en="Loser of match"),
}
GROUPS: Final = frozenset({"group", "groupe", "poule", "pool"})
UNDECIDED: Final = Words(fr="à déterminer", en="to be decided")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Whoever comes out of another match: "winner of match 49"."""

    outcome: Outcome
    number: int

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Placeholder | None:
        """Understand ``{"outcome": "winner", "number": 49}``; nothing is None.

        Raises:
            ValueError: it says something else.
        """
        if not record:
            return None
        if set(record) != {"outcome", "number"}:
            message = f"no placeholder: {record!r}"
            raise ValueError(message)
        return cls(Outcome(record["outcome"]), int(record["number"]))


@dataclass(frozen=True, slots=True)
class Side:
    """Who plays: a team, and until it is known whoever takes its place."""

    team: Words
    placeholder: Placeholder | None = None

    @property
    def name(self) -> Words:
        """Return how it is announced: "France", "Winner of match 49", or nothing."""
        if self.team or self.placeholder is None:
            return self.team
        said = AWAITED[self.placeholder.outcome]
        return Words(
            {tag: f"{text} {self.placeholder.number}" for tag, text in said.items()}
        )


@dataclass(frozen=True, slots=True)
class Result:
    """Goals after extra time, the shoot-out apart.

    Raises:
        NegativeScore: fewer goals than none.
        ShootOutUnneeded, ShootOutUndecided: no draw before it, or one after it.
    """

    home: int
    away: int
    extra_time: bool = False
    penalties: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuse what no referee writes down."""
        if min(self.home, self.away, *(self.penalties or ())) < 0:
            raise NegativeScore
        if self.penalties and self.home != self.away:
            raise ShootOutUnneeded
        if self.penalties and self.penalties[0] == self.penalties[1]:
            raise ShootOutUndecided

    def outcomes(self, home: Words, away: Words) -> dict[Outcome, Words]:
        """Return which team won and which lost; nothing after a draw."""
        ours, theirs = self.penalties or (self.home, self.away)
        if ours == theirs:
            return {}
        winner, loser = (home, away) if ours > theirs else (away, home)
        return {Outcome.WINNER: winner, Outcome.LOSER: loser}


def is_of_a_group(stage: Words) -> bool:
    """Say whether a match of *stage* may end in a draw."""
    return any(fold(text).split(" ")[0] in GROUPS for text in stage.values())


def title(stage: Words, home: Side, away: Side) -> Words:
    """Return what a screening of a match is called.

    "Finale : France – Croatie", and until somebody has won "Finale : Vainqueur du
    match 61 – Vainqueur du match 62". In each language that any of it has.
    """
    names = (stage, home.name, away.name)
    tags = dict.fromkeys(tag for name in names for tag in name) or {"fr": None}
    found = {}
    for tag in tags:
        round_ = str(stage.best(tag))
        sides = [str((side.name or UNDECIDED).best(tag)) for side in (home, away)]
        pair = " – ".join(sides) if home.name or away.name else ""
        colon = " : " if tag == "fr" else ": "
        found[tag] = colon.join(filter(None, (round_, pair)))
    return Words(found)
