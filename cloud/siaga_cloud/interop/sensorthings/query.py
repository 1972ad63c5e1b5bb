"""Parses the paths and query options of SensorThings clients; everything in them is bounded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from odata_query import grammar
from odata_query.exceptions import ODataException

from siaga_cloud.interop.sensorthings.store_filter import Node, widened
from siaga_cloud.interop.sensorthings.store_functions import FUNCTIONS
from siaga_cloud.interop.sensorthings.store_geometry import RELATIONS
from siaga_cloud.interop.sensorthings.store_model import SETS, EntitySet, Link

DEFAULT_TOP, MAX_TOP = 100, 1000
MAX_SKIP: Final = 1_000_000
MAX_EXPAND_DEPTH: Final = 4
MAX_EXPANDS: Final = 12
MAX_OPTION: Final = 2000
MAX_SEGMENTS: Final = 8
_OPTIONS: Final = ("$filter", "$expand", "$orderby", "$top", "$skip", "$count", "$select", "$resultFormat")
_SEGMENT: Final = re.compile(r"^([A-Za-z0-9_]{1,40})(?:\((?:'((?:[^']|''){0,200})'|(-?\d{1,20}))\))?$")
# Outside of texts, `id` is how the parser can read it.
_DIRECTION: Final = re.compile(r"\s+(asc|desc)$", re.IGNORECASE)
_IOT_ID: Final = re.compile(r"'(?:[^']|'')*'|@iot\.id\b")
# The parser knows those of OData; SensorThings has some more.
grammar.ODATA_FUNCTIONS.update(
    {
        name: (min(counts), max(counts))
        for name, known in FUNCTIONS.items()
        if (counts := [len(f.expects) for f in known])
    }
)
grammar.ODATA_FUNCTIONS.update({**dict.fromkeys(RELATIONS, (2, 2)), "st_relate": (3, 3)})


class StaError(Exception):
    """Represents an error answer in the terms of SensorThings."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True, kw_only=True)
class SortClause:
    """Represents one sort key: an expression, mostly the path of a property over links to single entities."""

    node: Node
    descends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Holds the query on a set. `options` are the original ones, for the link to the next page."""

    entity: EntitySet
    filter: Node | None = None
    sort_clauses: tuple[SortClause, ...] = ()
    top: int = DEFAULT_TOP
    skip: int = 0
    count: bool = False
    select: frozenset[str] | None = None
    expands: Mapping[str, Query] = field(default_factory=dict)
    is_data_array: bool = False
    options: Mapping[str, str] = field(default_factory=dict)

    def next_options(self) -> str:
        """Return the options of the next page, escaped."""
        retained = {name: text for name, text in self.options.items() if name != "$skip"}
        return urlencode({**retained, "$skip": str(self.skip + self.top)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Represents a part of a path: a name, possibly with an id."""

    name: str
    id: str | None = None


def read_path(path: str) -> list[Segment]:
    """Return the parts of a path behind the service's root; raises StaError."""
    parts = [one for one in path.strip("/").split("/") if one]
    if len(parts) > MAX_SEGMENTS:
        raise StaError(400, f"path: got {len(parts)} parts, expected at most {MAX_SEGMENTS}")
    return [_segment(one) for one in parts]


def _segment(text: str) -> Segment:
    if text in ("$ref", "$value"):
        return Segment(name=text)
    found = _SEGMENT.match(text)
    if not found:
        raise StaError(404, f"path: there is no {text[:60]!r}")
    quoted = found[2].replace("''", "'") if found[2] is not None else found[3]
    return Segment(name=found[1], id=quoted)


def read_query(entity: EntitySet, options: Sequence[tuple[str, str]]) -> Query:
    """Return the options of a request; raises StaError."""
    given: dict[str, str] = {}
    for name, text in options:
        if name.startswith("$"):
            if name in given:
                raise StaError(400, f"{name}: it is there twice")
            given[name] = text
    budget = _Budget()
    return _query(entity, given, budget, depth=0)


@dataclass(slots=True)
class _Budget:
    """Limits how many expansions one request may contain."""

    expands: int = MAX_EXPANDS

    def spend(self) -> None:
        self.expands -= 1
        if self.expands < 0:
            raise StaError(400, f"$expand: expected at most {MAX_EXPANDS} expansions")


def _query(entity: EntitySet, given: Mapping[str, str], budget: _Budget, *, depth: int) -> Query:
    for name, text in given.items():
        if name not in _OPTIONS:
            raise StaError(400, f"{name[:40]}: it is not known here, expected of {', '.join(_OPTIONS)}")
        if len(text) > MAX_OPTION:
            raise StaError(400, f"{name}: got {len(text)} characters, expected at most {MAX_OPTION}")
    return Query(
        entity=entity,
        filter=_expression("$filter", given["$filter"]) if "$filter" in given else None,
        sort_clauses=tuple(_sort_clauses(given.get("$orderby", ""))),
        top=min(_number("$top", given.get("$top"), DEFAULT_TOP), MAX_TOP),
        skip=_skip(given.get("$skip")),
        count=_flag(given.get("$count")),
        select=_select(entity, given["$select"]) if "$select" in given else None,
        expands=_expands(entity, given.get("$expand", ""), budget, depth=depth),
        is_data_array=_is_data_array(entity, given.get("$resultFormat"), depth),
        options=given,
    )


def _expression(option: str, text: str) -> Node:
    fixed = _IOT_ID.sub(lambda found: "id" if found[0] == "@iot.id" else found[0], text.strip())
    try:
        node = grammar.ODataParser().parse(grammar.ODataLexer().tokenize(fixed))
    except (ODataException, NotImplementedError) as error:
        raise StaError(400, f"{option}: it cannot be read ({str(error)[:200]})") from None
    if not isinstance(node, Node):
        raise StaError(400, f"{option}: it is empty")
    return widened(node)


def _sort_clauses(text: str) -> Iterator[SortClause]:
    for item in (one.strip() for one in split(text, ",", "$orderby")):
        found = _DIRECTION.search(item)
        node = _expression("$orderby", item[: found.start()] if found else item)
        yield SortClause(node=node, descends=found is not None and found[1].lower() == "desc")


def _is_data_array(entity: EntitySet, text: str | None, depth: int) -> bool:
    if text is None:
        return False
    if text != "dataArray" or entity.name != "Observations" or depth:
        raise StaError(400, f"$resultFormat: got {text[:40]!r}, expected dataArray of Observations, not in $expand")
    return True


def _skip(text: str | None) -> int:
    skip = _number("$skip", text, 0)
    if skip > MAX_SKIP:
        raise StaError(400, f"$skip: got {skip}, expected at most {MAX_SKIP}; narrow the filter instead")
    return skip


def _number(name: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text.strip()):
        raise StaError(400, f"{name}: got {text[:40]!r}, expected a whole number from 0")
    return int(text)


def _flag(text: str | None) -> bool:
    match (text or "false").strip().lower():
        case "true":
            return True
        case "false":
            return False
        case other:
            raise StaError(400, f"$count: got {other[:40]!r}, expected true or false")


def _select(entity: EntitySet, text: str) -> frozenset[str]:
    names = frozenset("id" if one.strip() == "@iot.id" else one.strip() for one in text.split(",") if one.strip())
    tops = {path.partition("/")[0] for path in entity.properties}
    known = {*tops, *entity.properties, *entity.links}
    unknown = [one for one in names if one not in known and one.partition("/")[0] not in entity.open_members]
    if unknown or not names:
        raise StaError(400, f"$select: {entity.name} has no {', '.join(unknown)[:60]!r}")
    return names


def _expands(entity: EntitySet, text: str, budget: _Budget, *, depth: int) -> dict[str, Query]:
    """Links that are to be shown with what they lead to; Datastreams/Sensor is a link of a link."""
    expansions: dict[str, list[dict[str, str]]] = {}
    for item in split(text, ","):
        path, options = _expand_item(item)
        link, _, rest = path.partition("/")
        if rest:
            options = {"$expand": f"{rest}({';'.join(f'{k}={v}' for k, v in options.items())})" if options else rest}
        expansions.setdefault(link, []).append(options)
    made = {}
    for name, each in expansions.items():
        if depth >= MAX_EXPAND_DEPTH:
            raise StaError(400, f"$expand: expected at most {MAX_EXPAND_DEPTH} levels")
        budget.spend()
        made[name] = _query(SETS[link_of(entity, name, "$expand").target], _merged(each), budget, depth=depth + 1)
    return made


def _merged(each: Sequence[dict[str, str]]) -> dict[str, str]:
    """Datastreams/Sensor,Datastreams/ObservedProperty is one expansion with two in it."""
    merged: dict[str, str] = {}
    for options in each:
        for name, text in options.items():
            merged[name] = f"{merged[name]},{text}" if name == "$expand" and name in merged else text
    return merged


def _expand_item(item: str) -> tuple[str, dict[str, str]]:
    path, bracket, inside = item.partition("(")
    if not bracket:
        return path.strip(), {}
    if not inside.rstrip().endswith(")"):
        raise StaError(400, f"$expand: got {item[:60]!r}, expected a closing bracket at its end")
    options = {}
    for one in split(inside.rstrip()[:-1], ";"):
        name, equals, text = one.partition("=")
        if not equals:
            raise StaError(400, f"$expand: got {one[:60]!r}, expected $option=value")
        options[name.strip()] = text.strip()
    return path.strip(), options


def link_of(entity: EntitySet, name: str, where: str) -> Link:
    """Return the link of that name; raises StaError."""
    link = entity.links.get(name)
    if link is None:
        raise StaError(400, f"{where}: {entity.name} has no {name[:60]!r}, expected of {', '.join(entity.links)}")
    return link


def split(text: str, mark: str, option: str = "$expand") -> list[str]:
    """Cuts at marks that stand outside of texts and brackets; raises StaError where those do not match."""
    parts, start, depth, quoted = [], 0, 0, False
    for at, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == mark and depth == 0:
            parts.append(text[start:at])
            start = at + 1
        if depth < 0:
            break
    if depth or quoted:
        raise StaError(400, f"{option}: got {text[:60]!r}, expected brackets and quotes that match")
    return [one for one in [*parts, text[start:]] if one.strip()]
