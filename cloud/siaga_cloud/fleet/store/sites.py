"""Stores cameras, gauges and nodes as administrators maintain them, and the configuration that goes to the nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

Kind: TypeAlias = Literal["camera", "gauge", "node"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigProgress:
    """Describes how far the newest configuration of a camera or gauge has reached its node."""

    node_id: str | None
    requested_at: datetime | None
    has_url: bool | None
    config_version: int | None
    problem: str | None
    answered_version: int | None
    answered_state: str | None
    answered_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSite(ConfigProgress):
    """Represents a recorded camera."""

    id: str
    name: str
    name_en: str
    lat: float
    lon: float
    area_id: str | None
    area_name: str | None
    view_radius_m: float
    permission: str
    public_snapshot: bool
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeSite(ConfigProgress):
    """Represents a recorded gauge; limits are in cm above its datum. `warns` holds ids of areas (none means its own),
    `warned_names` their names.
    """

    id: str
    name: str
    name_en: str
    river: str
    lat: float
    lon: float
    area_id: str | None
    area_name: str | None
    s3_cm: float | None
    s2_cm: float | None
    s1_cm: float | None
    hysteresis_cm: float
    stale_seconds: int
    downstream_id: str | None
    travel_minutes: float | None
    datum_cm: float
    warns: list[str]
    warned_names: list[str]
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSite:
    """Represents a recorded node; `held` counts the cameras and gauges in use that name it."""

    id: str
    name: str
    lat: float | None
    lon: float | None
    last_seen_at: datetime | None
    held: int
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConfig:
    """Holds what a node shall know of one camera or gauge. `url` is set only where an administrator entered one."""

    kind: Literal["camera", "gauge"]
    id: str
    is_off: bool
    url: str | None
    lat: float
    lon: float
    s3_cm: float | None
    s2_cm: float | None
    s1_cm: float | None
    hysteresis_cm: float | None


_PROGRESS: Final = (
    " told.requested_at, told.has_url, told.config_version, told.problem, box.config_version AS answered_version,"
    " box.config_state AS answered_state, box.config_reason AS answered_reason"
)
_ROLLOUT: Final = (
    " LEFT JOIN site_config AS told ON told.kind = '{0}' AND told.id = one.id AND told.node_id = one.node_id"
    " LEFT JOIN node AS box ON box.id = one.node_id LEFT JOIN area ON area.id = one.area_id"
)
_CAMERA: Final = (
    "SELECT one.id, one.name, one.name_en, one.node_id, one.lat, one.lon, one.area_id, area.name AS area_name,"  # noqa: S608
    f" one.view_radius_m, one.permission, one.public_snapshot, one.retired_at,{_PROGRESS}"
    f" FROM camera AS one{_ROLLOUT.format('camera')}"
)
_GAUGE: Final = (
    "SELECT one.id, one.name, one.name_en, one.river, one.node_id, one.lat, one.lon, one.area_id,"  # noqa: S608
    " area.name AS area_name, one.s3_cm, one.s2_cm, one.s1_cm, one.hysteresis_cm, one.stale_seconds,"
    " one.downstream_id, one.travel_minutes, one.datum_cm, one.retired_at,"
    " ARRAY(SELECT area_id FROM gauge_warns WHERE gauge_id = one.id ORDER BY area_id) AS warns,"
    " ARRAY(SELECT warned.name FROM gauge_warns JOIN area AS warned ON warned.id = area_id WHERE gauge_id = one.id"
    f" ORDER BY area_id) AS warned_names,{_PROGRESS} FROM gauge AS one{_ROLLOUT.format('gauge')}"
)
_NODE: Final = (
    "SELECT one.id, coalesce(one.name, '') AS name, one.lat, one.lon, one.last_seen_at, one.retired_at,"
    " (SELECT count(*) FROM camera WHERE node_id = one.id AND retired_at IS NULL)"
    " + (SELECT count(*) FROM gauge WHERE node_id = one.id AND retired_at IS NULL) AS held FROM node AS one"
)
_FOUND: Final = (
    " WHERE one.id > %(after)s AND (%(text)s = '' OR position(%(text)s IN one.id) > 0"
    " OR position(%(text)s IN lower(coalesce(one.name, ''))) > 0) ORDER BY one.id LIMIT %(limit)s"
)


def cameras(conn: Connection, *, text: str, after: str, limit: int) -> list[CameraSite]:
    """Cameras by id, the retired too; `text` is a part of the id or the name."""
    wanted = {"text": text.lower(), "after": after, "limit": limit}
    return conn.cursor(row_factory=class_row(CameraSite)).execute((_CAMERA + _FOUND).encode(), wanted).fetchall()


def gauges(conn: Connection, *, text: str, after: str, limit: int) -> list[GaugeSite]:
    """List gauges in the same way as `cameras` does."""
    wanted = {"text": text.lower(), "after": after, "limit": limit}
    return conn.cursor(row_factory=class_row(GaugeSite)).execute((_GAUGE + _FOUND).encode(), wanted).fetchall()


def camera(conn: Connection, camera_id: str) -> CameraSite | None:
    """Return one camera by its id."""
    query = (_CAMERA + " WHERE one.id = %s").encode()
    return conn.cursor(row_factory=class_row(CameraSite)).execute(query, (camera_id,)).fetchone()


def gauge(conn: Connection, gauge_id: str) -> GaugeSite | None:
    """Return one gauge by its id."""
    query = (_GAUGE + " WHERE one.id = %s").encode()
    return conn.cursor(row_factory=class_row(GaugeSite)).execute(query, (gauge_id,)).fetchone()


def node(conn: Connection, node_id: str) -> NodeSite | None:
    """Return one node by its id."""
    query = (_NODE + " WHERE one.id = %s").encode()
    return conn.cursor(row_factory=class_row(NodeSite)).execute(query, (node_id,)).fetchone()


def lock(conn: Connection, kind: Kind, site_id: str) -> None:
    """Until the transaction ends, nobody else changes it."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('siaga-site:' || %s || ':' || %s, 0))", (kind, site_id))


def save_camera(conn: Connection, camera_id: str, facts: Mapping[str, Any], *, now: datetime) -> None:
    """Makes or changes a camera; its zones stay."""
    conn.execute(
        "INSERT INTO camera (id, name, name_en, node_id, lat, lon, area_id, view_radius_m, permission, public_snapshot)"
        " VALUES (%(id)s, %(name)s, %(name_en)s, %(node_id)s, %(lat)s, %(lon)s, %(area_id)s, %(view_radius_m)s,"
        " %(permission)s, %(public_snapshot)s) ON CONFLICT (id) DO UPDATE SET permission = excluded.permission,"
        " public_snapshot = excluded.public_snapshot,"
        " name = excluded.name, name_en = excluded.name_en, node_id = excluded.node_id, lat = excluded.lat,"
        " lon = excluded.lon, area_id = excluded.area_id, view_radius_m = excluded.view_radius_m, updated_at = %(now)s",
        {**facts, "id": camera_id, "now": now},
    )


def save_gauge(conn: Connection, gauge_id: str, facts: Mapping[str, Any], *, now: datetime) -> None:
    """Makes or changes a gauge, and the areas that it warns (all known: else the database refuses)."""
    conn.execute(
        "INSERT INTO gauge (id, name, name_en, river, node_id, lat, lon, area_id, s3_cm, s2_cm, s1_cm, hysteresis_cm,"
        " stale_seconds, downstream_id, travel_minutes, datum_cm) VALUES (%(id)s, %(name)s, %(name_en)s, %(river)s,"
        " %(node_id)s, %(lat)s, %(lon)s, %(area_id)s, %(s3_cm)s, %(s2_cm)s, %(s1_cm)s, %(hysteresis_cm)s,"
        " %(stale_seconds)s,"
        " %(downstream_id)s, %(travel_minutes)s, %(datum_cm)s) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
        " name_en = excluded.name_en, river = excluded.river, node_id = excluded.node_id, lat = excluded.lat,"
        " lon = excluded.lon, area_id = excluded.area_id, s3_cm = excluded.s3_cm, s2_cm = excluded.s2_cm,"
        " s1_cm = excluded.s1_cm, hysteresis_cm = excluded.hysteresis_cm, stale_seconds = excluded.stale_seconds,"
        " downstream_id = excluded.downstream_id, travel_minutes = excluded.travel_minutes,"
        " datum_cm = excluded.datum_cm, updated_at = %(now)s",
        {**facts, "id": gauge_id, "now": now},
    )
    conn.execute("DELETE FROM gauge_warns WHERE gauge_id = %s", (gauge_id,))
    conn.execute(
        "INSERT INTO gauge_warns (gauge_id, area_id) SELECT %s, area_id FROM unnest(%s::text[]) AS area_id",
        (gauge_id, facts["warns"]),
    )


def unknown_areas(conn: Connection, area_ids: Sequence[str]) -> list[str]:
    """Return those of them that are not there."""
    rows = conn.execute(
        "SELECT wanted FROM unnest(%s::text[]) AS wanted WHERE wanted NOT IN (SELECT id FROM area)", ([*area_ids],)
    )
    return [row["wanted"] for row in rows]


def save_node(conn: Connection, node_id: str, *, name: str, lat: float | None, lon: float | None) -> None:
    """Makes or changes a node."""
    conn.execute(
        "INSERT INTO node (id, name, lat, lon) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, lat = excluded.lat, lon = excluded.lon",
        (node_id, name, lat, lon),
    )


def retire(conn: Connection, kind: Kind, site_id: str, *, at: datetime | None) -> None:
    """Takes one out of use, or back into it (None)."""
    conn.execute(f"UPDATE {kind} SET retired_at = %s WHERE id = %s".encode(), (at, site_id))  # noqa: S608 - of three words


def flows_to(conn: Connection, gauge_id: str) -> list[str]:
    """Return the gauges that the water comes by afterwards, nearest first; a ring ends where it began."""
    rows = conn.execute(
        "WITH RECURSIVE below (id, depth) AS (SELECT downstream_id, 1 FROM gauge WHERE id = %(id)s"
        "  UNION ALL SELECT gauge.downstream_id, below.depth + 1 FROM below JOIN gauge ON gauge.id = below.id"
        "   WHERE below.depth < 50 AND below.id <> %(id)s)"
        " SELECT id FROM below WHERE id IS NOT NULL ORDER BY depth",
        {"id": gauge_id},
    )
    return [row["id"] for row in rows]


def stage_now(conn: Connection, gauge_id: str) -> int | None:
    """Return the most severe stage of a gauge: its stage of record, or 3 while an alert of it is in force; None:
    calm."""
    row = conn.execute(
        "SELECT least((SELECT stage FROM gauge_latest WHERE gauge_id = %(id)s AND stage < 4),"
        " (SELECT min(3) FROM area_alert WHERE gauge_id = %(id)s AND ended_at IS NULL)) AS stage",
        {"id": gauge_id},
    ).fetchone()
    return row["stage"] if row else None


# --- what nodes receive -----------------------------------------------------------------------------------------


def request_rollout(
    conn: Connection, kind: Literal["camera", "gauge"], site_id: str, node_id: str, *, off: bool, by: str, now: datetime
) -> None:
    """Record that a node shall receive its configuration; a given stream address stays."""
    conn.execute(
        "INSERT INTO site_config (kind, id, node_id, is_off, requested_at, requested_by) VALUES (%s, %s, %s, %s,"
        " %s, %s)"
        " ON CONFLICT (kind, id, node_id) DO UPDATE SET is_off = excluded.is_off, requested_at = excluded.requested_at,"
        " requested_by = excluded.requested_by, config_version = NULL, sent_at = NULL, problem = NULL",
        (kind, site_id, node_id, off, now, by),
    )


def set_url(conn: Connection, camera_id: str, node_id: str, url: str) -> None:
    """Set the address of a camera's stream for its node; call `request_rollout` first."""
    conn.execute(
        "UPDATE site_config SET url = %s WHERE kind = 'camera' AND id = %s AND node_id = %s", (url, camera_id, node_id)
    )


def is_waiting(conn: Connection, node_id: str) -> bool:
    """Return whether something of a node was not sent yet."""
    query = "SELECT FROM site_config WHERE node_id = %s AND config_version IS NULL LIMIT 1"
    return conn.execute(query, (node_id,)).fetchone() is not None


def configs_of(conn: Connection, node_id: str) -> list[SiteConfig]:
    """Return all that a node shall know of its cameras and gauges, as they are now."""
    found = conn.cursor(row_factory=class_row(SiteConfig)).execute(
        "SELECT told.kind, told.id, told.is_off, told.url, coalesce(camera.lat, gauge.lat) AS lat,"
        " coalesce(camera.lon, gauge.lon) AS lon, gauge.s3_cm, gauge.s2_cm, gauge.s1_cm, gauge.hysteresis_cm"
        " FROM site_config AS told LEFT JOIN camera ON told.kind = 'camera' AND camera.id = told.id"
        " LEFT JOIN gauge ON told.kind = 'gauge' AND gauge.id = told.id WHERE told.node_id = %s"
        " AND (camera.id IS NOT NULL OR gauge.id IS NOT NULL) ORDER BY told.kind, told.id",
        (node_id,),
    )
    return found.fetchall()


def record_rollout(conn: Connection, node_id: str, *, config_version: int, now: datetime) -> None:
    """The broker has all that a node shall know."""
    conn.execute(
        "UPDATE site_config SET config_version = %s, sent_at = %s, problem = NULL WHERE node_id = %s"
        " AND config_version IS NULL",
        (config_version, now, node_id),
    )


def note_problem(conn: Connection, node_id: str, problem: str) -> None:
    """It could not be sent."""
    conn.execute(
        "UPDATE site_config SET problem = %s WHERE node_id = %s AND config_version IS NULL", (problem[:500], node_id)
    )
