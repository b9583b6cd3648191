"""The invented guests: who they are, and how they reply."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle

from festival.demo.reading import Text, read
from festival.domain.admission import RsvpStatus
from festival.domain.words import fold
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.services import rsvps

PARTIES = (2, 1, 4, 2, 1, 3)  # people, over and over
EARLIEST = timedelta(hours=1)  # after replies open
JUST_NOW = timedelta(minutes=10)  # ago: who has not answered their letter yet
READS_LETTERS = timedelta(minutes=5)  # until a letter is answered


class Crowd:
    """People who come one after the other, each with a name, an address, a language."""

    def __init__(self) -> None:
        texts = read("guests")
        self._people = cycle(enumerate(texts["people"].items()))
        self._answers = cycle(texts["answers"])

    def replies(self, event: Event, wanted: Text, now: datetime) -> int:
        """Let guests reply to *event* since it was announced; return how many did.

        *wanted* counts people ``seated``, ``waiting`` and ``held`` (their letter is
        not answered yet), and how many guests have ``withdrawn`` again.
        """
        sizes = [
            *_parties(wanted.get("seated", 0), event.largest_party),
            *_parties(wanted.get("waiting", 0), event.largest_party),
        ]
        times = _moments(event, len(sizes), now)
        came = [
            self._reply(event, size, moment)
            for size, moment in zip(sizes, times, strict=True)
        ]
        for rsvp in came[: wanted.get("withdrawn", 0)]:
            rsvps.withdraw(rsvp, now=now)
        held = list(_parties(wanted.get("held", 0), event.largest_party))
        for size in held:
            self._reply(event, size, now - JUST_NOW, reads_letters=False)
        return len(came) + len(held)

    def _reply(
        self, event: Event, size: int, moment: datetime, *, reads_letters: bool = True
    ) -> Rsvp | Repeat:
        number, (name, language) = next(self._people)
        reply = rsvps.Reply(
            name=name,
            address=_address(name, number),
            party_size=size,
            language=language,
            answer=next(self._answers) if event.question else "",
            would_wait=True,
            network=f"192.0.2.{number}",
        )
        rsvp = rsvps.respond(event, reply, now=moment)
        if reads_letters and isinstance(rsvp, Rsvp) and rsvp.status is RsvpStatus.HELD:
            rsvps.confirm(rsvp, now=moment + READS_LETTERS)
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
    first = (event.published_at or now) + EARLIEST
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
