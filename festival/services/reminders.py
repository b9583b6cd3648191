"""Reminding guests the day before, and asking them whether they are still coming.

Due state, never a window: whatever a missed run left undone the next one does. None
of it takes or frees a seat, so that no turn is taken; what silence frees is the
queue's (``services.queue``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update

from festival.domain.reminders import Question, asks, silence_keeps_until
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import reminders as questions
from festival.queries.letters import unheard
from festival.services import outbox
from festival.services.facts import event_facts, reply_facts

KINDS = ("reminder", "still-coming")


def remind_due(now: datetime, *, at_most: int) -> int:
    """Remind who is to be reminded; return how many that were.

    At most *at_most* a call, so that no transaction is long: call again while it
    returns as many.
    """
    due = questions.to_remind(questions.near(now), now, at_most)
    waiting = questions.people_waiting({rsvp.event_id for rsvp in due})
    for rsvp in due:
        rsvp.reminded_at = now

    def more(rsvp: Rsvp) -> dict[str, Any]:
        return {"waiting": waiting.get(rsvp.event_id, 0)}

    return _post("reminder", due, more, now)


def ask_due(now: datetime, *, at_most: int) -> int:
    """Ask "are you still coming?" two days before, and again on the day before.

    The second question takes the reminder's place. Returns how many were asked, as
    ``remind_due`` does.
    """
    due = questions.to_ask(questions.near(now), now, at_most)
    for rsvp in due:
        event = rsvp.event
        if asks(now, event.starts_at, event.timezone) is Question.FIRST:
            rsvp.asked_at = now
        else:
            rsvp.asked_again_at = rsvp.reminded_at = now

    def more(rsvp: Rsvp) -> dict[str, Any]:
        until = _silence_keeps_until(rsvp)
        return {"silence_until": until.isoformat() if until else None}

    return _post("still-coming", due, more, now)


def start_over(event: Event, *, now: datetime) -> None:
    """Remind and ask the guests of *event* anew: it has another date."""
    db.session.flush()
    db.session.execute(
        update(Rsvp)
        .where(Rsvp.event_id == event.id)
        .values(
            reminded_at=None, asked_at=None, asked_again_at=None, still_coming_at=None
        )
    )
    db.session.execute(
        update(Repeat).where(Repeat.event_id == event.id).values(still_coming_at=None)
    )
    db.session.execute(
        update(Letter)
        .where(
            Letter.event_id == event.id,
            Letter.kind.in_(KINDS),
            Letter.status == LetterStatus.WAITING,
        )
        .values(status=LetterStatus.SUPERSEDED, final_at=now)
    )


def _silence_keeps_until(rsvp: Rsvp) -> datetime | None:
    """Return until when silence keeps the places of *rsvp*; None: it never frees them.

    Only who was asked the first time, too, can lose a place, and only a counted one.
    """
    event = rsvp.event
    if event.capacity is None or rsvp.asked_at is None:
        return None
    return silence_keeps_until(event.starts_at, event.timezone)


def _post(
    kind: str,
    due: Sequence[Rsvp],
    more: Callable[[Rsvp], dict[str, Any]],
    now: datetime,
) -> int:
    """Post a letter to each of *due*; no letter about them is superseded by it."""
    off = questions.silenced(str(rsvp.address) for rsvp in due)
    first = unheard(due)
    told: dict[tuple[int, str], dict[str, Any]] = {}
    for rsvp in due:
        about = (rsvp.event_id, rsvp.language)
        if about not in told:
            told[about] = event_facts(rsvp.event, rsvp.language)
        outbox.post(
            kind,
            to=str(rsvp.address),
            language=rsvp.language,
            facts={
                "event": told[about],
                "reply": reply_facts(rsvp, now),
                "first": rsvp.id in first,
                **more(rsvp),
            },
            now=now,
            event_id=rsvp.event_id,
            rsvp_id=rsvp.id,
            silenced=rsvp.address in off,
        )
    db.session.flush()
    return len(due)
