"""What a run came to: from the database's record and the outboxes' own counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

_LEDGER = """
select coalesce(sum(stored), 0)::int, coalesce(sum(duplicate), 0)::int,
       coalesce(sum(dead), 0)::int, coalesce(sum(quarantined), 0)::int
from node_ledger where node_id = any(%(nodes)s)
"""
_STAGES = "select gauge_id, stage from gauge_stage order by gauge_id, at"
_FRAME_TO_TASK = """
select extract(epoch from task.created_at - task.caused_at) * 1000
from task join incident_member on incident_member.incident_id = task.incident_id
where incident_member.source_key like 'camera:%'
group by task.id
having min(incident_member.joined_at) <= task.created_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxCounts:
    """What one node's outbox counted."""

    node: str
    sent: int
    waiting: int
    evicted: int


def summarise(
    url: str,
    outboxes: Sequence[OutboxCounts],
    delays_ms: Sequence[float],
    engines: Mapping[str, str],
    *,
    since: datetime = BEGINNING,
) -> dict[str, Any]:
    """The summary, with the keys that .run/summary.json promises. What the city had before `since` is not counted."""
    with psycopg.connect(url) as connection:
        return {
            "messages": _messages(connection, outboxes),
            "events": _number(connection, "select count(*) from event"),
            "reports": _number(connection, "select count(*) from report where received_at >= %(since)s", since),
            "incidents": _counted(connection, _INCIDENTS, since),
            "incidents_seen_by_cameras": _counted(connection, _BY_CAMERA, since),
            "mixed_incidents": _number(connection, _MIXED, since),
            "tasks": _counted(connection, _TASKS, since),
            "roles": _counted(connection, _ROLES),
            "verified": _counted(connection, _VERIFIED, since),
            "disputed": _number(connection, _DISPUTED, since),
            "rechecks": _number(connection, "select count(*) from camera_recheck where answered_at is not null"),
            "alerts": _number(connection, "select count(*) from area_alert"),
            "channels": _counted(connection, _CHANNELS, since),
            "forecast_issued": _number(connection, "select count(distinct (gauge_id, made_at)) from forecast"),
            "stages_seen": _stages(connection),
            "latency_ms": {
                "frame_to_task": percentiles(frame_to_task_ms(connection)),
                "sample_to_page": percentiles(delays_ms),
            },
            "engines": dict(engines),
        }


_ROLES = """
select role, count(*) from app_user where disabled_at is null and id not like 'riwayat.%%' group by 1 order by 1
"""
_INCIDENTS = "select category, count(*) from incident where created_at >= %(since)s group by 1 order by 1"
_MIXED = "select count(*) from incident where mixed and created_at >= %(since)s"
_TASKS = "select state, count(*) from task where created_at >= %(since)s group by 1 order by 1"
_CHANNELS = "select channel, count(*) from report where received_at >= %(since)s group by 1 order by 1"
_VERIFIED = """
select split_part(verified_by, ':', 1), count(*) from task
where state = 'verified' and verified_by is not null and created_at >= %(since)s group by 1 order by 1
"""
_DISPUTED = """
select count(distinct task.id) from task
where created_at >= %(since)s and (disputed_by is not null or exists (
    select from task_move where task_move.task_id = task.id and verb = 'reopen'))
"""
_BY_CAMERA = """
select incident.category, count(distinct incident.id)
from incident join incident_member on incident_member.incident_id = incident.id
where incident_member.source_key like 'camera:%%' and incident.created_at >= %(since)s group by 1 order by 1
"""


def frame_to_task_ms(connection: psycopg.Connection[Any]) -> list[float]:
    """From the frame that was looked at until its task was there, for each task that a camera led to."""
    return [float(row[0]) for row in connection.execute(_FRAME_TO_TASK)]


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """p50 and p99 by the nearest-rank method; None without values."""
    ordered = sorted(values)

    def rank(share: float) -> float | None:
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1) if ordered else None

    return {"p50": rank(0.50), "p99": rank(0.99)}


def table(summary: Mapping[str, Any]) -> str:
    """The summary for a person: one line a key."""
    lines = [f"{key.replace('_', ' '):26}{_words(value)}" for key, value in summary.items()]
    return "\n".join(lines)


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_inner(item)}" for key, item in value.items()) or "none"
    return str(value)


def _inner(value: Any) -> str:
    if isinstance(value, Mapping):
        return "/".join("?" if item is None else str(item) for item in value.values()) + " (" + "/".join(value) + ")"
    if isinstance(value, list):
        return " → ".join(str(item) for item in value)
    return str(value)


def _messages(connection: psycopg.Connection[Any], outboxes: Sequence[OutboxCounts]) -> dict[str, int]:
    nodes = [one.node for one in outboxes]  # what a stolen node sent is no message of the city
    stored, duplicate, dead, quarantined = connection.execute(_LEDGER, {"nodes": nodes}).fetchone() or (0, 0, 0, 0)
    sent, evicted = sum(one.sent for one in outboxes), sum(one.evicted for one in outboxes)
    return {
        "sent": sent,
        "stored": stored,
        "duplicate": duplicate,
        "dead": dead,
        "quarantined": quarantined,
        "evicted": evicted,
        "missing": sent - stored - dead - quarantined - evicted,
    }


def _stages(connection: psycopg.Connection[Any]) -> dict[str, list[int]]:
    seen: dict[str, list[int]] = {}
    for gauge, stage in connection.execute(_STAGES):
        seen.setdefault(gauge, []).append(stage)
    return seen


def _number(connection: psycopg.Connection[Any], query: LiteralString, since: datetime = BEGINNING) -> int:
    row = connection.execute(query, {"since": since}).fetchone()
    return int(row[0]) if row else 0


def _counted(connection: psycopg.Connection[Any], query: LiteralString, since: datetime = BEGINNING) -> dict[str, int]:
    return {str(key): int(count) for key, count in connection.execute(query, {"since": since})}
