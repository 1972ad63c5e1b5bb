"""Stores the zones and masks that administrators draw, and how far each drawing has been applied by its node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """Describes what an administrator can draw on: a camera, its node, its newest snapshot and its recorded zones."""

    camera_id: str
    name: str
    node_id: str | None
    lat: float
    lon: float
    area_name: str | None
    media_id: UUID | None
    taken_at: datetime | None
    zones: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Represents a drawing with the latest answer of the node. `answered_version` may belong to another
    configuration."""

    camera_id: str
    version: int
    zones: list[dict[str, Any]]
    masks: list[list[list[float]]]
    drawn_at: datetime
    drawn_by: str
    node_id: str | None
    config_version: int | None
    sent_at: datetime | None
    problem: str | None
    adopted_at: datetime | None
    answered_version: int | None
    answered_state: str | None
    answered_at: datetime | None
    answered_reason: str | None
    running_version: int | None


_DRAWING = (
    "SELECT drawing.camera_id, drawing.version, zones, masks, drawn_at, drawn_by, drawing.node_id,"
    " drawing.config_version, sent_at, problem, adopted_at, node.config_version AS answered_version,"
    " node.config_state AS answered_state, node.config_at AS answered_at, node.config_reason AS answered_reason,"
    " node.running_version FROM camera_drawing AS drawing LEFT JOIN node ON node.id = drawing.node_id"
)


def canvas(conn: Connection, camera_id: str) -> Canvas | None:
    """Return a camera to draw on."""
    found = conn.cursor(row_factory=class_row(Canvas)).execute(
        "SELECT camera.id AS camera_id, camera.name, coalesce(camera.node_id, latest.node_id) AS node_id, camera.lat,"
        " camera.lon, area.name AS area_name, shot.media_id, shot.taken_at,"
        " (SELECT coalesce(jsonb_agg(jsonb_build_object('id', zone.id, 'kind', zone.kind, 'polygon', zone.polygon)"
        "  ORDER BY zone.id), '[]') FROM camera_zone AS zone WHERE zone.camera_id = camera.id) AS zones"
        " FROM camera LEFT JOIN area ON area.id = camera.area_id"
        " LEFT JOIN camera_latest AS latest ON latest.camera_id = camera.id"
        " LEFT JOIN LATERAL (SELECT evidence.media_id, evidence.taken_at FROM event"
        "  JOIN evidence ON evidence.event_id = event.id"
        "  WHERE event.source_kind = 'camera' AND event.source_id = camera.id"
        "  ORDER BY event.measured_at DESC, evidence.taken_at DESC LIMIT 1) AS shot ON true WHERE camera.id = %s",
        (camera_id,),
    )
    return found.fetchone()


def get(conn: Connection, camera_id: str) -> Drawing | None:
    """Return the drawing of a camera, if any."""
    found = conn.cursor(row_factory=class_row(Drawing)).execute(_DRAWING + " WHERE camera_id = %s", (camera_id,))
    return found.fetchone()


def every(conn: Connection) -> list[Drawing]:
    """Return all drawings, by camera."""
    return conn.cursor(row_factory=class_row(Drawing)).execute(_DRAWING + " ORDER BY camera_id").fetchall()


def lock(conn: Connection, camera_id: str) -> None:
    """Until the transaction ends, nobody else draws this camera's zones."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('siaga-drawing:' || %s, 0))", (camera_id,))


def save(
    conn: Connection,
    camera_id: str,
    *,
    zones: Sequence[Mapping[str, Any]],
    masks: Sequence[Sequence[Sequence[float]]],
    node_id: str | None,
    by: str,
    now: datetime,
) -> int:
    """Writes a new version, which is on its way from now on; its number."""
    row = conn.execute(
        "INSERT INTO camera_drawing AS held (camera_id, version, zones, masks, drawn_at, drawn_by, node_id)"
        " VALUES (%(camera)s, 1, %(zones)s, %(masks)s, %(now)s, %(by)s, %(node)s)"
        " ON CONFLICT (camera_id) DO UPDATE SET version = held.version + 1, zones = excluded.zones,"
        " masks = excluded.masks, drawn_at = excluded.drawn_at, drawn_by = excluded.drawn_by,"
        " node_id = excluded.node_id, config_version = NULL, sent_at = NULL, problem = NULL, adopted_at = NULL"
        " RETURNING version",
        {
            "camera": camera_id,
            "zones": Jsonb([dict(zone) for zone in zones]),
            "masks": Jsonb([list(mask) for mask in masks]),
            "now": now,
            "by": by,
            "node": node_id,
        },
    ).fetchone()
    if row is None:
        raise LookupError("an insert that returns gives a row")
    return int(row["version"])


def note_ordered(conn: Connection, camera_id: str, *, config_version: int, now: datetime) -> None:
    """The broker has it."""
    conn.execute(
        "UPDATE camera_drawing SET config_version = %s, sent_at = %s, problem = NULL WHERE camera_id = %s",
        (config_version, now, camera_id),
    )


def note_problem(conn: Connection, camera_id: str, problem: str) -> None:
    """It could not be sent."""
    conn.execute("UPDATE camera_drawing SET problem = %s WHERE camera_id = %s", (problem[:500], camera_id))


def proven(conn: Connection, *, limit: int) -> list[Drawing]:
    """Return drawings that their nodes run and that the record of zones does not contain yet."""
    found = conn.cursor(row_factory=class_row(Drawing)).execute(
        _DRAWING + " WHERE adopted_at IS NULL AND drawing.config_version <= node.running_version"
        " AND NOT (node.config_state = 'trial' AND node.config_version = node.running_version)"
        " ORDER BY drawn_at LIMIT %s",
        (limit,),
    )
    return found.fetchall()


def adopt(conn: Connection, drawing: Drawing, *, now: datetime) -> None:
    """Update the recorded zones to what the node runs; the known ground positions of zones stay."""
    conn.execute(
        "DELETE FROM camera_zone WHERE camera_id = %s AND NOT (id = ANY(%s))",
        (drawing.camera_id, [zone["id"] for zone in drawing.zones]),
    )
    for zone in drawing.zones:
        conn.execute(
            "INSERT INTO camera_zone (camera_id, id, kind, polygon) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (camera_id, id) DO UPDATE SET kind = excluded.kind, polygon = excluded.polygon",
            (drawing.camera_id, zone["id"], zone["kind"], Jsonb(zone["polygon"])),
        )
    conn.execute("UPDATE camera SET updated_at = %s WHERE id = %s", (now, drawing.camera_id))
    conn.execute("UPDATE camera_drawing SET adopted_at = %s WHERE camera_id = %s", (now, drawing.camera_id))
