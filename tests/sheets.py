"""Spreadsheets made by hand, whole and broken: no library writes what breaks them."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any
from xml.sax.saxutils import escape

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  (a cell has no zone)
STYLES = (  # 0 plain, 1 a day, 2 a day and an hour, 3 an hour
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/>'
    '<xf numFmtId="20"/></cellXfs></styleSheet>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def column(number: int) -> str:
    """A, B, … Z, AA."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


def cell(at: str, value: Any) -> str:
    match value:
        case None | "":
            return ""
        case datetime():
            days = (value - EPOCH).total_seconds() / 86_400
            return f'<c r="{at}" s="2"><v>{days!r}</v></c>'
        case date():
            days = (value - EPOCH.date()).days
            return f'<c r="{at}" s="1"><v>{days}</v></c>'
        case time():
            part = (value.hour * 60 + value.minute) / 1440
            return f'<c r="{at}" s="3"><v>{part!r}</v></c>'
        case int() | float():
            return f'<c r="{at}"><v>{value}</v></c>'
    return f'<c r="{at}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def sheet(rows: Iterable[Sequence[Any]], more: str = "") -> str:
    lines = (
        f'<row r="{number}">'
        + "".join(cell(f"{column(at)}{number}", each) for at, each in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )
    return (
        f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>'
        f"{more}</worksheet>"
    )


def xlsx(*sheets: Iterable[Sequence[Any]] | str) -> bytes:
    """A workbook of sheets, each rows of cells or the XML itself."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
    }
    names, links = [], []
    for number, rows in enumerate(sheets, start=1):
        names.append(f'<sheet name="S{number}" sheetId="{number}" r:id="r{number}"/>')
        links.append(
            f'<Relationship Id="r{number}" Type="{OFFICE}/worksheet" '
            f'Target="worksheets/sheet{number}.xml"/>'
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            rows if isinstance(rows, str) else sheet(rows)
        )
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{"".join(names)}</sheets>'
        "</workbook>"
    )
    parts["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f"{''.join(links)}</Relationships>"
    )
    return zipped(parts)


def ods(rows: Iterable[Sequence[Any]]) -> bytes:
    """The same of LibreOffice."""

    def one(value: Any) -> str:
        if isinstance(value, datetime | date):
            said = value.isoformat()
            kind = f'office:value-type="date" office:date-value="{said}"'
        elif isinstance(value, time):
            kind = f'office:value-type="time" office:time-value="PT{value:%HH%MM}00S"'
        elif isinstance(value, int | float):
            kind = f'office:value-type="float" office:value="{value}"'
        elif not value:
            return "<table:table-cell/>"
        else:
            kind = 'office:value-type="string"'
        text = escape(str(value))
        return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"

    lines = "".join(
        f"<table:table-row>{''.join(map(one, row))}</table:table-row>" for row in rows
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" '
        f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="S1">'
        f"{lines}</table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0">'
        "<manifest:file-entry "
        f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zipped(
        {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content}
    )


def zipped(parts: dict[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def csv(
    rows: Iterable[Sequence[Any]], mark: str = ";", encoding: str = "utf-8"
) -> bytes:
    lines = (mark.join(map(str, row)) for row in rows)
    return "\r\n".join(lines).encode(encoding, "replace")


# Hostile and broken


PROGRAMME = (
    ("Titre", "Date", "Début", "Fin", "Espace", "Type", "Places"),
    ("Vélo", date(2027, 7, 3), time(14, 30), "16h", "Grande nef", "Atelier", 12),
    ("Bal", "", "21 h", "1h", "Grande nef", "Concert", ""),
    ("Grande tablée", "dim. 4 juillet", "midi", "15h", "", "Repas", 80),
)
FIXTURES = (
    ("Match", "Phase", "Équipe 1", "Équipe 2", "Date", "Heure"),
    (61, "Demi-finale", "France", "Belgique", "10/07/2027", "20h"),
    (62, "Demi-finale", "Croatie", "Angleterre", "11/07/2027", "20h"),
    (64, "Finale", "Vainqueur du match 61", "W62", "15/07/2027", "17h"),
)
NASTY = (
    '=HYPERLINK("http://x.example","clic")',
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "\u202eevil\u202c",
    "a\u0301" * 300,
    "\U0001d54f" * 200,
    "-1",
    "1e400",
    "99999999999999999999",
    "31/02/2027",
    "99h99",
    "'; DROP TABLE event; --",
    "%s %(name)s {0} {{ 7*7 }}",
    '\t;,|\n"',
    "x" * 5_000,
    "0000-00-00",
    "NaN",
    "٣١/١٢/٢٠٢٧",
)


def hostile(seed: int) -> tuple[str, bytes]:
    """A file of that number, with its name: always the same one."""
    chance = random.Random(seed)
    make = chance.choice(BREAKERS)
    suffix = chance.choice(("xlsx", "ods", "csv", "xls", "txt", "png", ""))
    return f"{make.__name__}-{seed}.{suffix}", make(chance)


def whole(chance: random.Random) -> bytes:
    rows = chance.choice((PROGRAMME, FIXTURES))
    return chance.choice((xlsx, ods, csv))(rows)


def truncated(chance: random.Random) -> bytes:
    content = whole(chance)
    return content[: chance.randrange(len(content))]


def bitten(chance: random.Random) -> bytes:
    content = bytearray(whole(chance))
    for _ in range(chance.choice((1, 5, 50))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def noise(chance: random.Random) -> bytes:
    head = chance.choice(
        (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"%PDF")
    )
    return head + chance.randbytes(chance.choice((0, 1, 100, 20_000)))


def nasty_cells(chance: random.Random) -> bytes:
    head = chance.choice((PROGRAMME, FIXTURES))[0]
    rows = [head] + [
        [chance.choice(NASTY) for _ in head] for _ in range(chance.randrange(1, 30))
    ]
    make: Callable[[Any], bytes] = chance.choice((xlsx, ods, csv))
    return make(rows)


def nuls(chance: random.Random) -> bytes:
    content = bytearray(csv(PROGRAMME))
    for _ in range(chance.randrange(1, 20)):
        content.insert(chance.randrange(len(content)), 0)
    return bytes(content)


def wrong_encoding(chance: random.Random) -> bytes:
    wide = chance.choice(("latin-1", "utf-16", "utf-16-be", "utf-32", "cp437"))
    return csv(chance.choice((PROGRAMME, FIXTURES)), chance.choice(";,\t|"), wide)


def long_lines(chance: random.Random) -> bytes:
    lines = [PROGRAMME[0], *([PROGRAMME[2]] * chance.choice((499, 501, 4_999, 9_000)))]
    return csv(lines)


def huge_cell(chance: random.Random) -> bytes:
    longest = "x" * chance.choice((7_000, 100_000, 400_000))
    rows = [PROGRAMME[0], (longest, "3/7/2027")]
    return chance.choice((csv, xlsx))(rows)


def many_columns(chance: random.Random) -> bytes:
    many = range(chance.choice((70, 9_000)))
    return csv([["Titre", "Date", *map(str, many)]] * 3)


def bomb(chance: random.Random) -> bytes:
    size = chance.choice((20, 100)) * 1024 * 1024
    parts = {
        "xl/workbook.xml": "<workbook/>",
        "xl/worksheets/sheet1.xml": b" " * size,
        "content.xml": b"<a>" * (size // 3 // 10),
    }
    return zipped(parts)


def wide_bomb(_chance: random.Random) -> bytes:
    """Two cells, a billion apart."""
    far = (
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    return xlsx(f'<worksheet xmlns="{MAIN}"><sheetData>{far}</sheetData></worksheet>')


def repeated_bomb(chance: random.Random) -> bytes:
    """A row of LibreOffice that says it is there a million times."""
    many = chance.choice((1_048_576, 2**31, 10**12))
    content = ods(PROGRAMME)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    bomb_row = f'<table:table-row table:number-rows-repeated="{many}">'.encode()
    content = parts["content.xml"]
    parts["content.xml"] = content.replace(b"<table:table-row>", bomb_row, 2)
    return zipped(parts)


def laughs(_chance: random.Random) -> bytes:
    """A billion laughs."""
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    xml = f"<!DOCTYPE x [{entities}]>" + sheet([["Titre", "Date"], ["&a9;", "1"]])
    return xlsx(xml.replace("&amp;a9;", "&a9;"))


def deep(_chance: random.Random) -> bytes:
    return xlsx("<a>" * 200_000)


BREAKERS = (
    *(whole, truncated, truncated, bitten, bitten, noise, nasty_cells, nasty_cells),
    *(nuls, wrong_encoding, long_lines, huge_cell, many_columns, bomb, wide_bomb),
    *(repeated_bomb, laughs, deep),
)


def each_breaker() -> Iterator[tuple[str, bytes]]:
    """One file of every kind, and a second of those that have chances."""
    for make in dict.fromkeys(BREAKERS):
        for seed in (1, 2):
            yield f"{make.__name__}-{seed}.xlsx", make(random.Random(seed))


def one_of_each() -> Iterator[tuple[str, bytes]]:
    """One file of every kind."""
    for make in dict.fromkeys(BREAKERS):
        yield f"{make.__name__}.xlsx", make(random.Random(3))
