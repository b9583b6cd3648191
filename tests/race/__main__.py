"""``make race``: 2,000 people, a fifth of whom press twice, for 50 seats; tenfold."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests import lab
from tests.race import race


def replies(
    kind: str, folder: Path, url: str, whole: race.Race, repeats: int
) -> tuple[str, bool]:
    return race.report(kind, race.repeatedly(url, folder, "race", whole, repeats))


def control(
    kind: str, folder: Path, url: str, whole: race.Race, repeats: int
) -> tuple[str, bool]:
    unguarded = {"RACE_CONTROL": "1"}
    outcomes = race.repeatedly(url, folder, "control", whole, repeats, **unguarded)
    return race.control(kind, outcomes)


def mixed(
    kind: str, folder: Path, url: str, whole: race.Race, repeats: int
) -> tuple[str, bool]:
    outcomes = []
    for number in range(repeats):
        slug = race.prepare(f"mixed-{number}", capacity=whole.seats)
        with lab.serving(url, folder, app=race.APP) as server:
            called_off = number % 2 == 1
            people = whole.people // 10
            minds = race.run_mixed(server.port, slug, people, called_off=called_off)
            outcomes.append(minds)
    return race.report_mixed(kind, outcomes)


PARTS: Final = {"replies": replies, "control": control, "mixed": mixed}


def main() -> int:
    asked = argparse.ArgumentParser(prog="make race", description=__doc__)
    asked.add_argument("--people", type=int, default=2_000)
    asked.add_argument("--seats", type=int, default=50)
    asked.add_argument("--repeats", type=int, default=10)
    asked.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    asked.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    given = asked.parse_args()
    whole = race.Race(given.people, given.people // 5, given.seats)
    went_well = True

    for kind in given.databases:
        with tempfile.TemporaryDirectory() as name, lab.house(kind, Path(name)) as made:
            for part in given.parts:
                outcome = PARTS[part](kind, Path(name), made[1], whole, given.repeats)
                went_well &= say(*outcome)
    return not went_well


def say(report: str, well: bool) -> bool:
    sys.stdout.write(f"{report}\n  {'as it must be' if well else 'WRONG'}\n\n")
    sys.stdout.flush()
    return well


if __name__ == "__main__":
    sys.exit(main())
