"""axe-core on every page and state: nothing found, of whatever impact."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.house import DESK, PHONE
from tests.browser.places import PLACES

# The two languages share out the four looks, so that each place is seen in all.
LOOKS = {
    "fr": ((PHONE, "light"), (DESK, "dark")),
    "en": ((PHONE, "dark"), (DESK, "light")),
}
axe = Axe()


@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing(make_person, build, language, place):
    person = make_person(java_script_enabled=True)
    PLACES[place](person, build)
    for size, scheme in LOOKS[language]:
        person.looks_at(size, scheme)
        found = axe.run(person.page, options=asking(scheme))
        assert not found.violations_count, (size, scheme, found.generate_report())


def asking(scheme):
    """Every rule that axe has on by default, targets of 24 px, and AAA by daylight."""
    return {
        "resultTypes": ["violations"],
        "rules": {
            "target-size": {"enabled": True},
            "color-contrast-enhanced": {"enabled": scheme == "light"},
        },
    }
