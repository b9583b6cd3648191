"""When guests are reminded, and when they are asked whether they are still coming.

All in instants: a day before is 24 hours before, whatever the clocks do that night.
Nobody is written to in quiet hours (``domain.quiet``), except about an event that
begins before they end.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

from festival.domain.admission import DOOR
from festival.domain.quiet import EVENING, MORNING, evening_before, is_quiet

REMINDER = timedelta(hours=24)
QUESTION, LAST_QUESTION = timedelta(hours=48), timedelta(hours=24)
SETTLED = timedelta(hours=48)  # who replied since then has just said that they come
TO_ANSWER = timedelta(hours=12)  # before silence may count
NIGHT_NEARS = timedelta(hours=1)  # before the evening's end
NOON = time(12)


class Question(Enum):
    """Which "still coming?" it is."""

    FIRST = auto()
    LAST = auto()


def reminds(now: datetime, starts_at: datetime, timezone: str) -> bool:
    """Say whether a reminder that has not gone yet goes now.

    One that falls due in the night waits for the morning, if the event does.
    """
    if not starts_at - REMINDER <= now < starts_at:
        return False
    return not is_quiet(now, timezone) or _morning(now, timezone) >= starts_at


def asks(now: datetime, starts_at: datetime, timezone: str) -> Question | None:
    """Return which question goes now to who has not got it yet.

    The first waits for the morning; the last, which would leave too little time to
    answer then, goes in the evening before. Where it was missed the guest is reminded
    like any other.
    """
    if is_quiet(now, timezone) or now > last_chance(starts_at, timezone):
        return None
    day_before = starts_at - LAST_QUESTION
    evening = evening_before(day_before, timezone) - NIGHT_NEARS
    if now >= min(day_before, evening):
        return Question.LAST
    return Question.FIRST if now >= starts_at - QUESTION else None


def last_chance(starts_at: datetime, timezone: str) -> datetime:
    """Return until when a question leaves enough time for an answer."""
    return (silence_keeps_until(starts_at, timezone) or starts_at) - TO_ANSWER


def silence_keeps_until(starts_at: datetime, timezone: str) -> datetime | None:
    """Return the noon until which silence keeps the place; None: it always does.

    In the last hour the door decides, so a morning's event frees nobody's place.
    """
    zone = ZoneInfo(timezone)
    day = starts_at.astimezone(zone).date()
    noon = datetime.combine(day, NOON, zone).astimezone(starts_at.tzinfo)
    return noon if noon < starts_at - DOOR else None


def _morning(now: datetime, timezone: str) -> datetime:
    """Return when the quiet hours around *now* end."""
    local = now.astimezone(ZoneInfo(timezone))
    day = local.date() + timedelta(days=local.time() > EVENING)
    return datetime.combine(day, MORNING, local.tzinfo).astimezone(now.tzinfo)
