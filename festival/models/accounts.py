"""Those who sign in, what they may do, and how they are known again.

There are no passwords. Keys that identify are kept as digests only.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from festival.domain.access import Grant, Role
from festival.models.base import Base, Email, Language, Name, PublicId


class Account(Base):
    """Somebody who works at the desk."""

    __tablename__ = "account"

    public_id: Mapped[PublicId]
    name: Mapped[Name] = mapped_column(default="")
    address: Mapped[Email]
    address_key: Mapped[Email] = mapped_column(unique=True)
    language: Mapped[Language]
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]  # may not sign in any more

    memberships: Mapped[list[Membership]] = relationship(
        back_populates="account",
        order_by="Membership.id",
        cascade="all, delete-orphan",
    )
    passkeys: Mapped[list[Passkey]] = relationship(
        back_populates="account", order_by="Passkey.id", cascade="all, delete-orphan"
    )

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Return what this account may do, as it stands."""
        if self.closed_at is not None:
            return ()
        return tuple(membership.grant for membership in self.memberships)


class Membership(Base):
    """A role of an account, in the whole house or in a part of it."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint(
            "account_id", "role", "organisation_id", "venue_id", "event_id"
        ),
        CheckConstraint(
            "(CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN venue_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN event_id IS NULL THEN 0 ELSE 1 END) <= 1",
            name="one_scope",
        ),
        CheckConstraint(
            "role NOT IN ('administrator', 'manager') OR (organisation_id IS NULL"
            " AND venue_id IS NULL AND event_id IS NULL)",
            name="of_the_house",
        ),
    )

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE")
    )
    role: Mapped[Role]
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    given_at: Mapped[datetime]

    account: Mapped[Account] = relationship(back_populates="memberships")

    @property
    def grant(self) -> Grant:
        """Return it as the rules want it."""
        return Grant(self.role, self.organisation_id, self.venue_id, self.event_id)


class Passkey(Base):
    """A key that a device keeps (WebAuthn); the house keeps its public half."""

    __tablename__ = "passkey"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    name: Mapped[Name]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(back_populates="passkeys")


class SignInLink(Base):
    """A link by mail that signs in once, in the browser that asked for it."""

    __tablename__ = "sign_in_link"

    public_id: Mapped[PublicId]
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    browser: Mapped[str | None] = mapped_column(String(64))  # digest; None: any browser
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Stay(Base):
    """One browser that is signed in. Its cookie is a key; here is its digest."""

    __tablename__ = "stay"
    __table_args__ = (Index("ix_stay_seen_at", "seen_at"),)

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256, hex
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    agent: Mapped[Name] = mapped_column(default="")

    account: Mapped[Account] = relationship()
