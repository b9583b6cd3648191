"""The wheel runs from any folder, with its words, its looks and its migrations."""

import os
import re
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory):
    """A folder far from the checkout, whose Python knows the wheel and no checkout."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True
    )
    packages = next((folder / "venv").glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder


@pytest.fixture(scope="module")
def run(elsewhere):
    """Runs a Python module there, in the demonstration, and returns what it says."""

    def run(*words, **settings):
        done = subprocess.run(
            [elsewhere / "venv/bin/python", "-m", *words],
            cwd=elsewhere,
            env=demonstration(**settings),
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def site(elsewhere, run):
    """The address of a server that runs there, on a season of demonstration events."""
    run("flask", "--app", "festival", "festival", "migrate")
    run("flask", "--app", "festival", "festival", "seed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    server = subprocess.Popen(
        [
            elsewhere / "venv/bin/python",
            "-m",
            "gunicorn",
            "-c",
            "python:festival.server",
        ],
        cwd=elsewhere,
        env=demonstration(FESTIVAL_BIND=place),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield wait_for(f"http://{place}")
    finally:
        server.terminate()
        server.wait(timeout=40)


def demonstration(**settings):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FESTIVAL_")}
    return kept | {"FESTIVAL_DEMO": "1", "PYTHONPATH": ""} | settings


def wait_for(address):
    for _ in range(200):
        try:
            read(f"{address}/fr/")
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)
        else:
            return address
    pytest.fail(f"nothing answers at {address}")


def read(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def test_it_carries_what_runs_and_nothing_that_only_builds(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())

    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"festival"}
    assert "festival/translations/fr/LC_MESSAGES/messages.mo" in names
    assert "festival/build_hook.py" not in names
    assert "festival/heading_font.py" not in names
    for folder, kind in [
        ("migrations/versions", "py"),
        ("templates/_layout", "html"),
        ("templates/mail", "txt"),
        ("static/css", "css"),
    ]:
        assert [
            n for n in names if re.fullmatch(rf"festival/{folder}/[^/]+[.]{kind}", n)
        ]


def test_it_is_the_one_that_runs_there(run, elsewhere):
    (elsewhere / "where.py").write_text("import festival; print(festival.__file__)")

    assert Path(run("where").strip()).is_relative_to(elsewhere)


def test_its_pages_answer_in_both_languages(site):
    french, english = read(f"{site}/fr/"), read(f"{site}/en/")

    assert 'lang="fr"' in french
    assert 'lang="en"' in english
    assert "Mentions légales" in french
    assert "Legal notice" in english


def test_its_pages_find_their_styles(site):
    styles = re.findall(r'href="(/static/[^"]+[.]css[^"]*)"', read(f"{site}/fr/"))

    assert styles
    assert all(read(site + style) for style in styles)


def test_migrating_and_seeding_again_changes_nothing(site, run):
    before = read(f"{site}/fr/?when=all")

    run("flask", "--app", "festival", "festival", "migrate")
    run("flask", "--app", "festival", "festival", "seed")

    assert read(f"{site}/fr/?when=all") == before
