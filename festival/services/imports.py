"""Taking in a programme from a table: read, checked, all of it or nothing, undone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, update

from festival.domain import tokens
from festival.domain.access import Grant
from festival.domain.columns import Columns
from festival.domain.errors import (
    EventCancelled,
    EventOver,
    HasParts,
    ImportSettled,
    ImportTaken,
    LinesToPutRight,
    NotADraft,
    NothingToTakeIn,
)
from festival.domain.intakes import Becomes
from festival.domain.kinds import FESTIVAL
from festival.domain.programme_list import LONGEST_NAME
from festival.domain.words import Words
from festival.extensions import db
from festival.models.accounts import Account
from festival.models.directory import Space, Venue
from festival.models.events import Event
from festival.models.intakes import Intake
from festival.queries import intake_plan, intakes
from festival.queries.intake_plan import Item, Plan
from festival.services import event_life, journal

FORGOTTEN: Final = timedelta(days=7)  # a table that nobody took in
LONGEST_CELL: Final = 6_000  # characters
NAMES: Final = ("name.fr", "name.en")
WORDS: Final = ("name", "summary", "description", "price_note", "age_note")
PLAIN: Final = ("kind", "capacity", "venue_id", "space_id")
INSTANTS: Final = ("starts_at", "ends_at")


def read_in(
    kind: str,
    columns: Columns,
    *,
    account: Account,
    name: str,
    now: datetime,
    super_event: Event | None = None,
    **rows: Any,
) -> Intake:
    """Keep what was read of a table until somebody has checked it.

    *rows* are what holds for all of its lines. Tables that nobody took in within a
    week are forgotten.
    """
    old = delete(Intake).where(
        Intake.taken_at.is_(None), Intake.read_at <= now - FORGOTTEN
    )
    db.session.execute(old)
    intake = Intake(
        public_id=tokens.new_public_id(),
        account_id=account.id,
        kind=kind,
        super_event_id=super_event.id if super_event else None,
        name=name[:200],
        read_at=now,
        rows={
            **rows,
            "lines": [
                {"number": one.number, "cells": one.cells} for one in columns.lines
            ],
            "heads": list(columns.heads),
            "unknown": list(columns.unknown),
            "out": [],
        },
        made={},
    )
    db.session.add(intake)
    db.session.flush()
    return intake


def correct(
    intake: Intake, cells: Mapping[int, Mapping[str, str]], out: Collection[int]
) -> None:
    """Let lines of *intake* say something else, by their numbers; leave some *out*.

    Raises:
        ImportTaken: it has been taken in already.
    """
    if intake.taken_at is not None:
        raise ImportTaken
    lines = [
        {
            "number": line["number"],
            "cells": {
                name: text[:LONGEST_CELL]
                for name, text in _put_right(
                    line["cells"], cells.get(line["number"], {})
                ).items()
                if text
            },
        }
        for line in intake.rows["lines"]
    ]
    numbers = {line["number"] for line in lines}
    intake.rows = {
        **intake.rows,
        "lines": lines,
        "out": sorted(numbers.intersection(out)),
    }
    db.session.flush()


def _put_right(before: Mapping[str, str], sent: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a line once *sent* holds.

    A name takes the place of the one that was too long, else of those in any language;
    a place that of its space, which would decide.
    """
    cells = {**before, **sent}
    name, named = sent.get("name", ""), [one for one in NAMES if one in before]
    if name and named:
        long = [one for one in named if len(before[one]) > LONGEST_NAME]
        cells["name"] = before.get("name", "")
        if name not in [before.get(one) for one in ("name", *named)]:
            gone = dict.fromkeys(long or named, "")
            cells |= {**gone, (long or ["name"])[0]: name}
    if sent.get("venue") in {None, before.get("venue") or None}:
        return cells
    return {**cells, "space": sent.get("space", "")}


def take_in(
    intake: Intake, *, grants: Sequence[Grant], actor: str, now: datetime
) -> Plan:
    """Make and change the events that the lines of *intake* say: all, or none.

    What is made is a draft. Returns what was done.

    Raises:
        ImportTaken: somebody has pressed before.
        LinesToPutRight, NothingToTakeIn: it is not to be taken in as it stands.
        EventCancelled, EventOver: an event went another way meanwhile.
    """
    hold(intake, taken_at=now)
    plan = intake_plan.plan(intake, grants, now)
    if not plan.is_ready:
        raise LinesToPutRight
    if plan.is_idle:
        raise NothingToTakeIn
    festival, made_festival = plan.festival, None
    if plan.new_festival:
        festival = made_festival = _open_festival(plan, actor=actor, now=now)
    made: list[Event] = []
    changed, over = [], 0
    for item in plan.items:
        if item.becomes is Becomes.MADE:
            made.append(_make(item, plan, festival, actor=actor, now=now))
        elif item.becomes is Becomes.CHANGED and item.event is not None:
            before = kept_facts(item.event)
            outcome = event_life.amend(
                item.event, dict(item.facts), actor=actor, now=now
            )
            over += outcome.over
            after = kept_facts(item.event)
            changed.append(_change(item.event, before, after))
    intake.super_event_id = festival.id if festival else None
    intake.made = {
        "events": [event.id for event in made],
        "festival": made_festival.id if made_festival else None,
        "changed": changed,
        "over": over,
        "as_made": {
            str(event.id): _print_of(event)
            for event in filter(None, (*made, made_festival))
        },
    }
    journal.note(
        "imported",
        "intake",
        intake.id,
        actor=actor,
        now=now,
        made=len(made),
        changed=len(changed),
    )
    db.session.flush()
    return plan


def hold(intake: Intake, **stamp: datetime) -> None:
    """Stamp *intake*, once: whoever presses at the same time waits.

    Raises:
        ImportTaken: it had that stamp already.
    """
    (name,) = stamp
    column = getattr(Intake, name)
    held = update(Intake).where(Intake.id == intake.id, column.is_(None)).values(stamp)
    done = db.session.execute(held, execution_options={"synchronize_session": False})
    if not done.rowcount:  # type: ignore[attr-defined]
        raise ImportTaken
    db.session.refresh(intake)


def _open_festival(plan: Plan, *, actor: str, now: datetime) -> Event:
    """Write the festival that the lines are the programme of."""
    parts = [item.facts for item in plan.items if item.becomes is Becomes.MADE]
    venues = {part["venue"] for part in parts}
    facts = {
        "name": Words({plan.intake.rows["language"]: plan.new_festival}),
        "kind": FESTIVAL,
        "starts_at": min(part["starts_at"] for part in parts),
        "ends_at": max(part["ends_at"] for part in parts),
        "timezone": plan.intake.rows["timezone"],
        "venue": venues.pop() if len(venues) == 1 else None,
        "capacity": None,
        "reply_policy": "none",
        "languages": [plan.intake.rows["language"]],
    }
    return event_life.write(facts, organiser=plan.organisation, actor=actor, now=now)


def _make(
    item: Item, plan: Plan, festival: Event | None, *, actor: str, now: datetime
) -> Event:
    facts = {
        **item.facts,
        "timezone": plan.intake.rows["timezone"],
        "super_event": festival,
        "listed": festival.listed if festival else True,
    }
    return event_life.write(facts, organiser=plan.organisation, actor=actor, now=now)


# Undoing it


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of what had been made and changed."""

    gone: int
    back: int
    stayed: int  # somebody published or changed it since


def undo(
    intake: Intake, *, grants: Sequence[Grant], actor: str, now: datetime
) -> Undone:
    """Undo *intake* for a day: what it made goes, what it changed goes back.

    What was published or changed since stays, and so does what *grants* do not reach
    any more.

    Raises:
        ImportSettled: a day has passed, or it was undone already.
    """
    begin_to_undo(intake, now)
    made = intake.made
    numbers = [*made["events"], *filter(None, [made["festival"]])]
    own = intakes.still_own(
        intake, [*numbers, *(each["id"] for each in made["changed"])], grants
    )
    back = [_put_back(each, own, actor=actor, now=now) for each in made["changed"]]
    as_made = made.get("as_made", {})
    untouched = {
        number: event
        for number, event in own.items()
        if as_made.get(str(number)) == _print_of(event)
        and not intakes.was_worked_on(event)
    }
    gone = [_let_go(number, untouched, actor=actor, now=now) for number in numbers]
    return note_undone(intake, gone, back, actor=actor, now=now)


def begin_to_undo(intake: Intake, now: datetime) -> None:
    """Hold *intake*, once: of two who undo it in the same moment one comes too late.

    Raises:
        ImportSettled: a day has passed, or it was undone already.
    """
    if not intakes.may_be_undone(intake, now):
        raise ImportSettled
    try:
        hold(intake, undone_at=now)
    except ImportTaken:
        raise ImportSettled from None


def note_undone(
    intake: Intake,
    gone: Sequence[bool],
    back: Sequence[bool],
    *,
    actor: str,
    now: datetime,
) -> Undone:
    """Write down what became of each line of *intake*; what did not go stayed."""
    undone = Undone(
        gone=sum(gone),
        back=sum(back),
        stayed=len(gone) - sum(gone) + len(back) - sum(back),
    )
    intake.made = {**intake.made, "undone": asdict(undone)}
    journal.note("undid", "intake", intake.id, actor=actor, now=now, **asdict(undone))
    db.session.flush()
    return undone


def _let_go(
    number: int, own: Mapping[int, Event], *, actor: str, now: datetime
) -> bool:
    """Delete a draft that is as it was made; say whether it is gone."""
    if db.session.get(Event, number) is None:
        return True
    event = own.get(number)
    if event is None:
        return False
    try:
        event_life.delete(event, actor=actor, now=now)
    except (HasParts, NotADraft):
        return False
    return True


def _put_back(
    change: Mapping[str, Any], own: Mapping[int, Event], *, actor: str, now: datetime
) -> bool:
    """Let an event be as it was, where it still is as the import left it."""
    if db.session.get(Event, change["id"]) is None:
        return True
    event = own.get(change["id"])
    if event is None:
        return False
    is_now = kept_facts(event)
    if any(is_now[name] != value for name, value in change["after"].items()):
        return False
    try:
        event_life.amend(event, _facts(change["before"]), actor=actor, now=now)
    except (EventCancelled, EventOver):
        return False
    return True


def kept_facts(event: Event) -> dict[str, Any]:
    """Return what an import may change of *event*, as JSON."""
    return {
        **{name: dict(getattr(event, name)) for name in WORDS},
        **{name: getattr(event, name).isoformat() for name in INSTANTS},
        "kind": event.kind,
        "capacity": event.capacity,
        "venue_id": event.venue.id if event.venue else None,
        "space_id": event.space.id if event.space else None,
    }


def _print_of(event: Event) -> str:
    """Return what says that *event* is as it was: a draft's moves are no deeds."""
    facts = json.dumps(kept_facts(event), sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _change(
    event: Event, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    changed = [name for name in after if after[name] != before[name]]
    return {
        "id": event.id,
        "before": {name: before[name] for name in changed},
        "after": {name: after[name] for name in changed},
    }


def _facts(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``kept_facts`` wrote down as columns of ``Event``."""
    facts: dict[str, Any] = {}
    for name, value in kept.items():
        if name in WORDS:
            facts[name] = Words(value)
        elif name in INSTANTS:
            facts[name] = datetime.fromisoformat(value)
        elif name == "venue_id":
            facts["venue"] = db.session.get(Venue, value) if value else None
        elif name == "space_id":
            facts["space"] = db.session.get(Space, value) if value else None
        else:
            facts[name] = value
    return facts
