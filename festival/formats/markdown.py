"""Descriptions: Markdown in, a small and safe set of HTML out. Images are dropped."""

from __future__ import annotations

from html import unescape

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "ul",
    "ol",
    "li",
    "a",
    "blockquote",
    "h3",
    "h4",
    "hr",
}
_reader = MarkdownIt("commonmark", {"html": False, "linkify": False})


def html(text: str) -> str:
    """Return *text* as HTML whose links are http, https or mailto.

    Headings begin at the third level: the page has its own first two.
    """
    made = _reader.render(text)
    for level, lower in (("2", "4"), ("1", "3")):
        made = made.replace(f"<h{level}>", f"<h{lower}>").replace(
            f"</h{level}>", f"</h{lower}>"
        )
    return nh3.clean(
        made,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    )


def plain(text: str) -> str:
    """Return *text* without its marks, one paragraph a line."""
    bare = nh3.clean(_reader.render(text), tags=set())
    lines = (line.strip() for line in bare.splitlines())
    return unescape("\n".join(line for line in lines if line))
