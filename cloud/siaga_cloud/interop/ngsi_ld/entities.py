"""Describes gauges and alerts as entities of FIWARE's Smart Data Models: FloodMonitoring and Alert.

FloodMonitoring keeps that model's meaning: currentLevel = referenceLevel - measuredDistance over the gauge's zero,
alertLevel and dangerLevel are thresholds of the station. Levels are in metres (unitCode MTR), as the model has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from siaga_cloud.alerts.store import alerts as db_alerts
from siaga_cloud.alerts.store.alerts import ShownAlert
from siaga_cloud.gauges.store import gauges as read_gauges
from siaga_cloud.gauges.store.gauges import Gauge
from siaga_cloud.platform.db.connection import Connection

PREFIXES: Final = {"FloodMonitoring": "urn:ngsi-ld:FloodMonitoring:siaga:", "Alert": "urn:ngsi-ld:Alert:siaga:"}
_STATUS: Final[Mapping[int, str]] = {4: "Normal", 3: "Alert", 2: "Warning", 1: "Danger"}
_SEVERITY: Final = {
    "Extreme": "critical",
    "Severe": "high",
    "Moderate": "medium",
    "Minor": "low",
    "Unknown": "informational",
}


def of_type(conn: Connection, kind: str) -> list[dict[str, Any]]:
    """Return all entities of a type."""
    if kind == "FloodMonitoring":
        return [flood_monitoring(one) for one in read_gauges.gauges(conn)]
    places = {one.id: (one.lon, one.lat) for one in read_gauges.gauges(conn)}
    kinds: tuple[Literal["area"], Literal["gauge"]] = ("area", "gauge")
    return [alert(one, places) for of in kinds for one in db_alerts.shown(conn, kind=of)]


def flood_monitoring(gauge: Gauge) -> dict[str, Any]:
    """Return a gauge. What is not known is left out: a level from before it fell silent is no current level."""
    made: dict[str, Any] = {
        "id": f"{PREFIXES['FloodMonitoring']}{gauge.id}",
        "type": "FloodMonitoring",
        "stationID": _property(gauge.id),
        "name": _property(gauge.name),
        "location": _place(gauge.lon, gauge.lat),
        "source": _property("siaga"),
    }
    for name, level_cm in (("alertLevel", gauge.s3_cm), ("dangerLevel", gauge.s1_cm)):
        if level_cm is not None:
            made[name] = _metres(level_cm)
    if gauge.measured_at is not None:
        made["observationDateTime"] = _property({"@type": "DateTime", "@value": _time(gauge.measured_at)})
    known = gauge.unknown_since is None and gauge.measured_at is not None
    if known and gauge.level_cm is not None:
        # The gauge's own zero is the reference: what it measures is already the height over it.
        made["currentLevel"] = _metres(gauge.level_cm) | {"observedAt": _time(gauge.measured_at)}
        made["referenceLevel"] = _metres(0)
        made["measuredDistance"] = _metres(-gauge.level_cm)
    if known and gauge.stage is not None:
        made["floodLevelStatus"] = _property(_STATUS[gauge.stage])
    return made


def alert(one: ShownAlert, places: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    """Return an alert in force of an area or a gauge."""
    made: dict[str, Any] = {
        "id": f"{PREFIXES['Alert']}{one.id}",
        "type": "Alert",
        "category": _property("weather"),
        "subCategory": _property("flood"),
        "severity": _property(_SEVERITY.get(one.severity, "informational")),
        "name": _property(one.headline_en),
        "description": _property(one.text_en),
        "dateIssued": _property({"@type": "DateTime", "@value": _time(one.issued_at)}),
        "validFrom": _property({"@type": "DateTime", "@value": _time(one.raised_at)}),
        "alertSource": _property("siaga"),
        "address": _property({"addressLocality": one.area_name or one.gauge_name or ""}),
    }
    place = places.get(one.gauge_id or "")
    return made | ({"location": _place(*place)} if place else {})


def _property(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}


def _metres(level_cm: float) -> dict[str, Any]:
    return {"type": "Property", "value": round(level_cm / 100, 3) + 0.0, "unitCode": "MTR"}


def _place(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}


def _time(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""
