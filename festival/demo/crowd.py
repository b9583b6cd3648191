"""The invented guests: who they are, and how they reply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from operator import attrgetter

from festival.demo.reading import Text, read
from festival.domain.admission import RsvpStatus
from festival.domain.words import fold
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.services import rsvps
from festival.services.replies import Reply

PARTIES = (2, 1, 4, 2, 1, 3)  # people, over and over
EARLIEST = timedelta(hours=1)  # after what was last said of the event
JUST_NOW = timedelta(minutes=10)  # ago: who has not answered their letter yet
READS_LETTERS = timedelta(minutes=5)  # until a letter is answered


@dataclass(frozen=True, slots=True)
class Yes:
    """Somebody's reply, before it is given."""

    event: Event
    moment: datetime
    reply: Reply
    reads_letters: bool


class Crowd:
    """People who come one after the other, each with a name, an address, a language."""

    def __init__(self) -> None:
        texts = read("guests")
        self._people = cycle(enumerate(texts["people"].items()))
        self._answers = cycle(texts["answers"])

    def replies(self, asked: Iterable[tuple[Event, Text]], now: datetime) -> int:
        """Let guests reply since the events were announced; return how many did.

        They reply in the order of time, as limits count letters by it. With each
        event stands how many people are ``seated``, ``waiting`` and ``held`` (their
        letter is not answered yet), and how many guests have ``withdrawn`` again.
        """
        wanted = list(asked)
        replies = [
            one for event, text in wanted for one in self._replies(event, text, now)
        ]
        came: dict[int, list[Rsvp | Repeat]] = {}
        for one in sorted(replies, key=attrgetter("moment")):
            came.setdefault(one.event.id, []).append(_give(one))
        for event, text in wanted:
            for rsvp in came.get(event.id, [])[: text.get("withdrawn", 0)]:
                rsvps.withdraw(rsvp, now=now)
        return len(replies)

    def _replies(self, event: Event, wanted: Text, now: datetime) -> Iterator[Yes]:
        sizes = [
            *_parties(wanted.get("seated", 0), event.largest_party),
            *_parties(wanted.get("waiting", 0), event.largest_party),
        ]
        for size, moment in zip(sizes, _moments(event, len(sizes), now), strict=True):
            yield Yes(event, moment, self._reply(event, size), reads_letters=True)
        for size in _parties(wanted.get("held", 0), event.largest_party):
            reply = self._reply(event, size)
            yield Yes(event, now - JUST_NOW, reply, reads_letters=False)

    def _reply(self, event: Event, size: int) -> Reply:
        number, (name, language) = next(self._people)
        return Reply(
            name=name,
            address=_address(name, number),
            party_size=size,
            language=language,
            answer=next(self._answers) if event.question else "",
            would_wait=True,
            network=f"192.0.2.{number}",
        )


def _give(one: Yes) -> Rsvp | Repeat:
    """Reply, and answer the letter that asks for it."""
    rsvp = rsvps.respond(one.event, one.reply, now=one.moment)
    if one.reads_letters and isinstance(rsvp, Rsvp) and rsvp.status is RsvpStatus.HELD:
        rsvps.confirm(rsvp, now=one.moment + READS_LETTERS)
    return rsvp


def _parties(people: int, largest: int) -> Iterator[int]:
    """Split so many *people* into parties."""
    for size in cycle(PARTIES):
        if not people:
            return
        party = min(size, largest, people)
        yield party
        people -= party


def _moments(event: Event, how_many: int, now: datetime) -> list[datetime]:
    """Return as many instants, evenly from the announcement until replies close."""
    first = event.revised_at + EARLIEST
    span = min(now - JUST_NOW, event.stage.closes_at) - first
    return [
        (first + span * step // (how_many + 1)).replace(microsecond=0)
        for step in range(1, how_many + 1)
    ]


def _address(name: str, number: int) -> str:
    local = fold(name).replace(" ", ".")
    if not local.isascii():
        local = f"guest{number}"
    return f"{local}@example.{'org' if number % 2 else 'net'}"
