"""Taking turns, so that two replies can never share the last seat."""

from sqlalchemy import inspect, select, update
from sqlalchemy.orm import joinedload, selectinload

from festival.extensions import db
from festival.models.directory import Partnership
from festival.models.events import Event


def take_turn(event: Event) -> None:
    """Hold *event* until the transaction ends, and read it afresh, as letters tell it.

    Whatever else was read while we waited is read again when it is asked for.
    A no-op UPDATE takes the write lock on SQLite and the row's lock on PostgreSQL;
    ``SELECT … FOR UPDATE`` is silently nothing on SQLite. Every deed that takes or
    frees seats, changes capacity, cancels or promotes comes through here first.
    """
    known = inspect(event).identity  # asking for its id would read it once more
    number = known[0] if known else event.id
    held = update(Event).where(Event.id == number).values(id=Event.id)
    db.session.execute(held, execution_options={"synchronize_session": False})
    db.session.expire_all()
    afresh = select(Event).where(Event.id == number)
    told = (
        joinedload(Event.venue),
        joinedload(Event.space),
        selectinload(Event.partnerships).joinedload(Partnership.organisation),
    )
    db.session.scalars(afresh.options(*told)).one()
