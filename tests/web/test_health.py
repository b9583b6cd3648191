"""What a supervisor asks gets one word, whatever the state of the house."""

from __future__ import annotations

import pytest

from festival import migrations
from festival.web import health
from tests.conftest import both_databases

NOWHERE = "postgresql+psycopg://ada:passphrase@127.0.0.1:1/nowhere"


def asks(app, path, **headers):
    return app.test_client().get(path, base_url="https://halle.example", **headers)


@both_databases
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_house_that_is_well_says_so_in_one_word_that_nobody_keeps(app, path):
    answer = asks(app, path, headers={"Accept-Language": "fr"})

    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.mimetype == "text/plain"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer.headers
    assert "Content-Language" not in answer.headers


def test_a_house_without_its_database_is_alive_and_not_ready(make_app):
    app = make_app(DATABASE_URL=NOWHERE)

    assert asks(app, "/healthz").status_code == 200
    answer = asks(app, "/readyz")
    assert (answer.status_code, answer.text) == (503, "database\n")
    assert answer.headers["Cache-Control"] == "private, no-store"


@both_databases
@pytest.mark.parametrize("revision", ["0001", "9999"])
def test_a_database_of_another_version_is_not_ready(app, at_migration, revision):
    at_migration(revision)

    answer = asks(app, "/readyz")
    assert (answer.status_code, answer.text) == (503, "migrations\n")
    assert asks(app, "/healthz").status_code == 200


def test_an_empty_database_is_not_ready(make_app, tmp_path):
    app = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite")

    assert asks(app, "/readyz").text == "database\n"


def test_a_full_disk_is_not_ready(app, monkeypatch):
    """Guards: ``/readyz`` tries to write a file; that it fails is an answer."""

    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(health.tempfile, "TemporaryFile", full)

    answer = asks(app, "/readyz")
    assert (answer.status_code, answer.text) == (503, "disk\n")


def test_the_last_migration_is_known_without_alembic(app):
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory.from_config(migrations._config())

    assert migrations.head() == scripts.get_current_head()
