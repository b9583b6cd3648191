"""A festival made at the desk from nothing, and told of; and the desk by keyboard."""

from __future__ import annotations

from datetime import date

import icalendar
from sqlalchemy import select

from festival.extensions import db
from festival.mail import relay
from festival.models.events import Event
from tests import sheets
from tests.browser.desk.organiser import Organiser
from tests.mail.test_letters import Read
from tests.visitor import READING_SECONDS, link_in

SHEET = (
    ("Fête des arches : programme",),
    ("Titre", "Type", "Date", "Début", "Fin", "Salle", "Places"),
    ("Ouverture", "Rencontre", date(2027, 6, 12), "10 h", "11h", "Grande nef", ""),
    ("Répare ton vélo", "Atelier", "", "14h30", "16h", "Atelier", 12),
    ("Contes", "Spectacle", "", "15h", "16h", "Atelier", 30),  # there is the bike
    ("Soupe", "Repas", "dim. 13 juin", "25h", "14h", "Cuisine", 40),  # no such hour
    ("Chorale", "Concert", "13/06/2027", "17h", "18h", "Grande neff", ""),  # no such
)


def part(name: str) -> Event:
    """Return the event of that name, as it is now."""
    db.session.rollback()
    every = db.session.scalars(select(Event)).all()
    [found] = [event for event in every if event.name.get("fr") == name]
    return found


def entry(person, name: str) -> tuple[str, int]:
    """Return begin and SEQUENCE of an event, as the feed of the agenda tells them."""
    feed = person.page.request.get(person.house.address + "/agenda.ics")
    [found] = [
        each
        for each in icalendar.Calendar.from_ical(feed.text()).events
        if name in each["SUMMARY"]
    ]
    return f"{found['DTSTART'].dt:%a %H:%M}", found["SEQUENCE"]


def replies(person, name: str, who: str) -> None:
    """Say yes, from the festival's page."""
    person.follows(name)
    person.follows("Je m’inscris")
    person.types("Votre nom", who)
    person.types("Votre adresse e-mail", f"{who.lower()}@example.org")
    person.presses("Je m’inscris")
    assert person.heading == f"C’est noté, {who} !"


def test_a_festival_from_a_spreadsheet_to_the_letter_of_a_change(
    make_person, build, clock, spaces, wheel, mail_server
):
    person, guest = make_person(), make_person(new=True)
    organiser = Organiser(person)
    account = build.account("Inès", "organiser", organisation=wheel)
    person.is_at_desk = True
    person.opens(link_in(account, clock()))
    person.presses("Entrer")

    # Taken in; two lines are put right on the spot
    person.follows("Importer")
    organiser.hands_in("Un fichier", "fete.xlsx", sheets.xlsx(SHEET))
    organiser.types("Ou le nom d’un nouveau festival", "Fête des arches")
    person.presses("Vérifier les lignes")
    assert person.sees("2 lignes à corriger")
    assert person.sees("3 seront créés")
    organiser.types("Début", "12h")
    organiser.chooses("Espace", "La Halle, Grande nef")
    organiser.presses("Importer")

    # What clashes is said before anything is public, and mended on the board
    assert person.heading == "Publier les changements"
    assert person.sees("Atelier : déjà pris")
    assert person.presses("Publier").status == 422
    person.follows("Programme : Fête des arches")
    person.sends("button:has-text('Contes'):has-text('→ Cuisine')")
    assert not person.sees("déjà pris")
    person.follows("Publier les changements")
    person.presses("Publier")
    assert person.sees("Le programme est publié. Il n’y avait personne à prévenir.")

    # Two people say yes, to two parts
    for name, who in (("Répare ton vélo", "Samira"), ("Ouverture", "Ben")):
        guest.opens("…/")
        guest.follows("Fête des arches")
        replies(guest, name, who)
    assert entry(guest, "Répare ton vélo") == ("Sat 14:30", 0)
    tickets = carried(mail_server, clock)
    assert tickets == ["samira@example.org", "ben@example.org"]

    # A part moves: nobody knows, until it is published; then one letter leaves
    person.sends("button:has-text('+15 min'):has-text('Répare ton vélo')")
    assert person.sees("Non publié")
    assert entry(guest, "Répare ton vélo") == ("Sat 14:30", 0)
    person.follows("Publier les changements")
    assert person.sees("jusqu’ici : samedi 12 juin, de 14 h 30 à 16 h")
    assert person.sees("En tout, 1 lettre")
    person.presses("Publier")
    assert person.sees("1 lettre part dans dix minutes.")

    assert carried(mail_server, clock) == ["samira@example.org"]
    assert "14 h 45" in Read(mail_server.raw[-1]).html_text

    # Everybody sees it, and calendars take it over
    guest.opens("…/")
    guest.follows("Fête des arches")
    assert guest.sees("14 h 45 – 16 h 15")
    begin, sequence = entry(guest, "Répare ton vélo")
    assert begin == "Sat 14:45"
    assert sequence > 0


def carried(mail_server, clock) -> list[str]:
    """Let the relay carry what is due in eleven minutes; return to whom it went."""
    before = len(mail_server.taken)
    clock.moves(minutes=11)
    db.session.rollback()
    relay.carry()
    return mail_server.recipients[before:]


# By keyboard


FOCUSED = """() => {
  const it = document.activeElement
  return [...(it.labels ?? []), it].map(each => each.innerText).join(' ')
}"""


def tabs_to(person, words: str) -> None:
    """Press Tab until the keyboard is on what says *words*."""
    for _ in range(80):
        person.page.keyboard.press("Tab")
        if words in " ".join(person.page.evaluate(FOCUSED).split()):
            return
    raise AssertionError(words)


def enters(person) -> None:
    """Press Return, and wait for where it leads."""
    person.house.clock.moves(seconds=READING_SECONDS)
    db.session.rollback()  # nobody waits for a test's own transaction
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")


def test_an_event_is_published_and_a_part_is_moved_with_a_keyboard_alone(
    organiser, build, spaces, wheel
):
    person, keyboard = organiser.person, organiser.page.keyboard
    organiser.opens("…/desk/")

    tabs_to(person, "Nouvel évènement")
    enters(person)
    tabs_to(person, "Nom")
    keyboard.type("Fête des arches")
    tabs_to(person, "Qu’est-ce que c’est")
    keyboard.type("Festival")
    tabs_to(person, "Publier")
    enters(person)
    assert organiser.heading == "Fête des arches"
    assert part("Fête des arches").published_at is not None

    tabs_to(person, "Programme")
    enters(person)
    tabs_to(person, "Nom")
    keyboard.type("Bal")
    tabs_to(person, "Espace")
    keyboard.type("Atelier")
    tabs_to(person, "Ajouter ce rendez-vous")
    enters(person)
    assert organiser.sees("14 h – 15 h")
    tabs_to(person, "+15 min Bal")
    enters(person)

    assert organiser.sees("14 h 15 – 15 h 15 Brouillon Bal Atelier")
