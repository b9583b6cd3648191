"""Who stands at the desk, and what each of its pages needs.

Every view of the desk says what it ``needs``; there is no other way in. Roles are
read at each request, so who loses one is out at the next page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, Final, TypeVar, cast

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from festival import clock
from festival.domain.access import Grant, Right, Role, may
from festival.domain.errors import TooBusy
from festival.extensions import current_settings, db
from festival.models.accounts import Account, Stay
from festival.models.events import Event
from festival.queries import accounts
from festival.services import stays
from festival.web.fields import UNWANTED, CitizenForm, clean
from festival.web.guards import deed
from festival.wording import lazy_gettext

V = TypeVar("V", bound=Callable[..., ResponseReturnValue])

KEY: Final = "desk"  # cookies; on HTTPS with the prefix below
BROWSER: Final = "desk-browser"
ONWARD: Final = "desk-onward"
HOST_ONLY: Final = "__Host-"
LONGEST_PATH: Final = 1000  # a cookie has room for four times that
OURS: Final = frozenset({"seal", "detail"})  # of every form: its seal, its trap
MOST_ANSWERS: Final = 600  # of one form, kept for who was signed out
BROWSER_SECONDS: Final = 24 * 60 * 60  # a letter may wait for its turn


def needs(right: Right | None) -> Callable[[V], V]:
    """Let only those see a view who are signed in and have *right* somewhere.

    None: whoever is signed in. On what thing the right holds is asked by the view
    (``event_at``): what somebody may not touch is not there, 404.
    """

    def guard(view: V) -> V:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            stay = signed_in()
            if stay is not None:
                _is_seen(stay)
            if signed_in() is None:
                return _to_sign_in()
            if right is not None and not may(grants(), right):
                abort(404)
            return view(*args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]  # the matrix asks
        guarded.is_desk = True  # type: ignore[attr-defined]
        return cast(V, guarded)

    return guard


def signed_in() -> Stay | None:
    """Return the stay of whoever sent this request, once a request."""
    if "stay" not in g:
        key = kept(KEY)
        g.stay = accounts.stay_of(key, clock.now()) if key else None
    return cast("Stay | None", g.stay)


def account() -> Account:
    """Return whoever stands at the desk; only inside a guarded view."""
    stay = signed_in()
    assert stay is not None  # noqa: S101  (``needs`` asked)
    return stay.account


def actor() -> str:
    """Return how the journal names whoever stands at the desk."""
    return stays.actor_of(account())


def grants() -> Sequence[Grant]:
    """Return the roles of whoever stands at the desk, as they are now."""
    return account().grants


def event_at(slug: str, right: Right) -> Event:
    """Return the event at *slug*, drafts too, if *right* holds on it.

    Raises:
        NoResultFound: there is none, or not for this account. The web answers 404.
    """
    here = Event.slug == clean(slug)
    query = select(Event).where(here, accounts.within(grants(), right))
    return db.session.scalars(query).one()


class DeskForm(CitizenForm):
    """A form of the desk: its seal holds in this stay alone."""

    def __init__(self, purpose: str, **kwargs: Any) -> None:
        stay = signed_in()
        whose = stay.digest if stay else ""
        super().__init__(f"desk|{whose}|{purpose}", **kwargs)


# Cookies: only the desk sets any


def _cookie(name: str) -> str:
    secure = current_settings().base_url.startswith("https://")
    return f"{HOST_ONLY}{name}" if secure else name


def set_cookie(response: Response, name: str, value: str, seconds: int | None) -> None:
    """Keep *value* in the browser, for no script and no other site."""
    response.set_cookie(
        _cookie(name),
        value,
        max_age=seconds,
        secure=current_settings().base_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: Response, name: str) -> None:
    """Let the browser forget it."""
    set_cookie(response, name, "", 0)


def kept(name: str) -> str:
    """Return what ``set_cookie`` left in this browser, or nothing."""
    return request.cookies.get(_cookie(name), "")


def _to_sign_in() -> ResponseReturnValue:
    lang = (request.view_args or {}).get("lang", "fr")
    answers = _sent() if request.method == "POST" else []
    if answers:
        page = render_template(
            "desk/signed_out.html",
            answers=answers,
            has_file=any(sent.filename for sent in request.files.values()),
        )
        return page, 401
    onward = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("accounts.sign_in", lang=lang, next=onward or None), 303)


def _sent() -> list[tuple[str, str]]:
    """Return what was written, to be sent again; nothing of it if it is too much."""
    try:
        found = request.form.items(multi=True)
    except RequestEntityTooLarge:
        return []
    answers = [
        (name, UNWANTED.sub("", text)) for name, text in found if name not in OURS
    ]
    return answers if len(answers) <= MOST_ANSWERS else []


def _is_seen(stay: Stay) -> None:
    now = clock.now()
    if now - stay.seen_at < stays.SEEN:
        return
    with suppress(TooBusy), deed():
        current = db.session.get(Stay, stay.id)
        if current is not None:
            stays.is_seen(current, now=now)
            db.session.commit()
    g.pop("stay", None)


def onward(path: str) -> str:
    """Return *path* if it is the address of a page of the desk, else the desk's own.

    So nobody is sent elsewhere from here, whatever the link they followed said.
    """
    lang = (request.view_args or {}).get("lang", "fr")
    home = url_for("desk.today", lang=lang)
    if len(path) > LONGEST_PATH:
        return home
    if not path.startswith(f"/{lang}/desk/") or not path.isprintable():
        return home
    known = current_app.url_map.bind(request.host)
    try:
        endpoint, _ = known.match(path.partition("?")[0], method="GET")
    except HTTPException:  # no page, or no page that is only read
        return home
    return path if is_desk(endpoint) else home


def is_desk(endpoint: str) -> bool:
    """Say whether the view at *endpoint* asks who is there."""
    view = current_app.view_functions.get(endpoint)
    return getattr(view, "is_desk", False)


# What every page of the desk shows

MENU: Final = (
    ("desk.today", lazy_gettext("Today"), None),
    ("desk_events.events", lazy_gettext("Events"), Right.EVENTS),
    ("desk_imports.programme", lazy_gettext("Import"), Right.EVENTS),
    ("desk_screenings.competitions", lazy_gettext("Matches"), Right.EVENTS),
    ("desk_people.people", lazy_gettext("People"), Right.PEOPLE),
    ("desk_journal.journal", lazy_gettext("Journal"), Right.EVENTS),
    ("desk_account.account", lazy_gettext("My account"), None),
)

ROLE_NAMES: Final = {
    Role.ADMINISTRATOR: lazy_gettext("Administrator"),
    Role.MANAGER: lazy_gettext("Office"),
    Role.ORGANISER: lazy_gettext("Organiser"),
    Role.READER: lazy_gettext("Reader"),
    Role.STEWARD: lazy_gettext("Steward"),
}


def init_app(app: Flask) -> None:
    """Give templates the desk's menu and its way out."""
    app.jinja_env.globals.update(desk_menu=desk_menu, way_out=way_out)


def desk_menu() -> list[tuple[str, str]]:
    """Return what whoever is signed in may open: endpoint, words."""
    if signed_in() is None:
        return []
    return [
        (endpoint, str(words))
        for endpoint, words, right in MENU
        if endpoint in current_app.view_functions
        and (right is None or may(grants(), right))
    ]


class LeaveForm(DeskForm):
    """One button that signs out."""


def way_out() -> LeaveForm | None:
    """Return the form that signs out, for whoever is signed in."""
    return LeaveForm("leave", formdata=None) if signed_in() else None
