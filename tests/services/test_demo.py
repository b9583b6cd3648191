"""The demonstration: what it loads, that it loads it once, and that it fits."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from festival import create_app, demo
from festival.domain.admission import RsvpStatus
from festival.domain.kinds import KINDS
from festival.domain.lifecycle import EventStatus, ReplyState
from festival.extensions import db
from festival.models.base import Base, WordsJson
from festival.models.directory import Space
from festival.models.events import Event, Match
from festival.models.journal import Letter
from festival.models.rsvps import Rsvp
from festival.queries import agenda
from tests.conftest import NOON, both_databases, some_settings


@pytest.fixture(scope="module")
def house(migrated_file, tmp_path_factory):
    """A house with the demonstration in it, loaded once for all who only look."""
    folder = tmp_path_factory.mktemp("demonstration")
    shutil.copy(migrated_file, folder / "festival.sqlite")
    app = create_app(some_settings(INSTANCE=str(folder), DEMO=True))
    with app.app_context():
        demo.seed(now=NOON)
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def every_event() -> list[Event]:
    return list(db.session.scalars(select(Event).order_by(Event.id)))


def the_event(slug: str) -> Event:
    return next(event for event in every_event() if event.slug.startswith(slug))


def rows() -> dict[str, int]:
    """How many rows each table holds."""
    return {
        table.name: db.session.scalars(select(func.count()).select_from(table)).one()
        for table in Base.metadata.sorted_tables
    }


# Loading


@both_databases
def test_it_is_loaded_once_and_again_when_events_run_out(app, now):
    first = demo.seed(now=now)
    db.session.commit()
    loaded = rows()
    second = demo.seed(now=now)
    db.session.commit()
    unchanged = rows()
    third = demo.seed(now=now + timedelta(days=10))
    db.session.commit()
    grown = rows()

    assert first == third
    assert first == (
        "Loaded a season of 20 events, 26 with the parts of festivals, "
        "and 142 invented guests."
    )
    assert loaded["rsvp"] == 142
    assert second == "Nothing to do: 20 events are coming."
    assert unchanged == loaded
    assert grown["event"] == 2 * loaded["event"]
    assert grown["organisation"] == loaded["organisation"] == 6
    assert (grown["venue"], grown["space"]) == (loaded["venue"], loaded["space"])


def test_it_only_flushes(app, now, monkeypatch):
    monkeypatch.setattr(demo.season, "FILES", ("festival",))
    demo.seed(now=now)

    db.session.rollback()

    assert rows()["event"] == rows()["venue"] == 0


@pytest.mark.parametrize("weekday", range(7))
def test_two_seasons_never_want_one_space_at_one_time(app, weekday):
    late_evening = datetime(2026, 10, 19 + weekday, 21, 30, tzinfo=UTC)  # DST ends

    demo.house.furnish()
    seasons = [
        demo.season.announce(late_evening),
        demo.season.announce(late_evening + timedelta(days=9)),
    ]

    everything = [planned.event for season in seasons for planned in season]
    clashes = [
        (one.slug, other.slug)
        for one, other in combinations(everything, 2)
        if one.space_id
        and one.space_id == other.space_id
        and one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
    ]
    assert clashes == []
    assert [len(season) for season in seasons] == [27, 27]


# What is in it


def test_every_kind_and_every_state_is_there(house):
    cards = [agenda.card(event, NOON) for event in every_event()]

    assert {card.event.kind for card in cards} == set(KINDS)
    assert {card.state for card in cards} == set(ReplyState)


def test_a_festival_has_six_parts_over_three_days(house):
    festival = the_event("les-nuits")
    zone = ZoneInfo(festival.timezone)

    days = [part.starts_at.astimezone(zone).weekday() for part in festival.sub_events]

    assert days == [4, 4, 5, 5, 6, 6]
    assert all(
        festival.starts_at <= part.starts_at < part.ends_at <= festival.ends_at
        for part in festival.sub_events
    )


def test_seats_are_as_the_texts_want_them(house):
    def seats_free(slug):
        return agenda.card(the_event(slug), NOON).house.seats_free

    assert seats_free("repare-ton-velo") == 12
    assert seats_free("visite-des-toits") == 3
    assert seats_free("oud-et-violoncelle") == 0
    assert seats_free("la-grande-tablee") == 0


def test_guests_wait_withdraw_move_up_and_leave_letters_unanswered(house):
    meal = Counter(rsvp.status for rsvp in the_event("la-grande-tablee").rsvps)
    debate = Counter(rsvp.status for rsvp in the_event("rendre-la-rue").rsvps)
    kinds = set(db.session.scalars(select(Letter.kind)))

    assert meal[RsvpStatus.WAITING] == 5
    assert meal[RsvpStatus.CANCELLED] == 1
    assert debate[RsvpStatus.HELD] == 1
    assert kinds == {
        "event-cancelled",
        "event-postponed",
        "rsvp-confirm",
        "rsvp-confirmed",
        "rsvp-promoted",
        "rsvp-waiting",
        "rsvp-withdrawn",
    }


def test_no_letter_waits_for_a_limit(house):
    late = select(Letter.id).where(Letter.due_at > Letter.posted_at)

    assert db.session.scalars(late).all() == []


def test_guests_live_at_addresses_that_nobody_has(house):
    addresses = db.session.scalars(select(Rsvp.address)).all()

    domains = {address.rpartition("@")[2] for address in addresses}

    assert domains == {"example.org", "example.net"}


def test_access_facts_are_yes_no_and_unknown(house):
    spaces = db.session.scalars(select(Space)).all()

    for fact in ("step_free", "accessible_toilet", "hearing_loop", "quiet_place"):
        known = {getattr(space, fact) for space in spaces}
        assert None in known
        assert len(known) > 1, fact
    assert {space.step_free for space in spaces} == {True, False, None}


def test_words_are_french_and_english_but_for_two(house):
    columns = [c.key for c in Event.__table__.c if isinstance(c.type, WordsJson)]

    alone = {
        event.slug[:-11]: set(words)
        for event in every_event()
        for words in (getattr(event, column) for column in columns)
        if words and not {"fr", "en"} <= set(words)
    }

    assert alone == {"soiree-de-contes": {"ar"}, "calligraphie-chinoise": {"zh-Hans"}}


def test_apostrophes_are_typographic():
    texts = sorted(demo.reading.TEXTS.glob("*.toml"))

    straight = [text.name for text in texts if "'" in text.read_text(encoding="utf-8")]

    assert texts
    assert straight == []


def test_guests_replied_after_the_announcement_and_before_the_start(house):
    for event in every_event():
        times = [rsvp.replied_at for rsvp in event.rsvps]
        assert all(event.published_at < time < event.starts_at for time in times)
        assert all(time < NOON for time in times)


def test_matches_know_their_teams_or_whose_winner_comes(house):
    matches = db.session.scalars(select(Match).order_by(Match.number)).all()

    semi_final, final = matches

    assert semi_final.away_team["fr"] == "Racing des Écluses"
    assert not final.away_team
    assert final.away_from == {"outcome": "winner", "number": semi_final.number}
    assert final.kicks_off_at > semi_final.kicks_off_at


def test_called_off_events_say_why_in_both_languages(house):
    called_off = [
        event for event in every_event() if event.status is not EventStatus.SCHEDULED
    ]

    assert {event.status for event in called_off} == {
        EventStatus.CANCELLED,
        EventStatus.POSTPONED,
    }
    assert all({"fr", "en"} <= set(event.status_reason) for event in called_off)
    assert all(event.rsvps for event in called_off)
