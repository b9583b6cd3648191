"""How the database came to be; forward only.

Alembic is heavy, and only commands need it: it is imported inside them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent


def upgrade(revision: str = "head") -> None:
    """Bring the current app's database to *revision*."""
    from alembic import command  # noqa: PLC0415

    command.upgrade(_config(), revision)


def write(message: str) -> None:
    """Write the migration that turns the database into what the models say."""
    from alembic import command  # noqa: PLC0415

    command.revision(_config(), message, autogenerate=True)


def head() -> str:
    """Return the last migration of this version, by its file's name: no Alembic."""
    return max(
        path.name.partition("_")[0] for path in (HERE / "versions").glob("0*.py")
    )


def knows(revision: str) -> bool:
    """Say whether *revision* is one of this version's own."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory.from_config(_config())
    return revision in {script.revision for script in scripts.walk_revisions()}


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config
