"""One event: what, when, where, for whom, and the form to say "we are coming"."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from festival import clock
from festival.domain.kinds import FESTIVAL, KINDS
from festival.domain.lifecycle import ReplyState
from festival.formats import grid_css
from festival.models.events import Event
from festival.queries import agenda, changes, programme
from festival.queries.agenda import Day, EventCard
from festival.queries.programme import Board
from festival.web import caching
from festival.web.caching import public
from festival.web.forms import reply_form

bp = Blueprint("events", __name__)

EVERY_DAY = "all"


def _day(text: str) -> str:
    """Return the day that *text* is, or nothing."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return text if text == EVERY_DAY else ""


def _kind(text: str) -> str:
    """Return *text* if it is a kind of event, or nothing."""
    return text if text in KINDS else ""


@bp.get("/<lang>/events/<slug>")
@public("lang", "space", day=_day, kind=_kind)
def event(lang: str, slug: str) -> ResponseReturnValue:
    """Show an event, with its form where replies are taken.

    ``?lang=ar`` reads the event's own texts in Arabic, where they exist; the page
    stays in its language. Shows ``events/event.html``, or ``events/festival.html``:
    event, reading (the language of its texts), card (``EventCard``), form (None
    unless replies are taken), and what each of the two adds.
    """
    found = agenda.public_event(slug)
    now = clock.now()
    card = agenda.card(found, now)
    takes_replies = card.state in {ReplyState.OPEN, ReplyState.WAITING_LIST}
    is_festival = found.kind == FESTIVAL
    asked = request.args.get("lang", "")
    on_the_hour = now.replace(minute=0, second=0)
    return render_template(
        "events/festival.html" if is_festival else "events/event.html",
        event=found,
        reading=asked if asked in found.name else lang,
        card=card,
        form=reply_form(found, shown_at=on_the_hour) if takes_replies else None,
        **(_programme(found) if is_festival else _neighbours(found)),
    )


def _neighbours(event: Event) -> dict[str, Any]:
    """Return what leads on from an event: parts (days), series, nearby (cards)."""
    now = clock.now()
    return {
        "parts": agenda.programme(event, now),
        "series": agenda.next_dates(event, now),
        "nearby": agenda.same_place_next(event, now),
    }


def _programme(festival: Event) -> dict[str, Any]:
    """Return a festival's programme as the address asks for it.

    days (with their numbers of events), chosen (a ``Day``, None for every day),
    boards, spaces and kinds to choose from, space and kind (chosen), grid (the
    address of the style sheet; "" for a narrowed list), running (the id of what is
    on now), changes.
    """
    now = clock.now()
    days = programme.days(festival, now)
    if festival.ends_at <= now and not any(day.cards for day in days):
        days = ()  # nothing is known of it, and nothing more will be
    chosen = programme.chosen(days, request.args.get("day", ""), now)
    space, kind = request.args.get("space", ""), request.args.get("kind", "")
    shown = [day for day in days if chosen is None or day is chosen]
    cards = [card for day in shown for card in day.cards]
    spaces = programme.spaces(cards)
    kinds = sorted({card.event.kind for card in cards})
    space, kind = space if space in spaces else "", kind if kind in kinds else ""
    narrowed = bool(space or kind)
    boards = _boards(days, [_only(day, space, kind) for day in shown])
    return {
        "days": days,
        "chosen": chosen,
        "boards": boards,
        "spaces": spaces,
        "kinds": kinds,
        "space": space,
        "kind": kind,
        "grid": "" if narrowed or not cards else _grid_link(festival, chosen, boards),
        "changes": changes.changes(festival),
        "running": programme.running(boards, now),
    }


def _only(day: Day, space: str, kind: str) -> Day:
    """Return *day* with what is in *space* and of *kind*; "" is any."""

    def asked(card: EventCard) -> bool:
        in_space = not space or programme.space_key(card.event) == space
        return in_space and (not kind or card.event.kind == kind)

    return Day(day.date, tuple(filter(asked, day.cards)))


def _boards(days: Sequence[Day], shown: Sequence[Day]) -> list[Board]:
    numbers = {day.date: number for number, day in enumerate(days)}
    return [programme.board(day, numbers[day.date]) for day in shown]


def _grid_link(festival: Event, chosen: Day | None, boards: Sequence[Board]) -> str:
    return url_for(
        ".grid",
        slug=festival.slug,
        day=chosen.date.isoformat() if chosen else EVERY_DAY,
        v=_digest(_sheet(boards)),
    )


@bp.get("/events/<slug>/grid-<day>.css")
@public("v")
def grid(slug: str, day: str) -> ResponseReturnValue:
    """Give the style sheet that makes a table of one day of a festival, or of all."""
    festival = agenda.public_event(slug)
    now = clock.now()
    days = programme.days(festival, now)
    shown = [one for one in days if day in {EVERY_DAY, one.date.isoformat()}]
    if not shown:
        abort(404)
    sheet = _sheet(_boards(days, shown))
    response = Response(sheet, mimetype="text/css")
    if request.args.get("v") == _digest(sheet):
        response.headers["Cache-Control"] = caching.STATIC
    return response


def _sheet(boards: Sequence[Board]) -> str:
    return _looks() + grid_css.places((board.number, board.grid) for board in boards)


def _digest(sheet: str) -> str:
    return hashlib.sha256(sheet.encode()).hexdigest()[:10]


@cache
def _looks() -> str:
    """Return how slots look: one request with where they stand."""
    source = Path(current_app.static_folder or "") / "css" / "programme.css"
    return source.read_text(encoding="utf-8")
