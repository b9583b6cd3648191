"""Everything we may refuse, each with the sentence a visitor reads.

Read top to bottom, this file is the whole list of our noes. A sentence may name
facts in ``%(…)s``; the edge translates it first and fills it in afterwards.
"""

from typing import Any, ClassVar


def _l(sentence: str) -> str:
    """Mark *sentence* for translation, which happens at the edge."""
    return sentence


class FestivalError(Exception):
    """A refusal that is nobody's bug."""

    sentence: ClassVar[str]
    about: ClassVar[str | None] = None  # the answer at fault, if it is one answer

    def __init__(self, **facts: Any) -> None:
        super().__init__(facts)
        self.facts = facts

    def __str__(self) -> str:
        """Return the English sentence, for journals and consoles."""
        return self.sentence % self.facts


# Whether an event takes replies at all


class NotTakingReplies(FestivalError):
    sentence = _l("This event takes no replies: simply come.")


class RepliesElsewhere(FestivalError):
    sentence = _l("Replies to this event are taken on another site.")


class EventCancelled(FestivalError):
    sentence = _l("This event is cancelled.")


class EventPostponed(FestivalError):
    sentence = _l("This event is postponed: its new date is not known yet.")


class RepliesNotOpen(FestivalError):
    sentence = _l("Replies to this event are not open yet.")


class RepliesClosed(FestivalError):
    sentence = _l("Replies to this event have closed.")


class EventOver(FestivalError):
    sentence = _l("This event is over.")


# Seats


class PartyTooLarge(FestivalError):
    """More people than one reply may bring here."""

    sentence = _l("Choose %(largest)s people or fewer.")
    about = "party_size"


class SeatsLeft(FestivalError):
    """Some seats are left, but not enough for the whole party, and nobody waits."""

    sentence = _l("Places left: %(left)s. Choose %(left)s or fewer.")
    about = "party_size"


class SeatsLeftOrWait(FestivalError):
    """As ``SeatsLeft``, where a waiting list is kept: the visitor chooses."""

    sentence = _l(
        "Places left: %(left)s. Choose %(left)s or fewer, or join the waiting list."
    )
    about = "party_size"


class RestMayWait(FestivalError):
    """A party grows beyond what is left: the guest chooses."""

    sentence = _l(
        "Places left: %(left)s. Choose %(left)s or fewer, or let the others wait."
    )
    about = "party_size"


class EventFull(FestivalError):
    sentence = _l("This event is full, and there is no waiting list.")


class LastSeatsGone(FestivalError):
    """The page showed room, somebody was faster; a waiting list is kept."""

    sentence = _l("The last places have just been taken.")


# A guest's own reply


class NothingToChange(FestivalError):
    """The reply is cancelled, lapsed or erased: there is no party to change."""

    sentence = _l("This reply is cancelled. Say that you are coming, first.")


class AnswerTheLetter(FestivalError):
    """What a letter asks is answered with its own link, which proves the address."""

    sentence = _l("Please answer with the link in our letter.")


class AddressSettled(FestivalError):
    """The half hour in which an address may be corrected is over."""

    sentence = _l(
        "The address can be corrected for 30 minutes only. "
        "Cancel this reply and reply again with the right address."
    )


# Waiting too long


class TooBusy(FestivalError):
    """The gate or a lock was not ours in time; nothing was written."""

    sentence = _l("Many people are replying at this moment. Please try again.")


# What organisers write


class TwoLevelsOnly(FestivalError):
    sentence = _l("A part of a festival cannot have parts of its own.")
    about = "super_event"


# Scores


class TeamsUnknown(FestivalError):
    """A match has a result before anybody knows who plays it."""

    sentence = _l("The teams of this match are not known yet.")


class NegativeScore(FestivalError):
    sentence = _l("A score begins at 0.")
    about = "score"


class ShootOutUnneeded(FestivalError):
    """Penalties decide a draw, and nothing else."""

    sentence = _l("There are penalties only after a draw.")
    about = "penalties"


class ShootOutUndecided(FestivalError):
    """A shoot-out goes on until one side has won it."""

    sentence = _l("One team wins on penalties: give both numbers.")
    about = "penalties"
