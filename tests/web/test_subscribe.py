"""Subscribing: from every list, for good, by any program, on any site."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup

from festival.domain.words import Words
from festival.extensions import db
from festival.services import directory, events
from tests.visitor import Visitor, seen

HOUSE = "https://halle.example"


def shown(page):
    """The names of the events that the page shows."""
    return [seen(row) for row in page.html.select(".ev h3")]


def pasted(page, field):
    """What somebody's page holds once they have pasted what stands in *field*."""
    return BeautifulSoup(page.html.select_one(f"textarea#{field}").text, "html.parser")


# The way there


def test_every_list_leads_to_its_own_subscription(build, visitor):
    halle = build.venue("halle")
    build.space(halle, "nef")
    wheel = directory.welcome("wheel", "La Roue")
    build.event("fix", venue=halle, organisers=[wheel])
    build.event("nights", kind="festival")

    lists = {
        "/fr/?kind=workshop&access=lsf": "?kind=workshop&access=lsf",
        "/fr/?when=weekend&seats=free&q=v%C3%A9lo": "?q=v%C3%A9lo",
        "/fr/venues/halle": "?venue=halle",
        "/fr/venues/halle/nef": "?venue=halle/nef",
        "/fr/organisations/wheel": "?organisation=wheel",
    }
    for path, question in lists.items():
        page = visitor.opens(visitor.opens(path).link("S’abonner à cette liste"))
        assert (page.status, page.path) == (200, f"/fr/subscribe{question}")
    page = visitor.opens("/fr/events/nights")
    assert page.link("S’abonner au programme") == "/fr/subscribe?festival=nights"
    page = visitor.opens("/fr/")
    assert page.link("S’abonner à tout l’agenda") == "/fr/subscribe"


def test_the_agendas_filter_can_be_subscribed_to_at_once(build, visitor):
    build.event()

    buttons = visitor.opens("/fr/").html.select("form button")
    past = visitor.opens("/fr/?when=past").html.select("form button")

    assert {seen(button): button.get("formaction") for button in buttons} == {
        "Afficher": None,
        "S’abonner à ces choix": "/fr/subscribe",
    }
    assert [seen(button) for button in past] == ["Afficher"]


# What is subscribed to


def test_it_says_how_much_there_is_and_shows_the_first_three(build, visitor, now):
    for number in range(1, 5):
        name = Words(fr=f"Numéro {number}")
        later = now + timedelta(days=90 * number)
        build.event(f"nr-{number}", name=name, starts_at=later)
    build.event("past", starts_at=now - timedelta(days=3))

    page = visitor.opens("/fr/subscribe")

    assert "4 rendez-vous pour l’instant" in page.text
    assert shown(page) == ["Numéro 1", "Numéro 2", "Numéro 3"]
    assert page.link("Les voir tous") == "/fr/?when=all"


def test_choices_stay_in_every_address_and_the_period_does_not(build, visitor, now):
    build.event("full", capacity=1, name=Words(fr="Complet"))
    build.event("far", name=Words(fr="Loin"), starts_at=now + timedelta(days=200))
    build.event("song", kind="concert")

    page = visitor.opens(
        "/fr/subscribe?when=today&kind=workshop&seats=free&from=2027-06-02&x=y"
    )

    assert shown(page) == ["Complet", "Loin"]
    assert page.fields["kind"] == "workshop"
    assert not {"from", "until", "seats", "when"} & set(page.fields)
    links = [a["href"] for a in page.html.select(".panel a, .others a")]
    links += [page.html.select_one("#feed")["value"]]
    assert len(links) == 8
    for link in links:
        assert "kind%3Dworkshop" in link or link.endswith("kind=workshop"), link
        assert not any(word in link for word in ("today", "seats", "2027", "x=y"))


def test_choosing_more_updates_the_page(build, visitor):
    build.event("bike")
    build.event("song", kind="concert", name=Words(fr="Chanson"))

    visitor.opens("/fr/subscribe")
    page = visitor.fills(kind="concert").presses("Mettre à jour")

    assert shown(page) == ["Chanson"]
    assert page.html.select_one("link[rel=canonical]")["href"] == (
        f"{HOUSE}/fr/subscribe?kind=concert"
    )
    assert shown(visitor.follows("Enlever les filtres")) == ["Ouverture", "Chanson"]


def test_what_is_still_empty_can_be_subscribed_to(visitor):
    page = visitor.opens("/fr/subscribe?kind=meal")

    assert "Rien pour l’instant. L’abonnement se remplira tout seul." in page.text
    assert page.link("iPhone") == "webcal://halle.example/agenda.ics?lang=fr&kind=meal"


# The ways to take it along


def test_each_program_gets_the_address_it_understands(build, visitor):
    build.event()

    page = visitor.opens("/fr/subscribe?kind=workshop&kind=meal")

    asked = "lang=fr&kind=workshop&kind=meal"
    calendar = f"{HOUSE}/agenda.ics?{asked}"
    assert (
        page.link("iPhone, iPad, Mac") == f"webcal://halle.example/agenda.ics?{asked}"
    )
    google = urlsplit(page.link("Google Agenda"))
    assert google.netloc + google.path == "calendar.google.com/calendar/r"
    assert parse_qs(google.query) == {
        "cid": [f"webcal://halle.example/agenda.ics?{asked}&cancelled=keep"]
    }
    outlook = urlsplit(page.link("Outlook.com"))
    assert outlook.netloc + outlook.path == "outlook.live.com/calendar/0/addfromweb"
    assert parse_qs(outlook.query) == {"url": [calendar], "name": ["Halle Belleville"]}
    assert "+" not in outlook.query
    assert page.html.select_one("#feed[readonly]")["value"] == calendar
    assert page.link("Télécharger une fois") == calendar
    assert page.html.select_one("a[download]")["href"] == calendar
    for ending, words in (("atom", "Atom"), ("json", "JSON"), ("csv", "CSV")):
        assert page.link(words) == f"{HOUSE}/agenda.{ending}?{asked}"
    drawn = page.html.select_one('[role=img][aria-label="QR code de cette page"]')
    assert drawn.svg
    assert "Google Agenda peut mettre un jour à montrer un changement." in page.text


def test_a_demonstration_gives_its_own_addresses(make_app, clock):
    app = make_app(DEMO=True, BASE_URL="http://127.0.0.1:8123")

    with app.app_context():
        page = Visitor(app, clock).opens("/en/subscribe")

    there = "127.0.0.1:8123/agenda.ics?lang=en"
    assert page.link("iPhone, iPad, Mac") == f"webcal://{there}"
    google = parse_qs(urlsplit(page.link("Google Calendar")).query)
    assert google == {"cid": [f"webcal://{there}&cancelled=keep"]}
    outlook = parse_qs(urlsplit(page.link("Outlook.com")).query)
    assert outlook["url"] == [f"http://{there}"]


@pytest.mark.parametrize("question", ["", "?kind=workshop", "?q=nowhere"])
def test_the_calendar_holds_what_the_page_counts(build, visitor, now, question):
    build.event("bike")
    build.event("song", kind="concert", starts_at=now + timedelta(days=300))
    build.event("draft", published=False)

    page = visitor.opens(f"/en/subscribe{question}")
    counted = len(shown(page))
    path = page.html.select_one("#feed")["value"].removeprefix(HOUSE)
    calendar = visitor.opens(path)

    assert calendar.response.text.count("BEGIN:VEVENT") == counted


# On other sites


def test_what_is_pasted_into_a_site_shows_the_same_list(build, visitor):
    build.event("bike")
    build.event("song", kind="concert", name=Words(fr="Chanson"))

    page = visitor.opens("/fr/subscribe?kind=concert")
    [frame] = pasted(page, "frame").find_all(recursive=False)

    assert (frame.name, frame["title"]) == ("iframe", "Agenda\u00a0: Halle Belleville")
    assert (frame["loading"], frame["src"].startswith(HOUSE)) == ("lazy", True)
    there = visitor.opens(frame["src"].removeprefix(HOUSE))
    assert [seen(name) for name in there.html.select("h2")] == ["Chanson"]


def test_what_is_pasted_into_a_newsletter_loads_nothing(build, visitor, now):
    for deed in (events.cancel, events.postpone):  # neither belongs into a newsletter
        deed(build.event(deed.__name__), Words(), actor="test", now=now)
    db.session.commit()
    build.event("odd", name=Words(fr='<b>Gras</b> & "guillemets"'))
    build.event("tales", name=Words(ar="أمسية الحكايات"))
    for number in range(5):
        build.event(f"nr-{number}")

    table = pasted(visitor.opens("/fr/subscribe"), "table")

    links = {seen(a): a["href"] for a in table.select("a")}
    assert links == {
        '<b>Gras</b> & "guillemets"': f"{HOUSE}/fr/events/odd",
        "أمسية الحكايات": f"{HOUSE}/fr/events/tales",
        "Ouverture": f"{HOUSE}/fr/events/nr-2",
        "Tout l’agenda": f"{HOUSE}/fr/?when=all",
    }
    assert len(table.select("tr")) == 6
    assert (table.select_one("[lang=ar]"))["dir"] == "rtl"
    assert {tag.name for tag in table.find_all()} == {
        *("table", "tr", "td", "a", "strong", "br"),
    }
    assert "mardi 8 juin, de 12 h à 14 h" in seen(table)
