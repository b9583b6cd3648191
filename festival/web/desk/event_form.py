"""The one form in which an event is written: what may be chosen, what was answered."""

from __future__ import annotations

from typing import Any

from flask import request

from festival import clock
from festival.domain.lifecycle import ReplyPolicy
from festival.domain.question import ACCESS
from festival.extensions import current_settings
from festival.models.directory import Organisation
from festival.models.events import Event
from festival.queries import event_desk
from festival.web.desk import event_times
from festival.web.desk.event_fields import ONLINE, TEXT_LANGUAGES, offered, words_of
from festival.web.desk.event_questions import GROUPS, SAME, TEXTS, EventQuestions
from festival.web.desk.event_times import Times
from festival.web.desk.guard import grants
from festival.wording import LANGUAGES, gettext, language, language_name, plain


class EventForm(EventQuestions):
    """An event as its organiser says it. ``facts`` are columns of ``Event``."""

    def __init__(self, event: Event | None, data: dict[str, Any]) -> None:
        self.event = event
        self.timezone = event.timezone if event else current_settings().TIMEZONE
        self.times = Times(clock.now(), clock.now())
        super().__init__(f"event|{event.uid if event else 'new'}", data=data)
        self._bodies = event_desk.organisations(grants())
        self._offer_choices(event)

    @property
    def do(self) -> str:
        """Return which button was pressed."""
        return request.form.get("do", "draft")

    # What can be chosen

    def _offer_choices(self, event: Event | None) -> None:
        bodies = list(self._bodies)
        first = event.organisers[0] if event and event.organisers else None
        if first is not None and first not in bodies:
            bodies.insert(0, first)
        choices = [(body.slug, body.name) for body in bodies]
        if first is None and any(g.organisation_id is None for g in grants()):
            choices.insert(0, ("", gettext("The house itself")))
        self.organisation.choices = offered(choices)
        whole = list(event_desk.festivals(grants(), clock.now()))
        current = event.super_event if event else None
        if current is not None and current not in whole:
            whole.insert(0, current)
        named = [(one.slug, plain(one.name)) for one in whole if one is not event]
        self.festival.choices = offered([("", gettext("No")), *named])
        spoken = [*TEXT_LANGUAGES, *(self.languages.object_data or ())]
        self.languages.choices = offered(
            (tag, language_name(tag)) for tag in dict.fromkeys(spoken)
        )
        written = self.written
        self.another.choices = offered(
            (tag, language_name(tag)) for tag in TEXT_LANGUAGES if tag not in written
        )

    @property
    def written(self) -> list[str]:
        """The languages in which there are texts or may be, the page's own first."""
        there = [tag for name in TEXTS for tag in (*self[name].data, *self[name].sent)]
        asked = [self.another.data] if self.do == "language" else []
        tags = (language(), *LANGUAGES, *there, *asked)
        every = {*TEXT_LANGUAGES, *there}
        return [tag for tag in dict.fromkeys(tags) if tag in every]

    @property
    def has_texts(self) -> bool:
        """Whether anything has been written yet."""
        return any(self[name].data for name in TEXTS)

    def missing(self, tag: str) -> list[str]:
        """Return the labels of the texts that exist, but not in the language *tag*."""
        return [
            str(self[name].label.text)
            for name in TEXTS
            if self[name].data and tag not in self[name].data
        ]

    # What was answered

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the answers, then what they make together."""
        self.languages.data = [
            tag
            for tag in dict.fromkeys(self.languages.data or ())
            if tag in words_of(self.languages)
        ]
        if not super().validate(extra_validators):
            return False
        known = self.event
        before = (known.starts_at, known.ends_at) if known else None
        self.times = event_times.read(self, self.timezone, before)
        if self.reply_policy.data == ReplyPolicy.ELSEWHERE and not self.reply_link.data:
            event_times.wrong(
                self.reply_link, gettext("Give the address of that site.")
            )
        if self.place.data == ONLINE and not self.online_link.data:
            event_times.wrong(
                self.online_link,
                gettext("Give the link, or choose “To be announced” as the place."),
            )
        return not any(self.errors.values())

    def facts(self) -> dict[str, Any]:
        """Return what an event is by these answers; call after validation."""
        venue, space = self.place.chosen()
        return {
            **{name: self[name].data for name in SAME},
            "starts_at": self.times.starts_at,
            "ends_at": self.times.ends_at,
            "doors_at": self.times.doors_at,
            "timezone": self.timezone,
            "venue": venue,
            "space": space,
            "online_link": str(self.online_link.data or ""),
            "capacity": self._capacity(space),
            "reply_policy": ReplyPolicy(self.reply_policy.data),
            "replies_open_at": self.times.opens_at,
            "replies_close_at": self.times.closes_at,
            "access": self._access_facts(),
            "super_event": self._whole(),
        }

    def organiser(self) -> Organisation | None:
        """Return in whose name it is, read anew; nothing leaves it as it is."""
        wanted = self.organisation.data
        first = (
            self.event.organisers[0] if self.event and self.event.organisers else None
        )
        if first is not None and first.slug == wanted:
            return first
        bodies = event_desk.organisations(grants())
        return next((body for body in bodies if body.slug == wanted), None)

    def _whole(self) -> Event | None:
        current = self.event.super_event if self.event else None
        if current is not None and current.slug == self.festival.data:
            return current
        every = event_desk.festivals(grants(), clock.now())
        return next((one for one in every if one.slug == self.festival.data), None)

    def _capacity(self, space: Any) -> int | None:
        if self.no_limit.data:
            return None
        if self.capacity.data is not None:
            return int(self.capacity.data)
        return space.capacity if space else None

    def _access_facts(self) -> dict[str, Any]:
        facts = dict(self.event.access) if self.event else {}
        for fact in ACCESS.values():
            said = self[f"access_{fact}"].data
            facts.pop(fact, None)
            if said:
                facts[fact] = said == "yes"
        return facts

    def is_open(self, group: str) -> bool:
        """Say whether a part that is folded away is to be seen: something is wrong."""
        return any(self[name].errors for name in GROUPS[group])
