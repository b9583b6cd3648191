"""Backups are sound or are none; a restored one knows nobody who was erased since."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select, update

from festival import backups, create_app, migrations
from festival.extensions import current_settings, db
from festival.models.journal import Suppression
from festival.models.rsvps import Repeat, Rsvp
from festival.queries.silence import is_silenced
from festival.services import amendments, retention, rsvps, silence
from tests.conftest import both_databases, some_settings

LINE = re.compile(r"\S+ (reply|repeat|silence|speak) \S+ [\w=-]+")

OPEN = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("SELECT * FROM rsvp").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def says(app):
    """Says a command, and returns its exit code and what it answers."""

    def say(*words: str | Path) -> tuple[int, str]:
        db.session.rollback()
        result = app.test_cli_runner().invoke(args=["festival", *map(str, words)])
        assert not isinstance(result.exception, Exception), result.exception
        return result.exit_code, " ".join(result.output.split())

    return say


@pytest.fixture
def live(app) -> Path:
    return Path(db.engine.url.database)


def copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("festival-*.sqlite"))


def names() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Rsvp.name).order_by(Rsvp.id)))


def test_a_backup_is_sound_private_and_says_what_is_in_it(build, clock, says, live):
    build.guest(build.event(), "Zoé")

    code, answer = says("backup")

    (copy,) = copies(live.parent / "backups")
    assert (code, copy.name) == (0, "festival-20270601-100000.sqlite")
    assert "Done." in answer
    assert "1 rsvp" in answer
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT name FROM rsvp").fetchall() == [("Zoé",)]
        assert database.execute("PRAGMA journal_mode").fetchall() == [("delete",)]
    assert says("verify", copy)[0] == says("verify")[0] == 0


def test_copies_made_while_others_write_are_of_one_instant(app, live, tmp_path, clock):
    """Pairs are written together: a copy with an odd one was torn. Guards: SQLite's own
    backup, not a copied file; one transaction around count and copy.
    """
    with closing(sqlite3.connect(live)) as database:
        database.execute("CREATE TABLE pair (text TEXT)")
    stopping = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(live, isolation_level=None)) as database:
            while not stopping.is_set():
                database.execute("BEGIN IMMEDIATE")
                for _ in range(2):
                    database.execute("INSERT INTO pair VALUES (?)", ["x" * 3000])
                database.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counted = [
            backups.backup(live, tmp_path / "copies", now=clock.moves(seconds=5))
            for _ in range(8)
        ]
    finally:
        stopping.set()
        writer.join()

    pairs = [copy.rows["pair"] for copy in counted]
    assert all(number % 2 == 0 for number in pairs)
    assert pairs[0] < pairs[-1]
    assert len(copies(tmp_path / "copies")) == 8


def test_old_copies_go_and_what_else_lies_there_stays(app, says, clock, tmp_path):
    folder = tmp_path / "copies"
    says("backup", folder, "--keep", "2")
    others = [
        folder / name
        for name in (
            "festival-replaced-20200101-000000.sqlite",
            "other-20200101-000000.sqlite",
            "notes.txt",
        )
    ]
    for other in others:
        other.touch()
    clock.moves(days=2)
    says("backup", folder, "--keep", "2")
    assert len(copies(folder)) == 3

    clock.moves(seconds=1)
    _, answer = says("backup", folder, "--keep", "2")

    assert "Removed festival-20270601-100000.sqlite" in answer
    assert [copy.name for copy in copies(folder)] == [
        "festival-20270603-100000.sqlite",
        "festival-20270603-100001.sqlite",
        others[0].name,
    ]
    assert all(other.exists() for other in others)


def test_a_restored_backup_takes_the_database_s_place(build, clock, says, live):
    event = build.event()
    build.guest(event, "Before")
    says("backup")
    clock.moves(minutes=1)
    build.guest(event, "After")

    code, answer = says("restore", *copies(live.parent / "backups"))

    assert (code, names()) == (0, ["Before"])
    replaced = live.with_name("festival-replaced-20270601-100100.sqlite")
    assert str(replaced) in answer
    assert backups.check(replaced).rows["rsvp"] == 2
    assert live.stat().st_mode & 0o777 == 0o600
    assert not list(live.parent.glob(".*restoring*"))
    clock.moves(minutes=1)
    assert says("restore", replaced)[0] == 0  # a mistake, undone
    assert names() == ["Before", "After"]


def torn(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])


def scribbled(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[4096 * 3 : 4096 * 9] = b"?" * 4096 * 6
    copy.write_bytes(content)


def no_database(copy: Path) -> None:
    copy.write_text("Dear diary")


def of_somebody_else(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy)) as database:
        database.execute("CREATE TABLE cat (name TEXT)")


def without_its_event(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as database:
        database.execute("DELETE FROM event")
        database.commit()


def against_a_rule(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as database:
        database.execute("PRAGMA ignore_check_constraints=ON")
        database.execute("UPDATE rsvp SET party_size = 0")
        database.commit()


def of_tomorrow(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()


def gone(copy: Path) -> None:
    copy.unlink()


@pytest.mark.parametrize(
    "spoilt",
    [
        torn,
        scribbled,
        no_database,
        of_somebody_else,
        without_its_event,
        against_a_rule,
        of_tomorrow,
        gone,
    ],
)
def test_a_copy_that_is_not_sound_replaces_nothing(build, says, live, spoilt):
    event = build.event()
    build.guest(event, "Before")
    says("backup")
    build.guest(event, "After")
    (copy,) = copies(live.parent / "backups")
    spoilt(copy)

    code, answer = says("restore", copy)

    assert code == 1
    assert "Nothing was replaced" in answer
    assert names() == ["Before", "After"]
    assert [p.name for p in live.parent.glob("*.sqlite")] == [live.name]
    assert not list(live.parent.glob(".*restoring*"))


def test_nothing_is_replaced_under_a_server(build, says, live):
    """Guard: the lock on the bytes that SQLite shares."""
    build.guest(build.event(), "Ada")
    says("backup")
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            OPEN,
            live,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert server.stdout.readline() == b"open\n"
        code, answer = says("restore", *copies(live.parent / "backups"))
    finally:
        server.communicate()

    assert code == 1
    assert "Stop the server" in answer
    assert [p.name for p in live.parent.glob("*.sqlite")] == [live.name]
    assert says("restore", *copies(live.parent / "backups"))[0] == 0


def test_a_damaged_or_lost_database_is_replaced_too(build, says, live):
    build.guest(build.event(), "Ada")
    says("backup")
    for spoil in (no_database, gone):
        spoil(live)
        assert says("verify")[0] == 1
        assert says("restore", *copies(live.parent / "backups"))[0] == 0
        assert names() == ["Ada"]


def test_a_backup_of_an_older_version_is_brought_forward(clock, says, live, tmp_path):
    older = create_app(some_settings(INSTANCE=str(tmp_path / "older")))
    with older.app_context():
        migrations.upgrade("0001")
        db.engine.dispose()
    copy = tmp_path / "festival-20200101-000000.sqlite"
    shutil.copy(tmp_path / "older" / "festival.sqlite", copy)

    assert says("restore", copy)[0] == 0

    assert (
        backups.check(live).revision
        == backups.check(
            live.with_name("festival-replaced-20270601-100000.sqlite")
        ).revision
    )
    assert backups.check(copy).revision == "0001"  # only read


# Who was erased


@pytest.fixture
def backed_up(build, says, clock, live):
    """An event with guests, one of them erased after the backup."""
    event = build.event()
    gone = build.guest(event, "Zoé", address="zoe@example.org")
    again = build.guest(event, "Zoé2", address="zoe@example.org")  # a repeat
    assert isinstance(again, Repeat)
    build.guest(event, "Ada", address="ada@example.org")
    says("backup")
    rsvps.erase(gone, now=clock.moves(hours=1))
    db.session.commit()
    return live.parent / "backups"


def test_who_was_erased_stays_erased_after_a_restore(backed_up, says, live, build):
    code, answer = says("restore", *copies(backed_up))

    assert (code, names()) == (0, ["", "Ada"])
    assert "Erased again: 1" in answer
    db.session.remove()
    db.engine.dispose()
    content = live.read_bytes()
    assert b"zoe@" not in content
    assert "Zoé".encode() not in content
    assert b"ada@" in content


def test_who_was_erased_stays_erased_on_a_new_machine(backed_up, says, live):
    """There the instance folder is lost; the log lay beside the copies."""
    (copy,) = copies(backed_up)
    says("backup")  # its log is the newest
    (live.parent / "erasures.log").unlink()

    assert says("restore", copy)[0] == 0

    assert names() == ["", "Ada"]
    for folder in (backed_up, live.parent):
        assert (folder / "erasures.log").stat().st_mode & 0o777 == 0o600


def test_a_new_machine_knows_too_whom_the_lost_one_erased(backed_up, says, live, clock):
    (old,) = copies(backed_up)
    clock.moves(hours=1)
    says("backup")
    (live.parent / "erasures.log").unlink()
    says("restore", copies(backed_up)[-1])
    ada = db.session.scalars(select(Rsvp).where(Rsvp.name == "Ada")).one()
    rsvps.erase(ada, now=clock.moves(hours=1))
    db.session.commit()
    clock.moves(hours=1)
    says("backup")

    assert (live.parent / "erasures.log").read_text().count("reply") == 2
    assert (backed_up / "erasures.log").read_text().count("reply") == 2
    assert says("restore", old)[0] == 0
    assert names() == ["", ""]


def test_a_backup_shortens_no_log_that_lies_there(backed_up, says, live, clock):
    clock.moves(hours=1)
    says("backup")
    there = backed_up / "erasures.log"
    lines = there.read_text()
    assert "reply" in lines
    (live.parent / "erasures.log").unlink()
    clock.moves(hours=1)

    says("backup")

    assert there.read_text() == lines


@both_databases
def test_who_was_erased_is_erased_again_in_what_a_dump_brought_back(
    database_kind, build, says, clock
):
    gone = build.guest(build.event(), "Zoé")
    was = {name: getattr(gone, name) for name in ("name", "address", "address_key")}
    rsvps.erase(gone, now=clock.moves(hours=1))
    db.session.commit()
    db.session.execute(update(Rsvp).values(**was, erased_at=None))
    db.session.commit()
    assert names() == ["Zoé"]

    if database_kind == "postgresql":
        code, answer = says("backup")
        assert code == 1
        assert "pg_dump" in answer
    code, answer = says("restore", "--only-erasures")

    assert (code, names()) == (0, [""])
    assert "Erased again: 1" in answer


def test_who_replied_again_after_the_erasure_stays(build, says, clock, live):
    event = build.event()
    gone = build.guest(event, "Zoé", address="zoe@example.org")
    rsvps.erase(gone, now=clock.moves(hours=1))
    db.session.commit()
    clock.moves(hours=1)
    build.guest(event, "Zoé", address="zoe@example.org")
    says("backup")

    says("restore", *copies(live.parent / "backups"))

    assert names() == ["", "Zoé"]


def test_a_reply_is_known_by_another_address_too(build, says, clock, live):
    event = build.event()
    gone = build.guest(event, "Zoé", address="zoé@exampel.org")
    says("backup")
    right = build.reply("Zoé", address="zoe@example.org")
    amendments.correct_address(gone, right, now=clock.moves(minutes=1))
    rsvps.erase(gone, now=clock.moves(minutes=1))
    db.session.commit()

    says("restore", *copies(live.parent / "backups"))

    assert names() == [""]


def test_a_repeat_stays_erased_alone(build, says, clock, live):
    event = build.event()
    build.guest(event, "Zoé", address="zoe@example.org")
    again = build.guest(event, "Eve", address="zoe@example.org")
    says("backup")
    retention.forget(again, now=clock.moves(minutes=1))
    db.session.commit()

    says("restore", *copies(live.parent / "backups"))

    assert names() == ["Zoé"]
    assert db.session.scalars(select(Repeat)).all() == []


def test_who_wanted_no_letters_gets_none_after_a_restore(build, says, clock, live):
    event = build.event()
    quiet, talks = (build.guest(event, name) for name in ("Ada", "Bob"))
    silence.silence(talks, now=clock.time)
    db.session.commit()
    says("backup")
    silence.silence(quiet, now=clock.moves(minutes=1))
    silence.speak_again(talks, now=clock.time)
    db.session.commit()
    addresses = [str(quiet.address), str(talks.address)]

    says("restore", *copies(live.parent / "backups"))

    db.session.rollback()
    assert len(db.session.scalars(select(Suppression)).all()) == 1
    assert [is_silenced(address) for address in addresses] == [True, False]


def test_the_log_says_who_was_erased_to_nobody(backed_up, live):
    log = live.parent / "erasures.log"

    (line,) = log.read_text().split("\n")[1:-1]
    assert LINE.fullmatch(line)
    assert "2027-06-01T11:00:00+00:00" in line
    assert log.stat().st_mode & 0o777 == 0o600


def test_what_was_rolled_back_or_is_forgotten_by_rule_is_not_in_the_log(build, clock):
    event = build.event()
    gone = build.guest(event, "Zoé")
    rsvps.erase(gone, now=clock.time)
    db.session.rollback()
    build.guest(event, "Ada")
    retention.tidy(clock.moves(days=60))  # would be forgotten anew in any case
    db.session.commit()

    assert names() == ["", ""]
    assert not (current_settings().instance / "erasures.log").exists()


@both_databases
def test_an_erasure_is_in_the_log_before_it_is_committed(app, build, clock):
    """Guard: written in ``before_commit``, not after."""
    gone = build.guest(build.event(), "Zoé")
    rsvps.erase(gone, now=clock.time)
    log = current_settings().instance / "erasures.log"
    seen = []

    def dies(_connection):
        seen.extend(log.read_text().split())
        raise KeyboardInterrupt

    sqlalchemy_event.listen(db.engine, "commit", dies)
    with pytest.raises(KeyboardInterrupt):
        db.session.commit()
    sqlalchemy_event.remove(db.engine, "commit", dies)
    db.session.rollback()

    assert "reply" in seen
    assert names() == ["Zoé"]  # who asked to be erased, and is when a copy is restored


@both_databases
def test_an_erasure_that_cannot_be_written_down_does_not_happen(app, build, clock):
    """Guards: the line is written before the commit, and a failure is raised."""
    gone = build.guest(build.event(), "Zoé")
    log = current_settings().instance / "erasures.log"
    log.mkdir()  # no file can be written there
    rsvps.erase(gone, now=clock.time)

    with pytest.raises(OSError, match="erasures"):
        db.session.commit()
    db.session.rollback()
    assert names() == ["Zoé"]

    log.rmdir()
    rsvps.erase(gone, now=clock.time)
    db.session.commit()
    assert names() == [""]
    assert log.read_text().count("reply") == 1


def test_a_part_that_is_rolled_back_loses_no_line_of_the_whole(app, build, clock):
    gone = build.guest(build.event(), "Zoé")
    rsvps.erase(gone, now=clock.time)
    with suppress(LookupError), db.session.begin_nested():
        raise LookupError
    with db.session.begin_nested():
        pass
    log = current_settings().instance / "erasures.log"
    assert not log.exists()
    db.session.commit()

    assert log.read_text().count("reply") == 1


def test_a_torn_line_spoils_no_other(backed_up, says, live, build, clock):
    log = live.parent / "erasures.log"
    whole = log.read_text()
    log.write_text(whole + "\n2027-06-01T11:0")
    ada = db.session.scalars(select(Rsvp).where(Rsvp.name == "Ada")).one()
    rsvps.erase(ada, now=clock.moves(minutes=1))
    db.session.commit()

    assert says("restore", *copies(backed_up))[0] == 0

    assert names() == ["", ""]
