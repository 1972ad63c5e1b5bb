"""Reads gauges: the latest level with its stage and trend, and readings over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

TREND_MINUTES = 15
TREND_FORGOTTEN_DAYS = 2  # a gauge that is silent for so long has no trend
STEADY_CM_PER_HOUR = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """Represents a gauge and its last report. Where `unknown_cause` is set, the level is unknown: `level_cm`, `stage`,
    `quality` and the trend are then null, and the fields `last_...` hold what was known before, with its time.
    """

    id: str
    name: str
    river: str
    lat: float
    lon: float
    area_id: str | None
    area_name: str | None
    s3_cm: float | None
    s2_cm: float | None
    s1_cm: float | None
    downstream_id: str | None
    travel_minutes: float | None
    level_cm: float | None
    stage: int | None
    stage_since: datetime | None
    quality: str | None
    measured_at: datetime | None
    unknown_since: datetime | None
    rate_cm_per_hour: float | None
    trend: str
    unknown_cause: str | None
    last_level_cm: float | None
    last_stage: int | None
    last_known_at: datetime | None
    name_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Represents one reading. A null level means "no reading", never zero."""

    measured_at: datetime
    level_cm: float | None
    quality: str
    stage: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeHour:
    """Represents the readings of one hour. The levels are None where none of the `readings` could be trusted."""

    hour_at: datetime
    readings: int
    level_cm: float | None
    low_cm: float | None
    high_cm: float | None


_GAUGES = f"""
SELECT gauge.id, coalesce(nullif(gauge.name, ''), gauge.id) AS name, gauge.river, gauge.lat, gauge.lon,
    gauge.name_en, gauge.area_id, area.name AS area_name, gauge.s3_cm, gauge.s2_cm, gauge.s1_cm, gauge.downstream_id,
    gauge.travel_minutes, latest.measured_at, knowledge.unknown_cause, knowledge.unknown_since,
    CASE WHEN is_known THEN round(latest.level_cm::numeric, 1)::float8 END AS level_cm,
    CASE WHEN is_known THEN latest.stage END AS stage, CASE WHEN is_known THEN latest.stage_since END AS stage_since,
    CASE WHEN is_known THEN latest.quality END AS quality,
    CASE WHEN NOT is_known THEN round(knowledge.known_level_cm::numeric, 1)::float8 END AS last_level_cm,
    CASE WHEN NOT is_known THEN latest.stage END AS last_stage,
    CASE WHEN NOT is_known THEN knowledge.known_at END AS last_known_at,
    CASE WHEN is_known THEN round(slope.cm_per_hour::numeric, 1)::float8 END AS rate_cm_per_hour,
    CASE WHEN NOT is_known OR slope.cm_per_hour IS NULL THEN 'unknown'
        WHEN slope.cm_per_hour >= {STEADY_CM_PER_HOUR} THEN 'rising'
        WHEN slope.cm_per_hour <= -{STEADY_CM_PER_HOUR} THEN 'falling' ELSE 'steady' END AS trend
FROM gauge LEFT JOIN area ON area.id = gauge.area_id LEFT JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id
JOIN gauge_knowledge AS knowledge ON knowledge.gauge_id = gauge.id
CROSS JOIN LATERAL (SELECT knowledge.unknown_cause IS NULL AS is_known) AS held
LEFT JOIN LATERAL (
    -- Seconds from the newest reading, not from 1970, or float8 loses the slope.
    SELECT regr_slope(reading.level_cm, extract(epoch FROM reading.measured_at - latest.measured_at)::float8 / 3600.0)
        AS cm_per_hour
    FROM reading WHERE reading.gauge_id = gauge.id AND reading.quality IN ('good', 'suspect')
        AND reading.measured_at > latest.measured_at - interval '{TREND_MINUTES} minutes'
        AND reading.measured_at <= latest.measured_at
        -- Leaves chunks of long ago out once for the query; by the lines above it would be once for each gauge.
        AND reading.measured_at > now() - interval '{TREND_FORGOTTEN_DAYS} days'
    HAVING count(reading.level_cm) >= 3
) AS slope ON true
WHERE gauge.retired_at IS NULL AND (%(ids)s::text[] IS NULL OR gauge.id = ANY(%(ids)s))
ORDER BY gauge.name, gauge.id
"""  # noqa: S608 - the constants above are numbers


def gauges(conn: Connection, ids: Sequence[str] | None = None) -> list[Gauge]:
    """Gauges with their latest level; all, or those named."""
    found = conn.cursor(row_factory=class_row(Gauge)).execute(_GAUGES, {"ids": None if ids is None else list(ids)})
    return found.fetchall()


def exists(conn: Connection, gauge_id: str) -> bool:
    """Return whether there is such a gauge."""
    return conn.execute("SELECT FROM gauge WHERE id = %s", (gauge_id,)).fetchone() is not None


def hours(conn: Connection, gauge_id: str, *, since: datetime, until: datetime) -> list[GaugeHour]:
    """Return the mean, lowest and highest level of each hour with readings, oldest first."""
    found = conn.cursor(row_factory=class_row(GaugeHour)).execute(
        "SELECT bucket AS hour_at, n_good AS readings,"
        " round((sum_cm / nullif(n_good, 0))::numeric, 1)::float8 AS level_cm,"
        " round(min_cm::numeric, 1)::float8 AS low_cm, round(max_cm::numeric, 1)::float8 AS high_cm FROM reading_hourly"
        " WHERE gauge_id = %s AND bucket >= %s AND bucket < %s ORDER BY bucket",
        (gauge_id, since, until),
    )
    return found.fetchall()


def readings(conn: Connection, gauge_id: str, *, since: datetime, until: datetime, limit: int) -> list[Reading]:
    """Return the newest `limit` readings of a span, oldest first; `since` included, `until` not."""
    found = conn.cursor(row_factory=class_row(Reading)).execute(
        "SELECT measured_at, round(level_cm::numeric, 1)::float8 AS level_cm, quality, stage FROM reading"
        " WHERE gauge_id = %s AND measured_at >= %s AND measured_at < %s ORDER BY measured_at DESC LIMIT %s",
        (gauge_id, since, until, limit),
    )
    return found.fetchall()[::-1]
