"""Refusals and failures as pages for people."""

from __future__ import annotations

import logging

from flask import Flask, Response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    NotFound,
    SecurityError,
)

from festival import database
from festival.domain.errors import FestivalError, TooBusy
from festival.extensions import db
from festival.wording import gettext

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Give every failure a page in the visitor's language."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NoResultFound, _missing)
    app.register_error_handler(ObjectDeletedError, _missing)  # erased meanwhile
    app.register_error_handler(FestivalError, _refused)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(NoConnection, _database)
    app.register_error_handler(Exception, _bug)


def _page(code: int, heading: str, sentence: str, **more: bool) -> tuple[str, int]:
    """Show ``_layout/error.html`` (code, heading, sentence), without the database.

    With ``dead_link=True`` it leads to the tickets first.
    """
    page = render_template(
        "_layout/error.html", code=code, heading=heading, sentence=sentence, **more
    )
    return page, code


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if 300 <= code < 400:
        return error
    dead_link = error.description == "token"
    heading, sentence = _words(code, dead_link=dead_link)
    if isinstance(error, SecurityError):  # a host not ours: no page of ours, no link
        return Response(f"{heading}. {sentence}\n", code, mimetype="text/plain")
    page, _ = _page(code, heading, sentence, dead_link=dead_link)
    allowed = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    return page, code, {"Allow": ", ".join(allowed)} if allowed else {}


def _words(code: int, *, dead_link: bool = False) -> tuple[str, str]:
    """Return what went wrong, and what one can do."""
    once_more = gettext("Go back to the page before, and try once more.")
    if dead_link:
        return (
            gettext("This link no longer works"),
            gettext("Write your address, and we send your tickets again."),
        )
    return {
        400: (gettext("We did not understand that"), once_more),
        403: (
            gettext("This form came from another site"),
            gettext("For your safety we only take what is sent from our own pages."),
        ),
        404: (
            gettext("This page does not exist"),
            gettext("The address may be mistyped, or the page may have gone."),
        ),
        405: (gettext("This page cannot be opened like that"), once_more),
        413: (
            gettext("That is too much at once"),
            gettext("Send less text, and try once more."),
        ),
    }.get(code, (gettext("Something went wrong"), once_more))


def _missing(_: NoResultFound | ObjectDeletedError) -> ResponseReturnValue:
    return _http(NotFound())


def _refused(refusal: FestivalError) -> ResponseReturnValue:
    """Show a refusal that no form caught."""
    db.session.rollback()
    code = 503 if isinstance(refusal, TooBusy) else 409
    page, _ = _page(
        code,
        gettext("One moment, please")
        if code == 503
        else gettext("That cannot be done"),
        gettext(refusal.sentence) % refusal.facts,
    )
    return page, code


def _database(error: OperationalError | NoConnection) -> ResponseReturnValue:
    if database.is_busy(error):
        return _refused(TooBusy())
    return _bug(error)


def _bug(error: Exception) -> ResponseReturnValue:
    log.error("a bug", exc_info=error)
    db.session.rollback()
    return _page(
        500,
        gettext("Something went wrong on our side"),
        gettext("Nothing was changed. Please try again in a moment, or call us."),
    )
