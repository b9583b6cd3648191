"""Many clients in one process: raw sockets kept open, one loop, no parsing to speak of.

What a client costs is part of the conditions: it runs on the machine of the server.
A request takes it some thirty microseconds, whatever the answer.
"""

from __future__ import annotations

import math
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

HOST = "127.0.0.1"
CLIENTS = 16
PIECE = 1 << 18  # bytes read at a time
REQUESTS_A_LINE = 250  # then a client calls anew, and maybe reaches the other worker

BROWSER = (
    "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: fr,en;q=0.5\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the head as it is, and the body."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head[9:12])

    def header(self, name: bytes) -> bytes:
        return self.head.partition(b"\r\n" + name + b": ")[2].partition(b"\r\n")[0]


Script: TypeAlias = Generator[bytes, Answer, None]  # sends requests, is sent answers


@dataclass
class Run:
    """What came of many requests."""

    seconds: float
    own_seconds: float  # CPU of the clients
    milliseconds: dict[str, list[float]]  # by method
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0  # lines that broke in the middle of an answer
    done: int = 0  # scripts that came to their end

    @property
    def requests(self) -> int:
        return sum(map(len, self.milliseconds.values()))

    @property
    def a_second(self) -> float:
        return self.requests / self.seconds

    def percentile(self, part: float, method: str = "GET") -> float:
        """Return the milliseconds that this part of the requests took at most."""
        taken = sorted(self.milliseconds.get(method, ()))
        return taken[min(math.ceil(len(taken) * part), len(taken)) - 1] if taken else 0


def get(path: str, **headers: str) -> bytes:
    """Return a browser's request for *path*."""
    more = "".join(
        f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()
    )
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{BROWSER}{more}\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    """Return a browser's form, sent to *path*."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{BROWSER}"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def again_and_again(requests: Sequence[bytes]) -> Callable[[int], Script]:
    """Return the script of clients that ask for everything in turn, without end."""

    def script(client: int) -> Script:
        for number in count(client * len(requests) // CLIENTS):
            yield requests[number % len(requests)]

    return script


def ask(port: int, request: bytes) -> Answer:
    """Ask once, and return the answer."""
    found: list[Answer] = []

    def once(_: int) -> Script:
        found.append((yield request))

    run(port, once, seconds=30, clients=1, warm_up=0)
    return found[0]


def run_through(port: int, requests: Sequence[bytes]) -> None:
    """Let everybody ask for everything once: each process has made it all then."""

    def script(client: int) -> Script:
        begin = client * len(requests) // CLIENTS
        for number in range(begin, begin + len(requests)):
            yield requests[number % len(requests)]

    run(port, script, seconds=120, warm_up=0)


def run(
    port: int,
    script: Callable[[int], Script],
    *,
    seconds: float,
    clients: int = CLIENTS,
    warm_up: float = 0.5,
) -> Run:
    """Let *clients* go through their scripts for so long; count after the warm-up."""
    crowd = _Crowd(port, script, clients)
    crowd.goes_on(warm_up)
    crowd.forgets()
    own, began = time.process_time(), time.perf_counter()
    crowd.goes_on(seconds)
    crowd.run.seconds = time.perf_counter() - began
    crowd.run.own_seconds = time.process_time() - own
    crowd.leaves()
    return crowd.run


@dataclass(slots=True, eq=False)
class _Client:
    script: Script
    line: socket.socket
    request: bytes = b""
    sent_at: float = 0.0
    heard: bytearray = field(default_factory=bytearray)
    whole: int = 0  # bytes of the answer, once its head is there
    head: int = 0
    left: int = REQUESTS_A_LINE


class _Crowd:
    def __init__(
        self, port: int, script: Callable[[int], Script], clients: int
    ) -> None:
        self._port = port
        self._lines = selectors.DefaultSelector()
        self.forgets()
        self._clients = [
            _Client(script(number), self._call()) for number in range(clients)
        ]
        for client in self._clients:
            self._lines.register(client.line, selectors.EVENT_READ, client)
            client.request = next(client.script)
            self._send(client)

    def forgets(self) -> None:
        self.run = Run(0.0, 0.0, {})

    def goes_on(self, seconds: float) -> None:
        until = time.perf_counter() + seconds
        while self._lines.get_map() and time.perf_counter() < until:
            for key, _ in self._lines.select(0.5):
                self._hear(key.data)

    def leaves(self) -> None:
        for client in self._clients:
            client.line.close()
        self._lines.close()

    def _call(self) -> socket.socket:
        line = socket.create_connection((HOST, self._port), timeout=30)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def _call_again(self, client: _Client) -> None:
        self._lines.unregister(client.line)
        client.line.close()
        client.line, client.left = self._call(), REQUESTS_A_LINE
        self._lines.register(client.line, selectors.EVENT_READ, client)

    def _send(self, client: _Client) -> None:
        if client.left == 0:
            self._call_again(client)
        client.left -= 1
        client.heard.clear()
        client.whole = 0
        client.sent_at = time.perf_counter()
        client.line.sendall(client.request)

    def _hear(self, client: _Client) -> None:
        try:
            piece = client.line.recv(PIECE)
        except ConnectionError:
            piece = b""
        if not piece:  # a server may hang up between two requests
            self.run.broken += bool(client.heard)
            client.left = 0
            self._send(client)
            return
        heard = client.heard
        heard += piece
        if not client.whole:
            head = heard.find(b"\r\n\r\n")
            if head < 0:
                return
            client.head = head + 4
            client.whole = client.head + _length(bytes(heard[: client.head]))
        if len(heard) >= client.whole:
            self._take(client)

    def _take(self, client: _Client) -> None:
        took = 1000 * (time.perf_counter() - client.sent_at)
        method = "GET" if client.request.startswith(b"GET") else "POST"
        self.run.milliseconds.setdefault(method, []).append(took)
        answer = Answer(
            bytes(client.heard[: client.head]), bytes(client.heard[client.head :])
        )
        self.run.statuses[answer.status] += 1
        if b"\r\nConnection: close" in answer.head:
            client.left = 0
        try:
            client.request = client.script.send(answer)
        except StopIteration:
            self.run.done += 1
            self._lines.unregister(client.line)
            return
        self._send(client)


def _length(head: bytes) -> int:
    """Return the bytes that follow *head*; ours never come in chunks."""
    found = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
    return int(found or 0)
