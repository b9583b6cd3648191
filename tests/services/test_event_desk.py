"""What the desk does with one event: on both databases."""

from __future__ import annotations

import resource
import time as stopwatch
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from festival.domain.admission import RsvpStatus
from festival.domain.errors import (
    DateGone,
    HasParts,
    NotADraft,
    NotAPicture,
    PictureTooLarge,
    TooBusy,
)
from festival.domain.lifecycle import EventStatus
from festival.domain.words import Words
from festival.extensions import db
from festival.formats import picture_reader
from festival.models.events import Event, Picture
from festival.models.journal import Letter, LetterStatus, LogEntry
from festival.queries import calendar, event_desk, guests
from festival.services import directory, event_life, events, pictures
from tests.conftest import both_databases

HALF_AN_HOUR = timedelta(minutes=30)


def changed_letters():
    query = select(Letter).where(
        Letter.kind == "event-changed", Letter.status == LetterStatus.WAITING
    )
    return db.session.scalars(query.order_by(Letter.id)).all()


def amend(event, clock, **facts):
    tell, organiser = facts.pop("tell", True), facts.pop("organiser", None)
    outcome = event_life.amend(
        event, facts, tell=tell, organiser=organiser, actor="test", now=clock()
    )
    db.session.commit()
    return outcome


# Change it whole


@both_databases
def test_untold_another_hour_still_moves_page_and_calendars(build, clock):
    event = build.event()
    build.guest(event)
    before, later = calendar.moved_at(), event.starts_at + HALF_AN_HOUR
    clock.moves(minutes=1)

    outcome = amend(event, clock, starts_at=later, tell=False)

    assert (outcome.told, changed_letters()) == (0, [])
    assert (event.starts_at, event.revision) == (later, 1)
    assert calendar.moved_at() > before


@both_databases
def test_untold_a_letter_that_waits_still_tells_the_last_state(build, clock):
    event = build.event()
    build.guest(event)
    events.revise(
        event, actor="test", now=clock(), starts_at=event.starts_at + HALF_AN_HOUR
    )
    db.session.commit()
    last = event.starts_at + HALF_AN_HOUR

    amend(event, clock, starts_at=last, tell=False)

    [letter] = changed_letters()
    assert letter.facts["event"]["starts_at"] == last.isoformat()


@both_databases
def test_more_seats_let_who_waits_in_and_fewer_throw_nobody_out(build, clock):
    event = build.event(capacity=2)
    comes = build.guest(event, "Ada", party_size=2)
    waits = build.guest(event, "Ben", party_size=2)

    more = amend(event, clock, capacity=4)
    statuses = (comes.status, waits.status)
    fewer = amend(event, clock, capacity=1)

    assert more.over == 0
    assert statuses == (RsvpStatus.CONFIRMED, RsvpStatus.OFFERED)
    assert fewer.over == 3
    assert guests.house(event, clock()).seats_taken == 4


def test_a_note_of_the_desk_moves_no_calendar(build, clock):
    event = build.event()
    revised_at = event.revised_at
    clock.moves(minutes=1)

    amend(event, clock, internal_note="Clé chez Inès", set_up_minutes=30)
    untouched = event.revised_at
    amend(event, clock, summary=Words(fr="Tout le monde"))

    assert untouched == revised_at
    assert event.revised_at == clock()
    assert event.revision == 0


def test_of_a_draft_the_journal_says_what_was_changed_of_it_too(build, clock):
    draft = build.event(published=False)
    later = draft.starts_at + timedelta(days=1)

    amend(draft, clock, starts_at=later, summary=Words(fr="Tout le monde"))

    edited = select(LogEntry).where(LogEntry.deed.in_(["edited", "revised"]))
    [entry] = db.session.scalars(edited)
    assert entry.facts == {"changed": ["ends_at", "starts_at", "summary"]}


def test_another_organiser_takes_the_place_of_the_first(build, clock):
    one, two, three = (
        directory.welcome(slug, slug) for slug in ("un", "deux", "trois")
    )
    event = build.event(organisers=[one, two])

    amend(event, clock, organiser=three)
    first = [organisation.slug for organisation in event.organisers]
    amend(event, clock, organiser=two)

    assert first == ["trois", "deux"]
    assert [organisation.slug for organisation in event.organisers] == ["deux"]


def test_a_drafts_address_follows_its_name_and_a_public_one_stays(build, clock):
    draft = build.event("x", name=Words(fr="Reparre"), published=False)
    public = build.event("y", name=Words(fr="Reparre"))

    amend(draft, clock, name=Words(fr="Répare ton vélo"))
    amend(public, clock, name=Words(fr="Répare ton vélo"))

    assert (draft.slug, public.slug) == ("repare-ton-velo", "y")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        (Words(fr="Répare ton vélo"), "repare-ton-velo-2"),
        (Words(en="New"), "new-2"),
        (Words(ar="ورشة"), "event"),
    ],
)
def test_every_event_has_an_address_of_its_own(build, name, slug):
    build.event("repare-ton-velo")

    assert event_desk.free_slug(name) == slug


# Moved


def test_elsewhere_seats_as_the_space_are_those_of_the_new_one(build, clock):
    venue = build.venue()
    nave, attic = (
        build.space(venue, capacity=40),
        build.space(venue, "attic", capacity=12),
    )
    as_space = build.event("a", venue=venue, space=nave, capacity=40)
    own = build.event("b", venue=venue, space=nave, capacity=20)

    for event in (as_space, own):
        amend(event, clock, **event_life.moved_to(event, venue, attic))

    assert [(e.space, e.capacity) for e in (as_space, own)] == [
        (attic, 12),
        (attic, 20),
    ]


# Back again


@both_databases
def test_a_cancelled_event_comes_back_with_its_guests_invited_anew(build, clock):
    event = build.event()
    guest = build.guest(event)
    events.cancel(event, Words(fr="Pluie"), actor="test", now=clock())
    db.session.commit()
    sequence = guest.letter_sequence
    later = event.starts_at + timedelta(days=7)

    told = event_life.bring_back(event, starts_at=later, actor="test", now=clock())
    db.session.commit()

    assert told == 1
    assert (event.status, event.status_reason) == (EventStatus.SCHEDULED, Words())
    assert (event.starts_at, event.ends_at) == (later, later + timedelta(hours=2))
    [letter] = changed_letters()
    assert letter.facts["calendar"] == {"method": "REQUEST", "sequence": sequence + 1}
    assert letter.facts["was"]["status"] == "cancelled"
    assert guest.status is RsvpStatus.CONFIRMED


def test_parts_called_off_with_a_festival_come_back_with_it(build, clock):
    whole = build.event("whole", kind="festival")
    together = build.event("together", super_event=whole)
    alone = build.event("alone", super_event=whole)
    events.cancel(alone, Words(fr="Malade"), actor="test", now=clock())
    events.cancel(whole, Words(fr="Pluie"), actor="test", now=clock())
    before = together.starts_at

    event_life.bring_back(
        whole,
        starts_at=whole.starts_at + timedelta(days=7),
        actor="test",
        now=clock(),
    )

    statuses = (whole.status, together.status, alone.status)
    scheduled = EventStatus.SCHEDULED
    assert statuses == (scheduled, scheduled, EventStatus.CANCELLED)
    assert together.starts_at == before + timedelta(days=7)


def test_nothing_comes_back_into_the_past(build, clock):
    event = build.event()
    events.postpone(event, Words(fr="Pluie"), actor="test", now=clock())
    clock.moves(days=30)

    with pytest.raises(DateGone):
        event_life.bring_back(event, actor="test", now=clock())


def test_what_goes_ahead_does_not_come_back(build, clock):
    event = build.event()

    assert event_life.bring_back(event, actor="test", now=clock()) == 0
    assert event.revision == 0


# Deleted


@both_databases
def test_a_draft_goes_with_all_that_is_its_own(build, clock):
    wheel = directory.welcome("wheel", "La Roue libre")
    draft = build.event("draft", published=False, organisers=[wheel])
    pictures.hang(
        *(draft, pictures.read(a_picture()), Words(fr="Une roue"), ""),
        actor="t",
        now=clock(),
    )
    build.account("Zoé", "organiser", event=draft)
    number = draft.id

    event_life.delete(draft, actor="test", now=clock())
    db.session.commit()

    assert db.session.get(Event, number) is None
    assert db.session.scalars(select(Picture)).all() == []
    noted = select(LogEntry.deed).where(LogEntry.thing_id == number)
    assert db.session.scalars(noted).all()[-1] == "deleted"


def test_what_was_public_once_and_what_has_parts_is_not_deleted(build, clock):
    public = build.event()
    whole = build.event("whole", kind="festival", published=False)
    build.event("part", super_event=whole, published=False)

    with pytest.raises(NotADraft):
        event_life.delete(public, actor="test", now=clock())
    with pytest.raises(HasParts):
        event_life.delete(whole, actor="test", now=clock())


# Its picture


def a_picture(form="JPEG", size=(1600, 900), **more) -> BytesIO:
    """Noise, which nothing makes small easily."""
    noise = Image.effect_noise(size, 80).convert("RGB")
    found = BytesIO()
    noise.save(found, form, **more)
    found.seek(0)
    return found


def hung(build, clock, upload, name="opening"):
    event = build.event(name)
    pictures.hang(
        *(event, pictures.read(upload), Words(fr="Une roue"), "Inès"),
        actor="t",
        now=clock(),
    )
    db.session.commit()
    return event.picture


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_served_small_and_bare(build, clock, form):
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Telephone", "2027:01:01 10:00:00"

    picture = hung(build, clock, a_picture(form, exif=exif))

    served = Image.open(BytesIO(picture.body))
    assert len(picture.body) <= picture_reader.SERVED
    assert (served.format, served.size) == ("WEBP", (picture.width, picture.height))
    assert max(served.size) <= picture_reader.WIDEST
    assert not served.getexif()
    assert b"Telephone" not in picture.body


def test_a_picture_taken_sideways_stands_upright(build, clock):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it right

    picture = hung(build, clock, a_picture(size=(400, 200), exif=exif))

    assert (picture.width, picture.height) == (200, 400)


def test_what_shines_through_is_white(build, clock):
    clear = BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(clear, "PNG")
    clear.seek(0)

    picture = hung(build, clock, clear)

    assert Image.open(BytesIO(picture.body)).convert("L").getpixel((20, 20)) > 250


def a_bomb() -> BytesIO:
    """Some kilobytes that unpack to a gigapixel."""
    found = BytesIO()
    Image.new("1", (32_000, 32_000)).save(found, "PNG")
    found.seek(0)
    return found


def endless() -> BytesIO:
    """Some kilobytes of a picture that is drawn over itself, thousands of times."""
    found = BytesIO()
    Image.new("RGB", (6000, 6000)).save(found, "JPEG", progressive=True)
    whole = found.getvalue()
    ends, begins = whole.rfind(b"\xff\xd9"), whole.rfind(b"\xff\xda")
    scan = whole[whole.rfind(b"\xff\xc4", 0, begins) : ends]
    return BytesIO(whole[:ends] + scan * 20_000 + whole[ends:])


def test_a_picture_that_never_ends_is_ended(build, clock, monkeypatch):
    monkeypatch.setattr(pictures, "SECONDS", 1.0)
    began = stopwatch.monotonic()

    with pytest.raises(NotAPicture):
        hung(build, clock, endless())

    assert stopwatch.monotonic() - began < 5


def test_what_a_telephone_makes_takes_no_memory_of_ours(build, clock):
    """160 MB unpacked, beside a house that is promised to stay below 300."""
    sent = BytesIO()
    Image.new("1", (8_000, 5_000)).save(sent, "PNG", transparency=0)
    sent.seek(0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    picture = hung(build, clock, sent)

    assert (picture.width, picture.height) == (1200, 750)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def test_one_picture_is_read_at_a_time(build, clock, monkeypatch):
    monkeypatch.setattr(pictures, "PATIENCE", 0.01)
    event = build.event("first")
    with pictures._one_at_a_time, pytest.raises(TooBusy):
        build.picture(event)

    assert build.picture(event)


def test_a_picture_that_unpacks_too_large_is_refused_unopened(build, clock):
    bomb = a_bomb()
    assert len(bomb.getvalue()) < 1_000_000

    with pytest.raises(PictureTooLarge):
        hung(build, clock, bomb)


@pytest.mark.parametrize(
    "given",
    [
        b"",
        a_picture("GIF", size=(40, 30)).getvalue(),
        a_picture("TIFF", size=(40, 30)).getvalue(),
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
        a_picture().getvalue()[:900],
        b"\xff\xd8\xff\xe0" + b"x" * 400,
    ],
    ids=["nothing", "gif", "tiff", "svg", "broken png", "cut short", "no jpeg"],
)
def test_what_is_no_picture_is_refused(build, clock, given):
    with pytest.raises(NotAPicture):
        hung(build, clock, BytesIO(given))


def test_more_bytes_than_a_telephone_makes_are_refused(build, clock):
    with pytest.raises(PictureTooLarge):
        hung(build, clock, BytesIO(b"\0" * (pictures.LARGEST + 1)))


def test_a_picture_gets_other_words_without_being_sent_again(build, clock):
    picture = hung(build, clock, a_picture())
    body = picture.body

    pictures.hang(picture.event, None, Words(fr="Un vélo"), "", actor="t", now=clock())

    assert (picture.words, picture.body) == (Words(fr="Un vélo"), body)
