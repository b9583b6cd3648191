"""The wire to the mail server, and what its answers mean."""

from __future__ import annotations

import re
import smtplib
import ssl
from types import TracebackType
from typing import Final, NoReturn, Self

import flask_mail
from flask import current_app

from festival.extensions import current_settings
from festival.models.journal import LetterStatus

PATIENCE: Final = 60  # seconds for each answer of the server
NOT_NOW: Final = 421  # "service not available": said of the wire, not of a letter
FOR_GOOD: Final = 500  # from here on an answer is final (RFC 5321, 4.2.1)
ANSWER_LENGTH: Final = 500

ADDRESS: Final = re.compile(r"[^\s<>]+@[^\s<>]+")
CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]+")


class Refused(Exception):
    """The server will never take this letter."""


class Deferred(Exception):
    """The server would rather have this letter later."""


class BrokenOff(OSError):
    """The line broke, or we were shown the door, in the middle of a letter."""


class Connection(flask_mail.Connection):
    """Flask-Mail's connection, which else waits for ever and trusts any certificate."""

    def configure_host(self) -> smtplib.SMTP:
        """Connect, and sign in where the settings say so."""
        mail, name = self.mail, current_settings().hosts[0]
        trusted = ssl.create_default_context()
        host: smtplib.SMTP
        if mail.use_ssl:
            host = smtplib.SMTP_SSL(
                mail.server, mail.port, name, timeout=PATIENCE, context=trusted
            )
        else:
            host = smtplib.SMTP(mail.server, mail.port, name, timeout=PATIENCE)
        try:
            if mail.use_tls:
                host.starttls(context=trusted)
            if mail.username and mail.password:
                host.login(mail.username, mail.password)
        except BaseException:
            host.close()
            raise
        return host


class Wire:
    """One connection for many letters: made for the first one, again when it breaks."""

    carried = LetterStatus.SENT

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._hang_up()

    def carry(self, _number: int, message: flask_mail.Message) -> None:
        """Hand *message* to the server, and hear it taken.

        Raises:
            Refused, Deferred: what the server said of this letter.
            OSError: there is no line, or the house is not let in.
        """
        used = self._connection is not None
        try:
            self._send(message)
        except OSError:
            self._hang_up()
            if not used:
                raise
            self._send(message)  # a server may hang up between two letters

    def _send(self, message: flask_mail.Message) -> None:
        if self._connection is None:
            connection = Connection(current_app.extensions["mail"])
            self._connection = connection.__enter__()
        try:
            self._connection.send(message)
        except smtplib.SMTPRecipientsRefused as refusal:
            for code, answer in refusal.recipients.values():
                _judge(code, answer)
        except smtplib.SMTPDataError as refusal:
            _judge(refusal.smtp_code, refusal.smtp_error)
        except OSError as error:
            raise BrokenOff(type(error).__name__) from error

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection and connection.host:
            try:
                connection.host.quit()
            except OSError:  # it is gone already
                connection.host.close()


def _judge(code: int, answer: bytes | str) -> NoReturn:
    if code == NOT_NOW:
        raise BrokenOff(str(NOT_NOW))
    kind = Refused if code >= FOR_GOOD else Deferred
    raise kind(f"{code} {_discreet(answer)}"[:ANSWER_LENGTH]) from None


def _discreet(answer: bytes | str) -> str:
    """Return a server's answer without the addresses that it names."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return ADDRESS.sub("…", CONTROLS.sub(" ", text)).strip()
