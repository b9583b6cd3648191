"""The style sheet that places a programme: small, and of nothing but numbers."""

from __future__ import annotations

from festival.domain.programme import Slot, lay_out
from festival.formats.grid_css import places


def day(number_of_spaces=2):
    slots = [Slot(n, n, 600 + 15 * n, 660 + 15 * n) for n in range(number_of_spaces)]
    return lay_out(slots, range(number_of_spaces))


def test_each_thing_has_its_place():
    sheet = places([(1, day())])

    assert sheet == (
        "@layer parts { @container (min-width: 52rem) {\n"
        "#c1, #p1 { grid-template-columns: 3.5rem repeat(2, minmax(0, 1fr)) }\n"
        "#p1 { grid-template-rows: repeat(8, minmax(1.75rem, auto)) }\n"
        "#h1-0 { grid-column: 2 }\n"
        "#h1-1 { grid-column: 3 }\n"
        "#t1-10 { grid-row: 1 }\n"
        "#t1-11 { grid-row: 5 }\n"
        "#s1-0 { grid-area: 1/2/5 }\n"
        "#s1-1 { grid-area: 2/3/6 }\n"
        "} }\n"
    )


def test_more_spaces_than_fit_keep_a_width_of_their_own():
    assert "repeat(6, minmax(0, 1fr))" in places([(0, day(6))])
    assert "repeat(7, minmax(9.5rem, 1fr))" in places([(0, day(7))])


def test_a_space_of_two_lanes_has_one_head_over_both():
    slots = [Slot(1, "nave", 600, 660), Slot(2, "nave", 600, 660)]

    assert "#h0-0 { grid-column: 2/span 2 }" in places([(0, lay_out(slots, ["nave"]))])
