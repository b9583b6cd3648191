"""The picture of a code, beside the one that the library draws."""

from io import BytesIO

import pytest
import segno
from PIL import Image

from festival.formats import qr

LINKS = ("https://h.example/x", "https://halle.example/fr/ticket/" + "aZ0_-" * 10)


def pixels(png):
    image = Image.open(BytesIO(png))
    image.load()  # its checksums too
    return image.size, image.convert("L").tobytes()


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("size", [1, 3, 6])
def test_the_picture_is_the_library_s_own(link, size):
    drawn = BytesIO()
    segno.make_qr(link, error="m", mask=qr.MASK).save(drawn, kind="png", scale=size)

    assert pixels(qr.png(link, size)) == pixels(drawn.getvalue())
