"""Installs the drawn basemap of a city's folder, where the city has no better one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from siaga_cloud.basemap import archive, drawing, folder

DRAWN_MAP: Final = "basemap.toml"
PHONE_BYTES: Final = 12 * 2**20


def install_drawn_map(city: Path, target: Path | None, *, report: Callable[[str], None]) -> bool:
    """Build and install basemap.toml of a city's folder and return True; a map of real streets is never replaced.

    Nothing happens where the city has no such file, or the server no folder for it. Raises `ImportFileError`, OSError.
    """
    source = city / DRAWN_MAP
    if target is None or not source.exists():
        return False
    held = folder.read_index(target)
    if held.get("file") and not held.get("schematic"):
        return False
    with tempfile.TemporaryDirectory(prefix="siaga-basemap-") as made:
        built = Path(made) / "basemap.pmtiles"
        drawing.build(source, built)
        folder.install(target, archive.check(built, None), attribution=None, phone_bytes=PHONE_BYTES, report=report)
    return True
