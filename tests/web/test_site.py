"""The front door, the pages a public service owes its citizens, and failures."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from festival.queries import agenda
from tests.visitor import Visitor, seen


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("fr-FR,fr;q=0.9,en;q=0.8", "/fr/"),
        ("en-GB,en;q=0.9", "/en/"),
        ("de,en;q=0.5", "/en/"),
        ("ar", "/fr/"),
        ("", "/fr/"),
        ("zz;q=nonsense,,;", "/fr/"),
    ],
)
def test_the_front_door_speaks_the_visitor_s_language(app, clock, asked, led_to):
    response = app.test_client().get(
        "/", base_url="https://halle.example", headers={"Accept-Language": asked}
    )

    assert (response.status_code, response.location) == (302, led_to)
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize("language", ["de", "FR", "ar", "fr-FR"])
def test_a_language_we_do_not_speak_is_no_page(visitor, language):
    assert visitor.opens(f"/{language}/").status == 404


# Legal notice, privacy, accessibility


def test_the_legal_notice_names_who_publishes_and_who_hosts(visitor):
    page = visitor.opens("/fr/legal")

    assert page.heading == "Mentions légales"
    for fact in ("Halle Belleville", "12 rue des Arches", "Hébergeur imaginaire"):
        assert fact in page.text


def test_privacy_says_how_long_from_the_settings(make_app, clock):
    app = make_app(RETENTION_DAYS=14, PRIVACY_CONTACT="dpo@halle.example")
    with app.app_context():
        page = Visitor(app, clock).opens("/fr/privacy")

    kept = {
        seen(row.select_one("th")): seen(row.select_one("td"))
        for row in page.html.select("tbody tr")
    }
    assert kept["Une inscription non confirmée par e-mail"] == "48 heures"
    assert "14 jours après l’évènement" in kept.values()
    assert "7 jours après l’évènement" in kept.values()
    assert page.link("dpo@halle.example") == "mailto:dpo@halle.example"
    assert "CNIL" in page.text


@pytest.mark.parametrize(
    ("claim", "audit", "said"),
    [
        ("", "", "Accessibilité"),
        ("none", "", "Accessibilité : non conforme"),
        ("partial", "2027-01-15, 82 %, Cabinet imaginaire",
         "Accessibilité : partiellement conforme"),
        ("full", "2027-01-15, 100 %, Cabinet imaginaire",
         "Accessibilité : totalement conforme"),
    ],
)  # fmt: skip
def test_no_more_conformity_is_claimed_than_was_audited(
    make_app, clock, claim, audit, said
):
    app = make_app(ACCESSIBILITY=claim, ACCESSIBILITY_AUDIT=audit)
    with app.app_context():
        page = Visitor(app, clock).opens("/fr/accessibility")

    assert page.heading == said
    assert seen(page.html.select_one("footer a")) == said
    assert (audit.partition(",")[0] in page.text) if audit else "audité" in page.text


# What every page has


PAGES = ("/", "/tickets", "/legal", "/privacy", "/accessibility")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("language", "other", "skip"),
    [("fr", "en", "Aller au contenu"), ("en", "fr", "Skip to the content")],
)
def test_every_page_has_a_skip_link_landmarks_and_both_languages(
    visitor, path, language, other, skip
):
    page = visitor.opens(f"/{language}{path}")

    assert seen(page.html.select_one("body > a.skip")) == skip
    assert page.html.select_one("main#main[tabindex='-1']")
    assert [nav["aria-label"] for nav in page.html.select("header nav, footer nav")]
    assert len(page.html.select("h1")) == 1
    assert page.link(other.upper()) == f"/{other}{path}"
    icons = {use["href"] for use in page.html.select("use")}
    assert icons == {f"#{symbol['id']}" for symbol in page.html.select("symbol")}


def test_the_footer_says_how_to_reach_somebody(visitor):
    page = visitor.opens("/fr/")

    footer = seen(page.html.select_one("footer"))
    assert "Sur ces pages : ni cookie, ni pistage." in footer
    assert page.link("01 99 00 12 34") == "tel:+33199001234"
    assert page.link("Proposer un évènement").startswith(
        "mailto:bonjour@halle.example?subject=Un%20%C3%A9v%C3%A8nement"
    )


def test_a_demonstration_says_so_and_stays_out_of_search_engines(make_app, clock):
    app = make_app(DEMO=True)
    with app.app_context():
        visitor = Visitor(app, clock)
        page = visitor.opens("/fr/legal")
        robots = visitor.opens("/robots.txt")

    assert "les rendez-vous à venir sont inventés" in seen(
        page.html.select_one("header")
    )
    assert page.html.select_one("meta[name=robots]")["content"] == "noindex"
    assert "Disallow: /" in robots.response.text.splitlines()


def test_a_real_house_is_found_but_for_its_guests_pages(visitor):
    page = visitor.opens("/fr/legal")
    robots = visitor.opens("/robots.txt").response.text

    assert page.html.select("meta[name=robots], .demo") == []
    assert "Disallow: /" not in robots.splitlines()
    assert "Disallow: /fr/rsvp/" in robots


# Failures are pages too


def test_a_page_that_is_not_there_leads_on(visitor):
    page = visitor.opens("/fr/nothing/here")

    assert (page.status, page.heading) == (404, "Cette page n’existe pas")
    assert page.link("Voir l’agenda") == "/fr/"
    assert page.link("EN") == "/en/"


def test_a_link_that_died_offers_the_tickets_again(visitor):
    page = visitor.opens(f"/en/rsvp/{'x' * 36}")

    assert (page.status, page.heading) == (404, "This link no longer works")
    assert page.link("My tickets") == "/en/tickets"


def test_a_page_opened_the_wrong_way_says_so(visitor):
    page = visitor.sends("/fr/legal", {})

    assert (page.status, page.heading) == (405, "Cette page ne s’ouvre pas ainsi")
    assert "GET" in page.response.headers["Allow"]


def test_a_form_from_another_site_is_refused_in_words(visitor):
    page = visitor.sends("/fr/tickets", {}, **{"Sec-Fetch-Site": "cross-site"})

    assert (page.status, page.heading) == (403, "Ce formulaire vient d’un autre site")


def test_too_much_at_once_is_refused_in_words(visitor):
    page = visitor.sends("/en/tickets", {"email": "x" * 3_000_000})

    assert (page.status, page.heading) == (413, "That is too much at once")


def test_a_bug_shows_a_page_and_no_trace(app, visitor, monkeypatch):
    def broken(*_):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(agenda, "public_event", broken)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False

    page = visitor.opens("/fr/events/opening")

    assert (page.status, page.heading) == (
        500, "Quelque chose n’a pas marché chez nous",
    )  # fmt: skip
    assert "secret" not in page.response.text


def test_a_busy_database_asks_for_patience(visitor, monkeypatch):
    def busy(*_):
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    monkeypatch.setattr(agenda, "public_event", busy)

    page = visitor.opens("/fr/events/opening")

    assert (page.status, page.heading) == (503, "Un instant, s’il vous plaît")
    assert page.response.headers["Retry-After"] == "5"
