"""Taking turns, so that two replies can never share the last seat."""

from sqlalchemy import update

from festival.extensions import db
from festival.models.events import Event


def take_turn(event: Event) -> None:
    """Hold *event* until the transaction ends, and read it afresh.

    A no-op UPDATE takes the write lock on SQLite and the row's lock on PostgreSQL;
    ``SELECT … FOR UPDATE`` is silently nothing on SQLite. Every deed that takes or
    frees seats, changes capacity, cancels or promotes comes through here first.
    """
    held = update(Event).where(Event.id == event.id).values(id=Event.id)
    db.session.execute(held, execution_options={"synchronize_session": False})
    db.session.refresh(event)
