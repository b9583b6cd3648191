"""Flask extensions, made here unbound and bound in ``create_app``."""

from typing import cast

from flask import current_app
from flask_babel import Babel
from flask_mail import Mail
from flask_sqlalchemy import SQLAlchemy

from festival.config import Settings
from festival.models.base import Base

db = SQLAlchemy(metadata=Base.metadata)
babel = Babel()
postman = Mail()


def current_settings() -> Settings:
    """Return the settings of the app at work."""
    return cast(Settings, current_app.extensions["settings"])
