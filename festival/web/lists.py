"""What templates may ask of lists: rows and choices, and a programme’s table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Flask, url_for
from markupsafe import Markup

from festival import clock, wording
from festival.domain.kinds import KINDS
from festival.domain.lifecycle import PUBLIC, EventStatus, ReplyState
from festival.domain.question import ACCESS, LISTS, AgendaFilter
from festival.domain.words import Words
from festival.models.events import Event
from festival.queries.agenda import AccessFact, EventCard
from festival.queries.changes import Change
from festival.queries.conditions import local_date
from festival.queries.facets import Facets, Option
from festival.web.looks import access_name, first_upper, local_time
from festival.wording import NO_BREAK, gettext


def init_app(app: Flask) -> None:
    """Give templates these answers."""
    answers = (
        access_choice,
        access_icon,
        audience_name,
        change_line,
        choice_name,
        dates_name,
        empty_heading,
        few,
        hour_name,
        known_kind,
        month,
        near_day,
        period_name,
        short_day,
        space_name,
        weekday,
        welcomes,
        whole,
    )
    app.jinja_env.filters["local_day"] = local_day
    app.jinja_env.globals.update({each.__name__: each for each in answers})


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
    parts = [gettext("it takes place after all")] * ("status" in before)
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
        "fortnight": gettext("The next 14 days"),
        "month": gettext("This month"),
        "past": gettext("Past events"),
    }.get(when, gettext("The whole agenda"))


def choice_name(name: str, value: str, choices: Facets) -> str | Markup:
    """Return what one choice of the agenda is called."""
    said: dict[str, Callable[[], str]] = {
        "kind": lambda: wording.kind_name(value),
        "access": lambda: access_choice(value),
        "language": lambda: wording.language_name(value),
        "audience": lambda: audience_name(value),
        "seats": lambda: gettext("Places left"),
        "q": lambda: gettext("“%(words)s”", words=value),
    }
    if name in said:
        return said[name]()
    options: list[Option] = getattr(choices, LISTS[name])
    found = next((one.name for one in options if one.value == value), "")
    return wording.words(found) if isinstance(found, Words) else found or value


def audience_name(audience: str) -> str:
    """Return for whom an event is, as a choice of the agenda."""
    return {
        "youth": gettext("For young people"),
        "everyone": gettext("For everybody"),
    }.get(audience, audience)


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
