"""The agenda as feed readers, programs and spreadsheets fetch it."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import get_type_hints

import pytest
from bs4 import BeautifulSoup
from lxml import etree

from festival.domain.words import Words
from festival.extensions import db
from festival.formats import agenda_json
from festival.queries import agenda
from festival.services import directory, event_life, events, matches
from tests.browser.vocabulary import faults
from tests.queries.test_agenda import counted
from tests.visitor import seen

SCHEMA = etree.RelaxNG(
    etree.parse(Path(__file__).parents[1] / "formats" / "atom.rng"),
)
FORMATS = ("atom", "json", "jsonld", "csv")


def news(visitor, query="lang=fr"):
    """The items of the Atom feed, each with what its HTML says, by their titles."""
    root = feed(visitor, query)
    return {
        entry.findtext("{*}title").replace("\u00a0", " "): seen(
            BeautifulSoup(entry.findtext("{*}content"), "html.parser")
        )
        for entry in root.findall("{*}entry")
    }


def feed(visitor, query="lang=fr"):
    page = visitor.opens(f"/agenda.atom?{query}")
    assert page.status == 200
    root = etree.fromstring(page.response.data)
    SCHEMA.assertValid(root)
    return root


def identities(visitor):
    return [each.text for each in feed(visitor).findall("{*}entry/{*}id")]


def records(visitor, query="lang=fr"):
    return visitor.opens(f"/agenda.json?{query}").response.json["events"]


def table(visitor, query, separator):
    text = visitor.opens(f"/agenda.csv?{query}").response.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=separator))


def revised(event, clock, **facts):
    events.revise(event, actor="test", now=clock.moves(hours=1), **facts)
    db.session.commit()


# News


def test_what_is_new_is_told_the_latest_first(build, visitor, clock):
    venue = build.venue()
    tablee = directory.welcome("tablee", "La Tablée & Cie")
    build.event(
        "soup",
        name=Words(fr="Soupe", en="Soup"),
        summary=Words(fr="Venez avec un bol."),
        description=Words(fr="**Tout** est là."),
        venue=venue,
        space=build.space(venue),
        organisers=[tablee],
    )
    clock.moves(hours=1)
    build.event("tales", name=Words(ar="أمسية"))

    assert news(visitor) == {
        "Nouveau : أمسية": "Mardi 8 juin, de 13 h à 15 h · Lieu bientôt annoncé.",
        "Nouveau : Soupe": (
            "Mardi 8 juin, de 12 h à 14 h · La Halle, Grande nef. "
            "Venez avec un bol. Tout est là."
        ),
    }
    assert list(news(visitor, "lang=en")) == ["New: أمسية", "New: Soup"]
    root = feed(visitor)
    assert root.findtext("{*}updated") == "2027-06-01T11:00:00Z"
    assert [each.text for each in root.findall("{*}entry/{*}author/{*}name")] == [
        "La Tablée & Cie"
    ]


def test_what_is_moved_says_from_where_and_to_where(build, visitor, clock):
    halle, lavoir = build.venue(), build.venue("lavoir", "Le Lavoir")
    event = build.event("soup", venue=halle, space=build.space(halle))
    revised(event, clock, starts_at=event.starts_at + timedelta(days=1))
    revised(event, clock, venue=lavoir)

    assert news(visitor) == {
        "Déplacé : Ouverture": (
            "Avant : mercredi 9 juin, de 12 h à 14 h · La Halle, Grande nef. "
            "Maintenant : mercredi 9 juin, de 12 h à 14 h · Le Lavoir."
        )
    }


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"name": Words(fr="Fête")}, "Ce rendez-vous s’appelait « Ouverture »."),
        ({"online_link": "https://meet.example/new"}, "Le lien pour participer"),
        ({"doors_at": "an hour before"}, "Accueil dès 11 h."),
    ],
)
def test_another_change_is_told_without_a_move(build, visitor, clock, facts, said):
    event = build.event("soup", online_link="https://meet.example/old")
    if "doors_at" in facts:
        facts = {"doors_at": event.starts_at - timedelta(hours=1)}
    revised(event, clock, **facts)

    [(title, told)] = news(visitor).items()

    assert title.startswith("Changé : ")
    assert told.startswith(said)
    assert "meet.example" not in told


def test_what_was_called_off_takes_place_after_all(build, visitor, clock):
    event = build.event("soup")
    events.cancel(event, Words(fr="Il pleut"), actor="test", now=clock())
    db.session.commit()
    event_life.bring_back(event, actor="test", now=clock.moves(hours=1))
    db.session.commit()

    assert news(visitor) == {
        "Aura bien lieu : Ouverture": (
            "Cet évènement aura bien lieu. "
            "Mardi 8 juin, de 12 h à 14 h · Lieu bientôt annoncé."
        )
    }


def test_a_move_is_told_once_and_so_is_the_move_back(build, visitor, clock):
    event = build.event("soup")
    first = event.starts_at
    revised(event, clock, starts_at=first + timedelta(days=1))
    revised(event, clock, starts_at=first)

    assert news(visitor) == {
        "Déplacé : Ouverture": (
            "Avant : mercredi 9 juin, de 12 h à 14 h · Lieu bientôt annoncé. "
            "Maintenant : mardi 8 juin, de 12 h à 14 h · Lieu bientôt annoncé."
        )
    }

    revised(event, clock, doors_at=first - timedelta(hours=1))

    assert news(visitor) == {
        "Changé : Ouverture": (
            "Accueil dès 11 h. Mardi 8 juin, de 12 h à 14 h · Lieu bientôt annoncé."
        )
    }


@pytest.mark.parametrize(
    ("deed", "title", "said"),
    [
        (events.cancel, "Annulé : Ouverture", "Cet évènement est annulé."),
        (
            events.postpone,
            "Reporté : Ouverture",
            "Cet évènement est reporté : la nouvelle date n’est pas encore connue.",
        ),
    ],
)
def test_what_is_called_off_says_why(build, visitor, clock, deed, title, said):
    event = build.event("soup")
    deed(event, Words(fr="Trop de vent."), actor="test", now=clock.moves(hours=1))
    db.session.commit()

    assert news(visitor) == {
        title: f"{said} Trop de vent. C’était prévu mardi 8 juin, de 12 h à 14 h · "
        "Lieu bientôt annoncé."
    }


def test_each_change_is_an_item_of_its_own_that_stays_itself(build, visitor, clock):
    event = build.event("soup")
    [new] = identities(visitor)
    assert new == f"urn:uuid:{event.uid}"

    revised(event, clock, starts_at=event.starts_at + timedelta(days=1))
    [moved] = identities(visitor)
    clock.moves(hours=3)
    assert identities(visitor) == [moved]

    revised(event, clock, starts_at=event.starts_at + timedelta(days=1))
    assert len({new, moved, *identities(visitor)}) == 3


def test_news_end_with_the_latest_hundred(build, visitor, clock):
    for number in range(101):
        build.event(f"e{number}", name=Words(fr=f"N{number}"))

    told = list(news(visitor))

    assert (len(told), told[0], told[-1]) == (100, "Nouveau : N100", "Nouveau : N1")


def test_a_feed_has_one_address_however_it_was_asked_for(build, visitor):
    build.event("soup", kind="meal")

    first = visitor.opens("/agenda.atom?x=1&kind=meal&when=week&kind=concert&lang=fr")
    again = visitor.opens("/agenda.atom?kind=concert&kind=meal&when=week")

    assert first.response.data == again.response.data
    address = "?lang=fr&when=week&kind=concert&kind=meal"
    root = etree.fromstring(first.response.data)
    links = {link.get("rel"): link.get("href") for link in root.findall("{*}link")}
    assert root.findtext("{*}id") == links["self"]
    assert links == {
        "self": f"https://halle.example/agenda.atom{address}",
        "alternate": "https://halle.example/fr/?when=week&kind=concert&kind=meal",
    }


# Programs


def test_a_program_is_told_what_the_page_tells(build, visitor, now):
    venue = build.venue(latitude=48.87, longitude=2.38)
    space = build.space(
        venue, step_free=True, hearing_loop=False, door_width=90,
        access_note=Words(fr="Par la cour."),
    )  # fmt: skip
    nights = build.event(
        "nights", kind="festival", name=Words(fr="Nuits"), ends_at=now + timedelta(20)
    )
    soup = build.event(
        "soup",
        kind="meal",
        name=Words(fr="Soupe"),
        summary=Words(en="Come"),
        description=Words(fr="**Tout** est là.\n\n- Un bol"),
        venue=venue,
        space=space,
        super_event=nights,
        organisers=[directory.welcome("tablee", "La Tablée")],
        access={"sign_language": True},
        audience="youth",
        doors_at=now + timedelta(days=7, hours=-1),
        online_link="https://meet.example/secret",
        price_note=Words(fr="Prix libre"),
    )
    build.guest(soup, party_size=3)

    page = visitor.opens("/agenda.json?kind=meal&nonsense=1").response.json

    [event] = page.pop("events")
    assert page == {
        "version": 1,
        "house": "Halle Belleville",
        "language": "fr",
        "timezone": "Europe/Paris",
        "question": {"kind": ["meal"]},
        "url": "https://halle.example/fr/?kind=meal",
        "complete": True,
    }
    assert event == {
        "uid": soup.uid,
        "slug": "soup",
        "kind": "meal",
        "status": "scheduled",
        "reason": None,
        "name": {"text": "Soupe", "language": "fr"},
        "summary": {"text": "Come", "language": "en"},
        "description": {"text": "Tout est là.\nUn bol", "language": "fr"},
        "starts_at": "2027-06-08T12:00:00+02:00",
        "ends_at": "2027-06-08T14:00:00+02:00",
        "doors_at": "2027-06-08T11:00:00+02:00",
        "previous_starts_at": None,
        "all_day": False,
        "timezone": "Europe/Paris",
        "festival": {"name": "Nuits", "url": "https://halle.example/fr/events/nights"},
        "place": {
            "venue": "La Halle",
            "space": {"text": "Grande nef", "language": "fr"},
            "url": "https://halle.example/fr/venues/halle/nef",
            "street": "12 rue des Arches",
            "postal_code": "75020",
            "city": "Paris",
            "country": "FR",
            "latitude": 48.87,
            "longitude": 2.38,
        },
        "online": True,
        "access": {
            "step_free": True,
            "accessible_toilet": None,
            "hearing_loop": False,
            "sign_language": True,
            "quiet_place": None,
            "door_width": 90,
            "note": {"text": "Par la cour.", "language": "fr"},
        },
        "languages": ["fr"],
        "audience": "youth",
        "age": None,
        "price": {"text": "Prix libre", "language": "fr"},
        "free_of_charge": False,
        "organisers": [
            {
                "name": "La Tablée",
                "url": "https://halle.example/fr/organisations/tablee",
            }
        ],
        "seats": {
            "state": "open",
            "said": "7\u00a0places libres",
            "capacity": 10,
            "free": 7,
        },
        "links": {
            "page": "https://halle.example/fr/events/soup",
            "calendar": "https://halle.example/events/soup.ics?lang=fr",
            "picture": "https://halle.example/events/soup.png",
        },
        "revision": 0,
        "revised_at": "2027-06-01T10:00:00+00:00",
    }
    assert event.keys() == get_type_hints(agenda_json.Event).keys()


def test_every_name_is_there_when_nothing_is_known(build, visitor):
    build.event("bare", capacity=None, reply_policy="none", languages=[])

    [event] = records(visitor)

    assert event.keys() == get_type_hints(agenda_json.Event).keys()
    assert event["access"].keys() == get_type_hints(agenda_json.Access).keys()
    unknown = ("reason", "summary", "description", "place", "festival", "age", "price")
    assert [event[name] for name in unknown] == [None] * 7
    assert event["seats"] == {
        "state": "drop_in",
        "said": "Entrée libre, sans inscription",
        "capacity": None,
        "free": None,
    }


def test_nobody_learns_how_many_wait_or_more_than_the_page_tells(build, visitor):
    event = build.event("soup", capacity=1)
    for name in ("Ada", "Zoé", "Max"):
        build.guest(event, name)

    [told] = records(visitor)

    assert told["seats"] == {
        "state": "waiting_list",
        "said": "Complet · liste d’attente",
        "capacity": 1,
        "free": 0,
    }


def test_what_is_called_off_has_no_free_seats(build, visitor, now):
    event = build.event("soup")
    events.cancel(event, Words(fr="Vent"), actor="test", now=now)
    db.session.commit()

    [told] = records(visitor)

    assert (told["status"], told["reason"]["text"]) == ("cancelled", "Vent")
    assert (told["seats"]["state"], told["seats"]["free"]) == ("cancelled", None)


def test_the_archive_has_neither_calendar_nor_price(build, visitor, now):
    build.event("then", starts_at=now - timedelta(days=9), sources=["A newspaper"])

    [event] = records(visitor, "when=past")

    assert event["links"]["calendar"] is None
    assert event["free_of_charge"] is None
    assert table(visitor, "when=past", ";")[0]["Prix"] == ""


def test_search_engines_words_fit_their_vocabulary(build, visitor, now):
    festival_with_a_match(build, now, 2)

    page = visitor.opens("/agenda.jsonld?lang=en").response

    found = json.loads(page.data)
    assert list(faults(found)) == []
    assert found["numberOfItems"] == len(found["itemListElement"]) == 5
    assert [one["position"] for one in found["itemListElement"]] == [1, 2, 3, 4, 5]
    assert found["itemListElement"][1]["item"]["superEvent"]["name"] == "Nights 0"
    assert found["itemListElement"][1]["item"]["about"]["name"] == "France – Chile"


# Spreadsheets


def test_a_table_has_heads_that_a_person_reads(build, visitor, now):
    venue = build.venue()
    space = build.space(venue, step_free=True, quiet_place=True)
    build.event("soup", kind="meal", venue=venue, space=space, languages=["fr", "ar"])
    midnight = now + timedelta(days=7, hours=12)
    days = {"starts_at": midnight, "ends_at": midnight + timedelta(days=2)}
    build.event("days", all_day=True, audience="youth", **days)

    french, whole_days = table(visitor, "lang=fr", ";")
    english, _ = table(visitor, "lang=en", ",")

    assert list(french) == [
        "Nom", "Quoi", "Début", "Fin", "Fuseau horaire", "Festival", "Lieu", "Espace",
        "Adresse", "Code postal", "Ville", "Accessibilité", "Langues parlées",
        "Pour qui", "Organisations", "Inscriptions", "Places", "Places libres", "Prix",
        "Page", "Identifiant",
    ]  # fmt: skip
    assert list(french.values())[:18] == [
        "Ouverture", "Repas", "2027-06-08 12:00", "2027-06-08 14:00", "Europe/Paris",
        "", "La Halle", "Grande nef", "12 rue des Arches", "75020", "Paris",
        "entrée de plain-pied, espace calme", "Français, العربية", "Pour tout le monde",
        "", "10\u00a0places libres", "10", "10",
    ]  # fmt: skip
    assert english["Name"] == "Opening"
    assert (whole_days["Début"], whole_days["Fin"]) == ("2027-06-09", "2027-06-10")
    assert whole_days["Pour qui"] == "Pour les jeunes"


def test_a_hostile_name_is_only_a_name(build, visitor):
    hostile = '=HYPERLINK("https://evil.example";"x")\n<b>]]>&amp;'
    build.event("soup", name=Words(fr=hostile), summary=Words(fr="</p><script>"))

    [row] = table(visitor, "lang=fr", ";")
    [(title, told)] = news(visitor).items()
    content = feed(visitor).findtext("{*}entry/{*}content")

    assert row["Nom"] == "'" + hostile.replace("\n", " ")
    assert title == f"Nouveau : {hostile}"
    assert "<script" not in content
    assert "</p><script>" in told
    assert records(visitor)[0]["name"]["text"] == hostile


def test_what_is_cut_says_so(build, visitor, monkeypatch):
    for number in range(3):
        build.event(f"e{number}")
    monkeypatch.setattr(agenda, "MANY", 2)

    answer = visitor.opens("/agenda.json").response.json
    linked = json.loads(visitor.opens("/agenda.jsonld").response.data)
    rows = table(visitor, "lang=fr", ";")

    assert (answer["complete"], len(answer["events"])) == (False, 2)
    assert linked["description"] == "Seulement les 2 premiers rendez-vous."
    assert rows[2]["Nom"] == "Seulement les 2 premiers rendez-vous."


# All of them


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("atom", "application/atom+xml"),
        ("json", "application/json"),
        ("jsonld", "application/ld+json"),
        ("csv", "text/csv; charset=utf-8"),
    ],
)
def test_any_program_may_read_and_any_cache_keep(build, visitor, name, kind):
    build.event("soup")

    headers = visitor.opens(f"/agenda.{name}").response.headers

    assert headers["Content-Type"] == kind
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Cache-Control"].startswith("public, max-age=0, s-maxage=5")
    assert headers.get("Content-Disposition") == (
        'inline; filename="agenda.csv"' if name == "csv" else None
    )
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("name", FORMATS)
def test_drafts_unlisted_events_and_links_for_guests_are_in_none(build, visitor, name):
    build.event("draft", name=Words(fr="Secret"), published=False)
    build.event("among-us", name=Words(fr="Secret"), listed=False)
    build.event("soup", online_link="https://meet.example/key")

    text = visitor.opens(f"/agenda.{name}").response.text

    assert "Ouverture" in text
    assert "Secret" not in text
    assert "meet.example" not in text


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("query", "said"),
    [("lang=en", "Opening"), ("lang=xx", "Ouverture"), ("", "Ouverture")],
)
def test_an_unknown_language_is_french(build, visitor, name, query, said):
    build.event("soup")

    page = visitor.opens(f"/agenda.{name}?{query}", **{"Accept-Language": "en"})

    assert said in page.response.text


def festival_with_a_match(build, now, number):
    """A festival with as many parts, in places and by people, each showing a match."""
    cup = matches.open_competition(f"cup-{number}", Words(fr="Coupe", en="Cup"))
    for each in range(number):
        venue = build.venue(f"v{number}-{each}")
        nights = build.event(
            f"nights-{number}-{each}",
            kind="festival",
            name=Words(en=f"Nights {each}"),
            starts_at=now + timedelta(days=1 + 2 * each),
        )
        event = build.event(
            f"match-{number}-{each}",
            kind="screening",
            venue=venue,
            space=build.space(venue),
            super_event=nights,
            organisers=[directory.welcome(f"o{number}-{each}", "La Tablée")],
            starts_at=now + timedelta(days=2 + 2 * each),
        )
        revised_at = now + timedelta(minutes=1)
        events.revise(event, actor="test", now=revised_at, name=Words(fr="Match"))
        matches.enter(
            cup,
            event.starts_at,
            now=now,
            event=event,
            home_team=Words(en="France"),
            away_team=Words(en="Chile"),
        )
    build.event(f"last-{number}", starts_at=now + timedelta(days=90))
    db.session.commit()


@pytest.mark.parametrize(
    ("name", "statements"), [("atom", 5), ("json", 6), ("jsonld", 6), ("csv", 6)]
)
def test_a_format_costs_the_same_statements_however_much_it_holds(
    build, visitor, now, name, statements
):
    costs = []
    for number in (1, 4):
        festival_with_a_match(build, now, number)
        with counted() as sent:
            assert visitor.opens(f"/agenda.{name}?q=").status == 200
        costs.append(len(sent))

    assert costs == [statements, statements]


# Where they are announced


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/fr/?when=weekend&kind=workshop&seats=free", "&kind=workshop"),
        ("/fr/", ""),
        ("/fr/venues/halle", "&venue=halle"),
        ("/fr/venues/halle/nef", "&venue=halle/nef"),
        ("/fr/organisations/tablee", "&organisation=tablee"),
        ("/fr/events/nights", "&festival=nights"),
    ],
)
def test_each_page_with_a_list_announces_its_calendar_and_its_news(
    build, visitor, path, query
):
    venue = build.venue()
    build.space(venue)
    directory.welcome("tablee", "La Tablée")
    build.event("nights", kind="festival", venue=venue)

    head = visitor.opens(path).html.select("head link[rel=alternate][type]")

    announced = {(link["type"], link["href"]) for link in head}
    assert {
        ("text/calendar", f"/agenda.ics?lang=fr{query}"),
        ("application/atom+xml", f"/agenda.atom?lang=fr{query}"),
    } <= announced


def test_no_unlisted_festival_announces_its_parts(build, visitor):
    nights = build.event("nights", kind="festival", listed=False)

    page = visitor.opens(f"/fr/events/{nights.slug}")

    assert page.html.select("link[type='application/atom+xml']") == []


# For whom: a choice of the page


def test_who_looks_for_young_people_finds_what_is_for_them(build, visitor):
    build.event("bike", name=Words(fr="Vélo"), audience="youth")
    build.event("soup", name=Words(fr="Soupe"))

    page = visitor.opens("/fr/")
    assert "Pour les jeunes 1 rendez-vous" in page.text
    assert "Pour tout le monde 1 rendez-vous" in page.text
    page = visitor.fills(audience="youth").presses("Afficher")

    assert [seen(name) for name in page.html.select(".ev h3")] == ["Vélo"]
    assert visitor.follows("Enlever : Pour les jeunes").path == "/fr/"


def test_a_house_without_youth_events_asks_nobody_for_whom(build, visitor):
    build.event("soup")

    assert "Pour qui ?" not in visitor.opens("/fr/").text
    assert "For whom?" in visitor.opens("/en/?audience=youth").text
