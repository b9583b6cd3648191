"""Strangers' files are opened by programs of their own: little memory, little time.

Such a program stands beside this module, imports nothing of the house, is told none
of its secrets, and limits itself before it reads a byte (``limited``). Whatever goes
wrong in it is no answer here.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore

from festival.domain.errors import TooBusy


def answer(program: Path, content: bytes, seconds: float) -> bytes:
    """Return what *program* says of *content*; nothing if it died or was ended."""
    try:
        done = subprocess.run(  # noqa: S603  (our own program, no word of anybody's)
            [sys.executable, "-I", str(program)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            env={},
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        return b""
    return done.stdout


@contextmanager
def in_turn(turns: BoundedSemaphore, seconds: float) -> Iterator[None]:
    """Wait for one of *turns*, so that all of them together take no more than they may.

    Raises:
        TooBusy: none was free in time.
    """
    if not turns.acquire(timeout=seconds):
        raise TooBusy
    try:
        yield
    finally:
        turns.release()
