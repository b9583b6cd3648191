"""Somebody at the desk, and what an errand there takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.browser.house import Person

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Response


class Organiser:
    """What they type, choose of a list or hand in is a field; buttons are none.

    A load is a document that comes, whether a link or a button led to it: what a
    button sends and is answered with a redirection is one. Counting begins on the
    page where the errand begins, which is there already.
    """

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page
        self.opens, self.follows, self.sees = person.opens, person.follows, person.sees

    def begins(self, path: str) -> None:
        """Stand on the page at *path*, with nothing counted yet."""
        response = self.opens(path)
        assert response.status == 200
        self.person.loads = self.person.typed = 0

    @property
    def effort(self) -> tuple[int, int]:
        """Loads and fields since then."""
        return self.person.loads, self.person.typed

    @property
    def heading(self) -> str:
        return self.person.heading

    def types(self, label: str, text: str) -> None:
        self._field(label).fill(text)
        self.person.typed += 1

    def chooses(self, label: str, words: str) -> None:
        self._field(label).select_option(label=words)
        self.person.typed += 1

    def hands_in(self, label: str, name: str, content: bytes) -> None:
        """Give a file of their own."""
        file: Any = {"name": name, "mimeType": "", "buffer": content}
        self._field(label).set_input_files(file)
        self.person.typed += 1

    def presses(self, words: str) -> Response:
        """Press the first button that says *words*, after a moment's reading."""
        button = self.page.get_by_role("button", name=words, exact=True)
        return self.person.sends(button.first)

    def _field(self, label: str) -> Locator:
        """Return the first field whose label begins so; "(needed)" may follow."""
        words = r"\s".join(map(re.escape, label.split()))
        return self.page.get_by_label(re.compile(rf"^\s*{words}")).first
