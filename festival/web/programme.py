"""The programme of some days, to be printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from festival import clock, wording
from festival.domain.lifecycle import ReplyState
from festival.domain.periods import Period, period, period_of
from festival.domain.question import AgendaFilter
from festival.extensions import current_settings
from festival.queries import agenda, conditions, facets
from festival.queries.agenda import EventCard
from festival.web.caching import public
from festival.web.records import address
from festival.wording import gettext

bp = Blueprint("programme", __name__, url_prefix="/<lang>")

OFFERED = ("weekend", "week", "month", "all")
ASKS_FOR_A_REPLY = {ReplyState.OPEN, ReplyState.NOT_YET}


@dataclass(frozen=True, slots=True)
class Turn:
    """The week or month beside the one shown, as questions; None: nothing there."""

    name: str
    before: AgendaFilter | None
    after: AgendaFilter | None


@bp.get("/programme")
@public(agenda=True)
def programme(lang: str) -> ResponseReturnValue:
    """Show all that is on in some days, to be printed: what is over is left out.

    Shows ``programme/programme.html``: question, dates (in words), days (at most
    ``agenda.MANY`` events), choices (``Facets``), offered (periods), turn
    (``Turn``), note (what paper says of an event's places), source (the whole
    address of the agenda) and short (the site’s), ``link(question)``.
    """
    now = clock.now()
    question = AgendaFilter.read(request.args.to_dict(flat=False))
    over = question.until and question.until < conditions.local_date(now)
    if over or question.when == "past":
        question = question.asking("")
    begins, ends = conditions.window(question, now)
    first = conditions.local_date(begins)
    last = conditions.local_date(ends - timedelta(hours=1)) if ends else None
    onward = ends is not None and agenda.next_day(question, now) is not None
    return render_template(
        "programme/programme.html",
        question=question,
        dates=_dates(first, last),
        days=agenda.by_day(question, now, agenda.MANY),
        choices=facets.facets(question, now),
        offered=OFFERED,
        turn=_turn(
            question,
            period_of(question, first),
            conditions.local_date(now),
            onward=onward,
        ),
        note=_note,
        source=address("agenda.agenda", question.lasting),
        short=current_settings().base_url.partition("://")[2],
        link=lambda asked: url_for(".programme", lang=lang, **asked.repeated),
    )


def _turn(question: AgendaFilter, shown: Period, today: date, *, onward: bool) -> Turn:
    before, after = shown.before, shown.after
    return Turn(
        name=shown.name,
        before=before.asked(question, today) if before.last >= today else None,
        after=after.asked(question, today) if onward else None,
    )


def _dates(first: date, last: date | None) -> str:
    """Return the days from *first* to *last* in words; a whole month by its name."""
    if last is None:
        return gettext("from %(first)s", first=wording.day(first))
    if first == last:
        return wording.day(first)
    month = period("month", first)
    if (first, last) == (month.first, month.last):
        return format_date(first, "MMMM y", locale=wording.language())
    one_month = (first.year, first.month) == (last.year, last.month)
    return gettext(
        "from %(first)s to %(last)s",
        first=wording.day(first, month=not one_month),
        last=wording.day(last),
    )


def _note(card: EventCard) -> str:
    """Return what stays true on paper of the places of *card*."""
    if card.state in ASKS_FOR_A_REPLY:
        return gettext("Places to be reserved on our site")
    return wording.seats(card.state, card.house)
