"""Tables: what a spreadsheet reads, and what it must not do."""

from __future__ import annotations

import csv
import io

import pytest

from festival.formats.spreadsheet import table


def read(body: bytes, separator: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=separator))


def test_a_table_opens_by_a_double_click_in_either_country():
    heads, rows = ["Nom", "Places"], [["Fête, à l’été; oui", 12], ["", None]]

    french = table(heads, rows, language="fr")
    english = table(heads, rows, language="en")

    assert french.startswith(b"\xef\xbb\xbfNom;Places\r\n")
    assert english.startswith(b"\xef\xbb\xbfNom,Places\r\n")
    assert (
        read(french)
        == read(english, ",")
        == [
            ["Nom", "Places"],
            ["Fête, à l’été; oui", "12"],
            ["", ""],
        ]
    )


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+33", "'+33"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        ("  =1", "'=1"),
        ("\n@a", "'@a"),
        ("\u00a0=1", "'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\0=1", "'=1"),
        *(
            (f"{unseen}=1", f"'{unseen}=1")
            for unseen in "\u034f\u061c\u1160\u180e\u2800\u3164\ufe00\ufe0f\uffa0"
        ),
        ("\x7f\u200b=1", "'\u200b=1"),
        ('a"b;c', 'a"b;c'),
        ("two\r\nlines\u2028more", "two lines more"),
        ("nu\0ll\x1b\ud800", "null"),
        ("1=2", "1=2"),
        ("'x", "'x"),
    ],
)
def test_no_cell_is_a_formula_or_leaves_its_line(text, cell):
    body = table(["A", "B"], [[text, 1]], language="fr")

    assert read(body)[1] == [cell, "1"]
    assert body.count(b"\n") == body.count(b"\r\n") == 2


def test_a_number_stays_one():
    assert read(table(["A"], [[-3]], language="fr"))[1] == ["-3"]
