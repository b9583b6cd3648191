"""Waiting lists for parties, reminders, bounces, leases, and who wants no letters.

Revision ID: 0003
Revises: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from festival.domain.addresses import limit_key
from festival.models import base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event", _required("asks_still_coming", sa.Boolean(), sa.false()))
    op.add_column("letter", _optional("bounced_at", base.UtcDateTime(timezone=True)))
    with op.batch_alter_table("rsvp") as batch:
        batch.add_column(_optional("limit_key", sa.String(length=254)))
        batch.add_column(_required("needs", sa.JSON(), "[]"))
        batch.add_column(_required("needs_note", sa.String(length=200), ""))
        batch.add_column(_optional("partner_id", sa.Integer()))
        batch.add_column(_required("holds_seat", sa.Boolean(), sa.true()))
        batch.add_column(_required("passed", sa.Integer(), "0"))
        batch.add_column(_required("rests", sa.Boolean(), sa.false()))
        batch.add_column(_optional("part_offered", sa.Integer()))
        batch.add_column(_required("wants_reminders", sa.Boolean(), sa.true()))
        batch.add_column(_required("letters_off", sa.Boolean(), sa.false()))
        batch.add_column(_required("proven", sa.Boolean(), sa.false()))
        batch.add_column(_optional("withdrawn_from", _status()))
        for name in (
            *("passed_at", "gave_way_at", "reminded_at"),
            *("asked_at", "asked_again_at", "still_coming_at"),
        ):
            batch.add_column(_optional(name, base.UtcDateTime(timezone=True)))
        batch.create_foreign_key(
            op.f("fk_rsvp_partner_id"), "organisation", ["partner_id"], ["id"]
        )
        batch.create_index(op.f("ix_rsvp_partner_id"), ["partner_id"])
        batch.create_index("ix_rsvp_limit", ["limit_key", "status"])
    _name_the_mailboxes()
    op.add_column("repeat", _optional("party_wanted", sa.Integer()))
    op.add_column(
        "repeat", _optional("still_coming_at", base.UtcDateTime(timezone=True))
    )
    op.add_column("repeat", _optional("withdrawn_from", _status()))
    op.execute(sa.text("UPDATE repeat SET party_wanted = party_size"))
    op.execute(sa.text("UPDATE rsvp SET proven = (status = 'confirmed')"))
    with op.batch_alter_table("repeat") as batch:
        batch.alter_column("party_wanted", nullable=False)
    op.create_table(
        "suppression",
        sa.Column("address_seal", sa.String(length=24), nullable=False),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("address_seal", name=op.f("uq_suppression_address_seal")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=22), nullable=False),
        sa.Column("until", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease")),
        sa.UniqueConstraint("name", name=op.f("uq_lease_name")),
    )
    op.create_table(
        "mailbox",
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("to_read", sa.Integer(), nullable=False),
        sa.Column("looked_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
    )


def _name_the_mailboxes() -> None:
    """Give each reply the mailbox that limits count."""
    rsvp = sa.table(
        "rsvp",
        sa.column("id", sa.Integer),
        sa.column("address_key", sa.String),
        sa.column("limit_key", sa.String),
    )
    known = sa.select(rsvp.c.id, rsvp.c.address_key).where(
        rsvp.c.address_key.is_not(None)
    )
    connection = op.get_bind()
    for number, key in connection.execute(known).all():
        named = rsvp.update().where(rsvp.c.id == number)
        connection.execute(named.values(limit_key=limit_key(key)))


def _required(name: str, kind: Any, default: Any) -> sa.Column[Any]:
    """Return a column that rows already there fill with *default*."""
    return sa.Column(name, kind, nullable=False, server_default=default)


def _status() -> sa.Enum:
    return sa.Enum(
        *("held", "confirmed", "waiting", "offered", "cancelled", "expired"),
        name="rsvpstatus",
        native_enum=False,
        length=20,
    )


def _optional(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)
