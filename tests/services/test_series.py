"""Series, from their first date to a change of all: on both databases."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from festival.domain.errors import DateGone, EventOver
from festival.domain.lifecycle import EventStatus
from festival.domain.recurrence import Rhythm, Rule, local
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Event, Series
from festival.models.journal import Letter, LetterStatus
from festival.queries import series as queries
from festival.queries.series import Which
from festival.services import directory, event_life, events, series
from festival.services.series import Change
from tests.conftest import both_databases

pytestmark = both_databases

PARIS = "Europe/Paris"
AFTERNOON = time(14), time(17)


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


def make(build, clock, number=3, **facts) -> list[Event]:
    """Open days of that many weeks, from Tuesday in a week, all published."""
    starts_at = clock() + timedelta(days=7, hours=2)
    first = build.event(
        "open-day",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        **facts,
    )
    day = local(first.starts_at, PARIS).date()
    weeks = Rule(Rhythm.WEEKS, day + timedelta(days=7), times=number - 1).days()
    made = series.repeat(
        first, weeks, AFTERNOON, how={"rhythm": "weeks"}, actor="test", now=clock()
    )
    series.publish(made, actor="test", now=clock())
    db.session.commit()
    return [first, *made]


def hours(every) -> list[str]:
    return [
        f"{local(e.starts_at, PARIS):%d %H:%M}-{local(e.ends_at, PARIS):%H:%M}"
        for e in every
    ]


def changed_letters() -> dict[int, int]:
    """How many letters wait for each reply."""
    query = select(Letter.rsvp_id).where(
        Letter.kind == "event-changed", Letter.status == LetterStatus.WAITING
    )
    found = list(db.session.scalars(query))
    return {number: found.count(number) for number in found}


def change(every, one, which, clock, **facts):
    done = series.change(one, every, which, Change(**facts), actor="test", now=clock())
    db.session.commit()
    return done.told


def test_every_date_is_like_the_first_one(build, clock):
    wheel = directory.welcome("wheel", "La Roue libre")
    nave = build.space(build.venue(), capacity=12)
    every = make(
        build,
        clock,
        venue=nave.venue,
        space=nave,
        capacity=12,
        summary=Words(fr="Avec un café"),
        organisers=[wheel],
        clear_up_minutes=30,
        replies_close_at=clock() + timedelta(days=7),
    )

    last = every[-1]
    assert [event.slug for event in every] == [
        *("open-day", "open-day-2027-06-15", "open-day-2027-06-22"),
    ]
    assert hours(every) == ["08 14:00-17:00", "15 14:00-17:00", "22 14:00-17:00"]
    assert (last.space, last.capacity, last.clear_up_minutes) == (nave, 12, 30)
    assert (last.summary, last.organisers) == (Words(fr="Avec un café"), [wheel])
    assert last.starts_at - last.replies_close_at == timedelta(hours=2)
    assert len({event.uid for event in every}) == 3
    assert {event.series for event in every} == {every[0].series}


def test_every_date_has_the_picture_of_the_first_one(build, clock):
    first = build.event("open-day")
    build.picture(first)
    day = local(first.starts_at, PARIS).date() + timedelta(days=7)

    [made] = series.repeat(first, [day], AFTERNOON, how={}, actor="test", now=clock())

    db.session.commit()
    assert made.picture.digest == first.picture.digest


def test_more_dates_leave_out_those_there_are(build, clock):
    every = make(build, clock)
    days = [date(2027, 6, 15), date(2027, 6, 29)]

    made = series.repeat(every[0], days, AFTERNOON, how={}, actor="t", now=clock())

    assert hours(made) == ["29 14:00-17:00"]
    assert made[0].status is EventStatus.DRAFT
    assert made[0].slug == "open-day-2027-06-29"


def test_an_unlisted_series_gives_each_date_a_key_of_its_own(build, clock):
    first, *others = make(build, clock, listed=False)

    key = first.slug.rpartition("-")[2]
    assert len(key) == events.UNLISTED_LETTERS
    assert not any(key in event.slug for event in others)


REACH = [
    (Which.THIS, ["08 14:00-17:00", "15 10:00-12:00", "22 14:00-17:00"], [1]),
    (Which.FOLLOWING, ["08 14:00-17:00", "15 10:00-12:00", "22 10:00-12:00"], [1, 2]),
    (Which.ALL, ["08 10:00-12:00", "15 10:00-12:00", "22 10:00-12:00"], [0, 1, 2]),
]


@pytest.mark.parametrize(("which", "after", "told"), REACH)
def test_a_change_reaches_the_dates_it_is_for_and_their_guests(
    build, clock, which, after, told
):
    every = make(build, clock)
    guests = [build.guest(event) for event in every]

    letters = change(every, every[1], which, clock, hours=(time(10), time(12)))

    assert hours(every) == after
    assert letters == len(told)
    assert changed_letters() == {guests[number].id: 1 for number in told}
    assert [e.revision for e in every] == [int(number in told) for number in range(3)]


def test_nobody_is_written_to_where_nobody_is_to_be_told(build, clock):
    every = make(build, clock)
    build.guest(every[0])

    done = series.change(
        *(every[0], every, Which.ALL, Change(name=Words(fr="Portes ouvertes"))),
        tell=False,
        actor="test",
        now=clock(),
    )

    assert (done.told, changed_letters()) == (0, {})
    assert {event.name["fr"] for event in every} == {"Portes ouvertes"}
    assert {event.name["en"] for event in every} == {"Opening"}


def test_the_following_dates_get_everything_else_of_one(build, clock):
    every = make(build, clock)
    guest = build.guest(every[2], party_size=2)
    summary, name = Words(fr="Avec un café"), every[1].name
    event_life.amend(
        every[1],
        {"summary": summary, "capacity": 1, "internal_note": "Clé", "name": name},
        actor="test",
        now=clock(),
    )

    done = series.change(
        *(every[1], every, Which.FOLLOWING, Change(alike=True)),
        actor="test",
        now=clock(),
    )
    db.session.commit()

    assert [event.summary for event in every] == [Words(), summary, summary]
    assert [event.capacity for event in every] == [10, 1, 1]
    assert every[2].internal_note == "Clé"
    assert hours(every) == ["08 14:00-17:00", "15 14:00-17:00", "22 14:00-17:00"]
    assert (done.told, done.over, guest.party_size) == (0, 1, 2)
    assert changed_letters() == {}


def test_a_date_moved_alone_keeps_its_hours_and_shares_the_rest(build, clock):
    every = make(build, clock)
    change(every, every[1], Which.THIS, clock, day=date(2027, 6, 16))

    change(
        every,
        every[0],
        Which.ALL,
        clock,
        hours=(time(10), time(12)),
        name=Words(fr="Portes ouvertes"),
    )

    assert hours(every) == ["08 10:00-12:00", "16 14:00-17:00", "22 10:00-12:00"]
    assert {event.name["fr"] for event in every} == {"Portes ouvertes"}
    assert [queries.keeps_hours(event) for event in every] == [True, False, True]
    change(every, every[0], Which.ALL, clock, hours=(time(11), time(12)))
    assert hours(every) == ["08 11:00-12:00", "16 14:00-17:00", "22 11:00-12:00"]


def test_an_hour_of_the_clock_stays_one_when_clocks_change(build, clock):
    clock.moves(days=139)  # the Tuesday before the last week of October
    every = make(build, clock, number=3)

    change(every, every[0], Which.ALL, clock, hours=(time(9), time(10)))

    assert {local(event.starts_at, PARIS).time() for event in every} == {time(9)}
    assert len({event.starts_at.time() for event in every}) == 2


def test_what_is_over_is_left_as_it_took_place(build, clock):
    every = make(build, clock)
    clock.moves(days=9)

    change(every, every[2], Which.ALL, clock, name=Words(fr="Portes ouvertes"))

    assert [e.name["fr"] for e in every] == [
        *("Ouverture", "Portes ouvertes", "Portes ouvertes"),
    ]
    with pytest.raises(EventOver):
        change(every, every[0], Which.THIS, clock, name=Words(fr="x"))


@pytest.mark.parametrize(
    ("which", "off"), [(Which.THIS, [1]), (Which.FOLLOWING, [1, 2])]
)
def test_dates_are_called_off_alone_or_from_one_on(build, clock, which, off):
    every = make(build, clock)
    guests = [build.guest(event) for event in every]

    posted = series.cancel(
        *(every[1], every, which, Words(fr="Chaudière en panne")),
        actor="test",
        now=clock(),
    )
    db.session.commit()

    cancelled = [n for n, e in enumerate(every) if e.status is EventStatus.CANCELLED]
    query = select(Letter.rsvp_id).where(Letter.kind == "event-cancelled")
    assert (cancelled, posted) == (off, len(off))
    assert sorted(db.session.scalars(query)) == [guests[n].id for n in off]


def test_what_was_postponed_gets_no_date_with_the_others(build, clock):
    every = make(build, clock)
    build.guest(every[1])
    events.postpone(every[1], Words(fr="Neige"), actor="test", now=clock())
    db.session.commit()

    told = change(
        *(every, every[0], Which.ALL, clock),
        hours=(time(10), time(12)),
        name=Words(fr="Portes ouvertes"),
    )

    assert hours(every) == ["08 10:00-12:00", "15 14:00-17:00", "22 10:00-12:00"]
    assert every[1].status is EventStatus.POSTPONED
    assert (every[1].name["fr"], told) == ("Portes ouvertes", 1)
    clock.moves(days=15)
    reached = queries.reached(every[2], Which.ALL, every, clock())
    assert reached == [every[2]]


def test_a_day_gone_by_is_no_new_date(build, clock):
    every = make(build, clock)
    events.postpone(every[1], Words(fr="Neige"), actor="test", now=clock())
    clock.moves(days=15)

    with pytest.raises(DateGone):
        change(every, every[1], Which.THIS, clock, hours=(time(10), time(12)))


def test_a_draft_whose_day_has_gone_by_is_not_published(build, clock):
    draft = build.event("open-day", published=False)
    clock.moves(days=15)

    with pytest.raises(EventOver):
        series.publish([draft], actor="test", now=clock())


def test_what_lasts_for_days_lasts_as_long_on_another_day(build, clock):
    starts_at = clock() + timedelta(days=7, hours=2)
    first = build.event(
        "expo", starts_at=starts_at, ends_at=starts_at + timedelta(days=3, hours=1)
    )
    day = local(starts_at, PARIS).date() + timedelta(days=30)
    series.repeat(first, [day], AFTERNOON, how={}, actor="test", now=clock())
    every = first.series.events

    change(every, first, Which.THIS, clock, day=date(2027, 6, 20))
    change(every, first, Which.THIS, clock, hours=(time(10), time(9)))

    begins, ends = (local(at, PARIS) for at in (first.starts_at, first.ends_at))
    assert (f"{begins:%d %H}", f"{ends:%d %H}") == ("20 10", "23 09")
