"""Stores bearer tokens."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Represents a bearer token; its secret is not stored. `has_all_scopes`: it may do whatever its user's role may."""

    id: UUID
    user_id: str
    name: str
    scopes: list[str]
    has_all_scopes: bool
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


_COLUMNS: Final[LiteralString] = "id, user_id, name, scopes, has_all_scopes, made_at, expires_at, used_at"


def insert(conn: Connection, token: Token, secret_sha256: bytes) -> None:
    """Insert a token with the hash of its secret."""
    conn.execute(
        f"INSERT INTO api_token ({_COLUMNS}, secret_sha256) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608
        (*astuple(token), secret_sha256),
    )


def get(conn: Connection, secret_sha256: bytes, *, now: datetime) -> Token | None:
    """Return the token with this hash, unless it was revoked or has expired."""
    found = conn.cursor(row_factory=class_row(Token)).execute(
        f"SELECT {_COLUMNS} FROM api_token WHERE secret_sha256 = %s AND revoked_at IS NULL AND expires_at > %s",  # noqa: S608
        (secret_sha256, now),
    )
    return found.fetchone()


def update_used(conn: Connection, token_id: UUID, *, now: datetime, since: datetime) -> None:
    """Record that a token was used, unless that was recorded since a time."""
    conn.execute(
        "UPDATE api_token SET used_at = %s WHERE id = %s AND (used_at IS NULL OR used_at < %s)", (now, token_id, since)
    )


def list_tokens(conn: Connection, user_id: str, *, now: datetime) -> list[Token]:
    """Return the valid tokens of a user, newest first."""
    found = conn.cursor(row_factory=class_row(Token)).execute(
        f"SELECT {_COLUMNS} FROM api_token WHERE user_id = %s AND revoked_at IS NULL AND expires_at > %s"  # noqa: S608
        " ORDER BY made_at DESC, id DESC LIMIT 100",
        (user_id, now),
    )
    return found.fetchall()


def update_revoked(conn: Connection, user_id: str, *, token_id: UUID | None, now: datetime) -> int:
    """Revoke one token of a user, or all of them (None); return how many were revoked."""
    return conn.execute(
        "UPDATE api_token SET revoked_at = %s WHERE user_id = %s AND revoked_at IS NULL"
        " AND (%s::uuid IS NULL OR id = %s)",
        (now, user_id, token_id, token_id),
    ).rowcount
