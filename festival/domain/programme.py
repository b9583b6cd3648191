"""A day of a programme as a table: spaces beside each other, time downwards."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

MORNING = timedelta(hours=6)  # until then a night belongs to its evening
STEP = 15  # minutes a row
MOST_DAYS = 62  # of one festival: what pages and grids can hold
HOUR = 60
SHORTEST = 2  # rows: less would not hold a name


@dataclass(frozen=True, slots=True)
class Slot:
    """What is on in one column, in minutes since the day's midnight."""

    key: int
    column: Hashable
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Column:
    """A space of the table: where its lanes begin, and how many there are."""

    key: Hashable
    first: int  # as CSS counts grid lines; the hours stand in column 1
    lanes: int


@dataclass(frozen=True, slots=True)
class Area:
    """Where a slot stands, in grid lines of CSS."""

    column: int
    row: int
    row_end: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A day's table. Hours may pass 24: the night belongs to its evening."""

    columns: tuple[Column, ...]
    hours: range
    areas: dict[int, Area]

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.hours) * HOUR // STEP

    @property
    def lanes(self) -> int:
        """Return the number of columns beside the hours."""
        return sum(column.lanes for column in self.columns)

    def row_of(self, hour: int) -> int:
        """Return the grid line at which *hour* begins."""
        return 1 + (hour - self.hours.start) * HOUR // STEP


def lay_out(slots: Iterable[Slot], order: Sequence[Hashable]) -> Grid:
    """Place *slots* in the columns of *order*; a column of a clash gets two lanes."""
    every = sorted(slots, key=lambda slot: (slot.begins, slot.ends, slot.key))
    if not every:
        return Grid((), range(0), {})
    start = min(slot.begins for slot in every) // HOUR
    end = max(-(-slot.ends // HOUR) for slot in every)
    columns, areas, first = [], {}, 2
    for key in order:
        free_from: list[int] = []  # of each lane: the first row not taken
        for slot in (slot for slot in every if slot.column == key):
            row = 1 + (slot.begins - start * HOUR) // STEP
            last = 1 - (-(slot.ends - start * HOUR) // STEP)
            row_end = max(last, row + SHORTEST)
            lane = next((i for i, r in enumerate(free_from) if r <= row), None)
            if lane is None:
                lane = len(free_from)
                free_from.append(0)
            free_from[lane] = row_end
            areas[slot.key] = Area(first + lane, row, row_end)
        columns.append(Column(key, first, len(free_from) or 1))
        first += len(free_from) or 1
    bottom = max(area.row_end for area in areas.values())
    while 1 + (end - start) * HOUR // STEP < bottom:
        end += 1
    return Grid(tuple(columns), range(start, end), areas)
