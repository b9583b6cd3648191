"""Coming to the desk and leaving it."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from festival.cli import festival as commands
from festival.domain import tokens
from festival.domain.access import Grant, Role
from festival.extensions import current_settings, db
from festival.mail import clockwork, letters
from festival.models.accounts import Account, Passkey, SignInLink, Stay
from festival.models.journal import Letter, LogEntry
from festival.services import accounts, stays
from festival.web.desk import guard
from tests.authenticator import PRESENT, Device
from tests.builders import everything
from tests.visitor import Visitor, answers, link_in

DOOR = "/fr/desk/sign-in"


@pytest.fixture
def ines(build):
    return build.account("Inès", "manager", address="ines@example.org")


@pytest.fixture
def other(app, clock):
    """Another browser."""
    return Visitor(app, clock)


def asks(visitor: Visitor, address: str = "ines@example.org", path: str = DOOR):
    visitor.opens(path)
    return visitor.fills(email=address).presses("Envoyez-moi le lien")


def mailed(kind: str = "sign-in") -> str:
    """The path in the latest letter of its kind."""
    latest = select(Letter).where(Letter.kind == kind).order_by(Letter.id.desc())
    letter = db.session.scalars(latest).first()
    text = str(letters.written(letter, letter.due_at))
    path = re.search(r"https://halle\.example(/\w\w/desk/in/\S+)", text)
    assert path, text
    return path[1]


def here() -> int:
    return db.session.scalar(select(func.count()).select_from(Stay))


# The link


def test_a_link_by_mail_signs_in(visitor, ines):
    asks(visitor)
    visitor.opens(mailed())
    page = visitor.presses("Entrer")

    assert page.status == 200
    assert page.path == "/fr/desk/"
    assert page.heading == "Bonjour Inès"


def test_looking_at_the_link_changes_nothing(visitor, ines):
    """A mail program's scanner opens every link there is."""
    asks(visitor)
    path, before = mailed(), everything()

    for _ in range(3):
        page = visitor.opens(path)

    assert page.buttons == ["Entrer"]
    assert everything() == before
    assert here() == 0


def test_a_link_works_once(visitor, ines):
    asks(visitor)
    path = mailed()
    visitor.opens(path)
    form = dict(visitor.page.fields)
    visitor.presses("Entrer")

    again = visitor.sends(path, form)

    assert again.status == 404
    assert again.heading == "Ce lien ne marche plus"
    assert here() == 1


def test_a_link_works_where_it_was_asked_for_alone(visitor, other, ines):
    asks(visitor)
    path = mailed()
    visitor.opens(path)
    form = dict(visitor.page.fields)

    elsewhere = other.opens(path)
    stolen = other.sends(path, form)

    assert elsewhere.heading == "Ce lien a été demandé dans un autre navigateur"
    assert "Demander un nouveau lien" in elsewhere.text
    assert stolen.status == 404
    assert here() == 0
    assert visitor.presses("Entrer").status == 200


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (15, 404)])
def test_a_link_works_for_fifteen_minutes(visitor, ines, clock, minutes, status):
    asks(visitor)
    clock.moves(minutes=minutes)

    assert visitor.opens(mailed()).status == status


def test_a_letter_that_waits_its_turn_brings_a_link_that_still_works(
    visitor, ines, clock
):
    """Whoever knows an address can ask; it is delayed by that and no more."""
    for _ in range(4):
        asks(visitor)
    last = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    assert last.due_at - clock() > timedelta(minutes=30)

    clock.time = last.due_at + timedelta(minutes=14)

    assert visitor.opens(mailed()).buttons == ["Entrer"]


@pytest.mark.parametrize("change", ["x", "", "é" * 36, "A" * 36])
def test_a_link_that_is_none_opens_nothing(visitor, ines, change):
    asks(visitor)
    good = mailed()
    path = f"/fr/desk/in/{change}" if len(change) != 1 else good[:-1].swapcase()

    page = visitor.opens(path) if change else visitor.opens("/fr/desk/in/-")

    assert page.status == 404


def test_a_guests_token_is_no_key_to_the_desk(visitor, build, ines):
    until = build.clock() + timedelta(days=1)
    link = stays.link_to(ines, None, now=build.clock(), until=until)
    db.session.commit()

    for purpose in ("manage", "ticket", "calendar"):
        secret = current_settings().SECRET_KEY
        token = tokens.write(secret, purpose, link.public_id, 0)
        assert visitor.opens(f"/fr/desk/in/{token}").status == 404


def test_the_answer_is_the_same_for_who_is_known_and_who_is_not(
    visitor, build, ines, clock
):
    closed = build.account("Carl", None, address="carl@example.org")
    accounts.close(closed, actor="test", now=clock())
    db.session.commit()
    known, letters_sent = asks(visitor).response.text, db.session.query(Letter).count()

    for address in ("nobody@example.org", "carl@example.org"):
        unknown = asks(visitor, address)
        assert unknown.response.text.replace(address, "ines@example.org") == known

    assert letters_sent == 1
    assert db.session.query(Letter).count() == 1
    assert db.session.query(SignInLink).count() == 1


# The stay


def test_signing_in_gives_a_new_key_and_the_old_one_is_dead(app, clock, desk, visitor):
    """Whoever could put a key of theirs into this browser has nothing by it."""
    ines = desk("manager")
    before = ines.cookie(guard.KEY)
    ines.opens(link_in(ines.account, clock()))
    ines.presses("Entrer")

    assert ines.cookie(guard.KEY) != before
    assert ines.page.path == "/fr/desk/"
    visitor.keeps(guard.KEY, before)
    assert visitor.opens("/fr/desk/").heading == "Entrer au bureau"
    assert here() == 1


def test_a_key_that_the_house_did_not_give_opens_nothing(visitor, ines):
    asks(visitor)
    visitor.keeps(guard.KEY, "chosen-by-somebody-else")
    visitor.opens(mailed())
    visitor.presses("Entrer")

    assert visitor.cookie(guard.KEY) != "chosen-by-somebody-else"


def test_the_key_is_kept_as_a_digest_in_a_cookie_of_this_host_alone(visitor, ines):
    asks(visitor)
    visitor.opens(mailed())
    visitor.presses("Entrer")
    key = visitor.cookie(guard.KEY)
    cookie = visitor.browser.get_cookie("__Host-desk", domain="halle.example")

    assert len(key) == 43
    assert cookie.secure
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.path == "/"
    assert key not in repr(everything())


@pytest.mark.parametrize(("hours", "stays"), [(7.9, True), (8.1, False)])
def test_eight_hours_without_a_visit_end_a_stay(desk, clock, hours, stays):
    ines = desk()
    ines.opens("/fr/desk/")
    clock.moves(hours=hours)

    assert (ines.opens("/fr/desk/").path == "/fr/desk/") is stays


def test_seven_days_end_a_stay_whatever_happens(desk, clock):
    ines = desk()
    for _ in range(23):
        clock.moves(hours=7)
        assert ines.opens("/fr/desk/").path == "/fr/desk/"
    clock.moves(hours=7.1)

    assert ines.opens("/fr/desk/").heading == "Entrer au bureau"


def test_what_is_over_is_forgotten(desk, clock, ines):
    desk()
    stays.invite(ines, "Paul", now=clock())
    db.session.commit()
    clock.moves(days=8)

    clockwork.keep_time()

    assert here() == 0
    assert db.session.query(SignInLink).count() == 0


def test_signing_out_ends_this_stay_alone(desk, app, clock):
    ines = desk()
    elsewhere = Visitor(app, clock)
    key = stays.stay(ines.account, "another", how="link", now=clock())
    db.session.commit()
    elsewhere.keeps(guard.KEY, key)

    ines.opens("/fr/desk/")
    page = ines.presses("Se déconnecter")

    assert "vous avez quitté le bureau" in page.text
    assert ines.opens("/fr/desk/").heading == "Entrer au bureau"
    assert elsewhere.opens("/fr/desk/").path == "/fr/desk/"


def test_signing_out_everywhere_ends_every_stay_and_every_link(desk, app, clock):
    ines = desk()
    elsewhere = Visitor(app, clock)
    key = stays.stay(ines.account, "another", how="link", now=clock())
    path = link_in(ines.account, clock())
    elsewhere.keeps(guard.KEY, key)

    ines.opens("/fr/desk/account")
    ines.presses("Se déconnecter partout")

    assert elsewhere.opens("/fr/desk/").heading == "Entrer au bureau"
    assert elsewhere.opens(path).status == 404


def test_a_role_that_is_taken_is_gone_at_the_next_request(desk, clock, build):
    ines = desk("administrator")
    build.account("Paul", "administrator")
    assert ines.opens("/fr/desk/people/").status == 200

    grant = Grant(Role.ADMINISTRATOR)
    accounts.take(ines.account, grant, actor="test", now=clock())
    db.session.commit()

    assert ines.opens("/fr/desk/people/").status == 404


def test_a_closed_account_is_out_at_the_next_request(desk, clock):
    ines = desk("manager")
    path = link_in(ines.account, clock())
    accounts.close(ines.account, actor="test", now=clock())
    db.session.commit()

    assert ines.opens("/fr/desk/").heading == "Entrer au bureau"
    assert ines.opens(path).status == 404


def test_a_closed_account_opens_nothing_whatever_is_left_of_it(desk, clock):
    """Closing ends its stays and links; should one be left, it is worth nothing."""
    ines = desk("manager")
    path = link_in(ines.account, clock())
    ines.account.closed_at = clock()
    db.session.commit()

    assert ines.opens("/fr/desk/").heading == "Entrer au bureau"
    ines.opens(path)
    assert ines.presses("Entrer").status == 422
    assert here() == 1


def test_who_left_is_forgotten_with_the_journal_of_their_days(build, clock, ines):
    accounts.close(ines, actor="test", now=clock())
    db.session.commit()
    told = []
    for days in (364, 1):
        clock.moves(days=days)
        stays.forget_what_is_over(clock())
        db.session.commit()
        told.append("ines@example.org" in repr(everything()["account"]))

    assert told == [True, False]


# Where it leads on to


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example/fr/desk/",
        "//evil.example/fr/desk/",
        "/\\evil.example",
        "/fr/desk/\\..\\..\\\\evil.example",
        "/fr/desk/../../evil",
        "/fr/events/opening",
        "/fr/desk/sign-in",
        "/fr/desk/in/" + "x" * 36,
        "/fr/desk/sign-out",
        "/fr/desk/account\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/fr/desk/account?" + "x" * 1_000,  # more than a cookie holds
        "/en/desk/account",
    ],
)
def test_nobody_is_led_elsewhere_than_the_desk(visitor, ines, onward):
    visitor.opens(DOOR)
    form = {**visitor.page.fields, "email": "ines@example.org"}
    del form["challenge"], form["answer"]
    seal = visitor.page.html.select_one("main form [name=seal]")["value"]
    visitor.clock.moves(seconds=5)
    visitor.sends(f"{DOOR}?{urlencode({'next': onward})}", {**form, "seal": seal})
    visitor.opens(mailed())
    page = visitor.presses("Entrer")

    assert page.path == "/fr/desk/"


def test_signing_in_leads_to_the_page_that_was_asked_for(visitor, ines):
    visitor.opens("/fr/desk/account?done=account")
    assert visitor.page.heading == "Entrer au bureau"
    visitor.fills(email="ines@example.org").presses("Envoyez-moi le lien")
    visitor.opens(mailed())
    page = visitor.presses("Entrer")

    assert page.path == "/fr/desk/account?done=account"


# The first administrator


def test_the_console_makes_the_first_administrator_and_prints_a_link(app, visitor):
    said = app.test_cli_runner().invoke(commands, ["admin", "ines@example.org"])
    path = said.output.split("https://halle.example")[1].strip()

    visitor.opens(path)
    page = visitor.presses("Entrer")

    assert said.exit_code == 0
    assert page.path == "/fr/desk/"
    assert visitor.opens("/fr/desk/people/").status == 200


def test_the_console_refuses_what_is_no_address(app):
    said = app.test_cli_runner().invoke(commands, ["admin", "ines"])

    assert said.exit_code == 1
    assert db.session.query(Account).count() == 0


# One's own account


def test_one_changes_ones_own_name_and_nothing_else(desk):
    ines, paul = desk("manager"), desk("administrator", name="Paul")
    ines.opens("/fr/desk/account")
    form = answers(ines.page.html.select_one("form[action='/fr/desk/account']"))
    form |= {"name": "Inès B.", "language": "en"}
    more = {"address": "eve@example.org", "id": str(paul.account.id), "role": "x"}

    ines.sends("/fr/desk/account", form | more | {"closed_at": "", "memberships": "1"})

    db.session.refresh(ines.account)
    db.session.refresh(paul.account)
    assert (ines.account.name, ines.account.language) == ("Inès B.", "en")
    assert ines.account.address == "desk1@example.org"
    assert ines.account.grants == (Grant(Role.MANAGER),)
    assert paul.account.name == "Paul"


# Passkeys


def question(visitor: Visitor, kind: str) -> str:
    return visitor.page.html.select_one(f"form[data-passkey={kind}]")["data-question"]


def adds(visitor: Visitor, device: Device, label: str = "Téléphone"):
    visitor.opens("/fr/desk/account")
    answer = device.makes(question(visitor, "make"))
    form = visitor.page.html.select_one("form[data-passkey=make]")
    form.select_one("[name=answer]")["value"] = answer
    return visitor.fills(label=label).presses("Ajouter une clé d’accès")


def proves(visitor: Visitor, device: Device, path: str = DOOR):
    visitor.opens(path)
    answer = device.proves(question(visitor, "prove"))
    form = visitor.page.html.select_one("form[data-passkey=prove]")
    form.select_one("[name=answer]")["value"] = answer
    return visitor.presses("Entrer avec une clé d’accès")


def test_a_passkey_is_added_and_signs_in_from_then_on(desk, visitor):
    ines, device = desk(), Device()
    page = adds(ines, device)

    assert "Téléphone" in page.text
    assert proves(visitor, device).path == "/fr/desk/"
    assert proves(visitor, device, f"{DOOR}?next=/fr/desk/account").path == (
        "/fr/desk/account"
    )


def test_only_pages_with_passkeys_run_a_script_and_only_our_own(desk):
    ines = desk()
    policies = {
        path: ines.opens(path).response.headers["Content-Security-Policy"]
        for path in ("/fr/desk/", "/fr/desk/account", DOOR, "/fr/")
    }

    scripted = {path for path, policy in policies.items() if "script-src" in policy}
    assert scripted == {"/fr/desk/account", DOOR}
    assert all("script-src 'self'" in policies[path] for path in scripted)


@pytest.mark.parametrize("onward", ["//evil.example/fr/desk/", "/fr/", "/fr/desk/in/x"])
def test_a_passkey_leads_nowhere_else_than_the_desk(desk, visitor, onward):
    device = Device()
    adds(desk(), device)

    assert proves(visitor, device, f"{DOOR}?{urlencode({'next': onward})}").path == (
        "/fr/desk/"
    )


def test_a_passkey_gives_a_new_key_and_the_old_one_is_dead(desk, visitor):
    ines, device = desk(), Device()
    adds(ines, device)
    before = ines.cookie(guard.KEY)
    proves(ines, device)

    visitor.keeps(guard.KEY, before)
    assert ines.cookie(guard.KEY) != before
    assert visitor.opens("/fr/desk/").heading == "Entrer au bureau"
    assert here() == 1


def test_a_passkey_is_one_accounts_alone(desk, visitor):
    """Whoever brings the key of somebody else gets neither it nor its account."""
    ines, eve, device = desk(), desk("reader", name="Eve"), Device()
    adds(ines, device)

    page = adds(eve, device)

    owner = db.session.scalars(select(Passkey.account_id)).one()
    proves(visitor, device)
    assert page.status == 422
    assert owner == ines.account.id
    assert visitor.page.heading == "Bonjour Inès"


@pytest.mark.parametrize("lie", ["origin", "unverified", "another stay", "chosen"])
def test_a_key_is_kept_only_if_it_was_asked_for_here(desk, lie):
    ines, eve, device = desk(), desk("administrator", name="Eve"), Device()
    eve.opens("/fr/desk/account")
    ines.opens("/fr/desk/account")
    asked = question(ines, "make")
    form = answers(ines.page.html.select_one("form[data-passkey=make]"))
    if lie == "origin":
        device.origin = "https://halle.example.evil.example"
    if lie == "unverified":
        device.flags = PRESENT
    if lie == "another stay":  # what Eve was asked is nothing that Inès answers
        asked = question(eve, "make")
        form = answers(eve.page.html.select_one("form[data-passkey=make]"))
    if lie == "chosen":
        form["challenge"] = "A" * 43
        asked = asked.replace(re.search(r'"challenge": "([^"]+)"', asked)[1], "QUFB")

    page = ines.sends("/fr/desk/passkeys", form | {"answer": device.makes(asked)})

    assert page.status == 422
    assert db.session.query(Passkey).count() == 0
    assert "QUFB" not in page.response.text  # no seal on a question of theirs


def test_a_removed_passkey_opens_nothing(desk, visitor):
    ines, device = desk(), Device()
    adds(ines, device)
    ines.presses("Retirer")

    page = proves(visitor, device)

    assert page.status == 422
    assert page.summary == [
        "Cela n’a pas marché. Essayez encore une fois, ou demandez un lien par e-mail."
    ]


def test_a_device_that_counts_backwards_is_refused_and_noted(desk, visitor):
    ines, device = desk(), Device()
    adds(ines, device)
    device.count = 7
    assert proves(visitor, device).path == "/fr/desk/"
    visitor.presses("Se déconnecter")
    device.count = 3  # a copy

    page = proves(visitor, device)

    noted = select(LogEntry.deed).order_by(LogEntry.id.desc())
    assert page.status == 422
    assert "copiée" in page.summary[0]
    assert db.session.scalars(noted).first() == "passkey doubted"
    assert db.session.scalars(select(Passkey.sign_count)).one() == 8


def test_a_device_that_counts_nothing_is_no_copy(desk, visitor):
    device = Device()
    adds(desk(), device)
    for _ in range(2):
        device.count = -1
        assert proves(visitor, device).path == "/fr/desk/"
        visitor.presses("Se déconnecter")


def test_an_answer_opens_once(desk, visitor, other):
    device = Device()
    adds(desk(), device)
    visitor.opens(DOOR)
    form = visitor.page.html.select_one("form[data-passkey=prove]")
    data = {tag["name"]: tag["value"] for tag in form.select("input")}
    device.count = -1
    data["answer"] = device.proves(form["data-question"])
    visitor.clock.moves(seconds=5)
    assert visitor.sends("/fr/desk/sign-in/passkey", data).path == "/fr/desk/"

    visitor.clock.moves(seconds=5)
    page = other.sends("/fr/desk/sign-in/passkey", data)

    assert page.status == 422


@pytest.mark.parametrize(
    "lie", ["origin", "unverified", "stale", "another question", "rubbish", "not ours"]
)
def test_what_proves_nothing_opens_nothing(desk, visitor, lie):
    device = Device()
    if lie != "not ours":
        adds(desk(), device)
    visitor.opens(DOOR)
    form = visitor.page.html.select_one("form[data-passkey=prove]")
    data = {tag["name"]: tag["value"] for tag in form.select("input")}
    asked = form["data-question"]
    if lie == "origin":
        device.origin = "https://halle.example.evil.example"
    if lie == "unverified":
        device.flags = PRESENT
    if lie == "another question":
        asked = question_of_another(visitor)
    data["answer"] = "[" * 9_000 if lie == "rubbish" else device.proves(asked)
    visitor.clock.moves(minutes=6 if lie == "stale" else 1)

    page = visitor.sends("/fr/desk/sign-in/passkey", data)

    assert page.status == 422
    assert here() == (0 if lie == "not ours" else 1)


def question_of_another(visitor: Visitor) -> str:
    visitor.opens(DOOR)
    return question(visitor, "prove")


def test_a_passkey_of_somebody_else_is_not_there_to_be_removed(desk):
    ines, eve = desk(), desk("administrator", name="Eve")
    adds(ines, Device())
    number = db.session.scalars(select(Passkey.id)).one()

    page = eve.sends(f"/fr/desk/passkeys/{number}/remove", {})

    assert page.status == 404
    assert db.session.query(Passkey).count() == 1
