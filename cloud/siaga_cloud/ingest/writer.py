"""Runs the thread that writes: it stores a batch, commits, and then acknowledges to the broker and to the nodes."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import psycopg

from siaga_cloud.ingest.ahead import Sorter
from siaga_cloud.ingest.event_log import note_events
from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.queue import Delivery, Inbox
from siaga_cloud.ingest.sorting import SortedBatch, dead_letter, sort
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.batches import BatchResult, store
from siaga_cloud.platform.db.connection import Connection, backoff_seconds, is_transient
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire import codec, topics
from siaga_core.wire.acknowledgements import MAX_REFUSED, AckMessage, ReplayMessage

GATHER_SECONDS = 0.15
# Repeats come in company. Meanwhile nothing is written at the risk that it has to be written again: who sends every
# message twice costs no more than that.
REPEATS_SECONDS = 10.0

log = logging.getLogger(__name__)


class Wire(Protocol):
    """Defines what the writer needs of the broker."""

    def acknowledge(self, epoch: int, mids: Iterable[int]) -> None:
        """PUBACK, fenced by the connection's epoch."""

    def publish(self, topic: str, payload: bytes) -> bool:
        """Sends a message down."""


class StoppedError(Exception):
    """The writer was stopped during a retry; the broker retains what it held."""


class Writer:
    """Processes batches from the inbox until it is stopped. Temporary errors are waited out, and nothing is dropped.

    `on_stored` is called with each batch after it was committed and acknowledged.
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        wire: Wire,
        connect: Callable[[], Connection],
        media: MediaFolder,
        metrics: IngestMetrics,
        clock: Callable[[], datetime],
        policy: IngestPolicy,
        gather_seconds: float = GATHER_SECONDS,
        on_stored: Callable[[BatchResult], None] | None = None,
    ) -> None:
        self._sorter = Sorter(inbox, metrics, gather_seconds=gather_seconds)
        self._wire, self._connect = wire, connect
        self._media, self._metrics, self._clock = media, metrics, clock
        self._policy, self._on_stored = policy, on_stored
        self._conn: Connection | None = None
        self._repeats_until = 0.0
        self._stopping = threading.Event()

    def run(self) -> None:
        """The loop; after `stop` it ends with the batch in hand, the rest comes again from the broker."""
        with ThreadPoolExecutor(1, thread_name_prefix="ingest-sort") as pool:
            sorting = pool.submit(self._sorter.run)
            try:
                # Without its sorter the writer would wait for ever: the error of one ends the other.
                while not self._stopping.is_set() and not sorting.done():
                    batch = self._sorter.next_batch()
                    self._metrics.beat()
                    if batch.deliveries:
                        with suppress(StoppedError):
                            self._accept(batch.deliveries, batch.sorted)
            finally:
                self._sorter.stop()
                self._close()
            sorting.result()

    def stop(self) -> None:
        """Requests the loop to end."""
        self._stopping.set()
        self._sorter.stop()

    def _accept(self, batch: Sequence[Delivery], in_order: SortedBatch) -> None:
        """One batch to its end. A message that the database refuses is found by halving, and buried."""
        try:
            stored = self._until_stored(in_order)
        except _PoisonError as poison:
            if len(batch) > 1:
                middle = len(batch) // 2
                for half in (batch[:middle], batch[middle:]):
                    self._accept(half, sort(half))
                return
            stored = self._until_stored(self._buried(batch[0], poison.reason))
        self._acknowledge(batch, stored)
        note_events(stored.events, now=self._clock())
        if self._on_stored is not None:
            self._on_stored(stored)

    def _buried(self, delivery: Delivery, reason: str) -> SortedBatch:
        log.error("message on %s cannot be stored: %s", delivery.topic, reason)
        try:
            node = topics.parse_up(delivery.topic).node
        except ValueError:
            node = None
        return SortedBatch(dead=[dead_letter(delivery, reason, node=node)])

    def _until_stored(self, batch: SortedBatch) -> BatchResult:
        attempt = 0
        while True:
            try:
                return self._store(batch)
            except Exception as error:
                reason = _fault_of_a_message(error)
                self._forget_connection(error)
                if reason is not None:
                    raise _PoisonError(reason) from error
                attempt += 1
                self._wait_out(error, attempt)

    def _store(self, batch: SortedBatch) -> BatchResult:
        started = time.monotonic()
        conn = self._connection()
        with conn.transaction():
            stored = store(
                conn, batch, media=self._media, now=self._clock(), policy=self._policy,
                expects_repeats=started < self._repeats_until,
            )  # fmt: skip
        if stored.has_repeats:
            self._repeats_until = time.monotonic() + REPEATS_SECONDS
        self._metrics.batch_seconds.observe(time.monotonic() - started)
        self._count(stored)
        return stored

    def _wait_out(self, error: Exception, attempt: int) -> None:
        self._metrics.retries.inc()
        self._metrics.beat()  # it lives, and waits for the database
        if is_transient(error):
            log.warning(
                "batch could not be stored, database unavailable (%s); attempt %d",
                str(error).strip().partition("\n")[0],
                attempt,
            )
        else:
            self._metrics.failures.inc()
            log.error("batch could not be stored; attempt %d", attempt, exc_info=error)
        if self._stopping.wait(backoff_seconds(attempt)):
            # Asked to stop while the database is away: the rest comes again from the broker or the senders.
            raise StoppedError

    def _connection(self) -> Connection:
        if self._conn is None or self._conn.closed:
            self._conn = self._connect()
            messages.prepare_stages(self._conn)
        return self._conn

    def _forget_connection(self, error: Exception) -> None:
        if self._conn is not None and (self._conn.closed or is_transient(error)):
            self._close()

    def _close(self) -> None:
        if self._conn is not None:
            with suppress(psycopg.Error):
                self._conn.close()
            self._conn = None

    def _acknowledge(self, batch: Sequence[Delivery], stored: BatchResult) -> None:
        by_epoch: dict[int, list[int]] = defaultdict(list)
        for delivery in batch:
            by_epoch[delivery.epoch].append(delivery.mid)
        for epoch, mids in by_epoch.items():
            self._wire.acknowledge(epoch, mids)
        for (node, outbox_id), seqs in stored.acknowledge.items():
            refused = tuple(stored.refused.get((node, outbox_id), ())[:MAX_REFUSED])
            ack = AckMessage(outbox_id=outbox_id, ranges=codec.seq_ranges(seqs), replay=stored.replay, refused=refused)
            self._wire.publish(topics.down(node, topics.DownStream.ACK), codec.encode(ack))
        for replay_request in stored.replay_requests:
            replay_message = ReplayMessage(
                id=replay_request.request_id, since=replay_request.since, is_named=True, made_at=replay_request.made_at
            )
            self._wire.publish(
                topics.down(replay_request.node_id, topics.DownStream.REPLAY), codec.encode(replay_message)
            )
        self._metrics.batch_size.observe(len(batch))

    def _count(self, stored: BatchResult) -> None:
        for count in stored.counts.values():
            for outcome in ("stored", "duplicate", "quarantined"):
                self._metrics.outcomes.labels(outcome).inc(getattr(count, outcome))
        self._metrics.outcomes.labels("dead").inc(stored.dead)
        self._metrics.readings.inc(stored.readings)
        self._metrics.signals.inc(stored.signals)
        self._metrics.blocked.inc(stored.blocked)
        self._metrics.counted_only.inc(stored.counted_only)
        self._metrics.frames.inc(stored.frames)
        self._metrics.unshown.inc(stored.unshown)


class _PoisonError(Exception):
    """Some message of the batch is at fault."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _fault_of_a_message(error: Exception) -> str | None:
    """Return what is wrong with a message, None where the trouble lies elsewhere and waiting is the only right thing.

    A missing table or right says nothing about the message, nor does a full media disk; a value that does not fit does,
    and so does a bug of ours that one message brings out: its bytes are stored and it can be replayed.
    """
    cause = error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error
    if is_transient(error) or isinstance(cause, OSError):
        return None
    if isinstance(cause, psycopg.Error) and not isinstance(cause, psycopg.DataError | psycopg.IntegrityError):
        return None
    return f"{type(cause).__name__}: {str(cause).strip().partition(chr(10))[0]}"
