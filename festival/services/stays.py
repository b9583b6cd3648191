"""Coming to the desk and leaving it: links, passkeys, and the stays they begin."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import String, cast, delete, or_, select, update

from festival.domain import tokens
from festival.domain.errors import (
    NobodyByThatAddress,
    PasskeyCopied,
    PasskeyUnknown,
    SignInLinkOver,
)
from festival.extensions import db
from festival.models.accounts import Account, Passkey, SignInLink, Stay
from festival.models.journal import Letter
from festival.queries import accounts
from festival.services import journal, outbox

LINK: Final = timedelta(minutes=15)
INVITATION: Final = timedelta(days=7)  # to somebody who did not ask
SEEN: Final = timedelta(minutes=1)  # how often "seen" is written down
CLOSED: Final = timedelta(days=365)  # as long as the journal
MINUTE: Final = timedelta(minutes=1)


def ask(address: str, browser: str, *, language: str, now: datetime) -> None:
    """Post a link that signs in, once and in this *browser*, to *address*.

    Nothing is posted to an address without an open account, and nobody is told so:
    the same is done for one that is forgotten at once, so that it takes as long.
    Of links whose letters wait their turn only the last one asked for is left.
    """
    known = accounts.of_address(address)
    is_open = known is not None and known.closed_at is None
    account = known if known and is_open else _nobody(language, now)
    outbox.take_back_waiting("sign-in", account.address_key, now=now)
    later = delete(SignInLink).where(
        SignInLink.account_id == account.id,
        SignInLink.browser.is_not(None),
        SignInLink.until > now + LINK,
    )
    db.session.execute(later)
    link = link_to(account, accounts.digest(browser), now=now, until=now + LINK)
    letter = outbox.post(
        "sign-in",
        to=account.address,
        language=language,
        facts={
            "account": {"name": account.name},
            "link": link.public_id,
            "minutes": LINK // MINUTE,
        },
        now=now,
        stranger=account.address_key,
    )
    link.until = max(letter.due_at, now) + LINK  # a letter may have to wait its turn
    db.session.flush()
    if not is_open:
        for one in (letter, link, account):
            db.session.expunge(one)
        db.session.execute(delete(Letter).where(Letter.id == letter.id))
        db.session.execute(delete(Account).where(Account.id == account.id))  # and link


def _nobody(language: str, now: datetime) -> Account:
    """Return an account of nobody's, for as long as a deed lasts."""
    name = tokens.new_public_id()
    nobody = Account(
        public_id=name,
        address=f"{name}@invalid",
        address_key=name,
        language=language,
        made_at=now,
    )
    db.session.add(nobody)
    db.session.flush()
    return nobody


def invite(account: Account, by: str, *, now: datetime) -> None:
    """Write to somebody who did not ask, with a link of seven days; *by* invites.

    Who has been here before gets no such link: they know the way.
    """
    known = account.seen_at is not None
    link = None if known else link_to(account, None, now=now, until=now + INVITATION)
    outbox.post(
        "invitation",
        to=account.address,
        language=account.language,
        facts={
            "account": {"name": account.name},
            "link": link and link.public_id,
            "days": link and INVITATION.days,
            "by": by,
        },
        now=now,
        stranger=account.address_key,
    )


def link_to(
    account: Account, browser: str | None, *, now: datetime, until: datetime
) -> SignInLink:
    """Keep a link that signs in once, in *browser* (its digest; None: in any)."""
    link = SignInLink(
        public_id=tokens.new_public_id(),
        account_id=account.id,
        browser=browser,
        asked_at=now,
        until=until,
    )
    db.session.add(link)
    db.session.flush()
    return link


def sign_in(
    link: SignInLink, browser: str, agent: str, *, before: str = "", now: datetime
) -> str:
    """Let in whoever holds *link*, once; return the key of their stay.

    *before* is the key that this browser has had so far: it ends.

    Raises:
        SignInLinkOver: used already, too old, or asked for in another browser.
        NobodyByThatAddress: the account was closed meanwhile.
    """
    used = (
        select(SignInLink)
        .where(SignInLink.id == link.id, SignInLink.used_at.is_(None))
        .with_for_update()
    )
    fresh = db.session.scalars(
        used, execution_options={"populate_existing": True}
    ).one_or_none()
    if fresh is None or not accounts.opens(fresh, browser, now):
        raise SignInLinkOver
    account = db.session.get_one(Account, fresh.account_id)
    if account.closed_at is not None:
        raise NobodyByThatAddress
    fresh.used_at = now
    return stay(account, agent, how="link", before=before, now=now)


def stay(
    account: Account, agent: str, *, how: str, before: str = "", now: datetime
) -> str:
    """Begin a stay of *account*, under a new key, and return the key."""
    db.session.execute(delete(Stay).where(Stay.digest == accounts.digest(before)))
    key = secrets.token_urlsafe(32)
    db.session.add(
        Stay(
            account_id=account.id,
            digest=accounts.digest(key),
            began_at=now,
            seen_at=now,
            agent=agent[:200],
        )
    )
    account.seen_at = now
    db.session.flush()
    journal.note(
        "signed in", "account", account.id, actor=actor_of(account), now=now, how=how
    )
    return key


def sign_out(known: Stay, *, now: datetime) -> None:
    """End one stay."""
    journal.note(
        "signed out",
        "account",
        known.account_id,
        actor=actor_of(known.account),
        now=now,
    )
    db.session.delete(known)
    db.session.flush()


def sign_out_everywhere(account: Account, *, actor: str, now: datetime) -> None:
    """End every stay of *account*, and every link that waits."""
    end(account)
    journal.note("signed out everywhere", "account", account.id, actor=actor, now=now)


def end(account: Account) -> None:
    """Delete every stay of *account* and every link to it, without a word."""
    db.session.execute(delete(Stay).where(Stay.account_id == account.id))
    db.session.execute(delete(SignInLink).where(SignInLink.account_id == account.id))
    db.session.flush()


def is_seen(known: Stay, *, now: datetime) -> None:
    """Write down that a stay goes on; call it at most once a minute (``SEEN``)."""
    known.seen_at = now
    known.account.seen_at = now
    db.session.flush()


def forget_what_is_over(now: datetime) -> None:
    """Delete stays and links that open nothing, and who left before the journal began.

    What a closed account did stands in the journal, under its name, for as long.
    """
    over = or_(
        Stay.seen_at <= now - accounts.IDLE, Stay.began_at <= now - accounts.LONGEST
    )
    db.session.execute(delete(Stay).where(over))
    db.session.execute(delete(SignInLink).where(SignInLink.until <= now))
    left = Account.closed_at <= now - CLOSED
    nobody = {"name": "", "address": "", "address_key": cast(Account.id, String)}
    db.session.execute(
        update(Account).where(left, Account.address != "").values(nobody),
        execution_options={"synchronize_session": False},
    )
    db.session.flush()


# Passkeys


def add_passkey(
    account: Account,
    *,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    name: str,
    now: datetime,
) -> Passkey:
    """Keep the public half of a passkey that was proved.

    Raises:
        PasskeyUnknown: somebody has it already.
    """
    if accounts.passkey_of(credential_id) is not None:
        raise PasskeyUnknown
    passkey = Passkey(
        account_id=account.id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        name=name,
        made_at=now,
    )
    db.session.add(passkey)
    db.session.flush()
    journal.note(
        "added a passkey", "account", account.id, actor=actor_of(account), now=now
    )
    return passkey


def use_passkey(
    credential_id: bytes,
    count: int,
    agent: str,
    *,
    asked_at: datetime,
    before: str = "",
    now: datetime,
) -> str:
    """Let in whoever proved a passkey, and return the key of their stay.

    *count* is how often its device says it was used, where it counts at all. An answer
    to what was *asked_at* opens once: nothing before its last use opens again.

    Raises:
        PasskeyUnknown: it is gone, or this answer was given already.
        PasskeyCopied: its device counted backwards.
        NobodyByThatAddress: its account is closed.
    """
    held = select(Passkey).where(Passkey.credential_id == credential_id)
    passkey = db.session.scalars(held.with_for_update()).one_or_none()
    if passkey is None or (passkey.used_at and asked_at < passkey.used_at):
        raise PasskeyUnknown
    if (count or passkey.sign_count) and count <= passkey.sign_count:
        raise PasskeyCopied
    if passkey.account.closed_at is not None:
        raise NobodyByThatAddress
    passkey.sign_count, passkey.used_at = count, now
    return stay(passkey.account, agent, how="passkey", before=before, now=now)


def doubt_passkey(credential_id: bytes, *, now: datetime) -> None:
    """Note that somebody may have a copy of a passkey."""
    passkey = accounts.passkey_of(credential_id)
    if passkey is not None:
        journal.note(
            "passkey doubted", "account", passkey.account_id, actor="desk", now=now
        )


def remove_passkey(passkey: Passkey, *, now: datetime) -> None:
    """Forget a passkey."""
    journal.note(
        "removed a passkey",
        "account",
        passkey.account_id,
        actor=actor_of(passkey.account),
        now=now,
    )
    db.session.delete(passkey)
    db.session.flush()


def actor_of(account: Account) -> str:
    """Return how the journal names *account*."""
    return f"account {account.id}"
