"""Carries letters to the mail server.

Each web process has a relay of its own; any number may run side by side. A relay
*claims* a few letters that are due, takes each *in hand*, carries it outside any
transaction, and stamps it, if it is still its own: a crash loses none, and repeats
one, under the same Message-ID. A thread beside it keeps time (``clockwork``), so that
letters wait for nothing else.
"""

from __future__ import annotations

import logging
import random
import secrets
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from flask import Flask
from sqlalchemy import Update, event, or_, select, update
from sqlalchemy.orm import Session

from festival import clock, database
from festival.extensions import current_settings, db
from festival.logs import place
from festival.mail import kept, letters
from festival.mail.clockwork import Clockwork
from festival.mail.wire import BrokenOff, Deferred, Refused, Wire
from festival.models.journal import Letter, LetterStatus
from festival.queries.silence import is_silenced

PAUSE: Final = 30.0  # seconds between two looks, if nothing wakes the relay
BATCH: Final = 10  # letters claimed at a time
CLAIM: Final = timedelta(seconds=30)  # to take a letter in hand; then it is anybody's
IN_HAND: Final = timedelta(minutes=15)  # to carry it; the wire is less patient
MISHAP: Final = timedelta(minutes=1)  # what the wire broke over lets others go first
AGAIN: Final = (1, 5, 15, 60, 240, 480, 1440)  # minutes after each "later": 37 hours
JITTER: Final = 0.2
LONGEST: Final = timedelta(days=2)  # more than any wait: a clock was ahead
FAREWELL: Final = 10.0  # seconds for the letter in hand when a process ends

Carrier: TypeAlias = Wire | kept.Folder

log = logging.getLogger(__name__)


def start(app: Flask) -> Relay:
    """Carry letters in a thread of this process, unless ``RELAY`` is off.

    Call it after the fork: threads do not survive one.
    """
    relay = Relay(app)
    if app.extensions["settings"].RELAY:
        relay.start()
    return relay


def run(app: Flask) -> int:
    """Carry letters until SIGTERM or SIGINT; return the exit code."""
    stop = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # the thread inherits it
    relay = Relay(app)
    relay.start()
    signal.sigwait(stop)
    relay.stop()
    return 0


class Relay:
    """Two threads, one that carries and one that keeps time, and what stops them."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._carry, name="relay", daemon=True),
            threading.Thread(target=self._keep_time, name="clockwork", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the letter in hand, and give the others back. Twice is once."""
        self._stopping.set()
        _posted.set()
        until = time.monotonic() + FAREWELL
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    def _carry(self) -> None:
        trouble = 0
        while True:
            _posted.clear()  # first: whoever stops us says so before they wake us
            if self._stopping.is_set():
                return
            trouble = 0 if self._try(carry, self._stopping.is_set) else trouble + 1
            self._try(sweep)
            if trouble:  # then a new letter is no reason to hurry
                self._stopping.wait(patience(trouble))
            else:
                _posted.wait(PAUSE)

    def _keep_time(self) -> None:
        clockwork = Clockwork(self._stopping.is_set)
        while not self._stopping.is_set():
            self._try(clockwork.round)
            self._stopping.wait(PAUSE)
        self._try(clockwork.give_back)

    def _try(self, deed: Callable[..., bool | None], *args: Any) -> bool | None:
        """Do *deed*; whatever goes wrong in it, the relay goes on."""
        try:
            with self._app.app_context():
                return deed(*args)
        except Exception as error:  # noqa: BLE001
            log.warning("%s: %s; the relay goes on", deed.__name__, place(error))
            return False


def patience(trouble: int) -> float:
    """Return the seconds to wait after the wire failed so many times in a row."""
    return min(2.0 ** min(trouble, 10), PAUSE)


# What wakes a relay: a letter posted in its own process.

_posted = threading.Event()


@event.listens_for(db.session, "after_flush")
def _note(session: Session, _context: Any) -> None:
    if any(isinstance(record, Letter) for record in session.new):
        session.info["posted"] = True


@event.listens_for(db.session, "after_commit")
def _wake(session: Session) -> None:
    if session.info.pop("posted", False):
        _posted.set()


# Letters


def carry(stopping: Callable[[], bool] = lambda: False) -> bool:
    """See off every letter that is due; say whether the wire held."""
    settings = current_settings()
    demo = settings.DEMO  # its letters are final where they lie
    carrying = nullcontext(kept.Folder(settings.instance)) if demo else Wire()
    with carrying as carrier:
        while not stopping() and (batch := _claim()).letters:
            try:
                for letter in batch.letters:
                    if stopping():
                        break
                    _see_off(letter, carrier)
            except OSError as error:
                log.warning("letters wait: %s", place(error))
                return False
            finally:
                _give_back(batch)
    return True


@dataclass(frozen=True, slots=True)
class Batch:
    """A few letters that no other relay has, and until when each was put off before."""

    lease: str
    letters: Sequence[Letter]
    put_off: Mapping[int, datetime | None]


def _claim() -> Batch:
    """Take the next few letters, so that no other relay does."""
    now = clock.now()
    free = or_(
        Letter.leased_until.is_(None),
        Letter.leased_until <= now,
        Letter.leased_until > now + LONGEST,
    )
    due = (
        select(Letter)
        .where(Letter.status == LetterStatus.WAITING, Letter.due_at <= now, free)
        # What was put off goes last, and in turn: a letter over which the wire breaks
        # again and again keeps nobody else's waiting.
        .order_by(
            Letter.leased_until.is_not(None),
            Letter.leased_until,
            Letter.due_at,
            Letter.id,
        )
        .limit(BATCH)
        .with_for_update(skip_locked=True)  # SQLite: the transaction itself holds
    )
    batch = db.session.scalars(due).all()
    lease = secrets.token_urlsafe(16)
    put_off = {letter.id: letter.leased_until for letter in batch}
    for letter in batch:
        letter.lease, letter.leased_until = lease, now + CLAIM
    db.session.flush()
    for letter in batch:
        db.session.expunge(letter)  # what was read stays as it was
    db.session.commit()
    return Batch(lease, batch, put_off)


def _see_off(letter: Letter, carrier: Carrier) -> None:
    """Write one letter, carry it, and stamp what became of it.

    Raises:
        OSError: the wire is down; that says nothing of the letter.
    """
    ours, unwanted = _take_in_hand(letter)
    if not ours:
        return
    if unwanted:
        _end(letter, unwanted)
        return
    try:
        message = letters.written(letter, clock.now())
        message.as_bytes()
    except Exception as error:  # noqa: BLE001
        _park(letter, error)
        return
    try:
        carrier.carry(letter.id, message)
    except BrokenOff:
        _put_off(letter, clock.now() + MISHAP)
        raise
    except OSError:
        raise
    except Refused as answer:
        _end(letter, LetterStatus.FAILED, str(answer))
    except Deferred as answer:
        _try_later(letter, str(answer))
    except Exception as error:  # noqa: BLE001
        _park(letter, error)
    else:
        _end(letter, carrier.carried)


def _take_in_hand(letter: Letter) -> tuple[bool, LetterStatus | None]:
    """Say whether *letter* is still ours and still true, and keep it so for a while.

    And how it ends, if nobody wants it any more since it was posted: its address asked
    for no more letters, or what it looks forward to has begun.
    """
    now = clock.now()
    ours = _ours(letter).where(Letter.status == LetterStatus.WAITING)
    taken = _change(ours.values(leased_until=now + IN_HAND))
    unwanted = None
    if letters.is_too_late(letter, now):
        unwanted = LetterStatus.SUPERSEDED
    elif taken and is_silenced(letter.recipient):
        unwanted = LetterStatus.SILENCED
    db.session.commit()
    return taken, unwanted


def _end(letter: Letter, status: LetterStatus, trouble: str = "") -> None:
    ended = _ours(letter).values(
        status=status,
        final_at=clock.now(),
        trouble=trouble,
        lease=None,
        leased_until=None,
    )
    _write(ended)


def _park(letter: Letter, error: Exception) -> None:
    """Set aside what will never go, so that the others do."""
    log.error("letter %s is parked: %s", letter.id, place(error))
    _end(letter, LetterStatus.PARKED, place(error))


def _try_later(letter: Letter, answer: str) -> None:
    """Count a "later", and wait longer after each; after the last one, give up."""
    if letter.attempts == len(AGAIN):
        _end(letter, LetterStatus.FAILED, answer)
        return
    minutes = AGAIN[letter.attempts] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    counted = _ours(letter).values(attempts=Letter.attempts + 1, trouble=answer)
    _put_off(letter, clock.now() + timedelta(minutes=minutes), counted)


def _put_off(letter: Letter, until: datetime, more: Update | None = None) -> None:
    """Let nobody have *letter* before *until*. When it was due stays: it does wait."""
    ours = _ours(letter) if more is None else more
    _write(ours.values(lease=None, leased_until=until))


def _give_back(batch: Batch) -> None:
    """Let others have at once what of *batch* is still ours, each in its old turn."""
    db.session.rollback()
    for until in set(batch.put_off.values()):
        these = [number for number, was in batch.put_off.items() if was == until]
        ours = update(Letter).where(Letter.lease == batch.lease, Letter.id.in_(these))
        _write(ours.values(lease=None, leased_until=until))


def _ours(letter: Letter) -> Update:
    return update(Letter).where(Letter.id == letter.id, Letter.lease == letter.lease)


def _write(change: Update) -> None:
    """Do *change*, and commit."""
    _change(change)
    db.session.commit()


def _change(change: Update) -> bool:
    """Do *change*; say whether there was what to change."""
    changed = db.session.execute(
        change.returning(Letter.id), execution_options={"synchronize_session": False}
    ).all()
    return bool(changed)


# Files


def sweep() -> None:
    """Remove the files of letters that no row stands for any more.

    SQLite gives a number out again: whose letter is neither kept nor in hand has no
    file of its own yet.
    """

    def alive() -> set[int]:
        here = or_(Letter.status == LetterStatus.KEPT, Letter.lease.is_not(None))
        with database.reading():
            return set(db.session.scalars(select(Letter.id).where(here)))

    kept.sweep(current_settings().instance, alive)
