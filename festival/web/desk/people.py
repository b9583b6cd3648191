"""Who works at the desk: their roles, given and taken; new people invited."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import Length

from festival import clock
from festival.domain.access import (
    OF_THE_HOUSE,
    Grant,
    Right,
    Role,
    may_everywhere,
    may_give,
)
from festival.domain.errors import FestivalError
from festival.extensions import db
from festival.models.accounts import Account
from festival.models.rsvps import NAME_LENGTH
from festival.queries import accounts
from festival.services import accounts as deeds
from festival.services import stays
from festival.web.desk import guard
from festival.web.desk.event_fields import offered
from festival.web.desk.guard import ROLE_NAMES, DeskForm, actor, grants, needs
from festival.web.fields import an_address, clean
from festival.web.guards import deed
from festival.wording import LANGUAGES, language_name, lazy_gettext, plain

bp = Blueprint("desk_people", __name__, url_prefix="/<lang>/desk/people")

ROLES = {  # a steward has a door link, and no account
    Role.ORGANISER: lazy_gettext("Organiser: writes and publishes events"),
    Role.READER: lazy_gettext("Reader: figures, and nobody’s data"),
    Role.MANAGER: lazy_gettext("Office: everything that happens in the house"),
    Role.ADMINISTRATOR: lazy_gettext("Administrator: accounts, roles, everything"),
}
HOUSE = "house"
KINDS = ("organisation", "venue", "event")


class RoleForm(DeskForm):
    """A role, and how far it reaches: among those that may be given here."""

    role = SelectField(lazy_gettext("Role"), choices=[])
    scope = SelectField(lazy_gettext("Where"), choices=[])

    def __init__(self, purpose: str, **kwargs: Any) -> None:
        super().__init__(purpose, **kwargs)
        all_over = may_everywhere(grants(), Right.ACCOUNTS)
        roles = [role for role in ROLES if all_over or role not in OF_THE_HOUSE]
        self.role.choices = offered([(role.value, ROLES[role]) for role in roles])
        self.scope.choices = offered(_reaches(all_over=all_over))

    @property
    def grant(self) -> Grant:
        """Return what was chosen; call it after validation."""
        kind, _, number = str(self.scope.data).partition("-")
        reach = {f"{kind}_id": int(number)} if kind in KINDS else {}
        return Grant(Role(self.role.data), **reach)


def _reaches(*, all_over: bool) -> list[tuple[str, Any]]:
    found = accounts.reaches(grants(), clock.now())
    reach: list[tuple[str, Any]] = []
    if all_over:
        reach.append((HOUSE, lazy_gettext("The whole house")))
    reach += [(f"organisation-{one.id}", one.name) for one in found.organisations]
    if all_over:
        reach += [(f"venue-{one.id}", one.name) for one in found.venues]
        reach += [(f"event-{one.id}", plain(one.name)) for one in found.festivals]
    return reach


class InvitationForm(RoleForm):
    """Somebody new, or somebody who is to have one role more."""

    email = EmailField(lazy_gettext("Their email address"), [an_address], [clean])
    name = StringField(
        lazy_gettext("Their name"),
        [Length(max=NAME_LENGTH, message=lazy_gettext("80 characters at most."))],
        [clean],
        default="",
    )
    language = SelectField(
        lazy_gettext("We write to them in"),
        choices=offered([(tag, language_name(tag)) for tag in LANGUAGES]),
    )


@bp.get("/")
@needs(Right.PEOPLE)
def people(lang: str) -> ResponseReturnValue:
    """Show ``desk/people.html`` (accounts, roles by account, all_over).

    Who keeps the accounts sees them all; others, whom they may give a role.
    """
    all_over = may_everywhere(grants(), Right.ACCOUNTS)
    found = accounts.everybody(None if all_over else accounts.organisations(grants()))
    memberships = [one for account in found for one in account.memberships]
    return render_template(
        "desk/people.html",
        accounts=found,
        roles=_shown(accounts.held(memberships)),
        names=ROLE_NAMES,
        all_over=all_over,
        may_invite=all_over or bool(accounts.organisations(grants())),
        done=request.args.get("done", ""),
    )


def _shown(held: dict[int, list[accounts.Held]]) -> dict[int, list[accounts.Held]]:
    """Leave out the roles that are not for this account to see."""
    if may_everywhere(grants(), Right.ACCOUNTS):
        return held
    return {
        number: [one for one in roles if may_give(grants(), one.grant)]
        for number, roles in held.items()
    }


@bp.route("/invite", methods=["GET", "POST"])
@needs(Right.PEOPLE)
def invite(lang: str) -> ResponseReturnValue:
    """Give somebody a role, and write to them.

    Shows ``desk/people_invite.html`` (form).
    """
    form = InvitationForm("invite")
    if not form.scope.choices:
        abort(404)
    if request.method == "GET":
        form.language.data = lang
    if form.validate_on_submit():
        try:
            with deed():
                by = guard.account().name
                _require_giving(form.grant)
                account = deeds.welcome(
                    str(form.email.data),
                    str(form.name.data or ""),
                    language=str(form.language.data),
                    actor=actor(),
                    now=clock.now(),
                    reopens=may_everywhere(grants(), Right.ACCOUNTS),
                )
                deeds.give(account, form.grant, actor=actor(), now=clock.now())
                stays.invite(account, by, now=clock.now())
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for(".people", lang=lang, done="invited"), 303)
    return render_template("desk/people_invite.html", form=form), form.status_code


def _require_giving(grant: Grant) -> None:
    """Answer 404 unless this account may give, or take, *grant*.

    What is not even offered was refused by the form: this is the rule itself, asked
    in the deed, by the roles as they are then.
    """
    if not may_give(grants(), grant):
        abort(404)


@bp.route("/<person>", methods=["GET", "POST"])
@needs(Right.PEOPLE)
def person(lang: str, person: str) -> ResponseReturnValue:
    """Show somebody, and give them one role more."""
    known = _known(person)
    form = RoleForm(f"give|{known.public_id}")
    if form.validate_on_submit():
        number = known.id
        try:
            with deed():
                _require_giving(form.grant)
                account = db.session.get_one(Account, number)
                deeds.give(account, form.grant, actor=actor(), now=clock.now())
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            here = url_for(".person", lang=lang, person=person, done="given")
            return redirect(here, 303)
    return _person_page(known, give_form=form)


def _known(public_id: str) -> Account:
    """Return an account that this one may see, or answer 404."""
    account = accounts.at(public_id)
    if account is None:
        abort(404)
    if not may_everywhere(grants(), Right.ACCOUNTS) and not any(
        may_give(grants(), grant) for grant in account.grants
    ):
        abort(404)
    return account


def _person_page(
    known: Account, *, give_form: RoleForm | None = None, form: DeskForm | None = None
) -> ResponseReturnValue:
    """Show ``desk/people_person.html``."""
    roles = _shown(accounts.held(known.memberships)).get(known.id, [])
    given = form or give_form
    page = render_template(
        "desk/people_person.html",
        account=known,
        roles=[(one, _word_of(one.grant), _take_form(known)) for one in roles],
        names=ROLE_NAMES,
        give_form=give_form or RoleForm(f"give|{known.public_id}", formdata=None),
        close_form=DeskForm(f"close|{known.public_id}", formdata=None),
        all_over=may_everywhere(grants(), Right.ACCOUNTS),
        form=given,
        done=request.args.get("done", ""),
    )
    return page, given.status_code if given else 200


def _take_form(known: Account) -> DeskForm:
    return DeskForm(f"take|{known.public_id}", formdata=None)


def _word_of(grant: Grant) -> str:
    """Return *grant* as a form sends it: "organiser-organisation-3"."""
    reach = [(kind, getattr(grant, f"{kind}_id")) for kind in KINDS]
    where = next((f"{kind}-{number}" for kind, number in reach if number), HOUSE)
    return f"{grant.role.value}-{where}"


@bp.route("/<person>/take", methods=["POST"])
@needs(Right.PEOPLE)
def take(lang: str, person: str) -> ResponseReturnValue:
    """Take a role from somebody."""
    known = _known(person)
    form = DeskForm(f"take|{known.public_id}")
    held = {_word_of(grant): grant for grant in known.grants}
    grant = held.get(request.form.get("grant", ""))
    if form.validate_on_submit() and grant:
        number, by = known.id, actor()
        try:
            with deed():
                _require_giving(grant)
                account = db.session.get_one(Account, number)
                deeds.take(account, grant, actor=by, now=clock.now())
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for(".people", lang=lang, done="taken"), 303)
    return _person_page(known, form=form)


@bp.route("/<person>/close", methods=["POST"])
@needs(Right.ACCOUNTS)
def close(lang: str, person: str) -> ResponseReturnValue:
    """Close somebody's account: every role and every stay of it ends."""
    known = _known(person)
    form = DeskForm(f"close|{known.public_id}")
    if form.validate_on_submit():
        number, by = known.id, actor()
        try:
            with deed():
                if not may_everywhere(grants(), Right.ACCOUNTS):
                    abort(404)
                account = db.session.get_one(Account, number)
                deeds.close(account, actor=by, now=clock.now())
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for(".people", lang=lang, done="closed"), 303)
    return _person_page(known, form=form)
