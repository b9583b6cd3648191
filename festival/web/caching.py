"""What is kept of public answers, and the headers of every answer.

``Front`` stands before the app and gives what lies ready on the ``Shelf``; what is
made anew is put there. ``public`` says of a view what its answer depends on.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import wraps
from importlib import metadata
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import ImmutableMultiDict

from festival import clock, database, editions
from festival.config import BadSetting, Settings
from festival.domain.question import AgendaFilter
from festival.extensions import current_settings, db
from festival.logs import masked
from festival.queries import guests
from festival.queries.conditions import local_date
from festival.queries.guests import Shown
from festival.queries.pulse import Pulse
from festival.web.shelf import Answer, Shelf, Store

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

P = ParamSpec("P")
V = TypeVar("V")

PUBLIC = "public, max-age=0, s-maxage=5"
MEANWHILE = ", stale-while-revalidate=30"  # but seats are five seconds old at most
PRIVATE = "private, no-store"
STATIC = "public, max-age=31536000, immutable"

ASKED = "festival.asked"  # in the WSGI environment
BODILESS = {"CONTENT_LENGTH": "", "CONTENT_TYPE": "", "HTTP_TRANSFER_ENCODING": ""}
PACKAGE = Path(__file__).parent.parent

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
    settings: Settings = app.extensions["settings"]

    def looking(look: Callable[[], V]) -> V:
        with app.app_context(), database.reading():
            return look()

    shelf = Shelf(settings.KEPT_MB * 1_000_000, looking, _store(app, settings))
    app.extensions["shelf"] = shelf
    app.wsgi_app = Front(app, shelf)  # type: ignore[method-assign]


@event.listens_for(db.session, "after_commit")
def _changed(session: Session) -> None:
    """Let this process see at once what it changed itself."""
    if session.info.pop(editions.BEGUN, False):
        current_app.extensions["shelf"].doubt()


@dataclass(slots=True)
class Asked:
    """What a public view tells ``Front`` of the answer in the making."""

    key: str = ""
    pulse: Pulse | None = None
    shown: Shown = field(default_factory=Shown)
    counted_at: float = 0.0  # when the view began to count them, ``monotonic``
    now: datetime | None = None
    last_modified: datetime | None = None
    found: Answer | None = None  # it lay ready under another address
    turn: ExitStack = field(default_factory=ExitStack)


class Front:
    """Gives what lies ready before anybody else is asked (WSGI)."""

    def __init__(self, app: Flask, shelf: Shelf) -> None:
        """Stand before everything that *app* is made of so far."""
        self._inner, self._shelf = app.wsgi_app, shelf

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a GET or HEAD; leave anything else to those behind."""
        method = environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"}:
            return self._inner(environ, start_response)
        address = (
            environ["wsgi.url_scheme"],
            environ.get("HTTP_HOST", ""),
            environ.get("SCRIPT_NAME", ""),
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
        )
        answer = self._ready(address)
        if answer is None:
            asked = Asked()
            behind = {**environ, **BODILESS, "REQUEST_METHOD": "GET", ASKED: asked}
            behind["wsgi.input"] = BytesIO()
            with asked.turn:
                answer, started, body = self._made(behind, asked)
            if answer is None:
                start_response(*started)
                return _nothing(body) if method == "HEAD" else body
            self._shelf.remember(address, asked.key)
        return _send(answer, environ, start_response)

    def _ready(self, address: tuple[str, ...]) -> Answer | None:
        try:
            return self._shelf.at(address, clock.now())
        except SQLAlchemyError:  # those behind have a page for it
            return None

    def _made(
        self, environ: WSGIEnvironment, asked: Asked
    ) -> tuple[Answer | None, tuple[Any, ...], Iterable[bytes]]:
        """Let the app answer; keep what it says, if it is public."""
        started: list[Any] = []

        def start_response(*given: Any) -> Callable[[bytes], object]:
            started[:] = given
            return lambda _: None  # nobody here writes before there is an answer

        body = self._inner(environ, start_response)
        if asked.found:
            _nothing(body)
            return asked.found, (), ()
        status, headers = started[:2]
        theirs = any(name.lower() == "set-cookie" for name, _ in headers)
        kept = status.startswith("200") and not theirs
        if asked.pulse is None or asked.now is None or not kept:
            return None, tuple(started), body
        answer = Answer(
            headers,
            _whole(body),
            asked.pulse,
            asked.now,
            asked.shown,
            seen=asked.counted_at,
            last_modified=asked.last_modified,
        )
        self._shelf.keep(asked.key, answer)
        return answer, (), ()


def _send(
    answer: Answer, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    sent = answer.sent(
        environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_USER_AGENT", "")
    )
    none_match = environ.get("HTTP_IF_NONE_MATCH", "")
    since = environ.get("HTTP_IF_MODIFIED_SINCE", "")
    if (none_match or since) and answer.is_known(sent, none_match, since):
        start_response("304 NOT MODIFIED", list(sent.unchanged))
        return []
    start_response("200 OK", list(sent.headers))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [sent.body]


def _whole(body: Iterable[bytes]) -> bytes:
    whole = b"".join(body)
    _nothing(body)
    return whole


def _nothing(body: Iterable[bytes]) -> Iterable[bytes]:
    """Let go of *body*, so that its request ends."""
    if close := getattr(body, "close", None):
        close()
    return []


def public(
    *parameters: str,
    agenda: bool = False,
    dated: bool = False,
    **meant: Callable[[str], object],
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let the shelf and other caches keep what a view answers, alike for everybody.

    It depends on its path and on *parameters* of the address alone, and with *agenda*
    on the agenda's question; the view sees nothing else of the address. Of the
    parameters *meant* it sees what their functions make of them, or of nothing, so
    that whatever means the same is one answer. What is
    *dated* moves with the edition alone, and an agenda with the house's days, as long
    as the question has no period and no seats in it.
    """

    def decorate(
        view: Callable[P, ResponseReturnValue],
    ) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def kept(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            narrowed = _narrow(parameters, meant, agenda=agenda)
            asked: Asked = request.environ[ASKED]
            shelf: Shelf = current_app.extensions["shelf"]
            asked.key = _key()
            asked.turn.enter_context(shelf.turn(asked.key))
            now = clock.now()
            asked.found = shelf.find(asked.key, now)
            if asked.found:
                return Response(status=204)
            asked.pulse, asked.now = shelf.pulse(now), now
            if dated and not narrowed:
                asked.last_modified = _moved_at(asked.pulse, now, agenda=agenda)
            asked.counted_at = monotonic()
            with guests.watching() as asked.shown:
                response = make_response(view(*args, **kwargs))
            if response.status_code == 200:
                told = asked.shown.houses or asked.shown.of_any
                control = PUBLIC if told else PUBLIC + MEANWHILE
                response.headers.setdefault("Cache-Control", control)
                request.environ.pop("HTTP_ACCEPT_ENCODING", None)  # zipped later
            return response

        kept.is_public = True  # type: ignore[attr-defined]
        return kept

    return decorate


def undated() -> None:
    """Leave the answer in the making without a date: the clock may change it."""
    request.environ[ASKED].last_modified = None


def _narrow(
    parameters: tuple[str, ...],
    meant: Mapping[str, Callable[[str], object]],
    *,
    agenda: bool,
) -> bool:
    """Leave of the address what the answer depends on, in one order.

    Returns whether the question has a period, or seats, that the clock or a reply
    change.
    """
    left = [(name, request.args[name]) for name in parameters if name in request.args]
    read = [(name, str(of(request.args.get(name, "")))) for name, of in meant.items()]
    left += [(name, value) for name, value in read if value]
    question = AgendaFilter()
    if agenda:
        question = AgendaFilter.read(request.args.to_dict(flat=False))
        left += question.parameters
        if question.misread:  # it is said on the page, in each language
            left.append(("until" if question.starting else "from", "?"))
    request.args = ImmutableMultiDict(left)
    return bool({"when", "from", "until", "seats"} & set(request.args))


def _moved_at(pulse: Pulse, now: datetime, *, agenda: bool) -> datetime | None:
    """Return when what is dated last moved; an agenda's horizon moves at midnight."""
    if pulse.moved_at is None or not agenda:
        return pulse.moved_at
    zone = ZoneInfo(current_settings().TIMEZONE)
    return max(pulse.moved_at, datetime.combine(local_date(now), time(), tzinfo=zone))


def _key() -> str:
    where = (request.scheme, request.root_path, request.path)
    asked = (*where, *request.args.items(multi=True))
    return hashlib.sha256(repr(asked).encode("utf-8", "surrogatepass")).hexdigest()


def _store(app: Flask, settings: Settings) -> Store | None:
    """Return the Redis that processes share, if there is one."""
    if not settings.REDIS_URL:
        return None
    try:
        from festival.store import RedisStore  # noqa: PLC0415  # a package few need
    except ModuleNotFoundError:
        raise BadSetting(
            "FESTIVAL_REDIS_URL needs a package that is not there: install "
            "festival[redis], or unset the setting."
        ) from None

    return RedisStore(settings.REDIS_URL, _stamp(app, settings))


def _stamp(app: Flask, settings: Settings) -> str:
    """Return a digest of all that an answer depends on beside the database."""
    seen = hashlib.sha256(repr(dataclasses.astuple(settings)).encode())
    for folder in (PACKAGE, app.template_folder, app.static_folder):
        for path in sorted(Path(folder or "").rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                seen.update(path.read_bytes())
    installed = {(one.name, one.version) for one in metadata.distributions()}
    seen.update(repr(sorted(installed)).encode())
    return seen.hexdigest()[:16]


def is_public(endpoint: str | None) -> bool:
    """Say whether the view at *endpoint* is a ``public`` one."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "is_public", False)


def _headers(response: Response) -> Response:
    headers = response.headers
    if request.endpoint == "static":
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # an embed's looks
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
