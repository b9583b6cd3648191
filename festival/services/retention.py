"""Forgetting: in time, as PAGES' table says, when a guest asks, and after a restore."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from festival.domain.admission import HOLD, RsvpStatus
from festival.domain.lifecycle import EventStatus
from festival.extensions import current_settings, db
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus, LogEntry, Suppression
from festival.models.rsvps import PersonalCalendar, Repeat, Rsvp
from festival.queries.silence import limit_seals, seals
from festival.services import (
    erasures,
    idle_accounts,
    journal,
    outbox,
    personal_calendars,
    rsvps,
)
from festival.services.erasures import Erasure
from festival.services.turns import take_turn

YOUTH = timedelta(days=7)
DISCREET = timedelta(hours=48)
UNCONFIRMED = timedelta(hours=48)
NEEDS = timedelta(days=7)
LETTERS = timedelta(days=7)
NETWORKS = timedelta(hours=24)
JOURNAL = timedelta(days=365)
POSTPONED = JOURNAL  # at most, for a new date that never came: it says since when
REVOKED = timedelta(days=365)  # calendars that answer "gone", of nobody any more
SILENCE = timedelta(days=3 * 365)

ANSWER_CODE = re.compile(  # RFC 5321, RFC 3463
    r"[245]\d\d\b(?:[ -][245]\.\d+\.\d+)?|\b[245]\.\d+\.\d+\b"
)
QUIETLY = {"synchronize_session": False}


def kept(audience: str, *, discreet: bool) -> timedelta:
    """Return how long after an event its guests are kept."""
    longest = timedelta(days=current_settings().RETENTION_DAYS)
    if discreet:
        return min(longest, DISCREET)
    return min(longest, YOUTH) if audience == "youth" else longest


# In time


def tidy(now: datetime, *, at_most: int = 200) -> int:
    """Erase what is past its time; return how many guests that was.

    At most *at_most* guests a call, so that no transaction is long: call again while
    it returns as many.
    """
    due = (
        select(Rsvp)
        .join(Event, Event.id == Rsvp.event_id)
        .where(Rsvp.erased_at.is_(None), or_(_is_over(now), _is_unconfirmed(Rsvp, now)))
        .order_by(Rsvp.event_id, Rsvp.id)
        .limit(at_most)
    )
    erased = db.session.scalars(due).all()
    for rsvp in erased:
        rsvps.erase(rsvp, now=now, actor="retention")

    db.session.execute(
        delete(Repeat).where(_is_unconfirmed(Repeat, now)), execution_options=QUIETLY
    )
    personal_calendars.tidy(now)
    _forget_needs(now)
    _forget_networks(now)
    _forget_letters(now)
    idle_accounts.tidy(now)
    for record, column, span in (
        (LogEntry, LogEntry.at, JOURNAL),
        (Suppression, Suppression.at, SILENCE),
        (PersonalCalendar, PersonalCalendar.revoked_at, REVOKED),
    ):
        db.session.execute(
            delete(record).where(column < now - span), execution_options=QUIETLY
        )
    return len(erased)


def _is_over(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which guests of an event are kept no longer."""
    took_place_long_ago = or_(
        Event.ends_at < now - kept("everyone", discreet=False),
        and_(
            Event.audience == "youth",
            Event.ends_at < now - kept("youth", discreet=False),
        ),
        and_(Event.discreet, Event.ends_at < now - kept("everyone", discreet=True)),
    )
    return or_(
        and_(_took_place(), took_place_long_ago),
        and_(~_took_place(), ~_was_postponed_since(now - POSTPONED)),
    )


def _was_postponed_since(moment: datetime) -> ColumnElement[bool]:
    return exists().where(
        LogEntry.thing == "event",
        LogEntry.thing_id == Event.id,
        LogEntry.deed == EventStatus.POSTPONED.value,
        LogEntry.at >= moment,
    )


def _took_place() -> ColumnElement[bool]:
    """Return the condition under which an event is over once its time is.

    What is postponed is not: its guests wait for the new date.
    """
    return Event.status != EventStatus.POSTPONED


def _is_unconfirmed(record: type[Rsvp | Repeat], now: datetime) -> ColumnElement[bool]:
    """Return the condition under which a letter that had to be answered never was.

    "held_until" stays with a hold that lapsed or was given up.
    """
    unanswered = {RsvpStatus.EXPIRED, RsvpStatus.HELD, RsvpStatus.CANCELLED}
    return and_(
        record.status.in_(unanswered),
        func.coalesce(record.held_until, record.replied_at) < now - UNCONFIRMED + HOLD,
        or_(record.status == RsvpStatus.EXPIRED, record.held_until.is_not(None)),
    )


def _forget_needs(now: datetime) -> None:
    over = select(Event.id).where(_took_place(), Event.ends_at < now - NEEDS)
    said = or_(Rsvp.needs_note != "", cast(Rsvp.needs, String) != "[]")
    db.session.execute(
        update(Rsvp)
        .where(Rsvp.erased_at.is_(None), said, Rsvp.event_id.in_(over))
        .values(needs=[], needs_note=""),
        execution_options=QUIETLY,
    )


def _forget_networks(now: datetime) -> None:
    for record in (Rsvp, Repeat):
        db.session.execute(
            update(record)
            .where(record.network_key.is_not(None), record.replied_at < now - NETWORKS)
            .values(network_key=None, retry_key=None),
            execution_options=QUIETLY,
        )


def _forget_letters(now: datetime) -> None:
    """Delete letters a week after they left; of one that failed, keep the code.

    It says on the guest's page that the address is wrong, for as long as there is one.
    """
    left = and_(Letter.status != LetterStatus.WAITING, Letter.final_at < now - LETTERS)
    failed = and_(
        Letter.rsvp_id.is_not(None),
        or_(Letter.status == LetterStatus.FAILED, Letter.bounced_at.is_not(None)),
    )
    over = or_(and_(left, ~failed), outbox.counts_no_more(now))
    db.session.execute(delete(Letter).where(over), execution_options=QUIETLY)
    for letter in db.session.scalars(
        select(Letter).where(left, failed, Letter.recipient != "")
    ):
        code = ANSWER_CODE.search(letter.trouble)
        mailbox, listed = letter.limit_key, letter.facts.get("replies", ())
        about = [{"rsvp_id": each.get("rsvp_id")} for each in listed]
        letter.facts = {"replies": about} if about else {}
        letter.limit_key = limit_seals(mailbox)[0] if mailbox and about else None
        letter.recipient = ""
        letter.trouble = code[0] if code else ""


# When a guest asks


def forget(record: Rsvp | Repeat, *, now: datetime, actor: str = "guest") -> None:
    """Erase what is kept under *record*; of a repeat, that alone."""
    if isinstance(record, Rsvp):
        rsvps.erase(record, now=now, actor=actor)
        return
    take_turn(record.event)
    erasures.remember(record, actor=actor, now=now)
    journal.note("erase", "repeat", record.id, actor=actor, now=now)
    db.session.execute(delete(Repeat).where(Repeat.id == record.id))


# After a restore


def forget_again(log: Iterable[Erasure], *, now: datetime) -> int:
    """Erase once more what was erased after the backup; return how many that was.

    Every line counts, however old: whoever replied again since stays.
    """
    numbers: dict[tuple[str, str], datetime] = {}
    seals: dict[str, datetime] = {}
    silences: dict[str, Erasure] = {}
    for line in sorted(log, key=lambda line: line.at):
        if line.thing in {"silence", "speak"}:
            silences[line.seal] = line
        else:
            numbers[line.thing, line.number] = line.at
            seals[line.seal] = line.at

    def is_erased(rsvp: Rsvp) -> bool:
        marks = [numbers.get(("reply", str(rsvp.id)))]
        marks += [
            seals.get(erasures.address_seal(rsvp.event.uid, rsvp.address_key, key))
            for key in current_settings().keys
            if rsvp.address_key
        ]
        return any(at is not None and rsvp.replied_at <= at for at in marks)

    alive = select(Rsvp).where(Rsvp.erased_at.is_(None)).order_by(Rsvp.id)
    found: list[Rsvp | Repeat] = [r for r in db.session.scalars(alive) if is_erased(r)]
    found += [
        repeat
        for repeat in db.session.scalars(select(Repeat).order_by(Repeat.id))
        if ("repeat", repeat.public_id) in numbers
    ]
    for record in sorted(found, key=lambda record: isinstance(record, Rsvp)):
        forget(record, now=now, actor="restore")
    _be_silent_again(silences.values())
    revoked = {number for thing, number in numbers if thing == "calendar"}
    personal_calendars.revoke_again(revoked, now=now)
    return len(found)


def _be_silent_again(lines: Iterable[Erasure]) -> None:
    """Let what was last said about letters to an address be so again.

    Where it was said they can be switched on again, by newer links than the backup's.
    """
    known = set(db.session.scalars(select(Suppression.address_seal)))
    for line in lines:
        if line.thing == "silence" and line.seal not in known:
            db.session.add(Suppression(address_seal=line.seal, at=line.at))
        elif line.thing == "speak" and line.seal in known:
            db.session.execute(
                delete(Suppression).where(Suppression.address_seal.in_([line.seal]))
            )
        silent, number = line.thing == "silence", line.number
        rsvp = db.session.get(Rsvp, int(number)) if number.isdecimal() else None
        theirs = rsvp and rsvp.address and line.seal in seals(rsvp.address)
        if rsvp and theirs and rsvp.letters_off is not silent:
            rsvp.letters_off = silent
            rsvp.version += silent
    db.session.flush()
