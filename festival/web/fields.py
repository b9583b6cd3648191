"""The form base of citizens' pages, and the fields and sentences forms share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

import email_validator
from flask import request
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    IntegerField,
    StringField,
    ValidationError,
    i18n,
)

from festival import clock
from festival.domain import tokens
from festival.domain.errors import FestivalError, TooBusy
from festival.extensions import current_settings
from festival.wording import gettext, language, lazy_gettext

STALE_SECONDS = 24 * 60 * 60
# Controls, surrogates, and marks that turn the direction of what follows them.
UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e"
    "\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def clean(value: Any) -> Any:
    """Return one line of composed text, without controls."""
    if not isinstance(value, str):
        return value
    bare = UNWANTED.sub("", value)
    text = " ".join(unicodedata.normalize("NFC", bare).split())
    seen = (char for char in text if unicodedata.category(char)[0] not in "CMZ")
    return text if any(seen) else ""


@cache
def _wtforms_sentences(tag: str) -> Any:
    return i18n.get_translations([tag])


class CitizenForm(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """A form for people without an account: sealed, without session or cookie.

    The seal covers the form's purpose and the second it was shown, and nothing of
    the visitor's, so that a public page is the same bytes for all; there it is *shown
    at* the hour, so that they are the same in every process too. What comes back with
    a stale seal, too soon, or with the trap filled is shown again, kept.
    """

    class Meta:
        csrf = False  # the seal below takes its place

        def get_translations(self, _form: Any) -> Any:
            """Return WTForms' own sentences; flask-wtf would read them every time."""
            return _wtforms_sentences(language())

    patient: ClassVar[bool] = False  # shown again when answered in under FORM_SECONDS
    lasts: ClassVar[int] = STALE_SECONDS

    seal = HiddenField()
    detail = StringField(lazy_gettext("Leave this field empty"))  # the trap

    def __init__(
        self, purpose: str, *, shown_at: datetime | None = None, **kwargs: Any
    ) -> None:
        self._purpose = purpose
        self._shown_at = shown_at or clock.now()
        self.refusal: FestivalError | None = None
        self._sent_seal = ""
        # Fields only: flask-wtf would also take files, and any JSON, for answers.
        if "formdata" not in kwargs:
            sent = request.form if request.method == "POST" else None
            kwargs["formdata"] = sent or None
        super().__init__(**kwargs)
        if self.is_submitted():
            self._sent_seal = self.seal.data or ""
        if not self._genuine():
            self.seal.data = self._new_seal()

    def validate(self, extra_validators: Any = None) -> bool:
        """Say whether the answers have the right shape and the form is genuine."""
        well_formed = bool(super().validate(extra_validators))
        too_soon = self.patient and self._age() < current_settings().FORM_SECONDS
        if not self._genuine() or too_soon or self.detail.data:
            self.form_errors.append(gettext("Please check, and send it once more."))
            self.detail.data = ""
            return False
        return well_formed

    def refuse(self, error: FestivalError) -> None:
        """Show a refusal of the rules where the visitor can act on it."""
        self.refusal = error
        sentence = gettext(error.sentence) % error.facts
        if error.about and error.about in self:
            self[error.about].errors = [*self[error.about].errors, sentence]
        else:
            self.form_errors.append(sentence)

    @property
    def status_code(self) -> int:
        """Return 200 for a fresh form, 422 for one shown again, 503 if we were busy."""
        if isinstance(self.refusal, TooBusy):
            return 503
        return 422 if self.form_errors or any(self.errors.values()) else 200

    @property
    def wrong(self) -> Iterator[tuple[str, str]]:
        """Yield (id of the field, sentence) for the summary at the top of the page."""
        for sentence in self.form_errors:
            yield "", sentence
        for field in self:
            for sentence in field.errors:
                yield field.id, sentence

    def _new_seal(self) -> str:
        issued = int(self._shown_at.timestamp())
        made = tokens.seal(current_settings().SECRET_KEY, self._message(issued))
        return f"{issued:x}.{made}"

    def _message(self, issued: int) -> str:
        return f"form|{self._purpose}|{issued}"

    def _issued(self) -> int:
        try:
            return int(self._sent_seal.partition(".")[0][:12], 16)
        except ValueError:
            return 0

    def _age(self) -> int:
        return int(clock.now().timestamp()) - self._issued()

    def _genuine(self) -> bool:
        issued, given = self._issued(), self._sent_seal.partition(".")[2]
        if not 0 <= self._age() <= self.lasts:
            return False
        return tokens.sealed(current_settings().keys, self._message(issued), given)


class WholeNumberField(IntegerField):
    """A number; what is none is left to the validators and their own sentence."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what can be read."""
        with suppress(ValueError):
            super().process_formdata(valuelist)


def an_address(_form: Any, field: Field) -> None:
    """Check an e-mail address, and keep it in its normal form.

    Raises:
        ValidationError: with a sentence that says what is missing.
    """
    address = field.data or ""
    if not address:
        raise ValidationError(gettext("Enter your email address."))
    local, at, domain = address.rpartition("@")
    if not at:
        raise ValidationError(
            gettext("Your email address is incomplete. The “@” is missing.")
        )
    if local and domain and "." not in domain:
        raise ValidationError(
            gettext(
                "Your email address is incomplete. Its end is missing, "
                "for example “.org”."
            )
        )
    if not local.isascii():
        raise ValidationError(
            gettext("We cannot write to an address with accents before the “@”.")
        )
    try:
        found = email_validator.validate_email(
            address, check_deliverability=False, allow_smtputf8=True, strict=True
        )
    except email_validator.EmailNotValidError:
        raise ValidationError(
            gettext("This is not an email address we can write to. Please check it.")
        ) from None
    field.data = f"{found.local_part}@{found.ascii_domain}"
