"""Reads the CSV files of rain gauges, and of the rain that they measured."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import Field, ValidationError

from siaga_cloud.platform.import_errors import FileModel, ImportFileError, bounded, read_bytes, shown
from siaga_cloud.rain.store.readings import RainReading
from siaga_core.rules.rain.spread import most_mm
from siaga_core.wire.ids import Name

MOST_GAUGES: Final = 1000
MOST_LINES: Final = 1_000_000
_MAX_AHEAD: Final = timedelta(minutes=10)
_COLUMNS: Final = ("time_utc", "station", "rain_mm")
_Found = TypeVar("_Found")
_Line = tuple[int, Mapping[str, str]]


class LineError(Exception):
    """A line cannot be read; the message names the column, what it held and what was expected."""


class RainGaugeLine(FileModel):
    """One line of a file of rain gauges."""

    id: Name
    name: Annotated[str, Field(min_length=1, max_length=120)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RainFile:
    """States what a file of rain is read with: its gauges by id and name, the length of its intervals, and the time."""

    gauges: Mapping[str, str]
    minutes: int
    now: datetime

    def reading(self, row: Mapping[str, str]) -> RainReading | None:
        """Return the reading of a line, None where none was measured; raises `LineError`."""
        cell = row.get("rain_mm", "")
        if not cell:
            return None
        return RainReading(
            rain_gauge_id=self._gauge(row.get("station", "")),
            ends_at=self._time(row.get("time_utc", "")),
            minutes=self.minutes,
            mm=self._millimetres(cell),
        )

    def _gauge(self, station: str) -> str:
        if station not in self.gauges:
            raise LineError(f"station: got {shown(station)}, expected the id or name of an imported rain gauge")
        return self.gauges[station]

    def _time(self, text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise LineError(f"time_utc: got {shown(text)}, expected an ISO 8601 time") from None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if not 1900 <= at.year <= self.now.year + 1 or at > self.now + _MAX_AHEAD:
            raise LineError(f"time_utc: got {shown(text)}, expected a time since 1900 that has come")
        return at.astimezone(UTC)

    def _millimetres(self, text: str) -> float:
        most = most_mm(self.minutes)
        try:
            mm = float(text)
        except ValueError:
            mm = math.nan
        if not 0 <= mm <= most:
            expected = f"expected 0 to {most:g} mm in {self.minutes} minutes, or nothing where it was not measured"
            raise LineError(f"rain_mm: got {shown(text)}, {expected}")
        return mm


def read_gauges(path: Path) -> list[RainGaugeLine]:
    """Return the rain gauges of a file; raises `ImportFileError` that names every wrong line, or an id given twice."""
    lines = [one for _, one in _read(path, _gauge_of, most=MOST_GAUGES)]
    repeated = [name for name, count in Counter(one.id for one in lines).items() if count > 1]
    if repeated:
        raise ImportFileError(f'{path}: rain gauge "{repeated[0]}": got the id more than once, expected each once')
    return lines


def read_rain(path: Path, file: RainFile) -> list[RainReading]:
    """Return the readings of a file in the tidy form of docs/forecast.md, of which `time_utc`, `station` and `rain_mm`
    are read; the time is the end of the interval, and an empty cell is not measured.

    Raises `ImportFileError` that names line, column and value of everything that is wrong, also where two intervals of
    a rain gauge overlap.
    """
    found = [
        (number, one) for number, one in _read(path, file.reading, most=MOST_LINES, needed=_COLUMNS) if one is not None
    ]
    _check_lengths(path, found, timedelta(minutes=file.minutes))
    return [one for _, one in found]


def _check_lengths(path: Path, found: Sequence[tuple[int, RainReading]], length: timedelta) -> None:
    ordered = sorted(found, key=lambda item: (item[1].rain_gauge_id, item[1].ends_at))
    wrong = [
        f"{path}: line {number}: {_overlap(one, after=one.ends_at - before.ends_at, length=length)}"
        for (_, before), (number, one) in pairwise(ordered)
        if before.rain_gauge_id == one.rain_gauge_id and one.ends_at - before.ends_at < length
    ]
    if wrong:
        raise ImportFileError(bounded(wrong))


def _overlap(one: RainReading, *, after: timedelta, length: timedelta) -> str:
    got = f"{one.ends_at.isoformat()}, {_minutes(after)} minutes after another of {one.rain_gauge_id}"
    return f"time_utc: got {got}, expected at least the {_minutes(length)} minutes of an interval"


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:g}"


def _gauge_of(row: Mapping[str, str]) -> RainGaugeLine:
    try:
        return RainGaugeLine.model_validate({key: value for key, value in row.items() if value})
    except ValidationError as error:
        raise LineError(_complaint(row, error)) from error


def _complaint(row: Mapping[str, str], error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    column = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"{column}: got a column of that name, expected id, name, lat and lon only"
    return f"{column}: got {shown(row.get(column, ''))}, expected: {first['msg']}"


def _read(
    path: Path, read: Callable[[Mapping[str, str]], _Found], *, most: int, needed: Sequence[str] = ()
) -> list[tuple[int, _Found]]:
    """Return what is read of each line, with its number; raises `ImportFileError`."""
    found: list[tuple[int, _Found]] = []
    wrong: list[str] = []
    for number, row in _rows(path, most, needed):
        try:
            found.append((number, read(row)))
        except LineError as error:
            wrong.append(f"{path}: line {number}: {error}")
    if wrong:
        raise ImportFileError(bounded(wrong))
    if not found:
        raise ImportFileError(f"{path}: got no lines, expected a heading and at least one line")
    return found


def _rows(path: Path, most: int, needed: Sequence[str]) -> Iterator[_Line]:
    """Yield each line by its columns, with its number; raises `ImportFileError`."""
    try:
        reader = csv.DictReader(StringIO(read_bytes(path).decode("utf-8-sig")), strict=True)
        _check_heading(path, reader.fieldnames or (), needed)
        for count, row in enumerate(reader, start=1):
            if count > most:
                raise ImportFileError(f"{path}: got more than {most} lines, expected at most so many")
            if None in row:
                raise ImportFileError(f"{path}: line {reader.line_num}: got more fields than the heading has")
            yield reader.line_num, {key: (value or "").strip() for key, value in row.items()}
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path}: not readable as UTF-8: {error}") from error
    except csv.Error as error:
        raise ImportFileError(f"{path}: not readable as CSV: {error}") from error


def _check_heading(path: Path, columns: Sequence[str], needed: Sequence[str]) -> None:
    if missing := [name for name in needed if name not in columns]:
        heading = shown(",".join(columns))
        raise ImportFileError(f"{path}: line 1: got the columns {heading}, expected also {', '.join(missing)}")
