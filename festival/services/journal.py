"""Keeping the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from festival.extensions import db
from festival.models.journal import LogEntry


def note(
    deed: str, thing: str, thing_id: int, *, actor: str, now: datetime, **facts: Any
) -> None:
    """Write down who did what. *facts* never hold what a guest typed."""
    db.session.add(
        LogEntry(
            at=now, actor=actor, deed=deed, thing=thing, thing_id=thing_id, facts=facts
        )
    )
