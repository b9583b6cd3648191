"""What a citizen does here, counted: loads, typed fields, taps. On a telephone.

That no cookie is set and no other host is asked is held by ``make_person``, which
looks at every browser of every test when it is closed.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from festival.domain.lifecycle import ReplyPolicy
from festival.extensions import db
from festival.models.events import Event
from tests.browser.places import a_guest, fresh_event, letters_link, own_page

SAYS = {
    "fr": {
        "agenda": "Agenda",
        "coming": "Je m’inscris",
        "waiting list": "Liste d’attente",
        "name": "Votre nom",
        "email": "Votre adresse e-mail",
        "yes": "Je m’inscris",
        "wait": "M’inscrire sur la liste d’attente",
        "noted": "C’est noté, Samira !",
        "waiting": "Vous êtes sur la liste d’attente, Samira",
        "gone": "Les dernières places viennent d’être prises",
        "no": "Je ne peux pas venir",
        "after all": "Finalement, je viens",
        "confirm": "Oui, je viens",
        "change": "Changer",
        "3 people": "3 personnes",
        "tickets": "Mes billets",
        "send": "Renvoyer mes billets",
        "sent": "Regardez votre messagerie",
        "erase": "Effacer cette inscription",
        "erased": "C’est effacé",
        "subscribe": "S’abonner à ces choix",
        "subscribe to the list": "S’abonner à cette liste",
        "google": "Google Agenda",
    },
    "en": {
        "agenda": "Agenda",
        "coming": "I’m coming",
        "waiting list": "Waiting list",
        "name": "Your name",
        "email": "Your email address",
        "yes": "Count me in",
        "wait": "Put me on the waiting list",
        "noted": "It’s noted, Samira!",
        "waiting": "You are on the waiting list, Samira",
        "gone": "The last places have just been taken",
        "no": "I can’t come",
        "after all": "I’m coming after all",
        "confirm": "Yes, I’m coming",
        "change": "Change",
        "3 people": "3 people",
        "tickets": "My tickets",
        "send": "Send my tickets",
        "sent": "Look into your mailbox",
        "erase": "Erase this reply",
        "erased": "Erased",
        "subscribe": "Subscribe to these choices",
        "subscribe to the list": "Subscribe to this list",
        "google": "Google Calendar",
    },
}


@pytest.fixture
def say(language):
    return SAYS[language]


def introduces_herself(person, say):
    person.types(say["name"], "Samira")
    person.types(say["email"], "samira@example.org")


def posts(person):
    return [request for request in person.requests if request.method == "POST"]


def test_a_shared_link_is_two_loads_and_two_typed_fields_from_the_ticket(
    person, build, say
):
    person.opens(f"…/events/{fresh_event(build).slug}")
    asked = "input:visible:not([type=radio], [tabindex='-1'], [readonly])"
    assert person.page.locator(asked).count() == 2

    person.follows(say["coming"])
    introduces_herself(person, say)
    person.presses(say["yes"])

    assert person.heading == say["noted"]
    assert person.page.get_by_role("img").locator("svg").is_visible()  # the QR
    assert person.sees("samira@example.org")
    assert (person.loads, person.typed) == (2, 2)
    assert person.taps <= 4
    assert len(posts(person)) == 1


def test_the_home_page_is_three_loads_from_the_ticket(person, house, say):
    slug = house.slugs["open"]
    event = db.session.scalars(select(Event).where(Event.slug == slug)).one()
    name = event.name.best(person.language).text
    db.session.rollback()

    person.opens("/")
    person.follows(name)
    introduces_herself(person, say)
    person.presses(say["yes"])

    assert person.heading == say["noted"]
    assert (person.loads, person.typed) == (3, 2)


def test_cancelling_is_one_load_and_one_tap_and_can_be_undone(person, build, say):
    own_page(person, build.guest(fresh_event(build), "Samira"))
    assert (person.loads, person.taps) == (1, 0)

    person.presses(say["no"])
    assert (person.taps, len(posts(person))) == (1, 1)
    assert not person.page.get_by_role("button", name=say["no"]).count()

    person.presses(say["after all"])
    assert person.heading == say["noted"]


def test_the_letters_link_leads_to_the_button_that_cancels(person, build, say):
    own_page(person, a_guest(build), "#cancel")
    button = person.page.get_by_role("button", name=say["no"])
    assert button.is_visible()
    assert person.page.viewport_size["height"] > button.bounding_box()["y"] > 0


def test_changing_the_party_is_two_loads(person, build, say):
    own_page(person, a_guest(build))
    person.page.locator("#change").get_by_label("3").check()
    person.presses(say["change"])
    assert person.sees(say["3 people"])
    assert (person.loads, person.typed) == (2, 0)


def test_joining_the_waiting_list_is_two_loads(person, build, say):
    event = fresh_event(build, capacity=1)
    build.guest(event, "Zoé")

    person.opens(f"…/events/{event.slug}")
    person.follows(say["waiting list"])
    introduces_herself(person, say)
    person.presses(say["wait"])

    assert person.heading == say["waiting"]
    assert (person.loads, person.typed) == (2, 2)


def test_when_the_last_places_go_meanwhile_nothing_is_typed_again(person, build, say):
    event = fresh_event(build, capacity=1)
    person.opens(f"…/events/{event.slug}")
    build.guest(event, "Zoé")
    introduces_herself(person, say)
    person.presses(say["yes"])
    assert person.heading == say["gone"]

    person.presses(say["wait"])
    assert person.heading == say["waiting"]
    assert (person.loads, person.typed) == (3, 2)


def test_a_reply_to_confirm_by_mail_is_one_load_and_one_tap(person, build, say):
    event = fresh_event(build, reply_policy=ReplyPolicy.MAIL)
    letters_link(person, "confirm", build.guest(event, "Samira"))
    person.presses(say["confirm"])
    assert person.heading == say["noted"]
    assert (person.loads, person.taps) == (2, 1)


def test_a_lost_link_is_found_again_with_the_address_alone(person, say):
    person.opens("…/")
    person.follows(say["tickets"])
    person.types(say["email"], "samira@example.org")
    person.presses(say["send"])
    assert person.heading == say["sent"]
    assert (person.loads, person.typed) == (3, 1)


def test_erasing_what_one_never_sent_is_one_load_and_one_tap(person, build, say):
    letters_link(person, "erase", a_guest(build))
    person.presses(say["erase"])
    assert person.heading == say["erased"]
    assert (person.loads, person.taps) == (2, 1)


def test_subscribing_to_ones_choices_is_two_loads_and_four_taps(person, say):
    person.opens("…/")
    taps(person, person.page.locator(".filters summary"))
    taps(person, person.page.locator("[name=kind][value=workshop]"))
    person.presses(say["subscribe"])

    google = person.page.get_by_role("link", name=say["google"])
    assert google.is_visible()  # the last tap leaves the house
    assert "kind%3Dworkshop" in google.get_attribute("href")
    assert (person.loads, person.typed, person.taps + 1) == (2, 0, 4)


def test_subscribing_to_a_place_is_two_loads_and_two_taps(person, say):
    person.opens("…/venues/halle-belleville")
    person.follows(say["subscribe to the list"])

    apple = person.page.locator("a[href^='webcal://']")
    assert apple.get_attribute("href").endswith("&venue=halle-belleville")
    assert apple.is_visible()
    assert (person.loads, person.typed, person.taps + 1) == (2, 0, 2)


def taps(person, found):
    found.click()
    person.taps += 1


def test_the_language_changes_on_the_spot(person, build):
    own_page(person, a_guest(build))
    other = {"fr": "en", "en": "fr"}[person.language]
    before = person.page.url
    with person.page.expect_navigation():
        person.page.click(f"nav [hreflang={other}]")
    assert person.page.url == before.replace(f"/{person.language}/", f"/{other}/")
    assert person.page.get_attribute("html", "lang") == other
