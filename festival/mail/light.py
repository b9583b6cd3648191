"""What a letter leaves out so that it stays light: the least important first.

The page of the event, and the guest's own, say all of it, and their links stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MANY: Final = 8  # tickets of which one letter tells all


@dataclass(frozen=True, slots=True)
class Room:
    """How much a letter may say: characters of each text, and tickets of a list."""

    summary: int = 4_000  # of the event, in a calendar
    text: int = 100_000  # what to bring, how to come, why it is cancelled
    line: int = 100_000  # names and places
    link: int = 2_000  # to join online; half of one leads nowhere
    tickets: int = 40
    brief: bool = False  # of a list: when it is, and the link to each ticket

    def is_brief(self, tickets: int) -> bool:
        """Say whether so many *tickets* are a line or two each."""
        return self.brief or tickets > MANY

    def of(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return what of a letter's *facts* there is room for."""
        cut = dict(facts)
        if "event" in cut:
            cut["event"] = self._event(cut["event"])
        if "was" in cut:
            cut["was"] = self._lines(cut["was"], "name", "venue", "space")
        if "replies" in cut:
            cut["replies"] = [
                {**each, "event": self._event(each["event"])} for each in cut["replies"]
            ]
        return cut

    def _event(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        cut = self._lines(facts, "name", "contact", "organisers")
        cut["summary"] = shortened(facts["summary"], self.summary)
        for name in ("reason", "bring"):
            cut[name] = shortened(facts[name], self.text)
        if facts["place"]:
            names = ("venue", "space", "street", "postal_code", "city")
            cut["place"] = self._lines(facts["place"], *names)
            how = facts["place"]["how_to_come"]
            cut["place"]["how_to_come"] = shortened(how, self.text)
        if len(facts["online_link"]) > self.link:
            cut["online_link"] = ""
        return cut

    def _lines(self, facts: Mapping[str, Any], *names: str) -> dict[str, Any]:
        return {
            name: shortened(fact, self.line) if name in names else fact
            for name, fact in facts.items()
        }


ROOMS: Final = (  # each smaller than the one before
    Room(),
    Room(summary=0),
    Room(summary=0, text=600),
    Room(summary=0, text=300),
    Room(summary=0, text=300, brief=True),
    Room(summary=0, text=300, tickets=30, brief=True),
    Room(summary=0, text=100, line=100, link=500, tickets=20, brief=True),
    Room(summary=0, text=0, line=50, link=500, tickets=10, brief=True),
)


def shortened(fact: Any, length: int) -> Any:
    """Cut the texts of *fact* after a word, if they are longer than *length*."""
    if isinstance(fact, Mapping):
        kept = {"language", "address"}  # no words
        return {
            name: said if name in kept else shortened(said, length)
            for name, said in fact.items()
        }
    if isinstance(fact, list):
        return [shortened(each, length) for each in fact]
    if not isinstance(fact, str) or len(fact) <= length:
        return fact
    if not length:
        return ""
    cut = fact[: length - 1]
    at_a_word = cut.rpartition(" ")[0]
    return (at_a_word if len(at_a_word) > length // 2 else cut).rstrip() + "…"
