"""What makes HTML say what is what: checks that need no browser."""

from __future__ import annotations

import re

import html5lib
from bs4 import BeautifulSoup
from sqlalchemy import select

from festival.extensions import db
from festival.models.directory import Organisation, Venue


def check(source, language):
    """Fail unless *source* is valid, and says in *language* what is what."""
    html5lib.HTMLParser(strict=True).parse(source)
    html = BeautifulSoup(source, "html.parser")

    assert html.html["lang"] == language
    assert html.html["dir"] == "ltr"
    assert len(html.select("h1")) == len(html.select("main")) == 1
    assert html.title.get_text(strip=True)
    assert repeated(tag["id"] for tag in html.select("[id]")) == []
    assert skipped_levels(html) == []
    assert scripts_and_styles(html) == []
    assert unlabelled(html) == []
    assert dangling(html) == []
    assert words_of_the_other_language(html, language) == set()


# Small words that nobody can do without, and that the other language does not have.
SMALL_WORDS = {
    "fr": {
        *("le", "la", "les", "des", "du", "une", "et", "est", "sont", "pour", "avec"),
        *("dans", "sur", "vous", "nous", "votre", "vos", "notre", "qui", "que", "ce"),
        *("cette", "ne", "pas", "ou", "où", "aux", "jusqu", "personnes", "lieu"),
    },
    "en": {
        *("the", "and", "of", "with", "from", "your", "you", "this", "that", "are"),
        *("is", "was", "will", "have", "has", "not", "to", "by", "we", "our", "who"),
        *("what", "when", "where", "until", "before", "after", "at", "people", "it"),
    },
}


PROPER_NAMES = (
    "Amazones de la Rampe",
    "Défenseur des droits",
    "Duo des Deux Rives",
    "Union du Canal",
    "rue des Rigoles",
)


def words_of_the_other_language(html, language):
    """Small words of the language that is not the page's, but for marked passages.

    Names are names in every language; a source is called what it calls itself.
    """
    [other] = set(SMALL_WORDS) - {language}
    page = BeautifulSoup(str(html), "html.parser")
    marked = f"[lang]:not(html):not([lang='{language}']), script, style, .sources"
    for passage in page.select(marked):
        passage.decompose()
    told = [
        value
        for tag in page.find_all()
        for name in ("alt", "aria-label", "placeholder")
        for value in [tag.get(name, "")]
    ]
    text = "\n".join([page.body.get_text(" "), *told])
    text = re.sub(r"https?://\S+", " ", text)
    for name in names():
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    small = re.compile(rf"\b({'|'.join(SMALL_WORDS[other])})\b", re.IGNORECASE)
    return {line for line in lines if small.search(line)}


def names():
    """The names of places and people, the longest first."""
    found = [*db.session.scalars(select(Venue.name))]
    streets = db.session.scalars(select(Venue.street).where(Venue.street != ""))
    found += [street.lstrip("0123456789 ") for street in streets]
    found += db.session.scalars(select(Organisation.name))
    found += PROPER_NAMES
    return sorted(found, key=len, reverse=True)


def repeated(values):
    every = list(values)
    return sorted({value for value in every if every.count(value) > 1})


def skipped_levels(html):
    """Headings that are more than one level below the one before them.

    What is to be put right stands before the h1, as a level of its own below it.
    """
    before, found = 1, []
    for heading in html.select("h1, h2, h3, h4, h5, h6"):
        level = int(heading.name[1])
        if level > before + 1:
            found.append(heading.get_text(strip=True))
        before = level
    return found


def scripts_and_styles(html):
    # Facts are not executed; the keys of the desk need a script of our own.
    scripts = "script:not([type='application/ld+json'], [src*='/js/passkey.js'])"
    tags = html.select(f"{scripts}, style, iframe, object, embed, base, [style]")
    handlers = [
        tag
        for tag in html.find_all()
        if any(name.startswith("on") for name in tag.attrs)
    ]
    return [*tags, *handlers]


def unlabelled(html):
    labelled = {label.get("for") for label in html.select("label[for]")}
    return [
        field
        for field in html.select("input:not([type=hidden]), select, textarea, meter")
        if not (
            field.get("id") in labelled
            or field.get("aria-label")
            or field.find_parent("label")
        )
    ]


def dangling(html):
    """References to an id that the page does not have."""
    ids = {tag["id"] for tag in html.select("[id]")}
    wanted = [label["for"] for label in html.select("label[for]")]
    for attribute in ("aria-labelledby", "aria-describedby", "aria-controls"):
        for tag in html.select(f"[{attribute}]"):
            wanted += tag[attribute].split()
    wanted += [
        tag["href"].removeprefix("#") for tag in html.select('a[href^="#"], use[href]')
    ]
    return sorted(set(wanted) - ids)
