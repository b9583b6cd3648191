"""Posters: the same drawing for the same event, for ever, on every machine."""

import gzip
import hashlib
from xml.etree import ElementTree as ET

import pytest

from festival.domain.kinds import KINDS
from festival.formats.poster import HOUSE, PALETTES, poster

UID = "5f0f6f5e-9a0e-4b7c-8d55-1b1f4bb2a1c3"


def test_the_same_seed_is_the_same_bytes_for_ever():
    drawing = poster(UID, "concert", 6, 2).encode()

    assert hashlib.sha256(drawing).hexdigest()[:16] == "14e0a91e849bf19a"


def test_another_event_has_another_poster():
    assert poster(UID, "concert", 6, 2) != poster("another", "concert", 6, 2)


@pytest.mark.parametrize("kind", [*KINDS, "a_kind_of_the_house"])
def test_a_poster_is_well_formed_hidden_and_without_style(kind):
    drawing = ET.fromstring(poster(UID, kind, 4, 4))

    assert drawing.get("viewBox") == "0 0 400 400"
    assert (drawing.get("aria-hidden"), drawing.get("focusable")) == ("true", "false")
    attributes = {name for tag in drawing.iter() for name in tag.keys()}  # noqa: SIM118
    assert attributes.isdisjoint({"style", "id", "class"})
    assert not "".join(drawing.itertext()).strip()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_palette_of_its_own(kind):
    drawing = ET.fromstring(poster(UID, kind, 8, 8))

    used = {tag.get(paint) for tag in drawing.iter() for paint in ("fill", "stroke")}

    assert used - {None, "none"} == set(PALETTES[kind])
    assert len({*PALETTES.values(), HOUSE}) == len(KINDS) + 1


@pytest.mark.parametrize("seed", [f"event {number}" for number in range(20)])
def test_a_poster_weighs_little(seed):
    assert len(gzip.compress(poster(seed, "workshop", 6, 2).encode())) < 1500
