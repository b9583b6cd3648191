"""What an address asks of the agenda, whoever wrote it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from festival.domain.question import LISTS, PARAMETERS, AgendaFilter


def asked(**parameters):
    return AgendaFilter.read(
        {name: [value] if isinstance(value, str) else value
         for name, value in parameters.items()}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "question"),
    [
        ({}, AgendaFilter()),
        ({"when": "weekend"}, AgendaFilter(when="weekend")),
        ({"when": ["never", "today"]}, AgendaFilter(when="today")),
        ({"kind": ["meal", "workshop"]}, AgendaFilter(kinds=("workshop", "meal"))),
        ({"kind": ["meal", "meal", "x"]}, AgendaFilter(kinds=("meal",))),
        ({"venue": ["b", "a", "b", ""]}, AgendaFilter(venues=("a", "b"))),
        ({"venue": "a/b"}, AgendaFilter(venues=("a/b",))),
        ({"venue": ["a/b/c", "A B", "../a", "-", "é"]}, AgendaFilter()),
        ({"organisation": "tablee"}, AgendaFilter(organisations=("tablee",))),
        ({"festival": "nights"}, AgendaFilter(festivals=("nights",))),
        ({"access": ["lsf", "step-free", "x"]},
         AgendaFilter(access=("step-free", "lsf"))),
        ({"language": ["ZH-hans", "fr"]}, AgendaFilter(languages=("fr", "zh-Hans"))),
        ({"language": ["pt-br", "français", ""]}, AgendaFilter(languages=("pt-BR",))),
        ({"audience": ["everyone", "youth", "adults"]},
         AgendaFilter(audiences=("youth", "everyone"))),
        ({"when": ["fortnight", "today"]}, AgendaFilter(when="fortnight")),
        ({"when": "fortnight", "from": "2027-06-05"},
         AgendaFilter(starting=date(2027, 6, 5))),
        ({"seats": "free"}, AgendaFilter(free=True)),
        ({"seats": "all"}, AgendaFilter()),
        ({"q": "  vélo\0 "}, AgendaFilter(q="vélo")),
        ({"q": "x" * 500}, AgendaFilter(q="x" * 80)),
        ({"from": "2027-06-05"}, AgendaFilter(starting=date(2027, 6, 5))),
        ({"until": "2027-06-05"}, AgendaFilter(until=date(2027, 6, 5))),
        ({"from": "2027-06-05", "until": "2027-06-01"},
         AgendaFilter(starting=date(2027, 6, 5), misread=True)),
        ({"when": "weekend", "from": "2027-06-05"},
         AgendaFilter(starting=date(2027, 6, 5))),
        ({"when": "past", "until": "2018-12-31"},
         AgendaFilter(when="past", until=date(2018, 12, 31))),
        ({"from": ""}, AgendaFilter()),
        ({"from": "tomorrow"}, AgendaFilter(misread=True)),
        ({"until": "2027-02-31"}, AgendaFilter(misread=True)),
        ({"from": "9999-12-31"}, AgendaFilter(misread=True)),
        ({"colour": "red", "page": "-1"}, AgendaFilter()),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_left_out(parameters, question):
    assert asked(**parameters) == question


def test_an_address_has_its_parameters_in_one_order():
    question = asked(
        q="vélo", until="2027-06-05", seats="free", audience="youth", language="ar",
        access="lsf",
        festival="nights", organisation="tablee", venue="halle", when="past",
        kind=["meal", "workshop"],
    )  # fmt: skip

    assert question.parameters == [
        ("when", "past"), ("kind", "workshop"), ("kind", "meal"), ("venue", "halle"),
        ("organisation", "tablee"), ("festival", "nights"), ("access", "lsf"),
        ("language", "ar"), ("audience", "youth"), ("seats", "free"),
        ("until", "2027-06-05"), ("q", "vélo"),
    ]  # fmt: skip
    assert question.chosen == 11


def test_a_choice_is_taken_back_alone():
    question = asked(
        kind=["meal", "workshop"], venue="halle", audience="youth", seats="free", q="x"
    )

    for name, value in question.choices:
        left = question.without(name, value)
        assert left.choices == [c for c in question.choices if c != (name, value)]
    assert asked(until="2027-06-05").without("dates") == AgendaFilter()


@pytest.mark.parametrize(
    ("parameters", "whole"),
    [
        ({}, {"when": "all"}),
        ({"kind": "meal"}, {"kind": "meal", "when": "all"}),
        ({"from": "2027-06-05"}, {"from": "2027-06-05", "when": "all"}),
        ({"until": "2027-06-05"}, {"until": "2027-06-05"}),
        ({"when": "fortnight"}, {"when": "fortnight"}),
        ({"when": "past", "q": "x"}, {"when": "past", "q": "x"}),
    ],
)
def test_a_list_without_pages_goes_as_far_as_the_pages_do(parameters, whole):
    assert asked(**parameters).to_the_end == asked(**whole)


TEXTS = some.lists(some.text(max_size=30), max_size=4)


@given(some.dictionaries(some.sampled_from([*PARAMETERS, "x"]), TEXTS))
def test_an_address_read_twice_asks_the_same(parameters):
    question = AgendaFilter.read(parameters)

    again = AgendaFilter.read(question.repeated)

    assert again.repeated == question.repeated
    assert all(len(getattr(question, field)) <= 20 for field in LISTS.values())
