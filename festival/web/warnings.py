"""How the desk says what is in the way of an event."""

from __future__ import annotations

from datetime import date, datetime, time

from flask import Flask, url_for
from markupsafe import Markup

from festival import wording
from festival.domain.clashes import ClashKind, Occasion
from festival.domain.lifecycle import PUBLIC
from festival.domain.recurrence import local
from festival.domain.school_holidays import EVERY_ZONE, zones_on
from festival.models.directory import Venue
from festival.queries.clashes import Clash
from festival.wording import gettext


def init_app(app: Flask) -> None:
    """Give templates these answers."""
    answers = (clash_line, school_note, wall_time)
    app.jinja_env.globals.update({each.__name__: each for each in answers})


def clash_line(clash: Clash) -> str:
    """Return what *clash* is, in one sentence, with a link to the other event."""
    if clash.against is not None:
        return _about_another(clash, clash.against)
    return _about_the_place(clash)


def _about_another(clash: Clash, against: Occasion) -> Markup:
    sentences = {
        ClashKind.SPACE: gettext("%(space)s is already taken, %(hours)s: %(event)s"),
        ClashKind.CHANGE_OVER: gettext(
            "Less than ten minutes to change over %(space)s; there is also, %(hours)s: "
            "%(event)s"
        ),
        ClashKind.ORGANISATION: gettext(
            "The same organisation is elsewhere, %(hours)s: %(event)s"
        ),
    }
    hours = wording.hours(
        against.taken_from,
        against.taken_until,
        against.timezone,
        all_day=against.all_day,
    )
    space = wording.words(clash.space.name) if clash.space else ""
    return Markup(sentences[clash.kind]) % {  # noqa: S704  (ours; the rest is escaped)
        "space": space,
        "hours": hours,
        "event": _named(clash),
    }


def _named(clash: Clash) -> str | Markup:
    """Return the other event's name and a link, as far as who asks may know it."""
    other = clash.other
    public = other is not None and other.status in PUBLIC
    if other is None or not clash.shown:
        return (
            gettext("another organisation’s event, not announced")
            if public
            else gettext("another organisation’s draft")
        )
    page = "events.event" if public else "desk_events.event"
    link = url_for(page, lang=wording.language(), slug=other.slug)
    return Markup('<a href="{}">{}</a>').format(link, wording.words(other.name))


def _about_the_place(clash: Clash) -> str:
    one, venue = clash.occasion, clash.venue
    if clash.kind is ClashKind.CAPACITY and clash.space is not None:
        return gettext(
            "%(places)s, and %(space)s holds %(most)s.",
            places=wording.places(one.capacity or 0),
            space=wording.plain(clash.space.name),
            most=clash.space.capacity,
        )
    if venue is None:
        return ""
    if clash.kind is ClashKind.OPENING:
        return _closed(venue)
    last = local(one.taken_until, one.timezone).date()
    if venue.occupied_until is not None and last > venue.occupied_until:
        return gettext(
            "%(venue)s is ours until %(day)s only.",
            venue=venue.name,
            day=wording.day(venue.occupied_until),
        )
    return gettext(
        "%(venue)s is not ours before %(day)s.",
        venue=venue.name,
        day=wording.day(venue.occupied_from or last),
    )


def _closed(venue: Venue) -> str:
    opens, closes = venue.open_from, venue.open_until
    if opens is None and closes is not None:
        return gettext(
            "%(venue)s closes at %(hour)s, clear-up included.",
            venue=venue.name,
            hour=wall_time(closes),
        )
    if closes is None:
        return gettext(
            "%(venue)s opens at %(hour)s, set-up included.",
            venue=venue.name,
            hour=wall_time(opens or time()),
        )
    return gettext(
        "%(venue)s is open from %(opens)s to %(closes)s, set-up and clear-up included.",
        venue=venue.name,
        opens=wall_time(opens or time()),
        closes=wall_time(closes),
    )


def school_note(day: date) -> str:
    """Return that schools are closed on *day*, and in which zones; "" if none are."""
    zones = zones_on(day)
    if not zones:
        return ""
    if zones == EVERY_ZONE:
        return gettext("School holidays")
    return gettext("School holidays, zone %(zones)s", zones=" + ".join(zones))


def wall_time(hour: time) -> str:
    """Return an hour of any day: "14 h 30"."""
    return wording.clock_time(datetime.combine(date.min, hour))
