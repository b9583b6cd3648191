"""A programme in a table: what its lines say, and which events they stand for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from festival.domain import errors
from festival.domain.columns import Line
from festival.domain.intakes import Note, Place, Setting
from festival.domain.pairing import Known, pair
from festival.domain.programme_list import check
from festival.domain.words import Words

PLACES = (
    Place(1, None, "La Halle", "La Halle", frozenset({"la halle"})),
    Place(1, 2, "La Halle, Grande nef", "La Halle", frozenset({"grande nef"}), 100),
    Place(1, 3, "La Halle, Cour", "La Halle", frozenset({"cour"})),
    Place(4, None, "Le Pavillon", "Le Pavillon", frozenset({"le pavillon"})),
    Place(4, 5, "Le Pavillon, Cour", "Le Pavillon", frozenset({"cour"})),
)
SETTING = Setting(date(2026, 11, 1), "Europe/Paris", "fr", PLACES)
WHEN = {"day": "sam. 21 nov.", "starts": "14h30"}


def read(**cells):
    (found,) = check([Line(2, {"name": "Bal", **WHEN, **cells})], SETTING)
    return found


def refusals(found):
    return [type(problem) for problem in found.problems]


def at(hour, minute=0, day=21):
    """An hour in Paris in November, as an instant."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


def test_a_line_says_what_an_event_is():
    found = read(
        ends="16h", kind="Concert", space="grande nef", seats="40", price="5 €"
    )

    assert found.problems == ()
    assert found.facts == {
        "name": Words(fr="Bal"),
        "kind": "concert",
        "starts_at": at(14, 30),
        "ends_at": at(16),
        "place": (1, 2),
        "capacity": 40,
        "price_note": Words(fr="5 €"),
    }


def test_what_a_line_does_not_say_is_assumed_and_noted():
    found = read()

    assert found.facts.keys() == {"name", "starts_at"}
    assert found.assumed["ends_at"] == at(16, 30)
    assert found.assumed["kind"] == "concert"  # a ball is one
    assert found.notes == (Note.KIND_GUESSED, Note.END_GUESSED, Note.NO_PLACE)


def test_a_day_left_empty_is_that_of_the_line_before():
    lines = [
        Line(2, {"name": "Bal", **WHEN}),
        Line(3, {"name": "Thé", "starts": "17h"}),
        Line(4, {"name": "Brunch", "starts": "2026-11-22 11:00"}),
        Line(5, {"name": "Sieste", "day": "23/11", "starts": "15h"}),
        Line(6, {"name": "Soupe", "starts": "19h"}),
    ]

    found = check(lines, SETTING)

    assert [one.facts["starts_at"].day for one in found] == [21, 21, 22, 23, 23]


@pytest.mark.parametrize(
    ("cells", "ends_at"),
    [
        ({"starts": "14h-16h"}, at(16)),
        ({"length": "1h30"}, at(16)),
        ({"starts": "22h", "ends": "2h"}, at(2, day=22)),
        ({"starts": "22h", "ends": "minuit"}, at(1, day=22) - (at(2) - at(1))),
        ({"ends": "18h", "last_day": "22/11"}, at(18, day=22)),
        ({"ends": "2026-11-22 18:00"}, at(18, day=22)),
    ],
)
def test_an_end_is_said_in_many_ways(cells, ends_at):
    assert read(**cells).facts["ends_at"] == ends_at


@pytest.mark.parametrize(
    ("cells", "refusal"),
    [
        ({"name": ""}, errors.NameMissing),
        ({"name": "x" * 121}, errors.NameTooLong),
        ({"kind": "truc"}, errors.KindUnread),
        ({"day": ""}, errors.DayMissing),
        ({"day": "bientôt"}, errors.DayUnread),
        ({"day": "dim. 21 nov. 2026"}, errors.WeekdayDiffers),
        ({"starts": ""}, errors.StartMissing),
        ({"starts": "le soir"}, errors.StartUnread),
        ({"ends": "tard"}, errors.EndUnread),
        ({"ends": "14h"}, errors.EndBeforeStart),
        ({"ends": "14h30"}, errors.EndBeforeStart),
        ({"last_day": "31/12/2027", "ends": "16h"}, errors.EndBeforeStart),
        ({"space": "nef"}, errors.SpaceUnread),
        ({"venue": "ailleurs"}, errors.VenueUnread),
        ({"seats": "beaucoup"}, errors.SeatsUnread),
        ({"seats": "1000000"}, errors.SeatsUnread),
        ({"day": "28/03/2027", "starts": "2h30"}, errors.HourUnclear),
        ({"day": "31/10/2027", "starts": "2h30"}, errors.HourUnclear),
    ],
)
def test_what_cannot_be_read_is_said(cells, refusal):
    assert refusals(read(**cells)) == [refusal]


def test_all_that_is_wrong_with_a_line_is_said_at_once():
    found = read(day="bientôt", kind="truc", seats="beaucoup")

    assert refusals(found) == [errors.KindUnread, errors.DayUnread, errors.SeatsUnread]


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        ({"space": "Grande Nef"}, (1, 2)),
        ({"venue": "la halle"}, (1, None)),
        ({"venue": "Grande nef"}, (1, 2)),
        ({"space": "La Halle, Grande nef"}, (1, 2)),
        ({"space": "cour", "venue": "Le Pavillon"}, (4, 5)),
        ({"space": "Le Pavillon"}, (4, None)),
    ],
)
def test_a_place_goes_by_its_name_wherever_it_stands(cells, place):
    assert read(**cells).facts["place"] == place


@pytest.mark.parametrize(
    ("cells", "about", "near"),
    [
        ({"space": "la grande neff"}, "space", ["La Halle, Grande nef"]),
        ({"space": "cour"}, "space", ["La Halle, Cour", "Le Pavillon, Cour"]),
        ({"venue": "pavillon"}, "venue", ["Le Pavillon", "Le Pavillon, Cour"]),
    ],
)
def test_a_place_nearly_right_is_suggested(cells, about, near):
    assert read(**cells).suggestions[about] == near


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({"space": "grande nef", "seats": "120"}, Note.MORE_SEATS),
        ({"day": "31/10/2026"}, Note.OVER),
    ],
)
def test_what_is_worth_a_look_is_noted_and_no_problem(cells, note):
    found = read(**cells)

    assert found.problems == ()
    assert note in found.notes


def test_no_limit_is_a_number_of_seats_too():
    assert read(seats="illimité").facts["capacity"] is None
    assert read(space="grande nef").assumed["capacity"] == 100


def test_two_lines_in_one_space_at_one_time_are_noted():
    lines = [
        Line(2, {"name": "Bal", **WHEN, "space": "grande nef"}),
        Line(3, {"name": "Thé", **WHEN, "space": "grande nef"}),
        Line(4, {"name": "Soupe", **WHEN, "space": "La Halle, Cour"}),
    ]

    met = [Note.SAME_SPACE in one.notes for one in check(lines, SETTING)]

    assert met == [True, True, False]


def test_the_same_line_twice_is_one_too_many():
    lines = [Line(n, {"name": name, **WHEN}) for n, name in ((2, "Bal"), (5, "BAL"))]

    first, second = check(lines, SETTING)

    assert first.problems == ()
    assert refusals(second) == [errors.LineTwice]
    assert second.problems[0].facts == {"line": 2}


def test_a_name_may_be_said_in_two_languages():
    found = check([Line(2, {"name": "Bal", "name.en": "Ball", **WHEN})], SETTING)[0]

    assert found.facts["name"] == Words(fr="Bal", en="Ball")


# Which event a line stands for


def known(key, name, moment):
    return Known(key, frozenset({name}), moment)


def lines(*said):
    return check(
        [
            Line(number, {"name": name, "day": day, "starts": starts})
            for number, (name, day, starts) in enumerate(said, start=2)
        ],
        SETTING,
    )


@pytest.mark.parametrize("moves", [True, False])
def test_a_line_stands_for_the_event_of_its_name_and_hour(moves):
    events = [known(1, "bal", at(14)), known(2, "bal", at(17)), known(3, "the", at(14))]
    balls = ("Bal", "21/11", "17h"), ("Bal", "21/11", "14h")
    read_ = lines(*balls, ("Thé", "21/11", "14h"))

    found = pair(read_, events, "Europe/Paris", moves=moves)

    assert found == {2: 2, 3: 1, 4: 3}


def test_else_for_that_of_its_name_and_day():
    events = [known(1, "bal", at(14))]

    found = pair(lines(("Bal", "21/11", "20h")), events, "Europe/Paris", moves=False)

    assert found == {2: 1}


def test_else_for_the_only_one_of_its_name_where_things_move():
    events = [known(1, "bal", at(14))]
    later = lines(("Bal", "28/11", "20h"))

    assert pair(later, events, "Europe/Paris", moves=True) == {2: 1}
    assert pair(later, events, "Europe/Paris", moves=False) == {}


def test_of_two_alike_nobody_knows_which_has_moved():
    events = [known(1, "bal", at(14))]
    twice = lines(("Bal", "28/11", "20h"), ("Bal", "29/11", "20h"))

    assert pair(twice, events, "Europe/Paris", moves=True) == {}
