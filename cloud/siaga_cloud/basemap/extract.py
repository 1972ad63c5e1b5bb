"""Builds a basemap from an OpenStreetMap extract with tilemaker, which Debian has as a package."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

from siaga_cloud.basemap import archive
from siaga_cloud.platform.import_errors import ImportFileError

ATTRIBUTION: Final = "© OpenStreetMap contributors"

_MOST_SECONDS: Final = 6 * 3600
_LINES_SHOWN: Final = 8
_CORNERS: Final = ((-180, -85), (180, -85), (180, 85), (-180, 85), (-180, -85))
_EVERYWHERE: Final[Mapping[str, Any]] = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [_CORNERS]}},
    ],
}
_PBF_START: Final = b"OSMHeader"


def build(source: Path, target: Path, *, land: Path | None = None, bounds: str | None = None) -> None:
    """Write the archive of an extract; raises `ImportFileError` with what is missing or what tilemaker reported.

    `land`: polygons of the land as GeoJSON. An extract has the coast as lines only; without them all is land.
    `bounds`: west,south,east,north of an extract that does not name its own.
    """
    _check(source)
    program = shutil.which("tilemaker")
    if program is None:
        raise ImportFileError("tilemaker is not installed: run `apt install tilemaker`, or build on another machine")
    with tempfile.TemporaryDirectory(prefix="siaga-tilemaker-") as folder:
        made = Path(folder) / "basemap.pmtiles"  # tilemaker chooses the format by the ending
        extent = ["--bbox", bounds] if bounds else []
        _run(source, [program, "--input", str(source), "--output", str(made), *_settings(Path(folder), land), *extent])
        if not made.exists():
            raise ImportFileError(f"{source}: tilemaker wrote no file")
        checked = archive.check(made, None)
        # tilemaker 3.0 writes no attribution into this format.
        archive.rewrite(checked, target, metadata={**checked.metadata, "attribution": ATTRIBUTION})


def _settings(folder: Path, land: Path | None) -> list[str]:
    """Write tilemaker's configuration with the place of the land into a folder; return the options that name it."""
    if land is None:
        land = folder / "land.geojson"
        land.write_text(json.dumps(_EVERYWHERE), "utf-8")
    elif not land.is_file():
        raise ImportFileError(f"{land}: got no such file, expected GeoJSON with polygons of the land")
    shipped = resources.files("siaga_cloud.basemap") / "tilemaker"
    config = json.loads((shipped / "config.json").read_text("utf-8"))
    config["layers"]["earth"]["source"] = str(land.absolute())
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "process.lua").write_text((shipped / "process.lua").read_text("utf-8"), "utf-8")
    return ["--config", str(folder / "config.json"), "--process", str(folder / "process.lua")]


def _run(source: Path, argv: Sequence[str]) -> None:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ImportFileError(f"{source}: tilemaker did not end within {_MOST_SECONDS // 3600} hours") from None
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-_LINES_SHOWN:])
        raise ImportFileError(f"{source}: tilemaker ended with code {done.returncode}:\n{last}")


def _check(source: Path) -> None:
    try:
        with source.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise ImportFileError(f"{source}: {error.strerror or error}") from error
    if _PBF_START not in start:
        raise ImportFileError(f"{source}: the file does not begin like an OpenStreetMap extract (.osm.pbf)")
