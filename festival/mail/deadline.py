"""Ends a line to another server when its time is up.

A socket's own timeout begins anew with each byte: who drips one a minute is never late.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress


class Deadline:
    """When a line is cut, whatever is said on it: then it reads as hung up.

    One thread watches over it as long as it is put again and again, for each letter.
    """

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self._until = self._wakes = 0.0
        self._stands = self._is_watched = False
        self._sooner = threading.Condition()

    @property
    def left(self) -> float:
        """How many seconds are left; none once it passed."""
        return max(0.0, self._until - time.monotonic())

    def put(self, seconds: float) -> None:
        """Let it pass in *seconds* from now."""
        with self._sooner:
            self._until, self._stands = time.monotonic() + seconds, True
            if self._is_watched and self._until < self._wakes:
                self._sooner.notify()
            elif not self._is_watched:
                self._is_watched = True
                threading.Thread(target=self._watch, daemon=True).start()

    def lift(self) -> None:
        """Let it never pass."""
        with self._sooner:
            self._stands = False

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

    def _watch(self) -> None:
        with self._sooner:
            while self._stands:
                self._wakes = self._until
                if not self.left:
                    self._cut()
                    break
                self._sooner.wait(self.left)
            self._is_watched = False

    def _cut(self) -> None:
        self._stands = False
        if line := self._line:
            with suppress(OSError):  # it is gone already
                line.shutdown(socket.SHUT_RDWR)
