"""Calendars by address: one event's file, and the agenda one subscribes to."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from festival import calendars, clock, entries, wording
from festival.domain.question import AgendaFilter
from festival.extensions import current_settings
from festival.formats import ical
from festival.formats.ical import Cancelled, Feed
from festival.queries import agenda, calendar
from festival.web.caching import public, undated

log = logging.getLogger(__name__)

bp = Blueprint("feeds", __name__)


@bp.get("/events/<slug>.ics")
@public(lang=wording.language_of, dated=True)
def event_ics(slug: str) -> ResponseReturnValue:
    """Give one event to keep; an unlisted one to whoever knows its address.

    None of the archive's: a calendar entry is signed by its organiser, and we are not.
    """
    event = agenda.public_event(slug)
    if event.sources:
        abort(404)
    with force_locale(request.args["lang"]):
        body = ical.publish([entries.from_event(event, html=True)])
    return _calendar(body, slug)


@bp.get("/agenda.ics")
@public(lang=wording.language_of, cancelled=Cancelled, agenda=True, dated=True)
def agenda_ics() -> ResponseReturnValue:
    """Give what is public, or the part of it asked for, to whoever subscribes.

    Takes the agenda page's own parameters; what it does not know changes nothing.
    """
    now, language = clock.now(), request.args["lang"]
    question = AgendaFilter.read(request.args.to_dict(flat=False))
    cancelled = Cancelled(request.args["cancelled"])
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
        undated()  # what begins moves the cut
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


def _calendar(body: bytes, name: str) -> Response:
    """Return *body* for programs, those in other sites' pages too."""
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.ics"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
