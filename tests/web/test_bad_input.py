"""Whatever is sent is answered by a sentence or a 404, and what was typed is kept."""

from __future__ import annotations

import io
import random
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from festival.extensions import db
from festival.models.rsvps import Rsvp
from tests.builders import everything
from tests.conftest import both_databases
from tests.routes import ACCESS, examples
from tests.visitor import Visitor, link_of

pytestmark = both_databases

REPLY = "/fr/events/opening/reply"
ADA = {"name": "Ada", "email": "ada@example.org", "party_size": "2"}


@pytest.fixture
def form(build, visitor):
    """The reply form of an event with ten seats, parties of up to five."""
    build.event("opening", capacity=10, largest_party=5)
    return visitor


def sent(visitor: Visitor, **answers: str):
    """Send the reply form with *answers*, as a program can."""
    seal = visitor.opens(REPLY).fields["seal"]
    visitor.clock.moves(seconds=5)
    return visitor.sends(REPLY, {"seal": seal, **ADA, **answers})


def the_reply() -> Rsvp:
    return db.session.scalars(select(Rsvp)).one()


def no_reply() -> bool:
    return db.session.scalars(select(Rsvp)).first() is None


# Names


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Zoé 🎉👩‍👩‍👧", "Zoé 🎉👩‍👩‍👧"),
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("Ada\r\nBcc: eve@example.org", "Ada Bcc: eve@example.org"),
        ("Ada\0Lovelace\x07", "AdaLovelace"),
        ("Ada\u2028\u2029Lovelace\x85", "Ada Lovelace"),
        ("Ada \u202eecalevoL\u202c", "Ada ecalevoL"),  # would turn what follows it
        ("\u200f你好", "你好"),
        ("e\u0301", "é"),
        ("<b>Ada</b> & \"Eve\" 'x'", "<b>Ada</b> & \"Eve\" 'x'"),
        ("[Ada](https://example.org)", "[Ada](https://example.org)"),
        ("{{ 7*7 }} %(name)s {0}", "{{ 7*7 }} %(name)s {0}"),
        ("'; DROP TABLE rsvp; --", "'; DROP TABLE rsvp; --"),
        ("\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "😀"),
        ("x" * 80, "x" * 80),
        ("🎉" * 80, "🎉" * 80),  # characters are counted, not bytes
    ],
)
def test_a_name_is_kept_as_it_reads(form, typed, kept):
    page = sent(form, name=typed)

    assert page.status == 200
    assert the_reply().name == kept
    assert page.heading == f"C’est noté, {kept} !"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Écrivez votre nom ou un prénom."),
        ("   \t\r\n", "Écrivez votre nom ou un prénom."),
        ("\0\x01\u202e", "Écrivez votre nom ou un prénom."),
        ("\u200b\u2060", "Écrivez votre nom ou un prénom."),  # nothing to be seen
        ("x" * 81, "80 caractères au plus."),
        ("x" * 10_000, "80 caractères au plus."),
        ("🎉" * 10_000, "80 caractères au plus."),
    ],
)
def test_a_name_that_cannot_be_kept_gets_a_sentence(form, typed, sentence):
    page = sent(form, name=typed)

    assert page.status == 422
    assert page.errors == {"name": sentence}
    assert page.summary == [sentence]
    assert page.fields["email"] == "ada@example.org"
    assert no_reply()


# Addresses


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ada@Example.ORG ", "Ada@example.org"),
        ("ada+halle@example.org", "ada+halle@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("o'hara@example.org", "o'hara@example.org"),
        ("\u200fada@example.org\0", "ada@example.org"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
    ],
)
def test_an_address_is_kept_in_its_normal_form(form, typed, kept):
    page = sent(form, email=typed)

    assert page.status == 200
    assert the_reply().address == kept


EMPTY = "Écrivez votre adresse e-mail."
NO_AT = "Votre adresse e-mail est incomplète. Il manque le « @ »."
NO_END = "Votre adresse e-mail est incomplète. Il manque la fin, par exemple « .fr »."
ACCENT = "Nous ne pouvons pas écrire à une adresse qui a des accents avant le « @ »."
UNKNOWN = "Nous ne pouvons pas écrire à cette adresse. Vérifiez-la."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", EMPTY),
        (" \0 ", EMPTY),
        ("ada", NO_AT),
        ("ada.example.org", NO_AT),
        ("ada@example", NO_END),
        ("ada@localhost", NO_END),
        ("zoé@example.org", ACCENT),
        ("@example.org", UNKNOWN),
        ("ada@", UNKNOWN),
        ("ada@@example.org", UNKNOWN),
        ("ada@example..org", UNKNOWN),
        ("ada@.org", UNKNOWN),
        ("ada@example.org.", UNKNOWN),
        ("ada @example.org", UNKNOWN),
        ("ada@exam ple.org", UNKNOWN),
        ('"ada lovelace"@example.org', UNKNOWN),
        ("ada@[127.0.0.1]", UNKNOWN),
        ("Ada <ada@example.org>", UNKNOWN),
        ("ada@example.org, eve@example.org", UNKNOWN),
        ("ada@example.org\r\nBcc: eve@example.org", UNKNOWN),
        ("ada@example.org%0aBcc:eve@example.org", UNKNOWN),
        ("ada@-example.org", UNKNOWN),
        ("ada@example.org\u2028x", UNKNOWN),
        (f"{'a' * 65}@example.org", UNKNOWN),
        (f"ada@{'a' * 64}.org", UNKNOWN),
        (f"ada@{'a.' * 130}org", UNKNOWN),
        ("ada@" + "x" * 10_000 + ".org", UNKNOWN),
        ("javascript:alert(1)@example.org", UNKNOWN),
        ("ada@exa\u202emple.org\u202c.", UNKNOWN),
        ("🎉@example.org", ACCENT),
        ("ada@🎉", NO_END),
    ],
)
def test_an_address_that_cannot_be_written_to_gets_a_sentence(form, typed, sentence):
    page = sent(form, email=typed)

    assert page.status == 422
    assert page.errors == {"email": sentence}
    assert page.summary == [sentence]
    assert page.title.startswith("Erreur :")
    assert page.fields["name"] == "Ada"
    assert page.fields["email"].split() == typed.replace("\0", "").split()
    assert no_reply()


# Parties


NUMBER = "Choisissez un nombre à partir de 1."
LARGEST = "Choisissez 5 personnes ou moins."
HOW_MANY = "Choisissez le nombre de personnes."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", HOW_MANY),
        (" ", NUMBER),
        ("0", NUMBER),
        ("-1", NUMBER),
        ("-0", NUMBER),
        ("6", LARGEST),
        ("50", LARGEST),
        ("51", NUMBER),
        ("1000000000", NUMBER),
        ("1e9", NUMBER),
        ("1.5", NUMBER),
        ("abc", NUMBER),
        ("2 people", NUMBER),
        ("0x2", NUMBER),
        ("NaN", NUMBER),
        ("½", NUMBER),
        ("²", NUMBER),
        ("9" * 5000, NUMBER),
        ("-" * 5000, NUMBER),
        ("2\x00", NUMBER),
        ("1;2", NUMBER),
    ],
)
def test_a_party_that_is_none_gets_a_sentence(form, typed, sentence):
    page = sent(form, party_size=typed)

    assert page.status == 422
    assert page.errors == {"party_size": sentence}
    assert (page.fields["name"], page.fields["email"]) == ("Ada", "ada@example.org")
    assert no_reply()


@pytest.mark.parametrize(("typed", "size"), [("2", 2), (" 2 ", 2), ("+2", 2), ("٢", 2)])
def test_a_party_is_a_number_however_it_is_written(form, typed, size):
    page = sent(form, party_size=typed)

    assert page.status == 200
    assert the_reply().party_size == size


def test_an_impossible_party_is_not_changed_into(build, visitor):
    guest = build.guest(build.event(), party_size=2)

    for typed in ("", "0", "-1", "6", "51", "1e9", "abc", "9" * 5000, "\0"):
        visitor.opens(link_of("manage", guest))
        page = visitor.fills(party_size=typed).presses("Changer")
        assert page.status == 422
        assert list(page.errors) == ["party_size"]

    db.session.refresh(guest)
    assert guest.party_size == 2


# Forms that are none


PART = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n'


def test_fields_that_nobody_asked_for_change_nothing(form):
    page = sent(
        form,
        status="cancelled",
        party_wanted="50",
        event_id="999",
        door_code="000000",
        version="7",
        ranked_at="1970-01-01",
        public_id="AAAAAAAAAAAA",
        id="77",
    )

    reply = the_reply()
    assert page.status == 200
    assert (reply.status, reply.party_wanted, reply.version) == ("confirmed", 2, 0)
    assert (reply.public_id, reply.id) != ("AAAAAAAAAAAA", 77)


@pytest.mark.parametrize("path", [REPLY, "/fr/tickets"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"5", "application/json"),
        (b"null", "application/json"),
        (b"[1, 2]", "application/json"),
        (b'{"seal": 5, "name": {"a": [1]}, "email": null}', "application/json"),
        (b"{", "application/json"),
        (b"\xff\xfe\0", "application/json"),
        (b"<a/>", "text/xml"),
        (b"name=%ff%fe%00&email=%ed%a0%80", "application/x-www-form-urlencoded"),
        (b"&&&===;;;", "application/x-www-form-urlencoded"),
        (b"name=a&name=b&email=c&email=d", "application/x-www-form-urlencoded"),
        (b"&".join([b"a=b"] * 5000), "application/x-www-form-urlencoded"),
        (b"", "multipart/form-data"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (
            PART,
            "multipart/form-data; boundary=x",
        ),
        (b"", "application/x-www-form-urlencoded; charset=nothing"),
        (b"name=Ada", "text/plain"),
    ],
)
def test_a_body_that_is_no_form_is_shown_the_form_again(form, path, body, kind):
    before = everything()

    page = form._sees("POST", path, data=body, content_type=kind)

    assert page.status in {400, 413, 422}
    assert everything() == before


def test_a_file_in_place_of_an_answer_is_none(form):
    seal = form.opens(REPLY).fields["seal"]
    form.clock.moves(seconds=5)

    for field in ("name", "email", "party_size", "seal", "detail", "wait"):
        upload = (io.BytesIO(b"x" * 100), "x.txt")
        page = form.sends(REPLY, {"seal": seal, **ADA, field: upload})
        assert page.status in {200, 422}, field

    assert {rsvp.name for rsvp in db.session.scalars(select(Rsvp))} <= {"Ada"}


@pytest.mark.parametrize("number", [101, 1001])
def test_more_parts_than_a_form_has_are_too_many(form, number):
    parts = {f"part-{n}": "x" for n in range(number)}

    page = form._sees("POST", REPLY, data=parts, content_type="multipart/form-data")

    assert page.status == 413
    assert page.heading == "C’est trop à la fois"


@pytest.mark.parametrize(
    ("before", "size", "kind"),
    [
        (b"name=", 3_000_000, "application/x-www-form-urlencoded"),
        (PART, 600_000, "multipart/form-data; boundary=x"),
        (PART, 3_000_000, "multipart/form-data; boundary=x"),
    ],
)
def test_more_text_than_a_form_holds_is_too_much(form, before, size, kind):
    body = before + b"x" * size + b"\r\n--x--\r\n"

    page = form._sees("POST", REPLY, data=body, content_type=kind)

    assert page.status == 413
    assert page.heading == "C’est trop à la fois"


# Addresses of pages


ODD_PARTS = [
    "nothing",
    "%00",
    "a%00b",
    "%ff%fe",
    "%ed%a0%80",
    "%0d%0aSet-Cookie:a=b",
    "..%2f..%2fetc%2fpasswd",
    "%252e%252e",
    "'%20OR%20'1'='1",
    "{{7*7}}",
    "%F0%9F%8E%89",
    "x" * 5000,
    "%20",
    "-1",
    "opening%20",
    "OPENING",
]


@pytest.mark.parametrize("part", ODD_PARTS)
def test_an_address_that_leads_nowhere_says_so(form, part):
    patterns = [
        "/{}",
        "/{}/",
        "/fr/{}",
        "/fr/events/{}",
        "/fr/events/{}/reply",
        "/{}/events/opening",
        "/events/{}.ics",
        "/fr/rsvp/{}",
        "/fr/rsvp/{}/confirm",
        "/fr/ticket/{}",
        "/static/{}",
    ]

    statuses = {
        pattern: form.opens(pattern.format(part)).status for pattern in patterns
    }

    assert {p: s for p, s in statuses.items() if s not in {400, 404}} == {}


@pytest.mark.parametrize("part", ODD_PARTS)
def test_a_form_sent_nowhere_says_so(form, part):
    patterns = ["/fr/events/{}/reply", "/fr/rsvp/{}/withdraw", "/{}/tickets"]

    statuses = {
        pattern: form.sends(pattern.format(part), ADA).status for pattern in patterns
    }

    assert {p: s for p, s in statuses.items() if s not in {400, 404, 405}} == {}


def test_any_method_is_answered(build, visitor):
    methods = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "propfind")
    found = examples(build)
    before = everything()

    statuses = {
        (endpoint, method): visitor._sees(method, found[endpoint]).status
        for endpoint in ACCESS
        for method in methods
    }

    assert {key: s for key, s in statuses.items() if s >= 500} == {}
    assert {s for (_, m), s in statuses.items() if m == "DELETE"} == {405}
    assert everything() == before


@pytest.mark.parametrize(
    "question",
    [
        "lang=en",
        "lang=%00",
        "slug=x&token=y",
        "endpoint=site.home",
        "_external=1&_scheme=javascript&_anchor=x&_method=POST",
        "done=party&done=%3Cscript%3E",
        "a=%ff%00%ed%a0%80",
        "&&&==&%%%",
        "x" * 5000,
    ],
)
def test_a_question_no_page_asked_for_changes_no_page(build, visitor, question):
    opened = {
        rule.endpoint
        for rule in visitor.app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    }
    for endpoint, path in examples(build).items():
        if endpoint not in opened:
            continue
        page = visitor.opens(f"{path}?{question}")
        assert page.status == 200, endpoint
        ours = ", [src^='/static/js/'])"
        scripts = page.html.select(f"script:not([type='application/ld+json']{ours}")
        assert scripts == [], endpoint
        assert b"javascript:" not in page.response.data.lower(), endpoint


# The agenda: no parameter, good or bad, ever makes an error


ODD_VALUES = [
    "",
    "today",
    "weekend",
    "week",
    "month",
    "all",
    "past",
    "TODAY",
    "2027-06-01",
    "2027-02-30",
    "2027-W23-2",
    "20270601",
    "0000-00-00",
    "0001-01-01",
    "1999-12-31",
    "2199-12-31",
    "9999-12-31",
    "99999999999-01-01",
    "-1",
    "1e400",
    "9" * 5000,
    "workshop",
    "festival",
    "vélo",
    "%",
    "_",
    "%%%_\\",
    "\\",
    "'",
    '"><script>alert(1)</script>',
    "\0",
    "a\0b",
    "\x1b[31m",
    "\u202e",
    "🎉" * 200,
    "\ufdfa" * 200,
    " " * 500,
    "a " * 500,
    "ﬀ½²",
    "أهلا",
    "%s %d {0} {{7*7}}",
]
RAW_VALUES = ["%ff", "%ed%a0%80", "%ed%b0%80", "%c0%80", "%", "%zz", "+", "%2"]
NAMES = [
    "when", "kind", "q", "from", "until", "venue", "organisation", "festival", "access",
    "language", "seats", "page", "lang", "_scheme", "_external", "endpoint", "", "q[]",
]  # fmt: skip


def absurd_questions(number: int) -> list[str]:
    """Combinations of parameters that no form of ours sends; always the same ones."""
    chance = random.Random(20270601)
    questions = []
    for _ in range(number):
        parts = []
        for _ in range(chance.randint(1, 6)):
            name = quote(chance.choice(NAMES))
            if chance.random() < 0.2:
                parts.append(f"{name}={chance.choice(RAW_VALUES)}")
            else:
                parts.append(f"{name}={quote(chance.choice(ODD_VALUES))}")
        questions.append("&".join(parts))
    return questions


def test_three_hundred_absurd_questions_each_get_an_agenda(
    build, visitor, database_kind
):
    odd = database_kind == "postgresql"  # the two databases share the questions out
    build.event("opening")
    build.event("nights", kind="festival")

    statuses = {
        question: visitor.opens(f"/fr/?{question}").status
        for question in absurd_questions(300)[odd::2]
    }

    assert {q: status for q, status in statuses.items() if status != 200} == {}


def test_the_calendar_answers_absurd_questions_too(build, visitor):
    build.event("opening")
    paths = ("/agenda.ics", "/events/opening.ics")

    statuses = {
        (path, question): visitor.opens(f"{path}?{question}").status
        for question in absurd_questions(60)
        for path in paths
    }

    assert {key: status for key, status in statuses.items() if status != 200} == {}


def test_a_date_that_is_none_gets_a_sentence_and_the_agenda_from_today(build, visitor):
    build.event("opening")

    page = visitor.opens("/fr/?from=2027-02-30")

    assert page.status == 200
    assert (
        "Nous n’avons pas compris la date. Voici la suite à partir d’aujourd’hui."
        in page.text
    )
    assert "Ouverture" in page.text


@pytest.mark.parametrize("question", ["%", "_", "%%", "o_verture", "\\"])
def test_signs_that_mean_something_in_sql_mean_themselves(build, visitor, question):
    build.event("opening")

    page = visitor.opens(f"/fr/?when=all&q={quote(question)}")

    assert page.html.select(".empty .ev") == page.html.select(".ev")


# Headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "\xff;q=nothing,,;;"},
        {"Accept-Language": "x" * 5000},
        {"Accept-Encoding": "nothing;q=1.5, \xff"},
        {"If-None-Match": 'W/"'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": "yesterday"},
        {"Range": "bytes=0-0,1-1,-5"},
        {"Range": "bytes=9999999999999999999-"},
        {"Cookie": "session=\xff; =; a"},
        {"User-Agent": "\xff\xfe" * 500},
        {"Referer": "http://["},
        {"Content-Length": "0"},
        {"X-Forwarded-For": "'; --"},
    ],
)
def test_headers_that_make_no_sense_change_no_page(build, visitor, headers):
    for endpoint in ("site.home", "agenda.agenda", "events.event", "feeds.agenda_ics"):
        path = {
            "site.home": "/",
            "agenda.agenda": "/fr/",
            "events.event": "/fr/events/opening",
            "feeds.agenda_ics": "/agenda.ics",
        }[endpoint]
        if endpoint == "site.home":
            build.event("opening")
        assert visitor.opens(path, **headers).status in {200, 206, 304, 416}, endpoint


# Whatever else


anything = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
FIELDS = ("name", "email", "party_size", "answer", "wait", "detail", "seal")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(answers=st.dictionaries(st.sampled_from(FIELDS), anything))
def test_whatever_is_typed_gets_an_answer(form, answers):
    page = sent(form, **answers)

    assert page.status in {200, 422}
