"""The reply form, which stands on an event's page and on a page of its own."""

from __future__ import annotations

from datetime import datetime

from flask import request
from wtforms import BooleanField, EmailField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from festival.domain.addresses import network
from festival.models.events import Event
from festival.models.rsvps import ANSWER_LENGTH, NAME_LENGTH
from festival.services import replies
from festival.web.fields import CitizenForm, WholeNumberField, an_address, clean
from festival.wording import lazy_gettext

MOST = 50  # people one reply may ever bring, as the table says
AGENT_LENGTH = 300


class ReplyForm(CitizenForm):
    """Name, address, how many. Built for one event: see ``for_event``."""

    patient = True

    name = StringField(
        lazy_gettext("Your name"),
        [
            DataRequired(lazy_gettext("Enter your name or a first name.")),
            Length(max=NAME_LENGTH, message=lazy_gettext("80 characters at most.")),
        ],
        [clean],
        description=lazy_gettext("A first name is enough."),
    )
    email = EmailField(
        lazy_gettext("Your email address"),
        [an_address],
        [clean],
        description=lazy_gettext(
            "To get your ticket and be able to cancel. Nothing else."
        ),
    )
    party_size = WholeNumberField(
        lazy_gettext("How many people, counting yourself?"),
        [
            InputRequired(lazy_gettext("Choose how many people.")),
            NumberRange(1, MOST, lazy_gettext("Choose a number from 1 up.")),
        ],
        default=1,
    )
    answer = StringField(
        validators=[
            Length(max=ANSWER_LENGTH, message=lazy_gettext("200 characters at most."))
        ],
        filters=[clean],
        default="",
    )
    wait = BooleanField(default=False)

    def reply(self, language: str) -> replies.Reply:
        """Return the answers as the rules want them; call after validation."""
        return replies.Reply(
            name=str(self.name.data),
            address=str(self.email.data),
            party_size=int(self.party_size.data or 1),
            language=language,
            answer=str(self.answer.data or ""),
            would_wait=bool(self.wait.data),
            network=network(request.remote_addr),
            agent=request.user_agent.string[:AGENT_LENGTH],
        )


def reply_form(event: Event, shown_at: datetime | None = None) -> ReplyForm:
    """Return the form that replies to *event*, as shown now or *shown_at*."""
    return ReplyForm(f"reply|{event.uid}", shown_at=shown_at)
