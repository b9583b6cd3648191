"""A festival's programme: its days, its spaces, and where everything stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from festival.domain.lifecycle import EventStatus
from festival.domain.programme import MORNING, MOST_DAYS, Grid, Slot, lay_out
from festival.extensions import current_settings
from festival.models.events import Event
from festival.queries import agenda, conditions
from festival.queries.agenda import Day, EventCard

MINUTE = timedelta(minutes=1)
OPEN = 10 * 60, 18 * 60  # minutes: the table of a day on which nothing has an hour
ColumnKey = tuple[int, int]  # a venue's and a space's id; 0 for none


@dataclass(frozen=True, slots=True)
class Column:
    """A space of one day, told by an event that is there."""

    event: Event
    key: str  # as the page's address has it
    number: int  # of events


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a day's list: an hour that begins, or an event."""

    hour: int | None = None
    empty: bool = False  # an hour in which nothing begins
    card: EventCard | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """One day of a programme, as a list that becomes a table where there is room."""

    date: date
    number: int  # of the day, from 0: ids on the page begin with it
    columns: Sequence[Column]
    lines: Sequence[Line]
    grid: Grid


def days(festival: Event, now: datetime) -> tuple[Day, ...]:
    """Return every day of *festival*, those on which nothing is yet included.

    What lasts several days is on each of them.
    """
    found: dict[date, list[EventCard]] = {day: [] for day in _days_of(festival)}
    for day in agenda.programme(festival, now):
        for card in day.cards:
            for one in _days_of(card.event):
                found.setdefault(one, []).append(card)
    return tuple(Day(day, tuple(cards)) for day, cards in sorted(found.items()))


def _days_of(event: Event) -> list[date]:
    """Return the days of *event*: a night belongs to its evening."""
    first = conditions.local_date(event.starts_at)
    until = event.ends_at - (MINUTE if event.all_day else MORNING)
    last = max(conditions.local_date(until), first)
    many = min((last - first).days + 1, MOST_DAYS)
    return [first + timedelta(days=n) for n in range(many)]


def chosen(festival_days: Sequence[Day], asked: str, now: datetime) -> Day | None:
    """Return the day *asked* for, else today, else the next one, else the first.

    "all" is None: every day.
    """
    if asked == "all" or not festival_days:
        return None
    today = conditions.local_date(now)
    by_date = {day.date.isoformat(): day for day in festival_days}
    coming = (day for day in festival_days if day.date >= today and day.cards)
    return by_date.get(asked) or next(coming, festival_days[0])


def board(day: Day, number: int) -> Board:
    """Lay *day* out, the *number*-th of its festival."""
    cards = sorted(day.cards, key=lambda card: (card.event.starts_at, card.event.id))
    slots = _slots([card.event for card in cards], day.date)
    heads: dict[ColumnKey, list[Event]] = {}
    for card in sorted(cards, key=lambda card: _order(card.event)):
        heads.setdefault(_column(card.event), []).append(card.event)
    grid = lay_out(slots, list(heads))
    return Board(
        date=day.date,
        number=number,
        columns=[Column(e[0], space_key(e[0]), len(e)) for e in heads.values()],
        lines=list(_lines(cards, slots, grid)),
        grid=grid,
    )


def running(boards: Sequence[Board], now: datetime) -> str:
    """Return the id of what is on at *now* and began last, "" if nothing is."""
    on = [
        (card.event.starts_at, f"s{board.number}-{card.event.id}")
        for board in boards
        if board.date == conditions.local_date(now - MORNING)
        or board.date == conditions.local_date(now)
        for line in board.lines
        if (card := line.card)
        and card.event.status is EventStatus.SCHEDULED
        and card.event.starts_at <= now < card.event.ends_at
    ]
    return max(on)[1] if on else ""


def spaces(cards: Sequence[EventCard]) -> dict[str, Event]:
    """Return the places of *cards* in their order, each told by an event there."""
    return {
        space_key(event): event
        for event in sorted((card.event for card in cards), key=_order)
    }


def space_key(event: Event) -> str:
    """Return the name of an event's place in a festival page's address."""
    venue = event.venue.slug if event.venue else "elsewhere"
    return f"{venue}/{event.space.slug}" if event.space else venue


def _column(event: Event) -> ColumnKey:
    return event.venue_id or 0, event.space_id or 0


def _order(event: Event) -> tuple[bool, str, bool, int]:
    """Return the order of an event's column: by venue, its spaces as it has them."""
    venue = event.venue.name if event.venue else ""
    place = event.space.position if event.space else 0
    return event.venue is None, venue, event.space is None, place


def _slots(events: Sequence[Event], day: date) -> list[Slot]:
    """Return when everything is on *day*; what lasts for days is on all the time."""
    timed = [e for e in events if not e.all_day and len(_days_of(e)) == 1]
    hours = {e.id: _minutes(e, day) for e in timed}
    begins = min((b for b, _ in hours.values()), default=OPEN[0])
    ends = max((e for _, e in hours.values()), default=OPEN[1])
    return [Slot(e.id, _column(e), *hours.get(e.id, (begins, ends))) for e in events]


def _minutes(event: Event, day: date) -> tuple[int, int]:
    """Return begin and end in minutes on *day*, whatever clocks do meanwhile."""
    midnight = datetime.combine(day, time())
    zone = ZoneInfo(current_settings().TIMEZONE)
    begins, ends = (
        int((at.astimezone(zone).replace(tzinfo=None) - midnight) / MINUTE)
        for at in (event.starts_at, event.ends_at)
    )
    return max(begins, 0), max(ends, begins + 1)


def _lines(
    cards: Sequence[EventCard], slots: Sequence[Slot], grid: Grid
) -> Iterator[Line]:
    by_key = {card.event.id: card for card in cards}
    left = sorted(slots, key=lambda slot: (slot.begins, slot.key))
    for hour in grid.hours:
        begin = [slot for slot in left if slot.begins // 60 == hour]
        yield Line(hour=hour, empty=not begin)
        yield from (Line(card=by_key[slot.key]) for slot in begin)
