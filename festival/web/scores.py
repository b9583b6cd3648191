"""How matches read: who plays, and how it ended. Hung on the templates here."""

from __future__ import annotations

from flask import Flask

from festival.models.events import Match
from festival.queries import competitions
from festival.wording import NO_BREAK, gettext, side


def init_app(app: Flask) -> None:
    """Give templates these words."""
    app.jinja_env.globals.update(side=side, result=result)


def result(match: Match) -> str:
    """Return how *match* ended: "3 – 3, 4 – 3 on penalties"; nothing until then."""
    found = competitions.result(match)
    if found is None:
        return ""
    score = _score(found.home, found.away)
    if found.penalties:
        shoot_out = _score(*found.penalties)
        return gettext(
            "%(score)s, %(shoot_out)s on penalties", score=score, shoot_out=shoot_out
        )
    if found.extra_time:
        return gettext("%(score)s after extra time", score=score)
    return score


def _score(home: int, away: int) -> str:
    return f"{home}{NO_BREAK}–{NO_BREAK}{away}"
