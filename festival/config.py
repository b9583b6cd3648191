"""Every setting: its name, its type, its default. Read once, checked, never again."""

from __future__ import annotations

import dataclasses
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

PREFIX = "FESTIVAL_"
KEY_LENGTH, KEY_VARIETY = 32, 10  # characters, different characters
LONGEST_RETENTION = 60  # days
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
LOCAL = ("127.0.0.1", "localhost", "::1")
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
WEAK = re.compile(r"(.)\1*|changeme.*|secret.*|password.*|dev.*", re.IGNORECASE)
ADDRESS = re.compile(
    r"(https://[a-z0-9.-]+|http://(127\.0\.0\.1|localhost|\[::1\]))(:[0-9]{1,5})?/?",
    re.IGNORECASE,
)
FOLDER = re.compile(r"[ !#-\[\]-~]+")
MAILBOX = re.compile(r"[^\s@<>]+@[^\s@<>]+")


class BadSetting(SystemExit):
    """A setting that keeps the house closed; its sentence says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"festival: {sentence}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One attribute, one environment variable: ``FESTIVAL_`` and the same name.

    Defaults are safe to publish and right for production; the demonstration
    (``DEMO``) is content with none set.
    """

    # The machine
    DEMO: bool = False
    INSTANCE: str = "instance"  # folder of the database, its gate, kept letters
    SECRET_KEY: str = field(default="", repr=False)
    SECRET_KEY_FALLBACKS: tuple[str, ...] = field(default=(), repr=False)
    BASE_URL: str = ""
    TRUSTED_HOSTS: tuple[str, ...] = ()
    TRUSTED_HOPS: int = 0  # proxies in front, each adding to X-Forwarded-For
    DATABASE_URL: str = field(default="", repr=False)  # empty: SQLite in INSTANCE
    BIND: str = "127.0.0.1:8000"
    WORKERS: int = 2
    THREADS: int = 8
    RELAY: bool = True
    KEPT_MB: int = 16  # public answers kept ready, each process
    REDIS_URL: str = field(default="", repr=False)  # where processes share them

    # Letters
    MAIL_SERVER: str = ""
    MAIL_PORT: int = 587
    MAIL_SECURITY: str = "starttls"  # starttls, ssl or none
    MAIL_USERNAME: str = ""
    MAIL_PASSWORD: str = field(default="", repr=False)
    MAIL_SENDER: str = ""  # empty: CONTACT_EMAIL
    CALENDAR_ADDRESS: str = ""  # a mailbox that is read; empty: no REQUEST, a file
    MAILBOX_SERVER: str = ""  # where bounces and calendars' answers arrive; IMAP
    MAILBOX_PORT: int = 993
    MAILBOX_SECURITY: str = "ssl"  # ssl, starttls or none
    MAILBOX_USERNAME: str = ""
    MAILBOX_PASSWORD: str = field(default="", repr=False)
    MAILBOX_FOLDER: str = "INBOX"
    MAILBOX_TRUSTS: str = ""  # whose Authentication-Results are believed

    # Rules that a house may tune
    RETENTION_DAYS: int = 30  # guests, after their event
    FORM_SECONDS: int = 2  # a form answered faster is shown again
    NETWORK_REPLIES: int = 300  # a network and event in 10 minutes, then by mail

    # The house
    HOUSE_NAME: str = "Halle Belleville"
    HOUSE_TAGLINE_FR: str = "Que faire à Belleville ?"
    HOUSE_TAGLINE_EN: str = "What’s on in Belleville?"
    HOUSE_ADDRESS: str = ""
    CONTACT_EMAIL: str = ""
    CONTACT_PHONE: str = ""
    CONTACT_HOURS_FR: str = ""
    CONTACT_HOURS_EN: str = ""
    TIMEZONE: str = "Europe/Paris"
    PUBLISHER: str = ""  # legal notice: who publishes the site
    PUBLICATION_DIRECTOR: str = ""
    HOST: str = ""  # legal notice: who keeps the server
    PRIVACY_CONTACT: str = ""  # empty: CONTACT_EMAIL
    ACCESSIBILITY: str = ""  # empty, none, partial or full
    ACCESSIBILITY_AUDIT: str = ""  # date, rate and auditor of the audit

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read ``FESTIVAL_…``, and refuse what cannot be right.

        Raises:
            BadSetting: unknown name, bad value, or something needed is missing.
        """
        types = get_type_hints(cls)
        given: dict[str, Any] = {}
        for name, text in environment.items():
            if not name.startswith(PREFIX):
                continue
            short = name.removeprefix(PREFIX)
            if short not in types:
                raise BadSetting(
                    f"{name} is not a setting. Look for a slip of the pen, or unset "
                    "it; the README lists every setting."
                )
            given[short] = _typed(name, text.strip(), types[short])
        return cls(**given).checked()

    def checked(self) -> Self:
        """Return these settings made whole, or refuse them.

        Raises:
            BadSetting: with the sentence that says what to do.
        """
        if self.DEMO and self != (whole := self._with_demo_defaults()):
            return whole.checked()
        self._check_secret()
        self._check_machine()
        self._check_addresses()
        self._check_letters()
        self._check_mailbox()
        self._check_rules()
        return self

    def _with_demo_defaults(self) -> Self:
        house: dict[str, Any] = {
            "SECRET_KEY": self.SECRET_KEY or _kept_secret(Path(self.INSTANCE)),
            "BASE_URL": self.BASE_URL or f"http://{self.BIND}",
            "TRUSTED_HOSTS": self.TRUSTED_HOSTS or ("localhost", "127.0.0.1"),
            "HOUSE_ADDRESS": self.HOUSE_ADDRESS or "12 rue des Arches, 75020 Paris",
            "CONTACT_EMAIL": self.CONTACT_EMAIL or "bonjour@halle.example",
            "CONTACT_PHONE": self.CONTACT_PHONE or "01 99 00 12 34",
            "CONTACT_HOURS_FR": self.CONTACT_HOURS_FR
            or "du mardi au samedi, 10 h – 18 h",
            "CONTACT_HOURS_EN": self.CONTACT_HOURS_EN
            or "Tuesday to Saturday, 10am – 6pm",
            "PUBLISHER": self.PUBLISHER or "Halle Belleville, association imaginaire",
            "PUBLICATION_DIRECTOR": self.PUBLICATION_DIRECTOR
            or "Personne (démonstration)",
            "HOST": self.HOST or "Votre propre ordinateur (démonstration)",
        }
        return dataclasses.replace(self, **house)

    def _check_secret(self) -> None:
        for key in (self.SECRET_KEY, *self.SECRET_KEY_FALLBACKS):
            if (
                len(key) < KEY_LENGTH
                or len(set(key)) < KEY_VARIETY
                or WEAK.fullmatch(key)
            ):
                raise BadSetting(
                    "FESTIVAL_SECRET_KEY is missing or weak: it seals every guest's "
                    "link. Set it to 32 random characters or more, for example with "
                    'python3 -c "import secrets; print(secrets.token_urlsafe(32))".'
                )

    def _check_machine(self) -> None:
        if not (self.WORKERS and self.THREADS):
            raise BadSetting("FESTIVAL_WORKERS and FESTIVAL_THREADS must be 1 or more.")
        if not self.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise BadSetting(
                "FESTIVAL_DATABASE_URL must begin with postgresql:// or sqlite:///; "
                "unset it for SQLite in the instance folder."
            )

        if self.REDIS_URL:
            self._check_redis()

    def _check_redis(self) -> None:
        parts = urlsplit(self.REDIS_URL)
        if parts.scheme not in {"redis", "rediss", "unix"}:
            raise BadSetting(
                "FESTIVAL_REDIS_URL must begin with redis://, rediss:// or unix://; "
                "unset it where there is none."
            )
        if not (parts.password or parts.scheme == "unix" or parts.hostname in LOCAL):
            raise BadSetting(
                "FESTIVAL_REDIS_URL names another machine and no password: whoever "
                "reaches it could change what the site shows. Give Redis a password, "
                "and write redis://:password@host:6379/0."
            )

    def _check_addresses(self) -> None:
        if not ADDRESS.fullmatch(self.BASE_URL):
            raise BadSetting(
                "FESTIVAL_BASE_URL must be the site's public address and nothing "
                "more, for example https://agenda.example.org (http only on this "
                f"machine itself); it is {self.BASE_URL!r}."
            )

    def _check_letters(self) -> None:
        if self.MAIL_SECURITY not in {"starttls", "ssl", "none"}:
            raise BadSetting("FESTIVAL_MAIL_SECURITY must be starttls, ssl or none.")
        if not self.CONTACT_EMAIL:
            raise BadSetting(
                "FESTIVAL_CONTACT_EMAIL is missing: guests answer our letters, and "
                "somebody must read them. Set it to an address of the house."
            )
        for name in ("CONTACT_EMAIL", "MAIL_SENDER", "CALENDAR_ADDRESS"):
            address = getattr(self, name)
            if address and not MAILBOX.fullmatch(address):
                raise BadSetting(
                    f"{PREFIX}{name} must be an email address; it is {address!r}."
                )
        if not 1 <= self.MAIL_PORT <= 65535:
            raise BadSetting("FESTIVAL_MAIL_PORT must be from 1 to 65535.")
        if not (self.MAIL_SERVER or self.DEMO):
            raise BadSetting(
                "FESTIVAL_MAIL_SERVER is missing: without it no guest would get a "
                "letter. Set it to your provider's SMTP server, or set "
                "FESTIVAL_DEMO=1 to try the site with letters kept as files."
            )

    def _check_mailbox(self) -> None:
        if self.CALENDAR_ADDRESS and not (self.MAILBOX_SERVER or self.DEMO):
            raise BadSetting(
                "FESTIVAL_CALENDAR_ADDRESS promises that what calendars answer is "
                "read. Set FESTIVAL_MAILBOX_SERVER to the IMAP server of that "
                "mailbox, or unset the address: guests then get the entry as a file."
            )
        if self.MAILBOX_SECURITY not in {"ssl", "starttls", "none"}:
            raise BadSetting("FESTIVAL_MAILBOX_SECURITY must be ssl, starttls or none.")
        if not 1 <= self.MAILBOX_PORT <= 65535:
            raise BadSetting("FESTIVAL_MAILBOX_PORT must be from 1 to 65535.")
        if self.MAILBOX_SERVER and not (
            self.MAILBOX_USERNAME and self.MAILBOX_PASSWORD
        ):
            raise BadSetting(
                "FESTIVAL_MAILBOX_USERNAME and FESTIVAL_MAILBOX_PASSWORD are missing: "
                "no mailbox opens without them."
            )
        if not FOLDER.fullmatch(self.MAILBOX_FOLDER):
            raise BadSetting(
                "FESTIVAL_MAILBOX_FOLDER must be a folder's name as IMAP spells it: "
                "ASCII, without quotes, for example INBOX."
            )

    def _check_rules(self) -> None:
        if not 1 <= self.RETENTION_DAYS <= LONGEST_RETENTION:
            raise BadSetting("FESTIVAL_RETENTION_DAYS must be from 1 to 60 days.")
        if self.ACCESSIBILITY not in {"", "none", "partial", "full"}:
            raise BadSetting(
                "FESTIVAL_ACCESSIBILITY must be empty, none, partial or full."
            )
        if self.ACCESSIBILITY in {"partial", "full"} and not self.ACCESSIBILITY_AUDIT:
            raise BadSetting(
                "FESTIVAL_ACCESSIBILITY_AUDIT is missing: who claims partial or full "
                "conformity names the audit's date, rate and auditor."
            )
        if (
            not (self.FORM_SECONDS and self.NETWORK_REPLIES)
            and self.BIND.rpartition(":")[0] not in LOOPBACK
        ):
            raise BadSetting(
                "FESTIVAL_FORM_SECONDS and FESTIVAL_NETWORK_REPLIES may be 0 only "
                "where the server listens on this machine alone (FESTIVAL_BIND)."
            )
        try:
            ZoneInfo(self.TIMEZONE)
        except (KeyError, ValueError, OSError):
            raise BadSetting(
                "FESTIVAL_TIMEZONE must be an IANA name, for example Europe/Paris."
            ) from None

    # What follows from the settings

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the secret keys, the one that seals first."""
        return (self.SECRET_KEY, *self.SECRET_KEY_FALLBACKS)

    @property
    def instance(self) -> Path:
        """Return the folder of everything this house writes."""
        return Path(self.INSTANCE).absolute()

    @property
    def database_url(self) -> str:
        """Return SQLAlchemy's address of the database, with our driver's name."""
        if not self.DATABASE_URL:
            return f"sqlite:///{self.instance / 'festival.sqlite'}"
        scheme, separator, rest = self.DATABASE_URL.partition("://")
        if scheme in {"postgres", "postgresql"}:
            scheme = "postgresql+psycopg"
        return scheme + separator + rest

    @property
    def base_url(self) -> str:
        """Return the site's address without a slash at its end."""
        return self.BASE_URL.rstrip("/")

    @property
    def hosts(self) -> list[str]:
        """Return every host name the site answers to."""
        return [urlsplit(self.BASE_URL).hostname or "", *self.TRUSTED_HOSTS]

    @property
    def sender(self) -> str:
        """Return the address letters come from."""
        return self.CALENDAR_ADDRESS or self.MAIL_SENDER or self.CONTACT_EMAIL

    @property
    def mail_domain(self) -> str:
        """Return the domain of our Message-IDs."""
        return self.sender.rpartition("@")[2]


def _typed(name: str, text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() not in TRUE + FALSE:
            raise BadSetting(f"{name} must be on or off; it is {text!r}.")
        return text.lower() in TRUE
    if kind is int:
        try:
            number = int(text)
        except ValueError:
            raise BadSetting(
                f"{name} must be a whole number; it is {text!r}."
            ) from None
        if number < 0:
            raise BadSetting(f"{name} must not be negative; it is {text!r}.")
        return number
    if kind is str:
        return text
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _kept_secret(instance: Path) -> str:
    """Return the demonstration's own secret: made once, kept in its folder."""
    instance.mkdir(parents=True, exist_ok=True)
    kept = instance / "secret-key"
    try:
        with os.fdopen(
            os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w"
        ) as f:
            f.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return kept.read_text().strip()
