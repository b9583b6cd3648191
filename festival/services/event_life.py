"""What the desk does with one event: write it, change it whole, bring it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete as delete_from
from sqlalchemy import update

from festival.domain import wall_clock
from festival.domain.errors import (
    DateGone,
    HasParts,
    NotADraft,
    PartsWait,
    TwoLevelsOnly,
)
from festival.domain.lifecycle import PUBLIC, EventStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.models.accounts import Membership
from festival.models.directory import Organisation, Partnership, Space, Venue
from festival.models.events import CalendarEntry, Event, Match, Picture, Plan
from festival.models.intakes import Intake
from festival.queries import event_desk
from festival.services import calendar_entries, events, journal, letters, plans, queue
from festival.services.facts import go_by_facts
from festival.services.reminders import start_over
from festival.services.turns import take_turn

OF_THE_DESK: Final = frozenset(  # nobody outside is told of them
    {
        *("set_up_minutes", "clear_up_minutes", "opened_by", "closed_by"),
        *("equipment", "internal_note"),
    }
)
CALLED_OFF: Final = frozenset({EventStatus.POSTPONED, EventStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change."""

    told: int = 0  # letters
    over: int = 0  # people more than there are seats; nobody is thrown out


def write(
    facts: dict[str, Any],
    *,
    actor: str,
    now: datetime,
    organiser: Organisation | None = None,
    like: Event | None = None,
) -> Event:
    """Write a draft of *facts*, columns of ``Event``, under an address of its own.

    *Like* another event, it has that one's partners, too.
    """
    facts = dict(facts)
    name, kind = facts.pop("name"), facts.pop("kind")
    slug = event_desk.free_slug(name)
    organisers = [organiser] if organiser else []
    partners: list[Organisation] = []
    if like is not None:
        organisers += [one for one in like.organisers[1:] if one is not organiser]
        partners = [
            each.organisation for each in like.partnerships if each.role == "partner"
        ]
    event = events.draft(
        *(slug, kind, name),
        now=now,
        organisers=organisers,
        partners=partners,
        **facts,
    )
    journal.note("draft", "event", event.id, actor=actor, now=now)
    return event


def amend(
    event: Event,
    facts: dict[str, Any],
    *,
    actor: str,
    now: datetime,
    tell: bool = True,
    organiser: Organisation | None = None,
) -> Outcome:
    """Let *event* be as *facts* say: columns of ``Event``, as many as one likes.

    What guests go by is revised, and told unless it is not to be; another capacity
    moves the waiting list. An *organiser* takes the place of the first one. A draft's
    address follows its name.

    Raises:
        EventCancelled, EventOver: what guests go by cannot be changed any more.
        TwoLevelsOnly: it would be a part and have parts, too.
        PartsWait: it is postponed with its parts, and comes back with them.
    """
    take_turn(event)
    whole = facts.get("super_event")
    if whole is not None and (whole.super_event_id or event.sub_events):
        raise TwoLevelsOnly
    told, named = 0, (event.name, event.listed)
    moved = events.go_by_changes(event, facts)
    postponed = event.status is EventStatus.POSTPONED
    if postponed and "starts_at" in moved and len(_called_off_together(event)) > 1:
        raise PartsWait
    if moved:
        told = events.revise(event, actor=actor, now=now, tell=tell, **facts)
    quiet = {
        name: value
        for name, value in facts.items()
        if name not in {*events.GUESTS_GO_BY, "capacity"}
        and getattr(event, name) != value
    }
    for name, value in quiet.items():
        setattr(event, name, value)
    changed = {*quiet, *(moved if event.status not in PUBLIC else ())}
    if organiser is not None and _organise(event, organiser):
        changed.add("organiser")
    if event.status is EventStatus.DRAFT and (event.name, event.listed) != named:
        slug = event_desk.free_slug(event.name, but=event)
        event.slug = slug if event.listed else events.keyed(slug)
    over = 0
    if "capacity" in facts:
        over = events.resize(event, facts["capacity"], actor=actor, now=now)
    if changed:
        events.index(event)
        journal.note(
            "edited", "event", event.id, actor=actor, now=now, changed=sorted(changed)
        )
    if changed - OF_THE_DESK:
        calendar_entries.tell_again(Event.id == event.id, now=now)
    db.session.flush()
    return Outcome(told=told, over=over)


def people_to_tell(event: Event, facts: dict[str, Any]) -> int:
    """Return how many people said yes to what *facts* would make another thing."""
    if event.status not in PUBLIC or not events.go_by_changes(event, facts):
        return 0
    return event_desk.said_yes([event])


def moved_to(event: Event, venue: Venue | None, space: Space | None) -> dict[str, Any]:
    """Return the facts of *event* elsewhere: seats "as the space" are the new one's."""
    facts: dict[str, Any] = {"venue": venue, "space": space}
    before = event.space.capacity if event.space else None
    if event.capacity == before and space is not None:
        facts["capacity"] = space.capacity
    return facts


def bring_back(
    event: Event,
    *,
    actor: str,
    now: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> int:
    """Let a postponed or cancelled event take place after all, and write to its guests.

    The parts that were called off with it come back, too, as many days later as it
    does. Returns how many letters were posted.

    Raises:
        DateGone: it would take place in the past.
    """
    for part in sorted((event, *event.sub_events), key=lambda part: part.id):
        take_turn(part)
    if event.status not in CALLED_OFF:
        return 0
    starts_at = starts_at or event.starts_at
    if starts_at <= now:
        raise DateGone
    ends_at = ends_at or starts_at + (event.ends_at - event.starts_at)
    days = _days_between(event, starts_at)
    told = 0
    for part in sorted(_called_off_together(event), key=lambda part: part.id):
        if part is event:
            told += _return(part, starts_at, ends_at, actor=actor, now=now)
            continue
        zone = part.timezone
        begins = wall_clock.moved(part.starts_at, days, zone)
        ends = wall_clock.moved(part.ends_at, days, zone)
        told += _return(part, begins, ends, actor=actor, now=now)
    return told


def _return(
    event: Event, starts_at: datetime, ends_at: datetime, *, actor: str, now: datetime
) -> int:
    was, starts_before = go_by_facts(event), event.starts_at
    event.status, event.status_reason = EventStatus.SCHEDULED, Words()
    event.starts_at, event.ends_at = starts_at, ends_at
    later = starts_at - starts_before
    if event.doors_at is not None:
        event.doors_at += later
    if event.replies_close_at is not None:
        event.replies_close_at += later
    if event.plan is not None:
        there = plans.where(event.plan)
        begins, ends = (moment + later for moment in there.hours)
        there = there._replace(starts_at=begins, ends_at=ends)
        plans.plan(event, there, now=now)
    event.previous_starts_at = starts_before if later else None
    if later:
        start_over(event, now=now)
    event.revision += 1
    event.revised_at = now
    db.session.flush()
    is_now = go_by_facts(event)
    before = {name: value for name, value in was.items() if is_now[name] != value}
    journal.note("returned", "event", event.id, actor=actor, now=now)
    journal.note("revised", "event", event.id, actor=actor, now=now, before=before)
    said_yes = events.who_said_yes(event)
    told = [letters.tell_of_change(rsvp, was, now=now) for rsvp in said_yes]
    queue.settle(event, now)
    db.session.flush()
    return sum(told)


def _called_off_together(event: Event) -> Sequence[Event]:
    """Return *event* and its parts that were called off for the same reason."""
    parts = [
        part
        for part in event.sub_events
        if (part.status, part.status_reason) == (event.status, event.status_reason)
    ]
    return [event, *parts]


def _days_between(event: Event, starts_at: datetime) -> int:
    before = event.starts_at.astimezone(wall_clock.zone(event.timezone)).date()
    after = starts_at.astimezone(wall_clock.zone(event.timezone)).date()
    return (after - before) // timedelta(days=1)


def delete(event: Event, *, actor: str, now: datetime) -> None:
    """Delete a draft: nobody has ever seen it.

    Raises:
        NotADraft, HasParts: it was public once, or something is on its programme.
    """
    take_turn(event)
    number = event.id
    if event.status not in {EventStatus.DRAFT, EventStatus.PROPOSED}:
        raise NotADraft
    if event.sub_events:
        raise HasParts
    for record in (Partnership, Picture, Plan, CalendarEntry, Membership):
        own = delete_from(record).where(record.event_id == number)
        db.session.execute(own)
    for column in (Match.event_id, Intake.super_event_id):
        freed = update(column.class_).where(column == number).values({column: None})
        db.session.execute(freed)
    db.session.expunge(event)
    db.session.execute(delete_from(Event).where(Event.id == number))
    journal.note("deleted", "event", number, actor=actor, now=now)
    db.session.flush()


def _organise(event: Event, organiser: Organisation) -> bool:
    """Let *organiser* be the first who organises *event*; say whether that is new."""
    first = next((one for one in event.partnerships if one.role == "organiser"), None)
    if first is not None and first.organisation is organiser:
        return False
    again = [
        one
        for one in event.partnerships
        if one.role == "organiser" and one.organisation is organiser
    ]
    for one in again:
        event.partnerships.remove(one)
        db.session.delete(one)
    db.session.flush()
    if first is None:
        event.partnerships.append(
            Partnership(organisation=organiser, role="organiser", position=-1)
        )
    else:
        first.organisation = organiser
    db.session.flush()
    return True
