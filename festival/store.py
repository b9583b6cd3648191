"""The Redis in which processes share their public answers, where there is one.

It makes a new process warm; nothing needs it. Away, it is left alone for a while,
and every process makes its own.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from time import monotonic

import redis

log = logging.getLogger(__name__)

WAIT = 0.2  # seconds for an answer: making one takes less than a slow Redis
PAUSE = 5.0  # seconds without it, after trouble
LONGEST = timedelta(minutes=15)  # the clock changes every answer by then


class RedisStore:
    """Bytes by key, of one edition of one version of the site."""

    def __init__(self, url: str, stamp: str) -> None:
        """Use the Redis at *url*; *stamp* is of what the same program makes alike."""
        self._redis = redis.Redis.from_url(
            url, socket_timeout=WAIT, socket_connect_timeout=WAIT
        )
        self._stamp = stamp
        self._away_until = 0.0

    def load(self, key: str, edition: str) -> bytes | None:
        """Return what is stored for this edition."""
        if monotonic() < self._away_until:
            return None
        try:
            found = self._redis.get(self._name(key, edition))
        except Exception as trouble:  # noqa: BLE001  # whatever answers there
            self._leave_alone(trouble)
            return None
        return found if isinstance(found, bytes) else None

    def save(self, key: str, edition: str, packed: bytes) -> None:
        """Store *packed* for the others."""
        if monotonic() < self._away_until:
            return
        try:
            self._redis.set(self._name(key, edition), packed, ex=LONGEST)
        except Exception as trouble:  # noqa: BLE001  # whatever answers there
            self._leave_alone(trouble)

    def answers(self) -> bool:
        """Say whether there is a Redis."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False

    def _name(self, key: str, edition: str) -> str:
        return f"festival:{self._stamp}:{edition}:{key}"

    def _leave_alone(self, trouble: Exception) -> None:
        self._away_until = monotonic() + PAUSE
        log.warning("no Redis for a while: %s", type(trouble).__name__)
