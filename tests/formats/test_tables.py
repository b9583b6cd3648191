"""Tables that people send: whole ones are read, and the others answered."""

from __future__ import annotations

import time as stopwatch
from contextlib import suppress
from datetime import date, datetime, time

import pytest

from festival.domain.errors import TableTooLarge, TableUnreadable, TooBusy
from festival.formats import tables
from tests import sheets

ROWS = (
    ("Titre", "Date", "Début", "Places"),
    ("Répare ton vélo", date(2026, 11, 21), time(14, 30), 12),
    ("Bal", datetime(2026, 11, 21, 21), "", 1.5),  # noqa: DTZ001  (a cell has none)
)


@pytest.mark.parametrize("make", [sheets.xlsx, sheets.ods])
def test_every_cell_is_read_as_somebody_would_have_typed_it(make):
    (sheet,) = tables.read(make(ROWS))

    assert sheet.rows[:3] == (
        ("Titre", "Date", "Début", "Places"),
        ("Répare ton vélo", "2026-11-21", "14:30", "12"),
        ("Bal", "2026-11-21 21:00", "", "1.5"),
    )


def test_a_merged_cell_holds_its_text_once():
    merged = sheets.sheet(
        [("Date", "Titre"), ("sam. 21 nov.", "Bal"), ("", "Repas")],
        '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>',
    )

    (sheet,) = tables.read(sheets.xlsx(merged))

    assert sheet.rows == (("Date", "Titre"), ("sam. 21 nov.", "Bal"), ("", "Repas"))


def test_every_sheet_that_holds_anything_is_read():
    found = tables.read(sheets.xlsx([("a",)], [], [("b",)]))

    assert [sheet.rows for sheet in found] == [(("a",),), (("b",),)]


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_lines_are_read_however_they_are_parted_and_written(mark, encoding):
    rows = [("Titre", "Début"), ("Fête d’été", "14h30"), ("Thé à la menthe", "16h")]

    (sheet,) = tables.read(sheets.csv(rows, mark, encoding))

    assert sheet.rows == tuple(rows)


def test_what_parts_a_table_is_what_parts_its_lines_evenly():
    text = "Titre;Texte\nBal;un, deux, trois\nThé;quatre, cinq\n"

    (sheet,) = tables.read(text.encode())

    assert sheet.rows[1] == ("Bal", "un, deux, trois")


def test_a_quoted_cell_may_hold_lines_and_marks():
    (sheet,) = tables.read(b'Titre;Texte\n"Bal; et fin";"un\r\ndeux"\n')

    assert sheet.rows[1] == ("Bal; et fin", "un\ndeux")


def test_controls_and_marks_that_turn_the_text_are_left_out():
    (sheet,) = tables.read("Titre\tDate\nBa\x07l\u202e\t1\ufeff".encode())

    assert sheet.rows[1] == ("Bal", "1")


def test_what_a_file_is_called_does_not_matter():
    """Only what is in it: an .xlsx that is a CSV is read as what it is."""
    assert tables.read(b"Titre,Date\nBal,1")[0].rows[0] == ("Titre", "Date")


def test_five_thousand_lines_are_read_and_more_refused():
    line = ("Bal", "21/11/2026", "14h30")

    assert len(tables.read(sheets.csv([line] * 5_001))[0].rows) == 5_001
    with pytest.raises(TableTooLarge):
        tables.read(sheets.csv([line] * 5_002))


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\0", b"PK\x03\x04", b"\xff\xfe\x00"]
)
def test_what_holds_no_table_is_refused(content):
    with pytest.raises(TableUnreadable):
        tables.read(content)


def test_a_file_beyond_ten_megabytes_is_not_even_looked_at():
    with pytest.raises(TableTooLarge):
        tables.read(b"x" * (tables.LARGEST + 1))


def test_a_reader_that_does_not_end_is_ended(monkeypatch, tmp_path):
    endless = tmp_path / "endless.py"
    endless.write_text("while True: pass")
    monkeypatch.setattr(tables, "READER", endless)
    monkeypatch.setattr(tables, "SECONDS", 0.3)
    began = stopwatch.monotonic()

    with pytest.raises(TableUnreadable):
        tables.read(b"Titre")

    assert stopwatch.monotonic() - began < 3


def test_one_table_is_read_at_a_time(monkeypatch):
    monkeypatch.setattr(tables, "PATIENCE", 0.01)
    with tables._one_at_a_time, pytest.raises(TooBusy):
        tables.read(b"Titre;Date")

    assert tables.read(b"Titre;Date")


def test_the_reader_knows_none_of_our_secrets(monkeypatch, tmp_path):
    curious = tmp_path / "curious.py"
    curious.write_text(
        "import json, os; print(json.dumps({'sheets': [[sorted(os.environ)]]}))"
    )
    monkeypatch.setenv("FESTIVAL_SECRET_KEY", "a secret")
    monkeypatch.setattr(tables, "READER", curious)

    (sheet,) = tables.read(b"x")

    assert "FESTIVAL_SECRET_KEY" not in sheet.rows[0]


LIMITED = """
import resource, runpy
reader = runpy.run_path({reader!r})
reader["main"].__globals__["read"] = lambda content: {answer}
reader["main"]()
"""


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ("[[[str(resource.getrlimit(resource.RLIMIT_AS)[0])]]]", False),
        ("[[[str(len(bytearray(200 * 2**20)))]]]", False),
        ("[[[str(len(bytearray(300 * 2**20)))]]]", True),
    ],
)
def test_the_reader_has_256_mebibytes(monkeypatch, tmp_path, answer, refused):
    limited = tmp_path / "limited.py"
    limited.write_text(LIMITED.format(reader=str(tables.READER), answer=answer))
    monkeypatch.setattr(tables, "READER", limited)

    if refused:
        with pytest.raises(TableUnreadable):
            tables.read(b"x")
    else:
        assert int(tables.read(b"x")[0].rows[0][0]) <= 256 * 2**20


@pytest.mark.parametrize(("name", "content"), list(sheets.each_breaker()))
def test_hostile_files_are_answered_in_time(name, content):
    """A thousand of them: ``make hostile``."""
    began = stopwatch.monotonic()

    with suppress(TableUnreadable, TableTooLarge):
        tables.read(content)

    assert stopwatch.monotonic() - began < 6
