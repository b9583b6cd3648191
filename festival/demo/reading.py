"""Reading the texts of the demonstration."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeAlias

from festival.domain.words import Words

Text: TypeAlias = dict[str, Any]  # a table of a TOML file

LANGUAGES = ("fr", "en", "ar", "zh-Hans")
TEXTS = Path(__file__).parent / "texts"


def read(name: str) -> Text:
    """Return the file *name* of ``texts/``."""
    return tomllib.loads((TEXTS / f"{name}.toml").read_text(encoding="utf-8"))


def in_languages(text: Text) -> dict[str, Any]:
    """Turn what *text* says by language into ``Words`` by field."""
    said = {tag: text[tag] for tag in LANGUAGES if tag in text}
    fields = dict.fromkeys(field for one in said.values() for field in one)
    return {
        field: Words(
            {tag: one[field].strip() for tag, one in said.items() if field in one}
        )
        for field in fields
    }


def facts(text: Text, *apart: str) -> dict[str, Any]:
    """Return what *text* says in no language, but for the keys *apart*."""
    return {
        key: value
        for key, value in text.items()
        if key not in LANGUAGES and key not in apart
    }
