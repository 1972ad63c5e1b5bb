"""Stores the imported policies and reads the teams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPolicy:
    """Names the policy in force; its document is read apart."""

    id: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Represents officers who are assigned together."""

    id: str
    name: str
    agency_id: str
    area_id: str | None
    members: list[str]


def save(conn: Connection, *, sha256: str, document: Mapping[str, Any], now: datetime) -> int:
    """Makes this policy the one that decides; its number."""
    row = conn.execute(
        "INSERT INTO task_policy (sha256, rules, imported_at, used_at)"
        " VALUES (%(sha)s, %(document)s, %(now)s, %(now)s)"
        " ON CONFLICT (sha256) DO UPDATE SET used_at = excluded.used_at RETURNING id",
        {"sha": sha256, "document": Jsonb(dict(document)), "now": now},
    ).fetchone()
    if row is None:
        raise LookupError("an insert that returns gives a row")
    return int(row["id"])


def current(conn: Connection) -> StoredPolicy | None:
    """Return the policy that decides; None where none was imported."""
    row = conn.execute("SELECT id, sha256 FROM task_policy ORDER BY used_at DESC, id DESC LIMIT 1").fetchone()
    return StoredPolicy(**row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """Represents a policy that is or was in force."""

    number: int
    imported_at: datetime
    used_at: datetime


def history(conn: Connection, *, limit: int) -> list[PolicyVersion]:
    """Return the newest first; the first one decides."""
    rows = conn.execute(
        "SELECT id AS number, imported_at, used_at FROM task_policy ORDER BY used_at DESC, id DESC LIMIT %s", (limit,)
    )
    return [PolicyVersion(**row) for row in rows]


def lock(conn: Connection) -> None:
    """Until the transaction ends, nobody else changes the policy."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('siaga-policy', 0))")


def restore_version(conn: Connection, policy_id: int, *, now: datetime) -> bool:
    """An earlier policy decides again; False where there is none of that number."""
    done = conn.execute("UPDATE task_policy SET used_at = %s WHERE id = %s", (now, policy_id))
    return done.rowcount > 0


def by_id(conn: Connection, policy_id: int) -> StoredPolicy | None:
    """Return a policy that once decided."""
    row = conn.execute("SELECT id, sha256 FROM task_policy WHERE id = %s", (policy_id,)).fetchone()
    return StoredPolicy(**row) if row else None


def document(conn: Connection, policy_id: int) -> dict[str, Any]:
    """Return what was written in it; raises LookupError."""
    row = conn.execute("SELECT rules FROM task_policy WHERE id = %s", (policy_id,)).fetchone()
    if row is None:
        raise LookupError(f"there is no policy {policy_id}")
    found: dict[str, Any] = row["rules"]
    return found


def save_team(conn: Connection, team: Team) -> None:
    """One team; its members are replaced by these."""
    conn.execute(
        "INSERT INTO team (id, name, agency_id, area_id) VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET"
        " name = excluded.name, agency_id = excluded.agency_id, area_id = excluded.area_id, updated_at = now()",
        (team.id, team.name, team.agency_id, team.area_id),
    )
    conn.execute("DELETE FROM team_member WHERE team_id = %s", (team.id,))
    with conn.cursor() as cursor:
        cursor.executemany("INSERT INTO team_member VALUES (%s, %s)", [(team.id, user) for user in team.members])


def teams(conn: Connection, *, agency_id: str | None = None) -> list[Team]:
    """Teams, of one agency or of all."""
    rows = conn.execute(
        "SELECT id, name, agency_id, area_id, coalesce((SELECT array_agg(user_id ORDER BY user_id) FROM team_member"
        " WHERE team_id = team.id), '{}') AS members FROM team"
        " WHERE %(agency)s::text IS NULL OR agency_id = %(agency)s ORDER BY id LIMIT 1000",
        {"agency": agency_id},
    )
    return [Team(**row) for row in rows]


def team(conn: Connection, team_id: str) -> Team | None:
    """Return one team by its id."""
    return next((one for one in teams(conn) if one.id == team_id), None)


def set_target(conn: Connection, *, kind: str, key: str, channel: str, address: str) -> None:
    """Add a further address of an audience; a known one stays unchanged."""
    conn.execute(
        "INSERT INTO notification_target VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", (kind, key, channel, address)
    )
