"""A programme in a table: what each line says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, TypeVar

from festival.domain import errors, readings, wall_clock
from festival.domain.columns import Line, closest, kind_called
from festival.domain.errors import FestivalError
from festival.domain.intakes import Checked, Note, Place, Setting, names_of
from festival.domain.kinds import KINDS
from festival.domain.words import Words, fold

T = TypeVar("T")

USUALLY: Final = timedelta(hours=2)  # how long what says no end lasts
NIGHT: Final = time(6)  # an end until then may belong to the next day
LONGEST: Final = timedelta(days=31)
LONGEST_NAME, LONGEST_NOTE = 120, 200  # characters
MOST_SEATS: Final = 100_000
DEFAULT_KIND: Final = "meeting"


def check(lines: Iterable[Line], setting: Setting) -> list[Checked]:
    """Read *lines*. One without a day has that of the line before: a merged cell."""
    day_before = ""
    checked: list[Checked] = []
    for line in lines:
        cells = dict(line.cells)
        has_own = "day" in cells or readings.a_day(
            cells.get("starts", ""), setting.today
        )
        if not has_own and day_before:
            cells["day"] = day_before
        day_before = cells.get("day", day_before)
        checked.append(_Reading(line, cells, setting).checked())
    return _met(_twice(checked))


def _twice(checked: Sequence[Checked]) -> list[Checked]:
    """Find the lines that say what a line before them says."""
    seen: dict[tuple[frozenset[str], datetime], int] = {}
    found = []
    for one in checked:
        if one.problems:
            found.append(one)
            continue
        key = names_of(one.facts["name"]), one.facts["starts_at"]
        first = seen.setdefault(key, one.line.number)
        if first != one.line.number:
            twice = errors.LineTwice(line=first)
            found.append(_with(one, problems=(twice,)))
        else:
            found.append(one)
    return found


def _met(checked: Sequence[Checked]) -> list[Checked]:
    """Note which lines want the same space at the same time."""
    taken: dict[int, list[tuple[datetime, datetime, int]]] = {}
    for one in checked:
        if not one.problems and one.place and one.place.space_id:
            span = one.facts["starts_at"], one.whole["ends_at"], one.line.number
            taken.setdefault(one.place.space_id, []).append(span)
    meeting = {
        number
        for spans in taken.values()
        for starts, ends, number in spans
        for starts_too, ends_too, other in spans
        if number != other and starts < ends_too and starts_too < ends
    }
    return [
        _with(one, notes=(*one.notes, Note.SAME_SPACE))
        if one.line.number in meeting
        else one
        for one in checked
    ]


def _with(one: Checked, **changes: Any) -> Checked:
    fields = ("line", "facts", "assumed", "problems", "notes", "suggestions", "place")
    return Checked(**{**{name: getattr(one, name) for name in fields}, **changes})


class _Reading:
    """One line being read."""

    def __init__(self, line: Line, cells: Mapping[str, str], setting: Setting) -> None:
        self.line, self.cells, self.setting = line, cells, setting
        self.facts: dict[str, Any] = {}
        self.assumed: dict[str, Any] = {}
        self.problems: list[FestivalError] = []
        self.notes: list[Note] = []
        self.suggestions: dict[str, Sequence[str]] = {}
        self.place: Place | None = None

    def checked(self) -> Checked:
        """Return all that was found."""
        for part in (
            *(self._name, self._kind, self._when, self._place, self._seats),
            self._texts,
        ):
            self._tried(part)
        return Checked(
            self.line,
            self.facts,
            self.assumed,
            tuple(self.problems),
            tuple(self.notes),
            self.suggestions,
            self.place,
        )

    def _tried(self, part: Callable[[], T]) -> T | None:
        """Return what *part* reads; write down what is wrong with it."""
        try:
            return part()
        except FestivalError as problem:
            self.problems.append(problem)
            return None

    def _said(self, name: str) -> str:
        return self.cells.get(name, "")

    def _words(self, name: str, most: int) -> Words:
        """Return what the line says of *name*, in one language or in several."""
        texts = {
            language: self._said(f"{name}.{language}")[:most]
            for language in ("fr", "en")
        }
        bare = self._said(name)[:most]
        if bare and not texts.get(self.setting.language):
            texts[self.setting.language] = bare
        return Words(texts)

    def _name(self) -> None:
        names = self._words("name", LONGEST_NAME + 1)
        if not names:
            raise errors.NameMissing
        if max(map(len, names.values())) > LONGEST_NAME:
            raise errors.NameTooLong(most=LONGEST_NAME)
        self.facts["name"] = Words({t: " ".join(n.split()) for t, n in names.items()})

    def _kind(self) -> None:
        typed = self._said("kind")
        if typed:
            kind = kind_called(typed)
            if kind is None:
                self.suggestions["kind"] = KINDS
                raise errors.KindUnread(typed=typed[:60])
            self.facts["kind"] = kind
            return
        names = self.facts.get("name", Words())
        guesses = {kind for name in names.values() if (kind := kind_called(name))}
        self.assumed["kind"] = guesses.pop() if len(guesses) == 1 else DEFAULT_KIND
        self.notes.append(Note.KIND_GUESSED)

    # When

    def _when(self) -> None:
        day, hours = self._tried(self._day), self._tried(self._start)
        if day is None or hours is None:
            return
        begins, until = hours
        starts_at = instant(day, begins, self.setting.timezone)
        ends_at = self._end(day, begins, until)
        self.facts["starts_at"] = starts_at
        if ends_at is None:
            self.assumed["ends_at"] = starts_at + USUALLY
            self.notes.append(Note.END_GUESSED)
        elif not starts_at < ends_at <= starts_at + LONGEST:
            raise errors.EndBeforeStart
        else:
            self.facts["ends_at"] = ends_at
        first, last = self.setting.first, self.setting.last
        if first and last and not first <= day <= last:
            self.notes.append(Note.OUTSIDE)
        elif day < self.setting.today:
            self.notes.append(Note.OVER)

    def _day(self) -> date:
        typed = self._said("day") or self._said("starts")
        if not typed:
            raise errors.DayMissing
        day = readings.a_day(typed, self.setting.today)
        if day is None:
            if not self._said("day"):
                raise errors.DayMissing
            raise errors.DayUnread(typed=typed[:60])
        named = readings.weekday_named(typed)
        if named is not None and named != day.weekday():
            raise errors.WeekdayDiffers(typed=typed[:60])
        return day

    def _start(self) -> tuple[time, time | None]:
        typed = self._said("starts")
        found = readings.hours(typed) or readings.hours(self._said("day"))
        if found is None:
            if typed:
                raise errors.StartUnread(typed=typed[:60])
            raise errors.StartMissing
        return found

    def _end(self, day: date, begins: time, until: time | None) -> datetime | None:
        typed, last = self._said("ends"), self._said("last_day")
        length = readings.a_length(self._said("length"))
        zone = self.setting.timezone
        if typed:
            found = readings.hours(typed)
            if found is None or found[1] is not None:
                raise errors.EndUnread(typed=typed[:60])
            until = found[0]
        if until is None:
            if length is None:
                return None
            return wall_clock.instant(day, begins, zone) + length
        last_day = readings.a_day(last or typed, self.setting.today)
        if last and last_day is None:
            raise errors.EndUnread(typed=last[:60])
        if last_day is None:
            overnight = until <= begins and until <= NIGHT
            last_day = day + timedelta(days=1) if overnight else day
        try:
            return instant(last_day, until, zone)
        except errors.HourUnclear:
            raise errors.EndUnclear from None

    # Where, and for how many

    def _place(self) -> None:
        space, venue = self._said("space"), self._said("venue")
        if not (space or venue):
            self.notes.append(Note.NO_PLACE)
            return
        typed = space or venue
        found = list(_places(typed, self.setting.places, venue if space else ""))
        if len(found) != 1:
            names = {
                n: p.label for p in self.setting.places for n in (p.label, *p.names)
            }
            near = [place.label for place in found] or [
                names[name] for name in closest(typed, names, 6)
            ]
            about = "space" if space else "venue"
            self.suggestions[about] = list(dict.fromkeys(near))[:3]
            refusal = errors.SpaceUnread if space else errors.VenueUnread
            raise refusal(typed=typed[:60])
        self.place = found[0]
        self.facts["place"] = (self.place.venue_id, self.place.space_id)

    def _seats(self) -> None:
        typed, holds = self._said("seats"), self.place.capacity if self.place else None
        if not typed:
            self.assumed["capacity"] = holds
            return
        seats = None if readings.is_no_limit(typed) else readings.a_number(typed)
        if (seats is None and not readings.is_no_limit(typed)) or (
            seats is not None and seats > MOST_SEATS
        ):
            raise errors.SeatsUnread(typed=typed[:60])
        self.facts["capacity"] = seats
        if seats is not None and holds is not None and seats > holds:
            self.notes.append(Note.MORE_SEATS)

    def _texts(self) -> None:
        for name, column, most in (
            ("summary", "summary", 2 * LONGEST_NOTE),
            ("description", "description", 6_000),
            ("price", "price_note", LONGEST_NOTE),
            ("age", "age_note", LONGEST_NOTE),
        ):
            said = self._words(name, most)
            if said:
                self.facts[column] = said
        self.assumed["languages"] = [self.setting.language]


def instant(day: date, hour: time, timezone: str) -> datetime:
    """Return the instant that a line means.

    Raises:
        HourUnclear: clocks change over it; a table has no column that says which.
    """
    try:
        return wall_clock.instant(day, hour, timezone)
    except (errors.NoSuchHour, errors.TwiceThatHour):
        raise errors.HourUnclear from None


def _places(typed: str, places: Sequence[Place], venue: str) -> Iterator[Place]:
    """Yield the places that *typed* names, of *venue* if it is said."""
    said = fold(typed)
    exact = [place for place in places if fold(place.label) == said]
    found = exact or [place for place in places if said in place.names]
    within = [
        place for place in found if venue and fold(place.venue_name) == fold(venue)
    ]
    whole = [place for place in found if place.space_id is None]
    yield from within or (whole if len(whole) == 1 else found)
