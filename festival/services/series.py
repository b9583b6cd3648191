"""Series: open days that repeat."""

from __future__ import annotations

from typing import Any

from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Series


def begin(slug: str, name: Words, *, rule: dict[str, Any]) -> Series:
    """Begin a series with no event yet; *rule* says how its dates were made."""
    series = Series(slug=slug, name=name, rule=rule)
    db.session.add(series)
    db.session.flush()
    return series
