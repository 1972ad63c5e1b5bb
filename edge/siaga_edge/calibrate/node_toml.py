"""NODE.toml with one camera's drawing changed and everything else, comments too, as it was."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import tomlkit
from pydantic import BaseModel, ConfigDict, Field
from tomlkit.items import AoT, Array, InlineTable, Table

Raw: TypeAlias = dict[str, Any]

# What the page may change; all other keys of a zone (place, timezone, ...) stay as they are.
ZONE_KEYS: Final = (
    "id",
    "kind",
    "polygon",
    "allowed_seconds",
    "labels",
    "active",
    "min_area_share",
    "flooded_share",
    "clear_share",
    "marks",
)
STAFF_KEYS: Final = ("line", "width", "points")
_MOST = 64
_WIDEST_LINE = 100
_UNTOUCHED = "the file cannot be changed without touching other settings; nothing was written"


class Part(BaseModel):
    """One zone or staff as it was drawn. `was` is its place in the file, None for a new one.

    The values are not judged here but by the settings themselves, so that their own words come back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    was: int | None = Field(default=None, ge=0, le=1000)
    values: dict[str, Any] = Field(max_length=16)


class Drawing(BaseModel):
    """Everything that was drawn over one camera's image."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zones: tuple[Part, ...] = Field(default=(), max_length=_MOST)
    masks: list[Any] = Field(default=[], max_length=_MOST)
    staffs: tuple[Part, ...] = Field(default=(), max_length=_MOST)


class DrawingError(ValueError):
    """A drawing that cannot be laid into the file; says why."""


def drawing_of(raw: Raw, camera_id: str) -> Raw:
    """What the page shows of a parsed file: zones, masks and the staffs that this camera reads."""
    camera = _camera(raw, camera_id)
    zones = [
        {"was": index, "values": {key: zone[key] for key in ZONE_KEYS if key in zone}}
        for index, zone in enumerate(camera.get("zone", []))
    ]
    staffs = [
        {"was": index, "values": {"gauge": gauge["id"], **_picked(gauge["source"]["staff"], STAFF_KEYS)}}
        for index, gauge in enumerate(raw.get("gauge", []))
        if _reads(gauge, camera_id)
    ]
    return _plain({"zones": zones, "masks": camera.get("mask", []), "staffs": staffs})  # type: ignore[no-any-return]


def laid(text: str, camera_id: str, drawing: Drawing) -> str:
    """The file's text with the drawing in it; raises `DrawingError`."""
    document = tomlkit.parse(text)
    camera = _camera(document, camera_id)
    _lay_zones(camera, drawing.zones)
    if _plain(camera.get("mask", [])) != drawing.masks:
        _lay_masks(camera, drawing.masks)
    _lay_staffs(document, camera_id, drawing.staffs)
    new = _spaced(tomlkit.dumps(document), text)
    _check_rest(text, new, camera_id)
    return new


def _lay_masks(camera: Any, masks: list[Any]) -> None:
    if "mask" in camera or not masks or isinstance(camera, InlineTable):
        _set(camera, "mask", masks or None)
        return
    plain = [key for key, value in camera.items() if not isinstance(value, Table | AoT)]
    # Behind the last plain key and not at the table's end: comments there belong to the zone that follows.
    camera.value._insert_after(plain[-1], "mask", _item(masks))  # noqa: SLF001 - the library has no other way


def _spaced(new: str, old: str) -> str:
    """An empty line before each table that did not follow this very line before."""
    lines: list[str] = []
    for line in new.splitlines(keepends=True):
        if line.startswith("[") and lines and lines[-1].strip() and lines[-1] + line not in old:
            lines.append("\n")
        lines.append(line)
    return "".join(lines)


def _lay_zones(camera: Any, parts: Sequence[Part]) -> None:
    zones = camera.get("zone")
    by_index = {part.was: part for part in parts if part.was is not None}
    for index in reversed(range(len(zones or ()))):
        if index in by_index:
            _lay(zones[index], ZONE_KEYS, by_index[index].values)
        else:
            del zones[index]
    new = [part.values for part in parts if part.was is None]
    if not new:
        if zones is not None and not len(zones):
            del camera["zone"]
        return
    if not zones:
        camera.pop("zone", None)
        camera["zone"] = tomlkit.array() if isinstance(camera, InlineTable) else tomlkit.aot()
        zones = camera["zone"]
    for values in new:
        zones.append(_table(zones, {key: values[key] for key in ZONE_KEYS if key in values}))


def _lay_staffs(document: Any, camera_id: str, parts: Sequence[Part]) -> None:
    gauges = document.get("gauge")
    own = [index for index, gauge in enumerate(gauges or ()) if _reads(gauge, camera_id)]
    by_index = {part.was: part for part in parts if part.was is not None}
    for index in reversed(own):
        if index in by_index:
            _lay(gauges[index]["source"]["staff"], STAFF_KEYS, by_index[index].values)
        else:
            del gauges[index]
    for part in parts:
        if part.was is None:
            _add_gauge(document, camera_id, part.values)


def _add_gauge(document: Any, camera_id: str, values: Mapping[str, Any]) -> None:
    """A gauge that this camera reads, at the camera's own place."""
    gauge = tomlkit.table()
    gauge["id"] = values.get("gauge", "")
    gauge["place"] = _inline(_plain(_camera(document, camera_id)["place"]))
    gauge["limits"] = _inline({key: values[key] for key in ("s3_cm", "s2_cm", "s1_cm") if key in values})
    source = tomlkit.table()
    # Three readings of each minute may fail before the gauge counts as silent.
    gauge["stale_seconds"] = 180
    source["kind"], source["camera"] = "camera", camera_id
    staff = tomlkit.table()
    for key in STAFF_KEYS:
        if key in values:
            staff[key] = _item(values[key])
    source["staff"] = staff
    gauge["source"] = source
    if not document.get("gauge"):
        document.pop("gauge", None)
        document["gauge"] = tomlkit.aot()
    document["gauge"].append(gauge)


def _lay(table: Any, keys: Sequence[str], values: Mapping[str, Any]) -> None:
    for key in keys:
        if _plain(table.get(key)) != values.get(key):
            _set(table, key, values.get(key))


def _set(table: Any, key: str, value: Any) -> None:
    if value is None:
        table.pop(key, None)
    elif key in table and not isinstance(value, list | dict):
        item = tomlkit.item(value)
        item.trivia.comment_ws, item.trivia.comment = table[key].trivia.comment_ws, table[key].trivia.comment
        table[key] = item
    else:
        table[key] = _item(value)


def _table(zones: Any, values: Mapping[str, Any]) -> Table | InlineTable:
    if isinstance(zones, Array):  # written as zone = [{ ... }]
        return _inline(values)
    table = tomlkit.table()
    for key, value in values.items():
        table[key] = _item(value)
    return table


def _inline(values: Mapping[str, Any]) -> InlineTable:
    table = tomlkit.inline_table()
    for key, value in values.items():
        table[key] = _item(value)
    return table


def _item(value: Any) -> Any:
    if isinstance(value, dict):
        return _inline(value)
    if not isinstance(value, list):
        return tomlkit.item(value)
    array = tomlkit.array()
    for each in value:
        array.append(_item(each))
    return array.multiline(len(json.dumps(value)) > _WIDEST_LINE and isinstance(value[0], list | dict))


def _check_rest(before: str, after: str, camera_id: str) -> None:
    """That nothing else has changed: a slip of the writing library must not cost a node its configuration."""
    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except ValueError:
        raise DrawingError(_UNTOUCHED) from None
    for raw in (old, new):
        camera = _camera(raw, camera_id)
        camera.pop("zone", None)
        camera.pop("mask", None)
        raw["gauge"] = [gauge for gauge in raw.get("gauge", []) if not _reads(gauge, camera_id)]
    if old != new:
        raise DrawingError(_UNTOUCHED)


def _camera(raw: Any, camera_id: str) -> Any:
    for camera in raw.get("camera", []):
        if camera.get("id") == camera_id:
            return camera
    raise DrawingError(f"no camera {camera_id} in the file")


def _reads(gauge: Any, camera_id: str) -> bool:
    source = gauge.get("source", {})
    return source.get("kind") == "camera" and source.get("camera") == camera_id and "staff" in source


def _picked(table: Mapping[str, Any], keys: Sequence[str]) -> Raw:
    return {key: table[key] for key in keys if key in table}


def _plain(value: Any) -> Any:
    unwrapped = value.unwrap() if hasattr(value, "unwrap") else value
    return json.loads(json.dumps(unwrapped, default=lambda each: each.isoformat()))
