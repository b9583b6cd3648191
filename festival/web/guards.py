"""What stands before a view: where a form was sent from, and how it may write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import Flask, Response, abort, request
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from festival import database
from festival.domain.errors import TooBusy
from festival.extensions import current_settings, db

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

RETRY_SECONDS = "5"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask) -> None:
    """Read only unless inside a ``deed``; refuse forms sent from another site."""
    app.before_request(_same_site)
    app.after_request(_once_more)
    app.teardown_appcontext(_let_go)  # before Flask-SQLAlchemy's, which came earlier
    inner = app.wsgi_app

    def questions_only(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        with database.reading():
            return inner(environ, start_response)

    app.wsgi_app = questions_only  # type: ignore[method-assign]


@contextmanager
def deed() -> Iterator[None]:
    """End the reading transaction of this request, and let it write.

    What was not committed when the block ends did not happen.

    Raises:
        TooBusy: the gate or a lock was not ours in time, or somebody took the same
            name in the same moment; nothing was written.
    """
    db.session.rollback()
    with database.reading(only=False):
        try:
            yield
        except (OperationalError, NoConnection) as error:
            if database.is_busy(error):
                raise TooBusy from error
            raise
        except IntegrityError as error:
            if _taken_meanwhile(error):
                raise TooBusy from error
            raise
        finally:
            db.session.rollback()


def _taken_meanwhile(error: IntegrityError) -> bool:
    """Say whether another has what was to be one's own: no bug, but bad luck."""
    trouble = type(error.orig).__name__, getattr(error.orig, "sqlite_errorname", "")
    return not {"UniqueViolation", "SQLITE_CONSTRAINT_UNIQUE"}.isdisjoint(trouble)


def _let_go(_error: BaseException | None) -> None:
    """Give the connection back: one that died must not spoil the page already made."""
    try:
        db.session.rollback()
    except OperationalError:
        db.session().invalidate()


def _once_more(response: Response) -> Response:
    """Say when whoever was asked to wait may try again."""
    if response.status_code == 503:
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _same_site() -> None:
    """Refuse what another site made a browser send.

    Sec-Fetch-Site decides; only without it Origin. A no-referrer page sends
    ``Origin: null``, which is no refusal: the form's own seal still has to be right.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            abort(403)
        return
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        return
    ours = {current_settings().base_url.partition("://")[2], request.host}
    if origin.partition("://")[2] not in ours:
        abort(403)
