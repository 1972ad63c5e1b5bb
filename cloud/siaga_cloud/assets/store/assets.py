"""Stores pumps and gates, and the states that were reported of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRow:
    """Represents a pump or gate as the city lists it."""

    id: str
    kind: str
    name: str
    name_en: str
    lat: float
    lon: float
    area_id: str | None
    gauge_id: str | None
    works_as: str
    works_from_cm: float | None
    capacity_m3s: float | None
    rated_kw: float | None
    stale_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """Represents what was reported of an asset at one moment."""

    asset_id: str
    measured_at: datetime
    state: str
    capacity_share: float | None
    power_kw: float | None
    level_difference_cm: float | None
    origin: str
    recorded_by: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAsset(AssetRow):
    """Represents an asset with its newest state, if any, and what is wrong with it, if anything is known to be."""

    area_name: str | None
    gauge_name: str | None
    state: str | None
    capacity_share: float | None
    power_kw: float | None
    level_difference_cm: float | None
    measured_at: datetime | None
    origin: str | None
    problem: str | None
    problem_since: datetime | None
    problem_confidence: float | None


_LISTED = """
SELECT asset.id, asset.kind, asset.name, asset.name_en, asset.lat, asset.lon, asset.area_id, asset.gauge_id,
    asset.works_as, round(asset.works_from_cm::numeric, 1)::float8 AS works_from_cm,
    round(asset.capacity_m3s::numeric, 3)::float8 AS capacity_m3s,
    round(asset.rated_kw::numeric, 1)::float8 AS rated_kw, asset.stale_seconds, area.name AS area_name,
    coalesce(nullif(gauge.name, ''), gauge.id) AS gauge_name, newest.state,
    round(newest.capacity_share::numeric, 3)::float8 AS capacity_share,
    round(newest.power_kw::numeric, 1)::float8 AS power_kw,
    round(newest.level_difference_cm::numeric, 1)::float8 AS level_difference_cm, newest.measured_at, newest.origin,
    checked.problem, checked.since AS problem_since, round(checked.confidence::numeric, 2)::float8 AS problem_confidence
FROM asset LEFT JOIN area ON area.id = asset.area_id LEFT JOIN gauge ON gauge.id = asset.gauge_id
LEFT JOIN asset_check AS checked ON checked.asset_id = asset.id AND checked.ended_at IS NULL
LEFT JOIN LATERAL (SELECT * FROM asset_state WHERE asset_state.asset_id = asset.id
    ORDER BY measured_at DESC LIMIT 1) AS newest ON true
WHERE asset.retired_at IS NULL AND (%(ids)s::text[] IS NULL OR asset.id = ANY(%(ids)s))
ORDER BY asset.kind DESC, asset.name, asset.id LIMIT %(most)s
"""
MOST_ASSETS = 5000


def list_assets(conn: Connection, ids: Sequence[str] | None = None) -> list[ListedAsset]:
    """Return the assets of the city, pumps first; all, or those named."""
    values = {"ids": None if ids is None else list(ids), "most": MOST_ASSETS}
    return conn.cursor(row_factory=class_row(ListedAsset)).execute(_LISTED, values).fetchall()


def states_of(conn: Connection, asset_id: str, *, since: datetime, limit: int) -> list[StateRow]:
    """Return the newest states of an asset since a time, oldest first."""
    rows = conn.cursor(row_factory=class_row(StateRow)).execute(
        "SELECT asset_id, measured_at, state, round(capacity_share::numeric, 3)::float8 AS capacity_share,"
        " round(power_kw::numeric, 1)::float8 AS power_kw,"
        " round(level_difference_cm::numeric, 1)::float8 AS level_difference_cm, origin, recorded_by, received_at"
        " FROM asset_state WHERE asset_id = %s AND measured_at >= %s ORDER BY measured_at DESC LIMIT %s",
        (asset_id, since, limit),
    )
    return rows.fetchall()[::-1]


def upsert_assets(conn: Connection, rows: Sequence[AssetRow], *, origin: str, now: datetime) -> None:
    """Store assets as a file lists them; one that was retired is listed again."""
    columns = [name for name in AssetRow.__slots__ if name != "id"] + ["origin", "updated_at"]
    assigned = ", ".join(f"{name} = excluded.{name}" for name in columns)
    places = ", ".join(["%s"] * (len(columns) + 1))
    query = f"INSERT INTO asset (id, {', '.join(columns)}) VALUES ({places})"  # noqa: S608 - names of ours
    query += f" ON CONFLICT (id) DO UPDATE SET {assigned}, retired_at = NULL"
    with conn.cursor() as cursor:
        cursor.executemany(
            query.encode(),
            [(one.id, *(getattr(one, name) for name in columns[:-2]), origin, now) for one in rows],
        )


def upsert_places(conn: Connection, rows: Sequence[AssetRow], *, origin: str, now: datetime) -> None:
    """Store assets of a layer; of those that are known only the name and the place change."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO asset (id, kind, name, lat, lon, area_id, works_as, origin, updated_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
            " lat = excluded.lat, lon = excluded.lon, area_id = excluded.area_id, updated_at = excluded.updated_at",
            [(one.id, one.kind, one.name, one.lat, one.lon, one.area_id, one.works_as, origin, now) for one in rows],
        )


def insert_states(conn: Connection, rows: Sequence[StateRow]) -> int:
    """Store the states that are not stored yet, of assets that the city has; how many."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO asset_state (asset_id, measured_at, state, capacity_share, power_kw, level_difference_cm,"
            " origin, recorded_by, received_at) SELECT id, %s, %s, %s, %s, %s, %s, %s, %s FROM asset WHERE id = %s"
            " ON CONFLICT DO NOTHING",
            [
                (
                    one.measured_at,
                    one.state,
                    one.capacity_share,
                    one.power_kw,
                    one.level_difference_cm,
                    one.origin,
                    one.recorded_by,
                    one.received_at,
                    one.asset_id,
                )
                for one in rows
            ],
        )
        return max(0, cursor.rowcount)


def kinds(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return whether each of these assets is a pump or a gate; those that are not there are left out."""
    rows = conn.execute("SELECT id, kind FROM asset WHERE id = ANY(%s) AND retired_at IS NULL", (list(ids),))
    return {row["id"]: row["kind"] for row in rows}


def forget_states(conn: Connection, *, before: datetime, limit: int) -> int:
    """Delete old states, save the newest of each asset; how many."""
    return conn.execute(
        "DELETE FROM asset_state WHERE ctid = ANY (ARRAY(SELECT old.ctid FROM asset_state AS old"
        " WHERE old.measured_at < %s AND EXISTS (SELECT FROM asset_state AS newer WHERE newer.asset_id = old.asset_id"
        " AND newer.measured_at > old.measured_at) LIMIT %s))",
        (before, limit),
    ).rowcount
