"""Sorts what the inbox holds while the database stores the batch before, up to one batch."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.queue import Delivery, Inbox
from siaga_cloud.ingest.sorting import SortedBatch, sort

# The more messages a batch has, the less of statements, commits and acknowledgements falls to each; more than this
# gains little, and would make nodes wait.
BATCH_MESSAGES = 2000
BATCH_BYTES = 16 * 1024 * 1024
# A batch of so many is stored as soon as the writer is free. Brokers that leave 1,000 unacknowledged bring no more.
READY_MESSAGES = 500
IDLE_SECONDS = 0.5
_CHUNK_MESSAGES = 250
_CHUNK_SECONDS = 0.02


@dataclass(slots=True)
class Batch:
    """Holds deliveries in the sequence in which they came, and what they were sorted into."""

    deliveries: list[Delivery] = field(default_factory=list)
    sorted: SortedBatch = field(default_factory=SortedBatch)
    size_bytes: int = 0

    def extend(self, deliveries: list[Delivery], found: SortedBatch) -> None:
        """Append later deliveries with what they were sorted into."""
        self.deliveries += deliveries
        self.sorted.extend(found)
        self.size_bytes += _size(deliveries)

    def has_room(self, deliveries: list[Delivery]) -> bool:
        """Whether these fit; anything fits into an empty batch."""
        return not self.deliveries or (
            len(self.deliveries) + len(deliveries) <= BATCH_MESSAGES
            and self.size_bytes + _size(deliveries) <= BATCH_BYTES
        )

    @property
    def is_ready(self) -> bool:
        """Whether it is large enough to be stored without waiting for company."""
        return len(self.deliveries) >= READY_MESSAGES or self.size_bytes >= BATCH_BYTES // 2


class Sorter:
    """Runs in a thread of its own. It holds one batch, and one chunk that does not fit into it any more."""

    def __init__(self, inbox: Inbox, metrics: IngestMetrics, *, gather_seconds: float) -> None:
        self._inbox, self._metrics = inbox, metrics
        self._chunk_seconds = min(_CHUNK_SECONDS, gather_seconds)
        self._gather_seconds = gather_seconds - self._chunk_seconds
        self._changed = threading.Condition()
        self._batch = Batch()
        self._due_at = 0.0
        self._is_stopping = False

    def run(self) -> None:
        """Sort until `stop`; what was sorted and not stored then comes again from the broker."""
        while not self._is_stopping:
            deliveries = self._inbox.next_batch(
                max_messages=_CHUNK_MESSAGES,
                max_bytes=BATCH_BYTES,
                first_wait_seconds=IDLE_SECONDS,
                gather_seconds=self._chunk_seconds,
            )
            self._metrics.waiting.set(len(self._inbox))
            if deliveries:
                self._metrics.deliveries.inc(len(deliveries))
                self._append(deliveries, sort(deliveries))

    def stop(self) -> None:
        """Request the loop to end."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()

    def next_batch(self) -> Batch:
        """Return what was sorted since the last call: enough of it, or what came within the time to gather; empty when
        nothing came for a while.
        """
        with self._changed:
            if self._changed.wait_for(lambda: bool(self._batch.deliveries) or self._is_stopping, IDLE_SECONDS):
                self._changed.wait_for(
                    lambda: self._batch.is_ready or self._is_stopping, max(0.0, self._due_at - time.monotonic())
                )
            batch, self._batch = self._batch, Batch()
            self._changed.notify_all()
            return batch

    def _append(self, deliveries: list[Delivery], found: SortedBatch) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._batch.has_room(deliveries) or self._is_stopping)
            if not self._batch.deliveries:
                self._due_at = time.monotonic() + self._gather_seconds
            self._batch.extend(deliveries, found)
            self._changed.notify_all()


def _size(deliveries: list[Delivery]) -> int:
    return sum(len(delivery.payload) for delivery in deliveries)
