"""The desk's first page: what is on, what is to be done, what comes next."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from festival import clock
from festival.domain.access import Right, may, may_everywhere
from festival.extensions import current_settings
from festival.queries import boards, clashes, desk, event_desk
from festival.web.desk.guard import account, actor, grants, needs

bp = Blueprint("desk", __name__, url_prefix="/<lang>/desk")


@bp.get("/")
@needs(None)
def today(lang: str) -> ResponseReturnValue:
    """Show ``desk/today.html``.

    Its context: account, today, coming, drafts (``desk.Line``s), following (a line,
    where nothing is on today), ours (ids of events that may be changed), mails (to
    read), mailbox (its address), waiting (festivals, with changes not published),
    taken (events, with the ``Clash``: a space is wanted twice), writes (new events may
    be written), last (the event to copy, or None).
    """
    now, mine, zone = clock.now(), grants(), current_settings().TIMEZONE
    on, coming = desk.on_today(mine, now, zone), desk.coming(mine, now, zone)
    drafts = desk.drafts(mine, now)
    following = None if on else desk.following(mine, now)
    writes = _is_there("desk_events.new") and may(mine, Right.EVENTS)
    shown = [*on, *coming, *drafts, *([following] if following else [])]
    ours = _ours(shown)
    return render_template(
        "desk/today.html",
        account=account(),
        today=on,
        coming=coming,
        drafts=drafts,
        following=following,
        ours=ours,
        mails=desk.mails_to_read() if may_everywhere(mine, Right.HOUSE) else 0,
        mailbox=current_settings().sender,
        waiting=boards.all_waiting(mine, now),
        taken=clashes.taken_twice(ours, now, grants=mine),
        writes=writes,
        last=event_desk.last_written(actor(), mine) if writes else None,
        nothing=not mine,
    )


def _ours(shown: Iterable[desk.Line]) -> frozenset[int]:
    """Return which of *shown* this account may open at the desk."""
    if not _is_there("desk_events.event"):
        return frozenset()
    return desk.within(grants(), Right.EVENTS, [line.event.id for line in shown])


def _is_there(endpoint: str) -> bool:
    return endpoint in current_app.view_functions
