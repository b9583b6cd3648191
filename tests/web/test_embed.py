"""The agenda in the pages of others; and nothing else of ours."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from festival.domain.words import Words
from festival.extensions import db
from festival.services import events
from tests.routes import Access, paths_by
from tests.visitor import seen
from tests.web.test_bad_input import absurd_questions

STYLE = Path(__file__).parents[2] / "static" / "css" / "embed.css"
KB = 1024


def names(page):
    return [seen(name) for name in page.html.select("li h2")]


@pytest.fixture
def season(build, now):
    for number in range(32):
        build.event(
            f"an-evening-with-a-rather-long-address-{number}",
            name=Words(fr=f"Une soirée au titre plutôt long, numéro {number}"),
            starts_at=now + timedelta(days=4 * number + 1),
        )


def test_it_shows_what_comes_next_and_leads_to_our_pages(build, visitor, now):
    halle = build.venue()
    fix = build.event("fix", name=Words(fr="Réparer", en="Fixing"), venue=halle)
    build.event("song", kind="concert", starts_at=now + timedelta(days=90))
    build.event("over", starts_at=now - timedelta(days=1))
    reason = Words(fr="La salle est inondée.")
    events.cancel(fix, reason, actor="test", now=now)
    db.session.commit()

    page = visitor.opens("/embed/agenda")

    assert page.text == (
        "Agenda : Halle Belleville Mardi 8 juin, de 12 h à 14 h Réparer La Halle · "
        "Annulé Lundi 30 août, de 12 h à 14 h Ouverture Lieu bientôt annoncé · "
        "10 places libres Tout l’agenda"
    )
    assert {a["href"]: a["target"] for a in page.html.select("a")} == {
        "/fr/events/fix": "_top",
        "/fr/events/song": "_top",
        "/fr/": "_top",
    }
    assert page.html.select_one("meta[name=robots]")["content"] == "noindex"


def test_it_takes_the_agendas_question_and_a_language(build, visitor):
    build.event("fix", name=Words(fr="Réparer", en="Fixing"))
    build.event("song", kind="concert")

    page = visitor.opens("/embed/agenda?kind=workshop&lang=en")

    assert names(page) == ["Fixing"]
    assert page.html.html["lang"] == "en"
    assert page.link("The whole agenda") == "/en/?kind=workshop"
    empty = visitor.opens("/embed/agenda?when=today")
    assert "Rien de prévu aujourd’hui." in empty.text


@pytest.mark.parametrize(
    ("asked", "number"),
    [("", 5), ("n=3", 3), ("n=30", 30), ("n=31", 30), ("n=0", 1), ("n=-5", 1)]
    + [(f"n={odd}", 5) for odd in ("", "many", "1e3", "%00", "9" * 5000)],
)
def test_it_shows_as_many_as_asked_for(season, visitor, asked, number):
    assert len(names(visitor.opens(f"/embed/agenda?{asked}"))) == number


@pytest.mark.parametrize(
    ("asked", "theme"),
    [("light", "light"), ("dark", "dark"), ("auto", "auto"), ("pink", "auto")],
)
def test_it_is_light_or_dark_as_asked_for(visitor, asked, theme):
    page = visitor.opens(f"/embed/agenda?theme={asked}")

    assert page.html.html["class"] == [theme]
    assert f".{theme} {{" in STYLE.read_text() or theme == "light"


def test_it_is_light_to_carry(season, visitor):
    page = visitor.opens("/embed/agenda?n=30", **{"Accept-Encoding": "identity"})
    sheets = [link["href"] for link in page.html.select("link[rel=stylesheet]")]

    assert len(names(page)) == 30
    assert [sheet.partition("?")[0] for sheet in sheets] == ["/static/css/embed.css"]
    assert len(page.response.data) + STYLE.stat().st_size <= 15 * KB


def test_no_question_is_an_error(build, visitor):
    build.event()

    statuses = {
        question: visitor.opens(f"/embed/agenda?{question}").status
        for question in absurd_questions(40)
    }

    assert {q: status for q, status in statuses.items() if status != 200} == {}


# Who may frame what


def ancestors(page):
    """Who may frame a page; the rest of its policy."""
    policy = page.response.headers["Content-Security-Policy"].split("; ")
    [framing] = [rule for rule in policy if rule.startswith("frame-ancestors ")]
    return framing.partition(" ")[2], sorted(set(policy) - {framing})


def test_everybody_may_frame_it_and_nothing_else_is_loosened(build, visitor):
    build.event()

    embed = visitor.opens("/embed/agenda?kind=meal")
    who, others = ancestors(embed)

    assert who == "*"
    assert others == ancestors(visitor.opens("/fr/"))[1]
    assert "X-Frame-Options" not in embed.response.headers
    assert embed.response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert embed.response.headers.getlist("Set-Cookie") == []


def test_every_other_page_refuses_to_be_framed(build, visitor):
    found = paths_by(build, *Access)

    who = {name: ancestors(visitor.opens(path))[0] for name, path in found.items()}

    assert {name for name, said in who.items() if said != "'none'"} == {"embed.agenda"}
