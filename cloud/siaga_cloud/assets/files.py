"""Reads the CSV files of pumps and gates, and of their states."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import AwareDatetime, Field, ValidationError, field_validator, model_validator

from siaga_cloud.platform.import_errors import FileModel, ImportFileError, bounded, read_bytes
from siaga_core.rules.assets.state import CONDITIONS_OF_KIND, DUTIES_OF_KIND, Condition
from siaga_core.wire.ids import Name

MAX_LINES: Final = 100_000
_Line = TypeVar("_Line", bound=FileModel)


class AssetLine(FileModel):
    """One line of a file of assets; a pump has to run, and of a gate the file says whether it has to open or close."""

    id: Name
    kind: Literal["pump", "gate"]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    name_en: Annotated[str, Field(max_length=120)] = ""
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    gauge: Name | None = None
    works_as: Condition | None = None
    works_from_cm: Annotated[float | None, Field(ge=-5000, le=5000)] = None
    capacity_m3s: Annotated[float | None, Field(gt=0, le=10_000)] = None
    rated_kw: Annotated[float | None, Field(gt=0, le=100_000)] = None
    stale_seconds: Annotated[int, Field(ge=60, le=604_800)] = 900

    @model_validator(mode="after")
    def _has_a_duty_of_its_kind(self) -> Self:
        if self.works_as is not None and self.works_as not in DUTIES_OF_KIND[self.kind]:
            raise ValueError(f"works_as of a {self.kind}: one of {', '.join(sorted(DUTIES_OF_KIND[self.kind]))}")
        if self.works_from_cm is not None and self.gauge is None:
            raise ValueError("works_from_cm together with the gauge that it is read at")
        if self.kind == "gate" and self.works_from_cm is not None and self.works_as is None:
            raise ValueError("works_from_cm of a gate together with works_as")
        return self

    @property
    def duty(self) -> Condition:
        """The state in which it works; of a gate of which nothing is said, open."""
        return self.works_as or ("running" if self.kind == "pump" else "open")


class StateLine(FileModel):
    """One line of a file of states."""

    asset: Name
    measured_at: AwareDatetime
    state: Condition
    capacity_share: Annotated[float | None, Field(ge=0, le=1)] = None
    power_kw: Annotated[float | None, Field(ge=0, le=100_000)] = None
    level_difference_cm: Annotated[float | None, Field(ge=-5000, le=5000)] = None

    @field_validator("state")
    @classmethod
    def _is_a_state(cls, value: Condition) -> Condition:
        if not any(value in states for states in CONDITIONS_OF_KIND.values()):
            raise ValueError("a state of a pump or gate")
        return value


def read_assets(path: Path) -> list[AssetLine]:
    """Return the assets of a CSV file; raises `ImportFileError` naming every wrong line, or an id given twice."""
    lines = _read(path, AssetLine)
    ids = [one.id for one in lines]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise ImportFileError(f'{path}: asset "{twice[0]}": given twice, expected each id once')
    return lines


def read_states(path: Path) -> list[StateLine]:
    """Return the states of a CSV file; raises `ImportFileError` naming every wrong line."""
    return _read(path, StateLine)


def _read(path: Path, model: type[_Line]) -> list[_Line]:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path}: not readable as UTF-8: {error}") from error
    found: list[_Line] = []
    wrong: list[str] = []
    try:
        for number, row in _rows(path, text):
            try:
                found.append(model.model_validate(row))
            except ValidationError as error:
                wrong.append(f"{path}: line {number}: {_complaint(error)}")
    except csv.Error as error:
        raise ImportFileError(f"{path}: not readable as CSV: {error}") from error
    if wrong:
        raise ImportFileError(bounded(wrong))
    if not found:
        raise ImportFileError(f"{path}: got no lines, expected a heading and at least one line")
    return found


def _rows(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield each line with what it gives; an empty field is one that is not given."""
    reader = csv.DictReader(StringIO(text), strict=True)
    for number, row in enumerate(reader, start=2):
        if number > MAX_LINES + 1:
            raise ImportFileError(f"{path}: got more than {MAX_LINES} lines")
        if None in row:
            raise ImportFileError(f"{path}: line {number}: got more fields than the heading has")
        yield number, {key: value.strip() for key, value in row.items() if value is not None and value.strip()}


def _complaint(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = str(first["loc"][0]) if first["loc"] else "line"
    return f"{where}: {first['msg']}"
