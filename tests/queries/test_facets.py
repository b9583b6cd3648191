"""What can be chosen of the agenda, and how much each choice would show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from festival.domain.question import AgendaFilter
from festival.domain.words import Words
from festival.queries import agenda, facets
from festival.services import directory
from tests.conftest import both_databases
from tests.domain.test_question import asked
from tests.queries.test_agenda import counted


@pytest.fixture
def season(build, now):
    """Three events to come in two venues, by two bodies, one part of a festival."""
    halle = build.venue("halle", "La Halle")
    lavoir = build.venue("lavoir", "Le Lavoir")
    nave = build.space(halle, "nef", step_free=True, hearing_loop=False)
    tablee = directory.welcome("tablee", "La Tablée")
    voices = directory.welcome("voix", "Voix du haut")
    nights = build.event(
        "nights",
        kind="festival",
        name=Words(fr="Les Nuits"),
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=4),
    )
    build.event(
        "soup",
        kind="meal",
        venue=halle,
        space=nave,
        super_event=nights,
        organisers=[tablee, voices],
        audience="youth",
        languages=["fr", "ar"],
        starts_at=now + timedelta(days=1, hours=1),
    )
    build.event("choir", kind="concert", venue=lavoir, organisers=[voices])
    build.event("draft", kind="meal", venue=halle, published=False)


def counts(options):
    return {option.value: option.count for option in options if option.count}


@both_databases
def test_each_choice_counts_what_it_would_show(season, now):
    found = facets.facets(AgendaFilter(), now)

    assert found.periods == {"today": 0, "weekend": 1, "all": 3}
    assert counts(found.kinds) == {"festival": 1, "meal": 1, "concert": 1}
    assert counts(found.venues) == {"halle": 1, "lavoir": 1}
    assert counts(found.organisations) == {"tablee": 1, "voix": 2}
    assert counts(found.festivals) == {"nights": 2}
    assert counts(found.access) == {"step-free": 1}
    assert counts(found.languages) == {"ar": 1, "fr": 3}
    assert counts(found.audiences) == {"youth": 1, "everyone": 2}
    assert [option.name for option in found.venues] == ["La Halle", "Le Lavoir"]
    assert found.festivals[0].name == Words(fr="Les Nuits")


@both_databases
def test_the_other_choices_narrow_the_counts_but_not_their_own(season, now):
    found = facets.facets(asked(kind="meal", venue="lavoir"), now)
    theirs = facets.facets(asked(kind="meal", audience="everyone"), now)

    assert counts(theirs.audiences) == {"youth": 1}
    assert counts(found.kinds) == {"concert": 1}
    assert counts(found.venues) == {"halle": 1}
    assert [option.value for option in found.venues] == ["halle", "lavoir"]
    assert counts(found.organisations) == {}


@both_databases
def test_what_is_chosen_is_called_by_its_name_though_it_shows_nothing(season, now):
    question = asked(
        q="nothing", venue=["halle", "halle/nef", "x"], organisation="voix",
        festival="nights", language="ar",
    )  # fmt: skip

    found = facets.facets(question, now)

    assert [(o.value, o.count, o.name) for o in found.venues] == [
        ("halle", 0, "La Halle"),
        ("halle/nef", 0, Words(fr="La Halle, Grande nef", en="La Halle, Great nave")),
        ("x", 0, ""),
    ]
    assert [o.name for o in found.organisations] == ["Voix du haut"]
    assert [o.name for o in found.festivals] == [Words(fr="Les Nuits")]
    assert [o.value for o in found.languages] == ["ar"]


@both_databases
def test_every_count_is_what_following_it_shows(season, now):
    found = facets.facets(AgendaFilter(), now)

    for name, options in (
        ("kind", found.kinds),
        ("venue", found.venues),
        ("organisation", found.organisations),
        ("festival", found.festivals),
        ("access", found.access),
        ("language", found.languages),
        ("audience", found.audiences),
    ):
        for option in options:
            shown = agenda.agenda(asked(**{name: option.value}), now).total
            assert shown == option.count, (name, option)


@both_databases
def test_an_empty_list_leads_to_what_is_near(season, now):
    ways = facets.ways_out(asked(kind="meal", language="en", when="today"), now)
    assert ways == []

    ways = facets.ways_out(asked(kind="meal", venue="lavoir", q="tablée"), now)
    assert [(way.name, way.value, way.count) for way in ways] == [
        ("venue", "lavoir", 1),
    ]
    ways = facets.ways_out(asked(when="weekend", kind="concert"), now)
    assert [(way.name, way.count) for way in ways] == [("when", 1), ("kind", 1)]
    assert ways[0].question == asked(when="all", kind="concert")


@both_databases
def test_years_that_are_over_are_counted_and_empty_ones_left_out(build, now):
    for days in (10, 20, 400, 3300):
        build.event(f"d{days}", starts_at=now - timedelta(days=days))
    build.event("coming")

    assert facets.years(AgendaFilter(), now) == [(2027, 2), (2026, 1), (2018, 1)]
    assert facets.years(asked(q="nothing"), now) == []


@both_databases
def test_where_there_are_too_many_choices_stand_without_numbers(
    season, build, clock, monkeypatch
):
    monkeypatch.setattr(facets, "FEW", 2)  # three are to come
    now = clock()
    found = facets.facets(asked(kind="meal", language="ar", festival="nights"), now)

    assert {option.count for option in found.venues} == {None}
    assert [option.value for option in found.venues] == ["halle", "lavoir"]
    assert [option.value for option in found.organisations] == ["tablee", "voix"]
    assert [(o.value, o.name) for o in found.festivals] == [
        ("nights", Words(fr="Les Nuits"))
    ]
    assert [(o.value, o.count) for o in found.languages] == [("ar", None)]
    assert found.periods["all"] == 1  # of what is chosen

    clock.moves(days=400)
    build.event("later", starts_at=clock() - timedelta(hours=9))
    years = facets.years(AgendaFilter(), clock())
    assert years == [(2028, None), (2027, None)]


@pytest.mark.parametrize("number", [1, 3])
def test_choices_cost_the_same_statements_whatever_there_is(build, now, number):
    for each in range(number):
        build.event(f"e{each}", venue=build.venue(f"v{each}"), kind="meal")

    with counted() as sent:
        facets.facets(AgendaFilter(), now)

    assert len(sent) == 9
