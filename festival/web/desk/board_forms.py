"""The small forms of a programme board: a part's time and space, and a new part."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from festival.domain import wall_clock
from festival.domain.programme import MOST_DAYS
from festival.domain.recurrence import local
from festival.models.directory import Space
from festival.models.events import Event
from festival.queries.boards import Board, Part
from festival.web.desk.event_fields import (
    NEEDS_DAY,
    NEEDS_KIND,
    NEEDS_NAME,
    NEEDS_START,
    DayField,
    HourField,
    KindField,
    offered,
)
from festival.web.desk.guard import DeskForm
from festival.web.fields import WholeNumberField, clean
from festival.wording import gettext, lazy_gettext, plain

LONGEST: Final = MOST_DAYS * 24 * 60  # minutes
NAME_LENGTH: Final = 200


class MoveForm(DeskForm):
    """Where and when a part is to be. One of the steps alone needs no answer."""

    day = DayField(lazy_gettext("Day"), [NEEDS_DAY])
    begins = HourField(lazy_gettext("Begins at"), [NEEDS_START])
    minutes = WholeNumberField(
        lazy_gettext("Minutes"),
        [
            InputRequired(lazy_gettext("Say how many minutes it lasts.")),
            NumberRange(5, LONGEST, lazy_gettext("From 5 minutes to 62 days.")),
        ],
    )
    space = SelectField(lazy_gettext("Space"), validate_choice=False)

    def offer(self, spaces: Sequence[Space]) -> None:
        """Offer *spaces*, each with its venue where there are several."""
        venues = {space.venue_id for space in spaces}
        self.space.choices = offered(
            [
                ("", gettext("Not placed yet")),
                *(
                    (str(space.id), _name(space, whole=len(venues) > 1))
                    for space in spaces
                ),
            ]
        )

    def facts(self, festival: Event, spaces: Sequence[Space]) -> dict[str, Any]:
        """Return begin, end and space; an hour that comes twice is the first one.

        Raises:
            NoSuchHour: clocks go forward in it.
        """
        starts_at = wall_clock.instant(
            self.day.data or date.min,
            self.begins.data or datetime.min.time(),
            festival.timezone,
            second=False,
        )
        return {
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=self.minutes.data or 0),
            "space": next((s for s in spaces if str(s.id) == self.space.data), None),
        }


class StepForm(DeskForm):
    """A button that moves a part, and asks nothing."""


class PartForm(MoveForm):
    """A new part."""

    name = StringField(
        lazy_gettext("Name"),
        [
            NEEDS_NAME,
            Length(max=NAME_LENGTH, message=lazy_gettext("200 characters at most.")),
        ],
        [clean],
    )
    kind = KindField(lazy_gettext("Kind"), [NEEDS_KIND], default="workshop")
    uid = HiddenField()  # sent twice, it is one part


def move_form(found: Board, part: Part) -> MoveForm:
    """Return the form of *part*, with where and when it is to be."""
    begins = local(part.starts_at, part.event.timezone)
    lasts = part.ends_at - part.starts_at
    form = MoveForm(
        f"board|{found.festival.slug}",
        formdata=None,
        data={
            "day": begins.date(),
            "begins": begins.time(),
            "minutes": int(lasts / timedelta(minutes=1)),
            "space": str(part.space.id) if part.space else "",
        },
    )
    form.offer(found.spaces)
    return its_own_ids(form, part.event.id)


def its_own_ids(form: MoveForm, number: int) -> MoveForm:
    """Give the fields ids that no other form of the page has."""
    for field in form:
        field.id = f"{field.id}-{number}"
    return form


def part_form(found: Board, day: date) -> PartForm:
    """Return the form of a new part, on *day*."""
    begins = local(found.festival.starts_at, found.festival.timezone)
    form = PartForm(
        f"board|{found.festival.slug}",
        formdata=None,
        data={
            "day": day,
            "begins": begins.time(),
            "minutes": 60,
            "space": "",
            "uid": str(uuid.uuid4()),
        },
    )
    form.offer(found.spaces)
    return form


def _name(space: Space, *, whole: bool) -> str:
    name = plain(space.name)
    return f"{space.venue.name}, {name}" if whole else name
