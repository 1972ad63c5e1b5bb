"""Reads what cameras and people state of the depth of water, and the levels at gauges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

MOST_OBSERVATIONS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Represents what one source stated of a place. `camera` is the name of the camera, None where people reported;
    `radius_m` is how far from the place it sees.
    """

    source: str
    camera: str | None
    lat: float
    lon: float
    radius_m: float
    depth_cm: float | None
    observed_at: datetime
    is_proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Represents a known level of a gauge."""

    gauge_id: str
    name: str
    level_cm: float
    measured_at: datetime


_COLUMNS = """
    coalesce(member.independent_key, signal.source_key) AS source,
    CASE WHEN signal.kind = 'event' THEN coalesce(nullif(camera.name, ''), camera.id) END AS camera,
    coalesce(camera.lat, signal.lat) AS lat, coalesce(camera.lon, signal.lon) AS lon,
    coalesce(camera.view_radius_m, 0)::float8 AS radius_m
"""
_JOINED = """
    FROM signal JOIN incident_member AS member ON member.signal_id = signal.id AND member.removed_at IS NULL
    LEFT JOIN camera ON signal.kind = 'event' AND signal.source_key = 'camera:' || camera.id
    LEFT JOIN camera_latest AS latest ON latest.camera_id = camera.id
"""
_OF_NOW = f"""
SELECT {_COLUMNS}, signal.depth_cm, member.grade = 'verified' AS is_proven,
    -- A camera that sees now has seen until its last frame what it reported last.
    CASE WHEN signal.kind = 'event' AND latest.camera_id IS NOT NULL AND latest.unknown_since IS NULL
        THEN least(%(now)s, greatest(signal.last_at, latest.last_frame_at)) ELSE signal.last_at END AS observed_at
{_JOINED}
WHERE member.incident_id = ANY(%(incidents)s) AND signal.ended_at IS NULL
    AND (signal.kind = 'report' AND signal.depth_cm IS NOT NULL AND signal.last_at > %(since)s
        OR signal.kind = 'event' AND camera.id IS NOT NULL AND camera.retired_at IS NULL)
ORDER BY signal.last_at DESC LIMIT {MOST_OBSERVATIONS}
"""
_ENDED = f"""
SELECT {_COLUMNS}, 0.0::float8 AS depth_cm, true AS is_proven, signal.ended_at AS observed_at
{_JOINED}
WHERE signal.category = 'flooding' AND signal.kind = 'event' AND signal.ended_at > %(since)s
    AND signal.ended_at <= %(now)s AND camera.retired_at IS NULL AND latest.unknown_since IS NULL
    AND latest.camera_id IS NOT NULL
ORDER BY signal.ended_at DESC LIMIT {MOST_OBSERVATIONS}
"""
_OF_HISTORY = f"""
SELECT {_COLUMNS}, signal.depth_cm, member.grade = 'verified' AS is_proven, signal.last_at AS observed_at
{_JOINED}
JOIN incident ON incident.id = member.incident_id AND incident.verdict IS DISTINCT FROM 'false_alarm'
WHERE signal.category = 'flooding' AND signal.depth_cm > 0 AND signal.last_at > %(since)s AND signal.last_at <= %(now)s
    AND (signal.kind = 'report' OR signal.kind = 'event' AND camera.id IS NOT NULL)
ORDER BY signal.last_at DESC LIMIT {MOST_OBSERVATIONS}
"""  # noqa: S608 - our own text


def lock(conn: Connection) -> None:
    """Until the transaction ends nobody else computes the depths of streets."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('street_depth'), 0)")


def observations(
    conn: Connection, incident_ids: Sequence[UUID], *, since: datetime, now: datetime
) -> list[Observation]:
    """Return what cameras see now, what people reported since a time, and where cameras saw the end of the water."""
    values = {"incidents": list(incident_ids), "since": since, "now": now}
    cursor = conn.cursor(row_factory=class_row(Observation))
    return [
        *cursor.execute(_OF_NOW.encode(), values).fetchall(),
        *cursor.execute(_ENDED.encode(), values).fetchall(),
    ]


def former_observations(conn: Connection, *, since: datetime, now: datetime) -> list[Observation]:
    """Return the depths that were stated since a time in incidents that nobody judged to be false, the newest first."""
    cursor = conn.cursor(row_factory=class_row(Observation))
    return cursor.execute(_OF_HISTORY.encode(), {"since": since, "now": now}).fetchall()


def known_levels(conn: Connection, *, now: datetime) -> Mapping[str, Level]:
    """Return the newest level of each gauge whose level is known at a time."""
    rows = conn.cursor(row_factory=class_row(Level)).execute(
        "SELECT fact.gauge_id, coalesce(nullif(gauge.name, ''), gauge.id) AS name,"
        " fact.known_level_cm::float8 AS level_cm, fact.known_at AS measured_at"
        " FROM gauge_fact AS fact JOIN gauge ON gauge.id = fact.gauge_id"
        " WHERE gauge.retired_at IS NULL AND fact.known_level_cm IS NOT NULL"
        " AND gauge_unknown_cause(fact, %s) IS NULL",
        (now,),
    )
    return {row.gauge_id: row for row in rows}


def levels_at(conn: Connection, moments: Sequence[tuple[str, datetime]]) -> list[float | None]:
    """Return the level of a gauge at each moment: the nearest good reading within ten minutes, None where none is."""
    rows = conn.execute(
        "SELECT wanted.place, near.level_cm::float8 AS level_cm"
        " FROM unnest(%s::text[], %s::timestamptz[]) WITH ORDINALITY AS wanted (gauge_id, at, place)"
        " CROSS JOIN LATERAL (SELECT reading.level_cm, reading.measured_at FROM reading"
        "  WHERE reading.gauge_id = wanted.gauge_id AND reading.quality = 'good' AND reading.level_cm IS NOT NULL"
        "  AND reading.measured_at BETWEEN wanted.at - interval '10 minutes' AND wanted.at + interval '10 minutes'"
        "  AND NOT reading.flags @> '{unconfirmed}'"
        "  ORDER BY abs(extract(epoch FROM reading.measured_at - wanted.at)) LIMIT 1) AS near",
        ([gauge_id for gauge_id, _ in moments], [at for _, at in moments]),
    )
    found = {row["place"]: row["level_cm"] for row in rows}
    return [found.get(place) for place in range(1, len(moments) + 1)]
