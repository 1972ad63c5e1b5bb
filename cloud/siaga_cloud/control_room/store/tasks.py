"""Reads the tasks of a past minute: those under way, and those finished in the day before it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from siaga_cloud.control_room.store.history import changed_since, state_at
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.tasks.store.read import TaskRow

# As the view task_completion, of `held_task` and `agency`. A task that follows another has none of its own.
COMPLETION: Final = """CASE WHEN held_task.state <> 'following' THEN jsonb_build_object('state', held_task.state,
    'finished_at', held_task.finished_at, 'verified_by', held_task.verified_by, 'disputed_by', held_task.disputed_by,
    'disputed_at', held_task.disputed_at, 'agency_name', agency.name,
    'verified_by_name', (SELECT coalesce(nullif(one.name, ''), one.id) FROM (SELECT 'camera:' || id AS key, id, name
        FROM camera UNION ALL SELECT 'gauge:' || id, id, name FROM gauge) AS one WHERE one.key = held_task.verified_by),
    'disputed_by_name', (SELECT coalesce(nullif(one.name, ''), one.id) FROM (SELECT 'camera:' || id AS key, id, name
        FROM camera UNION ALL SELECT 'gauge:' || id, id, name FROM gauge) AS one WHERE one.key = held_task.disputed_by))
    END"""

_TASKS: Final = f"""
SELECT task.id, task.number, task.incident_id, task.category, held_task.state, held_task.priority, held_task.severity,
    held_task.agency_id, agency.name AS agency_name, held_task.area_id, area.name AS area_name,
    area_path(held_task.area_id) AS area_path, held_task.assignee_id, app_user.name AS assignee_name, held_task.lat,
    held_task.lon, task.caused_at, task.created_at, held_task.updated_at, held_task.acknowledge_by,
    held_task.first_action_by, held_task.resolve_by, held_task.acknowledged_at, held_task.first_action_at,
    held_task.paused_seconds, held_task.finished_at, held_task.escalation, NULL::uuid AS proof_media_id,
    held_task.started_at, held_task.deadlines_paused, held_task.remind_at_share, {COMPLETION} AS completion
FROM task
CROSS JOIN LATERAL {state_at("task", "task.id::text")} AS past
CROSS JOIN LATERAL jsonb_to_record(past.held) AS held_task (state text, priority smallint, severity text,
    agency_id text, area_id text, assignee_id text, lat float8, lon float8, updated_at timestamptz,
    acknowledge_by timestamptz, first_action_by timestamptz, resolve_by timestamptz, acknowledged_at timestamptz,
    first_action_at timestamptz, paused_seconds float8, finished_at timestamptz, escalation smallint,
    started_at timestamptz, deadlines_paused boolean, remind_at_share float8, verified_by text, disputed_by text,
    disputed_at timestamptz)
LEFT JOIN agency ON agency.id = held_task.agency_id LEFT JOIN area ON area.id = held_task.area_id
LEFT JOIN app_user ON app_user.id = held_task.assignee_id
WHERE task.id IN (SELECT one.id FROM task AS one WHERE one.finished_at IS NULL
        UNION SELECT changed.id::uuid FROM ({changed_since("task", "%(at)s - interval '1 day'")}) AS changed)
    AND (held_task.finished_at IS NULL OR held_task.finished_at > %(at)s - interval '1 day')
ORDER BY held_task.finished_at DESC NULLS FIRST, held_task.priority, held_task.resolve_by, task.id LIMIT %(limit)s
"""  # noqa: S608 - our own text


def tasks_at(conn: Connection, *, at: datetime, limit: int) -> list[TaskRow]:
    """Return the tasks of then, unfinished before finished, then the most urgent, then the one due first."""
    found = conn.cursor(row_factory=class_row(TaskRow)).execute(_TASKS.encode(), {"at": at, "limit": limit})
    return found.fetchall()
