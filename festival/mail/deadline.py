"""Ends a line to another server when its time is up.

A socket's own timeout begins anew with each byte: who drips one a minute is never late.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress


class Deadline:
    """When a line is cut, whatever is said on it: then it reads as hung up."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self._until = 0.0

    @property
    def left(self) -> float:
        """How many seconds are left; none once it passed."""
        return max(0.0, self._until - time.monotonic())

    def put(self, seconds: float) -> None:
        """Let it pass in *seconds* from now."""
        self.lift()
        self._until = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def lift(self) -> None:
        """Let it never pass."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def connect(self, host: str, port: int, patience: float) -> socket.socket:
        """Open the line, at most *patience* seconds for each address of *host*.

        Raises:
            OSError: nobody answers in time.
        """
        line = socket.create_connection((host, port), min(patience, self.left + 0.001))
        self.close()
        self._line = line.dup()  # stays ours, whatever wraps the other one
        if not self.left:
            line.close()
            raise TimeoutError
        return line

    def close(self) -> None:
        """Have no line any more."""
        line, self._line = self._line, None
        if line:
            line.close()

    def _cut(self) -> None:
        if line := self._line:
            with suppress(OSError):  # it is gone already
                line.shutdown(socket.SHUT_RDWR)
