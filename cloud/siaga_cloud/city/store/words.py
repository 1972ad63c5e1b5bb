"""Stores a city's own word lists by language."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection


def version(conn: Connection) -> str:
    """Changes whenever a word list does."""
    row = conn.execute(
        "SELECT count(*) || '/' || coalesce(max(updated_at)::text, '') AS version FROM city_words"
    ).fetchone()
    return str(row["version"]) if row else ""


def documents(conn: Connection) -> list[dict[str, Any]]:
    """List the word lists in the order of their languages."""
    return [dict(row["document"]) for row in conn.execute("SELECT document FROM city_words ORDER BY language")]


def save(conn: Connection, language: str, document: dict[str, Any]) -> None:
    """Insert the word list of a language, or replace it."""
    conn.execute(
        "INSERT INTO city_words (language, document) VALUES (%s, %s)"
        " ON CONFLICT (language) DO UPDATE SET document = excluded.document, updated_at = clock_timestamp()",
        (language, Jsonb(document)),
    )
