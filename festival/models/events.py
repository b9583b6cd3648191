"""Events: the festival itself, and everything on its programme."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from festival.domain.admission import DOOR, LATE
from festival.domain.lifecycle import EventStatus, ReplyPolicy, Stage
from festival.domain.words import Words
from festival.models.base import (
    Base,
    Language,
    Link,
    Name,
    Slug,
    SourceNote,
    Sources,
)
from festival.models.directory import Organisation, Partnership, Space, Venue
from festival.models.rsvps import Rsvp


class Series(Base):
    """An open day that repeats. Its events are real rows, each with its own replies."""

    __tablename__ = "series"

    slug: Mapped[Slug]
    name: Mapped[Words]
    rule: Mapped[dict[str, Any]] = mapped_column(default=dict)  # how dates were made

    events: Mapped[list[Event]] = relationship(
        back_populates="series", order_by="Event.starts_at"
    )


class Event(Base):
    """Something that happens at a time and a place (schema.org/Event).

    A festival is an event whose ``sub_events`` are its programme; a concert may be
    an event whose ``super_event`` is the festival. Two levels, never more.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        CheckConstraint("capacity >= 0", name="capacity_not_negative"),
        CheckConstraint("largest_party BETWEEN 1 AND 50", name="party_bounded"),
        CheckConstraint("super_event_id <> id", name="not_its_own_part"),
        Index("ix_event_agenda", "listed", "starts_at"),
        Index("ix_event_coming", "listed", "ends_at", "starts_at"),
        Index("ix_event_programme", "super_event_id", "listed", "starts_at"),
        Index("ix_event_starts_at", "starts_at"),
        Index("ix_event_ends_at", "ends_at"),
        Index("ix_event_replies_open_at", "replies_open_at"),
        Index("ix_event_replies_close_at", "replies_close_at"),
    )

    uid: Mapped[str] = mapped_column(String(36), unique=True)  # RFC 7986: no host in it
    slug: Mapped[Slug]
    kind: Mapped[str] = mapped_column(String(40))
    super_event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"), index=True)

    name: Mapped[Words]
    summary: Mapped[Words] = mapped_column(default=Words)
    description: Mapped[Words] = mapped_column(default=Words)  # Markdown
    sort_key: Mapped[Name] = mapped_column(default="")
    search_text: Mapped[str] = mapped_column(default="")  # folded, see domain.words

    status: Mapped[EventStatus] = mapped_column(default=EventStatus.DRAFT)
    status_reason: Mapped[Words] = mapped_column(default=Words)  # shown publicly
    previous_starts_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)  # RFC 5545 SEQUENCE
    revised_at: Mapped[datetime]

    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    doors_at: Mapped[datetime | None]
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/Paris")  # IANA
    all_day: Mapped[bool] = mapped_column(default=False)

    # Nothing of the three: the place is to be announced.
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"), index=True)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("space.id"), index=True)
    online_link: Mapped[Link] = mapped_column(default="")  # confirmed guests only

    capacity: Mapped[int | None]  # people; None is no limit
    reply_policy: Mapped[ReplyPolicy] = mapped_column(default=ReplyPolicy.OPEN)
    reply_link: Mapped[Link] = mapped_column(default="")  # policy "elsewhere"
    replies_open_at: Mapped[datetime | None]
    replies_close_at: Mapped[datetime | None]
    largest_party: Mapped[int] = mapped_column(default=5)
    keeps_waiting_list: Mapped[bool] = mapped_column(default=True)
    asks_still_coming: Mapped[bool] = mapped_column(  # and silence may free a seat
        default=False, server_default=false()
    )
    question: Mapped[Words] = mapped_column(default=Words)  # at most one

    listed: Mapped[bool] = mapped_column(default=True)
    audience: Mapped[str] = mapped_column(String(20), default="everyone")  # or youth
    discreet: Mapped[bool] = mapped_column(default=False)
    languages: Mapped[list[str]] = mapped_column(default=list)  # spoken, BCP 47
    access: Mapped[dict[str, Any]] = mapped_column(default=dict)  # over the space's
    access_note: Mapped[Words] = mapped_column(default=Words)
    age_note: Mapped[Words] = mapped_column(default=Words)
    price_note: Mapped[Words] = mapped_column(default=Words)  # empty: free of charge
    bring_note: Mapped[Words] = mapped_column(default=Words)  # what guests bring
    sources: Mapped[Sources]  # of a past nobody here saw
    source_note: Mapped[SourceNote]  # what nobody verified

    # Only the desk sees these.
    set_up_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    clear_up_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    opened_by: Mapped[Name] = mapped_column(default="", server_default="")
    closed_by: Mapped[Name] = mapped_column(default="", server_default="")
    equipment: Mapped[str] = mapped_column(default="", server_default="")
    internal_note: Mapped[str] = mapped_column(default="", server_default="")

    super_event: Mapped[Event | None] = relationship(
        back_populates="sub_events", remote_side="Event.id"
    )
    sub_events: Mapped[list[Event]] = relationship(
        back_populates="super_event", order_by="Event.starts_at, Event.id"
    )
    series: Mapped[Series | None] = relationship(back_populates="events")
    venue: Mapped[Venue | None] = relationship()
    space: Mapped[Space | None] = relationship()
    partnerships: Mapped[list[Partnership]] = relationship(
        back_populates="event", order_by="Partnership.position, Partnership.id"
    )
    match: Mapped[Match | None] = relationship(back_populates="event")
    picture: Mapped[Picture | None] = relationship(back_populates="event")
    plan: Mapped[Plan | None] = relationship(back_populates="event")
    rsvps: Mapped[list[Rsvp]] = relationship(back_populates="event")

    @property
    def stage(self) -> Stage:
        """Return the facts that decide whether replies are taken."""
        return Stage(
            status=self.status,
            reply_policy=self.reply_policy,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            replies_open_at=self.replies_open_at,
            replies_close_at=self.replies_close_at,
        )

    def is_ahead(self, now: datetime) -> bool:
        """Say whether it is still to take place: what is postponed always is."""
        return self.status is EventStatus.POSTPONED or now < self.ends_at

    def promotes(self, now: datetime) -> bool:
        """Say whether who waits may move up: from the last hour on the door decides."""
        return self.status is EventStatus.SCHEDULED and now < self.starts_at - DOOR

    def keeps_together(self, now: datetime) -> bool:
        """Say whether free seats are kept for a large party: not in the last hours."""
        return self.starts_at - now > LATE

    @property
    def organisers(self) -> list[Organisation]:
        """Return those who organise it, the first one first."""
        return [p.organisation for p in self.partnerships if p.role == "organiser"]


class CalendarEntry(Base):
    """The VEVENT of an event in one language, ready for feeds.

    It is true while the event is of the same revision, and ``stamp`` that of the
    program and its settings; what is not true is written anew, and nobody reads it.
    """

    __tablename__ = "calendar_entry"
    __table_args__ = (UniqueConstraint("event_id", "language"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    language: Mapped[Language]
    revision: Mapped[int]
    revised_at: Mapped[datetime]
    stamp: Mapped[str] = mapped_column(String(16))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Picture(Base):
    """One image of an event, as it is served: re-encoded, small, nothing else in it."""

    __tablename__ = "picture"

    event_id: Mapped[int] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), unique=True
    )
    body: Mapped[bytes] = mapped_column(LargeBinary)
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    words: Mapped[Words]  # what it shows, for who does not see it
    credit: Mapped[Name] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(String(16))  # of its body, for its address

    event: Mapped[Event] = relationship(back_populates="picture")


class Plan(Base):
    """When and where a published part of a festival is to be.

    Nobody is told before its programme is published once more.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
    )

    event_id: Mapped[int] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), unique=True
    )
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"), index=True)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("space.id"), index=True)
    planned_at: Mapped[datetime]

    event: Mapped[Event] = relationship(back_populates="plan")
    venue: Mapped[Venue | None] = relationship()
    space: Mapped[Space | None] = relationship()


class Competition(Base):
    """A tournament whose matches are shown, or only remembered."""

    __tablename__ = "competition"

    slug: Mapped[Slug]
    name: Mapped[Words]
    description: Mapped[Words] = mapped_column(default=Words)  # Markdown
    sources: Mapped[Sources]
    source_note: Mapped[SourceNote]

    matches: Mapped[list[Match]] = relationship(
        back_populates="competition", order_by="Match.kicks_off_at, Match.number"
    )


class Match(Base):
    """A match of a competition, shown somewhere or only remembered.

    A side is a team's name, or until it is known a placeholder: whose outcome of
    which match (``{"outcome": "winner", "number": 49}``). Scores are those after
    extra time, the shoot-out apart.
    """

    __tablename__ = "match"

    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), unique=True)
    competition_id: Mapped[int] = mapped_column(
        ForeignKey("competition.id"), index=True
    )
    stage: Mapped[Words] = mapped_column(default=Words)  # "Group A", "Final"
    number: Mapped[int | None]
    home_team: Mapped[Words] = mapped_column(default=Words)
    away_team: Mapped[Words] = mapped_column(default=Words)
    home_from: Mapped[dict[str, Any]] = mapped_column(default=dict)
    away_from: Mapped[dict[str, Any]] = mapped_column(default=dict)
    kicks_off_at: Mapped[datetime]
    ground: Mapped[Words] = mapped_column(  # where it is played
        default=Words, server_default="{}"
    )
    home_score: Mapped[int | None]
    away_score: Mapped[int | None]
    extra_time: Mapped[bool] = mapped_column(default=False, server_default=false())
    home_penalties: Mapped[int | None]
    away_penalties: Mapped[int | None]

    competition: Mapped[Competition] = relationship(back_populates="matches")
    event: Mapped[Event | None] = relationship(back_populates="match")
