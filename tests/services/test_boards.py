"""A festival's programme: laid out, changed, published once: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from festival.domain.clashes import ClashKind
from festival.domain.errors import (
    ChangedMeanwhile,
    EventCancelled,
    EventOver,
    EventPostponed,
)
from festival.domain.lifecycle import EventStatus
from festival.domain.programme import MOST_DAYS
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Plan
from festival.models.journal import Letter, LetterStatus
from festival.queries import boards, programme
from festival.services import boards as deeds
from festival.services import events
from tests.conftest import both_databases

pytestmark = both_databases

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


@pytest.fixture
def nights(build, clock):
    """A festival of two days in two spaces, with two public parts and a draft."""
    venue = build.venue()
    nave, yard = build.space(venue), build.space(venue, "cour")
    festival = build.event(
        "nights",
        kind="festival",
        venue=venue,
        ends_at=clock() + timedelta(days=8),
    )
    facts = {"super_event": festival, "venue": venue}
    for slug, space, published in (
        ("kites", nave, True),
        ("bikes", yard, True),
        ("songs", None, False),
    ):
        build.event(slug, space=space, published=published, **facts)
    return festival


def part(festival, slug):
    return next(event for event in festival.sub_events if event.slug == slug)


def shift(event, by, clock):
    deeds.shift(event, by, actor="test", now=clock())
    db.session.commit()


def publish(festival, clock, *slugs):
    mark = boards.board(festival).mark
    told = deeds.publish(festival, set(slugs), mark, actor="test", now=clock())
    db.session.commit()
    return told


def waiting() -> list[int]:
    query = select(Letter.rsvp_id).where(
        Letter.kind == "event-changed", Letter.status == LetterStatus.WAITING
    )
    return sorted(db.session.scalars(query))


def test_a_draft_moves_at_once_and_silently(build, clock, nights):
    songs = part(nights, "songs")
    was = songs.starts_at

    shift(songs, QUARTER, clock)

    assert (songs.starts_at, songs.revision) == (was + QUARTER, 0)
    assert db.session.scalars(select(Plan)).all() == []


def test_what_is_published_stays_for_the_public_until_it_is_published_again(
    build, clock, nights
):
    kites = part(nights, "kites")
    was = kites.starts_at
    guest = build.guest(kites)
    build.guest(part(nights, "bikes"))

    shift(kites, QUARTER, clock)
    shift(kites, QUARTER, clock)

    assert (kites.starts_at, kites.revision, waiting()) == (was, 0, [])
    [changed] = boards.board(nights).changed
    assert (changed.event, changed.starts_at) == (kites, was + 2 * QUARTER)
    assert boards.who_is_told([kites]) == {kites.id: 1}

    told = publish(nights, clock, "kites")

    assert (told, waiting()) == (1, [guest.id])
    assert (kites.starts_at, kites.revision) == (was + 2 * QUARTER, 1)
    assert db.session.scalars(select(Plan)).all() == []


def test_a_change_that_is_undone_was_none(build, clock, nights):
    kites = part(nights, "kites")
    build.guest(kites)
    shift(kites, QUARTER, clock)
    shift(kites, -QUARTER, clock)

    assert boards.board(nights).changed == []
    assert publish(nights, clock, "kites") == 0
    assert (kites.revision, waiting()) == (0, [])


def test_only_what_was_chosen_is_published(build, clock, nights):
    kites, bikes, songs = (part(nights, slug) for slug in ("kites", "bikes", "songs"))
    guests = [build.guest(kites), build.guest(bikes)]
    shift(kites, QUARTER, clock)
    shift(bikes, HOUR, clock)

    assert publish(nights, clock, "bikes") == 1
    assert waiting() == [guests[1].id]
    assert songs.status is EventStatus.DRAFT
    assert [one.event for one in boards.board(nights).changed] == [kites]
    publish(nights, clock, "kites", "songs")
    assert waiting() == sorted(guest.id for guest in guests)
    assert songs.status is EventStatus.SCHEDULED


def test_a_guest_of_two_parts_gets_one_letter_for_each_that_changes(
    build, clock, nights
):
    kites, bikes = part(nights, "kites"), part(nights, "bikes")
    ours = [build.guest(e, address="ada@example.org") for e in (kites, bikes)]
    shift(kites, QUARTER, clock)
    space = boards.board(nights).next_space(boards.part(kites))
    deeds.move(
        kites,
        starts_at=kites.starts_at + QUARTER,
        ends_at=kites.ends_at + QUARTER,
        space=space,
        actor="test",
        now=clock(),
    )

    assert publish(nights, clock, "kites") == 1
    assert waiting() == [ours[0].id]
    assert kites.space.slug == "cour"


def test_what_was_not_read_is_not_published(build, clock, nights):
    kites = part(nights, "kites")
    shift(kites, QUARTER, clock)
    mark = boards.board(nights).mark
    shift(kites, QUARTER, clock)

    with pytest.raises(ChangedMeanwhile):
        deeds.publish(nights, {"kites"}, mark, actor="test", now=clock())


def test_a_festival_and_its_parts_are_published_together(build, clock):
    venue = build.venue()
    festival = build.event("new", kind="festival", venue=venue, published=False)
    deeds.add(
        festival,
        "opening",
        "concert",
        Words(fr="Ouverture"),
        starts_at=festival.starts_at,
        ends_at=festival.ends_at,
        space=build.space(venue),
        venue=venue,
        actor="test",
        now=clock(),
    )
    db.session.commit()

    assert publish(festival, clock, "opening") == 0
    assert {festival.status, part(festival, "opening").status} == {
        EventStatus.SCHEDULED
    }


def test_there_is_nothing_left_to_move_of_what_is_off_or_over(build, clock, nights):
    kites, bikes = part(nights, "kites"), part(nights, "bikes")
    events.cancel(kites, Words(fr="Vent"), actor="test", now=clock())
    db.session.commit()

    with pytest.raises(EventCancelled):
        deeds.shift(kites, QUARTER, actor="test", now=clock())
    db.session.rollback()
    shift(bikes, QUARTER, clock)
    clock.moves(days=7, hours=3)
    with pytest.raises(EventOver):
        deeds.shift(bikes, QUARTER, actor="test", now=clock())
    db.session.rollback()

    assert publish(nights, clock, "bikes") == 0  # it took place as it was
    assert boards.board(nights).changed == []


def test_a_plan_goes_on_from_where_its_part_has_been_moved_meanwhile(
    build, clock, nights
):
    kites = part(nights, "kites")
    was, yard = kites.starts_at, part(nights, "bikes").space
    shift(kites, QUARTER, clock)

    events.revise(kites, space=yard, actor="test", now=clock())  # it rains
    db.session.commit()
    assert (kites.plan.starts_at, kites.plan.space) == (was + QUARTER, yard)
    events.revise(kites, starts_at=was + QUARTER, actor="test", now=clock())
    db.session.commit()

    assert (kites.plan, boards.board(nights).changed) == (None, [])


def test_the_board_shows_what_is_to_be_and_what_is_in_its_way(build, clock, nights):
    kites, bikes = part(nights, "kites"), part(nights, "bikes")
    deeds.move(
        kites,
        starts_at=bikes.starts_at + HOUR,
        ends_at=bikes.ends_at + HOUR,
        space=bikes.space,
        actor="test",
        now=clock(),
    )
    db.session.commit()

    found = boards.board(nights)

    clashes = boards.in_the_way(found, clock())
    assert [space.slug for space in found.spaces] == ["nef", "cour"]
    assert len(found.days) == 2
    assert [one.event.slug for one in found.unplaced] == ["songs"]
    assert [one.event for one in found.on(found.days[0]).parts] == [bikes, kites]
    assert [(c.kind, c.other) for c in clashes[kites.id]] == [(ClashKind.SPACE, bikes)]
    assert [(c.kind, c.other) for c in clashes[bikes.id]] == [(ClashKind.SPACE, kites)]
    grid = found.on(found.days[0]).grid
    assert [column.lanes for column in grid.columns] == [1, 2]


def test_the_next_space_of_the_last_is_the_first(build, clock, nights):
    found = boards.board(nights)
    after = {
        one.event.slug: getattr(found.next_space(one), "slug", None)
        for one in found.parts
    }

    assert after == {"kites": "cour", "bikes": "nef", "songs": "nef"}


def put(event, space, clock):
    deeds.move(
        event,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        space=space,
        actor="test",
        now=clock(),
    )
    db.session.commit()


def test_seats_are_those_of_the_space_unless_a_number_was_chosen(build, clock, nights):
    kites, bikes, songs = (part(nights, slug) for slug in ("kites", "bikes", "songs"))
    cellar = build.space(kites.venue, "cave", capacity=12)
    kites.space.capacity, kites.capacity, songs.capacity = 40, 40, None

    for one in (kites, bikes, songs):
        put(one, cellar, clock)
    assert (kites.capacity, bikes.capacity, songs.capacity) == (40, 10, 12)
    publish(nights, clock, "kites", "bikes")

    assert (kites.capacity, bikes.capacity) == (12, 10)


def test_what_is_postponed_goes_ahead_at_no_board(build, clock, nights):
    kites = part(nights, "kites")
    build.guest(kites)
    shift(kites, QUARTER, clock)
    events.postpone(kites, Words(fr="Vent"), actor="test", now=clock())
    db.session.commit()

    with pytest.raises(EventPostponed):
        deeds.shift(kites, QUARTER, actor="test", now=clock())
    db.session.rollback()

    assert (boards.board(nights).changed, boards.waiting(nights)) == ([], 0)
    assert publish(nights, clock, "kites") == 0
    assert kites.status is EventStatus.POSTPONED


def test_the_first_morning_of_a_festival_is_one_of_its_days(build, clock):
    dawn = clock().replace(hour=2) + timedelta(days=7)  # four in Paris
    venue = build.venue()
    market = build.event(
        "market", kind="festival", venue=venue, starts_at=dawn, published=False
    )
    facts = {"super_event": market, "venue": venue, "space": build.space(venue)}
    build.event("flowers", starts_at=dawn, **facts)
    build.event("bal", starts_at=dawn + timedelta(days=1), **facts)

    found = boards.board(market)

    days = {one.event.slug: one.date for one in found.parts}
    assert set(days.values()) == {dawn.date()}  # a night is of its evening
    assert [one.event.slug for one in found.unplaced] == []


def test_a_festival_for_ever_is_laid_out_for_a_while(build, clock):
    far = clock() + timedelta(days=60_000)
    festival = build.event("ever", kind="festival", ends_at=far)

    assert len(boards.board(festival).days) == MOST_DAYS
    assert len(programme.days(festival, clock())) == MOST_DAYS
