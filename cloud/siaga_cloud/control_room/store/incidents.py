"""Reads the incidents that were open at a past minute."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from siaga_cloud.control_room.store.history import changed_since, state_at
from siaga_cloud.control_room.store.tasks import COMPLETION
from siaga_cloud.incidents.store.read import IncidentRow
from siaga_cloud.platform.db.connection import Connection

_OPEN: Final = f"""
SELECT incident.id, incident.number, incident.category, held.state, held.severity,
    round(held.confidence::numeric, 4)::float8 AS confidence, held.lat, held.lon, held.area_id,
    area.name AS area_name, area_path(held.area_id) AS area_path, task.agency_id, held.began_at, held.last_signal_at,
    held.over_at, held.sources, held.mixed, held.sensor_confidence, held.people, held.partners,
    coalesce(held.is_confirmed, false) AS is_confirmed, NULL::boolean AS has_officer, held.verdict,
    task.id AS task_id, task.number AS task_number, task.state AS task_state, task.completion,
    ARRAY(SELECT DISTINCT split_part(member.source_key, ':', 1) FROM incident_member AS member
        WHERE member.incident_id = incident.id AND member.joined_at < %(at)s
        AND (member.removed_at IS NULL OR member.removed_at >= %(at)s) ORDER BY 1) AS source_kinds
FROM incident
CROSS JOIN LATERAL {state_at("incident", "incident.id::text")} AS past
CROSS JOIN LATERAL jsonb_to_record(past.held) AS held (state text, severity text, confidence float8, lat float8,
    lon float8, area_id text, began_at timestamptz, last_signal_at timestamptz, over_at timestamptz, sources integer,
    mixed boolean, sensor_confidence float8, people integer, partners integer, verdict text, is_confirmed boolean)
LEFT JOIN area ON area.id = held.area_id
LEFT JOIN LATERAL (
    SELECT of_task.id, of_task.number, held_task.state, held_task.agency_id, {COMPLETION} AS completion
    FROM (SELECT task.id, task.number, {state_at("task", "task.id::text")} AS held FROM task
        WHERE task.incident_id = incident.id AND task.created_at < %(at)s ORDER BY task.created_at DESC LIMIT 1)
        AS of_task
    CROSS JOIN LATERAL jsonb_to_record(of_task.held) AS held_task (state text, agency_id text, finished_at timestamptz,
        verified_by text, disputed_by text, disputed_at timestamptz)
    LEFT JOIN agency ON agency.id = held_task.agency_id
) AS task ON true
WHERE incident.id IN (SELECT one.id FROM incident AS one WHERE one.state = 'open'
        UNION SELECT changed.id::uuid FROM ({changed_since("incident", "%(at)s")}) AS changed)
    AND held.state = 'open'
ORDER BY array_position(ARRAY['severe', 'moderate', 'minor'], held.severity), held.began_at DESC, incident.id
LIMIT %(limit)s
"""  # noqa: S608 - our own text


def open_at(conn: Connection, *, at: datetime, limit: int) -> list[IncidentRow]:
    """Return the incidents that were open, the severest first, the newest of them first. The history does not hold
    whether an officer was there: `has_officer` is None.
    """
    found = conn.cursor(row_factory=class_row(IncidentRow)).execute(_OPEN.encode(), {"at": at, "limit": limit})
    return found.fetchall()
