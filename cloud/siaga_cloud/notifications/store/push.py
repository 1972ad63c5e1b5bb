"""Stores the browsers of staff that receive web push."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPush:
    """Represents one browser of one person."""

    id: UUID
    user_id: str
    role: str
    endpoint: str
    p256dh: str
    auth: str
    language: Literal["id", "en"]


def save(
    conn: Connection,
    push_id: UUID,
    user_id: str,
    *,
    endpoint: str,
    keys: Mapping[str, str],
    language: str,
    now: datetime,
) -> None:
    """Stores a browser; one that another person used before is now this one's. The oldest beyond ten are forgotten."""
    conn.execute(
        "INSERT INTO staff_push (id, user_id, endpoint, p256dh, auth, language, made_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (endpoint) DO UPDATE SET user_id = excluded.user_id,"
        " p256dh = excluded.p256dh, auth = excluded.auth, language = excluded.language, made_at = excluded.made_at",
        (push_id, user_id, endpoint, keys["p256dh"], keys["auth"], language, now),
    )
    conn.execute(
        "DELETE FROM staff_push WHERE id IN (SELECT id FROM staff_push WHERE user_id = %s"
        " ORDER BY made_at DESC, id OFFSET 10)",
        (user_id,),
    )


def forget(conn: Connection, user_id: str, endpoint: str) -> bool:
    """Delete a browser of a person; return whether there was one."""
    done = conn.execute("DELETE FROM staff_push WHERE user_id = %s AND endpoint = %s", (user_id, endpoint))
    return done.rowcount > 0


def drop(conn: Connection, push_id: UUID) -> None:
    """Deletes a browser that is gone."""
    conn.execute("DELETE FROM staff_push WHERE id = %s", (push_id,))


def has(conn: Connection, user_id: str, endpoint: str) -> bool:
    """Return whether this browser is subscribed for that person."""
    query = "SELECT FROM staff_push WHERE user_id = %s AND endpoint = %s"
    return conn.execute(query, (user_id, endpoint)).fetchone() is not None


def ids_of(conn: Connection, users: Sequence[str]) -> list[UUID]:
    """Browsers of these people."""
    rows = conn.execute("SELECT id FROM staff_push WHERE user_id = ANY(%s) ORDER BY id LIMIT 10000", (list(users),))
    return [row["id"] for row in rows]


def get(conn: Connection, push_id: UUID) -> StaffPush | None:
    """Return a browser whose owner may still sign in."""
    return (
        conn.cursor(row_factory=class_row(StaffPush))
        .execute(
            "SELECT push.id, push.user_id, person.role, push.endpoint, push.p256dh, push.auth, push.language"
            " FROM staff_push AS push JOIN app_user AS person ON person.id = push.user_id"
            " WHERE push.id = %s AND person.disabled_at IS NULL",
            (push_id,),
        )
        .fetchone()
    )
