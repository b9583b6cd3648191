"""The programme to be printed: everything of some days, in order, on one page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event as listening

from festival.domain.words import Words
from festival.extensions import db
from festival.services import events
from tests.visitor import seen
from tests.web.test_bad_input import absurd_questions


def lines(page):
    """What is on, by day."""
    return {
        seen(day.h2): [seen(line.h3) for line in day.select("ol > li")]
        for day in page.html.select(".leaflet section")
    }


def test_a_week_is_told_day_by_day_in_time_order(build, visitor, now):
    halle = build.venue()
    nave = build.space(halle, step_free=True, hearing_loop=True)
    at = {"venue": halle, "space": nave}
    build.event(
        "song",
        kind="concert",
        name=Words(fr="Chanson"),
        starts_at=now + timedelta(hours=8),
        languages=["fr", "ar"],
        **at,
    )
    build.event("bike", name=Words(fr="Vélo"), starts_at=now + timedelta(hours=2))
    build.event("soup", name=Words(fr="Soupe"), starts_at=now + timedelta(days=4))
    build.event("later", name=Words(fr="Après"), starts_at=now + timedelta(days=6))

    page = visitor.opens("/fr/programme?when=week")

    assert page.heading == "Programme du mardi 1er au dimanche 6 juin"
    assert lines(page) == {
        "Mardi 1er juin": ["Vélo", "Chanson"],
        "Samedi 5 juin": ["Soupe"],
    }
    assert seen(page.html.select(".leaflet ol > li")[1]) == (
        "20 h – 22 h · Concert Chanson La Halle, Grande nef · Langues parlées "
        "Français , العربية De plain-pied Boucle auditive Places à réserver sur "
        "notre site"
    )


def test_what_is_full_or_does_not_take_place_says_so(build, visitor, now):
    reason = Words(fr="La salle est inondée.")
    full, off, late = (
        build.event(slug, name=Words(fr=slug), capacity=1, keeps_waiting_list=False)
        for slug in ("full", "off", "late")
    )
    build.guest(full)
    events.cancel(off, reason, actor="test", now=now)
    events.postpone(late, reason, actor="test", now=now)
    db.session.commit()

    page = visitor.opens("/fr/programme")

    assert {seen(left.parent.h3): seen(left) for left in page.html.select(".left")} == {
        "full": "Complet",
        "off": "Annulé. La salle est inondée.",
        "late": "Reporté. La salle est inondée.",
    }


def test_it_has_no_pages(build, visitor, now):
    for number in range(34):
        build.event(f"nr-{number}", starts_at=now + timedelta(hours=number))

    page = visitor.opens("/fr/programme?when=all")

    assert sum(map(len, lines(page).values())) == 34


def test_it_answers_the_agendas_question_and_says_which(build, visitor):
    halle = build.venue()
    build.event("bike", venue=halle)
    build.event("song", kind="concert", name=Words(fr="Chanson"), venue=halle)

    agenda = visitor.opens("/fr/?when=all&kind=concert&venue=halle")
    page = visitor.opens(agenda.link("Imprimer le programme"))

    assert page.path == "/fr/programme?when=all&kind=concert&venue=halle"
    assert list(lines(page).values()) == [["Chanson"]]
    assert seen(page.html.select_one(".asked")) == "Concert · La Halle"
    assert page.heading == "Programme à partir du mardi 1er juin"
    assert page.link("Retour à l’agenda") == "/fr/?when=all&kind=concert&venue=halle"


def turns(page):
    return {a["rel"][0]: a["href"] for a in page.html.select("a[rel]")}


@pytest.mark.parametrize(
    ("asked", "heading", "found"),
    [
        (
            "?when=week",
            "du mardi 1er au dimanche 6 juin",
            {"next": "?from=2027-06-07&until=2027-06-13"},
        ),
        (
            "?from=2027-06-07&until=2027-06-13",
            "du lundi 7 au dimanche 13 juin",
            {"prev": "?when=week", "next": "?from=2027-06-14&until=2027-06-20"},
        ),
        (
            "?when=month",
            "juin 2027",
            {"next": "?from=2027-07-01&until=2027-07-31"},
        ),
        (
            "?from=2027-07-01&until=2027-07-31",
            "juillet 2027",
            {"prev": "?when=month", "next": "?from=2027-08-01&until=2027-08-31"},
        ),
        ("?from=2027-09-01&until=2027-09-30", "septembre 2027", {"prev": "?…"}),
        ("?when=all", "à partir du mardi 1er juin", {}),
        ("?when=past", "du mardi 1er au lundi 14 juin", {"next": "?…"}),
        ("?until=2020-01-05", "du mardi 1er au lundi 14 juin", {"next": "?…"}),
        ("?until=2027-06-01", "mardi 1er juin", {"next": "?…"}),
        ("?when=today", "mardi 1er juin", {"next": "?…"}),
    ],
)
def test_one_turns_to_the_week_or_the_month_beside(
    build, visitor, now, asked, heading, found
):
    """Not to the past, nor further than anything is announced."""
    build.event("last", starts_at=now + timedelta(days=100))

    page = visitor.opens(f"/fr/programme{asked}")

    assert page.heading == f"Programme {heading}"
    assert turns(page).keys() == found.keys()
    for way, question in found.items():
        if question != "?…":
            assert turns(page)[way] == f"/fr/programme{question}"


def test_an_empty_programme_says_so(visitor):
    page = visitor.opens("/fr/programme?when=weekend")

    assert "Rien de prévu ce week-end." in page.text


def test_paper_says_where_to_look_for_what_is_new(build, visitor):
    page = visitor.opens("/en/programme?kind=meal")

    foot = page.html.select_one(".colophon")
    assert foot.select_one('[role=img][aria-label="QR code of the agenda"] svg')
    assert "halle.example" in seen(foot)


@pytest.mark.parametrize(
    "path", ["/fr/programme?when=all", "/fr/subscribe", "/embed/agenda?n=30"]
)
def test_a_list_costs_the_same_statements_however_long_it_is(build, visitor, path):
    sent: list[str] = []

    def note(*args):
        sent.append(args[2])

    counts = []
    for number in range(3):
        build.event(f"nr-{number}", venue=build.venue(f"v{number}"))
        listening.listen(db.engine, "before_cursor_execute", note)
        visitor.opens(path)
        listening.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(sent))
        sent.clear()

    assert counts[0] == counts[1] == counts[2] > 3


def test_no_question_is_an_error(build, visitor):
    build.event()

    statuses = {
        question: visitor.opens(f"/fr/programme?{question}").status
        for question in absurd_questions(40)
    }

    assert {q: status for q, status in statuses.items() if status != 200} == {}
