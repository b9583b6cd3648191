"""What is asked when dates of a series change, or do not take place."""

from __future__ import annotations

from datetime import time
from typing import Final

from wtforms import BooleanField, RadioField, StringField
from wtforms.validators import Length

from festival.domain.errors import OneDayAlone
from festival.domain.recurrence import local
from festival.domain.words import Words
from festival.models.events import Event
from festival.queries.series import Which
from festival.services.series import Change
from festival.web.desk.event_fields import (
    NEEDS_DAY,
    NEEDS_NAME,
    NEEDS_PLACE,
    NEEDS_START,
    DayField,
    HourField,
    PlaceField,
    needed,
    offered,
    place_value,
)
from festival.web.desk.guard import DeskForm
from festival.web.desk.series_form import NAME_LENGTH, NEEDS_END, lasts
from festival.web.fields import clean
from festival.wording import language, lazy_gettext, plain

WHICH: Final = offered(
    [
        (Which.THIS.value, lazy_gettext("this date")),
        (Which.FOLLOWING.value, lazy_gettext("this date and the following ones")),
        (Which.ALL.value, lazy_gettext("all dates to come")),
    ]
)


class ChangeForm(DeskForm):
    """What is to change of one date, or of several."""

    which = RadioField(
        lazy_gettext("Which dates?"), choices=WHICH, default=Which.THIS.value
    )
    name = StringField(
        lazy_gettext("Name"),
        [
            NEEDS_NAME,
            Length(max=NAME_LENGTH, message=lazy_gettext("200 characters at most.")),
        ],
        [clean],
    )
    day = DayField(
        lazy_gettext("Day"),
        [NEEDS_DAY],
        description=lazy_gettext("Another day moves this date alone."),
    )
    begins = HourField(lazy_gettext("Begins at"), [NEEDS_START])
    ends = HourField(lazy_gettext("Ends at"), [NEEDS_END, lasts])
    place = PlaceField(lazy_gettext("Place"), [NEEDS_PLACE])
    alike = BooleanField(
        lazy_gettext("The others get everything else of this date, too"),
        description=lazy_gettext("Texts, seats, access, replies, notes of the team."),
    )
    anyway = BooleanField(default=False)
    several_days = False  # whether it lasts longer than a day

    def change(self, event: Event) -> Change:
        """Return what differs from *event* as it is.

        Raises:
            OneDayAlone: several dates are to be on one day.
        """
        begins, ends = (
            local(at, event.timezone) for at in (event.starts_at, event.ends_at)
        )
        hours = self.begins.data or time(), self.ends.data or time()
        place = place_value(event.venue, event.space, event.online_link)
        name = str(self.name.data)
        moves = self.day.data != begins.date()
        if moves and self.which.data != Which.THIS:
            raise OneDayAlone
        spoken = event.name.best(language()).language
        return Change(
            name=Words({spoken: name}) if name != plain(event.name) else None,
            day=self.day.data if moves else None,
            hours=hours if hours != (begins.time(), ends.time()) else None,
            place=self.place.chosen() if self.place.data != place else None,
            alike=bool(self.alike.data),
        )


class CancelForm(DeskForm):
    """Which dates do not take place, and why."""

    which = RadioField(
        lazy_gettext("Which dates?"), choices=WHICH, default=Which.THIS.value
    )
    reason = StringField(
        lazy_gettext("Why?"),
        [
            needed(lazy_gettext("Give the reason: everybody reads it.")),
            Length(max=NAME_LENGTH, message=lazy_gettext("200 characters at most.")),
        ],
        [clean],
        description=lazy_gettext("Shown on the page and in the letters."),
    )
