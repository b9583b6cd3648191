"""The places and the bodies of the house, and what comes next with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from festival.domain.lifecycle import EventStatus
from festival.domain.question import AgendaFilter
from festival.domain.words import fold
from festival.extensions import db
from festival.models.directory import Organisation, Partnership, Space, Venue
from festival.models.events import Event
from festival.queries.agenda import AccessFact, Agenda, agenda
from festival.queries.conditions import local_date, matches, period

SPACE_ACCESS = ("step_free", "accessible_toilet", "hearing_loop", "quiet_place")
REMEMBERED = 5  # past events that a page names

Found = TypeVar("Found", Venue, Organisation)


@dataclass(frozen=True, slots=True)
class Listed(Generic[Found]):
    """A line of a list: who or where, and the next event that goes ahead, if any."""

    record: Found
    coming: Event | None


@dataclass(frozen=True, slots=True)
class WhatsOn:
    """The events of one place or body: those to come, and the last ones."""

    coming: Agenda
    past: tuple[Event, ...]


def venues(now: datetime) -> tuple[list[Listed[Venue]], list[Listed[Venue]]]:
    """Return the venues in use, those where something is coming first; and the past."""
    coming = _coming(select(Event.venue_id), now)
    every = _listed(db.session.scalars(select(Venue)).all(), coming)
    today = local_date(now)
    return (
        [one for one in every if in_use(one.record, today)],
        [one for one in every if not in_use(one.record, today)],
    )


def venue(slug: str) -> Venue:
    """Return the venue at *slug*.

    Raises:
        NoResultFound: there is none.
    """
    return db.session.scalars(select(Venue).where(Venue.slug == slug)).one()


def space(venue_slug: str, slug: str) -> Space:
    """Return the space at *slug* of a venue.

    Raises:
        NoResultFound: there is none.
    """
    query = select(Space).join(Space.venue).options(joinedload(Space.venue))
    return db.session.scalars(
        query.where(Venue.slug == venue_slug, Space.slug == slug)
    ).one()


def organisations(now: datetime) -> list[Listed[Organisation]]:
    """Return the organisations, those that something is coming from first."""
    owners = select(Partnership.organisation_id).join(Partnership.event)
    coming = _coming(owners, now)
    return _listed(db.session.scalars(select(Organisation)).all(), coming)


def organisation(slug: str) -> Organisation:
    """Return the organisation at *slug*.

    Raises:
        NoResultFound: there is none.
    """
    query = select(Organisation).where(Organisation.slug == slug)
    return db.session.scalars(query).one()


def whats_on(question: AgendaFilter, now: datetime) -> WhatsOn:
    """Answer *question* for its own page: a page of what is to come, a few past ones.

    What was called off is no memory.
    """
    over = replace(question, when="past")
    held = (
        select(Event)
        .where(
            *matches(over, now),
            *period(over, now),
            Event.status == EventStatus.SCHEDULED,
        )
        .order_by(Event.starts_at.desc(), Event.id)
        .limit(REMEMBERED)
    )
    coming = agenda(replace(question, when="all"), now)
    return WhatsOn(coming, tuple(db.session.scalars(held)))


def in_use(venue: Venue, today: date) -> bool:
    """Say whether one may be expected at *venue* today or later.

    Until the last day of its occupancy; without such a day, a venue that is told from
    sources belongs to the past.
    """
    if venue.occupied_until:
        return venue.occupied_until >= today
    return not venue.sources


def space_access(space: Space) -> list[AccessFact]:
    """Return every fact of access of *space*, known or not, in one order."""
    return [
        AccessFact(
            name,
            getattr(space, name),
            space.door_width if name == "step_free" else None,
        )
        for name in SPACE_ACCESS
    ]


def _coming(owners: Select[Any], now: datetime) -> dict[int, Event]:
    """Return the next event that goes ahead, by the one column of *owners*."""
    (owner,) = owners.selected_columns
    nth = func.row_number().over(
        partition_by=owner, order_by=(Event.starts_at, Event.id)
    )
    each = (
        owners.with_only_columns(
            owner.label("owner"), Event.id.label("event_id"), nth.label("nth")
        )
        .where(
            *matches(AgendaFilter(), now),
            Event.status == EventStatus.SCHEDULED,
            Event.ends_at > now,
            owner.is_not(None),
        )
        .subquery()
    )
    query = (
        select(each.c.owner, Event)
        .join(each, each.c.event_id == Event.id)
        .where(each.c.nth == 1)
    )
    return dict(db.session.execute(query).all())


def _listed(found: Sequence[Found], coming: dict[int, Event]) -> list[Listed[Found]]:
    every = [Listed(record, coming.get(record.id)) for record in found]
    return sorted(every, key=lambda one: (one.coming is None, fold(one.record.name)))
