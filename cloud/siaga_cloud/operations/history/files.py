"""Reads and checks a history as files: complaints.csv(.gz) with their outcomes, and readings-*.csv(.gz) of gauges."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from siaga_cloud.platform.import_errors import ImportFileError, shown

MAX_LINE_CHARACTERS: Final = 8000


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


Empty = BeforeValidator(_none_if_empty)
When = Annotated[AwareDatetime | None, Empty]


class PastComplaint(BaseModel):
    """Represents one line of complaints.csv. The first of several alike states the outcome; the others name it in
    same_as.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    same_as: Annotated[str | None, Empty] = None
    channel: Annotated[str, Field(pattern=r"^[a-z0-9_-]{2,32}$")]
    category: Annotated[str, Field(pattern=r"^[a-z_]{2,32}$")]
    severity: Literal["minor", "moderate", "severe"]
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    kelurahan: Annotated[str | None, Empty] = None
    reported_at: AwareDatetime
    reporter: Annotated[str, Field(min_length=1, max_length=200)]
    words: Annotated[str, Field(max_length=4000)] = ""
    agency: Annotated[str | None, Empty] = None
    officer: Annotated[str | None, Empty] = None
    acknowledged_at: When = None
    arrived_at: When = None
    resolved_at: When = None
    closed_at: When = None
    outcome: Annotated[Literal["open", "resolved", "verified", "dismissed"] | None, Empty] = None
    reopened: Annotated[int, Field(ge=0, le=50)] = 0

    @model_validator(mode="after")
    def _holds_together(self) -> PastComplaint:
        if (self.same_as is None) == (self.outcome is None):
            raise ValueError("expected either same_as or an outcome")
        if self.outcome in ("resolved", "verified") and self.resolved_at is None:
            raise ValueError(f"resolved_at: expected a time, since the outcome is {self.outcome}")
        if self.outcome not in (None, "open") and self.closed_at is None:
            raise ValueError(f"closed_at: expected a time, since the outcome is {self.outcome}")
        times = [self.reported_at, self.acknowledged_at, self.arrived_at, self.resolved_at, self.closed_at]
        known = [time for time in times if time is not None]
        if known != sorted(known):
            raise ValueError(
                "expected times that follow one another: reported, acknowledged, arrived, resolved, closed"
            )
        return self


def read_complaints(path: Path) -> Iterator[tuple[int, PastComplaint]]:
    """(line, complaint) for each line; raises `ImportFileError` at the first that is wrong."""
    with _open(path) as file:
        lines = csv.DictReader(_bounded(path, file))
        _require_columns(path, lines.fieldnames or (), PastComplaint)
        for row in lines:
            yield lines.line_num, _complaint(path, lines.line_num, row)


def read_readings(path: Path) -> Iterator[tuple[str, datetime, float | None]]:
    """(gauge, measured_at, level_cm) of each line; an empty level is "no reading". Raises `ImportFileError`."""
    with _open(path) as file:
        lines = csv.reader(_bounded(path, file))
        header = next(lines, [])
        if header != ["gauge", "measured_at", "level_cm"]:
            raise ImportFileError(f"{path}: got the columns {shown(header)}, expected gauge, measured_at, level_cm")
        for row in lines:
            yield _reading(path, lines.line_num, row)


def _reading(path: Path, line: int, row: list[str]) -> tuple[str, datetime, float | None]:
    try:
        gauge, at, level = row
        return gauge, _aware(at), float(level) if level else None
    except ValueError as error:
        raise ImportFileError(f"{path} line {line}: got {shown(row)}: {error}") from error


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("expected a time with its zone")
    return at


def _complaint(path: Path, line: int, row: dict[str | Any, Any]) -> PastComplaint:
    try:
        return PastComplaint.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        got = f"{key}: got {shown(first['input'])}: " if key else ""
        raise ImportFileError(f"{path} line {line}: {got}{first['msg']}") from error


def _open(path: Path) -> IO[str]:
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8", newline="")
        return path.open(encoding="utf-8", newline="")
    except OSError as error:
        raise ImportFileError(f"{path}: {error.strerror or error}") from error


def _bounded(path: Path, file: IO[str]) -> Iterator[str]:
    """Lines, none longer than a line may be: a file of one endless line does not fill the memory."""
    try:
        number = 0
        while line := file.readline(MAX_LINE_CHARACTERS + 1):
            number += 1
            if len(line) > MAX_LINE_CHARACTERS:
                raise ImportFileError(f"{path} line {number}: expected at most {MAX_LINE_CHARACTERS} characters")
            yield line
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise ImportFileError(f"{path}: not readable: {error}") from error


def _require_columns(path: Path, got: Sequence[str], model: type[BaseModel]) -> None:
    wanted = {name for name, field in model.model_fields.items() if field.is_required()}
    if missing := sorted(wanted - set(got)):
        raise ImportFileError(f"{path}: got no column {', '.join(missing)}, expected {', '.join(model.model_fields)}")
    if unknown := sorted(set(got) - set(model.model_fields)):
        raise ImportFileError(f"{path}: got the unknown column {', '.join(unknown)}")
