"""Editions: what the public is told is of one, and a change of it begins the next.

Nobody has to think of it. Whatever flush touches a record that is shown begins an
edition in the same transaction, so that no deed can forget it; a statement of its
own (``update``) says so with ``touch``.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import event, insert, update
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from festival import clock
from festival.extensions import db
from festival.models.directory import Organisation, Partnership, Space, Venue
from festival.models.events import Competition, Event, Match, Picture, Series
from festival.models.journal import Edition

SHOWN: Final = (  # the records that public answers tell of
    *(Event, Picture, Series, Competition, Match),
    *(Venue, Space, Organisation, Partnership),
)
TOUCHED, BEGUN = "edition touched", "edition begun"  # in a session's ``info``


def touch() -> None:
    """Say that this transaction changes what the public is told."""
    db.session.info[TOUCHED] = True


def renew() -> None:
    """Let no edition of before be taken for one of now: the database was restored.

    Nor by date: who saw what is lost now holds a later one than the backup's.
    """
    renewed = update(Edition).values(mark=_mark(), moved_at=clock.now())
    db.session.execute(renewed)


@event.listens_for(db.session, "after_flush")
def _note(session: Session, _: UOWTransaction) -> None:
    changed = (
        *(one for one in session.dirty if session.is_modified(one)),
        *(*session.new, *session.deleted),
    )
    if any(isinstance(one, SHOWN) for one in changed):
        session.info[TOUCHED] = True


@event.listens_for(db.session, "before_commit")
def _begin(session: Session) -> None:
    """Begin the edition last, so that nobody waits for its row longer than a commit."""
    if session.in_nested_transaction():  # that is not the commit yet
        return
    session.flush()
    if session.info.pop(TOUCHED, False):
        _number(session, clock.now())
        session.info[BEGUN] = True


def _number(session: Session, now: datetime) -> None:
    """Begin the next edition. Its date only goes forward: readers revalidate by it."""
    numbered = update(Edition).values(number=Edition.number + 1)
    before = session.execute(numbered.returning(Edition.moved_at)).scalar()
    if before is None:
        first = {"number": 1, "moved_at": now, "mark": _mark()}
        session.execute(insert(Edition).values(first))
        return
    later = max(now, before + timedelta(seconds=1))
    session.execute(update(Edition).values(moved_at=later))


def _mark() -> str:
    return secrets.token_urlsafe(6)


@event.listens_for(db.session, "after_soft_rollback")
def _forget(session: Session, _: SessionTransaction) -> None:
    if not session.in_transaction():
        session.info.pop(TOUCHED, None)
        session.info.pop(BEGUN, None)
