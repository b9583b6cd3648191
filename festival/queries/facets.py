"""What can be chosen of the agenda, and how much each choice would show."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import TypeAlias

from sqlalchemy import ColumnElement, Text, cast, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from festival.domain.kinds import FESTIVAL, KINDS
from festival.domain.lifecycle import PUBLIC
from festival.domain.question import ACCESS, AUDIENCES, AgendaFilter
from festival.domain.words import Words
from festival.extensions import db
from festival.models.directory import Organisation, Partnership, Space, Venue
from festival.models.events import Event
from festival.queries import conditions

Names: TypeAlias = dict[str, Words | str]  # by the value in an address

PERIODS = ("today", "weekend", "all")
FEW = 1000  # events in a period: what each choice would show is counted as far as that


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter, and how many events it would show with the others.

    Where the period holds more than ``FEW``, nobody counts: it stands without a number.
    """

    value: str
    count: int | None
    name: Words | str = ""  # empty where the value itself says it


@dataclass(frozen=True, slots=True)
class Facets:
    """Everything the agenda can be asked, as things stand."""

    periods: dict[str, int]
    kinds: list[Option]
    venues: list[Option]
    organisations: list[Option]
    festivals: list[Option]
    access: list[Option]
    languages: list[Option]
    audiences: list[Option]


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of an empty list: a question near the one asked, and its count."""

    name: str  # of the choice that is dropped; "when" for every date
    value: str
    question: AgendaFilter
    count: int


def facets(question: AgendaFilter, now: datetime) -> Facets:
    """Return what can be chosen beside *question*. One statement a filter."""
    if _are_many(question, now):
        return _uncounted(question, now)
    return Facets(
        periods=_periods(question, now),
        kinds=_kinds(question, now),
        venues=_venues(question, now),
        organisations=_organisations(question, now),
        festivals=_festivals(question, now),
        access=_access(question, now),
        languages=_languages(question, now),
        audiences=_audiences(question, now),
    )


def ways_out(question: AgendaFilter, now: datetime) -> list[Way]:
    """Return the questions with one choice less that have an answer.

    One of several values widens the answer: without it there is no more to find.
    """
    near: list[tuple[str, str, AgendaFilter]] = []
    if question.starting or question.until or question.when not in {"", "all", "past"}:
        near.append(("when", "all", question.asking("all")))
    names = Counter(name for name, _ in question.choices)
    near += [
        (name, value, question.without(name, value))
        for name, value in question.choices
        if names[name] == 1 or name == "access"  # every one of them is needed
    ]
    counts = [select(func.count(Event.id)).where(*_all(q, now)) for *_, q in near]
    if not near:
        return []
    found = db.session.execute(
        select(*(count.scalar_subquery() for count in counts))
    ).one()
    return [Way(*what, count) for what, count in zip(near, found, strict=True) if count]


def years(question: AgendaFilter, now: datetime) -> list[tuple[int, int | None]]:
    """Return the years that are over, the last first, and their events' number."""
    over = question.asking("past")
    inside = _all(over, now)
    begun = select(Event.starts_at).where(*inside).limit(1)
    first, last = db.session.execute(  # each by the index
        select(
            begun.order_by(Event.starts_at).scalar_subquery(),
            begun.order_by(Event.starts_at.desc()).scalar_subquery(),
        )
    ).one()
    if first is None:
        return []
    every = range(
        conditions.local_date(last).year, conditions.local_date(first).year - 1, -1
    )
    if _are_many(over, now):
        each = [exists().where(*_all(year_of(question, year), now)) for year in every]
        there = db.session.execute(select(*each)).one()
        return [
            (year, None)
            for year, is_there in zip(every, there, strict=True)
            if is_there
        ]
    columns = [
        func.count(Event.id).filter(*conditions.period(year_of(question, year), now))
        for year in every
    ]
    counts = db.session.execute(select(*columns).where(*inside)).one()
    return [(year, n) for year, n in zip(every, counts, strict=True) if n]


def year_of(question: AgendaFilter, year: int) -> AgendaFilter:
    """Return *question* about one year that is over, or the past of this one."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return replace(question.asking("past"), starting=first, until=last)


def _are_many(question: AgendaFilter, now: datetime) -> bool:
    """Say whether the days of *question* hold more than ``FEW`` events."""
    days = AgendaFilter(
        when=question.when, starting=question.starting, until=question.until
    )
    more = select(Event.id).where(*_all(days, now)).offset(FEW).limit(1)
    return db.session.scalars(more).first() is not None


def _uncounted(question: AgendaFilter, now: datetime) -> Facets:
    """Return what can be chosen of more events than anybody counts for a page."""
    places = [
        Option(slug, None, name)
        for slug, name in db.session.execute(
            select(Venue.slug, Venue.name).order_by(Venue.name)
        )
    ]
    bodies = [
        Option(slug, None, name)
        for slug, name in db.session.execute(
            select(Organisation.slug, Organisation.name).order_by(Organisation.name)
        )
    ]
    unshown = partial(_unshown, count=None)
    return Facets(
        periods=_periods(question, now),
        kinds=[Option(kind, None) for kind in KINDS],
        venues=[*places, *unshown(places, question.venues, _venue_names)],
        organisations=[
            *bodies,
            *unshown(bodies, question.organisations, _organisation_names),
        ],
        festivals=unshown([], question.festivals, _festival_names),
        access=[Option(word, None) for word in ACCESS],
        languages=unshown([], question.languages, lambda _: {}),
        audiences=[Option(audience, None) for audience in AUDIENCES],
    )


def _all(question: AgendaFilter, now: datetime) -> list[ColumnElement[bool]]:
    return [*conditions.matches(question, now), *conditions.period(question, now)]


def _periods(question: AgendaFilter, now: datetime) -> dict[str, int]:
    columns = [
        func.count(Event.id).filter(*conditions.period(AgendaFilter(when=when), now))
        for when in PERIODS
    ]
    inside = [*conditions.matches(question, now), Event.ends_at > now]
    found = db.session.execute(select(*columns).where(*inside)).one()
    return dict(zip(PERIODS, found, strict=True))


def _kinds(question: AgendaFilter, now: datetime) -> list[Option]:
    inside = _all(question.open_to("kind"), now)
    return _each(KINDS, Event.kind, inside)


def _audiences(question: AgendaFilter, now: datetime) -> list[Option]:
    inside = _all(question.open_to("audience"), now)
    return _each(AUDIENCES, Event.audience, inside)


def _each(
    values: Iterable[str],
    column: InstrumentedAttribute[str],
    inside: Iterable[ColumnElement[bool]],
) -> list[Option]:
    """Return every one of *values*, with the number of events that have it."""
    rows = db.session.execute(
        select(column, func.count()).where(*inside).group_by(column)
    )
    found: dict[str, int] = {value: number for value, number in rows}  # noqa: C416  (rows are no pairs to mypy)
    return [Option(value, found.get(value, 0)) for value in values]


def _venues(question: AgendaFilter, now: datetime) -> list[Option]:
    rows = db.session.execute(
        select(Venue.slug, func.count(), Venue.name)
        .join(Event, Event.venue_id == Venue.id)
        .where(*_all(question.open_to("venue"), now))
        .group_by(Venue.id)
        .order_by(Venue.name)
    )
    options = [Option(*row) for row in rows]
    return [*options, *_unshown(options, question.venues, _venue_names)]


def _organisations(question: AgendaFilter, now: datetime) -> list[Option]:
    rows = db.session.execute(
        select(
            Organisation.slug,
            func.count(Event.id.distinct()),
            Organisation.name,
        )
        .join(Partnership, Partnership.organisation_id == Organisation.id)
        .join(Event, Event.id == Partnership.event_id)
        .where(*_all(question.open_to("organisation"), now))
        .group_by(Organisation.id)
        .order_by(Organisation.name)
    )
    options = [Option(*row) for row in rows]
    return [*options, *_unshown(options, question.organisations, _organisation_names)]


def _festivals(question: AgendaFilter, now: datetime) -> list[Option]:
    whole = aliased(Event)
    its_id = func.coalesce(Event.super_event_id, Event.id).label("id")
    counted = (
        select(its_id, func.count().label("number"))
        .where(
            *_all(question.open_to("festival"), now),
            or_(Event.super_event_id.is_not(None), Event.kind == FESTIVAL),
        )
        .group_by(its_id)
        .subquery()
    )
    rows = db.session.execute(
        select(whole.slug, counted.c.number, whole.name)
        .join(counted, counted.c.id == whole.id)
        .where(whole.listed, whole.status.in_(PUBLIC))
        .order_by(whole.starts_at)
    )
    options = [Option(*row) for row in rows]
    return [*options, *_unshown(options, question.festivals, _festival_names)]


def _access(question: AgendaFilter, now: datetime) -> list[Option]:
    columns = [
        func.count(Event.id).filter(conditions.gives(fact)) for fact in ACCESS.values()
    ]
    found = db.session.execute(select(*columns).where(*_all(question, now))).one()
    return [Option(word, n) for word, n in zip(ACCESS, found, strict=True)]


def _languages(question: AgendaFilter, now: datetime) -> list[Option]:
    spoken = cast(Event.languages, Text)
    rows = db.session.execute(
        select(spoken, func.count())
        .where(*_all(question.open_to("language"), now))
        .group_by(spoken)
    )
    counts: Counter[str] = Counter()
    for text, number in rows:
        for tag in json.loads(text):
            counts[tag] += number
    found = [Option(tag, number) for tag, number in sorted(counts.items())]
    return [*found, *_unshown(found, question.languages, lambda _: {})]


def _unshown(
    options: Sequence[Option],
    chosen: Sequence[str],
    names: Callable[[Sequence[str]], Names],
    count: int | None = 0,
) -> list[Option]:
    """Return what was *chosen* and is not among *options*, called as it is called."""
    known = {option.value for option in options}
    missing = [value for value in chosen if value not in known]
    called = names(missing) if missing else {}
    return [Option(value, count, called.get(value, "")) for value in missing]


def _venue_names(places: Sequence[str]) -> Names:
    """Return the names of *places*: "venue", or "venue/space" for a part of it."""
    slugs = {place.partition("/")[0] for place in places}
    venues = db.session.execute(
        select(Venue.slug, Venue.name).where(Venue.slug.in_(slugs))
    )
    spaces = db.session.execute(
        select(Venue.slug, Space.slug, Venue.name, Space.name)
        .join(Space, Space.venue_id == Venue.id)
        .where(Venue.slug.in_(slugs))
    )
    found: Names = {slug: name for slug, name in venues}  # noqa: C416  (rows are no pairs to mypy)
    for venue, space, house, name in spaces:
        found[f"{venue}/{space}"] = Words(
            {tag: f"{house}, {text}" for tag, text in name.items()}
        )
    return found


def _organisation_names(slugs: Sequence[str]) -> Names:
    rows = db.session.execute(
        select(Organisation.slug, Organisation.name).where(Organisation.slug.in_(slugs))
    )
    return {slug: name for slug, name in rows}  # noqa: C416  (rows are no pairs to mypy)


def _festival_names(slugs: Sequence[str]) -> Names:
    rows = db.session.execute(
        select(Event.slug, Event.name).where(
            Event.slug.in_(slugs), Event.listed, Event.status.in_(PUBLIC)
        )
    )
    return {slug: name for slug, name in rows}  # noqa: C416  (rows are no pairs to mypy)
