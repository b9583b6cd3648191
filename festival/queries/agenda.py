"""What is on, where and when: one question, whoever asks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from festival.domain.admission import House
from festival.domain.kinds import FESTIVAL, KINDS
from festival.domain.lifecycle import PUBLIC, ReplyState, reply_state
from festival.domain.words import fold
from festival.extensions import current_settings, db
from festival.models.directory import Partnership
from festival.models.events import Event
from festival.queries import guests

WINDOWS = ("today", "weekend", "week", "month", "all", "past")
DEFAULT_DAYS = 14
PAGE = 30  # events
MANY = 1000  # events whose days are counted to fill a page
LONGEST_QUESTION = 80
ACCESS = (
    "step_free",
    "accessible_toilet",
    "hearing_loop",
    "sign_language",
    "quiet_place",
)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class AgendaFilter:
    """What is asked of the agenda, in the words of its address.

    ``misread`` says that a date was given which is none; nothing is ever an error.
    """

    when: str = ""  # "" is from now, 14 days
    kinds: tuple[str, ...] = ()
    q: str = ""
    starting: date | None = None  # "from"
    misread: bool = False

    @classmethod
    def read(cls, asked: Mapping[str, Sequence[str]]) -> AgendaFilter:
        """Understand what can be understood of the parameters *asked*."""
        when = next((w for w in asked.get("when", ()) if w in WINDOWS), "")
        chosen = set(asked.get("kind", ()))
        texts = [text for text in asked.get("q", ()) if text.strip()]
        starting, misread = _date(asked.get("from", ()))
        return cls(
            when=when,
            kinds=tuple(kind for kind in KINDS if kind in chosen),
            q=" ".join(texts[:1])[:LONGEST_QUESTION].replace("\0", "").strip(),
            starting=starting,
            misread=misread,
        )

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Return these as an address has them, in the one order we use."""
        found = [("when", self.when)] if self.when else []
        found += [("kind", kind) for kind in self.kinds]
        if self.starting:
            found.append(("from", self.starting.isoformat()))
        if self.q:
            found.append(("q", self.q))
        return found

    @property
    def chosen(self) -> int:
        """Return how many choices narrow the list, its period apart."""
        return len(self.kinds) + bool(self.q)

    def without(self, name: str, value: str = "") -> AgendaFilter:
        """Return the same question with one choice less."""
        if name == "kind":
            return replace(self, kinds=tuple(k for k in self.kinds if k != value))
        return replace(self, **{"from": {"starting": None}}.get(name, {name: ""}))

    def asking(self, when: str) -> AgendaFilter:
        """Return the same question about another period."""
        return replace(self, when=when, starting=None, misread=False)


@dataclass(frozen=True, slots=True)
class AccessFact:
    """One thing about access: yes, no, or None where nobody has said."""

    name: str
    given: bool | None
    door_width: int | None = None  # centimetres, with step_free


@dataclass(frozen=True, slots=True)
class EventCard:
    """An event as a list shows it."""

    event: Event
    house: House
    state: ReplyState

    @property
    def access(self) -> list[AccessFact]:
        """Return what is known of access: the event's own word, else its space's."""
        facts = []
        for name in ACCESS:
            given = self.event.access.get(name)
            if given is None:
                given = getattr(self.event.space, name, None)
            door = getattr(self.event.space, "door_width", None)
            facts.append(AccessFact(name, given, door if name == "step_free" else None))
        return facts


@dataclass(frozen=True, slots=True)
class Day:
    """What is on, on one day of the house."""

    date: date
    cards: tuple[EventCard, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    """The answer to one ``AgendaFilter``."""

    days: tuple[Day, ...]
    total: int  # events on this page
    next_from: date | None  # where the list goes on
    nearest: Day | None  # when nothing was found: what comes next
    festival: EventCard | None  # à l'affiche
    counts: Mapping[str, int]  # how many today, this weekend, and in all


def public_event(slug: str) -> Event:
    """Return the published event at *slug*.

    Raises:
        NoResultFound: there is none, or it is still a draft. The web answers 404.
    """
    query = _with_places(select(Event)).where(
        Event.slug == slug, Event.status.in_(PUBLIC)
    )
    return db.session.scalars(query).one()


def card(event: Event, now: datetime) -> EventCard:
    """Return *event* as a list shows it."""
    return next(_cards([event], now))


def programme(festival: Event, now: datetime) -> tuple[Day, ...]:
    """Return the public parts of *festival*, in time order, by day."""
    parts = _with_places(select(Event)).where(
        Event.super_event_id == festival.id,
        Event.listed,
        Event.status.in_(PUBLIC),
    )
    found = db.session.scalars(parts.order_by(Event.starts_at, Event.id)).all()
    return _days(_cards(found, now), festival.starts_at)


def agenda(question: AgendaFilter, now: datetime) -> Agenda:
    """Answer *question* for one page: whole days, some thirty events."""
    if question.when == "past":
        found = _past(question, now)
        days, next_from = _days(_cards(found, now), FIRST_DAY), None
    else:
        begins, ends = window(question, now)
        inside = [Event.ends_at > max(begins, now)]
        if ends:
            inside.append(Event.starts_at < ends)
        size, next_from = _page(question, inside, local_date(max(begins, now)))
        query = _asked(question).where(*inside)
        found = db.session.scalars(
            query.order_by(Event.starts_at, Event.id).limit(size)
        ).all()
        days = _days(_cards(found, now), max(begins, now))
        if next_from is None and not question.when:
            next_from = _next_day(question, ends)
    nearest = None if days else _nearest(question, now)
    return Agenda(
        days=days,
        total=sum(len(day.cards) for day in days),
        next_from=next_from,
        nearest=nearest,
        festival=_festival(now),
        counts=_counts(question, now),
    )


def window(question: AgendaFilter, now: datetime) -> tuple[datetime, datetime | None]:
    """Return the instants between which *question* asks; None is without end.

    Days begin at the house's midnight.
    """
    zone = ZoneInfo(current_settings().TIMEZONE)
    today = now.astimezone(zone).date()
    first = max(question.starting or today, today)
    if question.when == "today":
        first, days = today, 1
    elif question.when == "weekend":
        first, days = _weekend(today)
    elif question.when == "week":
        first, days = today, 7 - today.weekday()
    elif question.when == "month":
        following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        first, days = today, (following - today).days
    elif question.when == "all":
        return _midnight(first, zone), None
    else:
        days = DEFAULT_DAYS
    return _midnight(first, zone), _midnight(first + timedelta(days=days), zone)


def local_date(instant: datetime) -> date:
    """Return the house's date at *instant*."""
    return instant.astimezone(ZoneInfo(current_settings().TIMEZONE)).date()


def _weekend(today: date) -> tuple[date, int]:
    """Return the first day of this weekend, today at the earliest, and its days."""
    saturday = today + timedelta(days=5 - today.weekday())
    return max(saturday, today), 2 if saturday >= today else 1


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _date(texts: Sequence[str]) -> tuple[date | None, bool]:
    for text in texts:
        try:
            found = date.fromisoformat(text.strip()[:10])
        except ValueError:
            continue
        if FIRST_DAY <= found <= LAST_DAY:
            return found, False
    return None, any(text.strip() for text in texts)


def _with_places(query: Select[Event]) -> Select[Event]:
    return query.options(
        joinedload(Event.venue),
        joinedload(Event.space),
        joinedload(Event.super_event),
        selectinload(Event.partnerships).joinedload(Partnership.organisation),
    )


def _asked(question: AgendaFilter) -> Select[Event]:
    return _with_places(select(Event)).where(*_matches(question))


def _matches(question: AgendaFilter) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of *question*, its period apart."""
    yield Event.listed.is_(True)
    yield Event.status.in_(PUBLIC)
    if question.kinds:
        yield Event.kind.in_(question.kinds)
    for word in fold(question.q).split():
        yield Event.search_text.contains(word, autoescape=True)


def _cards(found: Iterable[Event], now: datetime) -> Iterator[EventCard]:
    every = list(found)
    taken = guests.seats_taken((event.id for event in every), now)
    for event in every:
        house = House(event.capacity, taken.get(event.id, 0), event.keeps_waiting_list)
        yield EventCard(event, house, reply_state(event.stage, house, now))


def _days(cards: Iterable[EventCard], earliest: datetime | date) -> tuple[Day, ...]:
    """Group *cards* by day; what began before *earliest* stands on that day."""
    first = local_date(earliest) if isinstance(earliest, datetime) else earliest

    def its_day(card: EventCard) -> date:
        return max(local_date(card.event.starts_at), first)

    ordered = sorted(cards, key=lambda card: (its_day(card), card.event.starts_at))
    if first == FIRST_DAY:
        ordered.reverse()
    return tuple(Day(day, tuple(group)) for day, group in groupby(ordered, key=its_day))


def _page(
    question: AgendaFilter, inside: Sequence[ColumnElement[bool]], first: date
) -> tuple[int, date | None]:
    """Return how many events make a page of whole days, and the day to go on from."""
    starts = db.session.scalars(
        select(Event.starts_at)
        .where(*_matches(question), *inside)
        .order_by(Event.starts_at)
        .limit(MANY)
    ).all()
    size = 0
    for day, events in Counter(max(local_date(at), first) for at in starts).items():
        if size and size + events > PAGE:
            return size, day
        size += events
    return size, None


def _next_day(question: AgendaFilter, after: datetime | None) -> date | None:
    """Return the day of the first event from *after* on."""
    if after is None:
        return None
    later = select(func.min(Event.starts_at)).where(
        *_matches(question), Event.starts_at >= after
    )
    found = db.session.scalars(later).one()
    return local_date(found) if found else None


def _past(question: AgendaFilter, now: datetime) -> Sequence[Event]:
    query = _asked(question).where(Event.ends_at <= now)
    return db.session.scalars(
        query.order_by(Event.starts_at.desc(), Event.id.desc()).limit(PAGE)
    ).all()


def _nearest(question: AgendaFilter, now: datetime) -> Day | None:
    """Return what comes next for the same choices, else for none at all."""
    for asked in (question, AgendaFilter()):
        query = _asked(asked).where(Event.ends_at > now)
        found = db.session.scalars(
            query.order_by(Event.starts_at, Event.id).limit(1)
        ).first()
        if found:
            return _days([card(found, now)], now)[0]
    return None


def _festival(now: datetime) -> EventCard | None:
    """Return the festival to come, or going on: the one à l'affiche."""
    query = _with_places(select(Event)).where(
        Event.kind == FESTIVAL,
        Event.listed,
        Event.status.in_(PUBLIC),
        Event.ends_at > now,
    )
    found = db.session.scalars(query.order_by(Event.starts_at).limit(1)).first()
    return card(found, now) if found else None


def _counts(question: AgendaFilter, now: datetime) -> Mapping[str, int]:
    """Return how many events each period holds, for the same choices. One statement."""
    matches = [*_matches(question), Event.ends_at > now]
    columns = []
    for when in ("today", "weekend", "all"):
        begins, ends = window(AgendaFilter(when=when), now)
        inside = Event.ends_at > begins
        if ends:
            inside = inside & (Event.starts_at < ends)
        columns.append(func.count(Event.id).filter(inside).label(when))
    row = db.session.execute(select(*columns).where(*matches)).one()
    return {"today": row.today, "weekend": row.weekend, "": row.all}
