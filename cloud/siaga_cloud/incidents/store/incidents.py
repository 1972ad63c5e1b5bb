"""Stores incidents: they are locked, searched, opened and moved between states."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.signals.store import SignalRow
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.incident import Candidate, MatchPolicy

_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """Represents a hazard in the city."""

    id: UUID
    category: str
    state: str
    severity: str
    confidence: float
    lat: float
    lon: float
    area_id: str | None
    began_at: datetime
    last_signal_at: datetime
    over_at: datetime | None
    closed_at: datetime | None = None
    merged_into: UUID | None = None
    verdict: str | None = None
    verdict_by: str | None = None


_COLUMNS = (
    "id, category, state, severity, confidence, lat, lon, area_id, began_at, last_signal_at, over_at, closed_at,"
    " merged_into, verdict, verdict_by"
)


def lock_category(conn: Connection, category: str) -> None:
    """Until the transaction ends nobody else joins, opens, merges or splits incidents of this category."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('incident'), hashtext(%s))", (category,))


def lock_cells(conn: Connection, category: str, cells: Iterable[tuple[int, int]]) -> None:
    """Until the transaction ends nobody else joins or opens incidents of this category in these cells.

    Two signals of one flood that are taken at the same moment must not open two incidents. All take their cells in
    the same order, so that none waits for one that waits for it.
    """
    keys = sorted(_lock_key(category, cell) for cell in cells)
    conn.execute("SELECT pg_advisory_xact_lock_shared(hashtext('incident'), hashtext(%s))", (category,))
    conn.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", (keys,))


def _lock_key(category: str, cell: tuple[int, int]) -> int:
    name = f"incident/{category}/{cell[0]}/{cell[1]}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)


def get(conn: Connection, incident_id: UUID) -> IncidentRow | None:
    """Return an incident and lock its row."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM incident WHERE id = %s FOR UPDATE",  # noqa: S608
        (incident_id,),
    ).fetchone()
    return IncidentRow(**row) if row else None


def category_of(conn: Connection, incident_id: UUID) -> str | None:
    """Return the category of an incident, None where there is no such incident."""
    row = conn.execute("SELECT category FROM incident WHERE id = %s", (incident_id,)).fetchone()
    return row["category"] if row else None


def open_near(conn: Connection, signal: SignalRow, policy: MatchPolicy) -> list[Candidate]:
    """Open incidents that may be the same; a superset of what the rule will choose from."""
    window = timedelta(seconds=policy.window_seconds)
    rows = conn.execute(
        "SELECT id, category, lat, lon, began_at, last_signal_at FROM incident"
        " WHERE state = 'open' AND category = %s AND last_signal_at >= %s AND began_at <= %s"
        " AND spot <@ box(point(%s, %s), point(%s, %s)) LIMIT 200",
        (signal.category, signal.last_at - window, signal.last_at + window, *_corners(signal, policy)),
    )
    return [_candidate(row) for row in rows]


def merged_near(conn: Connection, signal: SignalRow, policy: MatchPolicy) -> list[Candidate]:
    """Return open incidents into which another one near the signal was merged, at the place of that other one.

    Without them a signal beside a merged incident would open it again under another name.
    """
    rows = conn.execute(
        "WITH RECURSIVE chain AS ("
        " SELECT merged_into AS id, lat, lon, 1 AS depth FROM incident"
        "  WHERE state = 'merged' AND category = %s AND spot <@ box(point(%s, %s), point(%s, %s))"
        " UNION ALL SELECT incident.merged_into, chain.lat, chain.lon, depth + 1 FROM chain JOIN incident USING (id)"
        "  WHERE incident.merged_into IS NOT NULL AND depth < 20)"
        " SELECT incident.id, category, chain.lat, chain.lon, began_at, last_signal_at"
        " FROM chain JOIN incident USING (id)"
        " WHERE state = 'open' LIMIT 200",
        (signal.category, *_corners(signal, policy)),
    )
    return [_candidate(row) for row in rows]


def _corners(signal: SignalRow, policy: MatchPolicy) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the bounding box of the circle around a signal."""
    lat_reach = policy.radius_m / _METRES_PER_DEGREE
    lon_reach = lat_reach / max(0.01, math.cos(math.radians(signal.lat)))
    return signal.lon - lon_reach, signal.lat - lat_reach, signal.lon + lon_reach, signal.lat + lat_reach


def _candidate(row: Mapping[str, Any]) -> Candidate:
    return Candidate(
        id=str(row["id"]),
        category=row["category"],
        place=LatLon(row["lat"], row["lon"]),
        first_signal_at=row["began_at"],
        last_signal_at=row["last_signal_at"],
    )


def create(conn: Connection, *, incident_id: UUID, signal: SignalRow, area_id: str | None, now: datetime) -> None:
    """Opens an incident where a signal is; its ledger is saved next."""
    conn.execute(
        "INSERT INTO incident (id, category, severity, confidence, lat, lon, area_id, began_at, last_signal_at,"
        " created_at, updated_at) VALUES (%s, %s, %s, 0, %s, %s, %s, %s, %s, %s, %s)",
        (
            incident_id,
            signal.category,
            signal.severity,
            signal.lat,
            signal.lon,
            area_id,
            signal.began_at,
            signal.last_at,
            now,
            now,
        ),
    )


def set_state(
    conn: Connection, *, incident_id: UUID, state: str, now: datetime, merged_into: UUID | None = None
) -> None:
    """open, closed, rejected, or merged into another."""
    conn.execute(
        "UPDATE incident SET state = %s, updated_at = %s, closed_at = %s, merged_into = %s WHERE id = %s",
        (state, now, None if state == "open" else now, merged_into, incident_id),
    )


def forgotten(
    conn: Connection, *, category: str | None, known: Sequence[str], before: datetime, limit: int
) -> list[UUID]:
    """Return open incidents without an unfinished task whose last signal is older; `category` None means all but the
    `known`.

    One that a sensor still sees is not forgotten, unless the sensor has not reported it for a day.
    """
    rows = conn.execute(
        "SELECT id FROM incident WHERE state = 'open' AND last_signal_at < %s"
        " AND CASE WHEN %s::text IS NULL THEN NOT category = ANY(%s) ELSE category = %s END"
        " AND NOT EXISTS (SELECT FROM task WHERE incident_id = incident.id AND (finished_at IS NULL"
        "  OR state = 'resolved' AND severity = 'severe'))"  # that waits for a witness
        " AND NOT EXISTS (SELECT FROM incident_member JOIN signal ON signal.id = signal_id"
        "  WHERE incident_id = incident.id AND removed_at IS NULL AND ended_at IS NULL"
        "  AND kind IN ('event', 'stage', 'rule') AND last_at > %s - interval '1 day')"
        " LIMIT %s FOR UPDATE SKIP LOCKED",
        (before, category, list(known), category, before, limit),
    )
    return [row["id"] for row in rows]


def undecided(conn: Connection, *, limit: int) -> list[IncidentRow]:
    """Open incidents, not locked, that have no task yet, or one that an operator shall look at; the newest."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM incident WHERE state = 'open' AND over_at IS NULL"  # noqa: S608
        " AND NOT EXISTS (SELECT FROM task WHERE incident_id = incident.id AND state <> 'review')"
        " ORDER BY last_signal_at DESC LIMIT %s",
        (limit,),
    )
    return [IncidentRow(**row) for row in rows]
