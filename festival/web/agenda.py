"""The agenda: what is on."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from festival import clock
from festival.domain.question import AgendaFilter
from festival.queries import agenda as query
from festival.queries import competitions, facets
from festival.web.caching import public

bp = Blueprint("agenda", __name__, url_prefix="/<lang>")


@bp.get("/")
@public(agenda=True)
def agenda(lang: str) -> ResponseReturnValue:
    """Show what is on, or what was.

    Shows ``agenda/agenda.html``: question (``AgendaFilter``), answer (``Agenda``),
    choices (``Facets``), festival (the card à l'affiche, on the bare agenda only),
    years (that are over, with their questions), competitions (to look back at), ways
    (out of an empty list), and ``link(question)``, which writes any question's address.
    """
    now = clock.now()
    question = AgendaFilter.read(request.args.to_dict(flat=False))
    answer = query.agenda(question, now)
    past = question.when == "past"
    return render_template(
        "agenda/agenda.html",
        question=question,
        answer=answer,
        choices=facets.facets(question, now),
        festival=None if question.parameters else query.featured(now),
        years=[
            (year, count, facets.year_of(question, year))
            for year, count in (facets.years(question, now) if past else ())
        ],
        competitions=competitions.competitions() if past else (),
        ways=() if answer.days else facets.ways_out(question, now),
        link=lambda asked: agenda_link(lang, asked),
    )


def agenda_link(lang: str, question: AgendaFilter) -> str:
    """Return the address of *question*, its parameters in our one order."""
    return url_for("agenda.agenda", lang=lang, **question.repeated)  # type: ignore[arg-type]
