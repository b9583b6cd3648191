"""When an event is, by the answers of its form: on the clock of its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from wtforms import Field

from festival import clock
from festival.domain import wall_clock
from festival.domain.errors import NoSuchHour, TwiceThatHour
from festival.wording import gettext

A_DAY: Final = timedelta(days=1)
USUAL: Final = timedelta(hours=2)  # how long something lasts, where nobody says
NIGHT: Final = timedelta(hours=12)  # an end before the start is the next morning's
LONGEST: Final = timedelta(days=366)  # more is a mistyped year
EARLY: Final = timedelta(hours=6)  # doors open before the start, at the most


@dataclass(slots=True)
class Times:
    """Instants; what could not be read is said beside its field."""

    starts_at: datetime
    ends_at: datetime
    doors_at: datetime | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def wrong(field: Field, sentence: str) -> None:
    """Say beside *field* what is wrong with it."""
    field.errors = [*field.errors, sentence]


def read(form: Any, timezone: str, before: tuple[datetime, datetime] | None) -> Times:
    """Read the times of *form*, whose fields are of the right shape each.

    An event that has been may keep its times, those *before*; it gets no other ones
    that are over.
    """
    return _Reader(form, timezone).read(before)


class _Reader:
    def __init__(self, form: Any, timezone: str) -> None:
        self.form, self.timezone = form, timezone
        self.day: date = form.date.data
        self.last: date = form.end_date.data or self.day

    def read(self, before: tuple[datetime, datetime] | None) -> Times:
        form = self.form
        if self.last < self.day:
            wrong(form.end_date, gettext("The last day is before the first one."))
        if self.last - self.day > LONGEST:
            wrong(form.end_date, gettext("That is more than a year. Check the year."))
        times = self._all_day() if form.all_day.data else self._hours()
        if form.doors.data is not None and not form.all_day.data:
            times.doors_at = self._doors(times)
        is_other = (times.starts_at, times.ends_at) != before
        if is_other and times.ends_at <= clock.now() and not self._is_wrong:
            wrong(form.date, gettext("Choose a date that is still to come."))
        times.opens_at = self._moment("opens")
        times.closes_at = self._moment("closes", self._days_later)
        self._check_replies(times)
        return times

    @property
    def _is_wrong(self) -> bool:
        names = ("date", "end_date", "start", "end")
        return any(self.form[name].errors for name in names)

    def _all_day(self) -> Times:
        form = self.form
        return Times(
            self._instant(self.day, time(), form.date),
            self._instant(self.last + A_DAY, time(), form.end_date),
        )

    def _hours(self) -> Times:
        form, last = self.form, self.last
        starts_at = self._instant(
            self.day, form.start.data, form.start, form.start_again.data
        )
        if form.end.data is None and last == self.day:
            return Times(starts_at, starts_at + USUAL)
        if last == self.day and self._is_left_behind:
            return Times(starts_at, starts_at + self._length())
        if form.end.data is None:
            wrong(form.end, gettext("Enter the time at which it ends."))
            return Times(starts_at, starts_at + USUAL)
        if last == self.day and form.end.data <= form.start.data:
            last = self._next_morning()
        ends_at = self._instant(last, form.end.data, form.end, form.end_again.data)
        if ends_at <= starts_at and not self._is_wrong:
            wrong(form.end, gettext("The end is before the start."))
        return Times(starts_at, ends_at)

    @property
    def _is_left_behind(self) -> bool:
        """Say whether only the start was changed, to after an end nobody touched."""
        start, end = self.form.start, self.form.end
        untouched = end.data is not None and end.data == end.object_data
        moved = start.object_data is not None and start.data != start.object_data
        early = end.data is not None and end.data <= start.data
        return untouched and moved and early and self._next_morning() == self.day

    def _length(self) -> timedelta:
        """Return how long it was to last, before its start was changed."""
        start, end = self.form.start.object_data, self.form.end.object_data
        return _between(start, end)

    def _next_morning(self) -> date:
        """Return the day after, if an end so early may be of the night."""
        start = datetime.combine(self.day, self.form.start.data)
        end = datetime.combine(self.day + A_DAY, self.form.end.data)
        may_be = start < end <= start + NIGHT
        return self.day + A_DAY if may_be else self.day

    def _doors(self, times: Times) -> datetime:
        field, start, day = self.form.doors, self.form.start, self.day
        if field.data == field.object_data and start.data != start.object_data:
            return times.starts_at - _between(field.data, start.object_data)
        if field.data > start.data:  # of the evening before
            day -= A_DAY
        doors_at = self._instant(day, field.data, field)
        if times.starts_at - doors_at > EARLY:
            wrong(field, gettext("Doors open at the start, or shortly before."))
        return doors_at

    @property
    def _days_later(self) -> timedelta:
        """Return by how much the date was changed."""
        before = self.form.date.object_data
        return self.day - before if before else timedelta()

    def _moment(self, name: str, later: timedelta = timedelta()) -> datetime | None:
        """Return the moment of a field; so much *later*, if nobody touched it."""
        field = self.form[name]
        if field.data is None:
            return None
        local = field.data + later if field.data == field.object_data else field.data
        return self._instant(local.date(), local.time(), field, "first")

    def _check_replies(self, times: Times) -> None:
        opens_at, closes_at = times.opens_at, times.closes_at
        if opens_at and closes_at and closes_at <= opens_at:
            wrong(self.form.closes, gettext("Replies close before they open."))
        if opens_at and opens_at >= times.ends_at and not self._is_wrong:
            wrong(self.form.opens, gettext("Replies open when everything is over."))

    def _instant(
        self, day: date, hour: time, field: Field, again: str = ""
    ) -> datetime:
        second = again == "second" if again else None
        try:
            return wall_clock.instant(day, hour, self.timezone, second=second)
        except NoSuchHour as refusal:
            wrong(field, gettext(refusal.sentence))
            return wall_clock.instant(day, time(12), self.timezone)
        except TwiceThatHour as refusal:
            wrong(field, gettext(refusal.sentence))
            return wall_clock.instant(day, hour, self.timezone, second=False)


def _between(first: time, then: time) -> timedelta:
    """Return how long it is from one hour to the next such other one."""
    minutes = then.hour * 60 + then.minute - first.hour * 60 - first.minute
    return timedelta(minutes=minutes % (24 * 60))
