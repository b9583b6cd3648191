"""The page of a tournament, and what an event's page says of its match."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import render_template_string

from festival.domain.words import Words
from festival.extensions import db
from festival.services import matches
from tests.conftest import NOON
from tests.visitor import seen

FINAL = datetime(1998, 7, 12, 19, tzinfo=UTC)  # 9pm in Paris
FRANCE = Words(fr="France", en="France")
BRAZIL = Words(fr="Brésil", en="Brazil")
NAME = Words(fr="La coupe de 1998", en="The 1998 cup")


@pytest.fixture
def cup(build):
    return matches.open_competition("cup-1998", NAME)


def enter(cup, kicks_off_at=FINAL, **facts):
    match = matches.enter(cup, kicks_off_at, now=NOON, **facts)
    db.session.commit()
    return match


def rows(page) -> list[str]:
    return [seen(row) for row in page.html.select("main .ev")]


def test_a_page_tells_every_match_of_a_competition(build, cup, visitor):
    cup.description = Words(fr="Chez **nous**.", en="At **home**.")
    enter(
        cup, number=64, stage=Words(fr="Finale", en="Final"),
        ground=Words(fr="Saint-Denis"),
        home_team=BRAZIL, away_team=FRANCE, home_score=0, away_score=3,
    )  # fmt: skip

    page = visitor.opens("/fr/competitions/cup-1998")

    assert page.heading == "La coupe de 1998"
    assert page.title == "La coupe de 1998 – Halle Belleville"
    assert "Chez nous . Les heures sont celles de Paris." in page.text
    assert [seen(h2) for h2 in page.html.select("main h2")] == ["Finale"]
    assert rows(page) == [
        "Match 64 · dimanche 12 juillet 1998 à 21 h Brésil – France Saint-Denis 0 – 3"
    ]
    assert page.html.select_one("link[rel=canonical]")["href"] == (
        "https://halle.example/fr/competitions/cup-1998"
    )

    page = visitor.opens("/en/competitions/cup-1998")

    assert [seen(h2) for h2 in page.html.select("main h2")] == ["Final"]
    assert rows(page) == [
        "Match 64 · Sunday 12 July 1998 at 9pm Brazil – France Saint-Denis 0 – 3"
    ]


@pytest.mark.parametrize(
    ("facts", "french", "english"),
    [
        ({"home_score": 4, "away_score": 2}, "4 – 2", "4 – 2"),
        (
            {"home_score": 2, "away_score": 1, "extra_time": True},
            "2 – 1 après prolongation",
            "2 – 1 after extra time",
        ),
        (
            {
                "home_score": 3,
                "away_score": 3,
                "extra_time": True,
                "home_penalties": 4,
                "away_penalties": 3,
            },
            "3 – 3, 4 – 3 aux tirs au but",
            "3 – 3, 4 – 3 on penalties",
        ),
    ],
)
def test_a_result_says_how_it_came_about(cup, visitor, facts, french, english):
    enter(cup, home_team=BRAZIL, away_team=FRANCE, **facts)

    for language, said in (("fr", french), ("en", english)):
        page = visitor.opens(f"/{language}/competitions/cup-1998")
        assert seen(page.html.select_one(".ev .score")) == said


def test_a_place_without_a_team_says_who_takes_it(cup, visitor):
    enter(
        cup,
        home_from={"outcome": "winner", "number": 49},
        away_from={"outcome": "loser", "number": 50},
    )
    enter(cup, FINAL + timedelta(days=1), home_team=BRAZIL)

    visitor.opens("/fr/competitions/cup-1998")

    assert [seen(h3) for h3 in visitor.page.html.select("h3")] == [
        "Vainqueur du match 49 – Perdant du match 50", "Brésil – À déterminer"
    ]  # fmt: skip

    visitor.opens("/en/competitions/cup-1998")

    assert [seen(h3) for h3 in visitor.page.html.select("h3")] == [
        "Winner of match 49 – Loser of match 50", "Brazil – To be decided"
    ]  # fmt: skip


def test_a_match_leads_to_its_screening(build, cup, visitor):
    shown = build.event("final", kind="screening", venue=build.venue())
    hidden = build.event("hidden", kind="screening", listed=False)
    enter(cup, home_team=BRAZIL, away_team=FRANCE, event=shown)
    enter(cup, home_team=FRANCE, away_team=BRAZIL, event=hidden)

    page = visitor.opens("/fr/competitions/cup-1998")

    assert page.link("Brésil – France") == "/fr/events/final"
    assert "Projection : La Halle" in rows(page)[0]
    assert hidden.slug not in page.response.text


def test_a_name_in_another_language_says_which(cup, visitor):
    enter(cup, home_team=Words(de="Deutschland"), away_team=FRANCE)

    page = visitor.opens("/fr/competitions/cup-1998")

    assert seen(page.html.select_one("h3 [lang=de]")) == "Deutschland"
    assert page.html.select("h3 [lang=fr]") == []


def test_what_was_read_is_said_and_what_nobody_verified_too(cup, visitor):
    cup.sources = [
        "https://example.org/report.",
        "The report (1998), https://example.org/a?b=1&c=2",
        "Paper (https://example.org/p)",
        "On paper <only>, http://example.org",
    ]
    cup.source_note = Words(fr="l’affluence", en="the attendance")
    db.session.commit()

    page = visitor.opens("/fr/competitions/cup-1998")

    sources = page.html.select_one("section[aria-labelledby=sources]")
    assert [(a["href"], seen(a), a["rel"]) for a in sources.select("a")] == [
        ("https://example.org/report", "example.org/report", ["noopener"]),
        ("https://example.org/a?b=1&c=2", "The report (1998)", ["noopener"]),
        ("https://example.org/p", "Paper", ["noopener"]),
    ]
    assert seen(sources.select("li")[3]) == "On paper <only>, http://example.org"
    assert seen(sources.select_one("p")) == "Non vérifié : l’affluence"


def test_without_sources_or_matches_the_page_says_so(cup, visitor):
    db.session.commit()

    page = visitor.opens("/en/competitions/cup-1998")

    assert "No match yet." in page.text
    assert "Sources" not in page.text


def test_a_competition_that_nobody_keeps_is_not_found(cup, visitor):
    assert visitor.opens("/fr/competitions/cup-2038").status == 404


def test_a_whole_cup_is_a_light_page(build, cup, visitor):
    teams = [f"Équipe {chr(65 + n)}{chr(97 + 7 * n % 26)}" for n in range(24)]
    for number in range(64):
        enter(
            cup,
            FINAL + timedelta(hours=7 * number),
            number=number + 1,
            stage=Words(fr=f"Groupe {number // 6}", en=f"Group {number // 6}"),
            home_team=Words(fr=teams[number % 24]),
            away_team=Words(fr=teams[number * 5 % 24]),
            ground=Words(
                fr=f"Stade {teams[number * 7 % 24][::-1]}, ville {number % 10}"
            ),
            home_score=number * 3 % 5,
            away_score=number * 7 % 4,
            event=build.event(f"screening-{number}", venue=None),
        )

    page = visitor.opens("/fr/competitions/cup-1998")

    assert len(rows(page)) == 64
    assert len(gzip.compress(page.response.data)) < 12_000


# The event that shows it


def test_an_event_tells_its_match(build, cup, visitor, app):
    event = build.event(
        "final",
        starts_at=FINAL - timedelta(hours=1),
        doors_at=FINAL - timedelta(hours=1, minutes=30),
        kind="screening",
    )
    match = enter(
        cup,
        event=event,
        stage=Words(fr="Finale", en="Final"),
        home_team=BRAZIL,
        away_from={"outcome": "winner", "number": 62},
    )

    assert told(app, event) == (
        "La coupe de 1998 · Finale Brésil – Vainqueur du match 62 "
        "Coup d’envoi à 21 h. Accueil dès 19 h 30."
    )

    match.away_team = FRANCE
    match.home_score, match.away_score = 0, 3
    assert "Brésil – France 0 – 3" in told(app, event)

    assert told(app, build.event("other")) == ""


def told(app, event) -> str:
    """What the kit says of *event*'s match, on a French page."""
    with app.test_request_context("/fr/", base_url="https://halle.example"):
        html = render_template_string(
            '{% import "_kit/match.html" as kit with context %}{{ kit.match(event) }}',
            event=event,
        )
        return seen(BeautifulSoup(html, "html.parser"))
