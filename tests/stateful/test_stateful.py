"""Three hundred steps in which anything may happen; ``make stateful`` takes 10,000."""

from __future__ import annotations

from tests.conftest import both_databases
from tests.stateful import machine


@both_databases
def test_whatever_happens_seats_ranks_and_letters_stay_right(app, clock):
    machine.tell(clock, tales=10, steps=30, always_the_same=True)
