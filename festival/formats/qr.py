"""Addresses as QR codes.

The pattern that masks a code is chosen once, not for each: trying all eight takes
five sixths of the time and only helps the worst cameras of 1994.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import Final

import segno

MASK: Final = 3
INK: Final = "#15241f"


@lru_cache(maxsize=256)
def _code(link: str) -> segno.QRCode:
    """Make the code of *link* once: a ticket's page and its letter show the same."""
    return segno.make_qr(link, error="m", mask=MASK)


def svg(link: str) -> str:
    """Return *link* as an SVG to stand in a page, as large as its place."""
    return _code(link).svg_inline(scale=4, border=0, dark=INK, omitsize=True)


def png(link: str, pixels: int) -> bytes:
    """Return *link* as a picture, each module so many *pixels* wide.

    Black and white, one bit a pixel, put together here: the library's own way takes
    fifteen times as long, a sixth of all that a letter takes.
    """
    code = _code(link)
    tones = "1" * pixels, "0" * pixels  # of a light module, and of a dark one
    edge = tones[0] * code.default_border_size
    lines = [edge + "".join(tones[m] for m in row) + edge for row in code.matrix]
    side = len(lines[0])
    margin = ["1" * side] * len(edge)
    rows = [*margin, *(line for line in lines for _ in range(pixels)), *margin]
    packed = {row: _packed(row) for row in set(rows)}
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(b"".join(packed[row] for row in rows))),
            _chunk(b"IEND", b""),
        )
    )


def _packed(bits: str) -> bytes:
    """Return a line of a PNG, unfiltered, filled up to whole bytes."""
    size = -(-len(bits) // 8)
    return b"\0" + int(bits.ljust(8 * size, "0"), 2).to_bytes(size, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Return a part of a PNG (ISO/IEC 15948, 5.3)."""
    return (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
    )
