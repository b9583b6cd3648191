"""Remember of each reply whether its entry was taken away, and if it is to be proved.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "rsvp",
        sa.Column("uninvited", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    for table in ("rsvp", "repeat"):
        op.add_column(
            table,
            sa.Column(
                "to_prove", sa.Boolean(), server_default=sa.false(), nullable=False
            ),
        )
    op.execute(
        """
        UPDATE rsvp SET uninvited = TRUE
        WHERE letter_sequence >= 0 AND (
            status <> 'confirmed' OR event_id IN (
                SELECT id FROM event WHERE status <> 'scheduled'
            )
        )
        """
    )
