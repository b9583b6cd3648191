"""The race for the last seats; ``make race`` is the whole of it."""

from __future__ import annotations

import pytest

from tests import lab
from tests.conftest import both_databases, some_settings
from tests.race import race

SHORT = race.Race(people=80, doubles=16, seats=15)


@both_databases
def test_many_people_and_few_seats(app, database_url, tmp_path):
    """Guards: ``take_turn`` before seats are counted (and SQLite's BEGIN IMMEDIATE);
    the unique address; ``retry_key``, by which a form sent twice is known.

    Then guests and an organiser change their minds all at once, and in the end it is
    called off: ``queue.settle`` in each deed's turn, and the status read in it.

    Unlike ``make race``, where any 5xx is wrong, this lets a 503 with Retry-After
    pass: the machine may be busy with something else. Who was asked to wait does.
    """
    slug = race.prepare("race", capacity=SHORT.seats, keeps_waiting_list=False)
    mixed, off = (race.prepare(name, capacity=20) for name in ("mixed", "off"))

    with lab.serving(database_url, tmp_path, app=race.APP) as server:
        outcome = race.run(server.port, slug, SHORT)
        minds = race.run_mixed(server.port, mixed, 16, abreast=8)
        called_off = race.run_mixed(server.port, off, 16, called_off=True, abreast=8)

    assert (outcome.seated, outcome.rows, outcome.letters) == (15, 15, 15)
    assert (outcome.twice, outcome.wrongs) == (0, [])
    assert set(outcome.crowd.heard) == {303, 422}
    assert outcome.crowd.heard.total() == SHORT.people + SHORT.doubles
    assert (minds.wrongs, called_off.wrongs) == ([], [])
    assert {*minds.deeds} == {"lower", "raise", "postpone", "give a date"}
    assert called_off.deeds["call off"] == 1
    for crowd in (outcome.crowd, minds.crowd, called_off.crowd):
        assert (crowd.apologies, crowd.unheard) == (0, 0)


@both_databases
def test_without_the_guards_the_same_race_oversells(app, database_url, tmp_path):
    """Guard: none. Or the test above proves nothing."""
    slugs = [
        race.prepare(f"race-{n}", capacity=SHORT.seats, keeps_waiting_list=False)
        for n in range(5)
    ]
    with lab.serving(database_url, tmp_path, app=race.APP, RACE_CONTROL="1") as server:
        assert any(race.run(server.port, slug, SHORT).oversold for slug in slugs)


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", "192.0.2.1:8000"])
def test_the_race_s_settings_are_refused_where_strangers_listen(bind):
    from festival.config import BadSetting  # noqa: PLC0415

    with pytest.raises(BadSetting):
        some_settings(BIND=bind, FORM_SECONDS=0)
