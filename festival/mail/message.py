"""A letter as it travels: the MIME tree that mail programs read best.

Flask-Mail writes eight-bit lines of any length, which servers may refuse or mend;
this message is Flask-Mail's to send, and the standard library's to write::

    multipart/mixed
      multipart/alternative
        text/plain
        multipart/related        text/html with the picture that it shows
        text/calendar            last, its METHOD in the parameter too (RFC 6047, 2.4)
      application/ics            the same bytes, as a file
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from typing import Final

import flask_mail
import idna

from festival.formats.ical import Mailbox, Method

LINE_LENGTH: Final = 76  # RFC 2045, 6.7 and RFC 2047, 2
WORD_LENGTH: Final = 60  # leaves room for the name of any header before it
NAME_LENGTH: Final = 60  # characters of a display name; a longer one is cut
WIRE: Final = compat32.clone(max_line_length=LINE_LENGTH, linesep="\r\n")
UTF_8: Final = Charset("utf-8")
UTF_8.body_encoding = QP

CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/^`{|}~ -]*")  # RFC 5322, 3.2.3
PLAIN_TEXT: Final = re.compile(r"(?!.*=\?)[!-~]{1,60}(?: [!-~]{1,60})*")
LOCAL_PART: Final = re.compile(
    r"""[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+|"(?:[ !#-\[\]-~]|\\[ -~])+\""""
)
DOMAIN: Final = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Za-z:.]+\]")
IDENTIFIER: Final = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the HTML shows as ``cid:`` and its *name*."""

    name: str  # of the form x@y
    png: bytes


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """What ``formats.ical.invitation`` wrote, and by which method."""

    method: Method
    content: bytes

    @property
    def filename(self) -> str:
        """Return the name of the file."""
        return "event.ics" if self.method is Method.PUBLISH else "invite.ics"


class CalendarMessage(flask_mail.Message):
    """One letter to one person; seven-bit, in lines that every server carries."""

    def __init__(
        self,
        subject: str,
        *,
        sender: Mailbox,
        to: Mailbox,
        plain: str,
        html: str,
        message_id: str,
        sent_at: datetime,
        reply_to: Mailbox | None = None,
        picture: Picture | None = None,
        calendar: CalendarPart | None = None,
        unsubscribe: str = "",
    ) -> None:
        """Write the letter; *unsubscribe* is where one POST stops its like (RFC 8058).

        Raises:
            ValueError: a header would hold a control character, an address cannot
                be written in ASCII, or an identifier is none.
        """
        headers = {
            "From": _mailbox(sender),
            "To": _mailbox(to),
            "Reply-To": _mailbox(reply_to or sender),
            "Subject": _words(subject, PLAIN_TEXT),
            "Date": [format_datetime(sent_at.astimezone(UTC))],
            "Message-ID": [_identifier(message_id)],
            "Auto-Submitted": ["auto-generated"],  # RFC 3834: no out-of-office answers
        }
        if unsubscribe:
            headers["List-Unsubscribe"] = [f"<{_checked(unsubscribe)}>"]
            headers["List-Unsubscribe-Post"] = ["List-Unsubscribe=One-Click"]
        self._head = "".join(_folded(name, words) for name, words in headers.items())
        self._picture = picture
        self._picture_id = _identifier(f"<{picture.name}>") if picture else ""
        self._calendar = calendar
        self._written: bytes | None = None
        super().__init__(
            subject,
            sender=wire_address(sender.address),  # bare: these two are the envelope
            recipients=[wire_address(to.address)],
            body=plain,
            html=html,
            date=sent_at.timestamp(),
        )
        self.msgId = message_id

    def as_bytes(self) -> bytes:
        """Return the letter as it goes to the server; it is written once."""
        if self._written is None:
            self._written = self._whole()
        return self._written

    def _whole(self) -> bytes:
        html: Message = _text(self.html or "", "html")
        if self._picture:
            html = _with_picture(html, self._picture, self._picture_id)
        parts = [_text(self.body or "", "plain"), html]
        whole = MIMEMultipart("alternative", _subparts=parts)
        if self._calendar and self._calendar.method is Method.PUBLISH:
            whole = _with_file(whole, self._calendar, "text/calendar")
        elif self._calendar:
            whole.attach(_invitation(self._calendar))
            whole = _with_file(whole, self._calendar, "application/ics")
        return self._head.encode("ascii") + whole.as_bytes(policy=WIRE)

    def as_string(self) -> str:
        """Return the same letter as text."""
        return self.as_bytes().decode("ascii")


def wire_address(address: str) -> str:
    """Return *address* as any server takes it: its domain in ASCII (RFC 5891).

    Raises:
        ValueError: it is none, or what stands before the @ has no seven-bit form.
    """
    local, _, domain = _checked(address).rpartition("@")
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode("ascii")
    if not (LOCAL_PART.fullmatch(local) and DOMAIN.fullmatch(domain)):
        raise ValueError(f"no server takes this address: {address!r}")
    return f"{local}@{domain}"


# The body: the standard library's. Its older classes write in a third of the time of
# EmailMessage, which reads every header that it has just written.


def _text(text: str, subtype: str) -> Message:
    whole = text if text.endswith("\n") else f"{text}\n"  # or a server adds it
    return MIMEText(whole, subtype, UTF_8)  # type: ignore[arg-type]  # a Charset will do


def _with_picture(html: Message, picture: Picture, identifier: str) -> Message:
    image = MIMEImage(picture.png, "png")
    image["Content-ID"] = identifier
    image.add_header("Content-Disposition", "inline", filename="ticket.png")
    related = MIMEMultipart("related", _subparts=[html, image])
    related.set_param("type", "text/html")  # RFC 2387, 3.1
    return related


def _invitation(calendar: CalendarPart) -> Message:
    part = _text(calendar.content.decode(), "calendar")
    part.set_param("method", calendar.method.value)
    part.set_param("name", calendar.filename)
    return part


def _with_file(whole: Message, calendar: CalendarPart, kind: str) -> MIMEMultipart:
    """Attach the same bytes; under another type, or programs see two invitations."""
    maintype, _, subtype = kind.partition("/")
    file = MIMEBase(maintype, subtype)
    if maintype == "text":
        file.set_param("charset", "utf-8")
    file.set_payload(calendar.content)
    encode_base64(file)
    file.add_header("Content-Disposition", "attachment", filename=calendar.filename)
    return MIMEMultipart("mixed", _subparts=[whole, file])


# The headers: our own. Folding a long name, Python up to 3.12 loses the quotes around
# it, and a comma in it then makes two recipients of one.


def _mailbox(mailbox: Mailbox) -> list[str]:
    name = _words(mailbox.name[:NAME_LENGTH], PLAIN_NAME)
    address = wire_address(mailbox.address)
    return [*name, f"<{address}>"] if name else [address]


def _words(text: str, plain: re.Pattern[str]) -> list[str]:
    """Return the words of a header, encoded (RFC 2047) unless *text* is *plain*."""
    text = _checked(text).strip(" ")
    if plain.fullmatch(text):
        return text.split()
    return Header(text, "utf-8", maxlinelen=WORD_LENGTH).encode().split()


def _identifier(text: str) -> str:
    if not IDENTIFIER.fullmatch(_checked(text)):
        raise ValueError(f"not an identifier: {text!r}")
    return text


def _checked(text: str) -> str:
    if CONTROLS.search(text):
        raise ValueError(f"a control character in a header: {text!r}")
    return text


def _folded(name: str, words: list[str]) -> str:
    """Return a header, in lines as short as its *words* allow."""
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + len(word) < LINE_LENGTH:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return "".join(f"{line}\r\n" for line in lines)
