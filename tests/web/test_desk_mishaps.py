"""One event at the desk, when a year is mistyped or two people write at once."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import delete, select

from festival import database
from festival.domain.lifecycle import EventStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter
from festival.services import boards, event_life, events, pictures
from festival.web.desk import pictures as desk_pictures
from tests.conftest import NOON, both_databases

A_WEEK = timedelta(days=7)
WIND = Words(fr="Vent")


@pytest.fixture
def nave(build):
    return build.space(build.venue(), capacity=40)


@pytest.fixture
def kites(build, nave):
    return build.event("kites", venue=nave.venue, space=nave)


@pytest.fixture
def nights(build, nave):
    """A festival whose one part is the kites."""
    nights = build.event(
        "nights", kind="festival", venue=nave.venue, ends_at=NOON + timedelta(days=9)
    )
    build.event("kites", super_event=nights, venue=nave.venue, space=nave)
    return nights


def event_at(slug: str) -> Event:
    db.session.rollback()
    return db.session.scalars(select(Event).where(Event.slug == slug)).one()


def test_a_mistyped_year_is_refused_beside_the_last_day(desk, nave):
    ines = desk()
    ines.opens("/en/desk/events/new")
    ines.fills(name="Fair", kind="festival", date="05/06/2027")
    page = ines.fills(end_date="31/12/2199").presses("Publish")

    assert (page.status, list(page.errors)) == (422, ["end_date"])
    assert ines.fills(end_date="05/06/2028").presses("Publish").status == 200


@pytest.mark.parametrize("hours", [10, 12.5, 23, 24, 36])
def test_an_event_over_midnight_can_be_edited_and_copied(desk, build, nave, hours):
    starts_at = NOON + A_WEEK + timedelta(hours=6)
    build.event("jam", starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours))
    ines = desk()
    page = ines.opens("/en/desk/events/jam/edit")

    assert (page.fields["end_date"] == "") is (hours <= 12)
    assert ines.fills(internal_note="x").presses("Save").status == 200
    assert event_at("jam").ends_at == starts_at + timedelta(hours=hours)
    ines.opens("/en/desk/events/new?from=jam")
    assert ines.presses("Keep as a draft").status == 200
    assert event_at("ouverture").ends_at == starts_at + A_WEEK + timedelta(hours=hours)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_no_address_of_the_desk_stumbles_over_a_null(desk, kites):
    ines = desk()
    for path, status in {
        "events/?q=%00": 200,
        "journal/?event=%00": 404,
        "events/new?from=%00": 404,
        "series/new?from=%00": 404,
        "events/%00": 404,
    }.items():
        assert ines.opens(f"/en/desk/{path}").status == status, path


def test_two_who_write_at_once_both_keep_what_they_wrote(desk, kites):
    ines, zoe = desk(), desk(name="Zoé")
    ines.opens("/en/desk/events/kites/edit")
    zoe.opens("/en/desk/events/kites/edit")
    zoe.fills(description="Of paper", capacity="12", languages="en", start="15:00")
    zoe.fills(**{"description-fr": "De papier", "question": "Yours?"}).presses("Save")
    ines.fills(internal_note="Key at the bar", question="Which?")
    page = ines.presses("Save")

    assert page.status == 422
    assert page.fields["description"].strip() == "Of paper"
    assert (page.fields["start"], page.fields["capacity"]) == ("15:00", "12")
    assert ines.presses("Save").status == 200
    kites = event_at("kites")
    assert kites.description == Words(fr="De papier", en="Of paper")
    assert (kites.internal_note, kites.question["en"]) == ("Key at the bar", "Which?")
    assert (kites.capacity, kites.languages) == (12, ["en"])
    assert kites.starts_at == NOON + A_WEEK + timedelta(hours=3)


def test_a_mark_of_nonsense_overwrites_nothing_unsaid(desk, kites):
    ines = desk()
    ines.opens("/en/desk/events/kites/edit")
    page = ines.fills(mark="\x00=é =").presses("Save")

    assert page.status == 422
    assert ines.presses("Save").status == 200


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_is_written_while_we_wait_for_our_turn_is_not_lost(
    desk, kites, monkeypatch
):
    ines = desk()
    ines.opens("/en/desk/events/kites/edit")
    people_to_tell = event_life.people_to_tell
    told: list[bool] = []

    def meanwhile(event, facts):
        """Try to write what another would, in the moment before the deed."""
        with database.reading(only=False), db.engine.begin() as other:
            row = select(Event.id).where(Event.slug == "kites")
            held = row.with_for_update(skip_locked=True)
            told.append(other.execute(held).first() is None)
        return people_to_tell(event, facts)

    monkeypatch.setattr(event_life, "people_to_tell", meanwhile)
    ines.fills(internal_note="x").presses("Save")

    assert told == [True]


def test_a_festival_that_comes_back_asks_for_the_box_of_its_parts(desk, build, nights):
    nave = event_at("kites").space
    events.cancel(nights, WIND, actor="test", now=NOON)
    db.session.commit()
    build.event("wedding", venue=nave.venue, space=nave)
    ines = desk()
    ines.opens("/en/desk/events/nights/return")
    page = ines.presses("Bring it back")

    assert (page.status, list(page.errors)) == (422, ["anyway"])
    assert event_at("kites").status is EventStatus.CANCELLED
    assert ines.fills(anyway="y").presses("Bring it back").status == 200
    assert event_at("kites").status is EventStatus.SCHEDULED


def test_a_postponed_festival_gets_its_date_where_its_parts_get_theirs(desk, nights):
    events.postpone(nights, WIND, actor="test", now=NOON)
    db.session.commit()
    ines = desk()
    ines.opens("/en/desk/events/nights/edit")
    page = ines.fills(date="01/07/2027", end_date="03/07/2027").presses("Save")

    assert (page.status, list(page.errors)) == (422, ["date"])
    assert "Bring it back" in page.errors["date"]
    assert event_at("nights").status is EventStatus.POSTPONED


@both_databases
def test_replies_close_as_long_before_another_date(build, clock):
    closes_at = NOON + timedelta(days=6)
    kites = build.event("kites", replies_close_at=closes_at)
    events.revise(kites, starts_at=NOON + 2 * A_WEEK, actor="test", now=clock())
    assert kites.replies_close_at == closes_at + A_WEEK

    events.postpone(kites, WIND, actor="test", now=clock())
    later = {"starts_at": NOON + 4 * A_WEEK}
    event_life.bring_back(kites, **later, actor="test", now=clock())
    assert kites.replies_close_at == closes_at + 3 * A_WEEK


def test_in_the_form_another_date_moves_when_replies_close(desk, build, nave):
    closes_at = NOON + timedelta(days=6)
    build.event("kites", replies_close_at=closes_at, venue=nave.venue, space=nave)
    ines = desk()
    ines.opens("/en/desk/events/kites/edit")
    ines.fills(date="15/06/2027").presses("Save")
    assert event_at("kites").replies_close_at == closes_at + A_WEEK

    page = ines.opens("/en/desk/events/kites/edit")
    assert page.fields["date"] == "2027-06-15"
    ines.fills(date="22/06/2027", closes="01/06/2027 10:00").presses("Save")
    assert f"{event_at('kites').replies_close_at:%d %H:%M}" == "01 08:00"


def test_a_plan_comes_back_with_its_part(nights):
    later = timedelta(minutes=15)
    boards.shift(event_at("kites"), later, actor="test", now=NOON)
    nights = db.session.merge(nights)
    events.postpone(nights, WIND, actor="test", now=NOON)
    back = {"starts_at": nights.starts_at + 2 * A_WEEK}
    event_life.bring_back(nights, **back, actor="test", now=NOON)

    kites = nights.sub_events[0]
    assert kites.plan.starts_at == kites.starts_at + later
    assert kites.plan.ends_at == kites.ends_at + later


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_is_deleted_meanwhile_cannot_be_published(desk, build, monkeypatch):
    build.event("kites", published=False)
    ines = desk()
    ines.opens("/en/desk/events/kites")
    publish = events.publish

    def too_late(event, **more):
        with database.reading(only=False), db.engine.begin() as other:
            other.execute(delete(Event).where(Event.slug == "kites"))
        publish(event, **more)

    monkeypatch.setattr(events, "publish", too_late)

    assert ines.presses("Publish").status == 404


def test_an_event_comes_back_once(desk, kites, monkeypatch):
    events.cancel(kites, WIND, actor="test", now=NOON)
    db.session.commit()
    stale = event_at("kites")
    assert stale.status is EventStatus.CANCELLED
    with database.reading(only=False):
        db.session.connection().exec_driver_sql(
            "UPDATE event SET status = 'scheduled' WHERE slug = 'kites'"
        )

        assert event_life.bring_back(stale, actor="test", now=NOON) == 0
        assert stale.revision == 1


def test_a_picture_that_is_too_large_keeps_the_words_beside_it(
    desk, kites, monkeypatch
):
    assert pictures.LARGEST == 10 * 2**20 < desk_pictures.MOST
    monkeypatch.setattr(pictures, "LARGEST", 100_000)
    monkeypatch.setattr(desk_pictures, "MOST", 200_000)
    ines = desk()
    page = ines.opens("/en/desk/events/kites/picture")
    assert "10 MB at most" in page.text
    ines.fills(picture=(BytesIO(b"x" * 100_001), "a.jpg"), words="A kite")
    page = ines.presses("Save the picture")

    assert (page.status, list(page.errors)) == (422, ["picture"])
    assert page.fields["words"].strip() == "A kite"
    ines.fills(picture=(BytesIO(b"x" * 300_000), "a.jpg"))
    page = ines.presses("Save the picture")
    assert (page.status, list(page.errors)) == (413, ["picture"])


def test_a_draft_is_not_cancelled(desk, build):
    build.event("kites", published=False)
    ines = desk()
    ines.opens("/en/desk/events/kites/cancel")
    page = ines.fills(reason="Wind").presses("Cancel the event")

    assert page.status == 422
    assert "draft" in page.summary[0]


def test_a_public_reason_can_be_mended_and_nobody_is_written_to_again(
    desk, build, nights
):
    build.guest(event_at("kites"))
    ines = desk()
    ines.opens("/en/desk/events/nights/cancel")
    ines.fills(reason="Strom").presses("Cancel the event")
    posted = db.session.query(Letter).count()
    ines.opens("/en/desk/events/nights")
    page = ines.follows("Change the reason")
    assert page.fields["reason"].strip() == "Strom"
    ines.fills(reason="Storm").presses("Change the reason")

    for slug in ("nights", "kites"):
        event = event_at(slug)
        assert (event.status_reason["en"], event.revision) == ("Storm", 2)
    assert db.session.query(Letter).count() == posted
