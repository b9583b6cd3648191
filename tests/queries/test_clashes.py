"""What is in the way, anywhere in the house: on both databases."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event

from festival.domain.access import Grant, Role
from festival.domain.clashes import ClashKind
from festival.domain.errors import SpaceTaken
from festival.domain.words import Words
from festival.extensions import db
from festival.queries import clashes
from festival.services import clashes as deeds
from festival.services import directory, events
from tests.conftest import both_databases

pytestmark = both_databases

HOUR = timedelta(hours=1)


def kinds(event, now, **facts) -> list[ClashKind]:
    return [clash.kind for clash in clashes.of(event, now, **facts)]


@pytest.fixture
def nave(build):
    return build.space(build.venue(), capacity=40)


def test_two_events_that_want_the_nave_find_each_other(build, clock, nave):
    facts = {"venue": nave.venue, "space": nave}
    kites, bikes = build.event("kites", **facts), build.event("bikes", **facts)
    build.event("later", starts_at=kites.ends_at + HOUR, **facts)

    [clash] = clashes.of(kites, clock())

    assert (clash.kind, clash.other, clash.space) == (ClashKind.SPACE, bikes, nave)
    assert clash.shown
    assert [clash.other for clash in clashes.of(bikes, clock())] == [kites]


def test_set_up_and_clear_up_take_the_space_too(build, clock, nave):
    facts = {"venue": nave.venue, "space": nave}
    kites = build.event("kites", clear_up_minutes=45, **facts)
    bikes = build.event("bikes", starts_at=kites.ends_at + HOUR / 2, **facts)

    assert kinds(bikes, clock()) == [ClashKind.SPACE]


def test_two_days_of_setting_up_are_seen_from_both_sides(build, clock, nave):
    facts = {"venue": nave.venue, "space": nave}
    kites = build.event("kites", **facts)
    later = kites.ends_at + timedelta(hours=30)
    stage = build.event("stage", **facts, starts_at=later, set_up_minutes=47 * 60)

    assert kinds(kites, clock()) == kinds(stage, clock()) == [ClashKind.SPACE]


def test_what_is_cancelled_postponed_or_over_is_in_nobody_s_way(build, clock, nave):
    facts = {"venue": nave.venue, "space": nave}
    kites, off = build.event("kites", **facts), build.event("off", **facts)
    late = build.event("late", **facts)
    events.cancel(off, Words(fr="Vent"), actor="test", now=clock())
    events.postpone(late, Words(fr="Vent"), actor="test", now=clock())
    db.session.commit()

    assert kinds(kites, clock()) == []
    assert kinds(off, clock()) == []
    build.event("bikes", **facts)
    assert kinds(kites, clock()) == [ClashKind.SPACE]
    assert kinds(kites, clock.moves(days=8)) == []


def test_a_festival_does_not_clash_with_its_parts_nor_its_parts_by_who_organises_it(
    build, clock, nave
):
    house = directory.welcome("house", "La Maison")
    whole = build.event(
        "nights", kind="festival", venue=nave.venue, space=nave, organisers=[house]
    )
    yard = build.space(nave.venue, "cour")
    part = build.event(
        "part", super_event=whole, venue=nave.venue, space=nave, organisers=[house]
    )
    other = build.event(
        "other", super_event=whole, venue=nave.venue, space=yard, organisers=[house]
    )

    assert [kinds(one, clock()) for one in (whole, part, other)] == [[], [], []]


def test_an_organisation_is_in_one_place_at_a_time(build, clock, nave):
    wheel = directory.welcome("wheel", "La Roue libre")
    elsewhere = build.venue("annexe", "L’Annexe")
    bikes = build.event("bikes", venue=nave.venue, space=nave, organisers=[wheel])
    away = build.event("away", venue=elsewhere, organisers=[wheel])

    [clash] = clashes.of(bikes, clock())

    assert (clash.kind, clash.other) == (ClashKind.ORGANISATION, away)
    assert not clash.asks_for_box


def test_a_draft_of_somebody_else_is_found_and_not_named(build, clock, nave):
    wheel = directory.welcome("wheel", "La Roue libre")
    kites_club = directory.welcome("kites", "Les Cerfs-volants")
    facts = {"venue": nave.venue, "space": nave}
    bikes = build.event("bikes", organisers=[wheel], **facts)
    build.event("secret", organisers=[kites_club], published=False, **facts)
    hidden = build.event("unlisted", listed=False, **facts)

    def shown(*grants: Grant) -> dict[str, bool]:
        found = clashes.of(bikes, clock(), grants=grants)
        return {str(clash.other.slug)[:6]: clash.shown for clash in found}

    assert shown(Grant(Role.ORGANISER, organisation_id=wheel.id)) == {
        "secret": False,
        "unlist": False,
    }
    assert shown(Grant(Role.ORGANISER, organisation_id=kites_club.id))["secret"]
    assert shown(Grant(Role.ORGANISER, event_id=hidden.id))["unlist"]
    assert shown(Grant(Role.MANAGER)) == {"secret": True, "unlist": True}
    assert shown(Grant(Role.READER)) == {"secret": False, "unlist": False}


def test_what_the_place_does_not_allow(build, clock, nave):
    nave.venue.open_from, nave.venue.open_until = time(9), time(11)
    nave.venue.occupied_until = clock().date()
    db.session.commit()
    event = build.event("kites", capacity=41, venue=nave.venue, space=nave)

    assert kinds(event, clock()) == [
        *(ClashKind.OCCUPANCY, ClashKind.OPENING, ClashKind.CAPACITY),
    ]


def test_only_the_same_space_has_to_be_said_yes_to(build, clock, nave):
    facts = {"venue": nave.venue, "space": nave}
    kites = build.event("kites", capacity=500, **facts)
    deeds.accept(clashes.of(kites, clock()), anyway=False)
    build.event("bikes", **facts)

    with pytest.raises(SpaceTaken):
        deeds.accept(clashes.of(kites, clock()), anyway=False)
    deeds.accept(clashes.of(kites, clock()), anyway=True)


def test_many_dates_are_asked_for_in_as_many_statements_as_one(build, clock, nave):
    wheel = directory.welcome("wheel", "La Roue libre")
    facts = {"venue": nave.venue, "space": nave, "organisers": [wheel]}
    for week in range(4):
        at = clock() + timedelta(days=7 * week + 7)
        build.event(f"bikes-{week}", starts_at=at, **facts)
        build.event(f"kites-{week}", starts_at=at, published=False, **facts)
    grants = [Grant(Role.ORGANISER, organisation_id=wheel.id)]
    occasions = [
        clashes.Occasion(
            key=-1 - week,
            starts_at=clock() + timedelta(days=7 * week + 7),
            ends_at=clock() + timedelta(days=7 * week + 7, hours=1),
            venue_id=nave.venue_id,
            space_id=nave.id,
        )
        for week in range(4)
    ]
    counts = []
    for number in (1, 4):
        db.session.expire_all()
        statements = []
        engine = db.engine
        listen = lambda *args, kept=statements: kept.append(args[2])  # noqa: E731
        sqlalchemy_event.listen(engine, "before_cursor_execute", listen)
        found = clashes.of_occasions(occasions[:number], clock(), grants=grants)
        sqlalchemy_event.remove(engine, "before_cursor_execute", listen)
        counts.append(len(statements))
        assert [len(each) for each in found.values()] == [2] * number
    assert counts[0] == counts[1] <= 7
