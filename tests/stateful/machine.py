"""A house to which anything may happen, in any order; its invariants after each step.

Hypothesis chooses the deeds, and finds the shortest tale in which something breaks.
Nobody is mocked: services do the deeds, and commit as the edges do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, update

from festival.domain.admission import SEATED, UNDO, RsvpStatus
from festival.domain.errors import FestivalError
from festival.domain.lifecycle import EventStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.mail import clockwork
from festival.models.base import Base
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests
from festival.services import amendments, events, rsvps
from tests import invariants
from tests.builders import Builders
from tests.conftest import Clock

# Tuesdays in June; and the days before both clock changes of Paris.
BEGINNINGS = (
    datetime(2027, 6, 1, 7, 0, tzinfo=UTC),
    datetime(2027, 3, 26, 17, 0, tzinfo=UTC),
    datetime(2027, 10, 29, 20, 30, tzinfo=UTC),
)
MINUTES = (1, 4, 11, 31, 70, 200, 600, 750, 1500)
PEOPLE = 9
PARTY = st.integers(1, 5)
WHOM = st.integers(0, 40)


@dataclass
class Known:
    """What the step before knew of one reply."""

    status: RsvpStatus
    seats: int
    needs: int
    ranked_at: datetime
    sequence: int
    rests: bool


@dataclass
class Memory:
    """What the invariants remember from step to step."""

    replies: dict[int, Known] = field(default_factory=dict)
    passed: Counter[int] = field(default_factory=Counter)
    left: set[int] = field(default_factory=set)  # under an address that was none
    over: int = 0  # seats too many, since capacity went down
    capacity: int | None = None
    actor: int | None = None  # whose own deed the step was
    event_moved: bool = False  # it was the organisers'
    takes_back: int | None = None  # who took their own place back, in time
    untended: bool = False  # time passed, and nobody saw to the queue
    first_passed: dict[int, datetime] = field(default_factory=dict)
    last_letter: int = 0


def somebody_replied(house: House) -> bool:
    return bool(house.memory.replies)


class House(RuleBasedStateMachine):
    """One event, a few people, and time."""

    clock: Clock
    steps: ClassVar[Counter[str]] = Counter()  # deeds done and deeds refused

    @initialize(
        beginning=st.sampled_from(BEGINNINGS),
        hours=st.sampled_from((200, 100, 55, 30, 20, 5)),
        first=st.lists(PARTY, min_size=3, max_size=7),
        capacity=st.integers(2, 6),
        keeps=st.sampled_from((True, True, True, True, True, False)),
        mail=st.sampled_from((False, False, True)),
        asks=st.booleans(),
    )
    def opens(
        self,
        beginning: datetime,
        hours: int,
        first: list[int],
        capacity: int,
        keeps: bool,
        mail: bool,
        asks: bool,
    ) -> None:
        empty()
        self.clock.time = beginning
        build = Builders(self.clock)
        event = build.event(
            capacity=capacity,
            starts_at=beginning + timedelta(hours=hours),
            keeps_waiting_list=keeps,
            largest_party=5,
            reply_policy="mail" if mail else "open",
            asks_still_coming=asks,
        )
        self.build, self.event_id = build, event.id
        self.memory = Memory(capacity=capacity)
        for who, party in enumerate(first, 1):
            self.replies(who, party, wait=True)
            self.nothing_is_wrong()

    # What people do

    @rule(who=st.integers(1, PEOPLE), party=PARTY, wait=st.booleans())
    def replies(self, who: int, party: int, wait: bool) -> None:
        facts = {
            "name": f"Guest {who}",
            "address": f"guest{who}@example.org",
            "party_size": party,
            "would_wait": wait,
        }
        self.does(
            lambda: rsvps.respond(self.event, self.build.reply(**facts), now=self.now)
        )

    @rule(who=st.integers(1, PEOPLE), parties=st.lists(PARTY, min_size=2, max_size=4))
    def several_reply(self, who: int, parties: list[int]) -> None:
        for number, party in enumerate(parties):
            self.replies((who + number) % PEOPLE + 1, party, wait=True)
            self.nothing_is_wrong()

    @precondition(somebody_replied)
    @rule(whom=WHOM, by_letter=st.booleans())
    def says_yes(self, whom: int, by_letter: bool) -> None:
        self.acts(whom, lambda it: rsvps.confirm(it, now=self.now, by_letter=by_letter))

    @precondition(somebody_replied)
    @rule(whom=WHOM)
    def cannot_come(self, whom: int) -> None:
        self.acts(whom, lambda it: rsvps.withdraw(it, now=self.now))

    @precondition(somebody_replied)
    @rule(whom=WHOM)
    def frees_a_place(self, whom: int) -> None:
        """Somebody who has a seat gives it back: what most of the rules are about."""
        seated = Rsvp.status.in_({RsvpStatus.CONFIRMED, RsvpStatus.OFFERED})
        self.acts(
            whom,
            lambda it: rsvps.withdraw(it, now=self.now),
            among=db.session.scalars(select(Rsvp).where(seated).order_by(Rsvp.id)),
        )

    @precondition(somebody_replied)
    @rule(whom=WHOM, times=st.integers(1, 4))
    def small_parties_come_and_go(self, whom: int, times: int) -> None:
        """A place is freed, and somebody alone asks for it: who waits is passed."""
        for _ in range(times):
            self.frees_a_place(whom)
            self.nothing_is_wrong()
            self.build._guests += 1
            self.replies(1000 + self.build._guests, 1, wait=True)
            self.nothing_is_wrong()

    @precondition(somebody_replied)
    @rule(whom=WHOM)
    def comes_back(self, whom: int) -> None:
        def deed(it: Rsvp | Repeat) -> None:
            if it.withdrawn_at and self.now - it.withdrawn_at <= UNDO:
                had = it.withdrawn_from in SEATED and isinstance(it, Rsvp)
                self.memory.takes_back = it.id if had else None
            rsvps.come_back(it, now=self.now)

        self.acts(whom, deed)

    @precondition(somebody_replied)
    @rule(whom=WHOM, party=PARTY, wait=st.booleans())
    def changes_party(self, whom: int, party: int, wait: bool) -> None:
        self.acts(
            whom,
            lambda it: amendments.change_party(
                it, party, now=self.now, would_wait=wait
            ),
        )

    @precondition(somebody_replied)
    @rule(whom=WHOM, who=st.integers(1, PEOPLE + 3))
    def corrects_address(self, whom: int, who: int) -> None:
        def deed(it: Rsvp | Repeat) -> Rsvp | Repeat:
            reply = self.build.reply(
                it.name,
                address=f"guest{who}@example.org",
                party_size=it.party_wanted,
                would_wait=it.status is RsvpStatus.WAITING,
            )
            mended = amendments.correct_address(it, reply, now=self.now)
            if isinstance(it, Rsvp) and isinstance(mended, Repeat):
                self.memory.left.add(it.id)
            return mended

        self.acts(whom, deed)

    @precondition(somebody_replied)
    @rule(whom=WHOM)
    def still_comes(self, whom: int) -> None:
        self.acts(whom, lambda it: rsvps.still_coming(it, now=self.now))

    @precondition(somebody_replied)
    @rule(whom=WHOM, dice=st.integers(0, 3))
    def is_erased(self, whom: int, dice: int) -> None:
        if dice == 0:
            self.acts(
                whom,
                lambda it: rsvps.erase(
                    it if isinstance(it, Rsvp) else it.rsvp, now=self.now
                ),
            )

    # What the organisers do

    @rule(capacity=st.integers(0, 10))
    def resizes(self, capacity: int) -> None:
        self.does(
            lambda: events.resize(self.event, capacity, actor="test", now=self.now),
            organisers=True,
        )

    @rule(dice=st.integers(0, 5))
    def postpones(self, dice: int) -> None:
        if dice == 0:
            self.does(
                lambda: events.postpone(
                    self.event, Words(), actor="test", now=self.now
                ),
                organisers=True,
            )

    @rule(hours=st.sampled_from((2, 4, 26, 60, 120)), dice=st.integers(0, 1))
    def gives_a_date(self, hours: int, dice: int) -> None:
        if dice == 0 or self.event.status is EventStatus.POSTPONED:
            starts_at = self.now + timedelta(hours=hours)
            self.does(
                lambda: events.revise(
                    self.event, starts_at=starts_at, actor="test", now=self.now
                ),
                organisers=True,
            )

    @rule(dice=st.integers(0, 39))
    def cancels(self, dice: int) -> None:
        if dice == 0:
            self.does(
                lambda: events.cancel(self.event, Words(), actor="test", now=self.now),
                organisers=True,
            )

    # What time does

    @rule(minutes=st.sampled_from(MINUTES), relay=st.sampled_from((True, True, False)))
    def time_passes(self, minutes: int, relay: bool) -> None:
        """With a relay at work letters leave, and the clockwork keeps time."""
        if relay:
            self._letters_leave()
        self.clock.moves(minutes=minutes)
        if relay:
            clockwork.keep_time()
        self.steps["time passed"] += 1
        self.memory.untended = not relay
        self.memory.actor, self.memory.event_moved = None, False
        self.memory.takes_back = None

    def _letters_leave(self) -> None:
        due = update(Letter).where(
            Letter.status == LetterStatus.WAITING, Letter.due_at <= self.now
        )
        db.session.execute(due.values(status=LetterStatus.SENT, final_at=self.now))
        db.session.commit()

    # How a deed is done

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def event(self) -> Event:
        return db.session.get_one(Event, self.event_id)

    def acts(
        self,
        whom: int,
        deed: Callable[[Rsvp | Repeat], Any],
        among: Iterable[Rsvp | Repeat] | None = None,
    ) -> None:
        """Let one of those who replied do something."""
        records: list[Rsvp | Repeat] = [
            *db.session.scalars(select(Rsvp).order_by(Rsvp.id)),
            *db.session.scalars(select(Repeat).order_by(Repeat.id)),
        ]
        if among is not None:
            records = list(among)
        records = [
            it
            for it in records
            if isinstance(it, Repeat) or it.id not in self.memory.left
        ]  # of the others nobody has a link
        if not records:
            return
        record = records[whom % len(records)]
        actor = record.id if isinstance(record, Rsvp) else None
        self.does(lambda: deed(record), actor=actor)

    def does(
        self,
        deed: Callable[[], Any],
        *,
        actor: int | None = None,
        organisers: bool = False,
    ) -> None:
        """Do *deed* as a view would: committed whole, or refused and undone."""
        self.memory.takes_back = None
        try:
            done = deed()
            self.memory.untended = False
            if isinstance(done, Rsvp):
                actor = done.id
            db.session.commit()
            self.steps["done"] += 1
        except FestivalError as refusal:
            db.session.rollback()
            self.steps[f"refused: {type(refusal).__name__}"] += 1
        self.memory.actor, self.memory.event_moved = actor, organisers

    # What must hold

    @precondition(lambda self: hasattr(self, "memory"))
    @invariant()
    def nothing_is_wrong(self) -> None:
        db.session.rollback()
        db.session.expire_all()
        event, now = self.event, self.now
        rows = invariants.replies(event)
        wrongs = [
            *invariants.wrongs(
                event,
                now,
                over=self._may_be_over(event, rows),
                tended=not self.memory.untended,
            ),
            *self._counted(event, rows),
            *self._ranks(event, rows),
            *self._calendars(),
            *self._last_words(event, rows),
        ]
        self._remember(rows)
        db.session.rollback()
        assert wrongs == [], "; ".join(wrongs)

    def _may_be_over(self, event: Event, rows: list[Rsvp]) -> int:
        """Return how many seats too many are the organisers' doing; it never rises."""
        memory = self.memory
        assert event.capacity is not None
        over = invariants.taken(rows, self.now) - event.capacity
        if event.capacity != memory.capacity:
            before = sum(known.seats for known in memory.replies.values())
            memory.over = max(0, before - event.capacity)
            memory.capacity = event.capacity
        allowed = memory.over
        memory.over = max(0, min(memory.over, over))
        return allowed

    def _counted(self, event: Event, rows: list[Rsvp]) -> Iterator[str]:
        counted = guests.house(event, self.now).seats_taken
        held = invariants.taken(rows, self.now)
        if counted != held:
            yield f"{counted} seats are counted, {held} are held"

    def _ranks(self, event: Event, rows: list[Rsvp]) -> Iterator[str]:
        """Ranks stay. Silence and undo move to the front; whoever acts begins anew."""
        memory, now = self.memory, self.now
        for row in rows:
            known = memory.replies.get(row.id)
            if known is None or row.id == memory.actor:
                continue
            gave_way = known.status is RsvpStatus.CONFIRMED and row.asked_at
            waits = row.status is RsvpStatus.WAITING
            if row.ranked_at != known.ranked_at and not (gave_way and waits):
                yield f"the rank of {row.id} moved"
        if memory.event_moved or event.status is EventStatus.POSTPONED:
            return
        gained = [
            row
            for row in rows
            if invariants.seats_of(row, now) > self._seats_before(row.id)
            and row.id != memory.takes_back
        ]
        for row in rows:
            for other in gained:
                ahead = (other.ranked_at, other.id) < (row.ranked_at, row.id)
                if other.id != row.id and not ahead:
                    yield from self._passed(event, row, other)

    def _passed(self, event: Event, row: Rsvp, other: Rsvp) -> Iterator[str]:
        """Nobody is overtaken by a party that is no smaller, nor four times, nor late.

        Whoever rests, or could never fit, is passed by anybody.
        """
        memory, now = self.memory, self.now
        known = memory.replies.get(row.id)
        assert event.capacity is not None
        waited = known and known.needs and not known.rests
        if not known or not waited or row.rests or not invariants.needs(row):
            return
        if known.needs > event.capacity or row.id == memory.actor:
            return
        if known.needs <= invariants.seats_of(other, now) - self._seats_before(
            other.id
        ):
            yield f"{other.id} overtook {row.id}, who needs no more"
        memory.passed[row.id] += 1
        first = memory.first_passed.setdefault(row.id, now)
        if now >= event.starts_at - invariants.LATE:
            return
        if now - first > invariants.PATIENCE:
            yield f"{row.id} was passed a day after the first time"
        if memory.passed[row.id] > invariants.PASSES:
            yield f"{row.id} was passed {memory.passed[row.id]} times"

    def _seats_before(self, number: int) -> int:
        known = self.memory.replies.get(number)
        return known.seats if known else 0

    def _calendars(self) -> Iterator[str]:
        """SEQUENCE never falls, and rises with every CANCEL and whatever follows."""
        last: dict[tuple[int | None, str], tuple[str, int]] = {}
        found = select(Letter).where(Letter.status != LetterStatus.SUPERSEDED)
        for letter in db.session.scalars(found.order_by(Letter.id)):
            calendar = letter.facts.get("calendar")
            if not calendar:
                continue
            guest = (letter.rsvp_id, letter.recipient)
            method, sequence = last.get(guest, ("REQUEST", -1))
            rises = method != calendar["method"] and sequence >= 0
            if calendar["sequence"] < sequence + rises:
                yield f"SEQUENCE of {guest} fell behind {sequence}"
            last[guest] = (calendar["method"], calendar["sequence"])

    def _last_words(self, event: Event, rows: list[Rsvp]) -> Iterator[str]:
        """What the newest letter about a reply says of it is true."""
        if event.status is not EventStatus.SCHEDULED or self.now >= event.ends_at:
            return
        if self.memory.untended:
            return  # an offer may be over that nobody took back yet
        told = invariants.last_words()
        for row in rows:
            if row.status in invariants.ALIVE:
                self.memory.left.discard(row.id)
            if row.id not in told or row.address is None or row.id in self.memory.left:
                continue
            is_now = guests.standing(row, self.now)
            if is_now.status is RsvpStatus.EXPIRED:
                continue  # an unanswered hold ends without a word
            truth = (str(is_now.status), is_now.party_size, is_now.waiting_for)
            if truth != told[row.id]:
                yield f"{row.id} is {truth}, and was told {told[row.id]}"

    def _remember(self, rows: list[Rsvp]) -> None:
        memory = self.memory
        for row in rows:
            known = memory.replies.get(row.id)
            fell = known is not None and row.letter_sequence < known.sequence
            assert not fell, f"the calendar's sequence of {row.id} fell"
        memory.replies = {
            row.id: Known(
                row.status,
                invariants.seats_of(row, self.now),
                invariants.needs(row),
                row.ranked_at,
                row.letter_sequence,
                row.rests,
            )
            for row in rows
        }
        for row in rows:
            if not invariants.needs(row):
                memory.passed.pop(row.id, None)
                memory.first_passed.pop(row.id, None)


def empty() -> None:
    """Delete every row: each tale begins with an empty house."""
    db.session.remove()
    for table in reversed(Base.metadata.sorted_tables):
        db.session.execute(delete(table))
    db.session.commit()
    db.session.remove()


def tell(
    clock: Clock,
    *,
    tales: int,
    steps: int,
    always_the_same: bool = False,
    shortened: bool = True,
) -> None:
    """Let Hypothesis tell so many tales of so many steps, on the app at work.

    What breaks something is *shortened* to what is needed to break it: up to five
    minutes' work.
    """
    phases = (Phase.generate, Phase.shrink) if shortened else (Phase.generate,)
    House.clock = clock
    run_state_machine_as_test(
        House,
        settings=settings(
            max_examples=tales,
            stateful_step_count=steps,
            deadline=None,
            derandomize=always_the_same,
            database=None,
            phases=phases,
            print_blob=not always_the_same,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


__all__ = ["House", "tell"]
