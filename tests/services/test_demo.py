"""The demonstration: what it loads, that it loads it once, and that it fits."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select

from festival import calendars, create_app, demo, wording
from festival.domain.admission import RsvpStatus
from festival.domain.kinds import KINDS
from festival.domain.lifecycle import EventStatus, ReplyState
from festival.domain.question import AgendaFilter
from festival.domain.words import Words
from festival.extensions import db
from festival.models.base import Base, WordsJson
from festival.models.directory import Organisation, Space, Venue
from festival.models.events import Competition, Event, Match, Series
from festival.models.journal import Letter, LogEntry
from festival.models.rsvps import Rsvp
from festival.queries import agenda, calendar
from festival.services import calendar_entries
from festival.wording import is_few
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


def the_series(slug: str) -> Series:
    found = select(Series).where(Series.slug.startswith(slug))
    return db.session.scalars(found).one()


def the_event(slug: str) -> Event:
    return next(event for event in every_event() if event.slug.startswith(slug))


def all_words(record: Base) -> list[Words]:
    columns = [c.key for c in record.__table__.c if isinstance(c.type, WordsJson)]
    return [getattr(record, column) for column in columns]


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
    third = demo.seed(now=now + timedelta(days=90))
    db.session.commit()
    grown = rows()
    fourth = demo.seed(now=now + timedelta(days=90))

    assert first == (
        "Loaded an archive of 5 places, 19 organisations, 15 events and 64 matches, "
        "each with its sources. "
        "Loaded a season of 34 events, 64 with the parts of festivals, "
        "and 256 invented guests."
    )
    assert loaded["rsvp"] == 256
    assert second == "Nothing to do: 23 events are coming, regular ones apart."
    assert unchanged == loaded
    assert third == (
        "Loaded a season of 32 events, 62 with the parts of festivals, "
        "and 256 invented guests."
    )
    assert grown["rsvp"] == 2 * loaded["rsvp"]
    assert grown["match"] - loaded["match"] == 3
    for lasting in ("venue", "space", "organisation", "series"):
        assert grown[lasting] == loaded[lasting], lasting
    assert fourth == second
    assert rows() == grown


def test_it_only_flushes(app, now, monkeypatch):
    monkeypatch.setattr(demo.season, "FILES", ("festival",))
    demo.seed(now=now)

    db.session.rollback()

    assert rows()["event"] == rows()["venue"] == 0


@pytest.mark.parametrize("weekday", range(7))
def test_two_seasons_never_want_one_space_at_one_time(app, weekday):
    late_evening = datetime(2026, 10, 19 + weekday, 21, 30, tzinfo=UTC)  # DST ends

    demo.house.furnish("house")
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
    assert len(seasons[0]) == 66
    assert len(seasons[1]) >= 56


# What is in it


def test_every_kind_and_every_state_is_there(house):
    cards = [agenda.card(event, NOON) for event in every_event()]

    assert {card.event.kind for card in cards} == set(KINDS)
    assert {card.state for card in cards} == set(ReplyState)


def test_a_festival_has_thirty_parts_in_four_spaces_over_three_days(house):
    festival = the_event("les-nuits")
    parts = festival.sub_events
    zone = ZoneInfo(festival.timezone)

    days = Counter(part.starts_at.astimezone(zone).weekday() for part in parts)

    assert days == {4: 9, 5: 13, 6: 8}
    assert {part.space.slug for part in parts} == {
        *("grande-nef", "mezzanine", "cour-des-arches", "cuisine"),
    }
    assert all(
        festival.starts_at <= part.starts_at < part.ends_at <= festival.ends_at
        for part in parts
    )


def test_its_parts_last_from_half_an_hour_to_three_hours_on_the_quarter(house):
    parts = the_event("les-nuits").sub_events

    lengths = [part.ends_at - part.starts_at for part in parts]
    minutes = {at.minute for part in parts for at in (part.starts_at, part.ends_at)}

    assert (min(lengths), max(lengths)) == (timedelta(minutes=30), timedelta(hours=3))
    assert minutes <= {0, 15, 30, 45}


def test_its_parts_are_as_varied_as_a_house(house):
    parts = the_event("les-nuits").sub_events
    cards = [agenda.card(part, NOON) for part in parts]

    assert len({part.kind for part in parts}) == 8
    assert {card.state for card in cards} == {
        *(ReplyState.OPEN, ReplyState.WAITING_LIST, ReplyState.DROP_IN),
        *(ReplyState.CANCELLED, ReplyState.POSTPONED),
    }
    assert any(is_few(card.house) for card in cards if card.state is ReplyState.OPEN)
    assert sum(part.audience == "youth" for part in parts) == 3
    assert [part.kind for part in parts if part.discreet] == ["debate"]
    assert {tag for part in parts for tag in part.languages} == {
        *("fr", "en", "ar", "zh-Hans"),
    }


def test_some_of_a_festival_is_told_in_arabic_and_in_chinese(house):
    festival = the_event("les-nuits")

    told = Counter(
        tag
        for event in (festival, *festival.sub_events)
        for tag in set(event.name) & set(event.summary) & set(event.description)
    )

    assert told == {"fr": 31, "en": 31, "ar": 7, "zh-Hans": 5}


def test_what_a_reader_is_told_in_a_language_is_written_in_it(house):
    letters = {"ar": "\u0621-\u064a", "zh-Hans": "\u4e00-\u9fff"}

    strangers = [
        words[tag]
        for event in every_event()
        for words in (event.name, event.summary, event.description)
        for tag, script in letters.items()
        if tag in words and not re.search(f"[{script}]{{2}}", words[tag])
    ]

    assert strangers == []


def test_three_parts_were_changed_before_anybody_replied(house):
    changed = [part for part in the_event("les-nuits").sub_events if part.revision]
    called_off = {EventStatus.CANCELLED, EventStatus.POSTPONED}
    revised = [part for part in changed if part.status not in called_off]
    noted = db.session.scalars(select(LogEntry).where(LogEntry.deed == "revised")).all()

    assert [part.slug[:-11] for part in revised] == [
        "ouverture-en-fanfare",
        "chaabi-sous-la-verriere",
        "assemblee-des-nuits",
    ]
    assert all(part.published_at < part.revised_at < NOON for part in revised)
    assert all(
        rsvp.replied_at > part.revised_at for part in revised for rsvp in part.rsvps
    )
    assert {entry.thing_id for entry in noted} == {part.id for part in revised}
    assert {tuple(sorted(entry.facts["before"])) for entry in noted} == {
        ("ends_at", "starts_at"),
        ("space",),
        ("ends_at", "space", "starts_at"),
    }


def test_an_open_day_falls_on_the_first_saturday_of_five_months(house):
    series = the_series("portes-ouvertes")
    days = [event.starts_at.date() for event in series.events]

    assert [(day.isoweekday(), day.day <= 7) for day in days] == [(6, True)] * 5
    assert len({day.month for day in days}) == 5
    assert series.rule == {
        "every": "month",
        "weekday": "saturday",
        "week": 1,
        "hours": ["14:30", "17:30"],
    }


def test_a_coffee_comes_back_every_week(house):
    series = the_series("cafe-du-voisinage")
    days = [event.starts_at.date() for event in series.events]

    gaps = {later - day for day, later in pairwise(days)}

    assert len(days) == 6
    assert gaps == {timedelta(days=7)}


def test_a_series_is_carried_on_and_not_begun_again(app, now):
    later = now + timedelta(days=20)
    demo.seed(now=now)
    demo.seed(now=later)

    coffees = the_series("cafe-du-voisinage").events
    ahead = [event for event in coffees if event.starts_at > later]

    assert len(ahead) == 6
    assert len({event.starts_at for event in coffees}) == len(coffees) == 9


def test_young_people_and_discreet_debates_have_a_place_outside_festivals(house):
    alone = [event for event in every_event() if not event.super_event]

    young = [e for e in alone if e.audience == "youth" and e.starts_at > NOON]

    assert len(young) == 3
    assert [e.kind for e in alone if e.discreet] == ["debate"]


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
        "rsvp-offer",
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
    alone = {
        record.slug[:-11]: set(words)
        for model in (Event, Venue, Space, Organisation, Competition, Series)
        for record in db.session.scalars(select(model))
        for words in all_words(record)
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


def test_a_cup_has_a_result_a_fixture_and_a_final_still_open(house):
    cup = db.session.scalars(
        select(Competition).where(Competition.slug.startswith("coupe-des-ponts"))
    ).one()

    played, semi_final, final = cup.matches

    assert played.kicks_off_at < NOON < semi_final.kicks_off_at < final.kicks_off_at
    assert (played.home_score, played.away_score) == (1, 1)
    assert (played.home_penalties, played.away_penalties) == (4, 3)
    assert semi_final.away_team["fr"] == "Racing des Écluses"
    assert final.home_team == played.home_team
    assert not final.away_team
    assert final.away_from == {"outcome": "winner", "number": semi_final.number}
    assert all({"fr", "en"} <= set(match.stage) for match in cup.matches)
    assert all(match.event.kind == "screening" for match in cup.matches)
    assert all(
        match.event.starts_at <= match.kicks_off_at < match.event.ends_at
        for match in cup.matches
    )


def test_every_screened_match_belongs_to_the_invented_cup(house):
    screened = select(Match).where(Match.event_id.is_not(None))

    slugs = {match.competition.slug for match in db.session.scalars(screened)}

    assert slugs == {"coupe-des-ponts-2027-06-01"}


def test_called_off_events_say_why_in_both_languages(house):
    called_off = [
        event for event in every_event() if event.status is not EventStatus.SCHEDULED
    ]

    assert {event.status for event in called_off} == {
        EventStatus.CANCELLED,
        EventStatus.POSTPONED,
    }
    assert len(called_off) == 4
    assert all({"fr", "en"} <= set(event.status_reason) for event in called_off)
    assert all(event.rsvps for event in called_off)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_calendar_entry_is_the_same_kept_as_written_now(house, language):
    mark = calendars.stamp()
    with force_locale(language):
        missing = calendar.unwritten(NOON, language=language, stamp=mark, most=1000)
        calendar_entries.keep(calendars.written(missing))
        db.session.expunge_all()
        kept = calendar.feed(AgendaFilter(), NOON, language=language, stamp=mark)
        now = {one.event_id: one.body for one in calendars.written(missing)}
    db.session.rollback()

    assert len(kept) > 50
    assert {line.event_id: line.body for line in kept} == now
