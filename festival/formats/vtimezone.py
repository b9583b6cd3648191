"""Time zones as every calendar program reads them (RFC 5545, 3.6.5).

Outlook understands one STANDARD and at most one DAYLIGHT, each with one yearly rule
(MS-STANOICAL 2.2.47), and shifts events by an hour where it meets anything else. We
write just that, from the POSIX rule that ends each file of the ``tzdata`` package,
never from the machine's own zone files: the same bytes wherever we run. A time that
such a rule does not tell, because a government changes its mind or Ramadan moves, or
because the clocks go back over it, is written in UTC instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

WEEKDAYS: Final = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
LAST_SECOND: Final = timedelta(hours=23, minutes=59, seconds=59)
EPOCH_YEAR: Final = 1970

_NAME = r"(?:<([^>]+)>|([A-Za-z]+))"
_TIME = r"([+-]?\d+(?::\d+){0,2})"
_DATE = rf",M(\d+)\.(\d)\.(\d)(?:/{_TIME})?"
POSIX_RULE: Final = re.compile(rf"{_NAME}{_TIME}(?:{_NAME}{_TIME}?{_DATE}{_DATE})?")


@dataclass(frozen=True, slots=True)
class Onset:
    """The moment of each year when an offset begins: "last Sunday of March at 2"."""

    month: int
    week: int  # 1 to 4; 5 is the last
    weekday: int  # 0 is Sunday
    time: timedelta  # on the clocks that end there

    @property
    def rule(self) -> dict[str, str | int]:
        """Return the RRULE."""
        nth = -1 if self.week == 5 else self.week
        day = f"{nth}{WEEKDAYS[self.weekday]}"
        return {"FREQ": "YEARLY", "BYMONTH": self.month, "BYDAY": day}

    @property
    def is_within_its_day(self) -> bool:
        """Say whether a yearly rule can tell it (24:00 can: see ``onset_from``)."""
        return timedelta(0) <= self.time <= DAY

    def in_year(self, year: int) -> datetime:
        """Return the naive moment in *year*, on the clocks that end there."""
        first = datetime(year, self.month, 1)  # noqa: DTZ001
        until_weekday = (self.weekday - first.isoweekday()) % 7
        day = first + timedelta(days=until_weekday, weeks=self.week - 1)
        while day.month != self.month:
            day -= timedelta(weeks=1)
        return day + self.time


@dataclass(frozen=True, slots=True)
class Observance:
    """An offset from UTC, and when in the year it begins; ``None``: all year."""

    name: str
    offset: timedelta
    before: timedelta  # the offset that ends where this begins
    onset: Onset | None = None


@lru_cache(maxsize=4096)
def vtimezone(tzid: str, year: int) -> bytes | None:
    """Return the VTIMEZONE of *tzid* for events of *year*, or None: write UTC.

    None where the zone's rule is not true from the year before to the year after.
    """
    observances = _observances(tzid)
    if not observances or not _rule_holds(tzid, year):
        return None
    return _serialised(tzid, observances)


def utc_vtimezone() -> bytes:
    """Return the VTIMEZONE that a calendar without events stands on."""
    zero = timedelta(0)
    return _serialised("UTC", (Observance("UTC", offset=zero, before=zero),))


def local_time(moment: datetime, tzid: str) -> datetime:
    """Return *moment* on the clocks of *tzid*, in UTC if there is no such zone."""
    return moment.astimezone(_zone(tzid) if _zone_file(tzid) else UTC)


def wire_time(moment: datetime, tzid: str) -> datetime:
    """Return *moment* on the clocks of *tzid* if every client reads it alike, else UTC.

    Of an hour that happens twice, some take the first and some the second.
    """
    local = local_time(moment, tzid)
    if _happens_twice(local) or vtimezone(tzid, local.year) is None:
        return moment.astimezone(UTC)
    return local


def _happens_twice(local: datetime) -> bool:
    """Say whether the clocks show this hour again (a gap cannot come from UTC)."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


@lru_cache(maxsize=1024)
def _zone_file(tzid: str) -> bytes:
    """Return the zone file of *tzid*, empty when there is none by that name."""
    try:
        return files("tzdata").joinpath("zoneinfo", *tzid.split("/")).read_bytes()
    except OSError:
        return b""


@lru_cache(maxsize=1024)
def _zone(tzid: str) -> ZoneInfo:
    return ZoneInfo.from_file(BytesIO(_zone_file(tzid)), key=tzid)


@lru_cache(maxsize=1024)
def _observances(tzid: str) -> tuple[Observance, ...]:
    """Read the POSIX rule of *tzid*: one observance or two; none where we cannot."""
    if tzid in {"", "UTC", "Etc/UTC"}:
        return ()
    footer = _zone_file(tzid).rstrip(b"\n").rpartition(b"\n")[2]
    rule = POSIX_RULE.fullmatch(footer.decode("ascii", "replace"))
    if not rule:
        return ()

    quoted, plain, west, quoted_2, plain_2, west_2, *dates = rule.groups()
    name, offset = quoted or plain, -_time(west)
    other_name = quoted_2 or plain_2
    if not other_name:
        return (Observance(name, offset, before=offset),)

    other_offset = -_time(west_2) if west_2 else offset + timedelta(hours=1)
    other_begins, other_ends = _onset(*dates[:4]), _onset(*dates[4:])
    if not (other_begins.is_within_its_day and other_ends.is_within_its_day):
        return ()
    return (
        Observance(other_name, other_offset, before=offset, onset=other_begins),
        Observance(name, offset, before=other_offset, onset=other_ends),
    )


def _onset(month: str, week: str, weekday: str, time: str | None) -> Onset:
    return Onset(int(month), int(week), int(weekday), _time(time or "2"))


def _time(text: str) -> timedelta:
    """Read ``[+-]h[:m[:s]]``."""
    hours, minutes, seconds = [*map(int, text.lstrip("+-").split(":")), 0, 0][:3]
    size = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -size if text.startswith("-") else size


def _rule_holds(tzid: str, year: int) -> bool:
    """Compare the rule with the zone itself, from the year before to the year after.

    Each stretch between two changes is looked at where it begins, where it ends and
    every week: a change that the rule does not tell lasts longer (Ramadan: a month).
    """
    zone = _zone(tzid)

    def offset_at(utc: datetime) -> timedelta | None:
        return utc.replace(tzinfo=UTC).astimezone(zone).utcoffset()

    changes = sorted(_changes(_observances(tzid), range(year - 1, year + 2)))
    ends = [begins for begins, _ in changes[1:]] + [datetime(year + 2, 1, 1)]  # noqa: DTZ001
    for (begins, offset), end in zip(changes, ends, strict=True):
        weeks = range((end - begins) // WEEK + 1)
        looks = [*(begins + n * WEEK for n in weeks), end - timedelta(seconds=1)]
        if any(offset_at(moment) != offset for moment in looks if moment < end):
            return False
    return True


def _changes(
    observances: tuple[Observance, ...], years: range
) -> Iterator[tuple[datetime, timedelta]]:
    """Yield when offsets begin in *years* (UTC, naive), and which."""
    for observance in observances:
        if observance.onset is None:
            yield datetime(years.start, 1, 1), observance.offset  # noqa: DTZ001
            continue
        for onset in map(observance.onset.in_year, years):
            yield onset - observance.before, observance.offset


def _serialised(tzid: str, observances: tuple[Observance, ...]) -> bytes:
    component = Timezone()
    component.add("TZID", tzid)
    component.add("X-LIC-LOCATION", tzid)
    for observance in observances:
        component.add_component(_subcomponent(observance))
    return bytes(component.to_ical())


def _subcomponent(observance: Observance) -> TimezoneDaylight | TimezoneStandard:
    """Return DAYLIGHT for the clocks that are ahead (in Ireland: all summer)."""
    is_ahead = observance.offset > observance.before
    part = TimezoneDaylight() if is_ahead else TimezoneStandard()
    part.add("TZNAME", observance.name)
    part.add("TZOFFSETFROM", observance.before)
    part.add("TZOFFSETTO", observance.offset)
    if observance.onset:
        part.add("DTSTART", _first_onset(observance.onset))
        part.add("RRULE", observance.onset.rule)
    else:
        part.add("DTSTART", datetime(EPOCH_YEAR, 1, 1))  # noqa: DTZ001
    return part


def _first_onset(onset: Onset) -> datetime:
    """Return the onset in 1970; 24:00 becomes 23:59:59, as Windows itself does."""
    begun = onset.in_year(EPOCH_YEAR)
    return begun - DAY + LAST_SECOND if onset.time == DAY else begun
