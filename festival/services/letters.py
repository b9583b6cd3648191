"""Writing to a guest about their reply: what a deed posts, and what it takes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from festival.domain.addresses import address_key
from festival.domain.admission import RsvpStatus
from festival.domain.lifecycle import EventStatus
from festival.extensions import current_settings, db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Repeat, Rsvp
from festival.queries.letters import unheard
from festival.queries.silence import mailbox_of
from festival.services import gathering, outbox
from festival.services.facts import event_facts, go_by_facts, reply_facts

GATHERED = timedelta(minutes=10)  # in which changes of an event become one letter

LAST_WORDS = frozenset({"rsvp-withdrawn", "event-cancelled", "event-postponed"})

STRANGERS = frozenset(
    {
        "rsvp-confirm",
        "rsvp-confirmed",
        "rsvp-waiting",
        "rsvp-changed",
        "rsvp-withdrawn",
        "rsvp-repeat",
        "ticket-again",
        "taken-away",
        "my-calendar",
    }
)  # letters that anybody's form can cause, and that are therefore limited


def write(
    kind: str,
    rsvp: Rsvp,
    *,
    now: datetime,
    by_form: bool = False,
    first: bool = False,
    **more: Any,
) -> None:
    """Post the letter *kind* about *rsvp* to its guest, if there is an address.

    A letter to somebody who comes carries a calendar REQUEST; one to somebody who
    came no more, a CANCEL. Unsent letters of the same reply are superseded; one that
    tells of a change is written anew, with how the reply now stands, and a CANCEL
    goes with the next letter. *by_form* says that somebody's form was the cause: such
    a letter is limited, whatever its kind. The *first* letter of a reply has no other
    before it. Whichever letter is the first to leave says what to do if it was not you.
    """
    if first:
        _post(kind, rsvp, now=now, by_form=by_form, first=True, **more)
        return
    untold = outbox.take_back("event-changed", rsvp.id, now=now)
    more["calendar"] = more.get("calendar") or _unsent_cancel(rsvp)
    outbox.supersede(rsvp.id, now=now)
    if rsvp.address is None:
        return
    _post(kind, rsvp, now=now, by_form=by_form, **more)
    if untold and kind not in LAST_WORDS:
        _post_change(rsvp, _change(untold), now=now, due_at=untold.due_at)


def write_repeat(record: Repeat, *, now: datetime) -> None:
    """Tell the true guest what *record* asks in their name; it supersedes its like."""
    rsvp = record.rsvp
    outbox.supersede(rsvp.id, kinds=("rsvp-repeat",), now=now)
    _post("rsvp-repeat", rsvp, now=now, asked=gathering.asked(record))


def tell_of_change(rsvp: Rsvp, was: dict[str, Any], *, now: datetime) -> bool:
    """Post, ten minutes ahead, what has changed of the event *rsvp* says yes to.

    *was* is how things stood before (``go_by_facts``), at the revision before this
    one. A letter of the same kind that still waits is taken back, and what it
    remembers is what the guest knows: if all is as it was, nothing is posted, unless
    the calendar entry had been taken away, and comes back. Says whether there was
    something to tell.
    """
    if rsvp.address is None:
        return False
    change: dict[str, Any] = {
        "was": was,
        "since": rsvp.event.revision - 1,
        "again": rsvp.uninvited,
    }
    earlier = outbox.take_back("event-changed", rsvp.id, now=now)
    if earlier:
        change = {
            **_change(earlier),
            "again": change["again"] or _change(earlier)["again"],
        }
        if not change["again"] and change["was"] == go_by_facts(rsvp.event):
            gathering.renew(rsvp, now=now)
            db.session.flush()
            if not _has_seen_otherwise(rsvp, change["since"]):
                return False
    _post_change(rsvp, change, now=now, due_at=now + GATHERED)
    return True


def _change(letter: Letter) -> dict[str, Any]:
    """Return the change that an "event-changed" tells of."""
    facts = letter.facts
    return {
        "was": facts["was"],
        "since": facts.get("since", -1),
        "again": facts.get("again", False),
    }


def _has_seen_otherwise(rsvp: Rsvp, since: int) -> bool:
    """Say whether a letter tells its guest of a revision after *since* that is over."""
    told = select(Letter.facts).where(
        or_(
            Letter.rsvp_id == rsvp.id, Letter.limit_key == mailbox_of(str(rsvp.address))
        ),
        or_(Letter.status.not_in(outbox.UNSENT), outbox.may_have_left()),
    )
    events = [
        each["event"]
        for facts in db.session.scalars(told)
        for each in facts.get("replies", (facts,))
        if "event" in each
    ]
    uid, now = rsvp.event.uid, rsvp.event.revision
    return any(each["uid"] == uid and since < each["revision"] < now for each in events)


def _post_change(
    rsvp: Rsvp, change: dict[str, Any], *, now: datetime, due_at: datetime
) -> None:
    is_now = go_by_facts(rsvp.event)
    changed = [name for name, fact in change["was"].items() if fact != is_now[name]]
    _post(
        "event-changed",
        rsvp,
        now=now,
        due_at=due_at,
        **change,
        changed=changed,
        calendar=calendar_facts(rsvp),
    )


def take_away(rsvp: Rsvp, *, now: datetime) -> None:
    """Let go of the mistyped address of *rsvp*, just before it gets another.

    An invitation that went there is taken back, in a letter without a name and
    without a link: whoever reads it may be anybody.
    """
    if rsvp.address is None:
        return
    outbox.supersede(rsvp.id, now=now)
    gathering.leave(rsvp, now=now)
    if not _was_invited(rsvp):
        return
    facts = {
        "event": event_facts(rsvp.event, rsvp.language),
        "calendar": uninvite(rsvp),
    }
    outbox.post(
        "taken-away",
        to=rsvp.address,
        language=rsvp.language,
        facts=facts,
        now=now,
        event_id=rsvp.event_id,
        stranger=rsvp.address_key,
    )


def _was_invited(rsvp: Rsvp) -> bool:
    """Say whether a calendar REQUEST went to its address, or is just going."""
    if not current_settings().CALENDAR_ADDRESS:
        return False  # a file that somebody put into their calendar is theirs
    told = select(Letter.facts).where(
        Letter.rsvp_id == rsvp.id,
        Letter.recipient == rsvp.address,
        outbox.may_have_left(),
    )
    return any(
        (calendar := facts.get("calendar"))
        and calendar["method"] == "REQUEST"
        and is_invited(str(rsvp.address), facts["event"])
        for facts in db.session.scalars(told)
    )


def _unsent_cancel(rsvp: Rsvp) -> dict[str, Any] | None:
    """Return the CANCEL that waits to be sent, if one does."""
    waiting = select(Letter.facts).where(
        Letter.rsvp_id == rsvp.id, Letter.status == LetterStatus.WAITING
    )
    calendars = (facts.get("calendar") for facts in db.session.scalars(waiting))
    return next((each for each in calendars if _takes_back(each)), None)


def _takes_back(calendar: dict[str, Any] | None) -> bool:
    return calendar is not None and calendar["method"] == "CANCEL"


def _post(
    kind: str,
    rsvp: Rsvp,
    *,
    now: datetime,
    by_form: bool = False,
    first: bool = False,
    due_at: datetime | None = None,
    **more: Any,
) -> None:
    db.session.flush()
    lost = more.get("lost", False)
    limited = (kind in STRANGERS or by_form) and not lost
    answers_a_form = (kind in gathering.TAKEN or by_form) and not lost
    alone = _takes_back(more.get("calendar")) and _was_invited(rsvp)  # no list can
    joined = {rsvp.id: more.get("asked")}
    if limited and not alone:
        if gathering.gather(joined, rsvp, now=now):
            return
        due_at = due_at or now  # within the limit, as was just asked
    outbox.post(
        kind,
        to=str(rsvp.address),
        language=rsvp.language,
        facts={
            "event": event_facts(rsvp.event, rsvp.language),
            "reply": reply_facts(rsvp, now),
            "first": answers_a_form or rsvp.id in unheard([rsvp]),
            **more,
        },
        now=now,
        event_id=rsvp.event_id,
        rsvp_id=rsvp.id,
        stranger=rsvp.address_key if limited else None,
        due_at=due_at,
    )
    if not first:
        gathering.renew(rsvp, now=now)


# The calendar


def is_invited(address: str, about: Mapping[str, Any]) -> bool:
    """Say whether a letter to *address* invites to the event of the facts *about*.

    Only where the house reads what calendars answer; and never who organises it: a
    program refuses an invitation that would be from its own user.
    """
    invites, contact = current_settings().CALENDAR_ADDRESS, about["contact"]
    organisers = {address_key(invites), address_key(contact["address"])}
    return bool(invites) and address_key(address) not in organisers


def invite(rsvp: Rsvp) -> dict[str, Any]:
    """Return the calendar facts of a letter to somebody who comes.

    SEQUENCE is the event's or the last one this guest got, one more where the last
    was a CANCEL: else a client ignores who withdrew and comes after all.
    """
    lowest = rsvp.letter_sequence + rsvp.uninvited
    rsvp.letter_sequence = max(rsvp.event.revision, lowest)
    rsvp.uninvited = False
    return {"method": "REQUEST", "sequence": rsvp.letter_sequence}


def uninvite(rsvp: Rsvp) -> dict[str, Any] | None:
    """Return the calendar facts that take the entry away, if one was ever sent."""
    if rsvp.letter_sequence < 0:
        return None
    rsvp.letter_sequence = max(rsvp.event.revision, rsvp.letter_sequence) + 1
    rsvp.uninvited = True
    return {"method": "CANCEL", "sequence": rsvp.letter_sequence}


def calendar_facts(rsvp: Rsvp) -> dict[str, Any] | None:
    """Return the calendar facts of a letter about how *rsvp* stands.

    Nobody is invited to what is postponed: the entry has been taken away.
    """
    comes = rsvp.status is RsvpStatus.CONFIRMED
    goes_ahead = rsvp.event.status is EventStatus.SCHEDULED
    return invite(rsvp) if comes and goes_ahead else None
