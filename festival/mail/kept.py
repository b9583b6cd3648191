"""Letters of a demonstration: files in the instance folder, never sent."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

import flask_mail

from festival.models.journal import LetterStatus

HEADERS: Final = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")
UNFINISHED: Final = 300  # seconds after which a file nobody finished is nobody's


class Folder:
    """Where letters are laid instead of being sent: carries like a ``wire.Wire``."""

    carried = LetterStatus.KEPT

    def __init__(self, instance: Path) -> None:
        self._folder = _folder(instance)

    def carry(self, number: int, message: flask_mail.Message) -> None:
        """Write *message* to its file, whole or not at all; twice is once.

        Raises:
            OSError: the disk is full, or not ours.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(".tmp", dir=self._folder)  # 0600
        try:
            with open(handle, "wb") as file:  # noqa: PTH123 - a handle, not a path
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            Path(unfinished).replace(self._folder / _name(number))
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise


def listing(instance: Path) -> str:
    """Return the table of what is kept: number, date, recipient, subject."""
    rows = [_row(number, _read(instance, number)) for number in _numbers(instance)]
    return "\n".join(rows) or "No letter has been kept yet."


def shown(instance: Path, number: int, *, raw: bool = False) -> str:
    """Return one letter: headers, text and the tree of its parts; *raw*, its file.

    Raises:
        FileNotFoundError: no letter of this number is kept.
    """
    if raw:
        return (_folder(instance) / _name(number)).read_text("ascii")
    letter = _read(instance, number)
    headers = [f"{name}: {letter[name]}" for name in HEADERS if letter[name]]
    plain = letter.get_body(("plain",))
    text = plain.get_content().splitlines() if plain else []
    return "\n".join([*headers, "", *text, "", "Parts:", *_tree(letter)])


def sweep(instance: Path, alive: Callable[[], Collection[int]]) -> None:
    """Remove the files of letters that are not *alive*: a guest's go with the guest.

    *alive* is asked after the files were listed, so that a new one is never taken
    for an old one.
    """
    found = _numbers(instance)
    gone = set(found).difference(alive()) if found else ()
    for number in gone:
        (_folder(instance) / _name(number)).unlink(missing_ok=True)
    for unfinished in _folder(instance).glob("*.tmp"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - unfinished.stat().st_mtime > UNFINISHED:
                unfinished.unlink()


def _folder(instance: Path) -> Path:
    return instance / "letters"


def _name(number: int) -> str:
    return f"{number:06}.eml"


def _numbers(instance: Path) -> list[int]:
    files = _folder(instance).glob("*.eml")
    return sorted(int(file.stem) for file in files if file.stem.isdecimal())


def _read(instance: Path, number: int) -> EmailMessage:
    content = (_folder(instance) / _name(number)).read_bytes()
    return message_from_bytes(content, policy=default)


def _row(number: int, letter: EmailMessage) -> str:
    written = parsedate_to_datetime(letter["Date"]).astimezone()
    to, subject = letter["To"], letter["Subject"]
    return f"{number:>6}  {written:%Y-%m-%d %H:%M}  {to:<30}  {subject}"


def _tree(part: EmailMessage, depth: int = 1) -> Iterator[str]:
    """Yield a line for *part*, and for each part in it."""
    line = "  " * depth + part.get_content_type()
    if method := part.get_param("method"):
        line += f"; method={method}"
    if filename := part.get_filename():
        line += f" ({filename})"
    if not part.is_multipart():
        payload = part.get_payload(decode=True)
        line += f", {len(payload) if isinstance(payload, bytes) else 0} bytes"
    yield line
    for inner in part.iter_parts():
        if isinstance(inner, EmailMessage):
            yield from _tree(inner, depth + 1)
