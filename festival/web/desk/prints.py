"""What the desk prints: posters, door signs, the day sheet of a space."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from festival import clock
from festival.domain.access import Right
from festival.domain.readings import a_day
from festival.extensions import current_settings
from festival.models.events import Event
from festival.queries import agenda, directory, event_desk
from festival.queries.conditions import local_date
from festival.web.desk.guard import event_at, grants, needs
from festival.wording import clock_time

bp = Blueprint("desk_prints", __name__, url_prefix="/<lang>/desk")

PAPERS = ("a4", "a3")


@bp.get("/events/<slug>/poster")
@needs(Right.EVENTS)
def poster(lang: str, slug: str) -> ResponseReturnValue:
    """Show ``desk/print_poster.html`` (event, card, paper, link, address)."""
    found = event_at(slug, Right.EVENTS)
    link = _whole(url_for("events.event", lang=lang, slug=slug))
    return render_template(
        "desk/print_poster.html",
        event=found,
        card=agenda.card(found, clock.now()),
        paper=_paper(),
        link=link,
        address=_said(link),
    )


@bp.get("/spaces/<venue>/<slug>/door-sign")
@needs(Right.EVENTS)
def door_sign(lang: str, venue: str, slug: str) -> ResponseReturnValue:
    """Show ``desk/print_door_sign.html`` (space, facts, paper, link, address)."""
    space = directory.space(venue, slug)
    link = _whole(url_for("venues.space", lang=lang, venue_slug=venue, slug=slug))
    return render_template(
        "desk/print_door_sign.html",
        space=space,
        facts=directory.space_access(space),
        paper=_paper(),
        link=link,
        address=_said(link),
    )


@bp.get("/spaces/<venue>/<slug>/day")
@needs(Right.EVENTS)
def day_sheet(lang: str, venue: str, slug: str) -> ResponseReturnValue:
    """Show ``desk/print_day_sheet.html`` (space, day, lines, own); ``?day=``.

    What is another organisation's is told as the public is told it; *own* are the ids
    of what is told whole.
    """
    today = local_date(clock.now())
    day: date = a_day(request.args.get("day", "")[:40], today) or today
    space = directory.space(venue, slug)
    zone = current_settings().TIMEZONE
    lines, own = event_desk.day_of(space, day, zone, grants(), clock.now())
    return render_template(
        "desk/print_day_sheet.html", space=space, day=day, lines=lines, own=own
    )


@bp.app_template_global()
def minutes_before(event: Event) -> str:
    """Return from when the space of *event* is set up."""
    return _hour(event, event.starts_at - timedelta(minutes=event.set_up_minutes))


@bp.app_template_global()
def minutes_after(event: Event) -> str:
    """Return from when the space of *event* is free again."""
    return _hour(event, event.ends_at + timedelta(minutes=event.clear_up_minutes))


def _hour(event: Event, moment: datetime) -> str:
    return clock_time(moment.astimezone(ZoneInfo(event.timezone)))


def _paper() -> str:
    asked = request.args.get("paper", "")
    return asked if asked in PAPERS else PAPERS[0]


def _whole(path: str) -> str:
    return current_settings().base_url + path


def _said(link: str) -> str:
    """Return *link* as it stands on paper, to be typed."""
    return link.partition("://")[2]
