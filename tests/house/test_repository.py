"""What the tree holds, and what it never may."""

import dataclasses
import re
import subprocess
from pathlib import Path

import pytest

from festival.config import PREFIX, Settings

ROOT = Path(__file__).parents[2]

TOP_LEVEL = {
    ".ci",
    ".dockerignore",
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "DECISIONS.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "compose.yaml",
    "festival",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.txt",
    "static",
    "templates",
    "tests",
    "wsgi.py",
}

# Written so that they do not find themselves.
NEVER = {
    "package registries": r"pypi[.]org|python[h]osted[.]org|npmjs[.](?:org|com)",
    "folders of one machine": r"(?<![\w.-])/(?:work|root|home/\w+|opt|Users)/",
    "private keys": r"BEGIN [A-Z ]*PRIVATE[ ]KEY",
    "unfinished business": r"\b(?:T[O]DO|F[I]XME|X[X]X)\b",
}

LOCKS = ["requirements.txt", "requirements-dev.txt"]


def kept_files() -> list[Path]:
    """Return the files that git keeps, or would keep."""
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(
        [*git, "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if (ROOT / name).is_file()]


def pinned(lock: str) -> dict[str, str]:
    """Return each package of *lock* with all that pins it."""
    text = (ROOT / lock).read_text().replace("\\\n", "")
    return {line.partition(" ")[0]: line for line in text.splitlines()}


def test_the_top_level_holds_only_what_tools_and_people_look_for_there():
    found = {path.relative_to(ROOT).parts[0] for path in kept_files()}

    assert found <= TOP_LEVEL


@pytest.mark.parametrize("pattern", NEVER.values(), ids=NEVER.keys())
def test_no_file_holds(pattern):
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in kept_files()
        for match in re.finditer(pattern, path.read_text(errors="replace"))
    ]

    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_is_pinned_by_hash_and_by_no_address(lock):
    pins = pinned(lock)

    assert pins
    assert [name for name, line in pins.items() if "--hash=sha256:" not in line] == []
    assert [name for name, line in pins.items() if "==" not in name] == []
    assert [name for name, line in pins.items() if "://" in line] == []


def test_what_is_tested_is_what_runs():
    run, development = map(pinned, LOCKS)

    assert run.items() <= development.items()


def test_the_readme_lists_every_setting_and_no_other():
    readme = (ROOT / "README.md").read_text()

    listed = re.findall(rf"^\| `{PREFIX}(\w+)`", readme, re.MULTILINE)

    assert sorted(listed) == sorted(
        field.name for field in dataclasses.fields(Settings)
    )


def test_the_readme_names_only_commands_that_exist():
    readme = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    makefile = (ROOT / "Makefile").read_text()

    named = set(re.findall(r"`make ([a-z]+)|^make ([a-z]+)", readme, re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    assert {one or other for one, other in named} <= targets


def test_decisions_are_numbered_and_dated():
    heads = re.findall(r"^## .+$", (ROOT / "DECISIONS.md").read_text(), re.MULTILINE)

    decided = [
        re.fullmatch(r"## (\d+) · 20\d\d-\d\d-\d\d · .+", head) for head in heads
    ]

    assert heads
    assert [int(one[1]) for one in decided if one] == list(range(1, len(heads) + 1))


def test_every_line_of_the_changelog_is_a_sentence():
    lines = (ROOT / "CHANGELOG.md").read_text().replace("\n  ", " ").splitlines()

    changes = [line for line in lines if line.startswith("- ")]

    assert [line for line in changes if not line.endswith(".")] == []
