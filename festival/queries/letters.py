"""What became of the letters we wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import or_, select

from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp
from festival.queries.silence import limit_seals

ARRIVED = frozenset({LetterStatus.SENT, LetterStatus.KEPT})
TRIED = ARRIVED | {LetterStatus.FAILED}
FIRST = ("first", "new", "gathered")  # facts of what offers to erase a reply


def undelivered(rsvp: Rsvp) -> bool:
    """Say whether the last letter we tried to send *rsvp* did not arrive.

    Of those to its present address; one that still waits says nothing yet.
    """
    return rsvp.id in lost([rsvp])


def lost(rsvps: Collection[Rsvp]) -> set[int]:
    """Return the ids of those *rsvps* who are ``undelivered``. One statement."""
    numbers = set()
    for number, told in _told(rsvps).items():
        tried = [each for each in told if each.status in TRIED]
        last = max(tried, key=lambda each: (each.final_at, each.id), default=None)
        if last is not None and not _arrived(last):
            numbers.add(number)
    return numbers


def unheard(rsvps: Collection[Rsvp]) -> set[int]:
    """Return the ids of those *rsvps* whose first letter has not arrived yet.

    The one that says how to erase it, if it was not they who replied: it waits, or
    failed, or another was to go in its place. One statement.
    """
    told = _told(rsvps)
    return {
        rsvp.id
        for rsvp in rsvps
        if (first := [each for each in told[rsvp.id] if _is_first(each, rsvp)])
        and not any(_arrived(each) for each in first)
    }


def _told(rsvps: Collection[Rsvp]) -> dict[int, list[Letter]]:
    """Return the letters to the present address of each of *rsvps*, lists too."""
    addresses = {rsvp.id: rsvp.address for rsvp in rsvps}
    mailboxes = {rsvp.limit_key for rsvp in rsvps if rsvp.limit_key}
    keys = {*mailboxes, *(seal for one in mailboxes for seal in limit_seals(one))}
    found = select(Letter).where(
        or_(
            Letter.rsvp_id.in_(addresses),
            Letter.limit_key.in_(keys) & (Letter.kind == "ticket-again"),
        )
    )
    told = defaultdict(list)
    for letter in db.session.scalars(found):
        listed = {each.get("rsvp_id") for each in letter.facts.get("replies", ())}
        for number in {letter.rsvp_id, *listed} & addresses.keys():
            # A week later only a code is kept, and whom it was about.
            if letter.recipient in {addresses[number], ""}:
                told[number].append(letter)
    return told


def _is_first(letter: Letter, rsvp: Rsvp) -> bool:
    offers = any(letter.facts.get(fact) for fact in FIRST)
    return offers and letter.posted_at >= rsvp.replied_at


def _arrived(letter: Letter) -> bool:
    return letter.status in ARRIVED and letter.bounced_at is None
