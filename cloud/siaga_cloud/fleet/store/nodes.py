"""Reads nodes and their cameras with the last state that they reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.arrays import array
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.geometry import LatLon
from siaga_core.wire.messages import CameraHealth, ConfigMessage, HealthMessage, StatusMessage

_ENVELOPE = {"v", "id", "node", "outbox_id", "seq", "measured_at", "sent_at", "late"}


def seen(conn: Connection, last_seen: Mapping[str, datetime]) -> None:
    """Record when nodes were last seen; an unknown node gets a row."""
    ids = sorted(last_seen)
    conn.execute(
        "INSERT INTO node AS held (id, last_seen_at) SELECT * FROM unnest(%s::text[], %s::timestamptz[])"
        " ON CONFLICT (id) DO UPDATE SET last_seen_at = greatest(held.last_seen_at, excluded.last_seen_at)",
        (array(ids), array(last_seen[node_id] for node_id in ids)),
    )


def save_status(conn: Connection, status: StatusMessage) -> bool:
    """Stores a node's connection state; False for one of an older connection."""
    done = conn.execute(
        "UPDATE node SET state = %(state)s, state_at = %(at)s, software = coalesce(nullif(%(software)s, ''), software)"
        " WHERE id = %(node)s AND (state_at IS NULL OR state_at <= %(at)s)",
        {"state": str(status.state), "at": status.at, "software": status.software, "node": status.node},
    )
    return done.rowcount > 0


def save_health(conn: Connection, health: HealthMessage) -> None:
    """Stores the newest health of a node and its cameras."""
    body = Jsonb(health.model_dump(mode="json", exclude=_ENVELOPE))
    conn.execute(
        "UPDATE node SET health = %s, health_at = %s, software = coalesce(nullif(%s, ''), software)"
        " WHERE id = %s AND (health_at IS NULL OR health_at < %s)",
        (body, health.measured_at, health.software, health.node, health.measured_at),
    )
    for camera in sorted(health.cameras, key=lambda one: one.id):
        _save_camera(conn, camera, node_id=health.node, at=health.measured_at)


def _save_camera(conn: Connection, camera: CameraHealth, *, node_id: str, at: datetime) -> None:
    conn.execute(
        "INSERT INTO camera_latest AS held (camera_id, node_id, unknown_since, last_frame_at, frames, dropped,"
        " inferred, reconnects, at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (camera_id) DO UPDATE SET node_id = excluded.node_id, unknown_since = excluded.unknown_since,"
        " last_frame_at = excluded.last_frame_at, frames = excluded.frames, dropped = excluded.dropped,"
        " inferred = excluded.inferred, reconnects = excluded.reconnects, at = excluded.at"
        " WHERE held.at < excluded.at",
        (
            camera.id,
            node_id,
            camera.unknown_since,
            camera.last_frame_at,
            camera.frames,
            camera.dropped,
            camera.inferred,
            camera.reconnects,
            at,
        ),
    )


def save_view(conn: Connection, *, camera_id: str, node_id: str, unknown_since: datetime | None, at: datetime) -> None:
    """Stores that a camera's view was lost or is back."""
    conn.execute(
        "INSERT INTO camera_latest AS held (camera_id, node_id, unknown_since, at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (camera_id) DO UPDATE SET unknown_since = excluded.unknown_since, at = excluded.at"
        " WHERE held.at <= excluded.at",
        (camera_id, node_id, unknown_since, at),
    )


def save_config(conn: Connection, config: ConfigMessage) -> None:
    """Stores which configuration a node runs, or why it refused one."""
    conn.execute(
        # By time and not by version: a refused forgery may claim any version, and must not hide what comes later.
        "UPDATE node SET config_version = %(version)s, config_sha256 = %(sha256)s, config_applied = %(applied)s,"
        " config_reason = %(reason)s, config_state = %(state)s, config_at = %(at)s,"
        " running_version = coalesce(%(running)s, CASE WHEN %(applied)s THEN %(version)s END, running_version),"
        " running_sha256 = CASE WHEN %(running)s IS NOT NULL THEN %(running_sha256)s"
        "   WHEN %(applied)s THEN %(sha256)s ELSE running_sha256 END"
        " WHERE id = %(node)s AND (config_at IS NULL OR config_at <= %(at)s)",
        {
            "version": config.version,
            "sha256": config.sha256,
            "applied": config.applied,
            "reason": config.reason,
            "state": config.state,
            "at": config.measured_at,
            "running": config.running_version,
            "running_sha256": config.running_sha256,
            "node": config.node,
        },
    )


def zone_places(conn: Connection, camera_ids: Sequence[str]) -> Mapping[tuple[str, str], tuple[LatLon, LatLon]]:
    """(camera, zone) to where the camera and where the ground of the zone is; only zones whose ground is known."""
    if not camera_ids:
        return {}
    rows = conn.execute(
        "SELECT camera.id, zone.id AS zone, camera.lat, camera.lon, zone.lat AS zone_lat, zone.lon AS zone_lon"
        " FROM camera JOIN camera_zone AS zone ON zone.camera_id = camera.id"
        " WHERE camera.id = ANY(%s) AND zone.lat IS NOT NULL AND zone.lon IS NOT NULL",
        (sorted(set(camera_ids)),),
    )
    return {
        (row["id"], row["zone"]): (LatLon(row["lat"], row["lon"]), LatLon(row["zone_lat"], row["zone_lon"]))
        for row in rows
    }
