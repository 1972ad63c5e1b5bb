"""Reads the CSV files of a new city: a header line, then one line for each gauge, camera or agency."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from siaga_cloud.platform.import_errors import ImportFileError, bounded, read_bytes, shown

MAX_LINES: Final = 20_000
_Model = TypeVar("_Model", bound=BaseModel)
_MOST_ID = 48
_STARTS = {"Input should be ": "", "Value error, ": "", "String should match pattern": "text that matches"}
_SECRET = {"address"}  # it may hold a password, and complaints are copied into messages to others


def read_rows(
    path: Path, model: type[_Model], *, required: Sequence[str], lists: Sequence[str] = ()
) -> tuple[_Model, ...]:
    """Return the lines of a CSV file as models; raises `ImportFileError` naming line, column, value and expectation.

    The columns are the fields of the model; an empty cell counts as left out. Columns of `lists` hold several values,
    separated by semicolons. An id that is left out is made from the name.
    """
    complaints: list[str] = []
    rows: list[_Model] = []
    for number, cells in _lines(path, columns=tuple(model.model_fields), required=required):
        try:
            rows.append(model.model_validate(_values(cells, lists)))
        except ValidationError as error:
            complaints += [_complaint(path, number, item) for item in error.errors(include_url=False)]
    complaints += _repeated(path, [str(getattr(row, "id", "")) for row in rows])
    if complaints or not rows:
        raise ImportFileError(bounded(complaints) or f"{path}: got no lines, expected at least one after the header")
    return tuple(rows)


def identifier(name: str) -> str:
    """Return an id made from a name: `Água Fria, jusante` becomes `agua-fria-jusante`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MOST_ID].strip("-")


def _values(cells: Mapping[str, str], lists: Sequence[str]) -> dict[str, Any]:
    given: dict[str, Any] = {key: value.strip() for key, value in cells.items() if value.strip()}
    for key in lists:
        if key in given:
            given[key] = tuple(part.strip() for part in given[key].split(";") if part.strip())
    if "id" not in given and "name" in given:
        given["id"] = identifier(given["name"])
    return given


def _lines(path: Path, *, columns: Sequence[str], required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    try:
        reader = csv.DictReader(StringIO(read_bytes(path).decode("utf-8-sig"), newline=""), strict=True)
        _check_header(path, reader.fieldnames or (), columns, required)
        lines: list[tuple[int, dict[str, str]]] = []
        for row in reader:
            if None in row or None in row.values():
                raise ImportFileError(f"{path}: line {reader.line_num}: expected as many columns as the header has")
            lines.append((reader.line_num, row))
            if len(lines) > MAX_LINES:
                raise ImportFileError(f"{path}: expected at most {MAX_LINES} lines")
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportFileError(f"{path}: not readable as CSV: {error}") from error
    return lines


def _check_header(path: Path, got: Iterable[str], columns: Sequence[str], required: Sequence[str]) -> None:
    held = list(got)
    unknown = [name for name in held if name not in columns]
    missing = [name for name in required if name not in held]
    if missing:
        raise ImportFileError(f"{path}: header: got {shown(','.join(held))}, expected the columns {', '.join(missing)}")
    if unknown:
        raise ImportFileError(f"{path}: header: got the column {shown(unknown[0])}, expected only {', '.join(columns)}")
    if len(set(held)) != len(held):
        raise ImportFileError(f"{path}: header: got {shown(','.join(held))}, expected each column once")


def _complaint(path: Path, number: int, item: Any) -> str:
    key = str(item["loc"][0]) if item["loc"] else "line"
    if key in _SECRET:
        item = {**item, "input": "***"}
    got = "nothing" if item["type"] == "missing" else shown(item["input"] if item["loc"] else "these values")
    message = str(item["msg"])
    for start, instead in _STARTS.items():
        message = message.replace(start, instead)
    expected = "a value" if item["type"] == "missing" else message
    return f"{path}: line {number}: {key}: got {got}, expected {expected}"


def _repeated(path: Path, ids: Sequence[str]) -> list[str]:
    return [
        f"{path}: {one}: given {times} times, expected each id once"
        for one, times in sorted(Counter(ids).items())
        if times > 1
    ]
