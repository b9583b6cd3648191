"""``make chaos``: whatever can go wrong, while people reply and letters leave."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import lab
from tests.chaos import faults
from tests.chaos.faults import Findings

BOTH = ("sqlite", "postgresql")


def letters(folder: Path, kind: str, *, number: int, kills: int) -> Findings:
    with (
        faults.mail_server() as server,
        lab.house(kind, folder, MAIL_PORT=server.port) as (app, _, _),
    ):
        found = faults.relay_killed(
            app, server, letters=number, kills=kills, abreast=1 if kills else 2
        )
    found.title = f"{found.title}, {kind}"
    return found


def workers(folder: Path, kind: str, *, kills: int) -> Findings:
    with lab.house(kind, folder) as (_, url, _):
        return faults.replies_under_fire(
            f"Web workers killed {kills} times, {kind}",
            url,
            folder,
            people=500,
            seats=600,
            blows=kills,
            pause=1.0,
            blow=faults.kill_a_worker,
        )


def commits(folder: Path, kind: str) -> Findings:
    with lab.house(kind, folder) as (_, url, _):
        return faults.replies_under_fire(
            f"Web workers that die before and after commits, {kind}",
            url,
            folder,
            people=200,
            seats=240,
            blows=1,
            pause=1.0,
            blow=faults.kill_a_worker,
            app=faults.MORTAL,
        )


def postgresql(folder: Path, _kind: str, *, kills: int) -> Findings:
    with lab.house("postgresql", folder) as (_, url, postgres):
        assert postgres
        return faults.replies_under_fire(
            f"PostgreSQL killed {kills} times",
            url,
            folder,
            people=500,
            seats=600,
            blows=kills,
            pause=4.0,
            blow=faults.kill(postgres),
        )


def disk(folder: Path, _kind: str) -> Findings:
    return faults.disk_full(folder, people=40)


def backups(folder: Path, _kind: str, *, copies: int) -> Findings:
    with lab.house("sqlite", folder) as (_, url, _):
        return faults.backed_up_under_load(
            url, folder, people=500, copies=copies, pause=5.0
        )


def runs(*, long: bool) -> Iterator[tuple[str, str, Callable[[Path, str], Findings]]]:
    """Yield each fault by its name, and the databases it is done to."""
    more = 2.5 if long else 1
    for kind in BOTH:
        kills = 50 if long else 12
        yield "relay", kind, lambda f, k, n=kills: letters(f, k, number=600, kills=n)
        yield "letters", kind, lambda f, k: letters(f, k, number=5_000, kills=0)
        yield "workers", kind, lambda f, k: workers(f, k, kills=round(20 * more))
        yield "commits", kind, commits
    kills = 10 if long else 5
    yield "postgresql", "", lambda f, k, n=kills: postgresql(f, k, kills=n)
    yield "disk", "", disk
    yield "backups", "", lambda f, k: backups(f, k, copies=round(6 * more))


def main() -> int:
    every = list(dict.fromkeys(name for name, _, _ in runs(long=False)))
    asked = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    asked.add_argument("faults", nargs="*", choices=[*every, []], help="all of them")
    asked.add_argument("--long", action="store_true", help="fifty kills, not twenty")
    given = asked.parse_args()
    went_well = True
    for name, kind, fault in runs(long=given.long):
        if given.faults and name not in given.faults:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = fault(Path(folder), kind)
        went_well &= found.well
        verdict = "as it must be" if found.well else "WRONG"
        sys.stdout.write(f"{found}\n  {verdict}\n\n")
        sys.stdout.flush()
    return not went_well


if __name__ == "__main__":
    sys.exit(main())
