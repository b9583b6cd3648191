"""What a supervisor asks: whether the process is alive, and can do its work."""

from __future__ import annotations

import logging
import tempfile

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from festival import migrations
from festival.extensions import current_settings
from festival.logs import place
from festival.queries import health

bp = Blueprint("health", __name__)

log = logging.getLogger(__name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """Say that this process answers; the database is not asked."""
    return _told("ok")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether visitors can be let in; if not, name what is missing."""
    try:
        if health.revision() != migrations.head():
            return _told("migrations", 503)
        with tempfile.TemporaryFile(dir=current_settings().instance) as file:
            file.write(b"ready")
    except SQLAlchemyError as error:
        log.warning("not ready: %s", place(error))
        return _told("database", 503)
    except OSError as error:
        log.warning("not ready: %s", place(error))
        return _told("disk", 503)
    return _told("ok")


def _told(word: str, code: int = 200) -> Response:
    return Response(f"{word}\n", code, mimetype="text/plain")
