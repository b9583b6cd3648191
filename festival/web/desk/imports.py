"""Taking in a programme or a fixture list from a spreadsheet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.validators import Length

from festival import clock
from festival.domain.access import Right, may_everywhere
from festival.domain.errors import (
    CompetitionMissing,
    FestivalError,
    TableTooLarge,
)
from festival.domain.intakes import Becomes
from festival.extensions import current_settings, db
from festival.models.intakes import Intake
from festival.queries import (
    clashes,
    competitions,
    event_desk,
    fixture_lists,
    intake_plan,
    intakes,
)
from festival.services import fixture_lists as fixture_deeds
from festival.services import imports
from festival.web.desk import tables
from festival.web.desk.guard import DeskForm, account, actor, grants, needs
from festival.web.desk.tables import (
    CheckForm,
    TableForm,
    check_form,
    fixtures_form,
    make_room,
)
from festival.web.fields import clean
from festival.web.guards import deed
from festival.wording import gettext, lazy_gettext, plain

bp = Blueprint("desk_imports", __name__, url_prefix="/<lang>/desk/import")

ORDER = (
    *(Becomes.WRONG, Becomes.CHANGED, Becomes.MADE),
    *(Becomes.SAME, Becomes.KEPT, Becomes.OUT),
)


class ProgrammeForm(TableForm):
    """A programme, in whose name, and whether it is a festival's."""

    organisation = SelectField(lazy_gettext("In the name of"), validate_choice=False)
    festival = SelectField(lazy_gettext("Part of a festival?"), validate_choice=False)
    new_festival = StringField(
        lazy_gettext("Or the name of a new festival"),
        [Length(max=120, message=lazy_gettext("120 characters at most."))],
        [clean],
        description=lazy_gettext("It is made with its programme, as a draft."),
    )


def programme_form() -> ProgrammeForm:
    """Return it with what may be chosen: only what is in reach."""
    form = ProgrammeForm("import|programme")
    form.organisation.choices = [
        (one.slug, one.name) for one in event_desk.organisations(grants())
    ]
    form.festival.choices = [
        ("", gettext("No")),
        *(
            (one.slug, plain(one.name))
            for one in event_desk.festivals(grants(), clock.now())
        ),
    ]
    if not form.is_submitted():
        form.festival.data = str(clean(request.args.get("festival", "")))
    return form


@bp.route("", methods=["GET", "POST"])
@needs(Right.EVENTS)
def programme(lang: str) -> ResponseReturnValue:
    """Take a programme, as a file or pasted; show ``desk/import.html``."""
    has_room = make_room()
    form = programme_form()
    if not has_room:
        form.refuse(TableTooLarge())
    elif form.validate_on_submit():
        try:
            columns = form.columns("programme")
            name, now = form.title, clock.now()
            with deed():
                intake = imports.read_in(
                    "programme",
                    columns,
                    account=account(),
                    name=name,
                    now=now,
                    **_belonging(form),
                    language=lang,
                    timezone=current_settings().TIMEZONE,
                )
                path = url_for(".check", lang=lang, number=intake.public_id)
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(path, 303)
    page = render_template(
        "desk/import.html", form=form, last=intakes.taken(account(), "programme")
    )
    return page, form.status_code if has_room else 413


def _belonging(form: ProgrammeForm) -> dict[str, Any]:
    """Return what the programme belongs to, of what is in reach."""
    own = event_desk.organisations(grants())
    organisation = next((o for o in own if o.slug == form.organisation.data), None)
    if organisation is None and len(own) == 1:
        organisation = own[0]
    now, name = clock.now(), str(form.new_festival.data or "")
    coming = event_desk.festivals(grants(), now)
    festival = next((e for e in coming if e.slug == form.festival.data), None)
    if name:
        festival = intakes.festival_named(name, grants(), now)
    return {
        "super_event": festival,
        "organisation_id": organisation.id if organisation else None,
        "festival": "" if festival else name,
    }


@bp.route("/fixtures", methods=["GET", "POST"])
@needs(Right.HOUSE)
def fixtures(lang: str) -> ResponseReturnValue:
    """Take a fixture list, as a file or pasted; show ``desk/import_fixtures.html``."""
    has_room = make_room()
    every = competitions.of_the_desk()
    form = fixtures_form(every)
    if not has_room:
        form.refuse(TableTooLarge())
    elif form.validate_on_submit():
        try:
            name = str(form.new_competition.data or "")
            chosen = next((o for o in every if o.slug == form.competition.data), None)
            chosen = competitions.named(name) if name else chosen
            if not (chosen or name):
                raise CompetitionMissing
            number = chosen.id if chosen else None
            columns = form.columns("fixtures")
            with deed():
                intake = imports.read_in(
                    "fixtures",
                    columns,
                    account=account(),
                    name=form.title,
                    now=clock.now(),
                    competition_id=number,
                    competition="" if number else name,
                    language=lang,
                    timezone=current_settings().TIMEZONE,
                )
                path = url_for(".check", lang=lang, number=intake.public_id)
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(path, 303)
    page = render_template(
        "desk/import_fixtures.html",
        form=form,
        last=intakes.taken(account(), "fixtures"),
    )
    return page, form.status_code if has_room else 413


# What was read, line by line


@bp.route("/<number>", methods=["GET", "POST"])
@needs(Right.EVENTS)
def check(lang: str, number: str) -> ResponseReturnValue:
    """Show what is to become of each line; take it in, all or nothing."""
    intake = _intake(number)
    form = check_form(intake)
    if form.validate_on_submit() and intake.taken_at is None:
        try:
            with deed():
                cells, out = tables.sent_cells(), tables.sent_out()
                imports.correct(_intake(number), cells, out)
                db.session.commit()
            if not form.imports:
                return redirect(url_for(".check", lang=lang, number=number), 303)
            with deed():
                path = _take_in(_intake(number), lang)
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(path, 303)
    return _shown(_intake(number), form)


def _shown(intake: Intake, form: CheckForm) -> ResponseReturnValue:
    if intake.taken_at is not None:
        return _taken(intake, form)
    if intake.kind == "fixtures":
        return _fixtures_page(intake, form)
    return _programme_page(intake, form)


def _intake(number: str) -> Intake:
    """Return the table of that number; a fixture list is the office's."""
    found = intakes.intake(number, account(), grants())
    if found.kind == "fixtures" and not may_everywhere(grants(), Right.HOUSE):
        abort(404)
    return found


def _take_in(intake: Intake, lang: str) -> str:
    """Take in *intake*; return where to go on."""
    now = clock.now()
    if intake.kind == "programme":
        imports.take_in(intake, grants=grants(), actor=actor(), now=now)
        festival = intakes.festival_of(intake)
        if festival is None or not intake.made["events"]:
            return url_for(".check", lang=lang, number=intake.public_id)
        return url_for(
            "desk_boards.changes",
            lang=lang,
            slug=festival.slug,
            taken=intake.public_id,
        )
    fixture_deeds.take_in(intake, actor=actor(), now=now)
    competition = fixture_lists.competition_of(intake)
    slug = competition.slug if competition else ""
    return url_for(
        "desk_screenings.choose", lang=lang, slug=slug, taken=intake.public_id
    )


def _programme_page(intake: Intake, form: CheckForm) -> ResponseReturnValue:
    plan = intake_plan.plan(intake, grants(), clock.now())
    by_line = {
        item.number: tables.cells_of(
            item.number,
            item.checked.line.cells,
            item.checked.problems,
            suggestions=item.checked.suggestions,
            places=plan.places,
        )
        for item in plan.items
    }
    form.cells = [cell for cells in by_line.values() for cell in cells]
    occasions = intake_plan.occasions(plan)
    met = clashes.of_occasions(occasions, clock.now(), grants=grants())
    spans = {one.key: one for one in occasions}
    page = render_template(
        "desk/intake.html",
        form=form,
        plan=plan,
        groups=_groups(plan),
        cells=by_line,
        clashes={i.number: met.get(intake_plan.key_of(i), []) for i in plan.items},
        spans={i.number: spans.get(intake_plan.key_of(i)) for i in plan.items},
        heading=tables.becomes_heading,
        note=tables.note_line,
        changes=tables.change_names,
    )
    return page, form.status_code


def _fixtures_page(intake: Intake, form: CheckForm) -> ResponseReturnValue:
    plan = fixture_lists.plan(intake, clock.now())
    by_line = {
        item.number: tables.cells_of(
            item.number, item.fixture.line.cells, item.fixture.problems
        )
        for item in plan.items
    }
    form.cells = [cell for cells in by_line.values() for cell in cells]
    page = render_template(
        "desk/intake_fixtures.html",
        form=form,
        plan=plan,
        groups=_groups(plan),
        cells=by_line,
        heading=tables.becomes_heading,
        changes=tables.change_names,
        fixture_sides=tables.fixture_sides,
    )
    return page, form.status_code


def _groups(plan: Any) -> list[tuple[Becomes, list[Any]]]:
    """Return the lines of *plan* by what they become, what is to be done first."""
    return [
        (becomes, [item for item in plan.items if item.becomes is becomes])
        for becomes in ORDER
        if plan.counts[becomes]
    ]


# What was taken in


def _taken(intake: Intake, form: DeskForm) -> ResponseReturnValue:
    page = render_template(
        "desk/intake_taken.html",
        form=form,
        intake=intake,
        events=intakes.made(intake, grants()),
        festival=intakes.festival_of(intake),
        competition=fixture_lists.competition_of(intake)
        if intake.kind == "fixtures"
        else None,
        may_be_undone=intakes.may_be_undone(intake, clock.now()),
        undone=intake.made.get("undone"),
    )
    return page, form.status_code


@bp.post("/<number>/undo")
@needs(Right.EVENTS)
def undo(lang: str, number: str) -> ResponseReturnValue:
    """Take an import back, within a day."""
    form = check_form(_intake(number))
    if form.validate_on_submit():
        try:
            with deed():
                intake = _intake(number)
                who: dict[str, Any] = {"actor": actor(), "now": clock.now()}
                if intake.kind == "programme":
                    imports.undo(intake, grants=grants(), **who)
                else:
                    fixture_deeds.undo(intake, **who)
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for(".check", lang=lang, number=number), 303)
    return _shown(_intake(number), form)
