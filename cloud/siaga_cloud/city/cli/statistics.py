"""Defines `siaga-cloud admin import statistics FILE.csv`, which imports data of areas such as population."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError, field_validator

from siaga_cloud.city.store import area_context
from siaga_cloud.city.store.area_context import AreaName, StatisticRow
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.import_errors import FileModel, ImportFileError, bounded, read_bytes, shown

MAX_LINES: Final = 500_000
_VALUES = ("name", "value", "as_of", "source")


class _Line(FileModel):
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
    value: float
    as_of: date
    source: Annotated[str, Field(min_length=1, max_length=200)]

    @field_validator("value")
    @classmethod
    def _is_a_number(cls, value: float) -> float:
        if not math.isfinite(value):
            raise ValueError("a finite number")
        return value


class _Areas:
    """Finds areas by code, and by name together with the name or code of the area above."""

    def __init__(self, areas: Sequence[AreaName]) -> None:
        self._codes = {area.id for area in areas}
        self._named: dict[str, list[AreaName]] = defaultdict(list)
        for area in areas:
            self._named[area.name.casefold()].append(area)

    def of(self, row: Mapping[str, str]) -> str:
        """Return the id of the area that a line names; raises ValueError with what was expected."""
        if "code" in row:
            if row["code"] not in self._codes:
                raise ValueError(f"code: got {shown(row['code'])}, expected the code of an imported area")
            return row["code"]
        above = row["parent"].casefold()
        found = [one for one in self._named[row["area"].casefold()] if above in _names_above(one)]
        match [one.id for one in found]:
            case [only]:
                return only
            case []:
                label = f"{shown(row['area'])} in {shown(row['parent'])}"
                raise ValueError(f"area: got {label}, expected the name of an imported area and of the one above it")
            case several:
                raise ValueError(
                    f"area: got {shown(row['area'])}, which is {', '.join(several)}; expected one: use code"
                )


def _names_above(area: AreaName) -> set[str]:
    return {(area.parent_id or "").casefold(), (area.parent_name or "").casefold()}


def load_statistics(conn: Connection, path: Path) -> str:
    """Imports statistics; what is named again is brought up to date. What was done, in words."""
    areas = _Areas(area_context.area_names(conn))
    rows: dict[tuple[str, str], StatisticRow] = {}
    lines: dict[tuple[str, str], int] = {}
    complaints: list[str] = []
    for number, line in _lines(path):
        try:
            row = _row(line, areas)
        except ValueError as error:
            complaints.append(f"{path} line {number}: {error}")
            continue
        key = (row.area_id, row.name)
        if key in rows:
            complaints.append(
                f"{path} line {number}: got {row.name} of {row.area_id} again (line {lines[key]}), expected it once"
            )
        rows[key], lines[key] = row, lines.get(key, number)
    if complaints or not rows:
        raise ImportFileError(bounded(complaints) or f"{path}: got no lines, expected at least one")
    area_context.save_statistics(conn, list(rows.values()))
    names = sorted({name for _, name in rows})
    return f"{len(rows)} statistics ({', '.join(names[:12])}) of {len({area for area, _ in rows})} areas"


def _row(line: dict[str, str], areas: _Areas) -> StatisticRow:
    area_id = areas.of(line)
    try:
        read = _Line.model_validate({key: line[key] for key in _VALUES})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = str(first["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
        raise ValueError(f"{first['loc'][0]}: got {shown(first['input'])}, expected {message}") from error
    return StatisticRow(area_id=area_id, **read.model_dump())


def _lines(path: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        reader = csv.DictReader(StringIO(read_bytes(path).decode("utf-8-sig"), newline=""), strict=True)
        _check_columns(path, reader.fieldnames or ())
        lines = []
        for row in reader:
            if None in row or None in row.values():
                raise ImportFileError(f"{path} line {reader.line_num}: expected as many columns as the header has")
            lines.append((reader.line_num, row))
            if len(lines) > MAX_LINES:
                raise ImportFileError(f"{path}: expected at most {MAX_LINES} lines")
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportFileError(f"{path}: not readable as CSV: {error}") from error
    return lines


def _check_columns(path: Path, got: Sequence[str]) -> None:
    if sorted(got) not in (sorted(("code", *_VALUES)), sorted(("area", "parent", *_VALUES))):
        raise ImportFileError(
            f"{path}: got the columns {', '.join(got) or 'none'}, expected code (or area and parent),"
            f" {', '.join(_VALUES)}"
        )
