"""Incidents and their members."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from siaga_cloud.db import signals
from siaga_cloud.db.connection import Connection
from siaga_cloud.db.signals import KeptSignal
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.incident import Candidate, Ledger, MatchPolicy

_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One thing that is wrong in the city."""

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


_COLUMNS = "id, category, state, severity, confidence, lat, lon, area_id, began_at, last_signal_at, over_at"


def lock_category(conn: Connection, category: str) -> None:
    """Until the transaction ends nobody else joins or opens incidents of this category.

    Two signals of one flood that are taken at the same moment must not open two incidents.
    """
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('incident'), hashtext(%s))", (category,))


def get(conn: Connection, incident_id: UUID) -> Incident | None:
    """The incident, locked."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM incident WHERE id = %s FOR UPDATE",  # noqa: S608
        (incident_id,),
    ).fetchone()
    return Incident(**row) if row else None


def open_near(conn: Connection, signal: KeptSignal, policy: MatchPolicy) -> list[Candidate]:
    """Open incidents that may be the same; a superset of what the rule will choose from."""
    lat_reach = policy.radius_m / _METRES_PER_DEGREE
    lon_reach = lat_reach / max(0.01, math.cos(math.radians(signal.lat)))
    window = timedelta(seconds=policy.window_seconds)
    rows = conn.execute(
        "SELECT id, category, lat, lon, began_at, last_signal_at FROM incident"
        " WHERE state = 'open' AND category = %s AND last_signal_at >= %s AND began_at <= %s"
        " AND spot <@ box(point(%s, %s), point(%s, %s)) LIMIT 200",
        (
            signal.category,
            signal.last_at - window,
            signal.last_at + window,
            signal.lon - lon_reach,
            signal.lat - lat_reach,
            signal.lon + lon_reach,
            signal.lat + lat_reach,
        ),
    )
    return [
        Candidate(
            id=str(row["id"]),
            category=row["category"],
            place=LatLon(row["lat"], row["lon"]),
            first_signal_at=row["began_at"],
            last_signal_at=row["last_signal_at"],
        )
        for row in rows
    ]


def of_signal(conn: Connection, signal_id: UUID) -> UUID | None:
    """The incident that a signal is a member of."""
    row = conn.execute(
        "SELECT incident_id FROM incident_member WHERE signal_id = %s AND removed_at IS NULL", (signal_id,)
    ).fetchone()
    return row["incident_id"] if row else None


def create(conn: Connection, *, incident_id: UUID, signal: KeptSignal, area_id: str | None, now: datetime) -> None:
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


def join(conn: Connection, *, incident_id: UUID, signal: KeptSignal, now: datetime) -> None:
    """Makes a signal a member; what it weighs is saved with the ledger."""
    conn.execute(
        "INSERT INTO incident_member (incident_id, signal_id, source_key, reliability, confidence, weight, joined_at)"
        " VALUES (%s, %s, %s, 0, %s, 0, %s)",
        (incident_id, signal.id, signal.source_key, signal.confidence, now),
    )


def members(conn: Connection, incident_id: UUID) -> list[KeptSignal]:
    """The signals of an incident, oldest first."""
    columns = ", ".join(f"signal.{name.strip()}" for name in signals.COLUMNS.split(","))
    rows = conn.execute(
        f"SELECT {columns} FROM incident_member JOIN signal ON signal.id = signal_id"  # noqa: S608
        " WHERE incident_id = %s AND removed_at IS NULL ORDER BY signal.last_at, signal.id",
        (incident_id,),
    )
    return [KeptSignal(**row) for row in rows]


def verdicts(conn: Connection, source_keys: Iterable[str]) -> Mapping[str, tuple[int, int]]:
    """(confirmed, refuted) of the sources that were ever judged."""
    rows = conn.execute(
        "SELECT source_key, confirmed, refuted FROM source_reliability WHERE source_key = ANY(%s)",
        (sorted(set(source_keys)),),
    )
    return {row["source_key"]: (row["confirmed"], row["refuted"]) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the members together make of an incident."""

    severity: str
    mixed: bool
    began_at: datetime
    last_signal_at: datetime
    over_at: datetime | None


def save_ledger(
    conn: Connection,
    *,
    incident_id: UUID,
    ledger: Ledger,
    reliability: Mapping[str, float],
    standing: Standing,
    now: datetime,
) -> None:
    """Writes every member's weight and the incident's standing."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "UPDATE incident_member SET reliability = %s, weight = %s, counted = %s,"
            " confidence = (SELECT confidence FROM signal WHERE id = signal_id)"
            " WHERE incident_id = %s AND signal_id = %s",
            [
                (reliability[line.source], line.weight, line.counts, incident_id, UUID(line.signal_id))
                for line in ledger.lines
            ],
        )
    conn.execute(
        "UPDATE incident SET confidence = %s, sources = %s, severity = %s, mixed = %s, began_at = %s,"
        " last_signal_at = %s, over_at = %s, updated_at = %s WHERE id = %s",
        (
            ledger.confidence,
            len({line.source for line in ledger.lines}),
            standing.severity,
            standing.mixed,
            standing.began_at,
            standing.last_signal_at,
            standing.over_at,
            now,
            incident_id,
        ),
    )


def set_state(conn: Connection, *, incident_id: UUID, state: str, now: datetime) -> None:
    """open, closed or rejected."""
    conn.execute(
        "UPDATE incident SET state = %s, updated_at = %s, closed_at = %s WHERE id = %s",
        (state, now, None if state == "open" else now, incident_id),
    )


def save_verdict(conn: Connection, *, incident_id: UUID, verdict: str, by: str, note: str, now: datetime) -> None:
    """Writes what an operator found."""
    conn.execute(
        "UPDATE incident SET verdict = %s, verdict_by = %s, verdict_note = %s, verdict_at = %s, updated_at = %s"
        " WHERE id = %s",
        (verdict, by, note, now, now, incident_id),
    )


def count_verdict(conn: Connection, *, source_keys: Sequence[str], confirmed: int, refuted: int, now: datetime) -> None:
    """Adds to (or, negative, takes back from) what sources were judged."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO source_reliability AS held (source_key, confirmed, refuted, updated_at)"
            " VALUES (%s, greatest(0, %s), greatest(0, %s), %s) ON CONFLICT (source_key) DO UPDATE SET"
            " confirmed = greatest(0, held.confirmed + %s), refuted = greatest(0, held.refuted + %s),"
            " updated_at = excluded.updated_at",
            [(key, confirmed, refuted, now, confirmed, refuted) for key in sorted(set(source_keys))],
        )


def verdict_of(conn: Connection, incident_id: UUID) -> str | None:
    """confirmed, false_alarm or None."""
    row = conn.execute("SELECT verdict FROM incident WHERE id = %s", (incident_id,)).fetchone()
    return row["verdict"] if row else None


def forgotten(
    conn: Connection, *, category: str | None, known: Sequence[str], before: datetime, limit: int
) -> list[UUID]:
    """Open incidents without unfinished task whose last signal is older; `category` None: all but the `known`.

    One that a sensor still sees is not forgotten, unless the sensor has not said so for a day.
    """
    rows = conn.execute(
        "SELECT id FROM incident WHERE state = 'open' AND last_signal_at < %s"
        " AND CASE WHEN %s::text IS NULL THEN NOT category = ANY(%s) ELSE category = %s END"
        " AND NOT EXISTS (SELECT FROM task WHERE incident_id = incident.id AND finished_at IS NULL)"
        " AND NOT EXISTS (SELECT FROM incident_member JOIN signal ON signal.id = signal_id"
        "  WHERE incident_id = incident.id AND removed_at IS NULL AND ended_at IS NULL AND kind = 'event'"
        "  AND last_at > %s - interval '1 day')"
        " LIMIT %s FOR UPDATE SKIP LOCKED",
        (before, category, list(known), category, before, limit),
    )
    return [row["id"] for row in rows]
