"""A festival's page: its days, its programme as list and table, its changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from festival.domain.words import Words
from festival.extensions import db
from festival.services import directory, event_life, events
from tests.visitor import seen

FRIDAY = datetime(2027, 6, 4, 15, 0, tzinfo=UTC)  # 17 h in Paris


@pytest.fixture
def nights(build):
    """Three days: four events on Friday, one on Saturday, Sunday still empty."""
    halle = build.venue("halle", "La Halle")
    nave = build.space(halle, "nef", capacity=300)
    kitchen = build.space(halle, "cuisine", name=Words(fr="Cuisine", en="Kitchen"))
    whole = build.event(
        "nights",
        kind="festival",
        name=Words(fr="Les Nuits", en="The Nights"),
        venue=halle,
        reply_policy="none",
        starts_at=FRIDAY,
        ends_at=FRIDAY + timedelta(days=2, hours=3),
    )

    def part(slug, hours, length=60, **facts):
        starts_at = FRIDAY + timedelta(hours=hours)
        return build.event(
            slug,
            name=Words(fr=slug.title(), en=f"{slug.title()} (en)"),
            super_event=whole,
            venue=halle,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=length),
            **facts,
        )

    part("oud", 1.5, kind="concert", space=nave, languages=["fr", "ar"])
    part("fanfare", 0, 45, kind="concert", space=nave, reply_policy="none")
    part("soupes", 0.25, 120, kind="meal", space=kitchen, capacity=3)
    part("lune", 2, kind="visit")
    part("bal", 25, kind="concert", space=nave)
    return whole


def slots(page):
    return [seen(name) for name in page.html.select(".slot :is(h3, h4)")]


def test_the_first_day_s_programme_is_one_list_in_time_order(nights, visitor):
    page = visitor.opens("/fr/events/nights")

    assert page.heading == "Les Nuits"
    assert slots(page) == ["Fanfare", "Soupes", "Oud", "Lune"]
    assert len(page.html.select("ol.grid")) == 1
    soup = seen(page.html.select(".slot")[1])
    assert soup == "17 h 15 – 19 h 15 Repas Soupes Cuisine Plus que 3 places"
    hours = [seen(hour) for hour in page.html.select(".tm:not(.bare)")]
    assert hours == ["17 h", "18 h", "19 h"]
    for double in page.html.select(".heads, .tm"):
        assert double["aria-hidden"] == "true"


def test_every_day_has_a_tab_and_one_tab_holds_all(nights, visitor):
    page = visitor.opens("/fr/events/nights")
    tabs = {seen(tab): tab["href"] for tab in page.html.select(".days a")}

    assert tabs == {
        "Vendredi 4 juin 4 rendez-vous": "/fr/events/nights?day=2027-06-04",
        "Samedi 5 juin 1 rendez-vous": "/fr/events/nights?day=2027-06-05",
        "Dimanche 6 juin 0 rendez-vous": "/fr/events/nights?day=2027-06-06",
        "Tous les jours 3 jours 5 rendez-vous": "/fr/events/nights?day=all",
    }
    saturday, sunday, every = (visitor.opens(path) for path in list(tabs.values())[1:])
    assert slots(saturday) == ["Bal"]
    assert seen(saturday.html.select_one(".days [aria-current]"))[:6] == "Samedi"
    assert "Dimanche 6 juin : le programme arrive bientôt." in sunday.text
    assert slots(every) == ["Fanfare", "Soupes", "Oud", "Lune", "Bal"]
    assert len(every.html.select(".of-day")) == 3


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ("", "Fanfare"),
        ("2027-06-05", "Bal"),
        ("2030-01-01", "Fanfare"),
        ("tomorrow", "Fanfare"),
        ("%00", "Fanfare"),
    ],
)
def test_a_day_that_is_none_is_the_first(nights, visitor, day, first):
    page = visitor.opens(f"/fr/events/nights?day={day}")

    assert (page.status, slots(page)[0]) == (200, first)


def test_while_it_runs_today_is_shown_and_the_hour_is_one_tap_away(
    nights, visitor, clock
):
    assert "En ce moment" not in visitor.opens("/fr/events/nights").text
    clock.moves(days=3, hours=6, minutes=20)  # Friday, 18.20 in Paris

    page = visitor.opens("/fr/events/nights")
    running = page.html.select_one(page.link("En ce moment"))
    assert seen(running.select_one("h3")) == "Soupes"

    clock.moves(days=1)
    assert slots(visitor.opens("/fr/events/nights")) == ["Bal"]


def test_what_lasts_for_days_is_on_each_of_them(nights, visitor, build):
    build.event(
        "expo",
        name=Words(fr="Expo"),
        super_event=nights,
        venue=nights.venue,
        starts_at=FRIDAY - timedelta(hours=3),
        ends_at=FRIDAY + timedelta(days=2),
    )

    every = visitor.opens("/fr/events/nights?day=all")
    sunday = visitor.opens("/fr/events/nights?day=2027-06-06")

    assert slots(every).count("Expo") == 3
    assert slots(sunday) == ["Expo"]
    hours = visitor.opens("/fr/events/nights").html.select(".tm")
    assert [seen(hour) for hour in hours] == ["17 h", "18 h", "19 h"]
    ids = [tag["id"] for tag in every.html.select("[id]")]
    assert len(ids) == len(set(ids))


def test_a_list_looks_as_it_should_without_its_table(nights, visitor):
    for path in ("?kind=concert", "?day=2027-06-06", ""):
        page = visitor.opens(f"/fr/events/nights{path}")
        sheets = [
            visitor.opens(link["href"]).response.get_data(as_text=True)
            for link in page.html.select("link[rel=stylesheet]")
        ]
        assert any(".slot {" in sheet for sheet in sheets), path


def test_a_clash_makes_a_scroller_that_a_keyboard_reaches(nights, visitor, build):
    nave = next(p.space for p in nights.sub_events if p.slug == "oud")
    for number in range(6):
        build.event(
            f"x{number}",
            super_event=nights,
            venue=nights.venue,
            space=nave,
            starts_at=FRIDAY,
        )

    assert visitor.opens("/fr/events/nights").html.select_one(".board[tabindex]")


def test_the_list_is_narrowed_by_space_and_by_kind(nights, visitor):
    page = visitor.opens("/fr/events/nights")
    spaces = [seen(chip) for chip in page.html.select(".narrow-by nav:first-of-type a")]
    assert spaces == ["Tous les espaces", "Grande nef", "Cuisine", "La Halle"]

    page = visitor.follows("Grande nef")
    assert page.path == "/fr/events/nights?space=halle/nef&day=2027-06-04"
    assert slots(page) == ["Fanfare", "Oud"]
    page = visitor.follows("Concert")
    assert slots(page) == ["Fanfare", "Oud"]
    assert page.html.select("link[href*='grid-']") == []
    assert visitor.opens("/fr/events/nights?space=moon&kind=x").status == 200


def test_the_table_s_style_sheet_is_kept_for_ever(nights, visitor):
    page = visitor.opens("/fr/events/nights")
    address = page.html.select_one("link[href*='grid-']")["href"]

    sheet = visitor.opens(address).response
    text = sheet.get_data(as_text=True)
    assert sheet.mimetype == "text/css"
    assert sheet.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "repeat(3, minmax(0, 1fr))" in text
    for slot in page.html.select(".slot, .heads, .heads li, .tm"):
        assert f"#{slot['id']}" in text

    stale = visitor.opens(address[:-3] + "xyz").response
    assert "immutable" not in stale.headers["Cache-Control"]
    assert visitor.opens("/events/nights/grid-all.css").status == 200
    assert visitor.opens("/events/nights/grid-2030-01-01.css").status == 404


def test_an_event_that_moves_gets_another_sheet(nights, visitor, build, clock):
    before = visitor.opens("/fr/events/nights").html.select_one("link[href*='grid-']")
    bal = next(part for part in nights.sub_events if part.slug == "fanfare")

    starts_at = bal.starts_at + timedelta(minutes=15)
    events.revise(bal, starts_at=starts_at, actor="test", now=clock())
    db.session.commit()

    after = visitor.opens("/fr/events/nights").html.select_one("link[href*='grid-']")
    assert before["href"] != after["href"]


def test_what_changed_after_publication_is_said(nights, visitor, clock):
    oud, bal = (
        next(p for p in nights.sub_events if p.slug == slug) for slug in ("oud", "bal")
    )
    assert visitor.opens("/fr/events/nights").html.select(".changed") == []
    events.revise(
        oud,
        starts_at=oud.starts_at + timedelta(minutes=30),
        space=next(p.space for p in nights.sub_events if p.slug == "soupes"),
        actor="test",
        now=clock(),
    )
    reason = Words(fr="Le plancher cède.", en="The floor gives way.")
    events.cancel(bal, reason, actor="test", now=clock.moves(hours=1))
    db.session.commit()

    changed = visitor.opens("/fr/events/nights").html.select_one(".changed")

    assert seen(changed.select_one("summary")) == (
        "Modifié le mardi 1er juin · 2 changements"
    )
    assert [seen(line) for line in changed.select("li")] == [
        "Bal : annulé.",
        "Oud : désormais vendredi 4 juin, de 19 h à 20 h, La Halle, Cuisine.",
    ]
    english = visitor.opens("/en/events/nights").html.select_one(".changed")
    assert seen(english.select("li")[0]) == "Bal (en) is cancelled."


def test_a_part_that_was_called_off_takes_place_after_all(nights, visitor, clock):
    bal = next(part for part in nights.sub_events if part.slug == "bal")
    events.cancel(bal, Words(fr="Pluie"), actor="test", now=clock())
    event_life.bring_back(bal, actor="test", now=clock.moves(hours=1))
    db.session.commit()

    page = visitor.opens("/fr/events/nights")

    [line] = page.html.select(".changed li")
    assert seen(line) == "Bal : aura bien lieu."


def test_partners_stand_beside_who_organises(build, visitor):
    wheel = directory.welcome("wheel", "La Roue")
    ink = directory.welcome("ink", "L’Encre")
    build.event("fete", kind="festival", organisers=[wheel], partners=[ink])

    page = visitor.opens("/fr/events/fete")

    lists = [seen(each) for each in page.html.select(".who")]
    assert lists == ["La Roue", "L’Encre"]
    assert "Qui organise La Roue Partenaires L’Encre" in page.text
    assert page.link("L’Encre") == "/fr/organisations/ink"
    assert visitor.follows("L’Encre").text.count("Ouverture") == 1


def test_a_programme_is_subscribed_to_and_printed_whole(nights, visitor):
    page = visitor.opens("/fr/events/nights")

    assert page.link("S’abonner au programme") == "/fr/subscribe?festival=nights"
    assert page.link("Imprimer le programme") == "/fr/events/nights?day=all"


def test_a_festival_of_many_spaces_scrolls_within_itself(build, visitor):
    halle = build.venue()
    whole = build.event("big", kind="festival", starts_at=FRIDAY, venue=halle)
    for number in range(7):
        name = Words(fr=f"Salle {number}")
        space = build.space(halle, f"s{number}", name=name)
        build.event(
            f"p{number}", super_event=whole, venue=halle, space=space, starts_at=FRIDAY
        )

    board = visitor.opens("/fr/events/big").html.select_one(".board")

    assert (board["role"], board["tabindex"]) == ("region", "0")
    assert board["aria-label"] == "Programme du vendredi 4\u00a0juin"


def test_a_festival_without_parts_says_they_are_on_their_way(build, visitor, now):
    build.event("nights", kind="festival", ends_at=now + timedelta(days=9))

    assert "le programme arrive bientôt" in visitor.opens("/fr/events/nights").text


def test_a_part_leads_back_to_its_festival(nights, visitor):
    visitor.opens("/fr/events/nights")

    assert visitor.follows("Oud").link("Les Nuits") == "/fr/events/nights"


def test_a_festival_s_picture_stands_on_its_page_beside_its_drawn_arches(
    nights, build, visitor
):
    assert visitor.opens("/fr/events/nights").html.select_one("figure img") is None
    build.picture(nights, "La nef, un soir")

    page = visitor.opens("/fr/events/nights")

    shown = page.html.select_one("figure img")
    assert shown["alt"] == "La nef, un soir"
    assert page.html.select_one(".hero svg")
    assert visitor.opens(shown["src"]).response.mimetype == "image/webp"
