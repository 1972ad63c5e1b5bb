"""Stores which ingest replica serves which shard. All times are those of the database, so that the replicas' clocks do
not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection

_LOCK = 0x51A6B


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """Holds the state after a heartbeat.

    `held` are the shards of this replica. `free` are shards that nobody holds; a former holder serves them until
    another acquires them. `clients` are the MQTT client ids of living replicas, `dead_clients` those of replicas that
    ended since.
    """

    held: frozenset[str]
    free: frozenset[str]
    clients: frozenset[str]
    dead_clients: tuple[str, ...]


def register(conn: Connection, *, replica: str, instance: UUID, client_id: str) -> None:
    """Announces a start; an older process of the same name will find itself superseded."""
    conn.execute(
        "INSERT INTO ingest_replica VALUES (%s, %s, %s, now()) ON CONFLICT (replica) DO UPDATE SET"
        " instance = excluded.instance, client_id = excluded.client_id, seen_at = excluded.seen_at",
        (replica, instance, client_id),
    )


def beat(conn: Connection, *, replica: str, instance: UUID, client_id: str, lease_seconds: float) -> Leases | None:
    """Record that this replica is alive, and claim, retain or release shards up to its fair share.

    None when a newer process of the same name has taken over.
    """
    conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    # A replica that was taken for dead, because it or the database was away, finds no row and comes back.
    mine = conn.execute(
        "INSERT INTO ingest_replica AS held VALUES (%s, %s, %s, now()) ON CONFLICT (replica) DO UPDATE SET"
        " seen_at = now() WHERE held.instance = excluded.instance",
        (replica, instance, client_id),
    )
    if mine.rowcount == 0:
        return None
    dead = _remove_dead(conn, lease_seconds)
    clients = frozenset(row["client_id"] for row in conn.execute("SELECT client_id FROM ingest_replica"))
    _claim_share(conn, replica=replica, replicas=len(clients), lease_seconds=lease_seconds)
    shards = conn.execute("SELECT shard, replica FROM shard_lease").fetchall()
    return Leases(
        held=frozenset(one["shard"] for one in shards if one["replica"] == replica),
        free=frozenset(one["shard"] for one in shards if one["replica"] is None),
        clients=clients,
        dead_clients=dead,
    )


def release(conn: Connection, *, replica: str, instance: UUID) -> None:
    """Release all shards of this replica at a clean stop."""
    gone = conn.execute("DELETE FROM ingest_replica WHERE replica = %s AND instance = %s", (replica, instance))
    if gone.rowcount:
        conn.execute("UPDATE shard_lease SET replica = NULL, until = NULL WHERE replica = %s", (replica,))


def _remove_dead(conn: Connection, lease_seconds: float) -> tuple[str, ...]:
    rows = conn.execute(
        "DELETE FROM ingest_replica WHERE seen_at < now() - make_interval(secs => %s) RETURNING replica, client_id",
        (lease_seconds,),
    ).fetchall()
    conn.execute(
        "UPDATE shard_lease SET replica = NULL, until = NULL"
        " WHERE replica IS NOT NULL AND (until < now() OR replica NOT IN (SELECT replica FROM ingest_replica))"
    )
    return tuple(row["client_id"] for row in rows)


def _claim_share(conn: Connection, *, replica: str, replicas: int, lease_seconds: float) -> None:
    share = "(SELECT ceil(count(*) / %(replicas)s::numeric)::int FROM shard_lease)"
    values = {"replica": replica, "replicas": replicas, "seconds": lease_seconds}
    conn.execute(
        "UPDATE shard_lease SET replica = NULL, until = NULL WHERE shard IN (SELECT shard FROM shard_lease"  # noqa: S608
        f" WHERE replica = %(replica)s ORDER BY shard OFFSET {share})",
        values,
    )
    conn.execute(
        "UPDATE shard_lease SET replica = %(replica)s WHERE shard IN (SELECT shard FROM shard_lease"  # noqa: S608
        f" WHERE replica IS NULL ORDER BY shard LIMIT greatest(0, {share}"
        " - (SELECT count(*) FROM shard_lease WHERE replica = %(replica)s)))",
        values,
    )
    conn.execute(
        "UPDATE shard_lease SET until = now() + make_interval(secs => %(seconds)s) WHERE replica = %(replica)s", values
    )
