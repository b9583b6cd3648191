"""Coming to the desk: by a link that is mailed, or with a passkey."""

from __future__ import annotations

import re
import secrets

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from wtforms import EmailField

from festival import clock
from festival.domain import tokens
from festival.domain.errors import FestivalError, PasskeyCopied, PasskeyUnknown
from festival.extensions import current_settings, db
from festival.formats import passkeys
from festival.formats.passkeys import NotProved
from festival.models.accounts import Account, SignInLink
from festival.queries import accounts
from festival.services import stays as deeds
from festival.web.desk import guard
from festival.web.fields import CitizenForm, an_address, clean
from festival.web.guards import deed
from festival.web.passkeys import PasskeyForm, scripted, site
from festival.wording import lazy_gettext

bp = Blueprint("accounts", __name__, url_prefix="/<lang>/desk")

BROWSER = re.compile(r"[\w-]{43}", re.ASCII)  # 256 bits


class SignInForm(CitizenForm):
    """The address to which the link goes."""

    patient = True

    email = EmailField(
        lazy_gettext("Your email address"),
        [an_address],
        [clean],
        description=lazy_gettext("The one you were invited with."),
    )


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in(lang: str) -> ResponseReturnValue:
    """Send a link that signs in.

    Shows ``accounts/sign_in.html``, and then ``accounts/asked.html`` (asked: the
    address): the same answer whether it is known or not.
    """
    form = SignInForm("sign-in")
    if not form.validate_on_submit():
        return _sign_in_page(form)
    browser = guard.kept(guard.BROWSER)
    if not BROWSER.fullmatch(browser):
        browser = secrets.token_urlsafe(32)
    address = str(form.email.data)
    try:
        with deed():
            deeds.ask(address, browser, language=lang, now=clock.now())
            db.session.commit()
    except FestivalError as refusal:
        form.refuse(refusal)
        return _sign_in_page(form)
    response = make_response(render_template("accounts/asked.html", asked=address))
    guard.set_cookie(response, guard.BROWSER, browser, guard.BROWSER_SECONDS)
    onward = guard.onward(request.args.get("next", ""))
    guard.set_cookie(response, guard.ONWARD, onward, guard.BROWSER_SECONDS)
    return response


def _sign_in_page(
    form: SignInForm, passkey_form: PasskeyForm | None = None
) -> ResponseReturnValue:
    """Show ``accounts/sign_in.html``.

    Its context: form (the one with errors, if any), address_form, passkey_form,
    question (JSON for the device; empty: no passkeys here), next, left.
    """
    passkey = PasskeyForm(formdata=None)
    page = render_template(
        "accounts/sign_in.html",
        form=passkey_form or form,
        address_form=form,
        passkey_form=passkey,
        question=passkeys.asks_for_known(site(), passkey.question)
        if site().has_a_name
        else "",
        next=request.args.get("next", ""),
        left="left" in request.args,
    )
    return scripted(page, (passkey_form or form).status_code)


@bp.route("/sign-in/passkey", methods=["POST"])
def sign_in_by_passkey(lang: str) -> ResponseReturnValue:
    """Sign in with a passkey that this browser has just proved."""
    form = PasskeyForm()
    if form.validate_on_submit():
        try:
            return _by_passkey(form)
        except NotProved:
            form.refuse(PasskeyUnknown())
        except FestivalError as refusal:
            form.refuse(refusal)
    return _sign_in_page(SignInForm("sign-in", formdata=None), form)


def _by_passkey(form: PasskeyForm) -> ResponseReturnValue:
    """Let in who proves a passkey.

    Raises:
        NotProved, PasskeyUnknown: nobody here has it, or it was not it that signed.
        PasskeyCopied: its device has counted backwards, which is noted.
    """
    answer, now = str(form.answer.data), clock.now()
    found = accounts.passkey_of(passkeys.credential_id(answer))
    if found is None:
        raise PasskeyUnknown
    key = passkeys.Key(found.credential_id, found.public_key, found.sign_count)
    count = passkeys.sign_count(site(), answer, form.question, key)
    try:
        with deed():
            known = deeds.use_passkey(
                key.credential_id,
                count,
                request.user_agent.string,
                asked_at=form.asked_at,
                before=guard.kept(guard.KEY),
                now=now,
            )
            db.session.commit()
    except PasskeyCopied:
        with deed():
            deeds.doubt_passkey(key.credential_id, now=now)
            db.session.commit()
        raise
    return _let_in(known, guard.onward(request.args.get("next", "")))


@bp.route("/in/<token>", methods=["GET", "POST"])
def enter(lang: str, token: str) -> ResponseReturnValue:
    """Show a button; sign in who presses it. Looking changes nothing.

    Shows ``accounts/enter.html`` (form, token, account) or ``accounts/over.html``
    (elsewhere: it was asked for in another browser).
    """
    link = _link_of(token)
    browser = guard.kept(guard.BROWSER)
    if link is None or not accounts.opens(link, browser, clock.now()):
        elsewhere = link is not None and accounts.waits(link, clock.now())
        return render_template("accounts/over.html", elsewhere=elsewhere), 404
    form = CitizenForm(f"enter|{link.public_id}")
    if form.validate_on_submit():
        number = link.id
        try:
            with deed():
                key = deeds.sign_in(
                    db.session.get_one(SignInLink, number),
                    browser,
                    request.user_agent.string,
                    before=guard.kept(guard.KEY),
                    now=clock.now(),
                )
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return _let_in(key, guard.onward(guard.kept(guard.ONWARD)))
    who = db.session.get_one(Account, link.account_id)
    page = render_template("accounts/enter.html", form=form, token=token, account=who)
    return page, form.status_code


def _let_in(key: str, onward: str) -> Response:
    response = make_response(redirect(onward, 303))
    guard.set_cookie(response, guard.KEY, key, None)
    guard.drop_cookie(response, guard.ONWARD)
    return response


def _link_of(token: str) -> SignInLink | None:
    keys = current_settings().keys
    if len(token) != tokens.TOKEN_LENGTH or not token.isascii():
        return None
    if not tokens.opens(keys, "sign-in", token, 0):
        return None
    return accounts.link_of(tokens.public_id(token))
