"""Stores what nodes state about the view of gauges, and reads whether the level of a gauge is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.trust.gauge_knowledge import GaugeFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKnowledge:
    """Represents what is held of a gauge, and since when it was last recorded as unknown."""

    facts: GaugeFacts
    stale_since: datetime | None


def save_view(conn: Connection, *, gauge_id: str, node_id: str, unknown_since: datetime | None, at: datetime) -> bool:
    """Store the statement of a node about its gauge; return False where a newer one is held.

    A node that did not send the newest reading of the gauge says nothing about it.
    """
    done = conn.execute(
        "INSERT INTO gauge_view AS held (gauge_id, node_id, unknown_since, at) SELECT %(gauge)s, %(node)s, %(since)s,"
        " %(at)s WHERE NOT EXISTS (SELECT FROM gauge_latest WHERE gauge_id = %(gauge)s AND node_id <> %(node)s)"
        " ON CONFLICT (gauge_id) DO UPDATE SET node_id = excluded.node_id, unknown_since = excluded.unknown_since,"
        " at = excluded.at WHERE held.at <= excluded.at",
        {"gauge": gauge_id, "node": node_id, "since": unknown_since, "at": at},
    )
    return done.rowcount > 0


def all_facts(conn: Connection) -> Mapping[str, HeldKnowledge]:
    """Return what is held of every gauge that is not retired."""
    rows = conn.execute(
        "SELECT fact.gauge_id, fact.stale_seconds, fact.known_at, fact.measured_at, fact.lost_since, fact.lost_at,"
        " fact.is_node_offline, fact.node_seen_at, fact.node_interval_seconds, latest.stale_since"
        " FROM gauge_fact AS fact JOIN gauge ON gauge.id = fact.gauge_id AND gauge.retired_at IS NULL"
        " LEFT JOIN gauge_latest AS latest ON latest.gauge_id = fact.gauge_id ORDER BY fact.gauge_id"
    )
    return {
        row.pop("gauge_id"): HeldKnowledge(stale_since=row.pop("stale_since"), facts=GaugeFacts(**row)) for row in rows
    }


def save_unknown(conn: Connection, since: Mapping[str, datetime | None]) -> None:
    """Record since when the levels of gauges have been unknown, None of those that are known."""
    ordered = sorted(since)
    conn.execute(
        "UPDATE gauge_latest SET stale_since = given.since FROM unnest(%s::text[], %s::timestamptz[])"
        " AS given (id, since) WHERE gauge_id = given.id",
        (ordered, [since[gauge_id] for gauge_id in ordered]),
    )
