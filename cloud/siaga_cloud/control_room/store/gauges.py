"""Reads the gauges as they stood at a past minute, from the readings that had arrived by then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from siaga_cloud.control_room.store.history import state_at
from siaga_cloud.gauges.store.gauges import STEADY_CM_PER_HOUR, TREND_MINUTES, Gauge
from siaga_cloud.platform.db.connection import Connection

# A gauge that had sent nothing for this long, and has sent since, is shown as one that was never heard.
_LOOK_BACK: Final = "interval '2 days'"
_USABLE: Final = "reading.level_cm IS NOT NULL AND reading.quality IN ('good', 'suspect')"
# Readings that had arrived; where none has come since, those of however long ago.
_ARRIVED: Final = f"""reading.gauge_id = gauge.id AND reading.received_at < %(at)s
        AND reading.measured_at < %(at)s + interval '10 minutes'
        AND reading.measured_at >= least(%(at)s - {_LOOK_BACK},
            CASE WHEN now_latest.received_at < %(at)s THEN coalesce(now_latest.known_at, now_latest.measured_at) END)"""

# As the query of siaga_cloud.gauges.store.gauges. Names, places and limits are those of now.
_GAUGES: Final = f"""
SELECT gauge.id, coalesce(nullif(gauge.name, ''), gauge.id) AS name, gauge.river, gauge.lat, gauge.lon,
    gauge.name_en, gauge.area_id, area.name AS area_name, gauge.s3_cm, gauge.s2_cm, gauge.s1_cm, gauge.downstream_id,
    gauge.travel_minutes, latest.measured_at, cause.text AS unknown_cause,
    CASE WHEN NOT is_known THEN coalesce(known.measured_at, lost.unknown_since) END AS unknown_since,
    CASE WHEN is_known THEN round(latest.level_cm::numeric, 1)::float8 END AS level_cm,
    CASE WHEN is_known THEN stage.stage END AS stage, CASE WHEN is_known THEN stage.since END AS stage_since,
    CASE WHEN is_known THEN latest.quality END AS quality,
    CASE WHEN NOT is_known THEN round(known.level_cm::numeric, 1)::float8 END AS last_level_cm,
    CASE WHEN NOT is_known THEN stage.stage END AS last_stage,
    CASE WHEN NOT is_known THEN known.measured_at END AS last_known_at,
    CASE WHEN is_known THEN round(slope.cm_per_hour::numeric, 1)::float8 END AS rate_cm_per_hour,
    CASE WHEN NOT is_known OR slope.cm_per_hour IS NULL THEN 'unknown'
        WHEN slope.cm_per_hour >= {STEADY_CM_PER_HOUR} THEN 'rising'
        WHEN slope.cm_per_hour <= -{STEADY_CM_PER_HOUR} THEN 'falling' ELSE 'steady' END AS trend
FROM gauge LEFT JOIN area ON area.id = gauge.area_id
LEFT JOIN gauge_latest AS now_latest ON now_latest.gauge_id = gauge.id
LEFT JOIN LATERAL (SELECT reading.measured_at, reading.level_cm, reading.quality, reading.node_id FROM reading
    WHERE {_ARRIVED} ORDER BY reading.measured_at DESC LIMIT 1) AS latest ON true
LEFT JOIN LATERAL (SELECT reading.measured_at, reading.level_cm FROM reading
    WHERE {_ARRIVED} AND {_USABLE} ORDER BY reading.measured_at DESC LIMIT 1) AS known ON true
LEFT JOIN LATERAL (SELECT one.stage, one.at AS since FROM (
        SELECT change.stage, change.at, 1 AS turn FROM gauge_stage AS change
            WHERE change.gauge_id = gauge.id AND change.recorded_at < %(at)s
        UNION ALL SELECT now_latest.stage, now_latest.stage_since, 2 WHERE now_latest.stage_since < %(at)s
    ) AS one ORDER BY one.turn, one.at DESC LIMIT 1) AS stage ON true
LEFT JOIN LATERAL (SELECT (past.held ->> 'unknown_since')::timestamptz AS unknown_since,
        (past.held ->> 'at')::timestamptz AS at
    FROM {state_at("gauge_view", "gauge.id")} AS past) AS lost ON true
CROSS JOIN LATERAL (SELECT coalesce(
        gauge_unknown_cause(ROW (gauge.id, gauge.stale_seconds, known.measured_at, known.level_cm, latest.measured_at,
            lost.unknown_since, lost.at, coalesce((SELECT past.held ->> 'state' = 'offline'
                FROM {state_at("node", "latest.node_id")} AS past), false), NULL,
            (SELECT CASE WHEN jsonb_typeof(node.health -> 'interval_seconds') = 'number'
                THEN (node.health ->> 'interval_seconds')::float8 END FROM node WHERE node.id = latest.node_id)
        )::gauge_fact, %(at)s),
        -- When its node last sent anything is not in the history, but that the worker found the gauge silent is.
        (SELECT 'node_silent' FROM {state_at("gauge", "gauge.id")} AS past WHERE past.held ? 'stale_since')) AS text
) AS cause
CROSS JOIN LATERAL (SELECT cause.text IS NULL AS is_known) AS held
LEFT JOIN LATERAL (
    SELECT regr_slope(reading.level_cm, extract(epoch FROM reading.measured_at - latest.measured_at)::float8 / 3600.0)
        AS cm_per_hour
    FROM reading WHERE reading.gauge_id = gauge.id AND reading.quality IN ('good', 'suspect')
        AND reading.received_at < %(at)s
        AND reading.measured_at > latest.measured_at - interval '{TREND_MINUTES} minutes'
        AND reading.measured_at <= latest.measured_at AND reading.measured_at > %(at)s - {_LOOK_BACK}
    HAVING count(reading.level_cm) >= 3
) AS slope ON true
WHERE (gauge.retired_at IS NULL OR gauge.retired_at >= %(at)s) ORDER BY gauge.name, gauge.id LIMIT 5000
"""  # noqa: S608 - our own text


def gauges_at(conn: Connection, *, at: datetime) -> Sequence[Gauge]:
    """Return every gauge with the level and stage that were known then."""
    return conn.cursor(row_factory=class_row(Gauge)).execute(_GAUGES.encode(), {"at": at}).fetchall()
