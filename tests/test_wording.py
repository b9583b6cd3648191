"""How things read, in French and in English."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import flask_babel
import pytest

from festival import wording
from festival.domain.admission import House
from festival.domain.lifecycle import ReplyState
from festival.domain.words import Words

PARIS = "Europe/Paris"
NB = "\u00a0"


@pytest.fixture(params=["fr"])
def language(request, app, clock):
    """A page in this language: ``@in_both`` asks for the two of them."""
    with (
        app.test_request_context(f"/{request.param}/"),
        flask_babel.force_locale(request.param),
    ):
        yield request.param


pytestmark = pytest.mark.usefixtures("language")
in_english = pytest.mark.parametrize("language", ["en"], indirect=True)


def at(day, hour, minute=0, month=6, year=2027):
    """An instant, by the clocks of Paris."""
    local = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(PARIS))
    return local.astimezone(UTC)


def said(text):
    return text.replace(NB, " ")


FRENCH = [
    (at(5, 14), at(5, 17), False, "samedi 5 juin, de 14 h à 17 h"),
    (at(5, 14, 30), at(5, 16, 5), False, "samedi 5 juin, de 14 h 30 à 16 h 05"),
    (at(5, 21), at(6, 0), False, "samedi 5 juin, de 21 h à minuit"),
    (at(5, 22), at(6, 4), False, "samedi 5 juin, de 22 h à 4 h"),  # one evening
    (at(1, 9, month=7), at(1, 11, month=7), False, "jeudi 1er juillet, de 9 h à 11 h"),
    (at(4, 17), at(6, 23), False, "du vendredi 4 au dimanche 6 juin"),
    (at(30, 9), at(2, 18, month=7), False, "du mercredi 30 juin au vendredi 2 juillet"),
    (at(5, 0), at(6, 0), True, "samedi 5 juin"),
    (at(5, 0), at(7, 0), True, "du samedi 5 au dimanche 6 juin"),
    (at(5, 9, month=8, year=2028), at(5, 10, month=8, year=2028), False,
     "samedi 5 août 2028, de 9 h à 10 h"),
]  # fmt: skip
ENGLISH = [
    (at(5, 14), at(5, 17), False, "Saturday 5 June, 2pm to 5pm"),
    (at(5, 14, 30), at(5, 16, 5), False, "Saturday 5 June, 2.30pm to 4.05pm"),
    (at(5, 10), at(5, 12), False, "Saturday 5 June, 10am to midday"),
    (at(5, 21), at(6, 0), False, "Saturday 5 June, 9pm to midnight"),
    (at(4, 17), at(6, 23), False, "from Friday 4 to Sunday 6 June"),
    (at(5, 0), at(6, 0), True, "Saturday 5 June"),
]


@pytest.mark.parametrize(("starts", "ends", "all_day", "sentence"), FRENCH)
def test_when_in_french(starts, ends, all_day, sentence):
    assert said(wording.when(starts, ends, PARIS, all_day=all_day)) == sentence


@in_english
@pytest.mark.parametrize(("starts", "ends", "all_day", "sentence"), ENGLISH)
def test_when_in_english(starts, ends, all_day, sentence):
    assert wording.when(starts, ends, PARIS, all_day=all_day) == sentence


@pytest.mark.parametrize(
    ("starts", "ends", "all_day", "sentence"),
    [
        (at(5, 14), at(5, 17), False, "14 h – 17 h"),
        (at(5, 17, 45), at(6, 0), False, "17 h 45 – minuit"),
        (at(4, 17), at(6, 23), False, "jusqu’au dimanche 6 juin"),
        (at(5, 0), at(6, 0), True, "Toute la journée"),
    ],
)
def test_hours_in_a_list(starts, ends, all_day, sentence):
    assert said(wording.hours(starts, ends, PARIS, all_day=all_day)) == sentence


def test_a_summer_evening_is_told_by_the_clocks_of_its_place():
    noon_utc = datetime(2027, 6, 5, 12, tzinfo=UTC)

    assert said(wording.instant(noon_utc, PARIS)) == "samedi 5 juin à 14 h"
    assert said(wording.instant(noon_utc, "America/New_York")) == "samedi 5 juin à 8 h"


def test_near_days_have_names():
    assert wording.relative_day(at(1, 23), PARIS) == "Aujourd’hui"
    assert wording.relative_day(at(2, 0, 30), PARIS) == "Demain"
    assert wording.relative_day(at(3, 9), PARIS) == ""


@in_english
def test_near_days_have_names_in_english():
    assert wording.relative_day(at(1, 23), PARIS) == "Today"


@pytest.mark.parametrize(
    ("capacity", "taken", "sentence"),
    [
        (40, 28, "12 places libres"),
        (40, 37, "Plus que 3 places"),
        (200, 181, "Plus que 19 places"),  # the last tenth of a large house
        (40, 39, "Plus qu’une place"),
        (None, 900, "Des places pour tout le monde"),
    ],
)
def test_places_left(capacity, taken, sentence):
    house = House(capacity, taken, keeps_waiting_list=True)

    assert said(wording.seats(ReplyState.OPEN, house)) == sentence


@in_english
def test_places_left_in_english():
    house = House(40, 37, keeps_waiting_list=True)

    assert wording.seats(ReplyState.OPEN, house) == "Only 3 places left"


@pytest.mark.parametrize("state", ReplyState)
def test_every_state_has_its_words(state):
    assert wording.seats(state, House(10, 4, keeps_waiting_list=True))


@pytest.mark.parametrize(
    ("position", "french"), [(1, "1ʳᵉ"), (2, "2ᵉ"), (11, "11ᵉ"), (21, "21ᵉ")]
)
def test_a_rank_in_french(position, french):
    assert wording.rank(position) == french


@in_english
@pytest.mark.parametrize(
    ("position", "english"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (112, "112th")],
)
def test_a_rank_in_english(position, english):
    assert wording.rank(position) == english


@pytest.mark.parametrize(
    ("typed", "spaced"),
    [
        ("Quoi ? Rien !", f"Quoi{NB}? Rien{NB}!"),
        ("« Bonjour »", f"«{NB}Bonjour{NB}»"),
        ("à 14 h 30", f"à 14{NB}h{NB}30"),
        ("dans 3 jours", f"dans 3{NB}jours"),
        ("01 99 00 12 34", f"01{NB}99{NB}00{NB}12{NB}34"),
        ("12 rue des Arches", "12 rue des Arches"),
    ],
)
def test_french_spaces(typed, spaced):
    assert wording.french(typed) == spaced


def test_a_number_never_parts_from_what_it_counts():
    assert wording.people(2) == f"2{NB}personnes"
    assert wording.places(1) == f"1{NB}place"


@in_english
def test_english_keeps_ordinary_spaces():
    assert wording.people(2) == "2 people"


def test_words_in_the_pages_language_need_no_mark():
    assert wording.words(Words(fr="Fête : <b>", en="Party")) == f"Fête{NB}: &lt;b&gt;"


def test_words_in_another_language_say_which():
    assert wording.words(Words(ar="أمسية")) == '<span lang="ar" dir="rtl">أمسية</span>'


@in_english
def test_words_fall_back_to_french_and_say_so():
    assert (
        wording.words(Words(fr="Fête !"))
        == f'<span lang="fr" dir="ltr">Fête{NB}!</span>'
    )


def test_a_reader_may_ask_for_a_text_in_its_own_language():
    name = Words({"fr": "Calligraphie", "zh-Hans": "书法"})

    assert (
        wording.words(name, "zh-Hans") == '<span lang="zh-Hans" dir="ltr">书法</span>'
    )
    assert wording.plain(name, "zh-Hans") == "书法"
    assert wording.words(name, "ar") == "Calligraphie"


def test_a_description_is_safe_and_has_no_pictures():
    text = Words(fr="**Venez !** ![x](https://a.example/x.png) <script>x</script>")

    made = wording.marked(text)

    assert f"<strong>Venez{NB}!</strong>" in made
    assert "<img" not in made
    assert "<script" not in made


@pytest.mark.parametrize(
    ("tag", "name"),
    [("fr", "Français"), ("en", "English"), ("ar", "العربية"), ("zh-Hans", "中文")],
)
def test_a_language_is_named_in_itself(tag, name):
    assert wording.language_name(tag) == name


def test_a_house_may_add_its_own_kind():
    assert wording.kind_name("workshop") == "Atelier"
    assert wording.kind_name("flea_market") == "Flea market"


def test_a_first_of_the_month_is_a_first():
    assert said(wording.day(date(2027, 7, 1))) == "jeudi 1er juillet"
    assert said(wording.day(date(2027, 7, 21), weekday=False)) == "21 juillet"


def test_a_door_code_is_said_in_two_halves():
    assert wording.door_code("482913") == f"482{NB}913"
