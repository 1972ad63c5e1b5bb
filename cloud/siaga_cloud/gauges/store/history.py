"""Reads the usual levels of a gauge and the stages that authorities publish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

MIN_HOURS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualLevels:
    """Holds the usual levels: nine of ten hourly means lie in low..high. The record is the highest level with its
    hour."""

    low_cm: float
    middle_cm: float
    high_cm: float
    record_cm: float
    record_at: datetime
    hours: int
    computed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Holds the stage by levels, the published one while it is fresh, and the worse of both (1 is worst)."""

    computed_stage: int | None
    published_stage: int | None
    published_by: str | None
    published_at: datetime | None
    alarm_stage: int | None


def recompute_usual(conn: Connection, *, now: datetime) -> int:
    """Recomputes what is usual at every gauge with at least two days of history; how many."""
    return conn.execute(
        "INSERT INTO gauge_usual"
        " SELECT gauge_id, part[1], part[2], part[3], record_cm, record_at, hours, %(now)s FROM ("
        "   SELECT gauge_id, percentile_cont(ARRAY[0.05, 0.5, 0.95]) WITHIN GROUP (ORDER BY sum_cm / n_good) AS part,"
        "     max(max_cm) AS record_cm, (array_agg(bucket ORDER BY max_cm DESC, bucket))[1] AS record_at,"
        "     count(*)::int AS hours FROM reading_hourly WHERE n_good > 0"
        "   GROUP BY 1 HAVING count(*) >= %(hours)s) AS one"
        " WHERE EXISTS (SELECT FROM gauge WHERE gauge.id = one.gauge_id)"
        " ON CONFLICT (gauge_id) DO UPDATE SET low_cm = excluded.low_cm, middle_cm = excluded.middle_cm,"
        " high_cm = excluded.high_cm, record_cm = excluded.record_cm, record_at = excluded.record_at,"
        " hours = excluded.hours, computed_at = excluded.computed_at",
        {"now": now, "hours": MIN_HOURS},
    ).rowcount


def usual_of(conn: Connection, gauge_id: str) -> UsualLevels | None:
    """Return what is usual at a gauge."""
    return (
        conn.cursor(row_factory=class_row(UsualLevels))
        .execute(
            "SELECT low_cm, middle_cm, high_cm, record_cm, record_at, hours, computed_at FROM gauge_usual"
            " WHERE gauge_id = %s",
            (gauge_id,),
        )
        .fetchone()
    )


def publish(
    conn: Connection, gauge_id: str, *, stage: int, level_cm: float | None, source: str, at: datetime, now: datetime
) -> bool:
    """Store a published stage; return False where the source had published one for that moment (the first holds)."""
    return (
        conn.execute(
            "INSERT INTO gauge_published (gauge_id, at, source, stage, level_cm, recorded_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (gauge_id, at, source, stage, level_cm, now),
        ).rowcount
        == 1
    )


def alarm_of(conn: Connection, gauge_id: str) -> Alarm | None:
    """Computed against published; None for a gauge that is not there."""
    return (
        conn.cursor(row_factory=class_row(Alarm))
        .execute(
            "SELECT computed_stage, published_stage, published_by, published_at, alarm_stage FROM gauge_alarm"
            " WHERE gauge_id = %s",
            (gauge_id,),
        )
        .fetchone()
    )
