"""The journal: who did what, in words, and nothing of what a guest typed."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from festival.domain.access import Right, may_everywhere
from festival.queries import accounts
from festival.queries import journal as entries
from festival.queries.journal import GUESTS, MOST, Question, Told
from festival.web.desk.guard import ROLE_NAMES, event_at, grants, needs
from festival.wording import gettext, lazy_gettext

bp = Blueprint("desk_journal", __name__, url_prefix="/<lang>/desk/journal")

# What was done, by (deed, thing) as services note it: what stands after the name of
# who did it.
DEEDS: Final = {
    ("draft", "event"): lazy_gettext("began a draft"),
    ("publish", "event"): lazy_gettext("published it"),
    ("edited", "event"): lazy_gettext("changed its page"),
    ("revised", "event"): lazy_gettext("changed when, where or what"),
    ("resize", "event"): lazy_gettext("changed the number of places"),
    ("repeated", "event"): lazy_gettext("repeated it on more dates"),
    ("returned", "event"): lazy_gettext("brought it back"),
    ("deleted", "event"): lazy_gettext("deleted a draft"),
    ("cancelled", "event"): lazy_gettext("cancelled it"),
    ("postponed", "event"): lazy_gettext("postponed it"),
    ("picture", "event"): lazy_gettext("gave it a picture"),
    ("picture-gone", "event"): lazy_gettext("removed its picture"),
    ("score", "match"): lazy_gettext("wrote down a score"),
    ("edited", "match"): lazy_gettext("changed a match"),
    ("deleted", "match"): lazy_gettext("deleted a match"),
    ("imported", "intake"): lazy_gettext("took in a list"),
    ("undid", "intake"): lazy_gettext("undid an import"),
    ("erase", "rsvp"): lazy_gettext("erased a guest’s data"),
    ("erase", "repeat"): lazy_gettext("erased a guest’s data"),
    ("silence", "rsvp"): lazy_gettext("asked for no letters any more"),
    ("speak", "rsvp"): lazy_gettext("asked for letters again"),
    ("revoke", "personal_calendar"): lazy_gettext("withdrew a calendar’s address"),
    ("made", "account"): lazy_gettext("made an account"),
    ("opened", "account"): lazy_gettext("opened a closed account again"),
    ("closed", "account"): lazy_gettext("closed an account"),
    ("asked", "account"): lazy_gettext("asked whether an account is still used"),
    ("gave", "account"): lazy_gettext("gave a role"),
    ("took", "account"): lazy_gettext("took a role"),
    ("signed in", "account"): lazy_gettext("signed in"),
    ("signed out", "account"): lazy_gettext("signed out"),
    ("signed out everywhere", "account"): lazy_gettext("signed out everywhere"),
    ("added a passkey", "account"): lazy_gettext("added a passkey"),
    ("removed a passkey", "account"): lazy_gettext("removed a passkey"),
    ("passkey doubted", "account"): lazy_gettext("refused a passkey: maybe a copy"),
}
THINGS: Final = {  # as the page's address names them: which things they are
    "events": (("event",), lazy_gettext("Events")),
    "house": (
        ("venue", "organisation", "match", "competition", "intake"),
        lazy_gettext("House and matches"),
    ),
    "guests": (GUESTS, lazy_gettext("Guests")),
    "people": (("account",), lazy_gettext("Accounts")),
}
ACTORS: Final = {
    "guest": lazy_gettext("A guest"),
    "command": lazy_gettext("The console"),
    "desk": lazy_gettext("The desk"),
}
LARGEST: Final = 2**31 - 1


@bp.get("/")
@needs(Right.EVENTS)
def journal(lang: str) -> ResponseReturnValue:
    """Show ``desk/journal.html``: as far as this account may know it.

    Its context: lines, older (a number, or None), things (what may be asked for),
    asked (the answers of the filter), people (accounts, for who keeps them), names (of
    roles), event.
    """
    all_over = may_everywhere(grants(), Right.ACCOUNTS)
    slug, thing = request.args.get("event", ""), request.args.get("thing", "")
    event = event_at(slug, Right.EVENTS) if slug else None
    people = accounts.everybody() if all_over else []
    by = {one.public_id: one for one in people}.get(request.args.get("who", ""))
    before = request.args.get("before", type=int)
    kinds: tuple[str, ...] = ("event",) if event else THINGS.get(thing, ((), ""))[0]
    question = Question(
        kinds,
        event.id if event else None,
        by.id if by else None,
        before if before and 0 < before <= LARGEST else None,
    )
    found = entries.entries(grants(), question)
    shown = found[:MOST]
    return render_template(
        "desk/journal.html",
        lines=[(told, by_whom(told), deed_of(told)) for told in shown],
        older=shown[-1].entry.id if len(found) > MOST else None,
        things={name: words for name, (_, words) in _offered().items()},
        asked={"thing": thing, "who": by.public_id if by else "", "event": slug},
        people=people,
        names=ROLE_NAMES,
        event=event,
    )


def _offered() -> dict[str, Any]:
    """Return the kinds of thing that this account may ask for."""
    if may_everywhere(grants(), Right.ACCOUNTS):
        return dict(THINGS)
    if may_everywhere(grants(), Right.HOUSE):
        return {name: found for name, found in THINGS.items() if name != "people"}
    return {}


def by_whom(told: Told) -> str:
    """Return who did it, as the journal says it."""
    if told.by is not None:
        return told.by.name or told.by.address or gettext("Somebody who has left")
    return str(ACTORS.get(told.entry.actor, gettext("The house")))


def deed_of(told: Told) -> str:
    """Return what was done."""
    return str(DEEDS.get((told.entry.deed, told.entry.thing), told.entry.deed))
