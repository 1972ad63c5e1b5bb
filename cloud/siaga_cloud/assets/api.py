"""Serves pumps and gates with what is known of them now, and takes what people see there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from siaga_cloud.assets.service import states
from siaga_cloud.assets.store import assets as db
from siaga_cloud.assets.store.assets import ListedAsset, StateRow
from siaga_cloud.people.auth import Worker
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_core.rules.assets.state import AssetKind, Condition, ShownCondition, is_current
from siaga_core.wire.ids import NAME_PATTERN

router = APIRouter(tags=["assets"])

AssetId = Annotated[str, Path(max_length=48, pattern=NAME_PATTERN)]
_HISTORY: Final = timedelta(hours=24)


class AssetState(ResponseModel):
    """States what was reported of a pump or gate at one moment."""

    measured_at: datetime
    state: Condition
    capacity_share: float | None
    power_kw: float | None
    level_difference_cm: float | None
    origin: Literal["node", "person", "file"]


class AssetAnomaly(ResponseModel):
    """States what seems to be wrong with a pump or gate, since when, and how sure that is; a crew is sent to look."""

    problem: Annotated[
        Literal["fault", "standing", "no_effect"],
        Field(
            description="fault: it reports one; standing: the water calls for it and it does not work; no_effect: it "
            "runs and the water does not fall"
        ),
    ]
    since: datetime
    confidence: float


class Asset(ResponseModel):
    """Describes a pump or gate. Without a report that is new enough `state` is unknown, never a working one; the
    measures are then null and `last` is history.
    """

    id: str
    kind: AssetKind
    name: str
    name_en: str
    lat: float
    lon: float
    area_id: str | None
    area_name: str | None
    gauge_id: Annotated[str | None, Field(description="the gauge in the water that it works on")]
    gauge_name: str | None
    works_as: Annotated[Condition, Field(description="the state in which it works")]
    works_from_cm: Annotated[float | None, Field(description="the level from which it has to; null: nobody said so")]
    capacity_m3s: float | None
    rated_kw: float | None
    stale_seconds: Annotated[int, Field(description="after so long without a report nothing is known of it")]
    state: ShownCondition
    capacity_share: float | None
    power_kw: float | None
    level_difference_cm: float | None
    measured_at: Annotated[datetime | None, Field(description="of the newest report, however old; null: none yet")]
    age_seconds: Annotated[float | None, Field(description="since the newest report; null: there is none")]
    last: AssetState | None
    anomaly: AssetAnomaly | None


class AssetStateCreate(BaseModel):
    """Records what somebody saw at a pump or gate."""

    model_config = ConfigDict(extra="forbid")

    state: Condition
    measured_at: Annotated[Moment | None, Field(description="when it was seen; default: now")] = None
    capacity_share: Annotated[float | None, Field(ge=0, le=1)] = None
    power_kw: Annotated[float | None, Field(ge=0, le=100_000)] = None
    level_difference_cm: Annotated[float | None, Field(ge=-5000, le=5000)] = None
    note: Annotated[str, Field(max_length=500)] = ""


@router.get("/assets", summary="Pumps and gates with their state")
def list_assets(parts: PartsOf) -> list[Asset]:
    """Pumps first, at most 5,000. A state that is older than `stale_seconds` of the asset is unknown."""
    now = datetime.now(UTC)
    with parts.transaction(None) as conn:
        return [_asset(one, now) for one in db.list_assets(conn)]


@router.get("/assets/{asset_id}", summary="One pump or gate")
def get_asset(parts: PartsOf, asset_id: AssetId) -> Asset:
    """As in the list."""
    with parts.transaction(None) as conn:
        found = db.list_assets(conn, [asset_id])
    if not found:
        raise _no_asset(asset_id)
    return _asset(found[0], datetime.now(UTC))


@router.get("/assets/{asset_id}/states", summary="States of a pump or gate")
def list_asset_states(
    parts: PartsOf, asset_id: AssetId, limit: Annotated[int, Query(ge=1, le=2000)] = 500
) -> list[AssetState]:
    """The newest `limit` reports of the last 24 hours, oldest first."""
    with parts.transaction(None) as conn:
        if not db.kinds(conn, [asset_id]):
            raise _no_asset(asset_id)
        found = db.states_of(conn, asset_id, since=datetime.now(UTC) - _HISTORY, limit=limit)
    return [AssetState.model_validate(one, from_attributes=True) for one in found]


@router.post(
    "/assets/{asset_id}/states",
    status_code=201,
    summary="Record the state of a pump or gate (staff)",
    responses=refusals("asset_state_wrong", "time_in_future"),
)
def create_asset_state(parts: PartsOf, worker: Worker, asset_id: AssetId, form: AssetStateCreate) -> Asset:
    """For those that no node reports, and for what is seen on site. The audit log names who recorded it."""
    now = datetime.now(UTC)
    state = StateRow(
        asset_id=asset_id,
        measured_at=form.measured_at or now,
        state=form.state,
        capacity_share=form.capacity_share,
        power_kw=form.power_kw,
        level_difference_cm=form.level_difference_cm,
        origin="person",
        recorded_by=worker.id,
        received_at=now,
    )
    with parts.transaction(worker) as conn:
        states.record(conn, state, note=form.note)
        return _asset(db.list_assets(conn, [asset_id])[0], now)


def _asset(row: ListedAsset, now: datetime) -> Asset:
    at = row.measured_at
    is_known = at is not None and is_current(at, now=now, stale_seconds=row.stale_seconds)
    values = {name: getattr(row, name) for name in Asset.model_fields if hasattr(row, name)}
    hidden = {} if is_known else {"capacity_share": None, "power_kw": None, "level_difference_cm": None}
    known = {
        "state": row.state if is_known else "unknown",
        "age_seconds": None if at is None else max(0.0, round((now - at).total_seconds())),
        "last": None if at is None else AssetState.model_validate(row, from_attributes=True),
        "anomaly": None if row.problem is None else _anomaly(row),
    }
    return Asset.model_validate({**values, **hidden, **known})


def _anomaly(row: ListedAsset) -> AssetAnomaly:
    return AssetAnomaly.model_validate(
        {"problem": row.problem, "since": row.problem_since, "confidence": row.problem_confidence}
    )


def _no_asset(asset_id: str) -> Problem:
    return Problem(
        404, "asset-not-found", "There is no such pump or gate", f"got {asset_id!r}, expected an id of /api/v1/assets"
    )
