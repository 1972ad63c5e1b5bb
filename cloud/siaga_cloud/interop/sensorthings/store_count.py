"""Counts all Observations, or those of a Datastream or a gauge, from the hours that are added up already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from siaga_cloud.interop.sensorthings.store_model import LEVEL, STAGE
from siaga_cloud.platform.db.connection import Connection

# An hour of reading_hourly is right unless it is in rollup_dirty, which changes in the transaction of its readings; one
# statement sees one moment of both. Of the time when readings were forgotten, those that are left are counted.
_LEVELS: Final = """
(SELECT coalesce(sum(hour.n), 0) FROM reading_hourly AS hour WHERE hour.bucket >= %(since)s::timestamptz {of_hour}
    AND NOT EXISTS (SELECT FROM rollup_dirty AS dirty
        WHERE dirty.gauge_id = hour.gauge_id AND dirty.bucket = hour.bucket))
+ (SELECT coalesce(sum(each.n), 0) FROM rollup_dirty AS dirty CROSS JOIN LATERAL (SELECT count(*) AS n FROM reading
    WHERE reading.gauge_id = dirty.gauge_id AND reading.measured_at >= dirty.bucket
        AND reading.measured_at < dirty.bucket + interval '1 hour') AS each
    WHERE dirty.bucket >= %(since)s::timestamptz {of_dirty})
+ (SELECT count(*) FROM reading WHERE reading.measured_at < %(since)s::timestamptz {of_reading})
"""
_STAGES: Final = "(SELECT count(*) FROM gauge_stage AS stage WHERE true {of_stage})"
_COUNTED: Final[Mapping[str | None, str]] = {
    LEVEL: _LEVELS,
    STAGE: _STAGES,
    None: f"{_LEVELS} + {_STAGES}",
}
_SINCE: Final = "coalesce((SELECT until FROM reading_forgotten), 'infinity')"


def observations(conn: Connection, *, gauge_id: str | None, property_id: str | None) -> int:
    """Return how many there are, exactly; None counts those of every gauge, or of both properties."""
    if property_id not in _COUNTED:
        return 0
    names = ("hour", "dirty", "reading", "stage")
    of_gauge = {f"of_{name}": "" if gauge_id is None else f"AND {name}.gauge_id = %(gauge)s" for name in names}
    query = f"SELECT ({_COUNTED[property_id].format(**of_gauge)})::bigint AS n, {_SINCE}::text AS since"
    row = _one(conn, f"SELECT {_SINCE}::text AS since", {})
    while True:
        # A value, and no sub-select, so that chunks are left out; anew where readings were forgotten meanwhile.
        since = row["since"]
        row = _one(conn, query, {"gauge": gauge_id, "since": since})
        if row["since"] == since:
            return int(row["n"])


def _one(conn: Connection, query: str, values: Mapping[str, Any]) -> dict[str, Any]:
    row = conn.execute(query.encode(), values).fetchone()
    if row is None:
        raise LookupError("a query without a table gives one row")
    return row
