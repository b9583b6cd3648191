"""What programs ask for: the map, pictures, and what pages say of themselves."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import event as listening

from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.services import directory, events, matches
from festival.web import discovery
from tests.visitor import Visitor, link_of

BASE = "https://halle.example"
XHTML = "{http://www.w3.org/1999/xhtml}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def lines(visitor, path):
    return visitor.opens(path).response.get_data(as_text=True).splitlines()


# Robots


def test_robots_may_read_all_but_what_a_key_opens(visitor):
    assert lines(visitor, "/robots.txt") == [
        "User-agent: *",
        "Disallow: /fr/rsvp/",
        "Disallow: /fr/ticket/",
        "Disallow: /fr/calendar/",
        "Disallow: /en/rsvp/",
        "Disallow: /en/ticket/",
        "Disallow: /en/calendar/",
        "",
        f"Sitemap: {BASE}/sitemap.xml",
    ]


def test_robots_stay_out_of_a_demonstration(make_app, clock):
    app = make_app(DEMO=True)
    with app.app_context():
        assert lines(Visitor(app, clock), "/robots.txt") == [
            "User-agent: *",
            "Disallow: /",
        ]


def test_whom_to_tell_of_a_weakness(visitor, clock):
    told = dict(
        line.split(": ", 1) for line in lines(visitor, "/.well-known/security.txt")
    )
    until = datetime.fromisoformat(told["Expires"])

    assert told["Contact"] == "mailto:bonjour@halle.example"
    assert told["Canonical"] == f"{BASE}/.well-known/security.txt"
    assert told["Preferred-Languages"] == "fr, en"
    assert clock() < until < clock() + timedelta(days=365)


# The map


def found(visitor):
    """Return the addresses of the map, each with its date and its languages."""
    tree = ET.fromstring(visitor.opens("/sitemap.xml").response.get_data())
    return {
        url.findtext(f"{MAP}loc"): (
            url.findtext(f"{MAP}lastmod"),
            {
                link.get("hreflang"): link.get("href")
                for link in url.iter(f"{XHTML}link")
            },
        )
        for url in tree
    }


def test_the_map_names_every_public_page_in_each_language(build, visitor):
    matches.open_competition("cup", Words(fr="La coupe", en="The cup"))
    directory.welcome("wheel", "La Roue libre")
    build.space(build.venue())
    opening = build.event("opening")

    pages = found(visitor)

    assert pages[f"{BASE}/en/events/opening"] == (
        f"{opening.revised_at:%Y-%m-%dT%H:%M:%SZ}",
        {
            "fr": f"{BASE}/fr/events/opening",
            "en": f"{BASE}/en/events/opening",
            "x-default": f"{BASE}/fr/events/opening",
        },
    )
    assert {page.removeprefix(f"{BASE}/fr/") for page in pages if "/fr/" in page} == {
        *("", "legal", "privacy", "accessibility", "venues/", "organisations/"),
        *("subscribe", "programme"),
        *("events/opening", "venues/halle", "venues/halle/nef"),
        *("organisations/wheel", "competitions/cup"),
    }
    assert len(pages) == 2 * 13


def test_every_address_of_the_map_opens_and_calls_itself_so(build, visitor):
    build.space(build.venue())
    build.event("opening")
    directory.welcome("wheel", "La Roue libre")

    for address, (_, languages) in found(visitor).items():
        page = visitor.opens(address.removeprefix(BASE))

        assert page.status == 200
        assert canonical(page) == address
        assert alternates(page) == languages


def test_the_map_omits_drafts_and_what_is_not_listed(build, visitor):
    build.event("draft", published=False)
    build.event("unlisted", listed=False)
    build.event("gone")
    events.cancel(build.event("cancelled"), Words(), actor="test", now=build.clock())
    db.session.commit()

    listed = [
        page.rpartition("/")[2] for page in found(visitor) if "/fr/events/" in page
    ]

    assert sorted(listed) == ["cancelled", "gone"]


def test_a_long_map_keeps_what_is_to_come(build, visitor, clock, monkeypatch):
    build.event("past", starts_at=clock() + timedelta(days=1))
    clock.moves(days=3)
    before = [page for page in found(visitor) if "/events/" not in page]
    monkeypatch.setattr(discovery, "MOST_PAGES", len(before) // 2 + 1)
    build.event("coming")

    listed = [page for page in found(visitor) if "/events/" in page]

    assert listed == [f"{BASE}/fr/events/coming", f"{BASE}/en/events/coming"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_map_costs_the_same_statements_however_long_it_is(build, visitor, number):
    for each in range(number):
        build.space(build.venue(f"v{each}"))
        build.event(f"e{each}")
        directory.welcome(f"o{each}", "Une")
    db.session.commit()
    sent: list[str] = []

    def note(*args):
        sent.append(args[2])

    listening.listen(db.engine, "before_cursor_execute", note)
    visitor.opens("/sitemap.xml")
    listening.remove(db.engine, "before_cursor_execute", note)

    assert len([said for said in sent if said.startswith("SELECT")]) == 7


# Pictures


@pytest.mark.parametrize(
    ("path", "width"),
    [
        ("/events/opening.png", 1200),
        ("/house.png", 1200),
        ("/apple-touch-icon.png", 180),
        ("/favicon.ico", 32),
    ],
)
def test_a_picture_is_a_png_that_caches_keep_for_a_day(build, visitor, path, width):
    build.event("opening")

    response = visitor.opens(path).response
    again = visitor.opens(path, **{"If-None-Match": response.headers["ETag"]})

    assert response.mimetype == "image/png"
    assert int.from_bytes(response.get_data()[16:20]) == width
    assert response.cache_control.max_age == 86400
    assert not response.headers["ETag"].startswith("W/")
    assert again.status == 304


@pytest.mark.parametrize("slug", ["draft", "none"])
def test_what_nobody_may_see_has_no_picture(build, visitor, slug):
    build.event("draft", published=False)

    assert visitor.opens(f"/events/{slug}.png").status == 404


def test_an_unlisted_event_has_one_for_whoever_knows_its_address(build, visitor):
    event = build.event("unlisted", listed=False)

    assert visitor.opens(f"/events/{event.slug}.png").status == 200


# What pages say of themselves


def canonical(page):
    [link] = page.html.select("link[rel=canonical]")
    return link["href"]


def alternates(page):
    links = page.html.select("link[rel=alternate][hreflang]")
    return {link["hreflang"]: link["href"] for link in links}


def shared(page):
    return {tag["property"]: tag["content"] for tag in page.html.select("[property]")}


def test_an_event_says_what_a_message_shows_of_it(build, visitor):
    build.event("opening", summary=Words(fr="Venez « tous » & vite", en="Come"))

    page = visitor.opens("/fr/events/opening")

    said = shared(page)
    assert said["og:title"] == "Ouverture, mardi 8\u00a0juin, de 12\u00a0h à 14\u00a0h"
    assert said["og:description"].replace("\u00a0", " ") == "Venez « tous » & vite"
    assert said["og:url"] == canonical(page) == f"{BASE}/fr/events/opening"
    assert said["og:image"] == f"{BASE}/events/opening.png"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert said["og:image:alt"] == (
        "Une affiche d’arches et d’éventails de couleur, sans texte"
    )
    assert (said["og:locale"], said["og:locale:alternate"]) == ("fr_FR", "en_GB")
    assert said["og:site_name"] == "Halle Belleville"
    assert page.html.select_one("meta[name='twitter:card']")["content"] == (
        "summary_large_image"
    )


def test_a_message_shows_the_event_s_own_picture_if_it_has_one(build, visitor):
    picture = build.picture(build.event("opening"), "Une roue")

    said = shared(visitor.opens("/fr/events/opening"))

    assert said["og:image"] == f"{BASE}/events/opening/picture-{picture.digest}.webp"
    assert said["og:image:alt"] == "Une roue"
    assert (said["og:image:width"], said["og:image:height"]) == ("40", "30")
    found = visitor.opens(said["og:image"].removeprefix(BASE)).response
    assert found.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_page_without_an_event_shows_the_house(visitor):
    page = visitor.opens("/en/legal")

    assert shared(page)["og:image"] == f"{BASE}/house.png"
    assert shared(page)["og:title"] == "Legal notice"
    assert canonical(page) == f"{BASE}/en/legal"


def test_the_agenda_s_address_has_its_own_parameters_in_their_order(visitor):
    page = visitor.opens("/en/?q=a+%26+b&utm_source=x&kind=workshop&when=all")

    asked = "?when=all&kind=workshop&q=a+%26+b"
    assert canonical(page) == f"{BASE}/en/{asked}"
    assert alternates(page) == {
        "fr": f"{BASE}/fr/{asked}",
        "en": f"{BASE}/en/{asked}",
        "x-default": f"{BASE}/fr/{asked}",
    }


def test_reading_an_event_in_arabic_is_not_another_page(build, visitor):
    build.event("opening", name=Words(fr="Ouverture", ar="افتتاح"))

    page = visitor.opens("/fr/events/opening?lang=ar")

    assert canonical(page) == f"{BASE}/fr/events/opening"


def test_what_is_not_to_be_found_says_nothing_of_itself(build, visitor):
    event = build.event("opening", reply_policy=ReplyPolicy.OPEN)
    guest = build.guest(event)

    for path in (
        "/fr/nowhere",
        "/fr/events/none",
        "/fr/events/opening/reply",
        "/fr/tickets",
        link_of("manage", guest),
        link_of("ticket", guest),
    ):
        page = visitor.opens(path)
        said = "link[rel=canonical], [hreflang]:not(a), [property], script"
        assert (path, page.html.select(said)) == (path, [])


# Facts


def facts(page):
    [block] = page.html.select("script")
    assert block["type"] == "application/ld+json"
    return json.loads(block.string)


def test_an_event_s_page_holds_its_facts(build, visitor, clock):
    venue = build.venue()
    event = build.event(
        "opening",
        venue=venue,
        space=build.space(venue),
        online_link="https://visio.example.org/secret",
        languages=["fr", "ar"],
    )
    build.guest(event, party_size=3)

    page = visitor.opens("/en/events/opening")

    fact = facts(page)
    assert (fact["name"], fact["identifier"]) == ("Opening", event.uid)
    assert fact["startDate"] == "2027-06-08T12:00:00+02:00"
    assert fact["location"][0]["name"] == "Great nave"
    assert fact["location"][1] == {"@type": "VirtualLocation", "url": fact["url"]}
    assert fact["maximumAttendeeCapacity"] == 10
    assert fact["remainingAttendeeCapacity"] == 7
    assert fact["organizer"]["name"] == "Halle Belleville"
    assert fact["inLanguage"] == ["fr", "ar"]
    assert fact["isAccessibleForFree"] is True
    assert "secret" not in page.response.text


@pytest.mark.parametrize(
    "told",
    [
        {"reply_policy": ReplyPolicy.NONE},
        {"reply_policy": ReplyPolicy.ELSEWHERE, "reply_link": "https://x.example/"},
        {"capacity": None},
    ],
)
def test_places_nobody_counts_are_not_said_to_be_left(build, visitor, told):
    build.event("opening", **told)

    fact = facts(visitor.opens("/fr/events/opening"))

    assert "remainingAttendeeCapacity" not in fact


def test_an_event_with_a_price_or_from_sources_is_not_said_to_be_free(build, visitor):
    build.event("priced", price_note=Words(fr="Prix libre"))
    build.event("remembered", sources=["Un livre"])

    for slug in ("priced", "remembered"):
        assert "isAccessibleForFree" not in facts(visitor.opens(f"/fr/events/{slug}"))


def test_what_is_called_off_or_moved_says_so(build, visitor, clock):
    reason = Words(fr="La salle est inondée.")
    events.cancel(build.event("off"), reason, actor="test", now=clock())
    events.postpone(build.event("later"), reason, actor="test", now=clock())
    moved = build.event("moved")
    moved.previous_starts_at = moved.starts_at - timedelta(days=1)
    db.session.commit()

    said = {
        slug: facts(visitor.opens(f"/fr/events/{slug}"))
        for slug in ("off", "later", "moved")
    }

    assert {slug: fact["eventStatus"][19:] for slug, fact in said.items()} == {
        "off": "EventCancelled",
        "later": "EventPostponed",
        "moved": "EventRescheduled",
    }
    assert said["moved"]["previousStartDate"] == "2027-06-07T12:00:00+02:00"
    assert "previousStartDate" not in said["later"]


def test_a_festival_and_its_parts_name_each_other_but_no_draft(build, visitor):
    whole = build.event("fete", kind="festival", name=Words(fr="Fête"))
    build.event("bal", kind="concert", super_event=whole)
    build.event("draft", super_event=whole, published=False)
    build.event("alone", super_event=build.event("hidden", published=False))

    fete = facts(visitor.opens("/fr/events/fete"))
    bal = facts(visitor.opens("/fr/events/bal"))
    alone = facts(visitor.opens("/fr/events/alone"))

    assert [part["url"] for part in fete["subEvent"]] == [f"{BASE}/fr/events/bal"]
    assert (bal["@type"], bal["superEvent"]["name"]) == ("MusicEvent", "Fête")
    assert "superEvent" not in alone


def test_an_unlisted_event_stays_out_of_search_engines(build, visitor):
    event = build.event("unlisted", listed=False)

    page = visitor.opens(f"/fr/events/{event.slug}")

    assert page.html.select_one("meta[name=robots]")["content"] == "noindex"


def test_a_name_cannot_break_out_of_its_facts(build, visitor):
    name = '</script><script>alert("x")</script>'
    build.event("opening", name=Words(fr=name))

    page = visitor.opens("/fr/events/opening")

    assert facts(page)["name"] == name


def test_a_venue_a_space_and_an_organisation_hold_theirs(build, visitor):
    venue = build.venue(latitude=48.87, longitude=2.38)
    build.space(venue, step_free=True, hearing_loop=False, capacity=300)
    directory.welcome("wheel", "La Roue libre", website="https://wheel.example/")
    db.session.commit()

    hall = facts(visitor.opens("/en/venues/halle"))
    nave = facts(visitor.opens("/en/venues/halle/nef"))
    wheel = facts(visitor.opens("/en/organisations/wheel"))

    assert hall["address"]["addressLocality"] == "Paris"
    assert hall["containsPlace"][0]["name"] == "Great nave"
    assert nave["containedInPlace"]["name"] == "La Halle"
    assert (nave["maximumAttendeeCapacity"], nave["geo"]["latitude"]) == (300, 48.87)
    assert {f["name"]: f["value"] for f in nave["amenityFeature"]} == {
        "step-free entrance": True,
        "hearing loop": False,
    }
    assert (wheel["@type"], wheel["sameAs"]) == (
        "Organization",
        "https://wheel.example/",
    )
