"""What is on, where and when: one question, whoever asks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select
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
from festival.domain.words import fold
from festival.extensions import current_settings, db
from festival.models.directory import Organisation, Partnership, Space, Venue
from festival.models.events import Event, Match
from festival.models.rsvps import Rsvp
from festival.queries import guests, waiting_list
from festival.queries.planning import aside

DEFAULT_DAYS = 14
PAGE = 30  # events
MOST_WORDS = 12  # of a search
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


def public_event(slug: str) -> Event:
    """Return the published event at *slug*.

    Raises:
        NoResultFound: there is none, or it is still a draft. The web answers 404.
    """
    query = _with_places(select(Event)).where(
        Event.slug == slug, Event.status.in_(PUBLIC)
    )
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
        _welcomes(now),
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
    first = date.min if past else max(_first_day(question, now), local_date(now))
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
    first = date.min if past else max(_first_day(question, now), local_date(now))
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


def matches(question: AgendaFilter, now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions of *question*, its period apart."""
    found: list[ColumnElement[bool]] = [
        Event.listed.is_(True),
        Event.status.in_(PUBLIC),
        *(Event.search_text.contains(w, autoescape=True) for w in _words(question)),
        *(gives(ACCESS[word]) for word in question.access),
    ]
    if question.kinds:
        found.append(Event.kind.in_(question.kinds))
    if question.venues:
        found.append(or_(*map(_at, question.venues)))
    if question.organisations:
        theirs = select(Organisation.id).where(
            Organisation.slug.in_(question.organisations)
        )
        found.append(Event.partnerships.any(Partnership.organisation_id.in_(theirs)))
    if question.festivals:
        wholes = select(Event.id).where(Event.slug.in_(question.festivals))
        found.append(or_(Event.super_event_id.in_(wholes), Event.id.in_(wholes)))
    if question.languages:
        found.append(or_(*map(_spoken, question.languages)))
    if question.audiences:
        found.append(Event.audience.in_(question.audiences))
    if question.free:
        found.append(_welcomes(now))
    return found


def period(question: AgendaFilter, now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions that keep *question* to its days."""
    begins, ends = window(question, now)
    if question.when == "past":
        found = [Event.ends_at <= now, Event.starts_at < now]
        if question.starting:
            found.append(Event.starts_at >= begins)
        return [*found, Event.starts_at < ends] if ends else found
    found = [Event.ends_at > max(begins, now)]
    return [*found, aside(Event.starts_at) < ends] if ends else found


def window(question: AgendaFilter, now: datetime) -> tuple[datetime, datetime | None]:
    """Return the instants between which *question* asks; None is without end.

    Days begin at the house's midnight.
    """
    zone = ZoneInfo(current_settings().TIMEZONE)
    first = _first_day(question, now)
    today = local_date(now)
    if question.until:
        days = (question.until - first).days + 1
    elif question.when in {"all", "past"}:
        return _midnight(first, zone), None
    elif question.when == "month":
        days = ((today.replace(day=1) + timedelta(days=32)).replace(day=1) - today).days
    else:
        weekend = 1 if today > _saturday(today) else 2
        lengths = {"today": 1, "weekend": weekend, "week": 7 - today.weekday()}
        days = lengths.get(question.when, DEFAULT_DAYS)
    return _midnight(first, zone), _midnight(first + timedelta(days=days), zone)


def local_date(instant: datetime) -> date:
    """Return the house's date at *instant*."""
    return instant.astimezone(ZoneInfo(current_settings().TIMEZONE)).date()


def _first_day(question: AgendaFilter, now: datetime) -> date:
    today = local_date(now)
    if question.when == "weekend":
        return max(_saturday(today), today)
    if question.when == "past":
        return question.starting or question.until or today
    return max(question.starting or today, today)


def _saturday(today: date) -> date:
    """Return the Saturday of this week."""
    return today + timedelta(days=5 - today.weekday())


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _with_places(query: Select[Event]) -> Select[Event]:
    return query.options(
        joinedload(Event.venue),
        joinedload(Event.space),
        joinedload(Event.super_event),
        selectinload(Event.partnerships).joinedload(Partnership.organisation),
    )


def _words(question: AgendaFilter) -> list[str]:
    """Return what is searched: a character may fold into several words."""
    return list(dict.fromkeys(fold(question.q).split()))[:MOST_WORDS]


def _at(place: str) -> ColumnElement[bool]:
    """Return the condition of being at "venue", or at "venue/space" in it."""
    venue, _, space = place.partition("/")
    its_id = select(Venue.id).where(Venue.slug == venue).scalar_subquery()
    if not space:
        return Event.venue_id == its_id
    spaces = select(Space.id).where(Space.venue_id == its_id, Space.slug == space)
    return Event.space_id == spaces.scalar_subquery()


def gives(fact: str) -> ColumnElement[bool]:
    """Return the condition that access is given: the event's word, else its space's."""
    own: ColumnElement[bool] = Event.access[fact].as_boolean()
    column = getattr(Space, fact, None)
    if column is None:
        return own.is_(True)
    spaces = select(Space.id).where(column.is_(True))
    return or_(own.is_(True), and_(own.is_(None), Event.space_id.in_(spaces)))


def _spoken(language: str) -> ColumnElement[bool]:
    """Return the condition that *language* is spoken, in whatever script."""
    spoken = cast(Event.languages, Text)
    exactly = spoken.contains(f'"{language}"', autoescape=True)
    return or_(exactly, spoken.contains(f'"{language}-', autoescape=True))


def _welcomes(now: datetime) -> ColumnElement[bool]:
    """Return the condition that one can still come: as ``reply_state`` has it."""
    guests.of_any_event()
    taken = (
        select(func.coalesce(func.sum(Rsvp.party_size), 0))
        .where(Rsvp.event_id == Event.id, guests.counts(now))
        .correlate(Event)
        .scalar_subquery()
    )
    return and_(
        Event.status == EventStatus.SCHEDULED,
        Event.ends_at > now,
        or_(
            Event.reply_policy == ReplyPolicy.NONE,
            and_(
                Event.reply_policy.in_({ReplyPolicy.OPEN, ReplyPolicy.MAIL}),
                or_(Event.replies_open_at.is_(None), Event.replies_open_at <= now),
                func.coalesce(Event.replies_close_at, Event.starts_at) > now,
                or_(Event.capacity.is_(None), Event.capacity > taken),
                ~waiting_list.keeps_seats(now),
            ),
        ),
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
