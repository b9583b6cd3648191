"""What was taken in from spreadsheets, so that it can be undone for a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from festival.models.base import Base, Name, PublicId


class Intake(Base):
    """A programme or a fixture list, as it was read, checked and taken in."""

    __tablename__ = "intake"

    public_id: Mapped[PublicId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # "programme" or "fixtures"
    super_event_id: Mapped[int | None] = mapped_column(
        ForeignKey("event.id"), index=True
    )
    name: Mapped[Name]  # of the file
    read_at: Mapped[datetime]
    rows: Mapped[dict[str, Any]]  # what was read, and what is to become of each line
    taken_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    made: Mapped[dict[str, Any]] = mapped_column(default=dict)  # ids; what was before
