"""Holds the pieces of SQL of which a filter is made: their types, and how they are compared and calculated with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from odata_query import ast

from siaga_cloud.interop.sensorthings.store_geometry import Shape
from siaga_cloud.interop.sensorthings.store_model import MICROSECONDS, Column, EntitySet

ExprKind: TypeAlias = Literal[
    "text", "number", "time", "interval", "point", "list", "observation_id", "boolean", "null", "shape", "duration",
    "time_of_day", "object", "absent",
]  # fmt: skip
_COMPARATORS: Final[Mapping[type, str]] = {
    ast.Eq: "=", ast.NotEq: "IS DISTINCT FROM", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_ARITHMETIC: Final[Mapping[type, str]] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARABLE: Final = ("text", "number", "time", "boolean", "duration", "time_of_day")
CASTS: Final = {
    "text": "text", "number": "float8", "time": "timestamptz", "boolean": "boolean", "duration": "interval",
    "time_of_day": "time", "point": "point", "path": "path", "polygon": "polygon",
}  # fmt: skip


class FilterError(Exception):
    """A filter cannot be understood or names something unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expr:
    """Represents a piece of SQL and its type; an interval has its end apart. `literal` and `shape` are where the client
    wrote a text or a geometry. An untyped number may be compared with a text. An absent one is null for every entity.
    """

    sql: str
    kind: ExprKind
    until: str = ""
    literal: str | None = None
    shape: Shape | None = None
    is_untyped: bool = False
    is_nullable: bool = True


def column_of(entity: EntitySet, alias: str, names: Sequence[str]) -> Expr:
    """Return the property of that path; raises FilterError."""
    if not names:
        raise FilterError(f"$filter: expected a property of {entity.name}, got the entity itself")
    path = "/".join(names)
    column = entity.properties.get(path)
    if column is not None:
        return _column(column, alias)
    if any(known.startswith(f"{path}/") for known in entity.properties):
        return Expr(sql="", kind="object")
    if names[0] in entity.open_members:
        return Expr(sql="NULL", kind="absent")
    held = entity.properties.get(names[0])
    if held is not None and held.kind == "point" and names[1:] != ["coordinates"]:
        return _member_of_geojson(names[1:])
    raise FilterError(f"{entity.name} has no property {path[:60]!r}")


def _member_of_geojson(names: Sequence[str]) -> Expr:
    """Clients ask for the type of a geometry, or of that of a feature; every one here is a bare point."""
    return Expr(sql="'Point'::text", kind="text") if names == ["type"] else Expr(sql="NULL", kind="absent")


def _column(column: Column, alias: str) -> Expr:
    match column.kind:
        case "interval":
            start, end = f"{alias}.{column.name}_from", f"{alias}.{column.name}_to"
            return Expr(sql=start, until=end, kind="interval")
        case "point":
            return Expr(sql=f"point({alias}.lon, {alias}.lat)", kind="point")
        case "observation_id":
            return Expr(sql=alias, kind="observation_id")
        case "absent":
            return Expr(sql="NULL", kind="absent")
        case _:
            return Expr(
                sql=f"{alias}.{column.name}",
                kind=column.kind,
                is_untyped=column.is_untyped,
                is_nullable=column.is_nullable,
            )


def textual(found: Expr) -> Expr:
    """The id of an Observation is a column only where it is compared with one."""
    if found.kind != "observation_id":
        return found
    micros = f"(extract(epoch FROM {found.sql}.phenomenon) * {MICROSECONDS})::bigint"
    sql = f"({found.sql}.gauge_id || '.' || {found.sql}.property_id || '@' || {micros})"
    return Expr(sql=f'({sql} COLLATE "C")', kind="text", is_nullable=False)


def need(found: Expr, kind: str) -> Expr:
    """Return the piece if it has the type, and a null of the type for what is absent; raises FilterError."""
    if found.kind == "absent" and kind in CASTS:
        return Expr(sql=f"NULL::{CASTS[kind]}", kind=found.kind)
    if found.kind != kind:
        raise FilterError(f"$filter: got {found.kind}, expected {kind}")
    return found


def compare(comparator: type, left: Expr, right: Expr) -> Expr:
    """Return whether the comparison holds; raises FilterError."""
    if "null" in (left.kind, right.kind):
        return _against_null(comparator, left, right)
    if "absent" in (left.kind, right.kind):
        return _against_absent(comparator, right if left.kind == "absent" else left)
    if right.kind == "interval":
        left, right, comparator = right, left, _turned(comparator)
    if left.kind == "interval":
        return _interval(comparator, left, need(right, "time"))
    left, right = _as_texts(left, right)
    if left.kind != right.kind or left.kind not in _COMPARABLE:
        raise FilterError(f"$filter: {left.kind} cannot be compared with {right.kind}")
    return Expr(sql=f"({left.sql} {_COMPARATORS[comparator]} {right.sql})", kind="boolean")


def _as_texts(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """A result may be of any type, so beside a quoted value it is compared as text, as OGC's test suite does."""
    if left.is_untyped and right.literal is not None:
        return Expr(sql=f'(({left.sql})::text COLLATE "C")', kind="text"), right
    if right.is_untyped and left.literal is not None:
        return left, Expr(sql=f'(({right.sql})::text COLLATE "C")', kind="text")
    return left, right


def _against_null(comparator: type, left: Expr, right: Expr) -> Expr:
    held = right if left.kind == "null" else left
    if comparator not in (ast.Eq, ast.NotEq):
        raise FilterError("$filter: null can only be compared by eq and ne")
    if held.kind in ("null", "absent", "object"):
        return Expr(sql="true" if (held.kind != "object") is (comparator is ast.Eq) else "false", kind="boolean")
    return Expr(sql=f"({held.sql} IS {'NOT ' if comparator is ast.NotEq else ''}NULL)", kind="boolean")


def _against_absent(comparator: type, other: Expr) -> Expr:
    """Null differs from every value and is neither greater nor less."""
    if other.kind not in (*_COMPARABLE, "absent", "interval"):
        raise FilterError(f"$filter: {other.kind} cannot be compared")
    is_unequal = comparator is ast.NotEq and other.kind != "absent"
    return Expr(sql=f"({other.sql} IS NOT NULL)" if is_unequal else "NULL::boolean", kind="boolean")


def _interval(comparator: type, span: Expr, at: Expr) -> Expr:
    """After means that it begins after, before that it ends before; equal that it is that moment alone."""
    match comparator():
        case ast.Eq():
            sql = f"({span.sql} = {at.sql} AND {span.until} = {at.sql})"
        case ast.NotEq():
            sql = f"(({span.sql} = {at.sql} AND {span.until} = {at.sql}) IS NOT TRUE)"
        case ast.Gt() | ast.GtE():
            sql = f"({span.sql} {_COMPARATORS[comparator]} {at.sql})"
        case _:
            sql = f"({span.until} {_COMPARATORS[comparator]} {at.sql})"
    return Expr(sql=sql, kind="boolean")


def _turned(comparator: type) -> type:
    turned: Mapping[type, type] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
    return turned.get(comparator, comparator)


def calculate(op: ast._BinOpToken, left: Expr, right: Expr) -> Expr:
    """Return the result of an arithmetic operation; raises FilterError."""
    sign = _ARITHMETIC.get(type(op))
    match left.kind, right.kind, sign:
        case "time", "duration", "+" | "-":
            return Expr(sql=f"({left.sql} {sign} {right.sql})", kind="time")
        case "time", "time", "-":
            return Expr(sql=f"({left.sql} - {right.sql})", kind="duration")
    a, b = need(left, "number").sql, need(right, "number").sql
    # float8 has no remainder, and a wrong division is the caller's error.
    return Expr(sql=f"({a} {sign} {b})" if sign else f"mod(({a})::numeric, ({b})::numeric)::float8", kind="number")
