"""A house with many events, past and to come, and many replies: rows, not deeds.

Made in bulk, so that a million replies take less than minutes. What is coming stands
equally dense however much of it there is: a larger house has a longer programme, not
longer days.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Integer,
    String,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    text,
)

from festival import editions
from festival.domain.admission import RsvpStatus
from festival.domain.kinds import FESTIVAL, KINDS
from festival.domain.lifecycle import EventStatus
from festival.domain.words import Words, fold
from festival.extensions import db
from festival.models.directory import Organisation, Partnership, Space, Venue
from festival.models.events import Competition, Event, Match
from festival.models.journal import Letter, LetterStatus, LogEntry
from festival.models.rsvps import Rsvp

VENUES, SPACES, ORGANISATIONS, PARTS = 5, 3, 20, 40
A_DAY = 4  # events to come
ROWS = 1_000  # a statement

SUMMARY = "Un rendez-vous pour tout le quartier, ouvert à qui veut venir."
DESCRIPTION = "On apporte ce que l’on a, on repart avec ce que l’on a appris."
WORDS = ("Atelier", "Rencontre", "Soirée", "Projection", "Visite", "Repas", "Débat")
THINGS = ("vélo", "jardin", "cuisine", "cinéma", "théâtre", "lecture", "chant", "radio")


@dataclass(frozen=True)
class House:
    """How much there is of everything."""

    coming: int = 180
    past: int = 20
    replies: int = 2_000
    years: int = 2  # that it has been there

    @property
    def events(self) -> int:
        return self.coming + self.past


SMALL = House()
THOUSAND = House(coming=1_000, past=0, replies=0)
LARGE = House(coming=2_000, past=98_000, replies=1_000_000, years=20)


def fill(house: House, now: datetime) -> None:
    """Fill an empty database with *house*, as it stands at *now*."""
    chance = random.Random(1)
    now = now.replace(microsecond=0)
    _take_time()
    _directory()
    for rows in _batches(_events(house, now, chance)):
        db.session.execute(insert(Event), rows)
    _competition(now)
    partnerships = (
        {"event_id": number, "organisation_id": _mostly_first(number % ORGANISATIONS)}
        for number in range(1, house.events + 1)
    )
    for rows in _batches(partnerships):
        db.session.execute(insert(Partnership), rows)
    _journal()
    if house.replies:
        _replies(house, now)
    editions.touch()
    db.session.commit()
    _carry_on()


def _take_time() -> None:
    """Lift the limits that a statement of the house keeps."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))


def _directory() -> None:
    db.session.add_all(
        Venue(
            slug=f"venue-{n}",
            name=f"La Maison {n}",
            street=f"{n} rue des Arches",
            postal_code="75020",
            city="Paris",
            latitude=48.87 + n / 1000,
            longitude=2.38,
            spaces=[
                Space(
                    slug=f"space-{s}",
                    name=Words(fr=f"Salle {s}", en=f"Room {s}"),
                    position=s,
                    capacity=80,
                    step_free=s != 3,
                )
                for s in range(1, SPACES + 1)
            ],
        )
        for n in range(1, VENUES + 1)
    )
    db.session.add_all(
        Organisation(slug=f"organisation-{n}", name=f"Les Amis {n}")
        for n in range(1, ORGANISATIONS + 1)
    )
    db.session.flush()


def _events(
    house: House, now: datetime, chance: random.Random
) -> Iterator[dict[str, Any]]:
    """Yield the festival to come and its parts, what else comes, and what is over."""
    at = now.replace(minute=0, second=0) + timedelta(hours=2)
    parts = min(PARTS, (house.coming - 1) // 2)
    days = timedelta(days=20)
    yield _event(
        1, at + days, chance, kind=FESTIVAL, hours=72, slug="festival", capacity=None
    )
    for n in range(parts):
        begins = at + days + timedelta(hours=n * 60 // PARTS)
        yield _event(2 + n, begins, chance, super_event_id=1)
    for n in range(house.coming - parts - 1):
        begins = at + timedelta(hours=n * 24 / A_DAY)
        yield _event(2 + parts + n, begins, chance)
    step = timedelta(days=365 * house.years) / max(house.past, 1)
    for n in range(house.past):
        begins = (at - timedelta(days=1) - n * step).replace(minute=0)
        yield _event(house.coming + n + 1, begins, chance)


def _event(
    number: int,
    starts_at: datetime,
    chance: random.Random,
    *,
    hours: int = 2,
    **facts: Any,
) -> dict[str, Any]:
    name = f"{chance.choice(WORDS)} {chance.choice(THINGS)} {number}"
    space = _mostly_first(chance.randrange(VENUES * SPACES)) - 1
    written = starts_at - timedelta(days=600)
    return {
        "id": number,
        "uid": str(uuid.UUID(int=chance.getrandbits(128))),
        "slug": f"event-{number}",
        "kind": chance.choice(KINDS[1:]),
        "super_event_id": None,
        "name": Words(fr=name, en=name),
        "summary": Words(fr=SUMMARY),
        "description": Words(fr=DESCRIPTION),
        "search_text": fold(f"{name} {SUMMARY}"),
        "status": EventStatus.SCHEDULED,
        "created_at": written,
        "published_at": written,
        "revised_at": written,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=hours),
        "venue_id": 1 + space // SPACES,
        "space_id": 1 + space,
        "capacity": 5_000,
        "languages": ["fr"],
        **facts,
    }


def _mostly_first(number: int) -> int:
    """Let a third of everything be by the first, in the first: pages are full ones."""
    return 1 if number % 3 == 0 else 1 + number


def _competition(now: datetime) -> None:
    cup = Competition(slug="tournament", name=Words(fr="Le tournoi", en="The cup"))
    cup.matches = [
        Match(
            event_id=event_id,
            number=number,
            kicks_off_at=now + timedelta(days=20, hours=number),
            home_team=Words(fr="Les Bleus"),
            away_team=Words(fr="Les Verts"),
        )
        for number, event_id in enumerate([3, 4, 5, None], start=1)
    ]
    db.session.add(cup)
    db.session.flush()


def _replies(house: House, now: datetime) -> None:
    """Let as many reply to each event; whoever came a month ago is forgotten."""
    each = max(house.replies // house.events, 1)
    begin = select(literal(1, Integer).label("n")).cte("guest", recursive=True)
    guest = begin.union_all(select(begin.c.n + 1).where(begin.c.n < each))
    number = Event.id * each + guest.c.n
    address = literal("guest") + cast(number, String) + literal("@example.org")
    kept = (literal("Guest ") + cast(number, String), address, null())
    gone = (literal(""), null(), Event.ends_at)
    month_ago = now - timedelta(days=30)
    for (name, mail, erased_at), those in (
        (kept, Event.ends_at > month_ago),
        (gone, Event.ends_at <= month_ago),
    ):
        row: dict[str, Any] = {
            "event_id": Event.id,
            "public_id": literal("r") + cast(number + 100_000_000, String),
            "version": literal(0),
            "door_code": cast(guest.c.n + 100_000, String),
            "status": literal(RsvpStatus.CONFIRMED, Rsvp.status.type),
            "name": name,
            **dict.fromkeys(("address", "address_key", "limit_key"), mail),
            "party_size": literal(1),
            "party_wanted": literal(1),
            "answer": literal(""),
            "language": literal("fr"),
            **dict.fromkeys(("replied_at", "ranked_at"), Event.created_at),
            "letter_sequence": literal(0),
            "erased_at": erased_at,
        }
        every = select(*row.values()).join(guest, literal(value=True)).where(those)
        db.session.execute(insert(Rsvp).from_select(list(row), every))
    _letters(now - timedelta(days=2))


def _letters(now: datetime) -> None:
    """Write to everybody who is not forgotten."""
    row: dict[str, Any] = {
        "kind": literal("rsvp-confirmed"),
        "message_id": literal("<") + Rsvp.public_id + literal("@halle.example>"),
        "recipient": Rsvp.address,
        "limit_key": Rsvp.limit_key,
        "language": literal("fr"),
        "facts": literal({}, Letter.facts.type),
        "event_id": Rsvp.event_id,
        "rsvp_id": Rsvp.id,
        **dict.fromkeys(("posted_at", "due_at", "final_at"), literal(now)),
        "status": literal(LetterStatus.SENT, Letter.status.type),
    }
    every = select(*row.values()).where(Rsvp.address.is_not(None))
    db.session.execute(insert(Letter).from_select(list(row), every))


def _journal() -> None:
    """Note that each event was published, and that a tenth of them was revised."""
    for deed, each in (("publish", 1), ("revised", 10)):
        row: dict[str, Any] = {
            "at": Event.published_at,
            "actor": literal("bench"),
            "deed": literal(deed),
            "thing": literal("event"),
            "thing_id": Event.id,
            "facts": literal({}, LogEntry.facts.type),
        }
        every = select(*row.values()).where(Event.id % each == 0)
        db.session.execute(insert(LogEntry).from_select(list(row), every))


def _carry_on() -> None:
    """Let PostgreSQL number on from here, and both planners know what there is."""
    if db.engine.dialect.name == "postgresql":
        known = (
            "SELECT setval(pg_get_serial_sequence('event', 'id'), max(id)) FROM event"
        )
        db.session.execute(text(known))
        db.session.commit()
        alone = db.engine.execution_options(isolation_level="AUTOCOMMIT")
        with alone.connect() as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def letters(status: LetterStatus) -> int:
    """Return how many letters stand so."""
    found = db.session.scalars(
        select(func.count(Letter.id)).where(Letter.status == status)
    ).one()
    db.session.rollback()
    return found
