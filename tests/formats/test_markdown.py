"""Descriptions: what organisers write, and nothing that could harm a reader."""

from __future__ import annotations

import pytest

from festival.formats import markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Un **mot** fort", "<p>Un <strong>mot</strong> fort</p>"),
        ("# Titre", "<h3>Titre</h3>"),
        ("## Titre", "<h4>Titre</h4>"),
        ("- un\n- deux", "<ul>\n<li>un</li>\n<li>deux</li>\n</ul>"),
    ],
)
def test_a_small_set_of_marks_becomes_html(text, html):
    assert markdown.html(text).strip() == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![suivi](https://tracker.example/p.gif)",
        "[clic](javascript:alert(1))",
        "[clic](data:text/html,x)",
        "<a href='https://example.org' onclick='x()' style='color:red'>x</a>",
        "<svg/onload=alert(1)>",
        "<iframe src=https://example.org></iframe>",
    ],
)
def test_nothing_that_runs_tracks_or_frames_comes_through(text):
    made = markdown.html(text).lower()

    harms = ("<script", "<img", "<svg", "<iframe", 'href="javascript', 'href="data')
    for harm in harms:
        assert harm not in made
    assert "<a href='https" not in made


def test_links_are_for_the_web_and_for_mail_and_lend_no_reputation():
    made = markdown.html("[site](https://example.org) [mot](mailto:a@example.org)")

    assert 'href="https://example.org"' in made
    assert 'href="mailto:a@example.org"' in made
    assert made.count('rel="noopener nofollow"') == 2


def test_plain_text_keeps_the_words_and_drops_the_marks():
    assert markdown.plain("Un **mot** & <b>rien</b>\n\n- un\n- deux") == (
        "Un mot & <b>rien</b>\nun\ndeux"
    )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("De 14\u00a0h", "De 14\u00a0h"),
        ('« Oui » & "non", 1 < 2', '« Oui » & "non", 1 < 2'),
        ("Caf&eacute;&nbsp;!", "Café\u00a0!"),
        ("Written `&nbsp;` and &amp;lt;", "Written &nbsp; and &lt;"),
    ],
)
def test_plain_text_holds_characters_and_no_entities(text, plain):
    assert markdown.plain(text) == plain
