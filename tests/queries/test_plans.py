"""How the databases find what every public address tells: by an index, all of it.

And what does not grow: the statements of an answer, and on SQLite, which can count
them, the steps that they take.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from festival.extensions import db
from tests.bench import many
from tests.conftest import both_databases
from tests.routes import ACCESS, Access, examples
from tests.visitor import Visitor

QUESTION = re.compile("SELECT|INSERT|UPDATE|DELETE|WITH")
BIG = "event|rsvp|letter|repeat|log_entry|partnership"
HOUSE = many.House(coming=120, past=1_380, replies=3_000)

QUESTIONS = (  # to the agenda's page
    "kind=workshop&venue=venue-1",
    "organisation=organisation-1",
    "festival=festival",
    "language=fr&access=step-free",
    "seats=free",
    "when=weekend",
    "when=all",
    "from=2027-07-01&until=2027-07-31",
    "q=jardin",
    "when=past",
    "when=past&from=2020-01-01&until=2020-12-31",
    "when=past&from=2020-01-01&until=2020-12-31&q=jardin",
)

FEW = ("kind=workshop&venue=venue-1&q=jardin", "seats=free")  # to what is not a page

# What reads a big table whole, and why it may.
WHOLE = {
    "discovery.sitemap": "names every page there is",
    "agenda.agenda, when=past": "counts all that is over; by year it asks for a year",
}


def paths(build: Any) -> dict[str, str]:
    """Return an address of every route that anybody may open, by what it is."""
    found = {
        endpoint: path
        for endpoint, path in examples(build).items()
        if ACCESS[endpoint] in {Access.PUBLIC, Access.FORM} and endpoint != "static"
    }
    found["events.event, of a festival"] = "/fr/events/festival"
    found["venues.venue, with much on"] = "/fr/venues/venue-1"
    found["venues.space, with much on"] = "/fr/venues/venue-1/space-1"
    found["organisations.organisation, with much on"] = (
        "/fr/organisations/organisation-1"
    )
    for endpoint in sorted(found):
        rule = found[endpoint]
        if answers_questions(endpoint):
            for question in QUESTIONS if endpoint == "agenda.agenda" else FEW:
                found[f"{endpoint}, {question}"] = f"{rule}?{question}"
    return found


def answers_questions(endpoint: str) -> bool:
    """Say whether a route takes the agenda's question: the agenda, and its formats."""
    name = endpoint.partition(".")[2]
    return name.startswith("agenda") or name in {"programme", "subscribe"}


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Note every statement sent inside, and with what, the pulse's aside."""
    sent: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, values, *_):
        if QUESTION.match(statement) and "FROM edition" not in statement:
            sent.append((statement, values))

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)


def read_whole(statement: str, values: Any) -> list[str]:
    """Return what of a statement's plan reads a big table from end to end."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", values
            ).all()
            wrong = re.compile(
                rf"SCAN ({BIG})(_\d+)?\b|.*AUTOMATIC|SEARCH .*\((listed|thing)=\?\)"
            )
            return [row[3] for row in plan if wrong.match(row[3])]
        for way in ("seqscan", "hashjoin", "mergejoin"):  # if it can do without
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        found = connection.exec_driver_sql(
            f"EXPLAIN (FORMAT JSON) {statement}", values
        ).scalar_one()
        plan = json.loads(found) if isinstance(found, str) else found
        return [told(node) for node in nodes(plan[0]["Plan"]) if is_whole(node)]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def is_whole(node: dict[str, Any]) -> bool:
    if not re.fullmatch(BIG, node.get("Relation Name", "")):
        return False
    bound = node["Node Type"] in {"Bitmap Heap Scan", "ModifyTable"}
    return not (bound or "Index Cond" in node)


def told(node: dict[str, Any]) -> str:
    return f"{node['Node Type']} on {node['Relation Name']}: {node.get('Filter')}"


@pytest.fixture
def full_house(build, clock):
    many.fill(HOUSE, clock())
    return build


@both_databases
def test_every_public_answer_and_the_reply_find_their_rows_by_an_index(
    full_house, visitor
):
    """Guards: the indexes of ``models``, and ``queries.planning.aside``."""
    wrong: dict[str, list[str]] = {}
    plans: dict[str, list[str]] = {}
    for name, path in paths(full_house).items():
        with asked() as sent:
            visitor.opens(path)
        assert visitor.page.status == 200, path
        for statement, values in sent:
            if statement not in plans:
                plans[statement] = read_whole(statement, values)
            if plans[statement] and name not in WHOLE:
                wrong.setdefault(name, []).extend(plans[statement])

    with asked() as sent:
        replies(visitor)
    for statement, values in sent:
        if found := read_whole(statement, values):
            wrong.setdefault("the reply", []).extend(found)

    assert len(plans) > 50
    assert wrong == {}


def replies(visitor: Visitor) -> None:
    visitor.opens("/fr/events/event-50/reply")
    visitor.fills(name="Ada", email="ada@example.org").presses("Je m’inscris")
    assert "/rsvp/" in visitor.page.path


def cost(path: str, visitor: Visitor) -> tuple[int, int]:
    """Return how many statements an address takes, and how many of SQLite's steps."""
    steps = Counter[str]()

    def step() -> None:
        steps["all"] += 1

    def count(connection, *_):
        connection.set_progress_handler(step, 10)

    sqlalchemy_event.listen(db.engine, "checkout", count)
    try:
        with asked() as sent:
            visitor.opens(path)
    finally:
        sqlalchemy_event.remove(db.engine, "checkout", count)
    assert visitor.page.status == 200, path
    return len(sent), steps["all"] * 10


def test_what_is_over_costs_nothing(make_app, migrated_file, tmp_path, clock):
    """Guards: as above; what searches an index for ``listed`` alone reads it all."""
    found = []
    for number, past in enumerate((200, 2_000)):
        file = tmp_path / f"{number}.sqlite"
        shutil.copy(migrated_file, file)
        app = make_app(DATABASE_URL=f"sqlite:///{file}")
        with app.app_context():
            many.fill(many.House(coming=60, past=past), clock())
            visitor = Visitor(app, clock)
            found.append({path: cost(path, visitor) for path in PAGES})
    few, much = found

    assert {p: (few[p][0], much[p][0]) for p in PAGES if few[p][0] != much[p][0]} == {}
    grown = {
        path: (few[path][1], much[path][1])
        for path in PAGES
        if much[path][1] > 1.3 * few[path][1] + 500
    }
    assert grown == {}


PAGES = (
    "/fr/",
    *(f"/fr/?{question}" for question in QUESTIONS if "past" not in question),
    "/fr/events/event-50",
    "/fr/events/festival",
    "/fr/events/event-50/reply",
    "/fr/venues/",
    "/fr/venues/venue-1",
    "/fr/venues/venue-1/space-1",
    "/fr/organisations/",
    "/fr/organisations/organisation-1",
    "/fr/competitions/tournament",
)
