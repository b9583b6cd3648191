"""What is on: which events answer which question, in what order, at what cost."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.exc import NoResultFound

from festival.domain.lifecycle import ReplyState
from festival.domain.question import AgendaFilter
from festival.domain.words import Words
from festival.extensions import db
from festival.queries import agenda, conditions
from festival.services import directory, events
from tests.conftest import NOON, both_databases
from tests.domain.test_question import asked


def slugs(answer):
    return [card.event.slug for day in answer.days for card in day.cards]


@contextmanager
def counted():
    """Note what is asked of the database inside."""
    sent = []

    def note(_connection, _cursor, statement, *_):
        if statement.startswith("SELECT"):
            sent.append(statement)

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)


# Which days


@pytest.mark.parametrize(
    ("now", "when", "first", "days"),
    [
        (datetime(2027, 6, 1, 10, tzinfo=UTC), "today", date(2027, 6, 1), 1),
        (datetime(2027, 6, 1, 10, tzinfo=UTC), "weekend", date(2027, 6, 5), 2),
        (datetime(2027, 6, 5, 10, tzinfo=UTC), "weekend", date(2027, 6, 5), 2),
        (datetime(2027, 6, 6, 10, tzinfo=UTC), "weekend", date(2027, 6, 6), 1),
        (datetime(2027, 6, 6, 22, 30, tzinfo=UTC), "weekend", date(2027, 6, 12), 2),
        (datetime(2027, 6, 1, 10, tzinfo=UTC), "week", date(2027, 6, 1), 6),
        (datetime(2027, 6, 30, 10, tzinfo=UTC), "month", date(2027, 6, 30), 1),
        (datetime(2027, 12, 31, 22, 59, tzinfo=UTC), "month", date(2027, 12, 31), 1),
        (datetime(2027, 12, 31, 23, 1, tzinfo=UTC), "today", date(2028, 1, 1), 1),
        (datetime(2027, 6, 1, 10, tzinfo=UTC), "", date(2027, 6, 1), 14),
        (datetime(2027, 6, 1, 22, 1, tzinfo=UTC), "fortnight", date(2027, 6, 2), 14),
    ],
)
def test_days_begin_at_the_house_s_midnight(app, now, when, first, days):
    begins, ends = conditions.window(AgendaFilter(when=when), now)

    assert conditions.local_date(begins) == first
    assert conditions.local_date(ends) == first + timedelta(days=days)


# What answers


@both_databases
def test_the_next_fortnight_in_time_order(build, now):
    build.event("fortnight", starts_at=now + timedelta(days=13))
    build.event("later", starts_at=now + timedelta(days=20))
    build.event("going-on", starts_at=now - timedelta(hours=1))
    build.event("over", starts_at=now - timedelta(hours=3))
    build.event("tomorrow", starts_at=now + timedelta(days=1))
    build.event("draft", published=False)
    build.event("unlisted", listed=False)

    answer = agenda.agenda(AgendaFilter(), now)

    assert slugs(answer) == ["going-on", "tomorrow", "fortnight"]
    assert answer.onward == AgendaFilter(starting=date(2027, 6, 21))


@pytest.mark.parametrize(
    ("when", "further"),
    [
        ("all", {"when": "all", "from": "2027-06-02"}),
        ("week", {"from": "2027-06-02", "until": "2027-06-06"}),
        ("month", {"from": "2027-06-02", "until": "2027-06-30"}),
    ],
)
def test_a_period_of_many_events_goes_on_within_it(build, now, when, further):
    for number in range(16):
        build.event(f"today-{number}", starts_at=now + timedelta(hours=1))
        build.event(f"tomorrow-{number}", starts_at=now + timedelta(days=1))

    onward = agenda.agenda(asked(when=when), now).onward

    assert onward == asked(**further)
    assert len(slugs(agenda.agenda(onward, now))) == 16


@both_databases
@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({}, ["nave", "kitchen", "yard", "elsewhere"]),
        ({"venue": "halle"}, ["nave", "kitchen", "yard"]),
        ({"venue": "halle/nef"}, ["nave"]),
        ({"venue": ["halle/nef", "lavoir"]}, ["nave", "elsewhere"]),
        ({"venue": "nowhere"}, []),
        ({"venue": "lavoir/nef"}, []),
        ({"organisation": "tablee"}, ["kitchen", "elsewhere"]),
        ({"organisation": "nobody"}, []),
        ({"festival": "nights"}, ["nave", "kitchen"]),
        ({"access": "step-free"}, ["nave", "yard"]),
        ({"access": "loop"}, ["nave"]),
        ({"access": ["step-free", "lsf"]}, ["yard"]),
        ({"language": "fr"}, ["nave", "kitchen"]),
        ({"language": "zh"}, ["kitchen"]),
        ({"language": ["ar", "zh-Hans"]}, ["kitchen", "yard"]),
        ({"audience": "youth"}, ["kitchen"]),
        ({"audience": "everyone"}, ["nave", "yard", "elsewhere"]),
        ({"audience": ["youth", "everyone"]}, ["nave", "kitchen", "yard", "elsewhere"]),
        ({"seats": "free"}, ["nave", "yard"]),
        ({"until": "2027-06-02"}, ["nave"]),
        ({"from": "2027-06-03", "until": "2027-06-04"}, ["kitchen", "yard"]),
        ({"venue": "halle", "language": "ar", "seats": "free"}, ["yard"]),
    ],
)
def test_each_choice_narrows_the_answer(build, now, question, found):
    halle, lavoir = build.venue("halle"), build.venue("lavoir")
    nave = build.space(halle, "nef", step_free=True, hearing_loop=True)
    kitchen = build.space(halle, "cuisine", step_free=True)
    tablee = directory.welcome("tablee", "La Tablée")
    nights = build.event("nights", kind="festival", listed=False)
    nights.slug = "nights"
    db.session.commit()

    def on(days, slug, **facts):
        return build.event(slug, starts_at=now + timedelta(days=days), **facts)

    on(1, "nave", venue=halle, space=nave, super_event=nights)
    full = on(
        2, "kitchen", venue=halle, space=kitchen, super_event=nights, capacity=1,
        languages=["fr", "zh-Hans"], access={"step_free": False}, organisers=[tablee],
        audience="youth",
    )  # fmt: skip
    build.guest(full)
    on(
        3, "yard", venue=halle, reply_policy="none", languages=["ar"],
        access={"step_free": True, "sign_language": True},
    )  # fmt: skip
    on(
        4, "elsewhere", venue=lavoir, organisers=[tablee], languages=["en"],
        replies_close_at=now,
    )  # fmt: skip

    assert slugs(agenda.agenda(asked(**question), now)) == found


@both_databases
def test_a_house_is_as_free_for_the_list_as_for_the_page(build, now, clock):
    states = {
        "open": {},
        "by-mail": {"reply_policy": "mail"},
        "drop-in": {"reply_policy": "none"},
        "not-yet": {"replies_open_at": now + timedelta(days=1)},
        "late": {"replies_close_at": now + timedelta(days=1)},
        "full": {"capacity": 0},
        "elsewhere": {"reply_policy": "elsewhere"},
        "closed": {"replies_close_at": now - timedelta(days=1)},
        "cancelled": {},
    }
    for slug, facts in states.items():
        build.event(slug, starts_at=now + timedelta(days=2), **facts)
    cancelled = agenda.public_event("cancelled")
    events.cancel(cancelled, Words(fr="Vent"), actor="test", now=now)
    db.session.commit()

    everything = agenda.agenda(AgendaFilter(), now).days[0].cards
    free = slugs(agenda.agenda(asked(seats="free"), now))

    welcoming = {ReplyState.OPEN, ReplyState.DROP_IN}
    assert free == [c.event.slug for c in everything if c.state in welcoming]
    assert free == ["open", "by-mail", "drop-in", "late"]


@both_databases
@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({"kind": "meal"}, ["couscous"]),
        ({"q": "velo"}, ["bike"]),
        ({"q": "VÉLO hiver"}, ["bike"]),
        ({"q": "couscous hiver"}, []),
        ({"q": "50 %"}, []),
        ({"q": "_"}, []),
        ({"q": "denoyez"}, ["bike"]),
        ({"q": "OEUVRE"}, ["couscous"]),
        ({"q": "chef-d'œuvre"}, ["couscous"]),
        ({"q": "winter", "kind": "workshop"}, ["bike"]),
    ],
)
def test_a_search_knows_neither_case_nor_accents(build, now, question, found):
    venue = build.venue(name="Halle Dénoyez")
    build.event(
        "bike",
        name=Words(fr="Répare ton vélo avant l’hiver", en="Fix it before winter"),
        venue=venue,
    )
    build.event("couscous", kind="meal", name=Words(fr="Grand couscous, chef-d’œuvre"))

    assert slugs(agenda.agenda(asked(**question), now)) == found


def test_what_is_called_off_stays_in_the_list_and_says_so(build, now):
    cancelled = build.event("cancelled")
    postponed = build.event("postponed")
    events.cancel(cancelled, Words(fr="Vent"), actor="test", now=now)
    events.postpone(postponed, Words(fr="Grippe"), actor="test", now=now)
    db.session.commit()

    [day] = agenda.agenda(AgendaFilter(), now).days

    assert [card.state for card in day.cards] == [
        ReplyState.CANCELLED, ReplyState.POSTPONED,
    ]  # fmt: skip


def test_a_page_holds_whole_days_and_says_where_to_go_on(build, now):
    for number in range(20):
        build.event(f"monday-{number}", starts_at=now + timedelta(days=6))
        build.event(f"tuesday-{number}", starts_at=now + timedelta(days=7))

    first = agenda.agenda(AgendaFilter(), now)
    second = agenda.agenda(first.onward, now)

    assert (first.total, first.onward.starting) == (40, date(2027, 6, 8))
    assert {slug.partition("-")[0] for slug in slugs(first)} == {"monday"}
    assert {slug.partition("-")[0] for slug in slugs(second)} == {"tuesday"}
    assert second.onward is None


def test_who_pages_on_finds_what_is_months_away(build, now):
    build.event("soon", starts_at=now + timedelta(days=3))
    build.event("far", starts_at=now + timedelta(days=100))

    first = agenda.agenda(AgendaFilter(), now)
    second = agenda.agenda(first.onward, now)

    assert slugs(first) + slugs(second) == ["soon", "far"]


def test_the_next_fortnight_is_a_question_of_its_own_and_ends(build, now):
    build.event("going-on", starts_at=now - timedelta(hours=1))
    build.event("last", starts_at=now + timedelta(days=13, hours=11))
    build.event("later", starts_at=now + timedelta(days=14))

    answer = agenda.agenda(asked(when="fortnight"), now)

    assert slugs(answer) == ["going-on", "last"]
    assert answer.onward is None


@both_databases
@pytest.mark.parametrize("when", ["", "month", "past"])
def test_a_list_without_pages_holds_what_its_pages_hold(build, now, when):
    ahead = -1 if when == "past" else 1
    for number in range(20):
        build.event(f"a{number}", starts_at=now + ahead * timedelta(days=4))
        build.event(f"b{number}", starts_at=now + ahead * timedelta(days=2))
    build.event("long", starts_at=now - timedelta(days=9), ends_at=now + timedelta(9))
    build.event("far", starts_at=now + ahead * timedelta(days=80))

    question, paged = asked(when=when), []
    while question:
        page = agenda.agenda(question, now)
        paged += [slug for slug in slugs(page) if slug not in paged]
        question = page.onward
    listing = agenda.listing(asked(when=when), now)

    assert [card.event.slug for card in listing.cards] == paged
    assert len(paged) == {"": 42, "month": 41, "past": 41}[when]
    assert listing.complete


def test_a_list_without_pages_says_when_it_is_cut(build, now, monkeypatch):
    for number in range(3):
        build.event(f"e{number}")

    monkeypatch.setattr(agenda, "MANY", 2)
    cut = agenda.listing(AgendaFilter(), now)
    monkeypatch.setattr(agenda, "MANY", 3)
    whole = agenda.listing(AgendaFilter(), now)

    assert (len(cut.cards), cut.complete) == (2, False)
    assert (len(whole.cards), whole.complete) == (3, True)


def test_what_began_before_stands_under_today(build, now):
    build.event(
        "residency",
        starts_at=now - timedelta(days=3),
        ends_at=now + timedelta(days=3),
    )

    [day] = agenda.agenda(AgendaFilter(), now).days

    assert day.date == date(2027, 6, 1)


def test_nothing_found_names_what_comes_next(build, now):
    build.event("later", kind="meal", starts_at=now + timedelta(days=60))

    answer = agenda.agenda(asked(when="today", kind="concert"), now)

    assert (answer.days, answer.total) == ((), 0)
    assert answer.nearest.cards[0].event.slug == "later"


def test_the_next_one_is_one_that_goes_ahead(build, now):
    soon = build.event("soon", starts_at=now + timedelta(days=59))
    build.event("later", starts_at=now + timedelta(days=60))
    events.cancel(soon, Words(fr="Vent"), actor="test", now=now)
    db.session.commit()

    nearest = agenda.agenda(asked(when="today"), now).nearest

    assert [card.event.slug for card in nearest.cards] == ["later"]


def test_no_festival_is_billed_that_may_not_take_place(build, now):
    nights = build.event("nights", kind="festival")
    assert agenda.featured(now).event.slug == "nights"

    events.postpone(nights, Words(fr="Grippe"), actor="test", now=now)
    db.session.commit()

    assert agenda.featured(now) is None


def test_the_past_is_told_backwards(build, now):
    build.event("older", starts_at=now - timedelta(days=9))
    build.event("newer", starts_at=now - timedelta(days=2))
    build.event("coming")

    assert slugs(agenda.agenda(asked(when="past"), now)) == ["newer", "older"]


def test_the_past_goes_back_page_by_page_and_year_by_year(build, now):
    for number in range(20):
        build.event(f"may-{number}", starts_at=now - timedelta(days=9))
        build.event(f"april-{number}", starts_at=now - timedelta(days=40))
    build.event("last-year", starts_at=now - timedelta(days=365))

    first = agenda.agenda(asked(when="past"), now)
    second = agenda.agenda(first.onward, now)
    year = agenda.agenda(
        asked(**{"when": "past", "from": "2026-01-01", "until": "2026-12-31"}), now
    )

    assert {slug.partition("-")[0] for slug in slugs(first)} == {"may"}
    assert first.onward == asked(when="past", until="2027-04-22")
    assert slugs(second)[-1] == "last-year"
    assert slugs(year) == ["last-year"]


def test_a_festival_shows_its_listed_parts_by_day(build, now):
    festival = build.event("nights", kind="festival", ends_at=now + timedelta(days=10))
    build.event("second", super_event=festival, starts_at=now + timedelta(days=8))
    build.event("first", super_event=festival, starts_at=now + timedelta(days=7))
    build.event("secret", super_event=festival, listed=False)
    build.event("draft", super_event=festival, published=False)

    days = agenda.programme(festival, now)

    assert [[card.event.slug for card in day.cards] for day in days] == [
        ["first"], ["second"],
    ]  # fmt: skip
    assert agenda.featured(now).event.slug == "nights"


def test_a_draft_is_not_found(build):
    build.event("draft", published=False)

    with pytest.raises(NoResultFound):
        agenda.public_event("draft")


def test_an_unlisted_event_is_found_by_who_knows_its_address(build):
    slug = build.event("secret", listed=False).slug

    assert agenda.public_event(slug).slug == slug
    assert len(slug) == len("secret-") + 10


# Access: what the event says itself wins over its space


@pytest.mark.parametrize(
    ("said", "space", "known"),
    [
        ({}, {"step_free": True}, True),
        ({}, {"step_free": False}, False),
        ({"step_free": False}, {"step_free": True}, False),
        ({"step_free": None}, {"step_free": True}, True),
        ({}, {}, None),
    ],
)
def test_access_is_yes_no_or_unknown(build, now, said, space, known):
    venue = build.venue()
    event = build.event(
        venue=venue, space=build.space(venue, door_width=90, **space), access=said
    )

    facts = {fact.name: fact for fact in agenda.card(event, now).access}

    assert facts["step_free"].given is known
    assert facts["step_free"].door_width == 90
    assert facts["sign_language"].given is None


# The cost


def ten_more(build, venue, number):
    for each in range(number):
        event = build.event(f"e{each}", venue=venue, starts_at=NOON + timedelta(days=2))
        build.guest(event, party_size=2)


@pytest.mark.parametrize("number", [1, 3, 12])
def test_an_agenda_costs_the_same_statements_however_long_it_is(build, now, number):
    ten_more(build, build.venue(), number)
    db.session.expire_all()

    with counted() as sent:
        answer = agenda.agenda(AgendaFilter(), now)
        seats = [card.house.seats_taken for day in answer.days for card in day.cards]
        names = [card.event.venue.name for day in answer.days for card in day.cards]

    assert (seats, len(names)) == ([2] * number, number)
    assert len(sent) == 5
