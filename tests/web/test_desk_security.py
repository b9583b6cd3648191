"""What somebody with an account may try at the desk, and what they get."""

from __future__ import annotations

import io
import re
import sqlite3
from contextlib import closing
from datetime import timedelta

import flask
import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import select

from festival.domain.access import Grant, Role
from festival.domain.lifecycle import EventStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.models.accounts import Account, Membership, SignInLink
from festival.models.events import Event, Match, Plan
from festival.models.intakes import Intake
from festival.models.journal import Letter, LetterStatus, LogEntry
from festival.services import accounts, matches, series, stays
from festival.web.desk import guard
from tests.builders import Builders, everything
from tests.conftest import both_databases
from tests.desk_routes import example
from tests.routes import ACCESS, Access, examples
from tests.visitor import Visitor, link_in

NOW_AND_THEN = "/fr/desk/series/open-days"
ONE_LINE = "Titre;Date;Heure;Lieu\nBal;12/06/2027;14h;Grande nef"


@pytest.fixture
def known(build):
    return example(build)


@pytest.fixture
def zoe(desk, known):
    """Who organises for the wheel."""
    return desk("organiser", name="Zoé", organisation=known.wheel)


def at(slug: str) -> Event:
    db.session.rollback()
    return db.session.scalars(select(Event).where(Event.slug == slug)).one()


def sealed(visitor: Visitor, path: str, **answers: str) -> dict[str, str]:
    """What the form at *path* would send, and whatever else one likes."""
    return {**visitor.opens(path).fields, **answers}


def takes_all(account: int) -> None:
    """Take every role from *account*, as another process would."""
    with closing(sqlite3.connect(db.engine.url.database)) as house, house:
        house.execute("DELETE FROM membership WHERE account_id = ?", [account])


# A thing that is one's own, and a part of it that is not


NOT_YOURS = "Choisissez une organisation ou un lieu dont vous vous occupez."
NOT_OURS = (
    f"{NOW_AND_THEN}/not-ours",
    f"{NOW_AND_THEN}/not-ours/cancel",
    f"{NOW_AND_THEN}/ours",  # one's own, and no date of this series
    "/fr/desk/festivals/fete/board/parts/not-ours",
    "/fr/desk/festivals/fete/board/parts/ours",
    "/fr/desk/festivals/ours/board",
    "/fr/desk/events/new?from=not-ours",
    "/fr/desk/series/new?from=not-ours",
    "/fr/desk/journal/?event=not-ours",
    "/fr/desk/import/intake000000",
    "/fr/desk/import/taken0000000/undo",
    "/fr/desk/events/not-ours/picture/remove",
    "/fr/desk/people/{omar}",
    "/fr/desk/people/{ines}/take",
    "/fr/desk/passkeys/{passkey}/remove",
)


def test_what_is_not_ones_own_is_not_there(build, known, zoe):
    omar = build.account("Omar", "organiser", organisation=known.others)
    days = at("open-day").series
    build.event("not-ours", organisers=[known.others], series=days)
    ids = {"omar": omar.public_id, "ines": known.owner.public_id}
    before, found = everything(), {}

    for path in NOT_OURS:
        asked = path.format(**known.names | ids)
        found[path] = {zoe.opens(asked).status, zoe.sends(asked, {}).status} - {405}

    assert found == {path: {404} for path in NOT_OURS}
    assert everything() == before


def test_a_match_is_its_competitions_alone(desk, known):
    matches.open_competition("other-cup", Words(fr="L’autre coupe"))
    db.session.commit()

    page = desk().opens(
        f"/fr/desk/competitions/other-cup/matches/{known.names['match']}"
    )

    assert page.status == 404


def test_only_this_competitions_matches_are_shown(desk, known, clock):
    cup = matches.open_competition("other-cup", Words(fr="L’autre coupe"))
    final = Match(competition=cup, number=1, kicks_off_at=clock() + timedelta(days=9))
    db.session.add(final)
    db.session.commit()
    ines, path = desk(), "/fr/desk/competitions/cup/screenings"

    form = sealed(ines, path, match=str(final.id), place="halle/nef", do="draft")
    page = ines.sends(path, form)

    db.session.refresh(final)
    assert page.status == 422
    assert final.event_id is None


def test_a_part_is_put_into_no_space_that_the_board_does_not_show(build, known, zoe):
    far = build.space(build.venue("far", "Loin d’ici"), "attic")
    path = "/fr/desk/festivals/fete/board/parts/a-part"
    form = sealed(zoe, "/fr/desk/festivals/fete/board", space=str(far.id), minutes="60")

    zoe.sends(path, form)

    planned = db.session.scalars(select(Plan)).one_or_none()
    assert planned is None or planned.space is None


# More than a form asks


EXTRA = {
    "status": "scheduled",
    "published_at": "2027-01-01",
    "slug": "mine",
    "revision": "7",
    "created_at": "2020-01-01",
    "id": "99",
    "account_id": "1",
    "organisation_id": "2",
    "organisers": "others",
    "partnerships": "1",
    "super_event_id": "1",
    "series_id": "1",
    "venue_id": "1",
    "role": "administrator",
    "memberships": "1",
    "taken_at": "2027-01-01",
    "event_id": "1",
}


def test_an_event_is_nothing_that_its_form_does_not_ask(known, zoe):
    path, before = "/fr/desk/events/a-draft/edit", at("a-draft")
    kept = (before.id, before.uid, before.created_at, before.super_event_id)
    others = at("fete").uid
    form = sealed(zoe, path, do="draft", name="Bal", uid=others)

    zoe.sends(path, form | EXTRA | {"organisation": "others", "festival": "nowhere"})
    zoe.sends(path, form | EXTRA)

    found = db.session.get_one(Event, kept[0])
    db.session.refresh(found)
    assert (found.id, found.uid, found.created_at, found.super_event_id) == kept
    assert (found.status, found.revision) == (EventStatus.DRAFT, 0)
    assert found.slug == "bal"
    assert found.organisers == [known.wheel]


def test_a_part_of_a_festival_is_nothing_that_its_form_does_not_ask(known, zoe):
    path = "/fr/desk/festivals/fete/board"
    form = sealed(zoe, path, name="Bal", kind="meal", day="2027-06-08", begins="14:00")

    zoe.sends(f"{path}/parts", form | {"minutes": "60"} | EXTRA)

    part = at("bal")
    assert part.status is EventStatus.DRAFT
    assert (part.super_event.slug, part.series_id) == ("fete", None)
    assert part.organisers == [known.wheel]


def test_a_table_is_taken_in_in_no_others_name(known, zoe):
    form = sealed(zoe, "/fr/desk/import", paste=ONE_LINE, organisation="others")

    zoe.sends("/fr/desk/import", form | EXTRA | {"festival": "not-there"})

    intake = db.session.scalars(select(Intake).order_by(Intake.id.desc())).first()
    assert (intake.name, intake.taken_at) == ("Lignes collées", None)
    assert intake.rows["organisation_id"] == known.wheel.id
    assert intake.account_id == zoe.account.id


def test_a_match_is_nothing_that_its_form_does_not_ask(desk, known):
    ines, number = desk(), known.names["match"]
    path = f"/fr/desk/competitions/cup/matches/{number}"
    form = sealed(ines, path, home_team="France", competition_id="9", number="7")

    ines.sends(path, form | EXTRA)

    found = db.session.get_one(Match, int(number))
    db.session.refresh(found)
    assert (found.home_team["fr"], found.number, found.event_id) == ("France", 1, None)


# Roles that are gone


DEEDS = {
    "invites": ("/fr/desk/people/invite", "/fr/desk/people/invite"),
    "gives": ("/fr/desk/people/{person}", "/fr/desk/people/{person}"),
    "takes": ("/fr/desk/people/{person}", "/fr/desk/people/{person}/take"),
    "closes": ("/fr/desk/people/{person}", "/fr/desk/people/{person}/close"),
    "edits": ("/fr/desk/events/ours/edit", "/fr/desk/events/ours/edit"),
    "cancels": ("/fr/desk/events/ours/cancel", "/fr/desk/events/ours/cancel"),
    "deletes": ("/fr/desk/events/a-draft/delete", "/fr/desk/events/a-draft/delete"),
    "changes a date": (
        f"{NOW_AND_THEN}/open-day",
        f"{NOW_AND_THEN}/open-day",
    ),
    "adds": ("/fr/desk/festivals/fete/board", "/fr/desk/festivals/fete/board/parts"),
    "publishes": (
        "/fr/desk/festivals/fete/board/changes",
        "/fr/desk/festivals/fete/board/changes",
    ),
}
ANSWERS = {
    "invites": {"email": "eve@example.org", "role": "administrator", "scope": "house"},
    "gives": {"role": "administrator", "scope": "house"},
    "cancels": {"reason": "Pluie"},
    "edits": {"name": "À moi", "do": "quiet"},
    "changes a date": {"name": "À moi", "which": "this"},
    "adds": {
        "name": "Bal",
        "kind": "meal",
        "day": "2027-06-08",
        "begins": "14:00",
        "minutes": "60",
    },
}


@pytest.fixture
def meanwhile(app):
    """Do something in the middle of the next request, just before it may write."""
    waiting = []

    def now(_session, _transaction) -> None:
        if waiting and flask.has_request_context() and "stay" in flask.g:
            waiting.pop()()

    sa_event.listen(db.session, "after_soft_rollback", now)
    yield waiting.append
    sa_event.remove(db.session, "after_soft_rollback", now)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_role_that_is_taken_while_a_form_is_sent_does_nothing(
    desk, known, meanwhile, deed
):
    """It is read in the deed once more: who takes it may be just as quick."""
    eve = desk("administrator", name="Eve")
    shown, path = (each.format(**known.names) for each in DEEDS[deed])
    page = eve.opens(shown)
    forms = page.html.select("main form[method=post]")
    form = next(f for f in forms if f.get("action", shown).partition("?")[0] == path)
    names = {tag["name"]: tag.get("value", "") for tag in form.select("input[name]")}
    chosen = {
        tag["name"]: tag.select_one("[selected]")["value"]
        for tag in form.select("select[name]")
        if tag.select_one("[selected]")
    }
    eve.clock.moves(seconds=5)
    number = eve.account.id
    expected = everything()  # which ends the test's own transaction, too
    meanwhile(lambda: takes_all(number))
    expected.pop("membership")

    page = eve.sends(path, names | chosen | ANSWERS.get(deed, {}))

    left = everything()
    left.pop("membership")
    assert (page.status, left) == (404, expected)


def test_a_table_brings_nothing_in_once_the_role_is_gone(desk, build, known, zoe):
    """The intake is older than the role that its account has left."""
    accounts_of = Grant(Role.ORGANISER, organisation_id=known.others.id)
    accounts.give(zoe.account, accounts_of, actor="test", now=zoe.clock())
    db.session.commit()
    zoe.opens("/fr/desk/import")
    zoe.fills(paste=ONE_LINE, organisation="wheel", festival="fete").presses(
        "Vérifier les lignes"
    )
    gone = Grant(Role.ORGANISER, organisation_id=known.wheel.id)
    accounts.take(zoe.account, gone, actor="test", now=zoe.clock())
    db.session.commit()
    before = db.session.query(Event).count()

    page = zoe.presses("Importer")

    assert page.status == 422
    assert db.session.query(Event).count() == before


# What a browser keeps


def test_nobody_learns_from_a_citizens_page_who_is_signed_in(desk, build, visitor):
    """Public pages are the same bytes for everybody, and set no cookie."""
    paths, ines = examples(build), desk("administrator")

    for name, access in ACCESS.items():
        if access in {Access.PUBLIC, Access.FORM}:
            page, other = (who.opens(paths[name]) for who in (ines, visitor))
            assert page.response.data == other.response.data, name
            assert not page.response.headers.getlist("Set-Cookie"), name


def test_no_page_of_the_desk_is_kept_for_others(app, desk, visitor):
    ines = desk("administrator")
    for path in ("/fr/desk/", "/fr/desk/events/", "/fr/desk/account"):
        assert ines.opens(path).status == 200
        assert visitor.opens(path).heading == "Entrer au bureau"

    assert not app.extensions["shelf"]._answers


@pytest.mark.parametrize("secure", [True, False])
def test_the_desks_cookies_are_for_no_script_and_no_other_site(make_app, clock, secure):
    name = "https://halle.example" if secure else "http://localhost:8000"
    app = make_app(DEMO=True, BASE_URL=name)
    with app.app_context():
        ines = Builders(clock).account("Inès", "manager", address="ines@example.org")
        visitor = Visitor(app, clock)
        visitor.opens("/fr/desk/account")
        asked = visitor.fills(email="ines@example.org").presses("Envoyez-moi le lien")
        visitor.opens(link_in(ines, clock()))
        visitor.presses("Entrer")
        cookies = [*visitor.browser._cookies.values()]
        told = asked.response.headers.getlist("Set-Cookie")

    assert len(told) == 2  # which browser asked, and where it leads
    for line in told:
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        assert "Path=/" in line
        assert "Domain" not in line
        assert ("Secure" in line, line.startswith("__Host-")) == (secure, secure)
    assert cookies
    for cookie in cookies:
        assert (cookie.http_only, cookie.secure, cookie.path) == (True, secure, "/")


def test_leaving_takes_the_key_out_of_the_browser(desk):
    ines = desk()
    ines.opens("/fr/desk/")
    ines.presses("Se déconnecter")

    assert ines.cookie(guard.KEY) == ""


def test_a_page_of_the_desk_is_in_no_frame(desk):
    page = desk().opens("/fr/desk/")

    assert "frame-ancestors 'none'" in page.response.headers["Content-Security-Policy"]


# Who asks for links


@both_databases
def test_as_much_is_done_for_an_unknown_address_as_for_a_known_one(visitor, build):
    """Else the time that an answer takes would tell who works here."""
    build.account("Inès", "manager", address="ines@example.org")
    build.account("Carl", "manager", address="carl@example.org")
    accounts.close(
        db.session.scalars(select(Account).where(Account.name == "Carl")).one(),
        actor="test",
        now=visitor.clock(),
    )
    db.session.commit()
    done = {}

    for address in ("ines@example.org", "nobody@example.org", "carl@example.org"):
        visitor.opens("/fr/desk/sign-in")
        visitor.fills(email=address)
        said: list[str] = []

        def note(*told, said=said) -> None:
            said.append(" ".join(told[2].split()[:3]))

        sa_event.listen(db.engine, "before_cursor_execute", note)
        visitor.presses("Envoyez-moi le lien")
        sa_event.remove(db.engine, "before_cursor_execute", note)
        done[address] = said

    asked, *others = done.values()
    for other in others:
        more = [each for each in other if each not in asked]
        assert set(asked) <= set(other) | {"UPDATE sign_in_link SET"}
        assert set(more) <= {
            "INSERT INTO account",
            "DELETE FROM letter",
            "DELETE FROM account",
        }
        assert abs(len(other) - len(asked)) <= 3
    assert db.session.query(Letter).count() == 1
    assert db.session.query(SignInLink).count() == 1
    assert db.session.query(Account).count() == 2


@both_databases
def test_who_asks_without_end_has_us_write_no_more_than_the_limit(visitor, build):
    """What waits its turn is the newest link alone, and it works."""
    ines = build.account("Inès", "manager", address="ines@example.org")
    invited = link_in(ines, visitor.clock())
    for _ in range(9):
        visitor.opens("/fr/desk/sign-in")
        visitor.fills(email="ines@example.org").presses("Envoyez-moi le lien")

    letters = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    waits = [one for one in letters if one.status is LetterStatus.WAITING]
    links = set(db.session.scalars(select(SignInLink.public_id)))
    assert len(letters) == 9
    assert len(waits) == 4  # three an hour, and the last
    assert links == {one.facts["link"] for one in waits} | {
        re.split("/", invited)[-1][:12]
    }
    assert visitor.opens(invited).buttons == ["Entrer"]


# Accounts that are closed, and names


def test_a_closed_account_gets_no_role(desk, build, clock):
    """Else the last who keeps the accounts could leave them to one that is closed."""
    ines, carl = desk("administrator"), build.account("Carl", "reader")
    ines.opens(f"/fr/desk/people/{carl.public_id}")
    accounts.close(carl, actor="test", now=clock())
    db.session.commit()

    page = ines.fills(role="administrator", scope="house").presses("Donner ce rôle")

    assert page.summary == [
        "Ce compte est fermé. Demandez à la personne qui garde les comptes."
    ]
    assert db.session.query(Membership).filter_by(account_id=carl.id).count() == 0


def test_nobody_names_an_account_that_is_there(desk, build):
    wheel = build.organisation()
    chief = build.account("", "administrator", address="chief@example.org")
    zoe = desk("organiser", organisation=wheel)
    zoe.opens("/fr/desk/people/invite")
    zoe.fills(email="chief@example.org", name="Zoé", role="reader").presses(
        "Envoyer l’invitation"
    )

    db.session.refresh(chief)
    assert chief.name == ""


# Places


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/fr/desk/series/halls/hall", {"which": "this"}),
        ("/fr/desk/events/hall/move", {"do": "quiet"}),
        ("/fr/desk/events/hall/edit", {"do": "quiet"}),
        ("/fr/desk/events/new", {"kind": "meal", "name": "Bal", "do": "draft"}),
        ("/fr/desk/events/new?from=hall", {"do": "publish"}),
    ],
)
def test_who_has_one_place_writes_for_no_other(build, known, desk, path, answers):
    here = at("ours").venue
    build.space(build.venue("far", "Loin d’ici"), "attic")
    halls = series.begin("halls", Words(fr="Salles"), rule={})
    build.event("hall", series=halls, venue=here)
    warden = desk("organiser", venue=here)
    before = db.session.query(Event).count()
    form = sealed(warden, path, place="far/attic", **answers)

    page = warden.sends(path, form)

    assert page.summary == [NOT_YOURS]
    assert at("hall").venue.slug == "halle"
    assert db.session.query(Event).count() == before


def test_who_writes_a_festival_writes_its_parts_wherever_they_are(
    build, known, desk, clock
):
    far = build.venue("far", "Loin d’ici")
    build.event("far-part", super_event=at("fete"), venue=far)
    warden = desk("organiser", venue=at("fete").venue)
    stranger = desk("organiser", venue=far)

    assert warden.opens("/fr/desk/events/far-part").status == 200
    assert stranger.opens("/fr/desk/events/far-part").status == 200
    assert stranger.opens("/fr/desk/festivals/fete/board").status == 404
    assert db.session.query(LogEntry).filter_by(deed="revised").count() == 0


def test_who_is_signed_out_while_writing_loses_nothing(desk, known, clock):
    writer = desk("organiser", organisation=known.wheel)
    writer.opens("/en/desk/events/new?from=ours")
    name, text = 'Bal "à" <b>minuit</b> & co', "one\ntwo"
    writer.fills(name=name, description=text)
    clock.moves(hours=9)

    page = writer.presses("Keep as a draft")
    assert page.status == 401
    assert page.response.headers["Cache-Control"] == "private, no-store"
    assert page.html.select("main b") == []
    assert page.link("Sign in").startswith("/en/desk/sign-in")
    assert (page.fields["name"], page.fields["do"]) == (name, "draft")
    assert "seal" not in page.fields
    assert "file" not in page.text

    key = stays.stay(writer.account, "a browser", how="link", now=clock())
    db.session.commit()
    writer.keeps(guard.KEY, key)
    page = writer.presses("Send it again")
    assert page.status == 422
    page = writer.presses("Keep as a draft")

    assert page.status == 200
    written = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert written.name["en"] == name
    assert written.description["en"].split() == text.split()


def test_who_is_signed_out_is_told_of_what_cannot_be_kept(visitor, known):
    sent = {"paste": "x", "file": (io.BytesIO(b"x"), "x.csv")}
    page = visitor.sends("/en/desk/import", sent)

    assert page.status == 401
    assert "A file cannot be kept here" in page.text
    many = {f"l{number}-name": "x" for number in range(601)}
    assert visitor.sends("/en/desk/import", many).path == "/en/desk/sign-in"
