"""Where everything stands in a programme's table, as a style sheet.

No ``style`` attribute gets past the site's security policy, and none is needed: the
places of a day are a small sheet of its own, kept for ever under its content's hash.
"""

from __future__ import annotations

from collections.abc import Iterable

from festival.domain.programme import Grid

WIDE = 6  # columns that fit beside each other; more scroll sideways


def places(grids: Iterable[tuple[int, Grid]]) -> str:
    """Return the rules of *grids*: each with its day's number, as ids have it."""
    rules = "\n".join(rule for number, grid in grids for rule in _rules(number, grid))
    return f"@layer parts {{ @container (min-width: 52rem) {{\n{rules}\n}} }}\n"


def _rules(number: int, grid: Grid) -> Iterable[str]:
    least = "0" if grid.lanes <= WIDE else "9.5rem"
    yield (
        f"#c{number}, #p{number} {{ grid-template-columns: 3.5rem "
        f"repeat({grid.lanes}, minmax({least}, 1fr)) }}"
    )
    rows = f"repeat({grid.rows}, minmax(1.75rem, auto))"
    yield f"#p{number} {{ grid-template-rows: {rows} }}"
    for place, column in enumerate(grid.columns):
        span = f"/span {column.lanes}" if column.lanes > 1 else ""
        yield f"#h{number}-{place} {{ grid-column: {column.first}{span} }}"
    for hour in grid.hours:
        yield f"#t{number}-{hour} {{ grid-row: {grid.row_of(hour)} }}"
    for key, area in grid.areas.items():
        there = f"{area.row}/{area.column}/{area.row_end}"
        yield f"#s{number}-{key} {{ grid-area: {there} }}"
