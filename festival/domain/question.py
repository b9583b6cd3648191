"""What is asked of the agenda, in the words of its address.

These words live for ever in subscribers' calendars: none is ever an error, and none
ever changes its meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from festival.domain.kinds import KINDS

WINDOWS = ("today", "weekend", "week", "fortnight", "month", "all", "past")
OPEN_ENDED = ("", "all", "past")  # the windows that dates may narrow
ACCESS = {  # the word of an address → the fact of a space or an event
    "step-free": "step_free",
    "toilet": "accessible_toilet",
    "loop": "hearing_loop",
    "lsf": "sign_language",
    "quiet": "quiet_place",
}
AUDIENCES = ("youth", "everyone")
LONGEST_QUESTION = 80
MOST_VALUES = 20  # of one parameter
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)

_SLUG = r"[a-z0-9][a-z0-9-]{0,79}"
_VENUE = re.compile(rf"{_SLUG}(?:/{_SLUG})?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?")


@dataclass(frozen=True, slots=True)
class AgendaFilter:
    """One question, whoever asks it: a page, a calendar, a reader, a program.

    Values of one field widen the answer, further fields narrow it. ``misread`` says
    that a date was given which is none.
    """

    when: str = ""  # "" is from now on, page by page
    kinds: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()  # slugs: "venue", or "venue/space" for a part of it
    organisations: tuple[str, ...] = ()  # slugs
    festivals: tuple[str, ...] = ()  # slugs
    access: tuple[str, ...] = ()  # words of ACCESS; every one of them is needed
    languages: tuple[str, ...] = ()  # BCP 47; "zh" is "zh-Hans" too
    audiences: tuple[str, ...] = ()  # words of AUDIENCES
    free: bool = False  # only where one can still come
    starting: date | None = None  # "from"
    until: date | None = None  # that day included
    q: str = ""
    misread: bool = False

    @classmethod
    def read(cls, asked: Mapping[str, Sequence[str]]) -> AgendaFilter:
        """Understand what can be understood of the parameters *asked*."""
        when = next((w for w in asked.get("when", ()) if w in WINDOWS), "")
        texts = [text for text in asked.get("q", ()) if text.strip()]
        starting, misread = _date(asked.get("from", ()))
        until, too = _date(asked.get("until", ()))
        if starting and until and until < starting:
            until, too = None, True
        if (starting or until) and when not in OPEN_ENDED:
            when = ""  # a date says more than "this week"
        return cls(
            when=when,
            kinds=_known(asked.get("kind", ()), KINDS),
            venues=_shaped(asked.get("venue", ()), _VENUE),
            organisations=_shaped(asked.get("organisation", ()), _VENUE),
            festivals=_shaped(asked.get("festival", ()), _VENUE),
            access=_known(asked.get("access", ()), ACCESS),
            languages=_shaped(asked.get("language", ()), _LANGUAGE, _tag),
            audiences=_known(asked.get("audience", ()), AUDIENCES),
            free="free" in asked.get("seats", ()),
            starting=starting,
            until=until,
            q=" ".join(texts[:1])[:LONGEST_QUESTION].replace("\0", "").strip(),
            misread=misread or too,
        )

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Return these as an address has them, in the one order we use."""
        given = {
            "when": self.when,
            "from": self.starting and self.starting.isoformat(),
            "until": self.until and self.until.isoformat(),
        }
        found = [*self.choices, *((n, value) for n, value in given.items() if value)]
        return sorted(found, key=lambda one: PARAMETERS.index(one[0]))

    @property
    def repeated(self) -> dict[str, list[str]]:
        """Return the parameters by name, as an address is built from them."""
        found: dict[str, list[str]] = {}
        for name, value in self.parameters:
            found.setdefault(name, []).append(value)
        return found

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return what narrows the list, dates and period apart: name and value."""
        found = [
            (name, value)
            for name, field in LISTS.items()
            for value in getattr(self, field)
        ]
        found += [("seats", "free")] if self.free else []
        return found + ([("q", self.q)] if self.q else [])

    @property
    def chosen(self) -> int:
        """Return how many choices narrow the list, its period apart."""
        return len(self.choices) + bool(self.starting or self.until)

    def without(self, name: str, value: str = "") -> AgendaFilter:
        """Return the same question with one choice less."""
        if name in LISTS:
            left = tuple(v for v in getattr(self, LISTS[name]) if v != value)
            return self._with_list(name, left)
        if name == "seats":
            return replace(self, free=False)
        if name == "q":
            return replace(self, q="")
        return replace(self, starting=None, until=None, misread=False)

    @property
    def bare(self) -> AgendaFilter:
        """Return the question without any choice, of the past if that was asked."""
        return AgendaFilter(when="past" if self.when == "past" else "")

    @property
    def to_the_end(self) -> AgendaFilter:
        """Return the question that all the pages of this one answer together."""
        return self if self.when or self.until else replace(self, when="all")

    def open_to(self, name: str) -> AgendaFilter:
        """Return the same question with every value of *name* allowed."""
        return self._with_list(name, ())

    @property
    def lasting(self) -> AgendaFilter:
        """Return the question as one subscribes to it: of no period, full or not."""
        return replace(self.asking(""), free=False)

    def _with_list(self, name: str, values: tuple[str, ...]) -> AgendaFilter:
        changed: dict[str, Any] = {LISTS[name]: values}
        return replace(self, **changed)

    def asking(self, when: str) -> AgendaFilter:
        """Return the same question about another period."""
        return replace(self, when=when, starting=None, until=None, misread=False)


LISTS = {  # the parameters that may be repeated, in their order → their fields
    "kind": "kinds",
    "venue": "venues",
    "organisation": "organisations",
    "festival": "festivals",
    "access": "access",
    "language": "languages",
    "audience": "audiences",
}
PARAMETERS = ("when", *LISTS, "seats", "from", "until", "q")


def _known(asked: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Return those of *known* that were *asked*, in their own order."""
    chosen = set(asked)
    return tuple(value for value in known if value in chosen)


def _shaped(
    asked: Iterable[str],
    shape: re.Pattern[str],
    tidied: Callable[[str], str] = str.strip,
) -> tuple[str, ...]:
    """Return the values *asked* that have *shape*, once each, in order.

    One that names nothing stays: a calendar of a venue that is gone must not fill
    up with everybody else's events.
    """
    found = {value for value in map(tidied, asked) if shape.fullmatch(value)}
    return tuple(sorted(found)[:MOST_VALUES])


def _tag(text: str) -> str:
    """Return a language tag in the case that BCP 47 recommends."""
    first, *others = text.strip().split("-")
    cased = [part.title() if len(part) == 4 else part.upper() for part in others]
    return "-".join([first.lower(), *cased])


def _date(texts: Sequence[str]) -> tuple[date | None, bool]:
    for text in texts:
        try:
            found = date.fromisoformat(text.strip()[:10])
        except ValueError:
            continue
        if FIRST_DAY <= found <= LAST_DAY:
            return found, False
    return None, any(text.strip() for text in texts)
