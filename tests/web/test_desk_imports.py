"""Taking in a programme or a fixture list at the desk, load by load."""

from __future__ import annotations

import io
import time as stopwatch
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from festival.domain.access import Grant, Role
from festival.domain.lifecycle import EventStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.formats import tables
from festival.models.events import Event, Match
from festival.models.intakes import Intake
from festival.services import accounts, events, stays
from festival.web.desk import tables as desk_tables
from tests import sheets
from tests.builders import everything
from tests.conftest import NOON
from tests.visitor import seen

IMPORT = "/fr/desk/import"
PASTED = "Titre\tDate\tDébut\tEspace\tPlaces\n"
BIKE = "Répare ton vélo\tsam. 12 juin\t14h30\tGrande nef\t12\n"
MEAL = "Grande tablée\t13/06/2027\tmidi\tGrande nef\t40\n"


@pytest.fixture
def wheel(build):
    return build.organisation("wheel", "La Roue libre")


@pytest.fixture
def nave(build):
    return build.space(build.venue(), capacity=40)


@pytest.fixture
def ines(desk, wheel, nave):
    """Who organises for the wheel."""
    return desk("organiser", organisation=wheel)


def every_event() -> list[Event]:
    db.session.rollback()
    return list(db.session.scalars(select(Event).order_by(Event.starts_at, Event.id)))


def names() -> list[str]:
    return [event.name["fr"] for event in every_event()]


def reads(visitor, text=PASTED + BIKE + MEAL, **more):
    visitor.opens(IMPORT)
    visitor.fills(paste=text, **more)
    return visitor.presses("Vérifier les lignes")


def forty():
    """A festival of two days, eight spaces wide, as people write it."""
    rows = [("Titre", "Type", "Date", "Début", "Fin", "Lieu", "Salle", "Jauge")]
    for number in range(40):
        day = "" if number % 20 else date(2027, 7, 3 + number // 20)
        hour = time(10 + number // 4 % 5 * 2)
        rows.append(
            (
                *(f"Rencontre {number}", "Débat", day, hour, ""),
                *("La Halle", f"Salle {number % 4}", 20),
            )
        )
    return rows


def test_nothing_happens_until_import(ines):
    page = reads(ines)

    assert page.status == 200
    assert page.heading == "Vérifier avant d’importer"
    assert "2 seront créés" in page.text
    assert "Samedi 12 juin" in page.text
    assert names() == []

    page = ines.presses("Importer")

    assert page.heading == "Importé"
    assert names() == ["Répare ton vélo", "Grande tablée"]
    assert {event.status for event in every_event()} == {EventStatus.DRAFT}
    assert {event.organisers[0].slug for event in every_event()} == {"wheel"}


def test_a_festival_of_forty_lines_is_taken_in_with_three_loads(ines, nave, build):
    for number in range(4):
        name = Words(fr=f"Salle {number}")
        build.space(nave.venue, f"salle-{number}", name=name, capacity=30)
    content = sheets.xlsx(forty())

    ines.opens(IMPORT)
    ines.fills(file=(io.BytesIO(content), "p.xlsx"), new_festival="Nuits d’été")
    began = stopwatch.process_time()
    ines.presses("Vérifier les lignes")
    page = ines.presses("Importer")
    took = stopwatch.process_time() - began

    assert page.heading == "Publier les changements"
    festival = next(event for event in every_event() if event.kind == "festival")
    assert len(festival.sub_events) == 40
    assert {part.space.venue_id for part in festival.sub_events} == {nave.venue_id}
    assert took < 2  # seconds of work, whatever else the machine does

    page = ines.follows("Voir cet import, ou le défaire")

    assert "40 créés" in page.text
    assert page.buttons == ["Défaire"]


def test_the_same_file_twice_changes_nothing(ines):
    reads(ines)
    ines.presses("Importer")
    before = everything()["event"]

    page = reads(ines)

    assert "2 sont déjà là" in page.text
    assert "Importer" not in page.buttons
    assert everything()["event"] == before


def test_a_problem_stands_beside_its_line_and_is_put_right_there(ines):
    wrong = "Bal\tdim. 12 juin 2027\tle soir\tnef\tbeaucoup\n"

    page = reads(ines, PASTED + BIKE + wrong)

    assert set(page.errors) == {"l3-day", "l3-starts", "l3-space", "l3-seats"}
    assert "dim. 12 juin 2027" in page.errors["l3-day"]
    assert page.fields["l3-space"] == "La Halle, Grande nef"  # the likeliest
    page = ines.presses("Importer")
    assert page.status == 422
    assert names() == []

    ines.fills(**{"l3-day": "12/06/2027", "l3-seats": "60"})
    page = ines.presses("Vérifier encore")
    assert set(page.errors) == {"l3-starts"}  # what was put right is kept
    page = ines.fills(**{"l3-starts": "20h"}).presses("Importer")

    assert page.heading == "Importé"
    assert names() == ["Répare ton vélo", "Bal"]


def test_a_line_may_be_left_out(ines):
    reads(ines, PASTED + BIKE + "Bal\tbientôt\t20h\t\t\n")

    page = ines.fills(out="3").presses("Importer")

    assert page.heading == "Importé"
    assert names() == ["Répare ton vélo"]


def test_columns_that_nobody_knows_are_named(ines):
    page = reads(ines, "Titre\tDate\tDébut\tIntervenants\nBal\t12/06\t20h\tZoé\n")

    assert "Pas repris : Intervenants." in page.text


def test_what_is_in_the_way_is_shown_before_it_is_taken_in(ines, nave, build, wheel):
    build.event(
        "there", venue=nave.venue, space=nave, organisers=[wheel],
        starts_at=NOON + timedelta(days=11, hours=2),
    )  # fmt: skip

    page = reads(ines, PASTED + BIKE)

    assert "Grande nef : déjà pris" in page.text


def test_guests_of_what_is_changed_are_counted_first(ines, build, clock):
    reads(ines)
    ines.presses("Importer")
    bike, _ = every_event()
    events.publish(bike, actor="test", now=clock())
    db.session.commit()
    build.guest(bike, party_size=2)

    page = reads(ines, PASTED + BIKE.replace("14h30", "15h"))

    assert "1 sera modifié" in page.text
    assert "2 personnes ont répondu, et seront prévenues." in page.text


def test_an_import_is_undone_within_a_day(ines, clock):
    reads(ines)
    ines.presses("Importer")

    page = ines.presses("Défaire")

    assert page.heading == "Défait"
    assert "2 ont disparu" in page.text
    assert names() == []
    assert "Défaire" not in page.buttons


def test_after_a_day_it_stays(ines, clock, wheel, desk):
    reads(ines)
    ines.presses("Importer")
    path = ines.page.path
    clock.moves(days=1, seconds=1)
    again = desk("organiser", organisation=wheel)
    db.session.execute(Intake.__table__.update().values(account_id=again.account.id))
    db.session.commit()

    assert "Défaire" not in again.opens(path).buttons


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Nous n’avons trouvé aucun tableau"),
        ("Bal\t12/06\n", "Nous ne savons pas quelle colonne est quoi"),
        ("Titre\tDate\n" + "Bal\t12/06\n" * 501, "501 lignes"),
    ],
)
def test_what_is_no_programme_is_answered_beside_the_field(ines, text, sentence):
    page = reads(ines, text)

    assert page.status == 422
    assert sentence in page.errors["file"]
    assert page.fields["paste"].strip() == text.strip()


def test_hostile_files_get_an_answer_and_make_nothing_by_halves(ines):
    """A thousand of them: ``make hostile``."""
    before = everything()["event"]

    for name, content in sheets.one_of_each():
        ines.opens(IMPORT)
        ines.fills(file=(io.BytesIO(content), name))
        page = ines.presses("Vérifier les lignes", at_once=True)
        assert page.status in {200, 422}, name

    assert everything()["event"] == before


def test_what_a_cell_holds_is_text_and_nothing_else(ines):
    script, image = "<script>alert(1)</script>", "<img src=x onerror=alert(2)>"
    nasty = f'{script}\t12/06\t20h\t{image}\t"><b>\n'

    page = reads(ines, PASTED + nasty)

    assert page.html.select("main script, main img, main b") == []
    assert "<script>alert(1)</script>" in page.text


def test_a_file_may_be_large_and_a_request_not_endless(ines, monkeypatch):
    assert tables.LARGEST == 10 * 1024 * 1024
    assert desk_tables.BODY > tables.LARGEST
    monkeypatch.setattr(tables, "LARGEST", 100_000)
    monkeypatch.setattr(desk_tables, "BODY", 200_000)

    ines.opens(IMPORT)
    large = (io.BytesIO(b"x" * 100_001), "x.csv")
    page = ines.fills(file=large).presses("Vérifier les lignes")
    assert page.errors["file"].startswith("Ce fichier est trop grand.")

    ines.opens(IMPORT)
    endless = (io.BytesIO(b"x" * 300_000), "x.csv")
    page = ines.fills(file=endless).presses("Vérifier les lignes")
    assert page.status == 413
    assert page.errors["file"].startswith("Ce fichier est trop grand.")
    assert page.heading == "Importer un programme"


# Another's


def test_nobody_elses_table_is_there(ines, desk, wheel, build):
    reads(ines)
    path = ines.page.path
    other = desk("organiser", organisation=wheel)

    assert other.opens(path).status == 404
    assert other.sends(path, {"do": "import"}).status == 404
    assert other.sends(f"{path}/undo", {}).status == 404
    assert desk("manager").opens(path).status == 200
    assert names() == []


def test_nobody_elses_festival_and_name_may_be_used(ines, build):
    others = build.organisation("others", "Les Autres")
    build.event("theirs", kind="festival", organisers=[others])

    page = ines.opens(IMPORT)
    assert "theirs" not in str(page.html.select("select"))
    seal = page.fields["seal"]
    forged = {"festival": "theirs", "organisation": "others"}
    ines.sends(IMPORT, {"seal": seal, "paste": PASTED + BIKE, **forged})
    ines.presses("Importer")

    made = next(event for event in every_event() if event.slug != "theirs")
    assert made.super_event is None
    assert [one.slug for one in made.organisers] == ["wheel"]


@pytest.mark.parametrize("role", ["reader", None])
def test_who_may_not_write_events_finds_no_door(desk, role):
    assert desk(role).opens(IMPORT).status == 404


# Fixtures


def cup_lines():
    return "\n".join("\t".join(map(str, row)) for row in sheets.FIXTURES)


@pytest.fixture
def office(desk, nave, wheel):
    return desk("manager")


def takes_fixtures(office, text=None, **more):
    office.opens(f"{IMPORT}/fixtures")
    office.fills(paste=text or cup_lines(), **{"new_competition": "La coupe", **more})
    office.presses("Vérifier les lignes")
    return office.presses("Importer")


def test_from_a_fixture_list_to_screenings_in_four_loads(office):
    page = takes_fixtures(office)
    assert page.heading == "Choisir les matchs à montrer"

    boxes = page.html.select("input[name=match]")
    office.fills(match=[box["value"] for box in boxes], place="halle/nef", doors="45")
    page = office.presses("Créer les brouillons")

    assert page.heading == "La coupe"
    assert names() == [
        "Demi-finale : France – Belgique",
        "Demi-finale : Croatie – Angleterre",
        "Finale : Vainqueur du match 61 – Vainqueur du match 62",
    ]
    semi = every_event()[0]
    assert semi.starts_at - semi.doors_at == timedelta(minutes=45)
    assert (semi.capacity, semi.space.slug) == (40, "nef")
    assert page.text.count("brouillon") == 3


def test_screenings_may_be_published_at_once_but_not_in_a_taken_space(
    office, nave, build
):
    page = takes_fixtures(office)
    box = page.html.select_one("input[name=match]")["value"]
    there = NOON + timedelta(days=39, hours=8)
    build.event("there", venue=nave.venue, space=nave, starts_at=there)

    office.opens("/fr/desk/competitions/la-coupe/screenings")
    office.fills(match=box, place="halle/nef")
    page = office.presses("Créer et publier")
    assert page.status == 422
    assert "Grande nef : déjà pris" in page.text
    assert len(names()) == 1

    page = office.fills(anyway="y").presses("Créer et publier")

    assert page.heading == "La coupe"
    assert {event.status for event in every_event()} == {EventStatus.SCHEDULED}


def test_nothing_chosen_and_nowhere_are_said(office):
    takes_fixtures(office)

    page = office.fills(place="later").presses("Créer les brouillons")

    assert page.status == 422
    assert names() == []


def test_a_score_names_the_teams_of_the_next_match(office):
    page = takes_fixtures(office)
    final = page.html.select("input[name=match]")[2]["value"]
    office.fills(match=final, place="halle/nef")
    office.presses("Créer les brouillons")

    office.follows("France")
    office.fills(home="1", away="1", home_penalties="4", away_penalties="2")
    page = office.fills(extra_time="y").presses("Enregistrer")

    assert "1 – 1, 4 – 2 aux tirs au but" in page.text
    assert names() == ["Finale : France – Vainqueur du match 62"]


@pytest.mark.parametrize(
    ("answers", "about"),
    [
        ({"home": "100"}, "home"),
        ({"home": "2", "away": "1", "home_penalties": "3", "away_penalties": "1"}, ""),
    ],
)
def test_a_score_that_cannot_be_is_said(office, answers, about):
    takes_fixtures(office)
    office.opens("/fr/desk/competitions/la-coupe")
    office.follows("France")

    page = office.fills(**answers).presses("Enregistrer")

    assert page.status == 422
    assert not about or about in page.errors
    assert db.session.scalars(select(Match.home_score)).all() == [None] * 3


def test_a_list_needs_a_competition(office):
    office.opens(f"{IMPORT}/fixtures")

    page = office.fills(paste=cup_lines()).presses("Vérifier les lignes")

    assert "new_competition" in page.errors


def test_a_fixture_list_is_the_offices(ines, office):
    takes_fixtures(office)
    intake = db.session.scalars(select(Intake)).one()

    assert ines.opens(f"{IMPORT}/fixtures").status == 404
    assert ines.opens(f"{IMPORT}/{intake.public_id}").status == 404
    number = db.session.scalars(select(Match.id)).first()
    match = f"/fr/desk/competitions/la-coupe/matches/{number}"
    assert ines.opens(match).status == 404
    page = ines.opens("/fr/desk/competitions/")
    assert "Importer une liste de matchs" not in page.text


def test_who_has_left_the_office_takes_in_no_fixture_list_of_their_own(
    office, wheel, clock
):
    takes_fixtures(office)
    intake = db.session.scalars(select(Intake)).one()
    own = Grant(Role.ORGANISER, organisation_id=wheel.id)
    accounts.take(office.account, Grant(Role.MANAGER), actor="test", now=clock())
    accounts.give(office.account, own, actor="test", now=clock())
    db.session.commit()

    assert office.opens(IMPORT).status == 200
    assert office.opens(f"{IMPORT}/{intake.public_id}").status == 404


def test_an_organiser_shows_matches_in_their_own_name(ines, office):
    takes_fixtures(office)

    page = ines.opens("/fr/desk/competitions/la-coupe/screenings")
    box = page.html.select_one("input[name=match]")["value"]
    page = ines.fills(match=box, place="halle/nef").presses("Créer les brouillons")

    assert page.heading == "La coupe"
    (event,) = every_event()
    assert [one.slug for one in event.organisers] == ["wheel"]


# Lines that are hard to put right


def field_names(page):
    return {name for name in page.fields if name.startswith("l2-")}


def test_an_end_on_the_night_of_two_hours_alike_is_put_right(ines):
    page = reads(ines, "Titre\tDate\tDébut\tFin\nBal\t30/10/2027\t22h\t02h30\n")

    assert set(page.errors) == {"l2-ends"}
    assert "ci-dessous" not in page.errors["l2-ends"]
    ines.fills(**{"l2-ends": "03h30"}).presses("Vérifier encore")
    page = ines.presses("Importer")
    assert page.heading == "Importé"


def test_a_name_that_is_too_long_in_one_language_is_put_right_in_it(ines):
    long = "x" * 130
    head = "Titre (fr)\tTitle (en)\tDate\tDébut\n"

    page = reads(ines, f"{head}{long}\tBall\t12/06/2027\t14h\n")
    assert page.fields["l2-name"] == long
    page = ines.presses("Vérifier encore")
    assert set(page.errors) == {"l2-name"}
    ines.fills(**{"l2-name": "Bal"}).presses("Vérifier encore")
    ines.presses("Importer")

    assert every_event()[0].name == Words(fr="Bal", en="Ball")


def test_a_place_of_others_is_put_right_whatever_its_space(desk, nave, build):
    other = build.venue("usine", "L’Usine")
    build.space(other, "atelier", name=Words(fr="Atelier bois"))
    keeper = desk("organiser", venue=nave.venue)

    page = reads(
        keeper,
        "Titre\tDate\tDébut\tLieu\tSalle\nBal\t30/09\t22h\tL’Usine\tAtelier bois\n",
    )
    assert set(page.errors) == {"l2-venue"}
    keeper.fills(**{"l2-venue": "La Halle, Grande nef"}).presses("Vérifier encore")
    keeper.presses("Importer")

    assert [event.space_id for event in every_event()] == [nave.id]


@pytest.mark.parametrize(
    ("score", "fields", "right"),
    [
        ("1-1\t\t\t4\t4", {"l2-home_penalties", "l2-away_penalties"}, "5"),
        ("\tx\t1\t\t", {"l2-home_score", "l2-away_score"}, "2"),
    ],
)
def test_a_result_that_cannot_be_is_put_right(office, score, fields, right):
    head = "Match\tDate\tHeure\tHome\tAway\tScore\tHome score\tAway score"
    line = f"1\t12/06/2027\t14h\tA\tB\t{score}\n"
    office.opens(f"{IMPORT}/fixtures")
    office.fills(
        paste=f"{head}\tHome penalties\tAway penalties\n{line}", new_competition="Cup"
    )

    page = office.presses("Vérifier les lignes")
    assert field_names(page) == fields
    assert len(page.errors) == 1
    office.fills(**{min(page.errors): right}).presses("Vérifier encore")
    page = office.presses("Importer")

    assert page.heading == "Choisir les matchs à montrer"


def test_people_without_a_seat_are_counted_when_it_is_taken_in(ines, build, clock):
    reads(ines)
    ines.presses("Importer")
    bike, _ = every_event()
    events.publish(bike, actor="test", now=clock())
    db.session.commit()
    for name in ("Ada", "Zoé"):
        build.guest(bike, name=name, party_size=2)

    reads(ines, PASTED + BIKE.replace("\t12\n", "\t3\n"))
    page = ines.presses("Importer")

    assert "1 personne de plus vient qu’il n’y a de places" in page.text


def test_what_a_line_leaves_out_of_what_is_here_is_nobodys_guess(ines):
    reads(ines)
    ines.presses("Importer")

    page = reads(ines, "Titre\tDate\tDébut\nRépare ton vélo\tsam. 12 juin\t15h\n")

    assert "1 sera modifié" in page.text
    (line,) = page.html.select("main .desk-line")
    assert [seen(hint) for hint in line.select("p.hint")] == []
    assert "·" not in seen(line.select_one("h3 ~ p ~ p"))  # no kind, no place


# Scores, and matches to show


def test_a_score_is_taken_back(office):
    page = takes_fixtures(office)
    final = page.html.select("input[name=match]")[2]["value"]
    office.fills(match=final, place="halle/nef").presses("Créer les brouillons")
    office.follows("France")
    path = office.page.path
    office.fills(home="2", away="1").presses("Enregistrer")
    assert names() == ["Finale : France – Vainqueur du match 62"]

    office.opens(path)
    page = office.fills(home="", away="3").presses("Enregistrer")
    assert (page.status, set(page.errors)) == (422, {"home"})
    page = office.fills(home="", away="").presses("Enregistrer")

    assert page.heading == "La coupe"
    assert names() == ["Finale : Vainqueur du match 61 – Vainqueur du match 62"]
    assert db.session.scalars(select(Match.home_score)).all() == [None] * 3


def test_a_match_that_is_over_is_not_offered(office, clock):
    page = takes_fixtures(office)
    boxes = [box["value"] for box in page.html.select("input[name=match]")]
    clock.moves(days=41)
    key = stays.stay(office.account, "a browser", how="link", now=clock())
    db.session.commit()
    office.keeps("desk", key)

    page = office.opens("/fr/desk/competitions/la-coupe/screenings")

    assert [box["value"] for box in page.html.select("input[name=match]")] == boxes[2:]
