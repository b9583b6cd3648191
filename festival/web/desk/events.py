"""One event at the desk: written, copied, published, changed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import BooleanField

from festival import clock
from festival.domain.access import Right, may
from festival.domain.errors import FestivalError
from festival.domain.kinds import FESTIVAL
from festival.domain.lifecycle import PUBLIC
from festival.extensions import db
from festival.models.events import Event
from festival.queries import accounts, agenda, boards, event_desk
from festival.queries.clashes import Clash
from festival.services import clashes as clash_deeds
from festival.services import event_life, pictures
from festival.services import events as deeds
from festival.services.turns import take_turn
from festival.web.desk import event_summaries
from festival.web.desk.event_checks import in_the_way, require_reach
from festival.web.desk.event_defaults import form_of, fresh_form, require_unchanged
from festival.web.desk.event_fields import uid_of
from festival.web.desk.event_form import EventForm
from festival.web.desk.guard import DeskForm, actor, event_at, grants, needs
from festival.web.fields import clean
from festival.web.guards import deed
from festival.wording import lazy_gettext

bp = Blueprint("desk_events", __name__, url_prefix="/<lang>/desk/events")

MOST_PARTS = 600  # fields of one form, in a dozen languages
LAST_PAGE = 1000
TELLING: Final = frozenset({"tell", "quiet"})  # buttons: guests are told, or not


@bp.get("/")
@needs(Right.EVENTS)
def events(lang: str) -> ResponseReturnValue:
    """Show ``desk/events.html`` (found: a page of lines; chosen, q, number)."""
    asked_when, q = request.args.get("when", ""), clean(request.args.get("q", ""))[:80]
    asked = request.args.get("page", "1")
    page = int(asked) if asked.isdecimal() and len(asked) < 5 else 1
    page = min(max(page, 1), LAST_PAGE)
    found = event_desk.events(grants(), clock.now(), when=asked_when, q=q, page=page)
    return render_template(
        "desk/events.html", found=found, chosen=asked_when, q=q, number=page
    )


# Writing


@bp.route("/new", methods=["GET", "POST"])
@needs(Right.EVENTS)
def new(lang: str) -> ResponseReturnValue:
    """Write an event; ``?from=slug`` is the copy of another one.

    Shows ``desk/event_form.html`` (form, event, said, found, preview, people, like).
    """
    request.max_form_parts = MOST_PARTS
    like = _like()
    form = fresh_form(like)
    found: Sequence[Clash] = ()
    preview = ""
    if form.do != "language" and form.validate_on_submit():
        try:
            with deed():
                event = _written(form)
                found = in_the_way(event)
                if form.do != "preview":
                    if form.do == "publish":
                        _publish(event, found, anyway=form.anyway.data)
                    page = _to(event)
                    db.session.commit()
                    return page
                preview = _preview(event, lang)
        except FestivalError as refusal:
            form.refuse(refusal)
    return _form_page(form, event=None, found=found, preview=preview, like=like)


def _like() -> Event | None:
    slug = request.args.get("from", "")
    return event_at(slug, Right.EVENTS) if slug else None


def _written(form: EventForm) -> Event:
    """Write what *form* says; sent twice, it is the same event."""
    facts, uid = form.facts(), uid_of(form.uid)
    again = event_desk.written_as(uid)
    if again is not None:
        same = (again.name, again.starts_at) == (facts["name"], facts["starts_at"])
        if same and may(grants(), Right.EVENTS, accounts.thing_of(again)):
            return again
        uid = str(uuid.uuid4())
    like = _like()
    event = event_life.write(
        {**facts, "uid": uid},
        organiser=form.organiser(),
        like=like,
        actor=actor(),
        now=clock.now(),
    )
    if like is not None:
        pictures.copy(like, event)
    require_reach(event)
    return event


def _publish(event: Event, found: Sequence[Clash], *, anyway: bool) -> None:
    clash_deeds.accept(found, anyway=anyway)
    deeds.publish(event, actor=actor(), now=clock.now())


def _preview(event: Event, lang: str) -> Markup:
    """Return how *event* would look, before it is forgotten again."""
    card = agenda.card(event, clock.now())
    shown = render_template(
        "desk/event_preview.html", event=event, card=card, reading=lang
    )
    return Markup(shown)  # noqa: S704  (our own template)


def _form_page(form: EventForm, **more: Any) -> ResponseReturnValue:
    page = render_template(
        "desk/event_form.html",
        **{"people": 0, "found": (), "preview": "", "like": None, **more},
        form=form,
        said=event_summaries.told(form),
    )
    return page, form.status_code


def _to(event: Event) -> ResponseReturnValue:
    lang = (request.view_args or {}).get("lang", "fr")
    return redirect(url_for("desk_events.event", lang=lang, slug=event.slug), 303)


@bp.route("/<slug>/edit", methods=["GET", "POST"])
@needs(Right.EVENTS)
def edit(lang: str, slug: str) -> ResponseReturnValue:
    """Change an event, in the form it was written in; see ``new``.

    Where people have replied to what would be another time, place or name, it is
    asked first whether they are to be told; what the public sees asks once more before
    it takes a space that is taken.
    """
    request.max_form_parts = MOST_PARTS
    event = event_at(slug, Right.EVENTS)
    form = form_of(event)
    found = in_the_way(event) if request.method == "GET" else ()
    people, preview = 0, ""
    if form.do != "language" and form.validate_on_submit():
        try:
            with deed():
                event = event_at(slug, Right.EVENTS)
                take_turn(event)
                require_unchanged(form, event)
                before, facts = in_the_way(event), form.facts()
                if form.do != "preview":
                    people = event_life.people_to_tell(event, facts)
                outcome = event_life.amend(
                    event,
                    facts,
                    organiser=form.organiser(),
                    tell=form.do == "tell",
                    actor=actor(),
                    now=clock.now(),
                )
                require_reach(event)
                found = in_the_way(event)
                if form.do == "preview":
                    preview = _preview(event, lang)
                elif not people or form.do in TELLING:
                    anyway = bool(form.anyway.data)
                    if form.do == "publish" and event.status not in PUBLIC:
                        _publish(event, found, anyway=anyway)
                    elif event.status in PUBLIC:
                        clash_deeds.accept(found, anyway=anyway, known=before)
                    page = _saved(event, outcome)
                    db.session.commit()
                    return page
        except FestivalError as refusal:
            form.refuse(refusal)
        event = event_at(slug, Right.EVENTS)
    return _form_page(form, event=event, found=found, preview=preview, people=people)


def _saved(event: Event, outcome: event_life.Outcome) -> ResponseReturnValue:
    """Show the event, with what became of the change in the address: nobody's data."""
    page = url_for(
        "desk_events.event",
        lang=(request.view_args or {}).get("lang", "fr"),
        slug=event.slug,
        told=outcome.told or None,
        over=outcome.over or None,
    )
    return redirect(page, 303)


# Its own page


class PublishForm(DeskForm):
    """Let the public see it."""

    anyway = BooleanField(lazy_gettext("Publish anyway"))


@bp.get("/<slug>")
@needs(Right.EVENTS)
def event(lang: str, slug: str) -> ResponseReturnValue:
    """Show ``desk/event.html``.

    Its context: event, line, found (clashes), form, is_public, is_ahead, told and over
    (just now), waiting (changes of a festival's programme not published), missing.
    """
    return _event_page(event_at(slug, Right.EVENTS), PublishForm(f"publish|{slug}"))


def _event_page(found: Event, form: PublishForm) -> ResponseReturnValue:
    now = clock.now()
    page = render_template(
        "desk/event.html",
        event=found,
        line=event_desk.line(found, now),
        found=in_the_way(found),
        form=form,
        is_public=found.status in PUBLIC,
        is_ahead=found.is_ahead(now),
        told=_number("told"),
        over=_number("over"),
        waiting=boards.waiting(found) if found.kind == FESTIVAL else 0,
        missing=event_summaries.missing(found),
    )
    return page, form.status_code


def _number(name: str) -> int:
    asked = request.args.get(name, "")
    return int(asked) if asked.isdecimal() and len(asked) < 7 else 0


@bp.post("/<slug>/publish")
@needs(Right.EVENTS)
def publish(lang: str, slug: str) -> ResponseReturnValue:
    """Let the public see a draft; what clashes with it is said once more."""
    form = PublishForm(f"publish|{slug}")
    if form.validate_on_submit():
        try:
            with deed():
                found = event_at(slug, Right.EVENTS)
                _publish(found, in_the_way(found), anyway=form.anyway.data)
                page = _to(found)
                db.session.commit()
                return page
        except FestivalError as refusal:
            form.refuse(refusal)
    return _event_page(event_at(slug, Right.EVENTS), form)
