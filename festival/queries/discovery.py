"""What a map of the site names: the slugs of its pages, and when each was revised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from festival.domain.lifecycle import PUBLIC
from festival.extensions import db
from festival.models.directory import Organisation, Space, Venue
from festival.models.events import Competition, Event


@dataclass(frozen=True, slots=True)
class Slugs:
    """The slugs of everything that has a public page of its own."""

    events: Sequence[tuple[str, datetime]]  # each with the instant of its revision
    venues: Sequence[str]
    spaces: Sequence[tuple[str, str]]  # each behind its venue's
    organisations: Sequence[str]
    competitions: Sequence[str]


def slugs(most: int) -> Slugs:
    """Return the slugs of the listed events, the last one first, and of the rest.

    Of the events *most*. Five statements, however many there are.
    """
    listed = (
        select(Event.slug, Event.revised_at)
        .where(Event.listed, Event.status.in_(PUBLIC))
        .order_by(Event.ends_at.desc(), Event.id)
        .limit(most)
    )
    spaces = (
        select(Venue.slug, Space.slug)
        .join(Space.venue)
        .order_by(Venue.slug, Space.position, Space.id)
    )
    return Slugs(
        events=[(slug, at) for slug, at in db.session.execute(listed)],
        venues=db.session.scalars(select(Venue.slug).order_by(Venue.slug)).all(),
        spaces=[(venue, space) for venue, space in db.session.execute(spaces)],
        organisations=db.session.scalars(
            select(Organisation.slug).order_by(Organisation.slug)
        ).all(),
        competitions=db.session.scalars(
            select(Competition.slug).order_by(Competition.slug)
        ).all(),
    )
