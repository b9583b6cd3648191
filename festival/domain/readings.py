"""Days, hours and numbers as people write them, in French and in English.

Nothing is guessed: what could be read in two ways, or holds more than was read, is
not read at all. A day comes before its month, as everywhere but in one country; a day
without a year is the next such day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from festival.domain.question import FIRST_DAY, LAST_DAY
from festival.domain.words import fold

MONTHS: Final = {
    **dict.fromkeys(("janvier", "janv", "jan", "january"), 1),
    **dict.fromkeys(("fevrier", "fevr", "fev", "february", "feb"), 2),
    **dict.fromkeys(("mars", "mar", "march"), 3),
    **dict.fromkeys(("avril", "avr", "april", "apr"), 4),
    **dict.fromkeys(("mai", "may"), 5),
    **dict.fromkeys(("juin", "june", "jun"), 6),
    **dict.fromkeys(("juillet", "juil", "july", "jul"), 7),
    **dict.fromkeys(("aout", "august", "aug"), 8),
    **dict.fromkeys(("septembre", "sept", "sep", "september"), 9),
    **dict.fromkeys(("octobre", "oct", "october"), 10),
    **dict.fromkeys(("novembre", "nov", "november"), 11),
    **dict.fromkeys(("decembre", "dec", "december"), 12),
}
WEEKDAYS: Final = (
    ("lundi", "lun", "monday", "mon"),
    ("mardi", "mar", "tuesday", "tues", "tue"),
    ("mercredi", "mer", "wednesday", "wed"),
    ("jeudi", "jeu", "thursday", "thurs", "thur", "thu"),
    ("vendredi", "ven", "friday", "fri"),
    ("samedi", "sam", "saturday", "sat"),
    ("dimanche", "dim", "sunday", "sun"),
)
NO_LIMIT: Final = frozenset(
    {
        *("illimite", "illimitee", "sans limite", "libre", "acces libre"),
        *("entree libre", "unlimited", "no limit", "free", "-", "–", "∞"),
    }
)
FIRST_SERIAL, LAST_SERIAL = 36_526, 73_050  # a spreadsheet's 2000-01-01 and 2099-12-31
EPOCH: Final = date(1899, 12, 30)  # its day 0
YEARS_AHEAD: Final = 8  # in which every day comes, the 29th of February too
MINUTES_A_DAY: Final = 24 * 60

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted({w for names in WEEKDAYS for w in names}, key=len)[::-1])
_ISO = re.compile(r"\b(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)(?=$|[^\d-])t?")
_DIGITS = re.compile(
    r"(?<![\d/.:-])(?P<d>\d\d?)(?P<mark>[/.-])(?P<m>\d\d?)"
    r"(?:(?P=mark)(?P<y>\d{4}|\d\d))?(?![\d/-])(?!\.\d)"
)
_DAY_MONTH = re.compile(
    rf"\b(?P<d>\d\d?)(?:er|st|nd|rd|th)?[\s-]+(?:of\s+)?(?P<m>{_MONTH})\b\.?"
    r"(?:,?[\s-]+(?P<y>\d{4})(?!\d|\s*[h:]))?"
)
_MONTH_DAY = re.compile(
    rf"\b(?P<m>{_MONTH})\b\.?\s+(?P<d>\d\d?)(?:st|nd|rd|th)?\b(?!\s*[h:])"
    r"(?:,?\s+(?P<y>\d{4})(?!\d|\s*[h:]))?"
)
_PATTERNS = (_ISO, _DAY_MONTH, _MONTH_DAY, _DIGITS)
_NAMED = re.compile(rf"^\W*(?:le |on |the |du )?({_WEEKDAY})\b")
_HALF = r"(?P<half>[ap])\.?m\b\.?"
_HOUR = re.compile(
    r"(?<![\d:.,])(?:"
    r"(?P<h>\d\d?)\s*(?:[:.h]|heures?|hrs?)\s*(?P<min>\d\d)(?::\d\d)?(?!\d)"
    rf"\s*(?:{_HALF})?"
    r"|(?P<full>\d\d?)\s*(?:h|heures?|hrs?)\b"
    rf"|(?P<said>\d\d?)\s*{_HALF.replace('half', 'half2')}"
    r"|(?P<noon>midi|midday|noon)\b|(?P<midnight>minuit|midnight)\b)"
)
_SHARED = re.compile(  # "14-16h", "2 – 4pm": the first takes what the second says
    r"^\D*?(?P<a>\d\d?)\s*(?:-|–|—|a|to)\s*(?P<b>\d\d?)\s*(?:h|(?P<half>[ap])\.?m\.?)$"
)
_LENGTH = re.compile(
    r"^(?:(\d\d?)\s*(?:h|:|heures?|hours?))?\s*(\d{1,3})?\s*(?:m|mn|min|minutes?)?$"
)


# Days


def a_day(text: str, today: date) -> date | None:
    """Return the day that *text* names, hours aside; nothing if it names none.

    A day without a year is the first such day from *today* on. "2 au 4 décembre"
    names two, so none.
    """
    said = fold(text)
    serial = _serial(said)
    if serial is not None:
        return EPOCH + timedelta(days=int(serial)) if serial >= FIRST_SERIAL else None
    for pattern in _PATTERNS:
        found = pattern.search(said)
        if found is None:
            continue
        rest = said[: found.start()] + " " + said[found.end() :]
        if re.search(r"\d", _HOUR.sub("", rest)):
            return None
        return _dated(found, today)
    return None


def weekday_named(text: str) -> int | None:
    """Return which weekday *text* begins with, Monday being 0: "sam. 21 nov."."""
    found = _NAMED.match(fold(text))
    if found is None:
        return None
    return next(n for n, names in enumerate(WEEKDAYS) if found[1] in names)


def _dated(found: re.Match[str], today: date) -> date | None:
    named = found["m"]
    month = MONTHS.get(named) or int(named)
    day, year = int(found["d"]), found["y"]
    if year:
        whole = int(year) + (2000 if len(year) == 2 else 0)
        return _date(whole, month, day)
    for later in range(YEARS_AHEAD + 1):
        next_one = _date(today.year + later, month, day)
        if next_one is not None and next_one >= today:
            return next_one
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if FIRST_DAY <= found <= LAST_DAY else None


def _serial(said: str) -> float | None:
    """Return how a spreadsheet counts days, where *said* is such a count."""
    if not re.fullmatch(r"\d{1,5}(?:[.,]\d+)?", said):
        return None
    number = float(said.replace(",", "."))
    return number if number < 1 or FIRST_SERIAL <= number <= LAST_SERIAL else None


# Hours


def hours(text: str) -> tuple[time, time | None] | None:
    """Return from when, and until when if that is said; nothing if neither is.

    "14h30", "14 h 30 – 16 h", "de 14h à 16h", "2–4pm", "midi", 0.6041 of a day.
    """
    said = fold(text)
    found = list(_times(said))
    if found and len(found) <= 2:
        return found[0], found[1] if len(found) == 2 else None
    return None


def _times(said: str) -> Iterator[time]:
    serial = _serial(said)
    if serial is not None and (serial < 1 or serial % 1):
        minutes = round(serial % 1 * MINUTES_A_DAY) % MINUTES_A_DAY
        yield time(minutes // 60, minutes % 60)
        return
    for pattern in (_ISO, _DAY_MONTH, _MONTH_DAY):
        said = pattern.sub(" ", said)
    said = re.sub(r"\b\d\d?([/.-])\d\d?\1\d{2,4}\b|\b\d\d?/\d\d?\b", " ", said).strip()
    if re.fullmatch(r"\d\d?", said):
        yield from filter(None, [_time(int(said), 0)])
        return
    shared = _SHARED.match(said)
    if shared:
        pair = [_time(int(shared[name]), 0, shared["half"]) for name in ("a", "b")]
        yield from (each for each in pair if each is not None)
        return
    rest = said
    every: list[time] = []
    for found in _HOUR.finditer(said):
        rest = rest.replace(found[0], " ", 1)
        read = _read(found)
        if read is None:
            return
        every.append(read)
    if not re.search(r"\d", rest):
        yield from every


def _read(found: re.Match[str]) -> time | None:
    if found["noon"]:
        return time(12)
    if found["midnight"]:
        return time(0)
    hour = int(found["h"] or found["full"] or found["said"])
    return _time(hour, int(found["min"] or 0), found["half"] or found["half2"])


def _time(hour: int, minute: int, half: str | None = None) -> time | None:
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if (hour, minute) == (24, 0):
        return time(0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def a_length(text: str) -> timedelta | None:
    """Return how long something lasts: "1h30", "90", "90 min", "1:30"."""
    found = _LENGTH.match(fold(text))
    if found is None or not (found[1] or found[2]):
        return None
    length = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
    return length or None


def a_moment(text: str, zone_of: timedelta | None = None) -> datetime | None:
    """Return an instant that says its own zone: ISO 8601 with Z or an offset.

    "2018-06-14T18:00:00+03:00", "2018-06-14 18:00 UTC+3". *zone_of* is the offset
    of what says none.
    """
    found = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)[t ](\d\d?:\d\d)(?::\d\d(?:\.\d+)?)?"
        r"\s*(z|utc|gmt)?\s*(?:([+-])(\d\d?):?(\d\d)?)?",
        fold(text),
    )
    if found is None:
        return None
    day, hour, universal, sign, hours_away, minutes_away = found.groups()
    offset = zone_of
    if sign:
        away = timedelta(hours=int(hours_away), minutes=int(minutes_away or 0))
        offset = away if sign == "+" else -away
    elif universal:
        offset = timedelta(0)
    if offset is None or abs(offset) >= timedelta(hours=24):
        return None
    try:
        said = datetime.fromisoformat(f"{day}T{hour:0>5}:00+00:00")
    except ValueError:
        return None
    return said - offset if FIRST_DAY <= said.date() <= LAST_DAY else None


# Numbers


def a_number(text: str) -> int | None:
    """Return the one whole number in *text*: "40", "40 places", "1 200"."""
    said = re.sub(r"(?<=\d)[\s\u00a0\u202f](?=\d{3}(?!\d))", "", fold(text))
    found = re.findall(r"-?\d+(?:[.,]\d+)?", said)
    if len(found) != 1 or len(found[0]) > 9:
        return None
    number = float(found[0].replace(",", "."))
    return int(number) if number >= 0 and number.is_integer() else None


def is_no_limit(text: str) -> bool:
    """Say whether *text* says that there is room for everybody."""
    return fold(text) in NO_LIMIT
