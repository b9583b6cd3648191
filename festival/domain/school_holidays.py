"""When French schools are closed, by zone: a note beside a date, never a rule.

Overseas and Corsica have calendars of their own. Past the last year written here
nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

EVERY_ZONE = "ABC"


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days without school: from the first on, until the day of return."""

    zones: str
    first: date
    back: date


def _h(zones: str, first: str, back: str) -> Holiday:
    return Holiday(zones, date.fromisoformat(first), date.fromisoformat(back))


HOLIDAYS = (
    # 2025–2026
    _h(EVERY_ZONE, "2025-10-18", "2025-11-03"),
    _h(EVERY_ZONE, "2025-12-20", "2026-01-05"),
    _h("A", "2026-02-07", "2026-02-23"),
    _h("B", "2026-02-14", "2026-03-02"),
    _h("C", "2026-02-21", "2026-03-09"),
    _h("A", "2026-04-04", "2026-04-20"),
    _h("B", "2026-04-11", "2026-04-27"),
    _h("C", "2026-04-18", "2026-05-04"),
    _h(EVERY_ZONE, "2026-07-04", "2026-09-01"),
    # 2026–2027
    _h(EVERY_ZONE, "2026-10-17", "2026-11-02"),
    _h(EVERY_ZONE, "2026-12-19", "2027-01-04"),
    _h("A", "2027-02-13", "2027-03-01"),
    _h("B", "2027-02-20", "2027-03-08"),
    _h("C", "2027-02-06", "2027-02-22"),
    _h("A", "2027-04-10", "2027-04-26"),
    _h("B", "2027-04-17", "2027-05-03"),
    _h("C", "2027-04-03", "2027-04-19"),
    _h(EVERY_ZONE, "2027-07-03", "2027-09-01"),
)


def zones_on(day: date) -> str:
    """Return the zones whose schools are closed on *day*: "ABC", "AC", or ""."""
    closed = {zone for h in HOLIDAYS if h.first <= day < h.back for zone in h.zones}
    return "".join(sorted(closed))
