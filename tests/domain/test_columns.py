"""What the columns of people's tables mean."""

from __future__ import annotations

import pytest

from festival.domain.columns import (
    FIXTURES,
    PROGRAMME,
    closest,
    field_of,
    kind_called,
    under_heads,
)
from festival.domain.errors import HeadsUnknown, TooManyLines


@pytest.mark.parametrize(
    ("head", "name"),
    [
        *(("Titre", "name"), ("TITLE", "name"), ("Titre (fr)", "name.fr")),
        *(("title_en", "name.en"), ("Nom de l’évènement", "name")),
        *(("Heure de début (hh:mm)", "starts"), ("De", "starts"), ("À", "ends")),
        *(("Lieu :", "venue"), ("Salle", "space"), ("Jauge", "seats")),
        *(("Nb. places", "seats"), ("Durée", "length")),
        *(("Intervenants", None), ("", None)),
    ],
)
def test_a_head_is_known_in_both_languages(head, name):
    assert field_of(head, PROGRAMME) == name


@pytest.mark.parametrize(
    ("head", "name"),
    [
        *(("match_no", "number"), ("N°", "number"), ("team1", "home")),
        *(("team1_fr", "home.fr"), ("kickoff_utc", "starts_utc"), ("Stade", "ground")),
        *(("Équipe 2", "away"), ("Phase", "stage"), ("score1", "home_score")),
    ],
)
def test_a_head_of_a_fixture_list_is_known(head, name):
    assert field_of(head, FIXTURES) == name


def test_a_title_and_empty_lines_above_the_heads_are_passed_over():
    rows = [
        ("Nuits de la Halle",),
        (),
        ("Titre", "Date", "Intervenants"),
        ("Bal", "21/11", "Zoé"),
        (),
        ("Thé",),
    ]

    found = under_heads("programme", [[("Lisez-moi",)], rows])

    assert [(line.number, line.cells) for line in found.lines] == [
        (4, {"name": "Bal", "day": "21/11"}),
        (6, {"name": "Thé"}),
    ]
    assert (found.heads, found.unknown) == (("Titre", "Date"), ("Intervenants",))


def test_the_first_of_two_columns_of_one_meaning_counts():
    rows = [("Titre", "Nom", "Date"), ("Bal", "Thé", "1/1")]

    found = under_heads("programme", [rows])

    assert found.lines[0].cells["name"] == "Bal"
    assert found.unknown == ("Nom",)


@pytest.mark.parametrize(
    "rows", [[], [("Bal", "21/11")], [("Titre", "Places"), ("Bal", "3")], [("Date",)]]
)
def test_a_table_without_heads_tells_nothing(rows):
    with pytest.raises(HeadsUnknown):
        under_heads("programme", [rows])


def test_five_hundred_lines_are_a_programme_and_no_more():
    lines = [("Bal", "21/11")] * 501

    assert len(under_heads("programme", [[("Titre", "Date"), *lines[1:]]]).lines) == 500
    with pytest.raises(TooManyLines):
        under_heads("programme", [[("Titre", "Date"), *lines]])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("Atelier", "workshop"), ("ateliers", "workshop"), ("Workshop", "workshop")),
        *(("Atelier vélo", "workshop"), ("ciné-débat", "screening")),
        *(("Débat", "debate"), ("open_day", "open_day"), ("Table ronde", "debate")),
        *(("truc", None), ("", None)),
        ("Atelier ou concert", None),
    ],
)
def test_a_kind_goes_by_many_names(name, kind):
    assert kind_called(name) == kind


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("grande neff", ["Grande nef"]),
        ("nef", ["Grande nef"]),
        ("mezanine", ["Mezzanine"]),
        ("piscine", []),
        ("", []),
    ],
)
def test_a_name_nearly_right_is_suggested(name, near):
    assert closest(name, ["Grande nef", "Mezzanine", "Cour"]) == near
