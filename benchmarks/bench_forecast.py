"""Water that comes from Depok to Manggarai: told on storms that were not fitted on, against simpler ways of telling.

The fit sees 40 simulated storms, the judgement 120 others. Printed: the rms error of the level by hours ahead, how
often the truth lay in the band, and how far off the arrival at Siaga 3 was, told some hours before it came.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figure import Figure
from benchmarks.forecast.rivals import persistence, published_lag, trend
from benchmarks.forecast.storms import STEP_MINUTES, Storm, storm

from siaga_core.rules.forecast import Design, ForecastPoint, Model, Upstream, arrival, bridged, predict
from siaga_core.rules.forecast_fit import fit, lag_seconds

FIT_SEEDS = range(1000, 1040)
JUDGE_SEEDS = range(5000, 5120)
HOURS_AHEAD = tuple(half / 2 for half in range(1, 21))
REPORTED_HOURS = (1.0, 3.0, 6.0, 9.0)
SIAGA_3_CM = 750.0
LEADS_HOURS = (6.0, 4.0, 2.0)
MANGGARAI, DEPOK, KATULAMPA = "manggarai", "depok", "katulampa"
START = datetime(2026, 1, 1, tzinfo=UTC)

Levels = dict[str, list[float | None]]
Method = Callable[[Levels, int, int], float | None]
RIVALS: dict[str, Method] = {
    "stays": lambda levels, at, steps: persistence(levels[MANGGARAI], at, steps),
    "trend": lambda levels, at, steps: trend(levels[MANGGARAI], at, steps),
    "published lag": lambda levels, at, steps: published_lag(levels[MANGGARAI], levels[DEPOK], at, steps),
}


@dataclass(slots=True)
class Tally:
    """What came of all storms. Errors by way of telling and hours (ahead or of lead)."""

    squares: dict[tuple[str, float], list[float]] = field(default_factory=dict)
    inside: dict[float, list[bool]] = field(default_factory=dict)
    inside_storm: list[bool] = field(default_factory=list)
    arrivals: dict[tuple[str, float], list[float]] = field(default_factory=dict)
    arrived_in_band: list[bool] = field(default_factory=list)
    due: dict[float, int] = field(default_factory=dict)


def fitted() -> tuple[Model, dict[str, float]]:
    """The model with both gauges upstream, and the lags found."""
    storms = [_levels(storm(seed)) for seed in FIT_SEEDS]
    lags = {name: _lag(storms, name) for name in (DEPOK, KATULAMPA)}
    design = Design(
        gauge_id=MANGGARAI,
        upstream=tuple(Upstream(gauge_id=name, lag_seconds=lag) for name, lag in lags.items()),
        horizons_seconds=tuple(hours * 3600 for hours in HOURS_AHEAD),
    )
    return fit(design, storms)[0], lags


def figures() -> list[Figure]:
    """The arrival's and the level's error against the better of the simpler ways, and the band's coverage."""
    model, lags = fitted()
    print("lags found: " + ", ".join(f"{name} {seconds / 3600:.1f} h" for name, seconds in lags.items()))
    tally = Tally()
    for seed in JUDGE_SEEDS:
        _judge(model, storm(seed), tally)
    print(_table(tally))
    return _figures(tally)


def _figures(tally: Tally) -> list[Figure]:
    found = []
    for hours in REPORTED_HOURS:
        rms = {method: _rms(tally.squares[method, hours]) for method in ("forecast", *RIVALS)}
        best = min(rms[method] for method in RIVALS)
        found.append(_at_most(f"forecast.rms_{hours:g}h_cm", rms["forecast"], "cm", best))
    for lead in LEADS_HOURS:
        median = {method: _median(tally.arrivals.get((method, lead), [])) for method in ("forecast", *RIVALS)}
        rivals = [median[method] for method in RIVALS if not math.isnan(median[method])]
        found.append(_at_most(f"forecast.arrival_{lead:g}h_before_minutes", median["forecast"], "min", min(rivals)))
    coverage = statistics.fmean(tally.inside_storm)
    return [*found, Figure(name="forecast.band_coverage_in_storm", value=coverage, unit="share", target=0.85)]


def _at_most(name: str, value: float, unit: str, baseline: float) -> Figure:
    return Figure(name=name, value=value, unit=unit, baseline=baseline, target=1.0, at_most=True)


def _levels(one: Storm) -> Levels:
    return {name: bridged(levels, longest=3) for name, levels in one.read_cm.items()}


def _lag(storms: Sequence[Levels], name: str) -> float:
    gap: list[float | None] = [None] * 150  # no storm runs on into the next one
    up = [level for one in storms for level in (*one[name], *gap)]
    down = [level for one in storms for level in (*one[MANGGARAI], *gap)]
    lag = lag_seconds(up, down, step_seconds=STEP_MINUTES * 60, longest_seconds=14 * 3600)
    if lag is None:
        raise SystemExit(f"no lag found for {name}")
    return lag


def _judge(model: Model, one: Storm, tally: Tally) -> None:
    levels, true = _levels(one), one.true_cm[MANGGARAI]
    for at in range(len(true)):
        reported = predict(model, levels, at)
        if reported is None:
            continue
        for hours, (level, low, high) in zip(HOURS_AHEAD, reported, strict=True):
            steps = round(hours * 60 / STEP_MINUTES)
            if at + steps < len(true):
                _tally_level(tally, levels, at, steps, hours, true, (level, low, high))
    came = _first_reached(true)
    if came is not None:
        _judge_arrival(model, levels, came, tally)


def _tally_level(
    tally: Tally,
    levels: Levels,
    at: int,
    steps: int,
    hours: float,
    true: Sequence[float],
    reported: tuple[float, float, float],
) -> None:
    level, low, high = reported
    rivals = {method: rival(levels, at, steps) for method, rival in RIVALS.items()}
    known = {method: other for method, other in rivals.items() if other is not None}
    if len(known) < len(rivals):
        return
    truth = true[at + steps]
    for method, other in {"forecast": level, **known}.items():
        tally.squares.setdefault((method, hours), []).append((other - truth) ** 2)
    tally.inside.setdefault(hours, []).append(low <= truth <= high)
    if abs(truth - true[at]) > 10:
        tally.inside_storm.append(low <= truth <= high)


def _judge_arrival(model: Model, levels: Levels, came: int, tally: Tally) -> None:
    for lead in LEADS_HOURS:
        at = came - round(lead * 60 / STEP_MINUTES)
        reported = predict(model, levels, at) if at > 0 else None
        if reported is None:
            continue
        tally.due[lead] = tally.due.get(lead, 0) + 1
        found = arrival(_points(reported), SIAGA_3_CM)
        tally.arrived_in_band.append(
            found is not None
            and found.earliest_at <= _time(lead)
            and (found.latest_at is None or _time(lead) <= found.latest_at)
        )
        _tally_arrival(tally, "forecast", lead, found.at if found else None)
        for method, rival in RIVALS.items():
            ahead = [rival(levels, at, round(hours * 60 / STEP_MINUTES)) for hours in HOURS_AHEAD]
            line = [(level, level, level) for level in ahead if level is not None]
            reached = arrival(_points(line), SIAGA_3_CM) if len(line) == len(ahead) else None
            _tally_arrival(tally, method, lead, reached.at if reached else None)


def _tally_arrival(tally: Tally, method: str, lead: float, at: datetime | None) -> None:
    if at is not None:
        tally.arrivals.setdefault((method, lead), []).append(abs((at - _time(lead)).total_seconds()) / 60)


def _points(reported: Sequence[tuple[float, float, float]]) -> list[ForecastPoint]:
    return [
        ForecastPoint(at=_time(hours), level_cm=level, low_cm=low, high_cm=high)
        for hours, (level, low, high) in zip(HOURS_AHEAD, reported, strict=True)
    ]


def _time(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def _first_reached(true: Sequence[float]) -> int | None:
    return next((at for at, level in enumerate(true) if level >= SIAGA_3_CM), None)


def _rms(squares: Sequence[float]) -> float:
    return math.sqrt(statistics.fmean(squares))


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else math.nan


def _table(tally: Tally) -> str:
    methods = ("forecast", *RIVALS)
    lines = [
        "rms error of the level at Manggarai, cm      "
        + "  ".join(f"{method:>13}" for method in methods)
        + "  in the band"
    ]
    for hours in REPORTED_HOURS:
        cells = "  ".join(f"{_rms(tally.squares[method, hours]):13.1f}" for method in methods)
        lines.append(f"  {hours:4g} h ahead{'':31}{cells}  {statistics.fmean(tally.inside[hours]):11.3f}")
    lines.append("arrival at Siaga 3: median error in minutes (of how many storms it was told at all)")
    for lead in LEADS_HOURS:
        cells = "  ".join(_arrival_cell(tally, method, lead) for method in methods)
        lines.append(f"  told {lead:g} h before, {tally.due.get(lead, 0)} storms{'':20}{cells}")
    lines.append(f"true arrival within the told span: {statistics.fmean(tally.arrived_in_band):.3f}")
    lines.append(
        f"true level in the band while it moves by more than 10 cm: {statistics.fmean(tally.inside_storm):.3f}"
    )
    return "\n".join(lines)


def _arrival_cell(tally: Tally, method: str, lead: float) -> str:
    reported = tally.arrivals.get((method, lead), [])
    return f"{_median(reported):7.0f} ({len(reported):3})" if reported else f"{'never':>13}"


if __name__ == "__main__":
    for figure in figures():
        print("  ".join(figure.cells()), "" if figure.is_reached else "MISSED")
