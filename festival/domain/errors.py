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


class SpaceTaken(FestivalError):
    """Another event has the same space at the same time: a box says that we know."""

    sentence = _l(
        "The space is taken at that time. Tick the box to go ahead all the same."
    )
    about = "anyway"


class OneDayAlone(FestivalError):
    """Several dates have no day in common to be moved to."""

    sentence = _l("Only one date at a time can be moved to another day.")
    about = "day"


class ChangedMeanwhile(FestivalError):
    """What is to be published is not what was read before pressing."""

    sentence = _l(
        "The programme has changed since you opened this page. Read it again."
    )


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


# Who works at the desk


class NobodyByThatAddress(FestivalError):
    """The account was closed while its link lay in a mailbox."""

    sentence = _l("This account is closed. Ask whoever keeps the accounts.")


class SignInLinkOver(FestivalError):
    """It was used already, is too old, or was asked for in another browser."""

    sentence = _l("This link works once, in time, and where it was asked for.")


class PasskeyUnknown(FestivalError):
    """Nobody here has it, or what its device signed is not what we asked."""

    sentence = _l("That did not work. Try once more, or ask for a link by mail.")


class PasskeyCopied(FestivalError):
    """Its device has counted backwards: there may be two of it."""

    sentence = _l("This passkey may have been copied. Ask for a link by mail.")


class LastAdministrator(FestivalError):
    sentence = _l("Somebody has to keep the accounts: name another person first.")
    about = "role"


class RoleOfTheHouse(FestivalError):
    sentence = _l("This role is for the whole house, never for a part of it.")
    about = "scope"


# What is written at the desk


class NoSuchHour(FestivalError):
    """Clocks go forward over it, one night in March."""

    sentence = _l(
        "The clocks go forward that night, and this hour does not exist. "
        "Choose another one."
    )
    about = "start"


class TwiceThatHour(FestivalError):
    """Clocks go back over it, one night in October."""

    sentence = _l(
        "The clocks go back that night, and this hour comes twice. Say which one below."
    )
    about = "start"


class OutOfReach(FestivalError):
    """It would be nothing of whoever writes it."""

    sentence = _l("Choose an organisation or a place of yours.")
    about = "organisation"


class EditedMeanwhile(FestivalError):
    """Two people have the same event open."""

    sentence = _l(
        "Somebody else has changed this event meanwhile. Your answers stand below: "
        "compare them with its page, then save again."
    )


class DateGone(FestivalError):
    sentence = _l("Choose a date that is still to come.")
    about = "date"


class NotADraft(FestivalError):
    sentence = _l("Only a draft can be deleted. What was published can be cancelled.")


class NotPublished(FestivalError):
    sentence = _l("Nobody has seen this draft: it is deleted, not cancelled.")


class PartsWait(FestivalError):
    """A postponed festival gets another date, and its parts would be left behind."""

    sentence = _l(
        "Its programme is postponed, too. Go to its page and choose “Bring it back”: "
        "there all of it gets a date."
    )
    about = "date"


class HasParts(FestivalError):
    sentence = _l("This festival still has a programme. Delete its parts first.")


class PictureTooLarge(FestivalError):
    """In bytes, or in pixels once it is unpacked."""

    sentence = _l(
        "This picture is too large. Send one of at most %(megabytes)s MB "
        "and %(pixels)s million pixels."
    )
    about = "picture"


class NotAPicture(FestivalError):
    sentence = _l("This is no picture that we can read. Send a JPEG, a PNG or a WebP.")
    about = "picture"


# What is taken in from a table


class TableUnreadable(FestivalError):
    """No table, a broken one, or one that takes for ever."""

    sentence = _l(
        "We found no table in this file. Save it as .xlsx, .ods or .csv, "
        "or paste its lines below."
    )
    about = "file"


class TableTooLarge(FestivalError):
    """More than 10 MiB, 5,000 rows, or 6,000 characters in one cell."""

    sentence = _l("This file is too large. Keep only the lines you need.")
    about = "file"


class HeadsUnknown(FestivalError):
    sentence = _l(
        "We could not tell which column is which. Give each a head on the first "
        "line, for example: Title, Date, Start, End, Space."
    )
    about = "file"


class TooManyLines(FestivalError):
    sentence = _l("This table has %(lines)s lines; we take %(most)s at a time.")
    about = "file"


class CompetitionMissing(FestivalError):
    sentence = _l("Which competition is it? Choose one, or name a new one.")
    about = "new_competition"


class LinesToPutRight(FestivalError):
    """All or nothing: a line is put right or left out, never half taken."""

    sentence = _l("Some lines are to be put right, or left out, first.")


class NothingToTakeIn(FestivalError):
    sentence = _l("There is nothing to take in: all of it is here already.")


class ImportSettled(FestivalError):
    """A day has passed, or it was undone already."""

    sentence = _l("This import can no longer be undone.")


class ImportTaken(FestivalError):
    """Somebody pressed twice, or in two windows."""

    sentence = _l("This import has been taken in already.")


class PlaceMissing(FestivalError):
    sentence = _l("Choose where the matches are shown.")
    about = "place"


class MatchesShown(FestivalError):
    sentence = _l("Choose at least one match that is not shown yet.")
    about = "match"


# A line of a table


class NameMissing(FestivalError):
    sentence = _l("Give it a name.")
    about = "name"


class NameTooLong(FestivalError):
    sentence = _l("A name has %(most)s characters at most.")
    about = "name"


class KindUnread(FestivalError):
    sentence = _l("“%(typed)s” is no kind of event here.")
    about = "kind"


class DayMissing(FestivalError):
    sentence = _l("Say on which day it is.")
    about = "day"


class DayUnread(FestivalError):
    sentence = _l("We cannot read the day “%(typed)s”. Write it like 21/11/2026.")
    about = "day"


class WeekdayDiffers(FestivalError):
    """A Sunday that is a Saturday: the day or its weekday is wrong."""

    sentence = _l("The day and its weekday do not agree: “%(typed)s”.")
    about = "day"


class StartMissing(FestivalError):
    sentence = _l("Say at what time it begins.")
    about = "starts"


class StartUnread(FestivalError):
    sentence = _l("We cannot read the time “%(typed)s”. Write it like 14:30.")
    about = "starts"


class EndUnread(FestivalError):
    sentence = _l("We cannot read the end “%(typed)s”. Write it like 16:00.")
    about = "ends"


class HourUnclear(FestivalError):
    """Clocks change over the hour at which a line starts."""

    sentence = _l(
        "The clocks change that night: this hour comes twice, or not at all. "
        "Choose another one."
    )
    about = "starts"


class EndUnclear(FestivalError):
    sentence = HourUnclear.sentence
    about = "ends"


class EndBeforeStart(FestivalError):
    sentence = _l("The end is not after the start.")
    about = "ends"


class SpaceUnread(FestivalError):
    sentence = _l("No space is called “%(typed)s”.")
    about = "space"


class VenueUnread(FestivalError):
    sentence = _l("No venue is called “%(typed)s”.")
    about = "venue"


class SeatsUnread(FestivalError):
    sentence = _l("We cannot read how many seats: “%(typed)s”.")
    about = "seats"


class LineTwice(FestivalError):
    sentence = _l("It stands in line %(line)s, too. Leave one of them out.")
    about = "name"


class NotYourPlace(FestivalError):
    sentence = _l("You may not write events there.")
    about = "venue"


class MatchUnread(FestivalError):
    sentence = _l("Say who plays, or which match it is.")
    about = "home"


class ScoreUnread(FestivalError):
    sentence = _l("We cannot read the score “%(typed)s”. Write it like 2-1.")
    about = "score"


class OnlineWithoutLink(FestivalError):
    """Guests would have nowhere to go to."""

    sentence = _l("Write the link to take part into the event’s form first.")
    about = "place"
