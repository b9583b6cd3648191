"""Accounts and roles at the desk, and the journal of who did what."""

from __future__ import annotations

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import select

from festival.domain.access import Grant, Role
from festival.domain.words import Words
from festival.extensions import db
from festival.models.accounts import Account
from festival.models.journal import Letter, LogEntry
from festival.queries import accounts as known
from festival.services import accounts, event_life, events, rsvps, stays

PEOPLE = "/fr/desk/people/"
LAST = "Quelqu’un doit garder les comptes : nommez d’abord une autre personne."


@pytest.fixture
def wheel(build):
    return build.organisation("wheel", "La Roue libre")


@pytest.fixture
def others(build):
    return build.organisation("others", "Les Autres")


def invites(visitor, address="paul@example.org", **answers):
    visitor.opens(PEOPLE + "invite")
    return visitor.fills(email=address, **answers).presses("Envoyer l’invitation")


# Invitations


def test_an_administrator_invites_and_the_letter_lets_in(desk, visitor, wheel):
    ines = desk("administrator")
    page = invites(
        ines, name="Paul", role="organiser", scope=f"organisation-{wheel.id}"
    )

    paul = known.of_address("paul@example.org")
    letter = db.session.scalars(select(Letter)).one()
    assert page.path.startswith(PEOPLE)
    assert paul.grants == (Grant(Role.ORGANISER, organisation_id=wheel.id),)
    assert (letter.kind, letter.recipient) == ("invitation", "paul@example.org")
    assert letter.facts["by"] == "Inès"
    assert letter.facts["days"] == 7


def test_who_knows_the_way_gets_no_link_that_any_browser_opens(desk, wheel, clock):
    """Else an organisation could have a key to the office's account mailed."""
    paul = desk("manager", name="Paul")
    ines = desk("organiser", organisation=wheel)

    invites(ines, paul.account.address, role="reader", scope=f"organisation-{wheel.id}")

    letter = db.session.scalars(select(Letter)).one()
    assert letter.facts["link"] is None


def test_an_organisation_invites_to_itself_alone(desk, wheel, others):
    ines = desk("organiser", organisation=wheel)
    ines.opens(PEOPLE + "invite")
    html = ines.page.html

    roles = [option["value"] for option in html.select("#role option")]
    scopes = [option["value"] for option in html.select("#scope option")]
    assert roles == ["organiser", "reader"]
    assert scopes == [f"organisation-{wheel.id}"]


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("administrator", "house"),
        ("manager", "house"),
        ("organiser", "house"),
        ("organiser", "organisation-{others}"),
        ("reader", "organisation-{others}"),
        ("organiser", "venue-{venue}"),
        ("organiser", "event-{event}"),
        ("steward", "organisation-{wheel}"),
        ("organiser", "organisation-999999"),
        ("organiser", "organisation-1e9"),
        ("", ""),
    ],
)
def test_what_is_not_offered_is_not_given(desk, build, wheel, others, role, scope):
    venue, event = build.venue(), build.event()
    ines = desk("organiser", organisation=wheel)
    ines.opens(PEOPLE + "invite")
    numbers = {
        "others": others.id,
        "wheel": wheel.id,
        "venue": venue.id,
        "event": event.id,
    }
    form = dict(ines.page.fields) | {
        "email": "eve@example.org",
        "role": role,
        "scope": scope.format(**numbers),
        "organisation_id": str(others.id),
        "is_admin": "1",
    }

    page = ines.sends(PEOPLE + "invite", form)

    assert page.status == 422
    assert known.of_address("eve@example.org") is None


def test_a_role_of_the_house_has_no_part_of_it(desk, wheel):
    ines = desk("administrator")

    page = invites(ines, role="manager", scope=f"organisation-{wheel.id}")

    assert page.status == 422
    assert page.errors == {
        "scope": "Ce rôle vaut pour toute la maison, jamais pour une partie."
    }
    assert known.of_address("paul@example.org") is None


def test_only_who_keeps_the_accounts_opens_a_closed_one(desk, build, wheel, clock):
    paul = build.account("Paul", "manager", address="paul@example.org")
    accounts.close(paul, actor="test", now=clock())
    db.session.commit()
    where = f"organisation-{wheel.id}"

    refused = invites(
        desk("organiser", organisation=wheel), role="organiser", scope=where
    )
    db.session.refresh(paul)
    closed = paul.closed_at
    invites(desk("administrator"), role="organiser", scope=where)

    db.session.refresh(paul)
    assert refused.status == 422
    assert closed
    assert paul.grants == (Grant(Role.ORGANISER, organisation_id=wheel.id),)


# Roles


def test_a_role_is_given_and_taken_on_the_page_of_a_person(desk, build):
    ines, paul = desk("administrator"), build.account("Paul", None)
    path = f"{PEOPLE}{paul.public_id}"

    ines.opens(path)
    ines.fills(role="reader", scope="house").presses("Donner ce rôle")
    db.session.refresh(paul)
    given = paul.grants
    ines.presses("Reprendre Lecture, Toute la maison")

    db.session.refresh(paul)
    assert given == (Grant(Role.READER),)
    assert paul.grants == ()


def test_the_last_administrator_stays(desk):
    ines = desk("administrator")
    path = f"{PEOPLE}{ines.account.public_id}"

    ines.opens(path)
    taken = ines.presses("Reprendre Administration, Toute la maison")
    ines.opens(path)
    closed = ines.presses("Fermer ce compte")

    assert (taken.status, taken.summary) == (422, [LAST])
    assert (closed.status, closed.summary) == (422, [LAST])
    assert ines.opens(PEOPLE).status == 200


def test_who_was_erased_is_listed_no_more(desk, build, clock):
    ines, paul = desk("administrator"), build.account("Paul", "reader")
    accounts.close(paul, actor="test", now=clock())
    paul.name = paul.address = ""
    db.session.commit()

    links = ines.opens(PEOPLE).html.select("main h2 a")
    choices = ines.opens("/fr/desk/journal/").html.select("#who option")

    assert [link.get_text() for link in links] == ["Inès"]
    assert len(choices) == 2  # everybody, and Inès


def test_an_organisation_sees_its_own_people_and_its_own_roles(
    desk, build, wheel, others, clock
):
    paul = build.account("Paul", "organiser", organisation=wheel)
    accounts.give(
        paul, Grant(Role.READER, organisation_id=others.id), actor="test", now=clock()
    )
    omar = build.account("Omar", "organiser", organisation=others)
    ines = desk("organiser", organisation=wheel)
    db.session.commit()

    text = ines.opens(PEOPLE).text
    page = ines.opens(f"{PEOPLE}{paul.public_id}").text

    assert "Paul" in text
    assert "Omar" not in text
    assert "Les Autres" not in text + page
    assert ines.opens(f"{PEOPLE}{omar.public_id}").status == 404


def test_an_organisation_takes_no_role_of_another(desk, build, wheel, others, clock):
    paul = build.account("Paul", "organiser", organisation=wheel)
    theirs = Grant(Role.READER, organisation_id=others.id)
    accounts.give(paul, theirs, actor="test", now=clock())
    db.session.commit()
    ines = desk("organiser", organisation=wheel)
    path = f"{PEOPLE}{paul.public_id}"
    ines.opens(path)
    form = next(
        form
        for form in ines.page.html.select("form")
        if form.get("action") == f"{path}/take"
    )
    seal = form.select_one("[name=seal]")["value"]

    page = ines.sends(
        f"{path}/take",
        {"seal": seal, "detail": "", "grant": f"reader-organisation-{others.id}"},
    )

    db.session.refresh(paul)
    assert page.status == 404
    assert theirs in paul.grants


def test_people_are_listed_with_as_many_statements_for_ten_as_for_one(
    desk, build, wheel, app
):
    ines = desk("administrator")

    def statements() -> int:
        counted: list[str] = []

        def count(*args: object) -> None:
            counted.append(str(args[2]))

        sa_event.listen(db.engine, "before_cursor_execute", count)
        ines.opens(PEOPLE)
        sa_event.remove(db.engine, "before_cursor_execute", count)
        return len(counted)

    build.account("Paul", "organiser", organisation=wheel)
    ines.opens(PEOPLE)
    few = statements()
    for number in range(9):
        build.account(f"Paul {number}", "organiser", organisation=wheel)

    assert statements() == few


# The journal


def test_the_journal_says_who_did_what_and_nothing_of_a_guest(
    desk, build, visitor, clock, wheel
):
    event = build.event(organisers=[wheel])
    guest = build.guest(event, "Zoé", address="zoe@example.org", answer="vegan")
    ines = desk("administrator")
    actor = stays.actor_of(ines.account)
    events.resize(event, 3, actor=actor, now=clock())
    rsvps.erase(guest, now=clock())
    db.session.commit()

    page = ines.opens("/fr/desk/journal/")

    assert "Inès" in page.text
    assert "a changé le nombre de places" in page.text
    assert "Une personne invitée" in page.text
    for word in ("Zoé", "zoe@example.org", "vegan"):
        assert word not in page.response.text


def test_the_journal_names_nobody_who_was_forgotten(desk, build, clock, wheel):
    event, zoe = build.event(organisers=[wheel]), build.account("Zoé")
    events.resize(event, 3, actor=stays.actor_of(zoe), now=clock())
    zoe.name = zoe.address = ""
    db.session.commit()

    page = desk("administrator").opens("/fr/desk/journal/")

    assert "Une personne qui est partie" in page.text


def test_the_journal_shows_no_more_than_ones_own(desk, build, clock, wheel, others):
    build.event("ours", organisers=[wheel], name=Words(fr="La nôtre"))
    build.event("theirs", organisers=[others], name=Words(fr="La leur"))
    organiser = desk("organiser", organisation=wheel)
    text = organiser.opens("/fr/desk/journal/").text
    office = desk("manager").opens("/fr/desk/journal/").text

    assert "La nôtre" in text
    assert "La leur" not in text
    assert "connexion" not in text + office
    assert "La leur" in office
    assert organiser.opens("/fr/desk/journal/?event=theirs").status == 404
    assert desk("reader").opens("/fr/desk/journal/").status == 404


def test_the_journal_is_asked_by_thing_and_by_person(desk, build, clock):
    event = build.event(name=Words(fr="Ouverture"))
    ines, paul = desk("administrator"), build.account("Paul", "manager")
    events.resize(event, 3, actor=stays.actor_of(paul), now=clock())
    db.session.commit()
    path = "/fr/desk/journal/"

    by_paul = ines.opens(f"{path}?who={paul.public_id}").html.select("tbody tr")
    people = ines.opens(f"{path}?thing=people").text
    of_event = ines.opens(f"{path}?event=opening").html.select("tbody tr")

    assert len(by_paul) == 1
    assert "Ouverture" not in people
    assert len(of_event) == 2


@pytest.mark.parametrize(
    "asked", ["before=0", "before=99999999999", "before=x", "who=x", "thing=x"]
)
def test_an_odd_question_to_the_journal_is_no_error(desk, asked):
    assert desk("administrator").opens(f"/fr/desk/journal/?{asked}").status == 200


def test_the_journal_has_pages(desk, build, clock):
    event = build.event()
    for seats in range(11, 80):
        events.resize(event, seats, actor="command", now=clock())
    db.session.commit()
    ines = desk("manager")

    first = ines.opens("/fr/desk/journal/").html.select("tbody tr")
    ines.follows("Plus ancien")
    second = ines.page.html.select("tbody tr")

    assert len(first) == 50
    assert (
        len(first) + len(second)
        == db.session.query(LogEntry).filter(LogEntry.thing != "account").count()
    )


def test_nobody_is_kept_as_a_closed_account_with_roles_or_keys(build, clock):
    """Else whoever opens it again would open it to an old device, too."""
    paul = build.account("Paul", "manager")
    stays.add_passkey(
        paul,
        credential_id=b"credential",
        public_key=b"key",
        sign_count=0,
        name="",
        now=clock(),
    )
    accounts.close(paul, actor="test", now=clock())
    db.session.commit()

    left = db.session.get_one(Account, paul.id)
    assert (left.memberships, left.passkeys) == ([], [])


def test_what_was_done_to_a_deleted_draft_is_no_later_events(
    desk, build, clock, wheel, others
):
    """SQLite gives the number of a deleted draft to what is written next."""
    draft = build.event("theirs", organisers=[others], published=False)
    number = draft.id
    event_life.delete(draft, actor="test", now=clock())
    db.session.commit()
    clock.moves(minutes=1)
    ours = build.event("ours", id=number, organisers=[wheel], name=Words(fr="La nôtre"))
    assert ours.id == number

    organiser = desk("organiser", organisation=wheel)

    for path in ("/fr/desk/journal/", "/fr/desk/journal/?event=ours"):
        text = organiser.opens(path).text
        assert "La nôtre" in text
        assert "a supprimé un brouillon" not in text
    rows = desk("administrator").opens("/fr/desk/journal/?thing=events")
    gone = [row for row in rows.html.select("tr") if "a supprimé" in row.text]
    assert len(gone) == 1
    assert "La nôtre" not in gone[0].text
