"""Every page of the desk by name, each in its fullest state, and the way there."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from festival.domain import tokens
from festival.domain.words import Words
from festival.extensions import current_settings, db
from festival.models.accounts import Account, Passkey
from festival.models.directory import Space
from festival.models.events import Competition
from festival.services import boards, events, series, stays
from tests.browser.house import Person
from tests.browser.places import Way, fresh_event, numbers
from tests.builders import Builders

if TYPE_CHECKING:
    from playwright.sync_api import Response

    from festival.models.events import Event

DESK_PLACES: dict[str, Way] = {}
INES = "ines@halle.example"
SAVES = "button[name=do][value={}]:visible"
SEND = "main form .btn:not(.quiet)"
OPEN = "document.querySelectorAll('details').forEach(it => it.open = true)"
TABLE = {
    "fr": (
        "Titre\tType\tDate\tDébut\tFin\tSalle\tPlaces\tIntervenante\n"
        "Tablée\tRepas\t12/06/2027\t12h30\t15h\tGrande nef\t80\tZ\n"
        "Bal\tConcert\t\t20h\t1h\tGrande nef\t200\tZ\n"
        "Débat\ttruc\tbientôt\tminuit passé\t\tgrande neff\ttrop\t\n"
    ),
    "en": (
        "Title\tKind\tDate\tStart\tEnd\tSpace\tSeats\tSpeaker\n"
        "Big lunch\tMeal\t12/06/2027\t12:30\t15:00\tGreat nave\t80\tZ\n"
        "Ball\tConcert\t\t20:00\t01:00\tGreat nave\t200\tZ\n"
        "Debate\tthing\tsoon\tlate\t\tgreat navy\tmany\t\n"
    ),
}
FIXTURES = (
    "Number;Stage;Home;Away;Date;Kick-off\n"
    "1;Group A;France;Australia;16/06/2027;18:00\n"
    "2;Group A;Peru;Denmark;17/06/2027;21:00\n"
    "3;Final;W1;W2;sometime;18:00\n"
)


def place(way: Way) -> Way:
    DESK_PLACES[way.__name__.replace("_", " ").replace("  ", ", ")] = way
    return way


def at_desk(person: Person, build: Builders, role: str = "administrator") -> Account:
    """Let *person* in, as Inès."""
    account = build.account("Inès", role, address=INES)
    person.signs_in(account)
    return account


def at(path: str) -> Way:
    def way(person: Person, build: Builders) -> Response:
        at_desk(person, build)
        return person.opens(f"…/desk/{path}")

    return way


def of_event(person: Person, build: Builders, more: str = "", **facts: Any) -> Response:
    """Open a page of a new event that has two guests, one of whom waits."""
    at_desk(person, build)
    event = fresh_event(build, **{"capacity": 2, **facts})
    if event.published_at:
        build.guest(event, "Samira", party_size=2)
        build.guest(event, "Zoé")
    return person.opens(f"…/desk/events/{event.slug}{more}")


DESK_PLACES |= {
    "sign in": lambda person, _: person.opens("…/desk/sign-in?left=1"),
    "link over": lambda person, _: person.opens("…/desk/in/" + "x" * 36),
    "today": at(""),
    "desk events": at("events/"),
    "desk events, none": at("events/?when=drafts&q=zzz"),
    "new event": at("events/new"),
    "several dates": at("series/new"),
    "import": at("import"),
    "import fixtures": at("import/fixtures"),
    "competitions": at("competitions/"),
    "competition": at("competitions/world-cup-2018"),
    "people": at("people/"),
    "journal": at("journal/"),
    "move": lambda person, build: of_event(person, build, "/move"),
    "cancel": lambda person, build: of_event(person, build, "/cancel"),
    "door sign": at("spaces/halle-belleville/grande-nef/door-sign"),
}


# Coming in


@place
def link_asked(person: Person, build: Builders) -> Response:
    person.is_at_desk = True  # this browser, and no other, may use the link
    person.opens("…/desk/sign-in")
    person.page.fill("#email", "lou@example.org")
    return person.sends(SEND)


@place
def link_page(person: Person, build: Builders) -> Response:
    account, now = build.account("Inès", "manager", address=INES), build.clock()
    link = stays.link_to(account, None, now=now, until=now + stays.INVITATION)
    db.session.commit()
    key = current_settings().SECRET_KEY
    token = tokens.write(key, "sign-in", link.public_id, 0)
    return person.opens(f"…/desk/in/{token}")


@place
def account(person: Person, build: Builders) -> Response:
    own = at_desk(person, build)
    for name in {"Téléphone", "Ordinateur"} - {key.name for key in own.passkeys}:
        passkey = Passkey(
            account_id=own.id,
            credential_id=name.encode(),
            public_key=b"key",
            name=name,
            made_at=build.clock(),
        )
        db.session.add(passkey)
    db.session.commit()
    return person.opens("…/desk/account")


# An event, from its draft to its end


@place
def new_event__everything_open(person: Person, build: Builders) -> Response:
    """With what is wrong said beside it."""
    at_desk(person, build)
    person.opens("…/desk/events/new")
    person.page.fill("#start", "")
    response = person.sends(SAVES.format("publish"))
    person.page.evaluate(OPEN)
    return response


@place
def preview(person: Person, build: Builders) -> Response:
    """Of what would be where something else is."""
    at_desk(person, build)
    there = fresh_event(build)
    person.opens(f"…/desk/events/new?from={there.slug}")
    person.page.fill("#date", there.starts_at.date().isoformat())
    return person.sends(SAVES.format("preview"))


@place
def event_of_the_desk__draft(person: Person, build: Builders) -> Response:
    """Without an English name, and where something else is."""
    there = fresh_event(build)
    behind: dict[str, Any] = {
        "set_up_minutes": 30,
        "clear_up_minutes": 15,
        "opened_by": "Paul",
        "equipment": "Two tables\nA lamp",
    }
    name = Words(fr="Broder encore")
    return of_event(
        *(person, build),
        published=False,
        name=name,
        starts_at=there.starts_at,
        **behind,
    )


@place
def event_of_the_desk(person: Person, build: Builders) -> Response:
    return of_event(person, build)


@place
def event_of_the_desk__cancelled(person: Person, build: Builders) -> Response:
    at_desk(person, build)
    event, reason = fresh_event(build), Words(fr="Il pleut.", en="Rain.")
    events.cancel(event, reason, actor="test", now=build.clock())
    db.session.commit()
    return person.opens(f"…/desk/events/{event.slug}")


@place
def event_changed_with_guests(person: Person, build: Builders) -> Response:
    """Where it is asked whether they are to be told."""
    of_event(person, build, "/edit")
    person.page.fill("#start", "08:00")
    return person.sends(SAVES.format("save"))


@place
def picture(person: Person, build: Builders) -> Response:
    at_desk(person, build)
    event = fresh_event(build)
    build.picture(event, {"fr": "Une roue", "en": "A wheel"}[person.language])
    return person.opens(f"…/desk/events/{event.slug}/picture")


# Series


def open_days(build: Builders, *, public: bool) -> list[Event]:
    """Four dates, the first of which has a guest; its others may be drafts."""
    first = fresh_event(build, kind="open_day", published=False)
    days = [date(2027, 6, day) for day in (15, 22, 29)]
    hours = (time(14), time(17))
    who: dict[str, Any] = {"actor": "test", "now": build.clock()}
    every = [first, *series.repeat(first, days, hours, how={}, **who)]
    series.publish(every if public else every[:1], **who)
    db.session.commit()
    build.guest(first, "Samira")
    return every


def of_series(
    person: Person, build: Builders, more: str = "", *, public: bool = True
) -> Response:
    """Open a page of a series; *more* may name its first date."""
    at_desk(person, build)
    first, *_ = open_days(build, public=public)
    assert first.series
    more = more.format(first.slug)
    return person.opens(f"…/desk/series/{first.series.slug}{more}")


@place
def dates_of_an_event(person: Person, build: Builders) -> Response:
    """Before any is made, and one of them where something else is."""
    at_desk(person, build)
    first = fresh_event(build)
    fresh_event(build, starts_at=first.starts_at + timedelta(days=7))
    person.opens(f"…/desk/series/new?from={first.slug}")
    return person.sends("button[name=press][value=dates]")


@place
def dates_of_a_series(person: Person, build: Builders) -> Response:
    """Of which three are drafts."""
    return of_series(person, build, public=False)


@place
def dates_changed(person: Person, build: Builders) -> Response:
    return of_series(person, build, "/{}")


@place
def dates_cancelled(person: Person, build: Builders) -> Response:
    return of_series(person, build, "/{}/cancel")


# A festival's programme


def festival(build: Builders) -> Event:
    """Two days of it: drafts, one of them without a space, a move, and a clash."""
    nave, mezzanine, *_ = db.session.scalars(select(Space).order_by(Space.id))
    begins = build.clock().replace(hour=12) + timedelta(days=10)
    whole = fresh_event(
        build, kind="festival", starts_at=begins, ends_at=begins + timedelta(hours=30)
    )
    who: dict[str, Any] = {"actor": "test", "now": build.clock()}
    for number, (space, hour, published) in enumerate(
        [
            *((nave, 0, True), (nave, 1, True), (mezzanine, 0, True)),
            *((mezzanine, 3, False), (None, 4, False), (nave, 24, False)),
        ]
    ):
        starts_at = begins + timedelta(hours=hour)
        part = boards.add(
            *(whole, f"part-{next(numbers)}", "workshop"),
            Words(fr=f"Atelier {number}", en=f"Workshop {number}"),
            venue=nave.venue,
            space=space,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=60),
            **who,
        )
        if published:
            events.publish(part, **who)
    db.session.commit()
    second = whole.sub_events[1]
    build.guest(second, "Samira")
    boards.shift(second, timedelta(minutes=-15), **who)
    db.session.commit()
    return whole


@place
def board(person: Person, build: Builders) -> Response:
    at_desk(person, build)
    return person.opens(f"…/desk/festivals/{festival(build).slug}/board")


@place
def changes(person: Person, build: Builders) -> Response:
    at_desk(person, build)
    return person.opens(f"…/desk/festivals/{festival(build).slug}/board/changes")


# Tables that are taken in


def pasted(person: Person, build: Builders, where: str, text: str) -> Response:
    at_desk(person, build)
    person.opens(f"…/desk/{where}")
    person.page.fill("#paste", text)
    new = "#new_festival" if where == "import" else "#new_competition"
    person.page.fill(new, f"Lampions {next(numbers)}")
    return person.sends(SEND)


@place
def lines_to_check(person: Person, build: Builders) -> Response:
    return pasted(person, build, "import", TABLE[person.language])


@place
def lines_taken(person: Person, build: Builders) -> Response:
    right = "".join(TABLE[person.language].splitlines(keepends=True)[:3])
    check = pasted(person, build, "import", right).url
    person.sends(person.page.locator(SAVES.format("import")).first)
    return person.opens(check.removeprefix(person.house.address))


@place
def fixtures_to_check(person: Person, build: Builders) -> Response:
    return pasted(person, build, "import/fixtures", FIXTURES)


@place
def matches_to_choose(person: Person, build: Builders) -> Response:
    """With nothing chosen, which is said."""
    right = "".join(FIXTURES.splitlines(keepends=True)[:3])
    pasted(person, build, "import/fixtures", right)
    person.sends(person.page.locator(SAVES.format("import")).first)
    return person.sends(SAVES.format("draft"))


@place
def match(person: Person, build: Builders) -> Response:
    at_desk(person, build)
    newest = select(Competition).order_by(Competition.id).limit(1)
    found = db.session.scalars(newest).one()
    path = f"…/desk/competitions/{found.slug}/matches/{found.matches[0].id}"
    return person.opens(path)


# People


@place
def invitation(person: Person, build: Builders) -> Response:
    at_desk(person, build)
    person.opens("…/desk/people/invite")
    return person.sends(SEND)


@place
def somebody(person: Person, build: Builders) -> Response:
    at_desk(person, build)
    paul = build.account("Paul", "reader", address="paul@halle.example")
    return person.opens(f"…/desk/people/{paul.public_id}")


# What is printed


@place
def poster(person: Person, build: Builders) -> Response:
    """Of an event with much to say."""
    line = "La lanterne de papier qui voulait voir la mer et les toits de la ville "
    said = {"name": Words(fr=line * 2), "summary": Words(fr=line * 4)}
    return of_event(person, build, "/poster", **said)


@place
def poster_A3(person: Person, build: Builders) -> Response:  # noqa: N802  (ISO 216)
    return of_event(person, build, "/poster?paper=a3")


@place
def day_sheet(person: Person, build: Builders) -> Response:
    at_desk(person, build)
    event = fresh_event(
        *(build,),
        starts_at=build.clock() + timedelta(days=100 + next(numbers)),
        set_up_minutes=30,
        clear_up_minutes=15,
        opened_by="Paul",
        equipment="Two tables",
    )
    assert event.space
    assert event.venue
    day = event.starts_at.date().isoformat()
    where = f"{event.venue.slug}/{event.space.slug}"
    return person.opens(f"…/desk/spaces/{where}/day?day={day}")
