"""Serves NGSI-LD read-only: FloodMonitoring (one for each gauge) and Alert (one for each alert), by FIWARE's Smart Data
Models.

FloodMonitoring keeps that model's meaning: currentLevel = referenceLevel - measuredDistance over the gauge's zero,
alertLevel and dangerLevel are thresholds of the station. Levels are in metres (unitCode MTR), as the model has them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Query, Response

from siaga_cloud.alerts.store import alerts as db_alerts
from siaga_cloud.alerts.store.alerts import ShownAlert
from siaga_cloud.gauges.store import gauges as read_gauges
from siaga_cloud.gauges.store.gauges import Gauge
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.parts import PartsOf

BASE: Final = "/ngsi-ld/v1"
CONTEXT: Final = [
    "https://smartdatamodels.org/context.jsonld",
    "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
]
_LD, _JSON = "application/ld+json", "application/json"
_LINK: Final = f'<{CONTEXT[0]}>; rel="http://www.w3.org/ns/json-ld#context"; type="{_LD}"'
_OPEN: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_PREFIX: Final = {"FloodMonitoring": "urn:ngsi-ld:FloodMonitoring:siaga:", "Alert": "urn:ngsi-ld:Alert:siaga:"}
_STATUS: Final[Mapping[int, str]] = {4: "Normal", 3: "Alert", 2: "Warning", 1: "Danger"}
_SEVERITY: Final = {
    "Extreme": "critical",
    "Severe": "high",
    "Moderate": "medium",
    "Minor": "low",
    "Unknown": "informational",
}
_ONE: Final[dict[str, Any]] = {"schema": {"type": "object", "required": ["id", "type"]}}
_MANY: Final[dict[str, Any]] = {"schema": {"type": "array", "items": {"type": "object", "required": ["id", "type"]}}}
_ERROR: Final[dict[str, Any]] = {
    "description": "what is wrong, as NGSI-LD has it",
    "content": {_JSON: {"schema": {"type": "object", "required": ["type", "title"]}}},
}

EntityType = Literal["FloodMonitoring", "Alert"]
Options = Annotated[str | None, Query(max_length=100, description="keyValues: values alone")]
router = APIRouter(prefix=BASE, tags=["ngsi-ld"])


@router.get(
    "/entities",
    summary="Entities of a type",
    response_class=Response,
    responses={200: {"description": "entities", "content": {_JSON: _MANY, _LD: _MANY}}},
)
def list_ngsi_ld_entities(
    parts: PartsOf,
    type_: Annotated[EntityType, Query(alias="type")],
    options: Options = None,
    limit: Annotated[int, Query(ge=0, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    count: bool = False,
    accept: Annotated[str | None, Header(max_length=500)] = None,
) -> Response:
    """With `count=true` the header NGSILD-Results-Count has their number."""
    with parts.transaction(None) as conn:
        found = _all(conn, type_)
    shown = [_shown(one, options) for one in found[offset : offset + limit]]
    return _answer(shown, accept, {"NGSILD-Results-Count": str(len(found))} if count else {})


@router.get(
    "/entities/{entity_urn}",
    summary="An entity",
    response_class=Response,
    responses={200: {"description": "the entity", "content": {_JSON: _ONE, _LD: _ONE}}, 404: _ERROR},
)
def get_ngsi_ld_entity(
    parts: PartsOf,
    entity_urn: str,
    options: Options = None,
    accept: Annotated[str | None, Header(max_length=500)] = None,
) -> Response:
    """By its URN, as urn:ngsi-ld:FloodMonitoring:siaga:manggarai."""
    with parts.transaction(None) as conn:
        kinds = [kind for kind, prefix in _PREFIX.items() if entity_urn.startswith(prefix)]
        found = [one for kind in kinds for one in _all(conn, kind) if one["id"] == entity_urn]
    if not found:
        problem = {
            "type": "https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound",
            "title": "There is no such entity",
            "detail": entity_urn[:100],
        }
        return Response(json.dumps(problem), status_code=404, media_type=_JSON, headers=_OPEN)
    return _answer(_shown(found[0], options), accept, {})


@router.get("/types", summary="The types of entities")
def list_ngsi_ld_types() -> dict[str, Any]:
    """The answer is an EntityTypeList of NGSI-LD."""
    return {"id": "urn:ngsi-ld:EntityTypeList:siaga", "type": "EntityTypeList", "typeList": list(_PREFIX)}


def _all(conn: Connection, kind: str) -> list[dict[str, Any]]:
    if kind == "FloodMonitoring":
        return [flood_monitoring(one) for one in read_gauges.gauges(conn)]
    places = {one.id: (one.lon, one.lat) for one in read_gauges.gauges(conn)}
    kinds: tuple[Literal["area"], Literal["gauge"]] = ("area", "gauge")
    return [alert(one, places) for of in kinds for one in db_alerts.shown(conn, kind=of)]


def flood_monitoring(gauge: Gauge) -> dict[str, Any]:
    """Return a gauge. What is not known is left out: a level from before it fell silent is no current level."""
    made: dict[str, Any] = {
        "id": f"{_PREFIX['FloodMonitoring']}{gauge.id}",
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
        "id": f"{_PREFIX['Alert']}{one.id}",
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


def _shown(entity: dict[str, Any], options: str | None) -> dict[str, Any]:
    if "keyValues" not in (options or "").split(","):
        return entity
    return {name: value["value"] if isinstance(value, dict) else value for name, value in entity.items()}


def _answer(
    content: dict[str, Any] | Sequence[dict[str, Any]], accept: str | None, headers: Mapping[str, str]
) -> Response:
    """JSON-LD holds its context; plain JSON names it in a Link."""
    if _LD not in (accept or ""):
        body, kind, link = content, _JSON, {"Link": _LINK}
    else:
        held = [{**one, "@context": CONTEXT} for one in ([content] if isinstance(content, dict) else content)]
        body, kind, link = held[0] if isinstance(content, dict) else held, _LD, {}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type=kind, headers={**_OPEN, **link, **headers})
