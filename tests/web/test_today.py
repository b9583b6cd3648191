"""The desk's first page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event as sa_event

from festival.domain.words import Words
from festival.extensions import db
from festival.models.journal import Mailbox

DESK = "/fr/desk/"


def section(page, name: str) -> str:
    found = page.html.select_one(f"section[aria-labelledby={name}]")
    return " ".join(found.get_text(" ", strip=True).split()) if found else ""


def test_it_says_what_is_on_how_full_it_is_and_who_waits(desk, build, clock):
    event = build.event(
        "tablee",
        name=Words(fr="Tablée"),
        capacity=3,
        starts_at=clock() + timedelta(hours=7),
    )
    build.guest(event, "Ada", party_size=3)
    build.guest(event, "Ben", party_size=2)

    page = desk().opens(DESK)

    assert "19 h" in section(page, "now").replace("\u00a0", " ")
    assert "Tablée" in section(page, "now")
    assert "3 sur 3 , 2 en attente" in section(page, "now").replace("\u00a0", " ")


def test_an_empty_day_says_what_is_next(desk, build, clock):
    build.event("later", name=Words(fr="Bal"), starts_at=clock() + timedelta(days=20))

    text = section(desk().opens(DESK), "now")

    assert "Rien aujourd’hui. Prochain rendez-vous : " in text.replace("\u00a0", " ")
    assert "Bal" in text


def test_the_week_and_the_drafts_stand_below(desk, build, clock):
    build.event("soon", name=Words(fr="Bientôt"), starts_at=clock() + timedelta(days=3))
    build.event("far", name=Words(fr="Loin"), starts_at=clock() + timedelta(days=9))
    build.event("idea", name=Words(fr="Idée"), published=False)

    page = desk().opens(DESK)

    assert "Bientôt" in section(page, "coming")
    assert "Loin" not in page.text
    assert "Idée" in section(page, "drafts")


@pytest.mark.parametrize(("role", "told"), [("manager", True), ("organiser", False)])
def test_mails_to_read_are_the_offices(desk, build, role, told):
    db.session.add(Mailbox(to_read=2))
    db.session.commit()

    page = desk(role).opens(DESK)

    text = page.text.replace("\u00a0", " ")
    assert ("2 e-mails à lire" in text) is told
    assert ("bonjour@halle.example" in section(page, "to-do")) is told


def test_a_space_that_is_wanted_twice_is_said_once_to_who_writes_the_events(
    desk, build, clock
):
    wheel, others = build.organisation(), build.organisation("others", "Les Autres")
    nave = build.space(build.venue())
    there = {"venue": nave.venue, "space": nave}
    soon = clock() + timedelta(days=2)
    build.event("ours", organisers=[wheel], starts_at=soon, **there)
    build.event(
        "theirs",
        name=Words(fr="Le bal"),
        organisers=[others],
        starts_at=soon + timedelta(hours=1),
        **there,
    )
    build.event("far", starts_at=soon + timedelta(days=30), **there)

    office = section(desk().opens(DESK), "to-do").replace("\u00a0", " ")
    own = section(desk("organiser", organisation=wheel).opens(DESK), "to-do")

    assert office.count("déjà pris") == 1
    assert "Ouverture , jeudi 3 juin · Grande nef" in office
    assert "Le bal" in office
    assert "Ouverture" in own
    assert section(desk("reader").opens(DESK), "to-do") == ""


def test_everybody_sees_no_more_than_their_own(desk, build, clock):
    wheel, others = build.organisation(), build.organisation("others", "Les Autres")
    when = {"starts_at": clock() + timedelta(hours=3)}
    build.event("ours", name=Words(fr="La nôtre"), organisers=[wheel], **when)
    build.event("theirs", name=Words(fr="La leur"), organisers=[others], **when)

    text = desk("organiser", organisation=wheel).opens(DESK).text

    assert "La nôtre" in text
    assert "La leur" not in text


def test_who_only_reads_is_led_to_the_public_page_and_writes_nothing(
    desk, build, clock
):
    build.event("soon", starts_at=clock() + timedelta(hours=3))
    build.event("idea", name=Words(fr="Idée"), published=False)

    page = desk("reader").opens(DESK)

    assert page.link("Ouverture") == "/fr/events/soon"
    assert "Nouvel évènement" not in page.text
    assert "Idée" not in page.text


def test_without_a_role_it_says_so(desk):
    assert "pas encore de rôle" in desk(None).opens(DESK).text


def test_it_asks_as_much_for_ten_events_as_for_one(desk, build, clock):
    ines = desk()

    def statements() -> int:
        counted: list[str] = []

        def count(*args: object) -> None:
            counted.append(str(args[2]))

        sa_event.listen(db.engine, "before_cursor_execute", count)
        ines.opens(DESK)
        sa_event.remove(db.engine, "before_cursor_execute", count)
        return len(counted)

    for hours in (2, 30):
        build.event(f"one-{hours}", starts_at=clock() + timedelta(hours=hours))
    build.event("draft", published=False)
    ines.opens(DESK)
    few = statements()
    for number in range(9):
        build.event(f"more-{number}", starts_at=clock() + timedelta(hours=2 + number))
        build.event(f"draft-{number}", published=False)

    assert statements() == few
