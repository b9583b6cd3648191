"""The only way a letter gets written."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any

from sqlalchemy import func, select, update

from festival.domain.addresses import limit_key
from festival.extensions import current_settings, db
from festival.models.journal import Letter, LetterStatus

HOURLY, DAILY = 3, 10  # letters a stranger's form may cause, an address
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def post(
    kind: str,
    *,
    to: str,
    language: str,
    facts: dict[str, Any],
    now: datetime,
    event_id: int | None = None,
    rsvp_id: int | None = None,
    stranger: str | None = None,
    due_at: datetime | None = None,
) -> Letter:
    """Put a letter in the outbox, in the transaction of its cause.

    *facts* are frozen: the relay renders from nothing else. *stranger* is the address
    key where anybody's form was the cause: past three letters an hour or ten a day
    such a letter waits until it is within the limit. It is never dropped. With
    *due_at* a letter waits on purpose.
    """
    counted = limit_key(stranger) if stranger else None
    letter = Letter(
        kind=kind,
        message_id=make_msgid(domain=current_settings().mail_domain),
        recipient=to,
        limit_key=counted,
        language=language,
        facts=facts,
        event_id=event_id,
        rsvp_id=rsvp_id,
        posted_at=now,
        due_at=due_at or (_due(counted, now) if counted else now),
    )
    db.session.add(letter)
    return letter


def supersede(rsvp_id: int, *, kinds: tuple[str, ...] = (), now: datetime) -> None:
    """Take back what was not sent yet and is no longer true of one reply.

    A "ticket-again" stays: it was asked for, and lists other replies too. A lease
    saves no letter: the relay looks once more before it sends one.
    """
    waiting = update(Letter).where(
        Letter.rsvp_id == rsvp_id,
        Letter.status == LetterStatus.WAITING,
        Letter.kind != "ticket-again",
    )
    if kinds:
        waiting = waiting.where(Letter.kind.in_(kinds))
    db.session.execute(
        waiting.values(status=LetterStatus.SUPERSEDED, final_at=now),
        execution_options={"synchronize_session": False},
    )


def take_back(kind: str, rsvp_id: int, *, now: datetime) -> Letter | None:
    """Supersede the letter *kind* about one reply that still waits, and return it."""
    waiting = select(Letter).where(
        Letter.rsvp_id == rsvp_id,
        Letter.kind == kind,
        Letter.status == LetterStatus.WAITING,
    )
    letter = db.session.scalars(waiting.order_by(Letter.id.desc()).limit(1)).first()
    supersede(rsvp_id, kinds=(kind,), now=now)
    return letter


def _due(key: str, now: datetime) -> datetime:
    """Return the first instant at which one more letter to *key* is within limits."""
    due = now
    for most, span in ((HOURLY, HOUR), (DAILY, DAY)):
        latest = (
            select(Letter.due_at)
            .where(
                Letter.limit_key == key,
                Letter.status != LetterStatus.SUPERSEDED,
                Letter.due_at > due - span,
            )
            .order_by(Letter.due_at.desc())
            .limit(1)
            .offset(most - 1)
        )
        nth_latest = db.session.scalars(latest).first()
        if nth_latest is not None:
            due = max(due, nth_latest + span)
    return due


def waiting(now: datetime) -> int:
    """Return how many letters are due and not final."""
    due = select(func.count(Letter.id)).where(
        Letter.status == LetterStatus.WAITING, Letter.due_at <= now
    )
    return db.session.scalars(due).one()
