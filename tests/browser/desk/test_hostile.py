"""Whatever people write at the desk stays text: nothing of it acts in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from festival.domain.words import Words
from festival.extensions import db
from festival.mail import letters
from festival.models.accounts import Account, Passkey
from festival.models.directory import Space
from festival.models.events import Event, Match, Series
from festival.models.intakes import Intake
from festival.services import matches
from tests.browser.desk.poison import ELSEWHERE, Poison, Watch
from tests.desk_routes import DESK
from tests.mail.test_letters import TAKING_BACK, Writer

FATES = {"postpone": "Reporter l’évènement", "cancel": "Annuler l’évènement"}
SATURDAY = ("12/06/2027", "20h")
HEADS = ("Titre", "Date", "Début", "Salle", "Résumé", "Description", "Tarif", "Âge")
FIXTURES = ("Match", "Date", "Heure", "Équipe 1", "Équipe 2", "Phase", "Stade")
OTHERS = (  # pages of the desk, besides one of each route
    "/en/desk/",
    "/fr/desk/events/postpone",
    "/fr/desk/events/cancel",
    "/fr/desk/events/{draft}",
    "/fr/desk/events/{festival}/edit",
    "/fr/desk/events/{imported}/edit",
    "/fr/desk/events/new?from={event}",
    "/fr/desk/series/new?from={event}",
    "/fr/desk/events/{event}/poster?paper=a3",
    "/fr/desk/spaces/halle/nef/day?day=2027-06-12",
    "/fr/desk/import/{fixtures}",
)
PUBLIC = (
    "/fr/?when=all",
    "/en/?when=all",
    "/fr/events/{event}",
    "/en/events/{event}",
    "/fr/events/{event}?lang=ar",
    "/fr/events/{event}/reply",
    "/fr/events/{festival}",
    "/fr/events/{part}",
    "/fr/events/postpone",
    "/fr/events/cancel",
    "/en/events/cancel",
    "/fr/events/{repeated}",
    "/fr/venues/",
    "/fr/venues/halle",
    "/fr/venues/halle/nef",
    "/fr/organisations/",
    "/fr/organisations/spokes",
    "/fr/competitions/cup",
    "/en/competitions/cup",
    "/fr/programme?when=all",
    "/embed/agenda",
    "/agenda.atom",
    "/agenda.json",
    "/agenda.jsonld",
)


@pytest.fixture
def poison():
    return Poison()


@pytest.fixture
def ines(desk):
    """Who keeps the accounts."""
    return desk("administrator")


@pytest.fixture
def names(build, ines, poison, clock) -> dict[str, str]:
    """Fill in every form of the desk; return what the paths of its pages name."""
    streets = {"street": poison("street"), "how_to_come": poison.words("how to come")}
    venue = build.venue("halle", poison("venue"), **streets)
    build.space(venue, "nef", name=poison.words("space"), capacity=40)
    build.organisation("spokes", poison("organisation"))
    return {
        **events(build, ines, poison),
        **programmes(ines, poison),
        **tables(ines, poison),
        **people(ines, poison, clock),
    }


def events(build, ines, poison) -> dict[str, str]:
    """An event in three languages, and what may become of one."""
    ines.opens("/fr/desk/events/new")
    ines.fills(another="ar").presses("Écrire aussi dans cette langue")
    links = {"reply_link": f"{ELSEWHERE}/'onx=a", "online_link": f"{ELSEWHERE}/&lt;"}
    where = {"kind": "workshop", "place": "halle/nef", "organisation": "spokes"}
    assert poison.into(ines, "Publier", **where, **links).status == 200
    event = newest(Event)
    assert set(event.question) == {"fr", "en", "ar"}
    ines.opens(f"/fr/desk/events/{event.slug}/picture")
    file = (picture(), poison("name of a picture's file") + ".png")
    assert poison.into(ines, "Enregistrer la photo", picture=file).status == 200
    for fate, button in FATES.items():
        other = build.event(fate, name=poison.words(fate, 120))
        ines.opens(f"/fr/desk/events/{other.slug}/{fate}")
        assert poison.into(ines, button).status == 200
    build.event("a-draft", name=poison.words("draft", 120), published=False)
    return {"event": event.slug, "postponed": "postpone", "draft": "a-draft"}


def programmes(ines, poison) -> dict[str, str]:
    """A festival and its board, and a series."""
    ines.opens("/fr/desk/events/new")
    page = poison.into(ines, "Publier", kind="festival", place="halle")
    assert page.status == 200
    festival = newest(Event).slug
    ines.opens(f"/fr/desk/festivals/{festival}/board")
    space = str(newest(Space).id)
    poison.into(ines, "Ajouter ce rendez-vous", space=space, begins="09:00")
    part = newest(Event).slug
    ines.opens(f"/fr/desk/festivals/{festival}/board/changes")
    assert ines.presses("Publier").status == 200
    ines.opens("/fr/desk/series/new")
    poison.into(ines, "Montrer ces dates", place="halle", times="3")
    ines.presses("Publier ces dates")
    series, repeated = newest(Series).slug, newest(Event).slug
    ines.opens(f"/fr/desk/series/{series}/{repeated}")
    assert poison.into(ines, "Enregistrer").status == 200
    ines.opens(f"/fr/desk/series/{series}/{repeated}/cancel")
    assert poison.into(ines, "Annuler ces dates").status == 200
    made = {"festival": festival, "part": part}
    return {**made, "series": series, "repeated": repeated}


def tables(ines, poison) -> dict[str, str]:
    """A programme taken in, one that waits, and the same of a fixture list."""
    heads = (*HEADS, poison("unknown head"))
    for is_wrong in (False, True):
        line = [poison("cell name", 110), *SATURDAY, ""]
        if is_wrong:
            line[1:3] = poison("cell day"), poison("cell hour")
        else:
            line += [poison(f"cell {head}") for head in HEADS[4:]]
        ines.opens("/fr/desk/import")
        ines.fills(paste=table(heads, line))
        poison.into(ines, "Vérifier les lignes")
        if not is_wrong:
            assert ines.presses("Importer").status == 200
            imported = newest(Event).slug
    intake = newest(Intake).public_id

    cup = matches.open_competition("cup", poison.words("competition"))
    db.session.commit()
    game = ("1", *SATURDAY, *(poison(f"fixture {head}") for head in FIXTURES[3:]))
    file = (BytesIO(table(FIXTURES, game).encode()), poison("table's file") + ".csv")
    ines.opens("/fr/desk/import/fixtures?competition=cup")
    ines.fills(file=file).presses("Vérifier les lignes")
    ines.presses("Importer")
    match = str(newest(Match, competition_id=cup.id).id)
    ines.fills(match=[match], place="halle/nef").presses("Créer et publier")
    ines.opens(f"/fr/desk/competitions/cup/matches/{match}")
    assert poison.into(ines, "Enregistrer").status == 200
    ines.opens("/fr/desk/import/fixtures")
    ines.fills(paste=table(FIXTURES, game))
    assert poison.into(ines, "Vérifier les lignes").status == 200
    taken = {"imported": imported, "intake": intake, "match": match}
    return {**taken, "fixtures": newest(Intake).public_id}


def people(ines, poison, clock) -> dict[str, str]:
    """Somebody invited, oneself, and one's passkey."""
    ines.opens("/fr/desk/people/invite")
    poison.into(ines, "Envoyer l’invitation", email="paul@example.org")
    person = newest(Account).public_id
    ines.opens("/fr/desk/account")
    poison.into(ines, "Enregistrer")
    passkey = Passkey(
        account_id=ines.account.id,
        credential_id=b"credential",
        public_key=b"key",
        name=poison("passkey"),
        made_at=clock(),
    )
    db.session.add(passkey)
    db.session.commit()
    return {"person": person, "passkey": str(passkey.id)}


def newest(kind: type[Any], **facts: Any) -> Any:
    db.session.rollback()
    query = select(kind).filter_by(**facts).order_by(kind.id.desc())
    return db.session.scalars(query).first()


def picture() -> BytesIO:
    drawn = BytesIO()
    Image.new("RGB", (40, 30), "saddlebrown").save(drawn, "PNG")
    drawn.seek(0)
    return drawn


def table(*lines: Sequence[str]) -> str:
    return "\n".join("\t".join(line) for line in lines)


def test_nothing_that_is_written_at_the_desk_acts_in_a_browser(
    house, pages, ines, names, poison, build, clock
):
    """Guard: pages, prints, feeds and letters, with JavaScript; every text is seen."""
    rules = house.app.url_map.iter_rules()
    shown = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}
    desk = [row.path for name, row in DESK.items() if name in shown]
    sheet = pages(java_script_enabled=True)
    cookie = {"name": "desk", "value": ines.cookie("desk"), "url": house.address}
    sheet.context.add_cookies([cookie])
    watch = Watch(sheet, house.address)
    try:
        for path in (*desk, *OTHERS, *PUBLIC):
            watch.opens(path.format(**names))
        ines.opens(f"/fr/desk/events/{names['event']}/edit")
        watch.reads("preview", poison.into(ines, "Aperçu").response.text)
        writer = Writer(build, clock, "fr")
        writer.name = poison("a guest of letters")
        writer.place = {"name": poison("a venue of letters")}
        writer.facts = {"name": Words(fr=poison("an event of letters", 120))}
        for kind in sorted({*letters.KINDS} - TAKING_BACK):
            watch.reads(kind, str(writer.writes(kind).html))
    finally:
        sheet.context.clear_cookies()
        watch.leaves()

    assert watch.done == []
    assert poison.unseen(watch.shown) == ["name of a picture's file"]


def test_a_link_that_is_code_is_refused(ines, build):
    build.venue()
    ines.opens("/fr/desk/events/new")
    ines.fills(name="Bal", kind="concert", place="halle", date="2027-06-12")

    codes = {"reply_link": "javascript:alert(1)", "online_link": "data:text/html,x"}
    page = ines.fills(**codes).presses("Publier")

    assert set(page.errors) == {"reply_link", "online_link"}
