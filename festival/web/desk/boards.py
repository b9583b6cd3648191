"""A festival's programme board: every part a small form, published together."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from wtforms import (
    BooleanField,
    HiddenField,
    SelectMultipleField,
)

from festival import clock
from festival.domain.access import Right
from festival.domain.errors import FestivalError
from festival.domain.kinds import FESTIVAL
from festival.domain.words import Words
from festival.extensions import db
from festival.formats import grid_css
from festival.models.events import Event
from festival.queries import boards, event_desk
from festival.queries.boards import Board, Part
from festival.queries.clashes import Clash
from festival.queries.conditions import local_date
from festival.services import boards as deeds
from festival.services import clashes as clash_deeds
from festival.services import plans
from festival.web.desk.board_forms import (
    MoveForm,
    PartForm,
    StepForm,
    its_own_ids,
    move_form,
    part_form,
)
from festival.web.desk.event_fields import uid_of
from festival.web.desk.guard import DeskForm, actor, event_at, grants, needs
from festival.web.desk.tables import just_taken
from festival.web.guards import deed
from festival.wording import language

bp = Blueprint(
    "desk_boards", __name__, url_prefix="/<lang>/desk/festivals/<slug>/board"
)

STEPS: Final = {"earlier": timedelta(minutes=-15), "later": timedelta(minutes=15)}


@bp.get("")
@needs(Right.EVENTS)
def board(lang: str, slug: str) -> ResponseReturnValue:
    """Show one day of the programme as it is to be: ``desk/board.html``."""
    return _shown(boards.board(_festival(slug)))


def _shown(
    found: Board, *, wrong: DeskForm | None = None, number: int = 0
) -> ResponseReturnValue:
    """Show the board, with the form that was *wrong*: a new part’s, or part *number*’s.

    board, day, number (of the day), sheet, clashes and forms by part, new (the form
    of a part to come), form (at fault), told (letters, just after publishing).
    """
    chosen = _day(found)
    day = found.on(chosen)
    forms = {part.event.id: move_form(found, part) for part in _movable(found, day)}
    if isinstance(wrong, MoveForm) and number:
        forms[number] = its_own_ids(wrong, number)
    return render_template(
        "desk/board.html",
        event=found.festival,
        board=found,
        day=day,
        number=found.days.index(chosen),
        sheet=_sheet_link(found, chosen),
        clashes=boards.in_the_way(found, clock.now(), grants=grants()),
        forms=forms,
        new=wrong if isinstance(wrong, PartForm) else part_form(found, chosen),
        form=wrong,
        told=request.args.get("told", type=int),
    ), wrong.status_code if wrong else 200


def _movable(found: Board, day: boards.BoardDay) -> Iterator[Part]:
    yield from day.parts
    yield from (part for part in found.unplaced if part not in day.parts)


@bp.get("/grid-<day>.css")
@needs(Right.EVENTS)
def grid(lang: str, slug: str, day: str) -> ResponseReturnValue:
    """Give the style sheet that makes a table of one day of the board."""
    found = boards.board(_festival(slug))
    chosen = _day(found, day)
    return Response(_sheet(found, chosen), mimetype="text/css")


@bp.post("/parts")
@needs(Right.EVENTS)
def add(lang: str, slug: str) -> ResponseReturnValue:
    """Add a part, as a draft."""
    found = boards.board(_festival(slug))
    form = PartForm(f"board|{slug}")
    form.offer(found.spaces)
    if form.validate_on_submit():
        name = Words({language(): str(form.name.data)})
        try:
            with deed():
                festival = _festival(slug)
                facts = form.facts(festival, boards.board(festival).spaces)
                uid = uid_of(form.uid)
                again = event_desk.written_as(uid)
                if again is not None:
                    same = (again.super_event, again.name) == (festival, name)
                    if same and again.starts_at == facts["starts_at"]:
                        return _back(slug, form.day.data, again.id)
                    uid = str(uuid.uuid4())
                place = facts.pop("space")
                part = deeds.add(
                    festival,
                    event_desk.free_slug(name),
                    str(form.kind.data),
                    name,
                    venue=place.venue if place else festival.venue,
                    space=place,
                    capacity=place.capacity if place else None,
                    uid=uid,
                    actor=actor(),
                    now=clock.now(),
                    **facts,
                )
                number = part.id
                db.session.commit()
            return _back(slug, form.day.data, number)
        except FestivalError as refusal:
            form.refuse(refusal)
    return _shown(boards.board(_festival(slug)), wrong=form)


@bp.post("/parts/<part>")
@needs(Right.EVENTS)
def move(lang: str, slug: str, part: str) -> ResponseReturnValue:
    """Move a part by a step, to the next space, or to where the form says."""
    step = request.form.get("step", "")
    form: DeskForm = (StepForm if step else MoveForm)(f"board|{slug}")
    festival = _festival(slug)
    number = _part(festival, part).id
    if isinstance(form, MoveForm):
        form.offer(boards.board(festival).spaces)
    if form.validate_on_submit():
        try:
            with deed():
                event = _part(_festival(slug), part)
                _move(event, form, step)
                day = boards.part(event).date
                db.session.commit()
            return _back(slug, day, number)
        except FestivalError as refusal:
            form.refuse(refusal)
    return _shown(boards.board(_festival(slug)), wrong=form, number=number)


def _move(event: Event, form: DeskForm, step: str) -> None:
    """Do what *step* says with a part; without one, what *form* says."""
    whole = event.super_event
    assert whole is not None  # noqa: S101  (it is one's part)
    who: dict[str, Any] = {"actor": actor(), "now": clock.now()}
    if step in STEPS:
        deeds.shift(event, STEPS[step], **who)
        return
    if step == "back":
        plans.take_back(event)
        return
    found = boards.board(whole)
    if step == "next":
        to_be = boards.part(event)
        facts: dict[str, Any] = {
            "starts_at": to_be.starts_at,
            "ends_at": to_be.ends_at,
            "space": found.next_space(to_be),
        }
    elif isinstance(form, MoveForm):
        facts = form.facts(whole, found.spaces)
    else:
        return
    deeds.move(event, **facts, **who)


class PublishForm(DeskForm):
    """What of the programme is to be published, as it was read."""

    parts = SelectMultipleField(validate_choice=False)
    seen = HiddenField()
    anyway = BooleanField(default=False)


@bp.route("/changes", methods=["GET", "POST"])
@needs(Right.EVENTS)
def changes(lang: str, slug: str) -> ResponseReturnValue:
    """Show what is to be published and who is told, and publish it.

    Shows ``desk/changes.html``: board, told (letters by event), clashes by event,
    taken (those that ask for a box), ticked (slugs), intake (the table that led here).
    """
    found = boards.board(_festival(slug))
    form = PublishForm(f"changes|{slug}")
    sent = form.is_submitted()
    ticked = (
        set(form.parts.data or ())
        if sent
        else {
            part.event.slug
            for part in (*found.drafts, *found.changed)
            if part.space is not None or part.is_changed
        }
    )
    if form.validate_on_submit():
        try:
            with deed():
                _accept(boards.board(_festival(slug)), ticked, form)
                told = deeds.publish(
                    _festival(slug),
                    ticked,
                    str(form.seen.data),
                    actor=actor(),
                    now=clock.now(),
                )
                db.session.commit()
            return redirect(url_for(".board", lang=lang, slug=slug, told=told), 303)
        except FestivalError as refusal:
            form.refuse(refusal)
    found = boards.board(_festival(slug))
    form.seen.data = found.mark
    in_the_way = boards.in_the_way(found, clock.now(), grants=grants())
    return render_template(
        "desk/changes.html",
        event=found.festival,
        board=found,
        told=boards.who_is_told(part.event for part in found.changed),
        clashes=in_the_way,
        taken=_clashes_of(found, in_the_way, ticked),
        ticked=ticked,
        intake=just_taken(),
        form=form,
    ), form.status_code


def _accept(found: Board, ticked: set[str], form: PublishForm) -> None:
    """Ask for the box if what is to be published takes a space that is taken."""
    in_the_way = boards.in_the_way(found, clock.now(), grants=grants())
    theirs = _clashes_of(found, in_the_way, ticked)
    clash_deeds.accept(theirs, anyway=bool(form.anyway.data))


def _clashes_of(
    found: Board, in_the_way: Mapping[int, Sequence[Clash]], ticked: set[str]
) -> list[Clash]:
    """Return the clashes of what is to be published."""
    return [
        clash
        for part in (*found.drafts, *found.changed)
        if part.event.slug in ticked
        for clash in in_the_way.get(part.event.id, ())
    ]


def _festival(slug: str) -> Event:
    """Return a festival in reach.

    Raises:
        NoResultFound: there is none. The web answers 404.
    """
    event = event_at(slug, Right.EVENTS)
    if event.kind != FESTIVAL:
        raise NoResultFound
    return event


def _part(festival: Event, slug: str) -> Event:
    query = select(Event).where(Event.slug == slug, Event.super_event_id == festival.id)
    return db.session.scalars(query).one()


def _day(found: Board, asked: str = "") -> date:
    """Return the day asked for, else today, else the first."""
    days = {day.isoformat(): day for day in found.days}
    asked = asked or request.values.get("day", "")
    today = local_date(clock.now()).isoformat()
    return days.get(asked) or days.get(today) or found.days[0]


def _back(slug: str, day: date | None, number: int) -> ResponseReturnValue:
    link = url_for(
        ".board", lang=language(), slug=slug, day=day, _anchor=f"at-{number}"
    )
    return redirect(link, 303)


def _sheet(found: Board, day: date) -> str:
    return grid_css.places([(found.days.index(day), found.on(day).grid)])


def _sheet_link(found: Board, day: date) -> str:
    mark = hashlib.sha256(_sheet(found, day).encode()).hexdigest()[:10]
    return url_for(
        ".grid",
        lang=language(),
        slug=found.festival.slug,
        day=day.isoformat(),
        v=mark,
    )
