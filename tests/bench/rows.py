"""Figures, each beside what was hoped for; as a table and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

MATTER = ("flask", "gunicorn", "sqlalchemy", "psycopg", "icalendar", "jinja2")


@dataclass(frozen=True)
class Row:
    """One figure. ``at_least`` or ``at_most`` is the goal; neither is none."""

    what: str
    database: str
    figure: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    beside: dict[str, Any] = field(default_factory=dict)  # what it is judged by

    @property
    def is_met(self) -> bool:
        low = self.at_least is None or self.figure >= self.at_least
        return low and (self.at_most is None or self.figure <= self.at_most)

    @property
    def goal(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return f"≤ {self.at_most:g}" if self.at_most is not None else ""

    def told(self) -> list[str]:
        facts = (f"{name} {_short(fact)}" for name, fact in self.beside.items())
        met = "" if self.is_met else "MISSED"
        figure = f"{_short(self.figure)} {self.unit}"
        return [self.what, self.database, figure, self.goal, met, ", ".join(facts)]


def _short(what: Any) -> str:
    if not isinstance(what, float):
        return str(what)
    return f"{what:.0f}" if abs(what) >= 100 else f"{what:.2f}".rstrip("0").rstrip(".")


def table(rows: Iterable[Row]) -> str:
    """Return rows below each other."""
    head = ["what", "database", "figure", "goal", "", "beside"]
    lines = [head, *(row.told() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def as_json(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return rows for a file."""
    return [{**asdict(row), "goal": row.goal, "is_met": row.is_met} for row in rows]


def machine() -> dict[str, Any]:
    """Return what this machine is, and what runs on it."""
    known = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line for line in known if line.startswith("model name")), "")
    return {
        "processor": model.partition(": ")[2],
        "processors": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        **{name: version(name) for name in MATTER},
    }
