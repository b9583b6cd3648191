"""The agenda inside a page of another site."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from festival import clock
from festival.domain.question import AgendaFilter
from festival.queries import agenda as query
from festival.web.caching import POLICY, public
from festival.wording import language

bp = Blueprint("embed", __name__, url_prefix="/embed")

THEMES = ("auto", "light", "dark")
SHOWN, MOST = 5, 30  # events
FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")


@bp.get("/agenda")
@public("lang", "n", "theme", agenda=True)
def agenda() -> ResponseReturnValue:
    """Show the first events of a question, by itself: whoever likes may frame it.

    Takes the agenda's parameters; ``lang``; ``n``, how many events; ``theme``: light,
    dark, or what the visitor's screen prefers. Without a period it shows what comes
    next, whenever that is. Shows ``embed/agenda.html``: question, cards, theme, more
    (the whole of it, on our own page).
    """
    question = AgendaFilter.read(request.args.to_dict(flat=False))
    theme = request.args.get("theme", "")
    days = query.by_day(question.to_the_end, clock.now(), _number())
    page = render_template(
        "embed/agenda.html",
        question=question,
        cards=[card for day in days for card in day.cards],
        theme=theme if theme in THEMES else THEMES[0],
        more=url_for("agenda.agenda", lang=language(), **question.repeated),  # type: ignore[arg-type]
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = FRAMED
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _number() -> int:
    """Return how many events are asked for: a number, whatever was written."""
    try:
        asked = int(request.args.get("n", SHOWN))
    except ValueError:
        return SHOWN
    return min(max(asked, 1), MOST)
