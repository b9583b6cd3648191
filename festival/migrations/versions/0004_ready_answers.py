"""Calendar entries ready for feeds, personal calendars, and the clock's next instants.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from festival.models import base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_event_agenda", "event")
    op.drop_index(op.f("ix_event_super_event_id"), "event")
    op.create_index("ix_event_agenda", "event", ["listed", "starts_at"])
    op.create_index("ix_event_coming", "event", ["listed", "ends_at", "starts_at"])
    op.create_index(
        "ix_event_programme", "event", ["super_event_id", "listed", "starts_at"]
    )
    op.create_index(op.f("ix_event_ends_at"), "event", ["ends_at"])
    op.create_index(op.f("ix_event_replies_open_at"), "event", ["replies_open_at"])
    op.create_index(op.f("ix_event_replies_close_at"), "event", ["replies_close_at"])
    op.add_column(
        "edition",
        sa.Column("mark", sa.String(length=12), nullable=False, server_default=""),
    )
    op.add_column(
        "rsvp", sa.Column("stood_at", base.UtcDateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "calendar_entry",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("revised_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("stamp", sa.String(length=16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["event.id"],
            name=op.f("fk_calendar_entry_event_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_entry")),
        sa.UniqueConstraint(
            "event_id", "language", name=op.f("uq_calendar_entry_event_id_language")
        ),
    )
    op.create_table(
        "personal_calendar",
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("address_key", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("made_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_calendar")),
        sa.UniqueConstraint("public_id", name=op.f("uq_personal_calendar_public_id")),
    )
    op.create_index(
        op.f("ix_personal_calendar_address_key"), "personal_calendar", ["address_key"]
    )
