"""Where things happen, who makes them, and who brings what."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from festival.domain.words import Words
from festival.models.base import Base, Email, Link, Name, Slug, SourceNote, Sources

if TYPE_CHECKING:
    from festival.models.events import Event


class Venue(Base):
    """A house of the network (schema.org/Place)."""

    __tablename__ = "venue"

    slug: Mapped[Slug]
    name: Mapped[Name]
    description: Mapped[Words] = mapped_column(default=Words)
    street: Mapped[Name] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    city: Mapped[Name] = mapped_column(default="")
    country: Mapped[str] = mapped_column(String(2), default="FR")  # ISO 3166-1
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    how_to_come: Mapped[Words] = mapped_column(default=Words)  # one fact a line
    opening_hours: Mapped[Words] = mapped_column(default=Words)
    open_from: Mapped[time | None]  # on any day, for the desk's warnings
    open_until: Mapped[time | None]
    phone: Mapped[str] = mapped_column(String(40), default="")
    occupied_from: Mapped[date | None]
    occupied_until: Mapped[date | None]  # the last day the house may use it
    sources: Mapped[Sources]  # of what is said here
    source_note: Mapped[SourceNote]  # what nobody verified

    spaces: Mapped[list[Space]] = relationship(
        back_populates="venue", order_by="Space.position"
    )


class Space(Base):
    """Part of a venue that can hold an event. Access facts: yes, no, None (unknown)."""

    __tablename__ = "space"
    __table_args__ = (
        UniqueConstraint("venue_id", "slug"),
        CheckConstraint("capacity >= 0", name="capacity_not_negative"),
    )

    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80))
    name: Mapped[Words]
    position: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int | None]  # people; None: unknown or no limit
    step_free: Mapped[bool | None]
    accessible_toilet: Mapped[bool | None]
    hearing_loop: Mapped[bool | None]
    quiet_place: Mapped[bool | None]
    door_width: Mapped[int | None]  # centimetres
    access_note: Mapped[Words] = mapped_column(default=Words)

    venue: Mapped[Venue] = relationship(back_populates="spaces")


class Organisation(Base):
    """A body that organises, hosts, partners or sponsors (schema.org/Organization)."""

    __tablename__ = "organisation"

    slug: Mapped[Slug]
    name: Mapped[Name]
    description: Mapped[Words] = mapped_column(default=Words)
    email: Mapped[Email] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    website: Mapped[Link] = mapped_column(default="")
    sources: Mapped[Sources]
    source_note: Mapped[SourceNote]


class Partnership(Base):
    """An organisation's part in an event."""

    __tablename__ = "partnership"
    __table_args__ = (UniqueConstraint("event_id", "organisation_id", "role"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    role: Mapped[str] = mapped_column(String(20), default="organiser")
    position: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship(back_populates="partnerships")
    organisation: Mapped[Organisation] = relationship()
