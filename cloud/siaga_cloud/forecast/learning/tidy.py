"""Reads a river's record in the tidy form: one row a time and station, with what was measured.

The columns are `time_utc,station,level_cm,discharge_m3s,rain_mm`; an empty cell is "not measured".
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from siaga_cloud.forecast.learning.series import Array, River
from siaga_cloud.platform.import_errors import ImportFileError, read_bytes, shown

Measure = Literal["level_cm", "discharge_m3s", "rain_mm"]
MEASURES: tuple[Measure, ...] = ("level_cm", "discharge_m3s", "rain_mm")
COLUMNS = ("time_utc", "station", *MEASURES)
MOST_PLACES = 2_000_000
LEVEL_OF_FLOW = 3 / 5  # a discharge to this power goes like a level (Manning for a wide channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Which stations of a record are what to a gauge."""

    gauge: str
    upstream: Sequence[str]
    tide: str | None = None
    rain: str | None = None


@dataclass(slots=True)
class Record:
    """What a file holds: of each station and measure the times (seconds since the epoch) and values, in file order."""

    path: Path
    values: dict[tuple[str, Measure], list[tuple[float, float]]] = field(default_factory=dict)

    def stations(self, measure: Measure) -> list[str]:
        """The stations that have such a measure."""
        return sorted({station for station, held in self.values if held == measure})


def read_record(path: Path) -> Record:
    """Read a file in the tidy form; raises `ImportFileError` naming line, column and value."""
    try:
        lines = csv.DictReader(io.StringIO(read_bytes(path).decode("utf-8-sig")))
        return _record(path, lines)
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path}: not readable as UTF-8: {error}") from error
    except csv.Error as error:
        raise ImportFileError(f"{path}: not readable as CSV: {error}") from error


def _record(path: Path, lines: csv.DictReader[str]) -> Record:
    missing = [column for column in ("time_utc", "station") if column not in (lines.fieldnames or ())]
    if missing or not set(MEASURES) & set(lines.fieldnames or ()):
        raise ImportFileError(
            f"{path}: line 1: got the columns {shown(','.join(lines.fieldnames or ()))}, expected {','.join(COLUMNS)}"
        )
    record = Record(path)
    for number, line in enumerate(lines, start=2):
        _add(record, number, line)
    return record


def _add(record: Record, number: int, line: Mapping[str, str | None]) -> None:
    at = _time(record.path, number, line["time_utc"] or "")
    station = (line["station"] or "").strip()
    if not station:
        raise ImportFileError(f"{record.path}: line {number}: station: got nothing, expected a name")
    for measure in MEASURES:
        if cell := (line.get(measure) or "").strip():
            record.values.setdefault((station, measure), []).append((at, _number(record.path, number, measure, cell)))


def _time(path: Path, number: int, text: str) -> float:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ImportFileError(
            f"{path}: line {number}: time_utc: got {shown(text)}, expected an ISO 8601 time"
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _number(path: Path, number: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ImportFileError(f"{path}: line {number}: {column}: got {shown(text)}, expected a number or nothing")
    return value


def usual_step_seconds(record: Record, gauge: str) -> float:
    """The most frequent time between two levels of a gauge, in whole minutes."""
    times = np.unique([at for at, _ in _of(record, gauge, "level_cm")])
    if len(times) < 2:
        raise ImportFileError(f"{record.path}: got {len(times)} levels of {gauge}, expected a record of many")
    steps, counts = np.unique(np.maximum(1, np.round(np.diff(times) / 60)), return_counts=True)
    return float(steps[np.argmax(counts)]) * 60


def river_of(record: Record, places: Places, *, step_seconds: float) -> River:
    """The record on one grid; of several values in a step the last counts, rain is added up."""
    began_at, length = _grid(record, places, step_seconds)

    def on_grid(station: str, measure: Measure) -> Array:
        grid = _gridded(_of(record, station, measure), began_at, step_seconds, length, adds_up=measure == "rain_mm")
        return np.maximum(grid, 0.0) ** LEVEL_OF_FLOW if measure == "discharge_m3s" else grid

    upstream = {name: on_grid(station, measure) for name, station, measure in _upstream(record, places.upstream)}
    return River(
        step_seconds=step_seconds,
        began_at=began_at,
        level_cm=on_grid(places.gauge, "level_cm"),
        upstream=upstream,
        tide={places.tide: on_grid(places.tide, "level_cm")} if places.tide else {},
        rain={places.rain: on_grid(places.rain, "rain_mm")} if places.rain else {},
    )


def _upstream(record: Record, stations: Sequence[str]) -> list[tuple[str, str, Measure]]:
    """Discharge and level of each, as far as there are; the first is named as the station itself."""
    found: list[tuple[str, str, Measure]] = []
    for station in stations:
        measures: list[Measure] = [one for one in ("discharge_m3s", "level_cm") if (station, one) in record.values]
        if not measures:
            raise ImportFileError(_unknown(record, station, "level_cm"))
        found += [
            (station if at == 0 else f"{station} {measure}", station, measure) for at, measure in enumerate(measures)
        ]
    return found


def _of(record: Record, station: str, measure: Measure) -> list[tuple[float, float]]:
    try:
        return record.values[station, measure]
    except KeyError:
        raise ImportFileError(_unknown(record, station, measure)) from None


def _unknown(record: Record, station: str, measure: Measure) -> str:
    known = ", ".join(record.stations(measure)) or "none"
    return f"{record.path}: got the station {shown(station)}, expected one with {measure}: {known}"


def _grid(record: Record, places: Places, step_seconds: float) -> tuple[float, int]:
    times = [at for at, _ in _of(record, places.gauge, "level_cm")]
    began_at = math.floor(min(times) / step_seconds) * step_seconds
    length = int((max(times) - began_at) // step_seconds) + 1
    if length > MOST_PLACES:
        raise ImportFileError(f"{record.path}: got {length} steps of time, expected at most {MOST_PLACES}")
    return began_at, length


def _gridded(
    values: Sequence[tuple[float, float]], began_at: float, step_seconds: float, length: int, *, adds_up: bool
) -> Array:
    grid = np.zeros(length) if adds_up else np.full(length, np.nan)
    for at, value in sorted(values):
        place = math.floor((at - began_at) / step_seconds + 1e-6)
        if 0 <= place < length:
            grid[place] = grid[place] + value if adds_up else value
    return grid


def place_of(river: River, at: datetime) -> int:
    """The first place of the grid at or after a time, within the grid."""
    place = math.ceil((at.timestamp() - river.began_at) / river.step_seconds - 1e-6)
    return min(max(place, 0), len(river.level_cm))
