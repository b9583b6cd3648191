"""Whether a mail is from whom it says, as the server that took it in found (RFC 8601).

Only the topmost header of that server's own name counts: anybody can write more of
them into a mail, below it. What others may have chosen (comments, quoted local parts)
is never read as a finding; a header that is odd in any way finds nothing, and nothing
below one whose writer cannot be told is looked at: it may be that server's own.
"""

from __future__ import annotations

import re
from typing import Final

from festival.formats.post import Mail, headers

SERVER: Final = re.compile(r"([\w.-]+)(?: \d+)? ?(?:;|$)", re.ASCII)
SAFE_QUOTED: Final = re.compile(r'"[A-Za-z0-9+/=._: -]*"')
FINDING: Final = re.compile(r"(dkim|spf|dmarc)\s*=\s*pass(?![\w-])", re.IGNORECASE)
NAMED: Final = {  # what each kind of finding is about
    "dkim": re.compile(r"\sheader\.[di]\s*=\s*([^\s;]+)", re.IGNORECASE),
    "spf": re.compile(r"\ssmtp\.mailfrom\s*=\s*([^\s;]+)", re.IGNORECASE),
    "dmarc": re.compile(r"\sheader\.from\s*=\s*([^\s;]+)", re.IGNORECASE),
}
DOMAIN: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def vouched(mail: Mail, sender: str, server: str) -> bool:
    """Say whether *server* found that *sender*'s own domain sent *mail*.

    Who may speak for a domain besides itself only that server knows: it says so with
    "dmarc=pass". Else a parent such as co.uk would speak for everybody below it.
    """
    domain = sender.rpartition("@")[2].casefold()
    if not server or not DOMAIN.fullmatch(domain):
        return False
    for text in headers(mail, "Authentication-Results"):
        by = SERVER.match(text)
        if by is None:
            return False
        if by[1].casefold() == server.casefold():
            findings = _plain(text[by.end() :]).split(";")
            return any(_speaks_for(finding.strip(), domain) for finding in findings)
    return False


def _speaks_for(finding: str, domain: str) -> bool:
    method = FINDING.match(finding)
    if not method:
        return False
    named = NAMED[method[1].casefold()].findall(finding)
    return {found.rpartition("@")[2].casefold() for found in named} == {domain}


def _plain(text: str) -> str:
    """Return *text* without comments, or nothing if it may say what others chose."""
    if '"' in SAFE_QUOTED.sub("", text) or "\\" in text:
        return ""
    kept, depth = [], 0
    for character in SAFE_QUOTED.sub(" ", text):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return ""
        if depth == 0 and character != ")":
            kept.append(character)
    return "".join(kept).strip() if depth == 0 else ""
