"""The page one subscribes on: choose, look, take the address along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from festival import clock, entries, wording
from festival.domain.lifecycle import EventStatus
from festival.domain.question import AgendaFilter
from festival.extensions import current_settings
from festival.formats import snippets, subscriptions
from festival.queries import agenda, facets
from festival.queries.agenda import EventCard
from festival.web.caching import public
from festival.web.records import address
from festival.wording import gettext

bp = Blueprint("subscribe", __name__, url_prefix="/<lang>")

FIRST = 3  # events shown of what a subscription holds
IN_LETTERS = 5  # events of the block for a newsletter


@dataclass(frozen=True, slots=True)
class Ways:
    """Every way to take a list along, each a whole address."""

    apple: str
    google: str
    outlook: str
    ics: str
    atom: str
    json: str
    csv: str
    page: str


@bp.get("/subscribe")
@public(agenda=True)
def subscribe(lang: str) -> ResponseReturnValue:
    """Let a visitor choose what their calendar follows.

    A subscription is for good: of the agenda's question it keeps the choices, not
    the period, nor "places left". Shows ``subscribe/subscribe.html``: question,
    choices (``Facets``), total and cards (what it holds for now, and the first of
    it), ways (``Ways``), frame and table (HTML to paste), ``link(question)``.
    """
    now = clock.now()
    question = AgendaFilter.read(request.args.to_dict(flat=False)).lasting
    coming = replace(question, when="all")
    answer = agenda.agenda(coming, now)
    cards = [card for day in answer.days for card in day.cards]
    return render_template(
        "subscribe/subscribe.html",
        question=question,
        choices=facets.facets(coming, now),
        total=answer.total,
        cards=cards[:FIRST],
        ways=_ways(question),
        frame=_frame(question),
        table=_table(cards, question),
        link=lambda asked: url_for(".subscribe", lang=lang, **asked.repeated),
    )


def _ways(question: AgendaFilter) -> Ways:
    """Return the addresses of *question*; each carries the whole of it.

    Google hides what says ``STATUS:CANCELLED``: with ``keep`` the name alone says so.
    """
    calendar = address("feeds.agenda_ics", question)
    return Ways(
        apple=subscriptions.webcal(calendar),
        google=subscriptions.google(f"{calendar}&cancelled=keep"),
        outlook=subscriptions.outlook(calendar, current_settings().HOUSE_NAME),
        ics=calendar,
        atom=address("readers.agenda_atom", question),
        json=address("readers.agenda_json", question),
        csv=address("readers.agenda_csv", question),
        page=address("subscribe.subscribe", question),
    )


def _frame(question: AgendaFilter) -> str:
    """Return the HTML that shows *question* inside a page of another site."""
    title = gettext("Agenda of %(house)s", house=current_settings().HOUSE_NAME)
    return snippets.frame(address("embed.agenda", question), title)


def _table(cards: Iterable[EventCard], question: AgendaFilter) -> str:
    """Return the HTML of the next events for a newsletter, which loads nothing."""
    going = [card.event for card in cards if card.event.status is EventStatus.SCHEDULED]
    rows = []
    for event in going[:IN_LETTERS]:
        name = event.name.best(wording.language())
        rows.append(
            snippets.Row(
                when=wording.when(
                    event.starts_at,
                    event.ends_at,
                    event.timezone,
                    all_day=event.all_day,
                ),
                name=wording.plain(event.name),
                language=name.language,
                direction=name.direction,
                place=wording.place(event),
                link=entries.address_of(
                    "events.event", lang=wording.language(), slug=event.slug
                ),
            )
        )
    more = address("agenda.agenda", replace(question, when="all"))
    return snippets.table(rows, more, gettext("The whole agenda"))
