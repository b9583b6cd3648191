"""Putting what a text says on the agenda."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from festival.demo import diary, house
from festival.demo.reading import Text, facts, in_languages
from festival.domain.lifecycle import ReplyPolicy
from festival.models.events import Competition, Event
from festival.services import events, matches

ACTOR = "demonstration"
ANNOUNCED = timedelta(days=14)  # before it begins or is loaded: guests had the time
SECOND_THOUGHTS = timedelta(days=1)  # from the announcement to its revision
NOT_COLUMNS = (
    *("slug", "kind", "when", "where", "by", "with", "series"),
    *("reply_policy", "replies", "guests", "announced", "called_off", "match", "part"),
)


def publish(slug: str, text: Text, day: date, now: datetime, **more: Any) -> Event:
    """Announce the event of *text* for *day*, and revise it if the text does so."""
    first = text.get("announced", {})
    starts_at, ends_at = diary.hours(_with_hours(text, first), day)
    announced_at = min(now, starts_at) - ANNOUNCED
    venue, space = house.place(first.get("where", text.get("where")))
    said = in_languages(text)
    said.pop("reason", None)
    event = events.draft(
        slug,
        text["kind"],
        said.pop("name"),
        starts_at=starts_at,
        ends_at=ends_at,
        now=announced_at,
        organisers=house.organisations(text["by"]),
        partners=house.organisations(text.get("with", [])),
        venue=venue,
        space=space,
        reply_policy=ReplyPolicy(text.get("reply_policy", "open")),
        **_times(text, day),
        **facts(text, *NOT_COLUMNS),
        **said,
        **more,
    )
    events.publish(event, actor=ACTOR, now=announced_at)
    if first:
        _revise(event, text, day, announced_at + SECOND_THOUGHTS)
    return event


def enter(competition: Competition, event: Event, text: Text, day: date) -> None:
    """Enter the match that *event* shows, and its score if it has been played."""
    match = matches.enter(
        competition,
        diary.at(day, text["kicks_off"]),
        event=event,
        now=event.revised_at,
        **facts(text, "kicks_off", "score"),
        **in_languages(text),
    )
    if "score" in text:
        penalties = tuple(text["score"]["penalties"])
        result = {**text["score"], "penalties": penalties}
        matches.score(match, **result, actor=ACTOR, now=event.ends_at)


def _revise(event: Event, text: Text, day: date, now: datetime) -> None:
    starts_at, ends_at = diary.hours(text, day)
    venue, space = house.place(text["where"])
    events.revise(
        event,
        starts_at=starts_at,
        ends_at=ends_at,
        venue=venue,
        space=space,
        actor=ACTOR,
        now=now,
    )


def _with_hours(text: Text, first: Text) -> Text:
    """Return *text* with the hours that were announced *first*, if any."""
    return {**text, "when": {**text["when"], **facts(first, "where")}}


def _times(text: Text, day: date) -> dict[str, datetime]:
    """Return when doors and replies open and close; days are counted before *day*."""
    found = {}
    if "doors" in text["when"]:
        found["doors_at"] = diary.at(day, text["when"]["doors"])
    for verb, hour in (("open", "10:00"), ("close", "20:00")):
        before = text.get("replies", {}).get(f"{verb}_days_before")
        if before:
            found[f"replies_{verb}_at"] = diary.at(day - timedelta(days=before), hour)
    return found
