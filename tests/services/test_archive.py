"""The archive: real places, bodies, events and matches, and only what is known."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from festival import create_app
from festival.demo import archive, house
from festival.domain.kinds import KINDS
from festival.domain.lifecycle import EventStatus, ReplyPolicy, ReplyState
from festival.extensions import db
from festival.models.base import Base, WordsJson
from festival.models.directory import Organisation, Space, Venue
from festival.models.events import Competition, Event, Match
from festival.models.journal import Letter
from festival.models.rsvps import Rsvp
from festival.queries import agenda
from tests.conftest import NOON, both_databases, some_settings

RECORDS = (Venue, Organisation, Event, Competition)


@pytest.fixture(scope="module")
def archived(migrated_file, tmp_path_factory):
    """A house with nothing but the archive in it."""
    folder = tmp_path_factory.mktemp("archive")
    shutil.copy(migrated_file, folder / "festival.sqlite")
    app = create_app(some_settings(INSTANCE=str(folder), DEMO=True))
    with app.app_context():
        archive.load(NOON)
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def every(model: type[Base]) -> list[Any]:
    return list(db.session.scalars(select(model).order_by(model.id)))


def one(model: type[Base], slug: str) -> Any:
    return db.session.scalars(select(model).where(model.slug == slug)).one()


# Loading


@both_databases
def test_it_is_loaded_once(app, now):
    first = archive.load(now)
    db.session.commit()
    second = archive.load(now)

    assert first == (
        "Loaded an archive of 5 places, 19 organisations, 15 events and 64 matches, "
        "each with its sources."
    )
    assert second == ""
    assert len(every(Match)) == 64
    assert len(every(Event)) == 15


@both_databases
def test_it_stands_beside_the_invented_house(app, now):
    archive.load(now)
    house.furnish("house")

    slugs = {venue.slug for venue in every(Venue)}

    assert {"halle-belleville", "halle-civique-de-belleville"} < slugs
    assert len(slugs) == 7


# What is in it


@pytest.mark.parametrize("model", RECORDS)
def test_every_record_names_its_sources(archived, model):
    records = every(model)

    assert records
    assert [record.slug for record in records if not record.sources] == []


def test_no_source_is_the_name_of_a_file(archived):
    sources = {
        source for model in RECORDS for r in every(model) for source in r.sources
    }

    assert [source for source in sources if "seed" in source or ".txt" in source] == []
    assert "OPSI (OECD), case study « Les Halles Civiques »" in sources


@pytest.mark.parametrize("model", RECORDS)
def test_every_word_is_french_and_english(archived, model):
    columns = [c.key for c in model.__table__.c if isinstance(c.type, WordsJson)]

    alone = [
        (record.slug, column)
        for record in every(model)
        for column in columns
        if getattr(record, column) and set(getattr(record, column)) != {"fr", "en"}
    ]

    assert alone == []
    assert all(record.description for record in every(model))


@pytest.mark.parametrize("model", [Venue, Event, Competition])
def test_every_place_event_and_tournament_says_what_nobody_verified(archived, model):
    assert all(record.source_note for record in every(model))


def test_what_is_unknown_is_left_unknown(archived):
    assert every(Space) == []
    for venue in every(Venue):
        assert (venue.latitude, venue.longitude) == (None, None)
        assert venue.phone == ""
    for event in every(Event):
        assert event.capacity is None
        assert event.access == {}
        assert not event.access_note
        assert event.price_note["fr"] == "Tarif inconnu."  # none: free of charge
    for body in every(Organisation):
        assert body.email == body.phone == body.website == ""


def test_occupancy_is_dated_where_it_is_known(archived):
    dates = {
        venue.slug: (venue.occupied_from, venue.occupied_until)
        for venue in every(Venue)
        if venue.occupied_from
    }

    assert dates == {
        "halle-civique-de-belleville": (date(2018, 3, 12), date(2020, 12, 31)),
        "superpublic": (date(2014, 11, 12), None),
    }


def test_events_are_past_listed_and_take_no_replies(archived):
    events = every(Event)

    assert {event.status for event in events} == {EventStatus.SCHEDULED}
    assert {event.reply_policy for event in events} == {ReplyPolicy.NONE}
    assert {agenda.card(event, NOON).state for event in events} == {ReplyState.PAST}
    assert all(event.listed for event in events)
    assert {event.kind for event in events} < set(KINDS)
    assert all(event.published_at < event.starts_at for event in events)
    assert every(Rsvp) == every(Letter) == []


def test_events_lie_in_the_order_of_their_days(archived):
    zone = archive.programme.diary.ZONE

    days = [event.starts_at.astimezone(zone).date() for event in every(Event)]

    assert days == sorted(days)
    assert (days[0], days[-1]) == (date(2012, 6, 16), date(2022, 4, 1))
    festives = one(Event, "festives-halles-civiques-2018")
    assert festives.starts_at.astimezone(zone).date() == date(2018, 9, 29)
    assert festives.all_day


def test_only_events_with_both_hours_have_hours(archived):
    timed = {
        event.slug: (event.starts_at, event.ends_at)
        for event in every(Event)
        if not event.all_day
    }

    assert timed == {
        "irrueption-2013": (
            datetime(2013, 6, 15, 10, 0, tzinfo=UTC),
            datetime(2013, 6, 15, 22, 0, tzinfo=UTC),
        ),
        "cocktail-de-la-democratie-avril-2015": (
            datetime(2015, 4, 9, 16, 30, tzinfo=UTC),
            datetime(2015, 4, 9, 19, 0, tzinfo=UTC),
        ),
    }
    assert "19 h" in one(Event, "superdebat-in-situ-lab").description["fr"]


def test_what_was_not_verified_is_no_event(archived):
    kinds = {event.kind for event in every(Event)}
    note = one(Competition, "world-cup-2018").source_note

    assert "screening" not in kinds
    assert "on ne le sait pas" in note["fr"]
    assert "not known" in note["en"]
    assert "2018" in one(Organisation, "pazapas-belleville").source_note["fr"]


def test_no_address_in_a_source_holds_the_name_of_a_person(archived):
    sources = {
        source for model in RECORDS for r in every(model) for source in r.sources
    }

    personal = re.compile(r"interview-de|connait-belleville")

    assert [source for source in sources if personal.search(source)] == []


# The World Cup


@pytest.fixture
def played(archived) -> list[Match]:
    return one(Competition, "world-cup-2018").matches


def test_sixty_four_matches_and_their_goals(played):
    goals = sum(match.home_score + match.away_score for match in played)

    assert len(played) == 64
    assert sorted(match.number for match in played) == list(range(1, 65))
    assert goals == 169
    assert all(match.event_id is None for match in played)
    assert all(match.ground for match in played)


def test_france_are_champions(played):
    final = played[-1]

    assert final.number == 64
    assert final.stage == {"fr": "Finale", "en": "Final"}
    assert final.kicks_off_at == datetime(2018, 7, 15, 15, 0, tzinfo=UTC)
    assert final.home_team == {"fr": "France", "en": "France"}
    assert final.away_team == {"fr": "Croatie", "en": "Croatia"}
    assert (final.home_score, final.away_score) == (4, 2)


def test_rounds_have_as_many_matches_as_they_should(played):
    rounds = Counter(match.stage["en"] for match in played)

    assert rounds == {
        **{f"Group {letter}": 6 for letter in "ABCDEFGH"},
        "Round of 16": 8,
        "Quarter-final": 4,
        "Semi-final": 2,
        "Third-place match": 1,
        "Final": 1,
    }
    assert played[0].stage["fr"] == "Groupe A"


def test_five_matches_went_to_extra_time_and_four_to_penalties(played):
    longer = [match.number for match in played if match.extra_time]
    shot_out = {
        match.number: (match.home_penalties, match.away_penalties)
        for match in played
        if match.home_penalties is not None
    }

    assert longer == [51, 52, 56, 59, 62]
    assert shot_out == {51: (3, 4), 52: (3, 2), 56: (3, 4), 59: (3, 4)}
