"""Saying "we are coming", and everything after it, as a visitor does it."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from festival.domain.admission import RsvpStatus
from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Repeat, Rsvp
from festival.services import events, rsvps
from festival.web import guards
from tests.conftest import both_databases
from tests.visitor import Page, Visitor, link_of

SEND, WAIT = "Je m’inscris", "M’inscrire sur la liste d’attente"
CHANGE, CORRECT = "Changer", "Corriger l’adresse"
MINE = "M’envoyer l’adresse de mon agenda"
CANCEL, RETURN = "Je ne peux pas venir", "Finalement, je viens"
REPLIED_BEFORE = (
    "Si vous aviez déjà répondu avec cette adresse, la lettre dit comment changer "
    "cette réponse-là."
)


def replies(
    visitor: Visitor, slug: str = "opening", button: str = SEND, **more
) -> Page:
    """Reply to an event as Ada, from the event's own page."""
    visitor.opens(f"/fr/events/{slug}")
    ada = {"name": "Ada", "email": "ada@example.org", "party_size": "1"}
    return visitor.fills(**{**ada, **more}).presses(button)


def ada() -> Rsvp:
    """Ada's reply as it is kept."""
    db.session.rollback()
    return db.session.scalars(select(Rsvp).where(Rsvp.name == "Ada")).one()


def count(record: type) -> int:
    db.session.rollback()
    return db.session.scalars(select(func.count(record.id))).one()


def letters() -> list[str]:
    """The letters that will be sent: kind and recipient."""
    db.session.rollback()
    query = select(Letter).where(Letter.status == LetterStatus.WAITING)
    return [
        f"{letter.kind} {letter.recipient}"
        for letter in db.session.scalars(query.order_by(Letter.id))
    ]


# What an event's page offers


def test_while_there_is_room_a_page_offers_the_form(build, visitor):
    build.event("opening", capacity=10)

    page = visitor.opens("/fr/events/opening")

    assert page.status == 200
    assert "10 places libres" in page.text
    assert page.buttons == [SEND]
    assert set(page.fields) == {"seal", "detail", "name", "email", "party_size"}
    assert page.fields["party_size"] == "1"


def test_a_full_event_offers_its_waiting_list(build, visitor):
    build.guest(build.event("opening", capacity=1))

    page = visitor.opens("/fr/events/opening")

    assert "Complet · liste d’attente" in page.text
    assert "Tout est pris." in page.text
    assert page.buttons == [WAIT]


def test_a_full_event_without_a_list_offers_no_form(build, visitor):
    build.guest(build.event("opening", capacity=1, keeps_waiting_list=False))

    page = visitor.opens("/fr/events/opening")

    assert "Complet" in page.text
    assert "il n’y a pas de liste d’attente" in page.text
    assert page.buttons == []


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"replies_open_at": timedelta(days=2)},
            "Les inscriptions ouvrent jeudi 3 juin à 12 h.",
        ),
        (
            {"replies_close_at": timedelta(hours=-1)},
            "Il est encore possible de venir sans inscription, s’il reste de la place.",
        ),
        (
            {"reply_policy": ReplyPolicy.NONE, "capacity": None},
            "Entrée libre, sans inscription",
        ),
        (
            {
                "reply_policy": ReplyPolicy.ELSEWHERE,
                "reply_link": "https://billets.example/velo",
            },
            "S’inscrire sur billets.example",
        ),
        ({"starts_at": timedelta(days=-2)}, "Cet évènement est terminé"),
    ],
)
def test_a_closed_door_says_why_and_offers_no_form(
    build, visitor, now, facts, sentence
):
    moments = {k: now + v for k, v in facts.items() if isinstance(v, timedelta)}
    build.event("opening", **{**facts, **moments})

    pages = [visitor.opens(f"/fr/events/opening{end}") for end in ("", "/reply")]

    for page in pages:
        assert page.status == 200
        assert sentence in page.text
        assert page.buttons == []


def test_an_event_elsewhere_leads_there_and_asks_nothing_here(build, visitor):
    link = "https://billets.example/velo"
    build.event("opening", reply_policy=ReplyPolicy.ELSEWHERE, reply_link=link)

    page = visitor.opens("/fr/events/opening")

    assert page.link("S’inscrire sur billets.example") == link
    assert "Vos données vont chez elle, pas ici." in page.text


@pytest.mark.parametrize(
    ("deed", "word", "sentence"),
    [
        (events.cancel, "Annulé", "Nous avons écrit à toutes les personnes inscrites."),
        (events.postpone, "Reporté", "La nouvelle date n’est pas encore connue"),
    ],
)
def test_an_event_called_off_gives_its_reason(
    build, visitor, now, deed, word, sentence
):
    deed(build.event("opening"), Words(fr="La pluie."), actor="test", now=now)
    db.session.commit()

    page = visitor.opens("/fr/events/opening")

    assert page.status == 200
    assert word in page.text
    assert "La pluie." in page.text
    assert sentence in page.text
    assert page.buttons == []


def test_a_draft_is_not_found(build, visitor):
    build.event("opening", published=False)

    pages = [visitor.opens(f"/fr/events/opening{end}") for end in ("", "/reply")]

    assert [page.status for page in pages] == [404, 404]
    assert [page.heading for page in pages] == ["Cette page n’existe pas"] * 2


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"reply_policy": ReplyPolicy.NONE}, "Pas d’inscription ici"),
        ({"replies_close_at": timedelta(hours=-1)}, "Les inscriptions sont closes"),
        ({"replies_open_at": timedelta(days=2)}, "Les inscriptions"),
        ({"starts_at": timedelta(days=-2)}, "Cet évènement est terminé"),
        ({"capacity": 0, "keeps_waiting_list": False}, "C’est complet"),
    ],
)
def test_what_a_page_does_not_offer_is_refused_in_words(
    build, visitor, now, facts, sentence
):
    moments = {k: now + v for k, v in facts.items() if isinstance(v, timedelta)}
    event = build.event("opening")
    visitor.opens("/fr/events/opening/reply")
    for name, value in {**facts, **moments}.items():
        setattr(event, name, value)
        if name == "starts_at":
            event.ends_at = value + timedelta(hours=2)
    db.session.commit()

    page = visitor.fills(name="Ada", email="ada@example.org").presses(SEND)

    assert page.status == 422
    assert sentence in page.text
    assert count(Rsvp) == 0


# The reply


def test_the_page_after_the_reply_is_the_ticket(build, visitor):
    build.event("opening", venue=build.venue())

    page = replies(visitor, party_size="2")

    assert page.status == 200
    assert page.heading == "C’est noté, Ada !"
    assert "Votre réservation : 2 personnes" in page.text
    assert "ada@example.org" in page.text
    assert f"{ada().door_code[:3]} {ada().door_code[3:]}" in page.text
    assert REPLIED_BEFORE in page.text
    assert len(page.html.select(".qr svg")) == 1
    assert letters() == ["rsvp-confirmed ada@example.org"]


def test_the_form_has_a_page_of_its_own(build, visitor):
    build.event("opening")
    visitor.opens("/fr/events/opening/reply")

    page = visitor.fills(name="Ada", email="ada@example.org").presses(SEND)

    assert page.heading == "C’est noté, Ada !"


def test_in_english_everything_is_in_english(build, visitor):
    build.event("opening", venue=build.venue())
    visitor.opens("/en/events/opening")
    visitor.fills(name="Ada", email="ada@example.org", party_size="2")

    replied = visitor.presses("Count me in")
    changed = visitor.fills(party_size="3").presses("Change")
    cancelled = visitor.presses("I can’t come")
    back = visitor.presses("I’m coming after all")

    assert replied.heading == "It’s noted, Ada!"
    assert "Your reservation: 2 people" in replied.text
    assert "Changed: 3 people." in changed.text
    assert "Thank you for telling us." in cancelled.text
    assert back.heading == "It’s noted, Ada!"
    assert db.session.scalars(select(Letter.language).distinct()).all() == ["en"]


def test_two_answers_wrong_are_two_sentences_each_beside_its_field(build, visitor):
    build.event("opening")

    page = replies(visitor, name="", email="ada@example", party_size="3")

    assert page.status == 422
    assert page.path == "/fr/events/opening/reply"
    assert page.title.startswith("Erreur :")
    assert "2 réponses sont à corriger" in page.text
    assert page.errors == {
        "name": "Écrivez votre nom ou un prénom.",
        "email": (
            "Votre adresse e-mail est incomplète. "
            "Il manque la fin, par exemple « .fr »."
        ),
    }
    assert page.summary == list(page.errors.values())
    assert page.fields["email"] == "ada@example"
    assert page.fields["party_size"] == "3"
    assert count(Rsvp) == 0


def test_what_was_wrong_can_be_put_right_on_that_page(build, visitor):
    build.event("opening")
    replies(visitor, email="ada@example", party_size="3")

    page = visitor.fills(email="ada@example.org").presses(SEND)

    assert page.heading == "C’est noté, Ada !"
    assert ada().party_size == 3


def test_an_answer_to_the_event_s_question_is_kept_and_shown(build, visitor):
    build.event("opening", question=Words(fr="Quel vélo ?", en="Which bicycle?"))

    page = replies(visitor, answer="Un vieux vélo")

    assert ada().answer == "Un vieux vélo"
    assert "Quel vélo ? Un vieux vélo" in page.text


def test_the_same_form_sent_twice_is_one_reply(build, visitor):
    build.event("opening")
    visitor.opens("/fr/events/opening")
    form = visitor.page

    first = visitor.fills(name="Ada", email="ada@example.org").presses(SEND)
    visitor.page = form
    second = visitor.fills(name="Ada", email="ada@example.org").presses(
        SEND, at_once=True
    )

    assert second.path == first.path
    assert (count(Rsvp), count(Repeat)) == (1, 0)
    assert letters() == ["rsvp-confirmed ada@example.org"]


def test_a_reply_shows_on_the_event_s_page_as_seats_taken(build, visitor):
    build.event("opening", capacity=10)
    replies(visitor, party_size="4")

    page = visitor.opens("/fr/events/opening")

    assert "6 places libres" in page.text


def test_a_repeat_shows_what_was_typed_and_only_posts_a_letter(build, visitor):
    event = build.event("opening")
    build.guest(event, "Zoé", address="ada@example.org", party_size=2)

    page = replies(visitor, name="Eve", party_size="4")

    assert page.heading == "C’est noté, Eve !"
    assert "Votre réservation : 4 personnes" in page.text
    assert "Zoé" not in page.text
    assert REPLIED_BEFORE in page.text
    assert (count(Rsvp), count(Repeat)) == (1, 1)
    assert letters() == [
        "rsvp-confirmed ada@example.org",
        "rsvp-repeat ada@example.org",
    ]


def test_a_repeat_s_change_and_cancel_do_nothing_to_the_true_reply(build, visitor):
    guest = build.guest(build.event("opening"), "Zoé", address="ada@example.org")
    replies(visitor, name="Eve", party_size="4")

    changed = visitor.fills(party_size="5").presses(CHANGE)
    cancelled = visitor.presses(CANCEL)

    assert "C’est changé : 5 personnes." in changed.text
    assert cancelled.heading == "C’est annulé"
    db.session.refresh(guest)
    assert (guest.status, guest.party_size) == ("confirmed", 1)


# Too few seats


def test_a_party_larger_than_what_is_left_is_told_how_many_are_left(build, visitor):
    build.event("opening", capacity=3, keeps_waiting_list=False)

    page = replies(visitor, party_size="5")

    assert page.status == 422
    assert page.errors == {"party_size": "Places libres : 3. Choisissez 3 ou moins."}
    assert page.fields["party_size"] == "5"
    assert page.buttons == [SEND]
    assert count(Rsvp) == 0


def test_a_party_larger_than_what_is_left_may_wait_whole(build, visitor):
    build.event("opening", capacity=3)

    refused = replies(visitor, party_size="5")
    waiting = visitor.presses(WAIT)

    assert refused.status == 422
    assert "liste d’attente" in refused.errors["party_size"]
    assert refused.buttons == [SEND, WAIT]
    assert waiting.heading == "Vous êtes sur la liste d’attente, Ada"
    assert (ada().status, ada().party_wanted) == ("waiting", 5)


def test_when_the_last_seats_are_gone_meanwhile_the_list_is_one_tap_away(
    build, visitor
):
    event = build.event("opening", capacity=2)
    visitor.opens("/fr/events/opening")
    build.guest(event, "Faster", party_size=2)

    gone = visitor.fills(name="Ada", email="ada@example.org").presses(SEND)
    waiting = visitor.presses(WAIT)

    assert gone.status == 422
    assert gone.heading == "Les dernières places viennent d’être prises"
    assert gone.errors == {}
    assert (gone.fields["name"], gone.fields["email"]) == ("Ada", "ada@example.org")
    assert waiting.heading == "Vous êtes sur la liste d’attente, Ada"
    assert letters()[-1] == "rsvp-waiting ada@example.org"


def test_when_the_last_seats_are_gone_and_nobody_waits_a_page_says_so(build, visitor):
    event = build.event("opening", capacity=2, keeps_waiting_list=False)
    visitor.opens("/fr/events/opening")
    build.guest(event, "Faster", party_size=2)

    page = visitor.fills(name="Ada", email="ada@example.org").presses(SEND)

    assert page.status == 422
    assert "C’est complet, et il n’y a pas de liste d’attente." in page.text
    assert page.buttons == []
    assert count(Rsvp) == 1


def test_who_waits_sees_their_rank_and_holds_no_ticket(build, visitor):
    event = build.event("opening", capacity=1)
    build.guest(event, "Comes")
    build.guest(event, "First in line")

    page = replies(visitor, button=WAIT, party_size="2")

    assert page.heading == "Vous êtes sur la liste d’attente, Ada"
    assert "Vous êtes en 2ᵉ position" in page.text
    assert page.html.select(".qr") == []
    assert ada().door_code[:3] + " " not in page.text


def test_who_waits_and_moves_up_says_yes_on_the_same_page(build, visitor, now):
    event = build.event("opening", capacity=1)
    leaves = build.guest(event, "Leaves")
    waiting = replies(visitor, button=WAIT)
    rsvps.withdraw(leaves, now=now)
    db.session.commit()

    offer = visitor.opens(waiting.path)
    page = visitor.presses("Oui, je viens")

    assert offer.heading == "Une place est libre pour vous, Ada"
    assert "Nous vous la gardons jusqu’au mardi 1er juin à 22 h." in offer.text
    assert offer.html.select(".qr svg") == []
    assert page.heading == "C’est noté, Ada !"
    assert len(page.html.select(".qr svg")) == 1
    assert letters()[-1] == "rsvp-confirmed ada@example.org"


def test_no_to_an_offer_is_one_tap_and_the_next_in_line_is_asked(build, visitor, now):
    event = build.event("opening", capacity=1)
    leaves = build.guest(event, "Leaves")
    waiting = replies(visitor, button=WAIT)
    after = build.guest(event, "After")
    rsvps.withdraw(leaves, now=now)
    db.session.commit()
    visitor.opens(waiting.path)

    visitor.presses("Je ne peux pas venir")

    assert after.status is RsvpStatus.OFFERED


def test_an_offer_that_lapsed_is_taken_on_the_page_while_the_place_is_free(
    build, visitor, clock
):
    event = build.event("opening", capacity=1)
    leaves = build.guest(event, "Leaves")
    waiting = replies(visitor, button=WAIT)
    rsvps.withdraw(leaves, now=clock.time)
    db.session.commit()
    clock.moves(hours=13)

    lapsed = visitor.opens(waiting.path)
    page = visitor.presses("Prendre cette place")

    assert "Vous êtes en 1ʳᵉ position" in lapsed.text
    assert page.heading == "C’est noté, Ada !"


def test_the_letter_s_link_takes_what_is_offered_and_says_when_nothing_is(
    build, visitor, clock
):
    event = build.event("opening", capacity=1, reply_policy=ReplyPolicy.MAIL)
    leaves = build.guest(event, "Leaves")
    waits = build.guest(event, "Waits")

    early = visitor.opens(link_of("confirm", waits))
    rsvps.withdraw(leaves, now=clock.time)
    db.session.commit()
    offer = visitor.opens(link_of("confirm", waits))
    page = visitor.presses("Oui, je viens")

    assert "Aucune place n’est libre pour vous en ce moment." in early.text
    assert early.buttons == []
    assert "1 place s’est libérée pour vous." in offer.text
    assert page.heading == "C’est noté, Waits !"


def test_part_of_a_party_may_come_and_the_rest_waits_on(build, visitor, now):
    event = build.event("opening", capacity=4)
    leaves = build.guest(event, "Leaves", party_size=2)
    build.guest(event, "Stays", party_size=2)
    waiting = replies(visitor, button=WAIT, party_size="4")
    ada().passed = 3
    db.session.commit()
    rsvps.withdraw(leaves, now=now)
    db.session.commit()

    asked = visitor.opens(waiting.path)
    page = visitor.presses("Prendre ces 2 places")

    assert "2 de vos 4 places sont libres maintenant." in asked.text
    assert "Votre réservation : 2 personnes" in page.text
    assert "2 autres personnes attendent une place : 1ʳᵉ position." in page.text


def test_where_letters_prove_addresses_a_page_takes_no_place(build, visitor, now):
    event = build.event("opening", capacity=1, reply_policy=ReplyPolicy.MAIL)
    leaves = build.guest(event, "Leaves")
    waiting = replies(visitor, button=WAIT)
    rsvps.withdraw(leaves, now=now)
    db.session.commit()

    page = visitor.opens(waiting.path)

    assert "Dites oui avec le lien de la lettre envoyée à ada@example.org" in page.text
    assert "Oui, je viens" not in page.buttons


def test_still_coming_is_said_before_asked_and_answered(build, visitor, clock):
    build.event("opening", asks_still_coming=True)
    form = visitor.opens("/fr/events/opening")
    assert "nous vous demandons si vous venez toujours" in form.text
    own = replies(visitor)
    assert "Venez-vous toujours ?" not in own.text
    clock.moves(days=5, hours=1)

    asked = visitor.opens(own.path)
    page = visitor.presses("Oui, je viens")

    assert "Venez-vous toujours ?" in asked.text
    assert "Merci : votre place reste à vous." in page.text
    assert "Venez-vous toujours ?" not in page.text
    assert ada().still_coming_at


# Several parts of a festival


@pytest.fixture
def festival(build):
    """A festival with three parts; the last has one seat."""
    whole = build.event("nights", kind="festival", reply_policy=ReplyPolicy.NONE)
    return [
        build.event(slug, name=Words(fr=slug.title()), super_event=whole, **facts)
        for slug, facts in (
            ("concert", {}),
            ("atelier", {}),
            ("repas", {"capacity": 1}),
        )
    ]


def test_other_parts_of_a_festival_are_ticked_and_nothing_is_typed_again(
    festival, visitor
):
    own = replies(visitor, "concert", party_size="1")
    ticks = own.html.select("[name=part]")

    page = visitor.fills(part=["atelier", "repas"]).presses("J’y vais aussi")

    assert [tick["value"] for tick in ticks] == ["atelier", "repas"]
    assert "Une seule lettre apporte tous vos nouveaux billets." in page.text
    found = db.session.scalars(select(Rsvp).order_by(Rsvp.event_id)).all()
    assert [(r.event.slug, r.name, r.status) for r in found] == [
        (slug, "Ada", RsvpStatus.CONFIRMED) for slug in ("concert", "atelier", "repas")
    ]
    assert letters() == [
        "rsvp-confirmed ada@example.org",
        "ticket-again ada@example.org",
    ]


def test_a_part_that_is_full_by_now_does_not_lose_the_others(festival, build, visitor):
    replies(visitor, "concert", party_size="1")
    build.guest(festival[2], "Faster")

    page = visitor.fills(part=["atelier", "repas"]).presses("J’y vais aussi")

    assert page.status == 422
    assert page.errors == {"part": "L’un d’eux est complet maintenant, ou passé."}
    assert [
        r.event.slug for r in db.session.scalars(select(Rsvp)) if r.name == "Ada"
    ] == [
        "concert",
        "atelier",
    ]


def test_a_part_that_is_too_small_for_the_party_says_so_by_name(festival, visitor):
    replies(visitor, "concert", party_size="2")

    page = visitor.fills(part=["repas"]).presses("J’y vais aussi")

    assert page.errors["part"].startswith("Repas : Places libres : 1.")


def test_ticking_nothing_gets_a_sentence(festival, visitor):
    replies(visitor, "concert")

    page = visitor.presses("J’y vais aussi")

    assert page.errors == {"part": "Cochez ce à quoi vous voulez venir."}


# Changing one's mind


def test_a_party_grows_and_shrinks(build, visitor):
    build.event("opening", capacity=10)
    replies(visitor, party_size="2")

    more = visitor.fills(party_size="5").presses(CHANGE)
    fewer = visitor.fills(party_size="1").presses(CHANGE)

    assert "C’est changé : 5 personnes." in more.text
    assert "C’est changé : 1 personne." in fewer.text
    assert ada().party_size == 1
    assert letters() == ["rsvp-changed ada@example.org"]


def test_a_party_that_no_longer_fits_stays_as_it_was(build, visitor):
    event = build.event("opening", capacity=5)
    build.guest(event, "Other", party_size=2)
    replies(visitor, party_size="2")

    page = visitor.fills(party_size="4").presses(CHANGE)

    assert page.status == 422
    assert page.errors == {
        "party_size": "Places libres : 3. Choisissez 3 ou moins, "
        "ou laissez le reste attendre."
    }
    assert page.title.startswith("Erreur :")
    assert "Votre réservation : 2 personnes" in page.text
    assert ada().party_size == 2

    page = visitor.fills(party_size="4").presses("Modifier, et le reste attend")

    assert "C’est changé : 4 personnes." in page.text
    assert "2 autres personnes attendent une place : 1ʳᵉ position." in page.text


def test_cancelling_is_one_load_and_one_tap_and_can_be_undone(build, visitor):
    guest = build.guest(build.event("opening"), "Ada")
    visitor.opens(link_of("manage", guest))

    cancelled = visitor.presses(CANCEL)
    undone = visitor.presses(RETURN)

    assert cancelled.heading == "C’est annulé"
    assert "Merci de nous l’avoir dit." in cancelled.text
    assert cancelled.buttons == [RETURN]
    assert undone.heading == "C’est noté, Ada !"
    assert ada().status == "confirmed"


def test_cancelling_twice_is_cancelling_once(build, visitor):
    guest = build.guest(build.event("opening"), "Ada")
    page = visitor.opens(link_of("manage", guest))

    for _ in range(2):
        visitor.page = page
        last = visitor.presses(CANCEL)

    assert last.heading == "C’est annulé"
    assert letters() == [f"rsvp-withdrawn {guest.address}"]


def test_who_comes_back_to_a_full_event_waits_at_the_front(build, visitor):
    event = build.event("opening", capacity=1)
    guest = build.guest(event, "Ada")
    build.guest(event, "Moves up")
    build.guest(event, "Waits")
    visitor.opens(link_of("manage", guest))
    visitor.presses(CANCEL)

    page = visitor.presses(RETURN)

    assert page.heading == "Vous êtes sur la liste d’attente, Ada"
    assert "Vous êtes en 1ʳᵉ position" in page.text


def test_who_comes_back_where_nobody_waits_is_told_that_it_is_full(build, visitor):
    event = build.event("opening", capacity=1, keeps_waiting_list=False)
    guest = build.guest(event, "Ada")
    visitor.opens(link_of("manage", guest))
    visitor.presses(CANCEL)
    build.guest(event, "Faster")

    page = visitor.presses(RETURN)

    assert page.status == 422
    assert "C’est complet, et il n’y a pas de liste d’attente." in page.text
    assert ada().status == "cancelled"


def test_a_mistyped_address_is_corrected_and_the_old_link_opens_nothing(build, visitor):
    build.event("opening")
    old = replies(visitor, email="ada@exmaple.org").path

    page = visitor.fills(email="ada@example.org").presses(CORRECT)
    old_page = visitor.opens(old)

    assert "Adresse corrigée." in page.text
    assert "ada@example.org" in page.text
    assert page.path.partition("?")[0] != old
    assert old_page.status == 404
    assert letters() == ["rsvp-confirmed ada@example.org"]


def test_an_address_corrected_into_none_gets_a_sentence(build, visitor):
    build.event("opening")
    replies(visitor)

    page = visitor.fills(email="ada@example").presses(CORRECT)

    assert page.status == 422
    assert list(page.errors) == ["email"]
    assert page.fields["email"] == "ada@example"
    assert ada().address == "ada@example.org"


def test_a_second_tap_on_the_correction_finds_the_new_page(build, visitor):
    build.event("opening")
    own = replies(visitor)
    form = next(f for f in own.html.select("form") if f["action"].endswith("/address"))
    answers = {
        "seal": form.select_one("[name=seal]")["value"],
        "email": "eve@example.org",
    }

    first = visitor.sends(form["action"], answers)
    second = visitor.sends(form["action"], answers)

    assert first.path == second.path != own.path
    assert "La lettre part à eve@example.org" in second.text


def test_an_address_our_letter_did_not_reach_may_be_corrected_whenever(
    build, visitor, clock
):
    build.event("opening")
    own = replies(visitor)
    letter = db.session.scalars(select(Letter)).one()
    letter.status, letter.final_at = LetterStatus.SENT, clock.time
    letter.bounced_at = clock.time
    db.session.commit()
    clock.moves(days=2)

    page = visitor.opens(own.path)
    assert "Notre lettre n’est pas arrivée à a…@example.org." in page.text
    page = visitor.fills(email="eve@example.org").presses("Corriger l’adresse")

    assert "eve@example.org" in page.text
    assert "n’est pas arrivée" not in page.text


def test_after_half_an_hour_the_address_is_settled(build, visitor, clock):
    build.event("opening")
    early = replies(visitor)
    clock.moves(minutes=31)

    late = visitor.opens(early.path)
    visitor.page = early
    page = visitor.fills(email="eve@example.org").presses(CORRECT)

    assert CORRECT in early.buttons
    assert CORRECT not in late.buttons
    assert page.status == 422
    assert "L’adresse peut être corrigée pendant 30 minutes seulement." in page.text
    assert ada().address == "ada@example.org"


# When the event is called off, or over


@pytest.mark.parametrize(
    ("deed", "sentence", "offers"),
    [
        (events.cancel, "Cet évènement est annulé", []),
        (events.postpone, "Cet évènement est reporté", [CANCEL, CHANGE, CORRECT, MINE]),
    ],
)
def test_a_guest_s_page_says_what_became_of_the_event(
    build, visitor, now, deed, sentence, offers
):
    event = build.event("opening")
    guest = build.guest(event, "Ada")
    deed(event, Words(fr="La pluie."), actor="test", now=now)
    db.session.commit()

    page = visitor.opens(link_of("manage", guest))

    assert page.status == 200
    assert sentence in page.text
    assert "La pluie." in page.text
    assert page.buttons == offers


def test_a_guest_s_page_of_a_past_event_can_only_be_read(build, visitor, clock):
    guest = build.guest(build.event("opening"), "Ada")
    before = visitor.opens(link_of("manage", guest))
    clock.moves(days=8)

    page = visitor.opens(link_of("manage", guest))
    visitor.page = before
    late = visitor.presses(CANCEL)

    assert page.heading == "Cet évènement est terminé"
    assert page.buttons == []
    assert page.html.select(".qr") == []
    assert late.status == 422
    assert ada().status == "confirmed"


# Confirmed by mail


@pytest.fixture
def held(build, visitor) -> Rsvp:
    """Ada's reply to an event that asks by mail."""
    build.event("opening", reply_policy=ReplyPolicy.MAIL, capacity=2)
    replies(visitor, party_size="2")
    return ada()


def test_an_event_that_asks_by_mail_says_so_before_and_after(build, visitor):
    build.event("opening", reply_policy=ReplyPolicy.MAIL)
    before = visitor.opens("/fr/events/opening")

    after = replies(visitor)

    assert "Nous gardons votre place 30 minutes" in before.text
    assert after.heading == "Presque fini, Ada"
    assert "Nous gardons 1 place pour vous jusqu’à 12 h 30." in after.text
    assert after.html.select(".qr") == []
    assert letters() == ["rsvp-confirm ada@example.org"]


def test_the_letter_s_link_shows_a_button_and_the_button_confirms(held, visitor):
    shown = visitor.opens(link_of("confirm", held))
    before = ada().status

    page = visitor.presses("Oui, je viens")

    assert shown.heading == "Confirmez votre inscription"
    assert before == "held"
    assert page.heading == "C’est noté, Ada !"
    assert ada().status == "confirmed"
    assert letters() == ["rsvp-confirmed ada@example.org"]


def test_confirming_twice_confirms_once(held, visitor):
    form = visitor.opens(link_of("confirm", held))

    for _ in range(2):
        visitor.page = form
        page = visitor.presses("Oui, je viens")
    again = visitor.opens(link_of("confirm", held))

    assert page.heading == "C’est noté, Ada !"
    assert "Votre inscription est déjà confirmée." in again.text
    assert letters() == ["rsvp-confirmed ada@example.org"]


def test_a_late_click_gets_the_place_if_it_is_free(held, visitor, clock):
    clock.moves(minutes=31)
    waiting = visitor.opens(link_of("manage", held))
    visitor.opens(link_of("confirm", held))

    page = visitor.presses("Oui, je viens")

    assert waiting.heading == "Le délai pour confirmer est passé"
    assert page.heading == "C’est noté, Ada !"


def test_a_late_click_waits_where_the_place_is_taken(held, visitor, clock, build):
    clock.moves(minutes=31)
    other = build.guest(held.event, "Other", party_size=2)
    rsvps.confirm(other, now=clock.time)
    db.session.commit()
    visitor.opens(link_of("confirm", held))

    page = visitor.presses("Oui, je viens")

    assert page.heading == "Vous êtes sur la liste d’attente, Ada"


def test_cancelling_and_coming_back_does_not_get_around_the_letter(held, visitor):
    visitor.opens(link_of("manage", held))
    visitor.presses(CANCEL)

    page = visitor.presses(RETURN)

    assert page.heading == "Presque fini, Ada"
    assert ada().status == "held"
    assert letters() == ["rsvp-confirm ada@example.org"]


def test_letting_the_time_pass_does_not_get_around_the_letter(held, visitor, clock):
    page = visitor.opens(link_of("manage", held))
    seal = page.html.select_one("#cancel [name=seal]")["value"]
    clock.moves(minutes=31)

    page = visitor.sends(f"{link_of('manage', held)}/return", {"seal": seal})

    assert page.heading == "Presque fini, Ada"
    assert ada().status == "held"


def test_many_replies_from_one_network_are_held_and_told_why(make_app, clock):
    from tests.builders import Builders  # noqa: PLC0415

    with make_app(NETWORK_REPLIES=1).app_context() as context:
        event = Builders(clock).event("opening")
        Builders(clock).guest(event, "Other", network="127.0.0.1")

        page = replies(Visitor(context.app, clock))

    assert page.heading == "Presque fini, Ada"
    assert "Beaucoup d’inscriptions sont venues de votre réseau" in page.text


# "This was not me"


def test_erasing_is_asked_first_and_forgets_everything(build, visitor):
    guest = build.guest(build.event("opening"), "Ada", address="ada@example.org")
    links = [link_of(purpose, guest) for purpose in ("erase", "manage", "ticket")]
    asked = visitor.opens(links[0])
    before = ada().status

    erased = visitor.presses("Effacer cette inscription")
    statuses = [visitor.opens(link).status for link in links]

    assert asked.heading == "Ce n’est pas vous ?"
    assert before == "confirmed"
    assert erased.heading == "C’est effacé"
    assert statuses == [404, 404, 404]
    assert db.session.scalars(select(Rsvp.name)).all() == [""]
    assert letters() == []


@both_databases
def test_a_page_whose_reply_is_erased_at_that_moment_is_gone(
    build, visitor, now, monkeypatch
):
    """Guard: the page for ``ObjectDeletedError``: 404, not a bug."""
    event = build.event("opening")
    guest = build.guest(event, "Zoé", address="ada@example.org")
    replies(visitor, name="Eve")
    truly_deed = guards.deed

    @contextlib.contextmanager
    def slower_deed():
        with truly_deed():
            rsvps.erase(db.session.merge(guest), now=now)
            db.session.commit()
        with truly_deed():
            yield

    monkeypatch.setattr("festival.web.rsvp.deed", slower_deed)
    page = visitor.presses(CANCEL)

    assert page.status == 404
    assert (count(Rsvp), count(Repeat)) == (1, 0)


# The ticket that anybody may see


def test_a_ticket_shows_event_time_and_party_and_nobody(build, visitor):
    guest = build.guest(
        build.event("opening"), "Zoé Nom", address="zoe@example.org", party_size=3
    )
    code = guest.door_code

    page = visitor.opens(link_of("ticket", guest))

    assert page.status == 200
    assert "Valable pour 3 personnes." in page.text
    assert "Ouverture" in page.text
    assert page.buttons == []
    for secret in ("Zoé", "Nom", "zoe@", code, f"{code[:3]}\xa0{code[3:]}"):
        assert secret not in page.response.text
    assert link_of("manage", guest).removeprefix("/fr/rsvp/") not in page.response.text


def test_a_ticket_keeps_the_link_of_an_online_event_to_its_guest(build, visitor):
    event = build.event("opening", online_link="https://salle.example/secret")
    guest = build.guest(event, "Ada")

    own = visitor.opens(link_of("manage", guest))
    shown = visitor.opens(link_of("ticket", guest))
    public = visitor.opens("/fr/events/opening")

    assert "salle.example" in own.response.text
    assert "salle.example" not in shown.response.text
    assert "salle.example" not in public.response.text


@pytest.mark.parametrize("fate", ["withdrawn", "waiting", "cancelled"])
def test_a_ticket_that_is_not_valid_says_so(build, visitor, now, fate):
    event = build.event("opening", capacity=1)
    if fate == "waiting":
        build.guest(event, "First")
    guest = build.guest(event, "Ada")
    if fate == "withdrawn":
        rsvps.withdraw(guest, now=now)
    if fate == "cancelled":
        events.cancel(event, Words(), actor="test", now=now)
    db.session.commit()

    page = visitor.opens(link_of("ticket", guest))

    assert page.status == 200
    assert "Valable" not in page.text
    sentence = {"cancelled": "Cet évènement est annulé."}.get(
        fate, "Ce billet n’est plus valable, ou pas encore."
    )
    assert sentence in page.text


# "My tickets"


@pytest.mark.parametrize("address", ["ada@example.org", "nobody@example.org"])
def test_asking_for_one_s_tickets_always_gets_the_same_answer(build, visitor, address):
    build.guest(build.event("opening"), "Ada", address="ada@example.org")
    visitor.opens("/fr/")
    visitor.follows("Mes billets")

    page = visitor.fills(email=address).presses("Renvoyer mes billets")

    assert page.status == 200
    assert page.heading == "Regardez votre messagerie"
    assert "Si cette adresse est inscrite, nous lui renvoyons ses billets" in page.text
    assert address in page.text
    known = ["ticket-again ada@example.org"] if address.startswith("ada") else []
    assert letters() == ["rsvp-confirmed ada@example.org", *known]


def test_asking_for_one_s_tickets_with_no_address_gets_a_sentence(visitor):
    visitor.opens("/fr/tickets")

    page = visitor.fills(email="ada").presses("Renvoyer mes billets")

    assert page.status == 422
    assert page.errors == {
        "email": "Votre adresse e-mail est incomplète. Il manque le « @ »."
    }
    assert page.fields["email"] == "ada"


# The other language


def test_every_page_leads_to_itself_in_the_other_language(build, visitor):
    guest = build.guest(build.event("opening"), "Ada")
    paths = ["/fr/", "/fr/?when=all&q=x", "/fr/events/opening", "/fr/tickets"]
    paths += [link_of(p, guest) for p in ("manage", "ticket", "erase")]

    for path in paths:
        visitor.opens(path)
        page = visitor.follows("EN English")
        assert page.status == 200
        assert page.path == path.replace("/fr/", "/en/")
        assert page.html.html["lang"] == "en"
