"""What mail servers write when a letter cannot be delivered (RFC 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from festival.formats.post import (
    IDENTIFIER,
    Mail,
    body,
    header,
    headers,
    inside,
    opened,
    parts,
)

CODE: Final = re.compile(r"[45]\.\d{1,3}\.\d{1,3}")
HEAD_BYTES: Final = 64 * 1024  # of the letter that came back
RETURNED: Final = frozenset({"message/rfc822", "text/rfc822-headers"})
ANSWERS: Final = ("In-Reply-To", "References")
MOST: Final = 20  # identifiers that one bounce may name


@dataclass(frozen=True, slots=True)
class Bounce:
    """A letter that came back for good."""

    message_ids: tuple[str, ...]  # which one it may be, the likeliest first
    code: str  # RFC 3463: "5.1.1" is an address that is none


def bounce(mail: Mail) -> Bounce | None:
    """Return what *mail* says has come back for good, if it says that.

    A server that only tries on ("delayed") has not given up; one that did says
    "failed", after days of 4.x.x too.
    """
    if mail.get_content_type() != "multipart/report":
        return None
    code, found = "", list[str]()
    for part in parts(mail):
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            code = code or _final_code(part)
        elif kind in RETURNED:
            found += IDENTIFIER.findall(_returned_id(part))
    for name in ANSWERS:
        found += IDENTIFIER.findall(" ".join(headers(mail, name)))
    named = tuple(dict.fromkeys(found))[:MOST]
    return Bounce(named, code) if code and named else None


def _final_code(report: Mail) -> str:
    """Return the code of the first recipient who is given up."""
    for fields in inside(report):
        if header(fields, "Action").casefold() == "failed":
            code = CODE.match(header(fields, "Status"))
            return code[0] if code else "5.0.0"
    return ""


def _returned_id(part: Mail) -> str:
    """Return the Message-ID of the letter that came back, whole or its head."""
    for letter in inside(part):
        return header(letter, "Message-ID")
    return header(opened(body(part, HEAD_BYTES)), "Message-ID")
