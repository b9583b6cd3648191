"""``flask festival backup``, ``verify`` and ``restore``."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
from sqlalchemy import make_url

from festival import backups, clock, database, editions, migrations
from festival.domain.errors import TooBusy
from festival.extensions import current_settings, db
from festival.services import erasures, retention
from festival.services.erasures import Erasure

KEPT: Final = 30  # days
GUESTS: Final = 200  # erased in one transaction


def add_to(group: click.Group) -> None:
    """Add the commands to *group*."""
    for command in (backup, verify, restore):
        group.add_command(command)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=KEPT,
    show_default=True,
    help="Days after which older copies in FOLDER are removed.",
)
def backup(folder: Path | None, keep: int) -> None:
    """Copy the database into FOLDER (backups, in the instance folder).

    The site goes on meanwhile. The copy is opened and checked before it gets its
    name. FOLDER should lie, or be copied, on another machine, and be encrypted there.
    """
    live, now = _sqlite("pg_dump --format=custom"), clock.now()
    folder = folder or current_settings().instance / "backups"
    try:
        copy = backups.backup(live, folder, now=now)
    except (backups.Unsound, OSError) as trouble:
        raise click.ClickException(f"No backup was made: {trouble}") from trouble
    _lay_log_into(folder)
    for path in backups.forget_older(live, folder, timedelta(days=keep), now=now):
        click.echo(f"Removed {path.name}: older than {keep} days.")
    click.echo(f"Done. {copy.path}: {copy.summary}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
def verify(file: Path | None) -> None:
    """Say whether FILE, or else the database in use, is sound."""
    path = file or _sqlite("pg_amcheck")
    try:
        copy = backups.check(path)
    except backups.Unsound as trouble:
        raise click.ClickException(str(trouble)) from trouble
    click.echo(f"Sound. {copy.path}, version {copy.revision}: {copy.summary}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--only-erasures",
    is_flag=True,
    help="Restore nothing; erase again, in the database in use, what was erased. "
    "For a PostgreSQL that was restored by its own tools.",
)
def restore(file: Path | None, only_erasures: bool) -> None:  # noqa: FBT001
    """Put the backup FILE in the place of the database; stop the server first.

    Works on a duplicate of FILE: brings it to this version, erases again whoever was
    erased since, and only then lets it take the database's place. The replaced one
    stays beside it.
    """
    ours = current_settings().instance / erasures.LOG
    known = list(erasures.written(ours))
    if only_erasures:
        click.echo(f"Done. Erased again: {_forget(known)}.")
        return
    if file is None:
        raise click.UsageError("Name the FILE to restore, or --only-erasures.")
    live, now = _sqlite("pg_restore"), clock.now()
    log = erasures.union(known, erasures.written(file.parent / erasures.LOG))
    db.session.remove()
    db.engine.dispose()
    try:
        with backups.alone_with(live), backups.draft_of(file, live) as draft:
            again = _bring_forward(draft, log)
            if new := [line for line in log if line not in known]:
                erasures.append(ours, new)  # on a new machine: else the next knows less
            replaced = backups.take_its_place(draft, live, now=now)
    except (backups.Unsound, TooBusy, OSError) as trouble:
        raise click.ClickException(f"Nothing was replaced: {trouble}") from trouble
    copy = backups.check(live)
    if replaced:
        click.echo(f"The replaced database: {replaced}. Delete it when all is well.")
    click.echo(f"Done. {live}: {copy.summary}. Erased again: {again}.")


def _sqlite(instead: str) -> Path:
    """Return the file of the database, or say what to do where it is none."""
    url = make_url(current_settings().database_url)
    if url.get_backend_name() == "sqlite":
        return Path(str(url.database))
    raise click.ClickException(
        f"This database is PostgreSQL: use its own tools ({instead}). Keep "
        f"{erasures.LOG} of the instance folder with each dump, and after restoring "
        "one run `flask festival migrate` and `flask festival restore --only-erasures`."
    )


def _bring_forward(draft: Path, log: list[Erasure]) -> int:
    """Make of *draft* what this version needs, without who was erased since."""
    from festival import create_app  # noqa: PLC0415

    if not migrations.knows(backups.check(draft).revision):
        raise backups.Unsound(
            "the backup is of a newer version. Install that version first."
        )
    settings = dataclasses.replace(
        current_settings(), DATABASE_URL=f"sqlite:///{draft}"
    )
    with create_app(settings).app_context():
        try:
            migrations.upgrade()
            return _forget(log)
        finally:
            db.session.remove()
            db.engine.dispose()


def _forget(log: list[Erasure]) -> int:
    """Erase again, in the current app's database, who was erased, and who is due."""
    now = clock.now()
    again = retention.forget_again(log, now=now)
    editions.renew()
    db.session.commit()
    while retention.tidy(now, at_most=GUESTS) == GUESTS:
        db.session.commit()
    db.session.commit()
    database.scrub(db.engine)
    return again


def _lay_log_into(folder: Path) -> None:
    """Lay the log of erasures beside the copies: a new machine needs both.

    What lies there stays in it, whatever this machine knows of.
    """
    there = folder / erasures.LOG
    logs = (current_settings().instance / erasures.LOG, there)
    if log := erasures.union(*map(erasures.written, logs)):
        backups.lay("".join(f"{line}\n" for line in log), there)
