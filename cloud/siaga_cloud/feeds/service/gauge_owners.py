"""Which gauges a feed may report: its own, and those that nobody owns, which become its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from siaga_cloud.feeds.items import Found, FoundReading, FoundStage
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.fleet.store import sources
from siaga_cloud.fleet.store.sources import SourceName
from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.ids import is_feed_name


class GaugeOwners:
    """The owners of the gauges that one delivery of a feed names."""

    def __init__(self, conn: Connection, feed_id: str) -> None:
        self._conn = conn
        self._feed_id = feed_id
        self._owners: dict[SourceName, str | None] = {}

    def claim(self, found: Sequence[Found], *, now: datetime) -> None:
        """Make the feed the owner of the gauges that it reports and nobody owns, as the first node would be."""
        named = {SourceName("gauge", one.gauge_id) for one in found if isinstance(one, FoundReading | FoundStage)}
        reported = {SourceName("gauge", one.gauge_id) for one in found if isinstance(one, FoundReading)}
        self._owners = sources.owners(self._conn, named)
        unowned = sorted(name for name in reported if self._owners.get(name, "") is None)
        for name in unowned:
            sources.claim(self._conn, name, db.node_of(self._feed_id), now=now)
        self._owners |= sources.owners(self._conn, unowned)

    def foreign(self, gauge_id: str) -> str | None:
        """The node that owns a gauge; None where a feed owns it: several may report one, such as levels and history."""
        owner = self._owners.get(SourceName("gauge", gauge_id))
        return None if owner is None or is_feed_name(owner) else owner
