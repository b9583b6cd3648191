"""Weeks and months, and the questions that are about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from festival.domain.question import AgendaFilter

A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Period:
    """A whole week, or a whole month."""

    name: str  # as ``when`` of an address says it
    first: date
    last: date

    @property
    def before(self) -> Period:
        """Return the week or month before this one."""
        return period(self.name, self.first - A_DAY)

    @property
    def after(self) -> Period:
        """Return the week or month after this one."""
        return period(self.name, self.last + A_DAY)

    def asked(self, question: AgendaFilter, today: date) -> AgendaFilter:
        """Return the same *question* about this period."""
        if self.first <= today <= self.last:
            return question.asking(self.name)
        return replace(question.asking(""), starting=self.first, until=self.last)


def period(name: str, day: date) -> Period:
    """Return the month of *day* if that is the *name*, else its week."""
    if name == "month":
        first = day.replace(day=1)
        return Period(name, first, (first + 31 * A_DAY).replace(day=1) - A_DAY)
    first = day - day.weekday() * A_DAY
    return Period("week", first, first + A_WEEK - A_DAY)


def period_of(question: AgendaFilter, first: date) -> Period:
    """Return what *question*, whose days begin with *first*, is turned over by."""
    month = period("month", first)
    whole = (question.starting, question.until) == (month.first, month.last)
    return month if whole or question.when == "month" else period("week", first)
