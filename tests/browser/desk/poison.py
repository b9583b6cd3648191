"""Texts that would do something wherever a page showed them unescaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bs4 import Tag

from festival.domain.words import Words
from tests.visitor import Page, Visitor, answers

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Dialog, Request
    from playwright.sync_api import Page as Sheet

ELSEWHERE = "https://x.example"
PARTS = (  # the shortest fields get the first two
    """"'><img src=//x.example onerror=alert(1)>""",
    "<script>alert(1)</script>",
    "{{7919*7927}}{%x%}%(x)s",
    "[x](javascript:alert(1)) ![x](//x.example/y)",
    "</textarea></title><svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a> javascript:alert(1)",
)
COMPUTED = str(7919 * 7927)
FREE = "input[type=text]:not([inputmode], [name=detail]), textarea:not([readonly])"
SHAPED = frozenset({"dates", "paste"})  # tables and lists, of which tests write lines

# What of a page would act: handlers, scripts, links that are code, frames.
ACTING = """() => [...document.querySelectorAll('*')].filter(it =>
  [...it.attributes].some(({name, value}) => /^on/i.test(name)
    || /^(href|src|action|formaction|xlink:href)$/i.test(name)
    && /^\\s*javascript:/i.test(value))
  || it.matches('iframe, object, embed, base')
  || it.matches('script:not([src], [type="application/ld+json"])')
).map(it => it.outerHTML)"""


class Poison:
    """Makes such texts, each with a mark of its own by which it is found again."""

    def __init__(self) -> None:
        self.fields: list[str] = []

    def __call__(self, field: str, longest: int = 80) -> str:
        text = f"poison{len(self.fields)}x"
        self.fields.append(field)
        for part in PARTS:
            if len(text) + len(part) < longest:
                text += part
        assert "<" in text, field
        return text

    def words(self, field: str, longest: int = 80) -> Words:
        """The same in both languages of the site."""
        return Words({tag: self(f"{field} {tag}", longest) for tag in ("fr", "en")})

    def unseen(self, shown: str) -> list[str]:
        """Return the fields whose texts are not in *shown*."""
        found = {int(number) for number in re.findall(r"poison(\d+)x", shown)}
        return [field for at, field in enumerate(self.fields) if at not in found]

    def into(self, visitor: Visitor, button: str, **others: Any) -> Page:
        """Fill every free text of the form that has *button*, and press it."""
        form, _ = visitor._button(button)
        texts = {
            str(field["name"]): self.of(field, f"{visitor.page.path} {field['name']}")
            for field in form.select(FREE)
            if field["name"] not in SHAPED
        }
        assert "seal" in answers(form)
        return visitor.fills(**{**texts, **others}).presses(button)

    def of(self, field: Tag, name: str) -> str:
        return self(name, int(str(field.get("maxlength", 80))))


class Watch:
    """Opens pages in a browser with JavaScript, and keeps what they do."""

    def __init__(self, sheet: Sheet, address: str) -> None:
        self.sheet, self.address = sheet, address
        self.done: list[str] = []  # dialogs, reports, requests elsewhere, what acts
        self.shown = ""
        sheet.on("dialog", self._speaks)
        sheet.on("console", self._reports)
        sheet.on("request", self._asks)

    def opens(self, path: str) -> None:
        """Open a page of the house."""
        self.where = path
        response = self.sheet.goto(self.address + path)
        assert response is not None
        assert response.status == 200, path
        self._looks()

    def reads(self, name: str, html: str) -> None:
        """Open HTML by itself, where no policy of ours protects anybody."""
        self.where = name
        self.sheet.goto("about:blank")
        self.sheet.set_content(html.replace('src="cid:', 'id="'))  # it has none here
        self._looks()

    def leaves(self) -> None:
        """Let the page be others'."""
        self.sheet.goto("about:blank")
        self.sheet.remove_listener("dialog", self._speaks)
        self.sheet.remove_listener("console", self._reports)
        self.sheet.remove_listener("request", self._asks)

    def _looks(self) -> None:
        self.done += [f"{self.where}: {it}" for it in self.sheet.evaluate(ACTING)]
        content = self.sheet.content()
        if COMPUTED in content:
            self.done.append(f"{self.where}: a template was run")
        self.shown += content

    def _speaks(self, dialog: Dialog) -> None:
        self.done.append(f"{self.where}: a dialog")
        dialog.dismiss()

    def _reports(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.done.append(f"{self.where}: {message.text}")

    def _asks(self, request: Request) -> None:
        if not request.url.startswith((self.address, "about:", "data:")):
            self.done.append(f"{self.where}: asked for {request.url}")
