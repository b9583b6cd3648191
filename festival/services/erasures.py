"""What was erased, remembered without saying who: a restored backup forgets it again.

One line each in ``erasures.log`` of the instance folder: when, what, its number, and a
seal of the event and the address. Who has the file and not the secret key learns
nothing from it.

The line is on the disk before the erasure is committed: one that cannot be written
down does not happen. If the commit fails after it, the line stays, and a restore
erases whom the database in use still knows: somebody asked for it, and was told that
it did not succeed. To forget too much then is the lesser harm.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from festival.domain import tokens
from festival.extensions import current_settings, db
from festival.models.rsvps import Repeat, Rsvp

LOG: Final = "erasures.log"
LINE: Final = re.compile(r"(\S+) (reply|repeat|silence|speak|calendar) (\S+) (\S+)")
BY_RULE: Final = frozenset({"retention", "restore"})  # what forgets by itself anew


@dataclass(frozen=True, slots=True)
class Erasure:
    """One line: a reply, a repeat, an address that wants no letters, a calendar."""

    at: datetime
    thing: str  # reply, repeat; silence, speak; calendar
    number: str  # of the row; the public id of a repeat, or of a calendar
    seal: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.thing} {self.number} {self.seal}"


def remember(record: Rsvp | Repeat, *, actor: str, now: datetime) -> None:
    """Write down with the commit that *record* is erased: call it before."""
    if actor in BY_RULE:
        return
    if isinstance(record, Repeat):
        _remember(Erasure(now, "repeat", record.public_id, "-"))
        return
    key = record.address_key
    seal = address_seal(record.event.uid, key) if key else "-"
    _remember(Erasure(now, "reply", str(record.id), seal))


def remember_silence(seal: str, rsvp_id: int, *, silent: bool, now: datetime) -> None:
    """Write down that an address wants no letters, or wants them again.

    Of which reply it was said, since letters are switched on again there.
    """
    thing = "silence" if silent else "speak"
    _remember(Erasure(now, thing, str(rsvp_id), seal))


def remember_calendar(public_id: str, *, actor: str, now: datetime) -> None:
    """Write down that a guest's own calendar is revoked: its link opens nothing."""
    if actor not in BY_RULE:
        _remember(Erasure(now, "calendar", public_id, "-"))


def address_seal(uid: str, address_key: str, secret: str | None = None) -> str:
    """Return the seal of an address at one event."""
    return tokens.seal(
        secret or current_settings().SECRET_KEY, f"erased|{uid}|{address_key}"
    )


def written(path: Path) -> Iterator[Erasure]:
    """Yield the lines of a log; a torn one is none."""
    if not path.exists():
        return
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        if found := LINE.fullmatch(line):
            at, thing, number, seal = found.groups()
            with suppress(ValueError):
                yield Erasure(datetime.fromisoformat(at), thing, number, seal)


def union(*logs: Iterable[Erasure]) -> list[Erasure]:
    """Return every line of *logs* once, in the order of time."""
    return sorted({line for log in logs for line in log}, key=str)


def append(path: Path, erasures: Iterable[Erasure]) -> None:
    """Add lines, and have the disk hold them; a line torn before stays alone.

    Raises:
        OSError: the disk is full, or not ours.
    """
    lines = "".join(f"\n{erasure}" for erasure in erasures) + "\n"
    handle = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
    with open(handle, "ab") as file:  # noqa: PTH123 - a handle, not a path
        file.write(lines.encode("ascii"))  # the whole of it, or it raises
        file.flush()
        os.fsync(handle)


def _remember(erasure: Erasure) -> None:
    db.session.info.setdefault("erasures", []).append(erasure)


@event.listens_for(db.session, "before_commit")
def _write_down(session: Session) -> None:
    if session.in_nested_transaction():  # that is not the commit yet
        return
    if erasures := session.info.get("erasures"):
        append(current_settings().instance / LOG, erasures)
        del session.info["erasures"]


@event.listens_for(db.session, "after_soft_rollback")
def _forget_it(session: Session, _to: SessionTransaction) -> None:
    if not session.in_transaction():
        session.info.pop("erasures", None)
