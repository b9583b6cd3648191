"""The life of an event: draft, publish, revise, postpone, cancel."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from festival.domain.admission import ALIVE, RsvpStatus, offer_ends
from festival.domain.errors import EventCancelled, EventOver, TwoLevelsOnly
from festival.domain.lifecycle import PUBLIC, EventStatus, ReplyPolicy
from festival.domain.words import Words, fold
from festival.extensions import db
from festival.models.directory import Organisation, Partnership
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp
from festival.queries import guests
from festival.services import journal, letters, outbox, plans, queue, reminders
from festival.services.facts import go_by_facts
from festival.services.turns import take_turn

SLUG_LENGTH = 80
UNLISTED_LETTERS = 10
GUESTS_GO_BY = (
    *("name", "starts_at", "ends_at", "doors_at"),
    *("venue", "space", "online_link"),
)


def draft(
    slug: str,
    kind: str,
    name: Words,
    *,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    organisers: Iterable[Organisation] = (),
    partners: Iterable[Organisation] = (),
    **facts: Any,
) -> Event:
    """Write an event that nobody sees yet; *facts* are columns of ``Event``.

    The slug of an unlisted event gets ten random characters: its address is its key.

    Raises:
        TwoLevelsOnly: its super-event is itself part of something.
    """
    super_event = facts.get("super_event")
    if super_event is not None and super_event.super_event_id is not None:
        raise TwoLevelsOnly
    if not facts.get("listed", True):
        slug = keyed(slug)
    if "reply_policy" in facts:
        facts["reply_policy"] = ReplyPolicy(facts["reply_policy"])
    event = Event(
        uid=facts.pop("uid", "") or str(uuid.uuid4()),
        slug=slug,
        kind=kind,
        name=name,
        status=EventStatus.DRAFT,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=now,
        revised_at=now,
        **facts,
    )
    roles = [(o, "organiser") for o in organisers] + [(o, "partner") for o in partners]
    event.partnerships = [
        Partnership(organisation=organisation, role=role, position=position)
        for position, (organisation, role) in enumerate(roles)
    ]
    db.session.add(event)
    db.session.flush()
    index(event)
    return event


def keyed(slug: str) -> str:
    """Return *slug* with a tail that nobody guesses."""
    tail = f"-{secrets.token_hex(UNLISTED_LETTERS // 2)}"
    return slug[: SLUG_LENGTH - len(tail)] + tail


def publish(event: Event, *, actor: str, now: datetime) -> None:
    """Let the public see *event*. Publishing twice changes nothing."""
    take_turn(event)
    if event.status not in {EventStatus.DRAFT, EventStatus.PROPOSED}:
        return
    event.status = EventStatus.SCHEDULED
    event.published_at = now
    event.revised_at = now
    journal.note("publish", "event", event.id, actor=actor, now=now)
    db.session.flush()


def revise(
    event: Event, *, actor: str, now: datetime, tell: bool = True, **facts: Any
) -> int:
    """Change what guests go by: any of ``GUESTS_GO_BY``.

    Writes to everybody who said yes, ten minutes later, so that a second change in
    that time is told in one letter, and one that undoes the first in none; returns to
    how many. What was before stands in
    the journal, for the festival's page. A postponed event that gets a date goes
    ahead. Of a draft nothing is noted, and nobody is told. Unless it is to *tell*,
    nobody is written to but who would get a letter that is true no longer.

    Raises:
        EventCancelled, EventOver: there is nothing left to change.
    """
    take_turn(event)
    if event.status is EventStatus.CANCELLED:
        raise EventCancelled
    if event.status is EventStatus.SCHEDULED and now >= event.ends_at:
        raise EventOver
    changed = go_by_changes(event, facts)
    if not changed:
        return 0
    was, starts_at = go_by_facts(event), event.starts_at
    there = plans.where(event)
    along = _as_a_whole(event, facts)
    event.replies_close_at = along.get("replies_close_at", event.replies_close_at)
    for name, value in changed.items():
        setattr(event, name, value)
    index(event)
    if event.status not in PUBLIC:
        return 0
    if "starts_at" in changed:
        if event.status is EventStatus.POSTPONED:
            event.status, event.status_reason = EventStatus.SCHEDULED, Words()
        else:
            event.previous_starts_at = starts_at
        reminders.start_over(event, now=now)
        _end_offers_in_time(event, now)
    plans.follow(event, there)
    event.revision += 1
    event.revised_at = now
    db.session.flush()
    is_now = go_by_facts(event)
    before = {name: value for name, value in was.items() if is_now[name] != value}
    journal.note("revised", "event", event.id, actor=actor, now=now, before=before)
    addressed = who_said_yes(event) if tell else _who_waits_for_a_change(event)
    told = [letters.tell_of_change(rsvp, was, now=now) for rsvp in addressed]
    queue.settle(event, now)
    db.session.flush()
    return sum(told)


def go_by_changes(event: Event, facts: dict[str, Any]) -> dict[str, Any]:
    """Return those of *facts* that guests go by and that would be others."""
    return {
        name: value
        for name, value in _as_a_whole(event, facts).items()
        if name in GUESTS_GO_BY and getattr(event, name) != value
    }


def resize(event: Event, capacity: int | None, *, actor: str, now: datetime) -> int:
    """Give *event* another number of seats; None is no limit.

    More lets who waits move up at once. Fewer throws nobody out: returned is how many
    more people come than there are seats now.
    """
    take_turn(event)
    if capacity == event.capacity:
        return 0
    before, event.capacity = event.capacity, capacity
    db.session.flush()
    journal.note(
        "resize",
        *("event", event.id),
        actor=actor,
        now=now,
        before=before,
        capacity=capacity,
    )
    if event.status in PUBLIC:
        queue.wake(event, now)
        queue.settle(event, now)
    taken = guests.house(event, now).seats_taken
    return max(0, taken - capacity) if capacity is not None else 0


def _end_offers_in_time(event: Event, now: datetime) -> None:
    """Let offers end before the new start, or be taken as given: no time to ask."""
    for rsvp in who_said_yes(event):
        if rsvp.status is not RsvpStatus.OFFERED:
            continue
        ends = offer_ends(now, event.starts_at, event.timezone)
        if ends is None:
            rsvp.status, rsvp.held_until = RsvpStatus.CONFIRMED, None
            letters.write(
                "rsvp-promoted", rsvp, now=now, calendar=letters.calendar_facts(rsvp)
            )
        elif rsvp.held_until and ends < rsvp.held_until:
            rsvp.held_until = ends
            if outbox.take_back("rsvp-offer", rsvp.id, now=now):  # with the old time
                letters.write("rsvp-offer", rsvp, now=now)
    db.session.flush()


def _as_a_whole(event: Event, facts: dict[str, Any]) -> dict[str, Any]:
    """Return *facts* with what they bring along.

    Another start moves with it the end, the doors and when replies close; another
    venue has other spaces.
    """
    along: dict[str, Any] = {}
    if "starts_at" in facts:
        later = facts["starts_at"] - event.starts_at
        along["ends_at"] = event.ends_at + later
        if event.doors_at is not None:
            along["doors_at"] = event.doors_at + later
        if event.replies_close_at is not None:
            along["replies_close_at"] = event.replies_close_at + later
    if "venue" in facts and facts["venue"] is not event.venue:
        along["space"] = None
    return {**along, **facts}


def cancel(event: Event, reason: Words, *, actor: str, now: datetime) -> int:
    """Cancel *event* and its sub-events, and write to everybody who said yes.

    Parts that are over took place, and nobody is written to about them. Returns how
    many letters were posted. *reason* is shown publicly. Cancelling
    again changes the reason at most, and writes to nobody.

    Raises:
        EventOver: it has taken place.
    """
    return _call_off(event, EventStatus.CANCELLED, reason, actor=actor, now=now)


def postpone(event: Event, reason: Words, *, actor: str, now: datetime) -> int:
    """Postpone *event* and its sub-events to a date not known yet; see ``cancel``.

    Raises:
        EventOver, EventCancelled: there is nothing left to postpone.
    """
    if event.status is EventStatus.CANCELLED:
        raise EventCancelled
    return _call_off(event, EventStatus.POSTPONED, reason, actor=actor, now=now)


def _call_off(
    event: Event, status: EventStatus, reason: Words, *, actor: str, now: datetime
) -> int:
    if event.status is EventStatus.SCHEDULED and now >= event.ends_at:
        raise EventOver
    posted = 0
    whole = sorted((event, *event.sub_events), key=lambda part: part.id)
    for part in whole:  # all turns before any letter: letters lock other rows
        take_turn(part)
    known = event.status_reason if event.status is status else None
    for part in whole:
        if part.status is status and part.status_reason == known != reason:
            part.status_reason, part.revised_at = reason, now
            part.revision += 1
            db.session.flush()
            again = {"changed": ["status_reason"]}
            journal.note("edited", "event", part.id, actor=actor, now=now, **again)
            continue
        if part.status in {status, EventStatus.CANCELLED, EventStatus.DRAFT}:
            continue
        if part.status is EventStatus.SCHEDULED and now >= part.ends_at:
            continue
        part.status = status
        part.status_reason = reason
        part.revision += 1
        part.revised_at = now
        if status is EventStatus.POSTPONED:
            part.previous_starts_at = part.starts_at
        db.session.flush()
        journal.note(status.value, "event", part.id, actor=actor, now=now)
        for rsvp in who_said_yes(part):
            if rsvp.status is RsvpStatus.OFFERED:  # nobody is asked about no date
                rsvp.status, rsvp.held_until = RsvpStatus.WAITING, None
            calendar = (
                letters.uninvite(rsvp) if rsvp.status is RsvpStatus.CONFIRMED else None
            )
            letters.write(f"event-{status}", rsvp, now=now, calendar=calendar)
            posted += 1
    db.session.flush()
    return posted


def who_said_yes(event: Event) -> Sequence[Rsvp]:
    """Return the replies to *event* that come, wait or are asked."""
    return db.session.scalars(
        select(Rsvp)
        .where(Rsvp.event_id == event.id, Rsvp.status.in_(ALIVE))
        .order_by(Rsvp.id)
    ).all()


def _who_waits_for_a_change(event: Event) -> Sequence[Rsvp]:
    """Return who would be written to about *event* as it was a moment ago."""
    waiting = select(Letter.rsvp_id).where(
        Letter.event_id == event.id,
        Letter.kind == "event-changed",
        Letter.status == LetterStatus.WAITING,
    )
    awaited = set(db.session.scalars(waiting))
    return [rsvp for rsvp in who_said_yes(event) if rsvp.id in awaited]


def index(event: Event) -> None:
    """Keep what an event is found and sorted by. Folded here, not in SQL."""
    venue = event.venue.name if event.venue else ""
    space = event.space.name.values() if event.space else ()
    who = (partnership.organisation.name for partnership in event.partnerships)
    texts = (*event.name.values(), *event.summary.values(), venue, *space, *who)
    event.search_text = fold(" ".join(texts))
    event.sort_key = fold(str(event.name.best("fr")))[:200]
    db.session.flush()
