"""The hours in which nobody is woken, and no deadline ends."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

EVENING, MORNING = time(22), time(8)  # local; the two instants themselves are not quiet


def is_quiet(instant: datetime, timezone: str) -> bool:
    """Say whether *instant* falls in the night of *timezone* (IANA)."""
    local = instant.astimezone(ZoneInfo(timezone)).time()
    return local > EVENING or local < MORNING


def evening_before(instant: datetime, timezone: str) -> datetime:
    """Return the 22:00 at which the night around *instant* began."""
    local = instant.astimezone(ZoneInfo(timezone))
    day = local.date() - timedelta(days=local.time() < MORNING)
    evening = datetime.combine(day, EVENING, ZoneInfo(timezone))
    return evening.astimezone(instant.tzinfo)
