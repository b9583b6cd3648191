"""The picture of an event at the desk: hung, described, taken down."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import FileField, StringField
from wtforms.validators import Length

from festival import clock
from festival.domain.access import Right
from festival.domain.errors import FestivalError
from festival.extensions import db
from festival.models.events import Event
from festival.services import pictures
from festival.web.desk.event_fields import WordsField, needed
from festival.web.desk.guard import DeskForm, actor, event_at, needs
from festival.web.fields import clean
from festival.web.guards import deed
from festival.wording import lazy_gettext

bp = Blueprint("desk_pictures", __name__, url_prefix="/<lang>/desk/events/<slug>")

MOST = 30 * 1024 * 1024  # bytes that are read, so that words beside are not lost


class PictureForm(DeskForm):
    """One picture, and the words for who does not see it."""

    picture = FileField(
        lazy_gettext("A picture"),
        description=lazy_gettext(
            "JPEG, PNG or WebP, 10 MB at most. We make it small, and leave out where "
            "and with what it was taken."
        ),
    )
    words = WordsField(
        lazy_gettext("What does it show?"),
        longest=300,
        validators=[needed(lazy_gettext("Say what it shows: not everybody sees it."))],
    )
    credit = StringField(
        lazy_gettext("Who made it?"),
        [Length(max=200, message=lazy_gettext("200 characters at most."))],
        [clean],
    )


@bp.route("/picture", methods=["GET", "POST"])
@needs(Right.EVENTS)
def picture(lang: str, slug: str) -> ResponseReturnValue:
    """Give an event its picture. Shows ``desk/event_picture.html``.

    With event, form, and gone, the form that takes it down.
    """
    request.max_content_length = MOST
    event = event_at(slug, Right.EVENTS)
    shown = event.picture
    data = {"words": shown.words, "credit": shown.credit} if shown else {}
    try:
        form = PictureForm(f"picture|{slug}", data=data)
    except RequestEntityTooLarge:
        form = PictureForm(f"picture|{slug}", data=data, formdata=None)
        form.refuse(pictures.too_large())
        gone = DeskForm(f"picture-gone|{slug}", formdata=None)
        return _page(event, form, gone)[0], 413
    if form.validate_on_submit():
        upload = request.files.get("picture")
        try:
            sent = upload if upload and upload.filename else None
            made = pictures.read(sent.stream) if sent else None
            with deed():
                event = event_at(slug, Right.EVENTS)
                pictures.hang(
                    event,
                    *(made, form.words.data, str(form.credit.data or "")),
                    actor=actor(),
                    now=clock.now(),
                )
                db.session.commit()
                return _back(lang, slug)
        except FestivalError as refusal:
            form.refuse(refusal)
        event = event_at(slug, Right.EVENTS)
    return _page(event, form, DeskForm(f"picture-gone|{slug}", formdata=None))


@bp.post("/picture/remove")
@needs(Right.EVENTS)
def remove(lang: str, slug: str) -> ResponseReturnValue:
    """Let an event have its drawn poster again."""
    gone = DeskForm(f"picture-gone|{slug}")
    if gone.validate_on_submit():
        with deed():
            event = event_at(slug, Right.EVENTS)
            pictures.take_down(event, actor=actor(), now=clock.now())
            db.session.commit()
            return _back(lang, slug)
    form = PictureForm(f"picture|{slug}", formdata=None)
    return _page(event_at(slug, Right.EVENTS), form, gone)


def _page(event: Event, form: PictureForm, gone: DeskForm) -> tuple[str, int]:
    page = render_template("desk/event_picture.html", event=event, form=form, gone=gone)
    return page, max(form.status_code, gone.status_code)


def _back(lang: str, slug: str) -> ResponseReturnValue:
    return redirect(url_for("desk_events.event", lang=lang, slug=slug), 303)
