"""The one picture of an event: re-encoded, small, and nothing else in it.

What is sent is opened by a program of its own (``picture_reader``), before the deed:
nobody waits for it to write.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO, Any, Final

from festival.domain.errors import NotAPicture, PictureTooLarge
from festival.domain.words import Words
from festival.extensions import db
from festival.formats import apart, picture_reader
from festival.models.events import Event, Picture
from festival.services import journal
from festival.services.turns import take_turn

READER: Final = Path(picture_reader.__file__)
SECONDS: Final = 8.0  # for a picture, however long it would take
PATIENCE: Final = 8.0  # seconds, for a picture that is being read before this one
LARGEST: Final = 10 * 1024 * 1024  # bytes that are taken in

_one_at_a_time = BoundedSemaphore(1)  # in each process


@dataclass(frozen=True, slots=True)
class Made:
    """A picture as it is served."""

    body: bytes
    width: int
    height: int


def read(upload: IO[bytes]) -> Made:
    """Return the picture in *upload* as it is served. It takes a second.

    Raises:
        PictureTooLarge, NotAPicture: it is not taken in.
        TooBusy: other pictures were being read.
    """
    given = upload.read(LARGEST + 1)
    if len(given) > LARGEST:
        raise too_large()
    with apart.in_turn(_one_at_a_time, PATIENCE):
        said, _, body = apart.answer(READER, given, SECONDS).partition(b"\n")
    answer: dict[str, Any] = json.loads(said) if said else {}
    if answer.get("refused") == "large":
        raise too_large()
    if not body:
        raise NotAPicture
    return Made(body, answer["width"], answer["height"])


def hang(
    event: Event,
    made: Made | None,
    words: Words,
    credit: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Give *event* a picture, or another one; without one, other *words* for it.

    Raises:
        NotAPicture: there is none to give other words to.
    """
    take_turn(event)
    picture = event.picture
    if picture is None and made is None:
        raise NotAPicture
    if picture is None:
        picture = Picture(event=event)
        db.session.add(picture)
    if made is not None:
        picture.body = made.body
        picture.width, picture.height = made.width, made.height
        picture.media_type = "image/webp"
        picture.digest = hashlib.sha256(picture.body).hexdigest()[:16]
    picture.words, picture.credit = words, credit
    journal.note("picture", "event", event.id, actor=actor, now=now)
    db.session.flush()


def take_down(event: Event, *, actor: str, now: datetime) -> None:
    """Let *event* have its drawn poster again. Without a picture, nothing changes."""
    take_turn(event)
    if event.picture is None:
        return
    db.session.delete(event.picture)
    journal.note("picture-gone", "event", event.id, actor=actor, now=now)
    db.session.flush()
    db.session.expire(event, ["picture"])


def copy(event: Event, to: Event) -> None:
    """Give the picture of *event* to another one, too."""
    picture = event.picture
    if picture is None:
        return
    names = ("body", "media_type", "width", "height", "words", "credit", "digest")
    same = {name: getattr(picture, name) for name in names}
    db.session.add(Picture(event=to, **same))
    db.session.flush()


def too_large() -> PictureTooLarge:
    """Return the refusal, with what would not be."""
    return PictureTooLarge(
        megabytes=LARGEST // 2**20,
        pixels=picture_reader.MOST_PIXELS // 1_000_000,
    )
