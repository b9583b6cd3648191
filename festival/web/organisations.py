"""Who makes all this: the organisations, and what each of them brings."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from festival import clock
from festival.domain.question import AgendaFilter
from festival.queries import directory
from festival.web.caching import public

bp = Blueprint("organisations", __name__, url_prefix="/<lang>/organisations")


@bp.get("/")
@public()
def organisations(lang: str) -> ResponseReturnValue:
    """Show every organisation.

    Shows ``organisations/organisations.html``: active and others, each ``Listed``
    organisations.
    """
    every = directory.organisations(clock.now())
    return render_template(
        "organisations/organisations.html",
        active=[one for one in every if one.coming],
        others=[one for one in every if not one.coming],
    )


@bp.get("/<slug>")
@public()
def organisation(lang: str, slug: str) -> ResponseReturnValue:
    """Show an organisation.

    Shows ``organisations/organisation.html``: organisation, question and its answer
    (``WhatsOn``), expected (False of those that are only remembered, from sources).
    """
    found = directory.organisation(slug)
    question = AgendaFilter(organisations=(slug,))
    answer = directory.whats_on(question, clock.now())
    return render_template(
        "organisations/organisation.html",
        organisation=found,
        question=question,
        answer=answer,
        expected=bool(answer.coming.days) or not found.sources,
    )
