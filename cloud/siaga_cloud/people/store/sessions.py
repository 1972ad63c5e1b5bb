"""Stores sessions by cookie, and failed attempts to sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Represents an open session by cookie."""

    id: UUID
    user_id: str
    method: str
    agent: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcAttempt:
    """Represents a sign-in in progress at the identity provider."""

    browser_sha256: bytes
    nonce: str
    verifier: str
    expires_at: datetime


_SESSION = "id, user_id, method, agent, made_at, seen_at, expires_at"


def add(conn: Connection, session: Session, secret_sha256: bytes) -> None:
    """Insert a session with the hash of its secret."""
    conn.execute(
        f"INSERT INTO user_session ({_SESSION}, secret_sha256) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608
        (
            session.id,
            session.user_id,
            session.method,
            session.agent,
            session.made_at,
            session.seen_at,
            session.expires_at,
            secret_sha256,
        ),
    )


def lasting(conn: Connection, secret_sha256: bytes, *, now: datetime, seen_since: datetime) -> Session | None:
    """Return the sign-in of a cookie, unless it ended, expired or was not seen since a time."""
    found = conn.cursor(row_factory=class_row(Session)).execute(
        f"SELECT {_SESSION} FROM user_session WHERE secret_sha256 = %s"  # noqa: S608
        " AND ended_at IS NULL AND expires_at > %s AND seen_at > %s",
        (secret_sha256, now, seen_since),
    )
    return found.fetchone()


def note_seen(conn: Connection, session_id: UUID, *, now: datetime) -> None:
    """Moves the idle clock."""
    conn.execute("UPDATE user_session SET seen_at = %s WHERE id = %s AND seen_at < %s", (now, session_id, now))


def sessions(conn: Connection, user_id: str, *, now: datetime, seen_since: datetime) -> list[Session]:
    """Return the sign-ins of a user that last, newest first."""
    found = conn.cursor(row_factory=class_row(Session)).execute(
        f"SELECT {_SESSION} FROM user_session WHERE user_id = %s"  # noqa: S608
        " AND ended_at IS NULL AND expires_at > %s AND seen_at > %s ORDER BY made_at DESC LIMIT 100",
        (user_id, now, seen_since),
    )
    return found.fetchall()


def end(conn: Connection, user_id: str, *, session_id: UUID | None, now: datetime) -> int:
    """Ends one sign-in of a user, or all of them (None); how many."""
    return conn.execute(
        "UPDATE user_session SET ended_at = %s WHERE user_id = %s AND ended_at IS NULL"
        " AND (%s::uuid IS NULL OR id = %s)",
        (now, user_id, session_id, session_id),
    ).rowcount


def count_attempt(conn: Connection, key: str, *, now: datetime, quiet_since: datetime) -> tuple[int, datetime | None]:
    """Counts a sign-in as failed before it is tried, so that tries at one time cannot pass together.

    Returns how many failed since a quiet time, this one with them, and until when the key was locked before it.
    """
    row = conn.execute(
        "INSERT INTO sign_in_guard AS held (key, failures, last_at) VALUES (%(key)s, 1, %(now)s)"
        " ON CONFLICT (key) DO UPDATE SET last_at = %(now)s,"
        " failures = CASE WHEN held.locked_until > %(now)s THEN held.failures"
        "   WHEN held.last_at < %(quiet)s THEN 1 ELSE held.failures + 1 END"
        " RETURNING failures, locked_until",
        {"key": key, "now": now, "quiet": quiet_since},
    ).fetchone()
    if row is None:
        raise LookupError("an upsert returns its row")
    return row["failures"], row["locked_until"]


def count_failures(conn: Connection, key: str, *, quiet_since: datetime) -> int:
    """Return how many tries failed under a key since a quiet time."""
    row = conn.execute("SELECT failures FROM sign_in_guard WHERE key = %s AND last_at >= %s", (key, quiet_since))
    found = row.fetchone()
    return found["failures"] if found else 0


def lock(conn: Connection, key: str, *, until: datetime) -> None:
    """Lets nobody try under this key for a while."""
    conn.execute(
        "UPDATE sign_in_guard SET locked_until = greatest(coalesce(locked_until, %s), %s) WHERE key = %s",
        (until, until, key),
    )


def clear_attempts(conn: Connection, key: str) -> None:
    """Deletes what failed under a key."""
    conn.execute("DELETE FROM sign_in_guard WHERE key = %s", (key,))


def clear_account_attempts(conn: Connection, account_key: str) -> None:
    """Delete what failed for an account on every device and in every network."""
    conn.execute(
        "DELETE FROM sign_in_guard WHERE key = %(key)s OR key LIKE 'net:' || %(key)s || ':%%'"
        " OR key LIKE 'device:' || %(key)s || ':%%'",
        {"key": account_key},
    )


def release_attempt(conn: Connection, key: str) -> None:
    """Decrease the count by one: a good sign-in from an address proves nothing about the failed ones before it."""
    conn.execute("UPDATE sign_in_guard SET failures = greatest(0, failures - 1) WHERE key = %s", (key,))


def add_oidc(conn: Connection, state_sha256: bytes, attempt: OidcAttempt, *, now: datetime) -> None:
    """Stores a sign-in under way, and drops those that expired."""
    conn.execute("DELETE FROM oidc_attempt WHERE expires_at < %s", (now,))
    conn.execute(
        "INSERT INTO oidc_attempt (state_sha256, browser_sha256, nonce, verifier, expires_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        (state_sha256, attempt.browser_sha256, attempt.nonce, attempt.verifier, attempt.expires_at),
    )


def consume_oidc_attempt(conn: Connection, state_sha256: bytes, *, now: datetime) -> OidcAttempt | None:
    """Return the sign-in under way with this state, once: a second time there is none."""
    found = conn.cursor(row_factory=class_row(OidcAttempt)).execute(
        "DELETE FROM oidc_attempt WHERE state_sha256 = %s RETURNING browser_sha256, nonce, verifier, expires_at",
        (state_sha256,),
    )
    attempt = found.fetchone()
    return attempt if attempt and attempt.expires_at > now else None


def forget(conn: Connection, *, before: datetime) -> None:
    """Drops sign-ins and failed tries that are over since before a time."""
    conn.execute("DELETE FROM user_session WHERE expires_at < %s", (before,))
    conn.execute("DELETE FROM sign_in_guard WHERE last_at < %s", (before,))
    conn.execute("DELETE FROM oidc_attempt WHERE expires_at < %s", (before,))
