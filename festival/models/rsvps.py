"""RSVPs: who said they would come, with how many, and what was granted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from festival.domain.admission import RsvpStatus
from festival.models.base import Base, Email, Language, PublicId, Seal

if TYPE_CHECKING:
    from festival.models.events import Event

NAME_LENGTH = 80
ANSWER_LENGTH = 200


class Rsvp(Base):
    """One party's reply to one event (schema.org/RsvpAction).

    ``party_size`` people hold seats; ``party_wanted`` are asked for: of a confirmed
    reply the difference waits. Name and address go when the reply is erased; status
    and sizes stay, for the counts.
    """

    __tablename__ = "rsvp"
    __table_args__ = (
        UniqueConstraint("event_id", "address_key"),
        UniqueConstraint("event_id", "door_code"),
        CheckConstraint("party_size >= 1", name="party_has_someone"),
        CheckConstraint("party_wanted >= party_size", name="wants_what_it_holds"),
        Index("ix_rsvp_queue", "event_id", "status", "ranked_at"),
        Index("ix_rsvp_network", "event_id", "network_key", "replied_at"),
        Index("ix_rsvp_limit", "limit_key", "status"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    public_id: Mapped[PublicId]
    version: Mapped[int] = mapped_column(default=0)  # +1 revokes the links given out
    door_code: Mapped[str] = mapped_column(String(6))
    status: Mapped[RsvpStatus]
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    address: Mapped[Email | None]
    address_key: Mapped[Email | None] = mapped_column(index=True)
    limit_key: Mapped[Email | None]  # the mailbox, for limits: no tag
    party_size: Mapped[int]
    party_wanted: Mapped[int]
    answer: Mapped[str] = mapped_column(String(ANSWER_LENGTH), default="")
    language: Mapped[Language]
    replied_at: Mapped[datetime]
    ranked_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    stood_at: Mapped[datetime | None]  # see ``festival.stood``
    withdrawn_at: Mapped[datetime | None]
    withdrawn_from: Mapped[RsvpStatus | None]  # what was given up
    erased_at: Mapped[datetime | None]
    letter_sequence: Mapped[int] = mapped_column(default=-1)  # last SEQUENCE mailed
    uninvited: Mapped[bool] = mapped_column(  # the last one mailed was a CANCEL's
        default=False, server_default=false()
    )
    retry_key: Mapped[Seal | None]
    network_key: Mapped[Seal | None]
    needs: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    needs_note: Mapped[str] = mapped_column(
        String(ANSWER_LENGTH), default="", server_default=""
    )
    partner_id: Mapped[int | None] = mapped_column(  # whose group it belongs to
        ForeignKey("organisation.id"), index=True
    )

    proven: Mapped[bool] = mapped_column(  # a letter to this address was answered
        default=False, server_default=false()
    )
    to_prove: Mapped[bool] = mapped_column(  # only a letter's link says yes
        default=False, server_default=false()
    )
    # An unanswered hold past its address' share holds no seat, and looks as if it did.
    holds_seat: Mapped[bool] = mapped_column(default=True, server_default=true())

    # In the waiting list
    passed: Mapped[int] = mapped_column(default=0, server_default="0")  # how often
    passed_at: Mapped[datetime | None]  # the first time
    rests: Mapped[bool] = mapped_column(  # let an offer lapse whose seats are free yet
        default=False, server_default=false()
    )
    part_offered: Mapped[int | None]  # "2 of your 4 are free now", as last asked
    gave_way_at: Mapped[datetime | None]  # lost the seat to silence

    # What is asked of who comes
    wants_reminders: Mapped[bool] = mapped_column(default=True, server_default=true())
    reminded_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]  # "still coming?", two days before
    asked_again_at: Mapped[datetime | None]  # and the day before
    still_coming_at: Mapped[datetime | None]  # "yes"
    letters_off: Mapped[bool] = mapped_column(  # by a link of this reply's letters
        default=False, server_default=false()
    )

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
    to_prove: Mapped[bool] = mapped_column(default=False, server_default=false())
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    address: Mapped[Email]
    party_size: Mapped[int]
    party_wanted: Mapped[int]
    answer: Mapped[str] = mapped_column(String(ANSWER_LENGTH), default="")
    language: Mapped[Language]
    replied_at: Mapped[datetime]
    ranked_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_from: Mapped[RsvpStatus | None]
    still_coming_at: Mapped[datetime | None]
    retry_key: Mapped[Seal | None]
    network_key: Mapped[Seal | None]

    rsvp: Mapped[Rsvp] = relationship(back_populates="repeats")
    event: Mapped[Event] = relationship()


class PersonalCalendar(Base):
    """The calendar of what one address said yes to, until it is revoked.

    Its address goes when the last of its replies is erased, or when it is revoked.
    """

    __tablename__ = "personal_calendar"

    public_id: Mapped[PublicId]
    address_key: Mapped[Email | None] = mapped_column(index=True)
    language: Mapped[Language]
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
