"""Calendars by address: one event's file, and the agenda one subscribes to."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import Any, Self

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from festival import calendars, clock, entries, wording
from festival.domain.question import AgendaFilter
from festival.extensions import current_settings
from festival.formats import ical
from festival.formats.ical import Feed
from festival.queries import agenda, calendar
from festival.web.caching import public

log = logging.getLogger(__name__)

bp = Blueprint("feeds", __name__)


class Cancelled(StrEnum):
    """What becomes of the cancelled in a calendar one subscribes to."""

    STANDARD = "standard"  # they say so, as the standard has it
    KEEP = "keep"  # their name alone says so: Google hides those that do
    DROP = "drop"

    @classmethod
    def _missing_(cls, _: object) -> Self:
        return cls("standard")


@bp.get("/events/<slug>.ics")
@public("lang", dated=True)
def event_ics(slug: str) -> ResponseReturnValue:
    """Give one event to keep; an unlisted one to whoever knows its address.

    None of the archive's: a calendar entry is signed by its organiser, and we are not.
    """
    event = agenda.public_event(slug)
    if event.sources:
        abort(404)
    with force_locale(_language()):
        body = ical.publish([entries.from_event(event, html=True)])
    return _calendar(body, slug)


@bp.get("/agenda.ics")
@public("lang", "cancelled", agenda=True, dated=True)
def agenda_ics() -> ResponseReturnValue:
    """Give what is public, or the part of it asked for, to whoever subscribes.

    Takes the agenda page's own parameters; what it does not know changes nothing.
    """
    now, language = clock.now(), _language()
    question = AgendaFilter.read(request.args.to_dict(flat=False))
    cancelled = Cancelled(request.args.get("cancelled", ""))
    found = calendar.feed(
        question,
        now,
        language=language,
        stamp=calendars.stamp(),
        called_off=cancelled is not Cancelled.DROP,
    )
    with force_locale(language):
        every = calendars.in_feed(found, hides=cancelled is Cancelled.KEEP)
        about = _feed(question, cancelled)
    shown = ical.within_limits(every, now=now)
    if len(shown) < len(every):
        log.warning("agenda.ics: more events than a calendar holds; some are left out")
    return _calendar(ical.join(shown, feed=about), "agenda")


def _feed(question: AgendaFilter, cancelled: Cancelled) -> Feed:
    settings = current_settings()
    lang = wording.language()
    asked: dict[str, Any] = question.repeated
    said: dict[str, Any] = {}
    if cancelled is not Cancelled.STANDARD:
        said["cancelled"] = cancelled.value
    return Feed(
        name=settings.HOUSE_NAME,
        description=wording.gettext(
            "The public events of %(house)s you chose.", house=settings.HOUSE_NAME
        )
        if asked
        else wording.gettext(
            "All public events of %(house)s.", house=settings.HOUSE_NAME
        ),
        source=settings.base_url + url_for(".agenda_ics", lang=lang, **asked, **said),
        url=settings.base_url + url_for("agenda.agenda", lang=lang, **asked),
        timezone=settings.TIMEZONE,
        refresh_hours=1 if question.festivals else 6,
    )


def _language() -> str:
    """Return the language asked for, else French: an address is never wrong."""
    asked = request.args.get("lang", "")
    return asked if asked in wording.LANGUAGES else wording.LANGUAGES[0]


def _calendar(body: bytes, name: str) -> Response:
    """Return *body* for programs, those in other sites' pages too."""
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.ics"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
