"""What is in the way of events, anywhere in the house."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from festival.domain.access import Grant, Right
from festival.domain.clashes import ClashKind, Occasion, Place, between, with_place
from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.extensions import db
from festival.models.directory import Partnership, Space, Venue
from festival.models.events import Event
from festival.queries import accounts

MARGIN = timedelta(days=2, minutes=10)  # longer than anybody sets up or clears up
IN_THE_WAY = (EventStatus.DRAFT, EventStatus.PROPOSED, EventStatus.SCHEDULED)
ORDER = list(ClashKind)


@dataclass(frozen=True, slots=True)
class Clash:
    """One thing in the way of one occasion."""

    kind: ClashKind
    occasion: Occasion
    other: Event | None = None  # of another event; the rest are the place's
    against: Occasion | None = None  # the same, with when it is to be
    shown: bool = False  # whether who asks may read the other's name
    venue: Venue | None = None
    space: Space | None = None

    @property
    def asks_for_box(self) -> bool:
        """Say whether publishing asks for one more yes."""
        return self.kind.asks_for_box


def of(event: Event, now: datetime, *, grants: Sequence[Grant] = ()) -> list[Clash]:
    """Return what is in the way of *event*, the worst first.

    The names of others that *grants* do not reach are shown only if they are public.
    """
    if event.status not in IN_THE_WAY:
        return []
    return of_occasions([occasion(event)], now, grants=grants)[event.id]


def of_occasions(
    occasions: Iterable[Occasion], now: datetime, *, grants: Sequence[Grant] = ()
) -> dict[int, list[Clash]]:
    """Return what is in the way of each of *occasions*, by its key.

    Those of events stand for what the database has of them. What is over is in
    nobody's way, and nothing is in its.
    """
    every = {one.key: one for one in occasions}
    asked = [one for one in every.values() if one.taken_until > now]
    found: dict[int, list[Clash]] = {key: [] for key in every}
    if not asked:
        return found
    events = {event.id: event for event in _near(asked, now)}
    others = [every.get(event.id) or occasion(event) for event in events.values()]
    shown = _shown(events.values(), grants)
    venues, spaces = _places(asked)
    for one in asked:
        venue = venues.get(one.venue_id or 0)
        space = spaces.get(one.space_id or 0)
        met = [
            (kind, other)
            for other in others
            if other.taken_until > now and (kind := between(one, other))
        ]
        met.sort(key=lambda pair: (ORDER.index(pair[0]), pair[1].starts_at))
        found[one.key] = [
            Clash(kind, one, events[other.key], other, other.key in shown, venue, space)
            for kind, other in met
            if other.key in events
        ]
        allowed = _place(venue, space)
        found[one.key] += [
            Clash(kind, one, venue=venue, space=space)
            for kind in with_place(one, allowed)
        ]
    return found


def taken_twice(
    numbers: Iterable[int], now: datetime, *, grants: Sequence[Grant] = ()
) -> list[tuple[Event, Clash]]:
    """Return which of the events *numbers* want a space that is taken; a pair once."""
    query = (
        select(Event)
        .where(Event.id.in_(numbers), Event.status.in_(IN_THE_WAY))
        .options(*_whole())
        .order_by(Event.starts_at, Event.id)
    )
    every = db.session.scalars(query).all()
    found = of_occasions([occasion(event) for event in every], now, grants=grants)
    pairs: dict[frozenset[int], tuple[Event, Clash]] = {}
    for event in every:
        for clash in found[event.id]:
            if clash.kind is ClashKind.SPACE and clash.other is not None:
                pairs.setdefault(frozenset({event.id, clash.other.id}), (event, clash))
    return list(pairs.values())


def occasion(event: Event) -> Occasion:
    """Return *event* as clashes see it."""
    whole = event.super_event
    everywhere = {one.id for one in whole.organisers} if whole else set()
    return Occasion(
        key=event.id,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        set_up=event.set_up_minutes,
        clear_up=event.clear_up_minutes,
        venue_id=event.venue_id or (event.venue.id if event.venue else None),
        space_id=event.space_id,
        organisation_ids=frozenset(
            organisation.id
            for organisation in event.organisers
            if organisation.id not in everywhere
        ),
        super_event_id=event.super_event_id,
        capacity=event.capacity,
        timezone=event.timezone,
        all_day=event.all_day,
    )


def _near(asked: Sequence[Occasion], now: datetime) -> Sequence[Event]:
    """Return the events of *asked*, and what may be in their way."""
    organisations = {number for one in asked for number in one.organisation_ids}
    organised = select(Partnership.event_id).where(
        Partnership.role == "organiser", Partnership.organisation_id.in_(organisations)
    )
    query = (
        select(Event)
        .where(
            or_(
                Event.id.in_([one.key for one in asked]),
                and_(
                    Event.status.in_(IN_THE_WAY),
                    Event.ends_at > now - MARGIN,
                    or_(
                        Event.space_id.in_({o.space_id for o in asked if o.space_id}),
                        Event.id.in_(organised),
                    ),
                    or_(*_spans(asked)),
                ),
            )
        )
        .options(*_whole())
        .order_by(Event.starts_at, Event.id)
    )
    return db.session.scalars(query).all()


def _whole() -> list[ORMOption]:
    """Return what loads, with events, all that an occasion is made of."""
    return [
        joinedload(Event.venue),
        joinedload(Event.space),
        selectinload(Event.partnerships).joinedload(Partnership.organisation),
        joinedload(Event.super_event)
        .selectinload(Event.partnerships)
        .joinedload(Partnership.organisation),
    ]


def _spans(asked: Sequence[Occasion]) -> list[ColumnElement[bool]]:
    """Return the conditions of being near any of *asked*: neighbours as one."""
    merged: list[list[datetime]] = []
    for one in sorted(asked, key=lambda one: one.taken_from):
        begins, ends = one.taken_from - MARGIN, one.taken_until + MARGIN
        if merged and begins <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], ends)
        else:
            merged.append([begins, ends])
    return [
        and_(Event.starts_at < ends, Event.ends_at > begins) for begins, ends in merged
    ]


def _places(
    asked: Sequence[Occasion],
) -> tuple[Mapping[int, Venue], Mapping[int, Space]]:
    numbers = {one.venue_id for one in asked if one.venue_id}
    query = (
        select(Venue).where(Venue.id.in_(numbers)).options(selectinload(Venue.spaces))
    )
    venues = {venue.id: venue for venue in db.session.scalars(query)}
    return venues, {s.id: s for venue in venues.values() for s in venue.spaces}


def _place(venue: Venue | None, space: Space | None) -> Place:
    return Place(
        open_from=venue.open_from if venue else None,
        open_until=venue.open_until if venue else None,
        occupied_from=venue.occupied_from if venue else None,
        occupied_until=venue.occupied_until if venue else None,
        capacity=space.capacity if space else None,
    )


def _shown(events: Iterable[Event], grants: Sequence[Grant]) -> set[int]:
    """Return which of *events* may be named: the public ones, and one's own."""
    every = list(events)
    public = {event.id for event in every if event.listed and event.status in PUBLIC}
    hidden = [event.id for event in every if event.id not in public]
    if not hidden or not grants:
        return public
    own = select(Event.id).where(
        Event.id.in_(hidden), accounts.within(grants, Right.EVENTS)
    )
    return public | set(db.session.scalars(own))
