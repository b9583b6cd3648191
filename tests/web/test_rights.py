"""What guests may ask of what is kept, on pages; and that strangers learn nothing."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from festival.domain.lifecycle import ReplyPolicy
from festival.extensions import db
from festival.models.journal import Letter
from festival.models.rsvps import Repeat, Rsvp
from festival.queries.silence import is_silenced
from festival.services import amendments, rsvps, silence
from tests.builders import everything
from tests.visitor import link_of


@pytest.fixture
def zoe(build):
    return build.guest(
        build.event(), "Zoé", address="zoe@example.org", party_size=2, answer="vegan"
    )


def data_of(visitor, record) -> dict:
    page = visitor.opens(f"{link_of('manage', record)}/data")
    assert page.status == 200
    return json.loads(page.response.text)


# My data


def test_a_guest_gets_all_that_is_kept_as_a_file(visitor, zoe):
    told = data_of(visitor, zoe)
    headers = visitor.page.response.headers

    reply = told["Votre inscription"]
    assert reply["Votre nom"] == "Zoé"
    assert reply["Votre adresse e-mail"] == "zoe@example.org"
    assert reply["Réponse à la question"] == "vegan"
    assert reply["Code d’entrée"] == zoe.door_code
    assert told["Lettres"][0]["À"] == "zoe@example.org"
    assert headers["Content-Disposition"] == 'attachment; filename="mes-donnees.json"'
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    english = f"{link_of('manage', zoe, 'en')}/data"
    assert visitor.opens(english).response.json["Your reply"]["State"] == "confirmed"


# What differs between any two replies, and says nothing of them.
CHANCE = re.compile(r"\d{6}(?=\")|\d{4}-\d\d-\d\dT[\d:.+]+")


def withdrawn(record, clock) -> None:
    rsvps.withdraw(record, now=clock.moves(minutes=1))


def changed(record, clock) -> None:
    amendments.change_party(record, 3, now=clock.moves(minutes=1))


def back_again(record, clock) -> None:
    withdrawn(record, clock)
    rsvps.come_back(record, now=clock.moves(minutes=1))


def forgotten_network(record, clock) -> None:
    record.network_key = None


OPEN, BY_MAIL, SMALL = {}, {"reply_policy": ReplyPolicy.MAIL}, {"capacity": 2}


@pytest.mark.parametrize(
    ("facts", "deed"),
    [
        (OPEN, None),
        (BY_MAIL, None),
        (SMALL, None),
        (OPEN, withdrawn),
        (BY_MAIL, withdrawn),
        (OPEN, changed),
        (SMALL, changed),
        (OPEN, back_again),
        (OPEN, forgotten_network),
    ],
)
def test_a_repeat_s_file_tells_what_a_true_reply_s_would(
    visitor, build, clock, facts, deed
):
    """So that whoever types somebody's address does not learn that they are coming."""
    starts_at = clock.time + timedelta(days=7)
    told = []
    for slug in ("known", "new"):
        event = build.event(slug, starts_at=starts_at, **facts)
        if slug == "known":  # its owner came before, and wants no letters
            owner = build.guest(event, "Zoé", address="zoe@example.org")
            silence.silence(owner, now=clock.time)
            silence.no_more_reminders(owner, now=clock.time)
        else:
            build.guest(event, "Bob")
        typed = build.guest(event, "Eve", address="zoe@example.org", party_size=2)
        assert isinstance(typed, Repeat) is (slug == "known")
        if deed:
            deed(typed, clock)
        db.session.commit()
        told.append(CHANCE.sub("…", json.dumps(data_of(visitor, typed))))

    assert told[0].replace("known", "new") == told[1]


# Erase now


@pytest.mark.parametrize("who", ["true", "repeat"])
def test_a_guest_erases_their_reply(visitor, build, zoe, who):
    typed = zoe
    if who == "repeat":
        typed = build.guest(zoe.event, "Eve", address="zoe@example.org")
    path = link_of("manage", typed)
    before = everything()

    page = visitor.opens(f"{path}/forget")
    assert "place" in page.text
    assert everything() == before
    page = visitor.presses("Effacer maintenant")

    assert (page.status, page.heading) == (200, "C’est effacé")
    assert visitor.opens(path).status == 404
    left = repr(everything())
    assert "Eve" not in left
    assert ("Zoé" in left) is (who == "repeat")
    assert len(
        db.session.scalars(select(Rsvp).where(Rsvp.status == "confirmed")).all()
    ) == (who == "repeat")


def test_erasing_says_the_same_of_a_repeat(visitor, build, zoe):
    said = []
    for typed in (
        zoe,
        build.guest(build.event("other"), "Eve", address="z@example.org"),
    ):
        visitor.opens(f"{link_of('manage', typed)}/forget")
        said.append(visitor.presses("Effacer maintenant").text)

    assert said[0] == said[1]


def test_after_the_event_no_place_is_promised(visitor, clock, zoe):
    clock.moves(days=8)

    page = visitor.opens(f"{link_of('manage', zoe)}/forget")

    assert "va à une autre personne" not in page.text
    assert visitor.presses("Effacer maintenant").status == 200
    assert everything()["rsvp"]
    assert db.session.scalars(select(Rsvp.status)).one() == "confirmed"


# Never write to me again


def test_a_guest_asks_for_no_more_letters_and_for_letters_again(visitor, zoe):
    old = link_of("manage", zoe)
    visitor.opens(link_of("silence", zoe))
    page = visitor.presses("Ne plus jamais m’écrire")

    assert (page.status, page.path) == (200, link_of("manage", zoe))
    assert page.path != old
    assert is_silenced("zoe@example.org")
    assert visitor.opens(old).status == 404

    visitor.opens(f"{link_of('manage', zoe)}/speak")
    page = visitor.presses("Recevoir à nouveau nos lettres")

    assert (page.status, page.path) == (200, link_of("manage", zoe))
    assert not is_silenced("zoe@example.org")


def test_only_a_letter_s_own_link_silences(visitor, build, zoe):
    manage = link_of("manage", zoe)
    again = build.guest(zoe.event, "Eve", address="zoe@example.org")

    assert visitor.opens(f"{manage}/silence").status == 404
    assert visitor.opens(f"{manage}/reminders").status == 404
    assert visitor.opens(link_of("silence", again)).status == 404


def test_who_did_not_ask_for_it_finds_nothing_to_switch_on(visitor, build, clock, zoe):
    """A stranger's later reply, and a repeat, look as if nothing had been said."""
    silence.silence(zoe, now=clock.time)
    db.session.commit()
    later = build.guest(build.event("other"), "Eve", address="zoe@example.org")
    again = build.guest(zoe.event, "Eve", address="zoe@example.org")
    before = everything()

    for typed in (later, again):
        manage = link_of("manage", typed)
        assert visitor.opens(f"{manage}/speak").path == manage
        # the seal of a form of that very page
        seal = visitor.page.html.select_one("input[name=seal]")["value"]
        assert visitor.sends(f"{manage}/speak", {"seal": seal}).status in {200, 422}
        assert "plus à zoe@example.org" not in visitor.opens(manage).text

    assert everything() == before


# No more reminders


def test_a_mail_program_declines_reminders_by_one_click(visitor, zoe):
    """RFC 8058, 3.1: no cookie, no form before, and only this body."""
    visitor.headers = {}
    path = link_of("reminders", zoe)
    before = everything()

    for wrong in ({}, {"List-Unsubscribe": "Two-Clicks"}):
        assert visitor.sends(path, wrong).status == 422
    assert everything() == before
    for _ in range(2):
        page = visitor.sends(path, {"List-Unsubscribe": "One-Click"})
        assert page.status == 200

    after = everything()
    assert not zoe.wants_reminders
    assert {name for name in after if after[name] != before[name]} == {"rsvp"}
    assert visitor.opens(link_of("manage", zoe)).status == 200


def test_a_guest_declines_reminders_on_a_page(visitor, zoe):
    visitor.opens(link_of("reminders", zoe))
    page = visitor.presses("Plus de rappels")

    assert "C’est fait" in page.text
    db.session.refresh(zoe)
    assert (zoe.wants_reminders, zoe.status) == (False, "confirmed")


def test_what_is_kept_of_letters_goes_with_the_guest(visitor, zoe):
    assert db.session.scalars(select(Letter)).all()
    visitor.opens(f"{link_of('manage', zoe)}/forget")
    visitor.presses("Effacer maintenant")

    assert db.session.scalars(select(Letter)).all() == []
