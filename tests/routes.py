"""Who may do what where: one row for every route of the house.

A route without a row fails ``house/test_house_rules.py``; a row says what the tests
of security hold it to.
"""

from __future__ import annotations

from enum import StrEnum

from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.services import directory, matches
from tests.builders import Builders
from tests.visitor import link_in, link_of


class Access(StrEnum):
    """Who gets in."""

    PUBLIC = "public"  # everybody, by GET; the same bytes for all, kept by caches
    FORM = "form"  # everybody; what is sent is sealed
    TOKEN = "token"  # whoever holds the key that is in the address
    FEED = "feed"  # the same; a program fetches it, and asks whether it has changed
    SIGN_IN = "sign-in"  # everybody; asks who they are. What is behind: desk_routes
    MACHINE = "machine"  # programs that watch over the server: one word, never kept


ACCESS = {
    "static": Access.PUBLIC,
    "site.home": Access.PUBLIC,
    "site.legal": Access.PUBLIC,
    "site.privacy": Access.PUBLIC,
    "site.accessibility": Access.PUBLIC,
    "agenda.agenda": Access.PUBLIC,
    "events.event": Access.PUBLIC,
    "events.grid": Access.PUBLIC,
    "feeds.event_ics": Access.PUBLIC,
    "feeds.agenda_ics": Access.PUBLIC,
    "readers.agenda_atom": Access.PUBLIC,
    "readers.agenda_json": Access.PUBLIC,
    "readers.agenda_jsonld": Access.PUBLIC,
    "readers.agenda_csv": Access.PUBLIC,
    "subscribe.subscribe": Access.PUBLIC,
    "embed.agenda": Access.PUBLIC,
    "programme.programme": Access.PUBLIC,
    "discovery.robots": Access.PUBLIC,
    "discovery.sitemap": Access.PUBLIC,
    "discovery.security": Access.PUBLIC,
    "discovery.event_picture": Access.PUBLIC,
    "pictures.picture": Access.PUBLIC,
    "discovery.house_picture": Access.PUBLIC,
    "discovery.favicon": Access.PUBLIC,
    "discovery.apple_touch_icon": Access.PUBLIC,
    "health.alive": Access.MACHINE,
    "health.ready": Access.MACHINE,
    "venues.venues": Access.PUBLIC,
    "venues.venue": Access.PUBLIC,
    "venues.space": Access.PUBLIC,
    "organisations.organisations": Access.PUBLIC,
    "organisations.organisation": Access.PUBLIC,
    "competitions.competition": Access.PUBLIC,
    "accounts.sign_in": Access.SIGN_IN,
    "accounts.sign_in_by_passkey": Access.SIGN_IN,
    "accounts.enter": Access.SIGN_IN,
    "rsvp.respond": Access.FORM,
    "rsvp.tickets_again": Access.FORM,
    "rsvp.manage": Access.TOKEN,
    "rsvp.ticket": Access.TOKEN,
    "rsvp.change": Access.TOKEN,
    "rsvp.withdraw": Access.TOKEN,
    "rsvp.come_back": Access.TOKEN,
    "rsvp.accept": Access.TOKEN,
    "rsvp.still_coming": Access.TOKEN,
    "rsvp.join_parts": Access.TOKEN,
    "rsvp.correct": Access.TOKEN,
    "rsvp.send_calendar": Access.TOKEN,
    "rsvp.confirm": Access.TOKEN,
    "rsvp.erase": Access.TOKEN,
    "rights.data": Access.TOKEN,
    "rights.forget": Access.TOKEN,
    "rights.silence": Access.TOKEN,
    "rights.speak": Access.TOKEN,
    "rights.reminders": Access.TOKEN,
    "personal.calendar": Access.TOKEN,
    "personal.renew": Access.TOKEN,
    "personal.stop": Access.TOKEN,
    "personal.feed": Access.FEED,
}


def examples(build: Builders) -> dict[str, str]:
    """Return a path that opens each route, on a house with an event and guests."""
    matches.open_competition("cup", Words(fr="La coupe", en="The cup"))
    venue = build.venue()
    build.space(venue)
    directory.welcome("wheel", "La Roue libre")
    event = build.event("opening", venue=venue)
    build.picture(event)
    by_mail = build.event("by-mail", reply_policy=ReplyPolicy.MAIL)
    guest = build.guest(event, "Zoé", address="zoe@example.org", party_size=2)
    held = build.guest(by_mail, "Zoé", address="zoe@example.org")
    manage = link_of("manage", guest)
    calendar = build.calendar(guest)
    own = link_of("calendar", calendar)
    return {
        "static": "/static/css/site.css",
        "site.home": "/",
        "site.legal": "/fr/legal",
        "site.privacy": "/fr/privacy",
        "site.accessibility": "/fr/accessibility",
        "agenda.agenda": "/fr/",
        "events.event": "/fr/events/opening",
        "events.grid": "/events/opening/grid-all.css",
        "feeds.event_ics": "/events/opening.ics",
        "feeds.agenda_ics": "/agenda.ics",
        "readers.agenda_atom": "/agenda.atom",
        "readers.agenda_json": "/agenda.json",
        "readers.agenda_jsonld": "/agenda.jsonld",
        "readers.agenda_csv": "/agenda.csv",
        "subscribe.subscribe": "/fr/subscribe",
        "embed.agenda": "/embed/agenda",
        "programme.programme": "/fr/programme",
        "discovery.robots": "/robots.txt",
        "discovery.sitemap": "/sitemap.xml",
        "discovery.security": "/.well-known/security.txt",
        "discovery.event_picture": "/events/opening.png",
        "pictures.picture": f"/events/opening/picture-{event.picture.digest}.webp",
        "discovery.house_picture": "/house.png",
        "discovery.favicon": "/favicon.ico",
        "discovery.apple_touch_icon": "/apple-touch-icon.png",
        "health.alive": "/healthz",
        "health.ready": "/readyz",
        "venues.venues": "/fr/venues/",
        "venues.venue": "/fr/venues/halle",
        "venues.space": "/fr/venues/halle/nef",
        "organisations.organisations": "/fr/organisations/",
        "organisations.organisation": "/fr/organisations/wheel",
        "competitions.competition": "/fr/competitions/cup",
        "accounts.sign_in": "/fr/desk/sign-in",
        "accounts.sign_in_by_passkey": "/fr/desk/sign-in/passkey",
        "accounts.enter": link_in(build.account("Inès", None), build.clock()),
        "rsvp.respond": "/fr/events/opening/reply",
        "rsvp.tickets_again": "/fr/tickets",
        "rsvp.manage": manage,
        "rsvp.ticket": link_of("ticket", guest),
        "rsvp.change": f"{manage}/party",
        "rsvp.withdraw": f"{manage}/withdraw",
        "rsvp.come_back": f"{manage}/return",
        "rsvp.accept": f"{manage}/accept",
        "rsvp.still_coming": f"{manage}/still",
        "rsvp.join_parts": f"{manage}/parts",
        "rsvp.correct": f"{manage}/address",
        "rsvp.send_calendar": f"{manage}/calendar",
        "rsvp.confirm": link_of("confirm", held),
        "rsvp.erase": link_of("erase", guest),
        "rights.data": f"{manage}/data",
        "rights.forget": f"{manage}/forget",
        "rights.silence": link_of("silence", guest),
        "rights.speak": f"{manage}/speak",
        "rights.reminders": link_of("reminders", guest),
        "personal.calendar": own,
        "personal.renew": f"{own}/renew",
        "personal.stop": f"{own}/stop",
        "personal.feed": link_of("feed", calendar),
    }


def paths_by(build: Builders, *access: Access) -> dict[str, str]:
    """Return the examples of the routes that have one of *access*."""
    return {
        endpoint: path
        for endpoint, path in examples(build).items()
        if ACCESS[endpoint] in access
    }
