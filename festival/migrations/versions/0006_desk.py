"""Accounts and roles, what the desk knows of an event, and what was taken in.

Revision ID: 0006
Revises: 0005
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from festival.models import base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("set_up_minutes", "clear_up_minutes"):
        op.add_column("event", _filled(name, sa.Integer(), "0"))
    for name in ("opened_by", "closed_by"):
        op.add_column("event", _filled(name, sa.String(length=200), ""))
    for name in ("equipment", "internal_note"):
        op.add_column("event", _filled(name, sa.Text(), ""))
    for name in ("open_from", "open_until"):
        op.add_column("venue", sa.Column(name, sa.Time(), nullable=True))
    op.create_index("ix_log_entry_actor", "log_entry", ["actor", "at"])
    _accounts()
    _desk()


def _accounts() -> None:
    _table(
        "account",
        _text("public_id", 12),
        _text("name", 200),
        _text("address", 254),
        _text("address_key", 254),
        _text("language", 35),
        _instant("made_at"),
        _instant("seen_at", nullable=True),
        _instant("closed_at", nullable=True),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_public_id")),
        sa.UniqueConstraint("address_key", name=op.f("uq_account_address_key")),
    )
    _table(
        "membership",
        _number("account_id"),
        _text("role", 20),
        _number("organisation_id", nullable=True),
        _number("venue_id", nullable=True),
        _number("event_id", nullable=True),
        _instant("given_at"),
        sa.UniqueConstraint(
            *("account_id", "role", "organisation_id", "venue_id", "event_id"),
            name=op.f(
                "uq_membership_account_id_role_organisation_id_venue_id_event_id"
            ),
        ),
        sa.CheckConstraint(
            "(CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN venue_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN event_id IS NULL THEN 0 ELSE 1 END) <= 1",
            name=op.f("ck_membership_one_scope"),
        ),
        sa.CheckConstraint(
            "role NOT IN ('administrator', 'manager') OR (organisation_id IS NULL"
            " AND venue_id IS NULL AND event_id IS NULL)",
            name=op.f("ck_membership_of_the_house"),
        ),
        _key("membership", "account", goes_with_it=True),
        _key("membership", "organisation"),
        _key("membership", "venue"),
        _key("membership", "event"),
    )
    for name in ("organisation_id", "venue_id", "event_id"):
        _index("membership", name)
    _table(
        "passkey",
        _number("account_id"),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        _number("sign_count"),
        _text("name", 200),
        _instant("made_at"),
        _instant("used_at", nullable=True),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        _key("passkey", "account", goes_with_it=True),
    )
    _index("passkey", "account_id")
    _table(
        "sign_in_link",
        _text("public_id", 12),
        _number("account_id"),
        _text("browser", 64, nullable=True),
        _instant("asked_at"),
        _instant("until"),
        _instant("used_at", nullable=True),
        sa.UniqueConstraint("public_id", name=op.f("uq_sign_in_link_public_id")),
        _key("sign_in_link", "account", goes_with_it=True),
    )
    _index("sign_in_link", "account_id")
    _table(
        "stay",
        _number("account_id"),
        _text("digest", 64),
        _instant("began_at"),
        _instant("seen_at"),
        _text("agent", 200),
        sa.UniqueConstraint("digest", name=op.f("uq_stay_digest")),
        _key("stay", "account", goes_with_it=True),
    )
    _index("stay", "account_id")
    _index("stay", "seen_at")


def _desk() -> None:
    _table(
        "intake",
        _text("public_id", 12),
        _number("account_id"),
        _text("kind", 20),
        _number("super_event_id", nullable=True),
        _text("name", 200),
        _instant("read_at"),
        sa.Column("rows", sa.JSON(), nullable=False),
        _instant("taken_at", nullable=True),
        _instant("undone_at", nullable=True),
        sa.Column("made", sa.JSON(), nullable=False),
        sa.UniqueConstraint("public_id", name=op.f("uq_intake_public_id")),
        _key("intake", "account"),
        sa.ForeignKeyConstraint(
            ["super_event_id"], ["event.id"], name=op.f("fk_intake_super_event_id")
        ),
    )
    _index("intake", "account_id")
    _index("intake", "super_event_id")
    _table(
        "picture",
        _number("event_id"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("media_type", 40),
        _number("width"),
        _number("height"),
        sa.Column("words", base.WordsJson(), nullable=False),
        _text("credit", 200),
        _text("digest", 16),
        sa.UniqueConstraint("event_id", name=op.f("uq_picture_event_id")),
        _key("picture", "event", goes_with_it=True),
    )
    _table(
        "plan",
        _number("event_id"),
        _instant("starts_at"),
        _instant("ends_at"),
        _number("venue_id", nullable=True),
        _number("space_id", nullable=True),
        _instant("planned_at"),
        sa.UniqueConstraint("event_id", name=op.f("uq_plan_event_id")),
        sa.CheckConstraint(
            "ends_at > starts_at", name=op.f("ck_plan_ends_after_it_starts")
        ),
        _key("plan", "event", goes_with_it=True),
        _key("plan", "venue"),
        _key("plan", "space"),
    )
    _index("plan", "venue_id")
    _index("plan", "space_id")


def _table(name: str, *parts: Any) -> None:
    number = sa.Column("id", sa.Integer(), nullable=False)
    key = sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}"))
    op.create_table(name, *parts, number, key)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, base.UtcDateTime(timezone=True), nullable=nullable)


def _filled(name: str, kind: Any, default: str) -> sa.Column[Any]:
    """Return a column that rows already there fill with *default*."""
    return sa.Column(name, kind, nullable=False, server_default=default)


def _key(
    table: str, other: str, *, goes_with_it: bool = False
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{other}_id"],
        [f"{other}.id"],
        name=op.f(f"fk_{table}_{other}_id"),
        ondelete="CASCADE" if goes_with_it else None,
    )


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
