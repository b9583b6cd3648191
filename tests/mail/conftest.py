"""A mail server of our own, and letters to send to it."""

from __future__ import annotations

import asyncio
import imaplib
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy import select

from festival.extensions import db
from festival.mail import relay
from festival.models.journal import Letter
from festival.services import outbox
from tests.conftest import NOON

IMAP_SERVER = """
from pymap.config import IMAPConfig
from pymap.main import main
from pysasl.hashing import BuiltinHash

IMAPConfig._get_hash_context = classmethod(lambda *_: BuiltinHash(rounds=1))  # quick
main()
"""
IMAP_PASSWORD = "clé-of-the-tests"


@dataclass
class MailServer:
    """Real SMTP on a free port; takes every letter unless it is told otherwise."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)  # the same, as they came
    at_recipient: dict[str, str] = field(default_factory=dict)  # address: answer
    at_letter: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # it thinks before it lets a letter in
    seconds_after: float = 0.0  # it thinks when it has it
    thinking: bool = False
    at_sender: str = "250 OK"
    letters_a_call: int = 1_000
    calls: int = 0
    dictated: int = 0  # letters that it heard to the end, taken or not
    before_answering: Callable[[], Any] = lambda: None

    @property
    def recipients(self) -> list[str]:
        return [letter["To"] for letter in self.taken]

    @property
    def message_ids(self) -> list[str]:
        return [letter["Message-ID"] for letter in self.taken]

    async def handle_EHLO(  # noqa: N802 - aiosmtpd calls it so
        self,
        server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.calls += 1
        session.host_name = hostname
        session.letters = 0
        return responses

    async def handle_MAIL(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if session.letters == self.letters_a_call:
            server.transport.close()
            return "421 good-bye"
        if self.at_sender.startswith("2"):
            envelope.mail_from = address
        return self.at_sender

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        self.thinking = True
        await asyncio.sleep(self.seconds)
        self.thinking = False
        answer = self.at_recipient.get(address, "250 OK")
        if answer == "hangs up":
            server.transport.close()
            return "421 good-bye"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.at_letter.get(envelope.rcpt_tos[0], "250 taken")
        self.dictated += 1
        await asyncio.sleep(self.seconds_after)
        if answer == "hangs up":
            server.transport.close()
            return "421 good-bye"
        if answer.startswith("2"):
            session.letters += 1
            letter = message_from_bytes(envelope.content, policy=default)
            self.taken.append(letter)
            self.raw.append(envelope.original_content)
            self.before_answering()
        return answer


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    if controller.loop.is_running():
        controller.stop()


@pytest.fixture
def app(make_app: Callable[..., Flask], mail_server: MailServer) -> Iterator[Flask]:
    """The house, whose letters go to our mail server."""
    app = make_app(MAIL_PORT=mail_server.port)
    with app.app_context():
        yield app


@dataclass
class Imap:
    """A folder of this test's own on a real IMAP server; puts mails in, and looks."""

    port: int
    folder: str

    @contextmanager
    def _open(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as box:
            box.authenticate("PLAIN", lambda _: f"\0halle\0{IMAP_PASSWORD}".encode())
            yield box

    def create(self) -> None:
        with self._open() as box:
            assert box.create(self.folder)[0] == "OK"

    def receives(self, *mails: bytes, at: datetime | None = None) -> None:
        when = imaplib.Time2Internaldate(at or NOON)
        with self._open() as box:
            box.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for mail in mails:
                assert box.append(self.folder, "", when, mail)[0] == "OK"

    def marks(self, uid: int, flags: str) -> None:
        with self._open() as box:
            box.select(self.folder)
            box.uid("STORE", str(uid), "+FLAGS", flags)

    def flags(self) -> list[str]:
        """The flags of each mail in the folder, "" for one that nobody touched."""
        with self._open() as box:
            box.select(self.folder, readonly=True)
            _, found = box.uid("FETCH", "1:*", "(FLAGS)")
        told = [re.search(rb"FLAGS \(([^)]*)\)", line) for line in found if line]
        return [
            " ".join(sorted({*match[1].decode().split()} - {r"\Recent"}))
            for match in told
            if match
        ]


@pytest.fixture(scope="session")
def imap_port() -> Iterator[int]:
    """A real IMAP server in memory."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", IMAP_SERVER]
    command += ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict"]
    command += ["--demo-user", "halle", "--demo-password", IMAP_PASSWORD]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    yield port
    process.kill()
    process.wait()


@pytest.fixture
def imap(imap_port: int) -> Imap:
    folder = Imap(imap_port, f"letters-{secrets.token_hex(4)}")
    folder.create()
    return folder


class Post:
    """Posts bare letters, carries what is due, and looks at what became of it."""

    def __init__(self, app: Flask, clock: Callable[[], datetime]) -> None:
        self.app = app
        self.clock = clock

    def letters(self, *recipients: str, kind: str = "ticket-again") -> None:
        for recipient in recipients:
            outbox.post(
                kind,
                to=recipient,
                language="fr",
                facts={"replies": []},
                now=self.clock(),
            )
        db.session.commit()

    def carries(self) -> bool:
        return relay.carry()

    def ends(self) -> dict[str, str]:
        """How each letter stands, by its recipient."""
        db.session.rollback()
        return {
            letter.recipient: str(letter.status)
            for letter in db.session.scalars(select(Letter).order_by(Letter.id))
        }

    def letter(self, recipient: str) -> Letter:
        db.session.rollback()
        found = select(Letter).where(Letter.recipient == recipient)
        return db.session.scalars(found).one()


@pytest.fixture
def post(app: Flask, clock: Callable[[], datetime]) -> Post:
    return Post(app, clock)


@contextmanager
def drips(beginning: bytes, drop: bytes) -> Iterator[int]:
    """A server that never falls silent, and never comes to an end; yields its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                line, _ = server.accept()
                with line, suppress(OSError):
                    line.sendall(beginning)
                    while True:
                        line.sendall(drop)
                        time.sleep(0.05)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
