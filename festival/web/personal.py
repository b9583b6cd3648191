"""The private calendar of what one address said yes to: its page, and its feed.

Two keys, for two kinds of reader. The page's stands in our letter alone, and may
revoke. The feed's is given to Google and the like, and opens nothing but the feed.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask import url_for as path_to
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from festival import clock, entries, stood, wording
from festival.domain import tokens
from festival.domain.admission import RsvpStatus
from festival.domain.errors import FestivalError
from festival.domain.lifecycle import EventStatus
from festival.extensions import current_settings, db
from festival.formats import ical, personal_ical, subscriptions
from festival.formats.ical import Cancelled, Entry, Feed, Status, Vevent
from festival.models.rsvps import PersonalCalendar
from festival.queries import personal_calendars
from festival.queries.personal_calendars import Yes
from festival.services import personal_calendars as deeds
from festival.web.guards import deed
from festival.web.links import TapForm
from festival.web.shelf import NEVER_ZIPPED, WORTH_ZIPPING
from festival.wording import gettext

bp = Blueprint("personal", __name__)

ALARM: Final = re.compile(r"[0-9]{1,5}")
LONGEST_ALARM: Final = 10_080  # minutes: a week
OFFERED: Final = (None, 60, 24 * 60)  # minutes, on the page


# The page


@dataclass(frozen=True, slots=True)
class Ways:
    """Every way to take the calendar along, each a whole address."""

    apple: str
    google: str
    outlook: str
    ics: str


@bp.get("/<lang>/calendar/<token>")
def calendar(lang: str, token: str) -> ResponseReturnValue:
    """Show what is in the calendar, and how to subscribe to it."""
    return _page(_opened("calendar", token), lang)


@bp.post("/<lang>/calendar/<token>/renew")
def renew(lang: str, token: str) -> ResponseReturnValue:
    """Give the calendar another address: the old one is gone, and so is this page."""
    found = _opened("calendar", token)
    form = _form(found)
    if form.validate_on_submit():
        try:
            with deed():
                renewed = deeds.renew(found, now=clock.now())
                link = _path(renewed, lang, done="renewed")
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(link, 303)
    return _page(found, lang, form)


@bp.post("/<lang>/calendar/<token>/stop")
def stop(lang: str, token: str) -> ResponseReturnValue:
    """Revoke the calendar."""
    found = _opened("calendar", token)
    form = _form(found)
    if form.validate_on_submit():
        try:
            with deed():
                deeds.stop(found, now=clock.now())
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(path_to(".calendar", lang=lang, token=token), 303)
    return _page(found, lang, form)


def _page(
    found: PersonalCalendar, lang: str, form: TapForm | None = None
) -> ResponseReturnValue:
    """Show ``personal/calendar.html``, or of one that is gone ``personal/gone.html``.

    The page's context: token, address (of whose replies), yeses (``said(yes)``: how
    one stands), ways (``Ways``), alarms and alarm (minutes, or None), done ("renewed"
    or ""), tap_form, form (it, if it was refused).
    """
    if found.revoked_at is not None:
        return render_template("personal/gone.html"), 410
    page = render_template(
        "personal/calendar.html",
        token=_token("calendar", found),
        address=found.address_key,
        yeses=personal_calendars.yeses(found, clock.now()),
        said=_said,
        ways=_ways(found, lang),
        alarms=OFFERED,
        alarm=_alarm(),
        done=request.args.get("done", ""),
        tap_form=form or _form(found, fresh=True),
        form=form,
    )
    return page, form.status_code if form else 200


def _form(found: PersonalCalendar, *, fresh: bool = False) -> TapForm:
    purpose = f"calendar|{found.public_id}"
    return TapForm(purpose, formdata=None) if fresh else TapForm(purpose)


def _ways(found: PersonalCalendar, lang: str) -> Ways:
    """Return the addresses of the feed, in the language of the page."""

    def address_of(cancelled: str | None = None) -> str:
        path = path_to(
            ".feed",
            token=_token("feed", found),
            lang=lang if lang != found.language else None,
            alarm=_alarm(),
            cancelled=cancelled,
        )
        return current_settings().base_url + path

    address = address_of()
    return Ways(
        apple=subscriptions.webcal(address),
        google=subscriptions.google(address_of(Cancelled.KEEP.value)),
        outlook=subscriptions.outlook(address, _name()),
        ics=address,
    )


# The feed


@bp.get("/calendar/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """Give what an address said yes to, to whoever subscribes with its key.

    With ``alarm=60`` the programs ring so many minutes before; ``cancelled=keep`` is
    for one that hides what is cancelled (``formats.ical``). No attendee, no door code,
    and no link that could change a reply: other people's servers read it.
    """
    found = _opened("feed", token)
    if found.revoked_at is not None:
        return Response(status=410, mimetype="text/plain")
    asked, now = request.args.get("lang", ""), clock.now()
    with force_locale(asked if asked in wording.LANGUAGES else found.language):
        alarm = _alarm()
        every = [_vevent(yes, alarm) for yes in personal_calendars.yeses(found, now)]
        if Cancelled(request.args.get("cancelled", "")) is Cancelled.KEEP:
            every = [e._replace(body=ical.without_status(e.body)) for e in every]
        shown = ical.within_limits(every, now=now)
        body = ical.join(shown, feed=_about())
    return _sent(body)


def _about() -> Feed:
    """Return what the calendar says of itself: not its own address, which is a key."""
    settings = current_settings()
    return Feed(
        name=_name(),
        description=gettext("Your replies, and how they stand."),
        url=entries.address_of("agenda.agenda", lang=wording.language()),
        timezone=settings.TIMEZONE,
        refresh_hours=1,
    )


def _name() -> str:
    house = current_settings().HOUSE_NAME
    return gettext("%(house)s: what I said yes to", house=house)


def _vevent(yes: Yes, alarm: int | None) -> Vevent:
    """Return how the calendar shows a reply; it rings *alarm* minutes before."""
    early = None if alarm is None else timedelta(minutes=alarm)
    return personal_ical.vevent_of_guest(_entry(yes), early)


def _entry(yes: Yes) -> Entry:
    """Return the public entry of an event, and how this one reply to it stands.

    Its SEQUENCE is never below the last one that a letter gave this guest, and it was
    revised when the reply last came to stand otherwise, too.
    """
    event = yes.event
    public = entries.from_event(event)
    comes = yes.status is RsvpStatus.CONFIRMED
    public = replace(
        public,
        sequence=max(public.sequence, yes.rsvp.letter_sequence),
        revised_at=max(public.revised_at, stood.since(yes.rsvp)),
    )
    if event.status is not EventStatus.SCHEDULED:
        return replace(public, online_link="")
    return replace(
        public,
        status=Status.CONFIRMED if comes else Status.TENTATIVE,
        summary=public.summary if comes else _unsure(yes.status, public.summary),
        remarks=(_said(yes), *public.remarks),
        online_link=public.online_link if comes else "",
    )


def _unsure(status: RsvpStatus, name: str) -> str:
    if status is RsvpStatus.WAITING:
        return gettext("WAITING LIST: %(name)s", name=name)
    return gettext("TO CONFIRM: %(name)s", name=name)


def _said(yes: Yes) -> str:
    """Return how a reply stands, as its guest reads it."""
    event = yes.event
    if event.status is EventStatus.CANCELLED:
        return gettext("This event is cancelled")
    if event.status is EventStatus.POSTPONED:
        return gettext("This event is postponed")
    if yes.status is RsvpStatus.CONFIRMED:
        people = wording.people(yes.rsvp.party_size)
        return gettext("You are coming: %(people)s.", people=people)
    if yes.status is RsvpStatus.WAITING:
        return gettext("You are on the waiting list: no place is yours yet.")
    return gettext("A place is kept for you: say yes with the link in our letter.")


def _alarm() -> int | None:
    """Return how many minutes before an event programs are to ring, if they are."""
    asked = request.args.get("alarm", "")
    minutes = int(asked) if ALARM.fullmatch(asked) else LONGEST_ALARM + 1
    return minutes if minutes <= LONGEST_ALARM else None


def _sent(body: bytes) -> Response:
    """Return *body* as a program fetches it: whole, zipped, or "nothing has changed".

    It is one person's: programs may keep it, proxies not, no other site reads it.
    """
    digest = hashlib.sha256(body).hexdigest()[:32]
    zipped = (
        len(body) > WORTH_ZIPPING
        and request.accept_encodings.quality("gzip") > 0
        and not any(name in request.user_agent.string for name in NEVER_ZIPPED)
    )
    if zipped:
        body, digest = gzip.compress(body, 6, mtime=0), f"{digest}-gzip"
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.set_etag(digest)
    response.vary.add("Accept-Encoding")
    if zipped:
        response.content_encoding = "gzip"
    response.headers["Cache-Control"] = "private, max-age=0"
    response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response.make_conditional(request)
    return response


# The keys


def _opened(purpose: str, token: str) -> PersonalCalendar:
    """Return the calendar that *token* opens, gone or not, or answer 404."""
    if len(token) != tokens.TOKEN_LENGTH or not token.isascii():
        abort(404, description="token")
    found = personal_calendars.find(tokens.public_id(token))
    keys = current_settings().keys
    if found is None or not tokens.opens(keys, purpose, token, 0):
        abort(404, description="token")
    return found


def _token(purpose: str, found: PersonalCalendar) -> str:
    return tokens.write(current_settings().SECRET_KEY, purpose, found.public_id, 0)


def _path(found: PersonalCalendar, lang: str, done: str) -> str:
    return path_to(".calendar", lang=lang, token=_token("calendar", found), done=done)
