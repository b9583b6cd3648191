"""Makes a picture that somebody sent small, and prints it: a program of its own.

It is run apart (``pictures.read``), with little memory and little time: a file of some
kilobytes may unpack to gigabytes, or to a minute's work for each of its scans. It
imports nothing of the house.

It says one line of JSON, "refused" or how large the picture is, and then its bytes.
"""

from __future__ import annotations

import json
import resource
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY: Final = 448 * 1024 * 1024  # bytes of address space
SECONDS: Final = 6  # of CPU
MOST_PIXELS: Final = 40_000_000  # a telephone's; with transparency they are 320 MB
SERVED: Final = 60_000  # bytes, at the most
WIDEST, TALLEST = 1200, 1200  # pixels, as served
NARROWEST: Final = 300
QUALITIES: Final = (80, 70, 60, 50, 40, 30)
FORMATS: Final = ("JPEG", "PNG", "WEBP")


class TooLarge(Exception):
    """More pixels than anybody's telephone makes."""


def read(content: bytes) -> tuple[bytes, int, int]:
    """Return the picture in *content* as it is served, and how large it is."""
    from PIL import Image, ImageOps  # noqa: PLC0415  (after the limits)

    Image.MAX_IMAGE_PIXELS = None  # ours is below it
    picture: Image.Image = Image.open(BytesIO(content), formats=FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        raise TooLarge
    picture.draft("RGB", (WIDEST, TALLEST))  # a JPEG is unpacked small at once
    picture.load()
    if picture.mode not in {"RGB", "L", "RGBA"}:
        picture = picture.convert("RGBA")
    picture.thumbnail((WIDEST, TALLEST))
    return _small(_on_white(ImageOps.exif_transpose(picture)))


def _on_white(picture: Image) -> Image:
    """Return *picture* in three colours, nothing shining through."""
    from PIL import Image  # noqa: PLC0415

    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _small(picture: Image) -> tuple[bytes, int, int]:
    """Return *picture* as WebP that is small enough: less sharp first, then smaller."""
    while True:
        for quality in QUALITIES:
            body = _encoded(picture, quality)
            if len(body) <= SERVED:
                return body, picture.width, picture.height
        if picture.width <= NARROWEST:
            raise ValueError("too fine to be made small")
        picture.thumbnail((picture.width * 3 // 4, picture.height * 3 // 4))


def _encoded(picture: Image, quality: int) -> bytes:
    """Return *picture* as WebP. Nothing but its pixels: neither place nor camera."""
    found = BytesIO()
    picture.save(found, "WEBP", quality=quality, method=4, exif=b"", icc_profile=b"")
    return found.getvalue()


def main() -> int:
    """Read what stands on the way in; print the picture, or why not."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(limit, (most, most))
    content, body = sys.stdin.buffer.read(), b""
    answer: dict[str, Any]
    try:
        body, width, height = read(content)
        answer = {"width": width, "height": height}
    except (TooLarge, MemoryError):
        answer = {"refused": "large"}
    except BaseException:  # noqa: BLE001  (a stranger's file: it breaks where it likes)
        answer = {"refused": "unreadable"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
