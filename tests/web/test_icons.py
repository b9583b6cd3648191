"""The icons: each one drawn, each one used."""

from __future__ import annotations

import re
from pathlib import Path

from festival.domain.kinds import KINDS
from festival.domain.question import ACCESS
from festival.web.icons import ICONS

TEMPLATES = Path(__file__).parents[2] / "templates"


def test_every_icon_is_drawn_and_every_drawing_is_used():
    pages = "".join(page.read_text() for page in TEMPLATES.rglob("*.html"))
    asked = set(re.findall(r'icon\("(\w+)"', pages))
    chosen = set(re.findall(r'icon\("(\w+)" if .* else "(\w+)"\)', pages)[0])

    assert asked | chosen | set(ACCESS.values()) | set(KINDS) == {*ICONS, "logo"}
