"""Stores the verdicts on incidents and what they imply about the sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.reliability import BetaPrior


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityPriors:
    """Holds the city's priors by kind, and (confirmed, refuted) of the sources that were ever judged."""

    priors: Mapping[str, BetaPrior]
    counts: Mapping[str, tuple[int, int]]


def learned(conn: Connection, source_keys: Iterable[str]) -> ReliabilityPriors:
    """Return what is known of these sources."""
    rows = conn.execute(
        "SELECT source_key AS key, confirmed, refuted, NULL::float8 AS mean, NULL::float8 AS strength"
        " FROM source_reliability WHERE source_key = ANY(%s)"
        " UNION ALL SELECT kind, NULL, NULL, mean, strength FROM source_prior",
        (sorted(set(source_keys)),),
    ).fetchall()
    return ReliabilityPriors(
        priors={
            row["key"]: BetaPrior(mean=row["mean"], strength=row["strength"]) for row in rows if row["mean"] is not None
        },
        counts={row["key"]: (row["confirmed"], row["refuted"]) for row in rows if row["mean"] is None},
    )


def save(conn: Connection, *, incident_id: UUID, verdict: str | None, by: str | None, note: str, now: datetime) -> None:
    """Writes what was found, or (None) that nothing is."""
    conn.execute(
        "UPDATE incident SET verdict = %s, verdict_by = %s, verdict_note = %s, verdict_at = %s, updated_at = %s"
        " WHERE id = %s",
        (verdict, by, note, None if verdict is None else now, now, incident_id),
    )


def withdraw(conn: Connection, incident_id: UUID, *, now: datetime) -> None:
    """Takes back whatever an incident has added to its sources' records."""
    rows = conn.execute(
        "DELETE FROM counted_verdict WHERE incident_id = %s RETURNING source_key, verdict", (incident_id,)
    ).fetchall()
    for verdict in ("confirmed", "false_alarm"):
        _add(conn, [row["source_key"] for row in rows if row["verdict"] == verdict], verdict, -1, now=now)


def count(conn: Connection, incident_id: UUID, verdict: str, *, now: datetime) -> None:
    """Add a verdict to the record of every source that is a member, once each.

    Of those that count as one independent source only the first is confirmed, or one person could have many device keys
    proved by one true incident; all of them are refuted.
    """
    rows = conn.execute(
        "INSERT INTO counted_verdict (incident_id, source_key, verdict)"
        " SELECT incident_id, source_key, %(verdict)s::text FROM (SELECT DISTINCT ON (learner.key) incident_id,"
        "  source_key FROM incident_member CROSS JOIN LATERAL (SELECT CASE %(verdict)s::text WHEN 'confirmed'"
        "   THEN coalesce(independent_key, source_key) ELSE source_key END AS key) AS learner"
        "  WHERE incident_id = %(incident)s AND removed_at IS NULL ORDER BY learner.key, joined_at, signal_id) AS first"
        " ON CONFLICT DO NOTHING RETURNING source_key",
        {"verdict": verdict, "incident": incident_id},
    ).fetchall()
    _add(conn, [row["source_key"] for row in rows], verdict, 1, now=now)


def _add(conn: Connection, source_keys: Sequence[str], verdict: str, step: int, *, now: datetime) -> None:
    confirmed = step if verdict == "confirmed" else 0
    refuted = step - confirmed
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO source_reliability AS held (source_key, confirmed, refuted, updated_at)"
            " VALUES (%s, greatest(0, %s), greatest(0, %s), %s) ON CONFLICT (source_key) DO UPDATE SET"
            " confirmed = greatest(0, held.confirmed + %s), refuted = greatest(0, held.refuted + %s),"
            " updated_at = excluded.updated_at",
            [(key, confirmed, refuted, now, confirmed, refuted) for key in sorted(set(source_keys))],
        )
