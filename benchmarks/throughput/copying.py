"""The least that could be done with the same rows: COPY to a stage and INSERT what is new, batch by batch."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from siaga_cloud.gauges.store import readings as gauges
from siaga_cloud.ingest.gauge_rows import rows_of
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.messages import MessageRow
from siaga_cloud.platform.db.connection import connect
from siaga_core.wire.messages import ReadingsMessage

BATCH = 500


def staged_copy(url: str, made: Sequence[ReadingsMessage], *, now: datetime) -> float:
    """Seconds for the rows of these messages (one each, and their readings), committed by the batch."""
    rows = [(_row(one, now), rows_of(one, now)) for one in made]
    with connect(url) as conn:
        messages.prepare_stages(conn)
        began = time.monotonic()
        for batch in _batches(rows):
            messages.insert_new(conn, [message for message, _ in batch])
            gauges.insert_new(conn, [reading for _, readings in batch for reading in readings])
            conn.commit()
        return time.monotonic() - began


def _batches(
    rows: Iterable[tuple[MessageRow, list[gauges.ReadingRow]]],
) -> Iterable[list[tuple[MessageRow, list[gauges.ReadingRow]]]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def _row(one: ReadingsMessage, now: datetime) -> MessageRow:
    return MessageRow(
        id=one.id,
        measured_at=one.measured_at,
        node_id=one.node,
        stream="readings",
        outbox_id=one.outbox_id,
        seq=one.seq,
        sent_at=one.sent_at,
        received_at=now,
        late=False,
        size_bytes=391,
    )
