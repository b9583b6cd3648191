"""Competitions of their own, and the sources of what is told of the past.

Revision ID: 0002
Revises: 0001
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from festival.domain.words import fold
from festival.models import base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _fold_ligatures()
    for table in ("venue", "organisation", "event"):
        op.add_column(table, _required("sources", sa.JSON(), "[]"))
        op.add_column(table, _required("source_note", base.WordsJson(), "{}"))
    op.create_table(
        "competition",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", base.WordsJson(), nullable=False),
        sa.Column("description", base.WordsJson(), nullable=False),
        _required("sources", sa.JSON(), "[]"),
        _required("source_note", base.WordsJson(), "{}"),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competition")),
        sa.UniqueConstraint("slug", name=op.f("uq_competition_slug")),
    )
    op.add_column("match", _required("ground", base.WordsJson(), "{}"))
    op.add_column("match", _required("extra_time", sa.Boolean(), sa.false()))
    op.add_column("match", sa.Column("competition_id", sa.Integer(), nullable=True))
    _give_each_its_row()
    with op.batch_alter_table("match") as batch:
        batch.alter_column("competition_id", nullable=False)
        batch.drop_column("competition")
        batch.create_foreign_key(
            op.f("fk_match_competition_id"), "competition", ["competition_id"], ["id"]
        )
        batch.create_index(op.f("ix_match_competition_id"), ["competition_id"])


def _fold_ligatures() -> None:
    """Find "œuvre" by "oeuvre" from now on."""
    names = ("search_text", "sort_key")
    event = sa.table("event", *(sa.column(name, sa.String) for name in names))
    for letter, apart in (("œ", "oe"), ("æ", "ae")):
        folded = {name: sa.func.replace(event.c[name], letter, apart) for name in names}
        op.execute(event.update().values(folded))


def _required(name: str, kind: Any, default: Any) -> sa.Column[Any]:
    """Return a column that rows already there fill with *default*."""
    return sa.Column(name, kind, nullable=False, server_default=default)


def _give_each_its_row() -> None:
    """Turn the name each match carried into one row a competition."""
    match = sa.table(
        "match",
        sa.column("id", sa.Integer),
        sa.column("competition", base.WordsJson()),
        sa.column("competition_id", sa.Integer),
    )
    competition = sa.table(
        "competition",
        sa.column("id", sa.Integer),
        sa.column("slug", sa.String),
        *(sa.column(name, base.WordsJson()) for name in ("name", "description")),
        sa.column("sources", sa.JSON),
        sa.column("source_note", base.WordsJson()),
    )
    connection = op.get_bind()
    known: dict[object, int] = {}
    for match_id, name in connection.execute(
        sa.select(match.c.id, match.c.competition).order_by(match.c.id)
    ).all():
        if name not in known:
            known[name] = len(known) + 1
            said = fold(name.best("fr").text).replace(",", "").split()
            connection.execute(
                competition.insert().values(
                    id=known[name],
                    slug="-".join([*said, str(known[name])])[-80:],
                    name=name,
                    description=None,
                    sources=[],
                    source_note=None,
                )
            )
        connection.execute(
            match.update()
            .where(match.c.id == match_id)
            .values(competition_id=known[name])
        )
    if known and connection.dialect.name == "postgresql":
        connection.execute(
            sa.text("SELECT setval('competition_id_seq', :last)"), {"last": len(known)}
        )
