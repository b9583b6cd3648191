"""The houses of the network, and what is on in each."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import partial

from babel.dates import format_date
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from festival import clock, wording
from festival.domain.question import AgendaFilter
from festival.models.directory import Venue
from festival.queries import directory
from festival.queries.conditions import local_date
from festival.web.caching import public
from festival.wording import gettext

bp = Blueprint("venues", __name__, url_prefix="/<lang>/venues")

SOON = timedelta(days=366)  # an occupancy's end further away matters to nobody yet


@bp.get("/")
@public()
def venues(lang: str) -> ResponseReturnValue:
    """Show every venue.

    Shows ``venues/venues.html``: present and past, each ``Listed`` venues, and
    ``occupancy(venue)``.
    """
    now = clock.now()
    present, past = directory.venues(now)
    return render_template(
        "venues/venues.html",
        present=present,
        past=past,
        occupancy=partial(occupancy, now=now),
    )


@bp.get("/<slug>")
@public()
def venue(lang: str, slug: str) -> ResponseReturnValue:
    """Show a venue.

    Shows ``venues/venue.html``: venue, in_use, occupancy (a sentence, or nothing),
    spaces (each with its facts of access), question and its answer (``WhatsOn``).
    """
    found = directory.venue(slug)
    now = clock.now()
    question = AgendaFilter(venues=(slug,))
    return render_template(
        "venues/venue.html",
        venue=found,
        in_use=directory.in_use(found, local_date(now)),
        occupancy=occupancy(found, now),
        spaces=[(space, directory.space_access(space)) for space in found.spaces],
        question=question,
        answer=directory.whats_on(question, now),
    )


@bp.get("/<venue_slug>/<slug>")
@public()
def space(lang: str, venue_slug: str, slug: str) -> ResponseReturnValue:
    """Show a space of a venue.

    Shows ``venues/space.html``: as a venue's page, with space and access, its facts.
    """
    found = directory.space(venue_slug, slug)
    now = clock.now()
    question = AgendaFilter(venues=(f"{venue_slug}/{slug}",))
    return render_template(
        "venues/space.html",
        venue=found.venue,
        space=found,
        in_use=directory.in_use(found.venue, local_date(now)),
        occupancy=occupancy(found.venue, now),
        access=directory.space_access(found),
        question=question,
        answer=directory.whats_on(question, now),
    )


def occupancy(venue: Venue, now: datetime) -> str:
    """Return how long *venue* is, or was, the house's to use, where that matters."""
    until, today = venue.occupied_until, local_date(now)
    if until is None or until - today > SOON:
        return ""
    if until >= today:
        return gettext("The house may use this place until %(day)s.", day=_full(until))
    if venue.occupied_from is None:
        return gettext("This place was used until %(month)s.", month=_month(until))
    return gettext(
        "This place was used from %(first)s to %(last)s.",
        first=_month(venue.occupied_from),
        last=_month(until),
    )


def _full(day: date) -> str:
    """Return *day* with its year, however near it is: a contract's day."""
    said = format_date(day, "d MMMM y", locale=wording.language())
    return re.sub(r"^1 ", "1er ", said) if wording.language() == "fr" else said


def _month(day: date) -> str:
    return format_date(day, "MMMM y", locale=wording.language())
