"""Fixture lists, as associations hand them out."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from festival.domain import errors
from festival.domain.columns import Line
from festival.domain.fixture_list import check
from festival.domain.fixtures import Outcome, Placeholder, Result, Side, title
from festival.domain.intakes import Setting
from festival.domain.words import Words

SETTING = Setting(date(2027, 6, 1), "Europe/Paris", "fr")
SIX = datetime(2027, 7, 15, 16, tzinfo=UTC)  # in Paris
SIDES = {"home": "France", "away": "Croatie"}


def read(**cells):
    said = {**SIDES, "day": "15/07/2027", "starts": "18h", **cells}
    (found,) = check([Line(2, said)], SETTING)
    return found


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"starts": "18:00"},
        {"day": "", "starts": "2027-07-15 18:00"},
        {"day": "", "starts": "2027-07-15T16:00:00Z"},
        {"day": "", "starts": "2027-07-15T19:00:00+03:00"},
        {"day": "2027-07-15", "starts": "19:00 UTC+3"},
        {"day": "", "starts": "", "starts_utc": "2027-07-15T16:00:00"},
        {"day": "jeu. 15 juillet", "starts": "6pm"},
    ],
)
def test_a_kick_off_is_read_in_whatever_zone_it_is_said(cells):
    found = read(**cells)

    assert found.problems == ()
    assert found.kicks_off_at == SIX


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("France", Side(Words(fr="France"))),
        ("Vainqueur du match 61", Side(Words(), Placeholder(Outcome.WINNER, 61))),
        ("Winner of match 61", Side(Words(), Placeholder(Outcome.WINNER, 61))),
        ("W61", Side(Words(), Placeholder(Outcome.WINNER, 61))),
        ("Perdant match n° 61", Side(Words(), Placeholder(Outcome.LOSER, 61))),
        ("L 61", Side(Words(), Placeholder(Outcome.LOSER, 61))),
        ("1A", Side(Words(fr="1A"))),
        ("Pays-Bas", Side(Words(fr="Pays-Bas"))),
        ("TBD", Side(Words())),
        ("à déterminer", Side(Words())),
    ],
)
def test_a_side_is_a_team_or_keeps_its_place(text, side):
    facts = read(home=text, number="64").facts

    placeholder = Placeholder.read(facts.get("home_from", {}))
    assert Side(facts["home_team"], placeholder) == side


def test_both_sides_may_stand_in_one_cell():
    facts = read(home="", away="", sides="France – Croatie").facts

    assert (facts["home_team"], facts["away_team"]) == (
        Words(fr="France"),
        Words(fr="Croatie"),
    )


@pytest.mark.parametrize(
    ("cells", "stage"),
    [
        ({"stage": "final"}, Words(fr="Finale", en="Final")),
        ({"stage": "Demi-finale"}, Words(fr="Demi-finale", en="Semi-final")),
        ({"stage": "round-of-16"}, Words(fr="Huitième de finale", en="Round of 16")),
        ({"stage": "group", "group": "A"}, Words(fr="Groupe A", en="Group A")),
        ({"group": "Groupe B"}, Words(fr="Groupe B", en="Group B")),
        ({"stage": "Poule de rattrapage"}, Words(fr="Poule de rattrapage")),
    ],
)
def test_a_stage_is_known_in_both_languages_or_kept_as_it_is(cells, stage):
    assert read(**cells).facts["stage"] == stage


def test_teams_may_be_named_in_two_languages():
    facts = read(**{"home": "Croatia", "home.fr": "Croatie"}).facts

    assert facts["home_team"] == Words(fr="Croatie", en="Croatia")


@pytest.mark.parametrize(
    ("cells", "result"),
    [
        ({}, None),
        ({"score": "2-1"}, Result(2, 1)),
        ({"home_score": "4", "away_score": "2"}, Result(4, 2)),
        (
            {"home_score": "1", "away_score": "1", "extra_time": "yes"},
            Result(1, 1, extra_time=True),
        ),
        (
            {"score": "1 - 1", "home_penalties": "3", "away_penalties": "4"},
            Result(1, 1, True, (3, 4)),
        ),
    ],
)
def test_a_score_is_read(cells, result):
    assert read(**cells).result == result


@pytest.mark.parametrize(
    ("cells", "refusal"),
    [
        ({"day": "", "starts": ""}, errors.DayMissing),
        ({"day": "bientôt"}, errors.DayUnread),
        ({"starts": "le soir"}, errors.StartUnread),
        ({"starts": ""}, errors.StartMissing),
        ({"starts_utc": "hier"}, errors.StartUnread),
        ({"home": "", "away": ""}, errors.MatchUnread),
        ({"score": "gagné"}, errors.ScoreUnread),
        ({"home_score": "un", "away_score": "2"}, errors.ScoreUnread),
        (
            {"score": "2-1", "home_penalties": "3", "away_penalties": "4"},
            errors.ShootOutUnneeded,
        ),
    ],
)
def test_what_cannot_be_read_is_said(cells, refusal):
    assert [type(problem) for problem in read(**cells).problems] == [refusal]


def test_a_number_twice_is_one_too_many_and_a_day_left_empty_that_of_before():
    found = check(
        [
            Line(2, {"number": "1", **SIDES, "day": "15/07/2027", "starts": "18h"}),
            Line(3, {"number": "2", **SIDES, "starts": "21h"}),
            Line(4, {"number": "1", **SIDES, "starts": "22h"}),
        ],
        SETTING,
    )

    assert [bool(one.problems) for one in found] == [False, False, True]
    assert found[1].kicks_off_at == SIX.replace(hour=19)


@pytest.mark.parametrize(
    ("home", "away", "said"),
    [
        (
            Side(Words(fr="France")),
            Side(Words(fr="Croatie", en="Croatia")),
            Words(fr="Finale : France – Croatie", en="Final: France – Croatia"),
        ),
        (
            Side(Words(), Placeholder(Outcome.WINNER, 61)),
            Side(Words()),
            Words(
                fr="Finale : Vainqueur du match 61 – à déterminer",
                en="Final: Winner of match 61 – to be decided",
            ),
        ),
        (Side(Words()), Side(Words()), Words(fr="Finale", en="Final")),
    ],
)
def test_a_screening_is_called_after_who_plays(home, away, said):
    assert title(Words(fr="Finale", en="Final"), home, away) == said
