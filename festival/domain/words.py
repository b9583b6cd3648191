"""Text that exists in several languages, and which of them a reader gets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

FALLBACKS = ("fr", "en")
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def direction(language: str) -> str:
    """Return the value of ``dir`` for *language*, a BCP 47 tag."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text in the language it was found in; ``foreign`` to whoever asked."""

    text: str
    language: str
    foreign: bool

    @property
    def direction(self) -> str:
        """Return ``ltr`` or ``rtl``, for the text itself."""
        return direction(self.language)

    def __str__(self) -> str:
        """Return the bare text."""
        return self.text


class Words(Mapping[str, str]):
    """Text by language (BCP 47), frozen: replaced whole, never edited in place.

    Empty texts are dropped, so that ``bool(words)`` says whether there is any.
    """

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str] | None = None, /, **more: str) -> None:
        every = {**(texts or {}), **more}
        self._texts = {language: text for language, text in every.items() if text}

    def __getitem__(self, language: str) -> str:
        return self._texts[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __hash__(self) -> int:
        return hash(frozenset(self._texts.items()))

    def __repr__(self) -> str:
        return f"Words({self._texts!r})"

    def best(self, language: str) -> Phrase:
        """Return the text in *language*, else in French, English or the first there is.

        ``zh-Hans`` is content with ``zh`` and the other way round.
        """
        wanted = language.partition("-")[0]
        for found in (language, wanted, *self):
            if found in self._texts and found.partition("-")[0] == wanted:
                return Phrase(self._texts[found], found, foreign=False)
        for found in (*FALLBACKS, *self):
            if found in self._texts:
                return Phrase(self._texts[found], found, foreign=True)
        return Phrase("", language, foreign=False)


def fold(text: str) -> str:
    """Return *text* as it is searched: no case, no accents, single spaces.

    Done here rather than in SQL so that both databases find the same.
    """
    whole = text.casefold().replace("œ", "oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", whole)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[\s’']+", " ", bare).strip()
