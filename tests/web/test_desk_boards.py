"""The programme board: buttons that move, and one page that publishes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select

from festival.domain.lifecycle import EventStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter, LetterStatus
from festival.services import events
from tests.conftest import NOON

BOARD = "/en/desk/festivals/nights/board"
QUARTER = timedelta(minutes=15)


@pytest.fixture
def nights(build):
    """A festival from noon of the 8th of June 2027 on, for two days."""
    wheel = build.organisation("wheel", "La Roue libre")
    venue = build.venue()
    nave = build.space(venue, capacity=40)
    build.space(venue, "cour", name=Words(fr="La cour", en="The yard"))
    festival = build.event(
        "nights",
        kind="festival",
        name=Words(fr="Les Nuits", en="The Nights"),
        venue=venue,
        ends_at=NOON + timedelta(days=8),
        organisers=[wheel],
    )
    kites = Words(fr="Cerfs-volants", en="Kites")
    facts = {"super_event": festival, "venue": venue}
    build.event("kites", name=kites, space=nave, **facts)
    songs = Words(fr="Chansons", en="Songs")
    build.event("songs", name=songs, published=False, **facts)
    return festival


@pytest.fixture
def ines(desk, nights):
    return desk("organiser", organisation=nights.organisers[0])


def found(slug) -> Event:
    db.session.rollback()
    return db.session.scalars(select(Event).where(Event.slug == slug)).one()


def waiting() -> list[int]:
    query = select(Letter.event_id).where(
        Letter.kind == "event-changed", Letter.status == LetterStatus.WAITING
    )
    return list(db.session.scalars(query))


def test_the_board_shows_its_spaces_its_parts_and_what_has_no_place(ines):
    page = ines.opens(BOARD)

    assert page.status == 200
    heads = [head.get_text(strip=True) for head in page.html.select(".heads li")]
    assert [head.partition("4")[0] for head in heads] == ["Great nave", "The yard"]
    assert [li.h3.get_text() for li in page.html.select(".grid .slot")] == ["Kites"]
    assert [li.h3.get_text() for li in page.html.select(".unplaced .slot")] == ["Songs"]
    sheet = page.html.select('link[href*="grid-2027-06-08"]')[0]["href"]
    css = ines.opens(sheet).response
    assert css.mimetype == "text/css"
    assert f"#s0-{found('kites').id}" in css.text


def test_a_published_part_is_moved_by_buttons_and_told_once(ines, build):
    kites = found("kites")
    guest, was = build.guest(kites), kites.starts_at
    ines.opens(BOARD)

    ines.presses("+15 min Kites")
    ines.presses("+15 min Kites")
    page = ines.presses("Kites → The yard")

    assert "1 change not published" in page.text
    assert (found("kites").starts_at, waiting()) == (was, [])
    page = ines.follows("Publish changes")
    assert "1 letter" in page.text
    page = ines.presses("Publish")
    assert "The programme is published." in page.text
    assert "1 letter leaves" in page.text
    kites = found("kites")
    assert (kites.starts_at, kites.space.slug) == (was + 2 * QUARTER, "cour")
    assert waiting() == [guest.event_id]


def test_wherever_one_looks_a_change_that_waits_is_said(ines, build):
    hint = "What is moved here stays as it was for everybody else"
    before = ines.opens(BOARD).text
    ines.presses("Kites → The yard")

    board = ines.opens(BOARD)
    part = ines.opens("/en/desk/events/kites")
    whole = ines.opens("/en/desk/events/nights")
    first = ines.opens("/en/desk/")

    assert (hint in before, hint in board.text) == (False, True)
    assert "it is to be Tuesday 8 June, midday to 2pm, The yard." in part.text
    assert "1 change of its programme is not published yet." in whole.text
    assert "The Nights · 1 change not published" in first.text
    for page in (part, whole):
        assert page.link("Publish changes") == f"{BOARD}/changes"
    ines.opens(f"{BOARD}/changes")
    ines.presses("Publish")
    for path in ("events/kites", "events/nights", ""):
        assert "not published" not in ines.opens(f"/en/desk/{path}").text.lower()


def test_a_step_back_takes_a_change_back(ines):
    ines.opens(BOARD)
    ines.presses("−15 min Kites")

    page = ines.presses("As published Kites")

    assert "0 changes not published" in page.text
    assert found("kites").plan is None


def test_a_part_is_added_placed_and_published_with_the_others(ines):
    ines.opens(BOARD)
    [yard] = (
        option["value"]
        for option in ines.page.html.select("#space option")
        if option.get_text() == "The yard"
    )
    ines.fills(name="Fire dance", kind="concert", begins="22:30", minutes="90")

    page = ines.fills(space=yard).presses("Add this part")
    assert "Fire dance" in page.text
    dance = found("fire-dance")
    assert (dance.status, dance.space.slug) == (EventStatus.DRAFT, "cour")
    assert dance.ends_at - dance.starts_at == timedelta(minutes=90)
    assert [one.slug for one in dance.organisers] == ["wheel"]
    ines.follows("Publish changes")
    ines.presses("Publish")

    assert found("fire-dance").status is EventStatus.SCHEDULED
    assert found("songs").status is EventStatus.DRAFT  # it has no place: not ticked


def test_a_part_is_placed_by_its_form(ines):
    page = ines.opens(BOARD)
    nave = page.html.select("#space option")[1]["value"]

    ines.fills(day="2027-06-09", begins="09:30", minutes="45", space=nave)
    ines.presses("Place it Songs")

    songs = found("songs")
    assert f"{songs.starts_at:%d %H:%M}" == "09 07:30"  # UTC
    assert songs.ends_at - songs.starts_at == timedelta(minutes=45)
    assert songs.space.slug == "nef"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"begins": "soon"}, "begins"),
        ({"minutes": "4"}, "minutes"),
        ({"minutes": "100000"}, "minutes"),
        ({"day": "x"}, "day"),
    ],
)
def test_what_is_wrong_is_said_in_the_part_s_own_form(ines, typed, field):
    ines.opens(BOARD)

    page = ines.fills(**typed).presses("Place it Songs")

    number = found("songs").id
    assert page.status == 422
    assert [*page.errors] == [f"{field}-{number}"]
    assert len(page.html.select("details[open]")) == 1


def test_a_new_part_without_a_name_is_asked_for_one(ines):
    ines.opens(BOARD)

    page = ines.fills(minutes="x").presses("Add this part")

    assert (page.status, sorted(page.errors)) == (422, ["minutes", "name"])


def test_what_is_in_the_way_is_listed_and_only_the_same_space_asks_for_a_box(
    ines, build
):
    kites = found("kites")
    build.event(
        "bikes",
        name=Words(en="Bikes"),
        venue=kites.venue,
        space=kites.space,
        starts_at=kites.starts_at - timedelta(hours=3),
        ends_at=kites.starts_at - timedelta(minutes=5),
    )
    page = ines.opens(BOARD)
    assert "Less than ten minutes" in page.text
    ines.presses("−15 min Kites")
    page = ines.follows("Publish changes")
    assert "is already taken" in page.text

    page = ines.presses("Publish")
    assert (page.status, [*page.errors]) == (422, ["anyway"])
    assert found("kites").revision == 0
    ines.fills(anyway="y").presses("Publish")

    assert found("kites").revision == 1


def test_what_changed_while_the_page_was_read_is_read_again(ines, desk, nights):
    ben = desk()
    ines.opens(BOARD)
    ines.presses("+15 min Kites")
    ines.opens(f"{BOARD}/changes")
    ben.opens(BOARD)
    ben.presses("+15 min Kites")

    page = ines.presses("Publish")
    assert page.status == 422
    assert "changed since you opened this page" in page.text
    ines.presses("Publish")

    kites = found("kites")
    assert kites.starts_at == NOON + timedelta(days=7) + 2 * QUARTER


def test_a_board_is_a_festival_s_and_its_organisers(ines, desk, build, nights):
    other = desk("organiser", organisation=build.organisation("kites", "Les Cerfs"))
    only_part = desk("organiser", event=found("kites"))
    build.event("walk", organisers=[nights.organisers[0]])

    for path in (BOARD, f"{BOARD}/changes", f"{BOARD}/grid-2027-06-08.css"):
        assert other.opens(path).status == 404
        assert only_part.opens(path).status == 404
    assert ines.opens("/en/desk/festivals/walk/board").status == 404
    ines.opens(BOARD)
    form = {"seal": ines.page.fields["seal"], "step": "later"}
    assert ines.sends(f"{BOARD}/parts/walk", form).status == 404
    assert other.sends(f"{BOARD}/parts/kites", form).status == 404
    assert found("kites").plan is None


def test_a_step_without_this_stay_s_seal_moves_nothing(ines, desk):
    ben = desk()
    seal = ben.opens(BOARD).fields["seal"]

    page = ines.sends(f"{BOARD}/parts/kites", {"seal": seal, "step": "later"})

    assert page.status == 422
    assert found("kites").plan is None


def test_more_parts_cost_no_more_statements(ines, build, nights):
    counts = []
    for number in range(3):
        seen: list[str] = []

        def kept(*args, into=seen):
            into.append(args[2])

        sqlalchemy_event.listen(db.engine, "before_cursor_execute", kept)
        ines.opens(BOARD)
        ines.opens(f"{BOARD}/changes")
        sqlalchemy_event.remove(db.engine, "before_cursor_execute", kept)
        counts.append(len(seen))
        kites = found("kites")
        for step in range(3):
            build.event(
                f"more-{number}-{step}",
                super_event=found("nights"),
                venue=kites.venue,
                space=kites.space,
                organisers=found("nights").organisers,
                published=False,
            )

    assert counts[1] == counts[2]


def test_a_part_sent_twice_is_one(ines):
    ines.opens(BOARD)
    form = {**ines.page.fields, "name": "Walk"}

    ines.sends(f"{BOARD}/parts", form)
    ines.sends(f"{BOARD}/parts", form)
    ines.sends(f"{BOARD}/parts", {**form, "name": "Another walk"})

    parts = {event.slug for event in found("nights").sub_events}
    assert parts == {"kites", "songs", "walk", "another-walk"}


def test_what_is_postponed_says_so_and_stays_where_it_is(ines):
    ines.opens(BOARD)
    ines.presses("+15 min Kites")
    events.postpone(found("kites"), Words(fr="Vent"), actor="test", now=NOON)
    db.session.commit()

    page = ines.opens(BOARD)
    assert "Postponed" in page.text
    page = ines.presses("+15 min Kites")
    assert page.status == 422
    assert "its new date is not known yet" in page.text
    page = ines.opens(f"{BOARD}/changes")

    assert "Postponed: Kites" in page.text


def test_a_part_of_several_days_can_be_placed(ines, build, nights):
    build.event(
        "expo",
        super_event=nights,
        venue=nights.venue,
        ends_at=NOON + timedelta(days=9),
        published=False,
    )
    ines.opens(BOARD)
    seal, space = ines.page.fields["seal"], found("kites").space_id
    form = {"seal": seal, "day": "2027-06-08", "begins": "14:00", "minutes": "2880"}

    page = ines.sends(f"{BOARD}/parts/expo", {**form, "space": str(space)})

    assert page.status == 200
    assert found("expo").space_id == space
