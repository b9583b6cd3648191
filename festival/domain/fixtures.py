"""Matches: who plays, who won, and whose place an outcome decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from festival.domain.errors import NegativeScore, ShootOutUndecided, ShootOutUnneeded
from festival.domain.words import Words


class Outcome(StrEnum):
    """What a match makes of a team."""

    WINNER = "winner"
    LOSER = "loser"


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
