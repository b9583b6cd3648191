"""Keeping the journal, and saying that the agenda has moved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from festival.extensions import db
from festival.models.journal import Edition, LogEntry


def note(
    deed: str, thing: str, thing_id: int, *, actor: str, now: datetime, **facts: Any
) -> None:
    """Write down who did what. *facts* never hold what a guest typed."""
    db.session.add(
        LogEntry(
            at=now, actor=actor, deed=deed, thing=thing, thing_id=thing_id, facts=facts
        )
    )


def move_edition(now: datetime) -> None:
    """Say, in the transaction that changes something public, that it has moved.

    The date only goes forward, whatever the clock does: readers revalidate by it.
    """
    forward = update(Edition).values(number=Edition.number + 1)
    db.session.execute(
        forward.where(Edition.moved_at >= now),
        execution_options={"synchronize_session": False},
    )
    db.session.execute(
        forward.where(Edition.moved_at < now).values(moved_at=now),
        execution_options={"synchronize_session": False},
    )
    if not db.session.scalars(select(func.count(Edition.id))).one():
        db.session.add(Edition(number=1, moved_at=now))
