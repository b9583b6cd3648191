"""What the templates of letters are told: the frozen facts, in the reader's words.

Links come from ``BASE_URL`` alone, whoever asked for the letter and how.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import current_app

from festival import entries, wording
from festival.domain import tokens
from festival.domain.admission import RsvpStatus
from festival.domain.lifecycle import EventStatus
from festival.domain.words import Phrase, Words
from festival.extensions import current_settings
from festival.mail.light import Room

NEAR: Final = timedelta(days=6)  # nearer than this, a weekday alone says the day


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event, as its letter names it."""

    name: Phrase
    moment: str  # for subjects: "Saturday 2pm"
    when: str
    doors: str
    place: str
    address: str
    how_to_come: list[Phrase]
    bring: Phrase
    reason: Phrase
    online_link: str
    link: str
    cancelled: bool
    postponed: bool


@dataclass(frozen=True, slots=True)
class ToldReply:
    """A reply, as its letter names it, and the links that open it."""

    name: str
    party_size: int
    people: str  # "2 people"
    places: str  # "2 places"
    comes: bool
    waits: bool
    held: bool
    offered: bool
    cancelled: bool
    rank: str
    rest: str  # "2 more people are on the waiting list. You are 3rd in line."
    door_code: str
    held_until: str  # empty when it is over as the letter goes out
    asked: int | None  # places, by a further reply; 0: "I can't come"
    asked_places: str
    manage: str
    change: str
    change_to_asked: str
    cancel: str
    still: str
    confirm: str
    erase: str
    silence: str
    reminders: str
    ticket: str


def tickets(
    replies: Sequence[Mapping[str, Any]], sent_at: datetime, room: Room
) -> dict[str, Any]:
    """Return what a letter lists: events, each with the reply to it.

    Many are told in brief, and of very many the first.
    """
    listed = [
        (
            event(each["event"], sent_at),
            reply(each["reply"], sent_at, each.get("asked")),
        )
        for each in replies[: room.tickets]
    ]
    number, unsaid = len(replies), len(replies[room.tickets :])
    return {
        "tickets": listed,
        "number": number,
        "brief": room.is_brief(len(replies)),
        "again": link("rsvp.tickets_again"),
        "unsaid": unsaid
        and wording.ngettext(
            "And %(num)s more; ask for it here",
            "And %(num)s more; ask for them here",
            unsaid,
        ),
    }


def event(facts: Mapping[str, Any], sent_at: datetime) -> ToldEvent:
    """Return an event as it was when its facts were frozen."""
    zone, all_day = facts["timezone"], facts["all_day"]
    starts_at = datetime.fromisoformat(facts["starts_at"])
    ends_at = datetime.fromisoformat(facts["ends_at"])
    doors_at = datetime.fromisoformat(facts["doors_at"] or facts["starts_at"])
    goes_ahead = facts["status"] == EventStatus.SCHEDULED
    opens_early = goes_ahead and doors_at < starts_at and not all_day
    place = facts["place"] or {}
    how_to_come = _phrase(place.get("how_to_come"))
    return ToldEvent(
        name=_phrase(facts["name"]),
        moment=_moment(starts_at.astimezone(ZoneInfo(zone)), sent_at, all_day=all_day),
        when=capital(wording.when(starts_at, ends_at, zone, all_day=all_day)),
        doors=wording.clock_time(doors_at.astimezone(ZoneInfo(zone)))
        if opens_early
        else "",
        place=_place(facts),
        address=entries.address(place),
        how_to_come=[
            replace(how_to_come, text=line.strip())
            for line in how_to_come.text.splitlines()
            if line.strip()
        ],
        bring=_phrase(facts["bring"]),
        reason=_phrase(facts["reason"]),
        online_link=facts["online_link"],
        link=link("events.event", slug=facts["slug"]),
        cancelled=facts["status"] == EventStatus.CANCELLED,
        postponed=facts["status"] == EventStatus.POSTPONED,
    )


@dataclass(frozen=True, slots=True)
class Was:
    """What an event was before it changed; empty where it is as it was."""

    off: bool  # it was called off
    name: str
    when: str
    place: str
    doors: str
    nowhere: bool  # its place was to be announced
    link_is_new: bool
    link_is_gone: bool


def _was(
    before: Mapping[str, Any], facts: Mapping[str, Any], changed: Collection[str]
) -> Was:
    """Return what of *before* is no longer so in the event's *facts*.

    Of the online link a letter remembers a mark alone: *changed* says that it did.
    """
    starts_at, ends_at = (
        datetime.fromisoformat(before[name]) for name in ("starts_at", "ends_at")
    )
    name = wording.plain(Words(before["name"]))
    when = wording.when(starts_at, ends_at, facts["timezone"], all_day=facts["all_day"])
    space = wording.plain(Words(before["space"]))
    place = joined(before["venue"], space)
    now = facts["starts_at"], facts["ends_at"]
    other_link = "online_link" in changed
    called_off = before.get("status", EventStatus.SCHEDULED) != EventStatus.SCHEDULED
    return Was(
        off=called_off and facts["status"] == EventStatus.SCHEDULED,
        name=name if name != wording.plain(_phrase(facts["name"])) else "",
        when=when if now != (before["starts_at"], before["ends_at"]) else "",
        place=place if place != _place(facts) else "",
        doors=_doors_before(before, facts),
        nowhere=not before["venue"] and facts["place"] is not None,
        link_is_new=other_link and bool(facts["online_link"]),
        link_is_gone=other_link and not facts["online_link"],
    )


def _doors_before(before: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Return when doors opened, unless they only moved along with the start."""

    def doors(said: Mapping[str, Any]) -> tuple[datetime, timedelta]:
        starts_at = datetime.fromisoformat(said["starts_at"])
        doors_at = datetime.fromisoformat(said["doors_at"] or said["starts_at"])
        return doors_at, starts_at - doors_at

    (opened_at, earlier), (_, earlier_now) = doors(before), doors(facts)
    if earlier == earlier_now or facts["all_day"]:
        return ""
    return wording.clock_time(opened_at.astimezone(ZoneInfo(facts["timezone"])))


def reply(
    facts: Mapping[str, Any], sent_at: datetime, asked: int | None = None
) -> ToldReply:
    """Return a reply as it was then; *asked* is what a further one asks for."""
    status, party_size = facts["status"], facts["party_size"]
    held_until = facts["held_until"] and datetime.fromisoformat(facts["held_until"])
    rest, rank = facts.get("waiting_for", 0), _rank(facts["position"])
    manage = _token_link("manage", facts)
    return ToldReply(
        name=facts["name"],
        party_size=party_size,
        people=wording.people(party_size),
        places=wording.places(party_size),
        comes=status == RsvpStatus.CONFIRMED,
        waits=status == RsvpStatus.WAITING,
        held=status in {RsvpStatus.HELD, RsvpStatus.EXPIRED},
        offered=status == RsvpStatus.OFFERED,
        cancelled=status == RsvpStatus.CANCELLED,
        rank=rank,
        rest=f"{_wait_on(rest)} {rank}".strip() if rest else "",
        door_code=wording.door_code(facts["door_code"]),
        held_until=wording.instant(held_until)
        if held_until and held_until > sent_at
        else "",
        asked=asked,
        asked_places=wording.places(asked) if asked else "",
        manage=manage,
        change=f"{manage}#change",
        change_to_asked=_token_link("manage", facts, party=asked) + "#change",
        cancel=f"{manage}#cancel",
        still=f"{manage}#still",
        confirm=_token_link("confirm", facts),
        erase=_token_link("erase", facts),
        silence=_token_link("silence", facts),
        reminders=_token_link("reminders", facts),
        ticket=_token_link("ticket", facts),
    )


def more(facts: Mapping[str, Any], reply: ToldReply) -> dict[str, Any]:
    """Return what only some kinds of letter tell of a *reply*."""
    says: dict[str, Any] = {"lost": facts.get("lost", False)}
    if "before" in facts:
        before = facts["before"]
        says["before"] = wording.people(before) if before != reply.party_size else ""
    if "was" in facts:
        changed = facts.get("changed", ())
        says["was"] = _was(facts["was"], facts["event"], changed)
    if part := facts.get("part"):
        places = {"all": reply.party_size}
        says["part"] = wording.ngettext(
            "%(num)s of your %(all)s places is free",
            "%(num)s of your %(all)s places are free",
            part,
            **places,
        )
        says["part_question"] = wording.ngettext(
            "%(num)s of your %(all)s places is free: will you take it? "
            "You keep your rank for the rest.",
            "%(num)s of your %(all)s places are free: will you take them? "
            "You keep your rank for the rest.",
            part,
            **places,
        )
    if people := facts.get("waiting"):
        says["waiting"] = wording.ngettext(
            "Not coming any more? Say so: %(num)s person is waiting.",
            "Not coming any more? Say so: %(num)s people are waiting.",
            people,
        )
    if until := facts.get("silence_until"):
        zone = facts["event"]["timezone"]
        says["silence_until"] = wording.instant(datetime.fromisoformat(until), zone)
    return says


# Words


def _moment(local: datetime, sent_at: datetime, *, all_day: bool) -> str:
    """Return "Saturday 2pm", with its date unless it is this week's Saturday."""
    away = local - sent_at
    near = timedelta(0) <= away < NEAR
    said = (
        format_date(local.date(), "EEEE", locale=wording.language())
        if near
        else wording.day(local.date())
    )
    if not all_day:
        said += (" " if near else ", ") + wording.clock_time(local)
    return said


def _place(facts: Mapping[str, Any]) -> str:
    """Return where it is, as pages say it."""
    place = facts["place"]
    space = place and place["space"]
    return wording.place(
        SimpleNamespace(
            venue=SimpleNamespace(name=place["venue"]) if place else None,
            space=SimpleNamespace(name=_phrase(space)) if space else None,
            online_link=facts["online_link"],
        )
    )


def _rank(position: int | None) -> str:
    if position is None:
        return ""
    return wording.gettext("You are %(rank)s in line.", rank=wording.rank(position))


def _wait_on(number: int) -> str:
    return wording.ngettext(
        "%(num)s more person is on the waiting list.",
        "%(num)s more people are on the waiting list.",
        number,
    )


def contact() -> str:
    """Return the house's telephone, and when it is answered."""
    settings = current_settings()
    english = wording.language() == "en"
    opens = settings.CONTACT_HOURS_EN if english else settings.CONTACT_HOURS_FR
    return wording.typo(joined(settings.CONTACT_PHONE, opens))


def joined(*parts: str) -> str:
    """Return what there is of *parts*, in one line."""
    return ", ".join(part for part in parts if part)


def capital(text: str) -> str:
    """Return *text* as the beginning of a line."""
    return text[:1].upper() + text[1:]


def _phrase(text: Mapping[str, str] | None) -> Phrase:
    """Return a frozen text again, on one line unless it is a list of lines."""
    if text is None:
        return Phrase("", "", foreign=False)
    spoken = text["language"].partition("-")[0]
    foreign = bool(text["text"]) and spoken != wording.language()
    return Phrase(text["text"], text["language"], foreign)


# Links


def link(endpoint: str, **values: Any) -> str:
    """Return a whole address: of this house, whatever any request said."""
    paths = current_app.url_map.bind("")
    path = paths.build(endpoint, {"lang": wording.language(), **values})
    return current_settings().base_url + path


def calendar_link(public_id: str) -> str:
    """Return the address of the page of a guest's own calendar."""
    key = current_settings().SECRET_KEY
    token = tokens.write(key, "calendar", public_id, 0)
    return link("personal.calendar", token=token)


def desk(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a letter to somebody at the desk is told."""
    known = facts["link"]  # none: they know the way
    return {
        "greeted": facts["account"]["name"],
        "way_in": way_in(known) if known else link("desk.today"),
        "minutes": facts.get("minutes"),
        "days": facts.get("days"),
        "by": facts.get("by"),
    }


def way_in(public_id: str) -> str:
    """Return the address that signs in once."""
    key = current_settings().SECRET_KEY
    return link("accounts.enter", token=tokens.write(key, "sign-in", public_id, 0))


def _token_link(purpose: str, facts: Mapping[str, Any], **more: Any) -> str:
    key = current_settings().SECRET_KEY
    token = tokens.write(key, purpose, facts["public_id"], facts["version"])
    blueprint = "rights" if purpose in {"silence", "reminders"} else "rsvp"
    return link(f"{blueprint}.{purpose}", token=token, **more)
