"""What a calendar holds, and which of it lies written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, cast, select, union_all
from sqlalchemy.orm import aliased, joinedload, load_only, selectinload

from festival.domain.lifecycle import EventStatus
from festival.domain.question import AgendaFilter
from festival.extensions import db
from festival.formats.ical import MAX_EVENTS
from festival.models.directory import Partnership
from festival.models.events import CalendarEntry, Event, Match
from festival.models.journal import Edition
from festival.queries import conditions
from festival.queries.planning import aside

PAST: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=548)  # 18 months
TODAY: Final = AgendaFilter(when="today")
TOLD: Final = select(Event).options(  # each venue once, not with each of its events
    load_only(
        *(Event.uid, Event.slug, Event.kind, Event.status, Event.status_reason),
        *(Event.name, Event.summary, Event.description, Event.bring_note),
        *(Event.starts_at, Event.ends_at, Event.doors_at, Event.timezone),
        *(Event.all_day, Event.created_at, Event.revised_at, Event.revision),
        *(Event.venue_id, Event.space_id, Event.online_link, Event.sources),
        raiseload=True,
    ),
    selectinload(Event.venue),
    selectinload(Event.space),
    joinedload(Event.match).selectinload(Match.competition),
    selectinload(Event.partnerships).joinedload(Partnership.organisation),
)


class Line(NamedTuple):
    """What a calendar needs to know of an event, and its VEVENT where one is kept."""

    event_id: int
    uid: str
    starts_at: datetime
    ends_at: datetime
    revision: int
    revised_at: datetime
    status: EventStatus
    whole: str | None  # the UID of what it is a part of
    body: bytes | None  # None: none is kept, or it is not true any more


def feed(
    question: AgendaFilter,
    now: datetime,
    *,
    language: str,
    stamp: str,
    called_off: bool = True,
) -> list[Line]:
    """Return what answers *question*, in any order: a little more than a feed holds.

    Of the past those that ended last, of the future those that begin first. The
    cancelled stay, unless they are not wanted (*called_off*): a calendar that finds
    one missing keeps showing the old one.
    """
    asked = select(Event.id).where(*_asked(question, now))
    if not called_off:
        asked = asked.where(Event.status != EventStatus.CANCELLED)
    past = asked.where(Event.ends_at < now).order_by(Event.ends_at.desc(), Event.uid)
    ahead = asked.where(Event.ends_at >= now)
    ahead = ahead.order_by(aside(Event.starts_at), Event.uid)
    halves = (half.limit(MAX_EVENTS + 1).subquery() for half in (past, ahead))
    either = union_all(*(select(half.c.id) for half in halves))
    whole = aliased(Event)
    query = (
        select(
            *(Event.id, Event.uid, Event.starts_at, Event.ends_at),
            *(Event.revision, Event.revised_at, Event.status),
            *(whole.uid, CalendarEntry.body),
        )
        .outerjoin(whole, Event.super_event_id == whole.id)
        .outerjoin(CalendarEntry, _true(language, stamp))
        .where(Event.id.in_(either))
    )
    return [Line._make(row) for row in db.session.execute(query)]


def horizon(now: datetime) -> tuple[datetime, datetime]:
    """Return from when to when a calendar reaches that is asked for no period.

    30 days back to 18 months ahead, from midnight to midnight of the house.
    """
    midnight, _ = conditions.window(TODAY, now)
    return midnight - PAST, midnight + AHEAD


def told(event_ids: Collection[int]) -> Sequence[Event]:
    """Return events with what their entries tell, and nothing else of them."""
    these = TOLD.where(Event.id.in_(event_ids)).order_by(Event.id)
    return db.session.scalars(these).all()


def unwritten(
    now: datetime, *, language: str, stamp: str, most: int, after: int = 0
) -> list[int]:
    """Return events that a feed may hold and of which no true VEVENT is kept.

    In the order of ids, from the one *after* on.
    """
    query = (
        select(Event.id)
        .outerjoin(CalendarEntry, _true(language, stamp))
        .where(may_hold(now), CalendarEntry.id.is_(None), Event.id > after)
        .order_by(Event.id)
    )
    return list(db.session.scalars(query.limit(most)))


def may_hold(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a calendar which asks for no period holds an event."""
    return and_(*_asked(AgendaFilter(), now))


def moved_at() -> datetime | None:
    """Return when anything public last moved; None before anything was published."""
    return db.session.scalars(select(Edition.moved_at)).first()


def edition() -> tuple[str, int]:
    """Return the mark and the number of the edition: never those of another."""
    found = db.session.execute(select(Edition.mark, Edition.number)).first()
    return (found.mark, found.number) if found else ("", 0)


def _asked(question: AgendaFilter, now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions of *question*; the archive signs no entry."""
    found = [*conditions.matches(question, now), cast(Event.sources, Text) == "[]"]
    if question.when or question.starting or question.until:
        return found + conditions.period(question.to_the_end, now)
    begins, ends = horizon(now)
    return [*found, Event.ends_at > begins, aside(Event.starts_at) < ends]


def _true(language: str, stamp: str) -> ColumnElement[bool]:
    """Return the condition that a ``CalendarEntry`` is what would be written now."""
    return and_(
        CalendarEntry.event_id == Event.id,
        CalendarEntry.language == language,
        CalendarEntry.stamp == stamp,
        CalendarEntry.revision == Event.revision,
        CalendarEntry.revised_at == Event.revised_at,
    )
