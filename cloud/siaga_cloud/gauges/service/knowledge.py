"""Records and announces that the level of a gauge became unknown, or is known again."""

from __future__ import annotations

from datetime import datetime

from siaga_cloud.gauges.store import knowledge as db
from siaga_cloud.gauges.store.knowledge import HeldKnowledge
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.trust.gauge_knowledge import unknown_level
from siaga_core.wire.messages import HealthMessage


def note_view(conn: Connection, *, gauge_id: str, node_id: str, unknown_since: datetime | None, at: datetime) -> None:
    """Store that a node lost the view of a gauge or has it again, and announce it."""
    if db.save_view(conn, gauge_id=gauge_id, node_id=node_id, unknown_since=unknown_since, at=at):
        live.announce(conn, "gauge", gauge_id, at)


def note_health(conn: Connection, health: HealthMessage) -> None:
    """Store what the health of a node states about its gauges; a change is announced with the next check."""
    for gauge in sorted(health.gauges, key=lambda one: one.id):
        db.save_view(
            conn,
            gauge_id=gauge.id,
            node_id=health.node,
            unknown_since=gauge.unknown_since,
            at=health.measured_at,
        )


def record_unknown(conn: Connection, *, now: datetime) -> int:
    """Record which levels became unknown or known, and announce the gauges; return how many changed."""
    held = db.all_facts(conn)
    since = {
        gauge_id: _unknown_since(one, now=now)
        for gauge_id, one in held.items()
        if one.facts.measured_at is not None  # of others nothing was ever shown
    }
    changed = {gauge_id: at for gauge_id, at in since.items() if (at is None) != (held[gauge_id].stale_since is None)}
    if changed:
        db.save_unknown(conn, changed)
        live.announce_many(conn, "gauge", dict.fromkeys(changed, now))
    return len(changed)


def _unknown_since(held: HeldKnowledge, *, now: datetime) -> datetime | None:
    """Where nothing was ever known there is no time to name."""
    unknown = unknown_level(held.facts, now=now)
    return None if unknown is None else unknown.since or held.facts.measured_at
