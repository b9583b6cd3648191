"""``make race``: 2,000 people, a fifth of whom press twice, for 50 seats; tenfold."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests import lab
from tests.race import race


def main() -> int:
    asked = argparse.ArgumentParser(prog="make race", description=__doc__)
    asked.add_argument("--people", type=int, default=2_000)
    asked.add_argument("--seats", type=int, default=50)
    asked.add_argument("--repeats", type=int, default=10)
    asked.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    given = asked.parse_args()
    whole = race.Race(given.people, given.people // 5, given.seats)
    went_well = True

    for kind in given.databases:
        with tempfile.TemporaryDirectory() as name, lab.house(kind, Path(name)) as made:
            folder, url = Path(name), made[1]
            outcomes = race.repeatedly(url, folder, "race", whole, given.repeats)
            went_well &= say(*race.report(kind, outcomes))

            unguarded = {"RACE_CONTROL": "1"}
            outcomes = race.repeatedly(
                url, folder, "control", whole, given.repeats, **unguarded
            )
            went_well &= say(*race.control(kind, outcomes))

            mixed = []
            for number in range(given.repeats):
                slug = race.prepare(f"mixed-{number}", capacity=given.seats)
                with lab.serving(url, folder, app=race.APP) as server:
                    mixed.append(race.run_mixed(server.port, slug, given.people // 10))
            went_well &= say(*race.report_mixed(kind, mixed))
    return not went_well


def say(report: str, well: bool) -> bool:
    sys.stdout.write(f"{report}\n  {'as it must be' if well else 'WRONG'}\n\n")
    sys.stdout.flush()
    return well


if __name__ == "__main__":
    sys.exit(main())
