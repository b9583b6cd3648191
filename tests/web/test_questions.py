"""Whatever is asked of the agenda, page and formats answer, and answer the same.

Some sixty questions, sensible and absurd, in every run; ``QUESTIONS=5000`` asks as
many of each database. The question of a number is always the same.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, quote, quote_plus

import pytest
from lxml import etree

from festival.domain.kinds import KINDS
from festival.domain.lifecycle import ReplyPolicy
from festival.domain.question import ACCESS, AUDIENCES, PARAMETERS, WINDOWS
from festival.domain.words import Words
from festival.extensions import db
from festival.services import directory, events
from tests.conftest import NOON, both_databases

MANY = int(os.environ.get("QUESTIONS", "60"))
MOST_PAGES = 40
MIDNIGHT = NOON - timedelta(hours=12)  # of the house
HORIZON = MIDNIGHT - timedelta(days=30), MIDNIGHT + timedelta(days=548)

SENSIBLE = {
    "when": [*WINDOWS, ""],
    "kind": [*KINDS, "workshop", "meal"],
    "venue": ["halle", "lavoir", "halle/nef", "halle/cour", "gone", "lavoir/nef"],
    "organisation": ["tablee", "voix", "gone"],
    "festival": ["nights", "gone"],
    "access": [*ACCESS],
    "language": ["fr", "en", "ar", "zh", "zh-Hans", "FR", "pt-br"],
    "audience": [*AUDIENCES],
    "seats": ["free", "all"],
    "q": ["soupe", "VÉLO", "velo halle", "l’été", "nothing", "%", "_", "été soupe"],
}
ABSURD = [
    "", " ", "\0", "a\0b", "é", "上海", "أمسية", "🎉", "-1", "1e10", "null", "[]", "{}",
    "free,free", "today,weekend", "2027-06-05T10:00", "2027-02-31", "0000-00-00",
    "9999-12-31", "2199-12-31", "2000-01-01", "-0001-01-01", "tomorrow",
    "\u0662\u0660\u0662\u0667-\u0660\u0666-\u0660\u0665",
    "../../etc", "a/b/c", "'; DROP TABLE event; --", "=1+1", "<script>", "%00", "%",
    "x" * 300, "é" * 90, "\ud7ff\ue000\ufffe\uffff", "\x01\x1b\x7f\x85", "\u202e",
    "a " * 60, "\r\nSet-Cookie: a=b", "\\", '"', "%(name)s", "{{ 7*7 }}", "fr-", "-",
]  # fmt: skip
STRAY = [
    "%", "%zz", "%ff", "%C3%28", "%ED%A0%80", "&&", ";", "=", "==&=", "+", "a=b=c",
    "when", "when=", "kind[]=meal", "page=2", "_scheme=http", "endpoint=x", "utm_x=1",
    "WHEN=today", "%6Bind=meal", "k%00ind=meal", "q=%", "q=%ff%fe", "from=%E2%82",
    "venue=halle%2Fnef", "venue=" + "halle&venue=" * 25 + "x", "q=" + "x" * 3000,
    "cookie=1", "format=json", "callback=alert(1)", "n=-5", "theme=dark",
]  # fmt: skip


def asked(number: int) -> str:
    """Return the query string of the question of this *number*."""
    dice = random.Random(number)
    parts = []
    for _ in range(dice.choice([0, 1, 1, 2, 2, 3, 4, 6, 12])):
        luck = dice.random()
        if luck < 0.1:
            parts.append(dice.choice(STRAY))
            continue
        name = dice.choice(PARAMETERS)
        value = dice.choice(ABSURD) if luck < 0.25 else sensible(name, dice)
        written = dice.choice([quote, quote, quote_plus, everything_escaped])
        parts.append(f"{name}={written(value)}")
    return "&".join(parts)


def sensible(name: str, dice: random.Random) -> str:
    if name in {"from", "until"}:
        return (NOON + timedelta(days=dice.randint(-60, 60))).date().isoformat()
    return dice.choice(SENSIBLE[name])


def everything_escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.fixture
def season(build, now):
    """Eighty events: gone by, going on, to come, called off, full, archived."""
    halle, lavoir = build.venue("halle", "La Halle"), build.venue("lavoir", "Le Lavoir")
    nave = build.space(halle, "nef", step_free=True, hearing_loop=True)
    yard = build.space(halle, "cour", step_free=False, quiet_place=True)
    bodies = [directory.welcome("tablee", "La Tablée"), directory.welcome("voix", "V")]
    nights = build.event("nights", kind="festival", starts_at=now + timedelta(days=5))
    nights.ends_at += timedelta(days=20)
    db.session.commit()
    dice = random.Random(0)
    near, crowd, past = range(-40, 30 * 24, 37), [100] * 33, range(-2000, -40, 93)
    far = [-800 * 24, 400 * 24, 540 * 24, 600 * 24]
    for number, hour in enumerate([*near, *crowd, *past, *far]):
        archived = hour < -80 and number % 3 == 0
        event = build.event(
            f"e{number}",
            kind=dice.choice(KINDS),
            name=Words(fr=dice.choice(["Soupe", "Vélo d’été", "أمسية", "]]>&<b>"])),
            starts_at=now + timedelta(hours=hour),
            venue=(place := dice.choice([halle, halle, lavoir, None])),
            space=dice.choice([nave, yard, None]) if place is halle else None,
            organisers=dice.sample(bodies, dice.randint(0, 2)),
            super_event=nights if 120 < hour < 600 and number % 2 else None,
            languages=dice.choice([["fr"], ["fr", "ar"], ["zh-Hans"], ["en", "zh"]]),
            access=dice.choice([{}, {"sign_language": True}, {"step_free": False}]),
            audience=dice.choice(["everyone", "everyone", "youth"]),
            capacity=dice.choice([0, 10, None]),
            reply_policy=dice.choice([*ReplyPolicy]),
            listed=number % 17 != 3,
            published=number % 19 != 4,
            sources=["A newspaper"] if archived else [],
        )
        if hour > 0 and number % 7 == 0:
            deed = dice.choice([events.cancel, events.postpone])
            deed(event, Words(fr="Vent"), actor="test", now=now)
        if number == 2:
            event.ends_at += timedelta(days=50)  # a residency
    db.session.commit()


@dataclass
class Asker:
    """Somebody who asks the same of the page and of every format."""

    visitor: object

    def text(self, address: str) -> str:
        page = self.visitor.opens(address)
        assert page.status == 200, address
        return page.response.text

    def on_pages(self, address: str) -> list[str]:
        """Every event of a page and those further on, once each, in their order."""
        found: dict[str, None] = {}
        for _ in range(MOST_PAGES):
            text = self.text(address)
            if 'class="empty"' not in text:  # what comes next stands in it
                found |= dict.fromkeys(
                    re.findall(r'<h3><a href="/fr/events/([^"]+)"', text)
                )
            onward = re.search(
                r'more-days">\s*<a class="btn quiet" href="([^"]+)">'
                r"(?:La suite|Plus ancien)<",
                text,
            )
            if not onward:
                return list(found)
            address = unescape(onward[1])
        raise AssertionError(f"no end of pages: {address}")

    def answer(self, query: str) -> dict:
        return json.loads(self.text(f"/agenda.json?lang=fr&{query}"))

    def in_json_ld(self, query: str) -> list[str]:
        items = json.loads(self.text(f"/agenda.jsonld?lang=fr&{query}")).get(
            "itemListElement", []
        )
        return [item["item"]["url"].rpartition("/")[2] for item in items]

    def in_table(self, query: str) -> list[str]:
        text = self.text(f"/agenda.csv?lang=fr&{query}").removeprefix("\ufeff")
        heads, *rows = csv.reader(io.StringIO(text), delimiter=";")
        return [row[heads.index("Page")].rpartition("/")[2] for row in rows]

    def in_news(self, query: str) -> list[str]:
        root = etree.fromstring(self.text(f"/agenda.atom?lang=fr&{query}").encode())
        links = root.findall("{*}entry/{*}link")
        return [link.get("href").rpartition("/")[2] for link in links]

    def in_calendar(self, query: str) -> list[str]:
        text = self.text(f"/agenda.ics?lang=fr&{query}")
        lines = text.replace("\r\n ", "").split("\r\n")
        events = "\n".join(lines).split("BEGIN:VEVENT")[1:]
        return [re.search(r"\nURL:.*/(.*)", event)[1] for event in events]

    def in_json(self, query: str) -> list[str]:
        return [one["slug"] for one in self.answer(query)["events"]]

    def signed(self, query: str) -> list[str]:
        """What a calendar holds: of its own period if none is asked, no archive."""
        answer = self.answer(query)
        events = answer["events"]
        if not {"when", "from", "until"} & set(answer["question"]):
            first, last = HORIZON
            events = [
                one
                for one in events + self.answer(f"when=past&{query}")["events"]
                if datetime.fromisoformat(one["ends_at"]) > first
                and datetime.fromisoformat(one["starts_at"]) < last
            ]
        return sorted(one["slug"] for one in events if one["links"]["calendar"])


@both_databases
def test_page_and_formats_answer_every_question_alike(season, visitor):
    asker = Asker(visitor)
    formats = [asker.in_json, asker.in_json_ld, asker.in_table]

    for number in range(MANY):
        query = asked(number)
        on_pages = asker.on_pages(f"/fr/?{query}")
        told = f"question {number}: {query}"

        turn = number % 5  # each question to the page and to one format
        if turn < 3:
            assert formats[turn](query) == on_pages, told
        elif turn == 3:
            news = asker.in_news(query)
            assert len(news) == len(set(news)) == min(100, len(on_pages)), told
            assert set(news) <= set(on_pages), told
        else:
            assert sorted(asker.in_calendar(query)) == asker.signed(query), told


def test_questions_are_sensible_and_absurd_and_some_of_both():
    every = [parse_qs(asked(number), errors="replace") for number in range(1000)]

    for name in PARAMETERS:
        assert sum(name in one for one in every) > 100
    assert sum(len(one) == 0 for one in every) > 20
    assert sum(max(map(len, one.values()), default=0) > 1 for one in every) > 100
