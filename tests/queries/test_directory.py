"""Venues and organisations: in what order, with what, at what cost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import NoResultFound

from festival.domain.question import AgendaFilter
from festival.extensions import db
from festival.models.directory import Venue
from festival.queries import directory
from festival.queries.agenda import AccessFact
from festival.services import directory as keep
from tests.conftest import both_databases
from tests.queries.test_agenda import counted


@both_databases
def test_each_venue_has_the_first_event_that_goes_ahead_there(build, now):
    hall, cave = build.venue(), build.venue("cave", "À la cave")
    build.venue("park", "Parc")
    build.event("over", venue=hall, starts_at=now - timedelta(days=1))
    build.event("draft", venue=hall, starts_at=now + timedelta(1), published=False)
    build.event("hidden", venue=hall, starts_at=now + timedelta(2), listed=False)
    build.event("second", venue=hall, starts_at=now + timedelta(4))
    build.event("first", venue=hall, starts_at=now + timedelta(3))
    build.event("on", venue=cave, starts_at=now - timedelta(hours=1))
    build.event("online")

    present, past = directory.venues(now)

    assert [
        (one.record.slug, one.coming and one.coming.slug) for one in present
    ] == [("cave", "on"), ("halle", "first"), ("park", None)]  # fmt: skip
    assert past == []


@both_databases
def test_each_organisation_has_its_next_event_whatever_its_part_in_it(build, now):
    wheel, table = keep.welcome("wheel", "Roue"), keep.welcome("table", "Tablée")
    keep.welcome("azure", "Azur")
    both = build.event("both", organisers=[wheel, table])
    build.event("hers", organisers=[table], starts_at=now + timedelta(days=2))
    both.partnerships[0].role = "host"
    db.session.commit()

    every = directory.organisations(now)

    assert [(one.record.slug, one.coming and one.coming.slug) for one in every] == [
        ("wheel", "both"), ("table", "hers"), ("azure", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, True),
        ({"occupied_until": date(2027, 6, 1)}, True),
        ({"occupied_until": date(2027, 5, 31)}, False),
        ({"sources": ["Le bulletin"]}, False),
        ({"sources": ["Le bulletin"], "occupied_until": date(2030, 1, 1)}, True),
    ],
)
def test_a_venue_is_in_use_until_its_last_day(facts, expected):
    venue = Venue(slug="x", name="X", **{"sources": [], **facts})

    assert directory.in_use(venue, date(2027, 6, 1)) is expected


def test_a_space_tells_each_fact_of_access(build):
    space = build.space(build.venue(), step_free=True, door_width=90, quiet_place=False)

    assert directory.space_access(space) == [
        AccessFact("step_free", True, 90),
        AccessFact("accessible_toilet", None),
        AccessFact("hearing_loop", None),
        AccessFact("quiet_place", False),
    ]


def test_what_is_not_there_is_not_found(build):
    build.space(build.venue())
    build.venue("lavoir", "Le Lavoir")

    assert directory.space("halle", "nef").venue.slug == "halle"
    for ask in (
        lambda: directory.venue("nef"),
        lambda: directory.space("lavoir", "nef"),
        lambda: directory.organisation("halle"),
    ):
        with pytest.raises(NoResultFound):
            ask()


@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_costs_the_same_however_long(build, now, rows):
    for number in range(rows):
        venue = build.venue(f"v{number}", f"V {number}")
        body = keep.welcome(f"o{number}", f"O {number}")
        for twice in range(2):
            build.event(f"e{number}-{twice}", venue=venue, organisers=[body])
    db.session.expunge_all()

    with counted() as for_venues:
        present, _ = directory.venues(now)
        assert [one.coming.slug for one in present] == [f"e{n}-0" for n in range(rows)]
    with counted() as for_organisations:
        directory.organisations(now)

    assert (len(for_venues), len(for_organisations)) == (2, 2)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_venue_costs_the_same_whatever_is_on(build, now, rows):
    venue = build.venue()
    for number in range(rows):
        space = build.space(venue, f"s{number}")
        build.event(f"e{number}", venue=venue, space=space)
        past = now - timedelta(days=3 + number)
        build.event(f"p{number}", venue=venue, space=space, starts_at=past)
    db.session.expunge_all()

    with counted() as sent:
        found = directory.venue("halle")
        facts = [directory.space_access(space) for space in found.spaces]
        on = directory.whats_on(AgendaFilter(venues=("halle",)), now)

    assert len(facts) == len(on.past) == on.coming.total == rows
    assert len(sent) == 7


@both_databases
def test_only_a_few_of_the_past_are_told(build, now):
    venue = build.venue()
    for number in range(7):
        past = now - timedelta(days=3 + number)
        build.event(f"p{number}", venue=venue, starts_at=past)

    on = directory.whats_on(AgendaFilter(venues=("halle",)), now)

    assert [event.slug for event in on.past] == ["p0", "p1", "p2", "p3", "p4"]
    assert on.coming.days == ()
