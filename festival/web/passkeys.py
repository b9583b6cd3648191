"""What the pages share on which a passkey is asked for."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Response, make_response, request
from wtforms import HiddenField

from festival.extensions import current_settings
from festival.formats.passkeys import Site
from festival.web import caching
from festival.web.desk import guard
from festival.web.fields import CitizenForm

CHALLENGE_BYTES = 32
SCRIPTED = caching.POLICY + "; script-src 'self'"


class PasskeyForm(CitizenForm):
    """What a device answers to a challenge that is good for five minutes."""

    lasts = 5 * 60

    challenge = HiddenField()
    answer = HiddenField()

    def __init__(self, **kwargs: Any) -> None:
        answered = request.method == "POST" and "formdata" not in kwargs
        sent = request.form.get("challenge", "") if answered else ""
        challenge = sent or secrets.token_urlsafe(CHALLENGE_BYTES)
        stay = guard.signed_in()
        whose = stay.digest if stay else ""
        super().__init__(f"passkey|{whose}|{challenge}", **kwargs)
        self.challenge.data = challenge

    @property
    def question(self) -> bytes:
        """Return the challenge as the device gets it."""
        return str(self.challenge.data).encode("utf-8", "surrogatepass")

    @property
    def asked_at(self) -> datetime:
        """Return when the challenge was made; call it after validation."""
        return datetime.fromtimestamp(self._issued(), UTC)


def site() -> Site:
    """Return whose passkeys they are."""
    return Site(current_settings().base_url, current_settings().HOUSE_NAME)


def scripted(page: str, status: int) -> Response:
    """Answer with *page*, which may run our own script and no other."""
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = SCRIPTED
    return response
