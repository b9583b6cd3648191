"""Replying to an event, holding the ticket, changing one's mind."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, EmailField, Field, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from festival import clock
from festival.domain.addresses import network
from festival.domain.admission import ALIVE, CORRECTION, RsvpStatus
from festival.domain.errors import FestivalError, LastSeatsGone
from festival.domain.lifecycle import ReplyState, reply_state
from festival.extensions import db
from festival.models.events import Event
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import agenda, guests, letters
from festival.services import amendments, parts, personal_calendars, replies, rsvps
from festival.web.fields import CitizenForm, WholeNumberField, an_address, clean
from festival.web.forms import AGENT_LENGTH, MOST, ReplyForm, reply_form
from festival.web.guards import deed
from festival.web.links import (
    TapForm,
    form_for,
    manage_link,
    opened,
    opened_rsvp,
    ticket_link,
)
from festival.wording import gettext, lazy_gettext, plain

bp = Blueprint("rsvp", __name__, url_prefix="/<lang>")


@bp.route("/events/<slug>/reply", methods=["GET", "POST"])
def respond(lang: str, slug: str) -> ResponseReturnValue:
    """Ask, and take the answer.

    Shows ``rsvp/respond.html`` (event, form, house, state): the form alone, fresh or
    with what is to be corrected.
    """
    event = agenda.public_event(slug, whole=request.method != "POST")
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
    return page, form.status_code


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
    wait = BooleanField(default=False)  # pressed "let the others wait"


class AddressForm(CitizenForm):
    """The address, mended."""

    email = EmailField(lazy_gettext("Your email address"), [an_address], [clean])


class PartsForm(CitizenForm):
    """Which other parts of the festival, too."""

    part = SelectMultipleField(
        lazy_gettext("Other parts of this festival"), validate_choice=False
    )

    def validate_part(self, field: Field) -> None:
        """Check that something is ticked."""
        if not field.data:
            raise ValidationError(gettext("Tick what you would like to come to."))


@bp.get("/rsvp/<token>")
def manage(lang: str, token: str) -> ResponseReturnValue:
    """Show the ticket, and everything its guest may do with it."""
    return _guest_page(opened("manage", token), token)


@bp.post("/rsvp/<token>/party")
def change(lang: str, token: str) -> ResponseReturnValue:
    """Come with more, or with fewer."""
    record = opened("manage", token)
    form = form_for(PartyForm, record)
    if form.validate_on_submit():
        try:
            with deed():
                amendments.change_party(
                    record,
                    int(form.party_size.data or 1),
                    would_wait=bool(form.wait.data),
                    now=clock.now(),
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


@bp.post("/rsvp/<token>/accept")
def accept(lang: str, token: str) -> ResponseReturnValue:
    """Take a place that came free."""
    return _tap("manage", token, lang, partial(rsvps.confirm, by_letter=False))


@bp.post("/rsvp/<token>/still")
def still_coming(lang: str, token: str) -> ResponseReturnValue:
    """Answer "still coming?" with yes."""
    return _tap("manage", token, lang, rsvps.still_coming, done="still")


@bp.post("/rsvp/<token>/address")
def correct(lang: str, token: str) -> ResponseReturnValue:
    """Mend a mistyped address; the page moves to a new link.

    A second tap on the button finds the new page, though its own link is gone.
    """
    key = replies.correction_key(
        token,
        str(request.form.get("email", "")),
        network=network(request.remote_addr),
        agent=request.user_agent.string[:AGENT_LENGTH],
    )
    if corrected := guests.corrected(key, clock.now()):
        return redirect(manage_link(corrected, lang, done="address"), 303)
    record = opened("manage", token)
    form = form_for(AddressForm, record)
    if form.validate_on_submit():
        reply = _reply_again(record, str(form.email.data), record.language)
        try:
            with deed():
                late = _letter_lost(record)
                mended = amendments.correct_address(
                    record, reply, now=clock.now(), late=late, key=key
                )
                link = manage_link(mended, lang, done="address")
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(link, 303)
    return _guest_page(record, token, address_form=form)


@bp.post("/rsvp/<token>/parts")
def join_parts(lang: str, token: str) -> ResponseReturnValue:
    """Come to other parts of the festival, too: nothing is typed again.

    A part that is full by now is said, and does not lose the others.
    """
    record = opened("manage", token)
    form = form_for(PartsForm, record)
    if form.validate_on_submit() and record.address:
        chosen = set(form.part.data or ())
        offered = agenda.other_parts(record.event, clock.now())
        wanted = [card.event for card in offered if card.event.slug in chosen]
        reply = _reply_again(record, record.address, lang)
        try:
            with deed():
                results = parts.respond_to(wanted, reply, now=clock.now())
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            refused = {e: r for e, r in results.items() if isinstance(r, FestivalError)}
            gone = chosen - {event.slug for event in wanted}
            if not refused and not gone:
                return redirect(manage_link(record, lang, done="parts"), 303)
            form.part.errors = [
                *(_not_for(event, refusal) for event, refusal in refused.items()),
                *([gettext("One of them is full by now, or over.")] if gone else []),
            ]
    return _guest_page(record, token, parts_form=form)


@bp.post("/rsvp/<token>/calendar")
def send_calendar(lang: str, token: str) -> ResponseReturnValue:
    """Write to the guest where the calendar of all of their replies is."""
    send = partial(personal_calendars.send, language=lang)
    return _tap("manage", token, lang, send, done="calendar")


@bp.route("/rsvp/<token>/confirm", methods=["GET", "POST"])
def confirm(lang: str, token: str) -> ResponseReturnValue:
    """Answer the letter that holds a seat; the link shows a button, the button acts.

    Shows ``rsvp/confirm.html`` (standing, form, free: places that somebody who waits
    can have).
    """
    record = opened_rsvp("confirm", token)
    form = form_for(TapForm, record)
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
    now = clock.now()
    standing = guests.standing(record, now)
    free = guests.free_for(record, guests.house(record.event, now), now)
    page = render_template("rsvp/confirm.html", standing=standing, form=form, free=free)
    return page, form.status_code


@bp.route("/rsvp/<token>/erase", methods=["GET", "POST"])
def erase(lang: str, token: str) -> ResponseReturnValue:
    """Forget a reply that its address never made: "this was not me".

    Shows ``rsvp/erase.html`` (event, form), then ``rsvp/erased.html`` (event).
    """
    record = opened_rsvp("erase", token)
    form = form_for(TapForm, record)
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
    record = opened("ticket", token)
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


def _tap(
    purpose: str, token: str, lang: str, act: Any, **more: Any
) -> ResponseReturnValue:
    record = opened(purpose, token)
    form = form_for(TapForm, record)
    if form.validate_on_submit():
        try:
            with deed():
                act(record, now=clock.now())
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for(".manage", lang=lang, token=token, **more), 303)
    return _guest_page(record, token, tap_form=form)


def _guest_page(
    record: Rsvp | Repeat,
    token: str,
    *,
    party_form: PartyForm | None = None,
    address_form: AddressForm | None = None,
    tap_form: TapForm | None = None,
    parts_form: PartsForm | None = None,
) -> ResponseReturnValue:
    """Show ``rsvp/manage.html``.

    Its context: standing (``guests.Standing``), token, ticket_link (for the QR; None
    unless confirmed), party_form, address_form (None when the half hour is over and
    our letter arrived), tap_form, parts_form, also (cards of the festival's other
    parts), over (nothing may be changed any more), state (``ReplyState``), free
    (places that may be taken here by somebody who waits), lost (our letter did not
    arrive), done ("party", "address", "still", "parts",
    "calendar" or ""), form (the one with
    errors, if any).
    """
    now = clock.now()
    standing = guests.standing(record, now)
    event = standing.event
    house = guests.house(event, now)
    state = reply_state(event.stage, house, now)
    alive = standing.status in ALIVE
    over = state in {ReplyState.PAST, ReplyState.CANCELLED}
    lost = alive and not over and _letter_lost(record)
    fresh = now - standing.replied_at <= CORRECTION
    correctable = alive and not over and (fresh or lost)

    # Fresh forms: a refused one is not filled from another one's answers.
    party = party_form or form_for(
        PartyForm,
        record,
        formdata=None,
        data={"party_size": _asked_party(event) or standing.party_size},
    )
    address = address_form or form_for(
        AddressForm, record, formdata=None, data={"email": standing.address}
    )
    tap = tap_form or form_for(TapForm, record, formdata=None)
    given = (party_form, address_form, tap_form, parts_form)
    wrong = next((f for f in given if f), None)
    comes = standing.status in {RsvpStatus.CONFIRMED, RsvpStatus.HELD} and not over
    also = agenda.other_parts(event, now) if comes and standing.address else []
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
        parts_form=parts_form or form_for(PartsForm, record, formdata=None),
        also=also,
        over=over,
        state=state,
        free=0 if standing.by_letter else guests.free_for(record, house, now),
        lost=lost,
        done=request.args.get("done", ""),
        form=wrong,
    )
    return page, wrong.status_code if wrong else 200


def _not_for(event: Event, refusal: FestivalError) -> str:
    """Return why there is no place at *event*, by its name."""
    sentence = gettext(refusal.sentence) % refusal.facts
    return gettext("%(event)s: %(why)s", event=plain(event.name), why=sentence)


def _reply_again(record: Rsvp | Repeat, address: str, language: str) -> replies.Reply:
    """Return the reply of *record* as if it were given now, from here."""
    return replies.Reply(
        name=record.name,
        address=address,
        party_size=guests.standing(record, clock.now()).party_size,
        language=language,
        answer=record.answer,
        would_wait=record.status is RsvpStatus.WAITING,
        network=network(request.remote_addr),
        agent=request.user_agent.string[:AGENT_LENGTH],
    )


def _letter_lost(record: Rsvp | Repeat) -> bool:
    return isinstance(record, Rsvp) and letters.undelivered(record)


def _asked_party(event: Event) -> int | None:
    """Return the size that the link of a letter asks for: "change to 4"."""
    asked = request.args.get("party", type=int)
    return asked if asked in range(1, event.largest_party + 1) else None
