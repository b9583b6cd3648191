"""How matches read: who plays, and how it ended. Hung on the templates here."""

from __future__ import annotations

from typing import Literal

from flask import Flask

from festival.domain.fixtures import Outcome
from festival.domain.words import Phrase
from festival.models.events import Match
from festival.queries import competitions
from festival.wording import NO_BREAK, gettext, language


def init_app(app: Flask) -> None:
    """Give templates these words."""
    app.jinja_env.globals.update(side=side, result=result)


def side(match: Match, where: Literal["home", "away"]) -> Phrase:
    """Return who plays *match* there: a team, or "Winner of match 49" until then."""
    found = competitions.side(match, where)
    if found.team:
        return found.team.best(language())
    awaited = found.placeholder
    if awaited is None:
        said = gettext("To be decided")
    elif awaited.outcome is Outcome.WINNER:
        said = gettext("Winner of match %(number)s", number=awaited.number)
    else:
        said = gettext("Loser of match %(number)s", number=awaited.number)
    return Phrase(said, language(), foreign=False)


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
