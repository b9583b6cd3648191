"""What a log may hold: what happened, never to whom.

The privacy page promises it: addresses shortened, tokens masked, no search words.
"""

import ipaddress
import logging
import re
import traceback
from pathlib import Path
from urllib.parse import quote, unquote

PACKAGE = str(Path(__file__).parent)
SECRET_PART = re.compile(r"(/(?:rsvp|ticket|calendar|desk/+in)/+)[^/?#\s'\"]+")
ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")
CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
ANSWER_LENGTH = 500


def masked(text: str) -> str:
    """Put a placeholder where *text* holds somebody's token."""
    return SECRET_PART.sub(r"\1[token]", text)


def masked_path(path: str) -> str:
    """Return *path* fit for a log: no token, however encoded, and no query."""
    plain = unquote(path.partition("?")[0])
    return quote(masked(plain), safe="/[]:@!$&()*+,;=~")


def shortened(address: str) -> str:
    """Return the network of *address* (IPv4 /24, IPv6 /48), or a dash."""
    try:
        size = 24 if ipaddress.ip_address(address).version == 4 else 48
    except ValueError:  # a UNIX socket
        return "-"
    return str(ipaddress.ip_network((address, size), strict=False).network_address)


def place(error: BaseException) -> str:
    """Say what went wrong and where, and not about whom: messages quote data."""
    frames = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(PACKAGE)
        or frame.filename.endswith((".txt", ".html"))
    ]
    return " at ".join([type(error).__name__, *frames[-1:]])


def discreet(answer: bytes | str) -> str:
    """Return what another server answered, without the addresses that it names."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return ADDRESS.sub("…", CONTROLS.sub(" ", text)).strip()[:ANSWER_LENGTH]


class MaskTokens(logging.Filter):
    """Masks tokens in whatever a logger says, such as "Exception on /fr/rsvp/…"."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; never drop it."""
        record.msg, record.args = masked(record.getMessage()), None
        return True
