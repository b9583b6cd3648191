"""Every page and state of the site by name, and how a person gets there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.models.directory import Space
from festival.models.journal import Letter, LetterStatus
from festival.queries import agenda
from festival.services import amendments, events, rsvps
from tests.browser.house import Person
from tests.builders import Builders
from tests.visitor import link_of

if TYPE_CHECKING:
    from playwright.sync_api import Response

    from festival.models.events import Event
    from festival.models.rsvps import PersonalCalendar, Repeat, Rsvp

Way = Callable[[Person, Builders], "Response"]

PLACES: dict[str, Way] = {}
REPLY = "form[action$='/reply'] button:not([name])"
numbers = count(1)


def place(way: Way) -> Way:
    PLACES[way.__name__.replace("_", " ")] = way
    return way


def at(path: str) -> Way:
    return lambda person, _: person.opens(path)


def event_in(state: str, more: str = "") -> Way:
    return lambda person, _: person.opens(f"…/events/{person.house.slugs[state]}{more}")


PLACES |= {
    "agenda": at("…/"),
    "agenda, every date": at("…/?when=all"),
    "agenda, filtered": at("…/?when=all&kind=workshop&kind=concert&q=e"),
    "agenda, empty": at("…/?when=weekend&kind=residency&q=zzz"),
    "agenda, empty without choices": at("…/?from=2198-01-01"),
    "agenda, past": at("…/?when=past"),
    "agenda, a year": at("…/?when=past&from=2018-01-01&until=2018-12-31"),
    "agenda, every choice": at(
        "…/?when=all&kind=concert&venue=halle-belleville&organisation=voix-du-haut"
        "&access=step-free&access=lsf&language=fr&language=ar&seats=free"
        "&until=2199-12-31&q=zz"
    ),
    "festival, second day": lambda person, _: person.opens(
        f"…/events/{person.house.slugs['festival']}?day={second_day(person)}"
    ),
    "festival, whole": event_in("festival", "?day=all"),
    "festival, one kind": event_in("festival", "?day=all&kind=concert"),
    "venues": at("…/venues/"),
    "venue": at("…/venues/halle-belleville"),
    "venue of the past": at("…/venues/halle-civique-de-belleville"),
    "venue without facts": at("…/venues/le-petit-lavoir"),
    "space": at("…/venues/halle-belleville/cuisine"),
    "organisations": at("…/organisations/"),
    "organisation": at("…/organisations/voix-du-haut"),
    "organisation of the past": at("…/organisations/les-halles-civiques"),
    "competition of the past": at("…/competitions/world-cup-2018"),
    "agenda, date misread": at("…/?from=hier"),
    **{
        f"event, {state.replace('_', ' ')}": event_in(state)
        for state in (
            *("open", "few", "waiting_list", "full", "not_yet", "closed", "drop_in"),
            *("elsewhere", "cancelled", "postponed", "past", "by_mail", "festival"),
            *("part", "question", "unlisted", "youth", "discreet", "match", "series"),
            "archived",
        )
    },
    "event in Arabic": event_in("ar", "?lang=ar"),
    "event in Chinese": event_in("zh-Hans", "?lang=zh-Hans"),
    "subscribe": at("…/subscribe?kind=workshop&access=step-free"),
    "subscribe, empty": at("…/subscribe?kind=residency&q=zzz"),
    "embed": lambda person, _: person.opens(f"/embed/agenda?lang={person.language}"),
    "programme": at("…/programme?when=month&kind=workshop&kind=concert"),
    "reply alone": event_in("open", "/reply"),
    "reply alone, too late": event_in("closed", "/reply"),
    "tickets again": at("…/tickets"),
    "legal": at("…/legal"),
    "privacy": at("…/privacy"),
    "accessibility": at("…/accessibility"),
    "not found": at("…/nowhere"),
    "dead link": at("…/rsvp/" + "x" * 36),
}


def second_day(person: Person) -> str:
    festival = agenda.public_event(person.house.slugs["festival"])
    return (festival.starts_at + timedelta(days=1)).date().isoformat()


# The reply, and what can come of it


@place
def reply_with_errors(person: Person, build: Builders) -> Response:
    event_in("question")(person, build)
    person.page.fill("#email", "lou@example")
    return person.sends("form[action$='/reply'] button")


@place
def reply_sent_too_soon(person: Person, build: Builders) -> Response:
    event_in("open")(person, build)
    person.page.fill("#name", "Lou")
    person.page.fill("#email", "lou@example.org")
    return person.sends(REPLY, at_once=True)


@place
def party_larger_than_what_is_left(person: Person, build: Builders) -> Response:
    event = fresh_event(build, capacity=3)
    person.opens(f"…/events/{event.slug}")
    person.page.fill("#name", "Lou")
    person.page.fill("#email", "lou@example.org")
    person.page.check("[name=party_size][value='4']")
    return person.sends(REPLY)


@place
def last_places_gone(person: Person, build: Builders) -> Response:
    event = fresh_event(build, capacity=1)
    person.opens(f"…/events/{event.slug}")
    build.guest(event, "Zoé")
    person.page.fill("#name", "Lou")
    person.page.fill("#email", "lou@example.org")
    return person.sends(REPLY)


# The guest's own page


@place
def ticket_confirmed(person: Person, build: Builders) -> Response:
    return own_page(person, a_guest(build))


@place
def ticket_waiting(person: Person, build: Builders) -> Response:
    event = fresh_event(build, capacity=1)
    build.guest(event, "Zoé")
    return own_page(person, build.guest(event, "Lou", party_size=3))


@place
def ticket_offered(person: Person, build: Builders) -> Response:
    event = fresh_event(build, capacity=1)
    leaves = build.guest(event, "Zoé")
    guest = build.guest(event, "Lou")
    rsvps.withdraw(leaves, now=build.clock())
    db.session.commit()
    return own_page(person, guest)


@place
def ticket_of_a_part_with_all_that_may_be_said(
    person: Person, build: Builders
) -> Response:
    """More of them wait, "still coming?" is asked, and our letter came back."""
    festival = fresh_event(build, kind="festival", reply_policy=ReplyPolicy.NONE)
    soon = {"super_event": festival, "starts_at": build.clock() + timedelta(days=4)}
    event = fresh_event(build, capacity=2, asks_still_coming=True, **soon)
    later = soon | {"starts_at": build.clock() + timedelta(days=30)}  # not this week
    for _ in range(3):
        fresh_event(build, **later, listed=True)
    address = f"lou-{event.slug}@example.org"  # letters to one are gathered
    guest = build.guest(event, "Lou", party_size=2, address=address)
    amendments.change_party(guest, 4, would_wait=True, now=build.clock())
    letter = db.session.scalars(
        select(Letter).where(Letter.rsvp_id == guest.id).order_by(Letter.id.desc())
    ).first()
    letter.status, letter.final_at = LetterStatus.FAILED, build.clock()
    guest.letters_off = True
    db.session.commit()
    build.clock.moves(days=3)  # type: ignore[attr-defined]
    return own_page(person, guest)


@place
def ticket_held(person: Person, build: Builders) -> Response:
    return own_page(person, a_guest(build, reply_policy=ReplyPolicy.MAIL))


@place
def ticket_held_too_long(person: Person, build: Builders) -> Response:
    guest = a_guest(build, reply_policy=ReplyPolicy.MAIL)
    build.clock.moves(minutes=31)  # type: ignore[attr-defined]
    return own_page(person, guest)


@place
def ticket_cancelled(person: Person, build: Builders) -> Response:
    guest = a_guest(build)
    rsvps.withdraw(guest, now=build.clock())
    db.session.commit()
    return own_page(person, guest)


@place
def ticket_of_a_cancelled_event(person: Person, build: Builders) -> Response:
    return own_page(person, after(events.cancel, a_guest(build), build))


@place
def ticket_of_a_postponed_event(person: Person, build: Builders) -> Response:
    return own_page(person, after(events.postpone, a_guest(build), build))


@place
def ticket_of_a_past_event(person: Person, build: Builders) -> Response:
    guest = a_guest(build)
    build.clock.moves(days=8)  # type: ignore[attr-defined]
    return own_page(person, guest)


@place
def ticket_today_and_online(person: Person, build: Builders) -> Response:
    link = "https://visio.example.org/salon-des-voisines-et-voisins"
    soon = build.clock() + timedelta(hours=5)
    return own_page(person, a_guest(build, online_link=link, starts_at=soon))


@place
def party_changed(person: Person, build: Builders) -> Response:
    own_page(person, a_guest(build))
    person.page.check("[name=party_size][value='3']")
    return person.sends("form[action$='/party'] button")


@place
def party_refused(person: Person, build: Builders) -> Response:
    own_page(person, a_guest(build, capacity=2))
    person.page.check("[name=party_size][value='5']")
    return person.sends("form[action$='/party'] button")


@place
def address_refused(person: Person, build: Builders) -> Response:
    own_page(person, a_guest(build))
    person.page.fill("#email", "lou@example")
    return person.sends("form[action$='/address'] button")


@place
def address_corrected(person: Person, build: Builders) -> Response:
    own_page(person, a_guest(build))
    person.page.fill("#email", f"lou{next(numbers)}@example.net")
    return person.sends("form[action$='/address'] button")


# Links of letters and tickets


@place
def anybodys_ticket(person: Person, build: Builders) -> Response:
    return letters_link(person, "ticket", a_guest(build))


@place
def anybodys_ticket_not_valid(person: Person, build: Builders) -> Response:
    guest = a_guest(build)
    rsvps.withdraw(guest, now=build.clock())
    db.session.commit()
    return letters_link(person, "ticket", guest)


@place
def confirm(person: Person, build: Builders) -> Response:
    guest = a_guest(build, reply_policy=ReplyPolicy.MAIL)
    return letters_link(person, "confirm", guest)


@place
def confirm_late(person: Person, build: Builders) -> Response:
    guest = a_guest(build, reply_policy=ReplyPolicy.MAIL)
    build.clock.moves(minutes=31)  # type: ignore[attr-defined]
    return letters_link(person, "confirm", guest)


@place
def erase(person: Person, build: Builders) -> Response:
    return letters_link(person, "erase", a_guest(build))


@place
def erased(person: Person, build: Builders) -> Response:
    erase(person, build)
    return person.sends("main form button")


@place
def erase_now(person: Person, build: Builders) -> Response:
    return letters_link(person, "manage", a_guest(build), "/forget")


@place
def never_write_again(person: Person, build: Builders) -> Response:
    return letters_link(person, "silence", a_guest(build))


@place
def no_more_reminders(person: Person, build: Builders) -> Response:
    return letters_link(person, "reminders", a_guest(build))


@place
def own_calendar(person: Person, build: Builders) -> Response:
    """With one reply that is sure, and one that is not."""
    guest = a_guest(build)
    event = fresh_event(build, capacity=1)
    build.guest(event, "Zoé")
    build.guest(event, "Lou", address=guest.address)
    return letters_link(person, "calendar", build.calendar(guest))


@place
def tickets_again_with_an_error(person: Person, build: Builders) -> Response:
    person.opens("…/tickets")
    person.page.fill("#email", "lou")
    return person.sends("main form button")


@place
def tickets_sent_again(person: Person, build: Builders) -> Response:
    person.opens("…/tickets")
    person.page.fill("#email", "lou@example.org")
    return person.sends("main form button")


# What they share


def fresh_event(build: Builders, **facts: Any) -> Event:
    """An event of its own for whoever will change something; the agenda omits it."""
    name = Words(fr="Broder ensemble, à la lampe", en="Embroidery by lamplight")
    space = db.session.scalars(select(Space).order_by(Space.id)).first()
    where = {"venue": space and space.venue, "space": space}
    return build.event(
        f"fresh-{next(numbers)}", **{"name": name, "listed": False, **where, **facts}
    )


def a_guest(build: Builders, **facts: Any) -> Rsvp | Repeat:
    return build.guest(fresh_event(build, **facts), "Lou", party_size=2)


def after(deed: Any, guest: Rsvp | Repeat, build: Builders) -> Rsvp | Repeat:
    """Return *guest* once *deed* is done to their event."""
    reason = Words(fr="La salle est inondée.", en="The room is flooded.")
    deed(guest.event, reason, actor="test", now=build.clock())
    db.session.commit()
    return guest


def own_page(person: Person, guest: Rsvp | Repeat, anchor: str = "") -> Response:
    return letters_link(person, "manage", guest, anchor)


def letters_link(
    person: Person,
    purpose: str,
    record: Rsvp | Repeat | PersonalCalendar,
    anchor: str = "",
) -> Response:
    return person.opens(link_of(purpose, record, person.language) + anchor)
