"""Promises that no single author remembers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import meta
from sqlalchemy import UniqueConstraint, select

from festival.domain import errors
from festival.domain.errors import FestivalError
from festival.extensions import current_settings, db
from festival.models.base import Base
from festival.models.rsvps import Rsvp
from festival.web import BLUEPRINTS
from festival.web.fields import CitizenForm
from tests.builders import everything
from tests.desk_routes import DESK
from tests.routes import ACCESS, Access, examples
from tests.visitor import link_of

ROOT = Path(__file__).parents[2]
PACKAGE, TEMPLATES = ROOT / "festival", ROOT / "templates"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%")


def modules(folder: str = "") -> Iterator[tuple[str, ast.Module]]:
    """Yield the name inside the package, and the tree, of every module."""
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text())


# Routes


def test_every_route_states_its_access(app):
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}

    assert routes == set(ACCESS) | set(DESK)  # house/test_access.py holds these


def test_every_route_has_an_example_that_leads_to_it(app, build):
    found = examples(build)
    router = app.url_map.bind("halle.example", url_scheme="https")

    for endpoint, path in found.items():
        methods = {
            method
            for rule in app.url_map.iter_rules(endpoint)
            for method in rule.methods
        }
        method = "GET" if "GET" in methods else "POST"
        assert router.match(path, method=method)[0] == endpoint
    assert set(found) == set(ACCESS)


def test_public_routes_are_only_read_and_only_forms_and_keys_act(app):
    acting = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.methods - {"GET", "HEAD", "OPTIONS"} and rule.endpoint not in DESK
    }

    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods}
    assert {e for e in acting if ACCESS[e] is Access.PUBLIC} == set()
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


# RFC 8058: a mail program's own button knows no seal. The link stands in letters
# alone, and stops reminders, nothing else (web/test_rights.py).
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
UNSEALED = {"rights.reminders": ONE_CLICK}


def test_every_form_is_refused_without_its_seal(app, build, visitor):
    acting = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and rule.endpoint not in DESK
    }
    found = examples(build)
    answers = {"name": "Eve", "email": "eve@example.org", "party_size": "1"}
    other = CitizenFormSeal(app, "something else")
    odd = [{}, answers, {**answers, "seal": ""}, {**answers, "seal": other.text}]
    odd.append(ONE_CLICK)
    before = everything()

    for endpoint in sorted(acting):
        for data in odd:
            if UNSEALED.get(endpoint) == data:
                continue
            page = visitor.sends(found[endpoint], data)
            assert 400 <= page.status < 500, endpoint
            assert "Vérifiez et envoyez encore une fois." in page.text, endpoint

    assert len(acting) == 21
    assert everything() == before


class CitizenFormSeal:
    """A seal of our own making, for another purpose than any form's."""

    def __init__(self, app, purpose: str) -> None:
        with app.test_request_context("/", base_url="https://halle.example"):
            self.text = CitizenForm(purpose).seal.data


def test_no_seal_and_no_token_can_be_made_without_the_secret(build, visitor):
    guest = build.guest(build.event())
    token = link_of("manage", guest).rpartition("/")[2]

    for row in everything().values():
        assert token not in repr(row)
        assert token[12:] not in repr(row)
        assert current_settings().SECRET_KEY not in repr(row)


# Templates


def templates() -> list[str]:
    return sorted(
        path.relative_to(TEMPLATES).as_posix()
        for path in TEMPLATES.rglob("*")
        if path.is_file()
    )


def test_every_template_parses_and_borrows_only_from_the_shared_folders(app):
    borrowed = {}
    for name in templates():
        source, _, _ = app.jinja_env.loader.get_source(app.jinja_env, name)
        tree = app.jinja_env.parse(source)
        borrowed[name] = set(meta.find_referenced_templates(tree))

    foreign = {
        (name, other)
        for name, others in borrowed.items()
        for other in others
        if not (
            other.startswith(("_layout/", "_kit/"))
            or (name.startswith("mail/") and other.startswith("mail/_"))
        )
    }
    assert foreign == set()


def test_every_template_has_a_home():
    homes = {blueprint.name for blueprint in BLUEPRINTS} | {"_layout", "_kit", "mail"}

    assert {name.partition("/")[0] for name in templates()} <= homes


def test_no_template_has_lost_its_page():
    code = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    code += "".join((TEMPLATES / name).read_text() for name in templates())

    unused = {
        name
        for name in templates()
        if f'"{name}"' not in code and f'"{Path(name).stem}"' not in code
    }

    assert unused == set()


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (
            r"<script(?! type=\"application/ld\+json\"| src=\"\{\{ static_url)",
            "a script",
        ),
        (r"<style|\sstyle=", "a style"),
        (r"\son[a-z]+=\"", "a handler"),
        (r"[^\"]\|safe\b|autoescape false", "an unescaped text"),
        (r"(?:src|href)=\"(?:https?:)?//", "a foreign address"),
        (r"<img(?![^>]*\balt=)", "a picture without words"),
    ],
)
def test_no_template_holds(pattern, what):
    found = {
        name: re.findall(pattern, (TEMPLATES / name).read_text())
        for name in templates()
        if name.endswith(".html")
        and not (name.startswith("mail/") and what == "a style")  # mail knows no other
    }

    assert {name for name, hits in found.items() if hits} == set(), what


# Sentences


def refusals() -> list[type[FestivalError]]:
    return [
        found
        for found in vars(errors).values()
        if isinstance(found, type)
        and issubclass(found, FestivalError)
        and found is not FestivalError
    ]


@pytest.fixture(scope="module")
def said() -> Catalog:
    """Every sentence that the code and the templates say, in English."""
    catalog = Catalog()
    keywords = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
    for folder, method in (("festival", "ignore"), ("templates", "jinja2")):
        for _, _, message, comments, context in extract_from_dir(
            ROOT / folder,
            [("**.py", "python"), ("**.*", method)],
            {"**.*": {"silent": "false"}} if method == "jinja2" else {},
            keywords,
            directory_filter=lambda _: True,  # _layout and _kit, too
        ):
            catalog.add(message, auto_comments=comments, context=context)
    return catalog


@pytest.fixture(scope="module")
def french() -> Catalog:
    """The same sentences in French."""
    path = PACKAGE / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_every_refusal_is_a_sentence_with_a_full_stop():
    sentences = {refusal.__name__: refusal.sentence for refusal in refusals()}

    assert len(sentences) > 10
    assert {
        n for n, s in sentences.items() if not re.fullmatch(r"[A-Z“].*\.", s)
    } == set()
    assert all(refusal.__bases__ == (FestivalError,) for refusal in refusals())


def test_every_refusal_is_said_in_french(french):
    missing = {
        refusal.__name__
        for refusal in refusals()
        if not (french.get(refusal.sentence) and french.get(refusal.sentence).string)
    }

    assert missing == set()


def test_no_sentence_is_missing_in_french(said, french):
    missing = {
        forms(message.id)[0]
        for message in said
        if message.id
        and not (
            (found := french.get(message.id))
            and all(forms(found.string))
            and len(forms(found.id)) == len(forms(message.id))
        )
    }

    assert missing == set()


def test_no_french_sentence_is_left_over_or_unsure(said, french):
    ours = {forms(message.id)[0] for message in said if message.id}

    left_over = {forms(m.id)[0] for m in french if m.id} - ours
    unsure = {forms(m.id)[0] for m in french if m.id and m.fuzzy}

    assert left_over == set()
    assert unsure == set()
    assert list(french.obsolete) == []


def test_every_placeholder_is_in_the_french_too(french):
    differing = {}
    for message in french:
        if not message.id:
            continue
        wanted = set(PLACEHOLDER.findall(" ".join(forms(message.id))))
        for text in forms(message.string):
            found = set(PLACEHOLDER.findall(text))
            if found != wanted and not (
                message.pluralizable and found | {"%(num)s"} == wanted
            ):
                differing[forms(message.id)[0]] = text

    assert differing == {}


def test_french_has_french_apostrophes_quotes_and_spaces(french):
    odd = {
        text
        for message in french
        if message.id
        for text in forms(message.string)
        if re.search(r"['\"“”]|\w[;?!»]|[^\s]:(?:\s|$)|«\S|\.\.\.", text)
    }

    assert odd == set()


def test_session_never_means_an_event(said, french):
    """HOUSE.md: it is Flask's or SQLAlchemy's, and nothing else's."""
    allowed = {"session", "Session", "SessionTransaction", "synchronize_session"}
    names = set()
    for _, tree in modules():
        for node in ast.walk(tree):
            for name in (
                getattr(node, "name", None),
                getattr(node, "id", None),
                getattr(node, "attr", None),
                getattr(node, "arg", None),
            ):
                if isinstance(name, str) and "session" in name.lower():
                    names.add(name)
    sentences = [t for m in said if m.id for t in forms(m.id)]
    sentences += [t for m in french if m.id for t in forms(m.string)]

    assert names <= allowed
    assert [
        s for s in sentences if re.search(r"session|séance", s, re.IGNORECASE)
    ] == []


# Who may do what in the code


HEART = ["services", "queries", "models", "domain", "formats"]
SEATS = {
    "status",
    "party_size",
    "party_wanted",
    "held_until",
    "ranked_at",
    "capacity",
    "holds_seat",
    "keeps_waiting_list",
}
RECORDS = {"Rsvp", "Repeat", "Event"}
SEAT_KEEPERS = {
    f"services/{name}.py"
    for name in (
        *("rsvps", "amendments", "standing", "repeats", "replies"),
        *("queue", "events", "event_life"),
    )
}
# What needs no turn of its own, and why.
NO_TURN = {
    "queue.settle": "called inside a turn",
    "replies.hold": "called inside a turn",
    "repeats.repeat": "called inside a turn",
    "repeats.confirm": "called inside a turn",
    "repeats.tell_of_party": "called inside a turn",
    "standing.keep_within_limits": "called inside a turn",
    "events.draft": "nobody knows the event yet",
    "event_life.write": "nobody knows the event yet",
}


def writes_seats(node: ast.AST) -> bool:
    """Say whether *node* itself writes what seats are counted by."""
    match node:
        case ast.Assign(targets=targets, value=value):
            written = [t for target in targets for t in ast.walk(target)]
        case (
            ast.AugAssign(target=target, value=value)
            | ast.AnnAssign(target=target, value=value)
        ):
            written = list(ast.walk(target))
        case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in RECORDS:
            return any(k.arg in SEATS for k in keywords)
        case ast.Call(func=ast.Attribute(attr="values"), keywords=keywords):
            return any(
                k.arg in SEATS and "letter" not in ast.unparse(node).lower()
                for k in keywords
            )
        case ast.Call(func=ast.Name(id="setattr")):
            return True
        case _:
            return False
    return any(
        isinstance(target, ast.Attribute)
        and target.attr in SEATS
        and "LetterStatus" not in ast.unparse(value or target)
        for target in written
    )


def test_only_these_modules_write_what_seats_are_counted_by():
    writers = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if writes_seats(node)
    }

    assert writers == SEAT_KEEPERS


def keepers() -> dict[str, ast.FunctionDef]:
    """Every function of the modules that keep seats, by "module.name"."""
    return {
        f"{Path(module).stem}.{node.name}": node
        for module in sorted(SEAT_KEEPERS)
        for node in ast.parse((PACKAGE / module).read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


def called(node: ast.AST, inside: str, known: set[str]) -> str | None:
    """Return which of the *known* functions *node* calls, *inside* its module."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)):
            return f"{module}.{name}"
        case ast.Call(func=ast.Name(id=name)):
            imported = {each for each in known if each.endswith(f".{name}")}
            own = f"{inside}.{name}"
            return own if own in known else next(iter(sorted(imported)), None)
    return None


def test_every_deed_that_takes_or_frees_seats_takes_its_turn_first():
    functions = keepers()
    known = {*functions, "turns.take_turn"}
    writers, takers = set(), {"turns.take_turn"}
    for _ in functions:  # who calls a writer writes; who first calls a taker takes
        for name, function in functions.items():
            inside = name.partition(".")[0]
            deeds = []
            for node in ast.walk(function):
                deed = called(node, inside, known)
                if deed in takers | writers or writes_seats(node):
                    deeds.append((node.lineno, deed not in takers))
            if deeds:
                writers.add(name)
            if deeds and not min(deeds)[1]:
                takers.add(name)

    hasty = {name for name in writers if not name.partition(".")[2].startswith("_")}
    assert hasty - takers == set(NO_TURN)
    assert len(takers) > 10


@pytest.mark.parametrize("folder", HEART)
def test_below_the_edge_nothing_commits(folder):
    committing = {
        name
        for name, tree in modules(folder)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "begin"}
    }

    assert committing == set()


def test_only_the_clock_asks_what_time_it_is():
    asked = {
        f"{name}: {ast.unparse(node)}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "today", "localtime", "gmtime"}
        and ast.unparse(node.func) != "clock.now"
        and ast.unparse(node.func) != "self.now"  # gunicorn's logger
    }

    assert asked == {"clock.py: datetime.now(UTC)"}


@pytest.mark.parametrize("folder", HEART)
def test_below_the_edge_the_time_is_an_argument(folder):
    asking = {
        name
        for name, tree in modules(folder)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "clock"
    }

    assert asking == set()


def test_every_secret_is_compared_in_constant_time():
    """A seal or a token met by ``==`` would tell its first wrong character."""
    compared = {
        f"{name}: {ast.unparse(node)}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Eq | ast.NotEq)
        and re.search(r"seal\w*\(|seal\b|\btoken\b(?!')", ast.unparse(node))
        and "len(" not in ast.unparse(node)
    }

    assert compared == set()


# Tables


def test_every_reference_is_found_by_an_index():
    slow = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.foreign_keys
        and column
        not in {
            *(next(iter(index.columns)) for index in table.indexes),
            *(
                next(iter(constraint.columns))
                for constraint in table.constraints
                if isinstance(constraint, UniqueConstraint)
            ),
        }
    }

    assert slow == set()


FORGOTTEN = {
    *("name", "address", "address_key", "limit_key", "answer", "needs", "needs_note"),
    *("held_until", "retry_key", "network_key"),
}
# What counts need, and when what was done; it says of nobody who they are.
COUNTED = {
    *("id", "event_id", "public_id", "version", "door_code", "status", "language"),
    *("party_size", "party_wanted", "partner_id", "holds_seat", "letter_sequence"),
    *(
        "uninvited",
        "to_prove",
        "replied_at",
        "ranked_at",
        "stood_at",
        "withdrawn_at",
        "erased_at",
    ),
    *("passed", "passed_at", "rests", "part_offered", "letters_off"),
    *("wants_reminders", "reminded_at"),
    *("asked_at", "asked_again_at", "still_coming_at", "gave_way_at"),
    *("withdrawn_from", "proven"),
}


def test_a_guest_is_kept_in_no_other_columns_than_those_that_are_erased(build, now):
    """A new column of a reply has to be thought of in ``rsvps.erase``."""
    from festival.services import rsvps  # noqa: PLC0415

    guest = build.guest(
        build.event(), "Zoé", address="zoe@example.org", answer="my answer"
    )
    guest.needs, guest.needs_note = ["wheelchair"], "my note"
    build.calendar(guest)
    db.session.commit()
    rsvps.erase(guest, now=now)
    db.session.commit()

    everything_kept = repr(everything())
    row = db.session.execute(select(Rsvp.__table__)).one()._asdict()
    assert not re.search(
        "Zoé|zoe@example|my answer|wheelchair|my note", everything_kept
    )
    assert set(row) == FORGOTTEN | COUNTED
    assert {name: row[name] for name in FORGOTTEN if row[name]} == {}
