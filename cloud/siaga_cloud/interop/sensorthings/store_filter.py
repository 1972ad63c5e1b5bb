"""Translates parsed OData filters into SQL conditions: names are looked up in the model, and values become
parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final, Literal, TypeAlias

import shapely
from odata_query import ast

from siaga_cloud.interop.sensorthings.ids import observation_key
from siaga_cloud.interop.sensorthings.store_functions import FUNCTIONS
from siaga_cloud.interop.sensorthings.store_model import SETS, Column, EntitySet, Link

Node: TypeAlias = ast._Node  # noqa: SLF001 - the library's only name for any node
ExprKind: TypeAlias = Literal[
    "text", "number", "time", "interval", "point", "list", "observation_id", "boolean", "null", "polygon", "duration"
]
MAX_DEPTH: Final = 40
MAX_LINKS: Final = 8
_COMPARATORS: Final[Mapping[type, str]] = {
    ast.Eq: "=", ast.NotEq: "IS DISTINCT FROM", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_ARITHMETIC: Final[Mapping[type, str]] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARABLE: Final = ("text", "number", "time", "boolean", "duration")
_CASTS: Final = {
    "text": "text", "number": "float8", "time": "timestamptz", "boolean": "boolean", "duration": "interval",
    "point": "point", "polygon": "polygon",
}  # fmt: skip


class FilterError(Exception):
    """A filter cannot be understood or names something unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expr:
    """Represents a piece of SQL and its type; an interval has its end apart. `literal` is where the client wrote a
    text."""

    sql: str
    kind: ExprKind
    until: str = ""
    literal: str | None = None


@dataclass(slots=True)
class Compiler:
    """Compiles one filter. `values` collects the parameters of the SQL."""

    entity: EntitySet
    alias: str
    values: dict[str, Any]
    _joined: dict[tuple[str, ...], tuple[EntitySet, str]] = field(default_factory=dict)
    _links: int = 0

    def condition(self, node: Node) -> str:
        """SQL of a boolean; raises FilterError."""
        return self._boolean(node, 0)

    def _boolean(self, node: Node, depth: int) -> str:
        if depth > MAX_DEPTH:
            raise FilterError(f"$filter: expected at most {MAX_DEPTH} levels of brackets")
        match node:
            case ast.BoolOp(op=op, left=left, right=right):
                word = "AND" if isinstance(op, ast.And) else "OR"
                return f"({self._boolean(left, depth + 1)} {word} {self._boolean(right, depth + 1)})"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return f"(NOT coalesce({self._boolean(operand, depth + 1)}, false))"
            case _:
                return self._leaf(node, depth)

    def _leaf(self, node: Node, depth: int) -> str:
        """Return a comparison or call; where it looks at linked entities, that there is one for which it holds."""
        with self._joining():
            found = self._expr(node, depth + 1)
            if found.kind != "boolean":
                raise FilterError(f"$filter: got {found.kind}, expected something that is true or false")
            joined = dict(self._joined)
        if not joined:
            return found.sql
        sources = ", ".join(f"({entity.relation}) AS {alias}" for entity, alias in joined.values())
        on = " AND ".join(self._on(chain, joined) for chain in joined)
        return f"EXISTS (SELECT FROM {sources} WHERE {on} AND {found.sql})"

    @contextmanager
    def _joining(self) -> Iterator[None]:
        held, self._joined = self._joined, {}
        try:
            yield
        finally:
            self._joined = held

    def _on(self, chain: tuple[str, ...], joined: Mapping[tuple[str, ...], tuple[EntitySet, str]]) -> str:
        entity, alias = joined[chain[:-1]] if len(chain) > 1 else (self.entity, self.alias)
        return join(entity.links[chain[-1]], alias, joined[chain][1])

    def _expr(self, node: Node, depth: int) -> Expr:
        if depth > MAX_DEPTH:
            raise FilterError(f"$filter: expected at most {MAX_DEPTH} levels of brackets")
        match node:
            case ast.Identifier() | ast.Attribute():
                return self._path(path_of(node))
            case ast.Compare(comparator=ast.In(), left=left, right=ast.List(val=items)):
                return self._any_of(left, items, depth)
            case ast.Compare(comparator=comparator, left=left, right=right):
                return self._compare(type(comparator), self._expr(left, depth + 1), self._expr(right, depth + 1))
            case ast.BinOp(op=op, left=left, right=right):
                return _calculate(op, self._expr(left, depth + 1), self._expr(right, depth + 1))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Expr(sql=f"(- {_need(self._expr(operand, depth + 1), 'number').sql})", kind="number")
            case ast.BoolOp() | ast.UnaryOp():
                return Expr(sql=self._boolean(node, depth + 1), kind="boolean")
            case ast.Call(func=func, args=args):
                return self._call(".".join((*func.namespace, func.name)), [self._expr(one, depth + 1) for one in args])
            case _:
                return self._literal(node)

    def _path(self, names: Sequence[str]) -> Expr:
        entity, alias = self.entity, self.alias
        chain: tuple[str, ...] = ()
        while names and names[0] in entity.links:
            chain = (*chain, names[0])
            if chain not in self._joined:
                self._links += 1
                if self._links > MAX_LINKS:
                    raise FilterError(f"$filter: expected at most {MAX_LINKS} ways to other entities")
                self._joined[chain] = (SETS[entity.links[names[0]].target], f"{self.alias}_{self._links}")
            entity, alias = self._joined[chain]
            names = names[1:]
        return column_of(entity, alias, names)

    def _compare(self, comparator: type, left: Expr, right: Expr) -> Expr:
        if "null" in (left.kind, right.kind):
            return _against_null(comparator, left, right)
        if left.kind == "observation_id" or right.kind == "observation_id":
            return self._observation(comparator, left, right)
        if right.kind == "interval":
            left, right, comparator = right, left, _turned(comparator)
        if left.kind == "interval":
            return _interval(comparator, left, _need(right, "time"))
        if left.kind != right.kind or left.kind not in _COMPARABLE:
            raise FilterError(f"$filter: {left.kind} cannot be compared with {right.kind}")
        return Expr(sql=f"({left.sql} {_COMPARATORS[comparator]} {right.sql})", kind="boolean")

    def _observation(self, comparator: type, left: Expr, right: Expr) -> Expr:
        """Its id is made of its Datastream and time, by which it is found through the index."""
        own, given = (left, right) if left.kind == "observation_id" else (right, left)
        if comparator is not ast.Eq or given.literal is None:
            raise FilterError("$filter: ids of Observations can only be asked by eq and a text")
        key = observation_key(given.literal)
        if key is None:
            return Expr(sql="false", kind="boolean")
        gauge, kind, at = (self._value(one, like) for one, like in zip(key, ("text", "text", "time"), strict=True))
        alias = own.sql
        sql = f"({alias}.gauge_id = {gauge} AND {alias}.property_id = {kind} AND {alias}.phenomenon = {at})"
        return Expr(sql=sql, kind="boolean")

    def _any_of(self, left: Node, items: Sequence[Node], depth: int) -> Expr:
        found = self._expr(left, depth + 1)
        each = [self._compare(ast.Eq, found, self._expr(one, depth + 1)).sql for one in items]
        return Expr(sql=f"({' OR '.join(each)})", kind="boolean")

    def _call(self, name: str, args: Sequence[Expr]) -> Expr:
        known = FUNCTIONS.get(name)
        if not known:
            raise FilterError(f"$filter: there is no function {name[:40]!r}")
        kinds = tuple(one.kind for one in args)
        for function in known:
            if function.expects == kinds:
                return Expr(sql=function.sql.format(*(one.sql for one in args)), kind=function.gives)
        wanted = " or ".join(f"{name}({', '.join(one.expects)})" for one in known)
        raise FilterError(f"$filter: got {name}({', '.join(kinds)}), expected {wanted}")

    def _literal(self, node: Node) -> Expr:
        try:
            return self._known_literal(node)
        except (ValueError, OverflowError, shapely.GEOSException) as error:
            raise FilterError(f"$filter: {type(node).__name__} {getattr(node, 'val', '')!r:.60} is none") from error

    def _known_literal(self, node: Node) -> Expr:
        match node:
            case ast.Null():
                return Expr(sql="NULL", kind="null")
            case ast.Boolean():
                return self._given(node.py_val, "boolean")
            case ast.Integer() | ast.Float():
                return self._given(_finite(float(node.val)), "number")
            case ast.String() | ast.GUID():
                return self._given(node.val.replace("\0", ""), "text")
            case ast.DateTime():
                return self._given(_aware(node.py_val), "time")
            case ast.Date():
                return self._given(datetime.combine(node.py_val, time(), UTC), "time")
            case ast.Duration():
                return self._given(node.py_val, "duration")
            case ast.Geography():
                return self._geometry(shapely.from_wkt(node.val))
            case _:
                raise FilterError(f"$filter: {type(node).__name__} is not known here")

    def _geometry(self, shape: Any) -> Expr:
        if isinstance(shape, shapely.Point) and not shape.is_empty:
            return self._given(f"({_finite(shape.x)},{_finite(shape.y)})", "point")
        if isinstance(shape, shapely.Polygon) and not shape.is_empty and not shape.interiors:
            corners = ",".join(f"({_finite(x)},{_finite(y)})" for x, y, *_ in shape.exterior.coords)
            return self._given(f"({corners})", "polygon")
        raise FilterError("$filter: expected geography'POINT(lon lat)' or a POLYGON without holes")

    def _given(self, value: Any, kind: ExprKind) -> Expr:
        return Expr(sql=self._value(value, kind), kind=kind, literal=value if kind == "text" else None)

    def _value(self, value: Any, kind: str) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s::{_CASTS[kind]}"


def join(link: Link, alias: str, other: str) -> str:
    """Return the condition of a link between two relations."""
    pairs = zip(link.here, link.there, strict=True)
    return " AND ".join(f"{alias}.{here} = {other}.{there}" for here, there in pairs)


def path_of(node: Node) -> list[str]:
    """Datastream/Thing/name as its names; raises FilterError."""
    match node:
        case ast.Identifier(name=name, namespace=()):
            return [name]
        case ast.Attribute(owner=owner, attr=attr):
            return [*path_of(owner), attr]
        case _:
            raise FilterError("$filter: expected a property's name")


def column_of(entity: EntitySet, alias: str, names: Sequence[str]) -> Expr:
    """Return the property of that path; raises FilterError."""
    column = entity.properties.get("/".join(names))
    if column is None:
        raise FilterError(f"{entity.name} has no property {'/'.join(names)[:60]!r}")
    return _column(column, alias)


def _column(column: Column, alias: str) -> Expr:
    match column.kind:
        case "interval":
            start, end = f"{alias}.{column.name}_from", f"{alias}.{column.name}_to"
            return Expr(sql=start, until=end, kind="interval")
        case "point":
            return Expr(sql=f"point({alias}.lon, {alias}.lat)", kind="point")
        case "observation_id":
            return Expr(sql=alias, kind="observation_id")
        case _:
            return Expr(sql=f"{alias}.{column.name}", kind=column.kind)


def _against_null(comparator: type, left: Expr, right: Expr) -> Expr:
    held = right if left.kind == "null" else left
    if comparator not in (ast.Eq, ast.NotEq):
        raise FilterError("$filter: null can only be compared by eq and ne")
    if held.kind in ("null", "observation_id"):
        return Expr(sql="true" if (held.kind == "null") is (comparator is ast.Eq) else "false", kind="boolean")
    return Expr(sql=f"({held.sql} IS {'NOT ' if comparator is ast.NotEq else ''}NULL)", kind="boolean")


def _interval(comparator: type, span: Expr, at: Expr) -> Expr:
    """After means that it begins after, before that it ends before; equal that it holds the time."""
    match comparator():
        case ast.Eq():
            sql = f"({at.sql} BETWEEN {span.sql} AND {span.until})"
        case ast.NotEq():
            sql = f"({at.sql} BETWEEN {span.sql} AND {span.until}) IS NOT TRUE"
        case ast.Gt() | ast.GtE():
            sql = f"({span.sql} {_COMPARATORS[comparator]} {at.sql})"
        case _:
            sql = f"({span.until} {_COMPARATORS[comparator]} {at.sql})"
    return Expr(sql=sql, kind="boolean")


def _turned(comparator: type) -> type:
    turned: Mapping[type, type] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
    return turned.get(comparator, comparator)


def _calculate(op: ast._BinOpToken, left: Expr, right: Expr) -> Expr:
    sign = _ARITHMETIC.get(type(op))
    if (left.kind, right.kind) == ("time", "duration") and sign in ("+", "-"):
        return Expr(sql=f"({left.sql} {sign} {right.sql})", kind="time")
    a, b = _need(left, "number").sql, _need(right, "number").sql
    # float8 has no remainder, and a wrong division is the caller's error.
    return Expr(sql=f"({a} {sign} {b})" if sign else f"mod(({a})::numeric, ({b})::numeric)::float8", kind="number")


def _need(found: Expr, kind: ExprKind) -> Expr:
    if found.kind != kind:
        raise FilterError(f"$filter: got {found.kind}, expected {kind}")
    return found


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(value)
    return value


def _aware(at: datetime | date) -> datetime:
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise FilterError(f"$filter: got {at}, expected a time with its zone like 2026-11-24T00:00:00Z")
    return at.astimezone(UTC)
