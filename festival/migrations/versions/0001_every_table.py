"""Every table of the house.

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op

from festival.models import base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edition",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("moved_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
    )
    op.create_table(
        "log_entry",
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("deed", sa.String(length=40), nullable=False),
        sa.Column("thing", sa.String(length=40), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entry")),
    )
    op.create_index(op.f("ix_log_entry_at"), "log_entry", ["at"], unique=False)
    op.create_index(
        "ix_log_entry_thing", "log_entry", ["thing", "thing_id"], unique=False
    )
    op.create_table(
        "organisation",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", base.WordsJson(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("website", sa.String(length=2000), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_slug")),
    )
    op.create_table(
        "series",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", base.WordsJson(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("slug", name=op.f("uq_series_slug")),
    )
    op.create_table(
        "venue",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", base.WordsJson(), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("how_to_come", base.WordsJson(), nullable=False),
        sa.Column("opening_hours", base.WordsJson(), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("occupied_from", sa.Date(), nullable=True),
        sa.Column("occupied_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
        sa.UniqueConstraint("slug", name=op.f("uq_venue_slug")),
    )
    op.create_table(
        "space",
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", base.WordsJson(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("step_free", sa.Boolean(), nullable=True),
        sa.Column("accessible_toilet", sa.Boolean(), nullable=True),
        sa.Column("hearing_loop", sa.Boolean(), nullable=True),
        sa.Column("quiet_place", sa.Boolean(), nullable=True),
        sa.Column("door_width", sa.Integer(), nullable=True),
        sa.Column("access_note", base.WordsJson(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "capacity >= 0", name=op.f("ck_space_capacity_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venue.id"], name=op.f("fk_space_venue_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space")),
        sa.UniqueConstraint("venue_id", "slug", name=op.f("uq_space_venue_id_slug")),
    )
    op.create_index(op.f("ix_space_venue_id"), "space", ["venue_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("super_event_id", sa.Integer(), nullable=True),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("name", base.WordsJson(), nullable=False),
        sa.Column("summary", base.WordsJson(), nullable=False),
        sa.Column("description", base.WordsJson(), nullable=False),
        sa.Column("sort_key", sa.String(length=200), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "proposed",
                "scheduled",
                "postponed",
                "cancelled",
                name="eventstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", base.WordsJson(), nullable=False),
        sa.Column("previous_starts_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("revised_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("starts_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("doors_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("online_link", sa.String(length=2000), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column(
            "reply_policy",
            sa.Enum(
                "none",
                "open",
                "mail",
                "elsewhere",
                name="replypolicy",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("reply_link", sa.String(length=2000), nullable=False),
        sa.Column("replies_open_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("replies_close_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("largest_party", sa.Integer(), nullable=False),
        sa.Column("keeps_waiting_list", sa.Boolean(), nullable=False),
        sa.Column("question", base.WordsJson(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("discreet", sa.Boolean(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("access", sa.JSON(), nullable=False),
        sa.Column("access_note", base.WordsJson(), nullable=False),
        sa.Column("age_note", base.WordsJson(), nullable=False),
        sa.Column("price_note", base.WordsJson(), nullable=False),
        sa.Column("bring_note", base.WordsJson(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "capacity >= 0", name=op.f("ck_event_capacity_not_negative")
        ),
        sa.CheckConstraint(
            "ends_at > starts_at", name=op.f("ck_event_ends_after_it_starts")
        ),
        sa.CheckConstraint(
            "largest_party BETWEEN 1 AND 50", name=op.f("ck_event_party_bounded")
        ),
        sa.CheckConstraint(
            "super_event_id <> id", name=op.f("ck_event_not_its_own_part")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_event_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("fk_event_space_id")
        ),
        sa.ForeignKeyConstraint(
            ["super_event_id"], ["event.id"], name=op.f("fk_event_super_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venue.id"], name=op.f("fk_event_venue_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("slug", name=op.f("uq_event_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_event_uid")),
    )
    op.create_index(
        "ix_event_agenda", "event", ["listed", "status", "starts_at"], unique=False
    )
    op.create_index(op.f("ix_event_series_id"), "event", ["series_id"], unique=False)
    op.create_index(op.f("ix_event_space_id"), "event", ["space_id"], unique=False)
    op.create_index("ix_event_starts_at", "event", ["starts_at"], unique=False)
    op.create_index(
        op.f("ix_event_super_event_id"), "event", ["super_event_id"], unique=False
    )
    op.create_index(op.f("ix_event_venue_id"), "event", ["venue_id"], unique=False)
    op.create_table(
        "match",
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("competition", base.WordsJson(), nullable=False),
        sa.Column("stage", base.WordsJson(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("home_team", base.WordsJson(), nullable=False),
        sa.Column("away_team", base.WordsJson(), nullable=False),
        sa.Column("home_from", sa.JSON(), nullable=False),
        sa.Column("away_from", sa.JSON(), nullable=False),
        sa.Column("kicks_off_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("home_score", sa.Integer(), nullable=True),
        sa.Column("away_score", sa.Integer(), nullable=True),
        sa.Column("home_penalties", sa.Integer(), nullable=True),
        sa.Column("away_penalties", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_match_event_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
        sa.UniqueConstraint("event_id", name=op.f("uq_match_event_id")),
    )
    op.create_table(
        "partnership",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_partnership_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_partnership_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership")),
        sa.UniqueConstraint(
            "event_id",
            "organisation_id",
            "role",
            name=op.f("uq_partnership_event_id_organisation_id_role"),
        ),
    )
    op.create_index(
        op.f("ix_partnership_organisation_id"),
        "partnership",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "rsvp",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("door_code", sa.String(length=6), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "held",
                "confirmed",
                "waiting",
                "offered",
                "cancelled",
                "expired",
                name="rsvpstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("address_key", sa.String(length=254), nullable=True),
        sa.Column("party_size", sa.Integer(), nullable=False),
        sa.Column("party_wanted", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("replied_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ranked_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("held_until", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("erased_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("letter_sequence", sa.Integer(), nullable=False),
        sa.Column("retry_key", sa.String(length=24), nullable=True),
        sa.Column("network_key", sa.String(length=24), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("party_size >= 1", name=op.f("ck_rsvp_party_has_someone")),
        sa.CheckConstraint(
            "party_wanted >= party_size", name=op.f("ck_rsvp_wants_what_it_holds")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_rsvp_event_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rsvp")),
        sa.UniqueConstraint(
            "event_id", "address_key", name=op.f("uq_rsvp_event_id_address_key")
        ),
        sa.UniqueConstraint(
            "event_id", "door_code", name=op.f("uq_rsvp_event_id_door_code")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_rsvp_public_id")),
    )
    op.create_index(op.f("ix_rsvp_address_key"), "rsvp", ["address_key"], unique=False)
    op.create_index(
        "ix_rsvp_network",
        "rsvp",
        ["event_id", "network_key", "replied_at"],
        unique=False,
    )
    op.create_index(
        "ix_rsvp_queue", "rsvp", ["event_id", "status", "ranked_at"], unique=False
    )
    op.create_table(
        "letter",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("limit_key", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("rsvp_id", sa.Integer(), nullable=True),
        sa.Column("posted_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "sent",
                "kept",
                "failed",
                "parked",
                "superseded",
                name="letterstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("final_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=22), nullable=True),
        sa.Column("leased_until", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_letter_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["rsvp_id"], ["rsvp.id"], name=op.f("fk_letter_rsvp_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letter_message_id")),
    )
    op.create_index("ix_letter_due", "letter", ["status", "due_at"], unique=False)
    op.create_index(op.f("ix_letter_event_id"), "letter", ["event_id"], unique=False)
    op.create_index(
        "ix_letter_limit", "letter", ["limit_key", "posted_at"], unique=False
    )
    op.create_index(op.f("ix_letter_rsvp_id"), "letter", ["rsvp_id"], unique=False)
    op.create_table(
        "repeat",
        sa.Column("rsvp_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("door_code", sa.String(length=6), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "held",
                "confirmed",
                "waiting",
                "offered",
                "cancelled",
                "expired",
                name="rsvpstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("party_size", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("replied_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ranked_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("held_until", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("retry_key", sa.String(length=24), nullable=True),
        sa.Column("network_key", sa.String(length=24), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_repeat_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["rsvp_id"], ["rsvp.id"], name=op.f("fk_repeat_rsvp_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repeat")),
        sa.UniqueConstraint(
            "event_id", "door_code", name=op.f("uq_repeat_event_id_door_code")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_repeat_public_id")),
    )
    op.create_index(
        "ix_repeat_network",
        "repeat",
        ["event_id", "network_key", "replied_at"],
        unique=False,
    )
    op.create_index(op.f("ix_repeat_rsvp_id"), "repeat", ["rsvp_id"], unique=False)
