"""Reads SensorThings entities: pages of a set, single ones, and the linked ones of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import psycopg

from siaga_cloud.interop.sensorthings import store_count
from siaga_cloud.interop.sensorthings.ids import observation_id, observation_key
from siaga_cloud.interop.sensorthings.store_filter import Compiler, Node
from siaga_cloud.interop.sensorthings.store_model import EntitySet, Link
from siaga_cloud.platform.db.connection import Connection

TIMEOUT_SECONDS: Final = 8
COUNT_SECONDS: Final = 4
Row: TypeAlias = dict[str, Any]


class SortKey(Protocol):
    """Represents one key of a sort sequence."""

    @property
    def node(self) -> Node:
        """Return the parsed expression."""
        ...

    @property
    def descends(self) -> bool:
        """Return whether the greatest comes first."""
        ...


class EntityQuery(Protocol):
    """Describes the query on a set, as `siaga_cloud.interop.sensorthings.query.Query` does."""

    @property
    def entity(self) -> EntitySet:
        """Return the set that the query reads."""
        ...

    @property
    def filter(self) -> Node | None:
        """Return the filter of the query, if any."""
        ...

    @property
    def sort_clauses(self) -> Sequence[SortKey]:
        """Return the keys by which the result is sorted."""
        ...

    @property
    def top(self) -> int:
        """Return how many at most."""
        ...

    @property
    def skip(self) -> int:
        """Return how many are left out before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """Restricts a query to the entities that are linked to another one."""

    link: Link
    row: Row


def limit_time(conn: Connection) -> None:
    """For the rest of the transaction no query may take longer than these may."""
    _limit(conn, TIMEOUT_SECONDS)


def _limit(conn: Connection, seconds: int) -> None:
    conn.execute("SELECT set_config('statement_timeout', %s, true)", (f"{seconds}s",))


def page(conn: Connection, query: EntityQuery, parent: Parent | None) -> list[Row]:
    """Return a page, and one more row where there is another page. Raises FilterError."""
    values: dict[str, Any] = {"limit": query.top + 1, "skip": query.skip, "last": query.skip + query.top + 1}
    where, order = _where(query, parent, values), _order_by(query, values)
    source = _select(query.entity) + where
    if query.entity.parts:
        # PostgreSQL sorts all of a union whose parts differ by a constant of the sort key; a part alone has its index.
        first = (f"(SELECT e.* FROM ({part}) AS e{where} {order} LIMIT %(last)s)" for part in query.entity.parts)  # noqa: S608
        source = f"SELECT e.* FROM ({' UNION ALL '.join(first)}) AS e"  # noqa: S608 - constants of the model
    sql = f"{source} {order} LIMIT %(limit)s OFFSET %(skip)s"
    return _rows(conn, query.entity, sql, values)


def count(conn: Connection, query: EntityQuery, parent: Parent | None) -> int | None:
    """Return how many there are in all, exactly; None where that takes over `COUNT_SECONDS`. Raises FilterError."""
    try:
        with conn.transaction():
            _limit(conn, COUNT_SECONDS)
            found = _count(conn, query, parent)
            limit_time(conn)
    except psycopg.errors.QueryCanceled:
        return None
    return found


def _count(conn: Connection, query: EntityQuery, parent: Parent | None) -> int:
    if query.entity.name == "Observations" and query.filter is None:
        of = {} if parent is None else dict(zip(parent.link.there, _keys(parent), strict=True))
        return store_count.observations(conn, gauge_id=of.get("gauge_id"), property_id=of.get("property_id"))
    values: dict[str, Any] = {}
    where = _where(query, parent, values)
    sql = f"SELECT count(*) AS n FROM ({query.entity.relation}) AS e{where}"  # noqa: S608 - constants of the model
    row = conn.execute(sql.encode(), values).fetchone()
    return int(row["n"]) if row else 0


def _keys(parent: Parent) -> list[Any]:
    return [parent.row[name] for name in parent.link.here]


def one(conn: Connection, entity: EntitySet, wanted: str | None, parent: Parent | None) -> Row | None:
    """Return the entity of that id, or the one that a parent leads to."""
    values: dict[str, Any] = {}
    conditions = [*_linked(parent, values), *(_by_id(entity, wanted, values) if wanted is not None else [])]
    rows = _rows(conn, entity, f"{_select(entity)} WHERE {' AND '.join(conditions)} LIMIT 1", values)
    return rows[0] if rows else None


def linked(conn: Connection, link: Link, rows: Sequence[Row], query: EntityQuery, *, most: int) -> list[list[Row]]:
    """For each row what it leads to, a page and one more row each; at most `most` rows in all. Raises FilterError."""
    keys = [[row[name] for row in rows] for name in link.here]
    names = [f"k{number}" for number in range(len(keys))]
    values: dict[str, Any] = {"limit": query.top + 1, "skip": query.skip, "most": most}
    values |= dict(zip(names, keys, strict=True))
    arrays = ", ".join(f"%({name})s::text[]" for name in names)
    on = " AND ".join(f"e.{there} = parent.{name}" for name, there in zip(names, link.there, strict=True))
    where = f" WHERE {on}" + "".join(f" AND {one}" for one in _filtered(query, values))
    order = _order_by(query, values)
    sql = (
        f"SELECT parent.place, e.* FROM unnest({arrays}) WITH ORDINALITY AS parent ({', '.join(names)}, place)"  # noqa: S608
        f" CROSS JOIN LATERAL ({_select(query.entity)}{where} {order} LIMIT %(limit)s OFFSET %(skip)s) AS e"
        " LIMIT %(most)s"
    )
    found: list[list[Row]] = [[] for _ in rows]
    for row in _rows(conn, query.entity, sql, values):
        found[row.pop("place") - 1].append(row)
    return found


def _select(entity: EntitySet) -> str:
    return f"SELECT e.* FROM ({entity.relation}) AS e"  # noqa: S608 - constants of the model


def _where(query: EntityQuery, parent: Parent | None, values: dict[str, Any]) -> str:
    conditions = [*_linked(parent, values), *_filtered(query, values)]
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _filtered(query: EntityQuery, values: dict[str, Any]) -> list[str]:
    if query.filter is None:
        return []
    return [Compiler(query.entity, "e", values).condition(query.filter)]


def _linked(parent: Parent | None, values: dict[str, Any]) -> list[str]:
    if parent is None:
        return []
    conditions = []
    for here, there in zip(parent.link.here, parent.link.there, strict=True):
        values[f"of_{there}"] = parent.row[here]
        conditions.append(f"e.{there} = %(of_{there})s")
    return conditions


def _by_id(entity: EntitySet, wanted: str, values: dict[str, Any]) -> list[str]:
    if entity.name != "Observations":
        values["id"] = wanted.replace("\0", "")
        return ["e.id = %(id)s"]
    key = observation_key(wanted)
    if key is None:
        return ["false"]
    values["gauge"], values["property"], values["at"] = key
    return ["e.gauge_id = %(gauge)s", "e.property_id = %(property)s", "e.phenomenon = %(at)s"]


def _order_by(query: EntityQuery, values: dict[str, Any]) -> str:
    """Return the sort sequence of the query followed by the key, so that pages neither overlap nor leave anything
    out. Nulls are less than every value (OData 4.0, 11.2.5.2).
    """
    compiler = Compiler(query.entity, "e", values)
    keys: dict[str, str] = {}
    for one in query.sort_clauses:
        found = compiler.sort_key(one.node)
        if found.kind == "absent":
            continue
        nulls = (" NULLS LAST" if one.descends else " NULLS FIRST") if found.is_nullable else ""
        keys.setdefault(found.sql, f"{found.sql}{' DESC' if one.descends else ''}{nulls}")
    for name in query.entity.key:
        keys.setdefault(f"e.{name}", f"e.{name}")
    return f"ORDER BY {', '.join(keys.values())}"


def _rows(conn: Connection, entity: EntitySet, sql: str, values: Mapping[str, Any]) -> list[Row]:
    rows = conn.execute(sql.encode(), values).fetchall()
    if entity.name == "Observations":
        for row in rows:
            row["id"] = observation_id(row["gauge_id"], row["property_id"], row["phenomenon"])
    return rows
