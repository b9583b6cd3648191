"""What the desk asks while an event is written: its like, its places, its address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from festival.domain.access import RIGHTS, Grant, Right
from festival.domain.admission import ALIVE
from festival.domain.kinds import FESTIVAL
from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.domain.slugs import slug_of
from festival.domain.words import Words, fold
from festival.extensions import db
from festival.models.directory import Organisation, Partnership, Space, Venue
from festival.models.events import Event
from festival.models.journal import LogEntry
from festival.models.rsvps import Rsvp
from festival.queries import accounts
from festival.queries.desk import Line, lines

RESERVED = frozenset({"new"})  # words of the desk's own addresses
MOST = 50  # events of a list


def free_slug(name: Words, but: Event | None = None) -> str:
    """Return an address for *name* that no other event has: "velo", then "velo-2"."""
    stem = slug_of(str(name.best("fr")))
    like = select(Event.slug).where(Event.slug.startswith(stem, autoescape=True))
    if but is not None:
        like = like.where(Event.id != but.id)
    taken = RESERVED | set(db.session.scalars(like))
    number, slug = 1, stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def written_as(uid: str) -> Event | None:
    """Return the event that was written under *uid*, if one was."""
    return db.session.scalars(select(Event).where(Event.uid == uid)).one_or_none()


def said_yes(events: Iterable[Event]) -> int:
    """Return how many people come to *events* or wait, who can be written to."""
    numbers = [event.id for event in events]
    people = select(func.coalesce(func.sum(Rsvp.party_wanted), 0)).where(
        Rsvp.event_id.in_(numbers), Rsvp.status.in_(ALIVE), Rsvp.address.is_not(None)
    )
    return int(db.session.scalars(people).one())


def last_written(actor: str, grants: Sequence[Grant]) -> Event | None:
    """Return what *actor* wrote last, else what was last written in their reach."""
    own = select(LogEntry.thing_id).where(
        LogEntry.thing == "event", LogEntry.deed == "draft", LogEntry.actor == actor
    )
    newest = own.order_by(LogEntry.id.desc()).limit(1).scalar_subquery()
    in_reach = (
        select(Event)
        .where(accounts.within(grants, Right.EVENTS), Event.kind != FESTIVAL)
        .options(joinedload(Event.venue), joinedload(Event.space))
    )
    found = db.session.scalars(in_reach.where(Event.id == newest)).one_or_none()
    if found is None:
        latest = in_reach.order_by(Event.created_at.desc(), Event.id.desc()).limit(1)
        found = db.session.scalars(latest).one_or_none()
    return found


def venues() -> Sequence[Venue]:
    """Return all venues with their spaces, by name."""
    query = select(Venue).options(selectinload(Venue.spaces)).order_by(Venue.name)
    return db.session.scalars(query).all()


def organisations(grants: Sequence[Grant]) -> Sequence[Organisation]:
    """Return those in whose name *grants* let somebody write events."""
    reaching = [grant for grant in grants if Right.EVENTS in RIGHTS[grant.role]]
    query = select(Organisation).order_by(Organisation.name)
    if not any(grant.is_everywhere for grant in reaching):
        own = [grant.organisation_id for grant in reaching if grant.organisation_id]
        query = query.where(Organisation.id.in_(own))
    return db.session.scalars(query).all()


def festivals(grants: Sequence[Grant], now: datetime) -> Sequence[Event]:
    """Return the festivals to come whose programme *grants* let somebody write."""
    query = select(Event).where(
        accounts.within(grants, Right.EVENTS),
        Event.kind == FESTIVAL,
        Event.super_event_id.is_(None),
        Event.ends_at > now,
    )
    return db.session.scalars(query.order_by(Event.starts_at)).all()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of events, and whether there are more."""

    lines: list[Line]
    more: bool


def events(
    grants: Sequence[Grant],
    now: datetime,
    *,
    when: str = "",
    q: str = "",
    page: int = 1,
) -> Page:
    """Return the events in reach: to come, "drafts", or "past", the last ones first."""
    conditions: dict[str, tuple[ColumnElement[bool], ...]] = {
        "drafts": (Event.status == EventStatus.DRAFT,),
        "past": (Event.ends_at <= now, Event.status != EventStatus.DRAFT),
    }
    coming = (Event.ends_at > now,)
    query = select(Event).where(
        accounts.within(grants, Right.EVENTS), *conditions.get(when, coming)
    )
    for word in fold(q).split():
        query = query.where(Event.search_text.contains(word, autoescape=True))
    past = when == "past"
    order = Event.starts_at.desc() if past else Event.starts_at
    ordered = query.options(joinedload(Event.venue), joinedload(Event.space)).order_by(
        order, Event.id
    )
    found = db.session.scalars(ordered.offset((page - 1) * MOST).limit(MOST + 1)).all()
    return Page(lines(found[:MOST], now), more=len(found) > MOST)


def line(event: Event, now: datetime) -> Line:
    """Return *event* as a list of the desk shows it."""
    return lines([event], now)[0]


def day_of(
    space: Space, day: date, zone: str, grants: Sequence[Grant], now: datetime
) -> tuple[list[Line], set[int]]:
    """Return what happens in *space* on *day*, and the ids of what *grants* reach.

    Drafts too, if they do.
    """
    reached = accounts.within(grants, Right.EVENTS)
    begins = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    query = (
        select(Event)
        .where(
            Event.space_id == space.id,
            Event.status != EventStatus.CANCELLED,
            or_(reached, and_(Event.listed, Event.status.in_(PUBLIC))),
            Event.starts_at < begins + timedelta(days=1),
            Event.ends_at > begins,
        )
        .options(
            joinedload(Event.super_event),
            selectinload(Event.partnerships).joinedload(Partnership.organisation),
        )
        .order_by(Event.starts_at, Event.id)
    )
    found = db.session.scalars(query).all()
    numbers = [event.id for event in found]
    own = select(Event.id).where(Event.id.in_(numbers), reached)
    return lines(found, now), set(db.session.scalars(own))
