"""Machines open the links of letters before people do: that must change nothing."""

from __future__ import annotations

import pytest

from festival.domain.lifecycle import ReplyPolicy
from tests.browser.places import a_guest, letters_link
from tests.builders import everything


@pytest.mark.parametrize("language", ["fr"])
@pytest.mark.parametrize("purpose", ["manage", "confirm", "erase", "ticket"])
@pytest.mark.parametrize("policy", [ReplyPolicy.OPEN, ReplyPolicy.MAIL])
def test_opening_a_link_with_javascript_changes_nothing(
    make_person, build, purpose, policy
):
    guest = a_guest(build, reply_policy=policy)
    person = make_person(java_script_enabled=True)
    before = everything()
    for _ in range(3):
        assert letters_link(person, purpose, guest).status == 200
        person.page.wait_for_load_state("networkidle")
    assert everything() == before
    assert {request.method for request in person.requests} == {"GET"}
