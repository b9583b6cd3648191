"""Settings: what opens the house, and every sentence that keeps it closed."""

from __future__ import annotations

import ast
import zoneinfo
from pathlib import Path

import pytest

from festival.config import BadSetting, Settings
from tests.conftest import some_settings

PACKAGE = Path(__file__).parents[1] / "festival"

OPEN_HOUSE = {
    "FESTIVAL_SECRET_KEY": "k3y-of-the-tests-0123456789-abcdefghij",
    "FESTIVAL_BASE_URL": "https://halle.example",
    "FESTIVAL_MAIL_SERVER": "smtp.halle.example",
    "FESTIVAL_CONTACT_EMAIL": "bonjour@halle.example",
}

SECRET = (
    "FESTIVAL_SECRET_KEY is missing or weak: it seals every guest's link. Set it to "
    "32 random characters or more, for example with "
    'python3 -c "import secrets; print(secrets.token_urlsafe(32))".'
)
WORKERS = "FESTIVAL_WORKERS and FESTIVAL_THREADS must be 1 or more."
DATABASE = (
    "FESTIVAL_DATABASE_URL must begin with postgresql:// or sqlite:///; unset it for "
    "SQLite in the instance folder."
)
ZEROES = (
    "FESTIVAL_FORM_SECONDS and FESTIVAL_NETWORK_REPLIES may be 0 only where the "
    "server listens on this machine alone (FESTIVAL_BIND)."
)
RETENTION = "FESTIVAL_RETENTION_DAYS must be from 1 to 60 days."
MAIL_PORT = "FESTIVAL_MAIL_PORT must be from 1 to 65535."
UNREAD = (
    "FESTIVAL_CALENDAR_ADDRESS promises that what calendars answer is read. Set "
    "FESTIVAL_MAILBOX_SERVER to the IMAP server of that mailbox, or unset the address: "
    "guests then get the entry as a file."
)
MAILBOX_KEY = (
    "FESTIVAL_MAILBOX_USERNAME and FESTIVAL_MAILBOX_PASSWORD are missing: no mailbox "
    "opens without them."
)
FOLDER = (
    "FESTIVAL_MAILBOX_FOLDER must be a folder's name as IMAP spells it: ASCII, without "
    "quotes, for example INBOX."
)
CONFORMITY = "FESTIVAL_ACCESSIBILITY must be empty, none, partial or full."
AUDIT = (
    "FESTIVAL_ACCESSIBILITY_AUDIT is missing: who claims partial or full conformity "
    "names the audit's date, rate and auditor."
)
ZONE = "FESTIVAL_TIMEZONE must be an IANA name, for example Europe/Paris."


def opens(**changes: str | None) -> Settings:
    """Read an environment: that of an open house, with *changes*; None unsets."""
    environment: dict[str, str | None] = {**OPEN_HOUSE, "PATH": "/bin"}
    environment |= {f"FESTIVAL_{name}": text for name, text in changes.items()}
    return Settings.from_env({k: v for k, v in environment.items() if v is not None})


def refusal(**changes: str | None) -> str:
    with pytest.raises(BadSetting) as refused:
        opens(**changes)
    return str(refused.value).removeprefix("festival: ")


def test_four_settings_open_a_house():
    settings = opens()

    assert settings.base_url == "https://halle.example"
    assert settings.hosts == ["halle.example"]
    assert settings.sender == "bonjour@halle.example"
    assert settings.mail_domain == "halle.example"
    assert settings.keys == ("k3y-of-the-tests-0123456789-abcdefghij",)
    assert not settings.DEMO


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": None}, SECRET),
        ({"SECRET_KEY": ""}, SECRET),
        ({"SECRET_KEY": "short-but-quite-random-9xQ"}, SECRET),
        ({"SECRET_KEY": "a" * 64}, SECRET),
        ({"SECRET_KEY": "abcabcabc" * 8}, SECRET),
        ({"SECRET_KEY": "changeme-changeme-0123456789-xyz"}, SECRET),
        ({"SECRET_KEY": "Secret-0123456789-abcdefghijklmnop"}, SECRET),
        ({"SECRET_KEY": "password0123456789abcdefghijklmno"}, SECRET),
        ({"SECRET_KEY_FALLBACKS": "weak"}, SECRET),
        ({"WORKERS": "0"}, WORKERS),
        ({"THREADS": "0"}, WORKERS),
        ({"DATABASE_URL": "mysql://halle.example/festival"}, DATABASE),
        ({"DATABASE_URL": "sqlite://"}, DATABASE),  # in memory: gone with the process
        ({"DATABASE_URL": "festival.sqlite"}, DATABASE),
        ({"MAIL_PORT": "0"}, MAIL_PORT),
        ({"MAIL_PORT": "70000"}, MAIL_PORT),
        (
            {"MAIL_SECURITY": "tls"},
            "FESTIVAL_MAIL_SECURITY must be starttls, ssl or none.",
        ),
        (
            {"MAIL_SERVER": None},
            (
                "FESTIVAL_MAIL_SERVER is missing: without it no guest would get a "
                "letter. Set it to your provider's SMTP server, or set "
                "FESTIVAL_DEMO=1 to try the site with letters kept as files."
            ),
        ),
        (
            {"CONTACT_EMAIL": None},
            (
                "FESTIVAL_CONTACT_EMAIL is missing: guests answer our letters, and "
                "somebody must read them. Set it to an address of the house."
            ),
        ),
        (
            {"CONTACT_EMAIL": "bonjour"},
            "FESTIVAL_CONTACT_EMAIL must be an email address; it is 'bonjour'.",
        ),
        (
            {"MAIL_SENDER": "La Halle <a@halle.example>"},
            (
                "FESTIVAL_MAIL_SENDER must be an email address; it is "
                "'La Halle <a@halle.example>'."
            ),
        ),
        (
            {"CALENDAR_ADDRESS": "a@b\r\nBcc: c@d"},
            (
                "FESTIVAL_CALENDAR_ADDRESS must be an email address; it is "
                r"'a@b\r\nBcc: c@d'."
            ),
        ),
        ({"CALENDAR_ADDRESS": "agenda@halle.example"}, UNREAD),
        ({"MAILBOX_SERVER": "imap.halle.example"}, MAILBOX_KEY),
        (
            {"MAILBOX_SERVER": "imap.halle.example", "MAILBOX_USERNAME": "halle"},
            MAILBOX_KEY,
        ),
        (
            {"MAILBOX_SECURITY": "tls"},
            "FESTIVAL_MAILBOX_SECURITY must be ssl, starttls or none.",
        ),
        ({"MAILBOX_PORT": "0"}, "FESTIVAL_MAILBOX_PORT must be from 1 to 65535."),
        ({"MAILBOX_FOLDER": ""}, FOLDER),
        ({"MAILBOX_FOLDER": 'a"b'}, FOLDER),
        ({"MAILBOX_FOLDER": "a\r\nb"}, FOLDER),
        ({"MAILBOX_FOLDER": "Boîte"}, FOLDER),
        ({"RETENTION_DAYS": "0"}, RETENTION),
        ({"RETENTION_DAYS": "61"}, RETENTION),
        ({"BIND": "0.0.0.0:8000", "FORM_SECONDS": "0"}, ZEROES),
        ({"BIND": "0.0.0.0:8000", "NETWORK_REPLIES": "0"}, ZEROES),
        ({"BIND": ":8000", "FORM_SECONDS": "0"}, ZEROES),
        ({"BIND": "127.0.0.1.example:8000", "FORM_SECONDS": "0"}, ZEROES),
        ({"BIND": "127.0.0.1:8000,0.0.0.0:9000", "FORM_SECONDS": "0"}, ZEROES),
        ({"BIND": "unix:/run/festival.sock", "FORM_SECONDS": "0"}, ZEROES),
        ({"ACCESSIBILITY": "yes"}, CONFORMITY),
        ({"ACCESSIBILITY": "partial"}, AUDIT),
        ({"ACCESSIBILITY": "full"}, AUDIT),
        ({"TIMEZONE": "CEST+2"}, ZONE),
        ({"TIMEZONE": "Europe"}, ZONE),
        ({"TIMEZONE": ""}, ZONE),
        ({"TIMEZONE": "../../etc/passwd"}, ZONE),
        (
            {"WORKERS": "two"},
            "FESTIVAL_WORKERS must be a whole number; it is 'two'.",
        ),
        (
            {"WORKERS": "2.5"},
            "FESTIVAL_WORKERS must be a whole number; it is '2.5'.",
        ),
        (
            {"TRUSTED_HOPS": "-1"},
            "FESTIVAL_TRUSTED_HOPS must not be negative; it is '-1'.",
        ),
        (
            {"REDIS_URL": "http://127.0.0.1"},
            (
                "FESTIVAL_REDIS_URL must begin with redis://, rediss:// or unix://; "
                "unset it where there is none."
            ),
        ),
        (
            {"REDIS_URL": "redis://cache.example:6379/0"},
            (
                "FESTIVAL_REDIS_URL names another machine and no password: whoever "
                "reaches it could change what the site shows. Give Redis a password, "
                "and write redis://:password@host:6379/0."
            ),
        ),
        ({"RELAY": "perhaps"}, "FESTIVAL_RELAY must be on or off; it is 'perhaps'."),
        (
            {"SECRET_KEYS": "k"},
            (
                "FESTIVAL_SECRET_KEYS is not a setting. Look for a slip of the pen, or "
                "unset it; the README lists every setting."
            ),
        ),
    ],
)
def test_the_house_stays_closed_and_says_what_to_do(changes, sentence):
    assert refusal(**changes) == sentence


@pytest.mark.parametrize(
    "address",
    [
        "",
        "halle.example",
        "//halle.example",
        "ftp://halle.example",
        "http://halle.example",  # links in letters would travel in the clear
        "http://127.0.0.1.halle.example",
        "https://",
        "https://:443",
        "https://[",
        "https://halle.example/agenda",
        "https://halle.example?a=b",
        "https://halle.example#a",
        "https://ada@halle.example",
        r"https://halle.example\@example.org",
        "https://halle.example:port",
        "https://halle example",
        "https://halle.example\nX-Header: 1",
        "https://hallé.example",
    ],
)
def test_a_base_address_is_the_site_s_own_and_nothing_more(address):
    assert refusal(BASE_URL=address) == (
        "FESTIVAL_BASE_URL must be the site's public address and nothing more, for "
        "example https://agenda.example.org (http only on this machine itself); it "
        f"is {address!r}."
    )


@pytest.mark.parametrize(
    ("address", "base_url", "host"),
    [
        ("https://halle.example/", "https://halle.example", "halle.example"),
        ("https://halle.example:8443", "https://halle.example:8443", "halle.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "127.0.0.1"),
        ("http://localhost:8000/", "http://localhost:8000", "localhost"),
    ],
)
def test_a_base_address_may_be(address, base_url, host):
    settings = opens(BASE_URL=address)

    assert settings.base_url == base_url
    assert settings.hosts == [host]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("RELAY", "off", False),
        ("RELAY", "OFF", False),
        ("RELAY", "", False),
        ("RELAY", "1", True),
        ("WORKERS", " 4 ", 4),
        ("TRUSTED_HOSTS", "a.example, b.example ,", ("a.example", "b.example")),
        ("TRUSTED_HOSTS", "", ()),
        ("HOUSE_NAME", " La Halle ", "La Halle"),
    ],
)
def test_text_becomes_what_a_setting_is(name, text, value):
    assert getattr(opens(**{name: text}), name) == value


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://db.example/halle", "postgresql+psycopg://db.example/halle"),
        ("postgresql://db.example/halle", "postgresql+psycopg://db.example/halle"),
        ("sqlite:////srv/halle.sqlite", "sqlite:////srv/halle.sqlite"),
    ],
)
def test_a_database_is_opened_with_our_driver(given, used):
    assert opens(DATABASE_URL=given).database_url == used


def test_without_a_database_the_instance_folder_holds_one(tmp_path):
    settings = opens(INSTANCE=str(tmp_path))

    assert settings.database_url == f"sqlite:///{tmp_path}/festival.sqlite"


def test_the_form_s_haste_may_be_switched_off_on_this_machine_alone():
    settings = opens(BIND="127.0.0.1:8000", FORM_SECONDS="0", NETWORK_REPLIES="0")

    assert (settings.FORM_SECONDS, settings.NETWORK_REPLIES) == (0, 0)


def test_a_demonstration_is_content_with_nothing(tmp_path):
    given = {"FESTIVAL_DEMO": "1", "FESTIVAL_INSTANCE": str(tmp_path)}

    settings = Settings.from_env(given)

    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.hosts == ["127.0.0.1", "localhost", "127.0.0.1"]
    assert settings.CONTACT_EMAIL == "bonjour@halle.example"
    assert settings.MAIL_SERVER == ""


def test_a_demonstration_keeps_its_secret_to_itself(tmp_path):
    given = {"FESTIVAL_DEMO": "1", "FESTIVAL_INSTANCE": str(tmp_path)}

    first, second = Settings.from_env(given), Settings.from_env(given)

    assert first.SECRET_KEY == second.SECRET_KEY
    assert len(first.SECRET_KEY) >= 32
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_what_a_demonstration_is_given_it_keeps(tmp_path):
    settings = opens(
        DEMO="1", INSTANCE=str(tmp_path), BASE_URL=None, BIND="127.0.0.1:8123"
    )

    assert settings.SECRET_KEY == opens().SECRET_KEY
    assert settings.base_url == "http://127.0.0.1:8123"
    assert settings.CONTACT_EMAIL == "bonjour@halle.example"


def test_a_demonstration_is_checked_like_any_house(tmp_path):
    assert refusal(DEMO="1", INSTANCE=str(tmp_path), SECRET_KEY="a" * 32) == SECRET
    assert "FESTIVAL_BASE_URL" in refusal(
        DEMO="1", INSTANCE=str(tmp_path), BASE_URL=None, BIND="0.0.0.0:8000"
    )


def test_a_refusal_leaves_the_program_with_its_sentence_and_no_traceback():
    with pytest.raises(SystemExit) as left:
        opens(WORKERS="two")

    assert left.value.code == (
        "festival: FESTIVAL_WORKERS must be a whole number; it is 'two'."
    )


def test_no_secret_is_shown_with_the_settings():
    settings = some_settings(
        MAIL_PASSWORD="mail-passphrase",
        MAILBOX_PASSWORD="mailbox-passphrase",
        DATABASE_URL="postgresql://ada:db-passphrase@db.example/halle",
        SECRET_KEY_FALLBACKS=("an-older-key-0123456789-abcdefghijk",),
    )

    shown = repr(settings)

    assert "phrase" not in shown
    assert "key-" not in shown
    assert settings.SECRET_KEY not in shown


def test_nothing_but_config_reads_the_environment():
    environment = {"environ", "environb", "getenv", "getenvb", "expandvars"}
    readers = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Attribute(value=ast.Name("os"), attr=name):
                    named = {name}
                case ast.ImportFrom(module="os", names=names):
                    named = {alias.name for alias in names}
                case _:
                    continue
            if named & environment:
                readers.add(path.relative_to(PACKAGE).as_posix())

    assert readers == {"config.py"}


def test_zones_come_from_the_pinned_package_and_not_from_the_machine():
    assert zoneinfo.TZPATH == ()
