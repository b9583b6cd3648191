"""A thousand hostile and broken files, sent as an organiser would send them.

``python -m tests.hostile`` (or ``make hostile``) makes them from numbers, always the
same ones, and sends each to both pages that take tables in. Every one has to be
answered in six seconds, by a page that is no failure, with nothing half taken in, and
the house has to keep below 300 MiB; the reader, a process of its own, is given 256.
A short version is in ``web/test_desk_imports``.
"""

from __future__ import annotations

import argparse
import io
import resource
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import func, select

from festival import create_app
from festival.extensions import db
from festival.models.events import Competition, Event, Match
from festival.models.intakes import Intake
from festival.services import stays
from festival.web.desk import guard
from tests import sheets
from tests.builders import Builders
from tests.conftest import migrate, some_settings
from tests.visitor import Visitor

SECONDS, MEMORY = 6.0, 300 * 1024  # KiB
SETTLED = frozenset({200, 409, 413, 422, 503})
PAGES = ("/fr/desk/import", "/fr/desk/import/fixtures")


def sent(visitor: Any, page: str, name: str, content: bytes, **more: str) -> int:
    """Send one file; take in whatever can be; return the page's status."""
    visitor.opens(page)
    visitor.fills(file=(io.BytesIO(content), name), **more)
    button = visitor.page.html.select_one("main form button").get_text(strip=True)
    visitor.presses(button, at_once=True)
    status = int(visitor.page.status)
    if "/desk/import/" in visitor.page.path and "Importer" in visitor.page.buttons:
        visitor.presses("Importer", at_once=True)
        status = int(visitor.page.status)
    return status


def rows() -> dict[str, int]:
    """How much there is of what an import makes."""

    db.session.rollback()
    counted = {
        each.__name__: db.session.scalars(select(func.count(each.id))).one()
        for each in (Event, Match, Competition)
    }
    taken = select(func.count(Intake.id)).where(Intake.taken_at.is_not(None))
    return {**counted, "taken": db.session.scalars(taken).one()}


def promised() -> dict[str, int]:
    """How much there should be, by what every import says it made."""

    intakes = db.session.scalars(select(Intake).where(Intake.taken_at.is_not(None)))
    made = [intake.made for intake in intakes]
    return {
        "Event": sum(len(m.get("events", ())) + bool(m.get("festival")) for m in made),
        "Match": sum(len(m.get("matches", ())) for m in made),
        "Competition": sum(bool(m.get("opened")) for m in made),
        "taken": len(made),
    }


def main() -> int:
    """Send them all; print what came of them."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--files", type=int, default=1_000)
    asked.add_argument("--first", type=int, default=0, help="the number to begin with")
    options = asked.parse_args()
    folder = tempfile.mkdtemp(prefix="hostile-")

    app = create_app(some_settings(INSTANCE=folder))
    app.extensions["shelf"].seats_seconds = 0.0

    class Clock:
        def __call__(self) -> datetime:
            return datetime.now(UTC).replace(microsecond=0)

        def moves(self, **_span: float) -> None:
            """Time goes by itself."""

    with app.app_context():
        migrate()
        build = Builders(Clock())
        build.space(build.venue(), capacity=60)
        build.organisation()
        visitor = Visitor(app, Clock())
        account = build.account("Inès", "manager")
        key = stays.stay(account, "hostile", how="link", now=Clock()())
        db.session.commit()
        visitor.keeps(guard.KEY, key)
        statuses: Counter[int] = Counter()
        slowest, failed = 0.0, []
        for number in range(options.first, options.first + options.files):
            name, content = sheets.hostile(number)
            page = PAGES[number % 2]
            more = {"new_competition": f"Coupe {number}"} if number % 2 else {}
            began = time.monotonic()
            status = sent(visitor, page, name, content, **more)
            took = time.monotonic() - began
            slowest = max(slowest, took)
            statuses[status] += 1
            if took > SECONDS or status not in SETTLED or rows() != promised():
                failed.append((name, status, round(took, 2)))
            if number % 100 == 99:
                click.echo(f"{number + 1}: {dict(statuses)}, slowest {slowest:.2f} s")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    click.echo(f"{options.files} files, {dict(statuses)}, taken in: {promised_of(app)}")
    click.echo(
        f"slowest {slowest:.2f} s; {own // 1024} MiB, and 256 at most for the reader"
    )
    for each in failed:
        click.echo(f"failed: {each}")
    return 1 if failed or own > MEMORY else 0


def promised_of(app: Any) -> dict[str, int]:
    """How much was taken in, in the end."""
    with app.app_context():
        return promised()


if __name__ == "__main__":
    sys.exit(main())
