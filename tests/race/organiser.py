"""The organiser in the race: changes the house while people reply to it."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from festival import database
from festival.domain.errors import TooBusy
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter
from festival.queries import agenda
from festival.services import events
from festival.services.turns import take_turn
from tests import invariants

LONG: Final = 0.05  # that a deed takes: who waits for their turn has read what was
WHY: Final = Words(fr="Une fuite.", en="A leak.")


@dataclass
class Organiser:
    """Does deed after deed as the console's commands do: each in a transaction.

    Holds a turn before each one, and looks whether every invariant holds; and after it.
    """

    slug: str
    pause: float  # seconds between two deeds: long ones, on SQLite before a closed gate
    calls_off: threading.Event = field(default_factory=threading.Event)
    over: int = 0  # seats taken above the capacity, when that was lowered last
    deeds: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Work in a thread of one's own until the block ends, a round at least."""
        app = current_app._get_current_object()
        done = threading.Event()

        def works() -> None:
            with app.app_context():
                self._works(done)

        with ThreadPoolExecutor(1) as thread:
            working = thread.submit(works)
            try:
                yield
            finally:
                done.set()
            working.result()

    def _works(self, done: threading.Event) -> None:
        round_ = (self._lower, self._raise, self._postpone, self._give_a_date)
        while not self.calls_off.is_set():
            for deed in round_:
                if not self.calls_off.wait(self.pause):
                    self._tries(deed)
            if done.is_set() and not self.calls_off.is_set():
                return
        self._tries(self._call_off)
        done.wait()
        self._looks(self._letters_of_farewell)

    def _tries(self, deed: Callable[[Event, datetime], None]) -> None:
        """Do *deed*, as often as it takes where the house is too busy."""
        while True:
            try:
                return self._does(deed)
            except (TooBusy, OperationalError) as error:
                db.session.remove()
                if not isinstance(error, TooBusy) and not database.is_busy(error):
                    raise

    def _does(self, deed: Callable[[Event, datetime], None]) -> None:
        self._looks(lambda event, at: invariants.wrongs(event, at, over=self.over))
        event, at = agenda.public_event(self.slug), _now()
        deed(event, at)
        self.wrongs += invariants.wrongs(event, at, over=self.over)
        time.sleep(LONG)
        db.session.commit()
        db.session.remove()
        self.deeds[deed.__name__.strip("_").replace("_", " ")] += 1

    def _looks(self, finds: Callable[[Event, datetime], list[str]]) -> None:
        event = agenda.public_event(self.slug)
        take_turn(event)
        self.wrongs += finds(event, _now())
        db.session.remove()

    # What an organiser does

    def _lower(self, event: Event, at: datetime) -> None:
        self._resize(event, random.randint(5, 15), at)

    def _raise(self, event: Event, at: datetime) -> None:
        self._resize(event, random.randint(16, 40), at)

    def _resize(self, event: Event, seats: int, at: datetime) -> None:
        events.resize(event, seats, actor="command", now=at)
        taken = invariants.taken(invariants.replies(event), at)
        self.over = max(0, taken - seats)  # nobody is thrown out

    def _postpone(self, event: Event, at: datetime) -> None:
        events.postpone(event, WHY, actor="command", now=at)

    def _give_a_date(self, event: Event, at: datetime) -> None:
        later = event.starts_at + timedelta(hours=1)
        events.revise(event, starts_at=later, actor="command", now=at)

    def _call_off(self, event: Event, at: datetime) -> None:
        events.cancel(event, WHY, actor="command", now=at)

    def _letters_of_farewell(self, event: Event, _at: datetime) -> list[str]:
        """Whoever still comes to what was cancelled was told so: nobody came since."""
        of = select(Letter.rsvp_id).where(Letter.kind == "event-cancelled")
        told = set(db.session.scalars(of))
        alive = [r for r in invariants.replies(event) if r.status in invariants.ALIVE]
        return [
            f"{r.id} is {r.status}, and not told of the end"
            for r in alive
            if r.id not in told
        ]


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
