"""The fields in which the desk writes: days, hours, places, texts in languages."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, Final
from urllib.parse import urlsplit

from wtforms import Field, Form, SelectField
from wtforms.fields.choices import (  # type: ignore[attr-defined]  # newer than its types
    SelectChoice,
)
from wtforms.validators import StopValidation, ValidationError

from festival import clock
from festival.domain.kinds import KINDS
from festival.domain.readings import a_day, hours
from festival.domain.words import Words
from festival.models.directory import Space, Venue
from festival.queries import event_desk
from festival.queries.conditions import local_date
from festival.queries.directory import in_use
from festival.web.fields import UNWANTED, clean
from festival.wording import gettext, kind_name, language, lazy_gettext, plain

ONLINE: Final = "online"
ANNOUNCED_LATER: Final = "later"
TEXT_LANGUAGES: Final = (  # in which the house writes, beside any an event has already
    *("fr", "en", "ar", "zh-Hans", "es", "pt", "tr", "uk", "ru", "it", "de"),
    *("pl", "ro", "vi", "ta", "bn", "bm", "wo", "kab"),
)


def needed(sentence: Any) -> Callable[[Form, Field], None]:
    """Refuse an empty answer; of one that could not be read that was said already."""

    def check(_form: Form, field: Field) -> None:
        if field.process_errors:
            raise StopValidation
        if field.data in {None, ""} or field.data == Words():
            raise StopValidation(str(sentence))

    return check


def a_link(_form: Form, field: Field) -> None:
    """Check the address of a page.

    Raises:
        ValidationError: it is none.
    """
    link = field.data or ""
    if not link:
        return
    try:
        parts = urlsplit(link)
        good = parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    except ValueError:
        good = False
    if not good or re.search(r"[\s<>\"\\]", link):
        raise ValidationError(gettext("Give a whole address, with “https://”."))


def lines(value: Any) -> str:
    """Return a text of several lines, without controls."""
    if not isinstance(value, str):
        return ""
    bare = UNWANTED.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    text = unicodedata.normalize("NFC", bare).strip()
    seen = (char for char in text if unicodedata.category(char)[0] not in "CMZ")
    return text if any(seen) else ""


def offered(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Return what can be chosen: values, each with its words."""
    return [SelectChoice(value, words) for value, words in pairs]


def words_of(field: SelectField) -> dict[str, str]:
    """Return the words of what can be chosen in *field*, by its value."""
    return {value: str(words) for value, words, *_ in field.iter_choices()}


class DayField(Field):
    """A day, as browsers send it or as people write it."""

    data: date | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it."""
        text = clean(valuelist[0]) if valuelist else ""
        self.data = a_day(text, local_date(clock.now())) if text else None
        if text and self.data is None:
            raise ValueError(gettext("Write the date like 21/11/2027."))


class HourField(Field):
    """An hour of the day."""

    data: time | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it."""
        text = clean(valuelist[0]) if valuelist else ""
        found = hours(text) if text else None
        self.data = found[0] if found and found[1] is None else None
        if text and self.data is None:
            raise ValueError(gettext("Write the time like 14:30."))


class MomentField(Field):
    """A day and an hour, on the clock of the house."""

    data: datetime | None  # naive: the form knows the zone

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read both."""
        text = clean(valuelist[0]) if valuelist else ""
        self.data = None
        if not text:
            return
        day = a_day(text.replace("T", " "), local_date(clock.now()))
        found = hours(text.replace("T", " "))
        if day is None or found is None:
            raise ValueError(gettext("Write day and time like 21/11/2027 14:30."))
        self.data = datetime.combine(day, found[0])


class WordsField(Field):
    """A text in several languages, the page's own first.

    That one is sent under the field's name, another under ``name-en``. What is there
    in a language that was not sent stays.
    """

    data: Words

    def __init__(
        self, label: Any = None, *, longest: int, area: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.longest, self.area = longest, area
        self.sent: dict[str, str] = {}

    def process(
        self,
        formdata: Any,
        data: Any = None,
        extra_filters: Any = None,  # noqa: ARG002  (WTForms gives it)
    ) -> None:
        """Take what was sent, over what was there."""
        there = data if isinstance(data, Words) else Words()
        self.process_errors: list[str] = []
        self.raw_data = None
        self.data = self.object_data = there
        if formdata is None:
            return
        for tag in (*TEXT_LANGUAGES, *there):
            if self.key(tag) in formdata:
                self.sent[tag] = formdata[self.key(tag)]
        texts = {tag: self.read(text) for tag, text in self.sent.items()}
        self.data = Words({**there, **texts})

    def key(self, tag: str) -> str:
        """Return the name under which the text in *tag* is sent."""
        return self.name if tag == language() else f"{self.name}-{tag}"

    def read(self, text: str) -> str:
        """Return what was typed as it is kept."""
        return str(lines(text) if self.area else clean(text))

    def typed_in(self, tag: str) -> str:
        """Return what stands in the language *tag*: what was typed, to the letter."""
        return self.sent.get(tag, self.data.get(tag, ""))

    def pre_validate(self, _form: Any) -> None:
        """Bound each text.

        Raises:
            ValidationError: one of them is too long.
        """
        if any(len(text) > self.longest for text in self.data.values()):
            raise ValidationError(
                gettext("%(number)s characters at most.", number=self.longest)
            )


class KindField(SelectField):
    """What kind of event it is; a house's own kind stays what it is."""

    def __init__(self, label: Any, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, validate_choice=False, **kwargs)

    def iter_choices(self) -> Iterator[tuple[Any, ...]]:
        """Yield the kinds by their names."""
        own = [self.object_data] if self.object_data not in {None, "", *KINDS} else []
        if not self.data:
            yield "", gettext("Choose"), True, {}
        for kind in (*KINDS, *own):
            yield kind, kind_name(kind), kind == self.data, {}

    def pre_validate(self, _form: Any) -> None:
        """Refuse a kind that nobody offered.

        Raises:
            ValidationError: it is none.
        """
        if self.data and self.data not in {*KINDS, self.object_data}:
            raise ValidationError(gettext("Choose what it is."))


class PlaceField(SelectField):
    """A venue, one of its spaces, online, or to be announced.

    ``halle`` is the whole venue, ``halle/nef`` a space in it.
    """

    def __init__(self, label: Any, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, validate_choice=False, **kwargs)
        self._venues: Sequence[Venue] | None = None

    @property
    def venues(self) -> Sequence[Venue]:
        """The venues of the house in use, with their spaces; and where it is now."""
        if self._venues is None:
            here = str(self.object_data or "").partition("/")[0]
            today = local_date(clock.now())
            self._venues = [
                venue
                for venue in event_desk.venues()
                if in_use(venue, today) or venue.slug == here
            ]
        return self._venues

    def chosen(self) -> tuple[Venue | None, Space | None]:
        """Return what was chosen, read anew; nothing where it is no place of ours."""
        venue_slug, _, slug = str(self.data or "").partition("/")
        for venue in event_desk.venues():
            if venue.slug == venue_slug:
                spaces = (space for space in venue.spaces if space.slug == slug)
                return venue, next(spaces, None)
        return None, None

    def groups(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield each venue with its choices, then what is no venue."""
        for venue in self.venues:
            spaces = [
                (f"{venue.slug}/{space.slug}", f"{plain(space.name)}, {venue.name}")
                for space in venue.spaces
            ]
            whole = gettext("%(venue)s, the whole place", venue=venue.name)
            yield venue.name, [*spaces, (venue.slug, whole if spaces else venue.name)]
        yield (
            gettext("Elsewhere"),
            [
                (ONLINE, gettext("Online")),
                (ANNOUNCED_LATER, gettext("To be announced")),
            ],
        )

    def iter_choices(self) -> Iterator[tuple[Any, ...]]:
        """Yield every choice, as WTForms wants them."""
        for _, choices in self.groups():
            for value, words in choices:
                yield value, words, value == self.data, {}

    def pre_validate(self, _form: Any) -> None:
        """Refuse a place that nobody offered.

        Raises:
            ValidationError: there is none such.
        """
        offered = {choice[0] for choice in self.iter_choices()}
        if self.data and self.data not in offered:
            raise ValidationError(gettext("Choose a place of the list."))


def uid_of(field: Field) -> str:
    """Return the uid under which a form is written: sent twice, it is the same."""
    try:
        return str(uuid.UUID(str(field.data)))
    except ValueError:
        return str(uuid.uuid4())


def place_value(venue: Venue | None, space: Space | None, link: str) -> str:
    """Return how a ``PlaceField`` says where an event is."""
    if venue is None:
        return ONLINE if link else ANNOUNCED_LATER
    return f"{venue.slug}/{space.slug}" if space else venue.slug


NEEDS_NAME = needed(lazy_gettext("Give it a name."))
NEEDS_KIND = needed(lazy_gettext("Choose what it is."))
NEEDS_PLACE = needed(lazy_gettext("Choose a place of the list."))
NEEDS_DAY = needed(lazy_gettext("Enter the date."))
NEEDS_START = needed(lazy_gettext("Enter the time at which it starts."))
