"""What does not go as planned: moved elsewhere, called off, back again, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField

from festival import clock
from festival.domain import wall_clock
from festival.domain.access import Right
from festival.domain.errors import FestivalError, NotPublished, OnlineWithoutLink
from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Event
from festival.queries import event_desk
from festival.queries.clashes import Clash
from festival.services import clashes as clash_deeds
from festival.services import event_life
from festival.services import events as deeds
from festival.web.desk.event_checks import in_the_way, require_reach
from festival.web.desk.event_fields import (
    NEEDS_DAY,
    NEEDS_PLACE,
    NEEDS_START,
    ONLINE,
    DayField,
    HourField,
    PlaceField,
    WordsField,
    needed,
    place_value,
)
from festival.web.desk.guard import DeskForm, actor, event_at, needs
from festival.web.guards import deed
from festival.wording import lazy_gettext

bp = Blueprint("desk_fates", __name__, url_prefix="/<lang>/desk/events/<slug>")

TELLING: Final = frozenset({"tell", "quiet"})  # buttons: guests are told, or not


class MoveForm(DeskForm):
    """Where it takes place after all."""

    place = PlaceField(lazy_gettext("Where to?"), [NEEDS_PLACE])
    anyway = BooleanField(default=False)


@bp.route("/move", methods=["GET", "POST"])
@needs(Right.EVENTS)
def move(lang: str, slug: str) -> ResponseReturnValue:
    """Move an event elsewhere: its page, the feeds and the letters together.

    Shows ``desk/event_move.html`` (event, form, people, found: clashes).
    """
    event = event_at(slug, Right.EVENTS)
    where = place_value(event.venue, event.space, event.online_link)
    form = MoveForm(f"move|{slug}", data={"place": where})
    do, found = request.form.get("do", ""), list[Clash]()
    if form.validate_on_submit():
        try:
            with deed():
                event = event_at(slug, Right.EVENTS)
                told = _people_to_tell(event, form) if do not in TELLING else 0
                outcome = _move(event, form, found, tell=do == "tell")
                if not told:
                    page = _to(lang, event, outcome.told, outcome.over)
                    db.session.commit()
                    return page
        except FestivalError as refusal:
            form.refuse(refusal)
        event = event_at(slug, Right.EVENTS)
    said_yes = event_desk.said_yes([event]) if event.status in PUBLIC else 0
    shown = render_template(
        "desk/event_move.html", event=event, form=form, people=said_yes, found=found
    )
    return shown, form.status_code


def _people_to_tell(event: Event, form: MoveForm) -> int:
    facts = event_life.moved_to(event, *form.place.chosen())
    return event_life.people_to_tell(event, facts)


def _move(
    event: Event, form: MoveForm, found: list[Clash], *, tell: bool
) -> event_life.Outcome:
    """Move *event*, and add to *found* what is in its way there.

    Raises:
        OnlineWithoutLink: nobody could take part.
    """
    if form.place.data == ONLINE and not event.online_link:
        raise OnlineWithoutLink
    before = in_the_way(event)
    facts = event_life.moved_to(event, *form.place.chosen())
    outcome = event_life.amend(event, facts, tell=tell, actor=actor(), now=clock.now())
    require_reach(event)
    found.extend(in_the_way(event))
    _require_room(event, found, form, before)
    return outcome


def _require_room(
    event: Event,
    found: Sequence[Clash],
    form: MoveForm | ReturnForm,
    before: Sequence[Clash] = (),
) -> None:
    """Ask once more before what the public sees takes a space that is taken."""
    if event.status in PUBLIC:
        clash_deeds.accept(found, anyway=bool(form.anyway.data), known=before)


class ReasonForm(DeskForm):
    """Why it does not take place as planned."""

    reason = WordsField(
        lazy_gettext("Why?"),
        longest=500,
        validators=[needed(lazy_gettext("Say why: it stands on the public page."))],
        description=lazy_gettext("It stands on the public page and in the letters."),
    )


@bp.route("/cancel", methods=["GET", "POST"])
@needs(Right.EVENTS)
def cancel(lang: str, slug: str) -> ResponseReturnValue:
    """Cancel an event, and write to everybody who said yes; see ``_call_off``."""
    return _call_off(lang, slug, EventStatus.CANCELLED)


@bp.route("/postpone", methods=["GET", "POST"])
@needs(Right.EVENTS)
def postpone(lang: str, slug: str) -> ResponseReturnValue:
    """Postpone an event to a date not known yet; see ``_call_off``."""
    return _call_off(lang, slug, EventStatus.POSTPONED)


def _call_off(lang: str, slug: str, status: EventStatus) -> ResponseReturnValue:
    """Show ``desk/event_reason.html`` (event, form, people, parts, status)."""
    event = event_at(slug, Right.EVENTS)
    known = event.status_reason if event.status is status else Words()
    form = ReasonForm(f"{status}|{slug}", data={"reason": known})
    call_off = deeds.cancel if status is EventStatus.CANCELLED else deeds.postpone
    if form.validate_on_submit():
        try:
            with deed():
                event = event_at(slug, Right.EVENTS)
                if event.status in {EventStatus.DRAFT, EventStatus.PROPOSED}:
                    raise NotPublished
                reason: Words = form.reason.data
                told = call_off(event, reason, actor=actor(), now=clock.now())
                page = _to(lang, event, told)
                db.session.commit()
                return page
        except FestivalError as refusal:
            form.refuse(refusal)
        event = event_at(slug, Right.EVENTS)
    whole = [event, *event.sub_events]
    shown = render_template(
        "desk/event_reason.html",
        event=event,
        form=form,
        status=status,
        people=event_desk.said_yes(whole),
        parts=len(event.sub_events),
    )
    return shown, form.status_code


class ReturnForm(DeskForm):
    """When it takes place after all; it lasts as long as it was to."""

    date = DayField(lazy_gettext("Date"), [NEEDS_DAY])
    start = HourField(lazy_gettext("Starts at"), [NEEDS_START])
    anyway = BooleanField(default=False)


@bp.route("/return", methods=["GET", "POST"])
@needs(Right.EVENTS)
def bring_back(lang: str, slug: str) -> ResponseReturnValue:
    """Let an event take place after all, with its date.

    Shows ``desk/event_return.html`` (event, form, people, found: clashes).
    """
    event = event_at(slug, Right.EVENTS)
    local = event.starts_at.astimezone(ZoneInfo(event.timezone))
    data = {"date": local.date(), "start": local.time()}
    form = ReturnForm(f"return|{slug}", data=data)
    found: Sequence[Clash] = ()
    if form.validate_on_submit():
        try:
            with deed():
                event = event_at(slug, Right.EVENTS)
                whole = [event, *event.sub_events]
                off = [one for one in whole if one.status in event_life.CALLED_OFF]
                told = _brought_back(event, form)
                found = [clash for one in off for clash in in_the_way(one)]
                _require_room(event, found, form)
                page = _to(lang, event, told)
                db.session.commit()
                return page
        except FestivalError as refusal:
            form.refuse(refusal)
        event = event_at(slug, Right.EVENTS)
    shown = render_template(
        "desk/event_return.html",
        event=event,
        form=form,
        people=event_desk.said_yes([event]),
        found=found,
    )
    return shown, form.status_code


def _brought_back(event: Event, form: ReturnForm) -> int:
    asked: tuple[Any, Any] = (form.date.data, form.start.data)
    if asked == _local(event):  # of an hour that comes twice, the same one
        starts_at = event.starts_at
    else:
        starts_at = wall_clock.instant(*asked, event.timezone, second=False)
    return event_life.bring_back(
        event, starts_at=starts_at, actor=actor(), now=clock.now()
    )


def _local(event: Event) -> tuple[Any, Any]:
    local = event.starts_at.astimezone(ZoneInfo(event.timezone))
    return local.date(), local.time()


@bp.route("/delete", methods=["GET", "POST"])
@needs(Right.EVENTS)
def delete(lang: str, slug: str) -> ResponseReturnValue:
    """Delete a draft, once that was asked. Shows ``desk/event_delete.html``."""
    event = event_at(slug, Right.EVENTS)
    form = DeskForm(f"delete|{slug}")
    if form.validate_on_submit():
        try:
            with deed():
                event = event_at(slug, Right.EVENTS)
                event_life.delete(event, actor=actor(), now=clock.now())
                db.session.commit()
                return redirect(url_for("desk_events.events", lang=lang), 303)
        except FestivalError as refusal:
            form.refuse(refusal)
        event = event_at(slug, Right.EVENTS)
    return render_template("desk/event_delete.html", event=event, form=form), (
        form.status_code
    )


def _to(lang: str, event: Event, told: int, over: int = 0) -> ResponseReturnValue:
    """Lead to the event's page, with what became of it in the address: no names."""
    page = url_for(
        "desk_events.event",
        lang=lang,
        slug=event.slug,
        told=told or None,
        over=over or None,
    )
    return redirect(page, 303)
