"""Several parts in one reply."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event as sqlalchemy_event

from festival.extensions import db
from festival.services import parts
from tests.builders import Builders
from tests.conftest import Clock, both_databases


@both_databases
def test_every_turn_is_taken_before_anything_else_is_held(
    app: object, build: Builders, clock: Clock
) -> None:
    """Else two guests wait for each other: one for a part, one for a mailbox. Guard:
    the loop of turns before the first reply.
    """
    chosen = [build.event(f"part-{n}") for n in range(3)]
    held: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE event SET id"):
            held.append("turn")
        elif "pg_advisory" in statement or statement.startswith("INSERT"):
            held.append("more")

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
    parts.respond_to(reversed(chosen), build.reply("Ada"), now=clock())
    sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)
    db.session.commit()

    assert held[:3] == ["turn"] * 3
    assert "more" in held[3:]
