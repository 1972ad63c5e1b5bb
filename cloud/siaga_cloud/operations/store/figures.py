"""Reads the figures of the platform for Prometheus from the views of the dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from siaga_cloud.platform.db.connection import Connection

MOST_SILENT: Final = 50  # nodes that are named: a country's worth of labels would drown a Prometheus

# Where there never was a backup, it is as old as the database.
_BACKUP_AGE: Final = (
    "SELECT extract(epoch FROM now() - coalesce((SELECT max(taken_at) FROM backup_run WHERE {}),"
    " (SELECT min(applied_at) FROM siaga_migration)))::float8"
)
# Name of the figure: a query of one number. None where there is none.
_SINGLE: Final[Mapping[str, str]] = {
    "ingest_silence_seconds": "SELECT extract(epoch FROM now() - max(minute))::float8 FROM dashboards.ingest_minute",
    "ingest_lag_p95_seconds": "SELECT max(lag_p95_seconds) FROM dashboards.ingest_minute"
    " WHERE minute > now() - interval '10 minutes'",
    "shards_free": "SELECT count(*) FILTER (WHERE NOT is_held) FROM dashboards.shard",
    "messages_missing": "SELECT coalesce(sum(missing), 0) FROM dashboards.outbox WHERE updated_at > now() -"
    " interval '1 day'",
    "messages_evicted": "SELECT coalesce(sum(evicted), 0) FROM dashboards.outbox WHERE updated_at > now() -"
    " interval '1 day'",
    "dead_letters_waiting": "SELECT count(*) FROM dashboards.dead_letter WHERE replayed_at IS NULL",
    "quarantined_waiting": "SELECT count(*) FROM dashboards.quarantine WHERE released_at IS NULL",
    "signals_waiting": "SELECT signals FROM dashboards.signal_waiting",
    "signals_oldest_seconds": "SELECT oldest_seconds FROM dashboards.signal_waiting",
    "deadlines_oldest_seconds": "SELECT oldest_seconds FROM dashboards.deadline_waiting",
    "rollups_oldest_seconds": "SELECT oldest_seconds FROM dashboards.rollup_waiting",
    "alerts_oldest_seconds": "SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8"
    " FROM dashboards.alert_message WHERE state = 'queued' AND due_at < now() AND created_at > now() - interval '2"
    " days'",
    "gauges": "SELECT count(*) FROM dashboards.gauge_now WHERE measured_at IS NOT NULL",
    "gauges_silent": "SELECT count(*) FILTER (WHERE stale_since IS NOT NULL) FROM dashboards.gauge_now"
    " WHERE measured_at IS NOT NULL",
    "database_bytes": "SELECT size_bytes FROM dashboards.database",
    "database_connections": "SELECT connections FROM dashboards.database",
    "database_connections_most": "SELECT most_connections FROM dashboards.database",
    "backup_age_seconds": _BACKUP_AGE.format("NOT off_site"),
    "backup_off_site_age_seconds": _BACKUP_AGE.format("off_site"),
    "database_replica_lag_seconds": "SELECT replica_lag_seconds FROM dashboards.database",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsWaiting:
    """Counts the waiting jobs of one queue, and those that failed permanently."""

    queue: str
    waiting: int
    oldest_seconds: float
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformFigures:
    """Holds the figures of one moment. `silent` are the seconds since the longest silent nodes last reported."""

    single: Mapping[str, float]
    jobs: tuple[JobsWaiting, ...]
    nodes: Mapping[str, int]
    silent: Mapping[str, float]


def read(conn: Connection) -> PlatformFigures:
    """Read all of them; only the worker's role and the owner may."""
    wanted = ", ".join(f'({query}) AS "{name}"' for name, query in _SINGLE.items())
    row = conn.execute(f"SELECT {wanted}".encode()).fetchone() or {}
    nodes = conn.execute("SELECT state, count(*) AS n FROM dashboards.node_now GROUP BY state")
    silent = conn.execute(
        "SELECT node_id, silence_seconds FROM dashboards.node_now WHERE silence_seconds > 60"
        " ORDER BY silence_seconds DESC LIMIT %s",
        (MOST_SILENT,),
    )
    return PlatformFigures(
        single={name: float(value) for name, value in row.items() if value is not None},
        nodes={one["state"]: one["n"] for one in nodes},
        silent={one["node_id"]: one["silence_seconds"] for one in silent},
        jobs=_jobs(conn),
    )


def _jobs(conn: Connection) -> tuple[JobsWaiting, ...]:
    rows = conn.execute(
        "SELECT queue, coalesce(sum(n) FILTER (WHERE status = 'todo'), 0)::int AS waiting,"
        " coalesce(max(oldest_seconds) FILTER (WHERE status = 'todo'), 0)::float8 AS oldest_seconds,"
        " coalesce(sum(n) FILTER (WHERE status = 'failed'), 0)::int AS failed FROM dashboards.job GROUP BY queue"
    )
    return tuple(JobsWaiting(**row) for row in rows)
