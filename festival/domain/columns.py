"""What the columns of people's tables are called, and what they mean by a name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from festival.domain.errors import HeadsUnknown, TooManyLines
from festival.domain.words import fold

MOST_LINES: Final = 500  # of one import: more is no programme that anybody checks
HEADS_WITHIN: Final = 20  # rows: a title and a note may stand above the heads
LANGUAGES: Final = {
    **dict.fromkeys(("fr", "francais", "french", "vf"), "fr"),
    **dict.fromkeys(("en", "anglais", "english", "gb", "uk"), "en"),
}
ALIKE: Final = 0.6  # of difflib's ratio, from which a name is worth suggesting

PROGRAMME: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (
        *("titre", "title", "nom", "name", "evenement", "event", "intitule"),
        *("activite", "activity", "rendez-vous", "quoi", "what", "animation"),
        *("nom de l evenement", "titre de l evenement", "event name", "event title"),
    ),
    "kind": (
        *("type", "kind", "categorie", "category", "genre", "format", "nature"),
        *("type d evenement", "event type", "type of event"),
    ),
    "day": (
        *("date", "jour", "day", "quand", "when", "date de debut", "start date"),
        *("date debut", "dates"),
    ),
    "last_day": ("date de fin", "date fin", "end date", "jusqu au", "last day"),
    "starts": (
        *("debut", "start", "starts", "heure de debut", "heure debut", "start time"),
        *("de", "from", "begin", "begins", "beginning", "heure", "time", "hour"),
        *("horaire", "horaires", "heures", "hours", "times", "commence a"),
    ),
    "ends": (
        *("fin", "end", "ends", "heure de fin", "heure fin", "end time", "a", "to"),
        *("until", "jusqu a", "finish"),
    ),
    "length": ("duree", "duration", "length", "lasts"),
    "venue": (
        *("lieu", "venue", "place", "adresse", "address", "location", "site", "ou"),
        *("where", "endroit"),
    ),
    "space": ("espace", "space", "salle", "room", "scene", "stage", "plateau"),
    "seats": (
        *("places", "seats", "capacite", "capacity", "jauge", "nombre de places"),
        *("nb places", "nb de places", "nombre de places max", "max", "places max"),
    ),
    "summary": (
        *("resume", "summary", "accroche", "description courte", "chapo"),
        *("presentation", "short description", "en bref", "in short"),
    ),
    "description": (
        *("description", "texte", "text", "details", "contenu", "content"),
        *("description longue", "long description"),
    ),
    "price": ("tarif", "tarifs", "prix", "price", "cost"),
    "age": ("age", "ages", "public", "audience", "a partir de"),
    "spoken": ("langue", "language", "langues", "languages", "langue parlee"),
}
FIXTURES: Final[Mapping[str, tuple[str, ...]]] = {
    "number": (
        *("match", "match no", "match number", "numero", "numero de match", "n"),
        *("no", "num", "number", "match n", "game", "id"),
    ),
    "stage": ("stage", "phase", "tour", "round", "etape"),
    "group": ("group", "groupe", "poule", "pool"),
    "home": (
        *("home", "domicile", "equipe 1", "team 1", "equipe a", "team a", "home team"),
        *("equipe domicile", "team1", "equipe1", "recevant"),
    ),
    "away": (
        *("away", "exterieur", "equipe 2", "team 2", "equipe b", "team b"),
        *("away team", "equipe exterieur", "team2", "equipe2", "visiteur"),
    ),
    "sides": ("teams", "equipes", "affiche", "fixture", "rencontre", "match up"),
    "day": ("date", "jour", "day", "match date", "date du match"),
    "starts": (
        *("time", "heure", "kick off", "kickoff", "kick-off", "coup d envoi", "start"),
        *("kicks off at", "ko", "horaire", "debut", "date time", "datetime"),
    ),
    "starts_utc": ("kickoff utc", "kick off utc", "time utc", "date utc", "heure utc"),
    "ground": (
        *("ground", "stadium", "stade", "venue", "lieu", "location", "place", "ville"),
        *("city",),
    ),
    "home_score": ("home score", "score1", "score 1", "score domicile", "buts 1"),
    "away_score": ("away score", "score2", "score 2", "score exterieur", "buts 2"),
    "score": ("score", "result", "resultat"),
    "extra_time": ("extra time", "prolongation", "prolongations", "ap", "aet"),
    "home_penalties": ("home penalties", "penalties1", "tab 1", "tirs au but 1"),
    "away_penalties": ("away penalties", "penalties2", "tab 2", "tirs au but 2"),
}
NEEDED: Final = {
    "programme": (frozenset({"name"}), frozenset({"day", "starts"})),
    "fixtures": (
        frozenset({"home", "sides", "number"}),
        frozenset({"day", "starts", "starts_utc"}),
    ),
}
IN_LANGUAGES: Final = frozenset(
    {
        "name",
        "summary",
        "description",
        "price",
        "age",
        "home",
        "away",
        "stage",
        "ground",
    }
)
KIND_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "festival": ("festival",),
    "open_day": (
        *("journee portes ouvertes", "portes ouvertes", "open day", "open house"),
        *("porte ouverte", "jpo", "permanence", "accueil"),
    ),
    "screening": (
        *("projection", "screening", "film", "cinema", "match", "retransmission"),
        *("cine-debat", "movie"),
    ),
    "workshop": (
        *("atelier", "workshop", "stage", "formation", "training", "initiation"),
        *("cours", "class", "demonstration"),
    ),
    "debate": (
        *("debat", "debate", "conference", "table ronde", "round table", "talk"),
        *("panel", "causerie", "discussion", "lecture"),
    ),
    "meeting": (
        *("reunion", "meeting", "rencontre", "assemblee", "assembly", "cafe"),
        *("conseil", "ag", "assemblee generale", "forum"),
    ),
    "concert": (
        *("concert", "spectacle", "show", "musique", "music", "scene ouverte", "dj"),
        *("performance", "theatre", "danse", "dance", "lecture musicale", "bal"),
    ),
    "meal": (
        *("repas", "meal", "banquet", "tablee", "diner", "dinner", "dejeuner"),
        *("lunch", "brunch", "gouter", "cuisine", "apero", "pique-nique", "picnic"),
    ),
    "residency": ("residence", "residency", "sortie de residence"),
    "visit": (
        *("visite", "visit", "balade", "walk", "tour", "promenade", "exposition"),
        *("exhibition", "visite guidee", "guided tour"),
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: its number there, and what stands under each known head."""

    number: int
    cells: dict[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Columns:
    """Lines under known heads, and the heads that nobody here knows."""

    lines: tuple[Line, ...]
    heads: tuple[str, ...]  # as the table writes them
    unknown: tuple[str, ...]


def under_heads(kind: str, sheets: Sequence[Sequence[Sequence[str]]]) -> Columns:
    """Return the lines of the first of *sheets* that has the heads of *kind*.

    Raises:
        HeadsUnknown: none has; a table needs them, since order tells nothing.
        TooManyLines: more than 500.
    """
    names = PROGRAMME if kind == "programme" else FIXTURES
    for rows in sheets:
        for at, row in enumerate(rows[:HEADS_WITHIN]):
            fields = _fields(row, names)
            bare = {name.partition(".")[0] for name in fields.values()}
            if all(bare & some for some in NEEDED[kind]):
                return _lines(rows, at, fields)
    raise HeadsUnknown


def _fields(row: Sequence[str], names: Mapping[str, tuple[str, ...]]) -> dict[int, str]:
    """Return which field each column of a row of heads holds; the first one wins."""
    found: dict[int, str] = {}
    for at, head in enumerate(row):
        name = field_of(head, names)
        if name and name not in found.values():
            found[at] = name
    return found


def field_of(head: str, names: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return the field *head* stands for, with its language: "name.fr"."""
    whole = re.sub(r"[_*:°.]+", " ", fold(head)).strip()
    tongue = re.search(r"(?:^|\W)(\w+)\)?$", whole)
    language = LANGUAGES.get(tongue[1]) if tongue else None
    parts = [(whole, "")]
    if language and tongue:
        parts.insert(0, (whole[: tongue.start()], f".{language}"))
    for said, suffix in parts:
        bare = " ".join(re.sub(r"\(.*?\)|[()\[\]/]", " ", said).split())
        for name, synonyms in names.items():
            if bare in synonyms and (not suffix or name in IN_LANGUAGES):
                return name + suffix
    return None


def _lines(
    rows: Sequence[Sequence[str]], at: int, fields: Mapping[int, str]
) -> Columns:
    lines = []
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        cells = {
            name: row[column]
            for column, name in fields.items()
            if column < len(row) and row[column]
        }
        if cells:
            lines.append(Line(number, cells))
    if len(lines) > MOST_LINES:
        raise TooManyLines(most=MOST_LINES, lines=len(lines))
    heads = rows[at]
    return Columns(
        tuple(lines),
        tuple(heads[column] for column in fields),
        tuple(h for column, h in enumerate(heads) if h and column not in fields),
    )


# Names


def kind_called(name: str) -> str | None:
    """Return the kind of event that *name* means: "Atelier vélo" is a workshop."""
    said = fold(name)
    for kind, names in KIND_NAMES.items():
        if said == kind.replace("_", " ") or said == kind or said in names:
            return kind
    words = set(re.findall(r"[\w-]+", said))
    plural = {word.removesuffix("s") for word in words}
    meant = [
        kind for kind, names in KIND_NAMES.items() if (words | plural) & set(names)
    ]
    return meant[0] if len(meant) == 1 else None


def closest(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Return the *known* names that may be meant by *name*, the likeliest first."""
    said = fold(name)
    measured = []
    for each in known:
        folded = fold(each)
        ratio = difflib.SequenceMatcher(None, said, folded).ratio()
        if said and (said in folded or folded in said):
            ratio = max(ratio, 0.9)
        if ratio >= ALIKE:
            measured.append((-ratio, each))
    return [each for _, each in sorted(measured)[:most]]
