"""Who asked us never to write: known by a seal that nobody can read."""

from __future__ import annotations

from sqlalchemy import select

from festival.domain import tokens
from festival.domain.addresses import address_key, limit_key
from festival.extensions import current_settings, db
from festival.models.journal import Suppression


def mailbox_of(address: str) -> str:
    """Return the mailbox behind *address*, however it was typed or tagged."""
    return limit_key(address_key(address))


def seals(address: str) -> list[str]:
    """Return the seals of *address*, one for each of our keys, the newest first."""
    message = f"silence|{mailbox_of(address)}"
    return [tokens.seal(key, message) for key in current_settings().keys]


def limit_seals(mailbox: str) -> list[str]:
    """Return the seals under which letters count for *mailbox* that do not name it."""
    return [tokens.seal(key, f"limit|{mailbox}") for key in current_settings().keys]


def is_silenced(address: str) -> bool:
    """Say whether *address* asked us never to write."""
    found = select(Suppression.id).where(Suppression.address_seal.in_(seals(address)))
    return db.session.scalars(found.limit(1)).first() is not None
