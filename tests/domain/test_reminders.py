"""When a reminder goes, and a question: by instants, over both clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from festival.domain.reminders import (
    Question,
    asks,
    last_chance,
    reminds,
    silence_keeps_until,
)

PARIS, NEW_YORK = "Europe/Paris", "America/New_York"


def local(text: str, timezone: str = PARIS) -> datetime:
    """An instant by the clocks of a place, in UTC as the database gives it."""
    return (
        datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    )


def first_minute(says, starts_at: datetime, timezone: str) -> str:
    """The first local minute of the three days before at which *says* is true."""
    at = starts_at - timedelta(days=3)
    while not says(at, starts_at, timezone):
        at += timedelta(minutes=1)
        if at >= starts_at:
            return "never"
    return at.astimezone(ZoneInfo(timezone)).strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("starts", "timezone", "reminded"),
    [
        ("2027-06-05T14:00", PARIS, "04 14:00"),
        # Spring: that night has 23 hours between two noons, so 24 before is 13:00.
        ("2027-03-28T14:00", PARIS, "27 13:00"),
        # Autumn: it has 25.
        ("2027-10-31T14:00", PARIS, "30 15:00"),
        ("2027-03-14T14:00", NEW_YORK, "13 13:00"),
        ("2027-11-07T14:00", NEW_YORK, "06 15:00"),
        # In the night: the morning after, not the evening before.
        ("2027-06-05T23:00", PARIS, "05 08:00"),
        ("2027-06-05T22:00", PARIS, "04 22:00"),
        ("2027-06-05T03:00", PARIS, "04 08:00"),
        ("2027-03-28T23:00", PARIS, "27 22:00"),
        ("2027-10-31T07:30", PARIS, "30 08:30"),
    ],
)
def test_a_reminder_goes_a_day_before_by_daylight(starts, timezone, reminded):
    """Guards: instants, not the wall's clock, before the start; quiet hours in the
    zone's own time.
    """
    assert first_minute(reminds, local(starts, timezone), timezone) == reminded


@pytest.mark.parametrize(
    ("now", "starts", "goes"),
    [
        ("2027-06-05T13:59", "2027-06-05T14:00", True),  # late is better than never
        ("2027-06-05T14:00", "2027-06-05T14:00", False),
        ("2027-06-05T03:00", "2027-06-05T14:00", False),
        ("2027-06-05T03:00", "2027-06-05T08:01", False),
        ("2027-06-05T03:00", "2027-06-05T08:00", True),  # it would be over by morning
        ("2027-06-04T23:00", "2027-06-05T07:00", True),
        ("2027-06-04T22:00", "2027-06-05T14:00", True),
        ("2027-06-04T22:01", "2027-06-05T14:00", False),
    ],
)
def test_a_missed_reminder_goes_when_it_still_helps(now, starts, goes):
    assert reminds(local(now), local(starts), PARIS) is goes


@pytest.mark.parametrize(
    ("starts", "timezone", "first", "last"),
    [
        ("2027-06-05T14:00", PARIS, "03 14:00", "04 14:00"),
        ("2027-03-28T14:00", PARIS, "26 13:00", "27 13:00"),
        ("2027-10-31T14:00", PARIS, "29 15:00", "30 15:00"),
        ("2027-11-07T14:00", NEW_YORK, "05 15:00", "06 15:00"),
        # In the night the first waits for the morning, the last goes in the evening.
        ("2027-06-05T23:30", PARIS, "04 08:00", "04 21:00"),
        ("2027-06-05T22:00", PARIS, "03 22:00", "04 21:00"),
        ("2027-06-05T02:00", PARIS, "03 08:00", "03 21:00"),
    ],
)
def test_two_questions_go_by_daylight(starts, timezone, first, last):
    """Guards: instants, not the wall's clock, before the start."""
    starts_at = local(starts, timezone)

    for question, when in ((Question.FIRST, first), (Question.LAST, last)):
        found = first_minute(
            lambda *facts, question=question: asks(*facts) is question,
            starts_at,
            timezone,
        )
        assert found == when


@pytest.mark.parametrize(
    ("now", "starts", "question"),
    [
        ("2027-06-04T13:00", "2027-06-05T14:00", Question.FIRST),  # missed for a day
        ("2027-06-04T21:59", "2027-06-05T14:00", Question.LAST),
        ("2027-06-05T09:00", "2027-06-05T14:00", None),  # too late to be fair
        ("2027-06-05T09:00", "2027-06-05T23:00", None),
        ("2027-06-03T13:59", "2027-06-05T14:00", None),
    ],
)
def test_a_question_that_leaves_no_time_to_answer_is_not_asked(now, starts, question):
    assert asks(local(now), local(starts), PARIS) is question


@pytest.mark.parametrize(
    ("starts", "kept"),
    [
        ("2027-06-05T14:00", "2027-06-05T12:00"),
        ("2027-03-28T14:00", "2027-03-28T12:00"),
        ("2027-06-05T13:01", "2027-06-05T12:00"),
        ("2027-06-05T13:00", None),  # in the last hour the door decides
        ("2027-06-05T10:00", None),
        ("2027-06-05T01:00", None),
    ],
)
def test_silence_keeps_a_place_until_noon(starts, kept):
    """Guard: noon by that day's own offset at noon, not at midnight."""
    noon = silence_keeps_until(local(starts), PARIS)

    assert noon == (kept and local(kept))
    assert last_chance(local(starts), PARIS) == (noon or local(starts)) - timedelta(
        hours=12
    )
