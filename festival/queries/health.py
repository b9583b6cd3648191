"""How the house is: what a doctor asks of its database, never about whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from sqlalchemy.orm import aliased

from festival.domain.access import Role
from festival.domain.admission import DOOR, RsvpStatus
from festival.domain.lifecycle import EventStatus
from festival.extensions import db
from festival.models.accounts import Account, Membership
from festival.models.events import Event
from festival.models.journal import Lease, Letter, LetterStatus, LogEntry, Mailbox
from festival.models.rsvps import Rsvp
from festival.queries import guests, waiting_list

TOO_LONG: Final = timedelta(minutes=10)
DAY: Final = timedelta(days=1)
AHEAD: Final = timedelta(days=2)  # no letter is put off for longer
REMEMBERED: Final = timedelta(days=6)  # letters are kept a week


# The database


def revision() -> str:
    """Return the migration that the database is at."""
    return str(
        db.session.scalars(text("SELECT version_num FROM alembic_version")).one()
    )


def version() -> str:
    """Return the database's own name and version."""
    if db.engine.dialect.name == "sqlite":
        return f"SQLite {db.session.scalars(text('SELECT sqlite_version()')).one()}"
    return f"PostgreSQL {db.session.scalars(text('SHOW server_version')).one()}"


def unsound() -> list[str]:
    """Return what SQLite finds wrong in its file; PostgreSQL looks after its own."""
    if db.engine.dialect.name != "sqlite":
        return []
    told = db.session.scalars(text("PRAGMA integrity_check(5)")).all()
    orphans = db.session.execute(text("PRAGMA foreign_key_check")).all()
    found = [str(line) for line in told if line != "ok"]
    return found + [f"{table} refers to nothing" for table, *_ in orphans]


# Seats


@dataclass(frozen=True, slots=True)
class Overfull:
    """An event with more people than seats."""

    slug: str
    capacity: int
    seats_taken: int
    lowered: bool  # its capacity was lowered after people had replied


def overfull(now: datetime) -> list[Overfull]:
    """Return events to come that have more people than seats."""
    ahead = _ahead(now)
    houses = guests.houses(ahead, now)
    full = {
        event.id: event
        for event in ahead
        if houses[event.id].seats_taken > (event.capacity or 0)
    }
    lowered = select(LogEntry.thing_id).where(
        LogEntry.thing == "event",
        LogEntry.thing_id.in_(full),
        LogEntry.deed == "resize",
    )
    said = set(db.session.scalars(lowered)) if full else set()
    return [
        Overfull(
            event.slug,
            event.capacity or 0,
            houses[number].seats_taken,
            lowered=number in said,
        )
        for number, event in full.items()
    ]


def waiting_in_vain(now: datetime) -> list[str]:
    """Return the slugs of events where the head of the list fits, and waits.

    Seats that came free in the last ten minutes are still the clockwork's to give.
    """
    since = now - TOO_LONG
    waited_for = select(Rsvp.event_id).where(waiting_list.in_line())
    found = {
        event.id: event
        for event in db.session.scalars(
            select(Event).where(
                Event.id.in_(waited_for),
                Event.status == EventStatus.SCHEDULED,
                Event.starts_at > now + DOOR,
            )
        )
    }
    in_line = (
        select(Rsvp)
        .where(Rsvp.event_id.in_(found), waiting_list.in_line(), Rsvp.rests.is_(False))
        .order_by(Rsvp.event_id, Rsvp.ranked_at, Rsvp.id)
    )
    heads: dict[int, Rsvp] = {}
    for rsvp in db.session.scalars(in_line):
        capacity = found[rsvp.event_id].capacity
        if capacity is None or waiting_list.party(rsvp).size <= capacity:
            heads.setdefault(rsvp.event_id, rsvp)
    houses = guests.houses(found.values(), since)
    return [
        found[number].slug
        for number, head in heads.items()
        if head.ranked_at <= since
        and (
            (left := houses[number].seats_left) is None
            or waiting_list.party(head).size <= left
        )
    ]


def without_letter(now: datetime) -> Counter[str]:
    """Return how many confirmed replies got no letter at all, by their event's slug.

    Of this week's, since letters are not kept longer. Who has no address, or wants no
    letters, needs none. A list of several replies goes with the first of them that is
    erased: whose reply is of about the same day may have been in it.
    """
    letter = aliased(Letter)
    told = exists().where(
        letter.status != LetterStatus.SUPERSEDED,
        or_(
            letter.rsvp_id == Rsvp.id,
            and_(letter.kind == "ticket-again", letter.limit_key == Rsvp.limit_key),
        ),
    )
    silent = (
        select(Event.slug, Rsvp.replied_at)
        .join(Event, Event.id == Rsvp.event_id)
        .where(
            Rsvp.status == RsvpStatus.CONFIRMED,
            Rsvp.replied_at > now - REMEMBERED,
            Rsvp.address.is_not(None),
            Rsvp.letters_off.is_(False),
            ~told,
        )
        .order_by(Event.slug)
    )
    erased = select(Rsvp.replied_at, Rsvp.erased_at).where(
        Rsvp.erased_at > now - REMEMBERED, Rsvp.replied_at > now - REMEMBERED - DAY
    )
    found = db.session.execute(silent).all()
    gone = [(was, then) for was, then in db.session.execute(erased) if then]
    return Counter(
        slug
        for slug, at in found
        if not any(at <= then and abs(was - at) < DAY for was, then in gone)
    )


def _ahead(now: datetime) -> Sequence[Event]:
    coming = select(Event).where(
        Event.capacity.is_not(None),
        Event.status.in_({EventStatus.SCHEDULED, EventStatus.POSTPONED}),
        Event.ends_at > now,
    )
    return db.session.scalars(coming.order_by(Event.starts_at, Event.id)).all()


def administrators() -> int:
    """Return how many accounts may invite others, and give and take roles."""
    keeping = select(func.count(Membership.account_id.distinct())).where(
        Membership.role == Role.ADMINISTRATOR,
        Membership.account_id == Account.id,
        Account.closed_at.is_(None),
    )
    return db.session.scalars(keeping).one()


# Letters


@dataclass(frozen=True, slots=True)
class Outbox:
    """How the letters are getting on."""

    late: int  # due for more than ten minutes, and never tried
    put_off: int  # the server said "later"
    stale: int  # in the hands of a relay that is gone
    ahead: int  # put off by a clock that was wrong
    last_sent: datetime | None
    lag: timedelta  # of the oldest that is due and was never tried


def outbox(now: datetime) -> Outbox:
    """Count the letters that wait. One statement."""
    waits = Letter.status == LetterStatus.WAITING
    fresh = and_(waits, Letter.attempts == 0, Letter.due_at <= now)
    late = and_(fresh, Letter.due_at <= now - TOO_LONG)
    put_off = and_(waits, Letter.attempts > 0)
    stale = and_(Letter.lease.is_not(None), Letter.leased_until <= now - TOO_LONG)
    ahead = and_(waits, Letter.leased_until > now + AHEAD)
    row = db.session.execute(
        select(
            func.count().filter(late),
            func.count().filter(put_off),
            func.count().filter(stale),
            func.count().filter(ahead),
            func.max(Letter.final_at).filter(_went()),
            func.min(Letter.due_at).filter(fresh),
        )
    ).one()
    return Outbox(*row[:5], lag=now - (row[5] or now))


def unbuilt() -> list[tuple[str, str, int]]:
    """Return kind, trouble and number of the letters that could not be written."""
    parked = (
        select(Letter.kind, Letter.trouble, func.count(Letter.id))
        .where(Letter.status == LetterStatus.PARKED)
        .group_by(Letter.kind, Letter.trouble)
        .order_by(Letter.kind, Letter.trouble)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(parked)]


def came_back() -> tuple[int, int]:
    """Return how many letters were refused for good, and how many bounced later."""
    refused, bounced = db.session.execute(
        select(
            func.count().filter(Letter.status == LetterStatus.FAILED),
            func.count().filter(Letter.bounced_at.is_not(None)),
        ).select_from(Letter)
    ).one()
    return refused, bounced


@dataclass(frozen=True, slots=True)
class Refusals:
    """What became of the letters that were tried in the last day."""

    tried: int
    refused: int  # at once, or later
    unwelcome: int  # of these: not the address is wrong, we are (RFC 3463, X.7.X)


def refusals(now: datetime) -> Refusals:
    """Count the letters of the last day that another server would not have."""
    failed = Letter.status == LetterStatus.FAILED
    no = or_(failed, Letter.bounced_at.is_not(None))
    code = or_(Letter.trouble.like("5.7.%"), Letter.trouble.like("5__ 5.7.%"))
    lately = or_(Letter.final_at > now - DAY, Letter.bounced_at > now - DAY)
    row = db.session.execute(
        select(
            func.count().filter(or_(_went(), failed)),
            func.count().filter(no),
            func.count().filter(and_(no, code)),
        )
        .select_from(Letter)
        .where(lately)
    ).one()
    return Refusals(*row)


def _went() -> ColumnElement[bool]:
    return Letter.status.in_({LetterStatus.SENT, LetterStatus.KEPT})


# The clockwork and the mailbox


def lease(name: str) -> Lease | None:
    """Return who does *name*, or did it last."""
    return db.session.scalars(select(Lease).where(Lease.name == name)).first()


def mailbox() -> Mailbox | None:
    """Return how far the mailbox was read, if it ever was."""
    return db.session.scalars(select(Mailbox).order_by(Mailbox.id)).first()


def last_erasure() -> datetime | None:
    """Return when anybody was last erased."""
    return db.session.scalars(
        select(func.max(LogEntry.at)).where(LogEntry.deed == "erase")
    ).one()
