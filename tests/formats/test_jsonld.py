"""Events in the words of schema.org: what is known, and nothing that is not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from festival.formats import jsonld
from festival.formats.jsonld import Body, Game, Happening, Part, Place, Span, Status

NOON = datetime(2027, 6, 1, 10, 0, tzinfo=UTC)
SPAN = Span(starts_at=NOON, ends_at=NOON + timedelta(hours=2), timezone="Europe/Paris")
DAYS = Span(
    starts_at=datetime(2027, 6, 4, 22, tzinfo=UTC),
    ends_at=datetime(2027, 6, 6, 22, tzinfo=UTC),
    timezone="Europe/Paris",
    all_day=True,
)
HALL = Place(
    name="La Halle",
    url="https://halle.example/fr/venues/halle",
    street="12 rue des Arches",
    postal_code="75020",
    city="Paris",
    country="FR",
    position=(48.87, 2.38),
)
BARE = Happening(
    uid="5f0f6f5e",
    kind="debate",
    name="Ouverture",
    url="https://halle.example/fr/events/opening",
    picture="https://halle.example/events/opening.png",
    description="",
    span=SPAN,
    status=Status.SCHEDULED,
)


def test_what_is_not_known_is_left_out():
    assert jsonld.event(BARE) == {
        "@type": "Event",
        "name": "Ouverture",
        "identifier": "5f0f6f5e",
        "url": "https://halle.example/fr/events/opening",
        "image": "https://halle.example/events/opening.png",
        "startDate": "2027-06-01T12:00:00+02:00",
        "endDate": "2027-06-01T14:00:00+02:00",
        "eventStatus": "https://schema.org/EventScheduled",
    }


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("festival", "Festival"),
        ("screening", "ScreeningEvent"),
        ("concert", "MusicEvent"),
        ("meal", "FoodEvent"),
        ("workshop", "EducationEvent"),
        ("visit", "Event"),
        ("a_kind_of_the_house", "Event"),
    ],
)
def test_a_kind_is_a_type(kind, type_):
    assert jsonld.event(replace(BARE, kind=kind))["@type"] == type_


def test_an_event_of_whole_days_ends_on_its_last_day():
    fact = jsonld.event(replace(BARE, span=DAYS, doors_at=NOON))

    assert (fact["startDate"], fact["endDate"]) == ("2027-06-05", "2027-06-06")
    assert "doorTime" not in fact


def test_the_night_the_clocks_change_has_two_offsets():
    begins = datetime(2027, 10, 30, 23, 30, tzinfo=UTC)
    span = replace(SPAN, starts_at=begins, ends_at=begins + timedelta(hours=2))

    assert span.start == "2027-10-31T01:30:00+02:00"
    assert span.end == "2027-10-31T02:30:00+01:00"


def test_an_event_on_another_date_names_the_one_before():
    moved = replace(
        BARE,
        status=Status.RESCHEDULED,
        previous_starts_at=NOON - timedelta(days=7),
        doors_at=NOON - timedelta(minutes=30),
    )

    fact = jsonld.event(moved)

    assert fact["eventStatus"] == "https://schema.org/EventRescheduled"
    assert fact["previousStartDate"] == "2027-05-25T12:00:00+02:00"
    assert fact["doorTime"] == "2027-06-01T11:30:00+02:00"


@pytest.mark.parametrize(
    ("place", "online", "mode", "types"),
    [
        (None, False, None, None),
        (HALL, False, "OfflineEventAttendanceMode", "Place"),
        (None, True, "OnlineEventAttendanceMode", "VirtualLocation"),
        (HALL, True, "MixedEventAttendanceMode", ["Place", "VirtualLocation"]),
    ],
)
def test_where_it_is(place, online, mode, types):
    fact = jsonld.event(replace(BARE, place=place, online=online))

    assert fact.get("eventAttendanceMode") == (
        f"https://schema.org/{mode}" if mode else None
    )
    where = fact.get("location")
    if isinstance(types, list):
        assert [one["@type"] for one in where] == types
    else:
        assert (where and where["@type"]) == types


def test_the_private_link_of_an_event_online_is_its_page():
    where = jsonld.event(replace(BARE, online=True))["location"]

    assert where == {"@type": "VirtualLocation", "url": BARE.url}


def test_a_space_has_the_address_of_its_venue():
    nave = Place(name="Nef", capacity=300, inside=HALL)

    where = jsonld.event(replace(BARE, place=nave))["location"]

    assert where == {
        "@type": "Place",
        "name": "Nef",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "12 rue des Arches",
            "postalCode": "75020",
            "addressLocality": "Paris",
            "addressCountry": "FR",
        },
        "geo": {"@type": "GeoCoordinates", "latitude": 48.87, "longitude": 2.38},
        "maximumAttendeeCapacity": 300,
        "containedInPlace": {
            "@type": "Place",
            "name": "La Halle",
            "url": "https://halle.example/fr/venues/halle",
        },
    }


def test_an_event_that_is_full_says_zero():
    fact = jsonld.event(replace(BARE, capacity=40, seats_free=0))

    assert fact["maximumAttendeeCapacity"] == 40
    assert fact["remainingAttendeeCapacity"] == 0


def test_free_of_charge_is_said_and_a_price_is_not_guessed():
    assert jsonld.event(replace(BARE, free_of_charge=True))["isAccessibleForFree"]
    assert "isAccessibleForFree" not in jsonld.event(BARE)


def test_a_festival_names_its_parts_and_a_part_its_festival():
    part = Part(
        kind="concert", name="Bal", url="https://x.example/bal", span=SPAN, place="Nef"
    )
    whole = replace(part, kind="festival", name="Fête", place="")

    fact = jsonld.event(replace(BARE, whole=whole, parts=(part, part)))

    assert fact["superEvent"] == {
        "@type": "Festival",
        "name": "Fête",
        "url": "https://x.example/bal",
        "startDate": "2027-06-01T12:00:00+02:00",
        "endDate": "2027-06-01T14:00:00+02:00",
        "eventStatus": "https://schema.org/EventScheduled",
    }
    assert [one["@type"] for one in fact["subEvent"]] == ["MusicEvent"] * 2
    cancelled = replace(part, status=jsonld.Status.CANCELLED)
    fact = jsonld.event(replace(BARE, parts=(cancelled,)))
    assert fact["subEvent"][0]["eventStatus"] == "https://schema.org/EventCancelled"
    assert fact["subEvent"][0]["location"] == {"@type": "Place", "name": "Nef"}


@pytest.mark.parametrize(
    ("home", "away", "name"),
    [("France", "Maroc", "France – Maroc"), ("France", "", "France"), ("", "", None)],
)
def test_a_match_is_named_once_a_team_is_known(home, away, name):
    match = Game(kicks_off_at=NOON, home=home, away=away, competition="Coupe")

    about = jsonld.event(replace(BARE, match=match)).get("about")

    assert (about and about["name"]) == name
    assert ("awayTeam" in (about or {})) == bool(away)


def test_several_organisers_and_languages_are_lists_and_one_stands_bare():
    one, two = Body(name="Une"), Body(name="Deux")
    both = replace(BARE, organisers=(one, two), languages=("fr", "ar"))
    alone = replace(BARE, organisers=(one,), languages=("fr",))

    assert [o["name"] for o in jsonld.event(both)["organizer"]] == ["Une", "Deux"]
    assert jsonld.event(both)["inLanguage"] == ["fr", "ar"]
    assert jsonld.event(alone)["organizer"] == {"@type": "Organization", "name": "Une"}
    assert jsonld.event(alone)["inLanguage"] == "fr"


def test_a_venue_says_yes_and_no_of_access_and_nothing_of_the_unknown():
    nave = Place(name="Nef", facts=(("step-free entrance", True), ("loop", False)))

    fact = jsonld.place(replace(HALL, spaces=(nave,)))

    [space] = fact["containsPlace"]
    assert [(f["name"], f["value"]) for f in space["amenityFeature"]] == [
        ("step-free entrance", True),
        ("loop", False),
    ]
    assert "amenityFeature" not in fact


def test_an_organisation_is_spelt_as_the_standard_spells_it():
    body = Body(name="Une", website="https://une.example/", phone="01 99 00 12 34")

    assert jsonld.organisation(body) == {
        "@type": "Organization",
        "name": "Une",
        "telephone": "01 99 00 12 34",
        "sameAs": "https://une.example/",
    }


@pytest.mark.parametrize(
    "name", ["</script><b>x</b>", "<!--<script>", "a & b &lt;", "l\u2028s\u2029", '"\\']
)
def test_no_name_ends_the_block_and_every_name_is_read_back(name):
    block = jsonld.script(jsonld.event(replace(BARE, name=name)))

    page = BeautifulSoup(f"<script>{block}</script><p>after</p>", "html.parser")
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(page.script.string)["name"] == name
    assert json.loads(block)["@context"] == "https://schema.org"
    assert page.b is None
