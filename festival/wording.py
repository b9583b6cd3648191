"""How things read: dates, times, places, counts, in the reader's language.

For pages and letters alike. The language is Flask-Babel's; every translated sentence
passes through French typography here, so that no template has to think of it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

import flask_babel
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_timezone_location
from flask import Flask
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from festival import clock
from festival.domain.admission import House
from festival.domain.fixtures import Outcome
from festival.domain.lifecycle import ReplyState
from festival.domain.programme import MORNING
from festival.domain.words import Phrase, Words, direction
from festival.extensions import current_settings
from festival.formats import markdown
from festival.models.events import Match
from festival.queries import competitions

LANGUAGES = ("fr", "en")
FEW = 5  # seats, or a tenth of the house: then "only … left"
NEAR = timedelta(days=270)  # dates further away say their year

ORDINALS = {1: "st", 2: "nd", 3: "rd"}

NO_BREAK = "\u00a0"
_BEFORE_MARKS = re.compile(r" (?=[:;?!»€]|%(?!\())")  # not before %(name)s
_AFTER_QUOTE = re.compile(r"« ")
_UNITS = r"h|min|m|km|cm|ans?|places?|personnes?|jours?|heures?|minutes?|rendez-vous"
# After a digit, or after the placeholder in which a number will stand.
_NUMBER_AND_UNIT = re.compile(rf"(?:(?<=\d)|(?<=\)s)) (?=(?:{_UNITS})\b)")
_HOUR_AND_MINUTES = re.compile(r"(?<=\bh) (?=\d\d\b)")
_ADDRESS = re.compile(r"https://[^\s<>\"]+")
_GROUPS = re.compile(r"(?<=\d) (?=\d\d)")


def init_app(app: Flask) -> None:
    """Give templates these words, and sentences with the right spaces."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, _ngettext_template, newstyle=True
    )
    app.jinja_env.filters.update(
        words=words,
        plain=plain,
        tongue=tongue,
        typo=typo,
        markdown=marked,
        day=day,
        day_number=day_number,
        clock_time=clock_time,
        door_code=door_code,
        kind_name=kind_name,
        language_name=language_name,
        direction=direction,
        cited=cited,
    )
    app.jinja_env.globals.update(
        LANGUAGES=LANGUAGES,
        current_language=language,
        when=when,
        hours=hours,
        relative_day=relative_day,
        place=place,
        seats=seats,
        seats_free=seats_free,
        people=people,
        rank=rank,
        places=places,
        city_of=city_of,
    )


# Sentences


def language() -> str:
    """Return the reader's language."""
    locale = flask_babel.get_locale()
    return locale.language if locale else LANGUAGES[0]


def language_of(asked: str) -> str:
    """Return the language *asked* for, else French: an address is never wrong."""
    return asked if asked in LANGUAGES else LANGUAGES[0]


def french(text: str) -> str:
    """Return French *text* with no-break spaces where they belong."""
    text = _BEFORE_MARKS.sub(NO_BREAK, text)
    text = _AFTER_QUOTE.sub("«" + NO_BREAK, text)
    text = _NUMBER_AND_UNIT.sub(NO_BREAK, text)
    text = _HOUR_AND_MINUTES.sub(NO_BREAK, text)
    return _GROUPS.sub(NO_BREAK, text)


def typo(text: Any) -> str:
    """Return one of our own sentences with its language's spaces."""
    return french(str(text)) if language() == "fr" else str(text)


def gettext(sentence: str, **facts: Any) -> str:
    """Return *sentence* in the reader's language, then filled with *facts*."""
    said = _said(language(), sentence)
    return said % facts if facts else said


@lru_cache(maxsize=4_096)
def _said(_language: str, sentence: str) -> str:
    """Return *sentence* in the reader's language, which is the key to what was said."""
    return typo(flask_babel.gettext(sentence))


def ngettext(one: str, several: str, number: int, **facts: Any) -> str:
    """Return *one* or *several* in the reader's language; ``%(num)s`` is *number*."""
    return _ngettext_template(one, several, number) % {"num": number, **facts}


def lazy_gettext(sentence: str, **facts: Any) -> LazyString:
    """Return *sentence* translated when it is shown."""
    return LazyString(gettext, sentence, **facts)


def _ngettext_template(one: str, several: str, number: int) -> str:
    said = flask_babel.get_translations().ungettext(one, several, number)
    return french(said) if language() == "fr" else str(said)


# Words in several languages


def words(text: Words | Phrase, reading: str = "") -> Markup:
    """Return *text* for a page; what is in another language than the page says which.

    In the language *reading*, where the reader asked for another than the page's.
    """
    phrase = _phrase(text, reading)
    if not _stands_out(phrase):
        return escape(_spaced(phrase))
    return Markup('<span lang="{}" dir="{}">{}</span>').format(
        phrase.language, phrase.direction, _spaced(phrase)
    )


def tongue(text: Words | Phrase, reading: str = "") -> Markup:
    """Return ``lang`` and ``dir`` for the block that holds *text*, where it needs them.

    A title in Arabic begins at the right of its line, not only inside its words.
    """
    phrase = _phrase(text, reading)
    if not _stands_out(phrase):
        return Markup("")
    return Markup(' lang="{}" dir="{}"').format(phrase.language, phrase.direction)


def plain(text: Words | Phrase, reading: str = "") -> str:
    """Return the bare text, for titles and attributes."""
    return _spaced(_phrase(text, reading))


def marked(text: Words | Phrase, reading: str = "") -> Markup:
    """Return Markdown *text* as safe HTML; in another language, in its own block."""
    phrase = _phrase(text, reading)
    html = markdown.html(phrase.text)
    made = Markup(french(html) if phrase.language == "fr" else html)  # noqa: S704  (sanitised there)
    if not _stands_out(phrase):
        return made
    return Markup('<div lang="{}" dir="{}">{}</div>').format(
        phrase.language, phrase.direction, made
    )


def _phrase(text: Words | Phrase, reading: str) -> Phrase:
    """Return *text* in the language *reading*, else in the page's, else in any."""
    if not isinstance(text, Words):
        return text
    asked = text.best(reading or language())
    return text.best(language()) if reading and asked.foreign else asked


def _stands_out(phrase: Phrase) -> bool:
    return phrase.language.partition("-")[0] != language()


def _spaced(phrase: Phrase) -> str:
    return french(phrase.text) if phrase.language == "fr" else phrase.text


# Days and hours


def day(date_: date, *, weekday: bool = True, month: bool = True) -> str:
    """Return a date in words: "samedi 21 novembre", "Saturday 21 November"."""
    far = abs(date_ - clock.now().date()) > NEAR
    pattern = "EEEE d" if weekday else "d"
    if month:
        pattern += " MMMM y" if far else " MMMM"
    said = format_date(date_, pattern, locale=language())
    if language() == "fr":
        said = re.sub(r"\b1\b", "1er", said, count=1)
        return re.sub(r"(?<=\d) (?=\D)", NO_BREAK, said)
    return said


def day_number(date_: date) -> str:
    """Return the number of a day in its month: "4", and in French "1er"."""
    return "1er" if date_.day == 1 and language() == "fr" else str(date_.day)


def clock_time(local: datetime) -> str:
    """Return a local time as it is said: "14 h 30", "2.30pm", "minuit"."""
    exact = (local.hour, local.minute)
    if language() == "fr":
        minutes = f"{NO_BREAK}{local.minute:02}" if local.minute else ""
        return "minuit" if exact == (0, 0) else f"{local.hour}{NO_BREAK}h{minutes}"
    if exact in {(0, 0), (12, 0)}:  # nobody is sure which of them is "12pm"
        return "midday" if local.hour else "midnight"
    minutes = f".{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def hours(
    starts_at: datetime, ends_at: datetime, timezone: str, *, all_day: bool = False
) -> str:
    """Return the hours for a list, under its day: "14 h – 17 h", "2pm – 5pm"."""
    starts, ends = _local(starts_at, timezone), _local(ends_at, timezone)
    last = _last_day(ends, all_day=all_day)
    if last > starts.date():
        return gettext("until %(day)s", day=day(last))
    if all_day:
        return gettext("All day")
    return f"{clock_time(starts)} – {clock_time(ends)}"


def when(
    starts_at: datetime, ends_at: datetime, timezone: str, *, all_day: bool = False
) -> str:
    """Return when something is: "samedi 21 novembre, de 14 h à 17 h"."""
    starts, ends = _local(starts_at, timezone), _local(ends_at, timezone)
    first, last = starts.date(), _last_day(ends, all_day=all_day)
    if last > first:
        one_month = (first.year, first.month) == (last.year, last.month)
        return gettext(
            "from %(first)s to %(last)s",
            first=day(first, month=not one_month),
            last=day(last),
        )
    if all_day:
        return day(first)
    return gettext(
        "%(day)s, %(start)s to %(end)s",
        day=day(first),
        start=clock_time(starts),
        end=clock_time(ends),
    )


def starts(starts_at: datetime, timezone: str) -> str:
    """Return the day and the hour at which something begins, for subjects."""
    local = _local(starts_at, timezone)
    weekday = format_date(local.date(), "EEEE d MMMM", locale=language())
    return f"{weekday}, {clock_time(local)}"


def relative_day(instant: datetime, timezone: str) -> str:
    """Return "Today" or "Tomorrow", or nothing."""
    away = _local(instant, timezone).date() - _local(clock.now(), timezone).date()
    return {0: gettext("Today"), 1: gettext("Tomorrow")}.get(away.days, "")


def instant(moment: datetime, timezone: str | None = None) -> str:
    """Return a day and an hour: "lundi 23 novembre à 10 h"."""
    local = _local(moment, timezone or current_settings().TIMEZONE)
    return gettext("%(day)s at %(time)s", day=day(local.date()), time=clock_time(local))


def city_of(timezone: str) -> str:
    """Return the city whose clocks show *timezone*: "Paris"."""
    return get_timezone_location(timezone, locale=language(), return_city=True)


def _last_day(ends: datetime, *, all_day: bool) -> date:
    """Return the day to which an end belongs.

    Before six in the morning that is the evening before; an all-day event ends at
    the midnight after its last day.
    """
    return (ends - (timedelta(seconds=1) if all_day else MORNING)).date()


def _local(moment: datetime, timezone: str) -> datetime:
    return moment.astimezone(ZoneInfo(timezone))


# Places, people, seats


def place(event: Any) -> str:
    """Return where *event* is, in one line: the venue, and the space in it."""
    if event.venue is None:
        if event.online_link:
            return gettext("Online")
        ends_at = getattr(event, "ends_at", None)  # a letter is never of the past
        if ends_at and ends_at <= clock.now():
            return gettext("Place not known")
        return gettext("Place to be announced")
    if event.space is None:
        return str(event.venue.name)
    return f"{event.venue.name}, {plain(event.space.name)}"


def people(number: int) -> str:
    """Return "2 people"."""
    return ngettext("%(num)s person", "%(num)s people", number)


def places(number: int) -> str:
    """Return "2 places", as in "2 places in your name"."""
    return ngettext("%(num)s place", "%(num)s places", number)


def rank(position: int) -> str:
    """Return a place in line: "1re", "4e", "4th"."""
    if language() == "fr":
        return f"{position}{'ʳᵉ' if position == 1 else 'ᵉ'}"
    teen = 10 < position % 100 < 14
    return f"{position}{'th' if teen else ORDINALS.get(position % 10, 'th')}"


def seats_free(house: House) -> str:
    """Return how many places are left: "12 places left", "Only 3 places left"."""
    free = house.seats_free
    if free is None:
        return gettext("Places for everybody")
    if is_few(house):
        return ngettext("Only %(num)s place left", "Only %(num)s places left", free)
    return ngettext("%(num)s place left", "%(num)s places left", free)


def is_few(house: House) -> bool:
    """Say whether the places left are worth a hurry."""
    free = house.seats_free
    return free is not None and 0 < free <= max(FEW, (house.capacity or 0) // 10)


def seats(state: ReplyState, house: House) -> str:
    """Return what a list says of an event's places."""
    if state is ReplyState.OPEN:
        return seats_free(house)
    return {
        ReplyState.WAITING_LIST: gettext("Full · waiting list"),
        ReplyState.FULL: gettext("Full"),
        ReplyState.NOT_YET: gettext("Replies not open yet"),
        ReplyState.CLOSED: gettext("Replies closed"),
        ReplyState.DROP_IN: gettext("Drop in, no reply needed"),
        ReplyState.ELSEWHERE: gettext("Replies on another site"),
        ReplyState.POSTPONED: gettext("Postponed"),
        ReplyState.CANCELLED: gettext("Cancelled"),
        ReplyState.PAST: gettext("Over"),
    }[state]


def door_code(code: str) -> str:
    """Return a door code as it is said: "482 913"."""
    return f"{code[:3]}{NO_BREAK}{code[3:]}"


def kind_name(kind: str) -> str:
    """Return what a kind of event is called; a house's own kind by its own name."""
    names = {
        "festival": gettext("Festival"),
        "open_day": gettext("Open day"),
        "screening": gettext("Screening"),
        "workshop": gettext("Workshop"),
        "debate": gettext("Debate"),
        "meeting": gettext("Meeting"),
        "concert": gettext("Concert"),
        "meal": gettext("Meal"),
        "residency": gettext("Residency"),
        "visit": gettext("Visit"),
    }
    return names.get(kind, kind.replace("_", " ").capitalize())


def access_name(fact: str) -> str:
    """Return what a fact of access is about, inside a sentence."""
    return {
        "step_free": gettext("step-free entrance"),
        "accessible_toilet": gettext("accessible toilets"),
        "hearing_loop": gettext("hearing loop"),
        "sign_language": gettext("sign language"),
        "quiet_place": gettext("quiet place"),
    }[fact]


def language_name(tag: str) -> str:
    """Return a language's name in that language: "Français", "العربية"."""
    try:
        name = Locale.parse(tag, sep="-").get_language_name(tag.partition("-")[0])
    except (UnknownLocaleError, ValueError):
        return tag
    return (name or tag).capitalize()


# Matches


def side(match: Match, where: Literal["home", "away"]) -> Phrase:
    """Return who plays *match* there: a team, or "Winner of match 49" until then."""
    found = competitions.side(match, where)
    if found.team:
        return found.team.best(language())
    awaited = found.placeholder
    if awaited is None:
        said = gettext("To be decided")
    elif awaited.outcome is Outcome.WINNER:
        said = gettext("Winner of match %(number)s", number=awaited.number)
    else:
        said = gettext("Loser of match %(number)s", number=awaited.number)
    return Phrase(said, language(), foreign=False)


# Sources


def cited(source: str) -> Markup:
    """Return what was read, as a link where it has an https address."""
    found = _ADDRESS.search(source)
    if found is None:
        return escape(source)
    address = found.group().rstrip(".,;:")
    if "(" not in address:
        address = address.rstrip(")")
    title = source.replace(address, "").replace("()", "").strip(" .,;:–—-")
    return Markup('<a href="{}" rel="noopener">{}</a>').format(
        address, title or address.removeprefix("https://")
    )
