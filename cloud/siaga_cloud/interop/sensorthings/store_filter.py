"""Translates parsed OData filters into SQL conditions: names are looked up in the model, and values become
parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final, TypeAlias

import shapely
from odata_query import ast

from siaga_cloud.interop.sensorthings.ids import observation_key
from siaga_cloud.interop.sensorthings.store_expr import (
    CASTS,
    Expr,
    ExprKind,
    FilterError,
    calculate,
    column_of,
    compare,
    need,
    textual,
)
from siaga_cloud.interop.sensorthings.store_functions import FUNCTIONS
from siaga_cloud.interop.sensorthings.store_geometry import (
    RELATIONS,
    GeometryError,
    distance,
    length,
    read_shape,
    relate,
    relation,
)
from siaga_cloud.interop.sensorthings.store_model import SETS, EntitySet, Link

Node: TypeAlias = ast._Node  # noqa: SLF001 - the library's only name for any node
MAX_DEPTH: Final = 40
MAX_LINKS: Final = 8
_MAX_LINKS_IN_SEQUENCE: Final = 3


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

    def sort_key(self, node: Node) -> Expr:
        """SQL of one value for each entity, which may be one of a linked entity; raises FilterError."""
        with self._joining():
            found = textual(self._expr(node, 0))
            joined = dict(self._joined)
        if found.kind in ("point", "shape", "list", "object", "null"):
            raise FilterError(f"$orderby: {found.kind} has no order")
        if any(self._is_many(chain, joined) for chain in joined) or len(joined) > _MAX_LINKS_IN_SEQUENCE:
            raise FilterError("$orderby: a link leads to many")
        if found.kind == "boolean":
            found = replace(found, sql=f"({found.sql})::boolean")  # a bare constant would be no sort key
        if not joined:
            return found
        return replace(found, sql=f"(SELECT {found.sql} {self._sources(joined)})", is_nullable=True)

    def _is_many(self, chain: tuple[str, ...], joined: Mapping[tuple[str, ...], tuple[EntitySet, str]]) -> bool:
        entity = joined[chain[:-1]][0] if len(chain) > 1 else self.entity
        return entity.links[chain[-1]].is_many

    def _sources(self, joined: Mapping[tuple[str, ...], tuple[EntitySet, str]]) -> str:
        sources = ", ".join(f"({entity.relation}) AS {alias}" for entity, alias in joined.values())
        return f"FROM {sources} WHERE {' AND '.join(self._on(chain, joined) for chain in joined)}"

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
        return f"EXISTS (SELECT {self._sources(joined)} AND {found.sql})"

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
                return calculate(op, self._expr(left, depth + 1), self._expr(right, depth + 1))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Expr(sql=f"(- {need(self._expr(operand, depth + 1), 'number').sql})", kind="number")
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
        if "observation_id" in (left.kind, right.kind) and comparator is ast.Eq:
            own, given = (left, right) if left.kind == "observation_id" else (right, left)
            if given.literal is not None:
                return self._observation(own, given.literal)
        return compare(comparator, textual(left), textual(right))

    def _observation(self, own: Expr, wanted: str) -> Expr:
        """Its id is made of its Datastream and time, by which it is found through the index."""
        key = observation_key(wanted)
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
        if name in RELATIONS or name in ("geo.distance", "geo.length", "st_relate"):
            return _geometric(name, args)
        known = FUNCTIONS.get(name)
        if not known:
            raise FilterError(f"$filter: there is no function {name[:40]!r}")
        given = [textual(one) for one in args]
        for function in known:
            if len(given) == len(function.expects) and all(map(_fits, given, function.expects)):
                held = (need(one, kind).sql for one, kind in zip(given, function.expects, strict=True))
                return Expr(sql=function.sql.format(*held), kind=function.gives)
        wanted = " or ".join(f"{name}({', '.join(one.expects)})" for one in known)
        raise FilterError(f"$filter: got {name}({', '.join(one.kind for one in given)}), expected {wanted}")

    def _literal(self, node: Node) -> Expr:
        try:
            return self._known_literal(node)
        except GeometryError as error:
            raise FilterError(f"$filter: geography {getattr(node, 'val', '')!r:.60}: {error}") from error
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
            case ast.Time():
                return self._given(node.py_val, "time_of_day")
            case ast.Duration():
                return self._given(node.py_val, "duration")
            case ast.Geography():
                return Expr(sql="", kind="shape", shape=read_shape(node.val, self._value))
            case _:
                raise FilterError(f"$filter: {type(node).__name__} is not known here")

    def _given(self, value: Any, kind: ExprKind) -> Expr:
        return Expr(sql=self._value(value, kind), kind=kind, literal=value if kind == "text" else None)

    def _value(self, value: Any, kind: str) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s::{CASTS[kind]}"


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


def _fits(found: Expr, kind: str) -> bool:
    return found.kind in (kind, "absent")


def _geometric(name: str, args: Sequence[Expr]) -> Expr:
    places = [one.shape or one.sql for one in args if one.kind in ("point", "shape")]
    count = 1 if name == "geo.length" else 2
    pattern = args[-1].literal if args and name == "st_relate" else None
    if len(places) != count or len(args) != count + (name == "st_relate") or (name == "st_relate" and pattern is None):
        wanted = ", ".join([*["geometry"] * count, *(["pattern"] if name == "st_relate" else [])])
        raise FilterError(f"$filter: got {name}({', '.join(one.kind for one in args)}), expected {name}({wanted})")
    try:
        match name:
            case "geo.length":
                return Expr(sql=length(places[0]), kind="number")
            case "geo.distance":
                return Expr(sql=distance(places[0], places[1]), kind="number")
            case "st_relate":
                return Expr(sql=relate(places[0], places[1], pattern or ""), kind="boolean")
            case _:
                return Expr(sql=relation(name, places[0], places[1]), kind="boolean")
    except GeometryError as error:
        raise FilterError(f"$filter: {name}: {error}") from error


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(value)
    return value


def _aware(at: datetime | date) -> datetime:
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise FilterError(f"$filter: got {at}, expected a time with its zone like 2026-11-24T00:00:00Z")
    return at.astimezone(UTC)


def widened(node: Node) -> Node:
    """Return the expression in which `not` denies a whole comparison: the parser binds it to the left side alone."""
    match node:
        case ast.BoolOp():
            return ast.BoolOp(op=node.op, left=widened(node.left), right=widened(node.right))
        case ast.UnaryOp(op=ast.Not()):
            return ast.UnaryOp(op=node.op, operand=widened(node.operand))
        case ast.Compare() | ast.BinOp() if (denied := _without_not(node)) is not None:
            return ast.UnaryOp(op=ast.Not(), operand=denied)
        case _:
            return node


def _without_not(node: Node) -> Node | None:
    """Return the expression without the `not` at its very left, None if none is there."""
    match node:
        case ast.UnaryOp(op=ast.Not()):
            return node.operand
        case ast.Compare() | ast.BinOp():
            left = _without_not(node.left)
            return None if left is None else replace(node, left=left)
        case _:
            return None
