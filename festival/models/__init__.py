"""Records. What is stored, and nothing about why."""

from festival.models import (
    accounts,
    base,
    directory,
    events,
    intakes,
    journal,
    rsvps,
)

__all__ = [
    "accounts",
    "base",
    "directory",
    "events",
    "intakes",
    "journal",
    "rsvps",
]
