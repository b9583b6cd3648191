"""The links by which a guest is known: how they are written, and how they open."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import abort, url_for

from festival.domain import tokens
from festival.extensions import current_settings
from festival.models.rsvps import Repeat, Rsvp
from festival.queries import guests
from festival.web.fields import CitizenForm

F = TypeVar("F", bound=CitizenForm)


class TapForm(CitizenForm):
    """One button and nothing to fill in."""


def opened(purpose: str, token: str) -> Rsvp | Repeat:
    """Return the record that *token* opens, or answer 404: erased ones open nothing."""
    if len(token) != tokens.TOKEN_LENGTH or not token.isascii():
        abort(404, description="token")
    record = guests.find(tokens.public_id(token))
    keys = current_settings().keys
    if record is None or not tokens.opens(keys, purpose, token, record.version):
        abort(404, description="token")
    return record


def opened_rsvp(purpose: str, token: str) -> Rsvp:
    """Return what *token* opens, if it is a reply and no repeat, or answer 404."""
    record = opened(purpose, token)
    if not isinstance(record, Rsvp):
        abort(404, description="token")
    return record


def form_for(kind: type[F], record: Rsvp | Repeat, **kwargs: Any) -> F:
    """Return a form sealed for *record* as it stands: a new link needs a new seal."""
    return kind(f"{kind.__name__}|{record.public_id}|{record.version}", **kwargs)


def token_of(purpose: str, record: Rsvp | Repeat) -> str:
    """Return the token of *purpose* for *record*."""
    key = current_settings().SECRET_KEY
    return tokens.write(key, purpose, record.public_id, record.version)


def manage_link(record: Rsvp | Repeat, lang: str, **more: Any) -> str:
    """Return the path of a guest's own page."""
    token = token_of("manage", record)
    return url_for("rsvp.manage", lang=lang, token=token, **more)


def ticket_link(record: Rsvp | Repeat, lang: str) -> str:
    """Return the whole address that a ticket's QR holds."""
    path = url_for("rsvp.ticket", lang=lang, token=token_of("ticket", record))
    return current_settings().base_url + path
