"""The organisations' pages: who they are, how to write to them, what they bring."""

from __future__ import annotations

from datetime import timedelta

import pytest

from festival.domain.words import Words
from festival.extensions import db
from festival.services import directory
from tests.visitor import seen


def section(page, heading):
    """The names of the events under *heading*, up to the next part of the page."""
    (start,) = [h for h in page.html.select("main h2") if seen(h) == heading]
    found = []
    for tag in start.find_next_siblings():
        if tag.name == "h2":
            break
        found += [seen(a) for a in tag.select("h3 a, .dots a")]
    return found


@pytest.fixture
def wheel(app):
    wheel = directory.welcome(
        "wheel",
        "La Roue libre",
        description=Words(fr="On répare des vélos.", en="We mend bicycles."),
        email="roue@example.org",
        phone="01 99 00 77 88",
        website="https://roue.example/atelier?a=1",
    )
    db.session.commit()
    return wheel


def test_an_organisation_says_who_it_is_and_how_to_reach_it(visitor, wheel):
    page = visitor.opens("/fr/organisations/wheel")

    assert page.status == 200
    assert page.heading == "La Roue libre"
    assert page.title == "La Roue libre – Halle Belleville"
    assert "On répare des vélos." in page.text
    assert page.link("roue@example.org") == "mailto:roue@example.org"
    assert page.link("01 99 00 77 88") == "tel:+33199007788"
    site = page.html.select_one('a[href="https://roue.example/atelier?a=1"]')
    assert seen(site) == "roue.example"
    assert page.link("Organisations") == "/fr/organisations/"
    canonical = page.html.select_one("link[rel=canonical]")["href"]
    assert canonical == "https://halle.example/fr/organisations/wheel"


def test_an_organisation_shows_its_events_and_the_last_ones(visitor, build, wheel, now):
    past = now - timedelta(days=9)
    build.event("next", name=Words(fr="Le frein"), organisers=[wheel])
    build.event("past", name=Words(fr="La selle"), organisers=[wheel], starts_at=past)
    build.event("other", name=Words(fr="La soupe"))

    page = visitor.opens("/fr/organisations/wheel")

    assert section(page, "Leurs prochains rendez-vous") == ["Le frein"]
    assert section(page, "Rendez-vous passés") == ["La selle"]
    assert page.link("Tous les rendez-vous passés") == (
        "/fr/?when=past&organisation=wheel"
    )
    assert page.link("S’abonner à cette liste") == "/fr/subscribe?organisation=wheel"


def test_an_organisation_without_events_says_so(visitor, wheel):
    page = visitor.opens("/fr/organisations/wheel")

    assert (
        "Pas de rendez-vous prévu avec cette organisation pour l’instant." in page.text
    )
    english = visitor.opens("/en/organisations/wheel")
    assert "We mend bicycles." in english.text
    assert "Nothing is planned with them for now." in english.text


def test_an_organisation_of_the_past_is_only_remembered(visitor, build, now):
    league = directory.welcome("league", "La Ligue", sources=["Le bulletin, 2015"])
    held = now - timedelta(days=4000)
    build.event("fair", name=Words(fr="La foire"), organisers=[league], starts_at=held)

    page = visitor.opens("/fr/organisations/league")

    assert section(page, "Rendez-vous passés") == ["La foire"]
    assert "Le bulletin, 2015" in page.text
    assert "prochains" not in page.text
    assert "calendrier" not in page.text
    assert page.html.select(".facts, input") == []


def test_an_organisation_told_from_sources_may_come_back(visitor, build):
    league = directory.welcome("league", "La Ligue", sources=["Le bulletin, 2015"])
    build.event("fair", name=Words(fr="La foire"), organisers=[league])

    page = visitor.opens("/fr/organisations/league")

    assert section(page, "Leurs prochains rendez-vous") == ["La foire"]
    assert page.link("S’abonner à cette liste") == "/fr/subscribe?organisation=league"


def test_an_unknown_organisation_is_not_found(visitor, wheel):
    assert visitor.opens("/fr/organisations/nobody").status == 404


def test_the_list_begins_with_those_that_something_is_coming_from(
    visitor, build, wheel, now
):
    directory.welcome("azure", "Azur")
    starts_at = now + timedelta(days=2, hours=2)
    build.event(
        "next", name=Words(fr="Le frein"), organisers=[wheel], starts_at=starts_at
    )

    page = visitor.opens("/fr/organisations/")

    rows = [
        [seen(part) for part in row.select("h3, p")]
        for row in page.html.select("main .list li")
    ]
    assert rows == [
        [
            "La Roue libre",
            "On répare des vélos.",
            "Prochain rendez-vous : Le frein , jeudi 3 juin, de 14 h à 16 h",
        ],
        ["Azur"],
    ]
    assert [seen(h) for h in page.html.select("main h2")] == [
        "Avec des rendez-vous à venir", "Les autres",
    ]  # fmt: skip
    assert visitor.follows("La Roue libre").heading == "La Roue libre"


def test_a_house_without_organisations_says_so(visitor):
    page = visitor.opens("/en/organisations/")

    assert "No organisation is presented yet." in page.text
    assert "Aucune organisation" in visitor.opens("/fr/organisations/").text


def test_where_nothing_is_coming_the_list_is_whole(visitor, wheel):
    page = visitor.opens("/fr/organisations/")

    assert [seen(h) for h in page.html.select("main h2")] == [
        "Toutes les organisations"
    ]
