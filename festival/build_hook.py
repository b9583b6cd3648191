"""Compiles the translations when the wheel is built; not part of the wheel."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Translations(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own hooks leave it open
    """Hatchling finds this class by its base (``tool.hatch.build.hooks.custom``)."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Write a ``.mo`` beside each ``.po`` that is newer."""
        for source in Path(self.root, "festival", "translations").rglob("*.po"):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            with source.open("rb") as words, target.open("wb") as compiled:
                write_mo(compiled, read_po(words, locale=source.parts[-3]))
