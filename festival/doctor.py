"""What a doctor finds: one line a check, what it means, and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from festival import migrations
from festival.config import LOOPBACK, Settings
from festival.logs import place
from festival.queries import health

LITTLE, TOO_LITTLE = 1024**3, 100 * 1024**2  # bytes free on the disk
UNREAD: Final = timedelta(minutes=30)  # the mailbox is read every five
LEGAL: Final = ("HOUSE_ADDRESS", "CONTACT_PHONE", "PUBLISHER", "PUBLICATION_DIRECTOR")
FEW: Final = 3  # refusals that may be three wrong addresses
CLOCK: Final = "Is it right now? Have it set by NTP."
RUN: Final = "start the site, or `flask festival relay` where FESTIVAL_RELAY is off"


class Grade(StrEnum):
    """How bad it is."""

    OK = "OK"
    LOOK = "LOOK"
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check, and what came of it."""

    grade: Grade
    about: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.grade:<7} {self.about}: {self.sentence}"


def examine(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at everything, as far as it can be looked at. Nothing is changed."""
    yield from _settings(settings)
    yield _disk(settings)
    if settings.REDIS_URL:
        yield _redis(settings)
    try:
        database = list(_database())
    except SQLAlchemyError as error:
        yield Finding(
            Grade.BROKEN,
            "database",
            f"it does not answer ({place(error)}). Is it running, is "
            "FESTIVAL_DATABASE_URL right, and was `flask festival migrate` run?",
        )
        return
    yield from database
    if any(finding.grade is Grade.BROKEN for finding in database):
        return  # what it says cannot be relied on
    yield from _seats(now)
    yield _desk()
    yield from _letters(now)
    yield _clockwork(now)
    yield from _mailbox(settings, now)


# The machine


def _settings(settings: Settings) -> Iterator[Finding]:
    """Name what is risky or missing, never a value that is secret."""
    local = (*LOOPBACK, "")
    missing = [name for name in (*LEGAL, "HOST") if not getattr(settings, name)]
    risks = {
        "FESTIVAL_DEMO is on: this is a demonstration, and sends no letter. "
        "Unset it for a real house.": settings.DEMO,
        "FESTIVAL_BASE_URL is http: only this machine itself can use the site. Set the "
        "public https address.": settings.base_url.startswith("http:"),
        "FESTIVAL_MAIL_SECURITY is none: letters and passwords travel in the clear. "
        "Set starttls or ssl.": settings.MAIL_SECURITY == "none"
        and settings.MAIL_SERVER not in local,
        "FESTIVAL_MAILBOX_SECURITY is none: the password travels in the clear. "
        "Set ssl or starttls.": settings.MAILBOX_SECURITY == "none"
        and settings.MAILBOX_SERVER not in local,
        "FESTIVAL_FORM_SECONDS or FESTIVAL_NETWORK_REPLIES is 0: nothing slows "
        "programs down. Unset it after the test.": not (
            settings.FORM_SECONDS and settings.NETWORK_REPLIES
        ),
        "FESTIVAL_TRUSTED_HOPS is 0: behind a proxy all visitors look like one "
        "network. Set how many proxies stand in front.": not settings.TRUSTED_HOPS
        and settings.base_url.startswith("https:"),
        "FESTIVAL_BIND is open to others, who could claim any address in "
        "X-Forwarded-For. Listen on 127.0.0.1 behind the proxy.": bool(
            settings.TRUSTED_HOPS
        )
        and not settings.BIND.startswith((*LOOPBACK, "unix:")),
        "FESTIVAL_RELAY is off: letters and deadlines wait unless "
        "`flask festival relay` runs beside the site.": not settings.RELAY,
        "FESTIVAL_MAILBOX_SERVER is missing: nobody learns of letters that come back. "
        "Set it to the mailbox that letters are sent from.": not settings.DEMO
        and not settings.MAILBOX_SERVER,
        "FESTIVAL_MAILBOX_TRUSTS is missing: a calendar's “no” is left for a person to "
        "read. Set the name in your server's Authentication-Results.": bool(
            settings.CALENDAR_ADDRESS
        )
        and not settings.MAILBOX_TRUSTS,
        f"the legal notice is incomplete. Set {_named(missing)}.": bool(missing),
    }
    found = [sentence for sentence, holds in risks.items() if holds]
    yield from (Finding(Grade.LOOK, "settings", sentence) for sentence in found)
    if not found:
        yield Finding(Grade.OK, "settings", "nothing risky, nothing missing.")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.instance).free
    told = f"{free // 1024**2:,} MiB are free where the site writes"
    if free >= LITTLE:
        return Finding(Grade.OK, "disk", f"{told}.")
    grade = Grade.LOOK if free >= TOO_LITTLE else Grade.BROKEN
    return Finding(grade, "disk", f"{told}: no reply can be kept on a full one. Tidy.")


def _redis(settings: Settings) -> Finding:
    from festival.store import RedisStore  # noqa: PLC0415  # a package few need

    if RedisStore(settings.REDIS_URL, "").answers():
        return Finding(Grade.OK, "redis", "it answers.")
    return Finding(
        Grade.LOOK,
        "redis",
        "it does not answer, so every process makes all public answers itself. Is it "
        "running, and is FESTIVAL_REDIS_URL right?",
    )


def _database() -> Iterator[Finding]:
    version, found = health.version(), health.revision()
    yield Finding(Grade.OK, "database", f"{version} answers.")
    head = migrations.head()
    if found == head:
        yield Finding(Grade.OK, "tables", f"at migration {head}, the last.")
    else:
        yield Finding(
            Grade.BROKEN,
            "tables",
            f"at migration {found}, and this version needs {head}. Run "
            "`flask festival migrate`.",
        )
    if wrong := health.unsound():
        yield Finding(
            Grade.BROKEN,
            "database",
            f"it is damaged ({'; '.join(wrong[:3])}). Stop the site, keep the file, "
            "and restore the last backup.",
        )
    elif version.startswith("SQLite"):
        yield Finding(Grade.OK, "database", "its file is sound.")


# Seats


def _seats(now: datetime) -> Iterator[Finding]:
    over = health.overfull(now)
    for event in over:
        told = f"{event.slug} has {event.seats_taken} people for {event.capacity} seats"
        if event.lowered:
            yield Finding(
                Grade.LOOK,
                "seats",
                f"{told}, since it was made smaller. Find seats, or write to some.",
            )
        else:
            yield Finding(
                Grade.BROKEN,
                "seats",
                f"{told}, and nobody lowered them. That is a fault of this program: "
                "raise the capacity if the room allows, and report it.",
            )
    if not over:
        yield Finding(Grade.OK, "seats", "no event has more people than seats.")
    yield _judged(
        "waiting list",
        health.waiting_in_vain(now),
        good="nobody waits where there is room for them.",
        bad="somebody waits although there is room, at {what}. If the clockwork runs, "
        "that is a fault of this program: report it; any reply there sets it right.",
    )
    yield _judged(
        "replies",
        [f"{slug} ({n})" for slug, n in health.without_letter(now).items()],
        good="everybody confirmed this week has a letter, or wants none.",
        bad="confirmed without any letter, at {what}. That is a fault of this program: "
        "report it; their tickets can be sent again from the site.",
    )


# The desk


def _desk() -> Finding:
    if health.administrators():
        return Finding(Grade.OK, "desk", "somebody keeps the accounts.")
    return Finding(
        Grade.LOOK,
        "desk",
        "nobody keeps the accounts: no one can be invited, and no role be taken. Run "
        "`flask festival admin ADDRESS`, and open the link that it prints.",
    )


# Letters


def _letters(now: datetime) -> Iterator[Finding]:
    outbox = health.outbox(now)
    last = f"the last went {_ago(now, outbox.last_sent)}"
    if outbox.late:
        yield Finding(
            Grade.BROKEN,
            "letters",
            f"{outbox.late} wait, one for {_span(outbox.lag)}; {last}. Does the mail "
            f"server answer? See the log; {RUN}.",
        )
    else:
        lag = f"; one is due since {_span(outbox.lag)}" if outbox.lag else ""
        yield Finding(Grade.OK, "letters", f"none waits too long{lag}; {last}.")
    if outbox.stale:
        yield Finding(
            Grade.BROKEN,
            "letters",
            f"{outbox.stale} were in hand when a relay died, and no other took them "
            f"over. Now {RUN}.",
        )
    if outbox.ahead:
        yield Finding(
            Grade.BROKEN,
            "letters",
            f"{outbox.ahead} were put off while this machine’s clock was ahead. "
            f"{CLOCK} They go within a minute; if not, {RUN}.",
        )
    if outbox.put_off:
        yield Finding(
            Grade.LOOK,
            "letters",
            f"{outbox.put_off} were put off by the mail server, and are tried again "
            "for a day and a half. If they grow many, ask your provider.",
        )
    parked = [f"{n} {kind} ({trouble})" for kind, trouble, n in health.unbuilt()]
    if parked:
        yield Finding(
            Grade.BROKEN,
            "letters",
            f"some could not be written: {_named(parked)}. That is a fault of this "
            "program: report it, and call these guests.",
        )
    yield from _refusals(now)
    refused, bounced = health.came_back()
    if refused or bounced:
        yield Finding(
            Grade.LOOK,
            "letters",
            f"this week {refused} were refused and {bounced} came back: addresses that "
            "are wrong. These guests' own pages say so; the door has their names.",
        )


def _refusals(now: datetime) -> Iterator[Finding]:
    """Look whether it is not some addresses that are wrong, but the house's letters."""
    day = health.refusals(now)
    ask = "Ask your provider, and see SPF, DKIM and DMARC in the README."
    if day.unwelcome:
        yield Finding(
            Grade.BROKEN,
            "letters",
            f"{day.unwelcome} were refused since yesterday because of who sent them "
            f"(5.7). {ask}",
        )
    elif day.refused >= FEW and 2 * day.refused > day.tried:
        yield Finding(
            Grade.BROKEN,
            "letters",
            f"{day.refused} of {day.tried} were refused since yesterday: that is not "
            f"the addresses’ fault. {ask}",
        )


# What works by itself


def _clockwork(now: datetime) -> Finding:
    lease = health.lease("clockwork")
    if lease is None:
        return Finding(Grade.LOOK, "clockwork", f"it has never run. Now {RUN}.")
    if lease.until <= now - health.TOO_LONG:
        return Finding(
            Grade.BROKEN,
            "clockwork",
            f"it stopped {_ago(now, lease.until)}: deadlines, reminders and erasures "
            f"wait. Now {RUN}.",
        )
    if lease.until > now + health.TOO_LONG:
        return Finding(
            Grade.BROKEN,
            "clockwork",
            f"it ran while this machine’s clock was ahead, and not since. {CLOCK} "
            f"Now {RUN}.",
        )
    return Finding(Grade.OK, "clockwork", "it runs, or did just now.")


def _mailbox(settings: Settings, now: datetime) -> Iterator[Finding]:
    if settings.DEMO or not settings.MAILBOX_SERVER:
        return
    read = health.mailbox()
    if read is None or read.looked_at is None:
        yield Finding(Grade.LOOK, "mailbox", f"it was never read yet. Now {RUN}.")
        return
    when = _ago(now, read.looked_at)
    if read.trouble:
        yield Finding(
            Grade.BROKEN,
            "mailbox",
            f"it could not be read {when}: {read.trouble}. Check FESTIVAL_MAILBOX_….",
        )
    elif read.looked_at > now + health.TOO_LONG:
        yield Finding(
            Grade.BROKEN,
            "mailbox",
            f"it was read while this machine’s clock was ahead, and not since. {CLOCK} "
            f"Now {RUN}.",
        )
    elif read.looked_at <= now - UNREAD:
        yield Finding(Grade.BROKEN, "mailbox", f"it was last read {when}. Now {RUN}.")
    else:
        yield Finding(Grade.OK, "mailbox", f"it was read {when}.")
    if read.to_read:
        yield Finding(
            Grade.LOOK,
            "mailbox",
            f"{read.to_read} mails wait in it for a person. Open it and read them.",
        )


# Words


def _judged(about: str, found: list[str], *, good: str, bad: str) -> Finding:
    if not found:
        return Finding(Grade.OK, about, good)
    return Finding(Grade.BROKEN, about, bad.format(what=_named(found)))


def _named(what: Iterable[str]) -> str:
    named = list(what)
    more = f" and {len(named) - 5} more" if len(named) > 5 else ""
    return ", ".join(named[:5]) + more


def _ago(now: datetime, instant: datetime | None) -> str:
    if instant is None:
        return "never"
    return f"{_span(now - instant)} ago" if instant < now else "just now"


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
