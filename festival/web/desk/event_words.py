"""How the desk's pages say an event: how it stands, when it is, how full."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from festival import clock
from festival.domain.lifecycle import EventStatus
from festival.models.events import Event
from festival.queries import desk
from festival.wording import gettext, people, when


def init_app(app: Flask) -> None:
    """Give templates these answers."""
    answers = (typed_in, event_state, when_of, day_at, taken)
    app.jinja_env.globals.update({each.__name__: each for each in answers})


def typed_in(field: Any) -> str:
    """Return what stands in *field*, as its input wants it; or what was typed."""
    if field.raw_data:
        return str(field.raw_data[0])
    if isinstance(field.data, datetime):
        return field.data.isoformat("T", "minutes")
    if isinstance(field.data, time):
        return field.data.isoformat("minutes")
    if isinstance(field.data, date):
        return field.data.isoformat()
    return "" if field.data is None else str(field.data)


def event_state(event: Event) -> str:
    """Return how *event* stands, for those who make it."""
    if event.status is EventStatus.SCHEDULED and event.ends_at <= clock.now():
        return gettext("Over")
    return {
        EventStatus.DRAFT: gettext("Draft"),
        EventStatus.PROPOSED: gettext("Proposed"),
        EventStatus.SCHEDULED: gettext("Published"),
        EventStatus.POSTPONED: gettext("Postponed"),
        EventStatus.CANCELLED: gettext("Cancelled"),
    }[event.status]


def when_of(event: Event) -> str:
    """Return when *event* is."""
    return when(event.starts_at, event.ends_at, event.timezone, all_day=event.all_day)


def day_at(event: Event) -> str:
    """Return the day of *event* as an address says it."""
    local = event.starts_at.astimezone(ZoneInfo(event.timezone))
    return local.date().isoformat()


def taken(line: desk.Line) -> str:
    """Return how full an event is: "28 of 40"."""
    house = line.house
    if house.capacity is None:
        return gettext("%(people)s, no limit", people=people(house.seats_taken))
    return gettext(
        "%(taken)s of %(capacity)s", taken=house.seats_taken, capacity=house.capacity
    )
