"""The wire to the mail server, and what its answers mean."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from types import TracebackType
from typing import Final, NoReturn, Self

import flask_mail
from flask import current_app

from festival.extensions import current_settings
from festival.logs import ANSWER_LENGTH, discreet
from festival.mail.deadline import Deadline
from festival.models.journal import LetterStatus

PATIENCE: Final = 60.0  # seconds for each answer of the server
ADDRESSING: Final = 120.0  # for all of them until it takes dictation, on both tries
DICTATING: Final = 600.0  # for the letter and the answer to it (RFC 5321, 4.5.3.2.6)
PARTING: Final = 5.0
GO_AHEAD: Final = 354  # what it takes from now on is the letter
NOT_NOW: Final = 421  # "service not available": said of the wire, not of a letter
FOR_GOOD: Final = 500  # from here on an answer is final (RFC 5321, 4.2.1)
TOO_LARGE: Final = 552  # the one answer to "MAIL FROM" that is about the letter


class Refused(Exception):
    """The server will never take this letter."""


class Deferred(Exception):
    """The server would rather have this letter later."""


class Unheard(Deferred):
    """The line broke over the letter itself: nobody knows whether the server has it.

    Sent again at once it might come twice, and again and again from a slow server.
    """


class BrokenOff(OSError):
    """The line broke, or we were shown the door, in the middle of a letter."""


class Line(smtplib.SMTP):
    """SMTP on a line with a deadline; the letter itself has one of its own."""

    sock: socket.socket

    def __init__(
        self,
        server: str,
        port: int,
        name: str,
        *,
        deadline: Deadline,
        secure: ssl.SSLContext | None,
    ) -> None:
        self._deadline = deadline
        self._secure = secure  # from the first byte
        self._dictates = False
        super().__init__(server, port, name, timeout=PATIENCE)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = self._deadline.connect(host, port, timeout)
        if self._secure is None:
            return line
        return self._secure.wrap_socket(line, server_hostname=host)

    def getreply(self) -> tuple[int, bytes]:
        """Hear the next answer; give the one to a letter the time that it may take."""
        code, answer = super().getreply()
        self._dictates = code == GO_AHEAD
        self.sock.settimeout(DICTATING if self._dictates else PATIENCE)
        if self._dictates:
            self._deadline.put(DICTATING)
        return code, answer

    def data(self, msg: bytes | str) -> tuple[int, bytes]:  # type: ignore[override]
        """Dictate a letter.

        Raises:
            Unheard: the line broke, and the server may have it all the same.
            OSError: it had not begun to listen.
        """
        try:
            return super().data(msg)
        except OSError as error:
            if self._dictates:
                raise Unheard("no answer to the letter") from error
            raise


class Connection(flask_mail.Connection):
    """Flask-Mail's connection, which else waits for ever and trusts any certificate."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__(current_app.extensions["mail"])
        self._deadline = deadline

    def configure_host(self) -> smtplib.SMTP:
        """Connect, and sign in where the settings say so."""
        mail, name = self.mail, current_settings().hosts[0]
        trusted = ssl.create_default_context()
        secure = trusted if mail.use_ssl else None
        host = Line(
            mail.server, mail.port, name, deadline=self._deadline, secure=secure
        )
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
    """One connection for many letters: made for the first one, again when it breaks.

    However slow the server is, a letter takes no longer than ``ADDRESSING`` and
    ``DICTATING`` together.
    """

    carried = LetterStatus.SENT

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._deadline = Deadline()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._connection and self._connection.host:
            self._deadline.put(PARTING)
            with suppress(OSError):  # it is gone already
                self._connection.host.quit()
            self._deadline.lift()
        self._hang_up()

    def carry(self, _number: int, message: flask_mail.Message) -> None:
        """Hand *message* to the server, and hear it taken.

        Raises:
            Refused, Deferred: what the server said of this letter.
            OSError: there is no line, or the house is not let in.
        """
        used = self._connection is not None
        self._deadline.put(ADDRESSING)
        try:
            self._send(message)
        except Unheard:
            self._hang_up()
            raise
        except OSError:
            self._hang_up()
            if not used or not self._deadline.left:
                raise
            self._send(message)  # a server may hang up between two letters
        finally:
            self._deadline.lift()

    def _send(self, message: flask_mail.Message) -> None:
        if self._connection is None:
            self._connection = Connection(self._deadline).__enter__()
        try:
            self._connection.send(message)
        except smtplib.SMTPRecipientsRefused as refusal:
            for code, answer in refusal.recipients.values():
                _judge(code, answer)
        except smtplib.SMTPDataError as refusal:
            _judge(refusal.smtp_code, refusal.smtp_error)
        except smtplib.SMTPSenderRefused as refusal:
            if refusal.smtp_code == TOO_LARGE:
                _judge(refusal.smtp_code, refusal.smtp_error)
            raise BrokenOff(type(refusal).__name__) from refusal
        except OSError as error:
            raise BrokenOff(type(error).__name__) from error

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection and connection.host:
            connection.host.close()
        self._deadline.close()


def _judge(code: int, answer: bytes | str) -> NoReturn:
    if code == NOT_NOW:
        raise BrokenOff(str(NOT_NOW))
    kind = Refused if code >= FOR_GOOD else Deferred
    raise kind(f"{code} {discreet(answer)}"[:ANSWER_LENGTH]) from None
