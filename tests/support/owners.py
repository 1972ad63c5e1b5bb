"""Hands cameras and gauges of a loaded city to the nodes of a test, as an administrator does."""

from __future__ import annotations

from datetime import UTC, datetime

from siaga_cloud.fleet.service import sources
from siaga_cloud.fleet.store.sources import SourceName
from siaga_cloud.platform.db.connection import connect


def hand_over(database_url: str, *owned: SourceName, to: str) -> None:
    """Make a node the owner of recorded sources."""
    with connect(database_url) as conn:
        for source in owned:
            sources.release(conn, source, to=to, reason="a test plays this node", by="test", now=datetime.now(UTC))
