"""Names the files of the published state. Their addresses are these names below `/state/`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from siaga_cloud.platform.language import Language

NOW: Final = "now.json"
ALERTS: Final = "alerts.json"
INCIDENTS: Final = "layers/incidents.json"
CAMERAS: Final = "layers/cameras.json"
AREAS: Final = "layers/areas.json"
RIVERS: Final = "layers/rivers.json"
CATALOGUE: Final = "layers/index.json"
ROADS: Final = "layers/roads.json"
PAGES: Final[Mapping[Language, str]] = {"id": "index.id.html", "en": "index.en.html"}
FOLDERS: Final = ("areas", "cameras", "gauges", "layers")

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_FILE: Final = re.compile(rf"(?:(?:{'|'.join(FOLDERS)})/)?[A-Za-z0-9][A-Za-z0-9._-]{{0,140}}\.(?:json|html)")


def is_publishable(name: str) -> bool:
    """Return whether an ID can be part of a file name; others are not published."""
    return _ID.fullmatch(name) is not None


def is_file(name: str) -> bool:
    """Return whether this can be the name of a published file; a path out of the folder never is."""
    return _FILE.fullmatch(name) is not None


def area_file(area_id: str) -> str:
    """Return the name of the file of an area."""
    return f"areas/{area_id}.json"


def gauge_file(gauge_id: str) -> str:
    """Return the name of the file of a gauge."""
    return f"gauges/{gauge_id}.json"


def camera_file(camera_id: str) -> str:
    """Return the name of the file with the snapshot of a camera."""
    return f"cameras/{camera_id}.json"


def layer_file(layer_id: str) -> str:
    """Return the name of the file with the features of one of the city's layers."""
    return f"layers/city-{layer_id}.json"


def id_in(name: str, folder: str) -> str | None:
    """Return the ID in the name of a file of `areas`, `cameras` or `gauges`, or None for another file."""
    prefix, suffix = f"{folder}/", ".json"
    return name[len(prefix) : -len(suffix)] if name.startswith(prefix) and name.endswith(suffix) else None
