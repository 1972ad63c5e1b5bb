"""Reads which sources contradict each other: gauges and people, gauges and cameras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.contradiction import CitizenStatement, GaugeState
from siaga_core.rules.geometry import LatLon


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCheck:
    """Represents an unresolved contradiction by the signal that reports it."""

    signal_id: UUID
    gauge_id: str
    citizens: int
    revision: int
    began_at: datetime
    last_at: datetime


def lock(conn: Connection) -> None:
    """Until the transaction ends nobody else looks for contradictions."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('contradiction'), 0)")


def citizens_of_floods(conn: Connection, *, since: datetime) -> list[CitizenStatement]:
    """Reports of flooding since a time, save those that were found to be false; without proof a network is one."""
    rows = conn.execute(
        "SELECT signal.id, CASE WHEN origin.signal_id IS NULL OR origin.is_account THEN signal.source_key"
        "   ELSE 'network:' || coalesce(origin.network, 'unknown') END AS source_key,"
        " signal.lat, signal.lon, signal.last_at FROM signal"
        " LEFT JOIN signal_origin AS origin ON origin.signal_id = signal.id"
        " LEFT JOIN incident_member AS member ON member.signal_id = signal.id AND member.removed_at IS NULL"
        " LEFT JOIN incident ON incident.id = member.incident_id"
        " WHERE signal.category = 'flooding' AND signal.kind = 'report' AND signal.last_at >= %s"
        " AND incident.state IS DISTINCT FROM 'rejected' ORDER BY signal.last_at DESC LIMIT 5000",
        (since,),
    )
    return [
        CitizenStatement(
            signal_id=str(row["id"]),
            source=row["source_key"],
            place=LatLon(row["lat"], row["lon"]),
            observed_at=row["last_at"],
        )
        for row in rows
    ]


def comparable_gauges(conn: Connection, *, now: datetime) -> Mapping[str, GaugeState]:
    """Return gauges with a good newest level and a limit for Siaga 3, by id; the rate covers the last 90 minutes."""
    rows = conn.execute(
        "SELECT gauge.id, gauge.lat, gauge.lon, gauge.s3_cm, gauge.stale_seconds, latest.level_cm, latest.measured_at,"
        " (SELECT (latest.level_cm - earlier.level_cm)"
        "    / nullif(extract(epoch FROM latest.measured_at - earlier.measured_at), 0) * 3600"
        "  FROM reading AS earlier WHERE earlier.gauge_id = gauge.id AND earlier.quality = 'good'"
        "  AND earlier.measured_at BETWEEN latest.measured_at - interval '90 minutes'"
        "   AND latest.measured_at - interval '20 minutes' ORDER BY earlier.measured_at DESC LIMIT 1) AS rate"
        " FROM gauge JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id"
        " JOIN gauge_fact AS fact ON fact.gauge_id = gauge.id"
        " WHERE gauge.retired_at IS NULL AND gauge.s3_cm IS NOT NULL AND latest.level_cm IS NOT NULL"
        " AND latest.quality = 'good'"
        " AND gauge_unknown_cause(fact, %s) IS NULL",
        (now,),
    )
    return {
        row["id"]: GaugeState(
            place=LatLon(row["lat"], row["lon"]),
            level_cm=row["level_cm"],
            s3_cm=row["s3_cm"],
            rate_cm_per_hour=None if row["rate"] is None else float(row["rate"]),
            measured_at=row["measured_at"],
            stale_seconds=row["stale_seconds"],
        )
        for row in rows
    }


def open_checks(conn: Connection) -> Mapping[str, OpenCheck]:
    """Return the contradictions that stand, by gauge."""
    rows = conn.execute(
        "SELECT signal.id AS signal_id, gauge_id, citizens, revision, began_at, last_at FROM signal"
        " JOIN gauge_check ON gauge_check.signal_id = signal.id WHERE kind = 'rule' AND ended_at IS NULL"
    )
    return {row["gauge_id"]: OpenCheck(**row) for row in rows}


def save_check(
    conn: Connection,
    *,
    signal_id: UUID,
    gauge_id: str,
    gauge_state: GaugeState,
    citizens: int,
    evidence: Sequence[str],
    now: datetime,
) -> None:
    """Writes why a gauge is to be inspected."""
    conn.execute(
        "INSERT INTO gauge_check (signal_id, gauge_id, level_cm, s3_cm, measured_at, citizens, evidence, updated_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s::uuid[], %s) ON CONFLICT (signal_id) DO UPDATE SET"
        " level_cm = excluded.level_cm, measured_at = excluded.measured_at, citizens = excluded.citizens,"
        " evidence = excluded.evidence, updated_at = excluded.updated_at",
        (
            signal_id,
            gauge_id,
            gauge_state.level_cm,
            gauge_state.s3_cm,
            gauge_state.measured_at,
            citizens,
            list(evidence)[-200:],
            now,
        ),
    )


def remark_dry_roads(conn: Connection, *, radius_degrees: float, now: datetime) -> list[UUID]:
    """Records at incidents of a gauge at Siaga 1 which cameras beside it look at the road and see no water.

    A camera counts while it sees (a frame in the last five minutes, no lost view) and no flood event of it is open.
    Returns the incidents whose remarks changed.
    """
    rows = conn.execute(
        "WITH alarm AS ("
        " SELECT incident.id, gauge.lat, gauge.lon FROM incident JOIN incident_member AS member"
        "   ON member.incident_id = incident.id AND member.removed_at IS NULL"
        "  JOIN gauge ON member.source_key = 'gauge:' || gauge.id"
        "  JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id AND latest.stage = 1"
        "  JOIN gauge_fact AS fact ON fact.gauge_id = gauge.id AND gauge_unknown_cause(fact, %(now)s) IS NULL"
        "  WHERE incident.state = 'open' AND incident.category = 'flooding'),"
        " dry AS ("
        " SELECT DISTINCT alarm.id AS incident_id, 'camera:' || camera.id AS source_key FROM alarm"
        "  JOIN camera ON camera.spot <@ box(point(alarm.lon - %(r)s, alarm.lat - %(r)s),"
        "    point(alarm.lon + %(r)s, alarm.lat + %(r)s))"
        "  JOIN camera_latest AS seen ON seen.camera_id = camera.id AND seen.unknown_since IS NULL"
        "   AND seen.last_frame_at > %(now)s - interval '5 minutes'"
        "  WHERE camera.retired_at IS NULL"
        "   AND EXISTS (SELECT FROM camera_zone AS zone WHERE zone.camera_id = camera.id AND zone.kind = 'road')"
        "   AND NOT EXISTS (SELECT FROM event WHERE event.source_kind = 'camera' AND event.source_id = camera.id"
        "    AND event.hazard = 'flooding' AND event.ended_at IS NULL)),"
        " ended AS ("
        " UPDATE incident_remark AS held SET ended_at = %(now)s WHERE ended_at IS NULL AND NOT EXISTS"
        "  (SELECT FROM dry WHERE dry.incident_id = held.incident_id AND dry.source_key = held.source_key)"
        "  RETURNING incident_id),"
        " begun AS ("
        " INSERT INTO incident_remark (incident_id, kind, source_key, began_at, note)"
        "  SELECT incident_id, 'camera_sees_dry_road', source_key, %(now)s,"
        "   'the gauge stands at Siaga 1, the camera sees a dry road' FROM dry ON CONFLICT DO NOTHING"
        "  RETURNING incident_id)"
        " SELECT incident_id FROM ended UNION SELECT incident_id FROM begun",
        {"r": radius_degrees, "now": now},
    )
    return [row["incident_id"] for row in rows]
