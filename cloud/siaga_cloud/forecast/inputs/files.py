"""Reads which rain gauges and gauges at the sea forecasts may use, from a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from siaga_cloud.forecast.inputs.store import InputRow
from siaga_cloud.platform.import_errors import FileModel, ImportFileError, read_toml
from siaga_core.wire.ids import Name

Gauges = Annotated[tuple[Name, ...], Field(min_length=1, max_length=200)]
Delay = Annotated[int, Field(ge=0, le=1440)]


class RainTable(FileModel):
    """Models `[[rain]]`: the gauges whose forecasts use a rain gauge. `delay_minutes` is how long after the rain fell
    its amount is usually known.
    """

    rain_gauge: Name
    gauges: Gauges
    delay_minutes: Delay = 60


class TideTable(FileModel):
    """Models `[[tide]]`: the gauges whose forecasts use the level of a gauge at the sea."""

    tide_gauge: Name
    gauges: Gauges
    delay_minutes: Delay = 0


class InputsFile(FileModel):
    """Models the whole file."""

    rain: Annotated[tuple[RainTable, ...], Field(max_length=500)] = ()
    tide: Annotated[tuple[TideTable, ...], Field(max_length=100)] = ()


def read_inputs(path: Path) -> list[InputRow]:
    """Return the inputs that a file lists; raises `ImportFileError`, also for one that is listed twice."""
    file = read_toml(path, InputsFile)
    rows = [
        InputRow(gauge_id=gauge_id, rain_gauge_id=one.rain_gauge, delay_minutes=one.delay_minutes)
        for one in file.rain
        for gauge_id in one.gauges
    ] + [
        InputRow(gauge_id=gauge_id, tide_gauge_id=one.tide_gauge, delay_minutes=one.delay_minutes)
        for one in file.tide
        for gauge_id in one.gauges
    ]
    seen = set[tuple[str, str]]()
    for row in rows:
        if row.id == row.gauge_id:
            raise ImportFileError(f'{path}: tide_gauge "{row.id}": got itself among gauges, expected other gauges')
        if (row.gauge_id, row.id) in seen:
            raise ImportFileError(f'{path}: gauge "{row.gauge_id}": got "{row.id}" twice, expected it once')
        seen.add((row.gauge_id, row.id))
    return rows
