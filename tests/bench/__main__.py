"""``make bench``: how fast the house is, beside "hello world" by the same server."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests import lab
from tests.bench import many, rows, served, within
from tests.bench.rows import Row
from tests.bench.served import Served
from tests.bench.within import Opened

CONDITIONS = (
    "gunicorn as festival.server configures it, 2 workers of 8 threads; 16 clients in "
    "one process on the same processors, their lines kept open; letters go to a mail "
    "server on this machine"
)
QUICK_LARGE = many.House(coming=2_000, past=8_000, replies=20_000, years=20)


@dataclass(frozen=True)
class Length:
    """How long and how often to measure."""

    seconds: float
    repeats: int
    letters: int
    large: many.House


WHOLE = Length(seconds=8, repeats=40, letters=600, large=many.LARGE)
QUICK = Length(seconds=1, repeats=5, letters=60, large=QUICK_LARGE)
PARTS = ("pages", "feed", "replies", "letters", "large", "start")


def main() -> int:
    asked = argparse.ArgumentParser(prog="make bench", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="a minute, in haste")
    asked.add_argument("--json", type=Path, help="a file for the figures")
    asked.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    asked.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    given = asked.parse_args()
    length = QUICK if given.quick else WHOLE
    machine = rows.machine()
    found: list[Row] = []
    for kind in given.databases:
        for row in measured(kind, length, given.parts):
            sys.stderr.write(f"{'  '.join(row.told())}\n")
            found.append(row)
    sys.stdout.write(f"\n{CONDITIONS}\n\n{rows.table(found)}\n")
    if given.json:
        conditions = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "setting": CONDITIONS,
            "quick": given.quick,
        }
        told = {"conditions": {**machine, **conditions}, "rows": rows.as_json(found)}
        given.json.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    return not (given.quick or all(row.is_met for row in found))


def measured(kind: str, length: Length, parts: list[str]) -> Iterator[Row]:
    """Yield the figures of one kind of database."""
    with (
        tempfile.TemporaryDirectory() as name,
        served.post_office() as mail,
        lab.house(kind, Path(name), MAIL_PORT=mail) as (app, url, _),
    ):
        folder = Path(name)
        many.fill(many.SMALL, datetime.now(UTC))
        small = Served(kind, url, folder, length.seconds)
        if "start" in parts:
            yield from served.start(small)
        if "pages" in parts:
            yield from served.pages(small)
        if "large" in parts:  # before anybody replies
            yield from _large(kind, (url, name), length)
        if "replies" in parts:
            yield from served.replies(small, mail)
        if "letters" in parts:
            yield from within.letters(kind, app, length.letters)
    if "feed" in parts:
        yield from _feed(kind, length)


def _large(kind: str, small: tuple[str, str], length: Length) -> Iterator[Row]:
    with (
        tempfile.TemporaryDirectory() as name,
        lab.house(kind, Path(name)) as (_, url, _),
    ):
        many.fill(length.large, datetime.now(UTC))
        yield from within.beside_large(kind, small, (url, name), length.repeats)


def _feed(kind: str, length: Length) -> Iterator[Row]:
    with (
        tempfile.TemporaryDirectory() as name,
        lab.house(kind, Path(name)) as (_, url, _),
    ):
        many.fill(many.THOUSAND, datetime.now(UTC))
        house = Opened.at(url, name)
        yield from within.first_feed(kind, house, length.repeats)
        house.close()
        yield from served.feed(Served(kind, url, Path(name), length.seconds))


if __name__ == "__main__":
    sys.exit(main())
