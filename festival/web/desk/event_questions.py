"""What the form of an event asks: six answers, and the rest if one likes."""

from __future__ import annotations

from typing import Any, Final

from wtforms import (
    BooleanField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional

from festival.domain.question import ACCESS
from festival.web.desk.event_fields import (
    NEEDS_DAY,
    NEEDS_KIND,
    NEEDS_NAME,
    NEEDS_PLACE,
    NEEDS_START,
    DayField,
    HourField,
    KindField,
    MomentField,
    PlaceField,
    WordsField,
    a_link,
    lines,
    offered,
)
from festival.web.desk.guard import DeskForm
from festival.web.fields import WholeNumberField, clean
from festival.wording import lazy_gettext

MOST_SEATS, LONGEST_WORK = 100_000, 48 * 60

TEXTS: Final = (  # what may be said in several languages
    *("name", "summary", "description", "bring_note"),
    *("price_note", "age_note", "access_note", "question"),
)
SAME: Final = (  # answers that are columns of an event as they are
    *("kind", *TEXTS, "all_day", "reply_link", "largest_party"),
    *("keeps_waiting_list", "asks_still_coming", "listed", "audience", "discreet"),
    *("languages", "set_up_minutes", "clear_up_minutes", "opened_by", "closed_by"),
    *("equipment", "internal_note"),
)
GROUPS: Final = {  # what stands folded away, and what is in it
    "times": (
        *("end_date", "doors", "all_day", "start_again", "end_again"),
        *("online_link", "festival"),
    ),
    "places": ("capacity", "no_limit"),
    "replies": (
        *("reply_policy", "reply_link", "opens", "closes", "largest_party"),
        *("keeps_waiting_list", "asks_still_coming", "question"),
    ),
    "text": ("summary", "description", "bring_note"),
    "access": (*(f"access_{fact}" for fact in ACCESS.values()), "access_note"),
    "spoken": ("languages",),
    "whom": ("age_note", "price_note", "audience", "listed", "discreet"),
    "organiser": ("organisation",),
    "inside": (
        *("set_up_minutes", "clear_up_minutes", "opened_by", "closed_by"),
        *("equipment", "internal_note"),
    ),
}

_AGAIN = offered(
    [
        ("", lazy_gettext("There is only one")),
        ("first", lazy_gettext("The first one (summer time)")),
        ("second", lazy_gettext("The second one (winter time)")),
    ]
)
_KNOWN = offered(
    [
        ("", lazy_gettext("As the space")),
        ("yes", lazy_gettext("Yes")),
        ("no", lazy_gettext("No")),
    ]
)


def _line(label: Any, longest: int = 200) -> StringField:
    message = lazy_gettext("%(number)s characters at most.", number=longest)
    return StringField(label, [Length(max=longest, message=message)], [clean])


def _minutes(label: Any) -> WholeNumberField:
    message = lazy_gettext("Give minutes, from 0 to %(most)s.", most=LONGEST_WORK)
    return WholeNumberField(label, [NumberRange(0, LONGEST_WORK, message)], default=0)


def _access(label: Any) -> SelectField:
    return SelectField(label, choices=_KNOWN, default="")


class EventQuestions(DeskForm):
    """The questions of the one form in which an event is written."""

    uid = HiddenField()  # sent twice, it is one event
    mark = HiddenField()  # what the event was when this form was shown

    name = WordsField(lazy_gettext("Name"), longest=120, validators=[NEEDS_NAME])
    kind = KindField(lazy_gettext("What is it?"), [NEEDS_KIND])
    place = PlaceField(lazy_gettext("Where?"), [NEEDS_PLACE])
    date = DayField(lazy_gettext("Date"), [NEEDS_DAY])
    start = HourField(lazy_gettext("Starts at"), [NEEDS_START])
    end = HourField(
        lazy_gettext("Ends at"),
        description=lazy_gettext("Left empty: two hours after the start."),
    )
    anyway = BooleanField(lazy_gettext("Publish anyway"))

    end_date = DayField(
        lazy_gettext("Last day"),
        description=lazy_gettext("Only for what lasts several days."),
    )
    all_day = BooleanField(lazy_gettext("All day long: hours do not matter"))
    doors = HourField(lazy_gettext("Doors open at"))
    start_again = SelectField(lazy_gettext("Which hour does it start?"), choices=_AGAIN)
    end_again = SelectField(lazy_gettext("Which hour does it end?"), choices=_AGAIN)
    online_link = StringField(
        lazy_gettext("Link to take part online"),
        [a_link, Length(max=2000, message=lazy_gettext("This address is too long."))],
        [clean],
        description=lazy_gettext("Only those whose place is confirmed get it."),
    )
    festival = SelectField(lazy_gettext("Part of a festival"), default="")

    capacity = WholeNumberField(
        lazy_gettext("How many people?"),
        [
            Optional(),
            NumberRange(0, MOST_SEATS, lazy_gettext("Give a number from 0 up.")),
        ],
        description=lazy_gettext("Left empty: as many as the space holds."),
    )
    no_limit = BooleanField(lazy_gettext("No limit"))

    reply_policy = SelectField(
        lazy_gettext("How does one say “I am coming”?"),
        choices=offered(
            [
                ("open", lazy_gettext("On our page, confirmed at once")),
                ("mail", lazy_gettext("On our page, confirmed by email")),
                ("none", lazy_gettext("Not at all: simply come")),
                ("elsewhere", lazy_gettext("On another site")),
            ]
        ),
        default="open",
    )
    reply_link = StringField(
        lazy_gettext("Address of that other site"),
        [a_link, Length(max=2000, message=lazy_gettext("This address is too long."))],
        [clean],
    )
    opens = MomentField(
        lazy_gettext("Replies open on"),
        description=lazy_gettext("Left empty: as soon as it is published."),
    )
    closes = MomentField(
        lazy_gettext("Replies close on"),
        description=lazy_gettext("Left empty: when it starts."),
    )
    largest_party = WholeNumberField(
        lazy_gettext("People in one reply, at most"),
        [NumberRange(1, 50, lazy_gettext("Give a number from 1 to 50."))],
        default=5,
    )
    keeps_waiting_list = BooleanField(
        lazy_gettext("Keep a waiting list once it is full"), default=True
    )
    asks_still_coming = BooleanField(
        lazy_gettext("Ask guests two days before whether they are still coming")
    )
    question = WordsField(
        lazy_gettext("A question to guests"),
        longest=200,
        description=lazy_gettext("Ask neither about health, religion nor opinions."),
    )

    summary = WordsField(  # "summary" is what lists the errors
        lazy_gettext("In one or two sentences"), longest=300, id="in-brief"
    )
    description = WordsField(
        lazy_gettext("What happens"),
        longest=20_000,
        area=True,
        description=lazy_gettext(
            "An empty line begins a paragraph, “- ” a line of a list, "
            "**two stars** make bold. The preview shows it."
        ),
    )
    bring_note = WordsField(lazy_gettext("What to bring"), longest=300)

    access_step_free = _access(lazy_gettext("Step-free entrance"))
    access_accessible_toilet = _access(lazy_gettext("Accessible toilets"))
    access_hearing_loop = _access(lazy_gettext("Hearing loop"))
    access_sign_language = _access(lazy_gettext("French sign language (LSF)"))
    access_quiet_place = _access(lazy_gettext("Quiet place"))
    access_note = WordsField(lazy_gettext("More about access"), longest=500)

    languages = SelectMultipleField(
        lazy_gettext("Languages spoken"), validate_choice=False
    )

    age_note = WordsField(lazy_gettext("For which age?"), longest=200)
    price_note = WordsField(
        lazy_gettext("What does it cost?"),
        longest=200,
        description=lazy_gettext("Left empty: free of charge."),
    )
    audience = SelectField(
        lazy_gettext("For whom?"),
        choices=offered(
            [
                ("everyone", lazy_gettext("Everybody")),
                ("youth", lazy_gettext("Children and young people")),
            ]
        ),
        default="everyone",
    )
    listed = BooleanField(
        lazy_gettext("Stands in the agenda"),
        default=True,
        description=lazy_gettext("Else only who has its address finds it."),
    )
    discreet = BooleanField(
        lazy_gettext("Discreet: a first name or another one will do"),
        description=lazy_gettext("Its guests are forgotten two days after."),
    )

    organisation = SelectField(lazy_gettext("Who organises it?"), default="")

    set_up_minutes = _minutes(lazy_gettext("Minutes to set up before"))
    clear_up_minutes = _minutes(lazy_gettext("Minutes to clear up after"))
    opened_by = _line(lazy_gettext("Who opens"))
    closed_by = _line(lazy_gettext("Who closes"))
    equipment = TextAreaField(
        lazy_gettext("Equipment"),
        [Length(max=2000, message=lazy_gettext("2,000 characters at most."))],
        [lines],
    )
    internal_note = TextAreaField(
        lazy_gettext("Note for the team"),
        [Length(max=2000, message=lazy_gettext("2,000 characters at most."))],
        [lines],
        description=lazy_gettext("Never shown outside the desk."),
    )
    another = SelectField(lazy_gettext("Another language"), validate_choice=False)
