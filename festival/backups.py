"""Copies of the SQLite database: made whole, checked before they count, put back.

Copying the file while somebody writes gives a malformed one; so a copy is made by
SQLite's own backup, in one step, of one instant. Nothing here knows Flask.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from festival.database import Gate

STAMP: Final = "%Y%m%d-%H%M%S"  # UTC
PRIVATE: Final = 0o600
# The bytes on which SQLite locks whoever has the file open in WAL mode.
SHARED: Final = (510, 0x40000000 + 2)  # how many, from where


class Unsound(Exception):
    """A copy that must not be relied on, or a database that cannot be copied."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A database in one file that was opened, checked and counted."""

    path: Path
    rows: dict[str, int]  # by table
    revision: str  # of its last migration

    @property
    def summary(self) -> str:
        """Say what is in it."""
        told = ", ".join(f"{n} {name}" for name, n in self.rows.items() if n)
        return f"{sum(self.rows.values())} rows ({told})"


def backup(live: Path, folder: Path, *, now: datetime) -> Copy:
    """Copy *live* into *folder* while others write; the copy has its name last.

    Raises:
        Unsound: the copy is not what was copied, or there is nothing to copy.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{live.stem}-{now.astimezone(UTC):{STAMP}}.sqlite"
    draft = path.with_suffix(".partial")
    if path.exists():
        raise Unsound(f"{path} is there already.")
    with _draft(draft):
        with closing(_opened(live)) as source, closing(_opened(draft)) as target:
            source.execute("PRAGMA query_only=ON")
            source.execute("BEGIN")  # the rows counted are the rows copied
            rows = _rows(source)
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside
        _keep(draft)
        copy = check(draft)
        if copy.rows != rows:
            raise Unsound(f"{path} would not hold what {live} holds.")
        draft.replace(path)
        _keep(folder)
    return Copy(path, copy.rows, copy.revision)


def check(path: Path) -> Copy:
    """Open *path*, ask the database whether it is sound, and count its rows.

    Raises:
        Unsound: it is not, or it is none of ours.
    """
    try:
        with closing(_opened(path)) as database:
            database.execute("PRAGMA query_only=ON")
            database.execute("BEGIN")
            verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise Unsound(f"{path} is damaged: {verdict}.")
            if database.execute("PRAGMA foreign_key_check").fetchall():
                raise Unsound(f"{path} has rows that belong to none.")
            known = database.execute("SELECT version_num FROM alembic_version")
            (revision,) = known.fetchone()
            return Copy(path, _rows(database), str(revision))
    except (sqlite3.DatabaseError, TypeError) as error:
        raise Unsound(f"{path} is no database of ours: {error}.") from error


def forget_older(
    live: Path, folder: Path, keep: timedelta, *, now: datetime
) -> list[Path]:
    """Remove the copies of *live* in *folder* that are older than *keep*."""
    oldest = f"{now.astimezone(UTC) - keep:{STAMP}}"
    ours = re.compile(rf"{re.escape(live.stem)}-(\d{{8}}-\d{{6}})\.(?:sqlite|partial)")
    gone = []
    for path in sorted(folder.iterdir()):
        found = ours.fullmatch(path.name)
        if found and found[1] < oldest:
            path.unlink()
            gone.append(path)
    return gone


@contextmanager
def alone_with(live: Path) -> Iterator[None]:
    """Keep everybody else out of *live* meanwhile.

    Raises:
        Unsound: a server has it open.
    """
    gate = Gate(Path(f"{live}.gate"))
    gate.enter()
    try:
        if not live.exists():
            yield
            return
        with suppress(sqlite3.DatabaseError), closing(_opened(live)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # all in one file
        # Closing any handle of a file drops a process's locks on it: open it last.
        handle = os.open(live, os.O_RDWR)
        try:
            try:
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, *SHARED)
            except OSError:
                raise Unsound(
                    f"{live} is in use. Stop the server and its relays, then say "
                    "this once more."
                ) from None
            yield
        finally:
            os.close(handle)
    finally:
        gate.leave()


@contextmanager
def draft_of(copy: Path, live: Path) -> Iterator[Path]:
    """Lay a duplicate of *copy* beside *live*, to be worked on; remove it in the end.

    Raises:
        Unsound: *copy* is.
    """
    check(copy)
    draft = live.with_name(f".{live.name}.restoring")
    with _draft(draft):
        for tail in ("", "-wal"):
            if Path(f"{copy}{tail}").exists():
                shutil.copyfile(f"{copy}{tail}", f"{draft}{tail}")
        yield draft


def take_its_place(draft: Path, live: Path, *, now: datetime) -> Path | None:
    """Put *draft* where *live* is, and return where that one lies now.

    Call it ``alone_with`` *live*. At each instant one of the two has the name.

    Raises:
        Unsound: *draft* is; nothing was replaced.
    """
    with closing(_opened(draft)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
    check(draft)
    _keep(draft)
    replaced = None
    if live.exists():
        stamp = f"{now.astimezone(UTC):{STAMP}}"
        replaced = live.with_name(f"{live.stem}-replaced-{stamp}{live.suffix}")
        os.link(live, replaced)
        for tail in ("-wal", "-shm"):  # left only by a database that is damaged
            if Path(f"{live}{tail}").exists():
                Path(f"{live}{tail}").replace(f"{replaced}{tail}")
    draft.replace(live)
    _keep(live.parent)
    return replaced


def lay(text: str, there: Path) -> None:
    """Write a small file whole or not at all, for our eyes alone."""
    draft = there.with_name(f"{there.name}.partial")
    with _draft(draft):
        draft.write_text(text, encoding="ascii")
        _keep(draft)
        draft.replace(there)


def _opened(path: Path) -> sqlite3.Connection:
    """Open a file that is there, to say BEGIN ourselves."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None
    )


def _rows(database: sqlite3.Connection) -> dict[str, int]:
    tables = database.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' "
        "AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    return {
        name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  # a name of the schema's own
        for (name,) in tables
    }


@contextmanager
def _draft(path: Path) -> Iterator[None]:
    """Make *path*, for our eyes alone; whatever is left of it goes in the end."""
    leavings = [
        Path(f"{path}{tail}")
        for tail in ("", "-wal", "-shm", "-journal", ".gate", ".next")
    ]
    for leaving in leavings:
        leaving.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    try:
        yield
    finally:
        for leaving in leavings:
            leaving.unlink(missing_ok=True)


def _keep(path: Path) -> None:
    """Have the disk hold *path*, file or folder, before anything else is said."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
