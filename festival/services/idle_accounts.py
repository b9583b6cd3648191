"""Accounts that nobody uses any more: asked about once, and then erased."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, select

from festival.domain.errors import LastAdministrator
from festival.extensions import db
from festival.models.accounts import Account
from festival.models.journal import LogEntry
from festival.services import accounts, journal, outbox

UNUSED: Final = timedelta(days=2 * 365)
ANSWER: Final = timedelta(days=30)
AT_MOST: Final = 20  # in one transaction

_last = func.coalesce(Account.seen_at, Account.made_at)


def tidy(now: datetime) -> None:
    """Ask who has not been here for two years, and erase who did not come either.

    Coming to the desk is the answer. The last administrator is asked, and stays.
    """
    unused = and_(Account.closed_at.is_(None), _last <= now - UNUSED)
    for account in _some(unused, _asked(LogEntry.at <= now - ANSWER)):
        _erase(account, now)
    for account in _some(unused, ~_asked()):
        _ask(account, now)
    db.session.flush()


def _some(*conditions: ColumnElement[bool]) -> list[Account]:
    query = select(Account).where(*conditions).order_by(Account.id).limit(AT_MOST)
    return list(db.session.scalars(query))


def _asked(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition of having been asked; the journal knows it for a year."""
    return exists().where(
        LogEntry.thing == "account",
        LogEntry.thing_id == Account.id,
        LogEntry.deed == "asked",
        *conditions,
    )


def _ask(account: Account, now: datetime) -> None:
    outbox.post(
        "idle-account",
        to=account.address,
        language=account.language,
        facts={
            "account": {"name": account.name},
            "link": None,
            "days": ANSWER.days,
        },
        now=now,
    )
    journal.note("asked", "account", account.id, actor="clockwork", now=now)


def _erase(account: Account, now: datetime) -> None:
    try:
        accounts.close(account, actor="clockwork", now=now)
    except LastAdministrator:
        return
    account.name = account.address = ""
    account.address_key = str(account.id)
