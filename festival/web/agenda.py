"""The agenda: what is on."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from festival import clock
from festival.domain.kinds import KINDS
from festival.queries.agenda import AgendaFilter
from festival.queries.agenda import agenda as ask
from festival.web.caching import public

bp = Blueprint("agenda", __name__, url_prefix="/<lang>")

PERIODS = ("today", "weekend", "")  # the chips; the last is the agenda, page by page


@bp.get("/")
@public
def agenda(lang: str) -> ResponseReturnValue:
    """Show what is on.

    Shows ``agenda/agenda.html``: question (``AgendaFilter``), answer (``Agenda``),
    kinds, periods, and ``link(question, **more)``, which writes any question's address.
    """
    question = AgendaFilter.read(request.args.to_dict(flat=False))
    return render_template(
        "agenda/agenda.html",
        question=question,
        answer=ask(question, clock.now()),
        kinds=KINDS,
        periods=PERIODS,
        link=lambda asked, **more: agenda_link(lang, asked, **more),
    )


def agenda_link(lang: str, question: AgendaFilter, **more: str) -> str:
    """Return the address of *question*, its parameters in our one order."""
    found: dict[str, list[str]] = {}
    for name, value in question.parameters:
        found.setdefault(name, []).append(value)
    return url_for("agenda.agenda", lang=lang, **{**found, **more})  # type: ignore[arg-type]
