"""What taking in a programme would do, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from festival.domain.access import Grant, Right, Thing, may
from festival.domain.admission import ALIVE
from festival.domain.clashes import Occasion
from festival.domain.errors import NotYourPlace
from festival.domain.intakes import (
    Becomes,
    Checked,
    Note,
    Place,
    Setting,
    names_of,
)
from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.domain.pairing import Known, pair
from festival.domain.programme_list import check
from festival.domain.words import Words, fold
from festival.extensions import db
from festival.models.directory import Organisation, Partnership, Space, Venue
from festival.models.events import Event
from festival.models.intakes import Intake
from festival.models.rsvps import Rsvp
from festival.queries import accounts, clashes, event_desk
from festival.queries.intakes import Counted, festival_named, festival_of, lines_of

GO_BY: Final = frozenset({"name", "starts_at", "ends_at", "venue", "space"})

GUESSES: Final = frozenset({Note.END_GUESSED, Note.KIND_GUESSED, Note.NO_PLACE})


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a programme, and what is to become of it."""

    checked: Checked
    becomes: Becomes
    event: Event | None = None  # that stands for it already
    facts: Mapping[str, Any] = field(default_factory=dict)  # columns of ``Event``
    people: int = 0  # who said yes, and will be told

    @property
    def number(self) -> int:
        """Return the number of its line."""
        return self.checked.line.number


@dataclass(frozen=True)
class Plan(Counted):
    """What taking in a programme would do, line by line."""

    intake: Intake
    items: tuple[Item, ...]
    organisation: Organisation | None
    festival: Event | None
    new_festival: str  # its name; it is made with its parts
    places: tuple[Place, ...]


def _named_meanwhile(
    one: Intake, grants: Sequence[Grant], now: datetime
) -> Event | None:
    """Return the festival that was to be made, if somebody has made it since."""
    name = one.rows["festival"]
    return festival_named(name, grants, now) if name else None


def plan(one: Intake, grants: Sequence[Grant], now: datetime) -> Plan:
    """Return what taking in the programme of *one* would do, as things stand now.

    As many statements for 1 line as for 500.
    """
    rows = one.rows
    timezone, out = rows["timezone"], set(rows["out"])
    venues = {venue.id: venue for venue in event_desk.venues()}
    festival = festival_of(one) or _named_meanwhile(one, grants, now)
    organisation = db.session.get(Organisation, rows["organisation_id"] or 0)
    setting = _setting(rows, venues.values(), festival, now)
    kept = [line for line in lines_of(one) if line.number not in out]
    checked = {each.line.number: each for each in check(kept, setting)}
    known: dict[int, Event] = {}
    if festival or not rows["festival"]:  # of a new one nothing is here yet
        known = _known(list(checked.values()), organisation, festival, grants)
    pairs = pair(
        list(checked.values()),
        [Known(e.id, names_of(e.name), e.starts_at) for e in known.values()],
        timezone,
        moves=festival is not None,
    )
    people = _people([known[number] for number in pairs.values()])
    reach = _Reach(grants, organisation, festival)
    items = []
    for line in lines_of(one):
        if line.number in out:
            items.append(Item(Checked(line), Becomes.OUT))
            continue
        read = checked[line.number]
        event = known.get(pairs.get(line.number, 0))
        items.append(_item(read, event, venues, reach=reach, people=people, now=now))
    return Plan(
        one,
        tuple(items),
        organisation,
        festival,
        "" if festival else rows["festival"],
        setting.places,
    )


def _setting(
    rows: Mapping[str, Any], venues: Any, festival: Event | None, now: datetime
) -> Setting:
    zone = ZoneInfo(rows["timezone"])
    return Setting(
        today=now.astimezone(zone).date(),
        timezone=rows["timezone"],
        language=rows["language"],
        places=tuple(
            place for venue in venues for place in _places(venue, rows["language"])
        ),
        first=festival.starts_at.astimezone(zone).date() if festival else None,
        last=festival.ends_at.astimezone(zone).date() if festival else None,
    )


def _places(venue: Venue, language: str) -> list[Place]:
    whole = Place(venue.id, None, venue.name, venue.name, frozenset({fold(venue.name)}))
    return [
        whole,
        *(
            Place(
                venue.id,
                space.id,
                f"{venue.name}, {space.name.best(language)}",
                venue.name,
                names_of(space.name),
                space.capacity,
            )
            for space in venue.spaces
        ),
    ]


def _known(
    checked: Sequence[Checked],
    organisation: Organisation | None,
    festival: Event | None,
    grants: Sequence[Grant],
) -> dict[int, Event]:
    """Return the events that lines may stand for: the festival's, or one's own."""
    query = select(Event).where(accounts.within(grants, Right.EVENTS))
    starts = [one.facts["starts_at"] for one in checked if "starts_at" in one.facts]
    if festival is not None:
        query = query.where(Event.super_event_id == festival.id)
    elif starts and organisation is not None:
        own = select(Partnership.event_id).where(
            Partnership.organisation_id == organisation.id,
            Partnership.role == "organiser",
        )
        query = query.where(Event.super_event_id.is_(None), Event.id.in_(own))
    else:
        query = query.where(Event.super_event_id.is_(None))
    if festival is None:
        near = timedelta(days=1)
        query = query.where(
            Event.starts_at.between(min(starts) - near, max(starts) + near)
            if starts
            else Event.id.is_(None)
        )
    query = query.options(
        joinedload(Event.venue),
        joinedload(Event.space),
        joinedload(Event.super_event),
        selectinload(Event.partnerships),
    ).order_by(Event.starts_at, Event.id)
    return {event.id: event for event in db.session.scalars(query)}


def _people(events: Sequence[Event]) -> dict[int, int]:
    """Return how many people said yes to each of *events*."""
    query = (
        select(Rsvp.event_id, func.sum(Rsvp.party_wanted))
        .where(
            Rsvp.event_id.in_([event.id for event in events]),
            Rsvp.status.in_(ALIVE),
            Rsvp.address.is_not(None),
        )
        .group_by(Rsvp.event_id)
    )
    return {number: int(people) for number, people in db.session.execute(query)}


@dataclass(frozen=True, slots=True)
class _Reach:
    """Where somebody may make events."""

    grants: Sequence[Grant]
    organisation: Organisation | None
    festival: Event | None

    def holds(self, venue: Venue | None) -> bool:
        """Say whether an event at *venue* would be within it.

        A table may be older than its account's roles: in whose name it is, and its
        festival, have to be within reach still.
        """
        above = accounts.thing_of(self.festival) if self.festival else Thing()
        own = frozenset({self.organisation.id}) if self.organisation else frozenset()
        here = frozenset({venue.id}) if venue else frozenset()
        thing = Thing(
            organisation_ids=own | above.organisation_ids,
            venue_ids=here | above.venue_ids,
            event_ids=above.event_ids,
        )
        asked = [thing]
        if self.festival:
            asked.append(above)
        if self.organisation:
            asked.append(Thing(organisation_ids=own))
        return all(may(self.grants, Right.EVENTS, each) for each in asked)


def _item(
    read: Checked,
    event: Event | None,
    venues: Mapping[int, Venue],
    *,
    reach: _Reach,
    people: Mapping[int, int],
    now: datetime,
) -> Item:
    if read.problems:
        return Item(read, Becomes.WRONG, event)
    venue, space = _where(read.facts.get("place"), venues)
    stays = event is not None and "place" not in read.facts
    if not reach.holds(event.venue if event and stays else venue):
        return Item(_out_of_reach(read), Becomes.WRONG, event)
    if event is None:
        facts = {**read.whole, "venue": venue, "space": space}
        facts.pop("place", None)
        return Item(read, Becomes.MADE, None, facts)
    facts = _differences(event, read, venue, space)
    kept = tuple(note for note in read.notes if note not in GUESSES)
    read = replace(read, notes=kept, assumed={})  # it keeps what the line leaves out
    if not facts:
        return Item(read, Becomes.SAME, event)
    over = event.status is EventStatus.SCHEDULED and event.ends_at <= now
    if over or event.status is EventStatus.CANCELLED:
        return Item(read, Becomes.KEPT, event)
    told = event.status in PUBLIC and not GO_BY.isdisjoint(facts)
    return Item(
        read, Becomes.CHANGED, event, facts, people.get(event.id, 0) if told else 0
    )


def _out_of_reach(read: Checked) -> Checked:
    """Return *read* with the one problem that its place is out of reach."""
    return replace(read, problems=(NotYourPlace(),))


def _where(
    place: tuple[int, int | None] | None, venues: Mapping[int, Venue]
) -> tuple[Venue | None, Space | None]:
    if place is None:
        return None, None
    venue = venues[place[0]]
    return venue, next((s for s in venue.spaces if s.id == place[1]), None)


def _differences(
    event: Event, read: Checked, venue: Venue | None, space: Space | None
) -> dict[str, Any]:
    """Return what the line says otherwise than the event; silence says nothing."""
    given = dict(read.facts)
    changed: dict[str, Any] = {}
    if "place" in given:
        del given["place"]
        vaguer = space is None and event.venue is venue
        if not vaguer and (event.venue, event.space) != (venue, space):
            changed |= {"venue": venue, "space": space}
    for name, value in given.items():
        before = getattr(event, name)
        after = Words({**before, **value}) if isinstance(value, Words) else value
        if after != before:
            changed[name] = after
    return changed


def occasions(plan: Plan) -> list[Occasion]:
    """Return what would be made or changed, as clashes see it, by ``key_of``."""
    found = []
    for item in plan.items:
        if item.becomes not in {Becomes.MADE, Becomes.CHANGED}:
            continue
        facts, event = item.facts, item.event
        before = clashes.occasion(event) if event else None
        venue = facts.get("venue", event.venue if event else None)
        space = facts.get("space", event.space if event else None)
        starts_at = facts.get("starts_at", before.starts_at if before else None)
        later = starts_at - before.starts_at if before else timedelta()
        ends_at = before.ends_at + later if before else None
        found.append(
            Occasion(
                key=key_of(item),
                starts_at=starts_at,
                ends_at=facts.get("ends_at", ends_at),
                set_up=before.set_up if before else 0,
                clear_up=before.clear_up if before else 0,
                venue_id=venue.id if venue else None,
                space_id=space.id if space else None,
                organisation_ids=before.organisation_ids if before else frozenset(),
                super_event_id=plan.festival.id if plan.festival else None,
                capacity=facts.get("capacity", before.capacity if before else None),
                timezone=plan.intake.rows["timezone"],
            )
        )
    return found


def key_of(item: Item) -> int:
    """Return the key of a line's occasion: its event's, else one no event has."""
    return item.event.id if item.event else -item.number
