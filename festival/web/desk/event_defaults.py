"""What stands in the form of an event before anybody has typed."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from festival import clock
from festival.domain import wall_clock
from festival.domain.errors import EditedMeanwhile
from festival.domain.question import ACCESS
from festival.domain.words import Words
from festival.models.directory import Organisation
from festival.models.events import Event
from festival.queries import event_desk
from festival.queries.conditions import local_date
from festival.queries.directory import in_use
from festival.web.desk.event_fields import WordsField, place_value
from festival.web.desk.event_form import EventForm
from festival.web.desk.event_questions import SAME
from festival.web.desk.event_times import NIGHT
from festival.web.desk.guard import actor, grants

A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
FIRST_HOURS: Final = (time(14), time(16))  # of the very first event of a house
SATURDAY: Final = 5


def fresh_form(like: Event | None = None) -> EventForm:
    """Return the form of a new event, as the last one of this account; or *like* one.

    A copy takes place a week later; it is never in the past.
    """
    data = _as_the_last() if like is None else _answers(like, _a_week_later(like))
    return EventForm(None, {**data, "uid": str(uuid.uuid4()), "mark": ""})


def form_of(event: Event) -> EventForm:
    """Return the form of *event*, as it is."""
    return EventForm(event, {**_answers(event, timedelta()), "mark": mark_of(event)})


def mark_of(event: Event) -> str:
    """Return a mark of each answer that the form can change of *event*."""
    answers = _one_by_one(_answers(event, timedelta()))
    return " ".join(
        f"{name}={_digest(value)}" for name, value in answers.items() if value
    )


def require_unchanged(form: EventForm, event: Event) -> None:
    """Pass silently while *event* is what it was when *form* was shown.

    Raises:
        EditedMeanwhile: somebody else was faster. Shown again, the form has what they
            wrote wherever nothing else was typed, and may be saved.
    """
    mark = mark_of(event)
    if form.mark.data == mark:
        return
    pairs = (pair.partition("=") for pair in str(form.mark.data).split())
    shown = {name: digest for name, _, digest in pairs}
    is_now = _answers(event, timedelta())
    for name, value in is_now.items():
        field = form[name]
        if isinstance(field, WordsField):
            for tag, sent in field.sent.items():
                if _digest(field.read(sent)) == shown.get(f"{name}-{tag}", NOTHING):
                    field.sent[tag] = value.get(tag, "")
        elif _digest(field.data) == shown.get(name, NOTHING):
            field.raw_data = None
            field.process(None, value)
    form.mark.data = mark
    raise EditedMeanwhile


def _one_by_one(answers: dict[str, Any]) -> dict[str, Any]:
    """Return *answers*, of texts one for each language."""
    found: dict[str, Any] = {}
    for name, value in answers.items():
        if isinstance(value, Words):
            found |= {f"{name}-{tag}": text for tag, text in value.items()}
        else:
            found[name] = value
    return found


def _digest(value: Any) -> str:
    said = sorted(value) if isinstance(value, list) else value
    text = repr(said or "").encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:8]


NOTHING: Final = _digest("")


def _as_the_last() -> dict[str, Any]:
    """Return place and hours of what was written last, on the next such weekday."""
    last, bodies = event_desk.last_written(actor(), grants()), _bodies()
    today, own = local_date(clock.now()), [body.slug for body in bodies]
    for_the_house = any(grant.is_everywhere for grant in grants())
    organisation = "" if for_the_house or not own else own[0]
    if last is None:
        venues = [one for one in event_desk.venues() if in_use(one, today)]
        spaces = [(venue, space) for venue in venues for space in venue.spaces]
        venue, space = spaces[0] if spaces else (next(iter(venues), None), None)
        return {
            "place": place_value(venue, space, ""),
            "date": _next_weekday(today, SATURDAY),
            "start": FIRST_HOURS[0],
            "end": FIRST_HOURS[1],
            "languages": ["fr"],
            "organisation": organisation,
        }
    zone = ZoneInfo(last.timezone)
    starts, ends = last.starts_at.astimezone(zone), last.ends_at.astimezone(zone)
    whose = [body.slug for body in last.organisers if body.slug in own]
    return {
        "place": place_value(last.venue, last.space, last.online_link),
        "online_link": "" if last.venue else last.online_link,
        "date": _next_weekday(today, starts.weekday()),
        "start": FIRST_HOURS[0] if last.all_day else starts.time(),
        "end": FIRST_HOURS[1] if last.all_day else ends.time(),
        "languages": last.languages,
        "organisation": whose[0] if whose else organisation,
    }


def _bodies() -> Sequence[Organisation]:
    return event_desk.organisations(grants())


def _answers(event: Event, later: timedelta) -> dict[str, Any]:
    """Return what the form of *event* would be answered, so much *later*."""
    zone = ZoneInfo(event.timezone)
    starts, ends = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    doors = event.doors_at.astimezone(zone).time() if event.doors_at else None
    as_space = event.space is not None and event.capacity == event.space.capacity
    again = {None: "", False: "first", True: "second"}
    said = {None: "", True: "yes", False: "no"}
    return {
        **{name: getattr(event, name) for name in SAME},
        "date": starts.date() + later,
        "start": starts.time(),
        "end": ends.time(),
        "end_date": _last_day(event, starts, ends, later),
        "doors": doors,
        "start_again": again[wall_clock.is_second(starts, event.timezone)],
        "end_again": again[wall_clock.is_second(ends, event.timezone)],
        "place": place_value(event.venue, event.space, event.online_link),
        "online_link": event.online_link,
        "festival": event.super_event.slug if event.super_event else "",
        "capacity": None if as_space else event.capacity,
        "no_limit": event.capacity is None and not as_space,
        "reply_policy": event.reply_policy.value,
        "opens": _local(event.replies_open_at, later, zone),
        "closes": _local(event.replies_close_at, later, zone),
        **{f"access_{fact}": said[event.access.get(fact)] for fact in ACCESS.values()},
        "organisation": event.organisers[0].slug if event.organisers else "",
    }


def _last_day(
    event: Event, starts: datetime, ends: datetime, later: timedelta
) -> date | None:
    """Return the last day if it is not the first; a night belongs to its evening."""
    last = (ends - timedelta(seconds=1)).date() if event.all_day else ends.date()
    is_next_day = not event.all_day and last - starts.date() == A_DAY
    if last == starts.date() or (is_next_day and ends - starts <= NIGHT):
        return None
    return last + later


def _local(
    moment: datetime | None, later: timedelta, zone: ZoneInfo
) -> datetime | None:
    return moment.astimezone(zone).replace(tzinfo=None) + later if moment else None


def _a_week_later(event: Event) -> timedelta:
    """Return how much later a copy takes place: whole weeks, so that it is to come."""
    there = event.starts_at.astimezone(ZoneInfo(event.timezone)).date()
    weeks = max(0, (local_date(clock.now()) - there).days // 7)
    return (weeks + 1) * A_WEEK


def _next_weekday(today: date, weekday: int) -> date:
    """Return the first such weekday after *today*."""
    return today + ((weekday - today.weekday() - 1) % 7 + 1) * A_DAY
