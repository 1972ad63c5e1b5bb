"""Reads the stages that the cloud computes for gauges which send readings only, and the signals made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOfRecord:
    """Represents the stage of a gauge as the cloud computed it, and the open signal made from it, if any."""

    gauge_id: str
    lat: float
    lon: float
    stage: int
    stage_since: datetime
    level_cm: float | None
    measured_at: datetime
    signal_id: UUID | None
    signal_began_at: datetime | None
    signal_last_at: datetime | None
    signal_note: str | None
    revision: int | None


def lock(conn: Connection, gauge_ids: Sequence[str]) -> None:
    """Until the transaction ends nobody else decides on the signals of these gauges."""
    conn.execute(
        "SELECT pg_advisory_xact_lock(hashtext('stage_signal'), hashtext(id)) FROM unnest(%s::text[]) AS id",
        (sorted(gauge_ids),),
    )


def that_matter(conn: Connection, gauge_ids: Sequence[str] | None) -> list[StageOfRecord]:
    """Gauges at Siaga 2 or 1 that never sent a stage event, and all that have an open signal; `gauge_ids` None: any.

    A gauge that sends events speaks for itself; what it sends is a signal of the same source. An open event that was
    doubted is no signal, so that the stage of record speaks in its place.
    """
    rows = conn.execute(
        "SELECT gauge.id AS gauge_id, gauge.lat, gauge.lon, latest.stage, latest.known_level_cm AS level_cm,"
        " coalesce(latest.known_at, latest.measured_at) AS measured_at,"
        " coalesce(latest.stage_since, latest.measured_at) AS stage_since, signal.id AS signal_id,"
        " signal.began_at AS signal_began_at, signal.last_at AS signal_last_at, signal.note AS signal_note,"
        " signal.revision FROM gauge JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id"
        " LEFT JOIN signal ON signal.source_key = 'gauge:' || gauge.id AND signal.kind = 'stage'"
        "  AND signal.ended_at IS NULL"
        " WHERE latest.stage IS NOT NULL AND (%(ids)s::text[] IS NULL OR gauge.id = ANY(%(ids)s))"
        " AND (signal.id IS NOT NULL OR (latest.stage <= 2 AND (NOT EXISTS (SELECT FROM event"
        "  WHERE event.source_kind = 'gauge' AND event.source_id = gauge.id AND event.hazard = 'water_level')"
        "  OR EXISTS (SELECT FROM event WHERE event.source_kind = 'gauge' AND event.source_id = gauge.id"
        "  AND event.doubted_at IS NOT NULL AND event.ended_at IS NULL))))"
        " ORDER BY gauge.id",
        {"ids": None if gauge_ids is None else list(gauge_ids)},
    )
    return [StageOfRecord(**row) for row in rows]
