"""Replying to an event, holding the ticket, changing one's mind."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField
from wtforms.validators import InputRequired, NumberRange

from festival import clock
from festival.domain import tokens
from festival.domain.addresses import network
from festival.domain.admission import ALIVE, CORRECTION, RsvpStatus
from festival.domain.errors import FestivalError, LastSeatsGone
from festival.domain.lifecycle import ReplyState, reply_state
from festival.extensions import current_settings, db
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import agenda, guests
from festival.services import rsvps
from festival.web.fields import CitizenForm, WholeNumberField, an_address, clean
from festival.web.forms import AGENT_LENGTH, MOST, ReplyForm, reply_form
from festival.web.guards import deed
from festival.wording import lazy_gettext

bp = Blueprint("rsvp", __name__, url_prefix="/<lang>")


@bp.route("/events/<slug>/reply", methods=["GET", "POST"])
def respond(lang: str, slug: str) -> ResponseReturnValue:
    """Ask, and take the answer.

    Shows ``rsvp/respond.html`` (event, form, house, state): the form alone, fresh or
    with what is to be corrected.
    """
    event = agenda.public_event(slug)
    form = reply_form(event)

    if form.validate_on_submit():
        try:
            with deed():
                record = rsvps.respond(event, form.reply(lang), now=clock.now())
                link = manage_link(record, lang)
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(link, 303)

    return _form_page(event, form)


def _form_page(event: Event, form: ReplyForm) -> ResponseReturnValue:
    now = clock.now()
    house = guests.house(event, now)
    state = reply_state(event.stage, house, now)
    # Somebody who finds the last seats gone is shown the waiting list's button.
    if isinstance(form.refusal, LastSeatsGone):
        state = ReplyState.WAITING_LIST
    page = render_template(
        "rsvp/respond.html",
        event=event,
        form=form,
        house=house,
        state=state,
        card=agenda.EventCard(event, house, state),
    )
    headers = {"Retry-After": "5"} if form.status_code == 503 else {}
    return page, form.status_code, headers


# The guest's own page: it is the ticket


class PartyForm(CitizenForm):
    """How many are coming, after all."""

    party_size = WholeNumberField(
        lazy_gettext("How many people, counting yourself?"),
        [
            InputRequired(lazy_gettext("Choose how many people.")),
            NumberRange(1, MOST, lazy_gettext("Choose a number from 1 up.")),
        ],
    )


class AddressForm(CitizenForm):
    """The address, mended."""

    email = EmailField(lazy_gettext("Your email address"), [an_address], [clean])


class TapForm(CitizenForm):
    """One button and nothing to fill in."""


@bp.get("/rsvp/<token>")
def manage(lang: str, token: str) -> ResponseReturnValue:
    """Show the ticket, and everything its guest may do with it."""
    return _guest_page(_opened("manage", token), token)


@bp.post("/rsvp/<token>/party")
def change(lang: str, token: str) -> ResponseReturnValue:
    """Come with more, or with fewer."""
    record = _opened("manage", token)
    form = _form(PartyForm, record)
    if form.validate_on_submit():
        try:
            with deed():
                rsvps.change_party(
                    record, int(form.party_size.data or 1), now=clock.now()
                )
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(
                url_for(".manage", lang=lang, token=token, done="party"), 303
            )
    return _guest_page(record, token, party_form=form)


@bp.post("/rsvp/<token>/withdraw")
def withdraw(lang: str, token: str) -> ResponseReturnValue:
    """Say "I can't come": one tap, no question back."""
    return _tap("manage", token, lang, rsvps.withdraw)


@bp.post("/rsvp/<token>/return")
def come_back(lang: str, token: str) -> ResponseReturnValue:
    """Say "I am coming after all"."""
    return _tap("manage", token, lang, rsvps.come_back)


@bp.post("/rsvp/<token>/address")
def correct(lang: str, token: str) -> ResponseReturnValue:
    """Mend a mistyped address; the page moves to a new link."""
    record = _opened("manage", token)
    form = _form(AddressForm, record)
    if form.validate_on_submit():
        reply = rsvps.Reply(
            name=record.name,
            address=str(form.email.data),
            party_size=guests.standing(record, clock.now()).party_size,
            language=record.language,
            answer=record.answer,
            would_wait=record.status is RsvpStatus.WAITING,
            network=network(request.remote_addr),
            agent=request.user_agent.string[:AGENT_LENGTH],
        )
        try:
            with deed():
                mended = rsvps.correct_address(record, reply, now=clock.now())
                link = manage_link(mended, lang, done="address")
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(link, 303)
    return _guest_page(record, token, address_form=form)


@bp.route("/rsvp/<token>/confirm", methods=["GET", "POST"])
def confirm(lang: str, token: str) -> ResponseReturnValue:
    """Answer the letter that holds a seat; the link shows a button, the button acts.

    Shows ``rsvp/confirm.html`` (standing, form).
    """
    record = _opened("confirm", token)
    if not isinstance(record, Rsvp):
        abort(404)
    form = _form(TapForm, record)
    if form.validate_on_submit():
        try:
            with deed():
                rsvps.confirm(record, now=clock.now())
                link = manage_link(record, lang)
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(link, 303)
    standing = guests.standing(record, clock.now())
    page = render_template("rsvp/confirm.html", standing=standing, form=form)
    return page, form.status_code


@bp.route("/rsvp/<token>/erase", methods=["GET", "POST"])
def erase(lang: str, token: str) -> ResponseReturnValue:
    """Forget a reply that its address never made: "this was not me".

    Shows ``rsvp/erase.html`` (event, form), then ``rsvp/erased.html`` (event).
    """
    record = _opened("erase", token)
    if not isinstance(record, Rsvp):
        abort(404)
    form = _form(TapForm, record)
    event = record.event
    if form.validate_on_submit():
        with deed():
            rsvps.erase(record, now=clock.now())
            db.session.commit()
        return render_template("rsvp/erased.html", event=event)
    return render_template("rsvp/erase.html", event=event, form=form), form.status_code


@bp.get("/ticket/<token>")
def ticket(lang: str, token: str) -> ResponseReturnValue:
    """Show anybody what the QR says: event, time and party. No name, no address.

    Shows ``rsvp/ticket.html`` (standing).
    """
    record = _opened("ticket", token)
    standing = guests.standing(record, clock.now())
    return render_template("rsvp/ticket.html", standing=standing)


class TicketsAgainForm(CitizenForm):
    """The address to which all tickets go once more."""

    patient = True

    email = EmailField(
        lazy_gettext("Your email address"),
        [an_address],
        [clean],
        description=lazy_gettext("The one you replied with."),
    )


@bp.route("/tickets", methods=["GET", "POST"])
def tickets_again(lang: str) -> ResponseReturnValue:
    """Send all tickets of an address again, for who lost the link.

    Shows ``rsvp/tickets_again.html`` (form, asked: the address or None): the same
    answer whether the address is known or not.
    """
    form = TicketsAgainForm("tickets")
    asked = None
    if form.validate_on_submit():
        try:
            with deed():
                rsvps.send_again(str(form.email.data), lang, now=clock.now())
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            asked = form.email.data
    return (
        render_template("rsvp/tickets_again.html", form=form, asked=asked),
        form.status_code,
    )


# What the guest's views share


def manage_link(record: Rsvp | Repeat, lang: str, **more: Any) -> str:
    """Return the path of a guest's own page."""
    key = current_settings().SECRET_KEY
    token = tokens.write(key, "manage", record.public_id, record.version)
    return url_for("rsvp.manage", lang=lang, token=token, **more)


def ticket_link(record: Rsvp | Repeat, lang: str) -> str:
    """Return the whole address that a ticket's QR holds."""
    settings = current_settings()
    token = tokens.write(
        settings.SECRET_KEY, "ticket", record.public_id, record.version
    )
    return settings.base_url + url_for("rsvp.ticket", lang=lang, token=token)


def _opened(purpose: str, token: str) -> Rsvp | Repeat:
    """Return the record that *token* opens, or answer 404: erased ones open nothing."""
    if len(token) != tokens.TOKEN_LENGTH or not token.isascii():
        abort(404, description="token")
    record = guests.find(tokens.public_id(token))
    keys = current_settings().keys
    if record is None or not tokens.opens(keys, purpose, token, record.version):
        abort(404, description="token")
    return record


def _form(kind: type[CitizenForm], record: Rsvp | Repeat, **kwargs: Any) -> Any:
    return kind(f"{kind.__name__}|{record.public_id}|{record.version}", **kwargs)


def _tap(purpose: str, token: str, lang: str, act: Any) -> ResponseReturnValue:
    record = _opened(purpose, token)
    form = _form(TapForm, record)
    if form.validate_on_submit():
        try:
            with deed():
                act(record, now=clock.now())
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for(".manage", lang=lang, token=token), 303)
    return _guest_page(record, token, tap_form=form)


def _guest_page(
    record: Rsvp | Repeat,
    token: str,
    *,
    party_form: PartyForm | None = None,
    address_form: AddressForm | None = None,
    tap_form: TapForm | None = None,
) -> ResponseReturnValue:
    """Show ``rsvp/manage.html``.

    Its context: standing (``guests.Standing``), house, token, ticket_link (for the
    QR; None unless confirmed), party_form, address_form (None when the half hour is
    over), tap_form, over (nothing may be changed any more), state (``ReplyState``),
    done ("party", "address" or ""), form (the one with errors, if any), reminded (a
    reminder is still to come: always False until reminders exist).
    """
    now = clock.now()
    standing = guests.standing(record, now)
    event = standing.event
    state = reply_state(event.stage, guests.house(event, now), now)
    alive = standing.status in ALIVE
    over = state in {ReplyState.PAST, ReplyState.CANCELLED}
    correctable = alive and not over and now - standing.replied_at <= CORRECTION

    # Fresh forms: a refused one is not filled from another one's answers.
    party = party_form or _form(
        PartyForm,
        record,
        formdata=None,
        data={"party_size": _asked_party(event) or standing.party_size},
    )
    address = address_form or _form(
        AddressForm, record, formdata=None, data={"email": standing.address}
    )
    tap = tap_form or _form(TapForm, record, formdata=None)
    wrong = next((f for f in (party_form, address_form, tap_form) if f), None)
    page = render_template(
        "rsvp/manage.html",
        standing=standing,
        event=event,
        token=token,
        ticket_link=ticket_link(record, cast(str, request.view_args["lang"]))  # type: ignore[index]
        if standing.status is RsvpStatus.CONFIRMED and not over
        else None,
        party_form=party,
        address_form=address if correctable or address_form else None,
        tap_form=tap,
        over=over,
        state=state,
        done=request.args.get("done", ""),
        form=wrong,
    )
    return page, wrong.status_code if wrong else 200


def _asked_party(event: Event) -> int | None:
    """Return the size that the link of a letter asks for: "change to 4"."""
    asked = request.args.get("party", type=int)
    return asked if asked in range(1, event.largest_party + 1) else None
