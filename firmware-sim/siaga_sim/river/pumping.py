"""A basin with a pump that starts and stops by the level, and that fails: it trips, or runs and lifts no water."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from siaga_core.wire.assets import AssetCondition, AssetState

FailureKind: TypeAlias = Literal["trips", "lifts_nothing", "reports_fault"]
# A pump whose impeller turns in air takes about a quarter of its power.
IDLE_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Pump:
    """A pump of a basin; it starts at one level and stops at a lower one."""

    asset: str
    gauge: str
    basin_m2: float
    capacity_m3s: float
    rated_kw: float
    starts_cm: float
    stops_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What happens to a pump, and when."""

    kind: FailureKind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpStep:
    """The basin's level and what the pump reports at one moment."""

    at: datetime
    level_cm: float
    state: AssetState


def pump_steps(
    pump: Pump,
    *,
    began_at: datetime,
    level_cm: float,
    inflow_m3s: float,
    failure: Failure | None = None,
    step: timedelta = timedelta(seconds=30),
) -> Iterator[PumpStep]:
    """Yield the basin step by step, without end: what flows in, less what the pump lifts while it works."""
    at, is_on = began_at, False
    while True:
        is_on = level_cm >= pump.starts_cm or (is_on and level_cm > pump.stops_cm)
        failed = failure.kind if failure is not None and at >= failure.at else None
        yield PumpStep(at=at, level_cm=level_cm, state=_report(pump, at, is_on=is_on, failed=failed))
        lifted = pump.capacity_m3s if is_on and failed is None else 0.0
        level_cm = max(0.0, level_cm + (inflow_m3s - lifted) * step.total_seconds() / pump.basin_m2 * 100)
        at += step


def _report(pump: Pump, at: datetime, *, is_on: bool, failed: FailureKind | None) -> AssetState:
    state, share = AssetCondition.STOPPED, 0.0
    if failed == "reports_fault":
        state = AssetCondition.FAULT
    elif is_on and failed != "trips":
        state, share = AssetCondition.RUNNING, IDLE_SHARE if failed == "lifts_nothing" else 1.0
    is_running = state is AssetCondition.RUNNING
    return AssetState(
        asset=pump.asset,
        measured_at=at,
        state=state,
        capacity_share=1.0 if is_running else 0.0,
        power_kw=round(pump.rated_kw * share, 1),
    )
