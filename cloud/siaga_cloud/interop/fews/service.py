"""Collects the readings that Delft-FEWS asks for: all of a span, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from siaga_cloud.gauges.store import gauges as read_gauges
from siaga_cloud.interop.fews.pi_xml import Series
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError, NotFoundError

MOST_READINGS: Final = 100_000


def series_of(conn: Connection, gauge_ids: Sequence[str], *, since: datetime, until: datetime) -> list[Series]:
    """Return the readings of each gauge; raises NotFoundError, and InvalidError for more than 100,000 readings."""
    found = {one.id: one for one in read_gauges.gauges(conn, gauge_ids)}
    made: list[Series] = []
    room = MOST_READINGS
    for gauge_id in gauge_ids:
        if gauge_id not in found:
            raise NotFoundError(f"there is no gauge {gauge_id[:64]!r}", code="gauge_not_found")
        readings = read_gauges.readings(conn, gauge_id, since=since, until=until, limit=room + 1)
        room -= len(readings)
        if room < 0:
            text = f"more than {MOST_READINGS} readings: request fewer gauges or a shorter span"
            raise InvalidError(text, code="too_many_readings")
        made.append(Series(gauge=found[gauge_id], readings=readings, since=since, until=until))
    return made
