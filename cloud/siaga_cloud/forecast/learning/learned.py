"""What was learnt of a gauge: fitted on history, stored, and carried on with every forecast."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from siaga_cloud.forecast.learning.bands import Calibration
from siaga_cloud.forecast.learning.inputs import Ground, inputs_of
from siaga_cloud.forecast.learning.judging import HorizonErrors, judged
from siaga_cloud.forecast.learning.regression import Scaling, Trust
from siaga_cloud.forecast.learning.series import Array, River
from siaga_cloud.forecast.learning.walking import TAIL_HOURS, Course, Horizon, Regressions, issue, walk

FORMAT = 3


class UnknownFormatError(ValueError):
    """The stored bytes were written by another version, or are damaged; the model must be fitted anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntState:
    """What a forecast of a gauge starts from. `places` are the gauges upstream, `tide` those at the sea, and `rain` the
    rain gauges, each in the order of the inputs.
    """

    step_seconds: float
    seen_until: float  # seconds since the epoch: the end of the record that it was fitted on
    places: tuple[str, ...]
    tide: tuple[str, ...]
    rain: tuple[str, ...]
    ground: Ground
    horizons: tuple[Horizon, ...]

    @property
    def look_back_hours(self) -> float:
        """How much of the record before `seen_until` a forecast needs."""
        return max(TAIL_HOURS, self.ground.look_back_hours) + max(one.hours for one in self.horizons)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelAhead:
    """A level some hours ahead with its band."""

    hours: float
    level_cm: float
    low_cm: float
    high_cm: float


def learn(
    river: River, *, lags_hours: Mapping[str, float | None], horizons_hours: Sequence[float], judged_from: int
) -> tuple[LearntState | None, list[HorizonErrors]]:
    """Fit on a record, and judge the forecasts made on the way from place `judged_from` on.

    None where the record is too short for one of the horizons.
    """
    ground = Ground.of(river, lags_hours, until=len(river.level_cm))
    course = Course.of(river, ground, until=len(river.level_cm))
    walks = [walk(course, horizon_hours=hours) for hours in horizons_hours]
    errors = [judged(one, since=judged_from) for one, _ in walks]
    horizons = tuple(horizon for _, horizon in walks if horizon is not None)
    if len(horizons) < len(walks):
        return None, errors
    return LearntState(
        step_seconds=river.step_seconds,
        seen_until=river.began_at + len(river.level_cm) * river.step_seconds,
        places=tuple(river.upstream),
        tide=tuple(river.tide),
        rain=tuple(river.rain),
        ground=ground,
        horizons=horizons,
    ), errors


def levels_ahead(learned: LearntState, river: River) -> list[LevelAhead]:
    """The levels ahead of the newest place of a record; none where one cannot be forecast.

    The record has the gauge, the places upstream, the tide and the rain on the grid of the fit; what came since is
    learnt from.
    """
    since = round((learned.seen_until - river.began_at) / river.step_seconds)
    since = min(max(since, 0), len(river.level_cm))
    inputs = inputs_of(river, learned.ground)
    found = []
    for horizon in learned.horizons:
        level, half = issue(river, inputs, learned.ground, horizon, since=since)
        if not np.isfinite(level + half):
            return []
        found.append(LevelAhead(hours=horizon.hours, level_cm=level, low_cm=level - half, high_cm=level + half))
    return found


def every_half_hour(found: Sequence[LevelAhead]) -> Iterator[LevelAhead]:
    """The same with what lies between two horizons drawn in a straight line, every half hour."""
    hours = np.array([one.hours for one in found])
    for ahead in np.arange(hours[0], hours[-1] + 0.01, 0.5):
        level, low, high = (
            float(np.interp(ahead, hours, values))
            for values in zip(*((one.level_cm, one.low_cm, one.high_cm) for one in found), strict=True)
        )
        yield LevelAhead(hours=float(ahead), level_cm=level, low_cm=low, high_cm=high)


def to_bytes(learned: LearntState) -> bytes:
    """The stored form: arrays in numpy's own format, the rest as JSON; holds no code."""
    arrays: dict[str, Any] = {}
    for place, horizon in enumerate(learned.horizons):
        arrays |= {f"{name} {place}": values for name, values in _arrays(horizon).items()}
    head = {
        "format": FORMAT,
        "step_seconds": learned.step_seconds,
        "seen_until": learned.seen_until,
        "places": learned.places,
        "tide": learned.tide,
        "rain": learned.rain,
        "ground": asdict(learned.ground),
        "horizons": [_numbers(horizon) for horizon in learned.horizons],
    }
    stored = io.BytesIO()
    np.savez_compressed(stored, head=np.frombuffer(json.dumps(head).encode(), dtype=np.uint8), **arrays)
    return stored.getvalue()


def of_bytes(stored: bytes) -> LearntState:
    """What `to_bytes` stored; raises `UnknownFormatError`."""
    try:
        with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
            return _learned({name: arrays[name] for name in arrays.files})
    except (EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise UnknownFormatError(f"got {len(stored)} bytes, expected a model of format {FORMAT}: {error}") from error


def _learned(arrays: Mapping[str, Any]) -> LearntState:
    head = json.loads(arrays["head"].tobytes())
    if head["format"] != FORMAT:
        raise ValueError(f"format {head['format']}")
    return LearntState(
        step_seconds=head["step_seconds"],
        seen_until=head["seen_until"],
        places=tuple(head["places"]),
        tide=tuple(head["tide"]),
        rain=tuple(head["rain"]),
        ground=Ground(**head["ground"]),
        horizons=tuple(_horizon(numbers, arrays, place) for place, numbers in enumerate(head["horizons"])),
    )


def _arrays(horizon: Horizon) -> dict[str, Array]:
    calibration = horizon.calibration
    return {
        **_arrays_of_sets(horizon.regressions),
        "losses": horizon.trust.losses,
        "size_mean": horizon.size_scaling.mean,
        "size_spread": horizon.size_scaling.spread,
        "size_weights": horizon.size_weights,
        "matured_cm": horizon.matured_cm,
        "scores": calibration.scores,
        "moving": calibration.moving,
    }


def _arrays_of_sets(regressions: Sequence[Regressions]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for at, one in enumerate(regressions):
        found |= {f"mean {at}": one.scaling.mean, f"spread {at}": one.scaling.spread, f"weights {at}": one.weights}
    return found


def _numbers(horizon: Horizon) -> dict[str, float]:
    return {
        "sets": len(horizon.regressions),
        "hours": horizon.hours,
        "count": horizon.trust.count,
        "usual_cm": horizon.usual_cm,
        "stretch": horizon.calibration.stretch,
        "moving_weight": horizon.calibration.moving_weight,
        "power": horizon.calibration.power,
        "factor": horizon.calibration.factor,
        "most_cm": horizon.calibration.most_cm,
    }


def _horizon(numbers: Mapping[str, float], arrays: Mapping[str, Any], place: int) -> Horizon:
    def array(name: str) -> Array:
        found: Array = arrays[f"{name} {place}"]
        return found

    return Horizon(
        hours=numbers["hours"],
        regressions=tuple(
            Regressions(
                scaling=Scaling(mean=array(f"mean {at}"), spread=array(f"spread {at}")), weights=array(f"weights {at}")
            )
            for at in range(int(numbers["sets"]))
        ),
        trust=Trust(losses=array("losses"), count=numbers["count"]),
        size_scaling=Scaling(mean=array("size_mean"), spread=array("size_spread")),
        size_weights=array("size_weights"),
        usual_cm=numbers["usual_cm"],
        matured_cm=array("matured_cm"),
        calibration=Calibration(
            scores=array("scores"),
            moving=array("moving"),
            stretch=numbers["stretch"],
            moving_weight=numbers["moving_weight"],
            power=numbers["power"],
            factor=numbers["factor"],
            most_cm=numbers["most_cm"],
        ),
    )
