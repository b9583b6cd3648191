"""What each part of an event's form says while it is folded away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from festival import clock
from festival.domain.question import ACCESS
from festival.domain.words import Words
from festival.models.events import Event
from festival.web.desk.event_fields import words_of
from festival.web.desk.event_form import EventForm
from festival.wording import (
    LANGUAGES,
    access_name,
    clock_time,
    day,
    gettext,
    instant,
    language_name,
    ngettext,
    people,
    plain,
)


def told(form: EventForm) -> dict[str, str]:
    """Return the summary of each part, by its name."""
    parts: dict[str, Callable[[EventForm], list[str]]] = {
        "times": _times,
        "places": _places,
        "replies": _replies,
        "text": _text,
        "access": _access,
        "spoken": _spoken,
        "whom": _whom,
        "organiser": _organiser,
        "inside": _inside,
    }
    return {name: ", ".join(said(form)) for name, said in parts.items()}


def _times(form: EventForm) -> list[str]:
    last = form.end_date.data
    said = [
        gettext("until %(day)s", day=day(last)) if last else gettext("on one day"),
    ]
    if form.all_day.data:
        said.append(gettext("all day"))
    elif form.doors.data:
        hour = clock_time(datetime.combine(clock.now(), form.doors.data))
        said.append(gettext("doors at %(time)s", time=hour))
    else:
        said.append(gettext("doors when it starts"))
    whole = words_of(form.festival).get(form.festival.data)
    if form.festival.data and whole:
        said.append(gettext("part of %(festival)s", festival=whole))
    return said


def _places(form: EventForm) -> list[str]:
    if form.no_limit.data:
        return [gettext("no limit")]
    if isinstance(form.capacity.data, int):
        return [str(form.capacity.data)]
    _, space = form.place.chosen()
    if space is None:
        return [gettext("no limit")]
    name = plain(space.name)
    if space.capacity is None:
        return [gettext("no limit (%(space)s has none)", space=name)]
    return [
        gettext(
            "%(number)s (capacity of: %(space)s)", number=space.capacity, space=name
        )
    ]


def _replies(form: EventForm) -> list[str]:
    policy = form.reply_policy.data
    if policy == "none":
        return [gettext("none, simply come")]
    if policy == "elsewhere":
        return [gettext("on another site")]
    opens, closes = form.opens.data, form.closes.data
    said = [
        gettext("from %(moment)s", moment=_moment(form, opens))
        if opens
        else gettext("open at once")
    ]
    if policy == "mail":
        said.append(gettext("confirmed by email"))
    if closes:
        said.append(gettext("until %(day)s", day=_moment(form, closes)))
    if isinstance(form.largest_party.data, int):
        most = people(form.largest_party.data)
        said.append(gettext("up to %(people)s each", people=most))
    said.append(
        gettext("waiting list")
        if form.keeps_waiting_list.data
        else gettext("no waiting list")
    )
    if form.question.data:
        said.append(gettext("with a question"))
    return said


def _moment(form: EventForm, local: datetime) -> str:
    return instant(local.replace(tzinfo=ZoneInfo(form.timezone)), form.timezone)


def _text(form: EventForm) -> list[str]:
    there = [field for field in (form.summary, form.description) if field.data]
    if not there:
        return [gettext("nothing yet")]
    return [shortened(plain(there[0].data))]


def shortened(text: str, most: int = 60) -> str:
    """Return the beginning of *text*."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _access(form: EventForm) -> list[str]:
    said = {
        "yes": [f for f in ACCESS.values() if form[f"access_{f}"].data == "yes"],
        "no": [f for f in ACCESS.values() if form[f"access_{f}"].data == "no"],
    }
    told = [access_name(fact) for fact in said["yes"]]
    told += [gettext("no %(fact)s", fact=access_name(fact)) for fact in said["no"]]
    return told or [gettext("as the place")]


def _spoken(form: EventForm) -> list[str]:
    tags = form.languages.data or ()
    return [language_name(tag) for tag in tags] or [gettext("not said")]


def _whom(form: EventForm) -> list[str]:
    said = [
        gettext("children and young people")
        if form.audience.data == "youth"
        else gettext("everybody")
    ]
    said += [
        shortened(plain(note.data)) for note in (form.age_note,) if _any(note.data)
    ]
    price = form.price_note.data
    said.append(shortened(plain(price)) if _any(price) else gettext("free of charge"))
    said.append(
        gettext("in the agenda") if form.listed.data else gettext("not in the agenda")
    )
    if form.discreet.data:
        said.append(gettext("discreet"))
    return said


def _any(text: Any) -> bool:
    return isinstance(text, Words) and bool(text)


def _organiser(form: EventForm) -> list[str]:
    names = words_of(form.organisation)
    return [str(names.get(form.organisation.data, gettext("The house itself")))]


def _inside(form: EventForm) -> list[str]:
    said = []
    before, after = form.set_up_minutes.data, form.clear_up_minutes.data
    if isinstance(before, int) and before:
        said.append(
            ngettext("%(num)s minute to set up", "%(num)s minutes to set up", before)
        )
    if isinstance(after, int) and after:
        said.append(
            ngettext("%(num)s minute to clear up", "%(num)s minutes to clear up", after)
        )
    if form.opened_by.data:
        said.append(gettext("%(name)s opens", name=form.opened_by.data))
    if form.closed_by.data:
        said.append(gettext("%(name)s closes", name=form.closed_by.data))
    if form.equipment.data or form.internal_note.data:
        said.append(gettext("with notes"))
    return said or [gettext("nothing yet")]


def missing(event: Event) -> dict[str, list[str]]:
    """Return which texts exist, but not in a language of the site, by that language."""
    names = {
        "name": gettext("Name"),
        "summary": gettext("In one or two sentences"),
        "description": gettext("What happens"),
        "bring_note": gettext("What to bring"),
        "price_note": gettext("What does it cost?"),
        "age_note": gettext("For which age?"),
        "access_note": gettext("More about access"),
        "question": gettext("A question to guests"),
    }
    lacking = {
        tag: [
            said
            for name, said in names.items()
            if getattr(event, name) and tag not in getattr(event, name)
        ]
        for tag in LANGUAGES
    }
    return {tag: texts for tag, texts in lacking.items() if texts}
