"""Fixture lists taken in, and matches shown: on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from festival.domain.columns import Columns, Line
from festival.domain.errors import MatchesShown, NothingToTakeIn
from festival.domain.intakes import Becomes
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Competition, Match
from festival.models.intakes import Intake
from festival.models.journal import Letter, LetterStatus
from festival.queries import fixture_lists
from festival.services import events, imports, matches, screenings
from festival.services import fixture_lists as deeds
from tests.conftest import both_databases

pytestmark = both_databases

SEMI = {
    "number": "61",
    "stage": "Demi-finale",
    "home": "France",
    "away": "Belgique",
    "day": "10/07/2027",
    "starts": "20h",
}
OTHER_SEMI = {
    **SEMI,
    "number": "62",
    "home": "Croatie",
    "away": "Angleterre",
    "day": "11/07/2027",
}
FINAL = {
    "number": "64",
    "stage": "Finale",
    "home": "Vainqueur du match 61",
    "away": "Vainqueur du match 62",
    "day": "15/07/2027",
    "starts": "17h",
}
FRANCE = Words(fr="France")


@pytest.fixture
def read_in(build, clock):
    keeper = build.account("Inès", "manager")

    def read(*lines, competition=None, name="La coupe"):
        columns = Columns(
            tuple(Line(number, dict(one)) for number, one in enumerate(lines, start=2)),
            heads=(),
            unknown=(),
        )
        intake = imports.read_in(
            "fixtures",
            columns,
            account=keeper,
            name="matchs.csv",
            now=clock(),
            competition_id=competition.id if competition else None,
            competition="" if competition else name,
            language="fr",
            timezone="Europe/Paris",
        )
        db.session.commit()
        return intake

    return read


@pytest.fixture
def take_in(clock):
    def take(intake):
        plan = deeds.take_in(intake, actor="account 1", now=clock())
        db.session.commit()
        return plan

    return take


@pytest.fixture
def cup(read_in, take_in):
    """Two semi-finals and a final."""
    take_in(read_in(SEMI, OTHER_SEMI, FINAL))
    return db.session.scalars(select(Competition)).one()


@pytest.fixture
def nave(build):
    return build.space(build.venue(), capacity=60)


@pytest.fixture
def show(cup, nave, build, clock):
    wheel = build.organisation("wheel", "La Roue libre")

    def show(*chosen):
        made = screenings.show(
            cup,
            chosen or tuple(cup.matches),
            venue=nave.venue,
            space=nave,
            doors=timedelta(minutes=30),
            capacity=60,
            organiser=wheel,
            timezone="Europe/Paris",
            languages=["fr"],
            actor="account 1",
            now=clock(),
        )
        db.session.commit()
        return made

    return show


def numbered(number):
    db.session.commit()
    return db.session.scalars(select(Match).where(Match.number == number)).one()


def letters():
    query = select(Letter).where(
        Letter.kind == "event-changed", Letter.status == LetterStatus.WAITING
    )
    return db.session.scalars(query).all()


def score(number, home, away, clock, **facts):
    matches.score(numbered(number), home, away, actor="account 1", now=clock(), **facts)
    db.session.commit()


def test_a_list_becomes_the_matches_of_a_competition(cup):
    semi, final = numbered(61), numbered(64)

    assert (cup.slug, cup.name) == ("la-coupe", Words(fr="La coupe"))
    assert len(cup.matches) == 3
    assert (semi.home_team, semi.away_team) == (FRANCE, Words(fr="Belgique"))
    assert semi.stage == Words(fr="Demi-finale", en="Semi-final")
    assert semi.kicks_off_at == datetime(2027, 7, 10, 18, tzinfo=UTC)
    assert (final.home_team, final.home_from) == (
        Words(),
        {"outcome": "winner", "number": 61},
    )


def test_the_same_list_twice_changes_nothing(cup, read_in, take_in, clock):
    score(61, 2, 1, clock)

    again = read_in(SEMI, OTHER_SEMI, FINAL, competition=cup)

    plan = fixture_lists.plan(again, clock())
    assert {item.becomes for item in plan.items} == {Becomes.SAME}
    with pytest.raises(NothingToTakeIn):
        take_in(again)
    db.session.rollback()
    assert numbered(64).home_team == FRANCE


def test_a_newer_list_brings_scores_and_teams(cup, read_in, take_in):
    newer = {**SEMI, "score": "2-1"}, {**FINAL, "away": "Croatie"}

    take_in(read_in(*newer, competition=cup))

    final = numbered(64)
    assert (final.home_team, final.away_team) == (FRANCE, Words(fr="Croatie"))
    assert (numbered(61).home_score, numbered(61).away_score) == (2, 1)


def test_a_list_that_was_taken_in_goes_back(cup, read_in, take_in, clock):
    newer = read_in(
        {**SEMI, "score": "2-1", "starts": "21h"},
        {**SEMI, "number": "63", "day": "14/07/2027"},
        competition=cup,
    )
    take_in(newer)
    assert numbered(64).home_team == FRANCE

    undone = deeds.undo(newer, actor="account 1", now=clock())
    db.session.commit()

    assert (undone.gone, undone.back, undone.stayed) == (1, 2, 0)
    assert (numbered(61).home_score, numbered(64).home_team) == (None, Words())
    assert numbered(61).kicks_off_at == datetime(2027, 7, 10, 18, tzinfo=UTC)


def test_a_competition_that_was_opened_goes_too(read_in, take_in, clock):
    intake = read_in(SEMI, FINAL)
    take_in(intake)

    deeds.undo(intake, actor="account 1", now=clock())
    db.session.commit()

    assert db.session.scalars(select(Competition)).all() == []


def test_a_match_that_is_shown_stays(cup, show, clock, read_in):
    show(numbered(61))
    intake = db.session.scalars(select(Intake)).one()

    undone = deeds.undo(intake, actor="account 1", now=clock())
    db.session.commit()

    assert (undone.gone, undone.stayed) == (2, 1)


# Screenings


def test_each_match_gets_a_draft_of_one_series(show, nave):
    semi, other, final = show()

    assert semi.name == Words(
        fr="Demi-finale : France – Belgique", en="Semi-final: France – Belgique"
    )
    assert semi.doors_at == semi.starts_at - timedelta(minutes=30)
    assert semi.ends_at == semi.starts_at + timedelta(hours=2, minutes=45)
    assert (semi.kind, semi.space, semi.capacity) == ("screening", nave, 60)
    assert semi.series is other.series is final.series
    assert (final.match.number, final.name["fr"]) == (
        64,
        "Finale : Vainqueur du match 61 – Vainqueur du match 62",
    )


def test_a_match_is_shown_once(show):
    show(numbered(61))

    assert len(show()) == 2
    with pytest.raises(MatchesShown):
        show()
    db.session.rollback()


def test_teams_that_are_known_rename_the_event_and_its_guests_are_told_once(
    show, build, clock
):
    *_, final = show()
    events.publish(final, actor="test", now=clock())
    db.session.commit()
    build.guest(final)
    before = final.revision

    score(61, 2, 1, clock)
    assert final.name["fr"] == "Finale : France – Vainqueur du match 62"
    assert (final.revision, letters()) == (before + 1, [])
    clock.moves(days=1)
    score(62, 0, 1, clock)

    assert final.name["fr"] == "Finale : France – Angleterre"
    assert final.revision == before + 2
    (letter,) = letters()
    assert letter.facts["changed"] == ["name"]
    assert letter.facts["event"]["name"]


def test_a_name_that_somebody_gave_stays(show, clock):
    *_, final = show()
    own = Words(fr="La finale sur grand écran")
    events.revise(final, name=own, actor="test", now=clock())
    db.session.commit()

    score(61, 2, 1, clock)

    assert final.name == own


def test_a_screening_moves_with_its_kick_off(show, read_in, take_in, cup, build, clock):
    semi, *_ = show()
    events.publish(semi, actor="test", now=clock())
    db.session.commit()
    build.guest(semi)
    starts, doors, ends = semi.starts_at, semi.doors_at, semi.ends_at

    take_in(read_in({**SEMI, "starts": "21h"}, competition=cup))

    hour = timedelta(hours=1)
    assert (semi.starts_at, semi.doors_at, semi.ends_at) == (
        starts + hour,
        doors + hour,
        ends + hour,
    )
    assert len(letters()) == 1


def test_a_screening_that_is_cancelled_is_left_alone(show, clock):
    *_, final = show()
    events.publish(final, actor="test", now=clock())
    events.cancel(final, Words(fr="Pluie"), actor="test", now=clock())
    db.session.commit()
    before = final.name

    score(61, 2, 1, clock)

    assert final.name == before


def test_a_match_that_was_shown_in_the_same_moment_is_not_shown_twice(cup, show, build):
    shown = build.event("shown").id
    semi = numbered(61)
    elsewhere = update(Match).where(Match.id == semi.id)
    db.session.execute(
        elsewhere.values(event_id=shown),
        execution_options={"synchronize_session": False},
    )
    assert semi.event_id is None  # as it was read, before somebody else was quicker

    with pytest.raises(MatchesShown):
        show(semi)


def test_the_houses_own_screenings_are_one_series(cup, nave, clock):
    for number in (61, 62):
        screenings.show(
            cup,
            [numbered(number)],
            venue=nave.venue,
            space=nave,
            doors=timedelta(0),
            capacity=None,
            organiser=None,
            timezone="Europe/Paris",
            languages=["fr"],
            actor="account 1",
            now=clock(),
        )
        db.session.commit()

    assert numbered(61).event.series is numbered(62).event.series
