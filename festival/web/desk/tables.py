"""Tables that organisers send: the fields they are sent in, how lines are put right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import request
from sqlalchemy.exc import NoResultFound
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import FileField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from festival.domain.columns import FIXTURES, PROGRAMME, Columns, under_heads
from festival.domain.errors import FestivalError, TableUnreadable
from festival.domain.fixtures import Placeholder, Side
from festival.domain.intakes import Becomes, Note, Place
from festival.domain.kinds import KINDS
from festival.domain.programme_list import LONGEST_NAME
from festival.domain.words import Words
from festival.formats import tables
from festival.models.events import Competition
from festival.models.intakes import Intake
from festival.queries import intakes
from festival.web.desk.guard import DeskForm, account, grants
from festival.web.fields import UNWANTED, clean
from festival.wording import (
    gettext,
    kind_name,
    language,
    lazy_gettext,
    ngettext,
    plain,
)

BODY: Final = tables.LARGEST + 512 * 1024  # bytes of a request: a file, and the rest
PASTED: Final = 2 * 1024 * 1024  # bytes
LABELS: Final = {
    "name": lazy_gettext("Name"),
    "kind": lazy_gettext("What is it?"),
    "day": lazy_gettext("Date"),
    "starts": lazy_gettext("Starts at"),
    "ends": lazy_gettext("Ends at"),
    "venue": lazy_gettext("Venue"),
    "space": lazy_gettext("Space"),
    "seats": lazy_gettext("Seats"),
    "number": lazy_gettext("Match number"),
    "home": lazy_gettext("Home"),
    "away": lazy_gettext("Away"),
    "score": lazy_gettext("Score"),
    "home_score": lazy_gettext("Goals, home"),
    "away_score": lazy_gettext("Goals, away"),
    "home_penalties": lazy_gettext("Penalties, home"),
    "away_penalties": lazy_gettext("Penalties, away"),
}
STANDS_IN: Final = {  # what is at fault, in which columns it may stand
    "penalties": ("home_penalties", "away_penalties"),
    "score": (
        *("score", "home_score", "away_score"),
        *("home_penalties", "away_penalties"),
    ),
    "name": ("name", "name.fr", "name.en"),
    "venue": ("venue", "space"),
}
_CELL: Final = re.compile(r"l(\d{1,6})-([a-z_]{1,20})")
_KNOWN: Final = frozenset({*PROGRAMME, *FIXTURES})


class TableForm(DeskForm):
    """A file, or lines pasted from a spreadsheet."""

    file = FileField(
        lazy_gettext("A file"),
        description=lazy_gettext("Excel, LibreOffice or CSV, 10 MB at most."),
    )
    paste = TextAreaField(
        lazy_gettext("Or paste the lines, heads included"),
        filters=[lambda text: UNWANTED.sub("", text) if text else text],
    )

    def columns(self, kind: str) -> Columns:
        """Return the lines that were sent, under the heads of *kind*.

        Raises:
            TableUnreadable, TableTooLarge, TooBusy: no table could be read.
            HeadsUnknown, TooManyLines: it is none of ours.
        """
        sent = request.files.get("file")
        content = (
            sent.stream.read(tables.LARGEST + 1) if sent and sent.filename else b""
        )
        pasted = str(self.paste.data or "").strip("\r\n")
        if not content and not pasted.strip():
            raise TableUnreadable
        sheets = tables.read(content or pasted.encode("utf-8", "replace"))
        return under_heads(kind, [sheet.rows for sheet in sheets])

    @property
    def title(self) -> str:
        """Return what the table is called: its file."""
        sent = request.files.get("file")
        name = clean(sent.filename or "") if sent else ""
        return str(name)[:200] or gettext("Pasted lines")


class FixturesForm(TableForm):
    """A fixture list, and whose."""

    competition = SelectField(lazy_gettext("Competition"), validate_choice=False)
    new_competition = StringField(
        lazy_gettext("Or the name of a new one"),
        [Length(max=120, message=lazy_gettext("120 characters at most."))],
        [clean],
    )


def fixtures_form(every: Sequence[Competition]) -> FixturesForm:
    """Return it with *every* competition, the one of the address chosen."""
    form = FixturesForm("import|fixtures")
    if not every:
        form.new_competition.label.text = gettext("Name of the competition")
    form.competition.choices = [
        ("", gettext("A new one")),
        *((one.slug, plain(one.name)) for one in every),
    ]
    if not form.is_submitted():
        form.competition.data = str(clean(request.args.get("competition", "")))
    return form


def make_room() -> bool:
    """Let this request be larger than others: before anything of it is read.

    Say whether it has room. What is larger still is as if nothing had been sent.
    """
    request.max_content_length = BODY
    request.max_form_memory_size = PASTED
    try:
        request.form  # noqa: B018  (it is read now)
    except RequestEntityTooLarge:
        request.form, request.files = ImmutableMultiDict(), ImmutableMultiDict()
        return False
    return True


def just_taken() -> Intake | None:
    """Return the table that led to this page, if one was taken in just now."""
    number = str(clean(request.args.get("taken", "")))[:12]
    try:
        return intakes.intake(number, account(), grants()) if number else None
    except NoResultFound:
        return None


# Putting lines right


@dataclass(frozen=True, slots=True)
class Label:
    """As a field of a form has one."""

    text: Any


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer of a line that is to be put right, as the form's macros want it."""

    id: str
    label: Label
    data: str
    errors: tuple[str, ...]
    choices: tuple[tuple[str, str, bool], ...] = ()  # value, words, chosen
    description: str = ""

    @property
    def name(self) -> str:
        """Return the name it is sent under."""
        return self.id

    @property
    def raw_data(self) -> tuple[str, ...]:
        """Return what stands in it."""
        return (self.data,)


class CheckForm(DeskForm):
    """What is taken in: the lines to put right, and those to leave out."""

    cells: Sequence[Cell] = ()

    @property
    def wrong(self) -> Iterator[tuple[str, str]]:
        """Yield what is to be put right, for the summary, too."""
        yield from super().wrong
        for cell in self.cells:
            for sentence in cell.errors:
                yield cell.id, sentence

    @property
    def imports(self) -> bool:
        """Say whether it was sent by the button that takes in."""
        return request.form.get("do") == "import"


def check_form(intake: Intake) -> CheckForm:
    """Return the form that checks *intake*."""
    return CheckForm(f"intake|{intake.public_id}")


def sent_cells() -> dict[int, dict[str, str]]:
    """Return what was sent to put right, by line and field."""
    found: dict[int, dict[str, str]] = {}
    for key, value in request.form.items():
        sent = _CELL.fullmatch(key)
        if sent and sent[2] in _KNOWN:
            found.setdefault(int(sent[1]), {})[sent[2]] = str(clean(value))
    return found


def sent_out() -> set[int]:
    """Return the lines that are to be left out."""
    return {int(n) for n in request.form.getlist("out") if re.fullmatch(r"\d{1,6}", n)}


def cells_of(
    number: int,
    cells: Mapping[str, str],
    problems: Iterable[FestivalError],
    *,
    suggestions: Mapping[str, Sequence[str]] | None = None,
    places: Iterable[Place] = (),
) -> list[Cell]:
    """Return the answers of a line that are to be put right."""
    found = []
    for problem in problems:
        about, *others = _columns(problem.about or "name", cells)
        data = _typed(about, cells)
        near = list((suggestions or {}).get(about, ()))
        choices: tuple[tuple[str, str, bool], ...] = ()
        if about == "kind":
            choices = tuple((kind, kind_name(kind), False) for kind in KINDS)
        elif about in {"space", "venue"}:
            rest = [place.label for place in places if place.label not in near]
            choices = (
                *((label, label, label == near[0]) for label in near),
                *((label, label, False) for label in rest),
                ("", gettext("To be announced"), False),
            )
        if choices and not any(chosen for *_, chosen in choices):
            asked = gettext("%(typed)s – choose", typed=data)
            choices = ((data, asked, True), *choices)
        found.append(
            Cell(
                f"l{number}-{about}",
                Label(LABELS.get(about, about)),
                data,
                (gettext(problem.sentence) % problem.facts,),
                choices,
                gettext("Did you mean %(name)s?", name=near[0])
                if near and about != "kind"
                else "",
            )
        )
        found += [
            Cell(f"l{number}-{name}", Label(LABELS[name]), cells.get(name, ""), ())
            for name in others
        ]
    return found


def _columns(about: str, cells: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns to put right where *about* is at fault."""
    if about in {"name", "venue"}:
        return (about,)
    several = STANDS_IN.get(about, ())
    return tuple(name for name in several if cells.get(name)) or (about,)


def _typed(about: str, cells: Mapping[str, str]) -> str:
    """Return what a line says there: of names the one that is too long."""
    if about not in {"name", "venue"}:
        return cells.get(about, "")
    said = [cells[name] for name in STANDS_IN[about] if cells.get(name)]
    long = [text for text in said if about == "name" and len(text) > LONGEST_NAME]
    return next(iter(long or said), "")


# Words


def becomes_heading(becomes: Becomes, number: int) -> str:
    """Return the head above the lines that become the same thing."""
    return {
        Becomes.WRONG: ngettext(
            "%(num)s line to put right", "%(num)s lines to put right", number
        ),
        Becomes.CHANGED: ngettext(
            "%(num)s will be changed", "%(num)s will be changed", number
        ),
        Becomes.MADE: ngettext("%(num)s will be made", "%(num)s will be made", number),
        Becomes.SAME: ngettext(
            "%(num)s is here already, as the line says",
            "%(num)s are here already, as the lines say",
            number,
        ),
        Becomes.KEPT: ngettext(
            "%(num)s is over or cancelled, and stays as it is",
            "%(num)s are over or cancelled, and stay as they are",
            number,
        ),
        Becomes.OUT: ngettext(
            "%(num)s line left out", "%(num)s lines left out", number
        ),
    }[becomes]


def note_line(note: Note) -> str:
    """Return what is worth a look, in a few words."""
    return {
        Note.OVER: gettext("This day is over."),
        Note.END_GUESSED: gettext("No end is given: two hours."),
        Note.KIND_GUESSED: gettext("No kind is given."),
        Note.NO_PLACE: gettext("No place is given: to be announced."),
        Note.MORE_SEATS: gettext("More seats than the space holds."),
        Note.OUTSIDE: gettext("Outside the days of the festival."),
        Note.SAME_SPACE: gettext("The same space as another line, at the same time."),
    }[note]


def change_names(facts: Mapping[str, Any]) -> list[str]:
    """Return what a line changes, in words."""
    said = {
        "name": gettext("name"),
        "starts_at": gettext("time"),
        "ends_at": gettext("time"),
        "kicks_off_at": gettext("kick-off"),
        "venue": gettext("place"),
        "space": gettext("place"),
        "capacity": gettext("seats"),
        "kind": gettext("kind"),
        "summary": gettext("text"),
        "description": gettext("text"),
        "price_note": gettext("price"),
        "age_note": gettext("age"),
        "home_team": gettext("teams"),
        "away_team": gettext("teams"),
        "home_from": gettext("teams"),
        "away_from": gettext("teams"),
        "stage": gettext("stage"),
        "ground": gettext("ground"),
        "number": gettext("number"),
    }
    return list(dict.fromkeys(said[name] for name in facts if name in said))


def fixture_sides(facts: Mapping[str, Any]) -> str:
    """Return who plays, of the *facts* of a match: "France – Winner of match 49"."""
    names = [
        Side(
            facts.get(f"{where}_team", Words()),
            Placeholder.read(facts.get(f"{where}_from", {})),
        ).name.best(language())
        for where in ("home", "away")
    ]
    return " – ".join(str(name) or gettext("To be decided") for name in names)
