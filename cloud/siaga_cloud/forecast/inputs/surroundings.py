"""Reads rain and tide on the grid of a forecast, each only as far as it would have been known at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from siaga_cloud.forecast import store as levels_db
from siaga_cloud.forecast.inputs.store import InputRow
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.rain.store import readings as rain_db
from siaga_core.rules.forecast import Series

# A value that is older than this, beyond its usual delay, is no longer what the sea or the sky does now.
LONGEST_SILENCE = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Holds rain (mm in each step) and tide (cm) on one grid; None where a value is not known."""

    tide: Mapping[str, Series] = field(default_factory=dict)
    rain: Mapping[str, Series] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tide or self.rain)

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of all, in sequence."""
        return (*sorted(self.rain), *sorted(self.tide))


NOTHING = Surroundings()


def read(
    conn: Connection, inputs: Sequence[InputRow], *, since: datetime, until: datetime, step: timedelta
) -> Surroundings:
    """Return the inputs from `since` (included) to `until` (not), each moved later by its delay.

    So a model learns from what a forecast will have at its moment, and not from what was measured by then.
    """
    length = int((until - since) / step)
    oldest = since - max((_steps(one, step) for one in inputs), default=0) * step
    rain_ids = [one.rain_gauge_id for one in inputs if one.rain_gauge_id]
    tide_ids = [one.tide_gauge_id for one in inputs if one.tide_gauge_id]
    rain = rain_db.grid(conn, rain_ids, since=oldest, until=until, step=step) if rain_ids else {}
    tide = levels_db.grid(conn, tide_ids, since=oldest, until=until, step=step) if tide_ids else {}

    def delayed(found: Mapping[str, Series]) -> dict[str, Series]:
        return {one.id: _delayed(found[one.id], _steps(one, step), length) for one in inputs if one.id in found}

    return Surroundings(rain=delayed(rain), tide=delayed(tide))


def unknown(around: Surroundings, *, step: timedelta) -> Iterator[str]:
    """Yield the ids of which nothing newer than the longest silence is known."""
    longest = max(1, int(LONGEST_SILENCE / step))
    for name, series in sorted((*around.rain.items(), *around.tide.items())):
        if all(value is None for value in series[-longest:]):
            yield name


def _steps(one: InputRow, step: timedelta) -> int:
    """The delay in steps of the grid, rounded up."""
    return -(-timedelta(minutes=one.delay_minutes) // step)


def _delayed(series: Series, steps: int, length: int) -> Series:
    """The series as it was known so many steps later, on the newest `length` places."""
    known = series[: len(series) - steps]
    return known[-length:] if length else known[:0]
