"""Houses and those who fill them: the invented ones, and those of the archive."""

from __future__ import annotations

from sqlalchemy import select

from festival.demo.reading import facts, in_languages, read
from festival.extensions import db
from festival.models.directory import Organisation, Space, Venue
from festival.services import directory


def furnish(name: str) -> None:
    """Open the venues and welcome the organisations of the file *name*, once."""
    texts = read(name)
    known = set(db.session.scalars(select(Venue.slug)))
    for text in texts["venue"]:
        if text["slug"] in known:
            continue
        venue = directory.open_venue(**facts(text, "space"), **in_languages(text))
        for space in text.get("space", ()):
            directory.open_space(venue, **facts(space), **in_languages(space))
    known = set(db.session.scalars(select(Organisation.slug)))
    for text in texts["organisation"]:
        if text["slug"] not in known:
            directory.welcome(**facts(text), **in_languages(text))


def place(where: str | None) -> tuple[Venue | None, Space | None]:
    """Return the venue and the space written as ``venue/space`` or ``venue``."""
    if where is None:
        return None, None
    slug, _, part = where.partition("/")
    venue = db.session.scalars(select(Venue).where(Venue.slug == slug)).one()
    return venue, next((s for s in venue.spaces if s.slug == part), None)


def organisations(slugs: list[str]) -> list[Organisation]:
    """Return the organisations of *slugs*, in that order."""
    query = select(Organisation).where(Organisation.slug.in_(slugs))
    return sorted(db.session.scalars(query), key=lambda one: slugs.index(one.slug))
