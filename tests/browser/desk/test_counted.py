"""What an organiser does here, counted: loads and fields. On a telephone, no script."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from festival.demo.reading import TEXTS
from festival.domain.lifecycle import EventStatus
from festival.extensions import db
from festival.models.events import Event, Match
from tests import sheets

BEFORE_THE_CUP = datetime(2018, 5, 15, 10, tzinfo=UTC)
OURS = (1, 5, 21, 37, 50, 57, 61, 62, 63, 64)  # matches: the first, France, the last


def public() -> list[Event]:
    """Return what the public sees."""
    db.session.rollback()
    seen = select(Event).where(Event.status == EventStatus.SCHEDULED)
    return list(db.session.scalars(seen.order_by(Event.starts_at, Event.id)))


def at(event: Event) -> str:
    return event.starts_at.isoformat()


@pytest.mark.parametrize("language", ["en"])
def test_an_event_is_copied_and_published_with_two_loads_and_two_fields(
    organiser, build, spaces, wheel, clock
):
    """From the event's page at the desk. Its date is a week later already."""
    facts = {"venue": spaces["nef"].venue, "space": spaces["nef"]}
    build.event("velo", **facts, organisers=[wheel])
    organiser.begins("…/desk/events/velo")

    organiser.follows("Duplicate")
    assert organiser.page.input_value("#date") == "2027-06-15"
    organiser.types("Name", "Opening, once more")
    organiser.types("Date", "2027-06-19")
    organiser.presses("Publish")

    assert organiser.heading == "Opening, once more"
    assert organiser.effort == (2, 2)
    first, copy = public()
    assert (copy.name["en"], copy.space) == ("Opening, once more", first.space)
    assert copy.starts_at - first.starts_at == timedelta(days=11)


def test_an_event_is_written_with_one_form_of_which_two_fields_are_empty(
    organiser, spaces
):
    """From "Today". Place, date and hours stand there: six fields are to be seen."""
    organiser.begins("…/desk/")

    organiser.follows("Nouvel évènement")
    seen = organiser.page.locator(".desk-form :is(input, select):visible")
    organiser.types("Nom", "Répare ton vélo")
    organiser.chooses("Qu’est-ce que c’est ?", "Atelier")
    filled = [field.input_value() for field in seen.all()]
    organiser.presses("Publier")

    assert organiser.heading == "Répare ton vélo"
    assert organiser.effort == (2, 2)
    assert len(filled) == 6
    assert all(filled)
    assert [at(event) for event in public()] == ["2027-06-05T12:00:00+00:00"]


def forty() -> bytes:
    """A festival of two days in three spaces, as people write it."""
    rows = [("Titre", "Type", "Date", "Début", "Durée", "Salle", "Jauge")]
    names = ("Grande nef", "Atelier", "Cuisine")
    for number in range(40):
        day = "" if number % 20 else date(2027, 7, 3 + number // 20)
        hour = time(9 + number % 20 // 3 * 2)
        where = names[number % 20 % 3]
        rows.append((f"Rencontre {number}", "Débat", day, hour, "1h30", where, 20))
    return sheets.xlsx(rows)


def test_a_festival_of_forty_lines_is_public_after_four_loads(organiser, spaces):
    """From "Today": the table, its check, what is to be published, the programme."""
    organiser.begins("…/desk/")

    organiser.follows("Importer")
    organiser.hands_in("Un fichier", "fete.xlsx", forty())
    organiser.types("Ou le nom d’un nouveau festival", "Nuits d’été")
    organiser.presses("Vérifier les lignes")
    organiser.presses("Importer")
    organiser.presses("Publier")

    assert organiser.heading == "Programme"
    assert organiser.effort == (4, 2)
    [festival] = [event for event in public() if event.kind == "festival"]
    assert len(festival.sub_events) == 40
    assert {part.status for part in festival.sub_events} == {EventStatus.SCHEDULED}


def test_a_series_of_twelve_open_days_is_public_after_two_loads(
    organiser, build, spaces, wheel
):
    """From "Today", with a name; from an event's page, which is the first of them."""
    build.event("velo", venue=spaces["nef"].venue, organisers=[wheel])
    organiser.begins("…/desk/")
    organiser.follows("Plusieurs dates")
    organiser.types("Nom", "Portes ouvertes")
    organiser.presses("Publier ces dates")

    assert organiser.effort == (2, 1)
    assert [event.kind for event in public()].count("open_day") == 12

    organiser.begins("…/desk/events/velo")
    organiser.follows("Répéter")
    organiser.presses("Publier ces dates")

    assert organiser.effort == (2, 0)
    assert len(public()) == 12 + 1 + 12


def cup() -> bytes:
    """The list of the 2018 World Cup as it was before: its 64 matches, no score."""
    rows = [("Match", "Phase", "Groupe", "Équipe 1", "Équipe 2", "Kickoff UTC")]
    with (TEXTS / "world-cup-2018.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            known = row["stage"] == "group"
            sides = (row["home_fr"], row["away_fr"]) if known else ("?", "?")
            stage = row["stage"].replace("-", " ")
            group, kick_off = row["group"], row["kicks_off_at"]
            rows.append((int(row["number"]), stage, group, *sides, kick_off))
    return sheets.xlsx(rows)


def test_the_2018_world_cup_is_ten_screenings_after_four_loads(
    clock, build, make_person, spaces, request
):
    """From "Today": the list, its check, the matches to show, and there they are."""
    clock.time = BEFORE_THE_CUP
    office = request.getfixturevalue("office")
    office.begins("…/desk/")

    office.follows("Matchs")
    office.hands_in("Un fichier", "coupe.xlsx", cup())
    office.types("Nom du tournoi", "Coupe du monde 2018")
    office.presses("Vérifier les lignes")
    office.presses("Importer")
    assert office.page.locator("[name=match]").count() == 64
    for match in db.session.scalars(select(Match).where(Match.number.in_(OURS))):
        office.page.locator(f"[name=match][value='{match.id}']").check()
    office.presses("Créer et publier")

    assert office.heading == "Coupe du monde 2018"
    assert office.effort == (4, 2)
    shown = public()
    assert [event.match.number for event in shown] == list(OURS)
    assert shown[1].name["fr"] == "Groupe C : France – Australie"
