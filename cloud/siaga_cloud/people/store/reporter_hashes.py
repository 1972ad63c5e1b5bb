"""Finds hashes of reporters that were made without a server key, and replaces them everywhere."""

from __future__ import annotations

from siaga_cloud.platform.db.connection import Connection


def list_unkeyed(conn: Connection, *, limit: int) -> list[str]:
    """Return hashes without a key, each once. Keyed ones and those of forgotten reporters begin with other letters."""
    rows = conn.execute(
        "SELECT DISTINCT reporter_hash FROM report WHERE reporter_hash < 'fg' AND reporter_hash ~ '^[0-9a-f]{32}$'"
        " LIMIT %s",
        (limit,),
    )
    return [row["reporter_hash"] for row in rows]


def update_hash(conn: Connection, old_hash: str, new_hash: str) -> None:
    """Replace the hash of a reporter in reports, signals, incidents, reliability and rankings."""
    conn.execute("SELECT rekey_reporter(%s, %s)", (old_hash, new_hash))
