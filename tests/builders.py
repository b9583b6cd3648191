"""Things that tests need, made through the services so that the rules hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import MetaData, select

from festival.domain.access import Grant, Role
from festival.domain.addresses import address_key
from festival.domain.words import Words
from festival.extensions import db
from festival.models.accounts import Account
from festival.models.directory import Space, Venue
from festival.models.events import Event, Picture
from festival.models.rsvps import PersonalCalendar, Repeat, Rsvp
from festival.queries.personal_calendars import living
from festival.services import (
    accounts,
    directory,
    events,
    personal_calendars,
    pictures,
    replies,
    rsvps,
)


class Builders:
    """Makes events, venues and guests, committed."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self._guests = 0
        self._accounts = 0

    def venue(self, slug: str = "halle", name: str = "La Halle", **facts: Any) -> Venue:
        venue = directory.open_venue(
            slug,
            name,
            **{
                "street": "12 rue des Arches",
                "postal_code": "75020",
                "city": "Paris",
                "how_to_come": Words(fr="Métro Arches, ligne 2", en="Metro Arches"),
                **facts,
            },
        )
        db.session.commit()
        return venue

    def space(self, venue: Venue, slug: str = "nef", **facts: Any) -> Space:
        name = facts.pop("name", Words(fr="Grande nef", en="Great nave"))
        space = directory.open_space(venue, slug, name, **facts)
        db.session.commit()
        return space

    def event(self, slug: str = "opening", **facts: Any) -> Event:
        """A workshop in a week, with ten seats and a waiting list, published."""
        name = facts.pop("name", Words(fr="Ouverture", en="Opening"))
        published = facts.pop("published", True)
        starts_at = facts.pop("starts_at", self.clock() + timedelta(days=7))
        event = events.draft(
            slug,
            facts.pop("kind", "workshop"),
            name,
            now=self.clock(),
            **{
                "starts_at": starts_at,
                "ends_at": starts_at + timedelta(hours=2),
                "capacity": 10,
                "languages": ["fr"],
                **facts,
            },
        )
        if published:
            events.publish(event, actor="test", now=self.clock())
        db.session.commit()
        return event

    def picture(self, event: Event, words: str = "Une roue") -> Picture:
        """A small picture of nothing much."""
        drawn = BytesIO()
        Image.new("RGB", (40, 30), "saddlebrown").save(drawn, "PNG")
        drawn.seek(0)
        pictures.hang(
            *(event, pictures.read(drawn), Words(fr=words), "Inès"),
            actor="test",
            now=self.clock(),
        )
        db.session.commit()
        assert event.picture
        return event.picture

    def reply(self, name: str = "Ada", **facts: Any) -> replies.Reply:
        self._guests += 1
        return replies.Reply(
            **{
                "name": name,
                "address": f"{name.lower()}{self._guests}@example.org",
                "party_size": 1,
                "language": "fr",
                "would_wait": True,
                "network": f"192.0.2.{self._guests % 250}",
                **facts,
            }
        )

    def guest(self, event: Event, name: str = "Ada", **facts: Any) -> Rsvp | Repeat:
        """Somebody who has replied to *event*; ``.status`` says what they got."""
        record = rsvps.respond(event, self.reply(name, **facts), now=self.clock())
        db.session.commit()
        return record

    def organisation(self, slug: str = "wheel", name: str = "La Roue libre") -> Any:
        found = directory.welcome(slug, name)
        db.session.commit()
        return found

    def account(
        self,
        name: str = "Inès",
        role: str | None = "manager",
        *,
        address: str | None = None,
        **where: Any,
    ) -> Account:
        """Somebody with *role* everywhere, or at ``organisation=``, ``venue=``, …"""
        self._accounts += 1
        account = accounts.welcome(
            address or f"desk{self._accounts}@example.org",
            name,
            language="fr",
            actor="test",
            now=self.clock(),
        )
        if role is not None:
            reach = {f"{kind}_id": thing.id for kind, thing in where.items() if thing}
            grant = Grant(Role(role), **reach)
            accounts.give(account, grant, actor="test", now=self.clock())
        db.session.commit()
        return account

    def calendar(self, guest: Rsvp | Repeat) -> PersonalCalendar:
        """The calendar of a guest's address, asked for and sent; always the same."""
        personal_calendars.send(guest, language=guest.language, now=self.clock())
        db.session.commit()
        key = address_key(str(guest.address))
        return living(key)[0]


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table as it is committed, to be compared."""
    db.session.rollback()
    schema = MetaData()
    with db.engine.connect() as connection:
        schema.reflect(connection)
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(select(table))), key=repr
            )
            for table in schema.sorted_tables
            if table.name != "alembic_version"
        }
