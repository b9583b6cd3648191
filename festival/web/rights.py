"""What guests may ask of what is kept: see it, erase it, and be left in peace."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from festival import clock
from festival.domain.admission import RsvpStatus
from festival.domain.errors import FestivalError
from festival.extensions import current_settings, db
from festival.models.rsvps import Rsvp
from festival.queries.rights import KeptFacts, kept_facts
from festival.services import retention, silence
from festival.web.guards import deed
from festival.web.links import TapForm, form_for, manage_link, opened, opened_rsvp
from festival.wording import gettext, language_name, plain, when

bp = Blueprint("rights", __name__, url_prefix="/<lang>")

ONE_CLICK = {"List-Unsubscribe": "One-Click"}  # RFC 8058, 3.1


@bp.get("/rsvp/<token>/data")
def data(lang: str, token: str) -> ResponseReturnValue:
    """Hand over, as a file, all that is kept under a reply."""
    facts = kept_facts(opened("manage", token), clock.now())
    text = json.dumps(_told(facts, lang), ensure_ascii=False, indent=2)
    name = gettext("my-data")
    return Response(
        text + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"'},
    )


@bp.route("/rsvp/<token>/forget", methods=["GET", "POST"])
def forget(lang: str, token: str) -> ResponseReturnValue:
    """Erase a reply now.

    Shows ``rights/forget.html`` (event, form, ahead: whether it frees a place), then
    ``rights/forgotten.html`` (event, ahead).
    """
    record = opened("manage", token)
    form = form_for(TapForm, record)
    event, now = record.event, clock.now()
    told = {"event": event, "ahead": now < event.ends_at}
    if form.validate_on_submit():
        try:
            with deed():
                retention.forget(opened("manage", token), now=now)
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return render_template("rights/forgotten.html", **told)
    return render_template("rights/forget.html", form=form, **told), form.status_code


@bp.route("/rsvp/<token>/silence", methods=["GET", "POST"], endpoint="silence")
def silenced(lang: str, token: str) -> ResponseReturnValue:
    """Never write to an address again: shows ``rights/silence.html`` (event, form)."""
    record = opened_rsvp("silence", token)
    form = form_for(TapForm, record)
    if form.validate_on_submit():
        try:
            with deed():
                silence.silence(record, now=clock.now())
                link = manage_link(record, lang)
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(link, 303)
    page = render_template("rights/silence.html", event=record.event, form=form)
    return page, form.status_code


@bp.route("/rsvp/<token>/speak", methods=["GET", "POST"])
def speak(lang: str, token: str) -> ResponseReturnValue:
    """Write to an address again: shows ``rights/speak.html`` (event, form).

    Only where a link of this reply's own letters switched them off. Whoever else
    comes here gets the reply's own page, so that nobody learns who wants no letters.
    """
    record = opened("manage", token)
    form = form_for(TapForm, record)
    off = isinstance(record, Rsvp) and record.letters_off
    if form.validate_on_submit():
        try:
            with deed():
                if isinstance(record, Rsvp):
                    silence.speak_again(record, now=clock.now())
                    db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
    if form.status_code == 200 and (form.is_submitted() or not off):
        return redirect(manage_link(record, lang), 303)
    page = render_template("rights/speak.html", event=record.event, form=form)
    return page, form.status_code


@bp.route("/rsvp/<token>/reminders", methods=["GET", "POST"])
def reminders(lang: str, token: str) -> ResponseReturnValue:
    """Remind a guest no more: shows ``rights/reminders.html`` (event, form, done).

    A mail program's own button sends no seal (RFC 8058): this link stands in letters
    alone, and does nothing else, however often it is sent.
    """
    record = opened_rsvp("reminders", token)
    form = form_for(TapForm, record)
    one_click = request.method == "POST" and request.form.to_dict() == ONE_CLICK
    done = False
    if one_click or form.validate_on_submit():
        try:
            with deed():
                silence.no_more_reminders(record, now=clock.now())
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            done = True
    page = render_template(
        "rights/reminders.html", event=record.event, form=form, done=done
    )
    return page, form.status_code


def _told(facts: KeptFacts, lang: str) -> dict[str, Any]:
    """Return *facts* as somebody reads them, in the language of the page."""
    standing, settings = facts.standing, current_settings()
    event = standing.event

    def at(moment: datetime | None) -> str | None:
        zone = ZoneInfo(event.timezone)
        return moment.astimezone(zone).isoformat() if moment else None

    return {
        gettext("Kept by"): settings.HOUSE_NAME,
        gettext("As of"): at(clock.now()),
        gettext("Event"): {
            gettext("Name"): plain(event.name),
            gettext("When"): when(
                event.starts_at, event.ends_at, event.timezone, all_day=event.all_day
            ),
            gettext("Page"): settings.base_url
            + url_for("events.event", lang=lang, slug=event.slug),
        },
        gettext("Your reply"): {
            gettext("Your name"): standing.name,
            gettext("Your email address"): standing.address,
            gettext("How many people, counting yourself?"): facts.party_wanted,
            gettext("Of them, with a place"): standing.party_size
            if standing.status is RsvpStatus.CONFIRMED
            else None,
            gettext("State"): _state(standing.status),
            gettext("Place in the waiting list"): standing.position,
            gettext("Kept until"): at(standing.held_until),
            gettext("Answer to the question"): standing.answer or None,
            gettext("What to prepare"): [*facts.needs, facts.needs_note]
            if facts.needs or facts.needs_note
            else None,
            gettext("Language of the letters"): language_name(facts.language),
            gettext("Reminders"): facts.wants_reminders,
            gettext("Door code"): standing.door_code,
            gettext("Replied at"): at(standing.replied_at),
            gettext("“Still coming” said at"): at(facts.still_coming_at),
            gettext("Withdrawn at"): at(standing.withdrawn_at),
        },
        gettext("Letters"): [
            {
                gettext("About"): gettext("Your reply")
                if letter.about == "reply"
                else gettext("Your withdrawal"),
                gettext("Written at"): at(letter.written_at),
                gettext("To"): standing.address,
            }
            for letter in facts.letters
        ],
        gettext("Not in this file"): gettext(
            "The letters themselves, when they left, and whether your address has a "
            "calendar of its own: whoever typed your address by mistake could open "
            "this file. Ask us from that address, and we send you what we still hold."
        ),
        gettext("To keep programs out"): {
            gettext("Mailbox whose letters are counted"): facts.mailbox,
            gettext("Seal of your network, unreadable, kept for 24 hours"): (
                facts.network_kept
            ),
        },
        gettext("How long we keep it"): settings.base_url
        + url_for("site.privacy", lang=lang),
    }


def _state(status: RsvpStatus) -> str:
    return {
        RsvpStatus.HELD: gettext("kept, to be confirmed by mail"),
        RsvpStatus.CONFIRMED: gettext("confirmed"),
        RsvpStatus.WAITING: gettext("on the waiting list"),
        RsvpStatus.OFFERED: gettext("a place is offered"),
        RsvpStatus.CANCELLED: gettext("cancelled"),
        RsvpStatus.EXPIRED: gettext("not confirmed in time"),
    }[status]
