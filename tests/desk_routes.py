"""Who may open what at the desk: one row for every route that asks who is there.

A route without a row fails ``house/test_access.py``, which opens every one of them as
every role, on one's own things and on others'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from festival.domain.access import Grant, Right, Role, Thing, may, may_everywhere
from festival.domain.words import Words
from festival.extensions import db
from festival.models.accounts import Account, Passkey
from festival.models.events import Match, Picture
from festival.models.intakes import Intake
from festival.services import events, matches, series
from tests.builders import Builders


class Reach(StrEnum):
    """On what the right of a route has to hold."""

    DESK = "desk"  # on anything at all: the page itself shows no more than one may see
    HOUSE = "house"  # on the whole house
    EVENT = "event"  # on the event of the examples, which ``wheel`` organises
    PEOPLE = "people"  # on the roles at ``wheel``
    INVITING = "inviting"  # on an organisation, whichever
    OWN = "own"  # the thing is one account's own: here Inès', who keeps the accounts
    TABLE = "table"  # the same, or the office's


@dataclass(frozen=True, slots=True)
class Row:
    """What a route needs, and an address that leads to it."""

    right: Right | None
    path: str  # names of ``Example.names`` in braces
    reach: Reach = Reach.DESK


EVENTS, EVENT = Right.EVENTS, Reach.EVENT
AT = "/fr/desk/events/{event}"
BOARD = "/fr/desk/festivals/{festival}/board"

DESK: dict[str, Row] = {
    "desk.today": Row(None, "/fr/desk/"),
    "desk_account.account": Row(None, "/fr/desk/account"),
    "desk_account.add_passkey": Row(None, "/fr/desk/passkeys"),
    "desk_account.remove_passkey": Row(
        None, "/fr/desk/passkeys/{passkey}/remove", Reach.OWN
    ),
    "desk_account.sign_out": Row(None, "/fr/desk/sign-out"),
    "desk_account.sign_out_everywhere": Row(None, "/fr/desk/sign-out-everywhere"),
    "desk_people.people": Row(Right.PEOPLE, "/fr/desk/people/"),
    "desk_people.invite": Row(Right.PEOPLE, "/fr/desk/people/invite", Reach.INVITING),
    "desk_people.person": Row(Right.PEOPLE, "/fr/desk/people/{person}", Reach.PEOPLE),
    "desk_people.take": Row(
        Right.PEOPLE, "/fr/desk/people/{person}/take", Reach.PEOPLE
    ),
    "desk_people.close": Row(
        Right.ACCOUNTS, "/fr/desk/people/{person}/close", Reach.HOUSE
    ),
    "desk_journal.journal": Row(EVENTS, "/fr/desk/journal/"),
    "desk_events.events": Row(EVENTS, "/fr/desk/events/"),
    "desk_events.new": Row(EVENTS, "/fr/desk/events/new"),
    "desk_events.event": Row(EVENTS, AT, EVENT),
    "desk_events.edit": Row(EVENTS, AT + "/edit", EVENT),
    "desk_events.publish": Row(EVENTS, AT + "/publish", EVENT),
    "desk_fates.move": Row(EVENTS, AT + "/move", EVENT),
    "desk_fates.cancel": Row(EVENTS, AT + "/cancel", EVENT),
    "desk_fates.postpone": Row(EVENTS, AT + "/postpone", EVENT),
    "desk_fates.bring_back": Row(EVENTS, "/fr/desk/events/{postponed}/return", EVENT),
    "desk_fates.delete": Row(EVENTS, "/fr/desk/events/{draft}/delete", EVENT),
    "desk_pictures.picture": Row(EVENTS, AT + "/picture", EVENT),
    "desk_pictures.remove": Row(EVENTS, AT + "/picture/remove", EVENT),
    "desk_prints.poster": Row(EVENTS, AT + "/poster", EVENT),
    "desk_prints.door_sign": Row(EVENTS, "/fr/desk/spaces/halle/nef/door-sign"),
    "desk_prints.day_sheet": Row(EVENTS, "/fr/desk/spaces/halle/nef/day"),
    "desk_series.new": Row(EVENTS, "/fr/desk/series/new"),
    "desk_series.series": Row(EVENTS, "/fr/desk/series/{series}", EVENT),
    "desk_series.change": Row(EVENTS, "/fr/desk/series/{series}/{repeated}", EVENT),
    "desk_series.cancel": Row(
        EVENTS, "/fr/desk/series/{series}/{repeated}/cancel", EVENT
    ),
    "desk_boards.board": Row(EVENTS, BOARD, EVENT),
    "desk_boards.grid": Row(EVENTS, BOARD + "/grid-all.css", EVENT),
    "desk_boards.add": Row(EVENTS, BOARD + "/parts", EVENT),
    "desk_boards.move": Row(EVENTS, BOARD + "/parts/{part}", EVENT),
    "desk_boards.changes": Row(EVENTS, BOARD + "/changes", EVENT),
    "desk_imports.programme": Row(EVENTS, "/fr/desk/import"),
    "desk_imports.fixtures": Row(Right.HOUSE, "/fr/desk/import/fixtures", Reach.HOUSE),
    "desk_imports.check": Row(EVENTS, "/fr/desk/import/{intake}", Reach.TABLE),
    "desk_imports.undo": Row(EVENTS, "/fr/desk/import/{intake}/undo", Reach.TABLE),
    "desk_screenings.competitions": Row(EVENTS, "/fr/desk/competitions/"),
    "desk_screenings.competition": Row(EVENTS, "/fr/desk/competitions/cup"),
    "desk_screenings.choose": Row(EVENTS, "/fr/desk/competitions/cup/screenings"),
    "desk_screenings.match": Row(
        Right.HOUSE, "/fr/desk/competitions/cup/matches/{match}", Reach.HOUSE
    ),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A house with a thing of each kind, which the routes' examples lead to."""

    names: dict[str, str]
    things: dict[str, Thing]  # the events by the names in paths, as grants see them
    wheel: Any
    others: Any  # an organisation that has no part in any of it
    owner: Account  # Inès, who keeps the accounts
    more: tuple[str, ...] = ()  # pages with buttons that the examples' pages have not


def example(build: Builders) -> Example:
    """Build it."""
    now = build.clock()
    venue = build.venue()
    build.space(venue)
    wheel = build.organisation("wheel", "La Roue libre")
    others = build.organisation("others", "Les Autres")
    owner = build.account("Inès", "administrator", address="ines@example.org")
    person = build.account("Paul", "organiser", organisation=wheel)
    cup = matches.open_competition("cup", Words(fr="La coupe", en="The cup"))
    kicks_off_at = now + timedelta(days=3)
    match = Match(competition=cup, number=1, kicks_off_at=kicks_off_at)
    db.session.add(match)
    words = Words(fr="Portes ouvertes", en="Open days")
    many = series.begin("open-days", words, rule={})
    here = {"venue": venue, "organisers": [wheel]}
    parts = {
        "event": build.event("ours", **here),
        "draft": build.event("a-draft", published=False, **here),
        "postponed": build.event("later", **here),
        "festival": build.event("fete", kind="festival", **here),
        "repeated": build.event("open-day", kind="open_day", series=many, **here),
    }
    parts["part"] = build.event("a-part", super_event=parts["festival"], **here)
    build.event("drawn", super_event=parts["festival"], published=False, **here)
    build.event("next-fete", kind="festival", published=False, **here)
    build.event("next-day", published=False, series=many, **here)
    seen = {"words": Words(fr="Une roue"), "width": 4, "height": 3, "digest": "0"}
    picture = Picture(
        event_id=parts["event"].id,
        body=b"seen",
        media_type="image/webp",
        credit="",
        **seen,
    )
    events.postpone(parts["postponed"], Words(), actor="test", now=now)
    passkey = Passkey(
        account_id=owner.id,
        credential_id=b"credential",
        public_key=b"key",
        name="A phone",
        made_at=now,
    )
    intake = Intake(
        public_id="intake000000",
        account_id=owner.id,
        kind="programme",
        name="fete.csv",
        read_at=now,
        rows={
            "language": "fr",
            "timezone": "Europe/Paris",
            "organisation_id": wheel.id,
            "festival": "",
            "lines": [{"number": 2, "cells": {"name": "Bal", "day": "12/06/2027"}}],
            "heads": ["Titre", "Date"],
            "unknown": [],
            "out": [],
        },
        made={},
    )
    taken = Intake(
        public_id="taken0000000",
        account_id=owner.id,
        kind="programme",
        name="fete.csv",
        read_at=now,
        taken_at=now,
        rows=intake.rows,
        made={"events": [], "festival": None, "changed": []},
    )
    db.session.add_all([passkey, intake, taken, picture])
    db.session.commit()
    names = {name: event.slug for name, event in parts.items()}
    return Example(
        names
        | {
            "passkey": str(passkey.id),
            "person": person.public_id,
            "match": str(match.id),
            "series": many.slug,
            "intake": intake.public_id,
        },
        {
            name: Thing(
                frozenset({wheel.id}), frozenset({venue.id}), frozenset({event.id})
            )
            for name, event in {**parts, "series": parts["repeated"]}.items()
        },
        wheel,
        others,
        owner,
        (
            "/fr/desk/events/a-draft",
            "/fr/desk/events/next-fete",
            "/fr/desk/festivals/next-fete/board/changes",
            f"/fr/desk/import/{taken.public_id}",
        ),
    )


def _thing(row: Row, known: Example) -> Thing | None:
    """Return the event that the path of *row* leads to, the whole before its part."""
    named = re.findall(r"\{(\w+)\}", row.path)
    return next((known.things[name] for name in named if name in known.things), None)


def opens(row: Row, somebody: Account, grants: Sequence[Grant], known: Example) -> bool:
    """Say whether *somebody* may open the route of *row*, by the rules alone."""
    if row.right is not None and not may(grants, row.right):
        return False
    keeps = may_everywhere(grants, Right.ACCOUNTS)
    office = may_everywhere(grants, Right.HOUSE)
    own = somebody.id == known.owner.id
    reached = {
        Reach.DESK: True,
        Reach.HOUSE: may_everywhere(grants, row.right or Right.HOUSE),
        Reach.EVENT: may(grants, row.right or Right.EVENTS, _thing(row, known)),
        Reach.PEOPLE: keeps
        or Grant(Role.ORGANISER, organisation_id=known.wheel.id) in grants,
        Reach.INVITING: keeps
        or any(g.role is Role.ORGANISER and g.organisation_id for g in grants),
        Reach.OWN: own,
        Reach.TABLE: own or office,
    }
    return reached[row.reach]
