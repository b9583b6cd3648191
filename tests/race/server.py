"""The house as the race runs it; with ``RACE_CONTROL=1`` without its guards.

The negative control: with the turn (and on SQLite the gate and our BEGIN) taken away
the race MUST oversell, or the tests beside it prove nothing. Only this script can do
so; no setting can.
"""

import os

if os.environ.get("RACE_CONTROL"):
    from festival import database
    from festival.services import standing

    standing.take_turn = lambda event: None  # type: ignore[assignment]
    database._prepare_sqlite = lambda engine: None  # type: ignore[assignment]

from festival import create_app

app = create_app()
