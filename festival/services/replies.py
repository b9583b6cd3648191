"""A reply as it is given, and the keys by which it is known again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from festival.domain import tokens
from festival.domain.addresses import address_key
from festival.domain.admission import HOLD, RsvpStatus
from festival.extensions import current_settings
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests


@dataclass(frozen=True, slots=True)
class Reply:
    """A citizen's yes, as they gave it."""

    name: str
    address: str
    party_size: int
    language: str
    answer: str = ""
    would_wait: bool = False  # pressed "join the waiting list"
    network: str = ""  # where it came from, kept for a day under a daily key
    agent: str = ""
    needs: tuple[str, ...] = ()
    needs_note: str = ""
    partner_id: int | None = None  # whose group they belong to

    @property
    def key(self) -> str:
        """Return the form under which the address is known."""
        return address_key(self.address)


def retry_key(event: Event, reply: Reply) -> str:
    """Return the seal by which the very same form is known again."""
    parts = ("retry", event.uid, reply.key, reply.name, reply.party_size)
    message = "|".join(map(str, (*parts, reply.would_wait, reply.network, reply.agent)))
    return tokens.seal(current_settings().SECRET_KEY, message)


def correction_key(token: str, address: str, *, network: str, agent: str) -> str:
    """Return the seal by which the same correction is known again: a double tap.

    From the same browser only: the old link is in the letter to the wrong address.
    """
    message = f"correction|{token}|{address_key(address)}|{network}|{agent}"
    return tokens.seal(current_settings().SECRET_KEY, message)


def network_key(reply: Reply, now: datetime) -> str:
    """Return the seal of a network, another one each day."""
    message = f"network|{now.date()}|{reply.network}"
    return tokens.seal(current_settings().SECRET_KEY, message)


def new_door_code(event: Event) -> str:
    """Return six digits that open nobody else's door at *event*."""
    while True:
        code = f"{secrets.randbelow(1_000_000):06}"
        if not guests.door_code_taken(event, code):
            return code


def hold(record: Rsvp | Repeat, now: datetime) -> None:
    """Keep the places of *record* until its letter is answered."""
    record.status = RsvpStatus.HELD
    record.held_until = now + HOLD
