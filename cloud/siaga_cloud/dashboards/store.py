"""Reads what the boards mark on their time axis: changes of stage and severe incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga_cloud.platform.db.connection import Connection

MOST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChange:
    """Represents a change of a gauge from one stage to another."""

    gauge_id: str
    name: str
    at: datetime
    previous_stage: int | None
    stage: int
    level_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SevereIncident:
    """Represents an incident that is or was severe. `closed_at` is None while it is open."""

    number: int
    category: str
    area_name: str | None
    began_at: datetime
    closed_at: datetime | None


def stage_changes(conn: Connection, *, since: datetime) -> list[StageChange]:
    """Return the newest, at most 2000, the oldest first."""
    rows = conn.execute(
        "SELECT * FROM (SELECT gauge_id, name, at, previous_stage, stage, level_cm FROM dashboards.stage_change"
        " WHERE at >= %s ORDER BY at DESC LIMIT %s) AS newest ORDER BY at",
        (since, MOST),
    )
    return [StageChange(**row) for row in rows]


def severe_incidents(conn: Connection, *, since: datetime) -> list[SevereIncident]:
    """Return the newest, at most 2000, the oldest first; without those that were merged into others or rejected."""
    rows = conn.execute(
        "SELECT * FROM (SELECT number, category, area_name, began_at, closed_at FROM dashboards.incident WHERE"
        " began_at >= %s"
        " AND severity = 'severe' AND state IN ('open', 'closed') ORDER BY began_at DESC LIMIT %s) AS newest"
        " ORDER BY began_at",
        (since, MOST),
    )
    return [SevereIncident(**row) for row in rows]
