"""Finds sources that contradict each other. A gauge to inspect is a signal of its own, which ends by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from siaga_cloud.incidents.store import contradictions as db
from siaga_cloud.incidents.store.contradictions import OpenCheck
from siaga_cloud.platform.db import jobs, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalRow
from siaga_core.rules import contradiction as rules
from siaga_core.rules.contradiction import DoubtPolicy, GaugeDoubt, GaugeState
from siaga_core.wire.ids import uuid7

CATEGORY = "gauge_check"
POLICY = DoubtPolicy()
_CAMERA_RADIUS_DEGREES = 300 / 111_195


def check(conn: Connection, *, now: datetime) -> int:
    """Compares gauges with people and cameras; how many contradictions began, changed or ended."""
    db.lock(conn)
    statements = db.citizens_of_floods(conn, since=now - timedelta(seconds=POLICY.window_seconds))
    gauges = db.comparable_gauges(conn, now=now)
    held = db.open_checks(conn)
    changed: list[UUID] = []
    for gauge_id in sorted(gauges.keys() | held.keys()):
        gauge_state, before = gauges.get(gauge_id), held.get(gauge_id)
        doubt = rules.gauge_doubt(gauge_state, statements, now=now, policy=POLICY) if gauge_state else None
        if gauge_state is not None and doubt is not None:
            changed += _record_doubt(conn, gauge_id, gauge_state, doubt, before, now=now)
        elif before is not None:
            changed.append(_end(conn, before, now=now))
    jobs.defer_signals(conn, changed, priority=jobs.ALARM_PRIORITY)
    return len(changed) + len(_remark(conn, now=now))


def _record_doubt(
    conn: Connection,
    gauge_id: str,
    gauge_state: GaugeState,
    doubt: GaugeDoubt,
    before: OpenCheck | None,
    *,
    now: datetime,
) -> Sequence[UUID]:
    if before is not None and (before.citizens, before.last_at) == (doubt.citizens, doubt.last_at):
        return ()
    signal_id = before.signal_id if before else uuid7(now)
    signal = SignalRow(
        id=signal_id,
        kind="rule",
        category=CATEGORY,
        source_key=f"rule:gauge_doubt/{gauge_id}",
        confidence=rules.strength(doubt, policy=POLICY),
        severity="moderate",
        lat=gauge_state.place.lat,
        lon=gauge_state.place.lon,
        began_at=before.began_at if before else now,
        last_at=max(doubt.last_at, before.last_at) if before else doubt.last_at,
        ended_at=None,
        measured_at=now,
        received_at=now,
        note=f"{doubt.citizens} people tell of a flood, the gauge {gauge_id} says {gauge_state.level_cm:.0f} cm"
        f" (Siaga 3 from {gauge_state.s3_cm:.0f} cm)",
        revision=before.revision + 1 if before else 1,
    )
    signals.save(conn, [signal])
    db.save_check(
        conn,
        signal_id=signal_id,
        gauge_id=gauge_id,
        gauge_state=gauge_state,
        citizens=doubt.citizens,
        evidence=doubt.signal_ids,
        now=now,
    )
    return (signal_id,)


def _end(conn: Connection, before: OpenCheck, *, now: datetime) -> UUID:
    signals.end(conn, before.signal_id, at=now)
    return before.signal_id


def _remark(conn: Connection, *, now: datetime) -> list[UUID]:
    changed = db.remark_dry_roads(conn, radius_degrees=_CAMERA_RADIUS_DEGREES, now=now)
    live.announce_many(conn, "incident", {str(one): now for one in changed})
    return changed
