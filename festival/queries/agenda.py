"""What is on, where and when: one question, whoever asks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from festival.domain.admission import House
from festival.domain.kinds import FESTIVAL
from festival.domain.lifecycle import (
    PUBLIC,
    EventStatus,
    ReplyPolicy,
    ReplyState,
    reply_state,
)
from festival.domain.question import ACCESS, AgendaFilter
from festival.extensions import db
from festival.models.directory import Partnership
from festival.models.events import Event, Match, Picture
from festival.queries import guests
from festival.queries.conditions import (
    first_day,
    local_date,
    matches,
    period,
    welcomes,
    window,
)
from festival.queries.planning import aside

PAGE = 30  # events
FEW_MORE = 3  # events at the foot of a page
MANY = 1000  # events whose days are counted to fill a page, or told without pages


@dataclass(frozen=True, slots=True)
class AccessFact:
    """One thing about access: yes, no, or None where nobody has said."""

    name: str
    given: bool | None
    door_width: int | None = None  # centimetres, with step_free


@dataclass(frozen=True, slots=True)
class EventCard:
    """An event as a list shows it."""

    event: Event
    house: House
    state: ReplyState

    @property
    def access(self) -> list[AccessFact]:
        """Return what is known of access: the event's own word, else its space's."""
        facts = []
        for name in ACCESS.values():
            given = self.event.access.get(name)
            if given is None:
                given = getattr(self.event.space, name, None)
            door = getattr(self.event.space, "door_width", None)
            facts.append(AccessFact(name, given, door if name == "step_free" else None))
        return facts


@dataclass(frozen=True, slots=True)
class Day:
    """What is on, on one day of the house."""

    date: date
    cards: tuple[EventCard, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    """The answer to one ``AgendaFilter``."""

    days: tuple[Day, ...]
    total: int  # events in the whole period, further pages included
    onward: AgendaFilter | None  # the question whose answer goes on
    nearest: Day | None  # when nothing was found: what comes next


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that answers one ``AgendaFilter``, without pages."""

    cards: tuple[EventCard, ...]
    complete: bool  # there are no more than MANY


def public_event(slug: str, *, whole: bool = True) -> Event:
    """Return the published event at *slug*, with all that its page names if *whole*.

    Raises:
        NoResultFound: there is none, or it is still a draft. The web answers 404.
    """
    query = select(Event).where(Event.slug == slug, Event.status.in_(PUBLIC))
    if whole:
        pictured = joinedload(Event.picture).defer(Picture.body)
        query = _with_places(query.options(pictured))
    return db.session.scalars(query).one()


def card(event: Event, now: datetime) -> EventCard:
    """Return *event* as a list shows it."""
    return next(_cards([event], now))


def programme(festival: Event, now: datetime) -> tuple[Day, ...]:
    """Return the public parts of *festival*, in time order, by day."""
    parts = _with_places(select(Event)).where(
        Event.super_event_id == festival.id,
        Event.listed,
        Event.status.in_(PUBLIC),
    )
    found = db.session.scalars(parts.order_by(Event.starts_at, Event.id)).all()
    return _days(_cards(found, now), local_date(festival.starts_at))


def other_parts(event: Event, now: datetime) -> list[EventCard]:
    """Return the other parts of the festival of *event* that one can still join."""
    if event.super_event_id is None:
        return []
    parts = _with_places(select(Event)).where(
        Event.super_event_id == event.super_event_id,
        Event.id != event.id,
        Event.listed,
        Event.reply_policy.in_({ReplyPolicy.OPEN, ReplyPolicy.MAIL}),
        welcomes(now),
    )
    found = db.session.scalars(parts.order_by(Event.starts_at, Event.id)).all()
    return list(_cards(found, now))


def next_dates(event: Event, now: datetime) -> list[EventCard]:
    """Return the next dates of the series *event* belongs to, itself left out."""
    if event.series_id is None:
        return []
    return _coming(Event.series_id == event.series_id, event, now)


def same_place_next(event: Event, now: datetime) -> list[EventCard]:
    """Return what comes next at the venue of *event*."""
    if event.venue_id is None:
        return []
    return _coming(Event.venue_id == event.venue_id, event, now)


def _coming(
    condition: ColumnElement[bool], beside: Event, now: datetime
) -> list[EventCard]:
    query = _with_places(select(Event)).where(
        condition,
        Event.listed,
        Event.status == EventStatus.SCHEDULED,
        Event.ends_at > now,
        Event.id != beside.id,
    )
    found = db.session.scalars(
        query.order_by(aside(Event.starts_at), Event.id).limit(FEW_MORE)
    ).all()
    return list(_cards(found, now))


def agenda(question: AgendaFilter, now: datetime) -> Agenda:
    """Answer *question* for one page: whole days, some thirty events.

    What is over is told backwards.
    """
    past = question.when == "past"
    inside = [*matches(question, now), *period(question, now)]
    order = (Event.starts_at.desc() if past else aside(Event.starts_at), Event.id)
    first = date.min if past else max(first_day(question, now), local_date(now))
    starts = db.session.scalars(
        select(Event.starts_at).where(*inside).order_by(*order).limit(MANY)
    ).all()
    size, further = _page(max(local_date(at), first) for at in starts)
    days = by_day(question, now, size)
    if further is None and not question.when and not question.until:
        further = next_day(question, now)
    return Agenda(
        days=days,
        total=len(starts),
        onward=_onward(question, further, now),
        nearest=None if days or past else _nearest(question, now),
    )


def by_day(question: AgendaFilter, now: datetime, most: int) -> tuple[Day, ...]:
    """Return the first *most* events of *question*, by day: a list without pages."""
    past = question.when == "past"
    order = Event.starts_at.desc() if past else aside(Event.starts_at)
    query = _with_places(select(Event)).where(
        *matches(question, now), *period(question, now)
    )
    found = db.session.scalars(query.order_by(order, Event.id).limit(most)).all()
    first = date.min if past else max(first_day(question, now), local_date(now))
    return _days(_cards(found, now), first, backwards=past)


def listing(question: AgendaFilter, now: datetime) -> Listing:
    """Return what all the pages of *question* show, each event once, in their order.

    The matches that they show are loaded with them.
    """
    days = by_day(question.to_the_end, now, MANY + 1)
    cards = tuple(card for day in days for card in day.cards)
    numbers = [card.event.id for card in cards]
    shown = selectinload(Event.match).joinedload(Match.competition)
    db.session.scalars(select(Event).where(Event.id.in_(numbers)).options(shown)).all()
    return Listing(cards[:MANY], complete=len(cards) <= MANY)


def latest(question: AgendaFilter, now: datetime, most: int) -> Sequence[Event]:
    """Return the *most* of ``listing`` that changed last, the very last first."""
    whole = question.to_the_end
    query = _with_places(select(Event)).where(*matches(whole, now), *period(whole, now))
    order = query.order_by(Event.revised_at.desc(), Event.id.desc())
    return db.session.scalars(order.limit(most)).all()


def next_day(question: AgendaFilter, now: datetime) -> date | None:
    """Return the day of the first event after those of *question*."""
    _, after = window(question, now)
    later = select(func.min(Event.starts_at)).where(
        *matches(question, now), Event.starts_at >= after
    )
    found = db.session.scalars(later).one()
    return local_date(found) if found else None


def featured(now: datetime) -> EventCard | None:
    """Return the festival going on or to come: the one à l'affiche."""
    query = _with_places(select(Event)).where(
        Event.kind == FESTIVAL,
        Event.listed,
        Event.status == EventStatus.SCHEDULED,
        Event.ends_at > now,
    )
    found = db.session.scalars(query.order_by(aside(Event.starts_at)).limit(1)).first()
    return card(found, now) if found else None


def _with_places(query: Select[Event]) -> Select[Event]:
    return query.options(
        joinedload(Event.venue),
        joinedload(Event.space),
        joinedload(Event.super_event),
        selectinload(Event.partnerships).joinedload(Partnership.organisation),
    )


def _cards(found: Iterable[Event], now: datetime) -> Iterator[EventCard]:
    every = list(found)
    houses = guests.houses(every, now)
    for event in every:
        house = houses[event.id]
        yield EventCard(event, house, reply_state(event.stage, house, now))


def _days(
    cards: Iterable[EventCard], first: date, *, backwards: bool = False
) -> tuple[Day, ...]:
    """Group *cards* by day; what began before *first* stands on that day."""

    def its_day(card: EventCard) -> date:
        return max(local_date(card.event.starts_at), first)

    ordered = sorted(
        cards,
        key=lambda card: (its_day(card), card.event.starts_at),
        reverse=backwards,
    )
    return tuple(Day(day, tuple(group)) for day, group in groupby(ordered, key=its_day))


def _page(days: Iterable[date]) -> tuple[int, date | None]:
    """Return how many events make a page of whole days, and the day to go on from."""
    size = 0
    for day, events in Counter(days).items():
        if size and size + events > PAGE:
            return size, day
        size += events
    return size, None


def _onward(
    question: AgendaFilter, further: date | None, now: datetime
) -> AgendaFilter | None:
    """Return the question that goes on from the day *further*."""
    if further is None:
        return None
    if question.when == "past":
        return replace(question, until=further)
    if question.when in {"", "all"}:
        return replace(question, starting=further)
    _, ends = window(question, now)
    last = ends and local_date(ends - timedelta(hours=1))
    return replace(question, when="", starting=further, until=last)


def _nearest(question: AgendaFilter, now: datetime) -> Day | None:
    """Return what comes next for the same choices, else for none at all."""
    for asked in (question, AgendaFilter()):
        query = _with_places(select(Event)).where(
            *matches(asked, now),
            Event.status == EventStatus.SCHEDULED,
            Event.ends_at > now,
        )
        found = db.session.scalars(
            query.order_by(aside(Event.starts_at), Event.id).limit(1)
        ).first()
        if found:
            return _days([card(found, now)], local_date(now))[0]
    return None
