"""Serves the forecast of a gauge, its usual levels, and the stages that authorities publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siaga_cloud.forecast import store as forecasts
from siaga_cloud.forecast import store_precision
from siaga_cloud.forecast.inputs.store import named_inputs_of
from siaga_cloud.forecast.store import Run
from siaga_cloud.forecast.store_precision import PrecisionRow
from siaga_cloud.gauges.service import reading as gauge_reading
from siaga_cloud.gauges.service.reading import Alarm, Gauge, UsualLevels
from siaga_cloud.people.auth import Operator
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_core.rules.ahead.precision import may_warn
from siaga_core.rules.forecast import ForecastPoint, arrival

router = APIRouter(tags=["gauges"])

_SCORED: Final = timedelta(days=30)


class StageArrival(BaseModel):
    """States when a stage is reached: the most likely time and the span; null where the band does not reach it."""

    stage: Literal[3, 2, 1]
    limit_cm: float
    at: datetime | None
    earliest_at: datetime
    latest_at: datetime | None


class UpstreamGauge(BaseModel):
    """Describes a gauge upstream, with the travel time of the water as published and as fitted."""

    gauge_id: str
    name: str
    published_minutes: float | None
    found_minutes: float | None
    used: bool


class ForecastInput(BaseModel):
    """Describes rain or a tide that the forecast may use. It is not used where it improves nothing, or while any of
    them is not known.
    """

    id: Annotated[str, Field(description="of a rain gauge, or of a gauge at the sea")]
    kind: Literal["rain", "tide"]
    name: str
    used: bool
    unknown: Annotated[bool, Field(description="nothing new of it is known now")]


class ForecastSkill(BaseModel):
    """Describes the quality of the forecast. `skill` is 1 - rms error / rms error of persistence; 0 is no better than
    persistence.
    """

    hours_ahead: float
    rms_error_cm: float
    skill: float
    due_count: Annotated[int, Field(description="forecasts of the last 30 days that have come due")]
    recent_rms_error_cm: float | None
    recent_inside_share: Annotated[float | None, Field(description="of them, the share that came out within the band")]


class Forecast(BaseModel):
    """Holds the levels of the next hours. Without points there is a `reason`, and the level is unknown, not
    unchanged."""

    gauge_id: str
    made_at: datetime | None
    level_cm: float | None
    points: list[ForecastPoint]
    arrivals: list[StageArrival]
    upstream: list[UpstreamGauge]
    unknown: Annotated[list[str], Field(description="gauges upstream whose level is not known now")]
    inputs: Annotated[list[ForecastInput], Field(description="rain and tide, as the city lists them for this gauge")]
    skill: list[ForecastSkill]
    reason: str


class GaugeHistory(BaseModel):
    """Holds the usual levels of a gauge (null until there are two days of history), and the stage that raises an
    alarm."""

    gauge_id: str
    usual: UsualLevels | None
    alarm: Alarm


class ForecastPrecision(BaseModel):
    """States of how many floods that forecasts announced the water came. Warnings ahead are sent where `is_enough`;
    without any announced flood the precision is not known, and nobody is warned.
    """

    level_cm: float
    lead_minutes: int
    episodes: Annotated[int, Field(description="announced floods of the last 60 days whose time has passed")]
    came: Annotated[int, Field(description="of them, those in which the water reached the level at most an hour late")]
    precision: Annotated[float | None, Field(description="came / episodes; null: not known")]
    is_enough: bool
    computed_at: datetime


class PublishedStageCreate(BaseModel):
    """Records a stage that an authority published."""

    stage: Annotated[int, Field(ge=1, le=4, examples=[2])]
    at: Annotated[Moment, Field(description="when it held, as published")]
    source: Annotated[str, Field(min_length=1, max_length=100, examples=["BPBD DKI"])]
    level_cm: Annotated[float | None, Field(ge=-2000, le=5000)] = None


@router.get("/gauges/{gauge_id}/forecast", summary="The level in the hours ahead")
def get_gauge_forecast(parts: PartsOf, gauge_id: str) -> Forecast:
    """From the gauges upstream, with the band in which nine of ten past forecasts came out."""
    with parts.transaction(None) as conn:
        return forecast_of(conn, _gauge(conn, gauge_id))


@router.get("/gauges/{gauge_id}/precision", summary="How often the water came that forecasts announced")
def list_forecast_precision(parts: PartsOf, gauge_id: str) -> list[ForecastPrecision]:
    """For the levels of the stages and those that subscribers chose, by lead time; measured every hour."""
    with parts.transaction(None) as conn:
        gauge = _gauge(conn, gauge_id)
        return [_precision(one) for one in store_precision.list_of_gauge(conn, gauge.id)]


@router.get("/gauges/{gauge_id}/history", summary="What is usual at a gauge, and its stage of alarm")
def get_gauge_history(parts: PartsOf, gauge_id: str) -> GaugeHistory:
    """The computed and the published stage are both shown; the worse of them alarms."""
    with parts.transaction(None) as conn:
        return history_of(conn, _gauge(conn, gauge_id))


@router.post(
    "/gauges/{gauge_id}/published-stage",
    status_code=201,
    summary="Write down a published stage (operator)",
    responses=refusals("time_in_future"),
)
def create_published_stage(
    parts: PartsOf, operator: Operator, gauge_id: str, published: PublishedStageCreate
) -> GaugeHistory:
    """Stored beside the computed one. The same source and time twice changes nothing."""
    now = datetime.now(UTC)
    if published.at > now + timedelta(minutes=5):
        raise Problem(422, "time-in-future", "Nothing is published ahead of time", f"at: got {published.at}")
    with parts.transaction(operator) as conn:
        gauge = _gauge(conn, gauge_id)
        gauge_reading.publish(conn, gauge_id, **published.model_dump(), now=now)
        return history_of(conn, gauge)


def _gauge(conn: Connection, gauge_id: str) -> Gauge:
    found = gauge_reading.gauges(conn, [gauge_id])
    if not found:
        raise Problem(
            404, "gauge-not-found", "There is no such gauge", f"got {gauge_id[:60]!r}, expected an id of /gauges"
        )
    return found[0]


def history_of(conn: Connection, gauge: Gauge) -> GaugeHistory:
    """Return what is usual at a gauge, and its stage of alarm."""
    alarm = gauge_reading.alarm_of(conn, gauge.id)
    return GaugeHistory(
        gauge_id=gauge.id,
        usual=gauge_reading.usual_of(conn, gauge.id),
        alarm=alarm
        or Alarm(computed_stage=None, published_stage=None, published_by=None, published_at=None, alarm_stage=None),
    )


def forecast_of(conn: Connection, gauge: Gauge) -> Forecast:
    """Return the expected levels of a gauge, or the reason why there are none."""
    run = forecasts.run_of(conn, gauge.id)
    points = forecasts.points_of(conn, gauge.id, run.made_at) if run else []
    return Forecast(
        gauge_id=gauge.id,
        made_at=run.made_at if run else None,
        level_cm=run.level_cm if run else None,
        points=points,
        arrivals=_arrivals(gauge, points),
        upstream=_upstream(conn, gauge.id, run.used if run else ()),
        unknown=list(run.unknown) if run else [],
        inputs=_inputs(conn, gauge.id, run),
        skill=_skill(conn, gauge.id, with_inputs=bool(run and run.used_inputs)),
        reason=_reason(conn, gauge.id) if run is None else run.reason,
    )


def _reason(conn: Connection, gauge_id: str) -> str:
    return "not made yet" if forecasts.upstream_of(conn, gauge_id) else "no gauge is known upstream of this one"


def _arrivals(gauge: Gauge, points: list[ForecastPoint]) -> list[StageArrival]:
    """Of the stages above the present one."""
    found = []
    stages: tuple[tuple[Literal[3, 2, 1], float | None], ...] = ((3, gauge.s3_cm), (2, gauge.s2_cm), (1, gauge.s1_cm))
    for stage, limit_cm in stages:
        reached = arrival(points, limit_cm) if limit_cm is not None and (gauge.stage or 4) > stage else None
        if reached is not None and limit_cm is not None:
            found.append(
                StageArrival(
                    stage=stage,
                    limit_cm=limit_cm,
                    at=reached.at,
                    earliest_at=reached.earliest_at,
                    latest_at=reached.latest_at,
                )
            )
    return found


def _upstream(conn: Connection, gauge_id: str, used: tuple[str, ...]) -> list[UpstreamGauge]:
    fitted = forecasts.model_of(conn, gauge_id)
    lags = fitted.lags if fitted else {}
    return [
        UpstreamGauge(
            gauge_id=one.gauge_id,
            name=one.name,
            published_minutes=_minutes(one.seconds),
            found_minutes=_minutes(lags.get(one.gauge_id, {}).get("found_seconds")),
            used=one.gauge_id in used,
        )
        for one in forecasts.upstream_of(conn, gauge_id)
    ]


def _inputs(conn: Connection, gauge_id: str, run: Run | None) -> list[ForecastInput]:
    used, unknown = (run.used_inputs, run.unknown_inputs) if run else ((), ())
    return [
        ForecastInput(
            id=one.id,
            kind="rain" if one.kind == "rain" else "tide",
            name=one.name,
            used=one.id in used,
            unknown=one.id in unknown,
        )
        for one in named_inputs_of(conn, gauge_id)
    ]


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 60


def _skill(conn: Connection, gauge_id: str, *, with_inputs: bool) -> list[ForecastSkill]:
    now = datetime.now(UTC)
    scores = {one.horizon_minutes: one for one in forecasts.scores_of(conn, gauge_id, since=now - _SCORED)}
    found = []
    for horizon in forecasts.skill_of(conn, gauge_id, since=now - forecasts.LEARNED_FOR, with_inputs=with_inputs):
        score = scores.get(round(horizon.horizon_seconds / 60))
        found.append(
            ForecastSkill(
                hours_ahead=horizon.horizon_seconds / 3600,
                rms_error_cm=round(horizon.rms_error_cm, 1),
                skill=round(horizon.skill, 3),
                due_count=score.n if score else 0,
                recent_rms_error_cm=round(score.rms_error_cm, 1) if score else None,
                recent_inside_share=round(score.inside_share, 3) if score else None,
            )
        )
    return found


def _precision(one: PrecisionRow) -> ForecastPrecision:
    share = one.measured.share
    return ForecastPrecision(
        level_cm=one.level_cm,
        lead_minutes=one.lead_minutes,
        episodes=one.episodes,
        came=one.came,
        precision=None if share is None else round(share, 3),
        is_enough=may_warn(one.measured),
        computed_at=one.computed_at,
    )
