"""Stores the readings of gauges once each, from any origin, with the recorded stage and its consequences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from siaga_cloud.gauges.service import stage_signals
from siaga_cloud.gauges.store import readings as gauges
from siaga_cloud.gauges.store import stage_record
from siaga_cloud.gauges.store.readings import ReadingRow, StageChange
from siaga_cloud.ingest import gauge_rows as gauging
from siaga_cloud.ingest.late_readings import restage
from siaga_cloud.ingest.plausible_levels import LevelCheck
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection

_DEFAULTS = IngestPolicy()
_key_of = attrgetter("gauge_id", "measured_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReadings:
    """Holds the outcome of readings: how many were new, all that arrived, and the stages that they changed."""

    stored: int = 0
    rows: Sequence[ReadingRow] = ()
    stages: Sequence[StageChange] = ()


def persist(
    conn: Connection,
    rows: Sequence[ReadingRow],
    *,
    speaking: Collection[str] = (),
    policy: IngestPolicy = _DEFAULTS,
    expects_repeats: bool = True,
    now: datetime,
) -> StoredReadings:
    """Store the readings that are not stored yet. `messages.prepare_stages`, or `prepare_reading_stage`, must have run.

    `speaking`: gauges whose own event comes at the same time, so that no signal is made for them. `expects_repeats`:
    some of the readings are probably stored already.
    """
    if not rows:
        return StoredReadings()
    held = gauges.known(conn, (row.gauge_id for row in rows))
    check = LevelCheck(conn=conn, held=held, policy=policy)
    rows = sorted(check.marked(rows), key=_key_of)
    is_stored = not expects_repeats and len(set(map(_key_of, rows))) == len(rows) and gauges.insert_all(conn, rows)
    stored = len(rows) if is_stored else gauges.insert_new(conn, rows)
    gauged = gauging.gauge(rows, held, confirms=check.confirms)
    if gauged.doubted:
        gauges.flag_unconfirmed(conn, gauged.doubted)
    gauges.save_latest(conn, gauged.latest)
    gauges.note_stages(conn, gauged.changes, now=now)
    changes = [*gauged.changes, *_restage(conn, rows, check, now=now)]
    if changes:
        stage_signals.follow(conn, sorted({one.gauge_id for one in changes} - set(speaking)), now=now)
    gauges.mark_dirty(conn, gauged.hours, now=now)
    live.announce_many(conn, "gauge", {one.reading.gauge_id: one.reading.measured_at for one in gauged.latest})
    return StoredReadings(stored=stored, rows=rows, stages=changes)


def _restage(
    conn: Connection, rows: Sequence[ReadingRow], check: LevelCheck, *, now: datetime
) -> Iterator[StageChange]:
    """Mends the record of gauges some of whose readings came after later ones; the changes that it had not."""
    for gauge_id, (first, last) in sorted(gauging.delayed_spans(rows, check.held).items()):
        restaged = restage(
            gauge_id,
            stage_record.usable_levels(conn, gauge_id, first),
            stage_record.changes_since(conn, gauge_id, first),
            before=stage_record.change_before(conn, gauge_id, first),
            known=check.held[gauge_id],
            last_delayed=last,
            confirms=check.confirms,
        )
        if restaged.gone or restaged.new:
            stage_record.mend(conn, gauge_id, gone=restaged.gone, new=restaged.new, now=now)
        stage_record.flag_unconfirmed(conn, gauge_id, restaged.doubted, since=first, until=restaged.until)
        yield from restaged.new
