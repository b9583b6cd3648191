"""Going ahead although something is in the way."""

from __future__ import annotations

from collections.abc import Iterable

from festival.domain.errors import SpaceTaken
from festival.queries.clashes import Clash


def accept(
    found: Iterable[Clash], *, anyway: bool, known: Iterable[Clash] = ()
) -> None:
    """Pass silently if nothing of *found* asks for a yes, or it was given.

    What was in the way before a change, *known*, was said yes to then.

    Raises:
        SpaceTaken: another has the same space at the same time.
    """
    asking = _asking(found) - _asking(known)
    if asking and not anyway:
        raise SpaceTaken


def _asking(found: Iterable[Clash]) -> set[tuple[int, int | None]]:
    return {
        (clash.occasion.key, clash.other.id if clash.other else None)
        for clash in found
        if clash.asks_for_box
    }
