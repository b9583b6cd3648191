"""Entering matches and writing down how they ended: on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from festival.domain.errors import NegativeScore, ShootOutUnneeded, TeamsUnknown
from festival.domain.fixtures import Result
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Match
from festival.models.journal import Edition, LogEntry
from festival.queries import competitions
from festival.services import matches
from tests.conftest import NOON, both_databases

pytestmark = both_databases

KICK_OFF = datetime(2027, 7, 1, 19, tzinfo=UTC)
FRANCE, CROATIA = Words(fr="France"), Words(fr="Croatie", en="Croatia")
BRAZIL, HOLLAND = Words(fr="Brésil", en="Brazil"), Words(fr="Pays-Bas")
NOBODY = Words()


def who(outcome: str, number: int) -> dict[str, object]:
    return {"outcome": outcome, "number": number}


def teams(number: int) -> tuple[Words, Words]:
    """Who plays the match of that *number*, as it is committed."""
    db.session.commit()
    found = db.session.scalars(select(Match).where(Match.number == number)).one()
    return found.home_team, found.away_team


def edition() -> int:
    return db.session.scalars(select(Edition.number)).first() or 0


def enter(cup, later=timedelta(0), **facts) -> Match:
    return matches.enter(cup, KICK_OFF + later, now=NOON, **facts)


@pytest.fixture
def cup(build):
    """Two semi-finals, a match for third place and a final; nothing is played."""
    cup = matches.open_competition("cup", Words(fr="La coupe", en="The cup"))
    days = [timedelta(days=day) for day in range(4)]
    enter(cup, days[0], number=61, home_team=BRAZIL, away_team=HOLLAND)
    enter(cup, days[1], number=62, home_team=FRANCE, away_team=CROATIA)
    enter(
        cup, days[2],
        number=63, home_from=who("loser", 61), away_from=who("loser", 62),
    )  # fmt: skip
    enter(
        cup, days[3],
        number=64, home_from=who("winner", 61), away_from=who("winner", 62),
    )  # fmt: skip
    db.session.commit()
    return cup


@pytest.fixture
def play(cup, now):
    """Write down how the match of a number ended."""

    def play(number: int, home: int, away: int, **facts) -> Match:
        match = next(each for each in cup.matches if each.number == number)
        matches.score(match, home, away, actor="test", now=now, **facts)
        return match

    return play


def test_a_match_belongs_to_its_competition_and_to_the_event_that_shows_it(build, cup):
    event = build.event("france-croatie", kind="screening")

    match = enter(
        cup,
        event=event,
        stage=Words(fr="Finale"),
        ground=Words(fr="Saint-Denis"),
    )

    db.session.commit()
    assert event.match is match
    assert (match.competition, match.ground) == (cup, Words(fr="Saint-Denis"))
    assert competitions.result(match) is None


def test_a_result_gives_the_places_it_decides_to_the_teams_that_take_them(play):
    play(61, 1, 1, extra_time=True, penalties=(4, 2))

    assert teams(64) == (BRAZIL, NOBODY)
    assert teams(63) == (HOLLAND, NOBODY)

    match = play(62, 2, 1)

    assert teams(64) == (BRAZIL, FRANCE)
    assert teams(63) == (HOLLAND, CROATIA)
    assert competitions.result(match) == Result(2, 1)


def test_a_place_waits_while_nobody_has_won(play):
    play(61, 0, 0)

    assert teams(64) == (NOBODY, NOBODY)
    assert teams(63) == (NOBODY, NOBODY)


def test_a_correction_goes_all_the_way_up(cup, play):
    enter(cup, timedelta(days=9), number=65, home_from=who("winner", 64))
    play(61, 1, 0)
    play(62, 1, 0)
    play(64, 3, 0)
    assert teams(65) == (BRAZIL, NOBODY)

    play(61, 1, 2)

    assert teams(64) == (HOLLAND, FRANCE)
    assert teams(65) == (HOLLAND, NOBODY)

    play(61, 2, 2)

    assert teams(64) == (NOBODY, FRANCE)
    assert teams(65) == (NOBODY, NOBODY)


def test_a_match_entered_late_finds_its_teams_at_once(cup, play):
    play(62, 0, 1)

    enter(cup, timedelta(days=9), number=65, away_from=who("winner", 62))

    assert teams(65) == (NOBODY, CROATIA)


def test_another_competition_has_its_own_numbers(cup, play):
    other = matches.open_competition("other", Words(fr="Autre"))
    enter(other, number=99, home_from=who("winner", 61))

    play(61, 1, 0)

    assert teams(99) == (NOBODY, NOBODY)


def test_a_result_is_noted_and_moves_the_edition(play):
    before = edition()

    match = play(61, 1, 1, extra_time=True, penalties=(4, 2))

    db.session.commit()
    entry = db.session.scalars(select(LogEntry)).one()
    assert (entry.deed, entry.thing, entry.thing_id) == ("score", "match", match.id)
    assert entry.actor == "test"
    assert entry.facts == {"score": [1, 1], "extra_time": True, "penalties": [4, 2]}
    assert edition() == before + 1


def test_the_same_result_again_changes_nothing(play):
    play(61, 2, 1)
    before = edition()

    play(61, 2, 1)

    assert len(db.session.scalars(select(LogEntry)).all()) == 1
    assert edition() == before


@pytest.mark.parametrize(
    ("number", "answers", "refusal"),
    [
        (64, (1, 0), TeamsUnknown),
        (61, (-1, 0), NegativeScore),
        (61, (1, 0, (4, 3)), ShootOutUnneeded),
    ],
)
def test_a_result_that_cannot_be_is_refused_and_nothing_is_written(
    play, number, answers, refusal
):
    home, away, *penalties = answers

    with pytest.raises(refusal):
        play(number, home, away, penalties=penalties[0] if penalties else None)

    found = db.session.scalars(select(Match).where(Match.number == number)).one()
    assert competitions.result(found) is None
    assert db.session.scalars(select(LogEntry)).all() == []


def test_a_place_that_nobody_can_take_is_an_error(cup):
    with pytest.raises(ValueError, match="no placeholder"):
        enter(cup, home_from={"winner of": 61})
