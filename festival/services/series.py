"""Series: open days that repeat. Each date is an event of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select

from festival.domain.errors import DateGone, EventOver
from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.domain.recurrence import A_DAY, hours_on, local
from festival.domain.words import Words
from festival.extensions import db
from festival.models.directory import Space, Venue
from festival.models.events import Event, Series
from festival.queries import series as dates
from festival.queries.series import Which
from festival.services import event_life, events, journal, pictures
from festival.services.event_life import Outcome
from festival.services.turns import take_turn

SLUG_LENGTH = 80
ALIKE = (  # what every date has as the first one has it
    *("kind", "name", "summary", "description", "super_event", "timezone", "all_day"),
    *("venue", "space", "online_link", "capacity", "reply_policy", "reply_link"),
    *("largest_party", "keeps_waiting_list", "asks_still_coming", "question"),
    *("listed", "audience", "discreet", "languages", "access", "access_note"),
    *("age_note", "price_note", "bring_note", "set_up_minutes", "clear_up_minutes"),
    *("opened_by", "closed_by", "equipment", "internal_note"),
)
OF_ITS_OWN = frozenset(  # of these, what a change of several dates says for itself
    {
        *("name", "super_event", "timezone", "all_day"),
        *("venue", "space", "online_link"),
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change of some dates; None stays as it is."""

    name: Words | None = None
    day: date | None = None  # of one date alone
    hours: tuple[time, time] | None = None  # of the house's clock
    place: tuple[Venue | None, Space | None] | None = None
    alike: bool = False  # the others get texts, seats, access and the rest of this one


def begin(slug: str, name: Words, *, rule: dict[str, Any]) -> Series:
    """Begin a series with no event yet; *rule* says how its dates were made."""
    series = Series(slug=slug, name=name, rule=rule)
    db.session.add(series)
    db.session.flush()
    return series


def repeat(
    event: Event,
    days: Iterable[date],
    hours: tuple[time, time],
    *,
    how: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> list[Event]:
    """Let *event* come again on *days*, as drafts; return them.

    It is the first of a series, or one of its series gets more dates. A day that the
    series has already gets no second event. *how* says how the days were found.
    """
    series = event.series
    if series is None:
        series = begin(_free_series_slug(event.slug), event.name, rule={})
        event.series = series
        db.session.flush()
    there = {
        local(one.starts_at, one.timezone): local(one.ends_at, one.timezone)
        for one in series.events
    }
    planned = dict(
        series.rule.get("planned")
        or {f"{b:%Y-%m-%d}": _written(b, e) for b, e in there.items()}
    )
    taken = _slugs_like(_stem(event))
    made = []
    for day in sorted({*days} - {begins.date() for begins in there}):
        slug = _free(f"{_stem(event)}-{day.isoformat()}", taken)
        taken.add(slug)
        made.append(_another(event, slug, *hours_on(day, *hours, event.timezone), now))
        planned[day.isoformat()] = _written(*hours)
    series.rule = {**series.rule, "how": dict(how), "planned": planned}
    db.session.flush()
    journal.note("repeated", "event", event.id, actor=actor, now=now, dates=len(made))
    return made


def change(
    event: Event,
    every: Sequence[Event],
    which: Which,
    change: Change,
    *,
    tell: bool = True,
    actor: str,
    now: datetime,
) -> Outcome:
    """Change *event*, or those of *every* date that *which* reaches.

    A date that was moved alone, or is postponed, keeps its own hours when others get
    new ones; a name or a place it shares.

    Raises:
        EventCancelled, EventOver: there is nothing left to change.
        DateGone: what is postponed would go ahead in the past.
    """
    reached = dates.reached(event, which, every, now)
    if which is not Which.THIS:
        change = replace(change, day=None)
    for one in sorted(reached, key=lambda one: one.id):
        take_turn(one)  # all turns before any letter: letters lock other rows
    regular = {
        one.id
        for one in reached
        if one.status is not EventStatus.POSTPONED and dates.keeps_hours(one)
    }
    told = 0
    for one in reached:
        moves = which is Which.THIS or one.id in regular
        facts = _facts(one, change if moves else replace(change, hours=None))
        if one.status is EventStatus.POSTPONED and facts.get("starts_at", now) < now:
            raise DateGone
        told += events.revise(one, actor=actor, now=now, tell=tell, **facts)
    if change.hours is not None and which is not Which.THIS:
        _plan(event, (one for one in reached if one.id in regular), change.hours)
    over = 0
    if change.alike:
        shared = {n: getattr(event, n) for n in ALIKE if n not in OF_ITS_OWN}
        others = [one for one in reached if one is not event]
        changed = [event_life.amend(o, shared, actor=actor, now=now) for o in others]
        over = sum(outcome.over for outcome in changed)
    return Outcome(told, over)


def cancel(
    event: Event,
    every: Sequence[Event],
    which: Which,
    reason: Words,
    *,
    actor: str,
    now: datetime,
) -> int:
    """Cancel *event*, or those of *every* date that *which* reaches.

    Drafts stay drafts. Returns how many letters were posted.

    Raises:
        EventOver: it has taken place.
    """
    reached = dates.reached(event, which, every, now)
    for one in sorted(reached, key=lambda one: one.id):
        take_turn(one)
    return sum(events.cancel(one, reason, actor=actor, now=now) for one in reached)


def publish(every: Iterable[Event], *, actor: str, now: datetime) -> None:
    """Let the public see *every* date.

    Raises:
        EventOver: the day of a draft has gone by.
    """
    for one in every:
        if one.status not in PUBLIC and one.ends_at <= now:
            raise EventOver
        events.publish(one, actor=actor, now=now)


def _facts(one: Event, change: Change) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if change.name is not None:
        facts["name"] = Words({**one.name, **change.name})
    if change.place is not None:
        facts["venue"], facts["space"] = change.place
    if change.hours is not None or change.day is not None:
        begins, ends = (local(at, one.timezone) for at in (one.starts_at, one.ends_at))
        hours = change.hours or (begins.time(), ends.time())
        lasts = ends.date() - begins.date() if ends - begins > A_DAY else None
        facts["starts_at"], facts["ends_at"] = hours_on(
            change.day or begins.date(), *hours, one.timezone, lasts=lasts
        )
    return facts


def _plan(event: Event, moved: Iterable[Event], hours: tuple[time, time]) -> None:
    """Remember the hours that the series has from now on for the dates *moved*."""
    series = event.series
    if series is None or "planned" not in series.rule:
        return
    days = {local(one.starts_at, one.timezone).date().isoformat() for one in moved}
    new = {day: _written(*hours) for day in days}
    series.rule = {**series.rule, "planned": {**series.rule["planned"], **new}}
    db.session.flush()


def _another(
    event: Event, slug: str, starts_at: datetime, ends_at: datetime, now: datetime
) -> Event:
    """Draft *event* once more, at another time."""
    later = {
        name: starts_at - (event.starts_at - instant)
        for name in ("doors_at", "replies_close_at")
        if (instant := getattr(event, name)) is not None
    }
    alike = {name: getattr(event, name) for name in ALIKE}
    made = events.draft(
        slug,
        alike.pop("kind"),
        alike.pop("name"),
        starts_at=starts_at,
        ends_at=ends_at,
        now=now,
        organisers=event.organisers,
        partners=[p.organisation for p in event.partnerships if p.role == "partner"],
        series=event.series,
        **alike,
        **later,
    )
    pictures.copy(event, made)
    return made


def _written(begins: time | datetime, ends: time | datetime) -> list[str]:
    return [f"{begins:%H:%M}", f"{ends:%H:%M}"]


def _stem(event: Event) -> str:
    """Return what the addresses of a series begin with: no date of another one."""
    day = local(event.starts_at, event.timezone).date().isoformat()
    slug = event.slug
    if not event.listed:  # its address is its key, and no other one's
        slug = slug[: -events.UNLISTED_LETTERS - 1]
    return slug.removesuffix(f"-{day}")[: SLUG_LENGTH - len("-2027-01-01-99")]


def _slugs_like(stem: str) -> set[str]:
    query = select(Event.slug).where(Event.slug.startswith(stem, autoescape=True))
    return set(db.session.scalars(query))


def _free_series_slug(slug: str) -> str:
    query = select(Series.slug).where(Series.slug.startswith(slug, autoescape=True))
    return _free(slug[: SLUG_LENGTH - 3], set(db.session.scalars(query)))


def _free(slug: str, taken: set[str]) -> str:
    """Return *slug*, or with a number what is not *taken*."""
    if slug not in taken:
        return slug
    number = 2
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"
