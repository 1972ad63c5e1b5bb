"""Serves the flood state of areas to the public with its evidence, and lets responsible staff set it with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from siaga_cloud.city.service import reading as city
from siaga_cloud.incidents.service import flood_states as service
from siaga_cloud.incidents.store import flood_states as db
from siaga_cloud.incidents.store.flood_states import AreaFloodStateView, FloodStateChangeRow
from siaga_cloud.people.auth import KEY_IS_OPTIONAL, Caller, is_in_scope, require
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_core.rules.flood_state import COLOURS, FloodState

router = APIRouter(tags=["flood states"])

StateName = Literal["none", "caution", "minor", "moderate", "severe"]
CertaintyName = Literal["unverified", "possible", "likely", "observed"]
InCharge = Annotated[Person, Depends(require("operator", "admin", "area_head"))]


class AreaFloodState(ResponseModel):
    """Describes the state in force, as the properties of a GeoJSON feature."""

    area_id: Annotated[str, Field(examples=["31.74.01.manggarai"])]
    area_name: str
    area_level: str
    state: Annotated[
        StateName, Field(description="caution: depth unknown; minor 10-70, moderate 71-150, severe >150 cm")
    ]
    colour: Annotated[str | None, Field(examples=["#FFFF00"])]
    computed: Annotated[StateName, Field(description="what the evidence alone makes it")]
    manual: Annotated[bool, Field(description="a person set it")]
    certainty: Annotated[CertaintyName, Field(description="unverified: people without proof report it; it is no alert")]
    since: datetime | None
    expires_at: Annotated[datetime | None, Field(description="until when it holds if nothing new arrives")]


class FloodEvidence(ResponseModel):
    """Describes one piece of evidence of a state."""

    kind: Annotated[str, Field(examples=["incident"])]
    id: str
    state: StateName
    observed_at: datetime
    expires_at: datetime
    why: str
    certainty: CertaintyName | None = None


class FloodStateChange(ResponseModel):
    """Describes a change of the state. Only staff see `actor`."""

    at: datetime
    previous: StateName
    state: StateName
    computed: StateName
    reason: str
    actor: str | None


class AreaFloodStateDetail(AreaFloodState):
    """Describes a state with its evidence and history."""

    reason: Annotated[str | None, Field(description="why a person set it")]
    set_by: Annotated[str | None, Field(description="who did; for staff")]
    evidence: list[FloodEvidence]
    history: list[FloodStateChange]


class Feature(ResponseModel):
    """Represents a GeoJSON feature."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: dict[str, Any] | None
    properties: AreaFloodState


class FeatureCollection(ResponseModel):
    """Represents a GeoJSON feature collection."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature]


class FloodStateUpdate(BaseModel):
    """Sets the state of an area by hand, and how long it is in force."""

    state: StateName
    reason: Annotated[str, Field(min_length=1, max_length=2000, examples=["Diperiksa di tempat"])]
    hours: Annotated[float, Field(ge=0.01, le=72)] = 6


@dataclass(frozen=True, slots=True)
class _Area:
    """Represents an area as an object of somebody's scope."""

    area_path: list[str]
    agency_id: str | None = None


@router.get(
    "/flood-states", summary="Areas with a flood state in force, the worst first", openapi_extra=KEY_IS_OPTIONAL
)
def list_flood_states(parts: PartsOf, caller: Caller) -> list[AreaFloodState]:
    """Decided anew every few seconds from incidents and gauges; areas without water are left out."""
    with parts.transaction(caller) as conn:
        return [form_of(one) for one in db.shown(conn)]


@router.get(
    "/flood-states.geojson", summary="The same as GeoJSON, with the areas' shapes", openapi_extra=KEY_IS_OPTIONAL
)
def get_flood_states_geojson(parts: PartsOf, caller: Caller) -> FeatureCollection:
    """Colours are those of PetaBencana's map."""
    with parts.transaction(caller) as conn:
        found = db.shown(conn, with_geometry=True)
    return FeatureCollection(
        features=[Feature(id=one.area_id, geometry=one.geometry, properties=form_of(one)) for one in found]
    )


@router.get(
    "/areas/{area_id}/flood-state",
    summary="The flood state of an area, its evidence and its history",
    openapi_extra=KEY_IS_OPTIONAL,
)
def get_area_flood_state(
    parts: PartsOf, caller: Caller, area_id: str, limit: Annotated[int, Query(ge=0, le=500)] = 50
) -> AreaFloodStateDetail:
    """Every change is on record, also those by hand."""
    with parts.transaction(caller) as conn:
        return _detail(conn, area_id, caller, limit=limit)


@router.put("/areas/{area_id}/flood-state", summary="Set a flood state by hand (operator, head of the area)")
def update_area_flood_state(
    parts: PartsOf, person: InCharge, area_id: str, form: FloodStateUpdate
) -> AreaFloodStateDetail:
    """Holds above the evidence until it expires; the evidence goes on being shown."""
    now = datetime.now(UTC)
    with parts.transaction(person) as conn:
        _require_charge(conn, person, area_id)
        service.override(
            conn,
            area_id,
            FloodState[form.state.upper()],
            by=person.id,
            reason=form.reason,
            lasting=timedelta(hours=form.hours),
            now=now,
        )
        return _detail(conn, area_id, person, limit=50)


@router.delete("/areas/{area_id}/flood-state", summary="Let the evidence decide again (operator, head of the area)")
def delete_area_flood_state(
    parts: PartsOf, person: InCharge, area_id: str, reason: Annotated[str, Query(min_length=1, max_length=2000)]
) -> AreaFloodStateDetail:
    """Ends what was set by hand."""
    now = datetime.now(UTC)
    with parts.transaction(person) as conn:
        _require_charge(conn, person, area_id)
        service.lift(conn, area_id, by=person.id, reason=reason, now=now)
        return _detail(conn, area_id, person, limit=50)


def _require_charge(conn: Connection, person: Person, area_id: str) -> None:
    if not is_in_scope(person, _Area(city.area_path(conn, area_id))):
        raise Problem(403, "outside-scope", "This area is not in your charge", area_id)


def _detail(conn: Connection, area_id: str, caller: Person | None, *, limit: int) -> AreaFloodStateDetail:
    found = db.shown(conn, area_ids=[area_id])
    if not found:
        raise Problem(404, "area-not-found", "There is no such area", area_id)
    one = found[0]
    whole = is_in_scope(caller, _Area(one.area_path))
    return AreaFloodStateDetail(
        **form_of(one).model_dump(),
        reason=one.override_reason,
        set_by=one.override_by if whole else None,
        evidence=[FloodEvidence(**item) for item in one.evidence],
        history=[_past(line, whole=whole) for line in db.history(conn, area_id, limit=limit)],
    )


def form_of(one: AreaFloodStateView) -> AreaFloodState:
    """Return the public form of an area's state."""
    return AreaFloodState(
        area_id=one.area_id,
        area_name=one.area_name,
        area_level=one.area_level,
        state=_NAMES[one.state],
        colour=COLOURS[FloodState(one.state)],
        computed=_NAMES[one.computed],
        manual=one.override_state is not None,
        certainty=one.certainty.label,
        since=one.since,
        expires_at=one.expires_at,
    )


_NAMES: Mapping[int, StateName] = {0: "none", 1: "caution", 2: "minor", 3: "moderate", 4: "severe"}


def _past(line: FloodStateChangeRow, *, whole: bool) -> FloodStateChange:
    return FloodStateChange(
        at=line.at,
        previous=_NAMES[line.previous],
        state=_NAMES[line.state],
        computed=_NAMES[line.computed],
        reason=line.reason,
        actor=line.actor if whole else None,
    )
