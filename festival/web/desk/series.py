"""Series at the desk: the dates first, a box each, and then all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound
from wtforms import BooleanField

from festival import clock
from festival.domain.access import Right, may
from festival.domain.errors import FestivalError, OnlineWithoutLink
from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.domain.recurrence import A_DAY, hours_on, local
from festival.domain.words import Words
from festival.extensions import current_settings, db
from festival.models.events import Event
from festival.queries import accounts, boards, clashes, desk, event_desk
from festival.queries import series as dates
from festival.queries.clashes import Clash
from festival.queries.series import Which
from festival.services import clashes as clash_deeds
from festival.services import event_life
from festival.services import series as deeds
from festival.web.desk.event_checks import require_reach
from festival.web.desk.event_fields import ONLINE, place_value, uid_of
from festival.web.desk.guard import DeskForm, actor, event_at, grants, needs
from festival.web.desk.series_edits import CancelForm, ChangeForm
from festival.web.desk.series_form import (
    DatesForm,
    SeriesForm,
    dates_form,
    proposals,
)
from festival.web.guards import deed
from festival.wording import gettext, language, plain

bp = Blueprint("desk_series", __name__, url_prefix="/<lang>/desk/series")


@bp.route("/new", methods=["GET", "POST"])
@needs(Right.EVENTS)
def new(lang: str) -> ResponseReturnValue:
    """Let an event come again (``?from=its-slug``), or a new one.

    Shows ``desk/series_new.html``: source (the event, if there is one), own (its
    clashes, if it is published with the others), clashes (of all), proposals, listed
    (whether the dates are those of the rule as it was sent), form. Nothing is made
    before its dates have been read.
    """
    asked = request.args.get("from", "")
    source = event_at(asked, Right.EVENTS) if asked else None
    form = dates_form(source)
    sent = form.validate_on_submit()
    proposed = proposals(form, source)
    press = request.form.get("press", "")
    read = form.seen.data == form.mark != ""
    if sent and press in {"publish", "draft"} and read:
        chosen = [p.day for p in proposed if p.ticked]
        try:
            if not chosen:
                form.form_errors.append(gettext("Tick at least one date."))
            else:
                with deed():
                    slug = _make(form, source, chosen, public=press == "publish")
                    db.session.commit()
                link = url_for(".series", lang=lang, slug=slug, made=len(chosen))
                return redirect(link, 303)
        except FestivalError as refusal:
            form.refuse(refusal)
    form.seen.data = form.mark
    own = _of_the_draft(source)
    return render_template(
        "desk/series_new.html",
        source=source,
        form=form,
        proposals=proposed,
        own=own,
        clashes=[*own, *(c for p in proposed if p.ticked for c in p.clashes)],
        listed=read and sent,
    ), form.status_code


def _make(
    form: DatesForm, source: Event | None, chosen: Sequence[date], *, public: bool
) -> str:
    """Make the dates *chosen*; return the address of their series."""
    who: dict[str, Any] = {"actor": actor(), "now": clock.now()}
    if source is None:
        again = _written_already(form, chosen[0])
        if again is not None and again.series is not None:
            return again.series.slug
        event, chosen = _first(form, chosen[0]), chosen[1:]
    else:
        event = event_at(source.slug, Right.EVENTS)
    if public:
        found = proposals(form, event if source else None)
        mine = {one.day for one in found if one.ticked}
        in_the_way = [c for one in found if one.day in mine for c in one.clashes]
        theirs = [c for c in in_the_way if c.other is None or c.other.id != event.id]
        theirs += _of_the_draft(event if source else None)
        clash_deeds.accept(theirs, anyway=bool(form.anyway.data))
    rule = form.rule()
    how = {
        "rhythm": rule.rhythm.value,
        "first": rule.first.isoformat(),
        "every": rule.every,
        "week": rule.week,
    }
    made = deeds.repeat(event, chosen, form.hours, how=how, **who)
    if public:
        deeds.publish([*([event] if event.ends_at > clock.now() else ()), *made], **who)
    assert event.series is not None  # noqa: S101  (it has just been repeated)
    return event.series.slug


def _of_the_draft(source: Event | None) -> list[Clash]:
    """Return what is in the way of *source*, if it would be published with its like."""
    if source is None or source.status in PUBLIC:
        return []
    return clashes.of(source, clock.now(), grants=grants())


def _written_already(form: DatesForm, day: date) -> Event | None:
    """Return the event that this very form has written; see ``_first``."""
    assert isinstance(form, SeriesForm)  # noqa: S101  (there is no event to repeat)
    again = event_desk.written_as(uid_of(form.uid))
    if again is None or not may(grants(), Right.EVENTS, accounts.thing_of(again)):
        return None
    starts_at, _ = hours_on(day, *form.hours, again.timezone)
    same = again.name.get(language()) == form.name.data and again.starts_at == starts_at
    return again if same else None


def _first(form: DatesForm, day: date) -> Event:
    """Write the first event of a series from nothing.

    Raises:
        OnlineWithoutLink: nobody could take part.
        OutOfReach: it would be nobody's whom this account writes for.
    """
    assert isinstance(form, SeriesForm)  # noqa: S101  (there is no event to repeat)
    if form.place.data == ONLINE:
        raise OnlineWithoutLink
    uid = uid_of(form.uid)
    zone = current_settings().TIMEZONE
    starts_at, ends_at = hours_on(day, *form.hours, zone)
    venue, space = form.place.chosen()
    own = event_desk.organisations(grants())
    organiser = next((o for o in own if o.slug == form.organisation.data), None)
    event = event_life.write(
        {
            "uid": uid if event_desk.written_as(uid) is None else "",
            "name": Words({language(): str(form.name.data)}),
            "kind": str(form.kind.data),
            "starts_at": starts_at,
            "ends_at": ends_at,
            "timezone": zone,
            "venue": venue,
            "space": space,
            "capacity": space.capacity if space else None,
        },
        actor=actor(),
        now=clock.now(),
        organiser=organiser,
    )
    require_reach(event)
    return event


class PublishForm(DeskForm):
    """What is left to publish of a series."""

    anyway = BooleanField(default=False)


@bp.route("/<slug>", methods=["GET", "POST"])
@needs(Right.EVENTS)
def series(lang: str, slug: str) -> ResponseReturnValue:
    """Show the dates of a series, and publish its drafts.

    Shows ``desk/series.html``: series, lines (``desk.Line``), drafts, clashes (of
    the drafts), alone (ids of what was moved alone), ahead (ids of what can be
    changed), made (dates), told (letters) and over (people without seats), just now,
    form.
    """
    every = _every(slug)
    form = PublishForm(f"publish-series|{slug}")
    if form.validate_on_submit():
        try:
            with deed():
                drafts = _drafts(_every(slug))
                found = [clash for _, clash in _in_the_way(drafts)]
                clash_deeds.accept(found, anyway=bool(form.anyway.data))
                deeds.publish(drafts, actor=actor(), now=clock.now())
                db.session.commit()
            return redirect(url_for(".series", lang=lang, slug=slug), 303)
        except FestivalError as refusal:
            form.refuse(refusal)
        every = _every(slug)
    drafts = _drafts(every)
    return render_template(
        "desk/series.html",
        series=every[0].series,
        lines=desk.lines(every, clock.now()),
        drafts=drafts,
        clashes=_in_the_way(drafts),
        alone={one.id for one in every if not dates.keeps_hours(one)},
        ahead={one.id for one in every if _may_change(one)},
        made=request.args.get("made", type=int),
        told=request.args.get("told", type=int),
        over=request.args.get("over", type=int),
        form=form,
    ), form.status_code


def _every(slug: str) -> Sequence[Event]:
    """Return the dates of a series in reach.

    Raises:
        NoResultFound: there is none. The web answers 404.
    """
    every = dates.dates(slug, grants())
    if not every:
        raise NoResultFound
    return every


def _drafts(every: Iterable[Event]) -> list[Event]:
    now = clock.now()
    return [e for e in every if e.status is EventStatus.DRAFT and e.ends_at > now]


def _in_the_way(events: Sequence[Event]) -> list[tuple[Event, Clash]]:
    occasions = [clashes.occasion(one) for one in events]
    found = clashes.of_occasions(occasions, clock.now(), grants=grants())
    return [(one, clash) for one in events for clash in found[one.id]]


def _may_change(event: Event) -> bool:
    return event.status is not EventStatus.CANCELLED and event.is_ahead(clock.now())


def _date(every: Sequence[Event], slug: str) -> Event:
    """Return one of *every* date by its address.

    Raises:
        NoResultFound: it is not among them. The web answers 404.
    """
    for one in every:
        if one.slug == slug:
            return one
    raise NoResultFound


@bp.route("/<slug>/<event>", methods=["GET", "POST"])
@needs(Right.EVENTS)
def change(lang: str, slug: str, event: str) -> ResponseReturnValue:
    """Change this date, this one and those after it, or all that are to come.

    Shows ``desk/series_change.html``: event, series, replies (by ``Which``), clashes,
    form.
    """
    every = _every(slug)
    one = _date(every, event)
    begins, ends = (local(at, one.timezone) for at in (one.starts_at, one.ends_at))
    form = ChangeForm(
        f"change|{one.uid}|{one.revision}",
        data={
            "name": plain(one.name),
            "day": begins.date(),
            "begins": begins.time(),
            "ends": ends.time(),
            "place": place_value(one.venue, one.space, one.online_link),
        },
    )
    form.several_days = ends - begins > A_DAY
    found: list[Clash] = []
    if form.validate_on_submit():
        try:
            with deed():
                every = _every(slug)
                one = _date(every, event)
                done = _change(one, every, form, found)
                db.session.commit()
            link = url_for(
                ".series", lang=lang, slug=slug, told=done.told, over=done.over or None
            )
            return redirect(link, 303)
        except FestivalError as refusal:
            form.refuse(refusal)
        every = _every(slug)
        one = _date(every, event)
    return render_template(
        "desk/series_change.html",
        event=one,
        series=one.series,
        replies=_replies(one, every),
        clashes=found,
        form=form,
    ), form.status_code


def _change(
    one: Event, every: Sequence[Event], form: ChangeForm, found: list[Clash]
) -> event_life.Outcome:
    """Change what *form* says, and add to *found* what would be in the way of it.

    Raises:
        OnlineWithoutLink: nobody could take part.
    """
    now, which = clock.now(), Which(form.which.data)
    change = form.change(one)
    reached = dates.reached(one, which, every, now)
    online = change.place is not None and form.place.data == ONLINE
    if online and not all(each.online_link for each in reached):
        raise OnlineWithoutLink
    done = deeds.change(
        one,
        every,
        which,
        change,
        tell=request.form.get("tell") != "no",
        actor=actor(),
        now=now,
    )
    for each in reached:
        require_reach(each)
    moved = change.day or change.hours or change.place
    found.extend(clash for _, clash in _in_the_way(reached if moved else ()))
    public = [c for c in found if c.occasion.key in _public(reached)]
    clash_deeds.accept(public, anyway=bool(form.anyway.data))
    return done


def _public(events: Iterable[Event]) -> set[int]:
    return {event.id for event in events if event.status in PUBLIC}


def _replies(one: Event, every: Sequence[Event]) -> Mapping[str, int]:
    """Return how many replies each choice of dates reaches."""
    told = boards.who_is_told(one for one in every if one.status in PUBLIC)
    return {
        which.value: sum(
            told.get(each.id, 0)
            for each in dates.reached(one, which, every, clock.now())
        )
        for which in Which
    }


@bp.route("/<slug>/<event>/cancel", methods=["GET", "POST"])
@needs(Right.EVENTS)
def cancel(lang: str, slug: str, event: str) -> ResponseReturnValue:
    """Cancel this date, this one and those after it, or all that are to come.

    Shows ``desk/series_cancel.html``: event, series, replies (by ``Which``), form.
    """
    every = _every(slug)
    one = _date(every, event)
    form = CancelForm(f"cancel|{one.uid}")
    if form.validate_on_submit():
        try:
            with deed():
                every = _every(slug)
                told = deeds.cancel(
                    _date(every, event),
                    every,
                    Which(form.which.data),
                    Words({language(): str(form.reason.data)}),
                    actor=actor(),
                    now=clock.now(),
                )
                db.session.commit()
            return redirect(url_for(".series", lang=lang, slug=slug, told=told), 303)
        except FestivalError as refusal:
            form.refuse(refusal)
        every = _every(slug)
        one = _date(every, event)
    return render_template(
        "desk/series_cancel.html",
        event=one,
        series=one.series,
        replies=_replies(one, every),
        form=form,
    ), form.status_code
