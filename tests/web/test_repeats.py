"""A reply from a known address looks like any other, whatever is done with it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from festival.domain.lifecycle import ReplyPolicy
from festival.domain.words import Words
from festival.extensions import db
from festival.queries import waiting_list
from festival.services import events, queue, rsvps
from tests.visitor import Visitor

SEND, WAIT = "Je m’inscris", "M’inscrire sur la liste d’attente"
CHANGE, MORE = "Changer", "Modifier, et le reste attend"
CALENDAR = "M’envoyer l’adresse de mon agenda"
CANCEL, RETURN = "Je ne peux pas venir", "Finalement, je viens"

Deed = Callable[["Two"], object]


class Two:
    """The same visit twice: once with an unknown address, once with a known one."""

    def __init__(self, build, clock, app, **facts) -> None:
        self.build, self.clock = build, clock
        self.visitors, self.others, self.events = [], [], []
        for known in (False, True):
            event = build.event("known" if known else "unknown", **facts)
            address = "ada@example.org" if known else "somebody@example.org"
            other = build.guest(event, "Other", party_size=2)
            owner = build.guest(event, "Ada", address=address, party_size=2)
            if event.reply_policy is ReplyPolicy.MAIL:
                for rsvp in (other, owner):
                    rsvps.confirm(rsvp, now=clock.time)
                db.session.commit()
            self.events.append(event)
            self.others.append(other)
            self.visitors.append(Visitor(app, clock))

    def reply(self, button: str, party: int) -> None:
        began = self.clock.time
        for visitor, event in zip(self.visitors, self.events, strict=True):
            self.clock.time = began
            visitor.opens(f"/fr/events/{event.slug}/reply")
            answers = {"name": "Eve", "email": "ada@example.org"}
            visitor.fills(**answers, party_size=str(party)).presses(button)

    def each(self, deed: Callable[[Visitor], object]) -> None:
        began = self.clock.time
        for visitor in self.visitors:
            self.clock.time = began
            deed(visitor)

    def time_passes(self, **span: float) -> None:
        now = self.clock.moves(**span)
        for number in waiting_list.events_due(now):
            queue.settle_due(number, now)
            db.session.commit()
        self.each(lambda visitor: visitor.opens(visitor.page.path))

    def see(self) -> list[str]:
        """Return what both see on the page, and find in the file, tokens masked."""
        seen = []
        for visitor in self.visitors:
            visitor.opens(visitor.page.path.partition("?")[0])
            page = visitor.page
            file = visitor.app.test_client().get(
                page.path + "/data", base_url=visitor.base_url
            )
            text = f"{page.heading} {page.text} {page.buttons} {file.get_data(True)}"
            text = re.sub(r"\b\d{3} ?\d{3}\b", "CODE", text)
            seen.append(text.replace("/unknown", "/known"))
        return seen


def party(size: int, button: str = CHANGE) -> Deed:
    return lambda two: two.each(
        lambda visitor: visitor.fills(party_size=str(size)).presses(button)
    )


def presses(button: str) -> Deed:
    return lambda two: two.each(lambda visitor: visitor.presses(button))


def other_leaves(two: Two) -> None:
    for other in two.others:
        rsvps.withdraw(other, now=two.clock.time)
        db.session.commit()
    two.time_passes(seconds=0)


def postponed(two: Two) -> None:
    for event in two.events:
        reason = Words(fr="La pluie.")
        events.postpone(event, reason, actor="test", now=two.clock.time)
        db.session.commit()
    two.time_passes(seconds=0)


def passes(**span: float) -> Deed:
    return lambda two: two.time_passes(**span)


def corrects(two: Two) -> None:
    two.each(
        lambda visitor: visitor.fills(email="eve@example.org").presses(
            "Corriger l’adresse"
        )
    )


OPEN = {"capacity": 20}
FULL = {"capacity": 4}
MAIL = {"capacity": 20, "reply_policy": ReplyPolicy.MAIL}
FULL_MAIL = {"capacity": 4, "reply_policy": ReplyPolicy.MAIL}
ASKS = {"capacity": 20, "asks_still_coming": True}


@pytest.mark.parametrize(
    ("facts", "button", "deeds"),
    [
        (OPEN, SEND, []),
        (OPEN, SEND, [party(4)]),
        (OPEN, SEND, [party(1)]),
        (OPEN, SEND, [presses(CALENDAR)]),
        (MAIL, SEND, [presses(CALENDAR), presses(CALENDAR)]),
        (OPEN, SEND, [presses(CANCEL)]),
        (OPEN, SEND, [presses(CANCEL), presses(RETURN)]),
        (OPEN, SEND, [corrects]),
        (OPEN, SEND, [postponed]),
        (OPEN, SEND, [postponed, party(1)]),
        ({"capacity": 7}, SEND, [party(5)]),  # refused, and asked
        ({"capacity": 7}, SEND, [party(5), party(5, MORE)]),
        ({"capacity": 7}, SEND, [party(5), party(5, MORE), party(4)]),
        ({"capacity": 7}, SEND, [party(5), party(5, MORE), presses(CANCEL)]),
        (MAIL, SEND, []),
        (MAIL, SEND, [party(3)]),
        (MAIL, SEND, [presses(CANCEL), presses(RETURN)]),
        (MAIL, SEND, [passes(minutes=31)]),
        (MAIL, SEND, [corrects]),
        ({**MAIL, "capacity": 7}, SEND, [party(5)]),
        (FULL, WAIT, []),
        (FULL, WAIT, [party(1)]),
        (FULL, WAIT, [presses(CANCEL), presses(RETURN)]),
        (FULL, WAIT, [other_leaves]),
        (FULL, WAIT, [other_leaves, presses("Oui, nous venons")]),
        (FULL, WAIT, [other_leaves, party(1)]),
        (FULL, WAIT, [other_leaves, presses(CANCEL)]),
        (FULL, WAIT, [other_leaves, passes(hours=13)]),
        (FULL, WAIT, [other_leaves, passes(hours=13), passes(hours=13)]),
        (
            *(FULL, WAIT),
            [other_leaves, passes(hours=13), presses("Prendre ces 2 places")],
        ),
        (FULL, WAIT, [other_leaves, passes(hours=13), party(1)]),
        (FULL, WAIT, [other_leaves, postponed]),
        (FULL, WAIT, [postponed, party(1)]),
        (FULL, WAIT, [passes(days=6, hours=22), other_leaves]),  # the last hours
        (FULL_MAIL, WAIT, [other_leaves]),
        (FULL_MAIL, WAIT, [other_leaves, presses(CANCEL), presses(RETURN)]),
        (ASKS, SEND, [passes(days=5, hours=2)]),
        (ASKS, SEND, [passes(days=5, hours=2), presses("Oui, je viens")]),
        (ASKS, SEND, [passes(days=5, hours=2), party(1)]),
    ],
)
def test_nobody_learns_whether_an_address_is_known(
    build, clock, app, facts, button, deeds
):
    two = Two(build, clock, app, **facts)
    two.reply(button, 2)

    for deed in deeds:
        deed(two)

    unknown, known = two.see()
    assert known == unknown
