"""Exports the figures of the whole platform to Prometheus; a scrape queries the database within limits."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import psycopg
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from siaga_cloud.operations.store.figures import PlatformFigures
from siaga_cloud.platform.db.connection import is_transient

MEANINGS: Final[Mapping[str, str]] = {
    "ingest_silence_seconds": "Since the newest minute in which a message came",
    "ingest_lag_p95_seconds": "From measuring to receiving, 95th percentile, worst of the last ten minutes",
    "shards_free": "Shards that no ingest replica holds",
    "messages_missing": "Gaps in the sequences of outboxes that spoke in the last day",
    "messages_evicted": "Messages that these outboxes gave up for lack of room",
    "dead_letters_waiting": "Messages that could not be read and were not replayed",
    "quarantined_waiting": "Messages whose clock was wrong and that were not released",
    "signals_waiting": "Signals that no incident has taken",
    "signals_oldest_seconds": "How long the oldest of them waits",
    "deadlines_oldest_seconds": "How long the most overdue clock of a task stands",
    "rollups_oldest_seconds": "How long the oldest hour waits to be added up",
    "alerts_oldest_seconds": "How long the most overdue alert to a subscriber waits",
    "gauges": "Gauges that ever measured",
    "gauges_silent": "Gauges of them whose level is unknown",
    "database_bytes": "Size of the database",
    "database_connections": "Connections to it",
    "database_connections_most": "How many the server allows",
    "backup_age_seconds": "Since the moment that the newest backup holds; without any since the database was made",
    "backup_off_site_age_seconds": "The same of the newest backup that was sent to another place",
    "database_replica_lag_seconds": "How far the slowest replica is behind; 0: none",
}
FRESH_SECONDS: Final = 10.0

log = logging.getLogger(__name__)


class PlatformCollector(Collector):
    """Collects the figures. Every worker exports the same ones, so alert rules use the maximum."""

    def __init__(
        self,
        read: Callable[[], PlatformFigures],
        media: Path,
        *,
        database_room_bytes: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._media, self._room, self._clock = read, media, database_room_bytes, clock
        self._lock = threading.Lock()
        self._held: PlatformFigures | None = None
        self._read_at = float("-inf")

    def describe(self) -> Iterator[Metric]:
        """Nothing: else the registry would ask the database at once."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield all figures; without those of the database while it is away."""
        figures = self._figures()
        yield _one("siaga_database_up", "1 while the database answers", 0 if figures is None else 1)
        if figures is not None:
            yield from _of_platform(figures)
        if self._room:
            yield _one("siaga_database_room_bytes", "What was set aside for the database", self._room)
        yield from _disk(self._media)

    def _figures(self) -> PlatformFigures | None:
        with self._lock:
            if self._clock() - self._read_at < FRESH_SECONDS:
                return self._held
            try:
                self._held = self._read()
            except psycopg.Error as error:
                if not is_transient(error):
                    log.warning("platform figures could not be read: %s", str(error).strip().partition("\n")[0])
                self._held = None
            self._read_at = self._clock()
            return self._held


def _of_platform(figures: PlatformFigures) -> Iterator[Metric]:
    for name, value in figures.single.items():
        yield _one(f"siaga_{name}", MEANINGS[name], value)
    nodes = GaugeMetricFamily("siaga_nodes", "Nodes by state", labels=["state"])
    for state, count in figures.nodes.items():
        nodes.add_metric([state], count)
    yield nodes
    silent = GaugeMetricFamily("siaga_node_silence_seconds", "Since a node was heard; the worst 50", labels=["node"])
    for node, seconds in figures.silent.items():
        silent.add_metric([node], seconds)
    yield silent
    yield from _of_jobs(figures)


def _of_jobs(figures: PlatformFigures) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("siaga_jobs_waiting", "Jobs that wait", labels=["queue"])
    oldest = GaugeMetricFamily("siaga_jobs_oldest_seconds", "How long the oldest of them waits", labels=["queue"])
    failed = GaugeMetricFamily("siaga_jobs_failed", "Jobs that failed for good in the last day", labels=["queue"])
    for queue in figures.jobs:
        waiting.add_metric([queue.queue], queue.waiting)
        oldest.add_metric([queue.queue], queue.oldest_seconds)
        failed.add_metric([queue.queue], queue.failed)
    yield from (waiting, oldest, failed)


def _disk(media: Path) -> Iterator[Metric]:
    try:
        usage = shutil.disk_usage(media)
    except OSError:
        return  # the folder is made with the first image
    yield _one("siaga_media_disk_free_bytes", "Left on the disk with the pictures", usage.free)
    yield _one("siaga_media_disk_bytes", "Size of that disk", usage.total)


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=float(value))
