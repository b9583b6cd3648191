"""Text in several languages: which one a reader gets."""

from __future__ import annotations

import pytest

from festival.domain.words import Phrase, Words, direction, fold

BOTH = Words(fr="Bonjour", en="Hello")
ARABIC = Words(ar="أهلا", fr="Bonjour")
CHINESE = Words({"zh-Hans": "你好", "en": "Hello"})


@pytest.mark.parametrize(
    ("texts", "asked", "found"),
    [
        (BOTH, "fr", Phrase("Bonjour", "fr", foreign=False)),
        (BOTH, "en", Phrase("Hello", "en", foreign=False)),
        (BOTH, "en-GB", Phrase("Hello", "en", foreign=False)),
        (BOTH, "de", Phrase("Bonjour", "fr", foreign=True)),
        (Words(en="Hello", de="Hallo"), "fr", Phrase("Hello", "en", foreign=True)),
        (Words(de="Hallo", it="Ciao"), "fr", Phrase("Hallo", "de", foreign=True)),
        (ARABIC, "en", Phrase("Bonjour", "fr", foreign=True)),
        (ARABIC, "ar", Phrase("أهلا", "ar", foreign=False)),
        (CHINESE, "zh", Phrase("你好", "zh-Hans", foreign=False)),
        (Words(zh="你好"), "zh-Hans", Phrase("你好", "zh", foreign=False)),
        (Words(), "fr", Phrase("", "fr", foreign=False)),
        (Words(fr="", en="Hello"), "fr", Phrase("Hello", "en", foreign=True)),
    ],
)
def test_a_reader_gets(texts, asked, found):
    assert texts.best(asked) == found


@pytest.mark.parametrize(
    ("language", "way"),
    [
        ("fr", "ltr"),
        ("ar", "rtl"),
        ("ar-MA", "rtl"),
        ("he", "rtl"),
        ("zh-Hans", "ltr"),
        ("", "ltr"),
    ],
)
def test_a_language_runs(language, way):
    assert direction(language) == way
    assert Phrase("…", language, foreign=True).direction == way


def test_words_are_equal_by_what_they_say_and_empty_texts_are_none():
    assert Words(fr="Bonjour", en="") == Words({"fr": "Bonjour"})
    assert hash(Words(fr="a", en="b")) == hash(Words(en="b", fr="a"))
    assert not Words(fr="", en="")
    assert Words({"zh-Hans": "你好"}, fr="Bonjour")["fr"] == "Bonjour"


def test_words_are_never_edited_in_place():
    with pytest.raises(TypeError):
        BOTH["fr"] = "Salut"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Vélo", "velo"),
        ("ÉTÉ À LA PLAGE", "ete a la plage"),
        ("Straße", "strasse"),
        ("L’atelier  d'été", "l atelier d ete"),
        ("  deux\tmots\n", "deux mots"),
        ("ﬁlm n° 2", "film n° 2"),
        ("أهلاً", "اهلا"),
        ("İstanbul", "istanbul"),
        ("", ""),
    ],
)
def test_text_is_searched_without_case_accents_or_odd_spaces(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["Vélo", "L’été", "ﬁlm", "أهلاً", "🎉 fête", "\0"])
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
