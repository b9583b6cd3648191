"""What is kept under one reply, for whoever holds its link.

That may be a stranger who typed somebody else's address. So nothing is told that this
reply's own page does not tell, or would not tell if the address had been a new one:
not whether letters went out (their owner may have silenced them), nor when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from festival.domain.addresses import address_key, limit_key
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests
from festival.queries.guests import Standing


@dataclass(frozen=True, slots=True)
class Told:
    """A letter that was called for: what about, and when."""

    about: str  # "reply" or "withdrawal"
    written_at: datetime


@dataclass(frozen=True, slots=True)
class KeptFacts:
    """Everything kept under a reply. A repeat's has the same shape."""

    standing: Standing
    party_wanted: int
    language: str
    needs: list[str]
    needs_note: str
    wants_reminders: bool
    still_coming_at: datetime | None
    letters: list[Told]
    mailbox: str  # whose letters are counted
    network_kept: bool  # sealed, for a day


def kept_facts(record: Rsvp | Repeat, now: datetime) -> KeptFacts:
    """Return what is kept under *record*; of a repeat, what would be."""
    true = record if isinstance(record, Rsvp) else None
    standing = guests.standing(record, now)
    letters = [Told("reply", record.replied_at)]
    if record.withdrawn_at:
        letters.append(Told("withdrawal", record.withdrawn_at))
    return KeptFacts(
        standing=standing,
        party_wanted=record.party_wanted,
        language=record.language,
        needs=true.needs if true else [],
        needs_note=true.needs_note if true else "",
        wants_reminders=true.wants_reminders if true else True,
        still_coming_at=record.still_coming_at,
        letters=letters,
        mailbox=limit_key(address_key(standing.address)),
        network_kept=record.network_key is not None,
    )
