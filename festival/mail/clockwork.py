"""Keeps time for the house: does what time alone is the cause of.

Any number of processes may try; a lease lets one at a time. Each *step* is a
transaction of its own, begins by taking the lease again, and so is done by one
process even if the lease went over to another in the middle of a round. A step that
was not committed did not happen: the next round finds it due again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from flask_babel import force_locale
from sqlalchemy.exc import OperationalError

from festival import calendars, clock, database, wording
from festival.extensions import db
from festival.logs import place
from festival.mail import mailbox
from festival.models.events import Event
from festival.queries import calendar, conditions, health, waiting_list
from festival.services import (
    calendar_entries,
    leases,
    queue,
    reminders,
    retention,
    stays,
)
from festival.services.calendar_entries import Written
from festival.services.leases import NotOurs

LEASE: Final = "clockwork"
SPAN: Final = timedelta(minutes=2)  # what a dead process leaves undone, at most
SCRUB_EVERY: Final = timedelta(minutes=10)  # it writes the whole file anew
AT_MOST: Final = 200  # of what is done in one transaction

R = TypeVar("R")

log = logging.getLogger(__name__)


class Clockwork:
    """One process that keeps time, if no other does."""

    def __init__(self, stopping: Callable[[], bool] = lambda: False) -> None:
        self._stopping = stopping
        self._holder = secrets.token_urlsafe(16)
        self.scrubbed: datetime | None = None  # when ``scrub`` last succeeded
        self.written: object = None  # see ``write_entries``
        self._said: set[str] = set()

    def round(self) -> bool:
        """Do whatever is due; say whether it was ours to do.

        What goes wrong in one task does not keep the others from theirs.
        """
        try:
            self.step(lambda _now: None)
            for task in TASKS:
                with self._going_on(task.__name__):
                    task(self)
        except NotOurs:
            return False
        return True

    def step(self, deed: Callable[[datetime], R]) -> R:
        """Do *deed* in a transaction of its own, and commit it.

        Raises:
            NotOurs: the lease is another's; nothing was done.
        """
        if self._stopping():
            raise NotOurs
        now = clock.now()
        db.session.rollback()
        try:
            self._hold_lease(now)
            done = deed(now)
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        return done

    def attempt(self, deed: Callable[[datetime], object]) -> None:
        """Do *deed* as a step; if it fails, say so and go on."""
        with self._going_on("step"):
            self.step(deed)

    @contextmanager
    def _going_on(self, what: str) -> Iterator[None]:
        try:
            yield
        except NotOurs:
            raise
        except Exception as error:  # noqa: BLE001
            db.session.rollback()
            log.warning("%s: %s; the clockwork goes on", what, place(error))

    def say_once(self, what: str, error: Exception) -> None:
        """Say what went wrong and where, the first time that it does there."""
        said = f"{what}: {place(error)}"
        if said not in self._said:
            self._said.add(said)
            log.warning("%s; the clockwork goes on", said)

    def all_of(self, deed: Callable[[datetime, int], int]) -> None:
        """Do *deed* so often that nothing is left: it says how many it did."""
        while self.step(lambda now: deed(now, AT_MOST)) == AT_MOST:
            pass

    def give_back(self) -> None:
        """Let the next process begin at once."""
        db.session.rollback()
        leases.give_back(LEASE, self._holder, clock.now())
        db.session.commit()

    def _hold_lease(self, now: datetime) -> None:
        try:
            ours = leases.take(LEASE, self._holder, now, SPAN)
        except OperationalError as error:
            if database.is_busy(error):  # whoever has it is in the middle of a step
                raise NotOurs from error
            raise
        if not ours:
            raise NotOurs


def keep_time() -> None:
    """Do one round, and let others have the next."""
    clockwork = Clockwork()
    if clockwork.round():
        clockwork.give_back()


# What is due. Each task finds its own state, never a window that a missed run loses.


def settle(clockwork: Clockwork) -> None:
    """See to each event in which a hold or an offer is over, or whose last hours begin.

    One event a transaction; what goes wrong in one keeps no other waiting.
    """
    for event_id in waiting_list.events_due(clock.now()):
        clockwork.attempt(partial(queue.settle_due, event_id))


def ask(clockwork: Clockwork) -> None:
    """Ask guests whether they are still coming."""
    clockwork.all_of(lambda now, most: reminders.ask_due(now, at_most=most))


def remind(clockwork: Clockwork) -> None:
    """Remind guests the day before; a question asked then takes its place."""
    clockwork.all_of(lambda now, most: reminders.remind_due(now, at_most=most))


def forget(clockwork: Clockwork) -> None:
    """Erase whom the house has no reason to know any more; end stays at the desk."""
    clockwork.all_of(lambda now, most: retention.tidy(now, at_most=most))
    clockwork.step(stays.forget_what_is_over)


def scrub(clockwork: Clockwork) -> None:
    """Have the database's files forget, too, whom anybody erased since the last time.

    Outside any transaction; in vain while somebody reads, and then again next time.
    """
    began, last = clock.now(), clockwork.scrubbed
    if last and began < last + SCRUB_EVERY:
        return
    erased_at = health.last_erasure()
    db.session.rollback()
    if erased_at is None or (last and erased_at < last):
        return
    if database.scrub(db.engine):
        clockwork.scrubbed = began


def read(clockwork: Clockwork) -> None:
    """Read the house's mailbox, if it has one."""
    mailbox.read(clockwork.step)


def write_entries(clockwork: Clockwork) -> None:
    """Write what calendars hold, ready for feeds, and drop what they hold no more.

    Written outside the transaction that keeps it: nobody waits for it. An event that
    cannot be written keeps no other waiting.
    """
    with database.reading():
        agreed = (
            calendar.edition(),
            conditions.local_date(clock.now()),
            calendars.stamp(),
        )
        db.session.rollback()
    if clockwork.written == agreed:
        return
    for language in wording.LANGUAGES:
        last = 0
        while found := _write_some(clockwork, language, last):
            clockwork.step(partial(_keep, [one for one in found.values() if one]))
            last = max(found)
    clockwork.all_of(lambda now, most: calendar_entries.let_go(now, at_most=most))
    clockwork.written = agreed


def _write_some(
    clockwork: Clockwork, language: str, after: int
) -> dict[int, Written | None]:
    """Write the next few events, by their ids; of one that cannot be there is None."""
    now, stamp = clock.now(), calendars.stamp()
    with database.reading(), force_locale(language):
        missing = calendar.unwritten(
            now, language=language, stamp=stamp, most=AT_MOST, after=after
        )
        found = {each.id: _write(clockwork, each) for each in calendar.told(missing)}
        db.session.rollback()
    return found


def _write(clockwork: Clockwork, event: Event) -> Written | None:
    try:
        return calendars.write(event)
    except Exception as error:  # noqa: BLE001
        clockwork.say_once("write_entries", error)
        return None


def _keep(written: list[Written], _now: datetime) -> None:
    calendar_entries.keep(written)


TASKS: Final = (settle, ask, remind, forget, scrub, write_entries, read)
