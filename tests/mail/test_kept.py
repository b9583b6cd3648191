"""A demonstration's letters: files, never sent, gone with their guest."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete

from festival.extensions import db
from festival.mail import kept, relay
from festival.models.journal import Letter
from festival.services import rsvps
from tests.builders import Builders
from tests.conftest import Clock
from tests.mail.conftest import MailServer, Post


@pytest.fixture
def app(make_app: Callable[..., Flask], mail_server: MailServer) -> Iterator[Flask]:
    """A demonstration, with a mail server that it must not use."""
    app = make_app(DEMO=True, MAIL_PORT=mail_server.port)
    with app.app_context():
        yield app


@pytest.fixture
def instance(app: Flask) -> Path:
    return app.extensions["settings"].instance


def files(instance: Path) -> list[str]:
    return sorted(path.name for path in (instance / "letters").iterdir())


def test_a_demonstration_keeps_its_letters_and_sends_none(
    post: Post, mail_server: MailServer, instance: Path
) -> None:
    post.letters("ada@example.org", "ben@example.org")

    assert post.carries()

    assert files(instance) == ["000001.eml", "000002.eml"]
    assert set(post.ends().values()) == {"kept"}
    assert mail_server.calls == 0


def test_kept_letters_are_for_their_owner_s_eyes(post: Post, instance: Path) -> None:
    post.letters("ada@example.org")
    post.carries()
    folder = instance / "letters"

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "000001.eml").stat().st_mode) == 0o600


def test_kept_letters_are_listed_and_shown(
    build: Builders, instance: Path, clock: Clock
) -> None:
    assert kept.listing(instance) == "No letter has been kept yet."
    build.guest(build.event(), "Samira", address="samira@example.org")
    relay.carry()

    row = kept.listing(instance)
    letter = kept.shown(instance, 1)

    assert row.split()[0] == "1"
    assert "samira@example.org" in row
    assert "Ouverture" in row
    assert "To: samira@example.org" in letter
    assert "Bonjour Samira," in letter
    assert "      image/png (ticket.png)" in letter
    assert kept.shown(instance, 1, raw=True).startswith("From: Halle Belleville")
    for raw in (False, True):
        with pytest.raises(FileNotFoundError):
            kept.shown(instance, 2, raw=raw)


def test_the_command_lists_and_shows_them(app: Flask, post: Post) -> None:
    post.letters("ada@example.org")
    post.carries()
    db.session.rollback()
    command = app.test_cli_runner()

    assert "ada@example.org" in command.invoke(args=["festival", "letters"]).output
    shown = command.invoke(args=["festival", "letters", "1"])
    assert "Subject: Votre billet" in shown.output
    missing = command.invoke(args=["festival", "letters", "7"])
    assert missing.exit_code == 1
    assert "There is no letter 7." in missing.output


def test_a_guest_who_is_erased_is_erased_here_too(
    build: Builders, instance: Path, clock: Clock
) -> None:
    event = build.event()
    ada, ben = build.guest(event, "Ada"), build.guest(event, "Ben")
    relay.carry()

    rsvps.erase(ada, now=clock())
    db.session.commit()
    relay.sweep()

    assert files(instance) == ["000002.eml"]
    assert ben.name == "Ben"


def test_a_number_given_out_again_brings_no_old_letter_back(
    post: Post, instance: Path
) -> None:
    post.letters("ada@example.org")
    post.carries()
    db.session.execute(delete(Letter))
    post.letters("ben@example.org")
    assert post.letter("ben@example.org").id == 1

    relay.sweep()

    assert files(instance) == []


def test_a_letter_in_the_hands_of_another_relay_is_not_swept_away(
    post: Post, instance: Path
) -> None:
    post.letters("ada@example.org")
    (letter,) = relay._claim().letters
    carrier = kept.Folder(instance)
    carrier.carry(letter.id, relay.letters.written(letter, post.clock()))

    relay.sweep()

    assert files(instance) == ["000001.eml"]


def test_what_a_dead_relay_left_unfinished_goes_after_a_while(
    post: Post, instance: Path
) -> None:
    post.letters("ada@example.org")
    post.carries()
    fresh, old = (instance / "letters" / name for name in ("fresh.tmp", "old.tmp"))
    fresh.touch()
    old.touch()
    long_ago = time.time() - kept.UNFINISHED - 1
    os.utime(old, (long_ago, long_ago))

    relay.sweep()

    assert files(instance) == ["000001.eml", "fresh.tmp"]


def test_a_full_disk_keeps_letters_waiting(
    post: Post, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards: trouble of the disk parks no letter; a file gets its name when it is
    whole and on the disk; what is unfinished goes.
    """

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    post.letters("ada@example.org")
    monkeypatch.setattr("os.fsync", full)

    assert not post.carries()

    assert post.ends() == {"ada@example.org": "waiting"}
    assert files(instance) == []
