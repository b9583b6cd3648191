"""What is read from a table, and which event it stands for, before it is taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from festival.domain.columns import Line
from festival.domain.errors import FestivalError
from festival.domain.words import Words, fold


class Becomes(StrEnum):
    """What is to become of a line."""

    MADE = "made"
    CHANGED = "changed"
    SAME = "same"  # the event is here already, as the line says
    KEPT = "kept"  # here already, and over or cancelled: it stays as it is
    OUT = "out"  # somebody leaves the line out
    WRONG = "wrong"  # it is to be put right


class Note(StrEnum):
    """What is worth a look, and in nobody's way."""

    OVER = "over"
    END_GUESSED = "end_guessed"
    KIND_GUESSED = "kind_guessed"
    NO_PLACE = "no_place"
    MORE_SEATS = "more_seats"
    OUTSIDE = "outside"  # of the festival's days
    SAME_SPACE = "same_space"  # as another line, at the same time


@dataclass(frozen=True, slots=True)
class Place:
    """A venue, or a space of it, and what it may be called."""

    venue_id: int
    space_id: int | None
    label: str  # "La Halle, Grande nef"
    venue_name: str
    names: frozenset[str]  # folded
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when a table is read."""

    today: date
    timezone: str
    language: str  # of its texts, where a head does not say
    places: tuple[Place, ...] = ()
    first: date | None = None  # day of the festival
    last: date | None = None


def names_of(name: Words) -> frozenset[str]:
    """Return what an event may be called, folded."""
    return frozenset(fold(text) for text in name.values())


@dataclass(frozen=True, slots=True)
class Checked:
    """A line and what it says.

    ``facts`` hold only what the line gives: columns of ``Event``, its place as ids;
    ``assumed`` is what a new event gets beside it.
    """

    line: Line
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    assumed: Mapping[str, Any] = field(default_factory=dict, hash=False)
    problems: tuple[FestivalError, ...] = ()
    notes: tuple[Note, ...] = ()
    suggestions: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)
    place: Place | None = None

    @property
    def whole(self) -> dict[str, Any]:
        """Return everything a new event of this line is."""
        return {**self.assumed, **self.facts}
