"""``flask festival …``: what is done from a console. Each command commits, visibly."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_babel import force_locale
from sqlalchemy.exc import NoResultFound

from festival import backup_commands, clock, database, migrations, wording
from festival.config import MAILBOX
from festival.domain.errors import FestivalError
from festival.domain.words import Words
from festival.extensions import current_settings, db
from festival.models.events import Event
from festival.queries import agenda
from festival.services import accounts, events

festival = AppGroup("festival", help="The agenda and RSVP desk of a civic place.")


def init_app(app: Flask) -> None:
    """Add the commands to *app*."""
    backup_commands.add_to(festival)
    app.cli.add_command(festival)


@festival.command()
def migrate() -> None:
    """Bring the database to this version."""
    migrations.upgrade()
    click.echo("The database is up to date.")


@festival.command()
@click.argument("message")
def migration(message: str) -> None:
    """Write the migration that the models ask for; MESSAGE names it."""
    migrations.write(message)


@festival.command()
def seed() -> None:
    """Bring the database up to date, and load the demonstration if need be."""
    from festival import demo  # noqa: PLC0415

    if not current_settings().DEMO:
        raise click.ClickException(
            "The demonstration is loaded only where FESTIVAL_DEMO=1 is set."
        )
    migrations.upgrade()
    sentence = demo.seed(now=clock.now())
    db.session.commit()
    click.echo(sentence)


@festival.command()
@click.argument("number", type=int, required=False)
@click.option("--raw", is_flag=True, help="The file as it is, headers and parts.")
def letters(number: int | None, raw: bool) -> None:  # noqa: FBT001
    """List the letters that were kept as files, or show the one with NUMBER."""
    from festival.mail import kept  # noqa: PLC0415

    if number is None:
        click.echo(kept.listing(current_settings().instance))
        return
    try:
        click.echo(kept.shown(current_settings().instance, number, raw=raw))
    except FileNotFoundError:
        raise click.ClickException(f"There is no letter {number}.") from None


@festival.command()
def relay() -> None:
    """Carry letters until stopped; any number of relays may run side by side."""
    from festival.mail.relay import run  # noqa: PLC0415

    sys.exit(run(current_app._get_current_object()))  # type: ignore[attr-defined]  # noqa: SLF001


@festival.command()
@click.argument("address")
@click.option("--language", default="fr", help="Of the desk's pages; fr or en.")
def admin(address: str, language: str) -> None:
    """Let ADDRESS keep the accounts, and print a link that signs in."""
    from festival.mail import told  # noqa: PLC0415

    if not MAILBOX.fullmatch(address):
        raise click.ClickException(f"{address!r} is no email address.")
    tongue = wording.language_of(language)
    link = accounts.first_link(address, language=tongue, now=clock.now())
    db.session.commit()
    click.echo(f"{address} keeps the accounts. This link works once, for 24 hours:")
    with force_locale(tongue):
        click.echo(told.way_in(link))


@festival.command()
def doctor() -> None:
    """Say how the house is, one line a check; exit with 1 if anything is broken."""
    from festival.doctor import Grade, examine  # noqa: PLC0415

    with database.reading():
        findings = list(examine(current_settings(), clock.now()))
    for finding in findings:
        click.echo(finding)
    sys.exit(any(finding.grade is Grade.BROKEN for finding in findings))


@festival.group()
def event() -> None:
    """Call one event off, or give it another number of seats."""


def _public(slug: str) -> Event:
    try:
        return agenda.public_event(slug)
    except NoResultFound:
        raise click.ClickException(f"There is no published event {slug!r}.") from None


def _called_off(
    deed: Callable[..., int], slug: str, reasons: tuple[str | None, str | None]
) -> None:
    french, english = reasons
    reason = Words(fr=french or "", en=english or "")
    found = _public(slug)
    try:
        posted = deed(found, reason, actor="command", now=clock.now())
    except FestivalError as refusal:
        raise click.ClickException(str(refusal)) from refusal
    db.session.commit()
    click.echo(f"Done. Letters to send: {posted}.")


@event.command()
@click.argument("slug")
@click.option("--reason", help="Why, in French; shown publicly.")
@click.option("--reason-en", help="Why, in English.")
def cancel(slug: str, reason: str | None, reason_en: str | None) -> None:
    """Cancel the event SLUG and write to everybody who said yes."""
    _called_off(events.cancel, slug, (reason, reason_en))


@event.command()
@click.argument("slug")
@click.option("--reason", help="Why, in French; shown publicly.")
@click.option("--reason-en", help="Why, in English.")
def postpone(slug: str, reason: str | None, reason_en: str | None) -> None:
    """Postpone the event SLUG and write to everybody who said yes."""
    _called_off(events.postpone, slug, (reason, reason_en))


@event.command()
@click.argument("slug")
@click.argument("seats", type=click.IntRange(min=0))
def resize(slug: str, seats: int) -> None:
    """Give the event SLUG so many SEATS; who waits moves up at once."""
    over = events.resize(_public(slug), seats, actor="command", now=clock.now())
    db.session.commit()
    click.echo(f"Done. {seats} seats.")
    if over:
        click.echo(f"{over} more people come than that; nobody was thrown out.")
