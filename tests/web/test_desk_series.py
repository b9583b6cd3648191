"""Series at the desk: from a form to twelve open days, and what becomes of them."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select

from festival.domain.lifecycle import EventStatus
from festival.domain.recurrence import local
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus
from festival.services import events
from tests.conftest import NOON

PARIS = "Europe/Paris"
NEW = "/en/desk/series/new"
BOXES = "input[name=days]"


@pytest.fixture
def wheel(build):
    return build.organisation("wheel", "La Roue libre")


@pytest.fixture
def nave(build):
    return build.space(build.venue(), capacity=40)


@pytest.fixture
def source(build, wheel, nave):
    """An open day in a week, from two to four, in the nave."""
    return build.event(
        "open-day",
        kind="open_day",
        venue=nave.venue,
        space=nave,
        organisers=[wheel],
        starts_at=NOON + timedelta(days=7, hours=2),
    )


def every_event() -> list[Event]:
    db.session.rollback()
    return list(db.session.scalars(select(Event).order_by(Event.starts_at)))


def begins(events) -> list[datetime]:
    return [local(event.starts_at, PARIS) for event in events]


def waiting() -> list[int]:
    query = select(Letter.event_id).where(
        Letter.kind == "event-changed", Letter.status == LetterStatus.WAITING
    )
    return list(db.session.scalars(query))


def test_twelve_open_days_like_one_that_is_there_in_two_loads(desk, wheel, source):
    ines = desk("organiser", organisation=wheel)

    page = ines.opens(f"{NEW}?from=open-day")  # one
    boxes = page.html.select(BOXES)
    page = ines.presses("Publish these dates")  # two

    assert len(boxes) == 12
    assert all(box.has_attr("checked") for box in boxes)
    assert "12 dates are made." in page.text
    found = every_event()
    assert len(found) == 13
    assert {event.status for event in found} == {EventStatus.SCHEDULED}
    assert {at.time() for at in begins(found)} == {time(14)}
    assert [
        (b - a).days for a, b in zip(begins(found), begins(found)[1:], strict=False)
    ] == [7] * 12


def test_twelve_open_days_from_nothing_in_two_loads(desk, wheel, nave, source):
    ines = desk("organiser", organisation=wheel)

    ines.opens(NEW)  # one: place, hours and organisation are those used last
    ines.fills(name="Open house")
    page = ines.presses("Publish these dates")  # two

    assert "12 dates are made." in page.text
    made = [event for event in every_event() if event.slug != "open-day"]
    assert [event.slug for event in made[:2]] == ["open-house", "open-house-2027-06-22"]
    assert {event.space for event in made} == {nave}
    assert {event.capacity for event in made} == {40}
    assert {event.organisers[0].slug for event in made} == {"wheel"}


def test_nothing_is_made_before_its_dates_have_been_read(desk, source):
    ines = desk()
    ines.opens(f"{NEW}?from=open-day")

    ines.fills(rhythm="month", week="1", times="3", first="2027-07-06")
    page = ines.presses("Publish these dates")

    assert [box["value"] for box in page.html.select(BOXES)] == [
        *("2027-07-06", "2027-08-03", "2027-09-07"),
    ]
    assert len(every_event()) == 1
    assert "3 dates are made." in ines.presses("Publish these dates").text


def test_a_box_unticked_is_a_date_less(desk, source):
    ines = desk()
    page = ines.opens(f"{NEW}?from=open-day")
    form = {name: value for name, value in page.fields.items() if value is not None}
    days = [box["value"] for box in page.html.select(BOXES)]

    page = ines.sends(page.path, {**form, "days": [days[0], days[3]], "press": "draft"})

    assert "2 dates are made." in page.text
    made = every_event()[1:]
    assert [f"{at:%Y-%m-%d}" for at in begins(made)] == [days[0], days[3]]
    assert {event.status for event in made} == {EventStatus.DRAFT}


def test_school_holidays_a_closed_venue_and_what_is_taken_stand_beside_a_date(
    desk, build, source, nave
):
    nave.venue.occupied_until = (NOON + timedelta(days=60)).date()
    db.session.commit()
    build.event(
        "kites",
        venue=nave.venue,
        space=nave,
        starts_at=NOON + timedelta(days=14, hours=3),
    )
    ines = desk()

    page = ines.opens(f"{NEW}?from=open-day")
    assert "is already taken" in page.text
    assert "is ours until" in page.text
    assert "School holidays" in page.text
    page = ines.presses("Publish these dates")

    assert page.status == 422
    assert "anyway" in page.errors
    assert len(every_event()) == 2
    ines.fills(anyway="y")
    assert "12 dates are made." in ines.presses("Publish these dates").text


def test_drafts_ask_for_no_box_until_they_are_published(desk, build, source, nave):
    at = NOON + timedelta(days=14, hours=2)
    build.event("kites", venue=nave.venue, space=nave, starts_at=at)
    ines = desk()
    ines.opens(f"{NEW}?from=open-day")

    page = ines.presses("Keep as drafts")
    assert "12 drafts" in page.text
    page = ines.presses("Publish the drafts")
    assert page.status == 422
    page = ines.fills(anyway="y").presses("Publish the drafts")

    assert page.status == 200
    assert {event.status for event in every_event()} == {EventStatus.SCHEDULED}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"first": "tomorrow-ish"}, "first"),
        ({"begins": ""}, "begins"),
        ({"every": "0"}, "every"),
        ({"times": "61"}, "times"),
        ({"rhythm": "dates", "dates": "21/11/2027\nnever"}, "dates"),
        ({"rhythm": "dates", "dates": " "}, "dates"),
        ({"until": "x"}, "until"),
        ({"ends": "14:00"}, "ends"),
        ({"rhythm": "dates", "dates": "31/12/9999"}, "dates"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(desk, source, typed, field):
    ines = desk()
    ines.opens(f"{NEW}?from=open-day")

    page = ines.fills(**typed).presses("Show these dates")

    assert (page.status, [*page.errors]) == (422, [field])
    assert page.html.select(BOXES) == []
    assert len(every_event()) == 1


def test_what_nobody_offered_makes_nothing(desk, source):
    ines = desk()
    page = ines.opens(f"{NEW}?from=open-day")
    form = {**page.fields, "press": "publish", "days": ["2027-06-15", "2031-01-01"]}

    assert ines.sends(page.path, {**form, "rhythm": "x"}).status == 422
    assert ines.sends(page.path, {**form, "week": "x"}).status == 422
    ines.sends(page.path, form)

    assert [f"{at:%m-%d}" for at in begins(every_event())] == ["06-08", "06-15"]


def test_nobody_writes_in_the_name_of_others(desk, build, nave, source):
    kites = build.organisation("kites", "Les Cerfs-volants")
    ben = desk("organiser", organisation=kites)

    assert ben.opens(f"{NEW}?from=open-day").status == 404
    page = ben.opens(NEW)
    assert "wheel" not in page.response.text
    form = {**page.fields, "name": "Hello", "press": "draft", "place": "halle/nef"}
    days = [box["value"] for box in page.html.select(BOXES)]
    page = ben.sends(NEW, {**form, "organisation": "wheel", "days": days})

    assert page.status == 422
    assert len(every_event()) == 1


@pytest.fixture
def made(desk, source):
    """Three open days more, and who made them."""
    ines = desk()
    ines.opens(f"{NEW}?from=open-day")
    ines.fills(times="3").presses("Show these dates")
    ines.presses("Publish these dates")
    return ines


def test_a_series_tells_its_dates_and_who_comes(made, build, source):
    build.guest(source, party_size=2)

    page = made.opens("/en/desk/series/open-day")

    assert page.heading == "Opening"
    assert "2 people" in page.text
    assert len(page.html.select("li.desk-line")) == 4


def test_a_change_of_the_following_dates_tells_their_guests_alone(made, build):
    events = every_event()
    for event in events:
        build.guest(event)
    made.opens("/en/desk/series/open-day/open-day-2027-06-22")
    assert "2 replies" in made.page.text

    made.fills(which="following", begins="10:00", ends="12:00")
    page = made.presses("Tell them and save")

    assert "2 letters" in page.text
    assert waiting() == [event.id for event in events[2:]]
    assert [at.hour for at in begins(every_event())] == [14, 14, 10, 10]


def test_what_one_date_says_the_following_ones_say_too(made, build):
    build.guest(every_event()[3], party_size=3)
    made.opens("/en/desk/events/open-day-2027-06-22/edit")
    made.fills(capacity="2", description="With *coffee*").presses("Save")
    made.opens("/en/desk/series/open-day/open-day-2027-06-22")

    page = made.fills(which="following", alike="y").presses("Tell them and save")

    assert "1 person more comes than there are places." in page.text
    assert "Nobody had to be written to." in page.text
    assert [event.capacity for event in every_event()] == [10, 10, 2, 2]
    assert every_event()[3].description["en"] == "With *coffee*"


def test_without_telling_nobody_is_written_to(made, build):
    build.guest(every_event()[0])
    made.opens("/en/desk/series/open-day/open-day-2027-06-22")

    made.fills(which="all", name="Come in").presses("Save without telling")

    assert waiting() == []
    assert {event.name["en"] for event in every_event()} == {"Come in"}


def test_a_date_is_moved_alone_and_no_other_goes_with_it(made):
    made.opens("/en/desk/series/open-day/open-day-2027-06-22")
    page = made.fills(which="all", day="2027-06-23").presses("Save")
    assert [*page.errors] == ["day"]

    page = made.fills(which="this", day="2027-06-23").presses("Save")

    assert "Moved alone" in page.text
    assert [at.day for at in begins(every_event())] == [8, 15, 23, 29]


def test_a_change_that_takes_a_taken_space_asks_for_a_box(made, build, nave):
    at = NOON + timedelta(days=14)
    build.event("kites", venue=nave.venue, space=nave, starts_at=at)
    made.opens("/en/desk/series/open-day/open-day")

    page = made.fills(which="all", begins="12:00", ends="13:00").presses("Save")
    assert page.status == 422
    assert "is already taken" in page.text
    assert begins(every_event())[0].hour == 14
    page = made.fills(anyway="y").presses("Save")

    assert page.status == 200
    assert begins(every_event())[0].hour == 12


def test_dates_are_called_off_with_a_reason_that_everybody_reads(made, build):
    guest = build.guest(every_event()[3])
    made.opens("/en/desk/series/open-day/open-day-2027-06-22/cancel")

    assert [*made.presses("Cancel these dates").errors] == ["reason"]
    made.fills(which="following", reason="No heating")
    page = made.presses("Cancel these dates")

    assert "1 letter" in page.text
    letters = select(Letter.rsvp_id).where(Letter.kind == "event-cancelled")
    assert list(db.session.scalars(letters)) == [guest.id]
    assert [event.status.value for event in every_event()] == [
        *("scheduled", "scheduled", "cancelled", "cancelled"),
    ]


def test_a_series_of_others_is_not_there(made, desk, build):
    ben = desk("organiser", organisation=build.organisation("kites", "Les Cerfs"))

    for path in ("", "/open-day-2027-06-22", "/open-day-2027-06-22/cancel"):
        assert ben.opens(f"/en/desk/series/open-day{path}").status == 404
    assert ben.opens("/en/desk/series/nothing").status == 404


def test_more_dates_cost_no_more_statements(made):
    made.opens(f"{NEW}?from=open-day-2027-06-29")
    made.presses("Keep as drafts")
    counts = []
    for last in ("open-day-2027-09-21", ""):
        seen: list[str] = []

        def kept(*args, into=seen):
            into.append(args[2])

        sqlalchemy_event.listen(db.engine, "before_cursor_execute", kept)
        made.opens("/en/desk/series/open-day")
        sqlalchemy_event.remove(db.engine, "before_cursor_execute", kept)
        counts.append(len(seen))
        if last:
            made.opens(f"{NEW}?from={last}")
            made.presses("Keep as drafts")

    assert counts[0] == counts[1]


def test_a_draft_that_is_repeated_and_published_asks_for_a_box_too(
    desk, build, source, nave
):
    source.status = EventStatus.DRAFT
    build.event(
        "kites", venue=nave.venue, space=nave, starts_at=NOON + timedelta(days=7)
    ).ends_at = source.ends_at
    db.session.commit()
    ines = desk()
    ines.opens(f"{NEW}?from=open-day")

    page = ines.presses("Publish these dates")

    assert [*page.errors] == ["anyway"]
    assert {event.slug for event in every_event()} == {"kites", "open-day"}
    assert ines.fills(anyway="y").presses("Publish these dates").status == 200


def test_a_series_sent_twice_is_one(desk, wheel, nave):
    ines = desk("organiser", organisation=wheel)
    ines.opens(NEW)
    page = ines.fills(name="Open house", place="halle/nef").presses("Show these dates")
    days = [box["value"] for box in page.html.select(BOXES)]
    form = {**page.fields, "days": days, "press": "draft"}

    made = [ines.sends(NEW, form).path for _ in range(2)]

    assert {path.partition("?")[0] for path in made} == {"/en/desk/series/open-house"}
    assert len(every_event()) == 12


def test_nothing_is_online_without_a_link(made, desk):
    made.opens("/en/desk/series/open-day/open-day")
    page = made.fills(which="all", place="online").presses("Save")
    assert [*page.errors] == ["place"]
    assert all(event.venue for event in every_event())

    made.opens(NEW)
    page = made.fills(name="Talk", place="online").presses("Keep as drafts")

    assert [*page.errors] == ["place"]


def test_drafts_whose_day_has_gone_by_are_not_published(desk, source, clock):
    ines = desk()
    ines.opens(f"{NEW}?from=open-day")
    ines.fills(times="2").presses("Show these dates")
    ines.presses("Keep as drafts")
    clock.moves(days=15)
    ines = desk()

    page = ines.opens("/en/desk/series/open-day")
    assert "1 draft" in page.text
    ines.presses("Publish the drafts")

    assert [event.status.value for event in every_event()] == [
        *("scheduled", "draft", "scheduled"),
    ]


def test_more_dates_than_there_may_be_are_not_cut_in_silence(desk, source):
    ines = desk()
    ines.opens(f"{NEW}?from=open-day")
    days = (NOON + timedelta(days=20 + n) for n in range(61))
    given = "\n".join(f"{day:%d/%m/%Y}" for day in days)

    page = ines.fills(rhythm="dates", dates=given).presses("Show these dates")

    assert [*page.errors] == ["dates"]


def test_a_name_is_written_in_the_language_it_is_in(made):
    for event in every_event():
        event.name = Words(fr="Ouverture")
    db.session.commit()
    made.opens("/en/desk/series/open-day/open-day")

    made.fills(which="all", name="Portes ouvertes").presses("Save")

    assert {event.name for event in every_event()} == {Words(fr="Portes ouvertes")}


def test_what_lasts_for_days_is_moved_whole_and_a_postponed_date_says_so(made):
    first, second, *_ = every_event()
    first.ends_at = first.starts_at + timedelta(days=2)
    events.postpone(second, Words(fr="Neige"), actor="test", now=NOON)
    db.session.commit()
    made.opens("/en/desk/series/open-day/open-day")

    page = made.fills(which="this", day="2027-06-10").presses("Save")

    assert page.status == 200
    assert "Postponed" in page.text
    first = every_event()[0]
    assert first.ends_at - first.starts_at == timedelta(days=2)
