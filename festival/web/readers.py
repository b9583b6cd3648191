"""The agenda for feed readers, programs and spreadsheets.

Each address takes the agenda page's own parameters and answers what all of its pages
show, in their order: an address is never wrong. What it does not know changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from festival import clock, entries, wording
from festival.domain.lifecycle import EventStatus
from festival.domain.question import AgendaFilter
from festival.domain.words import Words
from festival.extensions import current_settings
from festival.formats import atom, jsonld, spreadsheet
from festival.formats.agenda_json import Agenda, written
from festival.formats.spreadsheet import Cell
from festival.models.events import Event
from festival.queries import agenda, calendar, changes
from festival.queries.changes import Change
from festival.web import records
from festival.web.caching import public
from festival.web.lists import whole
from festival.web.looks import first_upper, local_time
from festival.web.records import address
from festival.wording import gettext, language

bp = Blueprint("readers", __name__)

LATEST = 100  # pieces of news

MOVES = {"starts_at", "ends_at", "venue", "space"}


def _question() -> AgendaFilter:
    return AgendaFilter.read(request.args.to_dict(flat=False))


def _open(body: bytes, kind: str) -> Response:
    """Return *body* for any program, pages of other sites included."""
    response = Response(body, content_type=kind)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


# News


@bp.get("/agenda.atom")
@public(lang=wording.language_of, agenda=True)
def agenda_atom() -> ResponseReturnValue:
    """Tell what is new and what has changed, the latest first.

    One item an event, that of its last change, which has an identity of its own: most
    readers show nobody that an item they know says something else now.
    """
    question = _question()
    house = current_settings().HOUSE_NAME
    feed = atom.Feed(
        address=address("readers.agenda_atom", question),
        page=address("agenda.agenda", question),
        title=house,
        subtitle=gettext("The public events of %(house)s you chose.", house=house)
        if question.parameters
        else gettext("All public events of %(house)s.", house=house),
        author=house,
        language=language(),
        moved_at=calendar.moved_at(),
    )
    found = changes.news(question, clock.now(), LATEST)
    return _open(atom.publish(feed, [_item(each) for each in found]), atom.TYPE)


def _item(change: Change) -> atom.Item:
    event = change.event
    changed = event.revision > 0
    own = uuid5(NAMESPACE_OID, f"{event.uid} {event.revision}") if changed else ""
    return atom.Item(
        uid=str(own) or event.uid,
        title=_headline(change),
        page=entries.address_of("events.event", lang=language(), slug=event.slug),
        published_at=event.revised_at if changed else event.published_at or change.at,
        updated_at=event.revised_at,
        html=_story(change),
        kind=(event.kind, wording.kind_name(event.kind)),
        authors=tuple(organiser.name for organiser in event.organisers),
    )


def _headline(change: Change) -> str:
    name = wording.plain(change.event.name)
    if change.status is EventStatus.CANCELLED:
        return gettext("Cancelled: %(name)s", name=name)
    if change.status is EventStatus.POSTPONED:
        return gettext("Postponed: %(name)s", name=name)
    if change.event.revision == 0:
        return gettext("New: %(name)s", name=name)
    if "status" in change.before:
        return gettext("It takes place after all: %(name)s", name=name)
    if MOVES & set(change.before):
        return gettext("Moved: %(name)s", name=name)
    return gettext("Changed: %(name)s", name=name)


def _story(change: Change) -> str:
    """Return in HTML what happened, when and where it is, and what it is."""
    event = change.event
    there = _there(_when(event.starts_at, event.ends_at, event), wording.place(event))
    lines: list[str] = []
    if change.status is EventStatus.SCHEDULED:
        lines += _told(event, change.before)
        moved = MOVES & set(change.before)
        lines.append(gettext("Now: %(what)s.", what=there) if moved else f"{there}.")
    else:
        lines.append(
            gettext("This event is cancelled.")
            if change.status is EventStatus.CANCELLED
            else gettext("This event is postponed: its new date is not known yet.")
        )
        lines.append(wording.words(event.status_reason))
        lines.append(gettext("It was planned for %(what)s.", what=there))
    lines.append(wording.words(event.summary))
    told = [Markup("<p>{}</p>").format(first_upper(line)) for line in lines if line]
    return "".join([*told, wording.marked(event.description)])


def _told(event: Event, before: Mapping[str, Any]) -> list[str]:
    """Return in sentences what is no longer as it was announced."""
    said = []
    if "status" in before:
        said.append(gettext("This event takes place after all."))
    if "name" in before:
        name = Words(before["name"])
        said.append(
            gettext("It used to be called “%(name)s”.", name=name.best(language()))
        )
    if MOVES & set(before):
        starts_at, ends_at = (
            datetime.fromisoformat(before[end])
            if end in before
            else getattr(event, end)
            for end in ("starts_at", "ends_at")
        )
        when = _when(starts_at, ends_at, event)
        there = _there(when, _old_place(event, before))
        said.append(gettext("Before: %(what)s.", what=there))
    if "doors_at" in before and event.doors_at:
        at = local_time(event.doors_at, event.timezone)
        said.append(gettext("Doors open at %(time)s.", time=at))
    if "online_link" in before:
        said.append(gettext("The link to join has changed."))
    return said


def _when(starts_at: datetime, ends_at: datetime, event: Event) -> str:
    return wording.when(starts_at, ends_at, event.timezone, all_day=event.all_day)


def _there(when: str, place: str) -> str:
    return f"{when} · {place}"


def _old_place(event: Event, before: Mapping[str, Any]) -> str:
    """Return the place as it was, in one line."""
    if not {"venue", "space"} & set(before):
        return wording.place(event)
    venue = before.get("venue", event.venue.name if event.venue else "")
    space = Words(before.get("space", event.space.name if event.space else {}))
    if not venue:
        return gettext("Place to be announced")
    return ", ".join(filter(None, (venue, wording.plain(space))))


# Programs


@bp.get("/agenda.json")
@public(lang=wording.language_of, agenda=True)
def agenda_json() -> ResponseReturnValue:
    """Give everything a page tells, in our own words: ``formats/agenda_json``."""
    return _open(written(_answer()), "application/json")


@bp.get("/agenda.jsonld")
@public(lang=wording.language_of, agenda=True)
def agenda_jsonld() -> ResponseReturnValue:
    """Give the same in the words of schema.org."""
    question = _question()
    found = agenda.listing(question, clock.now())
    listing = jsonld.listing(
        [
            entries.happening(card, reading=language(), whole=whole(card.event))
            for card in found.cards
        ],
        name=gettext("Agenda of %(house)s", house=current_settings().HOUSE_NAME),
        url=address("agenda.agenda", question),
        remark="" if found.complete else _cut(),
    )
    return _open(jsonld.document(listing), "application/ld+json")


def _answer() -> Agenda:
    question = _question()
    return records.answer(question, agenda.listing(question, clock.now()))


def _cut() -> str:
    return gettext("Only the first %(number)s events.", number=agenda.MANY)


# Spreadsheets


@bp.get("/agenda.csv")
@public(lang=wording.language_of, agenda=True)
def agenda_csv() -> ResponseReturnValue:
    """Give one line an event, for people: programs have the JSON.

    Heads are in the language asked for; the order of the columns never changes, new
    ones come last.
    """
    found = _answer()
    rows: list[Sequence[Cell]] = [records.line(event) for event in found["events"]]
    if not found["complete"]:
        rows.append([_cut()])
    body = spreadsheet.table(records.heads(), rows, language=language())
    response = _open(body, "text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="agenda.csv"'
    return response
