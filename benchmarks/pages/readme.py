"""The pictures of README and docs/pages.md, from those of `make pages`: `python -m benchmarks.pages.readme`.

Phones are cut at a screen's height, wider ones at what tells the page; all are scaled down and kept as WebP.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.pages.moving import animated
from PIL import Image

ROOT: Final = Path(__file__).resolve().parents[2]
QUALITY: Final = 82


@dataclass(frozen=True, slots=True)
class Cut:
    """Which picture of `make pages`, its height from the top in that picture's pixels, and its width in the docs."""

    page: str
    height: int
    width: int


def _phone(page: str, height: int = 740) -> Cut:
    return Cut(f"{page}-360-id", height, 360)


def _desktop(page: str, height: int = 900) -> Cut:
    return Cut(f"{page}-1440-id", height, 1200)


CUTS: Final = {
    "water": _phone("water"),
    "map": _phone("map"),
    "gauge-phone": _phone("gauges-manggarai"),
    "gauge": Cut("gauges-manggarai-1440-id", 1000, 960),
    "area": _phone("areas-31.74.01.manggarai"),
    "incident": _phone("incidents-one"),
    "report": _phone("report"),
    "follow": _phone("r-one"),
    "alerts": _phone("alerts"),
    "figures": _desktop("figures"),
    "data": _desktop("data"),
    "sign-in": _phone("sign-in"),
    "officer-tasks": _phone("officer"),
    "officer": _phone("officer-tasks-one"),
    "officer-messages": _phone("officer-messages"),
    "officer-me": _phone("officer-me"),
    "wall": Cut("control-incident-1440-id", 900, 1440),
    "cameras": _desktop("control-cameras"),
    "gauges": _desktop("control-gauges"),
    "officers": _desktop("control-officers"),
    "coverage": _desktop("control-coverage"),
    "inbox": _desktop("control-inbox"),
    "heads": Cut("heads-1440-id", 1480, 1200),
    "heads-month": Cut("heads-month-1440-id", 1480, 1200),
    "heads-tasks": _desktop("heads-tasks"),
    "heads-officers": _desktop("heads-officers"),
    "heads-figures": Cut("heads-figures-1440-id", 1480, 1200),
    "admin": _desktop("admin"),
    "admin-sites": _desktop("admin-sites"),
    "admin-zones": _desktop("admin-sites-cam-manggarai"),
    "admin-nodes": _desktop("admin-nodes"),
    "admin-users": _desktop("admin-users"),
    "admin-agencies": _desktop("admin-agencies"),
    "admin-policy": _desktop("admin-policy"),
    "admin-clocks": _desktop("admin-deadlines"),
    "admin-connectors": _desktop("admin-connectors"),
    "admin-letters": _desktop("admin-dead-letters"),
    "admin-audit": _desktop("admin-audit"),
}


def main() -> int:
    """Writes docs/images/*.webp; ends with 1 where a picture is missing."""
    missing = [cut.page for cut in CUTS.values() if not _source(cut).is_file()]
    if missing:
        sys.stderr.write(
            f"{_source(CUTS['wall']).parent}: no picture of {', '.join(missing)}; run `make pages` first\n"
        )
        return 1
    for name, cut in CUTS.items():
        size = _write(cut, ROOT / "docs" / "images" / f"{name}.webp")
        print(f"docs/images/{name}.webp: {size} bytes")
    moving = ROOT / "docs" / "images" / "demo.webp"
    print(f"{moving}: {animated(ROOT / '.run' / 'pages' / 'moving', moving)} bytes")
    return 0


def _source(cut: Cut) -> Path:
    return ROOT / ".run" / "pages" / f"{cut.page}.png"


def _write(cut: Cut, file: Path) -> int:
    with Image.open(_source(cut)) as whole:
        part = whole.convert("RGB").crop((0, 0, whole.width, min(cut.height, whole.height)))
    height = round(part.height * cut.width / part.width)
    part.resize((cut.width, height), Image.Resampling.LANCZOS).save(file, quality=QUALITY, method=6)
    return file.stat().st_size


if __name__ == "__main__":
    sys.exit(main())
