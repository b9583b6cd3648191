"""What each letter says, in both languages, and what travels with it."""

from __future__ import annotations

import contextvars
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache, partial
from pathlib import Path
from typing import Any

import icalendar
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select, update

from festival import create_app
from festival.domain import tokens
from festival.domain.words import Words
from festival.extensions import current_settings, db
from festival.formats import qr
from festival.mail import letters
from festival.models.journal import Letter, LetterStatus
from festival.models.rsvps import Rsvp
from festival.services import (
    accounts,
    amendments,
    directory,
    events,
    idle_accounts,
    queue,
    reminders,
    rsvps,
    stays,
)
from festival.services.letters import STRANGERS
from tests.builders import Builders
from tests.conftest import NOON, Clock, some_settings
from tests.visitor import Visitor, seen

TEMPLATES = Path(__file__).parents[2] / "templates" / "mail"
SATURDAY_2PM = datetime(2027, 6, 5, 12, 0, tzinfo=UTC)
ONLINE = "https://meet.example/velo"

BROWSER = "which-asked-for-the-link"

both_languages = pytest.mark.parametrize("language", ["fr", "en"])
each_kind = pytest.mark.parametrize("kind", letters.KINDS)


class Writer:
    """Causes a letter of any kind through the services, and writes it."""

    def __init__(self, build: Builders, clock: Clock, language: str) -> None:
        self.build, self.clock, self.language = build, clock, language
        self.facts: dict[str, Any] = {}
        self.place: dict[str, Any] = {}
        self.name = "Samira"
        self.first_arrives = True  # before anything else happens

    def event(self, **facts: Any) -> Any:
        number = db.session.query(Letter).count()
        venue = self.build.venue(f"halle-{number}", **self.place)
        return self.build.event(
            f"velo-{number}",
            **{
                "name": Words(fr="Répare ton vélo", en="Fix your bike"),
                "starts_at": SATURDAY_2PM,
                "ends_at": SATURDAY_2PM + timedelta(hours=3),
                "doors_at": SATURDAY_2PM - timedelta(minutes=15),
                "venue": venue,
                "space": self.build.space(venue),
                "bring_note": Words(fr="Votre vélo.", en="Your bike."),
                "online_link": ONLINE,
                "capacity": 2,
                **facts,
                **self.facts,
            },
        )

    def guest(self, event: Any, **facts: Any) -> Any:
        self.rsvp = self.build.guest(
            event,
            self.name,
            **{
                "party_size": 2,
                "language": self.language,
                "address": "samira@example.org",
                **facts,
            },
        )
        if self.first_arrives:
            sent = {"status": LetterStatus.SENT, "final_at": self.clock()}
            first = update(Letter).where(Letter.rsvp_id == self.rsvp.id)
            db.session.execute(first.values(sent))
        return self.rsvp

    def waiting_guest(self, event: Any) -> Any:
        self.first = self.build.guest(event, "Ben", party_size=2)
        return self.guest(event)

    def letter(self, kind: str) -> Letter:
        # As if nobody had written to Samira today: else most of it would gather.
        db.session.execute(update(Letter).values(limit_key=None))
        getattr(self, kind.replace("-", "_"))()
        db.session.commit()
        latest = select(Letter).where(
            Letter.kind == kind, Letter.recipient == "samira@example.org"
        )
        self.latest = db.session.scalars(latest.order_by(Letter.id.desc())).first()
        return self.latest

    def at(self, hours: float) -> datetime:
        """The instant so many hours before this Saturday, 2pm; the clock stays."""
        return SATURDAY_2PM - timedelta(hours=hours)

    def writes(self, kind: str) -> Read:
        message = letters.written(self.letter(kind), self.clock())
        read = Read(message.as_bytes())
        read.facts = self.latest.facts
        if kind not in DESK:
            db.session.refresh(self.rsvp)
            read.public_id, read.version = self.rsvp.public_id, self.rsvp.version
        return read

    # One cause for each kind

    def rsvp_confirm(self) -> None:
        self.guest(self.event(reply_policy="mail"))

    def rsvp_confirmed(self) -> None:
        self.guest(self.event())

    def rsvp_waiting(self) -> None:
        self.waiting_guest(self.event())

    def rsvp_promoted(self) -> None:
        self.waiting_guest(self.event())
        rsvps.withdraw(self.first, now=self.at(2))

    def rsvp_offer(self) -> None:
        self.waiting_guest(self.event())
        rsvps.withdraw(self.first, now=self.clock())

    def offer_lapsed(self) -> None:
        self.rsvp_offer()
        queue.settle(self.rsvp.event, self.clock() + timedelta(hours=13))

    def taken_away(self) -> None:
        rsvp = self.guest(self.event())
        sent = update(Letter).where(Letter.rsvp_id == rsvp.id)
        db.session.execute(sent.values(status=LetterStatus.SENT, final_at=self.clock()))
        mended = self.build.reply(self.name, address="samir@example.org")
        amendments.correct_address(rsvp, mended, now=self.clock())

    def reminder(self) -> None:
        self.guest(self.event())
        reminders.remind_due(self.at(24), at_most=9)

    def still_coming(self) -> None:
        self.guest(self.event(asks_still_coming=True))
        reminders.ask_due(self.at(48), at_most=9)

    def rsvp_changed(self) -> None:
        amendments.change_party(self.guest(self.event()), 1, now=self.clock())

    def rsvp_withdrawn(self) -> None:
        rsvps.withdraw(self.guest(self.event()), now=self.clock())

    def rsvp_repeat(self) -> None:
        event = self.event(capacity=10)
        rsvp = self.guest(event)
        self.guest(event, party_size=4)
        self.rsvp = rsvp

    def ticket_again(self) -> None:
        self.guest(self.event())
        rsvps.send_again("samira@example.org", self.language, now=self.clock())

    def my_calendar(self) -> None:
        self.build.calendar(self.guest(self.event()))

    def account(self) -> Any:
        return accounts.welcome(
            "samira@example.org",
            self.name,
            language=self.language,
            actor="test",
            now=self.clock(),
        )

    def sign_in(self) -> None:
        self.account()
        address, now = "samira@example.org", self.clock()
        stays.ask(address, BROWSER, language=self.language, now=now)

    def invitation(self) -> None:
        stays.invite(self.account(), "Inès", now=self.clock())

    def idle_account(self) -> None:
        self.account()
        idle_accounts.tidy(self.clock() + idle_accounts.UNUSED)

    def event_changed(self) -> None:
        self.guest(event := self.event())
        later = {"starts_at": SATURDAY_2PM + timedelta(minutes=30)}
        yard = self.build.space(event.venue, "cour", name=Words(fr="Cour", en="Yard"))
        events.revise(event, actor="test", now=self.clock(), space=yard, **later)

    def event_cancelled(self) -> None:
        self.guest(event := self.event())
        reason = Words(fr="L’atelier est inondé.", en="The workshop is flooded.")
        events.cancel(event, reason, actor="test", now=self.clock())

    def event_postponed(self) -> None:
        self.guest(event := self.event())
        events.postpone(event, Words(), actor="test", now=self.clock())


class Read:
    """A letter as it was received."""

    facts: dict[str, Any]  # that it was written from
    public_id = ""  # of the reply it is about
    version = 0

    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self.mail = message_from_bytes(content, policy=default)
        self.subject = self.mail["Subject"].replace("\u00a0", " ").strip()
        self.plain = self._part("plain").get_content().replace("\u00a0", " ")
        self.html = BeautifulSoup(self._part("html").get_content(), "html.parser")
        self.html_text = seen(self.html.body)
        self.links = [link["href"] for link in self.html.select("a[href]")]

    def _part(self, kind: str) -> EmailMessage:
        part = self.mail.get_body((kind,))
        assert isinstance(part, EmailMessage)
        return part

    @property
    def tree(self) -> list[str]:
        return [part.get_content_type() for part in self.mail.walk()]

    @property
    def calendars(self) -> list[bytes]:
        kinds = {"text/calendar", "application/ics"}
        return [
            part.get_payload(decode=True)
            for part in self.mail.walk()
            if part.get_content_type() in kinds
        ]

    @property
    def calendar(self) -> Any:
        return icalendar.Calendar.from_ical(self.calendars[0])


@pytest.fixture
def writer(build: Builders, clock: Clock) -> Callable[..., Writer]:
    return lambda language="fr": Writer(build, clock, language)


DESK = {"sign-in", "invitation", "idle-account"}  # to who works there, of no event
TAKING_BACK = {"taken-away"}  # what only a house that reads replies can write

HOUSES: dict[str, dict[str, Any]] = {
    "plain": {},
    "that reads replies": {
        "CALENDAR_ADDRESS": "agenda@halle.example",
        "MAILBOX_SERVER": "127.0.0.1",
        "MAILBOX_USERNAME": "agenda",
        "MAILBOX_PASSWORD": "agenda",
    },
    "demonstration": {"DEMO": True, "CALENDAR_ADDRESS": "agenda@halle.example"},
}


@pytest.fixture(scope="module")
def bag(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Read]:
    """One letter of each kind, written once for every test that only reads it."""

    @cache
    def written(language: str, house: str) -> dict[str, Read]:
        folder = tmp_path_factory.mktemp("bag")
        shutil.copy(migrated_file, folder)
        app = create_app(some_settings(INSTANCE=str(folder), **HOUSES[house]))
        clock = Clock()
        with pytest.MonkeyPatch.context() as patch, app.app_context():
            patch.setattr("festival.clock.now", clock)
            writer = Writer(Builders(clock), clock, language)
            kinds = sorted(letters.KINDS, reverse=True)  # one ticket, then others
            found = {
                kind: writer.writes(kind)
                for kind in kinds
                if kind not in TAKING_BACK or "CALENDAR_ADDRESS" in HOUSES[house]
            }
            db.session.remove()
            db.engine.dispose()
        return found

    def letter(kind: str, language: str = "fr", house: str = "plain") -> Read:
        if kind in TAKING_BACK and house == "plain":
            house = "that reads replies"
        return written(language, house)[kind]

    return letter


@pytest.fixture
def rewritten(bag: Callable[..., Read], app_without_rows: Flask) -> Callable[..., Read]:
    """A letter of the bag, as if its facts had been a little otherwise."""

    def written(
        kind: str, facts: dict[str, Any], reply: dict[str, Any], language: str
    ) -> Read:
        frozen = bag(kind, language).facts
        letter = Letter(
            kind=kind,
            message_id="<1@halle.example>",
            recipient="samira@example.org",
            language=language,
            facts={**frozen, **facts, "reply": {**frozen["reply"], **reply}},
        )
        with app_without_rows.app_context():
            return Read(letters.written(letter, NOON).as_bytes())

    return written


@pytest.fixture(scope="module")
def app_without_rows(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(some_settings(INSTANCE=str(tmp_path_factory.mktemp("empty"))))


# Words


def test_every_kind_of_letter_has_its_two_templates_and_no_template_is_left_over() -> (
    None
):
    wanted = {
        f"{kind}.{suffix}" for kind in letters.KINDS for suffix in ("txt", "html")
    }
    shared = {"_layout.txt", "_layout.html", "_parts.txt", "_parts.html"}

    assert {path.name for path in TEMPLATES.iterdir()} == wanted | shared
    assert set(letters.KINDS) >= STRANGERS | letters.WITH_PICTURE


SUBJECTS = {
    "sign-in": (
        "Halle Belleville : le lien qui ouvre le bureau",
        "Halle Belleville: the link that opens the desk",
    ),
    "invitation": (
        "Halle Belleville : une invitation au bureau",
        "Halle Belleville: you are invited to the desk",
    ),
    "idle-account": (
        "Halle Belleville : le bureau vous sert-il encore ?",
        "Halle Belleville: do you still use the desk?",
    ),
    "rsvp-confirm": (
        "À confirmer : Répare ton vélo, samedi 14 h, 2 places",
        "Please confirm: Fix your bike, Saturday 2pm, 2 places",
    ),
    "rsvp-confirmed": (
        "Samedi 14 h : Répare ton vélo, 2 places à votre nom",
        "Saturday 2pm: Fix your bike, 2 places in your name",
    ),
    "rsvp-waiting": (
        "Samedi 14 h : Répare ton vélo, vous êtes sur la liste d’attente",
        "Saturday 2pm: Fix your bike, you are on the waiting list",
    ),
    "rsvp-offer": (
        "Bonne nouvelle pour samedi 14 h : Répare ton vélo, 2 places à prendre",
        "Good news for Saturday 2pm: Fix your bike, 2 places to take",
    ),
    "offer-lapsed": (
        "Samedi 14 h : Répare ton vélo, le délai est passé",
        "Saturday 2pm: Fix your bike, the time to answer is over",
    ),
    "my-calendar": (
        "Halle Belleville : l’adresse de votre agenda",
        "Halle Belleville: the address of your calendar",
    ),
    "taken-away": (
        "Invitation retirée : Répare ton vélo, samedi 14 h",
        "Invitation taken back: Fix your bike, Saturday 2pm",
    ),
    "reminder": (
        "Rappel : Répare ton vélo, samedi 14 h",
        "Reminder: Fix your bike, Saturday 2pm",
    ),
    "still-coming": (
        "Venez-vous toujours ? Répare ton vélo, samedi 14 h",
        "Are you still coming? Fix your bike, Saturday 2pm",
    ),
    "rsvp-promoted": (
        "Bonne nouvelle pour samedi 14 h : Répare ton vélo, 2 places à votre nom",
        "Good news for Saturday 2pm: Fix your bike, 2 places in your name",
    ),
    "rsvp-changed": (
        "Samedi 14 h : Répare ton vélo, désormais 1 place à votre nom",
        "Saturday 2pm: Fix your bike, now 1 place in your name",
    ),
    "rsvp-withdrawn": (
        "Vous ne venez plus : Répare ton vélo, samedi 14 h",
        "You are not coming any more: Fix your bike, Saturday 2pm",
    ),
    "rsvp-repeat": (
        "Samedi 14 h : Répare ton vélo, vous aviez déjà 2 places",
        "Saturday 2pm: Fix your bike, you had 2 places already",
    ),
    "ticket-again": ("Votre billet", "Your ticket, again"),
    "event-changed": (
        "Changement : Répare ton vélo, samedi 14 h 30",
        "Changed: Fix your bike, Saturday 2.30pm",
    ),
    "event-cancelled": (
        "Annulé : Répare ton vélo, samedi 14 h",
        "Cancelled: Fix your bike, Saturday 2pm",
    ),
    "event-postponed": (
        "Reporté : Répare ton vélo, samedi 14 h",
        "Postponed: Fix your bike, Saturday 2pm",
    ),
}


@each_kind
def test_the_subject_says_when_what_and_how_many(
    bag: Callable[..., Read], kind: str
) -> None:
    assert (bag(kind, "fr").subject, bag(kind, "en").subject) == SUBJECTS[kind]


@each_kind
@both_languages
def test_the_plain_and_the_html_letter_say_the_same(
    bag: Callable[..., Read], kind: str, language: str
) -> None:
    letter = bag(kind, language)

    for line in letter.plain.splitlines():
        said = line.removeprefix("- ").removesuffix(":").strip()
        if said.startswith("https://"):
            assert said in letter.links
        else:
            assert said in letter.html_text
    for link in letter.links:
        assert link in letter.plain


@each_kind
def test_no_sentence_is_left_in_the_other_language(
    bag: Callable[..., Read], kind: str
) -> None:
    def sentences(language: str) -> set[str]:
        text = re.sub(r"https://\S+", "", bag(kind, language).plain)
        return {line for line in text.splitlines() if line.strip()}

    house = "12 rue des Arches, 75020 Paris"
    place = set() if kind in {"my-calendar", *DESK} else {house}
    assert sentences("fr") & sentences("en") == {*place, f"Halle Belleville, {house}"}


def test_a_confirmation_says_all_that_a_guest_needs(
    writer: Callable[..., Writer],
) -> None:
    samira = writer("fr")
    letter = samira.writes("rsvp-confirmed")
    code = samira.rsvp.door_code

    lines = [line for line in letter.plain.splitlines() if line]
    assert lines[:10] == [
        "Bonjour Samira,",
        "C’est noté. Votre réservation : 2 personnes.",
        "Répare ton vélo",
        "Samedi 5 juin, de 14 h à 17 h",
        "La Halle, Grande nef",
        "12 rue des Arches, 75020 Paris",
        "Accueil dès 13 h 45.",
        f"Code pour l’entrée : {code[:3]} {code[3:]}",
        "2 personnes, au nom de Samira",
        "Pour participer en ligne :",
    ]
    assert lines[10] == ONLINE
    assert "Votre vélo." in lines
    assert "- Métro Arches, ligne 2" in lines
    assert "Une question ? 01 99 00 12 34, ou répondez à cette lettre." in lines


def test_a_day_further_away_is_named_with_its_date(
    writer: Callable[..., Writer], clock: Clock
) -> None:
    samira = writer("en")
    starts_at = clock() + timedelta(days=20, hours=2)
    samira.facts = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}

    subject = samira.writes("rsvp-confirmed").subject

    assert subject == "Monday 21 June, 2pm: Fix your bike, 2 places in your name"


def test_an_event_of_whole_days_names_no_hour(writer: Callable[..., Writer]) -> None:
    samira = writer("en")
    midnight = datetime(2027, 6, 4, 22, 0, tzinfo=UTC)
    samira.facts = {
        "all_day": True,
        "starts_at": midnight,
        "ends_at": midnight + timedelta(days=1),
    }

    letter = samira.writes("rsvp-confirmed")

    assert letter.subject == "Saturday: Fix your bike, 2 places in your name"
    assert "Doors open" not in letter.plain


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (4, "Vous aviez déjà 2 places ; vous en demandez 4."),
        (2, "rien ne change."),
        (0, "on nous dit maintenant que vous ne venez pas."),
    ],
)
def test_a_repeat_says_what_was_there_and_what_was_asked(
    writer: Callable[..., Writer], asked: int, said: str
) -> None:
    samira = writer("fr")
    letter = samira.letter("rsvp-repeat")
    letter.facts = {**letter.facts, "asked": asked}

    read = Read(letters.written(letter, samira.clock()).as_bytes())

    assert said in read.plain
    changes = [link for link in read.links if "?party=" in link]
    assert [link.partition("?")[2] for link in changes] == (
        ["party=4#change"] if asked == 4 else []
    )
    assert any(link.endswith("#cancel") for link in read.links) == (asked == 0)


def test_a_letter_with_all_tickets_shows_each_as_it_stands(
    writer: Callable[..., Writer], build: Builders
) -> None:
    samira = writer("en")
    confirmed = samira.guest(samira.event())
    waiting = samira.waiting_guest(samira.event())
    held = samira.guest(samira.event(reply_policy="mail"))
    db.session.execute(update(Letter).values(limit_key=None))
    rsvps.send_again("samira@example.org", "en", now=samira.clock())
    db.session.commit()
    sent = db.session.query(Letter).filter_by(kind="ticket-again").one()

    letter = Read(letters.written(sent, samira.clock()).as_bytes())

    assert letter.subject == "Your 3 tickets, again"
    assert letter.plain.count("Door code") == 1
    assert "You are on the waiting list for 2 people. You are 1st in line." in (
        letter.plain
    )
    assert "We are keeping 2 places for you until" in letter.plain
    for rsvp, purpose in (
        (confirmed, "manage"),
        (waiting, "manage"),
        (held, "confirm"),
    ):
        assert any(opens(link, purpose, rsvp) for link in letter.links)


# What some of them say


@pytest.mark.parametrize(
    ("kind", "facts", "reply", "fr", "en"),
    [
        ("rsvp-offer", {}, {}, "vous gardons 2 places jusqu’au mardi 1er juin à 22 h",
         "keeping 2 places for you until Tuesday 1 June at 10pm"),
        ("rsvp-offer", {}, {"held_until": "2027-06-01T09:00:00+00:00"},
         "Il est tard, mais s’il reste de la place", "It is late, but if there is"),
        ("rsvp-offer", {"part": 2}, {"party_size": 4, "status": "waiting"},
         "2 de vos 4 places sont libres : les prenez-vous ? Vous gardez votre rang",
         "2 of your 4 places are free: will you take them? You keep your rank"),
        ("rsvp-offer", {"part": 1}, {"party_size": 4, "status": "waiting"},
         "1 de vos 4 places est libre : la prenez-vous ?",
         "1 of your 4 places is free: will you take it?"),
        ("offer-lapsed", {}, {}, "Le délai est passé : la place est proposée",
         "The time to answer is over: the place is offered"),
        ("rsvp-waiting", {"lost": True}, {},
         "n’avons pas eu de réponse : 2 places à votre nom sont allées",
         "and had no answer, so 2 places went to somebody"),
        ("rsvp-changed", {"before": 4}, {"party_size": 2, "waiting_for": 2,
                                         "position": 3},
         "2 personnes de plus sont sur la liste d’attente. Vous êtes en 3ᵉ",
         "instead of 4 people. 2 more people are on the waiting list. You are 3rd"),
        ("rsvp-changed", {"before": 2}, {"party_size": 2, "waiting_for": 1,
                                         "position": 1},
         "réservation : 2 personnes. 1 personne de plus est sur la liste d’attente",
         "reservation: 2 people. 1 more person is on the waiting list. You are 1st"),
        ("rsvp-confirmed", {}, {"waiting_for": 2, "position": 1},
         "2 personnes de plus sont sur la liste", "2 more people are on the waiting"),
        ("rsvp-promoted", {}, {}, "vous n’êtes plus sur la liste d’attente",
         "you leave the waiting list"),
        ("rsvp-promoted", {}, {"waiting_for": 2, "position": 1},
         "Votre réservation est maintenant de 2 personnes. 2 personnes de plus",
         "Your reservation is now: 2 people. 2 more people are on the waiting list"),
        ("reminder", {"waiting": 4}, {}, "Vous ne venez plus ? Dites-le : 4 personnes",
         "Not coming any more? Say so: 4 people are waiting."),
        ("reminder", {"waiting": 1}, {}, "Dites-le : 1 personne attend.",
         "Say so: 1 person is waiting."),
        ("reminder", {"waiting": 0}, {}, "votre place servira à une autre personne",
         "your place will go to somebody else"),
        ("still-coming", {}, {}, "à partir du samedi 5 juin à 12 h",
         "may go to somebody who waits, from Saturday 5 June at midday on"),
        ("event-postponed", {}, {}, "Nous gardons votre inscription",
         "Your reply is kept"),
        ("event-postponed", {}, {"status": "waiting", "position": 2},
         "Vous gardez votre rang sur la liste", "You keep your rank in the waiting"),
        ("event-postponed", {}, {"status": "held",
                                 "held_until": "2027-06-01T10:30:00+00:00"},
         "Nous vous gardons 2 places jusqu’au mardi 1er juin à 12 h 30",
         "keeping 2 places for you until Tuesday 1 June at 12.30pm"),
        ("event-postponed", {}, {"status": "held",
                                 "held_until": "2027-06-01T09:30:00+00:00"},
         "Il est tard, mais s’il reste de la place", "It is late, but if there is"),
        ("event-changed", {}, {"status": "offered",
                               "held_until": "2027-06-04T18:00:00+00:00"},
         "Nous vous gardons 2 places jusqu’au vendredi 4 juin à 20 h",
         "We are keeping 2 places for you until Friday 4 June at 8pm"),
        ("event-changed", {}, {"status": "held",
                               "held_until": "2027-06-04T18:00:00+00:00"},
         "Confirmez ici", "Please confirm here"),
        ("rsvp-repeat", {}, {"status": "offered"},
         "Nous vous gardons déjà 2 places ; vous en demandez 4.",
         "We are keeping 2 places for you already; now you ask for 4."),
        ("rsvp-repeat", {}, {"status": "offered"},
         "Ce n’était pas vous ? Votre réponse reste telle quelle.",
         "Was this not you? Your reply stays as it is."),
    ],
)  # fmt: skip
def test_a_letter_says_how_things_stand(
    rewritten: Callable[..., Read],
    kind: str,
    facts: dict[str, Any],
    reply: dict[str, Any],
    fr: str,
    en: str,
) -> None:
    for language, sentence in (("fr", fr), ("en", en)):
        read = rewritten(kind, facts, reply, language)
        for text in (read.plain, read.html_text):
            assert sentence in " ".join(text.split())


@pytest.mark.parametrize(
    ("kind", "facts", "endings"),
    [
        ("rsvp-offer", {}, ["/confirm", "#cancel"]),
        ("rsvp-offer", {"part": 2}, ["/confirm", "#change"]),  # "no" keeps the rank
        ("offer-lapsed", {}, ["/confirm", "#change"]),
        ("rsvp-promoted", {}, ["#cancel"]),
        ("reminder", {}, ["#cancel", "/reminders"]),
        ("still-coming", {}, ["#still", "#cancel"]),
        ("event-postponed", {}, ["#change"]),
    ],
)
def test_a_letter_s_links_do_what_it_asks(
    rewritten: Callable[..., Read], kind: str, facts: dict[str, Any], endings: list[str]
) -> None:
    links = rewritten(kind, facts, {}, "fr").links

    ends = [re.split(r"(?=[#/])", link)[-1] for link in links if "/rsvp/" in link]
    assert ends == endings


def test_silence_is_no_threat_where_it_frees_no_place(
    writer: Callable[..., Writer],
) -> None:
    samira = writer("en")
    samira.facts = {"capacity": None}

    assert "Without an answer" not in samira.writes("still-coming").plain


def test_what_is_taken_back_from_a_stranger_s_calendar_names_nobody(
    bag: Callable[..., Read],
) -> None:
    letter = bag("taken-away")

    assert letter.calendar["METHOD"] == "CANCEL"
    assert letter.calendar.events[0]["ATTENDEE"] == "mailto:samira@example.org"
    assert letter.mail["To"] == "samira@example.org"
    assert letter.links == []
    assert "Samira" not in letter.plain + repr(letter.calendars)


# Links


def opens(link: str, purpose: str, rsvp: Rsvp | Read) -> bool:
    found = re.search(r"/(?:rsvp|ticket)/([\w-]{36})", link)
    keys = current_settings().keys
    return bool(
        found
        and tokens.public_id(found[1]) == rsvp.public_id
        and tokens.opens(keys, purpose, found[1], rsvp.version)
    )


FIRST_LETTERS = {"rsvp-confirm", "rsvp-confirmed", "rsvp-waiting"}
PURPOSES = {"confirm", "erase", "silence", "reminders"}


@pytest.mark.parametrize("kind", [k for k in letters.KINDS if k not in TAKING_BACK])
def test_every_link_of_a_letter_opens_a_page(
    app: Flask, writer: Callable[..., Writer], kind: str
) -> None:
    letter = writer("en").writes(kind)
    db.session.rollback()

    client = app.test_client()
    client.set_cookie("__Host-desk-browser", BROWSER, domain="halle.example")

    assert letter.links
    for link in letter.links:
        if link == ONLINE:
            continue
        assert link.startswith("https://halle.example/en/")
        opens = partial(client.get, link.partition("#")[0], follow_redirects=True)
        answer = contextvars.Context().run(opens)
        assert answer.status_code == 200, link


@pytest.mark.parametrize(("party", "chosen"), [("4", "4"), ("6", "2"), ("9" * 9, "2")])
def test_the_link_that_asks_for_four_opens_a_form_that_says_four(
    visitor: Visitor, writer: Callable[..., Writer], party: str, chosen: str
) -> None:
    letter = writer("fr").writes("rsvp-repeat")
    (link,) = (link for link in letter.links if "?party=4" in link)
    path = link.removeprefix("https://halle.example").partition("#")[0]

    page = visitor.opens(path.replace("party=4", f"party={party}"))

    assert page.fields["party_size"] == chosen


@each_kind
def test_links_carry_the_token_of_their_purpose(
    app: Flask, bag: Callable[..., Read], kind: str
) -> None:
    letter = bag(kind)

    for link in letter.links:
        if "/rsvp/" in link:
            ending = link.partition("#")[0].rpartition("/")[2]
            purpose = ending if ending in PURPOSES else "manage"
            assert opens(link, purpose, letter)
    for ending in ("erase", "silence"):
        there = any(link.endswith(f"/{ending}") for link in letter.links)
        assert there == (kind in FIRST_LETTERS)
    there = any(link.endswith("/reminders") for link in letter.links)
    assert there == (kind == "reminder")


def test_the_picture_is_the_ticket_s_link(writer: Callable[..., Writer]) -> None:
    samira = writer("fr")
    letter = samira.writes("rsvp-confirmed")
    (image,) = letter.html.select("img")
    (picture,) = (p for p in letter.mail.walk() if p.get_content_type() == "image/png")
    token = tokens.write(
        current_settings().SECRET_KEY, "ticket", samira.rsvp.public_id, 0
    )

    assert picture["Content-ID"] == f"<{image['src'].removeprefix('cid:')}>"
    assert picture.get_payload(decode=True) == qr.png(
        f"https://halle.example/fr/ticket/{token}", letters.PIXELS
    )


def test_links_come_from_the_settings_whatever_a_request_says(
    app: Flask, writer: Callable[..., Writer]
) -> None:
    samira = writer("fr")
    letter = samira.letter("rsvp-confirmed")

    with app.test_request_context(base_url="https://evil.example"):
        message = letters.written(letter, samira.clock())

    assert "evil.example" not in message.as_string()
    assert "https://halle.example/fr/rsvp/" in (message.body or "")


@pytest.mark.parametrize(
    "name", ["[Click](https://evil.example)", "<b>Bo</b> & Co", "{{ 7 * 7 }} %(x)s"]
)
@pytest.mark.parametrize("kind", ["rsvp-confirmed", "rsvp-waiting", "rsvp-repeat"])
def test_what_a_stranger_typed_stays_what_it_is(
    writer: Callable[..., Writer], kind: str, name: str
) -> None:
    samira = writer("fr")
    samira.name = name

    letter = samira.writes(kind)

    assert f"Bonjour {name}," in letter.plain
    assert f"Bonjour {name}," in letter.html_text
    assert not letter.html.select("b")
    assert not any("evil" in link for link in letter.links)


@each_kind
def test_the_online_link_is_for_those_who_come(
    bag: Callable[..., Read], kind: str
) -> None:
    letter = bag(kind, house="that reads replies")

    everything = letter.plain + str(letter.html) + repr(letter.calendars)
    assert (ONLINE in everything) == (
        kind in {*INVITING, *ASKING, "rsvp-repeat", "ticket-again", "event-changed"}
    )


def test_text_in_a_foreign_language_says_so(writer: Callable[..., Writer]) -> None:
    samira = writer("fr")
    samira.facts = {"name": Words(ar="ليلة العود")}

    letter = samira.writes("rsvp-confirmed")

    heading = letter.html.select_one("h2 span")
    assert heading is not None
    assert (heading["lang"], heading["dir"]) == ("ar", "rtl")
    assert "ليلة العود" in letter.subject


def test_what_changes_afterwards_changes_no_letter(
    writer: Callable[..., Writer],
) -> None:
    samira = writer("en")
    letter = samira.letter("rsvp-confirmed")
    samira.rsvp.event.name = Words(en="Something else")
    samira.rsvp.name = "Somebody else"
    db.session.commit()

    message = letters.written(letter, samira.clock())

    assert "Fix your bike" in message.subject
    assert "Hello Samira," in (message.body or "")


# The whole


@each_kind
@both_languages
def test_a_letter_is_light_and_fetches_nothing(
    bag: Callable[..., Read], kind: str, language: str
) -> None:
    letter = bag(kind, language, house="that reads replies")

    assert letter.size < 30_000
    assert not letter.html.select("script, link, iframe, form, style, [srcset]")
    assert all(image["src"].startswith("cid:") for image in letter.html.select("img"))
    assert all(image["alt"] for image in letter.html.select("img"))
    assert "url(" not in str(letter.html)
    assert letter.html.select_one("html")["lang"] == language


def test_its_head_says_who_writes_and_that_nobody_need_answer_it_by_machine(
    writer: Callable[..., Writer],
) -> None:
    samira = writer("fr")
    posted = samira.letter("rsvp-confirmed")
    samira.clock.moves(hours=1)

    mail = Read(letters.written(posted, samira.clock()).as_bytes()).mail

    assert mail["From"] == "Halle Belleville <bonjour@halle.example>"
    assert mail["Reply-To"] == "Halle Belleville <bonjour@halle.example>"
    assert mail["To"] == "samira@example.org"
    assert mail["Message-ID"] == posted.message_id
    assert mail["Date"].datetime == samira.clock()
    assert mail["Auto-Submitted"] == "auto-generated"


@each_kind
def test_reminders_alone_are_left_off_by_one_click(
    bag: Callable[..., Read], kind: str
) -> None:
    mail = bag(kind).mail

    if kind == "reminder":
        link = mail["List-Unsubscribe"].strip(" <>")
        assert link in bag(kind).links
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    else:
        assert "List-Unsubscribe" not in mail
        assert "List-Unsubscribe-Post" not in mail


@pytest.mark.parametrize(
    ("address", "answers"),
    [
        ("velo@atelier.example", "Atelier <velo@atelier.example>"),
        ("", "Halle Belleville <bonjour@halle.example>"),
        ("vélo@atelier.example", "Halle Belleville <bonjour@halle.example>"),
    ],
)
def test_who_organises_it_answers(
    writer: Callable[..., Writer], address: str, answers: str
) -> None:
    samira = writer("fr")
    wheel = directory.welcome("wheel", "Atelier", email=address)
    samira.facts = {"organisers": [wheel]}

    assert samira.writes("rsvp-confirmed").mail["Reply-To"] == answers


@pytest.mark.parametrize(
    ("language", "in_time", "late"),
    [
        ("fr", "Nous vous gardons 2 places jusqu’au", "Il est tard"),
        ("en", "We are keeping 2 places for you until", "It is late"),
    ],
)
def test_a_letter_that_goes_out_late_promises_no_seats(
    writer: Callable[..., Writer], language: str, in_time: str, late: str
) -> None:
    samira = writer(language)
    letter = samira.letter("rsvp-confirm")

    for minutes, said, unsaid in ((29, in_time, late), (31, late, in_time)):
        sent_at = samira.clock() + timedelta(minutes=minutes)
        read = Read(letters.written(letter, sent_at).as_bytes())
        for text in (read.plain, read.html_text):
            assert said in " ".join(text.split())
            assert unsaid not in " ".join(text.split())
        assert any("confirm" in link for link in read.links)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ["Jusqu’ici : samedi 5 juin, de 14 h à 17 h.",
                "Jusqu’ici : La Halle, Grande nef."]),
        ("en", ["Until now: Saturday 5 June, 2pm to 5pm.",
                "Until now: La Halle, Great nave."]),
    ],
)  # fmt: skip
def test_a_change_is_told_with_what_was_before(
    bag: Callable[..., Read], language: str, said: list[str]
) -> None:
    letter = bag("event-changed", language)

    for sentence in said:
        assert sentence in letter.plain
        assert sentence in letter.html_text


@pytest.mark.parametrize(
    ("was", "changed", "fr", "en"),
    [
        ({"doors_at": "2027-06-05T10:30:00+00:00"}, [],
         "Jusqu’ici : accueil dès 12 h 30.", "Until now: doors at 12.30pm."),
        ({}, ["online_link"], "Le lien pour participer en ligne est nouveau.",
         "The link to join online is new."),
        ({"venue": "", "space": {}}, [],
         "Le lieu est maintenant connu.", "The place is known now."),
        ({"status": "cancelled"}, [],
         "Bonne nouvelle : un rendez-vous auquel vous avez dit oui aura bien lieu.",
         "Good news: an event you said yes to takes place after all."),
        ({"status": "postponed"}, [],
         "Bonne nouvelle : un rendez-vous", "Good news: an event"),
    ],
)  # fmt: skip
def test_whatever_has_changed_is_said(
    bag: Callable[..., Read],
    rewritten: Callable[..., Read],
    was: dict[str, Any],
    changed: list[str],
    fr: str,
    en: str,
) -> None:
    for language, sentence in (("fr", fr), ("en", en)):
        before = bag("event-changed", language).facts["was"]
        facts = {"was": {**before, **was}, "changed": changed}
        said = rewritten("event-changed", facts, {}, language)
        unsaid = bag("event-changed", language)  # doors moved along with the start
        for text, other in (
            (said.plain, unsaid.plain),
            (said.html_text, unsaid.html_text),
        ):
            assert sentence in text
            assert re.split(r"\d", sentence)[0] not in other


@pytest.mark.parametrize(
    ("status", "subject"), [("scheduled", "Changed: "), ("cancelled", "It takes place")]
)
def test_what_was_called_off_and_comes_back_says_so_at_once(
    bag: Callable[..., Read],
    rewritten: Callable[..., Read],
    status: str,
    subject: str,
) -> None:
    before = bag("event-changed", "en").facts["was"]
    facts = {"was": {**before, "status": status}}

    letter = rewritten("event-changed", facts, {}, "en")

    assert letter.subject.startswith(subject)


def test_a_link_that_is_gone_is_said(
    bag: Callable[..., Read], rewritten: Callable[..., Read]
) -> None:
    event = {**bag("event-changed", "en").facts["event"], "online_link": ""}
    facts = {"event": event, "changed": ["online_link"]}

    letter = rewritten("event-changed", facts, {}, "en")

    assert "It can no longer be joined online." in letter.plain
    assert "is new" not in letter.plain


@pytest.mark.parametrize(
    "kind",
    ["rsvp-changed", "rsvp-confirmed", "rsvp-waiting", "rsvp-withdrawn"],
)
def test_a_letter_about_what_is_postponed_says_so(
    bag: Callable[..., Read], rewritten: Callable[..., Read], kind: str
) -> None:
    sentence = "this event is postponed. Its new date is not known yet."
    event = {**bag(kind, "en").facts["event"], "status": "postponed"}

    letter = rewritten(kind, {"event": event, "calendar": None}, {}, "en")

    assert sentence in letter.plain
    assert sentence in letter.html_text
    assert sentence not in bag(kind, "en").plain


@both_languages
def test_who_is_only_offered_places_is_shown_no_ticket_for_them(
    rewritten: Callable[..., Read], language: str
) -> None:
    until = "2027-06-04T18:00:00+00:00"
    letter = rewritten(
        "rsvp-repeat", {}, {"status": "offered", "held_until": until}, language
    )

    subject = "Bonne nouvelle pour samedi" if language == "fr" else "Good news for Sat"
    assert letter.subject.startswith(subject)
    assert any(link.endswith("/confirm") for link in letter.links)
    for unsaid in ("Code pour", "Door code", "nothing you have", "Vous n’avez rien"):
        assert unsaid not in letter.plain
        assert unsaid not in letter.html_text


@each_kind
def test_each_letter_of_a_demonstration_says_that_it_is_one(
    bag: Callable[..., Read], kind: str
) -> None:
    for language, said in (
        ("fr", "Ceci est une démonstration"),
        ("en", "This is a demonstration"),
    ):
        letter = bag(kind, language, house="demonstration")
        assert said in letter.plain
        assert said in letter.html_text
        assert said not in bag(kind, language).plain


# The calendar

INVITING = ("rsvp-confirmed", "rsvp-promoted", "rsvp-changed")
ASKING = ("reminder", "still-coming")
SILENT = (
    *("rsvp-confirm", "rsvp-waiting", "rsvp-repeat", "ticket-again"),
    *("rsvp-offer", "offer-lapsed", *ASKING),
)


def test_a_confirmation_invites(bag: Callable[..., Read]) -> None:
    letter = bag("rsvp-confirmed", house="that reads replies")

    assert letter.tree == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/calendar",
        "application/ics",
    ]
    assert letter.calendars[0] == letter.calendars[1]
    (event,) = letter.calendar.events
    assert letter.calendar["METHOD"] == "REQUEST"
    assert event["ORGANIZER"] == "mailto:agenda@halle.example"
    assert letter.mail["From"] == "Halle Belleville <agenda@halle.example>"
    assert letter.mail["Reply-To"] == "Halle Belleville <bonjour@halle.example>"
    assert event["ATTENDEE"] == "mailto:samira@example.org"
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert event["SUMMARY"] == "Répare ton vélo"
    assert event.start == SATURDAY_2PM


@pytest.mark.parametrize(
    ("kind", "method", "status", "sequence"),
    [
        *((kind, "REQUEST", "CONFIRMED", 0) for kind in INVITING),
        ("rsvp-withdrawn", "CANCEL", None, 1),  # the event itself goes on
        ("event-changed", "REQUEST", "CONFIRMED", 1),
        ("event-cancelled", "CANCEL", "CANCELLED", 2),
        ("event-postponed", "CANCEL", "CANCELLED", 2),
    ],
)
def test_what_a_guest_s_calendar_is_told(
    bag: Callable[..., Read],
    kind: str,
    method: str,
    status: str | None,
    sequence: int,
) -> None:
    letter = bag(kind, house="that reads replies")

    (event,) = letter.calendar.events
    assert letter.calendar["METHOD"] == method
    assert event.get("STATUS") == status
    assert event["SEQUENCE"] == sequence
    assert event["ATTENDEE"] == "mailto:samira@example.org"
    (part,) = (p for p in letter.mail.walk() if p.get_content_type() == "text/calendar")
    assert part.get_param("method") == method


@pytest.mark.parametrize("kind", SILENT)
def test_other_letters_say_nothing_to_calendars(
    bag: Callable[..., Read], kind: str
) -> None:
    assert bag(kind, house="that reads replies").calendars == []


@pytest.mark.parametrize("kind", [*INVITING, "event-cancelled", "event-postponed"])
def test_a_house_without_a_calendar_mailbox_sends_the_public_entry_as_a_file(
    bag: Callable[..., Read], kind: str
) -> None:
    letter = bag(kind)

    (event,) = letter.calendar.events
    (file,) = (p for p in letter.mail.walk() if p.get_content_type() == "text/calendar")
    assert file.is_attachment()
    assert file.get_filename() == "event.ics"
    assert letter.calendar["METHOD"] == "PUBLISH"
    assert event["ORGANIZER"] == "mailto:bonjour@halle.example"
    assert "ATTENDEE" not in event
    assert event["STATUS"] == {
        "event-cancelled": "CANCELLED",
        "event-postponed": "TENTATIVE",
    }.get(kind, "CONFIRMED")
    assert event["SEQUENCE"] == (1 if kind.startswith("event-") else 0)


def test_there_a_guest_s_change_of_mind_is_for_them_to_note(
    bag: Callable[..., Read],
) -> None:
    letter = bag("rsvp-withdrawn")

    assert letter.calendars == []
    assert "pensez à l’en retirer" in letter.plain


def test_somebody_who_withdraws_and_comes_after_all_is_not_ignored(
    make_app: Callable[..., Flask], clock: Clock
) -> None:
    with make_app(**HOUSES["that reads replies"]).app_context():
        samira = Writer(Builders(clock), clock, "fr")
        cancelled = samira.writes("rsvp-withdrawn")
        rsvps.come_back(samira.rsvp, now=samira.clock())
        db.session.commit()
        again = db.session.query(Letter).order_by(Letter.id.desc()).first()

        invited = Read(letters.written(again, samira.clock()).as_bytes())

        assert invited.calendar["METHOD"] == "REQUEST"
        assert (
            invited.calendar.events[0]["SEQUENCE"]
            > cancelled.calendar.events[0]["SEQUENCE"]
        )
