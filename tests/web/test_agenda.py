"""The agenda's page: periods, filters, days, and what it says when there is nothing."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import event as sqlalchemy_event

from festival.domain.kinds import KINDS
from festival.domain.question import ACCESS, AUDIENCES
from festival.domain.words import Words
from festival.extensions import db
from festival.queries import facets
from festival.services import events
from tests.conftest import both_databases
from tests.visitor import seen


def rows(page):
    """What each row of the list says, by the event's name."""
    return {seen(row.select_one("h3")): seen(row) for row in page.html.select(".ev")}


def chips(page):
    """The periods, and which of them is shown."""
    return {
        seen(chip): chip.get("aria-current") for chip in page.html.select(".roof .chip")
    }


def test_a_citizen_sees_what_is_on_day_by_day(build, visitor, now):
    venue = build.venue()
    nave = build.space(venue, step_free=True, hearing_loop=False)
    bike = build.event(
        "bike",
        name=Words(fr="Répare ton vélo", en="Fix your bike"),
        venue=venue,
        space=nave,
        starts_at=now + timedelta(hours=2),
        languages=["fr", "ar"],
    )
    build.guest(bike, party_size=3)

    page = visitor.opens("/fr/")

    assert (page.status, page.heading) == (200, "Que faire à Belleville ?")
    assert seen(page.html.select_one(".day header")) == (
        "1 Mardi 1er juin Aujourd’hui · 1 rendez-vous"
    )
    assert rows(page) == {
        "Répare ton vélo": (
            "14 h – 16 h · Atelier Répare ton vélo La Halle, Grande nef De plain-pied "
            "Langues parlées Français , العربية 7 places libres"
        )
    }
    assert page.link("Répare ton vélo") == "/fr/events/bike"


def test_the_same_page_in_english(build, visitor):
    build.event("bike", name=Words(fr="Répare ton vélo", en="Fix your bike"))

    page = visitor.opens("/fr/?kind=workshop")
    page = visitor.opens(page.link("EN"))

    assert (page.path, page.heading) == (
        "/en/?kind=workshop",
        "What’s on in Belleville?",
    )
    assert list(rows(page)) == ["Fix your bike"]
    assert page.html.select_one("html")["lang"] == "en"


def test_a_name_in_another_language_says_which(build, visitor):
    build.event("tales", name=Words(ar="أمسية الحكايات"))

    name = visitor.opens("/en/").html.select_one(".ev h3 span")

    assert (name["lang"], name["dir"], name.text) == ("ar", "rtl", "أمسية الحكايات")


def test_periods_say_how_much_they_hold_and_which_is_shown(build, visitor, now):
    build.event("today", starts_at=now + timedelta(hours=1))
    build.event("saturday", starts_at=now + timedelta(days=4))
    build.event("far", starts_at=now + timedelta(days=40))

    page = visitor.opens("/fr/?when=weekend")

    assert chips(page) == {
        "Aujourd’hui 1 rendez-vous": None,
        "Ce week-end 1 rendez-vous": "true",
        "Tout l’agenda 3 rendez-vous": None,
    }
    assert [a["href"] for a in page.html.select(".roof .chip")] == [
        "/fr/?when=today", "/fr/?when=weekend", "/fr/",
    ]  # fmt: skip
    assert chips(visitor.opens("/fr/"))["Tout l’agenda 3 rendez-vous"] == "true"


def test_a_citizen_filters_and_takes_the_filters_off_one_by_one(build, visitor):
    build.event("bike", name=Words(fr="Vélo"))
    build.event("couscous", kind="meal", name=Words(fr="Couscous"))
    build.event("concert", kind="concert", name=Words(fr="Concert"))

    visitor.opens("/fr/")
    page = visitor.fills(kind="meal", q="cous").presses("Afficher")
    assert list(rows(page)) == ["Couscous"]
    assert seen(page.html.select_one("summary")) == "Filtrer · 2 choisis"
    assert page.fields["q"] == "cous"

    page = visitor.follows("Enlever : « cous »")
    assert page.path == "/fr/?kind=meal"
    page = visitor.follows("Enlever les filtres")
    assert len(rows(page)) == 3


def test_what_is_called_off_is_struck_and_says_why(build, visitor, now):
    events.cancel(
        build.event("wind", name=Words(fr="Toits")),
        Words(fr="Trop de vent."),
        actor="test",
        now=now,
    )
    db.session.commit()

    page = visitor.opens("/fr/")

    assert rows(page)["Toits"].endswith("Trop de vent. Annulé")
    assert page.html.select_one(".ev.off")


@pytest.mark.parametrize(
    ("facts", "people", "said"),
    [
        ({"capacity": 40}, 0, "40 places libres"),
        ({"capacity": 40}, 37, "Plus que 3 places"),
        ({"capacity": 3}, 3, "Complet · liste d’attente"),
        ({"capacity": 3, "keeps_waiting_list": False}, 3, "Complet"),
        ({"reply_policy": "none"}, 0, "Entrée libre, sans inscription"),
        ({"reply_policy": "elsewhere"}, 0, "Inscription sur un autre site"),
    ],
)
def test_a_row_says_what_is_left(build, visitor, facts, people, said):
    event = build.event("opening", largest_party=50, **facts)
    if people:
        build.guest(event, party_size=people)

    assert rows(visitor.opens("/fr/"))["Ouverture"].endswith(said)


def test_an_empty_list_says_what_comes_next(build, visitor, now):
    build.event("later", kind="meal", starts_at=now + timedelta(days=9))
    build.event("tonight", kind="concert", starts_at=now + timedelta(hours=3))

    page = visitor.opens("/fr/?when=today&kind=meal")

    assert seen(page.html.select_one(".empty h2")) == (
        "Rien de prévu aujourd’hui pour ces choix."
    )
    assert list(rows(page)) == ["Ouverture"]
    ways = {seen(a): a["href"] for a in page.html.select(".empty .chip")}
    assert ways == {
        "Sans « Repas » 1 rendez-vous": "/fr/?when=today",
        "Toutes les dates, mêmes choix 1 rendez-vous": "/fr/?when=all&kind=meal",
    }


def test_each_choice_says_how_much_it_would_show(build, visitor):
    halle, lavoir = build.venue("halle"), build.venue("lavoir", "Le Lavoir")
    build.event("a", venue=halle, kind="meal", access={"step_free": True})
    build.event("b", venue=halle, kind="concert", languages=["ar"])
    build.event("c", venue=lavoir, kind="concert")

    page = visitor.opens("/fr/?kind=concert")

    boxes = [seen(label) for label in page.html.select(".filters .check")]
    assert boxes[:3] == ["Concert 2 rendez-vous", "Repas 1 rendez-vous", boxes[2]]
    assert [seen(o) for o in page.html.select("#venue option")] == [
        "Tous les lieux", "La Halle (1)", "Le Lavoir (1)",
    ]  # fmt: skip
    assert [seen(o) for o in page.html.select("#language option")] == [
        "Toutes les langues", "العربية (1)", "Français (1)",
    ]  # fmt: skip

    page = visitor.fills(venue="lavoir", seats="free").presses("Afficher")
    assert page.html.select_one("link[rel=canonical]")["href"].endswith(
        "/fr/?kind=concert&venue=lavoir&seats=free"
    )
    names = {seen(a): a["href"] for a in page.html.select("main .active .chip")}
    assert names == {
        "Enlever : Concert": "/fr/?venue=lavoir&seats=free",
        "Enlever : Le Lavoir": "/fr/?kind=concert&seats=free",
        "Enlever : Il reste des places": "/fr/?kind=concert&venue=lavoir",
    }


def test_what_was_is_told_by_year(build, visitor, now):
    build.event("new", name=Words(fr="Hier"), starts_at=now - timedelta(days=1))
    build.event("old", name=Words(fr="Jadis"), starts_at=now - timedelta(days=3300))

    page = visitor.opens(visitor.opens("/fr/").link("Rendez-vous passés"))
    assert list(rows(page)) == ["Hier", "Jadis"]
    years = {seen(a): a["href"] for a in page.html.select(".years a")}
    assert years == {
        "2027 1 rendez-vous": "/fr/?when=past&from=2027-01-01&until=2027-12-31",
        "2018 1 rendez-vous": "/fr/?when=past&from=2018-01-01&until=2018-12-31",
    }
    page = visitor.opens(years["2018 1 rendez-vous"])
    assert list(rows(page)) == ["Jadis"]
    assert page.html.select_one(".years [aria-current]").text.startswith("2018")


def test_an_archive_too_large_to_count_says_no_numbers(
    build, visitor, now, monkeypatch
):
    monkeypatch.setattr(facets, "FEW", 1)
    halle, lavoir = build.venue("halle", "La Halle"), build.venue("lavoir")
    for days, venue in ((1, halle), (400, lavoir)):
        build.event(f"d{days}", venue=venue, starts_at=now - timedelta(days))

    page = visitor.opens("/fr/?when=past")

    assert [seen(a) for a in page.html.select(".years a")] == ["2027", "2026"]
    assert seen(page.html.select("#venue option")[1]) == "La Halle"
    assert "None" not in page.text


def test_the_list_s_own_calendar_takes_the_same_words(build, visitor):
    halle = build.venue("halle")
    build.event("here", venue=halle, name=Words(fr="Ici"))
    build.event("there", name=Words(fr="Ailleurs"))

    page = visitor.opens("/fr/?when=all&venue=halle")
    head = page.html.select_one('link[rel=alternate][type="text/calendar"]')
    calendar = visitor.opens(head["href"])

    assert calendar.path == "/agenda.ics?lang=fr&venue=halle"
    text = calendar.response.get_data(as_text=True)
    assert "SUMMARY" in text
    assert "Ici" in text
    assert "Ailleurs" not in text


def test_an_empty_house_says_so(visitor):
    page = visitor.opens("/en/")

    assert page.status == 200
    assert "Nothing is announced yet. Come back soon." in page.text


def test_a_bad_date_gets_a_sentence_and_the_list(build, visitor):
    build.event()

    page = visitor.opens("/fr/?from=demain")

    assert seen(page.html.select_one("[role=status]")) == (
        "Nous n’avons pas compris la date. Voici la suite à partir d’aujourd’hui."
    )
    assert len(rows(page)) == 1


def test_the_list_goes_on_page_by_page(build, visitor, now):
    build.event("soon", name=Words(fr="Bientôt"))
    build.event("far", name=Words(fr="Plus tard"), starts_at=now + timedelta(days=90))

    assert list(rows(visitor.opens("/fr/"))) == ["Bientôt"]
    page = visitor.follows("La suite")

    assert page.path == "/fr/?from=2027-08-30"
    assert list(rows(page)) == ["Plus tard"]


def test_the_festival_of_the_season_stands_first(build, visitor, now):
    build.event(
        "nights",
        kind="festival",
        name=Words(fr="Les Nuits"),
        ends_at=now + timedelta(days=9),
    )

    assert seen(visitor.opens("/fr/").html.select_one(".bill h2")) == "Les Nuits"
    assert visitor.opens("/fr/?kind=meal").html.select_one(".bill") is None


def test_part_of_a_draft_festival_does_not_name_it(build, visitor, now):
    secret = build.event(
        "secret", kind="festival", name=Words(fr="Secret"), published=False
    )
    build.event("part", name=Words(fr="Partie"), super_event=secret)

    assert "Secret" not in visitor.opens("/fr/").text
    assert "Secret" not in visitor.opens("/fr/events/part").text


def test_part_of_an_unlisted_festival_does_not_lead_to_it(build, visitor, now):
    secret = build.event(
        "secret", kind="festival", name=Words(fr="Privé"), listed=False
    )
    build.event("part", name=Words(fr="Partie"), super_event=secret)
    key = build.event("key", name=Words(fr="Clé"), super_event=secret, listed=False)

    for path in ("/fr/", "/fr/events/part"):
        assert "Privé" not in str(visitor.opens(path).html)
        assert secret.slug not in str(visitor.opens(path).html)
    assert visitor.opens(f"/fr/events/{key.slug}").link("Privé")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("?from=hier", "la suite à partir d’aujourd’hui"),
        ("?from=2027-07-10&until=2027-06-20", ""),
        ("?when=past&from=hier", ""),
    ],
)
def test_a_misread_date_is_told_with_what_is_shown(visitor, path, said):
    page = visitor.opens(f"/fr/{path}")

    note = seen(page.html.select_one("[role=status]"))
    assert note.startswith("Nous n’avons pas compris la date.")
    assert ("aujourd’hui" in note) == bool(said)


def test_dates_are_no_period(build, visitor):
    build.event()

    page = visitor.opens("/fr/?until=2027-06-20")
    assert page.html.select(".roof [aria-current]:not([lang])")[1:] == []
    assert set(chips(page).values()) == {None}
    page = visitor.opens("/fr/?when=past&kind=meal")
    assert page.link("Enlever les filtres") == "/fr/?when=past"


def test_what_a_visitor_writes_in_the_address_never_becomes_a_link_s_option(visitor):
    page = visitor.opens("/fr/?lang=de&_external=1&_scheme=ftp&endpoint=static")

    assert page.status == 200
    assert page.link("EN") == "/en/"


def test_an_address_has_one_true_form(visitor):
    page = visitor.opens("/fr/?q=b&kind=meal&kind=workshop&x=1&when=")

    canonical = page.html.select_one("link[rel=canonical]")["href"]
    assert canonical == "https://halle.example/fr/?kind=workshop&kind=meal&q=b"


def test_the_same_list_is_not_sent_twice(build, visitor):
    build.event()
    first = visitor.opens("/fr/").response

    again = visitor.opens("/fr/", **{"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status) == (200, 304)
    assert first.headers["Cache-Control"].startswith("public, max-age=0, s-maxage=5")


@pytest.mark.parametrize("number", [1, 3])
def test_a_page_costs_the_same_statements_however_long_it_is(build, visitor, number):
    venue = build.venue()
    nave = build.space(venue)
    for each in range(number):
        name = Words(fr=f"Atelier {each}")
        build.event(f"e{each}", name=name, venue=venue, space=nave)
    sent = []

    def note(_connection, _cursor, statement, *_):
        if statement.startswith("SELECT"):
            sent.append(statement)

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
    page = visitor.opens("/fr/")
    sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)

    assert len(rows(page)) == number
    assert len(sent) == 16


@both_databases
def test_the_longest_question_asks_little_of_the_database(build, visitor, clock):
    build.event("soup", starts_at=clock() + timedelta(days=3))
    every = {
        "q": "\ufdfa" * 40 + " a b c d e f g h i j k l m",  # one character, four words
        "kind": list(KINDS),
        "access": list(ACCESS),
        "audience": list(AUDIENCES),
        "language": [f"a{chr(letter)}" for letter in range(97, 117)],
        **{
            name: [f"place-{number}/part" for number in range(20)]
            for name in ("venue", "organisation", "festival")
        },
        "seats": "free",
        "when": "today",
    }
    given = []

    def note(*args):
        given.append(len(args[3]))

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
    page = visitor.opens(f"/fr/?{urlencode(every, doseq=True)}")
    sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)

    assert page.status == 200
    assert max(given) < 3_000  # SQLite takes 32,766
