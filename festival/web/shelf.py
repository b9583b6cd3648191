"""Public answers, ready to be given again.

Each is kept as long as it is true: in its edition, until the clock changes it, and
while the seats it tells stand as they did, which is asked every few seconds. In the
process they are found at once; where there is a Redis, a process finds there what
another one has made.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from threading import Lock
from time import monotonic
from typing import Protocol, TypeVar

import brotli
from werkzeug.datastructures import Accept
from werkzeug.http import http_date, parse_accept_header, parse_date, parse_etags

from festival.domain.admission import House
from festival.queries.guests import Shown, are_true
from festival.queries.pulse import Pulse, pulse

V = TypeVar("V")
Headers = list[tuple[str, str]]

PULSE_SECONDS = 0.5  # how late a process learns what another one changed
SEATS_SECONDS = 4.0  # how old the seats in an answer may be, and be given still
GRACE = 0.5  # more, for the others, while one thread asks
TOGETHER = 200  # answers whose seats are counted in one go
LONGEST_ADDRESS = 500  # characters of one that is remembered as it was written
MOST_ADDRESSES = 10_000
LOCKS = 64

WORTH_ZIPPING = 1400  # bytes: less than one packet of the network
BROTLI, GZIP = 4, 4  # levels: a page is zipped once, a feed at each change
CODINGS = {  # how what is sent zipped; calendar programs know no brotli
    "text/html": ("br", "gzip"),
    "text/css": ("br", "gzip"),
    "text/csv": ("br", "gzip"),
    "image/svg+xml": ("br", "gzip"),
    "application/atom+xml": ("br", "gzip"),
    "application/json": ("br", "gzip"),
    "application/ld+json": ("br", "gzip"),
    "application/xml": ("br", "gzip"),
    "text/calendar": ("gzip",),
}
NEVER_ZIPPED = ("Outlook", "Microsoft", "Exchange")  # they fail to unzip subscriptions
OURS = {"content-length", "etag", "last-modified", "vary"}  # headers made here
OF_THE_BODY = {"Content-Disposition", "Content-Encoding", "Content-Type"}


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer as one kind of client gets it: plain, or zipped."""

    etag: str
    headers: Headers
    unchanged: Headers  # those of its 304
    body: bytes


@dataclass(slots=True, eq=False)
class Answer:
    """What a public address answers: the same bytes for everybody."""

    headers: Headers
    body: bytes
    pulse: Pulse
    made_at: datetime
    shown: Shown
    seen: float = float("-inf")  # when its seats were last counted, ``monotonic``
    last_modified: datetime | None = None
    kind: str = ""  # its media type
    _sent: dict[str, Sent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Leave out the headers that depend on how it is sent."""
        self.headers = [one for one in self.headers if one[0].lower() not in OURS]
        self.kind = dict(self.headers).get("Content-Type", "").partition(";")[0]

    @property
    def size(self) -> int:
        """Return about how many bytes it takes, with what zipping will add."""
        return 2000 + len(self.body) * 3 // 2

    def sent(self, accepts: str, agent: str) -> Sent:
        """Return it for a client that *accepts* these encodings."""
        coding = ""
        if len(self.body) > WORTH_ZIPPING:
            coding = _coding(accepts, CODINGS.get(self.kind, ()))
        if self.kind == "text/calendar" and any(name in agent for name in NEVER_ZIPPED):
            coding = ""
        found = self._sent.get(coding)
        if found is None:
            found = self._sent[coding] = self._as(coding)
        return found

    def is_known(self, sent: Sent, none_match: str, modified_since: str) -> bool:
        """Say whether a client has these very bytes (RFC 9110, 13.2.2)."""
        if none_match:
            return none_match == f'"{sent.etag}"' or parse_etags(
                none_match
            ).contains_weak(sent.etag)
        if not (modified_since and self.last_modified):
            return False
        since = parse_date(modified_since)
        return since is not None and self.last_modified <= since

    def _as(self, coding: str) -> Sent:
        etag = hashlib.sha256(self.body).hexdigest()[:32]
        body, headers = self.body, list(self.headers)
        if coding:
            body = _zipped(body, coding)
            etag = f"{etag}-{coding}"
            headers.append(("Content-Encoding", coding))
        varies = "Accept-Encoding"
        if self.kind == "text/calendar":
            varies += ", User-Agent"  # see NEVER_ZIPPED
        headers += [("ETag", f'"{etag}"'), ("Vary", varies)]
        if self.last_modified:
            headers.append(("Last-Modified", http_date(self.last_modified)))
        unchanged = [one for one in headers if one[0] not in OF_THE_BODY]
        headers.append(("Content-Length", str(len(body))))
        return Sent(etag, headers, unchanged, body)


class Store(Protocol):
    """Where processes share their answers, of one edition at a time."""

    def load(self, key: str, edition: str) -> bytes | None:
        """Return what is stored under *key*."""

    def save(self, key: str, edition: str, packed: bytes) -> None:
        """Store *packed* for the others."""


class Looking(Protocol):
    """How the database is asked, from wherever an answer is wanted."""

    def __call__(self, look: Callable[[], V]) -> V:
        """Return what *look* sees."""


class Shelf:
    """The answers of one process, those longest unasked for going first."""

    def __init__(self, most: int, looking: Looking, store: Store | None = None) -> None:
        """Keep *most* bytes."""
        self.seats_seconds = SEATS_SECONDS
        self._most, self._size = most, 0
        self._looking, self._store = looking, store
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._addresses: dict[tuple[str, ...], str] = {}
        self._lock = Lock()
        self._turns = [Lock() for _ in range(LOCKS)]
        self._pulse: Pulse | None = None
        self._pulse_at = datetime.min.replace(tzinfo=UTC)
        self._known_at = self._tried_at = float("-inf")  # ``monotonic``

    def pulse(self, now: datetime) -> Pulse:
        """Return how things stand, at most half a second ago.

        While one thread asks, the others go on for another half.
        """
        asked_at, known = monotonic(), self._pulse
        if known and self._pulse_at <= now < known.until:
            age = asked_at - self._known_at
            somebody_asks = asked_at - self._tried_at < PULSE_SECONDS
            if age < PULSE_SECONDS or (somebody_asks and age < 2 * PULSE_SECONDS):
                return known
        self._tried_at = asked_at
        found = self._looking(lambda: pulse(now))
        with self._lock:
            if asked_at >= self._known_at:  # nobody has asked later, and been quicker
                self._pulse, self._known_at, self._pulse_at = found, asked_at, now
        return found

    def doubt(self) -> None:
        """Ask how things stand before the next answer: this process changed them."""
        self._known_at = self._tried_at = float("-inf")

    def at(self, address: tuple[str, ...], now: datetime) -> Answer | None:
        """Return the true answer to an *address* as it was once written."""
        key = self._addresses.get(address)
        return None if key is None else self.find(key, now)

    def find(self, key: str, now: datetime) -> Answer | None:
        """Return the true answer kept under *key*."""
        pulse = self.pulse(now)
        answer = self._answers.get(key)
        if answer and not self._is_true(answer, pulse, now):
            answer = None
        if answer is None:
            answer = self._stored(key, pulse, now)
        if answer:
            with self._lock:
                if key in self._answers:
                    self._answers.move_to_end(key)
        return answer

    def keep(self, key: str, answer: Answer) -> None:
        """Keep a fresh *answer* under *key*."""
        self._put(key, answer)
        if self._store and not answer.shown.of_any:
            self._store.save(key, answer.pulse.edition, _packed(answer))

    def remember(self, address: tuple[str, ...], key: str) -> None:
        """Find what is kept under *key* by *address* from now on."""
        if sum(map(len, address)) > LONGEST_ADDRESS:
            return
        with self._lock:
            if len(self._addresses) >= MOST_ADDRESSES:
                self._addresses.clear()
            self._addresses[address] = key

    @contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """Let one thread make an answer, and the others wait for it."""
        with self._turns[hash(key) % LOCKS]:
            yield

    def _stored(self, key: str, pulse: Pulse, now: datetime) -> Answer | None:
        """Return the true answer that another process made."""
        found = self._store.load(key, pulse.edition) if self._store else None
        answer = _unpacked(found, pulse) if found else None
        if answer is None or not self._is_true(answer, pulse, now):
            return None
        self._put(key, answer)
        return answer

    def _is_true(self, answer: Answer, pulse: Pulse, now: datetime) -> bool:
        if answer.pulse.edition != pulse.edition:
            return False
        if not answer.made_at <= now < answer.pulse.until:
            return False
        if not (answer.shown.houses or answer.shown.of_any):
            return True
        if monotonic() - answer.seen < self.seats_seconds:
            return True
        asked_at, before = monotonic(), answer.seen
        answer.seen = asked_at - self.seats_seconds + GRACE  # others go on meanwhile
        try:
            still = self._count_again(answer, asked_at, now)
        except BaseException:
            answer.seen = before
            raise
        answer.seen = asked_at if still else before
        return still

    def _count_again(self, answer: Answer, asked_at: float, now: datetime) -> bool:
        """Say whether the seats in *answer* stand still.

        Those in answers asked for lately are counted with them: a house with two
        hundred pages in demand is asked once, and not two hundred times.
        """
        recently = asked_at - self.seats_seconds / 2
        with self._lock:
            last = list(islice(reversed(self._answers.values()), TOGETHER))
        others = [
            one
            for one in last
            if one.shown.houses and one.seen < recently and one is not answer
        ]
        shown = [one.shown for one in (answer, *others)]
        still, *theirs = self._looking(lambda: are_true(shown, now))
        for other, so in zip(others, theirs, strict=True):
            if so:  # else it finds that out when it is asked for
                other.seen = asked_at
        return still

    def _put(self, key: str, answer: Answer) -> None:
        with self._lock:
            before = self._answers.pop(key, None)
            self._answers[key] = answer
            self._size += answer.size - (before.size if before else 0)
            while self._size > self._most:
                _, oldest = self._answers.popitem(last=False)
                self._size -= oldest.size


@lru_cache(maxsize=1024)
def _coding(accepts: str, offered: tuple[str, ...]) -> str:
    """Return the first of *offered* that a client takes, or nothing."""
    taken = parse_accept_header(accepts, Accept)
    return next((coding for coding in offered if taken.quality(coding) > 0), "")


def _zipped(body: bytes, coding: str) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(body, quality=BROTLI))
    return gzip.compress(body, GZIP, mtime=0)


# An answer in the store: a line of what is known of it, and its bytes.


def _packed(answer: Answer) -> bytes:
    dated = answer.last_modified
    known = {
        "headers": answer.headers,
        "until": answer.pulse.until.isoformat(),
        "made_at": answer.made_at.isoformat(),
        "last_modified": dated.isoformat() if dated else None,
        "houses": {n: asdict(house) for n, house in answer.shown.houses.items()},
    }
    return json.dumps(known).encode() + b"\n" + answer.body


def _unpacked(packed: bytes, pulse: Pulse) -> Answer | None:
    """Return the answer in *packed*; in bytes that are not ours there is none."""
    line, _, body = packed.partition(b"\n")
    try:
        known = json.loads(line)
        dated = known["last_modified"]
        houses = {int(n): House(**house) for n, house in known["houses"].items()}
        return Answer(
            headers=[(name, value) for name, value in known["headers"]],
            body=body,
            pulse=replace(pulse, until=datetime.fromisoformat(known["until"])),
            made_at=datetime.fromisoformat(known["made_at"]),
            shown=Shown(houses),
            last_modified=datetime.fromisoformat(dated) if dated else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
