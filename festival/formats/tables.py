"""Tables that people send: CSV, XLSX, ODS, or lines pasted from a spreadsheet.

They are read by a program of its own (``sheet_reader``), which has 256 MiB, three
seconds, and none of the house's secrets; whatever goes wrong there is a refusal here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final

from festival.domain.errors import TableTooLarge, TableUnreadable
from festival.formats import apart

READER: Final = Path(__file__).with_name("sheet_reader.py")
SECONDS: Final = 3.0  # for a file, however long it would take
PATIENCE: Final = 1.5  # seconds, for a file that is being read before this one
LARGEST: Final = 10 * 1024 * 1024  # bytes

_one_at_a_time = BoundedSemaphore(1)  # in each process


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of texts; a row ends with its last cell that holds anything."""

    rows: tuple[tuple[str, ...], ...]


def read(content: bytes) -> tuple[Sheet, ...]:
    """Return the sheets of *content* that hold anything, whatever its name says.

    Raises:
        TableUnreadable: it is no table, or a broken one, or one that never ends.
        TableTooLarge: more than 10 MiB, 5,000 rows, or 6,000 characters in a cell.
        TooBusy: other files were being read.
    """
    if len(content) > LARGEST:
        raise TableTooLarge
    with apart.in_turn(_one_at_a_time, PATIENCE):
        said = apart.answer(READER, content, SECONDS)
    answer: dict[str, Any] = json.loads(said) if said else {}
    if answer.get("refused") == "large":
        raise TableTooLarge
    sheets = tuple(
        Sheet(tuple(tuple(row) for row in rows)) for rows in answer.get("sheets", ())
    )
    if not sheets:
        raise TableUnreadable
    return sheets
