"""Reads from the ledger of alerts what the CAP messages contain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Holds what a revision states. `kind` is raise, update or all_clear; severity, urgency and certainty are terms of
    CAP. An update that lapsed is the last of its alert, and no all-clear.
    """

    alert_id: UUID
    revision: int
    at: datetime
    kind: str
    why: str
    level: int
    stage: int
    flood_state: int
    flood_certainty: str | None
    severity: str
    urgency: str
    certainty: str
    onset_at: datetime | None
    expires_at: datetime | None
    headline_id: str
    headline_en: str
    text_id: str
    text_en: str
    instruction_id: str
    instruction_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Represents an area of an alert; `geometry` is GeoJSON, None where only its name is known."""

    id: str
    name: str
    geometry: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Represents the gauge of a gauge alert."""

    id: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """States which areas an alert is about: its own, or those that its gauge warns and stands in."""

    alert_id: UUID
    is_gauge: bool
    is_over: bool
    areas: Sequence[str]


def coverage(conn: Connection, alert_ids: Sequence[UUID]) -> list[Coverage]:
    """Return which areas each of these alerts is about."""
    rows = conn.cursor(row_factory=class_row(Coverage)).execute(
        "SELECT alert.id AS alert_id, alert.gauge_id IS NOT NULL AS is_gauge, alert.ended_at IS NOT NULL AS is_over,"
        " array_remove(ARRAY[alert.area_id, gauge.area_id] || ARRAY(SELECT warns.area_id FROM gauge_warns AS warns"
        "   WHERE warns.gauge_id = alert.gauge_id), NULL) AS areas"
        " FROM area_alert AS alert LEFT JOIN gauge ON gauge.id = alert.gauge_id WHERE alert.id = ANY(%s)",
        (list(alert_ids),),
    )
    return rows.fetchall()


def lately(conn: Connection, *, now: datetime, cleared_since: datetime, limit: int) -> dict[UUID, list[Revision]]:
    """Return the revisions of the alerts in force and of those that ended lately, each alert's in order; the newest
    first.
    """
    rows = conn.cursor(row_factory=class_row(Revision)).execute(
        _REVISIONS + b" WHERE told.at <= %(now)s AND told.alert_id IN (SELECT id FROM area_alert WHERE ended_at IS NULL"
        b" OR ended_at > %(since)s ORDER BY issued_at DESC, id LIMIT %(limit)s) ORDER BY told.alert_id, told.revision",
        {"now": now, "since": cleared_since, "limit": limit},
    )
    return _by_alert(rows.fetchall())


def revisions(conn: Connection, alert_id: UUID, *, now: datetime) -> list[Revision]:
    """Return the revisions of an alert until now, in order."""
    rows = conn.cursor(row_factory=class_row(Revision)).execute(
        _REVISIONS + b" WHERE told.at <= %(now)s AND told.alert_id = %(id)s ORDER BY told.revision",
        {"now": now, "id": alert_id},
    )
    return rows.fetchall()


def regions(conn: Connection, alert_id: UUID) -> list[Region]:
    """Return the areas of an alert: its own; of a gauge those that it warns, else the one it stands in."""
    rows = conn.cursor(row_factory=class_row(Region)).execute(
        "SELECT area.id, area.name || coalesce(', ' || parent.name, '') AS name, area.geometry FROM area"
        " LEFT JOIN area AS parent ON parent.id = area.parent_id JOIN area_alert AS alert ON alert.id = %s"
        " LEFT JOIN gauge ON gauge.id = alert.gauge_id"
        " WHERE area.id = alert.area_id OR area.id IN (SELECT area_id FROM gauge_warns AS warns"
        "   WHERE warns.gauge_id = alert.gauge_id)"
        " OR (area.id = gauge.area_id AND NOT EXISTS (SELECT FROM gauge_warns AS warns"
        "   WHERE warns.gauge_id = alert.gauge_id)) ORDER BY area.id LIMIT 500",
        (alert_id,),
    )
    return rows.fetchall()


def spot(conn: Connection, alert_id: UUID) -> Spot | None:
    """Return the gauge of a gauge's alert, None of an area's."""
    rows = conn.cursor(row_factory=class_row(Spot)).execute(
        "SELECT gauge.id, coalesce(nullif(gauge.name, ''), gauge.id) AS name, gauge.lat, gauge.lon FROM gauge"
        " JOIN area_alert AS alert ON alert.gauge_id = gauge.id WHERE alert.id = %s",
        (alert_id,),
    )
    return rows.fetchone()


def newest_at(conn: Connection) -> datetime | None:
    """Return the time of the newest revision."""
    row = conn.execute("SELECT max(issued_at) AS at FROM area_alert").fetchone()
    return row["at"] if row else None


_REVISIONS = (
    b"SELECT told.alert_id, told.revision, told.at, told.kind, told.why, told.level, told.stage, told.flood_state,"
    b" told.flood_certainty, told.severity, told.urgency, told.certainty, told.onset_at, told.expires_at,"
    b" told.headline_id, told.headline_en, told.text_id, told.text_en, told.instruction_id, told.instruction_en"
    b" FROM area_alert_revision AS told"
)


def _by_alert(found: Sequence[Revision]) -> dict[UUID, list[Revision]]:
    grouped: dict[UUID, list[Revision]] = defaultdict(list)
    for one in found:
        grouped[one.alert_id].append(one)
    return dict(sorted(grouped.items(), key=lambda item: item[1][-1].at, reverse=True))
