"""Posters: arches, fans and bunting, drawn from an event's own id."""

from __future__ import annotations

import random
from collections.abc import Callable

TILE = 100
PALETTES = {
    "festival": ("#f6bc4a", "#a92c17", "#0f3d33", "#fbe3db", "#1c4a96", "#e56b4a"),
    "workshop": ("#f6bc4a", "#7a4e00", "#fbebc8", "#0f3d33", "#e39a24"),
    "screening": ("#dcf0e2", "#0a5933", "#f6bc4a", "#0f3d33", "#4f9c74"),
    "concert": ("#f5e3f1", "#762766", "#f6bc4a", "#c66bb2", "#2d1029"),
    "meeting": ("#e1eafa", "#1c4a96", "#f6bc4a", "#6f97e0", "#0f2a5a"),
    "debate": ("#e7e6fb", "#3f3d9e", "#f6bc4a", "#8f8cf0", "#1f1d45"),
    "open_day": ("#d9eff1", "#075560", "#f6bc4a", "#4fa9b5", "#0a2b30"),
    "meal": ("#eff1cd", "#4b5400", "#f6bc4a", "#a9b545", "#e56b4a"),
    "residency": ("#f7e6da", "#6b3a1c", "#f6bc4a", "#c98a5e", "#0f3d33"),
    "visit": ("#e4eaf0", "#3d4a56", "#f6bc4a", "#8fa6ba", "#0f3d33"),
}
HOUSE = ("#1a5748", "#f6bc4a", "#14493d", "#2f7c68", "#fbe3db")

Colours = tuple[str, str, str]  # ground, figure, second figure


def poster(seed: str, kind: str, columns: int, rows: int) -> str:
    """Return an SVG of *columns* × *rows* tiles: the same seed, the same bytes.

    A decoration: hidden from screen readers, without words, ids or styles.
    """
    dice = random.Random(seed)  # noqa: S311  (a drawing, not a secret)
    palette = PALETTES.get(kind, HOUSE)
    tiles = "".join(
        _tile(dice, palette, column * TILE, row * TILE)
        for row in range(rows)
        for column in range(columns)
    )
    width, height = columns * TILE, rows * TILE
    return (
        '<svg aria-hidden="true" focusable="false" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {width} {height}" preserveAspectRatio="xMidYMid slice">'
        f"{tiles}</svg>"
    )


def _tile(dice: random.Random, palette: tuple[str, ...], x: int, y: int) -> str:
    ground = dice.choice(palette)
    figure = dice.choice([colour for colour in palette if colour != ground])
    second = dice.choice([colour for colour in palette if colour != figure])
    draw = dice.choices(list(TILES), list(TILES.values()))[0]
    square = f'<path fill="{ground}" d="M{x} {y}h100v100h-100z"/>'
    return square + draw(x, y, (ground, figure, second), dice)


def _arch(x: int, y: int, colours: Colours, _: random.Random) -> str:
    _ground, figure, second = colours
    return (
        f'<path fill="{figure}" d="M{x + 10} {y + 100}v-50a40 40 0 0 1 80 0v50z"/>'
        f'<path fill="{second}" d="M{x + 30} {y + 100}v-45a20 20 0 0 1 40 0v45z"/>'
    )


def _fan(x: int, y: int, colours: Colours, _: random.Random) -> str:
    ground, figure, _second = colours
    return (
        f'<path fill="{figure}" d="M{x} {y + 75}a50 50 0 0 1 100 0v25h-100z"/>'
        f'<path d="M{x + 50} {y + 75}v-50m0 50-35-35m35 35 35-35" fill="none" '
        f'stroke="{ground}" stroke-width="4"/>'
        f'<path fill="{ground}" d="M{x + 32} {y + 75}a18 18 0 0 1 36 0z"/>'
    )


def _quarter(x: int, y: int, colours: Colours, dice: random.Random) -> str:
    _ground, figure, second = colours
    turn = dice.randrange(4) * 90
    return (
        f'<g transform="rotate({turn} {x + 50} {y + 50})">'
        f'<path fill="{figure}" d="M{x} {y}h100a100 100 0 0 1-100 100z"/>'
        f'<path fill="{second}" d="M{x} {y}h55a55 55 0 0 1-55 55z"/></g>'
    )


def _bunting(x: int, y: int, colours: Colours, _: random.Random) -> str:
    _ground, figure, second = colours
    flags = {figure: "", second: ""}
    for row in range(2):
        for column in range(4):
            colour = (figure, second)[column % 2]
            flags[colour] += f"M{x + column * 25} {y + row * 50}h25l-12.5 34z"
    return "".join(f'<path fill="{c}" d="{path}"/>' for c, path in flags.items())


def _ribs(x: int, y: int, colours: Colours, _: random.Random) -> str:
    ribs = "".join(
        f"M{x + 8 + i * 14} {y + 100}v-50a{r} {r} 0 0 1 {2 * r} 0v50"
        for i, r in enumerate((42, 28, 14))
    )
    return f'<path fill="none" stroke="{colours[1]}" stroke-width="9" d="{ribs}"/>'


def _sun(x: int, y: int, colours: Colours, _: random.Random) -> str:
    return f'<circle cx="{x + 50}" cy="{y + 50}" r="36" fill="{colours[1]}"/>'


def _windows(x: int, y: int, colours: Colours, _: random.Random) -> str:
    panes = "".join(
        f"M{x + i * 50 + 5} {y + j * 50 + 50}v-25a20 20 0 0 1 40 0v25z"
        for i in range(2)
        for j in range(2)
    )
    return f'<path fill="{colours[1]}" d="{panes}"/>'


def _plain(_x: int, _y: int, _colours: Colours, _: random.Random) -> str:
    return ""


TILES: dict[Callable[[int, int, Colours, random.Random], str], int] = {
    _fan: 5,
    _arch: 4,
    _quarter: 3,
    _bunting: 2,
    _ribs: 3,
    _sun: 2,
    _windows: 3,
    _plain: 1,
}
