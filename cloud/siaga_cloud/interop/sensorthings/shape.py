"""Renders SensorThings entities as JSON with the links that the standard requires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from siaga_cloud.interop.sensorthings.store_model import SETS, Column, EntitySet

BASE: Final = "/sta/v1.1"
_PATHS: Final = ("metadata",)
_COMPONENTS: Final = ("id", "phenomenonTime", "result", "resultTime", "resultQuality", "validTime", "parameters")


def entity_path(entity: EntitySet, row: Mapping[str, Any]) -> str:
    """Return the path of an entity, such as Things('manggarai')."""
    return f"{entity.name}('{row['id']}')"


def shape(
    entity: EntitySet, row: Mapping[str, Any], root: str, *, select: frozenset[str] | None, expanded: frozenset[str]
) -> dict[str, Any]:
    """Return an entity: its properties, and links to what is not shown with it. `root`: the service's address."""
    here = f"{root}/{entity_path(entity, row)}"
    made: dict[str, Any] = {}
    if select is None or "id" in select:
        made |= {"@iot.selfLink": here, "@iot.id": row["id"]}
    for path, column in entity.properties.items():
        top, _, rest = path.partition("/")
        if path == "id" or (select is not None and not {top, path} & select):
            continue
        value = value_of(column, row, root)
        if not rest:
            made[top] = value
        elif value is not None or top != "properties":
            made.setdefault(top, {})[rest] = value
    for name in entity.links:
        if name not in expanded and (select is None or name in select):
            made[f"{name}@iot.navigationLink"] = f"{here}/{name}"
    return made


def value_of(column: Column, row: Mapping[str, Any], root: str = "") -> Any:
    """Return a property's value as JSON."""
    match column.kind:
        case "time":
            return time_text(row[column.name])
        case "interval":
            start, end = row[f"{column.name}_from"], row[f"{column.name}_to"]
            return None if start is None else f"{time_text(start)}/{time_text(end)}"
        case "point":
            return {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
        case "observation_id":
            return row["id"]
        case "absent":
            return None
        case _:
            value = row[column.name]
            # Pages of ours that describe a sensor are known by their path in the database.
            return f"{root.removesuffix(BASE)}{value}" if column.name in _PATHS else value


def time_text(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the millisecond or finer where there is something finer."""
    if at is None:
        return None
    precise = "milliseconds" if at.microsecond % 1000 == 0 else "microseconds"
    return at.astimezone(UTC).isoformat(timespec=precise).replace("+00:00", "Z")


def observation(row: Mapping[str, Any], root: str) -> dict[str, Any]:
    """Return an Observation without anything expanded, as it is published over MQTT."""
    return shape(SETS["Observations"], row, root, select=None, expanded=frozenset())


def data_arrays(rows: Sequence[Mapping[str, Any]], root: str, *, select: frozenset[str] | None) -> list[dict[str, Any]]:
    """Return Observations by Datastream as rows of values, in the order in which the Datastreams come first."""
    names = [name for name in _COMPONENTS if select is None or any(one.partition("/")[0] == name for one in select)]
    streams: dict[str, list[list[Any]]] = {}
    for row in rows:
        shown = {"id": row["id"], **shape(SETS["Observations"], row, root, select=select, expanded=frozenset())}
        values = [shown.get(name) for name in names]
        streams.setdefault(f"{row['gauge_id']}.{row['property_id']}", []).append(values)
    return [
        {
            "Datastream@iot.navigationLink": f"{root}/Datastreams('{stream}')",
            "components": names,
            "dataArray@iot.count": len(values),
            "dataArray": values,
        }
        for stream, values in streams.items()
    ]
