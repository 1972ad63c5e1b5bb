"""Loads a history in bulk: complaints with their outcomes, and readings. Ids follow from numbers, so a second load
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.incident import DEFAULT_RELIABILITY

RELIABILITY = DEFAULT_RELIABILITY["citizen"]
STRENGTH = 0.8  # as of a report without a photo: the images of a past are not loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    """Represents a complaint for the bulk load; the deadlines are those of its task (None where it repeats another)."""

    number: str
    root: str
    channel: str
    category: str
    severity: str
    lat: float
    lon: float
    area_id: str | None
    reported_at: datetime
    reporter_hash: str
    words: str
    agency_id: str | None
    officer_id: str | None
    acknowledged_at: datetime | None
    arrived_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    reopened: int
    acknowledge_by: datetime | None
    first_action_by: datetime | None
    resolve_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """Counts what was new."""

    reports: int
    incidents: int
    tasks: int


_values = attrgetter(*(field.name for field in fields(PastRow)))
_TYPES = {"lat": "double precision", "lon": "double precision", "reopened": "integer"}
_STAGE = ", ".join(
    f"{field.name} {_TYPES.get(field.name, 'timestamptz' if field.name.endswith(('_at', '_by')) else 'text')}"
    for field in fields(PastRow)
)


def allow_hours(conn: Connection) -> None:
    """Let the statements of this connection run for hours, because each of them loads a whole year."""
    conn.execute("SET statement_timeout = '6h'")
    conn.commit()


def stage_complaints(conn: Connection, rows: Iterable[PastRow]) -> int:
    """Copies complaints into a table that this transaction alone sees; how many."""
    conn.execute(f"CREATE TEMP TABLE past ({_STAGE}) ON COMMIT DROP".encode())
    count = 0
    with conn.cursor() as cursor, cursor.copy("COPY past FROM STDIN") as copy:
        for row in rows:
            copy.write_row(_values(row))
            count += 1
    conn.execute("CREATE INDEX ON past (root)")
    conn.execute("ANALYZE past")
    return count


def load_staged(conn: Connection, source: str, *, report: Callable[[str], None]) -> LoadResult:
    """Makes reports, signals, incidents, tasks and their moves of what is staged; what is there already stays."""
    conn.execute(_IDS)
    weight = RELIABILITY * STRENGTH
    values = {"source": source, "reliability": RELIABILITY, "strength": STRENGTH, "weight": weight}
    done = {}
    for name, sql in _STEPS.items():
        done[name] = conn.execute(sql.encode(), values).rowcount
        if name != "ids":
            report(f"{done[name]} new rows: {name}")
    return LoadResult(reports=done["report"], incidents=done["incident"], tasks=done["task"])


def load_readings(conn: Connection, rows: Iterable[tuple[str, datetime, float | None]], node_id: str) -> int:
    """Adds readings that are not there yet, and rolls their hours up; how many were new."""
    conn.execute(
        "CREATE TEMP TABLE past_reading (gauge_id text, measured_at timestamptz, level_cm real) ON COMMIT DROP"
    )
    with conn.cursor() as cursor, cursor.copy("COPY past_reading FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    new = conn.execute(
        "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)"
        " SELECT gauge_id, measured_at, level_cm, CASE WHEN level_cm IS NULL THEN 'missing' ELSE 'good' END, %s,"
        " measured_at FROM past_reading ON CONFLICT DO NOTHING",
        (node_id,),
    ).rowcount
    if new:
        conn.execute(_ROLL_UP)
    conn.execute("DROP TABLE past_reading")
    return new


_IDS = """
ALTER TABLE past ADD COLUMN id uuid, ADD COLUMN incident_id uuid, ADD COLUMN task_id uuid;
"""
_STEPS = {
    "ids": "UPDATE past SET id = md5(%(source)s || ':r:' || number)::uuid,"
    " incident_id = md5(%(source)s || ':i:' || root)::uuid, task_id = md5(%(source)s || ':t:' || root)::uuid",
    "report": "INSERT INTO report (id, channel, external_id, secret_sha256, category, body, lat, lon, area_id,"
    " reporter_hash, happened_at, received_at) SELECT id, channel, %(source)s || ':' || number,"
    " sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), category, words, lat, lon, area_id,"
    " reporter_hash, reported_at, reported_at FROM past ON CONFLICT DO NOTHING",
    "signal": "INSERT INTO signal (id, kind, category, source_key, confidence, severity, lat, lon, began_at, last_at,"
    " measured_at, received_at, revision, processed_revision) SELECT id, 'report', category, 'citizen:' ||"
    " reporter_hash,"
    " %(strength)s, severity, lat, lon, reported_at, reported_at, reported_at, reported_at, 1, 1 FROM past"
    " ON CONFLICT DO NOTHING",
    "incident": """
INSERT INTO incident (id, category, state, severity, confidence, lat, lon, area_id, began_at, last_signal_at, sources,
    verdict, verdict_by, verdict_at, created_at, updated_at, closed_at)
SELECT first.incident_id, first.category,
    CASE first.outcome WHEN 'open' THEN 'open' WHEN 'dismissed' THEN 'rejected' ELSE 'closed' END, first.severity,
    1 - (1 - %(weight)s::float8) ^ every.sources, first.lat, first.lon, first.area_id, first.reported_at,
    every.last_at, every.sources,
    CASE first.outcome WHEN 'verified' THEN 'confirmed' WHEN 'dismissed' THEN 'false_alarm' END,
    CASE WHEN first.outcome IN ('verified', 'dismissed') THEN %(source)s END,
    CASE WHEN first.outcome IN ('verified', 'dismissed') THEN first.closed_at END,
    first.reported_at, coalesce(first.closed_at, first.reported_at), first.closed_at
FROM past AS first JOIN (
    SELECT root, count(DISTINCT reporter_hash) AS sources, max(reported_at) AS last_at FROM past GROUP BY root
) AS every ON every.root = first.root
WHERE first.number = first.root ON CONFLICT DO NOTHING""",
    "member": """
INSERT INTO incident_member (incident_id, signal_id, source_key, reliability, confidence, weight, counted, joined_at)
SELECT incident_id, id, 'citizen:' || reporter_hash, %(reliability)s, %(strength)s, %(weight)s,
    row_number() OVER (PARTITION BY incident_id, reporter_hash ORDER BY reported_at, number) = 1, reported_at
FROM past ON CONFLICT DO NOTHING""",
    "task": """
INSERT INTO task (id, incident_id, category, state, priority, severity, agency_id, area_id, assignee_id, lat, lon,
    caused_at, created_at, updated_at, acknowledge_by, first_action_by, resolve_by, acknowledged_at, first_action_at,
    overdue_since, finished_at, imported_from, started_at, deadline_round, verified_by)
SELECT task_id, incident_id, category, CASE
        WHEN outcome <> 'open' THEN outcome WHEN arrived_at IS NOT NULL THEN 'on_site'
        WHEN acknowledged_at IS NOT NULL THEN 'accepted' ELSE 'open' END,
    CASE severity WHEN 'severe' THEN 1 WHEN 'moderate' THEN 2 ELSE 3 END, severity, agency_id, area_id, officer_id,
    lat, lon, reported_at, reported_at, coalesce(closed_at, arrived_at, acknowledged_at, reported_at), acknowledge_by,
    first_action_by, resolve_by, acknowledged_at, arrived_at, CASE
        WHEN coalesce(resolved_at, closed_at, now()) > resolve_by THEN resolve_by END,
    coalesce(resolved_at, closed_at), %(source)s, reported_at, reopened,
    CASE outcome WHEN 'verified' THEN 'record' END -- the record states it and names nobody
FROM past WHERE number = root ON CONFLICT DO NOTHING""",
    "move": """
INSERT INTO task_move (task_id, verb, from_state, to_state, actor, note, to_agency, to_user, at)
SELECT past.task_id, step.verb, step.from_state, step.to_state, coalesce(step.actor, 'system'), '', step.to_agency,
    step.to_user, step.at
FROM past CROSS JOIN LATERAL (VALUES
    (1, 'create', NULL, 'open', 'system', agency_id, NULL, reported_at),
    (2, 'accept', 'open', 'accepted', officer_id, NULL, officer_id, acknowledged_at),
    (3, 'arrive', 'accepted', 'on_site', officer_id, NULL, NULL, arrived_at),
    (4, 'resolve', 'on_site', 'resolved', officer_id, NULL, NULL,
        CASE WHEN reopened > 0 THEN arrived_at + (resolved_at - arrived_at) / 2 END),
    (5, 'reopen', 'resolved', 'on_site', %(source)s, NULL, NULL,
        CASE WHEN reopened > 0 THEN arrived_at + (resolved_at - arrived_at) * 0.6 END),
    (6, 'resolve', 'on_site', 'resolved', officer_id, NULL, NULL, resolved_at),
    (7, 'verify', 'resolved', 'verified', %(source)s, NULL, NULL, CASE WHEN outcome = 'verified' THEN closed_at END),
    (8, 'dismiss', 'on_site', 'dismissed', %(source)s, NULL, NULL, CASE WHEN outcome = 'dismissed' THEN closed_at END)
) AS step (place, verb, from_state, to_state, actor, to_agency, to_user, at)
WHERE past.number = past.root AND step.at IS NOT NULL
    AND NOT EXISTS (SELECT FROM task_move AS held WHERE held.task_id = past.task_id)
ORDER BY past.reported_at, past.task_id, step.place""",
}

_ROLL_UP = """
INSERT INTO reading_hourly
SELECT gauge_id, date_trunc('hour', measured_at), count(*), count(good), sum(good::float8), min(good), max(good),
    (array_agg(good ORDER BY measured_at) FILTER (WHERE good IS NOT NULL))[1],
    (array_agg(good ORDER BY measured_at DESC) FILTER (WHERE good IS NOT NULL))[1], now()
FROM (SELECT gauge_id, measured_at, CASE WHEN quality IN ('good', 'suspect') THEN level_cm END AS good FROM reading
      WHERE gauge_id IN (SELECT DISTINCT gauge_id FROM past_reading)
        AND measured_at >= (SELECT date_trunc('hour', min(measured_at)) FROM past_reading)
        AND measured_at < (SELECT date_trunc('hour', max(measured_at)) + interval '1 hour' FROM past_reading)) AS hour
GROUP BY 1, 2
ON CONFLICT (gauge_id, bucket) DO UPDATE SET n = excluded.n, n_good = excluded.n_good, sum_cm = excluded.sum_cm,
    min_cm = excluded.min_cm, max_cm = excluded.max_cm, first_cm = excluded.first_cm, last_cm = excluded.last_cm,
    computed_at = excluded.computed_at
"""
