"""What programs read, before those who wrote the standards: schema.org, RFC 5545."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask_babel import force_locale
from icalendar import Calendar
from sqlalchemy import select

from festival import wording
from festival.domain.lifecycle import PUBLIC
from festival.extensions import db
from festival.models.events import Event
from tests.browser import vocabulary
from tests.browser.house import LANGUAGES
from tests.browser.places import PLACES
from tests.visitor import Visitor, seen

STATUSES = {
    "EventScheduled": ("CONFIRMED", "%(name)s"),
    "EventRescheduled": ("CONFIRMED", "%(name)s"),
    "EventPostponed": ("TENTATIVE", "POSTPONED: %(name)s"),
    "EventCancelled": ("CANCELLED", "CANCELLED: %(name)s"),
}
SAID = {
    "EventPostponed": "This event is postponed",
    "EventCancelled": "This event is cancelled",
}


@pytest.fixture
def language() -> str:
    return "fr"  # where people sit down; they read both


# The block of facts is no script: no policy is broken, nothing is asked for


@pytest.mark.parametrize("place", ["agenda", "event, open", "event, festival"])
def test_a_browser_finds_nothing_against_the_policy(make_person, build, place):
    person = make_person(new=True, java_script_enabled=True)
    said: list[str] = []
    person.page.on("console", lambda message: said.append(message.text))

    PLACES[place](person, build)
    person.page.wait_for_load_state("networkidle")

    assert said == []


# schema.org


@pytest.fixture
def visitor(app, clock):
    return Visitor(app, clock)


def things(page):
    return [
        json.loads(block.string)
        for block in page.html.select("script[type='application/ld+json']")
    ]


def events() -> list[str]:
    public = select(Event).where(Event.status.in_(PUBLIC)).order_by(Event.id)
    return [event.slug for event in db.session.scalars(public) if not event.sources]


def test_the_vocabulary_finds_what_is_wrong():
    wrong = {
        "@type": "Event",
        "nam": "a",
        "latitude": 1.0,
        "eventStatus": "https://schema.org/EventOver",
        "location": {"@type": "Hall"},
        "organizer": {"@type": "Place"},
        "isAccessibleForFree": "yes",
    }

    assert len(list(vocabulary.faults(wrong))) == 7


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_its_facts_and_its_calendar_agree(visitor, language):
    """Its facts are in the words of schema.org; what they say, the others say too."""
    listed = visitor.opens("/sitemap.xml").response.get_data(as_text=True)
    paths = {
        line.partition(visitor.base_url)[2].partition("<")[0]
        for line in listed.split("<loc>")[1:]
    }
    here = f"/{language}/events/"
    slugs = {f"{here}{slug}": slug for slug in events()}
    kinds, foreign, told = set(), {}, {}

    for path in sorted({p for p in paths if p.startswith(f"/{language}/")} | {*slugs}):
        page = visitor.opens(path)
        facts = things(page)
        kinds |= {fact["@type"] for fact in facts}
        foreign[path] = [fault for fact in facts for fault in vocabulary.faults(fact)]
        if slug := slugs.get(path):
            file = visitor.opens(f"/events/{slug}.ics?lang={language}").response
            [entry] = Calendar.from_ical(file.get_data()).walk("VEVENT")
            told[path] = list(disagreements(visitor, language, page, *facts, entry))

    assert {path: found for path, found in foreign.items() if found} == {}
    assert kinds >= {"Festival", "Event", "ScreeningEvent", "Place", "Organization"}
    assert {path: found for path, found in told.items() if found} == {}
    assert len(told) > 20


def disagreements(visitor, language, page, fact, entry):
    """Yield what the three do not say alike."""
    status = fact["eventStatus"].rpartition("/")[2]
    state, prefix = STATUSES[status]
    with visitor.app.test_request_context(), force_locale(language):
        called_off = wording.gettext(prefix) % {"name": fact["name"]}
        sayings = {
            "name": fact["name"],
            "when": when(fact),
            "status": wording.gettext(SAID[status]) if status in SAID else "",
        }
    last = moment(fact["endDate"])
    ends = last if isinstance(last, datetime) else last + timedelta(days=1)
    alike = {
        "name": (entry["SUMMARY"], called_off),
        "status": (entry["STATUS"], state),
        "uid": (entry["UID"], fact["identifier"]),
        "url": (entry["URL"], fact["url"]),
        "start": (entry.start, moment(fact["startDate"])),
        "end": (entry.end, ends),
    }
    for one in places(fact):
        alike[f"place {one}"] = (one in entry["LOCATION"], True)
        sayings[f"place {one}"] = one

    roof = page.html.select_one("header")  # where a festival has its name
    text = f"{seen(roof)} {page.text}"
    for what, (ours, theirs) in alike.items():
        if bare(ours) != bare(theirs):
            yield what, ours, theirs
    for what, saying in sayings.items():
        if bare(saying) not in text:
            yield what, "not on the page", saying


def places(fact):
    """Return the names of the place: a space and its venue, or the venue."""
    found = fact.get("location", [])
    for one in found if isinstance(found, list) else [found]:
        if one["@type"] == "Place":
            yield one["name"]
            if "containedInPlace" in one:
                yield one["containedInPlace"]["name"]


def bare(value):
    """Return text with plain spaces."""
    if not isinstance(value, str):
        return value
    return " ".join(value.replace(wording.NO_BREAK, " ").split())


def moment(text):
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def when(fact) -> str:
    """Return how the page would say when it is, from nothing but *fact*."""
    starts, ends = moment(fact["startDate"]), moment(fact["endDate"])
    paris = ZoneInfo("Europe/Paris")
    all_day = not isinstance(starts, datetime)
    if all_day:
        starts = datetime.combine(starts, datetime.min.time(), paris)
        after = ends + timedelta(days=1)
        ends = datetime.combine(after, datetime.min.time(), paris)
    said = wording.when(starts, ends, "Europe/Paris", all_day=all_day)
    return said[1:]  # the page begins it with a capital
