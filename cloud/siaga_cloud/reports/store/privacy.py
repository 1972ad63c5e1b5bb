"""Stores which privacy statement was shown with a report."""

from __future__ import annotations

from uuid import UUID

from siaga_cloud.platform.db.connection import Connection


def insert(conn: Connection, report_id: UUID, version: str) -> None:
    """Insert the version that was shown; a report that is sent again changes nothing."""
    conn.execute(
        "INSERT INTO report_privacy (report_id, version) VALUES (%s, %s) ON CONFLICT DO NOTHING", (report_id, version)
    )
