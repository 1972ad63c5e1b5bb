"""Stores passkeys and the challenges that are under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRow:
    """Represents a passkey. `is_backed_up`: its private key is stored with the account of a device maker."""

    id: bytes
    user_id: str
    public_key: bytes
    sign_count: int
    name: str
    is_backed_up: bool
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAttempt:
    """Represents a challenge under way; `user_id` None: of a sign-in."""

    user_id: str | None
    expires_at: datetime


_PASSKEY = "id, user_id, public_key, sign_count, name, is_backed_up, created_at, used_at"


def insert(conn: Connection, passkey: PasskeyRow) -> bool:
    """Insert a passkey; False where its credential is known."""
    added = conn.execute(
        f"INSERT INTO passkey ({_PASSKEY}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
        " ON CONFLICT (id) DO NOTHING",
        (
            passkey.id,
            passkey.user_id,
            passkey.public_key,
            passkey.sign_count,
            passkey.name,
            passkey.is_backed_up,
            passkey.created_at,
            passkey.used_at,
        ),
    )
    return added.rowcount == 1


def get(conn: Connection, passkey_id: bytes) -> PasskeyRow | None:
    """Return a passkey and hold it until the transaction ends."""
    found = conn.cursor(row_factory=class_row(PasskeyRow)).execute(
        f"SELECT {_PASSKEY} FROM passkey WHERE id = %s FOR UPDATE",  # noqa: S608
        (passkey_id,),
    )
    return found.fetchone()


def of_user(conn: Connection, user_id: str) -> list[PasskeyRow]:
    """Return the passkeys of a user, the oldest first."""
    found = conn.cursor(row_factory=class_row(PasskeyRow)).execute(
        f"SELECT {_PASSKEY} FROM passkey WHERE user_id = %s ORDER BY created_at, id LIMIT 100",  # noqa: S608
        (user_id,),
    )
    return found.fetchall()


def update_use(conn: Connection, passkey_id: bytes, *, sign_count: int, now: datetime) -> None:
    """Record that a passkey signed somebody in."""
    conn.execute("UPDATE passkey SET sign_count = %s, used_at = %s WHERE id = %s", (sign_count, now, passkey_id))


def delete(conn: Connection, user_id: str, passkey_id: bytes | None = None) -> int:
    """Delete one passkey of a user, or all of them (None); return how many."""
    return conn.execute(
        "DELETE FROM passkey WHERE user_id = %s AND (%s::bytea IS NULL OR id = %s)", (user_id, passkey_id, passkey_id)
    ).rowcount


def insert_attempt(conn: Connection, challenge: bytes, attempt: PasskeyAttempt, *, now: datetime) -> None:
    """Insert a challenge, and delete those that expired."""
    conn.execute("DELETE FROM passkey_attempt WHERE expires_at < %s", (now,))
    conn.execute("INSERT INTO passkey_attempt VALUES (%s, %s, %s)", (challenge, attempt.user_id, attempt.expires_at))


def consume_attempt(conn: Connection, challenge: bytes, *, now: datetime) -> PasskeyAttempt | None:
    """Return the attempt of a challenge, once: a second time there is none."""
    found = conn.cursor(row_factory=class_row(PasskeyAttempt)).execute(
        "DELETE FROM passkey_attempt WHERE challenge = %s RETURNING user_id, expires_at", (challenge,)
    )
    attempt = found.fetchone()
    return attempt if attempt and attempt.expires_at > now else None
