"""How the two databases are opened and begun.

Questions (GET, HEAD, OPTIONS) begin read-only, so that "GET never writes" is held by
the database itself. Deeds begin with the writer's right in hand: on SQLite BEGIN
IMMEDIATE behind the gate, on PostgreSQL with short limits on every wait.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import ConnectionPoolEntry

from festival.domain.errors import TooBusy
from festival.models.base import Base

GATE_SECONDS = 10.0
LOOKS = 0.001  # seconds between two looks of who waits at the gate
CONNECT_SECONDS = 5
BUSY_MILLISECONDS = 15_000
SCRUB_MILLISECONDS = 500  # others wait meanwhile
LOCK_MILLISECONDS = 3_000
STATEMENT_MILLISECONDS = 15_000

_reading: ContextVar[bool] = ContextVar("reading", default=False)


@contextmanager
def reading(*, only: bool = True) -> Iterator[None]:
    """Begin every transaction inside read-only; ``only=False`` lifts it again."""
    token = _reading.set(only)
    try:
        yield
    finally:
        _reading.reset(token)


class Gate:
    """One writer at a time to a SQLite file, over threads and processes, fairly.

    SQLite's own busy handler sleeps and starves; this queue gave two to five times
    the rate. Who is *next* holds a lock of its own, or a busy process would hand the
    gate from thread to thread, and one that looks now and then never find it open.
    Both files are opened anew in each process, after the fork.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open_here()
        os.register_at_fork(after_in_child=self._open_here)

    def _open_here(self) -> None:
        self._threads = threading.Lock()
        self._files: tuple[int, int] | None = None  # of the gate, and of who is next

    def enter(self) -> None:
        """Wait for our turn to write.

        Raises:
            TooBusy: it was not ours within ten seconds.
        """
        deadline = time.monotonic() + GATE_SECONDS
        if not self._threads.acquire(timeout=GATE_SECONDS):
            raise TooBusy
        try:
            if self._files is None:
                names = (self._path, self._path.with_suffix(".next"))
                gate, next_ = (os.open(n, os.O_CREAT | os.O_RDWR, 0o600) for n in names)
                self._files = gate, next_
            gate, next_ = self._files
            _locked(next_, deadline)
            try:
                _locked(gate, deadline)
            finally:
                fcntl.flock(next_, fcntl.LOCK_UN)
        except BaseException:
            self._threads.release()
            raise

    def leave(self) -> None:
        """Let the next writer in."""
        if self._files is not None:
            fcntl.flock(self._files[0], fcntl.LOCK_UN)
        self._threads.release()


def _locked(file: int, deadline: float) -> None:
    pause = 0.0002
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TooBusy from None
            time.sleep(pause)
            pause = min(pause * 1.5, LOOKS)


def engine_options(url: str) -> dict[str, Any]:
    """Return what the engine for *url* is made with."""
    if url.startswith("sqlite"):
        return {
            "hide_parameters": True,  # guests' data has no place in a log
            "pool_timeout": GATE_SECONDS,
            "connect_args": {"timeout": BUSY_MILLISECONDS / 1000},
        }
    waits = (
        f"-c lock_timeout={LOCK_MILLISECONDS} "
        f"-c statement_timeout={STATEMENT_MILLISECONDS}"
    )
    return {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 10,
        "pool_timeout": GATE_SECONDS,
        "connect_args": {"options": waits, "connect_timeout": CONNECT_SECONDS},
    }


def prepare(engine: Engine) -> None:
    """Teach *engine* how its transactions begin."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _prepare_postgresql(engine)


def scrub(engine: Engine) -> bool:
    """Have the database's files hold no more of what was erased; say whether they do.

    SQLite overwrites what it deletes (``secure_delete``). But where a page was split
    a scrap may stay in the gap (6 of 7,920 addresses, measured), so the file is
    written anew, 0.6 s for 100 MB, while others wait to write; and its -wal, which
    keeps the pages of before, is emptied, unless somebody reads just then.

    PostgreSQL frees the space (VACUUM) and overwrites it when it needs it again; what
    its own write-ahead log and backups hold lasts as long as they are kept.
    """
    if engine.dialect.name == "sqlite":
        return _scrub_sqlite(engine)
    alone = engine.execution_options(isolation_level="AUTOCOMMIT")
    with reading(only=False), alone.connect() as connection:
        connection.exec_driver_sql(
            "VACUUM rsvp, repeat, letter, suppression, personal_calendar"
        )
    return True


def _scrub_sqlite(engine: Engine) -> bool:
    path = str(engine.url.database)
    gate = _gate(path)
    gate.enter()
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.execute(f"PRAGMA busy_timeout={SCRUB_MILLISECONDS}")
            file.execute("PRAGMA secure_delete=ON")
            file.execute("VACUUM")
            blocked, _, _ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not blocked
    except sqlite3.OperationalError as error:
        if "locked" in str(error):  # somebody reads: another time
            return False
        raise
    finally:
        gate.leave()


@cache
def _gate(database: str) -> Gate:
    return Gate(Path(f"{database}.gate"))


def _prepare_sqlite(engine: Engine) -> None:
    gate = _gate(str(engine.url.database))

    @event.listens_for(engine, "connect")
    def open_file(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if _reading.get():
            connection.exec_driver_sql("PRAGMA query_only=ON")
            connection.exec_driver_sql("BEGIN")
            return
        if not connection.info.get("in_gate"):
            gate.enter()
            connection.info["in_gate"] = True
        connection.exec_driver_sql("PRAGMA query_only=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    # The gate opens when the connection goes back: the commit is behind us then.
    @event.listens_for(engine, "checkin")
    def done(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if entry.info.pop("in_gate", False):
            gate.leave()


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if _reading.get():
            connection.exec_driver_sql(  # a page is of one instant, all of it
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
            )


def insert_into(table: type[Base], engine: Engine) -> Any:
    """Return an INSERT that may meet a row that is there: ``on_conflict_do_…``.

    Both databases have it, each in a module of its own; the other's is never loaded.
    """
    module = import_module(f"sqlalchemy.dialects.{engine.dialect.name}")
    return module.insert(table)


def is_busy(error: OperationalError | NoConnection) -> bool:
    """Say whether *error* means that a connection or a lock was not ours in time."""
    if isinstance(error, NoConnection):
        return True
    trouble = type(error.orig).__name__
    return "locked" in str(error.orig) or trouble in {
        "ConnectionTimeout",
        "DeadlockDetected",
        "LockNotAvailable",
        "QueryCanceled",
        "TooManyConnections",
    }
