"""``make stateful``: 10,000 steps a database, another tale each time."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from tests import lab
from tests.conftest import Clock
from tests.stateful import machine


def main() -> int:
    asked = argparse.ArgumentParser(prog="make stateful", description=__doc__)
    asked.add_argument("--steps", type=int, default=10_000)
    asked.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    asked.add_argument("--length", type=int, default=50, help="steps of a tale")
    asked.add_argument("--shortened", action="store_true", help="shorten what breaks")
    given = asked.parse_args()
    went_well = True

    for kind in given.databases:
        began, clock = time.monotonic(), Clock()
        machine.House.steps.clear()
        with (
            tempfile.TemporaryDirectory() as name,
            patch("festival.clock.now", clock),
            lab.house(kind, Path(name)),
        ):
            try:
                while (left := given.steps - machine.House.steps.total()) > 0:
                    machine.tell(
                        clock,
                        tales=left // given.length + 1,
                        steps=given.length,
                        shortened=given.shortened,
                    )
            except Exception as broken:  # noqa: BLE001 - whatever breaks is told
                went_well = False
                tale = "\n".join(getattr(broken, "__notes__", ()))
                sys.stdout.write(f"{type(broken).__name__}: {broken}\n{tale}\n")
        rows = {
            "steps": machine.House.steps.total(),
            **dict(machine.House.steps.most_common()),
            "seconds": round(time.monotonic() - began),
        }
        sys.stdout.write(lab.table(f"Anything in any order, {kind}", rows) + "\n\n")
    return not went_well


if __name__ == "__main__":
    sys.exit(main())
