"""What strangers may try, and what they get."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from festival.domain.lifecycle import ReplyPolicy
from festival.extensions import db
from festival.mail import letters
from festival.models.journal import Letter
from festival.models.rsvps import Rsvp
from festival.queries import agenda
from festival.services import amendments, rsvps
from tests.builders import everything
from tests.conftest import both_databases
from tests.routes import ACCESS, Access, examples, paths_by
from tests.visitor import Page, Visitor, link_of

HTTPS, DEMO = "https://halle.example", "http://127.0.0.1:8000"
ONCE_MORE = "Vérifiez et envoyez encore une fois."
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
ANSWERS = {"name": "Ada", "email": "ada@example.org", "party_size": "2"}


def replies() -> list[Rsvp]:
    return list(db.session.scalars(select(Rsvp).order_by(Rsvp.id)))


def reply_with(visitor: Visitor, **more: str) -> dict[str, str]:
    """What somebody sends who has opened the form and read it."""
    page = visitor.opens("/fr/events/opening/reply")
    visitor.clock.moves(seconds=5)
    return {"seal": page.fields["seal"], **ANSWERS, **more}


# Forms that another site makes a browser send


@pytest.fixture(params=["https", "demo 127.0.0.1", "demo localhost"])
def house(request, make_app, clock):
    """A house over https; and the demonstration, by either of its names."""
    demo = request.param.startswith("demo")
    settings = {"DEMO": True, "BASE_URL": DEMO} if demo else {"BASE_URL": HTTPS}
    app = make_app(**settings)
    with app.app_context():
        visitor = Visitor(app, clock)
        if request.param == "demo localhost":
            visitor.base_url = "http://localhost:8000"
        yield visitor


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": ""}, 403),
        ({"Sec-Fetch-Site": "Same-Origin, cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "{own}"}, 403),
        ({}, 200),
        ({"Origin": "{own}"}, 200),
        ({"Origin": "null"}, 200),
        ({"Origin": "https://example.org"}, 403),
        ({"Origin": "https://example.org/{own}"}, 403),
        ({"Origin": "{own}.example.org"}, 403),
        ({"Origin": "{own}:81"}, 403),
        ({"Origin": "https://ada@halle.example"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "file://"}, 403),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(house, clock, headers, status):
    from tests.builders import Builders  # noqa: PLC0415

    Builders(clock).event("opening")
    answers = reply_with(house)
    house.headers = {}

    page = house.sends(
        "/fr/events/opening/reply",
        answers,
        **{
            name: value.replace("{own}", house.base_url)
            for name, value in headers.items()
        },
    )

    assert page.status == status
    assert len(replies()) == (1 if status == 200 else 0)


def test_a_form_without_origin_still_needs_its_seal(build, visitor):
    build.event("opening")
    answers = reply_with(visitor)
    visitor.headers = {}

    page = visitor.sends(
        "/fr/events/opening/reply", {**answers, "seal": ""}, Origin="null"
    )

    assert page.status == 422
    assert replies() == []


@pytest.mark.parametrize("endpoint", [e for e in ACCESS if ACCESS[e] != "public"])
def test_every_form_is_refused_from_another_site(build, visitor, endpoint):
    path = examples(build)[endpoint]
    before = everything()

    page = visitor.sends(path, {}, **{"Sec-Fetch-Site": "cross-site"})

    assert page.status == 403 or "POST" not in page.response.headers.get(
        "Allow", "POST"
    )
    assert everything() == before


# Forms that come back stale, too soon, or filled in by a program


def test_a_form_that_is_not_genuine_is_shown_again_with_everything_kept(
    build, visitor, clock
):
    build.event("opening")
    seal = visitor.opens("/fr/events/opening/reply").fields["seal"]
    other = visitor.opens("/fr/tickets").fields["seal"]
    clock.moves(hours=1)
    issued, _, proof = seal.partition(".")
    odd = [
        {},
        {"seal": ""},
        {"seal": "."},
        {"seal": proof},
        {"seal": issued},
        {"seal": other},
        {"seal": f"{int(issued, 16) + 60:x}.{proof}"},
        {"seal": f"-{issued}.{proof}"},
        {"seal": f"{seal}x"},
        {"seal": seal.swapcase()},
        {"seal": "é" * 30},
        {"seal": "\0"},
        {"seal": seal, "detail": "https://example.org"},
    ]

    pages = [visitor.sends("/fr/events/opening/reply", ANSWERS | more) for more in odd]

    for page in pages:
        assert page.status == 422
        assert page.summary == [ONCE_MORE]
        assert {name: page.fields[name] for name in ANSWERS} == ANSWERS
        assert page.fields["detail"] == ""
    assert replies() == []


def test_a_form_shown_again_is_accepted_the_second_time(build, visitor):
    build.event("opening")
    visitor.sends("/fr/events/opening/reply", ANSWERS)

    page = visitor.presses("Je m’inscris")

    assert page.status == 200
    assert [rsvp.name for rsvp in replies()] == ["Ada"]


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 422), (1, 422), (2, 200), (24 * 3600, 200)]
)
def test_a_form_answered_by_a_person_takes_two_seconds(
    build, visitor, clock, seconds, status
):
    build.event("opening", starts_at=clock.time.replace(month=8))
    visitor.opens("/fr/events/opening/reply")
    clock.moves(seconds=seconds)

    page = visitor.fills(**ANSWERS).presses("Je m’inscris", at_once=True)

    assert page.status == status
    assert len(replies()) == (1 if status == 200 else 0)


def test_a_form_opened_the_day_before_is_shown_again_with_everything_kept(
    build, visitor, clock
):
    build.event("opening")
    visitor.opens("/fr/events/opening/reply")
    clock.moves(hours=24)

    page = visitor.fills(**ANSWERS).presses("Je m’inscris")

    assert page.status == 422
    assert page.summary == [ONCE_MORE]
    assert {name: page.fields[name] for name in ANSWERS} == ANSWERS


def test_one_event_s_seal_does_not_serve_another(build, visitor, clock):
    build.event("opening")
    build.event("closing")
    answers = reply_with(visitor)

    page = visitor.sends("/fr/events/closing/reply", answers)

    assert page.status == 422
    assert replies() == []


def test_one_guest_s_seal_does_not_serve_another_guest(build, visitor):
    event = build.event("opening")
    mine, yours = build.guest(event, "Mine"), build.guest(event, "Yours")
    seal = visitor.opens(link_of("manage", mine)).fields["seal"]

    page = visitor.sends(f"{link_of('manage', yours)}/withdraw", {"seal": seal})

    assert page.status == 422
    db.session.refresh(yours)
    assert yours.status == "confirmed"


# What answers carry


def every_answer(build, visitor: Visitor) -> dict[str, Page]:
    """One answer of each route, and one of each kind of failure."""
    found = examples(build)
    answers = {endpoint: visitor.opens(path) for endpoint, path in found.items()}
    answers["a page that is none"] = visitor.opens("/fr/nowhere")
    answers["a language that is none"] = visitor.opens("/xx/")
    answers["a token that is none"] = visitor.opens("/fr/rsvp/" + "x" * 36)
    answers["a file that is none"] = visitor.opens("/static/nothing.css")
    answers["a foreign form"] = visitor.sends(
        "/fr/tickets", {}, **{"Sec-Fetch-Site": "cross-site"}
    )
    answers["a wrong method"] = visitor.sends("/fr/", {})
    answers["a form shown again"] = visitor.sends("/fr/tickets", {})
    answers["too much"] = visitor.sends("/fr/tickets", {"email": "x" * 3_000_000})
    answers["a foreign name"] = visitor.opens("/fr/", Host="example.org")
    answers["a reply"] = visitor.sends("/fr/events/opening/reply", reply_with(visitor))
    return answers


def test_every_answer_says_what_a_browser_may_do(build, visitor):
    promised = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": (
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        ),
        "Strict-Transport-Security": "max-age=31536000",
    }

    found = {
        name: {header: page.response.headers.get(header) for header in promised}
        for name, page in every_answer(build, visitor).items()
    }

    feeds = ("feeds.event_ics", "feeds.agenda_ics")
    readers = (f"readers.agenda_{kind}" for kind in ("atom", "csv", "json", "jsonld"))
    posters = ("discovery.event_picture", "discovery.house_picture", "pictures.picture")
    looks = ("static", "a file that is none", "embed.agenda")
    for shared in (*feeds, *readers, *posters, *looks):  # other sites may show them
        assert found[shared].pop("Cross-Origin-Resource-Policy") == "cross-origin"
        found[shared]["Cross-Origin-Resource-Policy"] = "same-origin"
    found["embed.agenda"]["Content-Security-Policy"] = POLICY  # web/test_embed.py
    scripted = found["accounts.sign_in"].pop("Content-Security-Policy")
    assert scripted == POLICY + "; script-src 'self'"  # it may ask for a passkey
    found["accounts.sign_in"]["Content-Security-Policy"] = POLICY
    assert {name for name, headers in found.items() if headers != promised} == set()


def test_no_answer_sets_a_cookie(build, visitor):
    cookies = {
        name: page.response.headers.getlist("Set-Cookie")
        for name, page in every_answer(build, visitor).items()
    }

    assert {name for name, found in cookies.items() if found} == set()


def test_no_page_holds_a_script_a_style_or_a_foreign_request(build, visitor):
    for name, page in every_answer(build, visitor).items():
        if page.response.mimetype != "text/html":
            continue
        html = page.html
        fetched = [
            tag.get("src") or tag.get("href")
            for tag in html.select(
                "[src], link[rel=stylesheet], link[rel=icon], link[rel=preload]"
            )
        ]
        handlers = [
            attribute
            for tag in html.find_all(True)
            for attribute in tag.attrs
            if attribute.startswith("on") or attribute == "style"
        ]
        scripts = [
            tag
            for tag in html.select("script")
            if tag.get("type") != "application/ld+json"
            and not (name == "accounts.sign_in" and "js/passkey.js" in tag["src"])
        ]

        assert (name, html.select("style, iframe, object, embed, base")) == (name, [])
        assert (name, scripts, handlers) == (name, [], [])
        assert all(url.startswith(("/", "data:image/")) for url in fetched), name
        assert not any(url.startswith("//") for url in fetched), name


def test_https_is_promised_only_where_it_is_spoken(make_app, clock):
    app = make_app(DEMO=True, BASE_URL=DEMO)

    with app.app_context():
        page = Visitor(app, clock).opens("/fr/")

    assert "Strict-Transport-Security" not in page.response.headers


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "halle.example.example.org",
        "halle.example@example.org",
        "127.0.0.1",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/fr/", "/fr/tickets", "/static/css/site.css"])
def test_a_foreign_host_name_is_refused_and_never_repeated(visitor, host, path):
    page = visitor.opens(path, Host=host)

    assert page.status == 400
    assert "example.org" not in page.response.text
    assert "Location" not in page.response.headers


@pytest.mark.parametrize(
    "path",
    [
        "/fr",
        "//example.org",
        "//example.org/fr",
        "///example.org/",
        "/fr//",
        "/fr/..//example.org",
        r"/\example.org",
        "/%5cexample.org",
        "/%2f%2fexample.org",
        "/fr//events//x",
        "/fr?next=https://example.org",
    ],
)
def test_no_address_of_ours_leads_to_another_site(app, path):
    answer = app.test_client().get(path, base_url=HTTPS)

    leads = answer.headers.get("Location", "/")
    assert answer.status_code in {302, 308, 404}
    assert leads.startswith((f"{HTTPS}/", "/"))
    assert not leads.startswith(("//", "/\\"))


def test_a_form_sent_to_a_foreign_host_name_is_refused(visitor):
    page = visitor.sends("/fr/tickets", {}, Host="example.org")

    assert page.status == 400


# Pages that all may see, and pages that only a key opens


def test_two_visitors_get_the_same_bytes_of_every_public_page(build, app, clock):
    found = paths_by(build, Access.PUBLIC, Access.FORM)
    one = Visitor(app, clock, **{"Accept-Language": "fr", "User-Agent": "One"})
    other = Visitor(
        app,
        clock,
        **{
            "Accept-Language": "fr;q=0.9,ar",
            "User-Agent": "Other/2.0 <b>",
            "Cookie": "session=abc; lang=en",
            "Referer": "https://example.org/",
            "Sec-Fetch-Site": "cross-site",
            "X-Forwarded-For": "203.0.113.9",
            "X-Forwarded-Host": "example.org",
            "X-Forwarded-Prefix": "/evil",
            "X-Forwarded-Proto": "http",
            "Forwarded": "host=example.org",
            "X-Original-URL": "/evil",
        },
    )

    for path in found.values():
        first, second = one.opens(path).response, other.opens(path).response

        assert (path, second.data) == (path, first.data)
        for response in (first, second):
            response.headers.pop("Date", None)  # a second may pass between them
        assert second.headers == first.headers


@pytest.mark.parametrize("endpoint", [e for e in ACCESS if ACCESS[e] == "public"])
def test_a_public_page_may_be_kept_by_caches(build, visitor, endpoint):
    response = visitor.opens(examples(build)[endpoint]).response

    assert response.status_code == 200
    if endpoint != "site.home":  # it leads on, by the browser's language
        assert response.cache_control.public
    assert not response.vary or set(response.vary) <= {
        "accept-encoding",
        "Accept-Encoding",
        *(["User-Agent"] if response.mimetype == "text/calendar" else []),
    }


def test_the_front_door_leads_on_by_language_and_says_so_to_caches(app, clock):
    client = app.test_client()

    answer = client.get("/", base_url=HTTPS, headers={"Accept-Language": "en-GB,en"})

    assert (answer.status_code, answer.location) == (302, "/en/")
    assert "Accept-Language" in answer.vary
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_page_that_only_a_key_opens_is_kept_from_everybody_else(build, visitor):
    found = paths_by(build, Access.TOKEN)

    for endpoint, path in found.items():
        for page in (
            visitor.opens(path),
            visitor.sends(path, {}),
            visitor.opens(re.sub("(?<=/)(rsvp|ticket|calendar)/", r"\1/x", path)),
        ):
            headers = page.response.headers

            assert headers["Cache-Control"] == "private, no-store", endpoint
            assert headers["Referrer-Policy"] == "no-referrer", endpoint
            assert headers["X-Robots-Tag"] == "noindex", endpoint
            assert "ETag" not in headers, endpoint


@pytest.mark.parametrize("purpose", ["manage", "ticket", "confirm", "erase"])
def test_one_link_s_key_opens_no_other_door(build, visitor, purpose):
    guest = build.guest(build.event(reply_policy=ReplyPolicy.MAIL))
    key = re.findall("[A-Za-z0-9_-]{36}", link_of(purpose, guest))[0]
    doors = {
        "manage": f"/fr/rsvp/{key}",
        "ticket": f"/fr/ticket/{key}",
        "confirm": f"/fr/rsvp/{key}/confirm",
        "erase": f"/fr/rsvp/{key}/erase",
    }

    opened = {name for name, path in doors.items() if visitor.opens(path).status == 200}

    assert opened == {purpose}


NUL = "%00" * 36


@both_databases
@pytest.mark.parametrize(
    "token",
    ["x", "x" * 35, "x" * 36, "x" * 37, NUL, "%ff" * 36, "é" * 36, "x" * 9000],
)
def test_a_key_that_is_none_is_answered_with_a_way_out(app, visitor, token):
    pages = [
        visitor.opens(path)
        for path in (
            f"/fr/rsvp/{token}",
            f"/fr/ticket/{token}",
            f"/fr/rsvp/{token}/erase",
        )
    ]

    for page in pages:
        assert page.status == 404
        if token != NUL:
            assert page.heading == "Ce lien ne marche plus"
            assert "Écrivez votre adresse, nous renvoyons vos billets." in page.text


def test_an_erased_reply_s_links_open_nothing(build, visitor):
    guest = build.guest(build.event())
    every = [link_of(p, guest) for p in ("manage", "ticket", "erase")]
    visitor.opens(link_of("erase", guest))
    visitor.presses("Effacer cette inscription")

    statuses = [visitor.opens(path).status for path in every]

    assert statuses == [404, 404, 404]


# Links in letters


def links(letter: Letter) -> set[str]:
    """Every address of our own in a letter, from both of its bodies."""
    message = letters.written(letter, letter.posted_at)
    text = f"{message.body} {message.html}".replace("&amp;", "&")
    return set(re.findall(r"https?://[^\s\"'<>)]+", text))


def every_letter(build, clock) -> list[Letter]:
    """A letter of each kind that guests can cause."""
    event = build.event("opening", capacity=4)
    by_mail = build.event("by-mail", reply_policy=ReplyPolicy.MAIL)
    guest = build.guest(event, "Ada", address="ada@example.org", party_size=3)
    waiting = build.guest(event, "Ben", party_size=2)
    held = build.guest(by_mail, "Cleo")
    build.guest(event, "Eve", address="ada@example.org", party_size=1)
    amendments.change_party(waiting, 3, now=clock.moves(hours=1))
    db.session.commit()
    rsvps.send_again("ada@example.org", "fr", now=clock.moves(hours=1))
    rsvps.withdraw(guest, now=clock.moves(hours=1))
    rsvps.withdraw(held, now=clock.time)
    db.session.commit()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def test_opening_every_link_of_every_letter_five_times_changes_nothing(
    build, clock, app
):
    """Guard: a link's page asks, and only its button acts."""
    posted = every_letter(build, clock)
    found = {link for letter in posted for link in links(letter)}
    scanner = Visitor(app, clock, **{"Sec-Fetch-Site": "cross-site"})
    before = everything()

    statuses = [
        scanner.opens(link.removeprefix(HTTPS)).status
        for _ in range(5)
        for link in sorted(found)
    ]

    assert {letter.kind for letter in posted} >= {
        "rsvp-confirmed",
        "rsvp-waiting",
        "rsvp-confirm",
        "rsvp-changed",
        "rsvp-repeat",
        "rsvp-withdrawn",
        "rsvp-offer",
        "ticket-again",
    }
    assert len(found) > 5
    assert set(statuses) <= {200, 404}
    assert 200 in statuses
    assert everything() == before


def test_links_in_letters_come_from_the_base_address_only(build, visitor, app):
    build.event("opening")
    visitor.opens("/fr/events/opening/reply")
    visitor.headers |= {
        "X-Forwarded-Host": "example.org",
        "Forwarded": "host=example.org",
        "Referer": "https://example.org/",
    }

    visitor.fills(**ANSWERS).presses("Je m’inscris")

    (letter,) = db.session.scalars(select(Letter))
    found = links(letter)
    assert found
    assert {link for link in found if not link.startswith(f"{HTTPS}/")} == set()


def test_the_demonstration_s_second_name_gets_into_no_letter(make_app, clock):
    from tests.builders import Builders  # noqa: PLC0415

    app = make_app(DEMO=True, BASE_URL=DEMO)
    with app.app_context():
        Builders(clock).event("opening")
        visitor = Visitor(app, clock)
        visitor.base_url = "http://localhost:8000"
        visitor.opens("/fr/events/opening/reply")
        page = visitor.fills(**ANSWERS).presses("Je m’inscris")

        (letter,) = db.session.scalars(select(Letter))
        found = links(letter)

    assert page.status == 200
    assert found
    assert {link for link in found if not link.startswith(f"{DEMO}/")} == set()


# Who is coming is nobody's business


class Mask:
    """Hides what is one visitor's own: what they typed, and their keys.

    A key is hidden by the number under which it first appeared, so that a page that
    keeps its key and one that gets another do not look alike.
    """

    KEY = re.compile(r"(?<=/rsvp/)([\w-]{12})([\w-]{24})")
    CODE = re.compile(r"\b\d{3}\xa0\d{3}\b")
    SEAL = re.compile(r'(?<=name="seal" value=")[^"]+')
    QR = re.compile(r'<span class="qr".*?</span>', re.DOTALL)

    def __init__(self, *typed: str) -> None:
        self.typed = typed
        self.known: dict[str, str] = {}

    def number(self, found: str) -> str:
        return self.known.setdefault(found, f"<{len(self.known)}>")

    def over(self, page: Page) -> list[str]:
        """Return the status, the address, the headers and the lines of *page*."""
        answer = page.response
        headers = {n: v for n, v in answer.headers.items() if n != "Content-Length"}
        text = f"{page.status}\n{page.path}\n{headers}\n{answer.text}"
        text = self.QR.sub("<QR>", self.SEAL.sub("<seal>", text))
        text = self.CODE.sub(lambda code: self.number(code[0]), text)
        text = self.KEY.sub(lambda k: self.number(k[1]) + self.number(k[0]), text)
        for words in self.typed:
            text = text.replace(words, "<typed>")
        return text.splitlines()


REPLIED = "Je m’inscris"
WAITED = "M’inscrire sur la liste d’attente"
ROOM = {"capacity": 10}
SOME_ROOM = {"capacity": 5}
NO_ROOM = {"capacity": 3}
NO_LIST = {"capacity": 4, "keeps_waiting_list": False}
BY_MAIL = {"reply_policy": ReplyPolicy.MAIL}
BY_MAIL_NO_ROOM = {"reply_policy": ReplyPolicy.MAIL, "capacity": 3}


def changes(party: int):
    return lambda visitor: visitor.fills(party_size=str(party)).presses("Changer")


def corrects(address: str):
    return lambda visitor: visitor.fills(email=address).presses("Corriger l’adresse")


def same_address(visitor: Visitor) -> Page:
    return visitor.presses("Corriger l’adresse")


def cannot_come(visitor: Visitor) -> Page:
    return visitor.presses("Je ne peux pas venir")


def asks_for_the_calendar(visitor: Visitor) -> Page:
    return visitor.presses("M’envoyer l’adresse de mon agenda")


def comes_after_all(visitor: Visitor) -> Page:
    return visitor.presses("Finalement, je viens")


def waits(**span: int):
    def reload_later(visitor: Visitor) -> Page:
        visitor.clock.moves(**span)
        return visitor.opens(visitor.page.path)

    return reload_later


def posts(deed: str, **answers: str):
    """Send what the page offers no button for any more, with the seal it once had."""

    def post(visitor: Visitor) -> Page:
        path = visitor.page.path.partition("?")[0]
        seal = visitor.seals["withdraw" if deed == "return" else deed]
        return visitor.sends(f"{path}/{deed}", {"seal": seal, **answers})

    return post


def bytes_seen(
    visitor: Visitor, mask: Mask, button: str, deeds: list[Any]
) -> list[str]:
    """Every line of the page after *button*, and of those after each deed."""
    visitor.seals = {}
    lines = mask.over(visitor.presses(button))
    for deed in deeds:
        for form in visitor.page.html.select("main form[action]"):
            name = form["action"].rpartition("/")[2]
            visitor.seals[name] = form.select_one("[name=seal]")["value"]
        lines += mask.over(deed(visitor))
    return lines


def waits_on_the_list(visitor: Visitor) -> Page:
    return visitor.presses("M’inscrire sur la liste d’attente")


def zoe_leaves(visitor: Visitor) -> Page:
    """The guest who was there first frees three seats."""
    for zoe in db.session.scalars(select(Rsvp).where(Rsvp.name == "Zoé")):
        rsvps.withdraw(zoe, now=visitor.clock.time)
    db.session.commit()
    return visitor.opens(visitor.page.path)


def lives(app, build, clock, facts: dict[str, Any], addresses: tuple[str, str]):
    """Two events alike, each with the same guest; one visitor of each, at a form."""
    began = clock.time
    for slug, address in zip(("house-1", "house-2"), addresses, strict=True):
        clock.time = began
        event = build.event(slug, **facts)
        build.guest(event, "Zoé", address="zoe@example.org", party_size=3)
        clock.moves(minutes=1)
        visitor = Visitor(app, clock)
        visitor.opens(f"/fr/events/{slug}/reply")
        yield visitor, Mask(slug, *addresses), address


REPLIES = [  # (the event, how many come, what they do then)
    (ROOM, 2, []),
    (ROOM, 2, [changes(4), changes(4), changes(1)]),
    (ROOM, 2, [changes(50)]),
    (ROOM, 2, [asks_for_the_calendar, asks_for_the_calendar]),
    (ROOM, 2, [cannot_come, comes_after_all, cannot_come]),
    (ROOM, 2, [cannot_come, waits(minutes=11), comes_after_all]),
    (ROOM, 2, [cannot_come, posts("party", party_size="3")]),
    (ROOM, 2, [cannot_come, posts("address", email="a@example.org")]),
    (ROOM, 2, [cannot_come, posts("withdraw")]),
    (ROOM, 2, [posts("return")]),
    (ROOM, 2, [same_address]),
    (ROOM, 2, [corrects("third@example.org"), waits(minutes=29)]),
    (ROOM, 2, [waits(minutes=20), corrects("third@example.org"), waits(minutes=20)]),
    (ROOM, 2, [waits(minutes=31)]),
    (SOME_ROOM, 2, [changes(3), changes(1)]),
    (SOME_ROOM, 4, [waits_on_the_list, changes(2), changes(4)]),  # 2 fits at once
    (NO_LIST, 1, [cannot_come, comes_after_all]),
    (NO_ROOM, 2, [changes(3), changes(1)]),
    (NO_ROOM, 2, [cannot_come, comes_after_all]),
    (NO_ROOM, 2, [cannot_come, waits(minutes=11), comes_after_all]),
    (NO_ROOM, 2, [same_address]),
    (NO_ROOM, 2, [corrects("third@example.org")]),
    (BY_MAIL, 2, [changes(3), same_address]),
    (BY_MAIL, 2, [corrects("third@example.org"), waits(minutes=29)]),
    (BY_MAIL, 2, [waits(minutes=20), corrects("third@example.org")]),
    (BY_MAIL, 2, [cannot_come, comes_after_all, waits(minutes=31)]),
    (BY_MAIL, 2, [waits(minutes=31), posts("return")]),
    (BY_MAIL, 2, [waits(minutes=31), posts("withdraw")]),
    (BY_MAIL, 2, [waits(minutes=31), posts("party", party_size="3")]),
    (BY_MAIL_NO_ROOM, 2, [cannot_come, comes_after_all]),
]


@pytest.mark.parametrize(("facts", "party", "deeds"), REPLIES)
def test_no_page_tells_whether_an_address_had_already_replied(
    app, build, clock, facts, party, deeds
):
    seen = []

    for visitor, mask, address in lives(
        app, build, clock, facts, ("zoe@example.org", "new@example.org")
    ):
        button = WAITED if facts in (NO_ROOM, BY_MAIL_NO_ROOM) else REPLIED
        visitor.fills(name="Eve", email=address, party_size=str(party))
        seen.append(bytes_seen(visitor, mask, button, deeds))

    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("facts", "deeds"),
    [
        (NO_ROOM, [zoe_leaves]),
        (NO_ROOM, [zoe_leaves, cannot_come, comes_after_all]),
        (NO_ROOM, [changes(4), zoe_leaves, changes(2)]),
        (ROOM, [zoe_leaves]),
    ],
)
def test_no_page_tells_it_when_somebody_else_leaves(app, build, clock, facts, deeds):
    """The first guest may be the curious one: their seats must not move one only."""
    seen = []

    for visitor, mask, address in lives(
        app, build, clock, facts, ("ben@example.org", "new@example.org")
    ):
        event = agenda.public_event(visitor.page.path.split("/")[3])
        build.guest(event, "Ben", address="ben@example.org", party_size=4)
        visitor.fills(name="Eve", email=address, party_size="2")
        button = WAITED if facts is NO_ROOM else REPLIED
        seen.append(bytes_seen(visitor, mask, button, deeds))

    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("facts", "then"),
    [
        (ROOM, [waits(minutes=29)]),
        (ROOM, [cannot_come, comes_after_all, changes(3)]),
        (ROOM, [corrects("third@example.org"), waits(minutes=20)]),
        (NO_ROOM, [waits(minutes=29)]),
        (NO_ROOM, [cannot_come, comes_after_all]),
        (BY_MAIL, [waits(minutes=29)]),
        (BY_MAIL, [waits(minutes=31), posts("return")]),
    ],
)
def test_correcting_an_address_does_not_tell_it_either(app, build, clock, facts, then):
    seen = []

    for visitor, mask, address in lives(
        app, build, clock, facts, ("zoe@example.org", "new@example.org")
    ):
        visitor.fills(name="Eve", email="eve@example.org", party_size="2")
        button = WAITED if facts is NO_ROOM else REPLIED
        deeds = [waits(minutes=5), corrects(address), *then]
        seen.append(bytes_seen(visitor, mask, button, deeds))

    assert seen[0] == seen[1]


def test_asking_for_one_s_tickets_tells_nobody_whether_there_are_any(build, app, clock):
    build.guest(build.event(), address="zoe@example.org")
    seen = []

    for address in ("zoe@example.org", "new@example.org"):
        visitor = Visitor(app, clock)
        visitor.opens("/fr/tickets")
        page = visitor.fills(email=address).presses("Renvoyer mes billets")
        seen.append(Mask(address).over(page))

    assert seen[0] == seen[1]


# Behind a proxy


def seen_address(make_app, clock, hops: int, forwarded: str) -> str:
    """The address that the house takes a visitor to have."""
    app = make_app(TRUSTED_HOPS=hops)
    found: list[str] = []

    def where() -> str:
        from flask import request  # noqa: PLC0415

        found.append(f"{request.remote_addr} {request.scheme} {request.host}")
        return ""

    app.add_url_rule("/fr/where", view_func=where)
    with app.app_context():
        Visitor(app, clock).opens(
            "/fr/where",
            **{
                "X-Forwarded-For": forwarded,
                "X-Forwarded-Proto": re.sub(r"[^,]+", "http", forwarded),
                "X-Forwarded-Host": "example.org",
                "X-Forwarded-Prefix": "/evil",
            },
        )
    return found[0]


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1 https halle.example"),
        (0, "203.0.113.9, 198.51.100.1", "127.0.0.1 https halle.example"),
        (1, "203.0.113.9", "203.0.113.9 http halle.example"),
        (1, "192.0.2.1, 203.0.113.9", "203.0.113.9 http halle.example"),
        (2, "192.0.2.1, 203.0.113.9, 198.51.100.1", "203.0.113.9 http halle.example"),
        (2, "203.0.113.9", "127.0.0.1 https halle.example"),  # not from our proxies
    ],
)
def test_a_visitor_s_address_is_what_our_own_proxies_say(
    make_app, clock, hops, forwarded, address
):
    found = seen_address(make_app, clock, hops, forwarded)

    assert found == address


def test_a_made_up_address_does_not_get_around_the_limit_of_a_network(make_app, clock):
    from tests.builders import Builders  # noqa: PLC0415

    app = make_app(NETWORK_REPLIES=2)
    with app.app_context():
        Builders(clock).event("opening")
        for number in range(4):
            visitor = Visitor(app, clock, **{"X-Forwarded-For": f"203.0.113.{number}"})
            visitor.opens("/fr/events/opening/reply")
            visitor.fills(name="Ada", email=f"ada{number}@example.org")
            visitor.presses("Je m’inscris")

        statuses = [rsvp.status.value for rsvp in replies()]

    assert statuses == ["confirmed", "confirmed", "held", "held"]
