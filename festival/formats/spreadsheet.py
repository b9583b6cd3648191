"""Tables that a spreadsheet opens by a double click, and that do nothing there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

BOM: Final = "\ufeff"  # without it Excel takes UTF-8 for the code page of its country
SEPARATORS: Final = {"fr": ";"}  # Excel's own where the comma is in numbers

# What a spreadsheet may take for a formula: wide signs too, and whatever unseen or
# empty stands before them.
UNSEEN: Final = (
    r"\s\xad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
FORMULA: Final = re.compile(rf"[{UNSEEN}]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
BREAKS: Final = re.compile(r"\s*[\x09-\x0d\x1c-\x1f\x85\u2028\u2029]\s*")
CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Cell = str | int | None


def table(
    heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, language: str
) -> bytes:
    """Return *rows* under *heads* as CSV (RFC 4180), one line a row.

    Cells are parted as spreadsheets of people who read *language* expect it. A text
    that would be taken for a formula gets an apostrophe before it; a number stays one.
    """
    made = io.StringIO()
    writer = csv.writer(
        made, delimiter=SEPARATORS.get(language, ","), lineterminator="\r\n"
    )
    writer.writerow(map(_harmless, heads))
    writer.writerows(map(_harmless, row) for row in rows)
    return (BOM + made.getvalue()).encode()


def _harmless(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    text = CONTROLS.sub("", BREAKS.sub(" ", cell)).strip()
    return f"'{text}" if FORMULA.match(text) else text
