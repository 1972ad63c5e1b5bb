"""The requests that are made: every GET address with and without each of its parameters, over the whole year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, Final
from urllib.parse import urlencode

_NAME: Final = re.compile(r"\{(\w+)\}")
_STREAMS: Final = ("/live", "/stream", "/archive")
_MOST_ROWS: Final = 1_000_000  # of a parameter without an upper limit, such as $top


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Values for parameters: `paths` by the name in the address, `queries` by the name after the question mark. A span
    of time is the year before `end`.
    """

    paths: Mapping[str, Sequence[str]]
    queries: Mapping[str, str]
    end: datetime


def requests(described: Mapping[str, Any], examples: Examples) -> Iterator[str]:
    """Yield addresses of a description in OpenAPI: without its optional parameters, then with each of them alone, then
    with the whole span and the most rows together.
    """
    for path, operations in described["paths"].items():
        names = _NAME.findall(path)
        if "get" not in operations or path.endswith(_STREAMS) or any(name not in examples.paths for name in names):
            continue
        queries = list(_queries(operations["get"].get("parameters", ()), described, examples))
        for values, query in product(product(*(examples.paths[name] for name in names)), queries):
            address = path.format(**dict(zip(names, values, strict=True)))
            yield f"{address}?{urlencode(query)}" if query else address


def _queries(parameters: Any, described: Mapping[str, Any], examples: Examples) -> Iterator[dict[str, str]]:
    """The required parameters with one value each, then the others on top of them."""
    required: dict[str, str] = {}
    optional: dict[str, list[str]] = {}
    for one in parameters:
        if one["in"] != "query":
            continue
        values = list(_values(one["name"], _resolved(one["schema"], described), examples))
        if not one.get("required"):
            optional[one["name"]] = values
        elif values:
            required[one["name"]] = values[0]
        else:
            return
    yield required
    for name, values in optional.items():
        for value in values:
            yield {**required, name: value}
    widest = {name: values[-1] for name, values in optional.items() if name in _WIDE and values}
    if len(widest) > 1:
        yield {**required, **widest}


_BEGINNINGS: Final = ("from", "since", "startTime", "start_date", "updated_after")
_ENDS: Final = ("to", "until", "endTime", "end_date", "at", "updated_before")
_WIDE: Final = {*_BEGINNINGS, *_ENDS, "limit", "$top", "page_size", "days", "hours", "count"}


def _values(name: str, schema: Mapping[str, Any], examples: Examples) -> Iterator[str]:
    if name in _BEGINNINGS:
        yield _written(examples.end - timedelta(days=365))
    elif name in _ENDS:
        yield _written(examples.end)
    elif name in examples.queries:
        yield examples.queries[name]
    elif "enum" in schema:
        yield from map(str, schema["enum"])
    elif schema.get("type") == "boolean":
        yield "true"
    elif name in _WIDE and schema.get("type") == "integer":
        yield str(min(schema.get("maximum", _MOST_ROWS), _MOST_ROWS))


def _resolved(schema: Mapping[str, Any], described: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself: of what it names, of the items of an array, of what it may be besides null."""
    while True:
        if "$ref" in schema:
            schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif schema.get("type") == "array":
            schema = schema["items"]
        elif "anyOf" in schema:
            schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
        else:
            return schema


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
