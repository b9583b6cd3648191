"""The archive: what is known to have happened, in real places, with its sources."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from festival.demo import house, programme
from festival.demo.reading import TEXTS, Text, facts, in_languages, read
from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.models.events import Competition
from festival.services import matches

MATCHES = "world-cup-2018"


def load(now: datetime) -> str:
    """Record the archive, once; say in a sentence what it holds, or nothing."""
    known = select(Competition.id).where(Competition.slug == MATCHES)
    if db.session.scalars(known).first():
        return ""
    texts = read("archive")
    house.furnish("archive")
    for text in texts["event"]:
        _publish(text, texts["unknown"], now)
    played = _enter_matches(now)
    return (
        f"Loaded an archive of {len(texts['venue'])} places, "
        f"{len(texts['organisation'])} organisations, {len(texts['event'])} events "
        f"and {played} matches, each with its sources."
    )


def _publish(text: Text, unknown: Text, now: datetime) -> None:
    """Publish an event of the past as it was announced; it takes no replies.

    What is *unknown* of all of them is said with each.
    """
    said = {tag: {**unknown[tag], **text[tag]} for tag in unknown}
    whole = {**text, **said, "reply_policy": ReplyPolicy.NONE}
    programme.publish(text["slug"], whole, text["when"]["on"], now)


def _enter_matches(now: datetime) -> int:
    """Enter every match with its result and no screening; return how many."""
    texts = read(MATCHES)
    competition = matches.open_competition(
        **facts(texts["competition"]), **in_languages(texts["competition"])
    )
    rows = list(_rows())
    for row in rows:
        matches.enter(
            competition,
            datetime.fromisoformat(row["kicks_off_at"]),
            now=now,
            number=int(row["number"]),
            stage=_stage(texts["stages"][row["stage"]], row["group"]),
            home_team=_team(row, "home"),
            away_team=_team(row, "away"),
            ground=Words(texts["grounds"][row["ground"]]),
            home_score=int(row["home_score"]),
            away_score=int(row["away_score"]),
            extra_time=row["extra_time"] == "yes",
            **_shoot_out(row),
        )
    return len(rows)


def _rows() -> Iterator[dict[str, str]]:
    with (TEXTS / f"{MATCHES}.csv").open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _stage(names: dict[str, str], group: str) -> Words:
    return Words({tag: f"{name} {group}".strip() for tag, name in names.items()})


def _team(row: dict[str, str], side: str) -> Words:
    return Words(fr=row[f"{side}_fr"], en=row[f"{side}_en"])


def _shoot_out(row: dict[str, str]) -> dict[str, Any]:
    if not row["home_penalties"]:
        return {}
    sides = ("home_penalties", "away_penalties")
    return {side: int(row[side]) for side in sides}
