"""One event: what, when, where, for whom, and the form to say "we are coming"."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from festival import clock
from festival.domain.kinds import FESTIVAL
from festival.domain.lifecycle import ReplyState
from festival.queries import agenda
from festival.web.caching import public
from festival.web.forms import reply_form

bp = Blueprint("events", __name__, url_prefix="/<lang>/events")


@bp.get("/<slug>")
@public
def event(lang: str, slug: str) -> ResponseReturnValue:
    """Show an event, with its form where replies are taken.

    ``?lang=ar`` reads the event's own texts in Arabic, where they exist; the page
    stays in its language. Shows ``events/event.html``, or ``events/festival.html``:
    event, reading (the language of its texts), card (``EventCard``), form (None
    unless replies are taken), programme (days of a festival's parts).
    """
    found = agenda.public_event(slug)
    now = clock.now()
    card = agenda.card(found, now)
    takes_replies = card.state in {ReplyState.OPEN, ReplyState.WAITING_LIST}
    is_festival = found.kind == FESTIVAL
    asked = request.args.get("lang", "")
    return render_template(
        "events/festival.html" if is_festival else "events/event.html",
        event=found,
        reading=asked if asked in found.name else lang,
        card=card,
        form=reply_form(found) if takes_replies else None,
        programme=agenda.programme(found, now) if is_festival else (),
    )
