"""Tournaments, match by match: what is shown, what was played."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from festival.queries import competitions
from festival.web.caching import public

bp = Blueprint("competitions", __name__, url_prefix="/<lang>/competitions")


@bp.get("/<slug>")
@public()
def competition(lang: str, slug: str) -> ResponseReturnValue:
    """Show every match of a competition, stage by stage."""
    found = competitions.competition(slug)
    return render_template(
        "competitions/competition.html",
        competition=found,
        rounds=competitions.rounds(found),
        screening=competitions.screening,
    )
