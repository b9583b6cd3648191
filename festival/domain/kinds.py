"""The kinds of event the house knows. Strings, so that a house may add its own."""

from typing import Final

FESTIVAL: Final = "festival"

KINDS: Final = (
    FESTIVAL,
    "open_day",
    "screening",
    "workshop",
    "debate",
    "meeting",
    "concert",
    "meal",
    "residency",
    "visit",
)
