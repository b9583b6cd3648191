"""Addresses made from names."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Final

from festival.domain.words import fold

LONGEST: Final = 60  # characters of a name in an address; the column holds 80


def slug_of(name: str, day: date | None = None) -> str:
    """Return *name* as an address says it: "Répare ton vélo" is "repare-ton-velo".

    With a *day* where the same comes back. A name without a Latin letter is "event".
    """
    bare = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")
    if len(bare) > LONGEST:
        bare = bare[: LONGEST + 1].rpartition("-")[0] or bare[:LONGEST]
    return f"{bare or 'event'}-{day}" if day else bare or "event"


def free_among(stem: str, taken: Collection[str]) -> str:
    """Return *stem*, or with a number the first that is not *taken*."""
    number, slug = 1, stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug
