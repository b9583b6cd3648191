"""Pictures: PNG of the right size, light, and the same for ever."""

import subprocess
import sys
from pathlib import Path

import pytest

from festival.domain.kinds import KINDS
from festival.formats import picture

DRAWING = (Path(__file__).parents[2] / "static/img/favicon.svg").read_text()
UID = "5f0f6f5e-9a0e-4b7c-8d55-1b1f4bb2a1c3"


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert png[12:16] == b"IHDR"
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


@pytest.mark.parametrize("kind", [*KINDS, "", "a_kind_of_the_house"])
def test_a_picture_to_share_has_the_size_that_messages_want_and_is_light(kind):
    for seed in (UID, "another", "33"):
        png = picture.shared(seed, kind)

        assert size(png) == (1200, 630)
        assert 1_000 < len(png) <= 60 * 1024


def test_the_same_event_has_the_same_bytes_in_another_process():
    tell = (
        "import hashlib; from festival.formats.picture import shared; "
        f"print(hashlib.sha256(shared({UID!r}, 'concert')).hexdigest())"
    )

    told = {
        subprocess.run(
            [sys.executable, "-c", tell], check=True, capture_output=True
        ).stdout
        for _ in range(2)
    }

    picture.shared.cache_clear()
    assert len(told) == 1
    assert picture.shared(UID, "concert") != picture.shared(UID, "meal")
    assert picture.shared(UID, "concert") != picture.shared("another", "concert")


@pytest.mark.parametrize("side", [32, 180])
def test_an_icon_is_square(side):
    assert size(picture.icon(DRAWING, side)) == (side, side)
    assert picture.icon(DRAWING, side) != picture.icon(DRAWING, side, "#0f3d33")


def test_starting_the_house_does_not_load_what_only_pictures_need():
    tell = "import sys, festival.web; print('resvg_py' in sys.modules)"

    told = subprocess.run([sys.executable, "-c", tell], check=True, capture_output=True)

    assert told.stdout.strip() == b"False"
