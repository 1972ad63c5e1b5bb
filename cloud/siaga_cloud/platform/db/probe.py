"""Checks that a database answers, for the health checks of programs."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection


async def check_answers(conn: AsyncConnection[Any]) -> None:
    """Return once the database has answered a query; raises psycopg.Error."""
    await conn.execute("SELECT 1")
