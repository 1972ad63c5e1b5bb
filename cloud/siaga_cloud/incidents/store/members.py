"""Stores the members of incidents: their signals, their weights and the resulting confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalRow
from siaga_core.rules.incident import Ledger
from siaga_core.rules.reliability import Belief
from siaga_core.rules.trust.certainty import Support


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Holds what all members together mean for the incident."""

    severity: str
    mixed: bool
    began_at: datetime
    last_signal_at: datetime
    over_at: datetime | None


def incident_of(conn: Connection, signal_id: UUID) -> UUID | None:
    """Return the incident that a signal is a member of."""
    row = conn.execute(
        "SELECT incident_id FROM incident_member WHERE signal_id = %s AND removed_at IS NULL", (signal_id,)
    ).fetchone()
    return row["incident_id"] if row else None


def join(conn: Connection, *, incident_id: UUID, signal: SignalRow, now: datetime) -> None:
    """Makes a signal a member; what it weighs is saved with the ledger."""
    conn.execute(
        "INSERT INTO incident_member (incident_id, signal_id, source_key, reliability, confidence, weight, joined_at)"
        " VALUES (%s, %s, %s, 0, %s, 0, %s)",
        (incident_id, signal.id, signal.source_key, signal.confidence, now),
    )


_SIGNAL_COLUMNS = ", ".join(f"signal.{name.strip()}" for name in signals.COLUMNS.split(","))


def of(conn: Connection, incident_id: UUID) -> list[SignalRow]:
    """Return the signals of an incident, oldest first."""
    rows = conn.execute(
        f"SELECT {_SIGNAL_COLUMNS} FROM incident_member JOIN signal ON signal.id = signal_id"  # noqa: S608
        " WHERE incident_id = %s AND removed_at IS NULL ORDER BY signal.last_at, signal.id",
        (incident_id,),
    )
    return [SignalRow(**row) for row in rows]


def move(
    conn: Connection, *, source: UUID, target: UUID, signal_ids: Sequence[UUID] | None, now: datetime
) -> list[UUID]:
    """Moves members (all, or those named that are there) to another incident; which were moved."""
    ids = None if signal_ids is None else list(signal_ids)
    rows = conn.execute(
        "UPDATE incident_member SET removed_at = %s WHERE incident_id = %s AND removed_at IS NULL"
        " AND (%s::uuid[] IS NULL OR signal_id = ANY(%s)) RETURNING signal_id",
        (now, source, ids, ids),
    ).fetchall()
    moved: list[UUID] = sorted(row["signal_id"] for row in rows)
    conn.execute(
        "INSERT INTO incident_member (incident_id, signal_id, source_key, reliability, confidence, weight, joined_at)"
        " SELECT %s, id, source_key, 0, confidence, 0, %s FROM signal WHERE id = ANY(%s)"
        " ON CONFLICT (incident_id, signal_id) DO UPDATE SET removed_at = NULL",
        (target, now, moved),
    )
    return moved


def save_ledger(
    conn: Connection,
    *,
    incident_id: UUID,
    ledger: Ledger,
    believed: Mapping[str, Belief],
    standing: Standing,
    support: Support,
    now: datetime,
) -> None:
    """Writes the weights of members, where they changed, and the incident's standing."""
    conn.execute(
        "UPDATE incident_member AS member SET reliability = line.reliability, weight = line.weight,"
        " counted = line.counted, prior_mean = line.prior_mean, prior_strength = line.prior_strength,"
        " confirmed = line.confirmed, refuted = line.refuted, confidence = signal.confidence,"
        " independent_key = line.independent_key, grade = line.grade"
        " FROM unnest(%s::uuid[], %s::float8[], %s::float8[], %s::bool[], %s::float8[], %s::float8[], %s::int[],"
        "  %s::int[], %s::text[], %s::text[]) AS line (signal_id, reliability, weight, counted, prior_mean,"
        "  prior_strength, confirmed, refuted, independent_key, grade)"
        " JOIN signal ON signal.id = line.signal_id"
        " WHERE member.incident_id = %s AND member.signal_id = line.signal_id"
        " AND (member.reliability, member.weight, member.counted, member.confirmed, member.refuted, member.confidence,"
        "   member.independent_key, member.grade) IS DISTINCT FROM (line.reliability, line.weight, line.counted,"
        "   line.confirmed, line.refuted, signal.confidence, line.independent_key, line.grade)",
        (*_columns_of_lines(ledger, believed), incident_id),
    )
    conn.execute(
        "UPDATE incident SET confidence = %s, sources = %s, severity = %s, mixed = %s, began_at = %s,"
        " last_signal_at = %s, over_at = %s, sensor_confidence = %s, people = %s, partners = %s, updated_at = %s"
        " WHERE id = %s",
        (
            ledger.confidence,
            len({line.independent_key for line in ledger.lines}),
            standing.severity,
            standing.mixed,
            standing.began_at,
            standing.last_signal_at,
            standing.over_at,
            support.sensor_confidence,
            support.people,
            support.partners,
            now,
            incident_id,
        ),
    )


def _columns_of_lines(ledger: Ledger, believed: Mapping[str, Belief]) -> tuple[list[object], ...]:
    beliefs = [believed[line.source] for line in ledger.lines]
    return (
        [line.signal_id for line in ledger.lines],
        [one.mean for one in beliefs],
        [line.weight for line in ledger.lines],
        [line.counts for line in ledger.lines],
        [one.prior.mean for one in beliefs],
        [one.prior.strength for one in beliefs],
        [one.confirmed for one in beliefs],
        [one.refuted for one in beliefs],
        [line.independent_key for line in ledger.lines],
        [str(line.grade) for line in ledger.lines],
    )
