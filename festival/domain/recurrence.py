"""Days that come again: every so many weeks, or on a weekday of the month.

Only days are counted here. The hours are those of the house's clock on each of them,
so that two in the afternoon stays two in the afternoon when the clocks change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import count, islice, takewhile
from zoneinfo import ZoneInfo

MOST = 60  # dates at once: what somebody can still look through
A_DAY, A_WEEK = timedelta(days=1), timedelta(weeks=1)
LAST = 5  # as the week of a month: the last one, be it the fourth or the fifth


class Rhythm(StrEnum):
    """How days come again."""

    WEEKS = "weeks"  # every so many weeks
    MONTH = "month"  # on such a weekday of the month
    DATES = "dates"  # on those that were given


@dataclass(frozen=True, slots=True)
class Rule:
    """Which days: from *first* on, *times* of them or up to *until*, or the *dates*."""

    rhythm: Rhythm
    first: date
    every: int = 1  # weeks
    week: int = 1  # of the month, 1 to 4, or LAST
    times: int | None = None
    until: date | None = None  # it included
    dates: tuple[date, ...] = ()

    def days(self) -> list[date]:
        """Return the days in order, each once, at most ``MOST``."""
        if self.rhythm is Rhythm.DATES:
            return sorted({*self.dates})[:MOST]
        found = self._weekly() if self.rhythm is Rhythm.WEEKS else self._monthly()
        until = self.until
        if until is not None:
            found = takewhile(lambda day: day <= until, found)
        return list(islice(found, min(self.times or MOST, MOST)))

    def _weekly(self) -> Iterator[date]:
        return (self.first + step * self.every * A_WEEK for step in count())

    def _monthly(self) -> Iterator[date]:
        """Yield the weekday of *first* in its week of each month."""
        for step in count(self.first.year * 12 + self.first.month - 1):
            year, month = divmod(step, 12)
            found = in_month(year, month + 1, self.first.weekday(), self.week)
            if found >= self.first:
                yield found


def in_month(year: int, month: int, weekday: int, week: int) -> date:
    """Return the *week*-th *weekday* (0 is Monday) of a month, or its last."""
    if week == LAST:
        after = date(year + month // 12, month % 12 + 1, 1)
        last = after - A_DAY
        return last - (last.weekday() - weekday) % 7 * A_DAY
    first = date(year, month, 1)
    return first + (weekday - first.weekday()) % 7 * A_DAY + (week - 1) * A_WEEK


def week_of(day: date) -> int:
    """Return which of its weekdays in its month *day* is, as a rule has it."""
    return min((day.day - 1) // 7 + 1, LAST)


def hours_on(
    day: date,
    begins: time,
    ends: time,
    timezone: str,
    *,
    lasts: timedelta | None = None,
) -> tuple[datetime, datetime]:
    """Return the instants at which clocks show *begins* and *ends*, that day.

    An end that is not after the begin is on the next day; of what *lasts* for days,
    it is so many days later. An hour that the clocks
    leave out is the one after it.
    """
    zone = ZoneInfo(timezone)
    last = day + (lasts or (timedelta() if ends > begins else A_DAY))
    starts_at = datetime.combine(day, begins, tzinfo=zone).astimezone(UTC)
    ends_at = datetime.combine(last, ends, tzinfo=zone).astimezone(UTC)
    if ends_at <= starts_at:  # the hour in which clocks go back, or forward
        ends_at = starts_at + timedelta(hours=1)
    return starts_at, ends_at


def local(instant: datetime, timezone: str) -> datetime:
    """Return what clocks and calendars there show at *instant*, without a zone."""
    return instant.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
