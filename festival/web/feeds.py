"""Calendars by address: one event's file, and the agenda one subscribes to."""

from __future__ import annotations

import gzip
import hashlib
import logging
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from festival import clock, entries, wording
from festival.domain.question import AgendaFilter
from festival.extensions import current_settings
from festival.formats import ical
from festival.formats.ical import Feed
from festival.queries import agenda, calendar
from festival.web import caching

log = logging.getLogger(__name__)

bp = Blueprint("feeds", __name__)

WORTH_ZIPPING = 1400  # bytes: less than one packet of the network
NEVER_ZIPPED = ("Outlook", "Microsoft", "Exchange")  # they fail to unzip subscriptions


@bp.get("/events/<slug>.ics")
@caching.public("lang")
def event_ics(slug: str) -> ResponseReturnValue:
    """Give one event to keep; an unlisted one to whoever knows its address.

    None of the archive's: a calendar entry is signed by its organiser, and we are not.
    """
    event = agenda.public_event(slug)
    if event.sources:
        abort(404)
    with force_locale(_language()):
        body = ical.publish([entries.from_event(event)])
    return _calendar(body, slug)


@bp.get("/agenda.ics")
@caching.public("lang", agenda=True)
def agenda_ics() -> ResponseReturnValue:
    """Give what is public, or the part of it asked for, to whoever subscribes.

    Takes the agenda page's own parameters; what it does not know changes nothing.
    """
    now = clock.now()
    question = AgendaFilter.read(request.args.to_dict(flat=False))
    found = calendar.feed(question, now)
    with force_locale(_language()):
        every = [entries.from_event(event) for event in found]
        shown = ical.within_limits(every, now=now)
        body = ical.publish(shown, feed=_feed(question))
    if len(shown) < len(every):
        log.warning("agenda.ics: %s events left out", len(every) - len(shown))
    return _calendar(body, "agenda")


def _feed(question: AgendaFilter) -> Feed:
    settings = current_settings()
    lang = wording.language()
    asked: dict[str, Any] = question.repeated
    return Feed(
        name=settings.HOUSE_NAME,
        description=wording.gettext(
            "The public events of %(house)s you chose.", house=settings.HOUSE_NAME
        )
        if asked
        else wording.gettext(
            "All public events of %(house)s.", house=settings.HOUSE_NAME
        ),
        source=settings.base_url + url_for(".agenda_ics", lang=lang, **asked),
        url=settings.base_url + url_for("agenda.agenda", lang=lang, **asked),
        timezone=settings.TIMEZONE,
    )


def _language() -> str:
    """Return the language asked for, else French: an address is never wrong."""
    asked = request.args.get("lang", "")
    return asked if asked in wording.LANGUAGES else wording.LANGUAGES[0]


def _calendar(body: bytes, name: str) -> Response:
    """Return *body* as programs fetch it: whole, zipped, or "nothing has changed"."""
    digest = hashlib.sha256(body).hexdigest()[:32]
    zipped = _may_zip(body)
    if zipped:
        body, digest = gzip.compress(body, 6, mtime=0), f"{digest}-gz"
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.set_etag(digest)
    response.last_modified = calendar.moved_at()
    response.vary.add("Accept-Encoding")
    if zipped:
        response.content_encoding = "gzip"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.ics"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _may_zip(body: bytes) -> bool:
    return (
        len(body) > WORTH_ZIPPING
        and request.accept_encodings.quality("gzip") > 0
        and not any(name in request.user_agent.string for name in NEVER_ZIPPED)
    )
