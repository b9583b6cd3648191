"""Taking in a programme: all of it, once, and back: on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen, remove

from festival.domain.access import Grant, Role
from festival.domain.columns import Columns, Line
from festival.domain.errors import (
    ImportSettled,
    ImportTaken,
    LinesToPutRight,
    NothingToTakeIn,
)
from festival.domain.intakes import Becomes
from festival.domain.lifecycle import EventStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.models.accounts import Account
from festival.models.events import Event
from festival.models.intakes import Intake
from festival.models.journal import Letter, LogEntry
from festival.queries import intake_plan, intakes
from festival.services import accounts, event_life, events, imports
from tests.builders import everything
from tests.conftest import both_databases

pytestmark = both_databases

BIKE = {
    "name": "Répare ton vélo",
    "day": "12/06/2027",
    "starts": "14h30",
    "ends": "16h",
    "space": "Grande nef",
    "kind": "Atelier",
    "seats": "12",
}
MEAL = {"name": "Grande tablée", "day": "13/06/2027", "starts": "12h", "kind": "Repas"}
HALF_PAST_TWO = datetime(2027, 6, 12, 12, 30, tzinfo=UTC)


@pytest.fixture
def wheel(build):
    return build.organisation("wheel", "La Roue libre")


@pytest.fixture
def nave(build):
    return build.space(build.venue(), capacity=40)


@pytest.fixture
def ines(build, wheel, nave):
    """Who organises for the wheel."""
    return build.account("Inès", "organiser", organisation=wheel)


@pytest.fixture
def read_in(ines, wheel, clock):
    """Read cells as the lines of a table."""

    def read(*lines, festival="", super_event=None, account=ines, organisation=wheel):
        columns = Columns(
            tuple(Line(number, dict(one)) for number, one in enumerate(lines, start=2)),
            heads=(),
            unknown=(),
        )
        intake = imports.read_in(
            "programme",
            columns,
            account=account,
            name="programme.xlsx",
            now=clock(),
            super_event=super_event,
            organisation_id=organisation.id if organisation else None,
            festival=festival,
            language="fr",
            timezone="Europe/Paris",
        )
        db.session.commit()
        return intake

    return read


@pytest.fixture
def take_in(ines, clock):
    def take(intake, account=ines):
        plan = imports.take_in(
            intake, grants=account.grants, actor="account 1", now=clock()
        )
        db.session.commit()
        return plan

    return take


@pytest.fixture
def plan(ines, clock):
    return lambda intake: intake_plan.plan(intake, ines.grants, clock())


def undo(intake, now):
    grants = db.session.get_one(Account, intake.account_id).grants
    undone = imports.undo(intake, grants=grants, actor="account 1", now=now)
    db.session.commit()
    return undone


def every_event():
    return db.session.scalars(select(Event).order_by(Event.starts_at)).all()


def becomes(plan):
    return [item.becomes for item in plan.items]


def test_nothing_happens_before_it_is_taken_in(read_in, plan):
    intake = read_in(BIKE, MEAL)

    assert becomes(plan(intake)) == [Becomes.MADE, Becomes.MADE]
    assert every_event() == []


def test_each_line_becomes_a_draft_of_its_organisation(read_in, take_in, nave, wheel):
    take_in(read_in(BIKE, MEAL))

    bike, meal = every_event()
    assert (bike.name, bike.kind) == (Words(fr="Répare ton vélo"), "workshop")
    assert (bike.starts_at, bike.ends_at) == (
        HALF_PAST_TWO,
        HALF_PAST_TWO + timedelta(minutes=90),
    )
    assert (bike.venue, bike.space, bike.capacity) == (nave.venue, nave, 12)
    assert (bike.status, bike.slug) == (EventStatus.DRAFT, "repare-ton-velo")
    assert (bike.organisers, bike.super_event) == ([wheel], None)
    assert (meal.venue, meal.ends_at - meal.starts_at) == (None, timedelta(hours=2))


def test_a_festival_that_is_new_is_made_with_its_programme(read_in, take_in, nave):
    intake = read_in(BIKE, {**MEAL, "space": "Grande nef"}, festival="Nuits d’été")

    take_in(intake)

    festival = next(event for event in every_event() if event.kind == "festival")
    bike, meal = festival.sub_events
    assert festival.name == Words(fr="Nuits d’été")
    assert (festival.starts_at, festival.ends_at) == (bike.starts_at, meal.ends_at)
    assert (festival.venue, festival.status) == (nave.venue, EventStatus.DRAFT)
    assert intake.super_event_id == festival.id


def test_the_same_table_twice_changes_nothing(read_in, take_in, plan):
    take_in(read_in(BIKE, MEAL, festival="Nuits d’été"))
    before = everything()
    festival = next(event for event in every_event() if event.kind == "festival")

    again = read_in(BIKE, MEAL, super_event=festival)

    assert becomes(plan(again)) == [Becomes.SAME, Becomes.SAME]
    with pytest.raises(NothingToTakeIn):
        take_in(again)
    db.session.rollback()
    assert everything()["event"] == before["event"]


def test_a_table_put_right_changes_what_it_says_otherwise(read_in, take_in, plan):
    take_in(read_in(BIKE, MEAL))
    moved = {**BIKE, "starts": "15h", "ends": "16h30", "seats": "20", "price": "5 €"}

    again = read_in(moved, MEAL)
    assert becomes(plan(again)) == [Becomes.CHANGED, Becomes.SAME]
    take_in(again)

    bike, _ = every_event()
    assert bike.starts_at == HALF_PAST_TWO + timedelta(minutes=30)
    assert (bike.capacity, bike.price_note) == (20, Words(fr="5 €"))


def test_a_part_of_a_festival_is_found_again_on_another_day(read_in, take_in, plan):
    take_in(read_in(BIKE, MEAL, festival="Nuits d’été"))
    festival = next(event for event in every_event() if event.kind == "festival")

    again = read_in({**BIKE, "day": "13/06/2027"}, MEAL, super_event=festival)
    take_in(again)

    assert len(every_event()) == 3
    bike = next(e for e in every_event() if e.kind == "workshop")
    assert bike.starts_at == HALF_PAST_TWO + timedelta(days=1)


def test_what_a_line_does_not_say_stays_as_it_is(read_in, take_in, plan, nave, now):
    take_in(read_in(BIKE))
    (bike,) = every_event()
    event_life.amend(
        bike, {"summary": Words(fr="Venez !"), "capacity": 30}, actor="test", now=now
    )
    db.session.commit()
    bare = {name: BIKE[name] for name in ("name", "day", "starts")}

    assert becomes(plan(read_in(bare))) == [Becomes.SAME]
    assert becomes(plan(read_in({**bare, "venue": "La Halle"}))) == [Becomes.SAME]


def test_all_or_nothing(read_in, take_in, plan):
    intake = read_in(BIKE, {**MEAL, "day": "bientôt"})
    before = everything()

    with pytest.raises(LinesToPutRight):
        take_in(intake)
    db.session.rollback()

    assert everything() == before
    assert intake.taken_at is None


def test_a_line_is_put_right_or_left_out(read_in, take_in, plan):
    intake = read_in(BIKE, {**MEAL, "day": "bientôt"}, {**MEAL, "name": ""})

    imports.correct(intake, {3: {"day": "13/06/2027"}}, {4})

    assert becomes(plan(intake)) == [Becomes.MADE, Becomes.MADE, Becomes.OUT]
    take_in(intake)
    assert len(every_event()) == 2


def test_it_is_taken_in_once(read_in, take_in, now):
    intake = read_in(BIKE)
    take_in(intake)

    with pytest.raises(ImportTaken):
        take_in(intake)
    db.session.rollback()
    with pytest.raises(ImportTaken):
        imports.correct(intake, {}, set())
    db.session.rollback()

    assert len(every_event()) == 1


def test_who_has_replied_is_told_of_a_change(read_in, take_in, plan, build, now):
    take_in(read_in(BIKE))
    (bike,) = every_event()
    events.publish(bike, actor="test", now=now)
    db.session.commit()
    build.guest(bike, party_size=2)

    again = read_in({**BIKE, "starts": "15h", "ends": "17h"})
    assert plan(again).items[0].people == 2
    take_in(again)

    kinds = db.session.scalars(select(Letter.kind).order_by(Letter.id)).all()
    assert kinds[-1] == "event-changed"
    assert bike.revision == 1


def test_what_is_over_or_cancelled_stays_as_it_is(read_in, take_in, plan, now, clock):
    take_in(read_in(BIKE, MEAL))
    bike, meal = every_event()
    events.publish(bike, actor="test", now=now)
    events.cancel(bike, Words(fr="Pluie"), actor="test", now=now)
    events.publish(meal, actor="test", now=now)
    db.session.commit()
    clock.moves(days=13)

    found = plan(read_in({**BIKE, "ends": "17h"}, {**MEAL, "ends": "15h"}))

    assert becomes(found) == [Becomes.KEPT, Becomes.KEPT]


# Another's things


def test_nobody_elses_event_is_changed(read_in, take_in, build, nave, clock):
    others = build.organisation("others", "Les Autres")
    theirs = build.event(
        "theirs",
        name=Words(fr="Répare ton vélo"),
        starts_at=HALF_PAST_TWO,
        organisers=[others],
        published=False,
    )
    before = (theirs.name, theirs.ends_at, theirs.capacity)
    office = build.account("Zoé", "manager")  # whose reach they are in

    of_the_office = intake_plan.plan(read_in(BIKE), office.grants, clock())
    take_in(read_in(BIKE))

    db.session.refresh(theirs)
    assert (theirs.name, theirs.ends_at, theirs.capacity) == before
    assert becomes(of_the_office) == [Becomes.MADE]
    assert len(every_event()) == 2


def test_nothing_is_made_out_of_reach(read_in, take_in, build, nave, wheel, clock):
    pavilion = build.venue("pavillon", "Le Pavillon")
    keeper = build.account("Zoé", "organiser", venue=pavilion)
    intake = read_in(BIKE, account=keeper, organisation=None)

    with pytest.raises(LinesToPutRight):
        take_in(intake, keeper)
    db.session.rollback()
    imports.correct(intake, {2: {"space": "", "venue": "Le Pavillon"}}, set())
    take_in(intake, keeper)

    (bike,) = every_event()
    assert bike.venue is pavilion


# Undoing


def test_what_was_made_goes_and_what_was_changed_goes_back(
    read_in, take_in, nave, clock
):
    take_in(read_in(MEAL))
    before = everything()["event"]
    intake = read_in(
        BIKE, {**MEAL, "starts": "13h", "space": "Grande nef", "seats": "30"}
    )
    take_in(intake)
    clock.moves(hours=23)

    undone = undo(intake, clock())

    assert (undone.gone, undone.back, undone.stayed) == (1, 1, 0)
    (meal,) = every_event()
    assert meal.starts_at == datetime(2027, 6, 13, 10, tzinfo=UTC)
    assert (meal.venue, meal.space, meal.capacity) == (None, None, None)
    assert len(before) == 1


def test_a_festival_that_was_made_goes_with_its_programme(read_in, take_in, clock):
    intake = read_in(BIKE, MEAL, festival="Nuits d’été")
    take_in(intake)

    undone = undo(intake, clock())

    assert (undone.gone, every_event()) == (3, [])


def test_what_somebody_replied_to_stays_and_so_does_its_festival(
    read_in, take_in, build, clock
):
    intake = read_in(BIKE, MEAL, festival="Nuits d’été")
    take_in(intake)
    for event in every_event():
        if event.kind != "meal":
            events.publish(event, actor="test", now=clock())
    db.session.commit()
    build.guest(next(event for event in every_event() if event.kind == "workshop"))

    undone = undo(intake, clock())

    assert (undone.gone, undone.stayed) == (1, 2)
    assert {event.kind for event in every_event()} == {"workshop", "festival"}


def test_what_was_changed_again_since_stays(read_in, take_in, clock):
    take_in(read_in(MEAL))
    intake = read_in({**MEAL, "starts": "13h"})
    take_in(intake)
    (meal,) = every_event()
    later = meal.starts_at + timedelta(hours=1)
    events.revise(meal, starts_at=later, actor="test", now=clock())
    db.session.commit()

    undone = undo(intake, clock())

    assert (undone.back, undone.stayed) == (0, 1)
    assert every_event()[0].starts_at == later


def test_it_is_undone_once_and_within_a_day(read_in, take_in, clock):
    first, second = read_in(BIKE), read_in(MEAL)
    take_in(first)
    take_in(second)

    undo(first, clock())
    with pytest.raises(ImportSettled):
        undo(first, clock())
    db.session.rollback()
    clock.moves(days=1)
    with pytest.raises(ImportSettled):
        undo(second, clock())
    db.session.rollback()

    assert len(every_event()) == 1


def test_who_has_lost_a_role_undoes_nothing_of_it(
    build, read_in, take_in, ines, wheel, clock
):
    take_in(read_in(BIKE))
    changes = read_in(BIKE | {"seats": "20"}, MEAL)
    take_in(changes)
    accounts.take(
        ines, Grant(Role.ORGANISER, organisation_id=wheel.id), actor="x", now=clock()
    )
    accounts.give(
        *(ines, Grant(Role.ORGANISER, organisation_id=build.organisation("k", "K").id)),
        actor="x",
        now=clock(),
    )
    db.session.commit()

    undone = undo(changes, clock())

    assert (undone.gone, undone.back, undone.stayed) == (0, 0, 2)
    assert [event.capacity for event in every_event()] == [20, None]
    assert intakes.made(changes, ines.grants) == []


def test_what_is_written_under_a_number_that_came_free_is_no_imports(
    build, read_in, take_in, wheel, clock
):
    """SQLite gives the last number again once its event is deleted."""
    intake = read_in(BIKE, MEAL)
    take_in(intake)
    number = max(intake.made["events"])
    last = db.session.get_one(Event, number)
    event_life.delete(last, actor="x", now=clock())
    db.session.commit()
    clock.moves(minutes=1)
    build.event("later", id=number, published=False, organisers=[wheel])

    undo(intake, clock())

    assert [event.slug for event in every_event()] == ["later"]


@pytest.mark.parametrize("left", ["wheel", "kites"])
def test_a_table_older_than_a_role_brings_nothing_in(
    build, read_in, take_in, plan, ines, wheel, clock, left
):
    """In whose name it is, and its festival, are asked again, each by itself."""
    kites = build.organisation("kites", "Les Cerfs-volants")
    grant = Grant(Role.ORGANISER, organisation_id=kites.id)
    accounts.give(ines, grant, actor="x", now=clock())
    festival = build.event("nights", kind="festival", organisers=[kites])
    intake = read_in(MEAL, super_event=festival)
    assert becomes(plan(intake)) == [Becomes.MADE]

    number = (wheel if left == "wheel" else kites).id
    gone = Grant(Role.ORGANISER, organisation_id=number)
    accounts.take(ines, gone, actor="x", now=clock())
    db.session.commit()

    assert becomes(plan(intake)) == [Becomes.WRONG]
    with pytest.raises(LinesToPutRight):
        take_in(intake)


# What is kept


def test_what_was_done_stands_in_the_journal(read_in, take_in, clock):
    intake = read_in(BIKE, MEAL)
    take_in(intake)
    undo(intake, clock())

    query = select(LogEntry).where(LogEntry.thing == "intake").order_by(LogEntry.id)
    taken, undone = db.session.scalars(query).all()
    assert (taken.deed, taken.thing_id, taken.facts) == (
        *("imported", intake.id),
        {"made": 2, "changed": 0},
    )
    assert (undone.deed, undone.facts) == ("undid", {"gone": 2, "back": 0, "stayed": 0})


def test_a_table_that_nobody_takes_in_is_forgotten_after_a_week(
    read_in, take_in, clock
):
    taken, left = read_in(BIKE), read_in(MEAL)
    take_in(taken)
    number = left.public_id
    clock.moves(days=8)

    newest = read_in(BIKE)

    kept = set(db.session.scalars(select(Intake.public_id)))
    assert kept == {taken.public_id, newest.public_id}
    assert number not in kept


@contextmanager
def statements() -> Iterator[list[str]]:
    """Write down every statement."""
    said: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        said.append(statement)

    db.session.rollback()
    listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        remove(db.engine, "before_cursor_execute", note)


def test_the_plan_takes_as_many_statements_for_one_line_as_for_forty(read_in, plan):
    forty = [{**BIKE, "name": f"Vélo {n}", "starts": f"{n % 20}:00"} for n in range(40)]
    one, many = read_in(BIKE), read_in(*({**line, "ends": ""} for line in forty))

    counted = []
    for intake in (one, many):
        with statements() as said:
            plan(intake)
        counted.append(len(said))

    assert counted[0] == counted[1]


@pytest.mark.parametrize("since", ["amend", "publish", "picture", "move"])
def test_what_was_worked_on_since_stays(read_in, take_in, build, nave, clock, since):
    intake = read_in(BIKE, MEAL)
    take_in(intake)
    _bike, meal = every_event()
    later = meal.starts_at + timedelta(hours=1)
    facts = {"actor": "test", "now": clock.moves(minutes=5)}
    match since:
        case "amend":
            event_life.amend(meal, {"description": Words(fr="Midi")}, **facts)
        case "publish":
            events.publish(meal, **facts)
        case "picture":
            build.picture(meal)
        case "move":
            events.revise(meal, starts_at=later, **facts)
    db.session.commit()

    undone = undo(intake, clock())

    assert (undone.gone, undone.stayed) == (1, 1)
    assert every_event() == [meal]


def test_parts_of_what_is_not_listed_are_not_listed(read_in, take_in, build, wheel):
    nights = build.event("nights", kind="festival", listed=False, organisers=[wheel])

    take_in(read_in(BIKE, super_event=nights))

    (part,) = nights.sub_events
    assert not part.listed
    assert part.slug.startswith("repare-ton-velo-")
