"""The front door, and the pages every public service owes its citizens."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from festival.extensions import current_settings
from festival.services import retention
from festival.web.caching import public
from festival.wording import LANGUAGES, gettext, ngettext

bp = Blueprint("site", __name__)


@bp.get("/")
def home() -> ResponseReturnValue:
    """Lead to the agenda, in the language the browser asks for."""
    language = request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    response = redirect(url_for("agenda.agenda", lang=language), 302)
    response.vary.add("Accept-Language")
    return response


@dataclass(frozen=True, slots=True)
class Kept:
    """One line of "how long things are kept"."""

    what: str
    how_long: str


@bp.get("/<lang>/legal")
@public()
def legal(lang: str) -> ResponseReturnValue:
    """Say who publishes and who hosts: ``site/legal.html``, from settings."""
    return render_template("site/legal.html")


@bp.get("/<lang>/accessibility")
@public()
def accessibility(lang: str) -> ResponseReturnValue:
    """Say how accessible the site is: ``site/accessibility.html``, from settings."""
    return render_template("site/accessibility.html")


@bp.get("/<lang>/privacy")
@public()
def privacy(lang: str) -> ResponseReturnValue:
    """Say what is asked, why, and for how long: ``site/privacy.html`` (kept)."""
    return render_template("site/privacy.html", kept=kept())


def kept() -> list[Kept]:
    """Return how long things are kept: what ``services.retention`` does."""
    days = current_settings().RETENTION_DAYS

    def after(number: int) -> str:
        return ngettext(
            "%(num)s day after the event", "%(num)s days after the event", number
        )

    return [
        Kept(
            gettext("A reply not confirmed by mail"),
            ngettext("%(num)s hour", "%(num)s hours", retention.UNCONFIRMED.days * 24),
        ),
        Kept(
            gettext(
                "Replies: name, address, number of people, "
                "waiting and cancelled included"
            ),
            after(days),
        ),
        Kept(
            gettext("The same, for young people’s events"),
            after(min(days, retention.YOUTH.days)),
        ),
        Kept(
            gettext("The same, for debates whose list would reveal opinions"),
            after(min(days, retention.DISCREET.days)),
        ),
        Kept(
            gettext("Guests of a postponed event, while it has no new date"),
            gettext("12 months at most"),
        ),
        Kept(
            gettext("What you asked us to prepare"),
            after(min(days, retention.NEEDS.days)),
        ),
        Kept(
            gettext("The letters we send"),
            ngettext(
                "%(num)s day after sending",
                "%(num)s days after sending",
                retention.LETTERS.days,
            ),
        ),
        Kept(
            gettext("A letter that came back: what the mail server said, as a code"),
            gettext("as long as the reply"),
        ),
        Kept(
            gettext("That an address has a calendar of its own, if it asked for one"),
            gettext("until it is stopped, or the address’ last reply is erased"),
        ),
        Kept(
            gettext("An account at the desk that nobody uses"),
            gettext("24 months; then we ask, and erase it after a month"),
        ),
        Kept(
            gettext("“Never write to me again”: a seal that nobody can read"),
            gettext("3 years"),
        ),
        Kept(
            gettext("The network a reply came from, unreadable even to us"),
            ngettext("%(num)s hour", "%(num)s hours", retention.NETWORKS.days * 24),
        ),
        Kept(
            gettext("The journal of what was done, without guests’ data"),
            gettext("12 months"),
        ),
        Kept(
            gettext("Counts: how many people came, never who"),
            gettext("no limit"),
        ),
    ]
