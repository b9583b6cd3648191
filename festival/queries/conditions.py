"""The agenda's question, as conditions that a database understands."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select

from festival.domain.lifecycle import (
    PUBLIC,
    EventStatus,
    ReplyPolicy,
)
from festival.domain.question import ACCESS, AgendaFilter
from festival.domain.words import fold
from festival.extensions import current_settings
from festival.models.directory import Organisation, Partnership, Space, Venue
from festival.models.events import Event
from festival.models.rsvps import Rsvp
from festival.queries import guests, waiting_list
from festival.queries.planning import aside

DEFAULT_DAYS = 14
MOST_WORDS = 12  # of a search


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
        found.append(welcomes(now))
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
    first = first_day(question, now)
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


def first_day(question: AgendaFilter, now: datetime) -> date:
    """Return the day from which *question* asks."""
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


def welcomes(now: datetime) -> ColumnElement[bool]:
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
