"""What we wrote to people, what was done, and when the agenda last moved."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from festival.models.base import Base, Email, Language, Seal


class LetterStatus(StrEnum):
    """Where a letter stands. All but ``waiting`` are final."""

    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"  # demonstration: a file in the instance folder
    FAILED = "failed"  # the mail server refused it for good
    PARKED = "parked"  # it could not be built
    SUPERSEDED = "superseded"  # a later letter of the same reply contradicts it
    SILENCED = "silenced"  # its address asked us never to write


class Letter(Base):
    """A letter, written in the transaction of its cause and sent after it.

    Its facts are frozen in it: rendering reads nothing else.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_due", "status", "due_at"),
        Index("ix_letter_limit", "limit_key", "posted_at"),
    )

    kind: Mapped[str] = mapped_column(String(40))
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    recipient: Mapped[Email]
    limit_key: Mapped[Email | None]  # set where a stranger's form was the cause
    language: Mapped[Language]
    facts: Mapped[dict[str, Any]]
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    rsvp_id: Mapped[int | None] = mapped_column(ForeignKey("rsvp.id"), index=True)
    posted_at: Mapped[datetime]
    due_at: Mapped[datetime]
    status: Mapped[LetterStatus] = mapped_column(default=LetterStatus.WAITING)
    final_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(22))
    leased_until: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(String(500), default="")  # last server answer
    bounced_at: Mapped[datetime | None]  # a server further on could not deliver it


class Suppression(Base):
    """An address that asked us never to write, kept as a seal nobody can read."""

    __tablename__ = "suppression"

    address_seal: Mapped[Seal] = mapped_column(unique=True)
    at: Mapped[datetime]


class Lease(Base):
    """Who does a thing that one process does at a time, and until when."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), unique=True)
    holder: Mapped[str] = mapped_column(String(22))
    until: Mapped[datetime]


class Mailbox(Base):
    """The one row that says how far the house has read its own mailbox."""

    __tablename__ = "mailbox"

    uid_validity: Mapped[int] = mapped_column(BigInteger, default=0)  # RFC 9051, 2.3.1
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    to_read: Mapped[int] = mapped_column(default=0)  # mails that wait for a person
    looked_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(String(500), default="")


class LogEntry(Base):
    """Who did what to what. Never what a guest typed."""

    __tablename__ = "log_entry"
    __table_args__ = (
        Index("ix_log_entry_thing", "thing", "thing_id"),
        Index("ix_log_entry_actor", "actor", "at"),
    )

    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))  # "guest", "command", "account 3"
    deed: Mapped[str] = mapped_column(String(40))
    thing: Mapped[str] = mapped_column(String(40))
    thing_id: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Edition(Base):
    """The one row that says when anything public last moved. It only goes forward."""

    __tablename__ = "edition"

    number: Mapped[int] = mapped_column(default=0)
    mark: Mapped[str] = mapped_column(  # another after a restore: numbers come again
        String(12), default="", server_default=""
    )
    moved_at: Mapped[datetime]
