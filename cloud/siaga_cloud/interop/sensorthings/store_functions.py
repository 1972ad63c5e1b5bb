"""Defines the functions of SensorThings filters: their arguments, results and SQL, in which {0} and {1} are the
arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Function:
    """Represents one way to call a function."""

    expects: tuple[str, ...]
    gives: Any
    sql: str


_TT: Final = ("text", "text")


def _part(name: str) -> tuple[Function, ...]:
    return (Function(("time",), "number", f"extract({name} FROM {{0}} AT TIME ZONE 'UTC')::float8"),)


def _number(sql: str) -> tuple[Function, ...]:
    return (Function(("number",), "number", sql),)


# Those of geometries are in store_geometry.
FUNCTIONS: Final[Mapping[str, tuple[Function, ...]]] = {
    "substringof": (Function(_TT, "boolean", "(strpos({1}, {0}) > 0)"),),
    "contains": (Function(_TT, "boolean", "(strpos({0}, {1}) > 0)"),),
    "startswith": (Function(_TT, "boolean", "starts_with({0}, {1})"),),
    "endswith": (Function(_TT, "boolean", "(right({0}, char_length({1})) = {1})"),),
    "indexof": (Function(_TT, "number", "(strpos({0}, {1}) - 1)::float8"),),
    "length": (Function(("text",), "number", "char_length({0})::float8"),),
    "substring": (
        Function(("text", "number"), "text", "substr({0}, ({1})::integer + 1)"),
        Function(("text", "number", "number"), "text", "substr({0}, ({1})::integer + 1, greatest(0, ({2})::integer))"),
    ),
    "tolower": (Function(("text",), "text", "lower({0})"),),
    "toupper": (Function(("text",), "text", "upper({0})"),),
    "trim": (Function(("text",), "text", "btrim({0})"),),
    "concat": (Function(_TT, "text", "({0} || {1})"),),
    **{name: _part(name) for name in ("year", "month", "day", "hour", "minute")},
    "second": (Function(("time",), "number", "floor(extract(second FROM {0} AT TIME ZONE 'UTC'))::float8"),),
    "fractionalseconds": (
        Function(("time",), "number", "mod(extract(second FROM {0} AT TIME ZONE 'UTC'), 1)::float8"),
    ),
    "date": (Function(("time",), "time", "date_trunc('day', {0}, 'UTC')"),),
    "time": (Function(("time",), "time_of_day", "({0} AT TIME ZONE 'UTC')::time"),),
    # Every time is stored and written in UTC.
    "totaloffsetminutes": (Function(("time",), "number", "(extract(epoch FROM {0} - {0}) / 60)::float8"),),
    "now": (Function((), "time", "now()"),),
    "mindatetime": (Function((), "time", "'-infinity'::timestamptz"),),
    "maxdatetime": (Function((), "time", "'infinity'::timestamptz"),),
    "round": _number("round(({0})::numeric)::float8"),
    "floor": _number("floor({0})"),
    "ceiling": _number("ceil({0})"),
}
