"""What templates may ask beside ``wording``: how things look on a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import segno
from babel.dates import format_date
from flask import Flask, url_for
from markupsafe import Markup

from festival import clock, wording
from festival.domain.admission import ALIVE, RsvpStatus
from festival.domain.errors import LastSeatsGone, SeatsLeftOrWait
from festival.domain.kinds import KINDS
from festival.domain.lifecycle import PUBLIC, EventStatus, ReplyState
from festival.domain.question import ACCESS, LISTS, AgendaFilter
from festival.domain.words import Words, fold
from festival.extensions import current_settings
from festival.formats.poster import poster
from festival.models.directory import Venue
from festival.models.events import Event
from festival.queries.agenda import AccessFact, EventCard, local_date
from festival.queries.changes import Change
from festival.queries.facets import Facets, Option
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
        local_day,
        role_name,
        phone,
        phone_link,
        site_name,
        access_name,
    )
    answers = (
        access_choice,
        access_icon,
        access_line,
        accessibility_line,
        asked_of,
        change_line,
        choice_name,
        contact_hours,
        dates_name,
        empty_heading,
        event_poster,
        few,
        hour_name,
        house_poster,
        how_to_come,
        is_today,
        known_kind,
        last_seats_gone,
        local_time,
        mail_link,
        map_link,
        may_wait,
        month,
        near_day,
        page_address,
        period_name,
        proposal_link,
        qr,
        share_link,
        short_day,
        space_name,
        standing_heading,
        tagline,
        texts,
        typed,
        weekday,
        welcomes,
        whole,
    )
    app.jinja_env.filters.update({each.__name__: each for each in filters})
    app.jinja_env.globals.update({each.__name__: each for each in answers})
    app.jinja_env.globals["instant"] = wording.instant
    font = Path(app.static_folder or "") / "vendor" / "bricolage.woff2"
    app.jinja_env.globals["heading_font"] = font.exists()


# Lists


def known_kind(kind: str) -> str:
    """Return a kind that has a colour and an icon: a house's own borrows one."""
    return kind if kind in KINDS else "meeting"


def few(card: EventCard) -> bool:
    """Say whether a list should stress how few places are left."""
    return card.state is ReplyState.OPEN and wording.is_few(card.house)


def welcomes(card: EventCard) -> list[tuple[str, str]]:
    """Return what a row says of access, each with its icon: only what is there."""
    short = {
        "step_free": gettext("Step-free"),
        "sign_language": gettext("Sign language"),
        "hearing_loop": gettext("Hearing loop"),
    }
    given = {fact.name for fact in card.access if fact.given}
    return [(name, said) for name, said in short.items() if name in given]


def whole(event: Event) -> Event | None:
    """Return the festival *event* is a part of, unless nobody may see it."""
    above = event.super_event
    if above is None or above.status not in PUBLIC:
        return None
    return above if above.listed or not event.listed else None


def space_name(event: Event) -> str | Markup:
    """Return the space *event* is in, or its venue where it has the whole of it."""
    if event.space is not None:
        return wording.words(event.space.name)
    return wording.place(event)


def hour_name(hour: int) -> str:
    """Return a full hour as the head of a table says it; 24 and more is the night."""
    return wording.clock_time(datetime(2000, 1, 1, hour % 24))  # noqa: DTZ001  (an hour)


def short_day(day: date) -> str:
    """Return a day and a short month: "4 déc.", "4 Dec"."""
    month = format_date(day, "MMM", locale=wording.language())
    return f"{wording.day_number(day)}{NO_BREAK}{month}"


def local_day(moment: datetime, timezone: str) -> str:
    """Return the day of *moment* in words, where it is."""
    return wording.day(moment.astimezone(ZoneInfo(timezone)).date())


def change_line(change: Change) -> Markup:
    """Return in a sentence what changed in a programme after it was published."""
    event, before = change.event, change.before
    link = Markup('<a href="{}">{}</a>').format(
        url_for("events.event", lang=wording.language(), slug=event.slug),
        wording.words(event.name),
    )
    said = {
        EventStatus.CANCELLED: gettext("%(event)s is cancelled.", event=link),
        EventStatus.POSTPONED: gettext("%(event)s is postponed.", event=link),
    }.get(change.status)
    if said:
        return Markup(said)  # noqa: S704  (our sentence, around an escaped link)
    parts = []
    if {"starts_at", "ends_at", "venue", "space"} & set(before):
        timed = "starts_at" in before or "ends_at" in before
        moved = "venue" in before or "space" in before
        when = wording.when(
            event.starts_at, event.ends_at, event.timezone, all_day=event.all_day
        )
        now = [when] * timed + [wording.place(event)] * moved
        parts.append(gettext("now %(what)s", what=", ".join(now)))
    if "online_link" in before:
        parts.append(gettext("the link to join has changed"))
    if "doors_at" in before and event.doors_at:
        at = local_time(event.doors_at, event.timezone)
        parts.append(gettext("doors open at %(time)s", time=at))
    if "name" in before:
        parts.append(gettext("it has a new name"))
    return Markup("{}{}").format(
        link, gettext(": %(changes)s.", changes=", ".join(parts))
    )


def weekday(day: date) -> str:
    """Return a day's name, for a heading."""
    return first_upper(format_date(day, "EEEE", locale=wording.language()))


def is_today(event: Event) -> bool:
    """Say whether *event* is on this very day, where it is."""
    zone = ZoneInfo(event.timezone)
    today = clock.now().astimezone(zone).date()
    return event.starts_at.astimezone(zone).date() == today


def month(day: date) -> str:
    """Return a day's month, and the year when it is another one."""
    other = day.year != local_date(clock.now()).year
    return format_date(day, "MMMM y" if other else "MMMM", locale=wording.language())


def near_day(day: date) -> str:
    """Return "Today" or "Tomorrow", or nothing."""
    away = day - local_date(clock.now())
    return {
        timedelta(0): gettext("Today"),
        timedelta(days=1): gettext("Tomorrow"),
    }.get(away, "")


def period_name(when: str) -> str:
    """Return what a period of the agenda is called."""
    return {
        "today": gettext("Today"),
        "weekend": gettext("This weekend"),
        "week": gettext("This week"),
        "month": gettext("This month"),
        "past": gettext("Past events"),
    }.get(when, gettext("The whole agenda"))


def choice_name(name: str, value: str, choices: Facets) -> str | Markup:
    """Return what one choice of the agenda is called."""
    said: dict[str, Callable[[], str]] = {
        "kind": lambda: wording.kind_name(value),
        "access": lambda: access_choice(value),
        "language": lambda: wording.language_name(value),
        "seats": lambda: gettext("Places left"),
        "q": lambda: gettext("“%(words)s”", words=value),
    }
    if name in said:
        return said[name]()
    options: list[Option] = getattr(choices, LISTS[name])
    found = next((one.name for one in options if one.value == value), "")
    return wording.words(found) if isinstance(found, Words) else found or value


def access_choice(word: str) -> str:
    """Return what a word of the agenda's access filter is called."""
    fact = AccessFact(ACCESS[word], given=True)
    step_free = fact.name == "step_free"
    return gettext("Step-free") if step_free else first_upper(access_name(fact))


def access_icon(word: str) -> str:
    """Return the icon of a word of the agenda's access filter."""
    return ACCESS[word]


def dates_name(question: AgendaFilter) -> str:
    """Return the dates a visitor chose, in words."""
    first, last = question.starting, question.until
    if first and last:
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
            return str(first.year)
        return gettext(
            "from %(first)s to %(last)s",
            first=wording.day(first),
            last=wording.day(last),
        )
    if first:
        return gettext("from %(first)s", first=wording.day(first))
    return gettext("until %(day)s", day=wording.day(last)) if last else ""


def empty_heading(question: AgendaFilter) -> str:
    """Return the sentence over an empty list."""
    if question.when == "past":
        return gettext("Nothing of the past for these choices.")
    if question.chosen:
        return {
            "today": gettext("Nothing planned today for these choices."),
            "weekend": gettext("Nothing planned this weekend for these choices."),
        }.get(question.when, gettext("Nothing planned for these choices."))
    return {
        "today": gettext("Nothing planned today."),
        "weekend": gettext("Nothing planned this weekend."),
    }.get(question.when, gettext("Nothing planned in this period."))


# One event


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
    return isinstance(form.refusal, SeatsLeftOrWait | LastSeatsGone)


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
        RsvpStatus.HELD: gettext("Almost done, %(name)s", name=standing.name),
        RsvpStatus.EXPIRED: gettext("The time to confirm is over"),
    }.get(standing.status, gettext("It is cancelled"))


def qr(link: str) -> Markup:
    """Return *link* as a QR in SVG, for a door's camera."""
    code = segno.make(link, error="m")
    drawing = code.svg_inline(scale=4, border=0, dark="#15241f", omitsize=True)
    return Markup('<span class="qr" role="img" aria-label="{}">{}</span>').format(
        gettext("QR code of your ticket"),
        Markup(drawing),  # noqa: S704  (drawn by segno from our own link)
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
