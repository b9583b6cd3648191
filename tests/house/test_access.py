"""Who may open what at the desk: every route, as every role, own things and others'."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sa_event

from festival.domain.access import RIGHTS, Grant, Right, Role
from festival.extensions import db
from festival.services import accounts, stays
from festival.web.caching import POLICY
from festival.web.desk import guard
from festival.web.desk.journal import DEEDS
from festival.web.passkeys import SCRIPTED
from tests.desk_routes import DESK, Reach, example, opens
from tests.routes import ACCESS, Access
from tests.visitor import Visitor, answers

ROLES = [  # every role, and which thing of the example it is for
    *([(role, None)] for role in Role),
    *([(Role.ORGANISER, where)] for where in ("wheel", "others", "venue", "event")),
    [(Role.READER, "wheel")],
    # A right and its reach have to come with one and the same role.
    [(Role.READER, None), (Role.READER, "wheel"), (Role.ORGANISER, "others")],
    [],
]
# Pages with several forms, or several routes, under one seal: the same deed's.
TOGETHER = [
    {"desk_boards.add", "desk_boards.move"},
    {"desk_imports.check", "desk_imports.undo"},
]


@pytest.fixture
def known(build):
    return example(build)


@pytest.fixture
def written(app):
    """The statements that have written anything."""
    found: list[str] = []

    def note(*told) -> None:
        if told[2].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            found.append(told[2])

    sa_event.listen(db.engine, "before_cursor_execute", note)
    yield found
    sa_event.remove(db.engine, "before_cursor_execute", note)


def methods(app, endpoint: str) -> set[str]:
    return {
        method
        for rule in app.url_map.iter_rules(endpoint)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def grant_of(role: Role, where: str | None, known) -> Grant:
    match where:
        case None:
            return Grant(role)
        case "venue":
            return Grant(role, venue_id=min(known.things["event"].venue_ids))
        case "event":
            return Grant(role, event_id=min(known.things["event"].event_ids))
    return Grant(role, organisation_id=getattr(known, where).id)


def sits_down(visitor: Visitor, account, clock) -> Visitor:
    key = stays.stay(account, "a browser", how="link", now=clock())
    db.session.commit()
    visitor.keeps(guard.KEY, key)
    return visitor


def goes(visitor: Visitor, path: str, method: str):
    return visitor.opens(path) if method == "GET" else visitor.sends(path, {})


def test_every_route_that_asks_who_is_there_has_a_row_and_no_other(app):
    views = app.view_functions
    asking = {name for name in views if guard.is_desk(name)}
    below = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "/desk" in rule.rule and ACCESS.get(rule.endpoint) is not Access.SIGN_IN
    }

    assert asking == below == set(DESK)
    assert {name: views[name].right for name in DESK} == {
        name: row.right for name, row in DESK.items()
    }


def test_signed_out_every_route_leads_to_the_door(app, known, visitor, written):
    router = app.url_map.bind("halle.example", url_scheme="https")
    written.clear()

    for name, row in DESK.items():
        path = row.path.format(**known.names)
        for method in methods(app, name):
            assert router.match(path, method=method)[0] == name
            page = goes(visitor, path, method)
            assert page.response.request.path == "/fr/desk/sign-in", (name, method)

    assert page.heading == "Entrer au bureau"
    assert written == []


def test_every_route_opens_for_those_alone_who_may(app, build, clock, known, written):
    """Whoever may not gets 404 by every method; a form without a seal does nothing."""
    wrong = []
    for given in ROLES:
        somebody = build.account("Somebody", None)
        for role, where in given:
            grant = grant_of(role, where, known)
            accounts.give(somebody, grant, actor="test", now=clock())
        visitor = sits_down(Visitor(app, clock), somebody, clock)
        grants = list(somebody.grants)
        written.clear()
        for name, row in DESK.items():
            path = row.path.format(**known.names)
            may_open = opens(row, somebody, grants, known)
            asked = sorted(methods(app, name))
            for method in asked[:1] if may_open else asked:
                page = goes(visitor, path, method)
                headers = page.response.headers
                asis = (page.status != 404, headers["Cache-Control"], bool(written))
                if asis != (may_open, "private, no-store", False) or page.status >= 500:
                    wrong.append((given, name, method, page.status, asis, written[:1]))
                if headers["Content-Security-Policy"] not in {POLICY, SCRIPTED}:
                    wrong.append((given, name, "policy"))
                if method == "POST" and page.status == 200:
                    wrong.append((given, name, "without a seal"))
                written.clear()

    assert wrong == []


def forms_of(visitor: Visitor, paths: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What *visitor* would send, by the address to which a form of *paths* goes."""
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        page = visitor.opens(path)
        if page.status == 200 and page.response.mimetype == "text/html":
            for form in page.html.select("form[method=post]"):
                goes_to = form.get("action") or page.path
                found.setdefault(goes_to.partition("?")[0], answers(form))
    return found


def test_a_form_is_worth_something_here_and_now_alone(app, clock, known, written):
    """Another browser of the same person; another form; another site; no seal."""
    here = sits_down(Visitor(app, clock), known.owner, clock)
    there = sits_down(Visitor(app, clock), known.owner, clock)
    gets = {n: r.path.format(**known.names) for n, r in DESK.items()}
    forms = forms_of(
        here,
        [*(p for n, p in gets.items() if "GET" in methods(app, n)), *known.more],
    )
    router = app.url_map.bind("halle.example", url_scheme="https")
    by_seal: dict[str, set[str]] = {}
    reached, wrong = set(), []

    clock.moves(seconds=5)
    for path, form in forms.items():
        name = router.match(path, method="POST")[0]
        reached.add(name)
        by_seal.setdefault(form["seal"], set()).add(name)
        leave = forms["/fr/desk/sign-out"]["seal"]
        everywhere = forms["/fr/desk/sign-out-everywhere"]["seal"]
        other = everywhere if form["seal"] == leave else leave
        bare = {key: value for key, value in form.items() if key != "seal"}
        tries = {
            "another stay": lambda form=form, path=path: there.sends(path, form),
            "another form": lambda form=form, path=path, other=other: here.sends(
                path, form | {"seal": other}
            ),
            "no seal": lambda bare=bare, path=path: here.sends(path, bare),
            "another site": lambda form=form, path=path: here.sends(
                path, form, **{"Sec-Fetch-Site": "cross-site"}
            ),
        }
        for kind, sends in tries.items():
            written.clear()
            status = sends().status
            if status not in ({403} if kind == "another site" else {413, 422}):
                wrong.append((name, kind, status))
            if written:
                wrong.append((name, kind, written[0]))

    shared = [names for names in by_seal.values() if len(names) > 1]
    posts = {name for name in DESK if "POST" in methods(app, name)}
    assert wrong == []
    assert [names for names in shared if names not in TOGETHER] == []
    assert posts - reached == set()


def test_what_is_ones_own_opens_for_its_owner(app, clock, known):
    visitor = sits_down(Visitor(app, clock), known.owner, clock)

    for name, row in DESK.items():
        if row.reach is Reach.OWN:
            method = min(methods(app, name))
            page = goes(visitor, row.path.format(**known.names), method)
            assert page.status in {200, 422}, name


def test_every_right_is_somebodys_and_the_administrators():
    assert RIGHTS[Role.ADMINISTRATOR] == set(Right)
    assert set(RIGHTS) == set(Role)


def test_every_deed_of_the_journal_has_words():
    noted = set()
    for path in (Path(accounts.__file__).parent).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "journal.note":
                words = [
                    each
                    for argument in node.args
                    for each in (
                        argument.value.elts
                        if isinstance(argument, ast.Starred)
                        else [argument]
                    )
                ]
                deed, thing = words[:2]
                if isinstance(deed, ast.Constant):
                    noted.add((deed.value, thing.value))

    assert noted - set(DEEDS) == set()
    assert set(DEEDS) - noted == {("cancelled", "event"), ("postponed", "event")}
