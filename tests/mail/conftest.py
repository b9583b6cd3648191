"""A mail server of our own, and letters to send to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
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


@dataclass
class MailServer:
    """Real SMTP on a free port; takes every letter unless it is told otherwise."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    at_recipient: dict[str, str] = field(default_factory=dict)  # address: answer
    at_letter: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # it thinks before it lets a letter in
    thinking: bool = False
    letters_a_call: int = 1_000
    calls: int = 0
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

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        self.thinking = True
        await asyncio.sleep(self.seconds)
        self.thinking = False
        answer = self.at_recipient.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.at_letter.get(envelope.rcpt_tos[0], "250 taken")
        if answer == "hangs up" or session.letters == self.letters_a_call:
            server.transport.close()
            return "421 good-bye"
        if answer.startswith("2"):
            session.letters += 1
            letter = message_from_bytes(envelope.content, policy=default)
            self.taken.append(letter)
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
