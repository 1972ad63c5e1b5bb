"""Contact sheets: the images of all pages side by side, small, so that a person can look at all of them at once.

`make pages` writes them from its images to .run/sheets; `python -m benchmarks.pages.sheets` to docs/images/sheets.
One sheet for a width, a language and a part of the site. A long page is cut at twice its screen's height, and says so.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.pages.screenshots import LANGUAGES, WIDTHS
from PIL import Image, ImageDraw, ImageFont

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs" / "images" / "sheets"
MOST_BYTES: Final = 3_000_000
SCREENS: Final = 2
QUALITY: Final = 50
GAP: Final = 10
LABEL: Final = 18
SHEET_WIDTH: Final = 1600
COLUMNS: Final = {360: 10, 768: 7, 1440: 5, 3840: 4}
# How the files of a part begin; the first part that fits has a picture.
PARTS: Final = {"officer": ("officer",), "heads": ("heads",), "control": ("control",), "admin": ("admin",)}
PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a sheet with the name of its page."""

    name: str
    image: Image.Image


def write_sheets(images: Path, folder: Path) -> list[Path]:
    """Write a sheet for each width, language and part of the site of which there are images."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    written = []
    for width in WIDTHS:
        for language in LANGUAGES:
            for part in (PUBLIC, *PARTS):
                files = [one for one in sorted(images.glob(f"*-{width}-{language}.png")) if part_of(one.name) == part]
                if files:
                    sheet = assembled([_tile(one, width, language) for one in files], width)
                    written.append(folder / f"{part}-{width}-{language}.webp")
                    sheet.save(written[-1], quality=QUALITY, method=6)
    return written


def part_of(name: str) -> str:
    """Which part of the site a picture shows."""
    return next((part for part, starts in PARTS.items() if name.startswith(starts)), PUBLIC)


def _tile(file: Path, width: int, language: str) -> Tile:
    """A picture scaled to its column; reduced while it is read, because one may be 40 megapixels."""
    column = (SHEET_WIDTH - GAP) // COLUMNS[width] - GAP
    with Image.open(file) as whole:
        most = SCREENS * WIDTHS[width]
        cut = whole.convert("RGB").crop((0, 0, whole.width, min(whole.height, most)))
        is_cut = whole.height > most
    size = (column, max(1, round(cut.height * column / cut.width)))
    name = file.name.removesuffix(f"-{width}-{language}.png")
    return Tile(f"{name} …" if is_cut else name, cut.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))


def assembled(tiles: Sequence[Tile], width: int) -> Image.Image:
    """The tiles in rows, each row as high as its highest."""
    columns = COLUMNS[width]
    rows = [tiles[at : at + columns] for at in range(0, len(tiles), columns)]
    heights = [LABEL + max(one.image.height for one in row) + GAP for row in rows]
    sheet = Image.new("RGB", (SHEET_WIDTH, GAP + sum(heights)), "#777")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    step = (SHEET_WIDTH - GAP) // columns
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for number, one in enumerate(row):
            left = GAP + number * step
            draw.text((left, top), one.name[: step // 7], fill="white", font=font)
            sheet.paste(one.image, (left, top + LABEL))
        top += height
    return sheet


def main() -> int:
    """Writes docs/images/sheets; ends with 1 where there is no picture, or the sheets are too big for a repository."""
    written = write_sheets(ROOT / ".run" / "pages", DOCS)
    size = sum(one.stat().st_size for one in written)
    print(f"{len(written)} sheets, {size} bytes")
    if not written or size > MOST_BYTES:
        sys.stderr.write(f"expected sheets of at most {MOST_BYTES} bytes together; run `make pages` first\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
