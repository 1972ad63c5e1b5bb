"""Lays what was drawn in the cloud over the node's own cameras, whose addresses and passwords never leave the node.

`[[drawing]]` of a wanted configuration names a camera and has its zones and masks. What a drawing does not say of a
zone that the node knows by the same id and kind (its marks, its place) stays as it is. The node's own masks stay in any
case: no order uncovers what was covered at the pole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from siaga_edge.settings.errors import did_you_mean, got

KEY: Final = "drawing"
_KNOWN: Final = frozenset({"camera", "zone", "mask"})

Table = dict[str, Any]


def laid(raw: Mapping[str, Any], drawings: object) -> tuple[Table, list[str]]:
    """The tables of a node with the drawings over its cameras, and complaints about drawings that fit none."""
    if not _are_tables(drawings):
        return dict(raw), [f"{KEY}: got {got(drawings)}, expected [[{KEY}]] tables"]
    if not drawings:
        return dict(raw), []
    cameras = [dict(each) for each in _list(raw.get("camera")) if isinstance(each, dict)]
    by_id = {str(camera.get("id")): camera for camera in cameras}
    complaints: list[str] = []
    for number, drawing in enumerate(drawings):
        problem = _problem(drawing, by_id)
        if problem is not None:
            complaints.append(f"{KEY}[{drawing.get('camera', number)}]{problem}")
            continue
        _lay(by_id[drawing["camera"]], drawing)
    return ({**raw, "camera": cameras} if cameras else dict(raw)), complaints


def _problem(drawing: Table, cameras: Mapping[str, Table]) -> str | None:
    unknown = sorted(drawing.keys() - _KNOWN)
    if unknown:
        return f".{unknown[0]}: unknown key{did_you_mean(unknown[0], _KNOWN)}"
    name = drawing.get("camera")
    if not isinstance(name, str) or name not in cameras:
        return f".camera: got {got(name)}, expected the id of a camera of this node{did_you_mean(str(name), cameras)}"
    for key in ("zone", "mask"):
        if not isinstance(drawing.get(key, []), list):
            return f".{key}: got {got(drawing[key])}, expected a list"
    return None


def _lay(camera: Table, drawing: Table) -> None:
    if "mask" in drawing:
        own = _list(camera.get("mask"))
        camera["mask"] = [*own, *(mask for mask in drawing["mask"] if mask not in own)]
    if "zone" in drawing:
        zones = [each for each in _list(camera.get("zone")) if isinstance(each, dict)]
        known = {(each.get("id"), each.get("kind")): each for each in zones}
        camera["zone"] = [_over(known, zone) for zone in drawing["zone"]]


def _over(known: Mapping[tuple[object, object], Table], zone: object) -> object:
    if not isinstance(zone, dict):
        return zone  # the validation says what is wrong with it
    return {**known.get((zone.get("id"), zone.get("kind")), {}), **zone}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _are_tables(value: object) -> TypeGuard[list[Table]]:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)
