"""Mails that other people's programs write to us: opened without trusting a byte.

Headers are read as they stand (the standard library's newer policy raises on hostile
ones); whatever is odd is no mail that we act upon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final, TypeAlias

PARTS: Final = 50  # of a mail that are looked at
HEADER_LENGTH: Final = 20_000

QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
ENCODED: Final = re.compile(r"=\?[^?\s]*\?[^?\s]*\?[^?\s]*\?=")
ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
IDENTIFIER: Final = re.compile(r"<[!-;=?A-~]{1,190}@[!-;=?A-~]{1,190}>")

Mail: TypeAlias = "Message[str, str]"


def opened(content: bytes) -> Mail:
    """Return a mail; a cut or broken one as far as it goes."""
    try:
        return message_from_bytes(content)
    except RecursionError:  # mails within mails within mails
        return BytesHeaderParser().parsebytes(content)


def header(part: Mail, name: str) -> str:
    """Return a header on one line, or nothing if it is missing or given twice."""
    found = headers(part, name)
    return found[0] if len(found) == 1 else ""


def headers(part: Mail, name: str) -> list[str]:
    """Return every header of *name* on one line, the topmost first.

    One that is too long says nothing: cut, it might say something else.
    """
    found = [str(value) for value in part.get_all(name) or []]
    return [
        " ".join(value.split()) if len(value) <= HEADER_LENGTH else ""
        for value in found
    ]


def sender(mail: Mail) -> str:
    """Return the one address that a mail is from, or nothing: two are none."""
    bare = ENCODED.sub(" ", QUOTED.sub(" ", header(mail, "From")))
    found = ADDRESS.findall(bare)
    if len(found) != 1 or bare.count("@") != 1:
        return ""
    return str(found[0])


def parts(mail: Mail) -> Iterator[Mail]:
    """Yield a mail and what is in it, attached mails unopened."""
    waiting, seen = [mail], 0
    while waiting and seen < PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        if part.get_content_maintype() == "multipart":
            waiting += inside(part)[:PARTS]


def inside(part: Mail) -> list[Mail]:
    """Return the parts that *part* was parsed into; of a leaf, none."""
    found = part.get_payload()
    return (
        [p for p in found if isinstance(p, Message)] if isinstance(found, list) else []
    )


def body(part: Mail, at_most: int) -> bytes:
    """Return what a part holds, its transfer encoding undone; too much is nothing."""
    try:
        content = part.get_payload(decode=True)
    except (MessageError, ValueError, LookupError):
        return b""
    if not isinstance(content, bytes) or len(content) > at_most:
        return b""
    return content
