"""HTML that others paste into their pages and newsletters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

HEIGHT = 660  # of a frame, in pixels: five events on a telephone

_FRAME = Markup(
    '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy" '
    'style="border:0"></iframe>'
)
# A newsletter knows tables and styles of each tag; its colours and letters are its own.
_TABLE = Markup(
    '<table width="100%" cellpadding="0" cellspacing="0" border="0" '
    'role="presentation">\n{}\n</table>'
)
_ROW = Markup(
    '<tr><td style="padding:12px 0;border-bottom:1px solid #75827b">{}<br>\n'
    '<a href="{}" lang="{}" dir="{}"><strong>{}</strong></a><br>\n{}</td></tr>'
)
_MORE = Markup('<tr><td style="padding:12px 0"><a href="{}">{}</a></td></tr>')


@dataclass(frozen=True, slots=True)
class Row:
    """An event as a newsletter tells it."""

    when: str
    name: str
    language: str
    direction: str
    place: str
    link: str


def frame(address: str, title: str) -> str:
    """Return what shows the page at *address* inside another page."""
    return str(_FRAME.format(address, title, HEIGHT))


def table(rows: Iterable[Row], more: str, said: str) -> str:
    """Return *rows* as they stand now, and a link to *more*, in words *said*."""
    lines = [
        _ROW.format(
            row.when, row.link, row.language, row.direction, row.name, row.place
        )
        for row in rows
    ]
    return str(_TABLE.format(Markup("\n").join([*lines, _MORE.format(more, said)])))
