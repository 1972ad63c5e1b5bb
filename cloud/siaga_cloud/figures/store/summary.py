"""Counts the whole city for the head of a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class CitySummary:
    """Holds the counts for the head of the page. The keys are categories, states and stages as words."""

    at: datetime
    open_incidents: dict[str, int]
    tasks: dict[str, int]
    overdue_tasks: int
    gauges: dict[str, int]
    cameras: int
    cameras_unknown: int
    reports_today: int


_SUMMARY = """
SELECT now() AS at,
    (SELECT coalesce(jsonb_object_agg(category, n), '{}') FROM (SELECT category, count(*) AS n
        FROM incident_seen AS incident WHERE state = 'open' GROUP BY category) AS counted) AS open_incidents,
    (SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM (SELECT state, count(*) AS n
        FROM task_seen AS task GROUP BY state) AS counted) AS tasks,
    (SELECT count(*) FROM task_seen AS task
        WHERE finished_at IS NULL AND paused_at IS NULL AND resolve_by < now()) AS overdue_tasks,
    (SELECT coalesce(jsonb_object_agg(stage, n), '{}') FROM (
        SELECT CASE WHEN knowledge.unknown_cause IS NOT NULL OR latest.stage IS NULL THEN 'unknown'
            ELSE 'siaga_' || latest.stage END AS stage, count(*) AS n
        FROM gauge JOIN gauge_knowledge AS knowledge ON knowledge.gauge_id = gauge.id
        LEFT JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id
        WHERE gauge.retired_at IS NULL GROUP BY 1) AS counted) AS gauges,
    (SELECT count(*) FROM camera WHERE retired_at IS NULL) AS cameras,
    (SELECT count(*) FROM camera LEFT JOIN camera_latest AS latest ON latest.camera_id = camera.id
        WHERE camera.retired_at IS NULL AND (latest.camera_id IS NULL OR latest.unknown_since IS NOT NULL))
        AS cameras_unknown,
    (SELECT count(*) FROM report_seen AS report WHERE received_at >= now() - interval '24 hours') AS reports_today
"""


def summary(conn: Connection) -> CitySummary:
    """Return the current counts of the city."""
    found = conn.cursor(row_factory=class_row(CitySummary)).execute(_SUMMARY).fetchone()
    if found is None:
        raise LookupError("a select without a from gives one row")
    return found
