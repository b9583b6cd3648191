"""Keeping venues, their spaces, and organisations."""

from __future__ import annotations

from typing import Any

from festival.domain.words import Words
from festival.extensions import db
from festival.models.directory import Organisation, Space, Venue


def open_venue(slug: str, name: str, **facts: Any) -> Venue:
    """Take a venue into the network; *facts* are columns of ``Venue``."""
    venue = Venue(slug=slug, name=name, **facts)
    db.session.add(venue)
    db.session.flush()
    return venue


def open_space(venue: Venue, slug: str, name: Words, **facts: Any) -> Space:
    """Add a space to *venue*, after those it has; *facts* are columns of ``Space``."""
    space = Space(slug=slug, name=name, position=len(venue.spaces), **facts)
    venue.spaces.append(space)
    db.session.flush()
    return space


def welcome(slug: str, name: str, **facts: Any) -> Organisation:
    """Take an organisation into the network; *facts* are its columns."""
    organisation = Organisation(slug=slug, name=name, **facts)
    db.session.add(organisation)
    db.session.flush()
    return organisation
