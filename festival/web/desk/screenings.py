"""Competitions at the desk: which matches are shown where, who plays, who won."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from festival import clock
from festival.domain.access import Right, may_everywhere
from festival.domain.errors import FestivalError, MatchesShown, PlaceMissing
from festival.domain.words import Words
from festival.extensions import current_settings, db
from festival.models.events import Competition, Match
from festival.queries import clashes, competitions, event_desk, intakes
from festival.queries.competitions import Round
from festival.services import clashes as clash_deeds
from festival.services import events, matches, screenings
from festival.web.desk.event_fields import PlaceField
from festival.web.desk.guard import DeskForm, actor, grants, needs
from festival.web.desk.tables import fixtures_form, just_taken
from festival.web.fields import WholeNumberField, clean
from festival.web.guards import deed
from festival.web.warnings import clash_line
from festival.wording import LANGUAGES, gettext, lazy_gettext, plain

bp = Blueprint("desk_screenings", __name__, url_prefix="/<lang>/desk/competitions")

MOST_SEATS, MOST_GOALS = 100_000, 99
EARLIEST: Final = 240  # minutes before the kick-off
NAME: Final = [Length(max=80, message=lazy_gettext("80 characters at most."))]
GOALS: Final = [
    Optional(),
    NumberRange(0, MOST_GOALS, lazy_gettext("A number from 0 to 99.")),
]


@bp.get("/", endpoint="competitions")
@needs(Right.EVENTS)
def index(lang: str) -> ResponseReturnValue:
    """Show all competitions, and take in a fixture list: ``desk/screenings.html``."""
    every = competitions.of_the_desk()
    return render_template(
        "desk/screenings.html",
        competitions=every,
        form=fixtures_form(every) if _keeps_house() else None,
    )


def _keeps_house() -> bool:
    return may_everywhere(grants(), Right.HOUSE)


class ScreeningsForm(DeskForm):
    """Which matches to show, where, and from when the doors are open."""

    match = SelectMultipleField(
        lazy_gettext("Matches to show"), coerce=str, validate_choice=False
    )
    place = PlaceField(lazy_gettext("Where?"))
    doors = WholeNumberField(
        lazy_gettext("Doors open, minutes before the kick-off"),
        [
            InputRequired(lazy_gettext("Give minutes, from 0 to 240.")),
            NumberRange(0, EARLIEST, lazy_gettext("Give minutes, from 0 to 240.")),
        ],
        default=30,
    )
    seats = WholeNumberField(
        lazy_gettext("Seats"),
        [Optional(), NumberRange(0, MOST_SEATS, lazy_gettext("100,000 at most."))],
        description=lazy_gettext("Left empty: as many as the space holds."),
    )
    organisation = SelectField(lazy_gettext("In the name of"), validate_choice=False)
    anyway = BooleanField(lazy_gettext("Publish anyway"))

    @property
    def publishes(self) -> bool:
        """Say whether it was sent by the button that publishes."""
        return request.form.get("do") == "publish"


@bp.route("/<slug>/screenings", methods=["GET", "POST"])
@needs(Right.EVENTS)
def choose(lang: str, slug: str) -> ResponseReturnValue:
    """Choose matches to show: ``desk/screenings_choose.html``."""
    own = event_desk.organisations(grants())
    form = ScreeningsForm(f"screenings|{slug}")
    form.organisation.choices = [(one.slug, one.name) for one in own]
    competitions.competition(slug)  # or 404
    met: list[Met] = []
    if form.validate_on_submit():
        try:
            with deed():
                found = _show(form, slug)
                met = [_met(clash, found) for clash in found]
                clash_deeds.accept(found, anyway=bool(form.anyway.data))
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for(".competition", lang=lang, slug=slug), 303)
    competition = competitions.competition(slug)
    page = render_template(
        "desk/screenings_choose.html",
        form=form,
        competition=competition,
        rounds=_to_come(competition),
        met=met,
        intake=just_taken(),
    )
    return page, form.status_code


def _to_come(competition: Competition) -> list[Round]:
    """Return the stages of *competition* with the matches that may still be shown."""
    now = clock.now()
    left = [
        replace(
            one, matches=tuple(each for each in one.matches if each.kicks_off_at > now)
        )
        for one in competitions.rounds(competition)
    ]
    return [one for one in left if one.matches]


@dataclass(frozen=True, slots=True)
class Met:
    """What is in the way, said while it was there: what was not made is gone."""

    line: str
    asks_for_box: bool


def _met(clash: clashes.Clash, every: Sequence[clashes.Clash]) -> Met:
    """Return *clash* in words; between two that were to be made, without a link."""
    own = {one.occasion.key for one in every}
    if clash.against is None or clash.other is None or clash.against.key not in own:
        return Met(clash_line(clash), clash.asks_for_box)
    line = gettext(
        "At the same time in one space: %(match)s", match=plain(clash.other.name)
    )
    return Met(line, clash.asks_for_box)


def _show(form: ScreeningsForm, slug: str) -> list[clashes.Clash]:
    """Write the screenings, published if asked; return what is in their way."""
    competition = competitions.competition(slug)
    own = event_desk.organisations(grants())
    organiser = next((o for o in own if o.slug == form.organisation.data), None)
    venue, space = form.place.chosen()
    if venue is None:
        raise PlaceMissing
    seats = form.seats.data
    chosen = set(form.match.data or ())
    if not chosen:
        raise MatchesShown
    made = screenings.show(
        competition,
        [
            match
            for one in _to_come(competition)
            for match in one.matches
            if str(match.id) in chosen
        ],
        venue=venue,
        space=space,
        doors=timedelta(minutes=form.doors.data or 0),
        capacity=(space.capacity if space else None) if seats is None else seats,
        organiser=organiser or (own[0] if len(own) == 1 else None),
        timezone=current_settings().TIMEZONE,
        languages=LANGUAGES[:1],
        actor=actor(),
        now=clock.now(),
    )
    intakes.require_reach(made, grants())
    if not form.publishes:
        return []
    found = clashes.of_occasions(
        [clashes.occasion(event) for event in made], clock.now(), grants=grants()
    )
    for event in made:
        events.publish(event, actor=actor(), now=clock.now())
    return [clash for event in made for clash in found[event.id]]


@bp.get("/<slug>")
@needs(Right.EVENTS)
def competition(lang: str, slug: str) -> ResponseReturnValue:
    """Show a competition's matches, who plays and what is shown."""
    found = competitions.competition(slug)
    return render_template(
        "desk/screenings_competition.html",
        competition=found,
        rounds=competitions.rounds(found),
        own=intakes.within_reach(
            [m.event for m in found.matches if m.event is not None], grants()
        ),
        keeps_house=_keeps_house(),
    )


# One match


class MatchForm(DeskForm):
    """Who plays, and how it ended."""

    home_team = StringField(lazy_gettext("Home"), NAME, [clean])
    away_team = StringField(lazy_gettext("Away"), NAME, [clean])
    home = WholeNumberField(lazy_gettext("Goals, home"), GOALS)
    away = WholeNumberField(lazy_gettext("Goals, away"), GOALS)
    extra_time = BooleanField(lazy_gettext("After extra time"))
    home_penalties = WholeNumberField(lazy_gettext("Penalties, home"), GOALS)
    away_penalties = WholeNumberField(lazy_gettext("Penalties, away"), GOALS)

    @property
    def penalties(self) -> tuple[int, int] | None:
        """Return the shoot-out, if there was one."""
        home, away = self.home_penalties.data, self.away_penalties.data
        return None if home is None or away is None else (home, away)

    def validate(self, extra_validators: Any = None) -> bool:
        """Say whether each pair of numbers is whole, or not there at all."""
        well_formed = super().validate(extra_validators)
        for pair in (
            (self.home, self.away),
            (self.home_penalties, self.away_penalties),
        ):
            empty = [field for field in pair if field.data is None]
            if len(empty) == 1 and not any(field.errors for field in pair):
                empty[0].errors = [gettext("Give both numbers, or neither.")]
                well_formed = False
        return well_formed


def match_form(match: Match, lang: str) -> MatchForm:
    """Return the form of *match*, as it stands."""
    return MatchForm(
        f"match|{match.id}",
        data={
            "home_team": match.home_team.best(lang).text,
            "away_team": match.away_team.best(lang).text,
            "home": match.home_score,
            "away": match.away_score,
            "extra_time": match.extra_time,
            "home_penalties": match.home_penalties,
            "away_penalties": match.away_penalties,
        },
    )


@bp.route("/<slug>/matches/<int(max=2147483647):number>", methods=["GET", "POST"])
@needs(Right.HOUSE)
def match(lang: str, slug: str, number: int) -> ResponseReturnValue:
    """Say who plays and how it ended: ``desk/screenings_match.html``."""
    found = competitions.match_at(slug, number)
    form = match_form(found, lang)
    if form.validate_on_submit():
        try:
            with deed():
                _keep(competitions.match_at(slug, number), form, lang)
                db.session.commit()
        except FestivalError as refusal:
            form.refuse(refusal)
        else:
            path = url_for(".competition", lang=lang, slug=slug)
            return redirect(f"{path}#m{number}", 303)
        found = competitions.match_at(slug, number)
    page = render_template("desk/screenings_match.html", form=form, match=found)
    return page, form.status_code


def _keep(found: Match, form: MatchForm, lang: str) -> None:
    """Write down what *form* says otherwise than the match."""
    now, facts = clock.now(), {}
    for where in ("home_team", "away_team"):
        before: Words = getattr(found, where)
        said = str(form[where].data or "")
        if said != before.best(lang).text:
            facts[where] = Words({lang: said})
    if facts:
        matches.amend(found, actor=actor(), now=now, **facts)
    home, away = form.home.data, form.away.data
    if home is not None and away is not None:
        matches.score(
            found,
            home,
            away,
            extra_time=bool(form.extra_time.data),
            penalties=form.penalties,
            actor=actor(),
            now=now,
        )
    else:
        matches.unscore(found, actor=actor(), now=now)
