"""Addresses that put a calendar into the programs people have."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def webcal(address: str) -> str:
    """Return *address* as calendars open it: not webcals, which Apple ignores."""
    return "webcal" + address[address.index(":") :]


def google(address: str) -> str:
    """Return the page on which Google subscribes to *address*; it reads no https."""
    cid = quote(webcal(address), safe="")
    return f"https://calendar.google.com/calendar/r?cid={cid}"


def outlook(address: str, name: str) -> str:
    """Return the page on which Outlook subscribes to *address*, under *name*."""
    asked = urlencode({"url": address, "name": name}, quote_via=quote)
    return f"https://outlook.live.com/calendar/0/addfromweb?{asked}"
