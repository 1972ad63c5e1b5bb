"""Writes rows by binary COPY, straight into their table where all of them are new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from siaga_cloud.platform.db.connection import Connection


def copy_rows(
    cursor: psycopg.Cursor[Any], table: str, columns: str, types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Copy rows into a table; the names are those of a store, never input."""
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)".encode()) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def insert_unless_stored(
    conn: Connection, table: str, columns: str, types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> bool:
    """Copy all rows, or none and return False where the table holds one of them already."""
    try:
        with conn.transaction(), conn.cursor() as cursor:
            copy_rows(cursor, table, columns, types, rows)
    except psycopg.errors.UniqueViolation:
        return False
    return True
