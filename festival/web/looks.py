"""What templates may ask beside ``wording``: how things look on a page."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, url_for
from markupsafe import Markup

from festival import clock, wording
from festival.domain.addresses import masked
from festival.domain.admission import ALIVE, RsvpStatus
from festival.domain.errors import LastSeatsGone, RestMayWait, SeatsLeftOrWait
from festival.domain.lifecycle import EventStatus
from festival.domain.reminders import silence_keeps_until
from festival.domain.words import fold
from festival.extensions import current_settings
from festival.formats import qr as drawn
from festival.formats.poster import poster
from festival.models.directory import Venue
from festival.models.events import Event
from festival.queries.agenda import AccessFact
from festival.queries.guests import Standing
from festival.services import retention
from festival.web.fields import CitizenForm
from festival.wording import NO_BREAK, gettext

HOUSE_SEED = "33"  # the arches of the home page


def init_app(app: Flask) -> None:
    """Give templates these answers."""
    filters = (
        anchor,
        first_upper,
        role_name,
        phone,
        phone_link,
        site_name,
        access_name,
        masked,
    )
    answers = (
        access_line,
        accessibility_line,
        asked_of,
        contact_hours,
        event_poster,
        house_poster,
        how_to_come,
        is_today,
        last_seats_gone,
        local_time,
        mail_link,
        map_link,
        may_wait,
        page_address,
        proposal_link,
        qr,
        reminder_ahead,
        share_link,
        silence_counts,
        standing_heading,
        tagline,
        texts,
        typed,
    )
    app.jinja_env.filters.update({each.__name__: each for each in filters})
    app.jinja_env.globals.update({each.__name__: each for each in answers})
    app.jinja_env.globals["instant"] = wording.instant
    font = Path(app.static_folder or "") / "vendor" / "bricolage.woff2"
    app.jinja_env.globals["heading_font"] = font.exists()


# One event


def is_today(event: Event) -> bool:
    """Say whether *event* is on this very day, where it is."""
    zone = ZoneInfo(event.timezone)
    today = clock.now().astimezone(zone).date()
    return event.starts_at.astimezone(zone).date() == today


def event_poster(event: Event, columns: int, rows: int) -> Markup:
    """Return the poster of *event*, drawn from its id."""
    return Markup(poster(event.uid, event.kind, columns, rows))  # noqa: S704  (ours)


def house_poster() -> Markup:
    """Return the window of arches on the home page."""
    return Markup(poster(HOUSE_SEED, "", 4, 4))  # noqa: S704  (ours)


def local_time(moment: datetime, timezone: str) -> str:
    """Return the hour of *moment* at the event's place."""
    return wording.clock_time(moment.astimezone(ZoneInfo(timezone)))


def map_link(venue: Venue) -> str:
    """Return where OpenStreetMap shows *venue*."""
    at = f"{venue.latitude}/{venue.longitude}"
    return (
        f"https://www.openstreetmap.org/?mlat={venue.latitude}"
        f"&mlon={venue.longitude}#map=18/{at}"
    )


def how_to_come(venue: Venue) -> list[Markup]:
    """Return how to come, one fact each."""
    phrase = venue.how_to_come.best(wording.language())
    return [
        wording.words(type(phrase)(line, phrase.language, phrase.foreign))
        for line in phrase.text.splitlines()
        if line.strip()
    ]


def access_line(fact: AccessFact) -> str:
    """Return one fact of access in words, its "no" as plain as its "yes"."""
    yes = {
        "step_free": gettext("Step-free entrance"),
        "accessible_toilet": gettext("Accessible toilets"),
        "hearing_loop": gettext("Hearing loop (T position of the aid)"),
        "sign_language": gettext("French sign language (LSF)"),
        "quiet_place": gettext("Quiet place"),
    }
    if not fact.given:
        return gettext("Not available: %(fact)s", fact=access_name(fact))
    if fact.door_width:
        return gettext(
            "Step-free entrance, door %(width)s cm wide", width=fact.door_width
        )
    return yes[fact.name]


def access_name(fact: AccessFact) -> str:
    """Return what a fact of access is about, inside a sentence."""
    return wording.access_name(fact.name)


def texts(event: Event) -> list[str]:
    """Return the languages beside the site's own in which *event* is announced."""
    return [tag for tag in event.name if tag.partition("-")[0] not in wording.LANGUAGES]


def share_link(event: Event) -> str:
    """Return the link that shares *event* by WhatsApp."""
    return f"https://wa.me/?text={quote(_shared(event))}"


def mail_link(event: Event) -> str:
    """Return the link that shares *event* by mail."""
    subject = wording.plain(event.name)
    return f"mailto:?subject={quote(subject)}&body={quote(_shared(event))}"


def page_address(event: Event) -> str:
    """Return the whole address of *event*'s page, to be copied."""
    path = url_for("events.event", lang=wording.language(), slug=event.slug)
    return current_settings().base_url + path


def role_name(role: str) -> str:
    """Return what an organisation does in an event, beside organising it."""
    return {
        "host": gettext("host"),
        "partner": gettext("partner"),
        "sponsor": gettext("sponsor"),
    }.get(role, role)


def _shared(event: Event) -> str:
    name = wording.plain(event.name)
    when = wording.when(
        event.starts_at, event.ends_at, event.timezone, all_day=event.all_day
    )
    text = f"{name}, {when}\n{page_address(event)}"
    return text.replace(NO_BREAK, " ")


# Replies


def typed(field: Any) -> str:
    """Return what stands in *field*: what was typed, to the letter."""
    if field.raw_data:
        return str(field.raw_data[0])
    return "" if field.data is None else str(field.data)


def may_wait(form: CitizenForm) -> bool:
    """Say whether the waiting list's button stands beside the first one."""
    return isinstance(form.refusal, SeatsLeftOrWait | RestMayWait | LastSeatsGone)


def last_seats_gone(form: CitizenForm) -> bool:
    """Say whether somebody was faster, so that only the waiting list is left."""
    return isinstance(form.refusal, LastSeatsGone)


def asked_of(event: Event) -> str:
    """Return what is done with the answers, and how long they are kept."""
    settings = current_settings()
    house = settings.HOUSE_NAME
    organisers = [o.name for o in event.organisers if o.name != house]
    if organisers:
        who = gettext(
            "%(house)s and %(organisation)s use your answers to welcome you, "
            "for nothing else.",
            house=house,
            organisation=organisers[0],
        )
    else:
        who = gettext(
            "%(house)s uses your answers to welcome you, for nothing else.", house=house
        )
    kept = wording.ngettext(
        "Name and email are needed, and erased %(num)s day after.",
        "Name and email are needed, and erased %(num)s days after.",
        kept_days(event),
    )
    return f"{who} {kept}"


def kept_days(event: Event) -> int:
    """Return how many days after *event* its guests are forgotten."""
    return retention.kept(event.audience, discreet=event.discreet).days


def reminder_ahead(event: Event) -> bool:
    """Say whether the day before is still to come."""
    return event.starts_at - clock.now() > timedelta(days=1)


def silence_counts(event: Event) -> bool:
    """Say whether who does not answer "still coming?" may lose the place."""
    until = silence_keeps_until(event.starts_at, event.timezone)
    return bool(event.capacity and event.keeps_waiting_list and until)


def standing_heading(standing: Standing) -> str:
    """Return the heading of a guest's own page."""
    event = standing.event
    if event.status is EventStatus.CANCELLED:
        return gettext("This event is cancelled")
    if event.status is EventStatus.POSTPONED and standing.status in ALIVE:
        return gettext("This event is postponed")
    if clock.now() >= event.ends_at:
        return gettext("This event is over")
    return {
        RsvpStatus.CONFIRMED: gettext("It’s noted, %(name)s!", name=standing.name),
        RsvpStatus.WAITING: gettext(
            "You are on the waiting list, %(name)s", name=standing.name
        ),
        RsvpStatus.OFFERED: gettext(
            "Places are free for you, %(name)s", name=standing.name
        )
        if standing.party_size > 1
        else gettext("A place is free for you, %(name)s", name=standing.name),
        RsvpStatus.HELD: gettext("Almost done, %(name)s", name=standing.name),
        RsvpStatus.EXPIRED: gettext("The time to confirm is over"),
    }.get(standing.status, gettext("It is cancelled"))


def qr(link: str, said: str = "") -> Markup:
    """Return *link* as a QR in SVG, for a door's camera or a telephone's; *said*."""
    return Markup('<span class="qr" role="img" aria-label="{}">{}</span>').format(
        said or gettext("QR code of your ticket"),
        Markup(drawn.svg(link)),  # noqa: S704  (drawn from our own link)
    )


# The house


def tagline() -> str:
    """Return the question over the agenda, from settings."""
    settings = current_settings()
    if wording.language() == "fr":
        return wording.french(settings.HOUSE_TAGLINE_FR)
    return settings.HOUSE_TAGLINE_EN


def contact_hours() -> str:
    """Return when somebody answers the telephone."""
    settings = current_settings()
    if wording.language() == "fr":
        return wording.french(settings.CONTACT_HOURS_FR)
    return settings.CONTACT_HOURS_EN


def accessibility_line() -> str:
    """Return what the house may claim of its accessibility, and no more."""
    return {
        "none": gettext("Accessibility: not conformant"),
        "partial": gettext("Accessibility: partially conformant"),
        "full": gettext("Accessibility: fully conformant"),
    }.get(current_settings().ACCESSIBILITY, gettext("Accessibility"))


def proposal_link() -> str:
    """Return a letter to the house, ready to be filled in."""
    subject = gettext("An event to propose")
    body = gettext("Title:\nDate and time:\nPlace:\nFor whom:\nContact:\n")
    return (
        f"mailto:{current_settings().CONTACT_EMAIL}"
        f"?subject={quote(subject)}&body={quote(body)}"
    )


def anchor(heading: str) -> str:
    """Return the id of a heading."""
    return fold(heading).replace(" ", "-")


def first_upper(text: str) -> str:
    """Return *text* with its first letter large."""
    return text[:1].upper() + text[1:]


def phone(number: str) -> str:
    """Return a telephone number that stays on one line."""
    return number.replace(" ", NO_BREAK)


def phone_link(number: str) -> str:
    """Return a telephone number as ``tel:`` wants it."""
    bare = "".join(char for char in number if char.isdigit() or char == "+")
    return f"+33{bare[1:]}" if bare.startswith("0") else bare


def site_name(link: str) -> str:
    """Return the name of the site a link leads to."""
    return urlsplit(link).hostname or link
