"""RSVPs: who said they would come, with how many, and what was granted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from festival.domain.admission import RsvpStatus
from festival.models.base import Base, Email, Language, PublicId, Seal

if TYPE_CHECKING:
    from festival.models.events import Event

NAME_LENGTH = 80
ANSWER_LENGTH = 200


class Rsvp(Base):
    """One party's reply to one event (schema.org/RsvpAction).

    ``party_size`` people hold seats; ``party_wanted`` are asked for. Name and address
    go when the reply is erased; status and sizes stay, for the counts.
    """

    __tablename__ = "rsvp"
    __table_args__ = (
        UniqueConstraint("event_id", "address_key"),
        UniqueConstraint("event_id", "door_code"),
        CheckConstraint("party_size >= 1", name="party_has_someone"),
        CheckConstraint("party_wanted >= party_size", name="wants_what_it_holds"),
        Index("ix_rsvp_queue", "event_id", "status", "ranked_at"),
        Index("ix_rsvp_network", "event_id", "network_key", "replied_at"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    public_id: Mapped[PublicId]
    version: Mapped[int] = mapped_column(default=0)  # +1 revokes the links given out
    door_code: Mapped[str] = mapped_column(String(6))
    status: Mapped[RsvpStatus]
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    address: Mapped[Email | None]
    address_key: Mapped[Email | None] = mapped_column(index=True)
    party_size: Mapped[int]
    party_wanted: Mapped[int]
    answer: Mapped[str] = mapped_column(String(ANSWER_LENGTH), default="")
    language: Mapped[Language]
    replied_at: Mapped[datetime]
    ranked_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    letter_sequence: Mapped[int] = mapped_column(default=-1)  # last SEQUENCE mailed
    retry_key: Mapped[Seal | None]
    network_key: Mapped[Seal | None]

    event: Mapped[Event] = relationship(back_populates="rsvps")
    repeats: Mapped[list[Repeat]] = relationship(
        back_populates="rsvp", cascade="all, delete-orphan"
    )


class Repeat(Base):
    """A further reply from an address that had already replied.

    It holds no seat. Its page shows only what was just typed, so that nobody learns
    who is coming; the door resolves it to the true reply.
    """

    __tablename__ = "repeat"
    __table_args__ = (
        UniqueConstraint("event_id", "door_code"),
        Index("ix_repeat_network", "event_id", "network_key", "replied_at"),
    )

    rsvp_id: Mapped[int] = mapped_column(ForeignKey("rsvp.id"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    public_id: Mapped[PublicId]
    version: Mapped[int] = mapped_column(default=0)
    door_code: Mapped[str] = mapped_column(String(6))
    status: Mapped[RsvpStatus]  # what a first reply would have been granted
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    address: Mapped[Email]
    party_size: Mapped[int]
    answer: Mapped[str] = mapped_column(String(ANSWER_LENGTH), default="")
    language: Mapped[Language]
    replied_at: Mapped[datetime]
    ranked_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    retry_key: Mapped[Seal | None]
    network_key: Mapped[Seal | None]

    rsvp: Mapped[Rsvp] = relationship(back_populates="repeats")
    event: Mapped[Event] = relationship()
