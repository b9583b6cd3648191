"""Reads the house's own mailbox: letters that came back, and calendars that say no.

What we act upon is marked read and deleted, and expunged a week later. Anything else
is a person's to read: it stays as it was, and is counted. Nothing is ever answered.
"""

from __future__ import annotations

import imaplib
import logging
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy.exc import OperationalError

from festival import clock
from festival.domain.addresses import address_key
from festival.domain.errors import TooBusy
from festival.extensions import current_settings
from festival.formats.authentication import vouched
from festival.formats.dsn import bounce
from festival.formats.itip import Answer, answer
from festival.formats.post import Mail, opened, sender
from festival.logs import discreet, place
from festival.mail.deadline import Deadline
from festival.services import post
from festival.services.leases import NotOurs

EVERY: Final = timedelta(minutes=5)
PATIENCE: Final = 20.0  # seconds for each answer of the server
ROUND: Final = 90.0  # for all of them: a letter or a deadline may wait meanwhile
MAIL_BYTES: Final = 2 * 1024 * 1024  # of one mail that are ever fetched
MAILS: Final = 200  # a round
KEPT: Final = timedelta(days=7)
DONE: Final = r"(\Seen \Deleted)"

R = TypeVar("R")

log = logging.getLogger(__name__)


class Step(Protocol):
    """How a deed becomes a transaction of its own (``Clockwork.step``)."""

    def __call__(self, deed: Callable[[datetime], R], /) -> R:
        """Do *deed*, and commit it."""


def read(step: Step) -> None:
    """Read what is new, if there is a mailbox and it is time to."""
    settings = current_settings()
    if settings.DEMO or not settings.MAILBOX_SERVER:
        return
    last = step(_begin)
    if last is None:
        return
    deadline = Deadline()
    deadline.put(ROUND)
    try:
        with _box(deadline) as box:
            to_read = Round(box, step, deadline).read(*last)
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        told = f"{place(error)}: {discreet(str(error))}"
        log.warning("the mailbox: %s", place(error))
        step(lambda _now: _note(discreet(told)))
    else:
        step(lambda _now: _note("", to_read))
    finally:
        deadline.lift()


def _begin(now: datetime) -> tuple[int, int] | None:
    """Return how far the mailbox was read, if it is time to read on."""
    row = post.mailbox()
    if row.looked_at and now - EVERY < row.looked_at <= now + EVERY:
        return None  # later still, it was written while a clock was ahead
    row.looked_at = now
    return row.uid_validity, row.last_uid


def _note(trouble: str, to_read: int | None = None) -> None:
    row = post.mailbox()
    row.trouble = trouble
    if to_read is not None:
        row.to_read = to_read


def _reached(validity: int, last: int) -> None:
    row = post.mailbox()
    row.uid_validity, row.last_uid = validity, last


# The round


class Round:
    """One reading of an open mailbox."""

    def __init__(self, box: imaplib.IMAP4, step: Step, deadline: Deadline) -> None:
        self._box = box
        self._step = step
        self._deadline = deadline

    def read(self, validity: int, last: int) -> int:
        """Act on what came since *last*; return how many mails wait for a person.

        What is not read when time runs short is read in the next round.
        """
        (given,) = self._box.response("UIDVALIDITY")[1]
        if given is None or int(given) != validity:  # the numbers begin anew
            validity, last = int(given or 0), 0
        unread = self._search("UNSEEN", "UNDELETED")
        new = [uid for uid in unread if uid > last][:MAILS]
        done = set()
        try:
            for uid in new:
                if self._deadline.left < PATIENCE:
                    break
                if self._see_to(uid):
                    done.add(uid)
                last = uid
        finally:
            self._step(lambda _now: _reached(validity, last))
        self._expunge()
        return sum(uid <= last and uid not in done for uid in unread)

    def _see_to(self, uid: int) -> bool:
        """Act on one mail, and mark it, if it is one of those we act upon.

        One that we stumble over, or that the server will not hand out, is left to a
        person, like anything we do not know.
        """
        try:
            done = self._act_on(opened(self._fetch(uid)))
            if done:
                self._store(uid)
        except (NotOurs, TooBusy, OperationalError, OSError, imaplib.IMAP4.abort):
            raise  # that says nothing of the mail
        except Exception as error:  # noqa: BLE001
            log.warning("mail %s is left unread: %s", uid, place(error))
            return False
        else:
            return done

    def _act_on(self, mail: Mail) -> bool:
        if back := bounce(mail):
            return self._step(
                lambda now: post.bounced(back.message_ids, back.code, now=now)
            )
        if said := answer(mail):
            return self._step(lambda now: _take(said, mail, now))
        return False

    def _search(self, *criteria: str) -> list[int]:
        (found,) = self._ask("SEARCH", *criteria)[:1]
        return sorted(int(uid) for uid in (found or b"").split())

    def _fetch(self, uid: int) -> bytes:
        for part in self._ask("FETCH", str(uid), f"(BODY.PEEK[]<0.{MAIL_BYTES}>)"):
            if isinstance(part, tuple):
                return bytes(part[1])
        return b""  # somebody deleted it meanwhile

    def _store(self, *uids: int) -> None:
        self._ask("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", DONE)

    def _expunge(self) -> None:
        """Let what was done with a week ago go for good.

        Where a server cannot expunge by number, all that is deleted goes with it.
        """
        day = imaplib.Time2Internaldate(clock.now() - KEPT + timedelta(days=1))[1:12]
        old = self._search("DELETED", "BEFORE", day)
        if not old:
            return
        _, able = self._box.capability()  # now that we are signed in
        if b"UIDPLUS" in (able[-1] or b"").upper():
            self._ask("EXPUNGE", ",".join(map(str, old)))
        else:
            self._box.expunge()

    def _ask(self, command: str, *arguments: str) -> Sequence[Any]:
        answered, found = self._box.uid(command, *arguments)
        if answered != "OK":
            raise imaplib.IMAP4.error(f"{command}: {found!r}")
        return found


def _take(found: Answer, mail: Mail, now: datetime) -> bool:
    """Act on a calendar's answer; say whether it was one to us.

    Only a no acts, and only from the address that was invited, by its own server's
    word: anything that might be somebody else's is left for a person to read.
    """
    if not post.is_ours(found.uid):
        return False
    if not found.declined:
        return True
    who, server = sender(mail), current_settings().MAILBOX_TRUSTS
    if address_key(who) != address_key(found.attendee):
        return False
    if not vouched(mail, who, server):
        return False
    post.declined(found.uid, who, found.sequence, now=now)
    return True


# The line


class Line(imaplib.IMAP4):
    """IMAP on a line with a deadline."""

    def __init__(
        self, server: str, port: int, deadline: Deadline, secure: ssl.SSLContext | None
    ) -> None:
        self._deadline = deadline
        self._secure = secure  # from the first byte
        super().__init__(server, port, timeout=PATIENCE)

    def _create_socket(self, timeout: float) -> socket.socket:
        line = self._deadline.connect(self.host, self.port, timeout)
        if self._secure is None:
            return line
        return self._secure.wrap_socket(line, server_hostname=self.host)


@contextmanager
def _box(deadline: Deadline) -> Iterator[imaplib.IMAP4]:
    """Open the mailbox, its certificate checked, and close it again.

    Raises:
        OSError, IMAP4.error: nobody answers, or we are not let in.
    """
    settings = current_settings()
    trusted = ssl.create_default_context()
    secure = trusted if settings.MAILBOX_SECURITY == "ssl" else None
    try:
        box = Line(settings.MAILBOX_SERVER, settings.MAILBOX_PORT, deadline, secure)
        with _signed_in(box, trusted):
            yield box
    finally:
        deadline.close()


@contextmanager
def _signed_in(box: imaplib.IMAP4, trusted: ssl.SSLContext) -> Iterator[None]:
    settings = current_settings()
    try:
        if settings.MAILBOX_SECURITY == "starttls":
            box.starttls(trusted)
        _sign_in(box, settings.MAILBOX_USERNAME, settings.MAILBOX_PASSWORD)
        answered, told = box.select(f'"{settings.MAILBOX_FOLDER}"')
        if answered != "OK":
            raise imaplib.IMAP4.error(discreet(told[0] or b""))
        yield
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            box.logout()


def _sign_in(box: imaplib.IMAP4, username: str, password: str) -> None:
    if "AUTH=PLAIN" in box.capabilities:  # which takes passwords of any script
        box.authenticate("PLAIN", lambda _: f"\0{username}\0{password}".encode())
    else:
        box.login(username, password)
