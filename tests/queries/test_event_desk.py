"""What the desk asks while an event is written, and at what cost."""

from __future__ import annotations

from datetime import date

import pytest

from festival.domain.access import Grant, Role
from festival.domain.words import Words
from festival.queries import event_desk
from festival.services import directory, event_life
from tests.conftest import both_databases
from tests.queries.test_agenda import counted

OFFICE = (Grant(Role.MANAGER),)


@both_databases
@pytest.mark.parametrize("events", [1, 3])
def test_a_list_asks_the_same_of_the_database_however_long(build, clock, events):
    wheel = directory.welcome("wheel", "La Roue libre")
    nave = build.space(build.venue())
    for number in range(events):
        event = build.event(
            f"event-{number}", venue=nave.venue, space=nave, organisers=[wheel]
        )
        build.guest(event)

    with counted() as listed:
        page = event_desk.events(OFFICE, clock())
        [line.event.venue.name for line in page.lines]
    with counted() as sheet:
        lines, own = event_desk.day_of(
            *(nave, date(2027, 6, 8), "Europe/Paris"), *(OFFICE, clock())
        )
        [line.event.organisers for line in lines]

    assert (len(page.lines), len(lines), len(own)) == (events, events, events)
    assert (len(listed), len(sheet)) == (3, 5)


def test_what_somebody_wrote_last_comes_before_what_others_did(build, clock):
    now = clock()
    facts = {"kind": "workshop", "starts_at": now, "ends_at": clock.moves(hours=2)}
    mine = event_life.write(
        {"name": Words(fr="Mien"), **facts}, actor="account 1", now=now
    )
    other = event_life.write(
        {"name": Words(fr="Autre"), **facts}, actor="account 2", now=clock()
    )

    assert event_desk.last_written("account 1", OFFICE) is mine
    assert event_desk.last_written("account 3", OFFICE) is other
    assert event_desk.last_written("account 1", ()) is None


def test_a_percent_sign_is_looked_for_as_it_is(build, clock):
    build.event("a", name=Words(fr="Cent pour cent"))
    build.event("b", name=Words(fr="100 % laine"))

    found = event_desk.events(OFFICE, clock(), q="%")

    assert [line.event.slug for line in found.lines] == ["b"]
