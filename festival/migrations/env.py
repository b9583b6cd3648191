"""Where migrations run: both databases, data in the tables."""

from __future__ import annotations

from alembic import context
from flask import current_app

from festival.extensions import db
from festival.models.base import Base


def run() -> None:
    """Run migrations on the app's own engine, each database in its own way.

    SQLite rebuilds a table to alter it; with foreign keys on, dropping the old one
    would delete every child row (ON DELETE CASCADE). So they are off while it runs,
    and checked before the commit.
    """
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        raw = connection.connection.dbapi_connection
        if sqlite and raw:
            raw.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    message = f"foreign keys broken by a migration: {broken}"
                    raise RuntimeError(message)
        if sqlite and raw:
            raw.execute("PRAGMA foreign_keys=ON")


if current_app:
    run()
