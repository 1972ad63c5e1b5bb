"""Defines `siaga-cloud admin import gazetteer`, which imports the common names of streets and landmarks from CSV."""

from __future__ import annotations

import csv
import math
from collections import Counter
from pathlib import Path
from typing import Final

from siaga_cloud.city.store import gazetteer as db
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.import_errors import ImportFileError, read_bytes
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.text.place import Place

KINDS: Final = ("street", "landmark", "area")
COLUMNS: Final = ("name", "aliases", "kind", "lat", "lon", "radius_m")
MAX_PLACES: Final = 20_000


def load_gazetteer(conn: Connection, path: Path) -> str:
    """Puts the places of a file in the stead of those imported before."""
    places = read_gazetteer(path)
    db.replace(conn, places)
    return f"{len(places)} places"


def read_gazetteer(path: Path) -> list[Place]:
    """Return the places of a CSV file; lines that begin with # are remarks. Raises ImportFileError at the first wrong
    line.
    """
    try:
        lines = read_bytes(path).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path}: got bytes that are not UTF-8 at {error.start}, expected UTF-8") from None
    rows = csv.reader(line for line in lines if not line.startswith("#"))
    head = tuple(next(rows, ()))
    if head != COLUMNS:
        raise ImportFileError(f"{path}: header: got {','.join(head)!r}, expected {','.join(COLUMNS)!r}")
    places = [_place(path, number, row) for number, row in enumerate(rows, 1) if row]
    if len(places) > MAX_PLACES:
        raise ImportFileError(f"{path}: got {len(places)} places, expected at most {MAX_PLACES}")
    twice = sorted(name for name, times in Counter(place.id for place in places).items() if times > 1)
    if twice:
        raise ImportFileError(f"{path}: {twice[0]}: got it twice, expected each name once for its kind")
    return places


def _place(path: Path, number: int, row: list[str]) -> Place:
    where = f"{path}: place {number}"
    if len(row) != len(COLUMNS):
        raise ImportFileError(f"{where}: got {len(row)} columns, expected {len(COLUMNS)}")
    name, aliases, kind = row[0].strip(), row[1], row[2].strip()
    if not name:
        raise ImportFileError(f"{where}: name: got nothing, expected a name")
    if kind not in KINDS:
        raise ImportFileError(f"{where}: kind: got {kind!r}, expected {', '.join(KINDS)}")
    limits = (("lat", row[3], -90, 90), ("lon", row[4], -180, 180), ("radius_m", row[5], 1, 50_000))
    lat, lon, radius = (_number(where, *one) for one in limits)
    return Place(
        id=f"{kind}:{name}",
        name=name,
        kind=kind,
        middle=LatLon(lat=lat, lon=lon),
        radius_m=radius,
        aliases=tuple(alias.strip() for alias in aliases.split(";") if alias.strip()),
    )


def _number(where: str, key: str, text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ImportFileError(f"{where}: {key}: got {text!r}, expected a number from {least:g} to {most:g}")
    return value
