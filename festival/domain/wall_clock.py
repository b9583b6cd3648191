"""Hours as a wall clock shows them, and the instants they are.

Twice a year there is a night with an hour too few, or one too many.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from festival.domain.errors import NoSuchHour, TwiceThatHour


def instant(
    day: date, hour: time, timezone: str, *, second: bool | None = None
) -> datetime:
    """Return the instant at which clocks of *timezone* show *hour* on *day*.

    Where they show it twice, *second* says which of them is meant.

    Raises:
        NoSuchHour: the clocks go forward over it.
        TwiceThatHour: the clocks go back over it, and nobody said which is meant.
    """
    first = datetime.combine(day, hour, tzinfo=ZoneInfo(timezone))
    again = first.replace(fold=1)
    if first.utcoffset() == again.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC) > again.astimezone(UTC):  # they jump over it
        raise NoSuchHour
    if second is None:
        raise TwiceThatHour
    return (again if second else first).astimezone(UTC)


def zone(timezone: str) -> ZoneInfo:
    """Return *timezone* by its IANA name."""
    return ZoneInfo(timezone)


def is_second(moment: datetime, timezone: str) -> bool | None:
    """Say whether *moment* is the second of two alike hours; None: there is but one."""
    local = moment.astimezone(ZoneInfo(timezone))
    first, again = local.replace(fold=0), local.replace(fold=1)
    if first.utcoffset() == again.utcoffset():
        return None
    return bool(local.fold)


def moved(moment: datetime, days: int, timezone: str) -> datetime:
    """Return the same hour of the wall clock so many *days* later.

    An hour that does not exist there becomes the one after the gap.
    """
    local = moment.astimezone(ZoneInfo(timezone))
    there = datetime.combine(
        date.fromordinal(local.toordinal() + days), local.time(), tzinfo=local.tzinfo
    )
    return there.astimezone(UTC)
