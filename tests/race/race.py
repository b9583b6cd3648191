"""The race for the last seats, against a real server with several processes."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from festival.extensions import db
from festival.models.events import Event
from festival.models.journal import Letter
from festival.models.rsvps import Repeat, Rsvp
from tests import invariants, lab
from tests.builders import Builders
from tests.race.organiser import Organiser

APP = "tests.race.server:app"
ABREAST = 64


@dataclass(frozen=True)
class Race:
    """How many run for how many seats, and how many of them press twice."""

    people: int
    doubles: int
    seats: int
    abreast: int = ABREAST


@dataclass
class Outcome:
    """What came of one race."""

    crowd: lab.Crowd
    seated: int
    seats: int
    rows: int
    repeats: int
    letters: int
    two_tickets: int  # of those who pressed twice
    wrongs: list[str]
    deeds: Counter[str] = field(default_factory=Counter)  # the organiser's

    @property
    def oversold(self) -> int:
        return max(0, self.seated - self.seats)

    @property
    def left_empty(self) -> int:
        return max(0, self.seats - self.seated)

    @property
    def twice(self) -> int:
        """How many were let in, or written to, more than once."""
        return self.two_tickets + self.repeats + abs(self.letters - self.rows)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def prepare(slug: str, **facts: object) -> str:
    """Make an event to race for; return its slug."""
    event = Builders(now).event(slug, starts_at=now() + timedelta(days=7), **facts)
    slug = event.slug
    db.session.remove()  # nobody waits for our own transaction
    return slug


def run(port: int, slug: str, race: Race) -> Outcome:
    """Let everybody send the form at once; look what became of the seats."""
    crowd = lab.Crowd(port)
    path = f"/fr/events/{slug}/reply"
    seal = crowd.seal(path)
    domain = f"{slug}.example.org"  # nobody runs twice: their letters would be gathered
    tickets: dict[int, set[str]] = {}

    def runs(number: int) -> None:
        answer = crowd.sends(path, lab.reply(number, seal, domain=domain))
        if answer.status == 303:
            tickets.setdefault(number, set()).add(answer.location)

    twice = {number: 1 + (number < race.doubles) for number in range(race.people)}
    runners = [number for number, times in twice.items() for _ in range(times)]
    lab.at_once(runs, runners, race.abreast)
    return _outcome(crowd, slug, race.seats, tickets)


def _outcome(
    crowd: lab.Crowd,
    slug: str,
    seats: int,
    tickets: dict[int, set[str]],
    *,
    over: int = 0,
) -> Outcome:
    event = db.session.scalars(select(Event).where(Event.slug == slug)).one()

    def number_of(model: type[Rsvp | Repeat | Letter]) -> int:
        counted = select(func.count(model.id)).where(model.event_id == event.id)
        return db.session.scalars(counted).one()

    outcome = Outcome(
        crowd=crowd,
        seated=invariants.taken(invariants.replies(event), now()),
        seats=seats,
        rows=number_of(Rsvp),
        repeats=number_of(Repeat),
        letters=number_of(Letter),
        two_tickets=sum(len(found) > 1 for found in tickets.values()),
        wrongs=invariants.wrongs(event, now(), over=over),
    )
    db.session.remove()
    return outcome


def run_mixed(
    port: int, slug: str, people: int, *, called_off: bool = False, abreast: int = 32
) -> Outcome:
    """Let people reply, wait, cancel, change and come back, all at once.

    Meanwhile an organiser changes the house, or calls it off when half of them came.
    """
    crowd, organiser = lab.Crowd(port), Organiser(slug, people / 200)
    path = f"/fr/events/{slug}/reply"
    seal = crowd.seal(path)
    let_in: set[int] = set()

    def lives(number: int) -> None:
        if called_off and number == people // 2:
            organiser.calls_off.set()
        chance = random.Random(number)
        party = chance.randint(1, 4)
        answer = crowd.sends(path, lab.reply(number, seal, party=party, wait=True))
        if answer.status != 303:
            return  # it is put off just now, or called off
        let_in.add(number)
        page = answer.path.partition("?")[0].partition("#")[0]
        for _ in range(chance.randint(0, 3)):
            deed = chance.choice(["withdraw", "party", "return", "accept"])
            shown = crowd.asks(page).text
            if f'{page}/{deed}"' not in shown:
                continue
            answers = {"seal": lab.seal_in(shown, f"{page}/{deed}")}
            if deed == "party":
                answers |= {"party_size": str(chance.randint(1, 5)), "wait": "1"}
            crowd.sends(f"{page}/{deed}", answers)

    with organiser.at_work():
        lab.at_once(lives, range(people), abreast)
    outcome = _outcome(crowd, slug, 0, {}, over=organiser.over)
    outcome.deeds = organiser.deeds
    outcome.wrongs += organiser.wrongs
    if outcome.rows != len(let_in):
        outcome.wrongs.append(f"{outcome.rows} replies, {len(let_in)} were told so")
    return outcome


def waiting(slug: str) -> int:
    """Return how many wait for a place, whole or for a part of their party."""
    event = db.session.scalars(select(Event).where(Event.slug == slug)).one()
    number = len(invariants.line(invariants.replies(event)))
    db.session.remove()
    return number


def report(kind: str, outcomes: list[Outcome]) -> tuple[str, bool]:
    """Return a table of races, and whether they went well. A kind 503 is a 5xx, too."""
    crowds = [outcome.crowd for outcome in outcomes]
    every = lab.Crowd(0, seconds=[s for crowd in crowds for s in crowd.seconds])
    rows = {
        "races": len(outcomes),
        "replies sent": sum(crowd.heard.total() for crowd in crowds),
        "oversold": sum(outcome.oversold for outcome in outcomes),
        "left empty": sum(outcome.left_empty for outcome in outcomes),
        "let in or written to twice": sum(outcome.twice for outcome in outcomes),
        "5xx": sum(crowd.failures for crowd in crowds),
        "connections lost": sum(crowd.unheard for crowd in crowds),
        "anything else wrong": sum(len(outcome.wrongs) for outcome in outcomes),
    }
    well = not any(list(rows.values())[2:])
    rows |= {
        "of the 5xx, asked to wait (503)": sum(c.asked_to_wait for c in crowds),
        "answers": dict(sum((crowd.heard for crowd in crowds), Counter[int]())),
        "p50 of a POST, ms": round(every.percentile(0.5)),
        "p99 of a POST, ms": round(every.percentile(0.99)),
    }
    return lab.table(f"The race, {kind}", rows), well


def report_mixed(kind: str, outcomes: list[Outcome]) -> tuple[str, bool]:
    """Return a table of mixed races, and whether every invariant held."""
    crowds = [outcome.crowd for outcome in outcomes]
    wrongs = [wrong for outcome in outcomes for wrong in outcome.wrongs]
    rows = {
        "races": len(outcomes),
        "deeds": sum(crowd.heard.total() for crowd in crowds),
        "invariants broken": wrongs[:5] or 0,
        "5xx": sum(crowd.failures for crowd in crowds),
        "connections lost": sum(crowd.unheard for crowd in crowds),
    }
    well = not any(list(rows.values())[2:])
    rows |= {
        "of the 5xx, asked to wait (503)": sum(c.asked_to_wait for c in crowds),
        "answers": dict(sum((crowd.heard for crowd in crowds), Counter[int]())),
        "the organiser's": dict(sum((o.deeds for o in outcomes), Counter[str]())),
    }
    title = f"Guests and an organiser change their minds at once, {kind}"
    return lab.table(title, rows), well


def control(kind: str, outcomes: list[Outcome]) -> tuple[str, bool]:
    """Return a table of races without the guards, and whether they went as badly."""
    oversold = [outcome.oversold for outcome in outcomes]
    most = sum(1 for seats in oversold if seats)
    rows = {"races": len(oversold), "oversold": most, "seats, each": oversold}
    title = f"The same without the guards, {kind} (it must oversell)"
    return lab.table(title, rows), most >= 0.8 * len(oversold)


def repeatedly(
    url: str, folder: Path, name: str, race: Race, repeats: int, **more: str
) -> list[Outcome]:
    """Run *race* so many times, each for an event of its own."""
    slugs = [
        prepare(f"{name}-{number}", capacity=race.seats, keeps_waiting_list=False)
        for number in range(repeats)
    ]
    with lab.serving(url, folder, app=APP, **more) as server:
        return [run(server.port, slug, race) for slug in slugs]
