"""The life of an event, and what each stage of it allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from festival.domain.admission import House
from festival.domain.errors import (
    EventCancelled,
    EventOver,
    EventPostponed,
    FestivalError,
    NotTakingReplies,
    RepliesClosed,
    RepliesElsewhere,
    RepliesNotOpen,
)


class EventStatus(StrEnum):
    """schema.org EventStatusType, plus the two stages before it."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    SCHEDULED = "scheduled"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


PUBLIC = frozenset(
    {EventStatus.SCHEDULED, EventStatus.POSTPONED, EventStatus.CANCELLED}
)


class ReplyPolicy(StrEnum):
    """How one says "we are coming" here."""

    NONE = "none"  # drop in
    OPEN = "open"  # confirmed at once
    MAIL = "mail"  # held until confirmed by mail
    ELSEWHERE = "elsewhere"  # a link out


class ReplyState(StrEnum):
    """What an event's page offers at this moment."""

    OPEN = "open"
    WAITING_LIST = "waiting_list"
    FULL = "full"
    NOT_YET = "not_yet"
    CLOSED = "closed"
    DROP_IN = "drop_in"
    ELSEWHERE = "elsewhere"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Stage:
    """The facts of an event that decide whether it takes replies."""

    status: EventStatus
    reply_policy: ReplyPolicy
    starts_at: datetime
    ends_at: datetime
    replies_open_at: datetime | None  # None: from publication on
    replies_close_at: datetime | None  # None: until the start

    @property
    def closes_at(self) -> datetime:
        """Return the instant from which replies are refused."""
        return self.replies_close_at or self.starts_at


REFUSALS: dict[ReplyState, type[FestivalError]] = {
    ReplyState.NOT_YET: RepliesNotOpen,
    ReplyState.CLOSED: RepliesClosed,
    ReplyState.DROP_IN: NotTakingReplies,
    ReplyState.ELSEWHERE: RepliesElsewhere,
    ReplyState.POSTPONED: EventPostponed,
    ReplyState.CANCELLED: EventCancelled,
    ReplyState.PAST: EventOver,
}


def stage_state(stage: Stage, now: datetime) -> ReplyState:
    """Say what *stage* allows at *now*, seats apart: ``OPEN`` means seats decide."""
    early = stage.replies_open_at is not None and now < stage.replies_open_at
    reasons = (  # the first that holds is the one a visitor is told
        (stage.status is EventStatus.CANCELLED, ReplyState.CANCELLED),
        (stage.status is EventStatus.POSTPONED, ReplyState.POSTPONED),
        (now >= stage.ends_at, ReplyState.PAST),
        (stage.reply_policy is ReplyPolicy.NONE, ReplyState.DROP_IN),
        (stage.reply_policy is ReplyPolicy.ELSEWHERE, ReplyState.ELSEWHERE),
        (now >= stage.closes_at, ReplyState.CLOSED),
        (early, ReplyState.NOT_YET),
    )
    return next((state for holds, state in reasons if holds), ReplyState.OPEN)


def reply_state(stage: Stage, house: House, now: datetime) -> ReplyState:
    """Say what an event's page offers at *now*, with *house* as full as it is."""
    state = stage_state(stage, now)
    if state is not ReplyState.OPEN or house.admits(1):
        return state
    return ReplyState.WAITING_LIST if house.keeps_waiting_list else ReplyState.FULL


def require_open(stage: Stage, now: datetime) -> None:
    """Pass silently while replies are taken.

    Raises:
        NotTakingReplies, RepliesElsewhere: they never are, here.
        RepliesNotOpen, RepliesClosed, EventOver: too early or too late.
        EventCancelled, EventPostponed: it is not going ahead as planned.
    """
    refusal = REFUSALS.get(stage_state(stage, now))
    if refusal:
        raise refusal


def require_ahead(stage: Stage, now: datetime) -> None:
    """Pass silently while a guest may still change a reply already given.

    Raises:
        EventOver, EventCancelled: there is nothing left to come to.
    """
    state = stage_state(stage, now)
    if state in {ReplyState.PAST, ReplyState.CANCELLED}:
        raise REFUSALS[state]
