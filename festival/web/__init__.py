"""Pages. One module per blueprint; each reads: form, view, form, view."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, abort, current_app, request, url_for
from flask_babel import Babel
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from festival import wording
from festival.extensions import current_settings
from festival.web import (
    accounts,
    agenda,
    caching,
    competitions,
    discovery,
    embed,
    errors,
    events,
    feeds,
    guards,
    health,
    icons,
    lists,
    looks,
    organisations,
    personal,
    pictures,
    programme,
    readers,
    rights,
    rsvp,
    scores,
    site,
    subscribe,
    venues,
    warnings,
)
from festival.web.desk import (
    account,
    boards,
    event_words,
    fates,
    guard,
    imports,
    journal,
    people,
    prints,
    screenings,
    series,
    today,
)
from festival.web.desk import events as desk_events
from festival.web.desk import pictures as desk_pictures

BLUEPRINTS = (
    site.bp,
    agenda.bp,
    events.bp,
    venues.bp,
    organisations.bp,
    competitions.bp,
    rsvp.bp,
    rights.bp,
    personal.bp,
    feeds.bp,
    readers.bp,
    subscribe.bp,
    embed.bp,
    programme.bp,
    discovery.bp,
    health.bp,
    pictures.bp,
    accounts.bp,
    today.bp,
    account.bp,
    people.bp,
    journal.bp,
    desk_events.bp,
    fates.bp,
    desk_pictures.bp,
    prints.bp,
    imports.bp,
    screenings.bp,
    series.bp,
    boards.bp,
)


def init_app(app: Flask, babel: Babel) -> None:
    """Hang every blueprint, filter and error page on *app*."""
    app.config["COMPRESS_MIMETYPES"] = [
        "text/html",
        "text/css",
        "image/svg+xml",
        "application/json",
        "application/xml",
    ]
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    babel.init_app(app, locale_selector=_language)
    Compress(app)
    guards.init_app(app)
    caching.init_app(app)
    errors.init_app(app)
    event_words.init_app(app)
    guard.init_app(app)
    icons.init_app(app)
    looks.init_app(app)
    lists.init_app(app)
    scores.init_app(app)
    warnings.init_app(app)
    wording.init_app(app)
    app.url_value_preprocessor(_sensible)
    app.jinja_env.globals.update(page_in=page_in, static_url=static_url)
    app.context_processor(_everywhere)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    hops = app.extensions["settings"].TRUSTED_HOPS
    if hops:  # whose visitor, and by http or https: never by which name or below what
        behind = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_prefix=0)
        app.wsgi_app = behind  # type: ignore[method-assign]


def page_in(language: str) -> str:
    """Return the address of this same page in *language*, else the agenda's."""
    if not request.endpoint or request.routing_exception is not None:
        return url_for("agenda.agenda", lang=language)
    values = dict(request.view_args or {})
    if "lang" not in values:
        return url_for("agenda.agenda", lang=language)
    values["lang"] = language
    if "GET" not in (request.url_rule.methods or ()) if request.url_rule else True:
        if guard.is_desk(request.endpoint):
            return url_for("desk.today", lang=language)
        # A form shown again: its page is the one it was sent from.
        homes = {"rsvp": "rsvp.manage", "personal": "personal.calendar"}
        home = homes.get(request.blueprint or "", "agenda.agenda")
        return url_for(home, **values)
    # Not as keywords: what a visitor wrote may be called "lang" or "_scheme".
    asked = urlencode(list(request.args.items(multi=True)))
    return url_for(request.endpoint, **values) + (f"?{asked}" if asked else "")


def static_url(filename: str) -> str:
    """Return a static file's address with its content's hash: kept for ever."""
    return url_for("static", filename=filename, v=_digest(filename))


@cache
def _digest(filename: str) -> str:
    content = (Path(current_app.static_folder or "") / filename).read_bytes()
    return hashlib.sha256(content).hexdigest()[:10]


def _language() -> str:
    """Return the language of the page: its address says it, or else the browser."""
    first = request.path.lstrip("/").partition("/")[0]
    if first in wording.LANGUAGES:
        return first
    if caching.is_public(request.endpoint):  # alike for everybody: no browser decides
        return wording.language_of(request.args.get("lang", ""))
    return request.accept_languages.best_match(wording.LANGUAGES) or "fr"


def _sensible(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Answer 404 to a language that is none, and to a NUL, which PostgreSQL refuses."""
    values = values or {}
    if values.get("lang", "fr") not in wording.LANGUAGES or "\0" in "".join(
        map(str, values.values())
    ):
        abort(404)


def _everywhere() -> dict[str, Any]:
    return {"settings": current_settings()}
