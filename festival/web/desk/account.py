"""One's own account: name, passkeys, where one is signed in, and the way out."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from festival import clock
from festival.domain.errors import FestivalError, PasskeyUnknown
from festival.extensions import db
from festival.formats import passkeys
from festival.formats.passkeys import NotProved
from festival.models.accounts import Passkey
from festival.models.rsvps import NAME_LENGTH
from festival.queries import accounts
from festival.services import accounts as account_deeds
from festival.services import stays as deeds
from festival.web.desk import guard
from festival.web.desk.event_fields import offered
from festival.web.desk.guard import ROLE_NAMES, DeskForm, LeaveForm, needs
from festival.web.fields import clean
from festival.web.guards import deed
from festival.web.passkeys import PasskeyForm, scripted, site
from festival.wording import LANGUAGES, gettext, language_name, lazy_gettext

bp = Blueprint("desk_account", __name__, url_prefix="/<lang>/desk")

BROWSERS = {
    "Edg/": "Edge",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


class AccountForm(DeskForm):
    """What one is called, and in which language one is written to."""

    name = StringField(
        lazy_gettext("Your name"),
        [
            DataRequired(lazy_gettext("Enter your name or a first name.")),
            Length(max=NAME_LENGTH, message=lazy_gettext("80 characters at most.")),
        ],
        [clean],
    )
    language = SelectField(
        lazy_gettext("Letters to you"),
        choices=offered([(tag, language_name(tag)) for tag in LANGUAGES]),
    )


class NewPasskeyForm(PasskeyForm):
    """A new key, and what one calls it."""

    label = StringField(
        lazy_gettext("Its name"),
        [Length(max=NAME_LENGTH, message=lazy_gettext("80 characters at most."))],
        [clean],
        description=lazy_gettext("For example the telephone or computer it is on."),
    )


@bp.route("/account", methods=["GET", "POST"])
@needs(None)
def account(lang: str) -> ResponseReturnValue:
    """Change one's name and language; see passkeys, and where one is signed in."""
    form = AccountForm("account", obj=guard.account())
    if form.validate_on_submit():
        try:
            with deed():
                name, language = str(form.name.data), str(form.language.data)
                account_deeds.rename(guard.account(), name, language)
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for(".account", lang=lang, done="account"), 303)
    return _account_page(account_form=form)


def _account_page(
    *,
    account_form: AccountForm | None = None,
    passkey_form: NewPasskeyForm | None = None,
) -> ResponseReturnValue:
    """Show ``desk/account.html``.

    Its context: account, account_form, passkey_form, question (JSON for the device;
    empty: no passkeys here), remove_forms (by passkey), everywhere_form, stays, here
    (the stay of this browser), roles, names (of roles), done, form (the refused one).
    """
    known = guard.account()
    given = passkey_form or account_form
    fresh = NewPasskeyForm(formdata=None)
    if passkey_form:
        fresh.label.data = passkey_form.label.data
    page = render_template(
        "desk/account.html",
        account=known,
        account_form=account_form or AccountForm("account", formdata=None, obj=known),
        passkey_form=fresh,
        question=passkeys.asks_for_new(
            site(),
            known.public_id,
            known.address,
            fresh.question,
            [passkey.credential_id for passkey in known.passkeys],
        )
        if site().has_a_name
        else "",
        remove_forms={
            one.id: DeskForm(f"passkey|{one.id}", formdata=None)
            for one in known.passkeys
        },
        everywhere_form=LeaveForm("leave-everywhere", formdata=None),
        stays=accounts.stays(known, clock.now()),
        here=guard.signed_in(),
        roles=accounts.held(known.memberships).get(known.id, []),
        names=ROLE_NAMES,
        done=request.args.get("done", ""),
        form=given,
    )
    return scripted(page, given.status_code if given else 200)


@bp.route("/passkeys", methods=["POST"])
@needs(None)
def add_passkey(lang: str) -> ResponseReturnValue:
    """Keep a new passkey of who is signed in."""
    form = NewPasskeyForm()
    if form.validate_on_submit():
        try:
            key = passkeys.new_key(site(), str(form.answer.data), form.question)
            with deed():
                deeds.add_passkey(
                    guard.account(),
                    credential_id=key.credential_id,
                    public_key=key.public_key,
                    sign_count=key.sign_count,
                    name=str(form.label.data or ""),
                    now=clock.now(),
                )
                db.session.commit()
        except NotProved:
            form.refuse(PasskeyUnknown())
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for(".account", lang=lang, done="passkey"), 303)
    return _account_page(passkey_form=form)


@bp.route("/passkeys/<number>/remove", methods=["POST"])
@needs(None)
def remove_passkey(lang: str, number: str) -> ResponseReturnValue:
    """Forget one of one's own passkeys."""
    own = {str(passkey.id): passkey.id for passkey in guard.account().passkeys}
    if number not in own:
        abort(404)
    form = DeskForm(f"passkey|{number}")
    if not form.validate_on_submit():
        return _refused(form)
    with deed():
        passkey = db.session.get(Passkey, own[number])
        if passkey is not None:
            deeds.remove_passkey(passkey, now=clock.now())
            db.session.commit()
    return redirect(url_for(".account", lang=lang, done="removed"), 303)


@bp.route("/sign-out", methods=["POST"])
@needs(None)
def sign_out(lang: str) -> ResponseReturnValue:
    """End this stay."""
    form = LeaveForm("leave")
    if not form.validate_on_submit():
        return _refused(form)
    with deed():
        stay = guard.signed_in()
        if stay is not None:
            deeds.sign_out(stay, now=clock.now())
            db.session.commit()
    return _left(lang)


@bp.route("/sign-out-everywhere", methods=["POST"])
@needs(None)
def sign_out_everywhere(lang: str) -> ResponseReturnValue:
    """End every stay of who is signed in."""
    form = LeaveForm("leave-everywhere")
    if not form.validate_on_submit():
        return _refused(form)
    with deed():
        known, by = guard.account(), guard.actor()
        deeds.sign_out_everywhere(known, actor=by, now=clock.now())
        db.session.commit()
    return _left(lang)


def _refused(form: DeskForm) -> ResponseReturnValue:
    """Show ``desk/again.html`` (form): a button whose seal was stale."""
    return render_template("desk/again.html", form=form), form.status_code


def _left(lang: str) -> Response:
    response = make_response(
        redirect(url_for("accounts.sign_in", lang=lang, left=1), 303)
    )
    guard.drop_cookie(response, guard.KEY)
    return response


@bp.app_template_filter()
def browser_name(agent: str) -> str:
    """Return what a browser that calls itself *agent* is called by people."""
    found = (
        next((said for sign, said in names.items() if sign in agent), "")
        for names in (BROWSERS, SYSTEMS)
    )
    return ", ".join(filter(None, found)) or gettext("Another browser")
