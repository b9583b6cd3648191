"""Beginning a series: on both databases."""

from __future__ import annotations

from sqlalchemy import select

from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Series
from festival.services import series
from tests.conftest import both_databases

pytestmark = both_databases


def test_a_series_keeps_its_rule_and_its_events_in_time_order(build, clock):
    name = Words(fr="Le café du mercredi", en="The Wednesday café")
    rule = {"every": "wednesday", "at": "09:30"}

    begun = series.begin("cafe", name, rule=rule)
    second = build.event("cafe-2", series=begun, starts_at=clock.moves(days=14))
    first = build.event("cafe-1", series=begun, starts_at=clock.moves(days=-7))

    db.session.expire_all()
    found = db.session.scalars(select(Series)).one()
    assert (found.slug, found.name, found.rule) == ("cafe", name, rule)
    assert found.events == [first, second]
