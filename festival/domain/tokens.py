"""Links that identify without a password.

A token is a ``public_id`` (72 random bits, stored) and 144 bits of HMAC over its
purpose, the id and a version: the database holds no secret, yet any later letter
can write the link again, and a new version revokes it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PUBLIC_ID_LENGTH = 12
TOKEN_LENGTH = 36


def new_public_id() -> str:
    """Return 12 fresh characters, safe in an address."""
    return secrets.token_urlsafe(9)


def _seal(key: str, message: str, length: int) -> bytes:
    said = message.encode("utf-8", "surrogatepass")
    digest = hmac.digest(key.encode(), said, hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:length])


def seal(key: str, message: str) -> str:
    """Return 24 characters that only the holder of *key* can make for *message*."""
    return _seal(key, message, 18).decode()


def sealed(keys: Sequence[str], message: str, seal_given: str) -> bool:
    """Say whether one of *keys*, newest first, made *seal_given* for *message*.

    Bytes are compared, never str: ``compare_digest`` raises on non-ASCII str.
    """
    given = seal_given.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(_seal(key, message, 18), given) for key in keys)


def write(key: str, purpose: str, public_id: str, version: int) -> str:
    """Return the token of *purpose* for a record: 36 characters."""
    return public_id + seal(key, f"{purpose}|{public_id}|{version}")


def public_id(token: str) -> str:
    """Return the part of *token* under which its record is kept."""
    return token[:PUBLIC_ID_LENGTH]


def opens(keys: Sequence[str], purpose: str, token: str, version: int) -> bool:
    """Say whether *token* is the true one of *purpose*, at this *version*."""
    public, given = token[:PUBLIC_ID_LENGTH], token[PUBLIC_ID_LENGTH:]
    return sealed(keys, f"{purpose}|{public}|{version}", given)
