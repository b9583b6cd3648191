"""What a cache may keep, and what a browser may do: the headers of every answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Flask, Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue

from festival.logs import masked

P = ParamSpec("P")

PUBLIC = "public, max-age=0, s-maxage=5, stale-while-revalidate=30"
PRIVATE = "private, no-store"
STATIC = "public, max-age=31536000, immutable"

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)


def init_app(app: Flask) -> None:
    """Close every answer by default: private, not kept, not framed, no script.

    A page whose address is a key stays out of referrers and search engines too.
    """
    app.after_request(_headers)


def public(
    *parameters: str, agenda: bool = False
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let caches keep what a view answers, the same bytes for everybody.

    Its answer depends on its path and *parameters* of the address alone, and with
    *agenda* on the agenda's question; whatever else an address says changes nothing.
    """

    def decorate(
        view: Callable[P, ResponseReturnValue],
    ) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def kept(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            response = make_response(view(*args, **kwargs))
            if response.status_code == 200:
                g.public = True
                if not response.headers.get("ETag"):
                    digest = hashlib.sha256(response.get_data()).hexdigest()[:32]
                    response.set_etag(digest, weak=True)  # weak: gzip may follow
                response.headers.setdefault("Cache-Control", PUBLIC)
                response.make_conditional(request)
            return response

        kept.is_public = True  # type: ignore[attr-defined]
        return kept

    return decorate


def is_public(endpoint: str | None) -> bool:
    """Say whether the view at *endpoint* is a ``public`` one."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "is_public", False)


def _headers(response: Response) -> Response:
    headers = response.headers
    if request.endpoint == "static":
        response.direct_passthrough = False
        response.make_sequence()  # a stream is not compressed for all, nor closed
        hashed = "v" in request.args and response.status_code in {200, 304}
        headers["Cache-Control"] = STATIC if hashed else "public, max-age=300"
    else:
        headers.setdefault("Cache-Control", PRIVATE)
    if masked(request.path) != request.path:  # the address is a key
        headers["Referrer-Policy"] = "no-referrer"
        headers["X-Robots-Tag"] = "noindex"
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers["Permissions-Policy"] = (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    )
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
