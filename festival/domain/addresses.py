"""Addresses: as typed, as known, as counted; and the networks behind them."""

from __future__ import annotations

import contextlib
import ipaddress


def address_key(address: str) -> str:
    """Return the form under which an address is one person's.

    Case folded, the domain in ASCII; tags and dots are kept: they may be two people.
    """
    local, _, domain = address.strip().rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}".casefold()


def limit_key(key: str) -> str:
    """Return *key* without its tag: limits count one mailbox, however addressed."""
    local, _, domain = key.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def masked(address: str) -> str:
    """Return *address* so that who typed it knows it, and nobody else learns it."""
    local, _, domain = address.rpartition("@")
    shown = local[: min(3, max(1, len(local) // 2))]
    return f"{shown}…@{domain}"


def network(remote: str | None) -> str:
    """Return the network of a remote address: IPv4 whole, IPv6 by its /64."""
    try:
        address = ipaddress.ip_address(remote or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
