"""One event at the desk, from the empty form to the deleted draft."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlalchemy import func, select

from festival.domain.lifecycle import EventStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter
from festival.services import events, matches
from tests.visitor import Page, Visitor

NEW = "/fr/desk/events/new"


def only() -> Event:
    return db.session.scalars(select(Event)).one()


def event_at(slug: str) -> Event:
    return db.session.scalars(select(Event).where(Event.slug == slug)).one()


def count(record) -> int:
    return db.session.scalar(select(func.count()).select_from(record)) or 0


@pytest.fixture
def nave(build):
    venue = build.venue()
    return build.space(venue, capacity=40)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%d %H:%M}"


# New


def begins(somebody: Visitor) -> Page:
    """Open the form of a new event; it is to be a workshop."""
    page = somebody.opens(NEW)
    somebody.fills(kind="workshop")
    return page


def test_a_new_event_is_one_form_and_two_typed_fields(desk, nave):
    ines = desk()

    page = ines.opens(NEW)
    required = [
        tag["name"]
        for tag in page.html.select("main [name]")
        if {"required", "aria-required"} & {*tag.attrs} or tag["name"] == "end"
    ]
    prefilled = {name: page.fields[name] for name in ("place", "date", "start", "end")}
    page = ines.fills(name="Répare ton vélo", kind="workshop").presses("Publier")

    assert required == ["name", "kind", "place", "date", "start", "end"]
    assert prefilled == {
        "place": "halle/nef",
        "date": "2027-06-05",
        "start": "14:00",
        "end": "16:00",
    }
    assert (page.status, page.heading) == (200, "Répare ton vélo")
    event = only()
    assert (event.slug, event.status) == ("repare-ton-velo", EventStatus.SCHEDULED)
    assert (local(event.starts_at), local(event.ends_at)) == (
        "2027-06-05 14:00",
        "2027-06-05 16:00",
    )
    assert (event.space, event.capacity) == (nave, 40)


def test_everything_but_six_answers_is_folded_away_with_its_default(desk, nave):
    page = desk().opens(NEW)

    folds = page.html.select("details.more")
    said = [fold.summary.get_text(" ", strip=True) for fold in folds]
    assert not any(fold.has_attr("open") for fold in folds)
    assert any("40 (capacité : Grande nef)" in one.replace("\xa0", " ") for one in said)
    outside = [
        tag["name"]
        for tag in page.html.select("form.desk-form [name]")
        if not tag.find_parent("details") and tag.get("type") != "hidden"
    ]
    assert [n for n in outside if n != "do"] == [
        *("name", "kind", "place", "date", "start", "end"),
    ]


def test_the_next_event_is_where_and_when_the_last_one_was(desk, build, nave, clock):
    attic = build.space(nave.venue, "attic", name=Words(fr="Grenier"))
    ines, zoe = desk(), desk(name="Zoé")
    begins(ines)
    ines.fills(
        name="Café", place="halle/attic", date="2027-06-09", start="9h30", end="11:00"
    ).presses("Garder en brouillon")
    begins(zoe)
    zoe.fills(name="Bal", date="2027-06-18", start="20:00", end="23:00").presses(
        "Publier"
    )

    fields = ines.opens(NEW).fields

    assert attic.slug == "attic"
    found = [fields[name] for name in ("place", "date", "start", "end")]
    assert found == ["halle/attic", "2027-06-02", "09:30", "11:00"]


def test_without_an_end_it_lasts_two_hours_and_a_night_ends_the_next_morning(
    desk, nave
):
    ines = desk()
    begins(ines)
    ines.fills(name="Café", start="18:00", end="").presses("Garder en brouillon")
    begins(ines)
    ines.fills(name="Bal", start="21:00", end="1:00").presses("Garder en brouillon")

    assert local(event_at("cafe").ends_at).endswith("20:00")
    assert local(event_at("bal").ends_at).endswith("-06 01:00")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"start": "19:00"}, "19:00 to 22:00, doors 18:45"),
        ({"start": "12:00"}, "12:00 to 17:00, doors 11:45"),
        ({"start": "19:00", "doors": "18:00"}, "19:00 to 22:00, doors 18:00"),
        ({"start": "19:00", "end": "20:00"}, "19:00 to 20:00, doors 18:45"),
    ],
)
def test_what_nobody_touched_moves_along_with_the_start(
    desk, build, nave, typed, expected
):
    noon = datetime(2027, 6, 8, 12, tzinfo=ZoneInfo("UTC"))
    build.event(
        "cafe",
        venue=nave.venue,
        space=nave,
        starts_at=noon,
        ends_at=noon + timedelta(hours=3),
        doors_at=noon - timedelta(minutes=15),
    )
    ines = desk()
    ines.opens("/fr/desk/events/cafe/edit")

    ines.fills(**typed).presses("Enregistrer")

    event = event_at("cafe")
    hours = [local(m)[-5:] for m in (event.starts_at, event.ends_at, event.doors_at)]
    assert "{} to {}, doors {}".format(*hours) == expected


def test_a_form_sent_twice_is_one_event(desk, nave):
    ines = desk()
    page = begins(ines)
    ines.fills(name="Café").presses("Garder en brouillon")
    ines.page = page

    ines.fills(name="Café", kind="workshop").presses("Garder en brouillon")
    ines.page = page
    ines.fills(name="Autre café", kind="workshop").presses("Garder en brouillon")

    slugs = db.session.scalars(select(Event.slug).order_by(Event.id)).all()
    assert slugs == ["cafe", "autre-cafe"]


BAD = [
    ({"name": ""}, "name", "Donnez-lui un nom."),
    ({"name": "\u202e \u200f"}, "name", "Donnez-lui un nom."),
    ({"name": "x" * 121}, "name", "120 caractères au plus."),
    ({"kind": "orgy"}, "kind", "Choisissez ce que c’est."),
    ({"place": "halle/cellar"}, "place", "Choisissez un lieu de la liste."),
    ({"date": ""}, "date", "Indiquez la date."),
    ({"date": "demain"}, "date", "Écrivez la date comme 21/11/2027."),
    ({"date": "2027-05-01"}, "date", "Choisissez une date à venir."),
    ({"date": "1999-05-01"}, "date", "Écrivez la date comme 21/11/2027."),
    ({"start": ""}, "start", "Indiquez l’heure de début."),
    ({"start": "25:99"}, "start", "Écrivez l’heure comme 14:30."),
    ({"start": "14:00", "end": "12:00"}, "end", "La fin est avant le début."),
    ({"end_date": "2027-06-01"}, "end_date", "Le dernier jour est avant le premier."),
    ({"doors": "6:00"}, "doors", "Les portes ouvrent au début ou peu avant."),
    ({"capacity": "-1"}, "capacity", "Donnez un nombre à partir de 0."),
    ({"capacity": "many"}, "capacity", None),
    ({"largest_party": "51"}, "largest_party", "Donnez un nombre de 1 à 50."),
    ({"reply_policy": "elsewhere"}, "reply_link", "Donnez l’adresse de ce site."),
    ({"reply_link": "javascript:alert(1)"}, "reply_link", None),
    ({"reply_link": "javascript://example.org/%0aalert(1)"}, "reply_link", None),
    ({"opens": "soon"}, "opens", None),
    (
        {"opens": "2027-06-03T10:00", "closes": "2027-06-02T10:00"},
        *("closes", "Les inscriptions ferment avant d’ouvrir."),
    ),
    ({"place": "online"}, "online_link", None),
    ({"set_up_minutes": "99999"}, "set_up_minutes", None),
    ({"opened_by": "x" * 201}, "opened_by", "200 caractères au plus."),
]


@pytest.mark.parametrize(("typed", "field", "sentence"), BAD)
def test_a_wrong_answer_is_said_beside_it_and_all_is_kept(
    desk, nave, typed, field, sentence
):
    ines = desk()
    begins(ines)

    page = ines.fills(**{"name": "Café", "summary": "Avec un café", **typed}).presses(
        "Publier"
    )

    assert (page.status, count(Event)) == (422, 0)
    assert field in page.errors
    assert sentence in {None, page.errors[field].replace("\xa0", " ")}
    kept = {name: page.fields[name] for name in typed if name not in {"kind", "place"}}
    assert kept == {name: typed[name] for name in kept}
    assert page.fields["summary"] == "Avec un café"
    assert page.html.select_one(f"[name={field}]").find_parent("details") is None or (
        page.html.select_one(f"[name={field}]").find_parent("details").has_attr("open")
    )


def test_two_nights_a_year_have_their_own_sentences(desk, nave):
    ines = desk()
    begins(ines)
    spring = ines.fills(
        name="Bal", date="2028-03-26", start="2:30", end="5:00"
    ).presses("Garder en brouillon")
    said = spring.errors["start"]
    autumn = ines.fills(date="2027-10-31", start="2:30", end="5:00").presses(
        "Garder en brouillon"
    )
    twice = autumn.errors["start"]
    ines.fills(start_again="second").presses("Garder en brouillon")

    assert "n’existe pas" in said
    assert "deux fois" in twice
    assert f"{only().starts_at:%H:%M}" == "01:30"


def test_nothing_that_is_not_on_the_form_is_written(desk, nave):
    ines = desk()
    page = begins(ines)

    ines.sends(
        NEW,
        {
            **page.fields,
            "kind": "workshop",
            "name": "Café",
            "do": "draft",
            "status": "scheduled",
            "published_at": "2027-01-01",
            "slug": "mine",
            "revision": "7",
            "id": "99",
            "series_id": "1",
            "sources": "x",
            "timezone": "Asia/Tokyo",
        },
    )

    event = only()
    assert (event.slug, event.status, event.revision) == ("cafe", EventStatus.DRAFT, 0)
    assert (event.published_at, event.timezone) == (None, "Europe/Paris")


SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
TEXT_FIELDS = (
    *("name", "summary", "description", "bring_note", "price_note", "age_note"),
    *("access_note", "question", "opened_by", "closed_by", "equipment"),
    *("internal_note", "name-en", "summary-en"),
)


def test_no_field_can_bring_a_script_onto_a_page(desk, nave, visitor):
    ines = desk()
    begins(ines)
    typed = {name: SCRIPT[: 115 if "name" in name else 200] for name in TEXT_FIELDS}
    ines.fills(**typed, reply_policy="open").presses("Publier")
    slug = only().slug

    paths = [
        f"/fr/desk/events/{slug}",
        f"/fr/desk/events/{slug}/edit",
        f"/fr/desk/events/{slug}/poster",
        f"/fr/desk/events/{slug}/cancel",
        "/fr/desk/events/",
        "/fr/desk/",
        "/fr/desk/spaces/halle/nef/day?day=2027-06-05",
        f"/fr/events/{slug}",
        f"/en/events/{slug}",
    ]
    for path in paths:
        page = ines.opens(path)
        assert page.status == 200, path
        html = page.html
        scripts = [s for s in html.select("script") if s.get("type") is None]
        assert "alert(1)" not in "".join(s.get_text() for s in scripts), path
        assert html.select("[onerror], [onload]") == [], path
        assert html.select("img[src=x]") == [], path


def test_a_preview_shows_it_and_saves_nothing(desk, nave):
    ines = desk()
    begins(ines)

    page = ines.fills(name="Café", description="**Gras** <b>non</b>").presses("Aperçu")

    assert (page.status, count(Event)) == (200, 0)
    shown = page.html.select_one("section.preview")
    assert shown.select_one("strong + *, p strong") is not None
    assert "Café" in shown.get_text()
    assert page.fields["description"].strip() == "**Gras** <b>non</b>"
    assert ines.presses("Publier").heading == "Café"


def test_texts_stand_in_several_languages_and_what_is_missing_is_said(desk, nave):
    ines = desk()
    begins(ines)
    page = ines.fills(name="Café", summary="Avec un gâteau", another="ar").presses(
        "Écrire aussi dans cette langue"
    )
    summaries = " ".join(one.get_text(" ") for one in page.html.select("summary"))

    ines.fills(**{"name-ar": "مقهى", "name-en": "Coffee"}).presses("Publier")

    assert "manque" in summaries
    assert only().name == Words(fr="Café", en="Coffee", ar="مقهى")
    assert "English" in ines.page.text


# Whose it may be


def test_an_organiser_writes_for_their_own_organisation_only(desk, build, nave):
    wheel, other = build.organisation(), build.organisation("other", "Autre")
    zoe = desk("organiser", organisation=wheel)
    page = begins(zoe)
    offered = [o["value"] for o in page.html.select("#organisation option")]
    zoe.fills(name="Café").presses("Publier")
    page = begins(zoe)

    refused = zoe.sends(
        NEW,
        {
            **page.fields,
            "kind": "meeting",
            "name": "Bal",
            "organisation": "other",
            "do": "publish",
        },
    )

    assert other.slug not in offered
    assert only().organisers == [wheel]
    assert refused.status == 422


def test_nothing_of_another_organisation_is_there(desk, build, nave):
    wheel, other = build.organisation(), build.organisation("other", "Autre")
    build.event("theirs", organisers=[other], venue=nave.venue, space=nave)
    zoe = desk("organiser", organisation=wheel)

    for path in ("", "/edit", "/move", "/cancel", "/postpone", "/delete", "/poster"):
        assert zoe.opens(f"/fr/desk/events/theirs{path}").status == 404
    assert zoe.opens(f"{NEW}?from=theirs").status == 404


def test_an_event_is_not_given_away(desk, build, nave):
    wheel = build.organisation()
    other = build.organisation("other", "Autre")
    build.event("ours", organisers=[wheel], venue=nave.venue, space=nave)
    zoe = desk("organiser", organisation=wheel)
    page = zoe.opens("/fr/desk/events/ours/edit")

    zoe.sends(
        "/fr/desk/events/ours/edit",
        {**page.fields, "organisation": other.slug, "do": "save"},
    )

    assert event_at("ours").organisers == [wheel]


@pytest.mark.parametrize("way", ["edit", "move"])
def test_nor_moved_out_of_ones_own_reach(desk, build, nave, way):
    build.venue("lavoir", "Le Lavoir")
    build.event("ours", venue=nave.venue, space=nave)
    zoe = desk("organiser", venue=nave.venue)
    zoe.opens(f"/fr/desk/events/ours/{way}")

    button = "Enregistrer" if way == "edit" else "Déplacer"
    page = zoe.fills(place="lavoir").presses(button)

    assert page.status == 422
    assert event_at("ours").venue.slug == "halle"


# Copied


def test_a_copy_is_published_in_two_loads_without_typing(desk, build, nave, clock):
    cafe = build.event(
        "cafe",
        name=Words(fr="Café", en="Coffee"),
        venue=nave.venue,
        space=nave,
        summary=Words(fr="Avec un gâteau"),
        organisers=[build.organisation()],
        equipment="Une cafetière",
    )
    build.picture(cafe)
    ines = desk()
    ines.opens("/fr/desk/events/cafe")

    ines.follows("Dupliquer")
    page = ines.presses("Publier")

    copy = event_at("cafe-2")
    first = event_at("cafe")
    assert page.heading == "Café"
    assert copy.status is EventStatus.SCHEDULED
    assert copy.starts_at == first.starts_at + timedelta(days=7)
    assert (copy.name, copy.summary) == (first.name, first.summary)
    assert (copy.equipment, copy.organisers) == (first.equipment, first.organisers)
    assert copy.picture.digest == first.picture.digest
    assert copy.uid != first.uid


def test_a_copy_of_something_long_over_is_to_come(desk, build, nave, clock):
    build.event("cafe", venue=nave.venue, space=nave)
    clock.moves(days=100)

    page = desk().opens(f"{NEW}?from=cafe")

    assert page.fields["date"] == date(2027, 9, 14).isoformat()


# Clashes


def test_only_the_same_space_asks_for_a_box(desk, build, nave):
    starts_at = datetime(2027, 6, 5, 13, tzinfo=ZoneInfo("UTC"))
    build.event("bal", venue=nave.venue, space=nave, starts_at=starts_at)
    ines = desk()
    begins(ines)

    asked = ines.fills(
        name="Café", date="2027-06-05", start="14:00", end="16:00"
    ).presses("Publier")
    status, number = asked.status, count(Event)
    ines.fills(anyway="y").presses("Publier")

    assert (status, number) == (422, 1)
    assert event_at("cafe").status is EventStatus.SCHEDULED


@pytest.fixture
def attic(build, nave):
    """A space in which somebody else is; in the nave there is a café with a guest."""
    attic = build.space(nave.venue, "attic", name=Words(fr="Grenier"), capacity=12)
    build.event("bal", name=Words(fr="Bal"), venue=nave.venue, space=attic)
    build.guest(build.event("cafe", venue=nave.venue, space=nave))
    return attic


def test_what_is_public_asks_once_before_it_takes_a_space_that_is_taken(desk, attic):
    ines = desk()
    ines.opens("/fr/desk/events/cafe/edit")

    asked = ines.fills(place="halle/attic").presses("Enregistrer").text
    refused = ines.presses("Prévenir et enregistrer")
    status, errors, between = refused.status, refused.errors, event_at("cafe").space
    ines.fills(anyway="y").presses("Prévenir et enregistrer")
    moved = event_at("cafe").space
    again = ines.opens("/fr/desk/events/cafe/edit").text
    saved = ines.fills(summary="Avec un gâteau").presses("Enregistrer")

    assert "Grenier : déjà pris" in asked.replace("\xa0", " ")
    assert "1 personne a répondu." in asked.replace("\xa0", " ")
    assert (status, list(errors)) == (422, ["anyway"])
    assert "Grenier : déjà pris" in again.replace("\xa0", " ")
    assert (between.slug, moved.slug) == ("nef", "attic")
    assert saved.path == "/fr/desk/events/cafe"


@pytest.mark.parametrize(
    ("way", "answers", "button"),
    [
        ("move", {"place": "halle/attic"}, "Déplacer sans prévenir"),
        ("return", {}, "Le rétablir"),
    ],
)
def test_so_does_what_is_moved_and_what_comes_back(
    desk, attic, clock, way, answers, button
):
    if way == "return":
        cafe = event_at("cafe")
        events.revise(cafe, space=attic, actor="test", now=clock())
        events.cancel(cafe, Words(fr="Pluie"), actor="test", now=clock())
        db.session.commit()
    ines = desk()
    ines.opens(f"/fr/desk/events/cafe/{way}")

    refused = ines.fills(**answers).presses(button)
    status, text = refused.status, refused.text.replace("\xa0", " ")
    ines.fills(anyway="y").presses(button)

    assert (status, "Grenier : déjà pris" in text) == (422, True)
    assert event_at("cafe").space.slug == "attic"
    assert event_at("cafe").status is EventStatus.SCHEDULED


# Changed


def test_another_hour_asks_whether_the_guests_are_told(desk, build, nave):
    event = build.event("cafe", venue=nave.venue, space=nave)
    build.guest(event, party_size=2)
    before = count(Letter)
    ines = desk()
    ines.opens("/fr/desk/events/cafe/edit")

    page = ines.fills(start="15:00", end="17:00").presses("Enregistrer")
    asked = (page.text, local(event_at("cafe").starts_at))
    page = ines.presses("Prévenir et enregistrer")

    assert "2 personnes ont répondu." in asked[0]
    assert asked[1].endswith("12:00")
    assert local(event_at("cafe").starts_at).endswith("15:00")
    assert count(Letter) == before + 1
    assert "1 lettre" in page.text


def test_guests_need_not_be_told(desk, build, nave):
    event = build.event("cafe", venue=nave.venue, space=nave)
    build.guest(event)
    before = count(Letter)
    ines = desk()
    ines.opens("/fr/desk/events/cafe/edit")
    ines.fills(name="Grand café").presses("Enregistrer")

    ines.presses("Enregistrer sans prévenir")

    changed = event_at("cafe")
    assert (changed.name["fr"], changed.revision) == ("Grand café", 1)
    assert count(Letter) == before


def test_a_text_is_changed_without_asking(desk, build, nave):
    event = build.event("cafe", venue=nave.venue, space=nave)
    build.guest(event)
    ines = desk()
    ines.opens("/fr/desk/events/cafe/edit")

    page = ines.fills(summary="Avec un gâteau").presses("Enregistrer")

    assert page.heading == "Ouverture"
    assert event_at("cafe").summary == Words(fr="Avec un gâteau")


def test_what_nobody_touched_stays_as_it_is(desk, build, nave):
    build.event(
        "cafe",
        venue=nave.venue,
        space=nave,
        access={"sign_language": True, "odd": 1},
        languages=["fr", "ar"],
        name=Words(fr="Café", bm="Kafe"),
        doors_at=datetime(2027, 6, 8, 9, 30, tzinfo=ZoneInfo("UTC")),
        kind="stall",
    )
    ines = desk()
    page = ines.opens("/fr/desk/events/cafe/edit")
    both = {**page.fields, "languages": ["fr", "ar"]}
    before = {c.name: getattr(event_at("cafe"), c.name) for c in Event.__table__.c}

    page = ines.sends("/fr/desk/events/cafe/edit", {**both, "do": "save"})

    after = {c.name: getattr(event_at("cafe"), c.name) for c in Event.__table__.c}
    assert page.heading == "Café"
    assert after == before


def test_two_people_do_not_overwrite_each_other(desk, build, nave):
    build.event("cafe", venue=nave.venue, space=nave)
    ines, zoe = desk(), desk(name="Zoé")
    ines.opens("/fr/desk/events/cafe/edit")
    zoe.opens("/fr/desk/events/cafe/edit")
    zoe.fills(summary="De Zoé").presses("Enregistrer")

    page = ines.fills(summary="D’Inès").presses("Enregistrer")
    status, between = page.status, event_at("cafe").summary["fr"]
    ines.presses("Enregistrer")

    assert (status, between) == (422, "De Zoé")
    assert event_at("cafe").summary["fr"] == "D’Inès"


def test_when_it_rains_one_button_moves_it(desk, build, nave, visitor):
    build.space(nave.venue, "attic", name=Words(fr="Grenier"), capacity=12)
    event = build.event("cafe", venue=nave.venue, space=nave, capacity=40)
    build.guest(event)
    before = count(Letter)
    ines = desk()
    ines.opens("/fr/desk/events/cafe")
    ines.follows("Déplacer")

    ines.fills(place="halle/attic").presses("Les prévenir et déplacer")

    moved = event_at("cafe")
    assert (moved.space.slug, moved.capacity) == ("attic", 12)
    assert count(Letter) == before + 1
    assert "Grenier" in visitor.opens("/fr/events/cafe").text
    entry = visitor.opens("/events/cafe.ics").response.text
    assert "Grenier" in entry
    assert "SEQUENCE:1" in entry


def test_fewer_places_than_people_is_said_and_nobody_is_sent_away(desk, build, nave):
    event = build.event("cafe", venue=nave.venue, space=nave, capacity=10)
    build.guest(event, party_size=4)
    ines = desk()
    ines.opens("/fr/desk/events/cafe/edit")

    page = ines.fills(capacity="1").presses("Enregistrer")

    assert "3 personnes de plus" in page.text
    assert event_at("cafe").capacity == 1


def test_a_screening_s_checklist_stands_on_its_page_alone(desk, build, nave, clock):
    shown = build.event("final", kind="screening", capacity=30)
    build.event("cafe")
    cup = matches.open_competition("cup", Words(fr="La coupe"))
    kick_off = shown.starts_at
    matches.enter(cup, kick_off, event=shown, stage=Words(fr="Finale"), now=clock())
    db.session.commit()
    ines = desk()

    page = ines.opens("/fr/desk/events/final")
    other = ines.opens("/fr/desk/events/cafe")

    told = page.html.select("section[aria-labelledby=screening-list] li")
    said = [line.get_text(" ", strip=True).replace("\xa0", " ") for line in told]
    assert [line.split(" ")[:3] for line in said] == [
        ["Le", "droit", "de"],
        ["Le", "signal", "tel"],
        ["Pas", "plus", "de"],
    ]
    assert "30 places" in said[2]
    assert other.html.select("section[aria-labelledby=screening-list]") == []


# When it does not go as planned


def test_cancelled_with_a_reason_and_brought_back_with_a_date(
    desk, build, nave, visitor
):
    event = build.event("cafe", venue=nave.venue, space=nave)
    build.guest(event)
    ines = desk()
    ines.opens("/fr/desk/events/cafe/cancel")
    without = ines.presses("Annuler l’évènement").errors
    ines.fills(reason="Il pleut dans la nef").presses("Annuler l’évènement")
    public = visitor.opens("/fr/events/cafe").text
    ines.follows("Le rétablir")

    ines.fills(date="2027-06-15", start="19:00").presses("Le rétablir")

    back = event_at("cafe")
    assert "reason" in without
    assert "Il pleut dans la nef" in public
    assert back.status is EventStatus.SCHEDULED
    assert local(back.starts_at) == "2027-06-15 19:00"


def test_nothing_comes_back_into_the_past(desk, build, nave):
    build.event("cafe", venue=nave.venue, space=nave)
    ines = desk()
    ines.opens("/fr/desk/events/cafe/postpone")
    ines.fills(reason="Il pleut").presses("Reporter l’évènement")
    ines.opens("/fr/desk/events/cafe/return")

    page = ines.fills(date="2027-05-15").presses("Le rétablir")

    assert page.errors == {"date": "Choisissez une date à venir."}
    assert event_at("cafe").status is EventStatus.POSTPONED


def test_a_draft_is_published_or_deleted_from_its_page(desk, build, nave):
    build.event("cafe", venue=nave.venue, space=nave, published=False)
    build.event("bal", published=False)
    ines = desk()
    ines.opens("/fr/desk/events/cafe")
    ines.presses("Publier")
    ines.opens("/fr/desk/events/bal")
    ines.follows("Supprimer ce brouillon")

    page = ines.presses("Supprimer définitivement")

    assert page.path == "/fr/desk/events/"
    assert only().status is EventStatus.SCHEDULED


# Its picture


def a_picture() -> tuple[BytesIO, str]:
    found = BytesIO()
    Image.effect_noise((800, 600), 60).convert("RGB").save(found, "JPEG")
    found.seek(0)
    return found, "wheel.jpg"


def test_a_picture_takes_the_posters_place_once_it_has_words(
    desk, build, nave, visitor
):
    build.event("cafe", venue=nave.venue, space=nave)
    ines = desk()
    ines.opens("/fr/desk/events/cafe/picture")
    without = ines.fills(picture=a_picture()).presses("Enregistrer la photo").errors
    ines.fills(picture=a_picture(), words="Une roue <script>", credit="Inès").presses(
        "Enregistrer la photo"
    )

    image = visitor.opens("/fr/events/cafe").html.select_one("figure img")
    found = visitor.opens(image["src"])
    draft = visitor.opens("/events/cafe/picture-0000000000000000.webp")

    assert "words" in without
    assert image["alt"] == "Une roue <script>"
    assert found.response.mimetype == "image/webp"
    assert "immutable" in found.response.headers["Cache-Control"]
    assert draft.status == 404
    ines.opens("/fr/desk/events/cafe/picture")
    ines.presses("Retirer la photo")
    assert visitor.opens(image["src"]).status == 404


def test_a_drafts_picture_is_nobodys_business(desk, build, visitor, nave):
    build.event("cafe", venue=nave.venue, space=nave, published=False)
    ines = desk()
    ines.opens("/fr/desk/events/cafe/picture")
    ines.fills(picture=a_picture(), words="Une roue").presses("Enregistrer la photo")
    digest = event_at("cafe").picture.digest

    shown = ines.opens("/fr/desk/events/cafe").html.select_one("figure img")["src"]

    assert shown.startswith("data:image/webp;base64,")
    assert visitor.opens(f"/events/cafe/picture-{digest}.webp").status == 404


def test_what_is_no_picture_is_said_beside_the_field(desk, build, nave):
    build.event("cafe", venue=nave.venue, space=nave)
    ines = desk()
    ines.opens("/fr/desk/events/cafe/picture")

    page = ines.fills(picture=(BytesIO(b"<svg/>"), "a.svg"), words="Une roue").presses(
        "Enregistrer la photo"
    )

    assert (page.status, list(page.errors)) == (422, ["picture"])
    assert page.fields["words"] == "Une roue"


# On paper, and in a list


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_sheet_prints(desk, build, nave, lang):
    build.event(
        "cafe", venue=nave.venue, space=nave, set_up_minutes=30, opened_by="Léa"
    )
    ines = desk()

    page = ines.opens(f"/{lang}/desk/events/cafe")
    month = "Programme du mois" if lang == "fr" else "Programme of the month"
    assert page.link(month) == f"/{lang}/programme?when=month"
    june = "juin 2027" if lang == "fr" else "June 2027"
    assert june in ines.follows(month).text.replace("\xa0", " ")
    poster = ines.opens(f"/{lang}/desk/events/cafe/poster?paper=a3")
    assert "a3" in poster.html.select_one("main")["class"]
    assert f"halle.example/{lang}/events/cafe" in poster.text
    sign = ines.opens(f"/{lang}/desk/spaces/halle/nef/door-sign")
    assert sign.heading == ("Grande nef" if lang == "fr" else "Great nave")
    sheet = ines.opens(f"/{lang}/desk/spaces/halle/nef/day?day=2027-06-08")
    assert "Léa" in sheet.text
    assert ines.opens(f"/{lang}/desk/spaces/halle/nef/day?day=%00").status in {200, 404}


def test_a_day_sheet_keeps_others_notes(desk, build, nave):
    wheel, other = build.organisation(), build.organisation("other", "Autre")
    common = {"venue": nave.venue, "space": nave, "internal_note": "secret"}
    build.event("theirs", organisers=[other], **common)
    build.event("draft", organisers=[other], published=False, **common)
    zoe = desk("organiser", organisation=wheel)

    page = zoe.opens("/fr/desk/spaces/halle/nef/day?day=2027-06-08")

    assert len(page.html.select("tbody tr")) == 1
    assert "secret" not in page.text


def test_the_list_is_searched_and_holds_what_is_in_reach(desk, build, nave):
    wheel, other = build.organisation(), build.organisation("other", "Autre")
    build.event("ours", name=Words(fr="Vélo"), organisers=[wheel])
    build.event(
        "draft", name=Words(fr="Brouillon"), organisers=[wheel], published=False
    )
    build.event("theirs", name=Words(fr="Tricot"), organisers=[other])
    zoe = desk("organiser", organisation=wheel)

    def names(query: str) -> list[str]:
        page = zoe.opens(f"/fr/desk/events/{query}")
        return [tag.get_text(strip=True) for tag in page.html.select(".desk-line h2")]

    assert names("") == ["Vélo", "Brouillon"]
    assert names("?when=drafts") == ["Brouillon"]
    assert names("?q=velo") == ["Vélo"]
    assert names("?page=0&when=odd&q=%25") == []
