"""Reads what forecasts announced and what came, and stores how often they proved right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.ahead.precision import PastWarning, Precision, Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionRow:
    """Represents how often forecasts of a level proved right."""

    gauge_id: str
    level_cm: float
    lead_minutes: int
    episodes: int
    came: int
    computed_at: datetime

    @property
    def measured(self) -> Precision:
        """Return the counts as the rules take them."""
        return Precision(episodes=self.episodes, came=self.came)


def past_warnings(
    conn: Connection, threshold: Threshold, *, since: datetime, until: datetime, late_by: timedelta
) -> list[PastWarning]:
    """Return the forecasts that announced a level which was not there yet, and whether the water came by the announced
    time and `late_by`. Forecasts whose time has not passed are left out.
    """
    rows = conn.execute(
        "SELECT announced.made_at, CASE WHEN count(came.level_cm) = 0 THEN NULL"
        "  ELSE max(came.level_cm) >= %(level)s END AS came"
        " FROM (SELECT made_at, min(at) AS at FROM forecast WHERE gauge_id = %(gauge)s"
        "   AND made_at >= %(since)s AND level_cm >= %(level)s AND stayed_cm < %(level)s"
        "   AND at <= made_at + make_interval(mins => %(lead)s) GROUP BY made_at) AS announced"
        " LEFT JOIN LATERAL (SELECT level_cm FROM reading WHERE reading.gauge_id = %(gauge)s"
        "   AND quality IN ('good', 'suspect') AND NOT flags @> '{unconfirmed}' AND level_cm IS NOT NULL"
        "   AND measured_at > announced.made_at AND measured_at <= announced.at + %(late)s) AS came ON true"
        " WHERE announced.at + %(late)s <= %(until)s GROUP BY announced.made_at ORDER BY announced.made_at",
        {
            "gauge": threshold.gauge_id,
            "level": threshold.level_cm,
            "lead": threshold.lead_minutes,
            "since": since,
            "until": until,
            "late": late_by,
        },
    )
    return [PastWarning(made_at=row["made_at"], came=row["came"]) for row in rows]


def upsert(conn: Connection, threshold: Threshold, measured: Precision, *, now: datetime) -> None:
    """Store how often forecasts of a level proved right."""
    conn.execute(
        "INSERT INTO forecast_precision (gauge_id, level_cm, lead_minutes, episodes, came, computed_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (gauge_id, level_cm, lead_minutes) DO UPDATE SET"
        " episodes = excluded.episodes, came = excluded.came, computed_at = excluded.computed_at",
        (*threshold, measured.episodes, measured.came, now),
    )


def forget(conn: Connection, *, before: datetime) -> None:
    """Delete what was computed before a time: nobody has such a threshold any more."""
    conn.execute("DELETE FROM forecast_precision WHERE computed_at < %s", (before,))


def list_of_gauge(conn: Connection, gauge_id: str) -> list[PrecisionRow]:
    """Return the published precisions of a gauge, by level and lead time."""
    rows = conn.cursor(row_factory=class_row(PrecisionRow)).execute(
        "SELECT gauge_id, level_cm, lead_minutes, episodes, came, computed_at FROM forecast_precision"
        " WHERE gauge_id = %s ORDER BY level_cm, lead_minutes LIMIT 500",
        (gauge_id,),
    )
    return rows.fetchall()


def limits(conn: Connection) -> Sequence[tuple[str, float]]:
    """Return the levels at which stages begin, of the gauges that are forecast."""
    rows = conn.execute(
        "SELECT gauge.id, level.cm::float8 AS cm FROM gauge JOIN forecast_run ON forecast_run.gauge_id = gauge.id"
        " CROSS JOIN LATERAL (VALUES (s3_cm), (s2_cm), (s1_cm)) AS level (cm)"
        " WHERE gauge.retired_at IS NULL AND level.cm IS NOT NULL ORDER BY 1, 2"
    )
    return [(row["id"], row["cm"]) for row in rows]
