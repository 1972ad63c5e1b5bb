"""Drops everything that blocked nodes send, and counts it; nothing of it is acknowledged to the node."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from siaga_cloud.fleet.store import blocks as db
from siaga_cloud.ingest.sorting import SortedBatch
from siaga_cloud.ingest.store.messages import DeadLetter
from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire import topics


def without_blocked(conn: Connection, batch: SortedBatch, *, now: datetime) -> tuple[SortedBatch, int]:
    """Return the batch without the messages of blocked nodes, and how many those were."""
    blocked = db.blocked(conn)
    if not blocked:
        return batch, 0
    dropped: dict[str, list[int]] = defaultdict(list)
    for accepted in batch.accepted:
        dropped[accepted.row.node_id].append(accepted.row.size_bytes)
    for quarantined in batch.quarantined:
        dropped[quarantined.node_id].append(len(quarantined.payload))
    for undeliverable in batch.dead:
        dropped[sender_of(undeliverable)].append(len(undeliverable.payload))
    for frame in batch.frames:
        dropped[frame.header.node].append(len(frame.jpeg))
    for status in batch.statuses:
        dropped[status.node].append(0)
    counts = {node_id: (len(sizes), sum(sizes)) for node_id, sizes in dropped.items() if node_id in blocked}
    if not counts:
        return batch, 0
    db.count_dropped(conn, counts, now=now)
    honest = replace(
        batch,
        accepted=[one for one in batch.accepted if one.row.node_id not in blocked],
        quarantined=[one for one in batch.quarantined if one.node_id not in blocked],
        dead=[one for one in batch.dead if sender_of(one) not in blocked],
        frames=[one for one in batch.frames if one.header.node not in blocked],
        statuses=[one for one in batch.statuses if one.node not in blocked],
    )
    return honest, sum(messages for messages, _ in counts.values())


def sender_of(dead_letter: DeadLetter) -> str:
    """Return the node that sent a dead letter: the broker lets only that one write to its topic; empty for none."""
    return dead_letter.node_id or topics.sender_of(dead_letter.topic) or ""
