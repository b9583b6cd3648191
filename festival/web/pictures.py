"""The pictures of public events, each at an address of its own bytes."""

from __future__ import annotations

from base64 import b64encode

from flask import Blueprint, Response, abort, url_for
from flask.typing import ResponseReturnValue

from festival.domain.lifecycle import PUBLIC
from festival.models.events import Event
from festival.queries import agenda
from festival.web import caching
from festival.web.caching import public

bp = Blueprint("pictures", __name__)


@bp.get("/events/<slug>/picture-<digest>.webp")
@public()
def picture(slug: str, digest: str) -> ResponseReturnValue:
    """Give the picture of a public event; another one has another address."""
    found = agenda.public_event(slug).picture
    if found is None or found.digest != digest:
        abort(404)
    response = Response(found.body, mimetype=found.media_type)
    response.headers["Cache-Control"] = caching.STATIC
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # beside links
    return response


@bp.app_template_global()
def picture_link(event: Event) -> str:
    """Return where a page finds the picture of *event*; of a draft, the picture itself.

    Nobody but the desk may fetch what is not public yet, and the page is the desk's.
    """
    shown = event.picture
    if shown is None:
        return ""
    if event.status in PUBLIC:
        return url_for("pictures.picture", slug=event.slug, digest=shown.digest)
    return f"data:{shown.media_type};base64,{b64encode(shown.body).decode()}"
