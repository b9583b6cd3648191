"""The agenda and RSVP desk of a civic place."""

from __future__ import annotations

import gc

gc.disable()  # what is loaded stays: looking through it is a tenth of a start

import zoneinfo
from pathlib import Path

from flask import Flask

from festival import cli, database, web
from festival.config import Settings
from festival.extensions import babel, db, postman

gc.freeze()
gc.enable()

PACKAGE = Path(__file__).parent

zoneinfo.reset_tzpath(to=())  # the pinned tzdata, not the machine's: DECISIONS 7


def _folder(name: str) -> Path:
    """Return where *name* lies: inside the package (a wheel) or beside it."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def create_app(settings: Settings | None = None) -> Flask:
    """Join the parts. Nothing is decided here; everything is connected here."""
    settings = settings or Settings.from_env()
    settings.instance.mkdir(parents=True, exist_ok=True)
    app = Flask(
        __name__,
        template_folder=_folder("templates"),
        static_folder=_folder("static"),
        instance_path=str(settings.instance),
    )
    app.extensions["settings"] = settings
    app.config.from_mapping(
        SECRET_KEY=settings.SECRET_KEY,
        SECRET_KEY_FALLBACKS=list(settings.SECRET_KEY_FALLBACKS),
        TRUSTED_HOSTS=settings.hosts,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=100,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(settings.database_url),
        BABEL_DEFAULT_LOCALE="fr",
        BABEL_DEFAULT_TIMEZONE=settings.TIMEZONE,
        BABEL_TRANSLATION_DIRECTORIES=str(PACKAGE / "translations"),
        MAIL_SERVER=settings.MAIL_SERVER,
        MAIL_PORT=settings.MAIL_PORT,
        MAIL_USE_TLS=settings.MAIL_SECURITY == "starttls",
        MAIL_USE_SSL=settings.MAIL_SECURITY == "ssl",
        MAIL_USERNAME=settings.MAIL_USERNAME or None,
        MAIL_PASSWORD=settings.MAIL_PASSWORD or None,
        MAIL_DEFAULT_SENDER=(settings.HOUSE_NAME, settings.sender),
    )

    db.init_app(app)
    postman.init_app(app)
    web.init_app(app, babel)
    cli.init_app(app)
    with app.app_context():
        database.prepare(db.engine)
    return app
