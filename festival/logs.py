"""What a log may hold: what happened, never to whom.

The privacy page promises it: addresses shortened, tokens masked, no search words.
"""

import ipaddress
import logging
import re
from urllib.parse import quote, unquote

SECRET_PART = re.compile(r"(/(?:rsvp|ticket)/)[^/?#\s'\"]+")


def masked(text: str) -> str:
    """Put a placeholder where *text* holds a guest's token."""
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


class MaskTokens(logging.Filter):
    """Masks tokens in whatever a logger says, such as "Exception on /fr/rsvp/…"."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; never drop it."""
        record.msg, record.args = masked(record.getMessage()), None
        return True
