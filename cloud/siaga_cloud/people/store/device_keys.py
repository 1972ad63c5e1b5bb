"""Stores the public keys of devices, the members of staff who use them, and the signed requests that were accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKeyRow:
    """Represents the registered key of a device. `network` is the one that registered it."""

    id: str
    public_key: bytes
    network: str
    registered_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDevice:
    """Represents a device on which a member of staff signed in."""

    key_id: str
    agent: str
    bound_at: datetime
    used_at: datetime | None


_KEY = "id, public_key, network, registered_at, used_at, revoked_at"


def get(conn: Connection, key_id: str) -> DeviceKeyRow | None:
    """Return a key, also a revoked one; None where it is not registered."""
    found = conn.cursor(row_factory=class_row(DeviceKeyRow)).execute(
        f"SELECT {_KEY} FROM device_key WHERE id = %s",  # noqa: S608
        (key_id,),
    )
    return found.fetchone()


def insert(conn: Connection, key_id: str, public_key: bytes, *, network: str, now: datetime) -> None:
    """Insert a key; a second time changes nothing."""
    conn.execute(
        "INSERT INTO device_key (id, public_key, network, registered_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (id) DO NOTHING",
        (key_id, public_key, network, now),
    )


def count_of_network(conn: Connection, network: str, *, since: datetime) -> int:
    """Return how many keys a network registered since a time."""
    row = conn.execute(
        "SELECT count(*) AS n FROM device_key WHERE network = %s AND registered_at >= %s", (network, since)
    ).fetchone()
    return int(row["n"]) if row else 0


def insert_use(conn: Connection, key_id: str, message_sha256: bytes, *, now: datetime) -> bool:
    """Record a signed request once; False where it came before."""
    added = conn.execute(
        "INSERT INTO device_key_use (message_sha256, used_at) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (message_sha256, now),
    )
    if added.rowcount != 1:
        return False
    conn.execute("UPDATE device_key SET used_at = greatest(used_at, %s) WHERE id = %s", (now, key_id))
    return True


def bind(conn: Connection, key_id: str, user_id: str, *, agent: str, now: datetime) -> bool:
    """Record that a member of staff uses a device; False where that is known."""
    added = conn.execute(
        "INSERT INTO device_key_user (key_id, user_id, agent, bound_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (key_id, user_id, agent[:200], now),
    )
    return added.rowcount == 1


def bound_at(conn: Connection, key_id: str, user_id: str) -> datetime | None:
    """Return since when a member of staff uses a device; None where they do not, or the key was revoked."""
    row = conn.execute(
        "SELECT bound_at FROM device_key_user JOIN device_key ON device_key.id = key_id"
        " WHERE key_id = %s AND user_id = %s AND revoked_at IS NULL",
        (key_id, user_id),
    ).fetchone()
    return row["bound_at"] if row else None


def devices(conn: Connection, user_id: str) -> list[UserDevice]:
    """Return the devices of a member of staff whose keys are not revoked, the newest first."""
    found = conn.cursor(row_factory=class_row(UserDevice)).execute(
        "SELECT key_id, agent, bound_at, used_at FROM device_key_user JOIN device_key ON device_key.id = key_id"
        " WHERE user_id = %s AND revoked_at IS NULL ORDER BY bound_at DESC, key_id LIMIT 100",
        (user_id,),
    )
    return found.fetchall()


def is_staff(conn: Connection, key_id: str) -> bool:
    """Return whether any member of staff signed in on the device of a key."""
    row = conn.execute("SELECT EXISTS (SELECT FROM device_key_user WHERE key_id = %s) AS yes", (key_id,)).fetchone()
    return bool(row and row["yes"])


def revoke(conn: Connection, key_id: str, *, by: str, now: datetime) -> bool:
    """Revoke a key for good; False where there is no such key or it was revoked before."""
    revoked = conn.execute(
        "UPDATE device_key SET revoked_at = %s, revoked_by = %s WHERE id = %s AND revoked_at IS NULL",
        (now, by, key_id),
    )
    return revoked.rowcount == 1


def delete_old(conn: Connection, *, uses_before: datetime, unused_before: datetime, quiet_before: datetime) -> None:
    """Delete accepted requests that are not fresh any more, keys that never signed and keys that long did not.

    Revoked keys stay, so that none of them can be registered again.
    """
    conn.execute("DELETE FROM device_key_use WHERE used_at < %s", (uses_before,))
    conn.execute(
        "DELETE FROM device_key WHERE revoked_at IS NULL"
        " AND ((used_at IS NULL AND registered_at < %s) OR used_at < %s)",
        (unused_before, quiet_before),
    )
