"""A tournament: its stages, where it is shown, at what cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import NoResultFound

from festival.domain.words import Words
from festival.extensions import db
from festival.queries import competitions
from festival.services import matches
from tests.conftest import NOON, both_databases
from tests.queries.test_agenda import counted

KICK_OFF = datetime(1998, 6, 10, 15, 30, tzinfo=UTC)
GROUP_A, GROUP_B = Words(fr="Groupe A"), Words(fr="Groupe B")


@pytest.fixture
def cup(build):
    return matches.open_competition("cup", Words(fr="La coupe", en="The cup"))


def enter(cup, number: int, *, day: int = 0, **facts) -> None:
    matches.enter(cup, KICK_OFF + timedelta(days=day), now=NOON, number=number, **facts)
    db.session.commit()


@both_databases
def test_stages_stand_where_their_first_match_does_and_matches_in_time_order(cup):
    enter(cup, 64, day=30, stage=Words(fr="Finale"))
    enter(cup, 4, day=1, stage=GROUP_B)
    enter(cup, 1, day=6, stage=GROUP_A)
    enter(cup, 2, day=1, stage=GROUP_B)
    enter(cup, 17, stage=GROUP_A)

    found = competitions.rounds(competitions.competition("cup"))

    assert [
        (str(each.stage.best("fr")), [match.number for match in each.matches])
        for each in found
    ] == [("Groupe A", [17, 1]), ("Groupe B", [2, 4]), ("Finale", [64])]


def test_a_competition_that_nobody_keeps_is_not_found(cup):
    with pytest.raises(NoResultFound):
        competitions.competition("world")


def test_only_competitions_with_a_match_are_listed(cup):
    matches.open_competition("empty", Words(fr="Vide"))
    enter(cup, 1)

    assert competitions.competitions() == [cup]


@pytest.mark.parametrize(
    ("facts", "seen"),
    [({}, True), ({"listed": False}, False), ({"published": False}, False)],
)
def test_a_screening_is_told_to_those_who_may_know_of_it(build, cup, facts, seen):
    event = build.event("final", kind="screening", **facts)
    enter(cup, 64, event=event)

    (match,) = competitions.competition("cup").matches

    assert competitions.screening(match) == (event if seen else None)


def test_a_competition_costs_the_same_whatever_its_length(build, cup):
    def statements() -> int:
        db.session.rollback()
        db.session.expunge_all()
        with counted() as sent:
            found = competitions.competition("cup")
            for each in competitions.rounds(found):
                for match in each.matches:
                    shown = competitions.screening(match)
                    assert shown.venue.name
                    assert shown.space.name
        return len(sent)

    for number in range(1, 4):
        venue = build.venue(f"venue-{number}")
        event = build.event(f"e-{number}", venue=venue, space=build.space(venue))
        cup = competitions.competition("cup")
        enter(cup, number, event=event, stage=GROUP_A if number == 1 else GROUP_B)
        assert statements() == 2
