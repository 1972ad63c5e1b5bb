"""Raises a signal for gauges that send readings without stage events, by the stage that the cloud computes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from siaga_cloud.gauges.store import stage_signals as db
from siaga_cloud.gauges.store.stage_signals import StageOfRecord
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalRow
from siaga_core.wire.ids import uuid7

# As strong as the same stage reported by an event of full confidence (ingest.sensing).
_STRENGTH = {2: 0.85, 1: 1.0}
_SEVERITY = {2: "moderate", 1: "severe"}
# While nothing changes the signal is renewed this often, so that a long flood is not forgotten.
_RENEW_AFTER = timedelta(minutes=15)


def follow(conn: Connection, gauge_ids: Sequence[str] | None = None, *, now: datetime) -> int:
    """Raises, changes, renews and ends the signals of gauges (of all, without ids); how many."""
    changed: list[UUID] = []
    ids = [one.gauge_id for one in db.that_matter(conn, None)] if gauge_ids is None else gauge_ids
    # Ingest and the clock may come to the same gauge at once; the second one must see what the first has raised.
    db.lock(conn, ids)
    for held in db.that_matter(conn, ids):
        changed += _follow_one(conn, held, now=now)
    jobs.defer_signals(conn, changed, priority=jobs.ALARM_PRIORITY)
    return len(changed)


def _follow_one(conn: Connection, held: StageOfRecord, *, now: datetime) -> Sequence[UUID]:
    if held.stage not in _STRENGTH:
        if held.signal_id is None:
            return ()
        signals.end(conn, held.signal_id, at=held.stage_since)
        return (held.signal_id,)
    note = f"Siaga {held.stage}, decided from readings"
    is_new_stage = held.signal_last_at is not None and held.measured_at - held.signal_last_at < _RENEW_AFTER
    if is_new_stage and note == held.signal_note:
        return ()
    signal = _signal(held, note, now=now)
    signals.save(conn, [signal])
    return (signal.id,)


def _signal(held: StageOfRecord, note: str, *, now: datetime) -> SignalRow:
    return SignalRow(
        id=held.signal_id or uuid7(now),
        kind="stage",
        category="flooding",
        source_key=f"gauge:{held.gauge_id}",
        confidence=_STRENGTH[held.stage],
        severity=_SEVERITY[held.stage],
        lat=held.lat,
        lon=held.lon,
        began_at=held.signal_began_at or held.stage_since,
        last_at=held.measured_at,
        ended_at=None,
        measured_at=held.measured_at,
        received_at=now,
        note=note,
        revision=(held.revision or 0) + 1,
    )
