"""The heading font, fetched and cut at set-up; the site is whole without it.

*Bricolage Grotesque* (SIL Open Font License 1.1) comes from a package, is cut to
the one weight and the letters that the headings use (about 15 KB instead of
400), and lies with its licence in ``static/vendor/``. Run by the Makefile, never
imported by the app, not part of the wheel.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

VENDOR = Path(__file__).parent.parent / "static" / "vendor"

PACKAGES = """\
fontpkg-bricolage-grotesque==1.1 \\
--hash=sha256:b629e8411a532a96775b32571693488d26837b93b7c25f053537ae8147ded7f2
fonttools==4.68.0 \\
--hash=sha256:d76f8fdcb6936f5e1045a0c9dd721a4bf11112e60d1e243bfa1d39f06a8b3104
"""

INSTANCE = {"wght": 720, "wdth": 90, "opsz": 28}
LETTERS = (
    *range(0x20, 0x7F),  # English
    *map(ord, "ÀÂÆÇÈÉÊËÎÏÔŒÙÛÜŸàâæçèéêëîïôœùûüÿ«»°·×ᵉ\xa0\u202f"),  # French
    *map(ord, "–—‘’“”…€"),
)


def fetch(folder: Path) -> None:
    """Install the two packages into *folder*, each held to its hash."""
    lock = folder / "requirements.txt"
    lock.write_text(PACKAGES, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--target", str(folder)]
    subprocess.run(  # noqa: S603  # our own words, no shell
        [*pip, "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(lock)],
        check=True,
        capture_output=True,
    )


def cut(package: Path) -> None:
    """Write the one instance that the headings use, as WOFF2, and its licence."""
    from fontTools.subset import Options, Subsetter  # noqa: PLC0415  # just fetched
    from fontTools.ttLib import TTFont  # noqa: PLC0415
    from fontTools.varLib.instancer import instantiateVariableFont  # noqa: PLC0415

    font = TTFont(next((package / "files").glob("*.ttf")))
    instantiateVariableFont(font, INSTANCE, inplace=True)

    options = Options(layout_features=["kern", "ccmp", "locl", "mark"], hinting=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)

    VENDOR.mkdir(parents=True, exist_ok=True)
    (VENDOR / "bricolage-OFL.txt").write_bytes((package / "LICENSE").read_bytes())
    font.flavor = "woff2"
    font.save(VENDOR / "bricolage.woff2")


def main() -> None:
    """Fetch and cut; whatever goes wrong, say it in a line and go on without."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sys.path.insert(0, name)
        try:
            fetch(folder)
            cut(folder / "fontpkg_bricolage_grotesque")
        except Exception as trouble:  # noqa: BLE001  # an ornament must never stop the set-up
            print(f"No heading font ({trouble}): the site uses the system's.")  # noqa: T201


if __name__ == "__main__":
    main()
