"""The dates of a series before they are: how they come again, and a box each."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from festival import clock
from festival.domain.access import Right, may_everywhere
from festival.domain.clashes import Occasion
from festival.domain.readings import a_day
from festival.domain.recurrence import (
    A_WEEK,
    LAST,
    MOST,
    Rhythm,
    Rule,
    hours_on,
    local,
    week_of,
)
from festival.extensions import current_settings
from festival.models.directory import Space, Venue
from festival.models.events import Event
from festival.queries import clashes, event_desk
from festival.queries.clashes import Clash
from festival.queries.conditions import local_date
from festival.web.desk.event_fields import (
    NEEDS_DAY,
    NEEDS_KIND,
    NEEDS_NAME,
    NEEDS_PLACE,
    NEEDS_START,
    DayField,
    HourField,
    KindField,
    PlaceField,
    needed,
    offered,
    place_value,
)
from festival.web.desk.guard import DeskForm, actor, grants
from festival.web.fields import WholeNumberField, clean
from festival.wording import gettext, lazy_gettext

NAME_LENGTH: Final = 200
LONGEST: Final = 2000  # characters of a list of dates
AS_MANY: Final = 12  # dates, unless somebody says otherwise
TELLING: Final = frozenset(  # the fields that dates are made from
    {"first", "begins", "ends", "rhythm", "every", "week", "times", "until", "dates"}
)
NEEDS_END = needed(lazy_gettext("Enter the time at which it ends."))


def lasts(form: Any, field: HourField) -> None:
    """Refuse an end that is the beginning; a whole day is from midnight to midnight.

    Raises:
        ValidationError: it would last a day, or no time at all.
    """
    several_days = getattr(form, "several_days", False)
    if field.data and field.data == form.begins.data != time() and not several_days:
        raise ValidationError(gettext("The end is not after the start."))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A date that may be made: with its box, and what is to be known of it."""

    day: date
    starts_at: datetime
    ends_at: datetime
    ticked: bool
    there: bool  # the series has this day already
    clashes: Sequence[Clash]


class DatesForm(DeskForm):
    """How days come again, and which of them are to be."""

    first = DayField(lazy_gettext("First date"), [NEEDS_DAY])
    begins = HourField(lazy_gettext("Begins at"), [NEEDS_START])
    ends = HourField(lazy_gettext("Ends at"), [NEEDS_END, lasts])
    rhythm = RadioField(
        lazy_gettext("It comes again"),
        choices=offered(
            [
                (Rhythm.WEEKS.value, lazy_gettext("every week, or every few weeks")),
                (Rhythm.MONTH.value, lazy_gettext("every month, on the same weekday")),
                (Rhythm.DATES.value, lazy_gettext("on the dates I give")),
            ]
        ),
        default=Rhythm.WEEKS.value,
    )
    every = WholeNumberField(
        lazy_gettext("Every … weeks"),
        [Optional(), NumberRange(1, 52, lazy_gettext("From 1 to 52 weeks."))],
        default=1,
    )
    week = SelectField(
        lazy_gettext("Which of them in the month"),
        choices=offered(
            [
                ("1", lazy_gettext("the first")),
                ("2", lazy_gettext("the second")),
                ("3", lazy_gettext("the third")),
                ("4", lazy_gettext("the fourth")),
                (str(LAST), lazy_gettext("the last")),
            ]
        ),
    )
    times = WholeNumberField(
        lazy_gettext("How many dates"),
        [Optional(), NumberRange(1, MOST, lazy_gettext("From 1 to 60 dates."))],
        default=AS_MANY,
    )
    until = DayField(
        lazy_gettext("Until (it included)"),
        description=lazy_gettext("Instead of a number."),
    )
    dates = TextAreaField(
        lazy_gettext("Dates, one a line"),
        [Length(max=LONGEST, message=lazy_gettext("2,000 characters at most."))],
        description=lazy_gettext("For example 21/11/2027."),
    )
    days = SelectMultipleField(lazy_gettext("Dates"), validate_choice=False)
    seen = HiddenField()
    anyway = BooleanField(default=False)

    def validate_dates(self, _field: TextAreaField) -> None:
        """Refuse a list of dates that is empty, or with a line that is none.

        Raises:
            ValidationError: with the line, if there is one.
        """
        if self.rhythm.data != Rhythm.DATES:
            return
        given = self._given()
        wrong = [line[:40] for line, day in given if day is None]
        if wrong:
            raise ValidationError(
                gettext("We cannot read this date: %(line)s", line=wrong[0])
            )
        if not given:
            raise ValidationError(gettext("Give at least one date."))
        if len({day for _, day in given}) > MOST:
            raise ValidationError(gettext("Give 60 dates at most; add more later."))

    def rule(self) -> Rule:
        """Return how the days are found."""
        first = self.first.data or local_date(clock.now())
        return Rule(
            rhythm=Rhythm(self.rhythm.data),
            first=first,
            every=self.every.data or 1,
            week=int(self.week.data or week_of(first)),
            times=None if self.until.data else self.times.data or AS_MANY,
            until=self.until.data,
            dates=tuple(day for _, day in self._given() if day is not None),
        )

    @property
    def hours(self) -> tuple[time, time]:
        """Return begin and end; an end before the begin is on the next day."""
        return self.begins.data or time(14), self.ends.data or time(16)

    def _given(self) -> list[tuple[str, date | None]]:
        said = (clean(line) for line in (self.dates.data or "").splitlines())
        today = local_date(clock.now())
        return [(line, a_day(line, today)) for line in said if line]

    @property
    def is_sound(self) -> bool:
        """Say whether its dates can be told, whatever else is wrong."""
        return not any(field.errors for field in self if field.name in TELLING)

    @property
    def mark(self) -> str:
        """Return a digest of what the list of dates was made from."""
        if not self.is_sound:
            return ""
        told = repr((self.rule(), self.hours))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


class SeriesForm(DatesForm):
    """A series from nothing."""

    name = StringField(
        lazy_gettext("Name"),
        [
            NEEDS_NAME,
            Length(max=NAME_LENGTH, message=lazy_gettext("200 characters at most.")),
        ],
        [clean],
    )
    kind = KindField(lazy_gettext("Kind"), [NEEDS_KIND], default="open_day")
    place = PlaceField(lazy_gettext("Place"), [NEEDS_PLACE])
    organisation = SelectField(lazy_gettext("Organisation"), validate_choice=False)
    uid = HiddenField()  # sent twice, it is one series


def dates_form(source: Event | None) -> DatesForm:
    """Return the form with its defaults: a week after what is repeated."""
    like = source or event_desk.last_written(actor(), grants())
    today = local_date(clock.now())
    begins, ends, first = time(14), time(17), today + A_WEEK
    if like is not None:
        at = local(like.starts_at, like.timezone)
        begins, ends = at.time(), local(like.ends_at, like.timezone).time()
        first = max(at.date(), today - (today - at.date()) % A_WEEK) + A_WEEK
    given: dict[str, Any] = {
        "first": first,
        "begins": begins,
        "ends": ends,
        "week": str(week_of(first)),
    }
    if source is not None:
        return DatesForm(f"series|{source.slug}", data=given)
    if like is not None:
        given["place"] = place_value(like.venue, like.space, "")
    given["uid"] = str(uuid.uuid4())
    form = SeriesForm("series", data=given)
    own = event_desk.organisations(grants())
    form.organisation.choices = offered(
        [
            ("", gettext("none")),
            *((one.slug, one.name) for one in own),
        ]
    )
    if not form.is_submitted():
        theirs = [one for one in like.organisers if one in own] if like else []
        if not may_everywhere(grants(), Right.EVENTS):
            theirs += own
        form.organisation.data = theirs[0].slug if theirs else ""
    return form


def proposals(form: DatesForm, source: Event | None) -> list[Proposal]:
    """Return the dates that *form* asks for and that are to come.

    None while it cannot be read.
    """
    if not form.is_sound:
        return []
    now, zone = clock.now(), current_settings().TIMEZONE
    venue, space = _place(form, source)
    there = _days_there(source)
    spans = {day: hours_on(day, *form.hours, zone) for day in form.rule().days()}
    days = [day for day, (_, ends_at) in spans.items() if ends_at > now]
    theirs = clashes.occasion(source).organisation_ids if source else frozenset()
    found = clashes.of_occasions(
        (
            Occasion(
                key=-1 - number,
                starts_at=spans[day][0],
                ends_at=spans[day][1],
                venue_id=venue.id if venue else None,
                space_id=space.id if space else None,
                organisation_ids=theirs,
                set_up=source.set_up_minutes if source else 0,
                clear_up=source.clear_up_minutes if source else 0,
                capacity=source.capacity if source else None,
                timezone=zone,
            )
            for number, day in enumerate(days)
        ),
        now,
        grants=grants(),
    )
    read = form.is_submitted() and form.seen.data == form.mark
    ticked = set(form.days.data or ()) if read else {day.isoformat() for day in days}
    return [
        Proposal(
            day,
            *spans[day],
            ticked=day.isoformat() in ticked and day not in there,
            there=day in there,
            clashes=found[-1 - number],
        )
        for number, day in enumerate(days)
    ]


def _days_there(source: Event | None) -> set[date]:
    if source is None:
        return set()
    every = source.series.events if source.series else [source]
    return {local(one.starts_at, one.timezone).date() for one in every}


def _place(form: DatesForm, source: Event | None) -> tuple[Venue | None, Space | None]:
    if source is not None:
        return source.venue, source.space
    assert isinstance(form, SeriesForm)  # noqa: S101  (what is new has a place to choose)
    return form.place.chosen()
