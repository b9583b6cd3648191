"""Reads a table somebody sent, and prints it as JSON: a program of its own.

It is run apart (``tables.read``), with little memory, little time and no file it may
write, since a spreadsheet is a zip of XML by a stranger: whatever it does ends here.
It imports nothing of the house.

Every cell comes out as text, as a person would have typed it: 40 for 40.0, ISO 8601
for a day or an hour. Merged cells hold their text once, and are empty else.
"""

from __future__ import annotations

import csv
import io
import json
import re
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from statistics import median
from typing import Any, Final

MEMORY: Final = 256 * 1024 * 1024  # bytes of address space
SECONDS: Final = 3  # of CPU
UNPACKED: Final = 96 * 1024 * 1024  # bytes a zip may say it holds
ENTRIES: Final = 2_000  # files in a zip
SHEETS: Final = 12
ROWS: Final = 5_001
COLUMNS: Final = 60
CELL: Final = 6_000  # characters
WHOLE: Final = 4_000_000  # characters of all cells
ZIP: Final = b"PK\x03\x04"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SEPARATORS: Final = "\t;,|"  # in this order, where two would do
UNWANTED: Final = re.compile(  # controls, surrogates, and marks that turn what follows
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e"
    "\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
EXACT: Final = 2**53  # beyond it a float is no number of something
Sheets = list[list[list[str]]]


class TooLarge(Exception):
    """More than anybody's programme."""


def read(content: bytes) -> Sheets:
    """Return the rows of every sheet of *content* that holds any."""
    found: Iterable[Iterable[list[Any]]]
    if content.startswith((ZIP, OLD_EXCEL)):
        found = _workbook(content)
    else:
        found = [_separated(_decoded(content))]
    room = WHOLE
    sheets: Sheets = []
    for rows in found:
        kept: list[list[str]] = []
        for row in rows:
            cells = _row(row)
            room -= sum(map(len, cells))
            if room < 0 or len(kept) >= ROWS:
                raise TooLarge
            kept.append(cells)
        while kept and not any(kept[-1]):
            kept.pop()
        if kept:
            sheets.append(kept)
    return sheets


def _row(row: Iterable[Any]) -> list[str]:
    cells = []
    for number, value in enumerate(row):
        if number >= COLUMNS:
            break
        text = as_text(value)
        if len(text) > CELL:
            raise TooLarge
        cells.append(text)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def as_text(value: Any) -> str:
    """Return a cell as somebody would have typed it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer() and abs(value) < EXACT:
            return str(int(value))
        case datetime():
            # Excel counts days in fractions: 14:30 may come out a millisecond early.
            exact = (value + timedelta(milliseconds=500)).replace(microsecond=0)
            text = exact.isoformat(sep=" ", timespec="minutes")
            return text.removesuffix(" 00:00")
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case time():
            value = value.isoformat(timespec="minutes")
    text = UNWANTED.sub("", "" if value is None else str(value))
    lines = (" ".join(line.split()) for line in text.strip().split("\n"))
    return "\n".join(lines).strip()


def _workbook(content: bytes) -> Iterator[Iterable[list[Any]]]:
    import python_calamine  # noqa: PLC0415  (not needed for most: they paste)

    if content.startswith(ZIP):
        _weigh(content)
    book = python_calamine.load_workbook(io.BytesIO(content))
    for name in book.sheet_names[:SHEETS]:
        sheet = book.get_sheet_by_name(name)
        yield sheet.iter_rows()


def _weigh(content: bytes) -> None:
    """Refuse a zip that says it holds too much; one that lies meets the limits."""
    import zipfile  # noqa: PLC0415  (as above)

    entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    if len(entries) > ENTRIES or sum(one.file_size for one in entries) > UNPACKED:
        raise TooLarge


def _decoded(content: bytes) -> str:
    """Return the text of a CSV or of pasted lines, in whatever it was written."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if b"\0" in content:
        raise ValueError("no text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # Excel's, west of the Oder


def _separated(text: str) -> Iterator[list[str]]:
    """Yield the rows of *text*, parted by what parts its first lines most evenly."""
    first = [line for line in text[:20_000].splitlines() if line.strip()][:30]
    widths = {
        mark: median(len(row) for row in csv.reader(first, delimiter=mark) if row)
        for mark in SEPARATORS
        if first
    }
    mark = max(widths, key=lambda each: widths[each], default="\t")
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=mark)


def main() -> int:
    """Read what stands on the way in; print the sheets, or why not."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(limit, (most, most))
    content = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = {"sheets": read(content)}
    except TooLarge:
        answer = {"refused": "large"}
    except BaseException:  # noqa: BLE001  (a stranger's file; a panic of the library, too)
        answer = {"refused": "unreadable"}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
