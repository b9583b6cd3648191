"""The venues' pages: where, how to come, for whom it is open, and what is on there."""

from __future__ import annotations

import gzip
from datetime import date, timedelta

import pytest

from festival.domain.words import Words
from festival.extensions import db
from festival.services import events
from tests.visitor import seen


def table(page):
    """Each space's row of the access table, by the words of its columns."""
    columns = [seen(th) for th in page.html.select("thead th[scope=col]")]
    return {
        seen(row.select_one("th[scope=row]")): dict(
            zip(columns[1:], (seen(td) for td in row.select("td")), strict=True)
        )
        for row in page.html.select("tbody tr")
    }


def facts(page):
    """Address, hours, telephone: by their icon's word."""
    return {
        seen(fact.select_one("dt")): seen(fact.select_one("dd"))
        for fact in page.html.select(".facts > div")
    }


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
def hall(build):
    """A venue with three spaces: all known, half known, nothing known."""
    hall = build.venue(
        description=Words(fr="Une ancienne halle.", en="An old market hall."),
        latitude=48.87,
        longitude=2.38,
        opening_hours=Words(fr="Du mardi au samedi.", en="Tuesday to Saturday."),
        phone="01 99 00 56 78",
    )
    build.space(
        hall,
        capacity=300,
        step_free=True,
        door_width=180,
        accessible_toilet=True,
        hearing_loop=True,
        quiet_place=False,
        access_note=Words(fr="Des casques se demandent.", en="Ask for ear defenders."),
    )
    build.space(
        hall,
        "cuisine",
        name=Words(fr="Cuisine", en="Kitchen"),
        capacity=0,
        step_free=False,
        door_width=78,
    )
    build.space(hall, "cour", name=Words(fr="Cour", en="Yard"))
    return hall


# One venue


def test_a_venue_says_where_it_is_when_it_opens_and_how_to_come(visitor, hall):
    page = visitor.opens("/fr/venues/halle")

    assert page.status == 200
    assert page.heading == "La Halle"
    assert page.title == "La Halle, Paris – Halle Belleville"
    assert facts(page) == {
        "Adresse": "12 rue des Arches, 75020 Paris · Plan (OpenStreetMap)",
        "Horaires d’ouverture": "Du mardi au samedi.",
        "Téléphone": "01 99 00 56 78",
        "Agenda": "Bientôt ici · Dans mon calendrier",
    }
    assert page.link("Plan").startswith("https://www.openstreetmap.org/?mlat=48.87")
    assert page.link("01 99 00 56 78") == "tel:+33199005678"
    assert "Une ancienne halle." in page.text
    assert "Métro Arches, ligne 2" in page.text
    assert page.link("Lieux") == "/fr/venues/"


def test_a_venue_without_coordinates_has_no_map(visitor, build):
    build.venue()

    page = visitor.opens("/fr/venues/halle")

    assert "12 rue des Arches, 75020 Paris" in page.text
    assert "Plan" not in page.text


def test_each_space_says_yes_no_or_not_known_in_words(visitor, hall):
    page = visitor.opens("/fr/venues/halle")

    assert seen(page.html.select_one("table caption")) == "L’accès, espace par espace"
    assert table(page) == {
        "Grande nef": {
            "Places": "300",
            "Entrée de plain-pied": "Oui porte de 180 cm",
            "Toilettes adaptées": "Oui",
            "Boucle auditive": "Oui",
            "Espace calme": "Non",
        },
        "Cuisine": {
            "Places": "0",
            "Entrée de plain-pied": "Non porte de 78 cm",
            "Toilettes adaptées": "Non renseigné",
            "Boucle auditive": "Non renseigné",
            "Espace calme": "Non renseigné",
        },
        "Cour": {
            "Places": "Non précisé",
            "Entrée de plain-pied": "Non renseigné",
            "Toilettes adaptées": "Non renseigné",
            "Boucle auditive": "Non renseigné",
            "Espace calme": "Non renseigné",
        },
    }
    assert {
        seen(dt): seen(dt.find_next("dd")) for dt in page.html.select(".pairs dt")
    } == {"Grande nef": "Des casques se demandent."}
    assert "Appelez le 01 99 00 12 34" in page.text


def test_the_access_table_can_be_reached_and_scrolled_by_keyboard(visitor, hall):
    page = visitor.opens("/fr/venues/halle")

    scroller = page.html.select_one("table").parent
    assert scroller["tabindex"] == "0"
    assert scroller["role"] == "region"
    assert scroller["aria-labelledby"] == page.html.select_one("caption")["id"]


@pytest.mark.parametrize("spaces", [0, 1])
def test_access_that_nobody_has_told_is_said_to_be_unknown(visitor, build, spaces):
    venue = build.venue()
    for _ in range(spaces):
        build.space(venue)

    page = visitor.opens("/fr/venues/halle")

    assert (
        "Accessibilité non renseignée. Appelez le 01 99 00 12 34 : nous regardons "
        "pour vous." in page.text
    )
    assert page.html.select("table") == []
    assert ("Grande nef" in page.text) == bool(spaces)


def test_a_venue_shows_what_is_on_there_and_what_was(visitor, build, hall, now):
    other = build.venue("lavoir", "Le Lavoir")
    build.event("next", venue=hall, name=Words(fr="Bientôt"))
    build.event("elsewhere", venue=other, name=Words(fr="Ailleurs"))
    build.event("draft", venue=hall, name=Words(fr="Brouillon"), published=False)
    build.event("unlisted", venue=hall, name=Words(fr="Discret"), listed=False)
    for days in range(1, 7):
        starts_at = now - timedelta(days=days)
        build.event(
            f"p{days}", venue=hall, name=Words(fr=f"Hier {days}"), starts_at=starts_at
        )

    page = visitor.opens("/fr/venues/halle")

    assert section(page, "Bientôt ici") == ["Bientôt"]
    assert section(page, "Rendez-vous passés") == [f"Hier {n}" for n in range(1, 6)]
    assert page.link("Tous les rendez-vous passés") == "/fr/?when=past&venue=halle"


def test_what_was_called_off_is_no_memory(visitor, build, hall, clock):
    event = build.event("off", venue=hall, name=Words(fr="Annulé"))
    events.cancel(event, Words(fr="Il neige."), actor="test", now=clock())
    db.session.commit()
    clock.moves(days=30)

    page = visitor.opens("/fr/venues/halle")

    assert "Annulé" not in page.text
    assert "Rendez-vous passés" not in page.text


def test_more_events_than_a_page_holds_go_on_in_the_agenda(visitor, build, hall, now):
    for number in range(4):
        starts_at = now + timedelta(days=1 + number // 2)
        build.event(f"e{number}", venue=hall, starts_at=starts_at)
    assert "La suite" not in visitor.opens("/fr/venues/halle").text
    for number in range(4, 40):
        build.event(f"e{number}", venue=hall, starts_at=now + timedelta(days=number))

    page = visitor.opens("/fr/venues/halle")

    assert len(section(page, "Bientôt ici")) == 30
    path = page.link("La suite, dans l’agenda")
    assert path.startswith("/fr/?when=all&venue=halle&from=2027-")
    further = visitor.opens(path)
    assert len(further.html.select("h3 a")) == 10


def test_a_venue_where_nothing_is_planned_says_so(visitor, hall):
    page = visitor.opens("/fr/venues/halle")

    assert "Pas de rendez-vous prévu ici pour l’instant." in page.text
    assert "Rendez-vous passés" not in page.text


def test_a_venue_has_a_calendar_of_its_own(visitor, build, hall):
    build.event("opening", venue=hall)
    build.event("elsewhere", venue=build.venue("lavoir", "Le Lavoir"))

    page = visitor.opens("/fr/venues/halle")

    head = page.html.select_one('link[rel=alternate][type="text/calendar"]')
    assert head["href"] == "/agenda.ics?lang=fr&venue=halle"
    body = visitor.opens(head["href"]).response.text
    assert body.count("BEGIN:VEVENT") == 1


def test_a_venue_speaks_english_too(visitor, hall):
    page = visitor.opens("/en/venues/halle")

    assert "An old market hall." in page.text
    assert table(page)["Kitchen"]["Step-free entrance"] == "No door 78 cm"
    assert table(page)["Yard"]["Quiet place"] == "Not known"
    assert "Nothing is planned here for now." in page.text
    assert page.link("Subscribe to this list") == "/en/subscribe?venue=halle"
    canonical = page.html.select_one("link[rel=canonical]")["href"]
    assert canonical == "https://halle.example/en/venues/halle"


# How long it may be used


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (date(2027, 6, 1), "La maison peut occuper ce lieu jusqu’au 1er juin 2027."),
        (date(2028, 5, 31), "La maison peut occuper ce lieu jusqu’au 31 mai 2028."),
        (date(2028, 7, 1), None),
        (None, None),
    ],
)
def test_the_end_of_an_occupancy_is_said_a_year_ahead(visitor, build, until, said):
    build.venue(occupied_until=until)

    page = visitor.opens("/fr/venues/halle")

    notes = [seen(note) for note in page.html.select("main .note")]
    assert notes == ([said] if said else [])
    assert "Un lieu du passé" not in page.text


@pytest.mark.parametrize(
    ("occupancy", "said"),
    [
        ({"occupied_until": date(2027, 5, 31)}, "Ce lieu a servi jusqu’en mai 2027."),
        (
            {
                "occupied_from": date(2018, 3, 12),
                "occupied_until": date(2020, 12, 31),
                "sources": ["Le bulletin du quartier, 2022"],
            },
            "Ce lieu a servi de mars 2018 à décembre 2020.",
        ),
        ({"sources": ["Le bulletin du quartier, 2022"]}, ""),
    ],
)
def test_a_place_of_the_past_says_nothing_of_coming(
    visitor, build, hall, now, occupancy, said
):
    for name, value in occupancy.items():
        setattr(hall, name, value)
    db.session.commit()
    held = now - timedelta(days=900)
    build.event("first", venue=hall, name=Words(fr="La première"), starts_at=held)

    page = visitor.opens("/fr/venues/halle")

    (note,) = page.html.select("main .note")
    what = "Un lieu du passé." if said else "Un lieu de l’archive."
    assert seen(note) == f"{what} {said}".strip()
    assert list(facts(page)) == ["Adresse"]
    assert [seen(h) for h in page.html.select("main h2")][:2] == [
        "Ses espaces", "Rendez-vous passés",
    ]  # fmt: skip
    assert section(page, "Rendez-vous passés") == ["La première"]
    for gone in ("Métro", "Du mardi", "56 78", "Appelez", "calendrier", "Bientôt"):
        assert gone not in page.text
    assert page.html.select("table, input") == []
    assert ("Le bulletin du quartier, 2022" in page.text) == ("sources" in occupancy)


def test_an_event_at_a_place_of_the_past_is_shown_all_the_same(visitor, build, hall):
    hall.occupied_until = date(2020, 12, 31)
    db.session.commit()
    build.event("back", venue=hall, name=Words(fr="Le retour"))

    page = visitor.opens("/fr/venues/halle")

    assert section(page, "Bientôt ici") == ["Le retour"]


# One space


def test_a_space_has_a_page_of_its_own(visitor, build, hall):
    nave, kitchen, _ = hall.spaces
    build.event("here", venue=hall, space=kitchen, name=Words(fr="La soupe"))
    build.event("there", venue=hall, space=nave, name=Words(fr="Le bal"))

    page = visitor.opens("/fr/venues/halle/cuisine")

    assert page.heading == "Cuisine"
    assert page.title == "Cuisine, La Halle – Halle Belleville"
    assert section(page, "Bientôt ici") == ["La soupe"]
    assert page.link("La Halle") == "/fr/venues/halle"
    assert facts(page)["Places"] == "0 place"
    path = page.html.select_one('link[rel=alternate][type="text/calendar"]')["href"]
    assert visitor.opens(path).response.text.count("BEGIN:VEVENT") == 1


def test_a_space_says_each_fact_of_access(visitor, hall):
    visitor.opens("/fr/venues/halle")
    page = visitor.follows("Cuisine")

    assert [seen(line) for line in page.html.select("h2 + .access li")] == [
        "Indisponible : entrée de plain-pied",
        "Pas encore renseigné : toilettes adaptées.",
        "Pas encore renseigné : boucle auditive.",
        "Pas encore renseigné : espace calme.",
    ]
    assert "Appelez le 01 99 00 12 34" in page.text
    known = visitor.opens("/fr/venues/halle/nef")
    assert seen(known.html.select_one("h2 + .access li")) == (
        "Entrée de plain-pied, porte de 180 cm"
    )
    assert "Des casques se demandent." in known.text
    assert "Appelez" not in known.text
    unknown = visitor.opens("/fr/venues/halle/cour")
    assert "Accessibilité non renseignée." in unknown.text
    assert unknown.html.select(".access") == []


def test_a_space_of_a_place_of_the_past_is_no_longer_open(visitor, hall):
    hall.occupied_until = date(2020, 12, 31)
    db.session.commit()

    page = visitor.opens("/en/venues/halle/nef")

    assert "A place of the past. This place was used until December 2020." in page.text
    assert page.html.select(".access, input, table") == []


@pytest.mark.parametrize(
    "path", ["/fr/venues/nowhere", "/fr/venues/nowhere/nef", "/fr/venues/halle/attic"]
)
def test_an_unknown_place_is_not_found(visitor, hall, path):
    assert visitor.opens(path).status == 404


# All of them


def test_the_list_says_what_comes_next_where_and_keeps_the_past_apart(
    visitor, build, hall, now, clock
):
    build.venue("b", "B, vide")
    build.venue("a", "À la cave", occupied_until=date(2027, 12, 31))
    build.venue("old", "Le Vieux Marché", occupied_until=date(2020, 12, 31))
    build.venue("park", "Le Parc", sources=["Le bulletin du quartier, 2022"])
    later = now + timedelta(days=9)
    build.event("later", venue=hall, name=Words(fr="Plus tard"), starts_at=later)
    off = build.event("off", venue=hall, name=Words(fr="Annulé"))
    events.cancel(off, Words(fr="Il neige."), actor="test", now=clock())
    starts_at = now + timedelta(days=8, hours=2)
    build.event("soon", venue=hall, name=Words(fr="Le bal"), starts_at=starts_at)

    page = visitor.opens("/fr/venues/")

    assert page.heading == "Lieux"
    lists = [
        [[seen(part) for part in row.select("h3, p")] for row in found.select("li")]
        for found in page.html.select("main .list")
    ]
    street = "12 rue des Arches, 75020 Paris"
    assert lists == [
        [
            [
                "La Halle",
                street,
                "Prochain rendez-vous : Le bal , mercredi 9 juin, de 14 h à 16 h",
            ],
            [
                "À la cave",
                street,
                "La maison peut occuper ce lieu jusqu’au 31 décembre 2027.",
            ],
            ["B, vide", street],
        ],
        [
            ["Le Parc", street],
            ["Le Vieux Marché", street, "Ce lieu a servi jusqu’en décembre 2020."],
        ],
    ]
    assert [seen(h) for h in page.html.select("main h2")] == [
        "Lieux ouverts", "Lieux de l’archive",
    ]  # fmt: skip
    assert visitor.follows("La Halle").heading == "La Halle"


def test_a_house_without_venues_says_so(visitor):
    assert "No place is presented yet." in visitor.opens("/en/venues/").text
    assert "Aucun lieu n’est encore présenté." in visitor.opens("/fr/venues/").text


def test_a_full_venue_page_stays_light(visitor, build, hall, now):
    for number in range(40):
        build.event(f"e{number}", venue=hall, starts_at=now + timedelta(days=number))

    page = visitor.opens("/fr/venues/halle")

    assert len(gzip.compress(page.response.data)) < 12_000
