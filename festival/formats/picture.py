"""Pictures for programs that draw no SVG: PNG, without words, the same for ever."""

from __future__ import annotations

from functools import lru_cache

from festival.formats.poster import poster

SHARED = (1200, 630)  # pixels: what a message shows of a page it links to
KEPT = 128  # pictures in memory: some 5 MB


@lru_cache(maxsize=KEPT)
def shared(seed: str, kind: str) -> bytes:
    """Return the poster of *seed* as a message shows it: four tiles by two, cut."""
    width, height = SHARED
    return _png(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f"{poster(seed, kind, 4, 2)}</svg>"
    )


@lru_cache(maxsize=KEPT)
def icon(drawing: str, size: int, ground: str = "transparent") -> bytes:
    """Return a square *drawing* of *size* pixels; *ground* fills its round corners."""
    return _png(drawing, size, ground)


def _png(drawing: str, width: int | None = None, ground: str = "transparent") -> bytes:
    import resvg_py  # noqa: PLC0415  (3 MB that only pictures need)

    return resvg_py.svg_to_bytes(
        svg_string=drawing, width=width, background=ground, skip_system_fonts=True
    )
