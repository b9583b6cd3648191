"""Letters that list several replies of one address: "ticket-again".

Somebody asks for all of their tickets; or takes several at once; or more was asked of
an address than letters may go to it, and the rest gathers in one that goes when the
limit opens. As long as such a letter waits it tells how its replies stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from festival.domain.addresses import address_key
from festival.domain.admission import RsvpStatus
from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Repeat, Rsvp
from festival.queries.letters import unheard
from festival.queries.silence import mailbox_of
from festival.services import outbox
from festival.services.facts import event_facts, reply_facts, with_events

KIND = "ticket-again"
TAKEN = ("rsvp-confirm", "rsvp-confirmed", "rsvp-waiting")  # what a new reply is told
ASKED = ("rsvp-confirm", "rsvp-repeat")  # and what its true guest is told of a repeat


def write_tickets(records: Sequence[Rsvp | Repeat], *, now: datetime) -> None:
    """Post one letter with the new tickets of one address, in place of one for each.

    A repeat stands in it as what it asks of the true reply.
    """
    listed = {_true(record).id: asked(record) for record in records}
    replies = [_true(record) for record in records]
    if not replies or replies[0].address is None:
        return
    for record in records:
        kinds = TAKEN if isinstance(record, Rsvp) else ASKED
        outbox.supersede(_true(record).id, kinds=kinds, now=now)
    db.session.flush()
    for letter in outbox.lists(mailbox_of(replies[0].address)):
        if letter.facts.get("gathered"):  # what joined it a moment ago goes at once
            stay = {id_: n for id_, n in _listed(letter).items() if id_ not in listed}
            _write_anew(letter, stay, now)
    _post(listed, replies[0], replies[0].language, now, new=True)


def send_again(replies: Sequence[Rsvp], language: str, *, now: datetime) -> None:
    """Post one letter with all the tickets of one address, which somebody asked for.

    In the *language* of the page where they did; any other is in the guest's own.
    """
    if replies and replies[0].address is not None:
        listed = dict.fromkeys(rsvp.id for rsvp in replies)
        first = bool(unheard(replies))
        _post(listed, replies[0], language, now, first=first)


def gather(joining: Mapping[int, int | None], to: Rsvp, *, now: datetime) -> bool:
    """Let replies join the one letter that waits for the limit of their address.

    *joining* are replies by id, with what was asked in their name, if anything was.
    Says whether they joined: within the limit each has a letter of its own.
    """
    address = str(to.address)
    mailbox = mailbox_of(address)
    outbox.hold_mailbox(mailbox)
    for letter in outbox.lists(mailbox):
        same = address_key(letter.recipient) == to.address_key
        if same and letter.facts.get("gathered"):
            listed = _listed(letter)
            for number, places in joining.items():
                listed[number] = listed.get(number) if places is None else places
            letter.language = to.language
            _write_anew(letter, listed, now)
            return True
    opens_at = outbox.opens_at(mailbox, now)
    if opens_at > now:
        more = {"gathered": True}
        _put(joining, address, to.language, now, due_at=opens_at, more=more)
    return opens_at > now


def renew(rsvp: Rsvp, *, now: datetime) -> None:
    """Write anew the lists that wait and have *rsvp* in them: it has changed."""
    for letter in outbox.lists(mailbox_of(str(rsvp.address))):
        listed = _listed(letter)
        if rsvp.id in listed:
            _write_anew(letter, listed, now)


def leave(rsvp: Rsvp, *, now: datetime) -> None:
    """Write the lists that wait without *rsvp*, while it has its address yet."""
    db.session.flush()
    for letter in outbox.lists(mailbox_of(str(rsvp.address))):
        listed = _listed(letter)
        if rsvp.id in listed:
            del listed[rsvp.id]
            _write_anew(letter, listed, now)
    db.session.flush()


def forget(rsvp: Rsvp, *, now: datetime) -> None:
    """Delete every letter about *rsvp*; lists that wait are written without it.

    What left within a day stays counted for its address, and says nothing more.

    Call it while the reply still has its address.
    """
    about = [Letter.rsvp_id == rsvp.id]
    if rsvp.address is not None:
        leave(rsvp, now=now)
        ended = select(Letter.id, Letter.facts).where(
            Letter.limit_key == mailbox_of(rsvp.address),
            Letter.kind == KIND,
            Letter.status != LetterStatus.WAITING,
        )
        told = [
            number
            for number, facts in db.session.execute(ended)
            if any(each.get("rsvp_id") == rsvp.id for each in facts["replies"])
        ]
        about.append(Letter.id.in_(told))
    outbox.forget(or_(*about), now=now)


def asked(record: Rsvp | Repeat) -> int | None:
    """Return how many places a repeat asks for; 0 is "I can't come"."""
    if isinstance(record, Rsvp):
        return None
    return 0 if record.status is RsvpStatus.CANCELLED else record.party_wanted


def _post(
    listed: Mapping[int, int | None],
    to: Rsvp,
    language: str,
    now: datetime,
    **more: Any,
) -> None:
    if not gather(listed, to, now=now):
        _put(listed, str(to.address), language, now, due_at=now, more=more)


def _put(
    listed: Mapping[int, int | None],
    to: str,
    language: str,
    now: datetime,
    *,
    due_at: datetime,
    more: Mapping[str, Any],
) -> None:
    tickets = _tickets(listed, to, language, now)
    if not tickets:
        return
    outbox.post(
        KIND,
        to=to,
        language=language,
        facts={**more, "replies": tickets},
        now=now,
        rsvp_id=tickets[0]["rsvp_id"],
        stranger=address_key(to),
        due_at=due_at,
    )
    db.session.flush()


def _write_anew(
    letter: Letter, listed: Mapping[int, int | None], now: datetime
) -> None:
    """Let *letter* say how *listed* now stand.

    One that a relay has in hand, or had and may be repeating, is what it is: another
    takes its place.
    """
    tickets = _tickets(listed, letter.recipient, letter.language, now)
    if tickets and letter.leased_until is None and not letter.attempts:
        letter.facts = {**letter.facts, "replies": tickets}
        letter.rsvp_id = tickets[0]["rsvp_id"]
        return
    letter.status, letter.final_at = LetterStatus.SUPERSEDED, now
    more = {name: fact for name, fact in letter.facts.items() if name != "replies"}
    _put(
        listed, letter.recipient, letter.language, now, due_at=letter.due_at, more=more
    )


def _tickets(
    listed: Mapping[int, int | None], address: str, language: str, now: datetime
) -> list[dict[str, Any]]:
    """Return the facts of those replies that are still the address' own."""
    found = (
        select(Rsvp)
        .where(Rsvp.id.in_(listed), Rsvp.address_key == address_key(address))
        .options(*with_events())
    )
    replies = db.session.scalars(found).unique().all()
    return [
        {
            "rsvp_id": rsvp.id,
            "asked": listed[rsvp.id],
            "event": event_facts(rsvp.event, language),
            "reply": reply_facts(rsvp, now),
        }
        for rsvp in sorted(replies, key=lambda each: (each.event.starts_at, each.id))
    ]


def _listed(letter: Letter) -> dict[int, int | None]:
    """Return which replies *letter* lists, with what was asked in their name."""
    return {
        each["rsvp_id"]: each.get("asked")
        for each in letter.facts["replies"]
        if "rsvp_id" in each
    }


def _true(record: Rsvp | Repeat) -> Rsvp:
    return record if isinstance(record, Rsvp) else record.rsvp
