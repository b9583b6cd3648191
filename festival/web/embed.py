"""The agenda inside a page of another site."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from festival import clock
from festival.domain.question import AgendaFilter
from festival.queries import agenda as query
from festival.web.caching import POLICY, public
from festival.wording import language, language_of

bp = Blueprint("embed", __name__, url_prefix="/embed")

THEMES = ("auto", "light", "dark")
SHOWN, MOST = 5, 30  # events
FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")


def _number(asked: str) -> int:
    """Return how many events are asked for: a number, whatever was written."""
    try:
        return min(max(int(asked), 1), MOST)
    except ValueError:
        return SHOWN


def _theme(asked: str) -> str:
    return asked if asked in THEMES else THEMES[0]


@bp.get("/agenda")
@public(lang=language_of, n=_number, theme=_theme, agenda=True)
def agenda() -> ResponseReturnValue:
    """Show the first events of a question, by itself: whoever likes may frame it.

    Takes the agenda's parameters; ``lang``; ``n``, how many events; ``theme``: light,
    dark, or what the visitor's screen prefers. Without a period it shows what comes
    next, whenever that is. Shows ``embed/agenda.html``: question, cards, theme, more
    (the whole of it, on our own page).
    """
    question = AgendaFilter.read(request.args.to_dict(flat=False))
    number = int(request.args["n"])
    days = query.by_day(question.to_the_end, clock.now(), number)
    page = render_template(
        "embed/agenda.html",
        question=question,
        cards=[card for day in days for card in day.cards],
        theme=request.args["theme"],
        more=url_for("agenda.agenda", lang=language(), **question.repeated),  # type: ignore[arg-type]
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = FRAMED
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
