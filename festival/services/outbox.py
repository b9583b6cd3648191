"""The only way a letter gets written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from festival.domain.addresses import limit_key
from festival.extensions import current_settings, db
from festival.models.journal import Letter, LetterStatus
from festival.queries.silence import is_silenced, limit_seals

HOURLY, DAILY = 3, 10  # letters a stranger's form may cause, an address
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ASKED_FOR = frozenset({"ticket-again", "my-calendar"})
UNSENT = frozenset({LetterStatus.SUPERSEDED, LetterStatus.SILENCED})  # nobody's burden


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
    silenced: bool | None = None,
) -> Letter:
    """Put a letter in the outbox, in the transaction of its cause.

    *facts* are frozen: the relay renders from nothing else. *stranger* is the address
    key where anybody's form was the cause: past three letters an hour or ten a day
    such a letter waits until it is within the limit; what is about a reply does not
    come here then, but gathers (``services.gathering``). With *due_at* a letter waits
    on purpose. One to an address that wants none is final at once;
    *silenced* is for who knows already whether it does.
    """
    counted = limit_key(stranger) if stranger else None
    if counted and due_at is None:
        hold_mailbox(counted)
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
        due_at=due_at or (opens_at(counted, now) if counted else now),
    )
    if is_silenced(to) if silenced is None else silenced:
        letter.status, letter.final_at = LetterStatus.SILENCED, now
    db.session.add(letter)
    return letter


def supersede(rsvp_id: int, *, kinds: tuple[str, ...] = (), now: datetime) -> None:
    """Take back what was not sent yet and is no longer true of one reply.

    What was ``ASKED_FOR`` stays: it is not about this reply alone. A lease saves no
    letter: the relay looks once more before it sends one.
    """
    waiting = update(Letter).where(
        Letter.rsvp_id == rsvp_id,
        Letter.status == LetterStatus.WAITING,
        Letter.kind.not_in(ASKED_FOR),
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


def take_back_waiting(kind: str, key: str, *, now: datetime) -> None:
    """Supersede the letters *kind* to a mailbox that wait to be within its limits.

    Where only the newest is of use: who asks without end causes no more letters.
    """
    waiting = update(Letter).where(
        Letter.limit_key == limit_key(key),
        Letter.kind == kind,
        Letter.status == LetterStatus.WAITING,
        Letter.due_at > now,
    )
    db.session.execute(
        waiting.values(status=LetterStatus.SUPERSEDED, final_at=now),
        execution_options={"synchronize_session": False},
    )


def forget(letters: ColumnElement[bool], *, now: datetime) -> None:
    """Delete *letters*; of one that counts for its address yet, keep that it left.

    Else whoever erases a reply, and replies again, could have us write without end.
    Who the address is stands under a seal then, and for a day.
    """
    ended = Letter.status.not_in(UNSENT | {LetterStatus.WAITING})
    counts = and_(
        Letter.limit_key.is_not(None),
        Letter.due_at > now - DAY,
        or_(ended, may_have_left()),
    )
    db.session.flush()
    counted = db.session.scalars(select(Letter).where(letters, counts)).all()
    for letter in counted:
        letter.limit_key = limit_seals(str(letter.limit_key))[0]
        letter.facts, letter.recipient, letter.trouble = {}, "", ""
        letter.rsvp_id = letter.lease = letter.leased_until = None
        letter.status, letter.final_at = LetterStatus.SENT, now
    db.session.flush()
    others = Letter.id.not_in([letter.id for letter in counted])
    db.session.execute(
        delete(Letter).where(letters, others),
        execution_options={"synchronize_session": "fetch"},
    )


def may_have_left() -> ColumnElement[bool]:
    """Return the condition of letters that arrived, or that a relay tried to send."""
    left = Letter.status.in_({LetterStatus.SENT, LetterStatus.KEPT})
    return or_(left, Letter.leased_until.is_not(None))


def counts_no_more(now: datetime) -> ColumnElement[bool]:
    """Return the condition of what ``forget`` kept for a day, and is a day old."""
    forgotten = and_(
        Letter.recipient == "", Letter.limit_key.is_not(None), Letter.rsvp_id.is_(None)
    )
    return and_(forgotten, Letter.due_at <= now - DAY)


def hold_mailbox(key: str) -> None:
    """Hold the letters to one mailbox (``limit_key``) until the transaction ends.

    Else two replies to two events would each think theirs the third letter. SQLite
    lets one transaction write at a time anyway.
    """
    if db.engine.dialect.name == "postgresql":
        held = select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0)))
        db.session.execute(held)


def lists(key: str) -> Sequence[Letter]:
    """Return the "ticket-again" letters to a mailbox that wait, and hold them."""
    found = (
        select(Letter)
        .where(
            Letter.limit_key == key,
            Letter.kind == "ticket-again",
            Letter.status == LetterStatus.WAITING,
        )
        .order_by(Letter.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(found).all()


def opens_at(key: str, now: datetime) -> datetime:
    """Return the first instant at which one more letter to *key* is within limits."""
    latest = (
        select(Letter.due_at)
        .where(
            Letter.limit_key.in_([key, *limit_seals(key)]),
            Letter.status.not_in(UNSENT),
            Letter.due_at > now - DAY,
        )
        .order_by(Letter.due_at.desc())
        .limit(DAILY)
    )
    dues, due = db.session.scalars(latest).all(), now
    for most, span in ((HOURLY, HOUR), (DAILY, DAY)):
        if len(dues) >= most and dues[most - 1] > due - span:
            due = dues[most - 1] + span
    return due
