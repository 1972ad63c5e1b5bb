"""What a made-up past needs to know of the city: its kelurahan, who acts on what, its gauges."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siaga_sim.complaints import BadFileError


@dataclass(frozen=True, slots=True)
class Kelurahan:
    """An area at its middle."""

    code: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class PastCity:
    """`agency_of`: category to agency. `gauges`: id to the level from which Siaga 3 holds (None: not published)."""

    kelurahan: tuple[Kelurahan, ...]
    agency_of: dict[str, str]
    gauges: dict[str, float | None]


def read_city(folder: Path) -> PastCity:
    """Reads areas.geojson, agencies.toml and gauges.toml of a city's folder. Raises BadFileError."""
    areas = json.loads(_text(folder / "areas.geojson"))["features"]
    agencies = tomllib.loads(_text(folder / "agencies.toml"))["agency"]
    gauges = tomllib.loads(_text(folder / "gauges.toml"))["gauge"]
    kelurahan = tuple(_kelurahan(one) for one in areas if one["properties"]["kind"] == "kelurahan")
    if not kelurahan:
        raise BadFileError([f"{folder / 'areas.geojson'}: got no kelurahan, expected at least one"])
    return PastCity(
        kelurahan=kelurahan,
        agency_of={category: agency["id"] for agency in agencies for category in agency.get("categories", ())},
        gauges={gauge["id"]: gauge.get("s3_cm") for gauge in gauges},
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadFileError([f"{path}: got {error.strerror or error}, expected a file of the city"]) from error


def _kelurahan(feature: dict[str, Any]) -> Kelurahan:
    ring = feature["geometry"]["coordinates"][0]
    while isinstance(ring[0][0], list):
        ring = ring[0]
    # The mean of the corners lies inside these small, nearly round shapes.
    lon, lat = (sum(corner[axis] for corner in ring) / len(ring) for axis in (0, 1))
    return Kelurahan(feature["properties"]["code"], round(lat, 6), round(lon, 6))
