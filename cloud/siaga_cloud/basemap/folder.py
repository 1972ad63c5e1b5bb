"""Installs a basemap into the folder that is served as `/basemap/`."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from siaga_cloud.basemap import archive, places, road_graph
from siaga_cloud.basemap.archive import Archive
from siaga_cloud.basemap.places import IndexedPlace
from siaga_cloud.platform.import_errors import ImportFileError

INDEX: Final = "index.json"
NO_BASEMAP: Final = b'{"file":null}\n'
SCHEMATIC: Final = "siaga:schematic"
_TEMPORARY: Final = ".new-"
_READABLE: Final = 0o644  # the web server runs under another account
_SET: Final = re.compile(r"^([0-9a-f]{24})\.(?:pmtiles|phone\.pmtiles|places\.json|roads\.json)$")
_TAG: Final = re.compile(r"<[^>]*>")
_MOST_ATTRIBUTION_CHARACTERS: Final = 300


def install(
    folder: Path, checked: Archive, *, attribution: str | None, phone_bytes: int, report: Callable[[str], None]
) -> dict[str, Any]:
    """Put a checked archive into the folder, then name it in the index: a reader finds the old map or the new one.

    The files of the map before are removed by the next import: pages that are open still read them.
    """
    shown = attribution_of(checked, attribution)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    earlier = read_index(folder)
    for left in folder.glob(f"{_TEMPORARY}*"):
        left.unlink(missing_ok=True)
    digest = _digest(checked.path)
    is_schematic = checked.metadata.get(SCHEMATIC) is True
    name, phone_name = f"{digest}.pmtiles", f"{digest}.phone.pmtiles"
    places_name, roads_name = f"{digest}.places.json", f"{digest}.roads.json"
    _write(folder / name, lambda new: shutil.copyfile(checked.path, new))
    found = places.index_of(checked)
    report(f"{len(found)} names of streets and places for the search")
    _write_json(folder / places_name, _rows(found))
    roads = road_graph.road_graph_of(checked, is_schematic=is_schematic)
    report(f"{len(roads.edges)} parts of roads for the search of a detour")
    _write_json(folder / roads_name, road_graph.as_json(roads))
    phone = _install_phone_cut(folder / phone_name, checked, phone_bytes)
    index = {
        "file": name,
        "bytes": checked.path.stat().st_size,
        "places": places_name,
        "roads": roads_name,
        "phone": None if phone is None else {"file": phone_name, **phone},
        "bounds": checked.bounds,
        "min_zoom": checked.min_zoom,
        "max_zoom": checked.max_zoom,
        "attribution": shown,
        "schematic": is_schematic,
        "installed_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    _write(folder / INDEX, lambda new: new.write_text(json.dumps(index, ensure_ascii=False) + "\n", "utf-8"))
    _remove_others(folder, {digest, _digest_in(earlier)})
    return index


def attribution_of(checked: Archive, given: str | None) -> str:
    """Return the words that must be shown with the map, as plain text; raises `ImportFileError` without any."""
    held = given if given is not None else str(checked.metadata.get("attribution") or "")
    text = " ".join(html.unescape(_TAG.sub(" ", held)).split())
    if not text:
        raise ImportFileError(
            f"{checked.path}: got no attribution in the metadata, expected one, such as"
            " --attribution '© OpenStreetMap contributors'"
        )
    if len(text) > _MOST_ATTRIBUTION_CHARACTERS:
        raise ImportFileError(
            f"{checked.path}: got an attribution of {len(text)} characters,"
            f" expected at most {_MOST_ATTRIBUTION_CHARACTERS}"
        )
    return text


def read_index(folder: Path) -> dict[str, Any]:
    """Return the index of the folder; empty where there is no basemap."""
    try:
        found = json.loads((folder / INDEX).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def read_places(folder: Path) -> list[IndexedPlace]:
    """Return the names of streets and places of the basemap of the folder; none where there is no basemap."""
    name = read_index(folder).get("places")
    if not isinstance(name, str):
        return []
    try:
        rows = json.loads((folder / name).read_bytes())["places"]
    except (OSError, ValueError):
        return []
    return [IndexedPlace(*row) for row in rows]


def _rows(found: Sequence[IndexedPlace]) -> dict[str, Any]:
    return {"places": [[one.name, one.kind, one.lat, one.lon] for one in found]}


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file, and beside it the compressed one that a web server gives to those who accept it."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    _write(path, lambda new: new.write_bytes(body))
    _write(path.with_name(f"{path.name}.gz"), lambda new: new.write_bytes(gzip.compress(body, 9, mtime=0)))


def _install_phone_cut(target: Path, checked: Archive, phone_bytes: int) -> dict[str, int] | None:
    """Write what a phone stores for use without a signal; None where not even the lowest zoom fits."""
    zooms: list[int | None] = []
    _write(target, lambda new: zooms.append(archive.cut(checked, new, most_bytes=phone_bytes)))
    if zooms[0] is None:
        target.unlink(missing_ok=True)
        return None
    return {"bytes": target.stat().st_size, "max_zoom": zooms[0]}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=12)).hexdigest()


def _digest_in(index: dict[str, Any]) -> str:
    return str(index.get("file") or "").partition(".")[0]


def _remove_others(folder: Path, in_use: set[str]) -> None:
    for path in folder.iterdir():
        match = _SET.match(path.name.removesuffix(".gz"))
        if match and match[1] not in in_use:
            path.unlink(missing_ok=True)


def _write(path: Path, fill: Callable[[Path], object]) -> None:
    """Fill a new file beside the old one and rename it: a reader never sees a part."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_TEMPORARY)
    os.close(handle)
    new = Path(temporary)
    try:
        fill(new)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.chmod(_READABLE)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
