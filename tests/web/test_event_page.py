"""An event's page: what it tells, and what stands in the form's place in each state."""

from __future__ import annotations

from datetime import timedelta

import pytest

from festival.domain.words import Words
from festival.extensions import db
from festival.services import directory, events
from tests.visitor import seen


def panel(page):
    """What stands where one replies."""
    return seen(page.html.select_one("#reply"))


def facts(page):
    """When, where, how many: by their icon's word."""
    return {
        seen(fact.select_one("dt")): seen(fact.select_one("dd"))
        for fact in page.html.select(".facts > div")
    }


def access(page):
    return [seen(line) for line in page.html.select("h2 + .access li")]


@pytest.fixture
def bike(build, now):
    venue = build.venue(latitude=48.87, longitude=2.37)
    space = build.space(
        venue,
        step_free=True,
        accessible_toilet=True,
        hearing_loop=False,
        door_width=90,
    )
    wheel = directory.welcome("wheel", "La Roue libre", email="roue@example.org")
    starts_at = now + timedelta(days=2, hours=2)
    return build.event(
        "bike",
        name=Words(fr="Répare ton vélo", en="Fix your bike"),
        summary=Words(fr="Avant l’hiver.", en="Before winter."),
        description=Words(fr="Venez **vite** !", en="Come **soon**!"),
        venue=venue,
        space=space,
        starts_at=starts_at,
        doors_at=starts_at - timedelta(minutes=15),
        ends_at=starts_at + timedelta(hours=3),
        organisers=[wheel],
        languages=["fr", "ar"],
        access={"sign_language": True},
        age_note=Words(fr="Dès 8 ans.", en="From 8 years."),
        bring_note=Words(fr="votre vélo", en="your bike"),
        capacity=40,
    )


def test_a_page_tells_all_one_needs_to_come(bike, visitor):
    page = visitor.opens("/fr/events/bike")

    assert page.heading == "Répare ton vélo"
    assert page.title == (
        "Répare ton vélo, jeudi 3 juin, de 14 h à 17 h – Halle Belleville"
    )
    assert facts(page) == {
        "Quand": (
            "Jeudi 3 juin, de 14 h à 17 h Accueil dès 13 h 45. Ajouter à mon calendrier"
        ),
        "Où": (
            "La Halle , Grande nef 12 rue des Arches, 75020 Paris"
            " · Plan (OpenStreetMap)"
        ),
        "Places": "40 places libres Entrée gratuite. Dès 8 ans.",
    }
    assert seen(page.html.select_one(".prose")) == (
        "Avant l’hiver. Venez vite ! À apporter : votre vélo"
    )
    assert page.link("Ajouter à mon calendrier") == "/events/bike.ics?lang=fr"
    assert page.link("Plan").startswith("https://www.openstreetmap.org/?mlat=48.87&")
    assert page.link("roue@example.org") == "mailto:roue@example.org"
    assert "https%3A//halle.example/fr/events/bike" in page.link("WhatsApp")


def test_the_same_page_in_english(bike, visitor):
    visitor.opens("/fr/events/bike")
    page = visitor.follows("EN")

    assert (page.path, page.heading) == ("/en/events/bike", "Fix your bike")
    assert facts(page)["When"].startswith("Thursday 3 June, 2pm to 5pm Doors open at")
    assert page.buttons == ["Count me in"]


def test_access_says_yes_no_and_what_nobody_knows(bike, visitor):
    page = visitor.opens("/fr/events/bike")

    assert access(page)[:4] == [
        "Entrée de plain-pied, porte de 90 cm",
        "Toilettes adaptées",
        "Interprète en langue des signes (LSF)",
        "Indisponible : boucle auditive",
    ]
    assert "Pas encore renseigné : espace calme. Appelez le 01 99 00 12 34" in page.text


def test_access_nobody_filled_in_is_not_an_empty_block(build, visitor):
    build.event()

    assert (
        "Accessibilité non renseignée. Appelez le 01 99 00 12 34 : nous regardons "
        "pour vous."
    ) in visitor.opens("/fr/events/opening").text


def test_a_place_to_be_announced_and_a_place_online(build, visitor):
    build.event()
    build.event("online", online_link="https://meet.example/secret")

    here = facts(visitor.opens("/fr/events/opening"))["Où"]
    there = visitor.opens("/fr/events/online")

    assert here.startswith("Lieu bientôt annoncé Nous écrivons aux personnes inscrites")
    assert facts(there)["Où"].startswith("En ligne Le lien est sur votre billet")
    assert "meet.example" not in there.response.text


# What stands in the form's place


def test_open_there_is_a_form_with_two_fields_to_fill_in(bike, visitor):
    page = visitor.opens("/fr/events/bike")

    assert panel(page).startswith("Je m’inscris 40 places libres sur 40")
    fields = {name for name, value in page.fields.items() if not value}
    assert fields == {"name", "email", "detail"}  # the last is the trap
    assert page.fields["party_size"] == "1"
    assert (
        "Halle Belleville et La Roue libre utilisent vos réponses pour vous "
        "accueillir, rien d’autre. Nom et e-mail obligatoires, effacés 30 jours après. "
        "Vos droits"
    ) in panel(page)
    assert seen(page.html.select_one(".cta")) == "40 places libres Gratuit Je m’inscris"


def test_a_reply_from_the_page_leads_to_the_ticket(bike, visitor):
    visitor.opens("/fr/events/bike")
    page = visitor.fills(
        name="Samira", email="samira@example.org", party_size=2
    ).presses("Je m’inscris")

    assert page.heading == "C’est noté, Samira !"


def test_full_with_a_waiting_list_the_same_form_waits(build, visitor):
    build.guest(build.event(capacity=2), party_size=2)

    page = visitor.opens("/fr/events/opening")
    assert panel(page).startswith("Liste d’attente Complet · liste d’attente")
    page = visitor.fills(name="Ada", email="ada@example.org").presses(
        "M’inscrire sur la liste d’attente"
    )

    assert page.heading == "Vous êtes sur la liste d’attente, Ada"
    assert "Vous êtes en 1ʳᵉ position." in page.text


def in_a_day(now):
    return now + timedelta(days=1)


@pytest.mark.parametrize(
    ("facts_", "heading"),
    [
        ({"reply_policy": "none"}, "Entrée libre, sans inscription"),
        ({"reply_policy": "elsewhere"}, "Les inscriptions se font sur un autre site"),
        ({"replies_open_at": in_a_day}, "Un peu de patience"),
        ({"replies_close_at": lambda now: now}, "Les inscriptions sont closes"),
    ],
)
def test_where_no_reply_is_taken_the_page_says_why(
    build, visitor, now, facts_, heading
):
    facts_ = {k: v(now) if callable(v) else v for k, v in facts_.items()}
    build.event(reply_link="https://choir.example/join", **facts_)

    page = visitor.opens("/fr/events/opening")

    assert panel(page).startswith(heading)
    assert page.buttons == []
    assert "Un accueil à prévoir ? Appelez le 01 99 00 12 34" in panel(page)


def test_not_yet_says_when(build, visitor, now):
    build.event(replies_open_at=now + timedelta(days=6))

    assert "Les inscriptions ouvrent lundi 7 juin à 12 h." in panel(
        visitor.opens("/fr/events/opening")
    )


def test_elsewhere_leads_there_and_says_whose_it_is(build, visitor):
    build.event(reply_policy="elsewhere", reply_link="https://choir.example/join")

    page = visitor.opens("/fr/events/opening")

    assert page.link("S’inscrire sur choir.example") == "https://choir.example/join"


def test_full_without_a_waiting_list_has_no_form(build, visitor):
    build.guest(build.event(capacity=1, keeps_waiting_list=False))

    page = visitor.opens("/fr/events/opening")

    assert panel(page).startswith("Complet Toutes les places sont prises")
    assert page.link("Quoi d’autre à l’agenda ?") == "/fr/"


@pytest.mark.parametrize(
    ("deed", "stamp", "said"),
    [
        (events.cancel, "Annulé", "Cet évènement est annulé"),
        (events.postpone, "Reporté", "Cet évènement est reporté"),
    ],
)
def test_what_is_called_off_says_so_first_and_why(
    build, visitor, now, deed, stamp, said
):
    deed(build.event(), Words(fr="Trop de vent."), actor="test", now=now)
    db.session.commit()

    page = visitor.opens("/fr/events/opening")

    assert seen(page.html.select_one(".stamp")) == stamp
    assert seen(page.html.select_one(".note")) == f"{said} Trop de vent."
    assert panel(page).startswith(said)
    assert page.buttons == []
    assert "calendrier" not in page.text


def test_what_is_over_says_thanks(build, visitor, clock):
    build.event()
    clock.moves(days=8)

    page = visitor.opens("/fr/events/opening")

    assert panel(page).startswith("Cet évènement est terminé Merci")
    assert page.buttons == []


# For whom


def test_young_people_come_by_number_and_are_forgotten_in_a_week(build, visitor):
    build.event(audience="youth", largest_party=12)

    page = visitor.opens("/fr/events/opening")

    assert "Un adulte réserve. N’indiquez pas le nom des enfants." in panel(page)
    assert "effacés 7 jours après" in panel(page)
    assert page.html.select_one("input[name=party_size]")["type"] == "text"


def test_a_discreet_debate_takes_a_made_up_name(build, visitor):
    build.event(kind="debate", discreet=True)

    said = panel(visitor.opens("/fr/events/opening"))

    assert "Un prénom ou un pseudonyme suffit." in said
    assert "effacés 2 jours après" in said


def test_the_one_question_is_optional(build, visitor):
    build.event(question=Words(fr="Quel vélo ?", en="Which bike?"))

    page = visitor.opens("/fr/events/opening")

    label = page.html.select_one("label[for=answer]")
    assert seen(label) == "Quel vélo ? (facultatif)"
    assert not page.html.select_one("#answer").has_attr("required")


# Languages of the text


def test_a_text_in_chinese_is_one_chip_away(build, visitor):
    build.event(name=Words({"fr": "Calligraphie", "zh-Hans": "书法"}))

    visitor.opens("/fr/events/opening")
    page = visitor.follows("中文")

    name = page.html.select_one("h1")
    assert (name["lang"], name["dir"], name.text) == ("zh-Hans", "ltr", "书法")
    assert page.html.select_one("html")["lang"] == "fr"
    back = page.html.select_one(".tongues a[lang=fr]")["href"]
    assert visitor.opens(back).heading == "Calligraphie"


def test_what_is_not_in_that_language_is_in_the_page_s(build, visitor):
    build.event(
        name=Words(fr="Vélo", en="Bike", ar="دراجة"),
        summary=Words(fr="On répare.", en="We mend."),
        description=Words(fr="Ensemble.", en="Together."),
    )

    page = visitor.opens("/en/events/opening?lang=ar")

    assert page.heading == "دراجة"
    assert seen(page.html.select_one(".prose")) == "We mend. Together."
    assert "We mend." in page.html.select_one("script").string


def test_a_text_in_arabic_alone_says_so(build, visitor):
    build.event(name=Words(ar="أمسية الحكايات"))

    page = visitor.opens("/en/events/opening")

    assert page.html.select_one("h1")["dir"] == "rtl"
    assert "This event is announced in العربية only." in page.text
    assert page.html.select(".tongues") == []


@pytest.mark.parametrize("asked", ["de", "fr'><b>", "zh-Hans&lang=ar", ""])
def test_a_language_that_is_not_there_changes_nothing(build, visitor, asked):
    build.event()

    assert visitor.opens(f"/fr/events/opening?lang={asked}").heading == "Ouverture"


# Who finds it


def test_a_draft_is_not_there(build, visitor):
    build.event(published=False)

    assert visitor.opens("/fr/events/opening").status == 404


def test_an_unlisted_event_opens_for_who_knows_its_address_and_for_no_robot(
    build, visitor
):
    slug = build.event(listed=False).slug

    page = visitor.opens(f"/fr/events/{slug}")

    assert page.status == 200
    assert page.html.select_one("meta[name=robots]")["content"] == "noindex"


def test_names_with_marks_are_only_words(build, visitor):
    build.event(name=Words(fr='<script>alert(1)</script>"&', en="x"))

    page = visitor.opens("/fr/events/opening")

    assert page.heading == '<script>alert(1)</script>"&'
    assert page.html.select("script:not([type='application/ld+json'])") == []
